"""Certificates in BER, written again in strict DER.

Makes: `strictly`.
May import: `x509.der`.
Must never: tolerate what could be read in two ways, or let any exception but `MalformedDER` escape on any bytes.
Read first: `strictly`, then `Tolerance` in `x509.der`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.x509.der import (
    NOT_AFTER,
    NOT_BEFORE,
    SERIAL_NUMBER,
    Deviation,
    MalformedDER,
    Normalised,
    Tolerance,
    deviations_of,
    read_header,
    split,
    write_tlv,
)

__all__ = ["strictly"]


def strictly(der: bytes) -> Normalised:
    """A certificate, or BER that is nearly one, as strict DER, with each departure noted; raises `MalformedDER`.

    Never read, for two readers could differ: trailing octets, indefinite lengths, high tag numbers, constructed
    strings, missing or repeated fields, a bit string with unused bits, anything odd around the key, and times other
    than YYMMDDhhmmssZ and YYYYMMDDhhmmssZ. The structure is walked to a fixed depth, so nesting needs no limit.
    """
    if der[:64].isascii() and der[:64].decode("ascii").isprintable():
        raise MalformedDER("text where DER is due, such as damaged base64" if der else "empty", "certificate")
    notes: dict[Deviation, None] = {}
    whole = _Cursor(der, 0, len(der), notes)
    certificate = whole.enter(0x30, "certificate")
    whole.finish("certificate")
    start = certificate.offset
    tbs = certificate.enter(0x30, "tbsCertificate")
    signed = der[start : certificate.offset]
    parts = [_tbs_certificate(tbs), _algorithm(certificate, "signatureAlgorithm")]
    signature = certificate.take(0x03, "signatureValue")
    if signature[:1] != b"\x00":
        raise MalformedDER("a bit string that is not of whole octets", "signatureValue")
    certificate.finish("certificate")
    strict = write_tlv(0x30, b"".join(parts) + write_tlv(0x03, signature))
    fields = split(strict)
    return Normalised(strict, fields._replace(tbs_certificate=signed), (*notes, *deviations_of(fields)))


def _tbs_certificate(tbs: _Cursor) -> bytes:
    """RFC 5280 4.1.2."""
    parts = [
        _version(tbs),
        _serial_number(tbs),
        _algorithm(tbs, "tbsCertificate.signature"),
        _name(tbs, "tbsCertificate.issuer"),
        _validity(tbs),
        _name(tbs, "tbsCertificate.subject"),
        _subject_public_key_info(tbs),
    ]
    for tag, field in ((0x81, "tbsCertificate.issuerUniqueID"), (0x82, "tbsCertificate.subjectUniqueID")):
        if tbs.next_tag == tag:
            parts.append(write_tlv(tag, tbs.take(tag, field)))
    if tbs.next_tag == 0xA3:
        parts.append(_extensions(tbs))
    tbs.finish("tbsCertificate")
    return write_tlv(0x30, b"".join(parts))


def _version(tbs: _Cursor) -> bytes:
    """RFC 5280 4.1.2.1."""
    field = "tbsCertificate.version"
    if tbs.next_tag != 0xA0:
        return b""
    explicit = tbs.enter(0xA0, field)
    version = explicit.take(0x02, field)
    explicit.finish(field)
    if len(version) != 1:
        raise MalformedDER("not an integer of one octet", field)
    if version == b"\x00":
        tbs.note(Tolerance.DEFAULT_ENCODED, field)
        return b""
    return write_tlv(0xA0, write_tlv(0x02, version))


def _serial_number(tbs: _Cursor) -> bytes:
    """RFC 5280 4.1.2.2."""
    content = tbs.take(0x02, SERIAL_NUMBER)
    if not content:
        raise MalformedDER("INTEGER without content", SERIAL_NUMBER)
    skip = 0
    while skip + 1 < len(content) and content[skip] == (0xFF if content[skip + 1] & 0x80 else 0x00):
        skip += 1
    if skip:
        tbs.note(Tolerance.INTEGER_NOT_MINIMAL, SERIAL_NUMBER)
    if len(content) - skip > 127:  # what one octet of length can say, which `split` counts on
        raise MalformedDER("INTEGER longer than 127 octets", SERIAL_NUMBER)
    return write_tlv(0x02, content[skip:])


def _algorithm(cursor: _Cursor, field: str) -> bytes:
    """An AlgorithmIdentifier of a signature, RFC 5280 4.1.1.2."""
    algorithm = cursor.enter(0x30, field)
    oid = algorithm.take(0x06, field)
    encoded = write_tlv(0x06, oid)
    if algorithm.next_tag is not None:
        tag, parameters = algorithm.take_any(field)
        algorithm.finish(field)
        if tag == 0x05 and not parameters and oid in _WITHOUT_PARAMETERS:
            cursor.note(Tolerance.ALGORITHM_PARAMETERS_EXTRA, field)
        else:
            encoded += write_tlv(tag, parameters)
    return write_tlv(0x30, encoded)


# Signature algorithms whose parameters must be absent, where cryptography refuses NULL. It lets NULL pass for the two
# that use SHA-1.
_WITHOUT_PARAMETERS: Final = frozenset(
    [bytes.fromhex(f"2a8648ce3d0403{last:02x}") for last in (1, 2, 3, 4)]  # ecdsa-with-SHA2, RFC 5758 3.2
    + [bytes.fromhex(f"6086480165030403{last:02x}") for last in (1, 2, 3, 4)]  # dsa-with-SHA2, RFC 5758 3.1
    + [bytes.fromhex(f"6086480165030403{last:02x}") for last in (9, 10, 11, 12)]  # ecdsa-with-SHA3
    + [bytes.fromhex(f"6086480165030403{last:02x}") for last in (17, 18, 19)]  # ML-DSA, RFC 9881 2
    + [bytes.fromhex("2b6570"), bytes.fromhex("2b6571")]  # Ed25519, Ed448, RFC 8410 3
)


def _name(cursor: _Cursor, field: str) -> bytes:
    """A Name, RFC 5280 4.1.2.4."""
    name = cursor.enter(0x30, field)
    rdns: list[bytes] = []
    while name.next_tag is not None:
        rdn = name.enter(0x31, field)
        attributes: list[bytes] = []
        while rdn.next_tag is not None:
            attribute = rdn.enter(0x30, field)
            oid = attribute.take(0x06, field)
            tag, value = attribute.take_any(field)
            attribute.finish(field)
            if tag == 0x13 and not _PRINTABLE.issuperset(value):
                if not _ASCII.issuperset(value):
                    raise MalformedDER("a PrintableString with octets beyond printable ASCII", field)
                cursor.note(Tolerance.STRING_CHARACTERS, field)
                tag = 0x0C
            attributes.append(write_tlv(0x30, write_tlv(0x06, oid) + write_tlv(tag, value)))
        ordered = sorted(attributes)
        if ordered != attributes:
            cursor.note(Tolerance.SET_ORDER, field)
        rdns.append(write_tlv(0x31, b"".join(ordered)))
    return write_tlv(0x30, b"".join(rdns))


_ASCII: Final = frozenset(range(0x20, 0x7F))
_PRINTABLE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")


def _validity(tbs: _Cursor) -> bytes:
    """RFC 5280 4.1.2.5. Whether the digits are a date is the decoder's to say."""
    validity = tbs.enter(0x30, "tbsCertificate.validity")
    times: list[bytes] = []
    for field in (NOT_BEFORE, NOT_AFTER):
        tag, content = validity.take_any(field)
        if tag not in _TIME_LENGTHS or len(content) != _TIME_LENGTHS[tag]:
            raise MalformedDER("a time that is neither YYMMDDhhmmssZ nor YYYYMMDDhhmmssZ", field)
        if content[-1:] != b"Z" or not content[:-1].isdigit():
            raise MalformedDER("a time with other than digits and Z", field)
        times.append(write_tlv(tag, content))
    validity.finish("tbsCertificate.validity")
    return write_tlv(0x30, b"".join(times))


_TIME_LENGTHS: Final = {0x17: 13, 0x18: 15}


def _subject_public_key_info(tbs: _Cursor) -> bytes:
    """RFC 5280 4.1.2.7, copied octet for octet: around a key nothing is tolerated."""
    field = "tbsCertificate.subjectPublicKeyInfo"
    start = tbs.offset
    info = tbs.enter(0x30, field)
    algorithm = info.enter(0x30, field)
    algorithm.take(0x06, field)
    if algorithm.next_tag is not None:
        algorithm.take_any(field)
    algorithm.finish(field)
    key = info.take(0x03, field)
    info.finish(field)
    if key[:1] != b"\x00":
        raise MalformedDER("a bit string that is not of whole octets", field)
    if any(note.field == field for note in tbs.notes):
        raise MalformedDER("length not in its shortest form", field)
    return tbs.data[start : tbs.offset]


def _extensions(tbs: _Cursor) -> bytes:
    """RFC 5280 4.1.2.9."""
    explicit = tbs.enter(0xA3, "tbsCertificate.extensions")
    sequence = explicit.enter(0x30, "tbsCertificate.extensions")
    explicit.finish("tbsCertificate.extensions")
    extensions: list[bytes] = []
    while sequence.next_tag is not None:
        field = f"tbsCertificate.extensions[{len(extensions)}]"
        extension = sequence.enter(0x30, field)
        encoded = write_tlv(0x06, extension.take(0x06, field))
        if extension.next_tag == 0x01:
            encoded += _critical(extension, f"{field}.critical")
        encoded += write_tlv(0x04, extension.take(0x04, field))
        extension.finish(field)
        extensions.append(write_tlv(0x30, encoded))
    return write_tlv(0xA3, write_tlv(0x30, b"".join(extensions)))


def _critical(extension: _Cursor, field: str) -> bytes:
    content = extension.take(0x01, field)
    if len(content) != 1:
        raise MalformedDER("not a boolean of one octet", field)
    if content == b"\x00":
        extension.note(Tolerance.DEFAULT_ENCODED, field)
        return b""
    if content != b"\xff":
        extension.note(Tolerance.BOOLEAN_NOT_DER, field)
    return b"\x01\x01\xff"


class _Cursor:
    """A place in BER of definite lengths, which notes what is not DER. Every read moves it on."""

    __slots__ = ("data", "end", "notes", "offset")

    def __init__(self, data: bytes, offset: int, end: int, notes: dict[Deviation, None]) -> None:
        self.data = data
        self.offset = offset
        self.end = end
        self.notes = notes

    @property
    def next_tag(self) -> int | None:
        """The tag octet of the next element, None at the end."""
        return self.data[self.offset] if self.offset < self.end else None

    def enter(self, tag: int, field: str) -> _Cursor:
        """A cursor over the content of the next element."""
        start, end = self._next(tag, field)
        return _Cursor(self.data, start, end, self.notes)

    def take(self, tag: int, field: str) -> bytes:
        """The content octets of the next element."""
        start, end = self._next(tag, field)
        return self.data[start:end]

    def take_any(self, field: str) -> tuple[int, bytes]:
        """Tag octet and content octets of the next element, which is no string in parts (X.690 10.2)."""
        tag = self.next_tag
        if tag is None:
            raise MalformedDER("truncated", field)
        if tag & 0xE0 == 0x20 and tag not in (0x30, 0x31):
            raise MalformedDER("a constructed string", field)
        return tag, self.take(tag, field)

    def finish(self, field: str) -> None:
        """Nothing is left."""
        if self.offset != self.end:
            raise MalformedDER("octets after the last element", field)

    def note(self, tolerance: Tolerance, field: str) -> None:
        self.notes[Deviation(tolerance, field)] = None

    def _next(self, tag: int, field: str) -> tuple[int, int]:
        if self.next_tag != tag:
            found = "nothing" if self.next_tag is None else f"tag {self.next_tag:#04x}"
            raise MalformedDER(f"{found} where tag {tag:#04x} is due", field)
        try:
            _, start, end, shortest = read_header(self.data, self.offset, self.end)
        except MalformedDER as problem:
            raise MalformedDER(problem.reason, field) from None
        if not shortest:
            self.note(Tolerance.LENGTH_NOT_MINIMAL, field)
        self.offset = end
        return start, end
