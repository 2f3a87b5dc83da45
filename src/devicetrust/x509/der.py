"""Certificates as tags and lengths: where each field lies, and strict DER made of what nearly is.

Makes: `Fields` (`split`), `Normalised` (`normalise`), `Tolerance`, `Deviation`, and primitives for the siblings.
May import: the standard library.
Must never: decode a value twice (``cryptography`` decodes), or let any exception but `MalformedDER` escape on any bytes.
Read first: `split` for the many, `normalise` and `Tolerance` for the few.

``cryptography`` reads every certificate first. Only what it refuses comes to `normalise`, which copies the certificate
into strict DER for it to decode, and notes each departure. What `cryptography` loads, `normalise` returns unchanged.

Deviations
    Each member of `Tolerance` is one departure that is read all the same, with the clause that it departs from.
    Nothing is tolerated inside SubjectPublicKeyInfo, a time, or an attribute's text beyond what is listed there.
    RFC 5280 4.1.2.2 allows 20 octets of serial number; the octet that only carries the sign is not counted, for a
    20-octet number with its highest bit set cannot be written without it.
    Extension values are copied octet for octet; a repeated extension is for `x509.extensions` to find.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = [
    "NOT_AFTER",
    "NOT_BEFORE",
    "SERIAL_NUMBER",
    "Deviation",
    "Fields",
    "MalformedDER",
    "Normalised",
    "Tolerance",
    "children",
    "deviations_of",
    "integer",
    "normalise",
    "oid_text",
    "read_header",
    "read_tlv",
    "split",
    "write_tlv",
]


class MalformedDER(ValueError):
    """Bytes that are not the structure they should be. ``field`` is a dotted path in the standard's names, or empty."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field

    def __reduce__(self) -> tuple[type[MalformedDER], tuple[str, str]]:
        return MalformedDER, (self.reason, self.field)


class Tolerance(enum.Enum):
    """A departure from DER or RFC 5280 4.1 that leaves nothing in doubt, and that a profile may admit by this name."""

    SET_ORDER = "set_order"
    """The attributes of a relative distinguished name are not in ascending order, X.690 10.3 (Nuvoton's TPM roots)."""
    ALGORITHM_PARAMETERS_EXTRA = "algorithm_parameters_extra"
    """A signature's AlgorithmIdentifier has NULL where parameters must be absent, RFC 5758 3.2 (Intel's OnDie root)."""
    DEFAULT_ENCODED = "default_encoded"
    """A default value is written out, X.690 11.5: version 1, or critical FALSE (the example of RFC 8410 10.2)."""
    BOOLEAN_NOT_DER = "boolean_not_der"
    """TRUE is another octet than FF, X.690 11.1."""
    LENGTH_NOT_MINIMAL = "length_not_minimal"
    """A length is written in more octets than it needs, X.690 10.1."""
    INTEGER_NOT_MINIMAL = "integer_not_minimal"
    """The serial number starts with octets that say nothing, X.690 8.3.2."""
    STRING_CHARACTERS = "string_characters"
    """A PrintableString of a name holds ASCII characters beyond its set, such as ``&`` or ``@``, X.680 41.4."""
    SERIAL_NEGATIVE = "serial_negative"
    """The serial number is below zero, RFC 5280 4.1.2.2."""
    SERIAL_TOO_LONG = "serial_too_long"
    """The serial number is longer than 20 octets, RFC 5280 4.1.2.2."""
    TIME_GENERALIZED_BEFORE_2050 = "time_generalized_before_2050"
    """A date before 2050 is written as GeneralizedTime, RFC 5280 4.1.2.5."""


class Deviation(NamedTuple):
    """A departure and the field where it is: a dotted path such as ``tbsCertificate.extensions[3].critical``."""

    tolerance: Tolerance
    field: str


class Fields(NamedTuple):
    """The fields of a certificate, RFC 5280 4.1, as slices of its DER.

    Whole elements: ``tbs_certificate``, ``issuer``, ``subject``, ``subject_public_key_info`` and both algorithms.
    Content octets: ``serial_number`` and the times, whose tags stand beside them (0x17 UTCTime, 0x18 GeneralizedTime).
    ``signature`` is what the BIT STRING holds. ``version`` is 1, 2 or 3.
    """

    tbs_certificate: bytes
    version: int
    serial_number: bytes
    tbs_signature_algorithm: bytes
    issuer: bytes
    not_before_tag: int
    not_before: bytes
    not_after_tag: int
    not_after: bytes
    subject: bytes
    subject_public_key_info: bytes
    signature_algorithm: bytes
    signature: bytes


class Normalised(NamedTuple):
    """A certificate rewritten as strict DER.

    ``der`` is for a strict decoder; its signature no longer verifies where anything had to be rewritten. In ``fields``,
    ``tbs_certificate`` is therefore the original, as signed; all else is as rewritten, so that names, algorithms and
    serial numbers compare equal to the same ones encoded properly.
    """

    der: bytes
    fields: Fields
    deviations: tuple[Deviation, ...]


def split(der: bytes) -> Fields:
    """The fields of a certificate in strict DER, RFC 5280 4.1. Raises `MalformedDER` where it is not laid out so.

    Run on every certificate: it looks at tags and lengths only, and trusts that a strict reader has seen the rest.
    """
    try:
        tags, starts, contents = _layout(der, 0, len(der), "certificate")
        if tags != b"\x30":
            raise MalformedDER("not one sequence", "certificate")
        tags, outer, outer_contents = _layout(der, contents[0], len(der), "certificate")
        if tags != b"\x30\x30\x03" or der[outer_contents[2]]:
            raise MalformedDER("not a TBSCertificate, an algorithm and a signature of whole octets", "certificate")
        tags, starts, contents = _layout(der, outer_contents[0], outer[1], "tbsCertificate")
        version = 1
        if tags[0] == 0xA0:
            version += der[contents[0] + 2]
            if der[contents[0] : contents[0] + 2] != b"\x02\x01" or starts[1] != contents[0] + 3:
                raise MalformedDER("not an integer of one octet", "tbsCertificate.version")
            tags, starts, contents = tags[1:], starts[1:], contents[1:]
        if tags[:6] != b"\x02\x30\x30\x30\x30\x30" or bytes(tags[6:]) not in _AFTER_KEY:
            raise MalformedDER("fields that are missing, repeated or out of order", "tbsCertificate")
        if contents[0] == starts[1]:
            raise MalformedDER("INTEGER without content", "tbsCertificate.serialNumber")
        time_tags, times, time_contents = _layout(der, contents[3], starts[4], "tbsCertificate.validity")
        if bytes(time_tags) not in _TIME_TAGS:
            raise MalformedDER("not two times", "tbsCertificate.validity")
    except IndexError:
        raise MalformedDER("truncated", "certificate") from None
    return tuple.__new__(
        Fields,
        (
            der[outer[0] : outer[1]],
            version,
            der[contents[0] : starts[1]],
            der[starts[1] : starts[2]],
            der[starts[2] : starts[3]],
            time_tags[0],
            der[time_contents[0] : times[1]],
            time_tags[1],
            der[time_contents[1] : times[2]],
            der[starts[4] : starts[5]],
            der[starts[5] : starts[6]],
            der[outer[1] : outer[2]],
            der[outer_contents[2] + 1 : outer[3]],
        ),
    )


# issuerUniqueID, subjectUniqueID and extensions, in this order, each optional.
_AFTER_KEY: Final = frozenset({b"", b"\x81", b"\x82", b"\x81\x82", b"\xa3", b"\x81\xa3", b"\x82\xa3", b"\x81\x82\xa3"})
_TIME_TAGS: Final = frozenset({b"\x17\x17", b"\x17\x18", b"\x18\x17", b"\x18\x18"})


def _layout(der: bytes, offset: int, end: int, field: str) -> tuple[bytearray, list[int], list[int]]:
    """Tags, starts and content starts of the elements that fill ``der[offset:end]``; the last of the starts is ``end``.

    Lengths are read in line: this loop is most of what `split` costs.
    """
    tags = bytearray()
    starts: list[int] = []
    contents: list[int] = []
    while offset < end:
        tags.append(der[offset])
        starts.append(offset)
        length = der[offset + 1]
        if length < 0x80:
            offset += 2
        elif length == 0x82:
            length = der[offset + 2] << 8 | der[offset + 3]
            offset += 4
        elif length == 0x81:
            length = der[offset + 2]
            offset += 3
        else:
            try:
                _, offset, after = read_tlv(der, offset, end)
            except MalformedDER as problem:
                raise MalformedDER(problem.reason, field) from None
            length = after - offset
        contents.append(offset)
        offset += length
    if offset != end:
        raise MalformedDER("truncated", field)
    starts.append(end)
    return tags, starts, contents


def deviations_of(fields: Fields) -> tuple[Deviation, ...]:
    """The departures that a strict decoder lets pass, RFC 5280 4.1.2.2 and 4.1.2.5."""
    serial = fields.serial_number
    if len(serial) <= 20 and serial[0] < 0x80 and fields.not_before_tag == 0x17 == fields.not_after_tag:
        return ()
    found: list[Deviation] = []
    if serial[0] & 0x80:
        found.append(Deviation(Tolerance.SERIAL_NEGATIVE, SERIAL_NUMBER))
    if len(serial) > 21 or (len(serial) == 21 and serial[0]):
        found.append(Deviation(Tolerance.SERIAL_TOO_LONG, SERIAL_NUMBER))
    if fields.not_before_tag == 0x18 and fields.not_before < b"2050":
        found.append(Deviation(Tolerance.TIME_GENERALIZED_BEFORE_2050, NOT_BEFORE))
    if fields.not_after_tag == 0x18 and fields.not_after < b"2050":
        found.append(Deviation(Tolerance.TIME_GENERALIZED_BEFORE_2050, NOT_AFTER))
    return tuple(found)


SERIAL_NUMBER: Final = "tbsCertificate.serialNumber"
NOT_BEFORE: Final = "tbsCertificate.validity.notBefore"
NOT_AFTER: Final = "tbsCertificate.validity.notAfter"


def normalise(der: bytes) -> Normalised:
    """A certificate that ``cryptography`` refuses, as strict DER, each departure noted; raises `MalformedDER`."""
    from devicetrust.x509.ber import strictly  # noqa: PLC0415, few programs ever meet such a certificate

    return strictly(der)


def read_tlv(data: bytes, offset: int, end: int) -> tuple[int, int, int]:
    """(tag octet, content start, content end) of the element at ``offset``, which ends at ``end`` at the latest.

    X.690 8.1.2, 8.1.3, 10.1. Low tag numbers and shortest lengths only; raises `MalformedDER`.
    """
    if offset + 2 <= end <= len(data):
        tag, length = data[offset], data[offset + 1]
        after = offset + 2 + length
        if length < 0x80 and after <= end and tag & 0x1F != 0x1F:
            return tag, offset + 2, after
    tag, start, after, shortest = read_header(data, offset, end)
    if not shortest:
        raise MalformedDER("length not in its shortest form")
    return tag, start, after


def children(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag octet, element start, content start, content end) of each element that fills ``data[start:end]``."""
    while start < end:
        tag, content, after = read_tlv(data, start, end)
        yield tag, start, content, after
        start = after


def read_header(data: bytes, offset: int, end: int) -> tuple[int, int, int, bool]:
    """As `read_tlv`, and whether the length is in its shortest form."""
    if offset + 2 > end or end > len(data):
        raise MalformedDER("truncated")
    tag = data[offset]
    if tag & 0x1F == 0x1F:
        raise MalformedDER("tag number of high form")
    length = data[offset + 1]
    start = offset + 2
    shortest = True
    if length >= 0x80:
        octets = length & 0x7F
        if octets == 0:
            raise MalformedDER("indefinite length")
        start += octets
        if octets > 4 or start > end:  # four octets say more than any certificate holds
            raise MalformedDER("truncated")
        length = int.from_bytes(data[offset + 2 : start], "big")
        shortest = length >= 0x80 and length >> (8 * (octets - 1)) != 0
    if start + length > end:
        raise MalformedDER("truncated")
    return tag, start, start + length, shortest


def write_tlv(tag: int, content: bytes) -> bytes:
    """The element of a low tag number, with its length in the shortest form, X.690 10.1."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + length.to_bytes(octets, "big") + content


def oid_text(content: bytes) -> str:
    """An OBJECT IDENTIFIER's content octets in dotted form, X.690 8.19; raises `MalformedDER`."""
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
    """An INTEGER's content octets as a number, X.690 8.3; raises `MalformedDER`."""
    if not content:
        raise MalformedDER("INTEGER without content")
    return int.from_bytes(content, "big", signed=True)
