"""What is found in files and bytes, and what is said where nothing is: RFC 7468, RFC 5652, RFC 7292."""

from __future__ import annotations

import base64
import hashlib
import pickle
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import certifi
import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, pkcs7, pkcs12
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

import pki
from devicetrust.errors import MisuseError, PasswordRequired, UnreadableInput, WrongPassword
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.files import load_certificates, load_crls, load_ocsp
from devicetrust.x509.ocsp import OCSPResponse
from pki import integer, object_identifier, octet_string, sequence, tlv

VECTORS = Path(cryptography_vectors.__file__).parent
DATA, SIGNED_DATA, ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.6"

WARD = pki.Authority(pki.common_name("Ward CA"), pki.key("p256", 1))
ROOT = WARD.root()
PUMP = WARD.issues(pki.common_name("Pump"), pki.key("p256", 2), pki.dns("pump.example")).sealed(WARD.key)
MONITOR = WARD.issues(pki.common_name("Monitor"), pki.key("p256", 3), pki.dns("monitor.example")).sealed(WARD.key)
KEY = pki.key("p256", 2).private_key
# Its subject has its attributes in descending order, which cryptography refuses for the whole file.
_ATTRIBUTES = [sequence(object_identifier(oid), tlv(0x0C, b"Ward")) for oid in (pki.ORGANIZATION, pki.COMMON_NAME)]
REFUSED = pki.Authority(sequence(tlv(0x31, *_ATTRIBUTES)), pki.key("p256", 4)).root()


def pem(der: bytes, label: str = "CERTIFICATE", width: int = 64, end: str = "\n") -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return end.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def found(source: bytes | Path, password: bytes | str | None = None) -> list[bytes]:
    return [one.der for one in load_certificates(source, password)]


def signed_data(*certificates: bytes, crls: tuple[bytes, ...] = ()) -> bytes:
    """A PKCS#7 that holds certificates and CRLs, and signs nothing."""
    content = (
        integer(1),
        tlv(0x31),
        sequence(object_identifier(DATA)),
        tlv(0xA0, *certificates) if certificates else b"",
        tlv(0xA1, *crls) if crls else b"",
        tlv(0x31),
    )
    return sequence(object_identifier(SIGNED_DATA), tlv(0xA0, sequence(*content)))


def indefinite(element: bytes) -> bytes:
    """The element with its length left open, X.690 8.1.3.6."""
    header = 2 if element[1] < 0x80 else 2 + (element[1] & 0x7F)
    return element[:1] + b"\x80" + element[header:] + b"\0\0"


def pfx(*safes: bytes) -> bytes:
    """A PKCS#12 of these contents, without a MAC."""
    return sequence(integer(3), content_info(DATA, octet_string(sequence(*safes))))


def content_info(content_type: str, content: bytes) -> bytes:
    return sequence(object_identifier(content_type), tlv(0xA0, content))


def bags(*certificates: bytes) -> bytes:
    return sequence(
        *(
            content_info("1.2.840.113549.1.12.10.1.3", content_info("1.2.840.113549.1.9.22.1", octet_string(one)))
            for one in certificates
        )
    )


def encrypted(content: bytes, password: bytes, prf: str | None = "1.2.840.113549.2.9", rounds: int = 10) -> bytes:
    """PBES2 with PBKDF2 and AES-256-CBC, RFC 8018."""
    digest = {"1.2.840.113549.2.9": "sha256", "1.2.840.113549.2.11": "sha512", None: "sha1"}[prf]
    salt, vector = b"saltsalt", bytes(range(16))
    derived = hashlib.pbkdf2_hmac(digest, password, salt, min(rounds, 1000), 32)
    padding = 16 - len(content) % 16
    encryptor = Cipher(algorithms.AES(derived), modes.CBC(vector)).encryptor()
    ciphertext = encryptor.update(content + bytes([padding]) * padding) + encryptor.finalize()
    function = b"" if prf is None else sequence(object_identifier(prf), pki.NULL)
    derivation = sequence(
        object_identifier("1.2.840.113549.1.5.12"), sequence(octet_string(salt), integer(rounds), function)
    )
    cipher = sequence(object_identifier("2.16.840.1.101.3.4.1.42"), octet_string(vector))
    scheme = sequence(object_identifier("1.2.840.113549.1.5.13"), sequence(derivation, cipher))
    inner = sequence(object_identifier(DATA), scheme, tlv(0x80, ciphertext))
    return content_info(ENCRYPTED_DATA, sequence(integer(0), inner))


def bundle(password: bytes | None) -> bytes:
    """A PKCS#12 as cryptography writes it: the pump's key and certificate, and the root."""
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    leaf, root = map(x509.load_der_x509_certificate, (PUMP, ROOT))
    return pkcs12.serialize_key_and_certificates(b"pump", KEY, leaf, [root], encryption)


class TestPEM:
    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(pem(ROOT) + pem(PUMP), id="one after the other"),
            pytest.param(b"Ward CA\n===\n" + pem(ROOT) + b"# and the pump: -----\n" + pem(PUMP) + b"end", id="text"),
            pytest.param(pem(ROOT, end="\r\n") + pem(PUMP, end="\r\n"), id="CRLF"),
            pytest.param(pem(ROOT, end="\r") + pem(PUMP, end="\r"), id="CR"),
            pytest.param(pem(ROOT, width=10_000) + pem(PUMP, width=7), id="odd lines"),
            pytest.param((pem(ROOT) + pem(PUMP)).rstrip(), id="no newline at the end"),
            pytest.param(b"\xef\xbb\xbf" + pem(ROOT) + pem(PUMP), id="byte order mark"),
            pytest.param((pem(ROOT) + pem(PUMP)).decode().encode("utf-16"), id="UTF-16"),
            pytest.param(pem(ROOT, "X509 CERTIFICATE") + pem(PUMP, "TRUSTED CERTIFICATE"), id="other labels"),
            pytest.param(pem(ROOT) + pem(PUMP + sequence(), "TRUSTED CERTIFICATE"), id="with trust settings"),
            pytest.param(pem(b"\x30\x00", "PRIVATE KEY") + pem(ROOT) + pem(PUMP), id="after a private key"),
            pytest.param(pem(ROOT) + pem(PUMP).replace(b"-----\n", b"-----\nX: y\n\n", 1), id="with a header"),
            pytest.param(pem(ROOT).replace(b"-----END CERTIFICATE-----\n", b"") + pem(PUMP), id="no end"),
        ],
    )
    def test_whatever_stands_around(self, data: bytes) -> None:
        """RFC 7468 2 and 3: text around, line ends, line lengths and older labels do not hide a certificate."""
        assert found(data) == [ROOT, PUMP]

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda block: block.replace(b"M", b"%", 1), id="a character"),
            pytest.param(lambda block: block.replace(b"\n-----END", b"A\n-----END"), id="one too many"),
            pytest.param(lambda block: block[:80] + b"\n-----END CERTIFICATE-----\n", id="cut short"),
            pytest.param(lambda block: block[:80] + b"\n", id="cut off"),
            pytest.param(lambda _: b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", id="empty"),
            pytest.param(lambda _: pem(b"\x30\x03\x02\x01\x01"), id="of something else"),
        ],
    )
    def test_a_damaged_block_does_not_lose_the_others(self, damage: Callable[[bytes], bytes]) -> None:
        """The others are found, and the damaged one is there and says why it cannot be read."""
        certificates = load_certificates(pem(ROOT) + damage(pem(PUMP)) + pem(MONITOR))
        assert [one.unreadable is None for one in certificates] == [True, False, True]
        assert [certificates[0].der, certificates[2].der] == [ROOT, MONITOR]

    def test_what_cryptography_refuses_is_read(self) -> None:
        """A certificate that makes cryptography refuse the file is found between the others, and is readable."""
        data = pem(ROOT) + pem(REFUSED) + pem(PUMP)
        with pytest.raises(ValueError, match="InvalidSetOrdering"):
            x509.load_pem_x509_certificates(data)
        certificates = load_certificates(data)
        assert [one.der for one in certificates] == [ROOT, REFUSED, PUMP]
        assert [one.unreadable for one in certificates] == [None, None, None]

    def test_certifi(self) -> None:
        """Every certificate of certifi's bundle is found, in its order, as cryptography has it."""
        path = Path(certifi.where())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a serial number that is not positive
            expected = x509.load_pem_x509_certificates(path.read_bytes())
        assert found(path) == [one.public_bytes(Encoding.DER) for one in expected]

    def test_tpm_samples(self, shared: Path) -> None:
        """All 26 roots and 143 intermediates of TPM makers are found and readable, the five that others refuse too."""
        for file, count in (("roots.pem", 26), ("intermediates.pem", 143)):
            unreadable = [one.unreadable for one in load_certificates(shared / "samples" / "tpm" / file)]
            assert unreadable == [None] * count


class TestDER:
    @pytest.mark.parametrize("after", [b"", b"\n", b"\r\n", b"\0\0"])
    def test_several_in_a_row(self, after: bytes) -> None:
        """Certificates that follow each other are found, and white space at the end is nothing."""
        assert found(ROOT + PUMP + after) == [ROOT, PUMP]

    def test_cut_short(self) -> None:
        """What follows the last whole certificate is reported."""
        certificates = load_certificates(ROOT + PUMP[:-1])
        assert [one.der for one in certificates] == [ROOT, PUMP[:-1]]
        assert [one.unreadable is None for one in certificates] == [True, False]

    def test_a_path(self, tmp_path: Path) -> None:
        """A path is text or path-like."""
        path = tmp_path / "root.cer"
        path.write_bytes(ROOT)
        assert found(path) == [ROOT]
        assert [one.der for one in load_certificates(str(path))] == [ROOT]

    @pytest.mark.parametrize(
        ("file", "kind"),
        [
            ("x509/requests/ec_sha256.der", "a certificate request"),
            ("x509/custom/crl_ian_aia_aki.pem", "CRL"),
            ("x509/ocsp/resp-sha256.der", "OCSP response"),
            ("asymmetric/DER_Serialization/ec_private_key.der", "a key"),
            ("asymmetric/PKCS8/unenc-rsa-pkcs8.pem", "PRIVATE KEY"),
            ("asymmetric/DER_Serialization/ec_public_key.der", "a key"),
        ],
    )
    def test_something_else(self, file: str, kind: str) -> None:
        """What is plainly something else is no certificate, and is named."""
        with pytest.raises(UnreadableInput, match=f"no certificate in it, but {kind}; expected PEM, DER"):
            load_certificates(VECTORS / file)

    def test_every_certificate_is_known_as_one(self) -> None:
        """Each certificate of the PKITS, loaded from DER, is one certificate and nothing else."""
        for path in sorted((VECTORS / "x509" / "PKITS_data" / "certs").glob("*.crt")):
            assert found(path) == [path.read_bytes()]


class TestPKCS7:
    @pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
    def test_as_cryptography_writes_it(self, encoding: Encoding) -> None:
        """RFC 5652 5.1: the certificates of a SignedData that signs nothing."""
        data = pkcs7.serialize_certificates([x509.load_der_x509_certificate(one) for one in (ROOT, PUMP)], encoding)
        assert sorted(found(data)) == sorted([ROOT, PUMP])

    @pytest.mark.parametrize("file", ["amazon-roots.p7b", "amazon-roots.der", "isrg.pem"])
    def test_vectors(self, file: str) -> None:
        """Containers that others wrote hold what cryptography finds in them."""
        data = (VECTORS / "pkcs7" / file).read_bytes()
        load = pkcs7.load_pem_pkcs7_certificates if b"-----" in data else pkcs7.load_der_pkcs7_certificates
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of BER
            expected = [one.public_bytes(Encoding.DER) for one in load(data)]
        assert found(data) == expected

    @pytest.mark.parametrize("wrap", [lambda der: der, lambda der: pem(der, "PKCS7"), lambda der: pem(der, "CMS")])
    def test_a_refused_one_does_not_lose_the_others(self, wrap: Callable[[bytes], bytes]) -> None:
        """A certificate that makes cryptography refuse the container is found with the others."""
        data = signed_data(ROOT, REFUSED, PUMP)
        with pytest.raises(ValueError, match="InvalidSetOrdering"):
            pkcs7.load_der_pkcs7_certificates(data)
        assert found(wrap(data)) == [ROOT, REFUSED, PUMP]

    def test_indefinite_lengths(self) -> None:
        """RFC 5652 allows BER, and tools that stream write it."""
        inner = signed_data(ROOT)[19:]  # behind the headers of ContentInfo and content, and the type
        content = indefinite(tlv(0xA0, indefinite(inner)))
        data = indefinite(sequence(object_identifier(SIGNED_DATA), content))
        assert found(pem(data, "PKCS7")) == [ROOT]

    def test_a_damaged_container_is_reported(self) -> None:
        """What is called a PKCS#7 and is none comes back as unreadable; what stands beside it is found."""
        certificates = load_certificates(pem(b"\x30\x03\x02\x01\x01", "PKCS7") + pem(ROOT))
        assert [one.unreadable is None for one in certificates] == [False, True]

    def test_nothing_in_it(self) -> None:
        """An empty container is named."""
        with pytest.raises(UnreadableInput, match="no certificate in it, but an empty PKCS#7"):
            load_certificates(signed_data())


class TestPKCS12:
    @pytest.mark.parametrize("password", ["läkare", "läkare".encode()])
    def test_its_password_opens_it(self, password: bytes | str) -> None:
        """The certificate of the key comes first, then the others."""
        assert found(bundle("läkare".encode()), password) == [PUMP, ROOT]
        assert found(pem(bundle("läkare".encode()), "PKCS12"), password) == [PUMP, ROOT]

    def test_none_is_needed(self) -> None:
        """What is not encrypted is read without a password."""
        assert found(bundle(None)) == [PUMP, ROOT]

    def test_none_is_given(self) -> None:
        """An encrypted one without a password says that it needs one."""
        with pytest.raises(PasswordRequired, match="the bytes given: an encrypted PKCS#12; pass its password"):
            load_certificates(bundle(b"secret"))

    def test_another_does_not_open_it(self, tmp_path: Path) -> None:
        """A wrong password is called wrong, with the name of the file and never the password itself."""
        path = tmp_path / "pump.p12"
        path.write_bytes(bundle(b"secret"))
        with pytest.raises(WrongPassword, match="does not open") as raised:
            load_certificates(path, "hunter2")
        assert str(path) in str(raised.value)
        assert "hunter2" not in str(raised.value)

    @pytest.mark.parametrize(
        "safe",
        [
            pytest.param(content_info(DATA, octet_string(bags(ROOT, REFUSED, PUMP))), id="in the clear"),
            pytest.param(encrypted(bags(ROOT, REFUSED, PUMP), b"secret"), id="SHA-256"),
            pytest.param(encrypted(bags(ROOT, REFUSED, PUMP), b"secret", "1.2.840.113549.2.11"), id="SHA-512"),
            pytest.param(encrypted(bags(ROOT, REFUSED, PUMP), b"secret", None), id="SHA-1 by default"),
        ],
    )
    def test_a_refused_one_does_not_lose_the_others(self, safe: bytes) -> None:
        """A certificate that makes cryptography refuse the container is found with the others."""
        with pytest.raises(ValueError, match="InvalidSetOrdering"):
            pkcs12.load_pkcs12(pfx(safe), b"secret")
        assert found(pfx(safe), "secret") == [ROOT, REFUSED, PUMP]

    def test_what_cannot_be_opened(self) -> None:
        """One that holds a refused certificate beside contents of unknown kind says what to do."""
        data = pfx(content_info(DATA, octet_string(bags(REFUSED))), content_info("1.2.3", octet_string(b"")))
        with pytest.raises(UnreadableInput, match=r"a PKCS#12 that cannot be read .* write it again as PEM"):
            load_certificates(data, "secret")


class TestDirectory:
    def test_by_name(self, tmp_path: Path) -> None:
        """Files in the order of their names, each certificate once, without sub-directories and other files."""
        (tmp_path / "b.pem").write_bytes(pem(PUMP) + pem(ROOT))
        (tmp_path / "a.der").write_bytes(MONITOR)
        (tmp_path / "c.pem").write_bytes(pem(PUMP))
        (tmp_path / "d.p12").write_bytes(bundle(b"secret"))
        (tmp_path / "e.key").write_bytes(pem(b"\x30\x00", "PRIVATE KEY"))
        (tmp_path / "f.txt").write_bytes(b"0 certificates are described here")
        (tmp_path / "g.bin").write_bytes(b"\xff\xfe\x00\x01")
        (tmp_path / "h.crl").write_bytes(b"")
        (tmp_path / "i").mkdir()
        (tmp_path / "i" / "j.pem").write_bytes(pem(REFUSED))
        with suppress(OSError):  # Windows may forbid links
            (tmp_path / "k.pem").symlink_to(tmp_path / "gone.pem")
        assert found(tmp_path) == [MONITOR, PUMP, ROOT]

    def test_nothing_in_it(self, tmp_path: Path) -> None:
        """A directory without a certificate says what was there."""
        with pytest.raises(UnreadableInput, match=r"no certificate in this directory \(it has no files\)"):
            load_certificates(tmp_path)
        (tmp_path / "pump.key").write_bytes(pem(b"\x30\x00", "PRIVATE KEY"))
        with pytest.raises(UnreadableInput, match=r"pump.key: no certificate in it, but PRIVATE KEY"):
            load_certificates(tmp_path)


class TestNothing:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        """A file that is not there is unreadable input, with its name and its cause."""
        with pytest.raises(UnreadableInput, match=r"missing.pem: No such file") as raised:
            load_certificates(tmp_path / "missing.pem")
        assert isinstance(raised.value.__cause__, FileNotFoundError)

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (b"", "nothing, it is empty"),
            (b"0 certificates", "nothing that is PEM or DER"),
            (b"\x00\x01\x02", "nothing that is PEM or DER"),
            (pem(b"\x30\x00", "PRIVATE KEY") + pem(b"\x30\x00", "X509 CRL"), "PRIVATE KEY, CRL"),
        ],
    )
    def test_what_was_there(self, data: bytes, expected: str) -> None:
        """Input without a certificate says what it held instead, and what is expected."""
        with pytest.raises(UnreadableInput) as raised:
            load_certificates(data)
        assert str(raised.value) == (
            f"the bytes given: no certificate in it, but {expected}; expected PEM, DER, PKCS#7 or PKCS#12"
        )

    @pytest.mark.parametrize("source", [5, None, bytearray(ROOT), "", pem(ROOT).decode()])
    def test_misuse(self, source: object) -> None:
        """What is neither a path nor bytes is misuse; so is the text of a PEM where a path is due."""
        with pytest.raises(MisuseError, match="expected a path or bytes"):
            load_certificates(source)  # type: ignore[arg-type]

    def test_a_path_that_cannot_be(self) -> None:
        """A path with a zero octet is unreadable input, not an error of another kind."""
        with pytest.raises(UnreadableInput):
            load_certificates("pump\0.pem")

    def test_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Input beyond the limits is refused, and no more than the limit is read of it."""
        path = tmp_path / "root.der"
        path.write_bytes(ROOT)
        monkeypatch.setattr("devicetrust.x509.files._LARGEST", len(ROOT))
        assert found(path) == [ROOT]
        monkeypatch.setattr("devicetrust.x509.files._LARGEST", len(ROOT) - 1)
        with pytest.raises(UnreadableInput, match="larger than"):
            load_certificates(path)

    def test_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Certificates beyond the limit are refused."""
        monkeypatch.setattr("devicetrust.x509.files._MOST", 2)
        assert found(ROOT * 2) == [ROOT, ROOT]
        with pytest.raises(UnreadableInput, match="more than 2"):
            load_certificates(ROOT * 3)


CRLS = VECTORS / "x509" / "PKITS_data" / "crls"


class TestCRLs:
    def test_pem_der_and_pkcs7(self) -> None:
        """CRLs are found in PEM, DER and PKCS#7, and beside certificates."""
        one, two = (path.read_bytes() for path in sorted(CRLS.glob("*.crl"))[:2])
        for data in (one + two, pem(one, "X509 CRL") + pem(ROOT) + pem(two, "CRL"), signed_data(ROOT, crls=(one, two))):
            assert [crl.der for crl in load_crls(data)] == [one, two]

    def test_pkits(self) -> None:
        """Every CRL of the PKITS is found in its directory and can be read."""
        expected = {path.read_bytes() for path in CRLS.glob("*.crl")}
        crls = load_crls(CRLS)
        assert {crl.der for crl in crls} == expected
        assert {crl.unreadable for crl in crls} == {None}

    def test_the_view(self) -> None:
        """A CRL is its bytes: equal, hashable and picklable as such, with the fingerprint that SHA-256 gives."""
        parsed = x509.load_pem_x509_crl((VECTORS / "x509" / "custom" / "crl_all_reasons.pem").read_bytes())
        crl = CertificateRevocationList.from_cryptography(parsed)
        assert crl.der == parsed.public_bytes(Encoding.DER)
        assert crl.to_cryptography() == parsed
        assert crl.fingerprint == hashlib.sha256(crl.der).digest()
        assert {pickle.loads(pickle.dumps(crl)), CertificateRevocationList(crl.der)} == {crl}
        assert crl != OCSPResponse(crl.der)

    def test_an_unreadable_one(self) -> None:
        """Bytes that are no CRL make a view that says so."""
        (crl,) = load_crls(pem(b"\x30\x00", "X509 CRL"))
        assert crl.unreadable is not None
        with pytest.raises(UnreadableInput):
            crl.to_cryptography()

    def test_none(self) -> None:
        """Input without a CRL says what it held; a PKCS#12 is not opened for one."""
        with pytest.raises(UnreadableInput, match="no CRL in it, but certificate; expected PEM, DER or PKCS#7"):
            load_crls(ROOT)
        with pytest.raises(UnreadableInput, match="no CRL in it, but PKCS#12"):
            load_crls(bundle(b"secret"))


class TestOCSP:
    def test_der_and_pem(self) -> None:
        """OCSP responses are found in DER and PEM."""
        data = (VECTORS / "x509" / "ocsp" / "resp-sha256.der").read_bytes()
        for source in (data, pem(data, "OCSP RESPONSE")):
            assert [response.der for response in load_ocsp(source)] == [data]

    def test_the_view(self) -> None:
        """An OCSP response is its bytes: equal, hashable and picklable as such."""
        data = (VECTORS / "x509" / "ocsp" / "resp-revoked.der").read_bytes()
        response = OCSPResponse.from_cryptography(ocsp.load_der_ocsp_response(data))
        assert response.der == data
        assert response.unreadable is None
        assert response.to_cryptography().certificate_status is ocsp.OCSPCertStatus.REVOKED
        assert response.fingerprint == hashlib.sha256(data).digest()
        assert {pickle.loads(pickle.dumps(response)), OCSPResponse(data)} == {response}

    def test_none(self) -> None:
        """Input without an OCSP response says what it held."""
        with pytest.raises(UnreadableInput, match="no OCSP response in it, but certificate; expected PEM or DER"):
            load_ocsp(pem(ROOT))


CONTAINERS = [
    pem(ROOT) + pem(REFUSED, "TRUSTED CERTIFICATE") + pem(signed_data(PUMP), "PKCS7"),
    ROOT + PUMP,
    signed_data(ROOT, REFUSED),
    pfx(content_info(DATA, octet_string(bags(ROOT, REFUSED)))),
    pfx(encrypted(bags(ROOT, REFUSED), b"secret")),
]


class TestAnyBytes:
    @given(
        st.sampled_from(CONTAINERS),
        st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=3),
        st.integers(0, 3000),
    )
    def test_nothing_else_is_raised(self, container: bytes, changes: list[tuple[int, int]], length: int) -> None:
        """Damaged containers give certificates, or raise UnreadableInput."""
        data = bytearray(container)
        for at, octet in changes:
            data[at % len(data)] = octet
        only_unreadable(bytes(data))
        only_unreadable(bytes(data[:length]))

    @given(st.binary(max_size=100))
    def test_any_bytes(self, data: bytes) -> None:
        """Any bytes give certificates, or raise UnreadableInput."""
        only_unreadable(data)
        only_unreadable(b"\x30" + data)


def only_unreadable(data: bytes) -> None:
    with warnings.catch_warnings(), suppress(UnreadableInput):
        warnings.simplefilter("error")
        certificates = load_certificates(data, "secret")
        assert certificates
        assert {type(one) for one in certificates} == {Certificate}
    for load in (load_crls, load_ocsp):
        with suppress(UnreadableInput):
            assert load(data)
