"""Distinguished names: what they say, when two match, and how they are shown to people.

Makes: `Name`, `Attribute`; `printable` text; `object_identifier`, for names of every kind.
May import: x509 siblings.
Must never: raise on odd content, or show text that could steer a terminal.
Read first: `Name`.

Values of PrintableString, UTF8String, BMPString, UniversalString, IA5String, VisibleString, NumericString and
TeletexString (read as ISO 8859-1, as the field writes it) are compared as text, across these types. Any other value,
and one that is no text of its type, matches only the same tag and octets.

Deviations
- RFC 5280 7.1 requires caseIgnoreMatch and leaves other matching rules open; 4.1.2.6 would compare values of unfamiliar
  attributes by octets where they are no DirectoryString. Here caseIgnoreMatch serves all but domainComponent.
- RFC 4518 2.4: see `x509.internationalized`.
- RFC 4514 2.4 writes the value of an attribute without a short name in hexadecimal. Text is shown as text instead.
- An RDN that repeats an attribute matches only one that repeats it as often; the RFC's wording counts it once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from devicetrust.x509.der import MalformedDER, oid_text, read_tlv, write_tlv

__all__ = ["DOMAIN_COMPONENT", "EMAIL_ADDRESS", "Attribute", "Name", "object_identifier", "printable", "text_key"]

Part = TypeVar("Part")

DOMAIN_COMPONENT: Final = "0.9.2342.19200300.100.1.25"
EMAIL_ADDRESS: Final = "1.2.840.113549.1.9.1"


class Attribute(NamedTuple):
    """An AttributeTypeAndValue, RFC 5280 4.1.2.4: dotted OID, tag octet and content octets of the value."""

    oid: str
    tag: int
    content: bytes

    @property
    def text(self) -> str:
        """The value as it stands, or ``#`` and its DER in hexadecimal where it is no text. Not escaped for display."""
        decoded = _decoded(self.tag, self.content)
        return "#" + write_tlv(self.tag, self.content).hex() if decoded is None else decoded

    @property
    def is_text(self) -> bool:
        """Whether the value is text of a string type whose characters are known, so that it can be compared as text."""
        return _decoded(self.tag, self.content) is not None

    @property
    def rfc4514(self) -> str:
        """Type and value for people, RFC 4514 2.3 and 2.4."""
        decoded = _decoded(self.tag, self.content)
        value = self.text if decoded is None else _escaped(decoded)
        return f"{_SHORT_NAMES.get(self.oid, self.oid)}={value}"


class _Contents(NamedTuple):
    """What a name says: by RDN, one after the other, and as texts by type."""

    rdns: tuple[tuple[Attribute, ...], ...]
    attributes: tuple[Attribute, ...]
    texts: dict[str, tuple[str, ...]]


class Name:
    """A distinguished name, made from the DER of an RFC 5280 Name. Equal and hashed as RFC 5280 7.1 matches names.

    Making one never fails. ``is_malformed`` tells whether the bytes are no Name at all; such a name has no RDNs,
    matches only the same bytes, and lies within no subtree.
    """

    __slots__ = ("_contents", "_key", "der")

    def __init__(self, der: bytes) -> None:
        self.der: Final = der
        self._key: bytes | None = None
        self._contents: _Contents | None = None

    @property
    def is_malformed(self) -> bool:
        """Whether the bytes are not the structure of a Name, RFC 5280 4.1.2.4."""
        return self.key.startswith(_MALFORMED_KEY)

    @property
    def is_empty(self) -> bool:
        """Whether this is the sequence of no RDNs at all, as of a subject named only by its alternative names."""
        return self.der == _EMPTY

    @property
    def rdns(self) -> tuple[tuple[Attribute, ...], ...]:
        """The relative distinguished names in the order of the encoding: the root of the directory first."""
        return (self._contents or self._read()).rdns

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes, in the order of the encoding."""
        return (self._contents or self._read()).attributes

    @property
    def key(self) -> bytes:
        """Octets that are equal for two names exactly when the names match, RFC 5280 7.1.

        The key of a name begins with the key of another exactly when it lies in the other's subtree.
        """
        found = self._key
        if found is None:
            found = self._key = _cached_key(self.der) if len(self.der) <= _LARGEST_CACHED else _key(self.der)
        return found

    def is_within(self, base: Name) -> bool:
        """Whether this name lies in the subtree of ``base``: its first RDNs match all of the base's.

        RFC 5280 7.1.
        """
        return not self.is_malformed and not base.is_malformed and self.key.startswith(base.key)

    def values(self, oid: str) -> tuple[str, ...]:
        """The texts of all attributes of this type, in the order of the encoding. Not escaped for display."""
        return (self._contents or self._read()).texts.get(oid, ())

    def has_any_of(self, oids: frozenset[str]) -> bool:
        """Whether there is an attribute of one of these types."""
        return not oids.isdisjoint((self._contents or self._read()).texts)

    def _read(self) -> _Contents:
        rdns = () if self.is_malformed else _read(self.der, _attribute)
        attributes = tuple([attribute for rdn in rdns for attribute in rdn])
        texts: dict[str, list[str]] = {}
        for attribute in attributes:
            texts.setdefault(attribute.oid, []).append(attribute.text)
        found = self._contents = _Contents(rdns, attributes, {oid: tuple(values) for oid, values in texts.items()})
        return found

    @property
    def rfc4514(self) -> str:
        """The name for people, RFC 4514: most specific RDN first, safe to print on a terminal."""
        if self.is_malformed:
            return "#" + self.der.hex()
        return ",".join("+".join(attribute.rfc4514 for attribute in rdn) for rdn in reversed(self.rdns))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Name):
            return NotImplemented
        return self.der == other.der or self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.rfc4514

    def __repr__(self) -> str:
        return f"<Name {self.rfc4514}>"

    def __reduce__(self) -> tuple[type[Name], tuple[bytes]]:
        return Name, (self.der,)


@lru_cache(maxsize=256)  # few types of names occur, and each costs more to spell out than to look up
def object_identifier(content: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's content octets, or `MalformedDER` beyond the length that any has.

    X.690 8.19; not in an RFC: 63 octets, what ``cryptography`` reads. Spelling out an endless arc takes for ever.
    """
    if len(content) > _LONGEST_OBJECT_IDENTIFIER:
        raise MalformedDER("an object identifier of unreasonable length")
    return oid_text(content)


_LONGEST_OBJECT_IDENTIFIER: Final = 63


def printable(text: str) -> str:
    """The text with every character escaped that does not print as itself, and the backslash.

    Not in an RFC: controls, bidirectional controls, other invisible characters, unassigned and private ones become
    ``\\`` and two hexadecimal digits for each octet of their UTF-8, which RFC 4514 2.4 allows in names.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join([_printable_character(character) for character in text])


def _printable_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    return "".join([f"\\{octet:02X}" for octet in character.encode("utf-8", "surrogatepass")])


def _escaped(value: str) -> str:
    """RFC 4514 2.4: the characters with a meaning of their own, a ``#`` or space in front, a space at the end."""
    shown = _SPECIAL.sub(r"\\\g<0>", printable(value))
    if shown.startswith((" ", "#")):
        shown = "\\" + shown
    if shown.endswith(" ") and shown != "\\ ":
        shown = shown[:-1] + "\\ "
    return shown


_SPECIAL: Final = re.compile(r'[",;+<>]')


_EMPTY: Final = b"\x30\x00"
_MALFORMED_KEY: Final = b"\xff"  # a readable name's key starts with the length of an RDN, far below 0xFF000000

_DOMAIN_COMPONENT: Final = bytes.fromhex("0992268993f22c640119")
# commonName, countryName, localityName, stateOrProvinceName, organizationName and organizationalUnitName.
_FREQUENT_TYPES: Final = frozenset([bytes((0x55, 0x04, arc)) for arc in (3, 6, 7, 8, 10, 11)])

_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_OBJECT_IDENTIFIER: Final = 0x06


def _key(der: bytes) -> bytes:
    try:
        rdns = _read(der, _attribute_key)
    except MalformedDER:
        return _MALFORMED_KEY + der
    return b"".join([_measured(rdn[0] if len(rdn) == 1 else b"".join(sorted(rdn))) for rdn in rdns])


# The key depends on the bytes alone, so what is kept is true for ever. Names come from strangers: the number of
# entries and the size of each are bounded, so that what they present costs at most time.
_cached_key = lru_cache(maxsize=1024)(_key)
_LARGEST_CACHED: Final = 1024


def _read(der: bytes, make: Callable[[bytes, int, bytes], Part]) -> tuple[tuple[Part, ...], ...]:
    """What ``make`` makes of each attribute's type, and of the tag and the content of its value, by RDN."""
    tag, at, end = read_tlv(der, 0, len(der))
    if tag != _SEQUENCE or end != len(der):
        raise MalformedDER("a name is not one sequence")
    rdns: list[tuple[Part, ...]] = []
    while at < end:
        tag, start, at = read_tlv(der, at, end)
        if tag != _SET:
            raise MalformedDER("a relative distinguished name is not a set")
        rdns.append(tuple(_attributes(der, start, at, make)))
    return tuple(rdns)


def _attributes(der: bytes, at: int, end: int, make: Callable[[bytes, int, bytes], Part]) -> list[Part]:
    made: list[Part] = []
    while at < end:
        tag, start, at = read_tlv(der, at, end)
        type_tag, type_start, type_end = read_tlv(der, start, at)
        value_tag, value_start, value_end = read_tlv(der, type_end, at)
        if tag != _SEQUENCE or type_tag != _OBJECT_IDENTIFIER or value_end != at:
            raise MalformedDER("an attribute is not a pair of type and value")
        made.append(make(der[type_start:type_end], value_tag, der[value_start:value_end]))
    return made


def _attribute(kind: bytes, tag: int, content: bytes) -> Attribute:
    return Attribute(object_identifier(kind), tag, content)


def _attribute_key(kind: bytes, tag: int, content: bytes) -> bytes:
    if kind not in _FREQUENT_TYPES:
        object_identifier(kind)  # raises where it is none
    return _measured(kind) + _measured(_value_key(kind, tag, content))


def _value_key(kind: bytes, tag: int, content: bytes) -> bytes:
    text = _decoded(tag, content)
    if text is None:
        return b"=%d:" % tag + content
    if kind == _DOMAIN_COMPONENT:
        return b"." + _label_key(text).encode("utf-8")
    return b"~" + text_key(text).encode("utf-8")


def text_key(text: str) -> str:
    """Text in the form in which caseIgnoreMatch compares it, RFC 4518 as RFC 5280 7.1 wants it.

    For printable ASCII that is lower case and single spaces.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    from devicetrust.x509.internationalized import prepared  # noqa: PLC0415, its tables load when first needed

    return prepared(text)


def _label_key(text: str) -> str:
    """RFC 5280 7.3 as updated by RFC 9549 2.4: A-labels, compared without regard to the case of ASCII letters."""
    if text.isascii():
        return text.lower()
    from devicetrust.x509.internationalized import prepared, prepared_label  # noqa: PLC0415, its tables load when first needed

    return prepared_label(text) or prepared(text)


def _measured(octets: bytes) -> bytes:
    return len(octets).to_bytes(4, "big") + octets


def _decoded(tag: int, content: bytes) -> str | None:
    codec = _CODECS.get(tag)
    if codec is None:
        return None
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None


_CODECS: Final = {
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}

_SHORT_NAMES: Final = {
    # RFC 4514 section 3
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    DOMAIN_COMPONENT: "DC",
    "0.9.2342.19200300.100.1.1": "UID",
    # RFC 4519 section 2
    "2.5.4.4": "sn",
    "2.5.4.5": "serialNumber",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.17": "postalCode",
    "2.5.4.20": "telephoneNumber",
    "2.5.4.41": "name",
    "2.5.4.42": "givenName",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.45": "x500UniqueIdentifier",
    "2.5.4.46": "dnQualifier",
    # RFC 5280 appendix A, RFC 2985 appendix A, ITU-T X.520
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    EMAIL_ADDRESS: "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
}
