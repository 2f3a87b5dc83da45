"""A certificate revocation list as bytes.

Makes: `CertificateRevocationList`.
May import: errors, x509 siblings, `cryptography`.
Must never: raise when made, whatever the bytes are.
Read first: `CertificateRevocationList`.
"""

from __future__ import annotations

from cryptography import x509

from devicetrust.x509.signed_bytes import SignedBytes

__all__ = ["CertificateRevocationList"]


class CertificateRevocationList(SignedBytes[x509.CertificateRevocationList]):
    """An X.509 CRL, RFC 5280 5: immutable, equal and hashable by its bytes, picklable as DER."""

    @staticmethod
    def _load(der: bytes) -> x509.CertificateRevocationList:
        return x509.load_der_x509_crl(der)

    @classmethod
    def from_cryptography(cls, crl: x509.CertificateRevocationList) -> CertificateRevocationList:
        """The same CRL as a view of this library."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415, loading it costs more than this room

        return cls(crl.public_bytes(Encoding.DER))
