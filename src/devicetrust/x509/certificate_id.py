"""The question that is asked of an OCSP responder: what is the status of this certificate?

Makes: `CertificateID`, its request, its reader.
May import: errors, x509 siblings.
Must never: choose a nonce; who asks does.
Read first: `CertificateID`.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from devicetrust.errors import MisuseError
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER, write_integer, write_tlv
from devicetrust.x509.names import object_identifier

__all__ = ["LONGEST_NONCE", "CertificateID", "key_hash", "read_certificate_id"]

LONGEST_NONCE: Final = 128
"""In octets, RFC 9654 2.1."""

# The content octets of their OBJECT IDENTIFIERs, RFC 3279 2.1 and RFC 5754 2, and what hashlib calls them.
_HASHES: Final = {
    "SHA-1": (bytes.fromhex("2b0e03021a"), "sha1"),
    "SHA-224": (bytes.fromhex("608648016503040204"), "sha224"),
    "SHA-256": (bytes.fromhex("608648016503040201"), "sha256"),
    "SHA-384": (bytes.fromhex("608648016503040202"), "sha384"),
    "SHA-512": (bytes.fromhex("608648016503040203"), "sha512"),
}
_NAMES: Final = {oid: name for name, (oid, _) in _HASHES.items()}
_NULL: Final = b"\x05\x00"
_NONCE: Final = bytes.fromhex("06092b0601050507300102")  # id-pkix-ocsp-nonce, RFC 6960 4.4.1


class CertificateID(NamedTuple):
    """Which certificate is meant, RFC 6960 4.1.1: its serial number, and its issuer's name and key as digests.

    ``hash_algorithm`` is in the registered spelling (``SHA-256``), or the dotted OID of what is not known here; the
    digests are over the issuer's Name in DER and over the content octets of its key's BIT STRING.
    """

    hash_algorithm: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int

    @classmethod
    def of(
        cls,
        serial_number: int,
        issuer_name_der: bytes,
        issuer_public_key_info: bytes,
        hash_algorithm: str = "SHA-256",
    ) -> CertificateID:
        """The certificate of this serial number and issuer; raises `MisuseError` for a hash that is not known here."""
        if hash_algorithm not in _HASHES:
            raise MisuseError(f"{hash_algorithm!r} is none of {', '.join(_HASHES)}")
        return cls(
            hash_algorithm,
            hashlib.new(_HASHES[hash_algorithm][1], issuer_name_der, usedforsecurity=False).digest(),
            key_hash(issuer_public_key_info, hash_algorithm),
            serial_number,
        )

    def is_of(self, serial_number: int, issuer_name_der: bytes, issuer_public_key_info: bytes) -> bool:
        """Whether this means the certificate of this serial number and issuer, by whichever hash; one not known: no."""
        return (
            self.serial_number == serial_number
            and self.hash_algorithm in _HASHES
            and self == self.of(serial_number, issuer_name_der, issuer_public_key_info, self.hash_algorithm)
        )

    def request(self, nonce: bytes | None = None) -> bytes:
        """The DER of an OCSPRequest for this certificate, unsigned, RFC 6960 4.1, with a nonce of RFC 9654 2.1."""
        if nonce is not None:
            check_nonce(nonce)
        if self.hash_algorithm not in _HASHES:
            raise MisuseError(f"{self.hash_algorithm!r} is none of {', '.join(_HASHES)}")
        certificate_id = _sequence(
            _sequence(write_tlv(0x06, _HASHES[self.hash_algorithm][0]), _NULL),
            write_tlv(0x04, self.issuer_name_hash),
            write_tlv(0x04, self.issuer_key_hash),
            write_integer(self.serial_number),
        )
        extensions = b""
        if nonce is not None:
            extension = _sequence(_NONCE, write_tlv(0x04, write_tlv(0x04, nonce)))
            extensions = write_tlv(0xA2, _sequence(extension))
        return _sequence(_sequence(_sequence(_sequence(certificate_id)), extensions))


def key_hash(public_key_info: bytes, hash_algorithm: str) -> bytes:
    """The digest over the content octets of a key's BIT STRING, RFC 6960 4.1.1 (issuerKeyHash), 4.2.1 (KeyHash)."""
    digest = hashlib.new(_HASHES[hash_algorithm][1], _subject_public_key(public_key_info), usedforsecurity=False)
    return digest.digest()


def check_nonce(nonce: bytes) -> None:
    """Raises `MisuseError` where this is no nonce of RFC 9654 2.1."""
    if not isinstance(nonce, bytes) or not 1 <= len(nonce) <= LONGEST_NONCE:
        raise MisuseError(f"a nonce is 1 to {LONGEST_NONCE} octets, 32 of them random at least (RFC 9654 2.1)")


def read_certificate_id(fields: Cursor) -> CertificateID:
    """The fields of a CertID, RFC 6960 4.1.1; raises `MalformedDER`."""
    algorithm = fields.enter(0x30)
    oid = algorithm.content(0x06)
    if algorithm.next_tag is not None and algorithm.element() != _NULL:
        raise MalformedDER("a hash algorithm with parameters")
    algorithm.finish()
    name_hash = fields.content(0x04)
    key_hash = fields.content(0x04)
    serial_number = fields.integer()
    fields.finish()
    return CertificateID(_NAMES.get(oid) or object_identifier(oid), name_hash, key_hash, serial_number)


def _sequence(*parts: bytes) -> bytes:
    return write_tlv(0x30, b"".join(parts))


def _subject_public_key(info: bytes) -> bytes:
    """What the BIT STRING of a SubjectPublicKeyInfo holds, without its octet of unused bits."""
    try:
        fields = Cursor.within(info)
        fields.enter(0x30)
        key = fields.content(0x03)
        fields.finish()
    except MalformedDER as problem:
        raise MisuseError(f"expected the DER of a SubjectPublicKeyInfo: {problem.reason}") from None
    return key[1:]
