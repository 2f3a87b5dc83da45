"""Where the CRLs of a certificate are, and which certificates a CRL is about.

Makes: `DistributionPoint`, `IssuingDistributionPoint`, and their readers.
May import: x509 siblings.
Must never: pass over a part that narrows what is said: what is not wholly understood is malformed.
Read first: `read_distribution_points`, `read_issuing_distribution_point`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER, write_tlv
from devicetrust.x509.general_names import GeneralName, read_general_names
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import RevocationReason, read_reason_flags

__all__ = [
    "DistributionPoint",
    "IssuingDistributionPoint",
    "read_distribution_points",
    "read_issuing_distribution_point",
]


class DistributionPoint(NamedTuple):
    """Where a CRL is, which reasons it covers, and who issues it, RFC 5280 4.2.1.13.

    ``names`` are those of fullName; ``relative_name`` is the DER of the RelativeDistinguishedName of
    nameRelativeToCRLIssuer. ``reasons`` is None where the CRL covers all. ``crl_issuers`` are the names of cRLIssuer,
    empty where the certificate's issuer also issues the CRL.
    """

    names: tuple[GeneralName, ...]
    relative_name: bytes | None
    reasons: frozenset[RevocationReason] | None
    crl_issuers: tuple[Name, ...]


class IssuingDistributionPoint(NamedTuple):
    """The scope of a CRL, RFC 5280 5.2.5.

    ``names`` and ``relative_name`` are as in `DistributionPoint`. ``only_some_reasons`` is None where the CRL covers
    all reasons. ``der`` is the extension's value, by which the scopes of a delta CRL and its base are compared (5.2.4).
    """

    names: tuple[GeneralName, ...]
    relative_name: bytes | None
    only_user_certificates: bool
    only_ca_certificates: bool
    only_attribute_certificates: bool
    indirect: bool
    only_some_reasons: frozenset[RevocationReason] | None
    der: bytes


def read_distribution_points(der: bytes) -> tuple[DistributionPoint, ...]:
    """The value of cRLDistributionPoints or freshestCRL, RFC 5280 4.2.1.13 and 4.2.1.15; raises `MalformedDER`."""
    points = tuple([_distribution_point(fields) for fields in Cursor.within(der).elements(0x30)])
    if not points:
        raise MalformedDER("no distribution point")
    return points


def read_issuing_distribution_point(der: bytes) -> IssuingDistributionPoint:
    """The value of issuingDistributionPoint, RFC 5280 5.2.5; raises `MalformedDER`."""
    fields = Cursor.within(der)
    names, relative_name = _name(fields)
    user = _flag(fields, 0x81)
    authority = _flag(fields, 0x82)
    reasons = read_reason_flags(fields.content(0x83)) if fields.next_tag == 0x83 else None
    indirect = _flag(fields, 0x84)
    attribute = _flag(fields, 0x85)
    fields.finish()
    if der == b"\x30\x00":
        raise MalformedDER("an issuing distribution point that says nothing")
    if user + authority + attribute > 1:
        raise MalformedDER("a scope of two kinds of certificates only, which no certificate can be in")
    return IssuingDistributionPoint(names, relative_name, user, authority, attribute, indirect, reasons, der)


def _distribution_point(fields: Cursor) -> DistributionPoint:
    names, relative_name = _name(fields)
    reasons = read_reason_flags(fields.content(0x81)) if fields.next_tag == 0x81 else None
    issuers: tuple[Name, ...] = ()
    if fields.next_tag == 0xA2:
        # A cRLIssuer that is no directory name could be matched by no CRL, and must not pass for none.
        issuers = tuple([_directory_name(name) for name in _general_names(fields, 0xA2)])
    fields.finish()
    if not (names or relative_name or issuers):
        raise MalformedDER("a distribution point of reasons alone")
    return DistributionPoint(names, relative_name, reasons, issuers)


def _name(fields: Cursor) -> tuple[tuple[GeneralName, ...], bytes | None]:
    """(fullName, nameRelativeToCRLIssuer) of an optional DistributionPointName."""
    if fields.next_tag != 0xA0:
        return (), None
    choice = fields.enter(0xA0)
    if choice.next_tag == 0xA0:
        names = _general_names(choice, 0xA0)
        choice.finish()
        return names, None
    relative_name = write_tlv(_SET, choice.content(0xA1))
    choice.finish()
    if relative_name == _EMPTY_SET or Name(write_tlv(0x30, relative_name)).is_malformed:
        raise MalformedDER("a relative name that is no relative distinguished name")
    return (), relative_name


_SET: Final = 0x31
_EMPTY_SET: Final = b"\x31\x00"


def _general_names(fields: Cursor, tag: int) -> tuple[GeneralName, ...]:
    return read_general_names(write_tlv(0x30, fields.content(tag)))


def _directory_name(name: GeneralName) -> Name:
    if not isinstance(name.value, Name):
        raise MalformedDER("a CRL issuer that is no directory name")
    return name.value


def _flag(fields: Cursor, tag: int) -> bool:
    """A BOOLEAN DEFAULT FALSE, X.690 11.1 and 11.5."""
    if fields.next_tag != tag:
        return False
    if fields.content(tag) != b"\xff":
        raise MalformedDER("a flag that is not TRUE in DER")
    return True
