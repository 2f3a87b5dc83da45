"""Certificates spoiled at random: in their bytes, in their TLV structure, and spoiled before they were signed.

Makes: `mutated` (any bytes), `resigned` (a spoiled certificate whose signature is right again), `real_certificates`.
May import: pki, at_hand, the standard library, cryptography_vectors for its files.
Must never: import devicetrust.
Read first: `mutated`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

import cryptography_vectors

import at_hand
from pki import ALGORITHMS, Key, bit_string, sequence, signature, tlv


def mutated(rng: Random, der: bytes, donors: Sequence[bytes]) -> bytes:
    """``der`` with one to three mutations; ``donors`` give bytes and elements of their own."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        der = rng.choice(MUTATIONS)(rng, der, donors)
    return der


def resigned(rng: Random, der: bytes, donors: Sequence[bytes], signer: Key) -> bytes:
    """``der`` with its signed part mutated in its structure, mostly in one extension, and then signed by ``signer``."""
    tree = read(der)
    if tree is None or not tree.children:
        return der
    signed = tree.children[0]
    for _ in range(rng.choice((1, 1, 2, 3))):
        place = signed if rng.random() < 0.2 else rng.choice(_places(signed))
        rng.choice(TREE_MUTATIONS)(rng, place, donors)
    algorithm = ALGORITHMS[signer.scheme]
    content = signed.encoded()
    # Past the cache of signatures, which such content would only fill.
    return sequence(content, algorithm, bit_string(signature.__wrapped__(signer, signer.scheme, content)))


def _places(signed: Element) -> list[Element]:
    """The fields of a TBSCertificate and its extensions, each a tree of its own."""
    extensions = signed.children[-1:]
    found = [one for place in extensions for listed in place.children for one in listed.children]
    return [*signed.children, *found, *found] or [signed]


@cache
def real_certificates() -> tuple[bytes, ...]:
    """Every certificate of cryptography's vectors, and of the samples where they are at hand."""
    folders = [Path(cryptography_vectors.__file__).parent / "x509"]
    shared = at_hand.shared()
    if shared is not None:
        folders.append(shared / "samples")
    files = (path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)
    found = dict.fromkeys(der for path in files for der in certificates_in(path.read_bytes()))
    return tuple(der for der in found if len(der) <= LARGEST)


SUFFIXES = {".pem", ".der", ".crt", ".cer"}
LARGEST = 20_000
_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END", re.DOTALL)


def certificates_in(content: bytes) -> Iterator[bytes]:
    if content[:1] == b"\x30":
        yield content
    for match in _PEM.finditer(content):
        try:
            yield base64.b64decode(match[1])
        except ValueError:
            continue


# Structure


@dataclass
class Element:
    """One TLV. ``children`` where its content is made of TLVs, a string's too; ``head`` goes before them."""

    tag: int
    content: bytes = b""
    head: bytes = b""
    children: list[Element] = field(default_factory=list)

    def encoded(self) -> bytes:
        if not self.children:
            return tlv(self.tag, self.content)
        return tlv(self.tag, self.head, *(child.encoded() for child in self.children))

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child.walk()


def read(der: bytes) -> Element | None:
    """The element that is the whole of ``der``, read as deep as it goes, or None."""
    elements = _elements(der, 0)
    return elements[0] if elements and len(elements) == 1 else None


def _elements(der: bytes, depth: int) -> list[Element] | None:
    found = []
    at = 0
    while at < len(der):
        header = _header(der, at)
        if header is None or depth > 12:
            return None
        start, end = header
        content = der[start:end]
        element = Element(der[at], content)
        head = b"\0" if der[at] == 0x03 and content[:1] == b"\0" else b""
        if der[at] & 0x20 or der[at] == 0x04 or head:
            inside = _elements(content[len(head) :], depth + 1)
            if inside:
                element.children, element.head = inside, head
        found.append(element)
        at = end
    return found


def _header(der: bytes, at: int) -> tuple[int, int] | None:
    """Where the content of the element at ``at`` begins and ends."""
    if at + 2 > len(der):
        return None
    size, start = der[at + 1], at + 2
    if size & 0x80:
        octets = size & 0x7F
        start += octets
        size = int.from_bytes(der[at + 2 : start], "big")
    return (start, start + size) if start + size <= len(der) else None


# Mutations of bytes


def _flip(rng: Random, der: bytes, donors: Sequence[bytes]) -> bytes:
    changed = bytearray(der)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(rng: Random, der: bytes, _: Sequence[bytes]) -> bytes:
    return der[: rng.randrange(len(der) + 1)]


def _remove(rng: Random, der: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(der) + 1)
    return der[:at] + der[at + rng.randrange(1, 40) :]


def _insert(rng: Random, der: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(der) + 1)
    return der[:at] + rng.randbytes(rng.randrange(1, 40)) + der[at:]


def _splice(rng: Random, der: bytes, donors: Sequence[bytes]) -> bytes:
    donor = rng.choice(donors)
    return der[: rng.randrange(len(der) + 1)] + donor[rng.randrange(len(donor) + 1) :]


def _structure(rng: Random, der: bytes, donors: Sequence[bytes]) -> bytes:
    tree = read(der)
    if tree is None:
        return der
    rng.choice(TREE_MUTATIONS)(rng, tree, donors)
    return tree.encoded()


Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]
MUTATIONS: Sequence[Mutation] = (_flip, _flip, _cut, _remove, _insert, _splice, *(_structure,) * 8)


# Mutations of structure: each changes a tree in place


def _retag(rng: Random, tree: Element, _: Sequence[bytes]) -> None:
    _any(rng, tree).tag = rng.choice((*TAGS, rng.randrange(256)))


def _refill(rng: Random, tree: Element, _: Sequence[bytes]) -> None:
    element = _any(rng, tree)
    element.children = []
    element.content = rng.choice((*CONTENTS, rng.randbytes(rng.randrange(40))))


def _tweak(rng: Random, tree: Element, donors: Sequence[bytes]) -> None:
    element = rng.choice([one for one in tree.walk() if not one.children])
    element.content = rng.choice((_flip, _remove, _insert))(rng, element.content, donors)


def _drop(rng: Random, tree: Element, _: Sequence[bytes]) -> None:
    parent = _parent(rng, tree)
    if parent:
        parent.children.pop(rng.randrange(len(parent.children)))
        parent.content = b""


def _double(rng: Random, tree: Element, _: Sequence[bytes]) -> None:
    parent = _parent(rng, tree)
    if parent:
        times = rng.choice((1, 1, 2, 60))
        parent.children += [rng.choice(parent.children)] * times


def _shuffle(rng: Random, tree: Element, _: Sequence[bytes]) -> None:
    parent = _parent(rng, tree)
    if parent:
        rng.shuffle(parent.children)


def _transplant(rng: Random, tree: Element, donors: Sequence[bytes]) -> None:
    other = read(rng.choice(donors))
    parent = _parent(rng, tree)
    if parent and other:
        parent.children[rng.randrange(len(parent.children))] = _any(rng, other)


def _nest(rng: Random, tree: Element, donors: Sequence[bytes]) -> None:
    element = _any(rng, tree)
    content = element.encoded()
    for _ in range(rng.choice((1, 3, 200))):
        content = tlv(rng.choice((0x30, 0x31, 0xA0, 0x04)), content)
    element.tag, element.children, element.content = 0x30, [], content


TreeMutation = Callable[[Random, Element, Sequence[bytes]], None]
TREE_MUTATIONS: Sequence[TreeMutation] = (
    _retag,
    _refill,
    _tweak,
    _tweak,
    _drop,
    _double,
    _shuffle,
    _transplant,
    _transplant,
    _nest,
)
TAGS = (
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0C,
    0x13,
    0x16,
    0x17,
    0x18,
    0x1E,
    0x30,
    0x31,
    0x80,
    0x82,
    0x86,
    0x87,
    0xA0,
)
CONTENTS = (
    b"",
    b"\0",
    b"\xff",
    b"\xff" * 200,
    b"\x7f" + b"\xff" * 40,
    b"\x80" * 30,
    b"00000000000000Z",
    b"99991231235959Z",
    b"000101000000Z",
    b"260230000000Z",
    b"\xc3\x28",
    b"xn--\xff",
    b"*",
    b"." * 50,
    b"a." * 3000,
    b"\x1b[31m",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
    b"\x55\x1d\x25\x00",
)


def _any(rng: Random, tree: Element) -> Element:
    return rng.choice(list(tree.walk()))


def _parent(rng: Random, tree: Element) -> Element | None:
    parents = [one for one in tree.walk() if one.children]
    return rng.choice(parents) if parents else None
