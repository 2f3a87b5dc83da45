"""Certificates as tags and lengths: where each field lies, and strict DER made of what nearly is.

Makes: `Fields` (`split`), `Normalised` (`normalise`), `Tolerance`, `Deviation`, and primitives for the siblings.
May import: the standard library.
Must never: decode values (``cryptography`` does), or let any exception but `MalformedDER` escape on any bytes.
Read first: `split` for the many, `normalise` and `Tolerance` for the few.

``cryptography`` reads every certificate first. Only what it refuses comes to `normalise`, which copies the certificate
into strict DER for it to decode, and notes each departure. What `cryptography` loads, `normalise` returns unchanged.

Deviations
    Each member of `Tolerance` is one departure that is read all the same, with the clause that it departs from.
    Nothing is tolerated inside SubjectPublicKeyInfo, a time, or an attribute's text beyond what is listed there.
    RFC 5280 4.1.2.2 allows 20 octets of serial number; the octet that only carries the sign is not counted, for a
    20-octet number with its highest bit set cannot be written without it.
    A serial number of more than 127 octets is not read at all.
    Extension values are copied octet for octet; a repeated extension is for `x509.extensions` to find.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = [
    "MOST_OCTETS",
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
    "write_integer",
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
    """The attributes of a relative distinguished name are not in ascending order, X.690 11.6 (Nuvoton's TPM roots)."""
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
    ``extensions`` is the whole SEQUENCE of them, empty where there is none.
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
    extensions: bytes
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


# What OpenSSL accepts of a peer's whole chain unless told otherwise (SSL_MAX_CERT_LIST_DEFAULT, 100 KiB). The longest
# certificate in use, with an SLH-DSA-SHA2-256f signature, has half of it.
MOST_OCTETS: Final = 100 * 1024


def split(der: bytes) -> Fields:
    """The fields of a certificate in strict DER, RFC 5280 4.1. Raises `MalformedDER` where it is not laid out so.

    Run on every certificate: it leaves to a strict reader what it does not need, so tags and lengths are read in line.
    Offsets only grow, and the last of each level must meet that level's end: no slice can leave its parent.
    """
    try:
        length = der[1]
        tbs = 2 if length < 0x80 else 2 + (length & 0x7F)
        length = der[tbs + 1]
        first = tbs + 2 if length < 0x80 else tbs + 2 + (length & 0x7F)
        tbs_end = _after(der, tbs)
        version, serial = (der[first + 4] + 1, first + 5) if der[first] == 0xA0 else (1, first)
        inner = serial + 2 + der[serial + 1]
        length = der[inner + 1]
        issuer = inner + 2 + length if length < 0x80 else _after(der, inner)
        length = der[issuer + 1]
        validity = issuer + 2 + length if length < 0x80 else _after(der, issuer)
        not_after = validity + 4 + der[validity + 3]
        subject = not_after + 2 + der[not_after + 1]
        length = der[subject + 1]
        key = subject + 2 + length if length < 0x80 else _after(der, subject)
        key_end = _after(der, key)
        length = der[tbs_end + 1]
        value = tbs_end + 2 + length if length < 0x80 else _after(der, tbs_end)
        length = der[value + 1]
        octets = value + 2 if length < 0x80 else value + 2 + (length & 0x7F)
        if (
            der[0] != 0x30
            or der[tbs] != 0x30
            or der[serial] != 0x02
            or not 0 < der[serial + 1] < 0x80
            or der[inner] != 0x30
            or der[issuer] != 0x30
            or der[validity] != 0x30
            or not subject - validity - 2 == der[validity + 1] < 0x80
            or der[subject] != 0x30
            or der[key] != 0x30
            or der[tbs_end] != 0x30
            or der[value] != 0x03
            or der[octets] != 0x00
            or (serial != first and der[first : first + 4] != b"\xa0\x03\x02\x01")
            or _after(der, value) != len(der)
            or _after(der, 0) != len(der)
        ):
            raise MalformedDER("fields that are missing, repeated, out of order or of the wrong length", "certificate")
        not_before_tag, not_after_tag = der[validity + 2], der[not_after]
        if not 0x17 <= not_before_tag <= 0x18 or not 0x17 <= not_after_tag <= 0x18:
            raise MalformedDER("a date that is no time", "tbsCertificate.validity")
    except IndexError:
        raise MalformedDER("truncated", "certificate") from None
    return tuple.__new__(
        Fields,
        (
            der[tbs:tbs_end],
            version,
            der[serial + 2 : inner],
            der[inner:issuer],
            der[issuer:validity],
            not_before_tag,
            der[validity + 4 : not_after],
            not_after_tag,
            der[not_after + 2 : subject],
            der[subject:key],
            der[key:key_end],
            _extensions(der, key_end, tbs_end),
            der[tbs_end:value],
            der[octets + 1 :],
        ),
    )


def _after(der: bytes, offset: int) -> int:
    """Where the element at ``offset`` ends."""
    length = der[offset + 1]
    if length < 0x80:
        return offset + 2 + length
    if length == 0x82:
        return offset + 4 + (der[offset + 2] << 8 | der[offset + 3])
    if length == 0x81:
        return offset + 3 + der[offset + 2]
    return read_tlv(der, offset, len(der))[2]


def _extensions(der: bytes, offset: int, end: int) -> bytes:
    """The SEQUENCE of extensions; empty where there is none. issuerUniqueID and subjectUniqueID may stand before it."""
    content = end
    for tag in (0x81, 0x82, 0xA3):
        if offset < end and der[offset] == tag:
            length = der[offset + 1]
            content = offset + 2 if length < 0x80 else offset + 2 + (length & 0x7F)
            offset = _after(der, offset)
            if tag != 0xA3:
                content = end
    if offset != end:
        raise MalformedDER("optional fields that are repeated or out of order", "tbsCertificate")
    return der[content:end]


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
    if len(der) > MOST_OCTETS:
        raise MalformedDER(f"longer than {MOST_OCTETS} octets", "certificate")
    from devicetrust.x509.ber import strictly  # noqa: PLC0415, few programs ever meet such a certificate

    return strictly(der)


def read_tlv(data: bytes, offset: int, end: int) -> tuple[int, int, int]:
    """(tag octet, content start, content end) of the element at ``offset``, which ends at ``end`` at the latest.

    X.690 8.1.2, 8.1.3, 10.1. Low tag numbers and shortest lengths only; raises `MalformedDER`.
    """
    start = offset + 2
    if start <= end <= len(data):
        tag, length = data[offset], data[offset + 1]
        after = start + length
        if length < 0x80 and after <= end and tag & 0x1F != 0x1F:
            return tag, start, after
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


# What ``cryptography`` reads; spelling out an endless arc takes for ever.
_LONGEST_OBJECT_IDENTIFIER: Final = 63


def oid_text(content: bytes) -> str:
    """An OBJECT IDENTIFIER's content octets in dotted form, X.690 8.19; raises `MalformedDER`."""
    if not content or content[-1] & 0x80:
        raise MalformedDER("OBJECT IDENTIFIER cut short")
    if len(content) > _LONGEST_OBJECT_IDENTIFIER:
        raise MalformedDER(f"OBJECT IDENTIFIER longer than {_LONGEST_OBJECT_IDENTIFIER} octets")
    arcs = list(content) if content.isascii() else _arcs(content)  # nearly always each arc is one octet
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def _arcs(content: bytes) -> list[int]:
    arcs: list[int] = []
    value = 0
    for octet in content:
        if value == 0 and octet == 0x80:
            raise MalformedDER("OBJECT IDENTIFIER arc not in its shortest form")
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    return arcs


def integer(content: bytes) -> int:
    """An INTEGER's content octets as a number, X.690 8.3; raises `MalformedDER`."""
    if not content:
        raise MalformedDER("INTEGER without content")
    return int.from_bytes(content, "big", signed=True)


def write_integer(value: int) -> bytes:
    """The one encoding of an INTEGER, X.690 8.3.2."""
    octets = value.bit_length() // 8 + 1
    if value >= 0 and octets < 0x80:
        return _INTEGER_HEADERS[octets] + value.to_bytes(octets, "big")
    magnitude = value if value >= 0 else ~value
    return write_tlv(0x02, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


_INTEGER_HEADERS: Final = tuple([bytes((0x02, length)) for length in range(0x80)])
