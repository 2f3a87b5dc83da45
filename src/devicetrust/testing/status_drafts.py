"""CRLs and OCSP responses before they are signed, right ones and wrong ones.

Makes: `CRLDraft` and its entries, `ResponseDraft` and its single responses.
May import: the writers and keys of this room.
Must never: import anything else of devicetrust, or put right what it is given.
Read first: `CRLDraft`, `ResponseDraft`.

As with certificates, everything may be overridden: a draft is a plain tuple, and `sealed` signs whatever is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from devicetrust.testing.der import (
    NULL,
    bit_string,
    enumerated,
    generalized_time,
    integer,
    object_identifier,
    octet_string,
    sequence,
    tlv,
    validity_time,
)
from devicetrust.testing.extensions import Extension
from devicetrust.testing.keys import ALGORITHMS, Key, signature

# CRLs


def entry(serial_number: int | bytes, *extensions: Extension, revoked: datetime) -> bytes:
    """One entry; a serial number may be given as finished DER."""
    serial = serial_number if isinstance(serial_number, bytes) else integer(serial_number)
    listed = [one.encoded() for one in extensions]
    return sequence(serial, validity_time(revoked), sequence(*listed) if listed else b"")


class CRLDraft(NamedTuple):
    """A CRL before it is signed. ``entries`` of None leaves revokedCertificates out."""

    issuer: bytes
    this_update: bytes
    next_update: bytes
    entries: Iterable[bytes] | None = None
    extensions: tuple[Extension, ...] = ()
    version: int | None = 1
    signature_algorithm: bytes | None = None

    def to_be_signed(self, scheme: str) -> bytes:
        listed = [one.encoded() for one in self.extensions]
        return sequence(
            b"" if self.version is None else integer(self.version),
            ALGORITHMS[scheme],
            self.issuer,
            self.this_update,
            self.next_update,
            b"" if self.entries is None else sequence(*self.entries),
            tlv(0xA0, sequence(*listed)) if listed else b"",
        )

    def sealed(self, signer: Key) -> bytes:
        signed = self.to_be_signed(signer.scheme)
        algorithm = self.signature_algorithm or ALGORITHMS[signer.scheme]
        return sequence(signed, algorithm, bit_string(signature(signer, signer.scheme, signed)))


# OCSP

OCSP_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
GOOD, UNKNOWN = tlv(0x80), tlv(0x82)
SHA_1, SHA_256 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1"


def revoked(instant: datetime, reason: int | None = None) -> bytes:
    stated = b"" if reason is None else tlv(0xA0, enumerated(reason))
    return tlv(0xA1, generalized_time(instant), stated)


def certificate_id(serial_number: int, issuer: bytes, key: Key, oid: str = SHA_256, parameters: bytes = NULL) -> bytes:
    """A CertID, RFC 6960 4.1.1: ``issuer`` is the issuer's name in DER, ``key`` its key."""
    return sequence(
        sequence(object_identifier(oid), parameters),
        octet_string(_hashed(oid, issuer)),
        octet_string(_hashed(oid, key.public_octets)),
        integer(serial_number),
    )


def single_response(
    identifier: bytes,
    status: bytes = GOOD,
    *extensions: Extension,
    this_update: datetime,
    next_update: datetime | None,
) -> bytes:
    listed = [one.encoded() for one in extensions]
    return sequence(
        identifier,
        status,
        generalized_time(this_update),
        b"" if next_update is None else tlv(0xA0, generalized_time(next_update)),
        tlv(0xA1, sequence(*listed)) if listed else b"",
    )


class ResponseDraft(NamedTuple):
    """An OCSP response before it is signed; ``responder`` is a finished ResponderID."""

    responder: bytes
    responses: tuple[bytes, ...]
    produced_at: bytes
    extensions: tuple[Extension, ...] = ()
    certificates: tuple[bytes, ...] = ()
    version: bytes = b""
    response_type: str = OCSP_BASIC

    def sealed(self, signer: Key) -> bytes:
        listed = [one.encoded() for one in self.extensions]
        signed = sequence(
            self.version,
            self.responder,
            self.produced_at,
            sequence(*self.responses),
            tlv(0xA1, sequence(*listed)) if listed else b"",
        )
        basic = sequence(
            signed,
            ALGORITHMS[signer.scheme],
            bit_string(signature(signer, signer.scheme, signed)),
            tlv(0xA0, sequence(*self.certificates)) if self.certificates else b"",
        )
        return response(0, sequence(object_identifier(self.response_type), octet_string(basic)))


def response(status: int, response_bytes: bytes | None = None) -> bytes:
    return sequence(enumerated(status), b"" if response_bytes is None else tlv(0xA0, response_bytes))


def by_name(name: bytes) -> bytes:
    return tlv(0xA1, name)


def by_key(key_hash: bytes) -> bytes:
    return tlv(0xA2, octet_string(key_hash))


def _hashed(oid: str, content: bytes) -> bytes:
    """The hash of a CertID: SHA-1, the commonest there, where nothing rests on it, or SHA-256."""
    if oid == SHA_1:
        return hashlib.sha1(content, usedforsecurity=False).digest()
    return hashlib.sha256(content).digest()
