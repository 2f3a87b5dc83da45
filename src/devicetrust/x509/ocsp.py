"""An OCSP response as bytes.

Makes: `OCSPResponse`.
May import: errors, x509 siblings, `cryptography`.
Must never: raise when made, whatever the bytes are.
Read first: `OCSPResponse`.
"""

from __future__ import annotations

from cryptography.x509 import ocsp

from devicetrust.x509.signed_bytes import SignedBytes

__all__ = ["OCSPResponse"]


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
