"""An OCSP response, and the question it answers.

Makes: `OCSPResponse`, `CertificateID`.
May import: errors, x509 siblings, `cryptography`.
Must never: raise when made, whatever the bytes are.
Read first: `OCSPResponse`.
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.x509 import ocsp

from devicetrust.x509.signed_bytes import SignedBytes

__all__ = ["CertificateID", "OCSPResponse"]


class CertificateID(NamedTuple):
    """Which certificate is meant, RFC 6960 4.1.1: its serial number, and its issuer's name and key as digests.

    ``hash_algorithm`` is in the registered spelling (``SHA-256``); the digests are over the issuer's Name in DER and
    over the content octets of its key's BIT STRING.
    """

    hash_algorithm: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int


class OCSPResponse(SignedBytes[ocsp.OCSPResponse]):
    """An OCSP response, RFC 6960 4.2: immutable, equal and hashable by its bytes, picklable as DER."""

    @staticmethod
    def _load(der: bytes) -> ocsp.OCSPResponse:
        return ocsp.load_der_ocsp_response(der)

    @classmethod
    def from_cryptography(cls, response: ocsp.OCSPResponse) -> OCSPResponse:
        """The same response as a view of this library."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415, loading it costs more than this room

        return cls(response.public_bytes(Encoding.DER))
