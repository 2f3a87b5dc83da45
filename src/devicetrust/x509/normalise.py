"""Certificates that ``cryptography`` refuses, rewritten as strict DER.

Makes: `normalise`, `Normalised`.
May import: x509.der, x509.fields.
Must never: guess. What could be read in two ways raises `MalformedDER`.
Read first: `normalise`.

There is no second decoder of values: the bytes are rewritten, each departure is noted, and ``cryptography`` reads the
result. The signature is checked over the bytes as they were signed. What ``cryptography`` loads is left as it is.
Never tolerated: indefinite lengths, trailing bytes, high tag numbers, constructed strings, and any departure within
the key, the dates or the values of names and extensions.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devicetrust.x509.der import MalformedDER, write_tlv
from devicetrust.x509.fields import Deviation, Fields, Tolerance, deviations_of, split

__all__ = ["Normalised", "normalise"]


class Normalised(NamedTuple):
    """A certificate in strict DER and how it had departed from it.

    ``fields`` holds ``tbs_certificate`` as it was signed; names, key and algorithms are the rewritten ones, so that
    they compare equal to those of well-encoded certificates.
    """

    der: bytes
    fields: Fields
    deviations: tuple[Deviation, ...]


def normalise(der: bytes) -> Normalised:
    """The certificate in ``der``, rewritten. Raises `MalformedDER` for what is never tolerable."""
    if len(der) > _LONGEST:
        raise MalformedDER(f"longer than {_LONGEST} octets", "Certificate")
    deviations: list[Deviation] = []
    whole = _read(der, 0, len(der), "Certificate", deviations)
    if whole.tag != 0x30 or whole.end != len(der):
        raise MalformedDER("not one SEQUENCE that fills the bytes", "Certificate")
    parts = _children(der, whole, "Certificate", deviations)
    if [part.tag for part in parts] != [0x30, 0x30, 0x03]:
        raise MalformedDER("not signed part, algorithm and signature", "Certificate")
    body, algorithm, signature = parts
    rewritten = write_tlv(
        0x30,
        _tbs_certificate(der, body, deviations)
        + _algorithm(der, algorithm, "signatureAlgorithm", deviations)
        + write_tlv(0x03, der[signature.start : signature.end]),
    )
    fields = split(rewritten)
    deviations += deviations_of(fields)
    return Normalised(rewritten, fields._replace(tbs_certificate=der[body.at : body.end]), tuple(deviations))


# Real certificates stay below 64 KiB, ML-DSA and SLH-DSA included; OpenSSL reads at most 100 KiB from a TLS peer.
_LONGEST: Final = 1 << 17
# Names nest to five levels, extensions are not entered; the rest is slack.
_DEEPEST: Final = 12
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18


class _Element(NamedTuple):
    """Where one element stands: its tag, its first octet, and its content."""

    tag: int
    at: int
    start: int
    end: int


def _read(der: bytes, at: int, end: int, field: str, deviations: list[Deviation]) -> _Element:
    """One element of definite length, X.690 8.1; a length that is longer than needed is noted."""
    if at + 2 > end:
        raise MalformedDER("truncated", field)
    tag, length = der[at], der[at + 1]
    if tag & 0x1F == 0x1F:
        raise MalformedDER("tag number of high form", field)
    start = at + 2
    if length == 0x80:
        raise MalformedDER("indefinite length", field)
    if length > 0x80:
        octets = length & 0x7F
        start += octets
        if octets > 8 or start > end:
            raise MalformedDER("truncated", field)
        length = int.from_bytes(der[at + 2 : start], "big")
        if length < 0x80 or der[at + 2] == 0:
            deviations.append(Deviation(Tolerance.LENGTH_NOT_MINIMAL, field))
    if start + length > end:
        raise MalformedDER("truncated", field)
    return _Element(tag, at, start, start + length)


def _children(der: bytes, parent: _Element, field: str, deviations: list[Deviation]) -> list[_Element]:
    found: list[_Element] = []
    at = parent.start
    while at < parent.end:
        found.append(_read(der, at, parent.end, field, deviations))
        at = found[-1].end
    return found


def _tbs_certificate(der: bytes, body: _Element, deviations: list[Deviation]) -> bytes:
    """RFC 5280 4.1: version, serial number, algorithm, issuer, validity, subject, key, unique ids, extensions."""
    parts = _children(der, body, "tbsCertificate", deviations)
    tags = [part.tag for part in parts]
    written: list[bytes] = []
    if tags[:1] == [0xA0]:
        written.append(_version(der, parts.pop(0), deviations))
        tags.pop(0)
    if tags[:6] != [0x02, 0x30, 0x30, 0x30, 0x30, 0x30]:
        raise MalformedDER("its fields are not those of RFC 5280 4.1 in their order", "tbsCertificate")
    optional = tags[6:]
    if sorted(set(optional)) != optional or any(tag not in (0x81, 0x82, 0xA3) for tag in optional):
        raise MalformedDER("its optional fields are not those of RFC 5280 4.1 in their order", "tbsCertificate")
    serial, algorithm, issuer, validity, subject, key, *rest = parts
    written.append(write_tlv(0x02, _plain_integer(der, serial)))
    written.append(_algorithm(der, algorithm, "tbsCertificate.signature", deviations))
    written.append(_name(der, issuer, "tbsCertificate.issuer", deviations))
    written.append(_validity(der, validity, deviations))
    written.append(_name(der, subject, "tbsCertificate.subject", deviations))
    written.append(_strict(der, key, "tbsCertificate.subjectPublicKeyInfo", 0))
    for part in rest:
        written.append(
            _extensions(der, part, deviations)
            if part.tag == 0xA3
            else write_tlv(part.tag, der[part.start : part.end])
        )
    return write_tlv(0x30, b"".join(written))


def _version(der: bytes, element: _Element, deviations: list[Deviation]) -> bytes:
    inner = _children(der, element, "tbsCertificate.version", deviations)
    if len(inner) != 1 or inner[0].tag != 0x02:
        raise MalformedDER("not one INTEGER", "tbsCertificate.version")
    value = _plain_integer(der, inner[0])
    if value == b"\x00":
        deviations.append(Deviation(Tolerance.DEFAULT_ENCODED, "tbsCertificate.version"))
        return b""
    return write_tlv(0xA0, write_tlv(0x02, value))


def _plain_integer(der: bytes, element: _Element) -> bytes:
    """The content of an INTEGER in its shortest form, X.690 8.3.2; another form is never tolerated."""
    content = der[element.start : element.end]
    if not content:
        raise MalformedDER("INTEGER without content", "tbsCertificate.serialNumber")
    if len(content) > 1 and ((content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)):
        raise MalformedDER("INTEGER not in its shortest form", "tbsCertificate.serialNumber")
    return content


def _algorithm(der: bytes, element: _Element, field: str, deviations: list[Deviation]) -> bytes:
    """An AlgorithmIdentifier: object identifier and at most one element of parameters; more is dropped and noted."""
    parts = _children(der, element, field, deviations)
    if not parts or parts[0].tag != 0x06:
        raise MalformedDER("does not begin with an OBJECT IDENTIFIER", field)
    if len(parts) > 2:
        deviations.append(Deviation(Tolerance.ALGORITHM_PARAMETERS_EXTRA, field))
    return write_tlv(0x30, b"".join(_strict(der, part, field, 0) for part in parts[:2]))


def _name(der: bytes, element: _Element, field: str, deviations: list[Deviation]) -> bytes:
    """A Name: SEQUENCE OF SET OF pairs; the members of each SET are put in DER order."""
    written: list[bytes] = []
    for relative in _children(der, element, field, deviations):
        if relative.tag != 0x31:
            raise MalformedDER("not a sequence of sets", field)
        members: list[bytes] = []
        for member in _children(der, relative, field, deviations):
            pair = _children(der, member, field, deviations)
            if member.tag != 0x30 or len(pair) != 2 or pair[0].tag != 0x06:
                raise MalformedDER("not a pair of attribute type and value", field)
            members.append(write_tlv(0x30, b"".join(_strict(der, part, field, 0) for part in pair)))
        if not members or len(set(members)) != len(members):
            raise MalformedDER("an empty set, or an attribute that stands twice", field)
        if sorted(members) != members:
            deviations.append(Deviation(Tolerance.SET_ORDER, field))
        written.append(write_tlv(0x31, b"".join(sorted(members))))
    return write_tlv(0x30, b"".join(written))


def _validity(der: bytes, element: _Element, deviations: list[Deviation]) -> bytes:
    """Two times, in UTC to the second: YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, RFC 5280 4.1.2.5; nothing else."""
    field = "tbsCertificate.validity"
    times = _children(der, element, field, deviations)
    if len(times) != 2:
        raise MalformedDER("not two times", field)
    for time in times:
        text = der[time.start : time.end]
        digits = {_UTC_TIME: 12, _GENERALIZED_TIME: 14}.get(time.tag)
        if digits is None or len(text) != digits + 1 or not text[:-1].isdigit() or text[-1:] != b"Z":
            raise MalformedDER("a time is not in UTC to the second", field)
    return write_tlv(0x30, b"".join(write_tlv(time.tag, der[time.start : time.end]) for time in times))


def _extensions(der: bytes, element: _Element, deviations: list[Deviation]) -> bytes:
    """RFC 5280 4.1.2.9; the values stay as they are, octet by octet."""
    field = "tbsCertificate.extensions"
    inner = _children(der, element, field, deviations)
    if len(inner) != 1 or inner[0].tag != 0x30:
        raise MalformedDER("not one SEQUENCE", field)
    written: list[bytes] = []
    for position, one in enumerate(_children(der, inner[0], field, deviations)):
        place = f"{field}[{position}]"
        parts = _children(der, one, place, deviations)
        tags = [part.tag for part in parts]
        if one.tag != 0x30 or tags not in ([0x06, 0x04], [0x06, 0x01, 0x04]):
            raise MalformedDER("not identifier, criticality and value", place)
        critical = b""
        if len(parts) == 3:
            critical = _critical(der, parts[1], place, deviations)
        oid, value = parts[0], parts[-1]
        written.append(
            write_tlv(
                0x30,
                write_tlv(0x06, der[oid.start : oid.end]) + critical + write_tlv(0x04, der[value.start : value.end]),
            )
        )
    return write_tlv(0xA3, write_tlv(0x30, b"".join(written)))


def _critical(der: bytes, element: _Element, field: str, deviations: list[Deviation]) -> bytes:
    content = der[element.start : element.end]
    if len(content) != 1:
        raise MalformedDER("BOOLEAN of another length than one octet", field)
    if content == b"\x00":
        deviations.append(Deviation(Tolerance.DEFAULT_ENCODED, field))
        return b""
    if content != b"\xff":
        deviations.append(Deviation(Tolerance.BOOLEAN_NOT_DER, field))
    return write_tlv(0x01, b"\xff")


def _strict(der: bytes, element: _Element, field: str, depth: int) -> bytes:
    """An element whose whole content must be strict DER already: in keys, parameters and values nothing is repaired."""
    if depth > _DEEPEST:
        raise MalformedDER("nested too deeply", field)
    noted: list[Deviation] = []
    if element.tag & 0x20:
        if element.tag not in (0x30, 0x31) and element.tag < 0x80:
            raise MalformedDER("a string in constructed form", field)
        for child in _children(der, element, field, noted):
            _strict(der, child, field, depth + 1)
    encoded = der[element.at : element.end]
    if noted or write_tlv(element.tag, der[element.start : element.end]) != encoded:
        raise MalformedDER("not in DER", field)
    return encoded
