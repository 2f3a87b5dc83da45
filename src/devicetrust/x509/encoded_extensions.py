"""Extensions as their octets: those of CRLs, of their entries, and of OCSP responses.

Makes: `EncodedExtension` (`encoded_extensions`).
May import: x509 siblings.
Must never: read what BER alone would allow: a critical extension that passes for another must not get by.
Read first: `encoded_extensions`.
"""

from __future__ import annotations

from typing import NamedTuple

from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.names import object_identifier

__all__ = ["EncodedExtension", "encoded_extensions"]


class EncodedExtension(NamedTuple):
    """One Extension, RFC 5280 4.1: its dotted OID, whether it is critical, and the octets of its value."""

    oid: str
    critical: bool
    value: bytes


def encoded_extensions(sequence: Cursor) -> tuple[EncodedExtension, ...]:
    """The extensions that fill a SEQUENCE, each OID once, RFC 5280 4.2 and 5.2; raises `MalformedDER`."""
    found = tuple([_extension(fields) for fields in sequence.elements(0x30)])
    if len({one.oid for one in found}) != len(found):
        raise MalformedDER("an extension that is there more than once")
    return found


def _extension(fields: Cursor) -> EncodedExtension:
    oid = object_identifier(fields.content(0x06))
    critical = fields.next_tag == 0x01
    if critical and fields.content(0x01) != b"\xff":
        raise MalformedDER("a critical flag that is not TRUE in DER")
    value = fields.content(0x04)
    fields.finish()
    return EncodedExtension(oid, critical, value)
