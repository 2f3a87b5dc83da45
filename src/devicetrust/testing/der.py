"""Writes DER: tags and lengths, the plain values, names.

Makes: `tlv`, `sequence`, `integer`, … and general names (`dns`, `uri`, …), each as finished bytes.
May import: the standard library.
Must never: import anything else of devicetrust: what reads must not share a slip with what writes its tests.
Read first: `tlv`.
"""

from __future__ import annotations

import base64
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

__all__ = [
    "NULL",
    "bit_string",
    "directory",
    "dns",
    "email",
    "enumerated",
    "generalized_time",
    "integer",
    "ip",
    "name",
    "object_identifier",
    "octet_string",
    "other_name",
    "pem",
    "sequence",
    "tlv",
    "uri",
    "validity_time",
]

NULL: Final = b"\x05\x00"


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    magnitude = value if value >= 0 else ~value
    return tlv(0x02, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def octet_string(content: bytes) -> bytes:
    return tlv(0x04, content)


def bit_string(content: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes((unused,)), content)


@lru_cache(maxsize=512)
def object_identifier(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(0x80 | arc & 0x7F)
        content += bytes(reversed(group))
    return tlv(0x06, content)


def validity_time(instant: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5)."""
    if instant.year < 2050:
        return tlv(0x17, instant.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(instant)


def generalized_time(instant: datetime) -> bytes:
    return tlv(0x18, f"{instant.year:04d}{instant:%m%d%H%M%S}Z".encode())


def name(*attributes: tuple[str, str]) -> bytes:
    """A distinguished name of (object identifier, text) pairs, one in each RDN.

    UTF8String, but for what X.520 has as PrintableString alone: serialNumber and countryName.
    """
    return sequence(
        *(
            tlv(0x31, sequence(object_identifier(oid), tlv(0x13 if oid in _PRINTABLE else 0x0C, text.encode())))
            for oid, text in attributes
        )
    )


_PRINTABLE: Final = frozenset({"2.5.4.5", "2.5.4.6"})


def enumerated(value: int) -> bytes:
    return tlv(0x0A, bytes((value,)))


# general names


def dns(text: str) -> bytes:
    return tlv(0x82, text.encode())


def email(text: str) -> bytes:
    return tlv(0x81, text.encode())


def uri(text: str) -> bytes:
    return tlv(0x86, text.encode())


def ip(value: IPv4Address | IPv6Address | IPv4Network | IPv6Network) -> bytes:
    if isinstance(value, IPv4Network | IPv6Network):
        return tlv(0x87, value.network_address.packed + value.netmask.packed)
    return tlv(0x87, value.packed)


def directory(distinguished_name: bytes) -> bytes:
    return tlv(0xA4, distinguished_name)


def other_name(type_id: str, value: bytes) -> bytes:
    """An otherName, RFC 5280 4.2.1.6; ``value`` is finished DER."""
    return tlv(0xA0, object_identifier(type_id), tlv(0xA0, value))


# text


def pem(label: str, content: bytes) -> bytes:
    """``content`` under this label, RFC 7468."""
    text = base64.b64encode(content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()
