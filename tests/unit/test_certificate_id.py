"""The question that is asked of an OCSP responder, RFC 6960 4.1, and which certificate an answer means."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

import pki
from devicetrust.errors import MisuseError
from devicetrust.x509.ocsp import CertificateID, OCSPResponse
from pki import common_name

WARD = pki.Authority(common_name("Ward CA"), pki.key("p256", 1))
OTHER_KEY = pki.key("p256", 2)
ROOT = WARD.root()
PUMP = WARD.issues(common_name("Pump"), pki.key("p256", 3), pki.dns("pump.example"))
NONCE = bytes(range(32))
HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA-1": hashes.SHA1(),
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}


def question(serial_number: int = 300, algorithm: str = "SHA-256") -> CertificateID:
    return CertificateID.of(serial_number, WARD.name, WARD.key.subject_public_key_info, algorithm)


class TestQuestion:
    @pytest.mark.parametrize("algorithm", HASHES)
    @pytest.mark.parametrize("nonce", [None, b"\x80", NONCE, bytes(128)])
    @pytest.mark.parametrize("serial_number", [1, 127, 128, 300, (1 << 159) - 1])
    def test_as_pyca_writes_it(self, algorithm: str, nonce: bytes | None, serial_number: int) -> None:
        """RFC 6960 4.1, RFC 9654 2.1: the request is octet for octet the one that pyca's builder makes."""
        issuer = x509.load_der_x509_certificate(ROOT)
        leaf = x509.load_der_x509_certificate(PUMP._replace(serial_number=serial_number).sealed(WARD.key))
        builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, HASHES[algorithm])
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        assert question(serial_number, algorithm).request(nonce) == builder.build().public_bytes(Encoding.DER)

    def test_as_openssl_reads_it(self, tmp_path: Path) -> None:
        """OpenSSL finds the serial number, the digests and the nonce in a request."""
        path = tmp_path / "request.der"
        path.write_bytes(question().request(NONCE))
        try:
            done = subprocess.run(
                ["openssl", "ocsp", "-reqin", str(path), "-req_text", "-noverify"],
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            pytest.skip("no openssl at hand")
        said = "".join(done.stdout.split())
        assert "HashAlgorithm:sha256" in said
        assert f"IssuerNameHash:{hashlib.sha256(WARD.name).hexdigest().upper()}" in said
        assert "SerialNumber:012C" in said
        assert "OCSPNonce:0420000102030405060708090A0B0C0D0E0F" in said

    def test_pyca_reads_odd_serial_numbers(self) -> None:
        """The request for a certificate whose serial number is zero or negative is one that pyca reads the same."""
        for serial_number in (0, -1, -128, -129):
            read = ocsp.load_der_ocsp_request(question(serial_number).request())
            assert read.serial_number == serial_number

    @pytest.mark.parametrize("nonce", [b"", bytes(129), "nonce", 32])
    def test_what_is_no_nonce(self, nonce: Any) -> None:
        """RFC 9654 2.1: a nonce has 1 to 128 octets; another is misuse, in the question and beside the answer."""
        with pytest.raises(MisuseError):
            question().request(nonce)
        with pytest.raises(MisuseError):
            OCSPResponse(b"", nonce=nonce)

    def test_misuse(self) -> None:
        """A hash that is not known, or a key that is no SubjectPublicKeyInfo, is misuse."""
        with pytest.raises(MisuseError, match="MD5"):
            question(1, "MD5")
        with pytest.raises(MisuseError, match=r"1\.2\.3"):
            CertificateID("1.2.3", b"", b"", 1).request()
        with pytest.raises(MisuseError, match="SubjectPublicKeyInfo"):
            CertificateID.of(1, WARD.name, WARD.key.subject_public_key_info[:-1])

    def test_which_certificate_is_meant(self) -> None:
        """RFC 6960 3.2 (1): by any known hash an answer means one serial number, one name and one key."""
        key, other = WARD.key.subject_public_key_info, OTHER_KEY.subject_public_key_info
        for algorithm in HASHES:
            meant = question(300, algorithm)
            assert meant.is_of(300, WARD.name, key)
            assert not meant.is_of(301, WARD.name, key)
            assert not meant.is_of(300, common_name("Clinic CA"), key)
            assert not meant.is_of(300, WARD.name, other)
        assert not question()._replace(hash_algorithm="1.2.3").is_of(300, WARD.name, key)
