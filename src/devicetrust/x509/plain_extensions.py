"""Extensions in plain form: those whose octets leave one reading only.

Makes: `Presented`, `plain`, `without_undefined_bits`.
May import: x509 siblings, `cryptography`.
Must never: take for plain what ``cryptography`` refuses or reads otherwise.
Read first: `plain`.

Nearly every extension that path validation uses has one of these forms. Recognising it takes a tenth of the time that
``cryptography`` needs to read all extensions of a certificate. What is of any other form goes there. Tests hold each
form against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cryptography import x509

from devicetrust.x509 import oids
from devicetrust.x509.general_names import GeneralName, GeneralNameType

__all__ = ["Presented", "plain", "without_undefined_bits"]


class Presented(NamedTuple):
    """An extension as it stands in a certificate: its dotted OID, whether it is critical, and what it says.

    ``value`` is in the library's own form where path validation uses it, as ``cryptography`` has it otherwise, and
    None where ``unreadable`` says why it cannot be read.
    """

    oid: str
    critical: bool
    value: Any
    unreadable: str | None = None


def plain(one: bytes) -> Presented | None:
    """What an Extension (RFC 5280 4.1) of short lengths says, or None where it is not of a form known here."""
    ordinary = _ORDINARY.get(one)
    if ordinary is not None:
        return ordinary
    form = _FORMS.get(one[2:7])
    length = len(one)
    if form is None or not 11 <= length < 0x80 or one[0] != 0x30 or one[1] != length - 2:
        return None
    critical = one[7] == 0x01 and one[7:10] == _TRUE
    at = 10 if critical else 7
    if length < at + 4 or one[at] != 0x04 or one[at + 1] != length - at - 2:
        return None
    oid, read = form
    value = read(one[at + 2 :])
    return None if value is None else tuple.__new__(Presented, (oid, critical, value, None))


_TRUE: Final = bytes.fromhex("0101ff")

# Each reader is given the octets of the value, two at least and fewer than 128, so that every length is one octet.


def _subject_key_identifier(value: bytes) -> bytes | None:
    return value[2:] if value[0] == 0x04 and value[1] == len(value) - 2 else None


def _authority_key_identifier(value: bytes) -> x509.AuthorityKeyIdentifier | None:
    """A keyIdentifier alone."""
    length = len(value)
    if length < 4 or value[0] != 0x30 or value[1] != length - 2 or value[2] != 0x80 or value[3] != length - 4:
        return None
    return x509.AuthorityKeyIdentifier(value[4:], None, None)


def _basic_constraints(value: bytes) -> x509.BasicConstraints | None:
    if value == b"\x30\x00":
        return x509.BasicConstraints(False, None)
    if value == b"\x30\x03" + _TRUE:
        return x509.BasicConstraints(True, None)
    if len(value) == 8 and value[:7] == b"\x30\x06" + _TRUE + b"\x02\x01" and value[7] < 0x80:
        return x509.BasicConstraints(True, value[7])
    return None


def _key_usage(value: bytes) -> x509.KeyUsage | None:
    """Bits of the first octet but encipherOnly, of which the last that is set is the last that is written."""
    if len(value) != 4 or value[:2] != b"\x03\x02":
        return None
    unused, bits = value[2], value[3]
    if not 1 <= unused <= 7 or bits & -bits != 1 << unused:
        return None
    return _usages(bits)


def without_undefined_bits(value: bytes) -> x509.KeyUsage | None:
    """A keyUsage that has encipherOnly or decipherOnly without keyAgreement, less these bits; None for any other.

    RFC 5280 4.2.1.3: their meaning is undefined then, which forbids nothing. ``cryptography`` refuses it.
    """
    if len(value) not in (4, 5) or value[0] != 0x03 or value[1] != len(value) - 2 or value[2] > 7:
        return None
    if value[-1] & (1 << value[2]) - 1:  # what is not used is not zero, X.690 11.2.1
        return None
    only = value[3] & 0x01 or (len(value) == 5 and value[4] & 0x80)
    return _usages(value[3]) if only and not value[3] & 0x08 else None


def _usages(bits: int) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=bits & 0x80 != 0,
        content_commitment=bits & 0x40 != 0,
        key_encipherment=bits & 0x20 != 0,
        data_encipherment=bits & 0x10 != 0,
        key_agreement=bits & 0x08 != 0,
        key_cert_sign=bits & 0x04 != 0,
        crl_sign=bits & 0x02 != 0,
        encipher_only=False,
        decipher_only=False,
    )


def _extended_key_usage(value: bytes) -> frozenset[str] | None:
    """Purposes under id-kp alone, RFC 5280 4.2.1.12."""
    length = len(value)
    if value[0] != 0x30 or value[1] != length - 2 or length == 2 or length % 10 != 2:
        return None
    for at in range(2, length, 10):
        if value[at : at + 9] != _ID_KP or value[at + 9] >= 0x80:
            return None
    return frozenset([f"1.3.6.1.5.5.7.3.{arc}" for arc in value[11::10]])


_ID_KP: Final = bytes.fromhex("06082b060105050703")


def _subject_alternative_name(value: bytes) -> tuple[GeneralName, ...] | None:
    """dNSNames alone, one at least."""
    length = len(value)
    if value[0] != 0x30 or value[1] != length - 2 or length == 2:
        return None
    names: list[GeneralName] = []
    at = 2
    while at < length:
        if value[at] != 0x82 or at + 1 == length:
            return None
        after = at + 2 + value[at + 1]
        text = value[at + 2 : after]
        if after > length or not text.isascii():
            return None
        names.append(GeneralName(GeneralNameType.DNS_NAME, text.decode("ascii")))
        at = after
    return tuple(names)


_FORMS: Final[dict[bytes, tuple[str, Callable[[bytes], Any]]]] = {
    bytes.fromhex("0603551d0e"): (oids.SUBJECT_KEY_IDENTIFIER, _subject_key_identifier),
    bytes.fromhex("0603551d0f"): (oids.KEY_USAGE, _key_usage),
    bytes.fromhex("0603551d11"): (oids.SUBJECT_ALT_NAME, _subject_alternative_name),
    bytes.fromhex("0603551d13"): (oids.BASIC_CONSTRAINTS, _basic_constraints),
    bytes.fromhex("0603551d23"): (oids.AUTHORITY_KEY_IDENTIFIER, _authority_key_identifier),
    bytes.fromhex("0603551d25"): (oids.EXTENDED_KEY_USAGE, _extended_key_usage),
}

# What nearly every certificate has, octet by octet: even the first chain that a process meets finds these read.
_ORDINARY: Final[dict[bytes, Presented | None]] = {}
_ORDINARY.update(
    (one, plain(one))
    for one in map(
        bytes.fromhex,
        (
            "300c0603551d130101ff04023000",  # basicConstraints, critical: no CA
            "300f0603551d130101ff040530030101ff",  # a CA
            "30120603551d130101ff040830060101ff020100",  # a CA that issues to no other
            "30090603551d1304023000",  # not critical: no CA
            "300e0603551d0f0101ff040403020780",  # keyUsage, critical: digitalSignature
            "300e0603551d0f0101ff0404030205a0",  # and keyEncipherment
            "300e0603551d0f0101ff040403020106",  # keyCertSign and cRLSign
            "300e0603551d0f0101ff040403020186",  # and digitalSignature
            "30130603551d25040c300a06082b06010505070301",  # extendedKeyUsage: serverAuth
            "30130603551d25040c300a06082b06010505070302",  # clientAuth
            "301d0603551d250416301406082b0601050507030106082b06010505070302",  # both
        ),
    )
)
