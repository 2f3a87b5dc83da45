"""Where the fields of a certificate lie, and how BER that is nearly DER becomes DER: X.690, RFC 5280 4.1."""

from __future__ import annotations

import base64
import pickle
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import certifi
import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

import pki
from devicetrust.x509 import der
from devicetrust.x509.der import Deviation, Fields, MalformedDER, Normalised, Tolerance
from pki import bit_string, integer, object_identifier, octet_string, sequence, tlv

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
UTC_TIME, GENERALIZED_TIME, PRINTABLE, UTF8 = 0x17, 0x18, 0x13, 0x0C
NULL = b"\x05\x00"
ECDSA_SHA256 = object_identifier("1.2.840.10045.4.3.2")
ISSUER, SUBJECT = "tbsCertificate.issuer", "tbsCertificate.subject"
SERIAL_NUMBER, KEY = "tbsCertificate.serialNumber", "tbsCertificate.subjectPublicKeyInfo"
NOT_BEFORE, NOT_AFTER = "tbsCertificate.validity.notBefore", "tbsCertificate.validity.notAfter"
EXTENSIONS = "tbsCertificate.extensions"

# What `cryptography` loads and still is no encoding matter: the value itself departs from RFC 5280.
OF_VALUES = {Tolerance.SERIAL_NEGATIVE, Tolerance.SERIAL_TOO_LONG, Tolerance.TIME_GENERALIZED_BEFORE_2050}
# Where this reader is stricter than `cryptography` by choice: what looks only at the outside must be sure of it.
STRICTER = {
    "a bit string that is not of whole octets",
    "a constructed string",
    "tag number of high form",
    "INTEGER longer than 127 octets",
}


class Parts(NamedTuple):
    """A certificate in pieces, each finished bytes, so that any of them may be wrong."""

    version: bytes = tlv(0xA0, integer(2))
    serial_number: bytes = integer(0x1234)
    signature: bytes = sequence(ECDSA_SHA256)
    issuer: bytes = pki.common_name("Ward CA")
    validity: bytes = sequence(tlv(UTC_TIME, b"260101000000Z"), tlv(GENERALIZED_TIME, b"20510101000000Z"))
    subject: bytes = pki.common_name("Pump 17")
    key: bytes = pki.key("p256").subject_public_key_info
    unique: bytes = b""
    extensions: bytes = tlv(0xA3, sequence(pki.basic_constraints(ca=False).encoded(), pki.key_usage(0).encoded()))
    signature_algorithm: bytes = sequence(ECDSA_SHA256)
    value: bytes = bit_string(b"\x30\x06\x02\x01\x01\x02\x01\x01")

    @property
    def tbs_certificate(self) -> bytes:
        return sequence(*self[:9])

    @property
    def encoded(self) -> bytes:
        return sequence(self.tbs_certificate, *self[9:])


STRICT = Parts()


def long_form(element: bytes, octets: int = 3) -> bytes:
    """The element with its length in more octets than it needs."""
    _, start, end = der.read_tlv(element, 0, len(element))
    return element[:1] + bytes((0x80 | octets,)) + (end - start).to_bytes(octets, "big") + element[start:]


def name_of(*rdns: tuple[bytes, ...]) -> bytes:
    return sequence(*(tlv(0x31, *rdn) for rdn in rdns))


def attribute(tag: int, text: bytes, oid: str = pki.COMMON_NAME) -> bytes:
    return sequence(object_identifier(oid), tlv(tag, text))


def extension(*parts: bytes) -> bytes:
    return tlv(0xA3, sequence(sequence(object_identifier("2.5.29.19"), *parts)))


def loads(data: bytes) -> x509.Certificate | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of serial numbers that are not positive
        try:
            return x509.load_der_x509_certificate(data)
        except Exception:  # as the view does: whatever it objects to
            return None


@lru_cache
def real_certificates() -> tuple[bytes, ...]:
    """Every certificate of cryptography's vectors (PKITS among them) and of certifi, readable or not."""
    found = [path.read_bytes() for path in sorted((VECTORS / "PKITS_data" / "certs").glob("*.crt"))]
    for path in chain(sorted(VECTORS.rglob("*.pem")), [Path(certifi.where())]):
        found += pem(path)
    return tuple(found)


def pem(path: Path) -> Iterator[bytes]:
    for block in re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", path.read_bytes(), re.DOTALL):
        yield base64.b64decode(block)


class TestPrimitives:
    @pytest.mark.parametrize(
        ("encoded", "expected"),
        [
            ("0500", (0x05, 2, 2)),
            ("0203010203", (0x02, 2, 5)),
            ("048180" + "00" * 128, (0x04, 3, 131)),
            ("0482012c" + "00" * 300, (0x04, 4, 304)),
        ],
    )
    def test_read_tlv(self, encoded: str, expected: tuple[int, int, int]) -> None:
        """X.690 8.1.3: one octet of length up to 127, else a count of octets and the length in them."""
        data = bytes.fromhex(encoded)
        assert der.read_tlv(data, 0, len(data)) == expected
        assert der.write_tlv(data[0], data[expected[1] :]) == data

    @pytest.mark.parametrize(
        ("encoded", "reason"),
        [
            ("", "truncated"),
            ("30", "truncated"),
            ("300100"[:4], "truncated"),
            ("3082", "truncated"),
            ("308500000000010a", "truncated"),
            ("3080050000000000"[:8], "indefinite length"),
            ("30810100", "length not in its shortest form"),
            ("3082000100", "length not in its shortest form"),
            ("1f2100", "tag number of high form"),
            ("bf8a3100", "tag number of high form"),
        ],
    )
    def test_what_is_no_element(self, encoded: str, reason: str) -> None:
        """X.690 10.1: definite lengths in their shortest form; no tag number here needs more than one octet."""
        data = bytes.fromhex(encoded)
        with pytest.raises(MalformedDER) as raised:
            der.read_tlv(data, 0, len(data))
        assert raised.value.reason == reason

    def test_an_element_stays_within_its_end(self) -> None:
        """An element may not reach beyond the end of the one around it, though the bytes go on."""
        with pytest.raises(MalformedDER, match="truncated"):
            der.read_tlv(b"\x04\x02\x00\x00", 0, 3)
        with pytest.raises(MalformedDER, match="truncated"):
            der.read_tlv(b"\x04\x00", 0, 3)

    def test_children(self) -> None:
        """Each element between two offsets is named by its tag, start, content start and end."""
        data = sequence(integer(5), sequence(), octet_string(b"ab"))
        assert list(der.children(data, 2, len(data))) == [(0x02, 2, 4, 5), (0x30, 5, 7, 7), (0x04, 7, 9, 11)]

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("550406", "2.5.4.6"),
            ("2a864886f70d01010b", "1.2.840.113549.1.1.11"),
            ("883703", "2.999.3"),
            ("813403", "2.100.3"),
            ("00", "0.0"),
            ("4f", "1.39"),
            ("50", "2.0"),
        ],
    )
    def test_oid_text(self, content: str, expected: str) -> None:
        """X.690 8.19: the first two arcs share a number, 40 times the first plus the second."""
        assert der.oid_text(bytes.fromhex(content)) == expected

    @pytest.mark.parametrize("content", ["", "80", "2a80", "2a8001", "2a86", "2a" + "ff" * 5000 + "7f"])
    def test_what_is_no_oid(self, content: str) -> None:
        """X.690 8.19.2: each arc ends, and does not start with an octet that says nothing; none is endless."""
        with pytest.raises(MalformedDER):
            der.oid_text(bytes.fromhex(content))

    @pytest.mark.parametrize(("content", "expected"), [("00", 0), ("7f", 127), ("0080", 128), ("80", -128), ("ff", -1)])
    def test_integer(self, content: str, expected: int) -> None:
        """X.690 8.3: two's complement, the highest octet first."""
        assert der.integer(bytes.fromhex(content)) == expected

    def test_an_integer_has_content(self) -> None:
        """X.690 8.3.1: at least one octet."""
        with pytest.raises(MalformedDER):
            der.integer(b"")

    def test_the_error_is_picklable(self) -> None:
        """A MalformedDER carries its reason and field between processes."""
        error = pickle.loads(pickle.dumps(MalformedDER("truncated", "tbsCertificate")))
        assert (error.reason, error.field, str(error)) == ("truncated", "tbsCertificate", "tbsCertificate: truncated")


class TestSplit:
    def test_each_field(self) -> None:
        """The fields are the very bytes that the certificate was put together from."""
        assert der.split(STRICT.encoded) == Fields(
            tbs_certificate=STRICT.tbs_certificate,
            version=3,
            serial_number=b"\x12\x34",
            tbs_signature_algorithm=STRICT.signature,
            issuer=STRICT.issuer,
            not_before_tag=UTC_TIME,
            not_before=b"260101000000Z",
            not_after_tag=GENERALIZED_TIME,
            not_after=b"20510101000000Z",
            subject=STRICT.subject,
            subject_public_key_info=STRICT.key,
            extensions=STRICT.extensions[2:],
            signature_algorithm=STRICT.signature_algorithm,
            signature=STRICT.value[3:],
        )

    def test_version_1(self) -> None:
        """RFC 5280 4.1.2.1 and 4.1.2.9: no version field means version 1, which has no extensions."""
        fields = der.split(Parts(version=b"", extensions=b"").encoded)
        assert (fields.version, fields.extensions) == (1, b"")

    def test_unique_identifiers(self) -> None:
        """RFC 5280 4.1.2.8: unique identifiers stand between key and extensions, and move nothing else."""
        parts = Parts(unique=tlv(0x81, b"\0\1") + tlv(0x82, b"\0\2"))
        assert der.split(parts.encoded) == der.split(STRICT.encoded)._replace(tbs_certificate=parts.tbs_certificate)

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"\x30", id="one octet"),
            pytest.param(STRICT.encoded[:-1], id="cut short"),
            pytest.param(STRICT.encoded + b"\0", id="trailing octet"),
            pytest.param(sequence(STRICT.tbs_certificate, sequence(ECDSA_SHA256)), id="no signature"),
            pytest.param(Parts(value=b"\x03\x00").encoded, id="empty signature"),
            pytest.param(Parts(value=bit_string(b"\xf0", 4)).encoded, id="signature of half an octet"),
            pytest.param(Parts(value=octet_string(b"\0\0")).encoded, id="signature of another type"),
            pytest.param(Parts(serial_number=b"\x02\x00").encoded, id="empty serial number"),
            pytest.param(Parts(serial_number=tlv(0x02, b"\x01" * 128)).encoded, id="serial number of 128 octets"),
            pytest.param(Parts(version=tlv(0xA0, integer(256))).encoded, id="version of two octets"),
            pytest.param(Parts(issuer=b"").encoded, id="a field too few"),
            pytest.param(Parts(subject=STRICT.subject * 2).encoded, id="a field too many"),
            pytest.param(Parts(extensions=STRICT.extensions * 2).encoded, id="extensions twice"),
            pytest.param(Parts(unique=tlv(0x82, b"\0\2") + tlv(0x81, b"\0\1")).encoded, id="out of order"),
            pytest.param(Parts(validity=sequence(tlv(UTC_TIME, b"260101000000Z"))).encoded, id="one date"),
            pytest.param(Parts(validity=sequence(tlv(UTC_TIME, b"1") * 3)).encoded, id="three dates"),
            pytest.param(Parts(validity=sequence(integer(1), integer(2))).encoded, id="dates of another type"),
            pytest.param(b"\x30\x80" + STRICT.encoded[4:] + b"\0\0", id="indefinite length"),
        ],
    )
    def test_another_layout(self, data: bytes) -> None:
        """What is not laid out as RFC 5280 4.1 has it is refused, never cut in the wrong place."""
        with pytest.raises(MalformedDER):
            der.split(data)


class TestDeviationsOf:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("01", None),
            ("00", None),
            ("7f" + "ff" * 19, None),
            ("00" + "ff" * 20, None),
            ("01" + "ff" * 20, Tolerance.SERIAL_TOO_LONG),
            ("00" + "ff" * 21, Tolerance.SERIAL_TOO_LONG),
            ("ff", Tolerance.SERIAL_NEGATIVE),
            ("80" + "00" * 19, Tolerance.SERIAL_NEGATIVE),
        ],
    )
    def test_serial_number(self, content: str, expected: Tolerance | None) -> None:
        """RFC 5280 4.1.2.2: not negative, and at most 20 octets, the one that carries the sign not counted."""
        fields = der.split(Parts(serial_number=tlv(0x02, bytes.fromhex(content))).encoded)
        assert der.deviations_of(fields) == (() if expected is None else (Deviation(expected, SERIAL_NUMBER),))

    @pytest.mark.parametrize(
        ("not_before", "not_after", "expected"),
        [
            (tlv(UTC_TIME, b"491231235959Z"), tlv(GENERALIZED_TIME, b"20500101000000Z"), ()),
            (tlv(UTC_TIME, b"260101000000Z"), tlv(GENERALIZED_TIME, b"99991231235959Z"), ()),
            (tlv(UTC_TIME, b"260101000000Z"), tlv(GENERALIZED_TIME, b"20491231235959Z"), (NOT_AFTER,)),
            (tlv(GENERALIZED_TIME, b"19991231235959Z"), tlv(UTC_TIME, b"300101000000Z"), (NOT_BEFORE,)),
            (
                tlv(GENERALIZED_TIME, b"20260101000000Z"),
                tlv(GENERALIZED_TIME, b"20300101000000Z"),
                (NOT_BEFORE, NOT_AFTER),
            ),
        ],
    )
    def test_generalized_time(self, not_before: bytes, not_after: bytes, expected: tuple[str, ...]) -> None:
        """RFC 5280 4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime."""
        fields = der.split(Parts(validity=sequence(not_before, not_after)).encoded)
        assert der.deviations_of(fields) == tuple(
            Deviation(Tolerance.TIME_GENERALIZED_BEFORE_2050, field) for field in expected
        )


TWO = (attribute(UTF8, b"Ward"), attribute(UTF8, b"Ward CA", pki.ORGANIZATION))
LENGTH = Tolerance.LENGTH_NOT_MINIMAL


class TestTolerances:
    @pytest.mark.parametrize(
        ("given", "strict", "expected"),
        [
            pytest.param(
                Parts(issuer=name_of(TWO[::-1])),
                Parts(issuer=name_of(TWO)),
                (Deviation(Tolerance.SET_ORDER, ISSUER),),
                id="SET OF in another order",
            ),
            pytest.param(
                Parts(signature=sequence(ECDSA_SHA256, NULL)),
                STRICT,
                (Deviation(Tolerance.ALGORITHM_PARAMETERS_EXTRA, "tbsCertificate.signature"),),
                id="NULL in the inner algorithm",
            ),
            pytest.param(
                Parts(signature_algorithm=sequence(ECDSA_SHA256, NULL)),
                STRICT,
                (Deviation(Tolerance.ALGORITHM_PARAMETERS_EXTRA, "signatureAlgorithm"),),
                id="NULL in the outer algorithm",
            ),
            pytest.param(
                Parts(version=tlv(0xA0, integer(0)), extensions=b""),
                Parts(version=b"", extensions=b""),
                (Deviation(Tolerance.DEFAULT_ENCODED, "tbsCertificate.version"),),
                id="version 1 written out",
            ),
            pytest.param(
                Parts(extensions=extension(b"\x01\x01\x00", octet_string(sequence()))),
                Parts(extensions=extension(octet_string(sequence()))),
                (Deviation(Tolerance.DEFAULT_ENCODED, f"{EXTENSIONS}[0].critical"),),
                id="critical FALSE written out",
            ),
            pytest.param(
                Parts(extensions=extension(b"\x01\x01\x01", octet_string(sequence()))),
                Parts(extensions=extension(b"\x01\x01\xff", octet_string(sequence()))),
                (Deviation(Tolerance.BOOLEAN_NOT_DER, f"{EXTENSIONS}[0].critical"),),
                id="TRUE as 01",
            ),
            pytest.param(
                Parts(serial_number=tlv(0x02, b"\0\0\x12\x34")),
                STRICT,
                (Deviation(Tolerance.INTEGER_NOT_MINIMAL, SERIAL_NUMBER),),
                id="serial number padded",
            ),
            pytest.param(
                Parts(serial_number=tlv(0x02, b"\xff\xff\x80")),
                Parts(serial_number=tlv(0x02, b"\x80")),
                (
                    Deviation(Tolerance.INTEGER_NOT_MINIMAL, SERIAL_NUMBER),
                    Deviation(Tolerance.SERIAL_NEGATIVE, SERIAL_NUMBER),
                ),
                id="negative serial number padded",
            ),
            pytest.param(
                Parts(subject=name_of((attribute(PRINTABLE, b"Pumps & Co*"),))),
                Parts(subject=name_of((attribute(UTF8, b"Pumps & Co*"),))),
                (Deviation(Tolerance.STRING_CHARACTERS, SUBJECT),),
                id="PrintableString with other characters",
            ),
            pytest.param(
                Parts(serial_number=long_form(STRICT.serial_number), subject=long_form(STRICT.subject, 2)),
                STRICT,
                (Deviation(LENGTH, SERIAL_NUMBER), Deviation(LENGTH, SUBJECT)),
                id="lengths of fields",
            ),
            pytest.param(
                Parts(extensions=long_form(STRICT.extensions), value=long_form(STRICT.value, 4)),
                STRICT,
                (Deviation(LENGTH, EXTENSIONS), Deviation(LENGTH, "signatureValue")),
                id="lengths of extensions and signature",
            ),
            pytest.param(
                Parts(validity=sequence(long_form(tlv(UTC_TIME, b"260101000000Z")), STRICT.validity[17:])),
                STRICT,
                (Deviation(LENGTH, NOT_BEFORE),),
                id="length of a date",
            ),
        ],
    )
    def test_read_all_the_same(self, given: Parts, strict: Parts, expected: tuple[Deviation, ...]) -> None:
        """cryptography refuses the one, and reads the other, which differs in nothing but what the tolerance names."""
        assert loads(given.encoded) is None
        assert loads(strict.encoded) is not None
        assert der.normalise(given.encoded) == (
            strict.encoded,
            der.split(strict.encoded)._replace(tbs_certificate=given.tbs_certificate),
            expected,
        )

    def test_lengths_around_everything(self) -> None:
        """X.690 10.1: lengths around the whole and around what is signed are noted; the latter stays as signed."""
        signed = long_form(STRICT.tbs_certificate, 4)
        found = der.normalise(long_form(sequence(signed, *STRICT[9:]), 4))
        assert found.der == STRICT.encoded
        assert found.fields.tbs_certificate == signed
        assert found.deviations == (Deviation(LENGTH, "certificate"), Deviation(LENGTH, "tbsCertificate"))

    def test_each_field_is_noted_once(self) -> None:
        """A name with the same departure in each of its parts has it once."""
        found = der.normalise(Parts(issuer=name_of(TWO[::-1], TWO[::-1]), subject=name_of(TWO[::-1])).encoded)
        assert found.deviations == (Deviation(Tolerance.SET_ORDER, ISSUER), Deviation(Tolerance.SET_ORDER, SUBJECT))

    def test_extension_values_are_kept(self) -> None:
        """The octets of an extension are for its own decoder, however odd."""
        parts = Parts(extensions=extension(octet_string(b"\x30\x80\x01\x01\x01\0\0")))
        assert der.normalise(parts.encoded) == (parts.encoded, der.split(parts.encoded), ())

    @pytest.mark.parametrize("oid", ["1.2.840.113549.1.1.11", "1.2.840.10045.4.1", "1.2.3.4"])
    def test_null_that_may_stand(self, oid: str) -> None:
        """RFC 4055 5 demands NULL for RSA; of algorithms unknown, or left alone by cryptography, nothing is dropped."""
        parts = Parts(signature=sequence(object_identifier(oid), NULL))
        assert loads(parts.encoded) is not None
        assert der.normalise(parts.encoded) == (parts.encoded, der.split(parts.encoded), ())

    @pytest.mark.parametrize("oid", [oid for oid in vars(x509.SignatureAlgorithmOID).values() if hasattr(oid, "_name")])
    def test_null_as_cryptography_has_it(self, oid: x509.ObjectIdentifier) -> None:
        """Whether NULL may stand behind a signature algorithm is not judged otherwise than cryptography does."""
        parts = Parts(signature=sequence(object_identifier(oid.dotted_string), NULL))
        tolerated = [note.tolerance for note in der.normalise(parts.encoded).deviations]
        assert loads(parts.encoded) is None or tolerated == []
        if tolerated:
            assert loads(der.normalise(parts.encoded).der) is not None


CURVE = sequence(object_identifier("1.2.840.10045.2.1"), object_identifier("1.2.840.10045.3.1.7"))
POINT = pki.key("p256").subject_public_key_info[-65:]


class TestNeverTolerated:
    @pytest.mark.parametrize(
        ("data", "reason", "field"),
        [
            pytest.param(STRICT.encoded + b"\0", "octets after the last element", "certificate", id="trailing octet"),
            pytest.param(STRICT.encoded[:-1], "truncated", "certificate", id="cut short"),
            pytest.param(
                b"\x30\x80" + STRICT.encoded[4:] + b"\0\0", "indefinite length", "certificate", id="indefinite"
            ),
            pytest.param(
                Parts(subject=b"\x30\x80" + STRICT.subject[2:] + b"\0\0").encoded,
                "indefinite length",
                SUBJECT,
                id="indefinite name",
            ),
            pytest.param(
                Parts(issuer=name_of((attribute(0x1F, b"\x21\x00"),))).encoded,
                "tag number of high form",
                ISSUER,
                id="high tag number",
            ),
            pytest.param(
                Parts(subject=name_of((attribute(0x2C, tlv(UTF8, b"Pump")),))).encoded,
                "a constructed string",
                SUBJECT,
                id="string in parts",
            ),
            pytest.param(
                Parts(extensions=extension(tlv(0x24, octet_string(sequence())))).encoded,
                "tag 0x24 where tag 0x04 is due",
                f"{EXTENSIONS}[0]",
                id="octet string in parts",
            ),
            pytest.param(
                Parts(value=tlv(0x23, bit_string(b"\0"))).encoded,
                "tag 0x23 where tag 0x03 is due",
                "signatureValue",
                id="signature in parts",
            ),
            pytest.param(
                Parts(value=bit_string(b"\xf0", 4)).encoded,
                "a bit string that is not of whole octets",
                "signatureValue",
                id="signature of half an octet",
            ),
            pytest.param(
                Parts(key=sequence(CURVE, bit_string(POINT[:-1] + b"\0", 1))).encoded,
                "a bit string that is not of whole octets",
                KEY,
                id="key of half an octet",
            ),
            pytest.param(
                Parts(key=sequence(CURVE, bit_string(POINT), NULL)).encoded,
                "octets after the last element",
                KEY,
                id="more behind the key",
            ),
            pytest.param(
                Parts(key=sequence(sequence(CURVE[2:], NULL), bit_string(POINT))).encoded,
                "octets after the last element",
                KEY,
                id="more behind the curve",
            ),
            pytest.param(
                Parts(key=sequence(long_form(CURVE), bit_string(POINT))).encoded,
                "length not in its shortest form",
                KEY,
                id="length within the key",
            ),
            pytest.param(
                Parts(key=long_form(STRICT.key)).encoded, "length not in its shortest form", KEY, id="length of the key"
            ),
            pytest.param(
                Parts(signature=sequence(ECDSA_SHA256, NULL, NULL)).encoded,
                "octets after the last element",
                "tbsCertificate.signature",
                id="parameters twice",
            ),
            pytest.param(
                Parts(extensions=STRICT.extensions * 2).encoded,
                "octets after the last element",
                "tbsCertificate",
                id="extensions twice",
            ),
            pytest.param(Parts(subject=b"").encoded, "tag 0x30 where tag 0x31 is due", SUBJECT, id="a field too few"),
            pytest.param(
                Parts(subject=name_of((attribute(PRINTABLE, b"Pump\xe4"),))).encoded,
                "a PrintableString with octets beyond printable ASCII",
                SUBJECT,
                id="text of unknown encoding",
            ),
            pytest.param(
                Parts(extensions=extension(b"\x01\x02\xff\xff", octet_string(sequence()))).encoded,
                "not a boolean of one octet",
                f"{EXTENSIONS}[0].critical",
                id="boolean of two octets",
            ),
            pytest.param(
                Parts(extensions=extension(b"\x01\x01\xff", b"\x01\x01\xff", octet_string(sequence()))).encoded,
                "tag 0x01 where tag 0x04 is due",
                f"{EXTENSIONS}[0]",
                id="criticality twice",
            ),
            pytest.param(
                Parts(version=tlv(0xA0, tlv(0x02, b"\0\2"))).encoded,
                "not an integer of one octet",
                "tbsCertificate.version",
                id="version padded",
            ),
            pytest.param(
                Parts(serial_number=b"\x02\x00").encoded, "INTEGER without content", SERIAL_NUMBER, id="no serial"
            ),
            pytest.param(
                Parts(serial_number=tlv(0x02, b"\1" * 128)).encoded,
                "INTEGER longer than 127 octets",
                SERIAL_NUMBER,
                id="endless serial number",
            ),
            pytest.param(
                Parts(unique=tlv(0x81, bytes(100 * 1024))).encoded,
                "longer than 102400 octets",
                "certificate",
                id="too large",
            ),
        ],
    )
    def test_two_readers_could_differ(self, data: bytes, reason: str, field: str) -> None:
        """What one reader might take for one thing and the next for another is refused, and the reason says where."""
        with pytest.raises(MalformedDER) as raised:
            der.normalise(data)
        assert (raised.value.reason, raised.value.field) == (reason, field)

    @pytest.mark.parametrize(
        "time",
        [
            pytest.param(tlv(UTC_TIME, b"2601010000Z"), id="no seconds"),
            pytest.param(tlv(UTC_TIME, b"260101000000"), id="no zone"),
            pytest.param(tlv(UTC_TIME, b"260101000000+0100"), id="another zone"),
            pytest.param(tlv(UTC_TIME, b"2601010000+00"), id="another zone of the same length"),
            pytest.param(tlv(UTC_TIME, b"26010100000 Z"), id="a space"),
            pytest.param(tlv(UTC_TIME, "26010100000٣Z".encode()[:13]), id="a digit of another script"),
            pytest.param(tlv(GENERALIZED_TIME, b"20260101000000.5Z"), id="fraction"),
            pytest.param(tlv(GENERALIZED_TIME, b"202601010000.0Z"), id="fraction of the same length"),
            pytest.param(tlv(GENERALIZED_TIME, b"260101000000Z"), id="year of two digits"),
            pytest.param(tlv(0x37, tlv(UTC_TIME, b"260101000000Z")), id="in parts"),
            pytest.param(octet_string(b"260101000000Z"), id="another type"),
        ],
    )
    def test_dates_of_another_form(self, time: bytes) -> None:
        """RFC 5280 4.1.2.5.1 and 4.1.2.5.2: seconds, Z, and no fraction."""
        for validity, field in [
            (sequence(time, STRICT.validity[17:]), NOT_BEFORE),
            (sequence(STRICT.validity[2:17], time), NOT_AFTER),
        ]:
            with pytest.raises(MalformedDER) as raised:
                der.normalise(Parts(validity=validity).encoded)
            assert raised.value.field == field


class TestRealCertificates:
    def test_what_is_strict_stays_as_it_is(self) -> None:
        """Whatever cryptography loads normalises to itself, and both readers name the same fields."""
        seen = 0
        for data in real_certificates():
            parsed = loads(data)
            if parsed is None:
                continue
            seen += 1
            agree(data, parsed)
        assert seen > 500

    @pytest.mark.parametrize(
        ("file", "expected"),
        [
            (
                "ed25519/ed25519-rfc8410.pem",
                (
                    Deviation(Tolerance.DEFAULT_ENCODED, f"{EXTENSIONS}[1].critical"),
                    Deviation(Tolerance.DEFAULT_ENCODED, f"{EXTENSIONS}[2].critical"),
                ),
            ),
            (
                "custom/ecdsa_null_alg.pem",
                (
                    Deviation(Tolerance.ALGORITHM_PARAMETERS_EXTRA, "tbsCertificate.signature"),
                    Deviation(Tolerance.ALGORITHM_PARAMETERS_EXTRA, "signatureAlgorithm"),
                ),
            ),
        ],
    )
    def test_vectors_that_cryptography_refuses(self, file: str, expected: tuple[Deviation, ...]) -> None:
        """The example of RFC 8410 10.2, and an ECDSA certificate with NULL parameters, are read all the same."""
        (data,) = pem(VECTORS / file)
        assert loads(data) is None
        found = der.normalise(data)
        assert found.deviations == expected
        assert loads(found.der) is not None

    def test_tpm_roots(self, shared: Path) -> None:
        """The five roots of TPM makers that cryptography refuses are read, and their own signatures verify."""
        found = {}
        for index, data in enumerate(pem(shared / "samples" / "tpm" / "roots.pem")):
            if loads(data) is None:
                normalised = der.normalise(data)
                parsed = loads(normalised.der)
                assert parsed is not None
                key = parsed.public_key()
                assert isinstance(key, ec.EllipticCurvePublicKey)
                digest = parsed.signature_hash_algorithm
                assert isinstance(digest, hashes.SHA256 | hashes.SHA384)
                assert normalised.fields.tbs_certificate in data
                key.verify(normalised.fields.signature, normalised.fields.tbs_certificate, ec.ECDSA(digest))
                assert normalised.fields.signature_algorithm == normalised.fields.tbs_signature_algorithm
                assert normalised.fields.issuer == normalised.fields.subject
                found[index] = normalised.deviations
        intel = ("tbsCertificate.signature", "signatureAlgorithm")
        assert found == {
            7: tuple(Deviation(Tolerance.ALGORITHM_PARAMETERS_EXTRA, field) for field in intel),
            **{
                index: tuple(Deviation(Tolerance.SET_ORDER, field) for field in (ISSUER, SUBJECT))
                for index in range(13, 17)
            },
        }


def agree(data: bytes, parsed: x509.Certificate) -> None:
    """What cryptography loaded is read alike here, or refused for a reason that is a choice."""
    found = reading(data)
    if isinstance(found, str):
        assert found in STRICTER
        return
    assert found.der == data
    assert {note.tolerance for note in found.deviations} <= OF_VALUES
    fields = der.split(data)
    assert (fields, der.deviations_of(fields)) == (found.fields, found.deviations)
    assert fields.tbs_certificate == parsed.tbs_certificate_bytes
    assert fields.signature == parsed.signature
    assert fields.version == parsed.version.value + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert der.integer(fields.serial_number) == parsed.serial_number
    oid = parsed.signature_algorithm_oid.dotted_string
    assert fields.signature_algorithm[2:].startswith(object_identifier(oid))


def reading(data: bytes) -> Normalised | str:
    """What `normalise` makes of it, or its reason not to."""
    try:
        return der.normalise(data)
    except MalformedDER as problem:
        return problem.reason


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real certificate with a few octets changed, added or left out, mostly among tags, lengths and names."""
    data = bytearray(draw(st.sampled_from([one for one in real_certificates() if len(one) < 1500])))
    telling = st.sampled_from(
        [0x00, 0x01, 0x05, 0x13, 0x17, 0x18, 0x1F, 0x24, 0x2C, 0x30, 0x31, 0x80, 0x81, 0x82, 0xFF]
    )
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, min(len(data) - 1, 300)) | st.integers(0, len(data) - 1))
        octet = draw(telling | st.integers(0, 255))
        match draw(st.sampled_from(["change", "change", "change", "add", "drop"])):
            case "change":
                data[at] = octet
            case "add":
                data.insert(at, octet)
            case _:
                del data[at]
    return bytes(data)


class TestAnyBytes:
    @settings(max_examples=max(500, settings().max_examples))
    @given(mutated())
    def test_both_readers_read_alike(self, data: bytes) -> None:
        """Of mutated certificates, what cryptography loads is read alike; the rest is read or refused, never raised."""
        parsed = loads(data)
        if parsed is not None:
            agree(data, parsed)
        else:
            only_malformed(data)

    @given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda some: sequence(sequence(some), some)))
    def test_nothing_else_is_raised(self, data: bytes) -> None:
        """Any bytes at all are read, or refused as MalformedDER."""
        only_malformed(data)

    @given(st.binary(max_size=60), st.integers(-1, 70), st.integers(-1, 70))
    def test_primitives_raise_nothing_else(self, data: bytes, start: int, end: int) -> None:
        """The primitives read what lies between two offsets within the data, or raise MalformedDER."""
        with suppress(MalformedDER):
            elements = list(der.children(data, max(start, 0), end))
            assert all(start <= first < content <= last <= end for _, first, content, last in elements)
        for read in (der.oid_text, der.integer):
            with suppress(MalformedDER):
                assert read(data) is not None


def only_malformed(data: bytes) -> None:
    """Read, or refused as MalformedDER; what was read is strict, so that it normalises to itself."""
    with suppress(MalformedDER):
        fields = der.split(data)
        assert fields.tbs_certificate in data
        assert len(der.deviations_of(fields)) <= 4
    found = reading(data)
    if isinstance(found, str):
        return
    again = der.normalise(found.der)
    assert again.der == found.der
    assert {note.tolerance for note in again.deviations} <= OF_VALUES
    assert found.fields.tbs_certificate in data
