"""A certificate as bytes, and what they say: the same as cryptography says, and never an exception when made."""

from __future__ import annotations

import copy
import pickle
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import pki
from devicetrust import Certificate, MisuseError, UnreadableCertificate, load_certificates
from devicetrust.x509.certificate import as_certificate
from devicetrust.x509.der import Deviation, Tolerance
from pki import AT
from ward import DEVICE, HOST, ISSUING, replacing, scene

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
FIELDS = (
    "version",
    "serial_number",
    "issuer",
    "subject",
    "not_before",
    "not_after",
    "validity",
    "tbs_certificate",
    "signature",
    "signature_algorithm",
    "tbs_signature_algorithm",
    "subject_public_key_info",
    "public_key",
    "has_unique_identifiers",
    "is_self_issued",
    "extensions",
    "basic_constraints",
    "key_usage",
    "extended_key_usage",
    "subject_alternative_names",
    "name_constraints",
    "policies",
    "policy_mappings",
    "policy_constraints",
    "inhibit_any_policy",
    "subject_key_identifier",
    "authority_key_identifier",
    "deviations",
)


def by_pyca(one: Certificate) -> x509.Certificate | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = x509.load_der_x509_certificate(one.der)
            _ = theirs.issuer, theirs.subject  # names are parsed when asked for
        except ValueError:
            return None
        return theirs


def real_certificates() -> list[Certificate]:
    """What others made and cryptography loads, from its own vectors."""
    found: list[Certificate] = []
    for path in sorted([*VECTORS.glob("*.pem"), *VECTORS.glob("*.der"), *(VECTORS / "custom").glob("*.pem")]):
        data = path.read_bytes()
        if b"CERTIFICATE-----" in data or path.suffix == ".der":
            found += [one for one in load_certificates(data) if one.unreadable is None]
    return [one for one in found if by_pyca(one) is not None]


class TestFields:
    def test_a_certificate_made_here(self) -> None:
        """Each field is what was put into it."""
        asked = scene()
        one, draft, key = Certificate(asked.sealed(0)), asked.chain[0].draft, asked.chain[0].holder.key
        assert (one.version, one.serial_number) == (3, draft.serial_number)
        assert (one.issuer.der, one.subject.der) == (draft.issuer, draft.subject)
        assert (one.not_before, one.not_after) == (draft.not_before, draft.not_after)
        assert one.validity == (int(one.not_before.timestamp()), int(one.not_after.timestamp()))
        assert one.subject_public_key_info == key.subject_public_key_info == one.public_key.der
        assert one.tbs_certificate == draft.to_be_signed("ecdsa-sha256")
        assert one.signature == pki.signature(asked.signer(0), "ecdsa-sha256", one.tbs_certificate)
        assert one.signature_algorithm == one.tbs_signature_algorithm == pki.ALGORITHMS["ecdsa-sha256"]
        assert (one.is_self_issued, Certificate(asked.sealed(2)).is_self_issued) == (False, True)
        assert one.subject_key_identifier == key.identifier
        assert one.authority_key_identifier == ISSUING.key.identifier
        assert one.extended_key_usage == frozenset({pki.SERVER_AUTH, pki.CLIENT_AUTH})
        assert [str(name.value) for name in one.subject_alternative_names] == [HOST]
        assert (one.deviations, one.unreadable) == ((), None)

    def test_what_is_absent(self) -> None:
        """A certificate of version 1 without extensions has none of what they say."""
        one = Certificate(scene().replacing(0, version=None, extensions=()).sealed(0))
        assert one.version == 1
        assert one.subject_alternative_names == ()
        absent = (
            one.basic_constraints,
            one.key_usage,
            one.extended_key_usage,
            one.name_constraints,
            one.policies,
            one.policy_mappings,
            one.policy_constraints,
            one.inhibit_any_policy,
            one.subject_key_identifier,
            one.authority_key_identifier,
        )
        assert set(absent) == {None}

    @pytest.mark.parametrize("one", real_certificates(), ids=lambda one: one.fingerprint.hex()[:8])
    def test_as_cryptography_reads_it(self, one: Certificate) -> None:
        """On certificates of others both readers say the same of every basic field."""
        theirs = by_pyca(one)
        assert theirs is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = (
                theirs.version.value + 1,
                theirs.serial_number,
                theirs.issuer.public_bytes(),
                theirs.subject.public_bytes(),
                theirs.not_valid_before_utc,
                theirs.not_valid_after_utc,
                theirs.tbs_certificate_bytes,
                theirs.signature,
                theirs.fingerprint(hashes.SHA256()),
            )
        found = (
            one.version,
            one.serial_number,
            one.issuer.der,
            one.subject.der,
            one.not_before,
            one.not_after,
            one.tbs_certificate,
            one.signature,
            one.fingerprint,
        )
        assert found == expected

    def test_there_are_many_of_them(self) -> None:
        """The comparison above is worth something."""
        assert len(real_certificates()) > 80

    @pytest.mark.parametrize(
        "moment",
        [
            datetime(1950, 1, 1, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
            datetime(2000, 2, 29, 12, 30, 45, tzinfo=UTC),
            datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
            datetime(2050, 1, 1, tzinfo=UTC),
            pki.FOR_EVER,
        ],
    )
    def test_dates(self, moment: datetime) -> None:
        """RFC 5280 4.1.2.5: UTCTime spans 1950 to 2049, GeneralizedTime goes on to 9999."""
        one = Certificate(scene().replacing(0, not_before=moment, not_after=moment).sealed(0))
        assert (one.not_before, one.not_after) == (moment, moment)

    @pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, (1 << 159) - 1, (1 << 160) - 1, -1, -128, 1 << 200])
    def test_serial_numbers(self, number: int) -> None:
        """RFC 5280 4.1.2.2: zero, negative and over-long ones exist and are read as they are."""
        assert Certificate(scene().replacing(0, serial_number=number).sealed(0)).serial_number == number


class TestUnreadable:
    GARBAGE = (
        b"",
        b"\x00",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"-----BEGIN CERTIFICATE-----",
        bytes(1000),
        b"\x30\x03\x02\x01\x01",
    )

    @pytest.mark.parametrize("der", GARBAGE)
    def test_making_never_fails(self, der: bytes) -> None:
        """Any bytes make a certificate, which says why it cannot be read."""
        one = Certificate(der)
        assert one.unreadable
        assert "unreadable" in repr(one)
        assert len(one.fingerprint) == 32

    @pytest.mark.parametrize("field", FIELDS)
    def test_every_field_raises_one_error(self, field: str) -> None:
        """A field of an unreadable certificate is misuse of it, with one exception that names the certificate."""
        one = Certificate(b"\x30\x00")
        with pytest.raises(UnreadableCertificate, match=one.fingerprint.hex()[:16]):
            getattr(one, field)

    def test_to_cryptography_too(self) -> None:
        """There is nothing to convert."""
        with pytest.raises(UnreadableCertificate):
            Certificate(b"").to_cryptography()

    @pytest.mark.parametrize("cut", range(0, 420, 11))
    def test_cut_short(self, cut: int) -> None:
        """No part of a certificate is one."""
        der = scene().sealed(0)
        assert Certificate(der[:cut]).unreadable
        assert Certificate(der + der[:1]).unreadable

    def test_fields_listed_are_all_there_are(self) -> None:
        """The list above follows the class."""
        public = {name for name in dir(Certificate) if not name.startswith("_")}
        assert public - set(FIELDS) == {"fingerprint", "from_cryptography", "to_cryptography", "unreadable"}


class TestDeviations:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"serial_number": -5}, [(Tolerance.SERIAL_NEGATIVE, "tbsCertificate.serialNumber")]),
            ({"serial_number": 1 << 170}, [(Tolerance.SERIAL_TOO_LONG, "tbsCertificate.serialNumber")]),
            (
                {"not_before": pki.generalized_time(AT)},
                [(Tolerance.TIME_GENERALIZED_BEFORE_2050, "tbsCertificate.validity.notBefore")],
            ),
            (
                {"not_after": pki.generalized_time(AT)},
                [(Tolerance.TIME_GENERALIZED_BEFORE_2050, "tbsCertificate.validity.notAfter")],
            ),
            (
                {
                    "subject": pki.sequence(
                        pki.tlv(0x31, pki.sequence(pki.object_identifier("2.5.4.3"), pki.tlv(0x13, b"a&b")))
                    )
                },
                [(Tolerance.STRING_CHARACTERS, "tbsCertificate.subject")],
            ),
            ({"version": 0}, [(Tolerance.DEFAULT_ENCODED, "tbsCertificate.version")]),
        ],
    )
    def test_each_has_its_field(self, changes: dict[str, Any], expected: list[tuple[Tolerance, str]]) -> None:
        """A departure that is read all the same is noted with the place where it is."""
        if changes == {"version": 0}:
            changes = {**changes, "extensions": ()}
        one = Certificate(replacing(0, **changes)(scene()).sealed(0))
        assert [deviation.tolerance for deviation in one.deviations] == [tolerance for tolerance, _ in expected]
        assert all(found.field.startswith(field) for found, (_, field) in zip(one.deviations, expected, strict=True))
        assert all(isinstance(deviation, Deviation) for deviation in one.deviations)

    def test_the_signed_bytes_stay_as_they_were(self) -> None:
        """What is rewritten for reading is never what the signature is checked over."""
        draft = scene().chain[0].draft._replace(version=0, extensions=())
        one = Certificate(draft.sealed(ISSUING.key))
        assert one.tbs_certificate == draft.to_be_signed("ecdsa-sha256")


class TestValue:
    def test_equal_by_bytes(self) -> None:
        """Equality and hash are those of the DER, read or not."""
        der = scene().sealed(0)
        one, other = Certificate(der), Certificate(der)
        assert other.subject.der == DEVICE.name
        assert one == other
        assert len({one, other, Certificate(scene().sealed(1)), Certificate(b"")}) == 3
        assert one != der

    @pytest.mark.parametrize("der", [b"", b"\x30\x00", scene().sealed(0)])
    def test_pickles_as_der(self, der: bytes) -> None:
        """A certificate crosses processes as its bytes, whatever was read of it before."""
        one = Certificate(der)
        assert one.unreadable is None or one.unreadable
        twin = pickle.loads(pickle.dumps(one))
        assert (twin, twin.der, copy.deepcopy(one)) == (one, der, one)
        assert len(pickle.dumps(one)) < len(der) + 200

    def test_to_cryptography_and_back(self) -> None:
        """Nothing is lost on the way."""
        one = Certificate(scene().sealed(0))
        theirs = one.to_cryptography()
        assert theirs.public_bytes(Encoding.DER) == one.der
        assert Certificate.from_cryptography(theirs) == one
        spki = theirs.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert spki == one.subject_public_key_info

    @pytest.mark.parametrize("given", [None, 7, "leaf.pem", bytearray(b"\x30\x00"), memoryview(b"\x30\x00"), object()])
    def test_wrong_types_are_misuse(self, given: Any) -> None:
        """Only bytes make a certificate, and only certificates are taken for one."""
        with pytest.raises(MisuseError):
            Certificate(given)
        with pytest.raises(MisuseError, match="load_certificates"):
            as_certificate(given)
