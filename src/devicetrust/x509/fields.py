"""The fields of a certificate as slices of its bytes, and how they depart from the standard.

Makes: `Fields`, `split`, `Tolerance`, `Deviation`, `deviations_of`.
May import: x509.der.
Must never: decode a value; `cryptography` does, and has accepted the bytes before `split` sees them.
Read first: `split`.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from devicetrust.x509.der import MalformedDER

__all__ = ["Deviation", "Fields", "Tolerance", "deviations_of", "split"]


class Tolerance(enum.Enum):
    """A departure from DER or RFC 5280 4.1 that a profile may tolerate, by a name of its own."""

    SET_ORDER = "the elements of a SET OF are not in DER order (X.690 11.6)"
    ALGORITHM_PARAMETERS_EXTRA = "extra data in the AlgorithmIdentifier of the signature (RFC 5280 4.1.1.2)"
    LENGTH_NOT_MINIMAL = "a length is not in its shortest form (X.690 10.1)"
    BOOLEAN_NOT_DER = "a TRUE is not written as 0xFF (X.690 11.1)"
    DEFAULT_ENCODED = "a default value is written out (X.690 11.5)"
    TIME_GENERALIZED_BEFORE_2050 = "a date before 2050 is a GeneralizedTime (RFC 5280 4.1.2.5)"
    SERIAL_NEGATIVE = "the serial number is negative (RFC 5280 4.1.2.2)"
    SERIAL_TOO_LONG = "the serial number is longer than 20 octets (RFC 5280 4.1.2.2)"


class Deviation(NamedTuple):
    """One departure, and the dotted path of the field where it stands."""

    tolerance: Tolerance
    field: str


class Fields(NamedTuple):
    """Slices of a certificate. Each but ``serial_number``, the times and ``signature`` is a whole DER element.

    ``serial_number`` is the content of the INTEGER, ``signature`` the octets of the BIT STRING. ``not_before`` and
    ``not_after`` are whole elements, tag included.
    """

    tbs_certificate: bytes
    serial_number: bytes
    tbs_signature_algorithm: bytes
    issuer: bytes
    not_before: bytes
    not_after: bytes
    subject: bytes
    subject_public_key_info: bytes
    signature_algorithm: bytes
    signature: bytes


def split(der: bytes) -> Fields:
    """The fields of a certificate in strict DER, RFC 5280 4.1.

    Raises `MalformedDER` rather than slice at a place where the structure is not what it should be.
    """
    try:
        body, whole_end = _content(der, 0, 0x30)
        tbs, tbs_end = _content(der, body, 0x30)
        at = tbs
        if der[at] == 0xA0:
            at = _content(der, at, 0xA0)[1]
        serial, serial_end = _content(der, at, 0x02)
        inner_end = _content(der, serial_end, 0x30)[1]
        issuer_end = _content(der, inner_end, 0x30)[1]
        times, validity_end = _content(der, issuer_end, 0x30)
        between = _content(der, times, der[times])[1]
        after = _content(der, between, der[between])[1]
        subject_end = _content(der, validity_end, 0x30)[1]
        key_end = _content(der, subject_end, 0x30)[1]
        outer_end = _content(der, tbs_end, 0x30)[1]
        bits, bits_end = _content(der, outer_end, 0x03)
    except IndexError:
        raise MalformedDER("truncated", "Certificate") from None
    if whole_end != len(der) or bits_end != whole_end or after != validity_end or key_end > tbs_end:
        raise MalformedDER("elements do not fill their place exactly", "Certificate")
    if bits == bits_end or der[bits] != 0:
        raise MalformedDER("a signature has no unused bits", "signatureValue")
    return Fields(
        der[body:tbs_end],
        der[serial:serial_end],
        der[serial_end:inner_end],
        der[inner_end:issuer_end],
        der[times:between],
        der[between:after],
        der[validity_end:subject_end],
        der[subject_end:key_end],
        der[tbs_end:outer_end],
        der[bits + 1 : bits_end],
    )


def deviations_of(fields: Fields) -> tuple[Deviation, ...]:
    """Departures from RFC 5280 4.1.2 that ``cryptography`` loads without a word; empty for nearly all certificates."""
    serial = fields.serial_number
    if (
        len(serial) <= 20
        and serial[0] < 0x80
        and fields.not_after[0] == _UTC_TIME
        and fields.not_before[0] == _UTC_TIME
    ):
        return ()
    return tuple(_deviations(fields))


_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18


def _deviations(fields: Fields) -> list[Deviation]:
    found: list[Deviation] = []
    serial = fields.serial_number
    if serial[0] >= 0x80:
        found.append(Deviation(Tolerance.SERIAL_NEGATIVE, "tbsCertificate.serialNumber"))
    # A twenty-first octet of zero only keeps a positive number of twenty octets positive.
    if len(serial) > 21 or (len(serial) == 21 and serial[0] != 0):
        found.append(Deviation(Tolerance.SERIAL_TOO_LONG, "tbsCertificate.serialNumber"))
    for name, time in (("notBefore", fields.not_before), ("notAfter", fields.not_after)):
        if time[0] == _GENERALIZED_TIME and time[2:6] < b"2050":
            found.append(Deviation(Tolerance.TIME_GENERALIZED_BEFORE_2050, f"tbsCertificate.validity.{name}"))
    return found


def _content(der: bytes, at: int, tag: int) -> tuple[int, int]:
    """(content start, content end) of the element at ``at``, which has this tag; its length was checked by pyca."""
    if der[at] != tag:
        raise MalformedDER(f"expected tag {tag:#04x}, found {der[at]:#04x}", "Certificate")
    length = der[at + 1]
    if length < 0x80:
        return at + 2, at + 2 + length
    start = at + 2 + (length & 0x7F)
    return start, start + int.from_bytes(der[at + 2 : start], "big")
