"""Tags and lengths: the little DER that every sibling needs.

Makes: `read_tlv`, `children`, `write_tlv`, `oid_text`, `integer`, `MalformedDER`.
May import: the standard library.
Must never: interpret a certificate's meaning, or let any exception but `MalformedDER` escape on hostile bytes.
Read first: `read_tlv`.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["MalformedDER", "children", "integer", "oid_text", "read_tlv", "write_tlv"]


class MalformedDER(ValueError):
    """Bytes that are not the structure they should be. ``field`` is a dotted path in the standard's names, or empty."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field

    def __reduce__(self) -> tuple[type[MalformedDER], tuple[str, str]]:
        return MalformedDER, (self.reason, self.field)


def read_tlv(data: bytes, offset: int, end: int) -> tuple[int, int, int]:
    """(tag octet, content start, content end) of the element at ``offset``, which ends at ``end`` at the latest.

    X.690 8.1.2, 8.1.3. Lengths of definite form only, in as few octets as possible (X.690 10.1); low tag numbers only.
    """
    if offset + 2 > end or end > len(data):
        raise MalformedDER("truncated")
    tag = data[offset]
    if tag & 0x1F == 0x1F:
        raise MalformedDER("tag number of high form")
    length = data[offset + 1]
    start = offset + 2
    if length >= 0x80:
        octets = length & 0x7F
        if octets == 0:
            raise MalformedDER("indefinite length")
        start += octets
        if octets > 4 or start > end:
            raise MalformedDER("truncated")
        length = int.from_bytes(data[offset + 2 : start], "big")
        if length < 0x80 or length >> (8 * (octets - 1)) == 0:
            raise MalformedDER("length not in its shortest form")
    if start + length > end:
        raise MalformedDER("truncated")
    return tag, start, start + length


def children(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag octet, element start, content start, content end) of each element that fills ``data[start:end]``."""
    while start < end:
        tag, content, after = read_tlv(data, start, end)
        yield tag, start, content, after
        start = after


def write_tlv(tag: int, content: bytes) -> bytes:
    """The element of a low tag number, with its length in the shortest form, X.690 10.1."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + length.to_bytes(octets, "big") + content


def oid_text(content: bytes) -> str:
    """An OBJECT IDENTIFIER's content octets in dotted form, X.690 8.19."""
    if not content or content[-1] & 0x80:
        raise MalformedDER("OBJECT IDENTIFIER cut short")
    arcs: list[int] = []
    value = 0
    for octet in content:
        if value == 0 and octet == 0x80:
            raise MalformedDER("OBJECT IDENTIFIER arc not in its shortest form")
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def integer(content: bytes) -> int:
    """An INTEGER's content octets as a number, X.690 8.3."""
    if not content:
        raise MalformedDER("INTEGER without content")
    return int.from_bytes(content, "big", signed=True)
