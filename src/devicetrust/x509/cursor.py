"""A place in strict DER that moves on with every read.

Makes: `Cursor`.
May import: `x509.der`.
Must never: let a read leave its parent, or any exception but `MalformedDER` escape on any bytes.
Read first: `Cursor`.
"""

from __future__ import annotations

from collections.abc import Iterator

from devicetrust.x509.der import MalformedDER, integer, read_tlv

__all__ = ["Cursor"]


class Cursor:
    """The elements of ``data[offset:end]``, one after the other. Raises `MalformedDER` where another is due."""

    __slots__ = ("data", "end", "offset")

    def __init__(self, data: bytes, offset: int = 0, end: int | None = None) -> None:
        self.data = data
        self.offset = offset
        self.end = len(data) if end is None else end

    @classmethod
    def within(cls, data: bytes, tag: int = 0x30) -> Cursor:
        """A cursor over the content of the one element that ``data`` is."""
        outer = cls(data)
        inner = outer.enter(tag)
        outer.finish()
        return inner

    @property
    def next_tag(self) -> int | None:
        """The tag octet of the next element; None at the end."""
        return self.data[self.offset] if self.offset < self.end else None

    def enter(self, tag: int) -> Cursor:
        """A cursor over the content of the next element."""
        _, start, end = self._next(tag)
        return Cursor(self.data, start, end)

    def content(self, tag: int) -> bytes:
        """The content octets of the next element."""
        _, start, end = self._next(tag)
        return self.data[start:end]

    def element(self, tag: int | None = None) -> bytes:
        """The whole of the next element, whatever its tag where none is named."""
        begin, _, end = self._next(tag)
        return self.data[begin:end]

    def bit_string(self) -> bytes:
        """What the next element, a BIT STRING, holds; nothing where that is not whole octets, as each signature is."""
        content = self.content(0x03)
        return content[1:] if content[:1] == b"\x00" else b""

    def integer(self) -> int:
        """The next element, an INTEGER in its shortest form, X.690 8.3.2."""
        content = self.content(0x02)
        if len(content) > 1 and content[0] in (0x00, 0xFF) and (content[0] ^ content[1]) < 0x80:
            raise MalformedDER("INTEGER not in its shortest form")
        return integer(content)

    def elements(self, tag: int) -> Iterator[Cursor]:
        """A cursor over the content of each element that is left; all are of one kind."""
        while self.offset < self.end:
            yield self.enter(tag)

    def finish(self) -> None:
        """Nothing is left."""
        if self.offset != self.end:
            raise MalformedDER("octets after the last element")

    def _next(self, tag: int | None) -> tuple[int, int, int]:
        begin = self.offset
        if self.next_tag is None or (tag is not None and self.next_tag != tag):
            found = "nothing" if self.next_tag is None else f"tag {self.next_tag:#04x}"
            wanted = "another element" if tag is None else f"tag {tag:#04x}"
            raise MalformedDER(f"{found} where {wanted} is due")
        _, start, self.offset = read_tlv(self.data, begin, self.end)
        return begin, start, self.offset
