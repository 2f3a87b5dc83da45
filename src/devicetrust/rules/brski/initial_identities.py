"""RFC 8995 2.3: the IDevID by which a device is onboarded.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: fetch from the MASA.
Read first: any rule.

The clauses are known through drafts of the RFC and implementations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["masa_url_not_critical", "masa_url_well_formed", "subject_serial_number_present"]

_MASA_URL: Final = "1.3.6.1.5.5.7.1.32"
_FIELD: Final = "tbsCertificate.extensions.masaURL"
_SERIAL_NUMBER: Final = "2.5.4.5"
_NEXT_SERIES: Final = "correct the profile by which the maker issues IDevIDs; this device cannot be onboarded by BRSKI"


def _rfc8995(clause: str) -> Citation:
    return Citation("RFC 8995", clause, Knowledge.SECOND_HAND)


NO_SERIAL_NUMBER: Final = Code(
    "brski.subject_serial_number_present",
    Severity.ERROR,
    _rfc8995("2.3.1"),
    rank=653,
    what="the subject has no serialNumber",
    why="A registrar takes the number from the IDevID to ask for the device's voucher; without it there is none.",
    remedy=_NEXT_SERIES,
)
MASA_URL_CRITICAL: Final = Code(
    "brski.masa_url_not_critical",
    Severity.ERROR,
    _rfc8995("2.3.2"),
    rank=562,
    what="the extension with the MASA URL is critical",
    why="Whatever does not know BRSKI refuses the certificate without need.",
    remedy=_NEXT_SERIES,
    waivable=Waivable.BY_WAIVER,
)
MASA_URL_MALFORMED: Final = Code(
    "brski.masa_url_well_formed",
    Severity.ERROR,
    _rfc8995("2.3.2"),
    rank=563,
    what="the MASA URL is {found}; it is an IA5String with an https URL, or its authority alone",
    why="The registrar cannot reach the maker's service by it, so the device gets no voucher.",
    remedy=_NEXT_SERIES,
    waivable=Waivable.BY_WAIVER,
)


def _has_masa_url(certificate: Certificate) -> bool:
    return _MASA_URL in certificate.extensions.present


@rule(NO_SERIAL_NUMBER, Role.LEAF)
def subject_serial_number_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject has a serialNumber."""
    if certificate.subject.values(_SERIAL_NUMBER):
        return ()
    return (NO_SERIAL_NUMBER.at(index, "tbsCertificate.subject"),)


@rule(MASA_URL_CRITICAL, Role.LEAF, concerns=_has_masa_url)
def masa_url_not_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The MASA URL is not critical."""
    return (MASA_URL_CRITICAL.at(index, _FIELD),) if _MASA_URL in certificate.extensions.critical else ()


@rule(MASA_URL_MALFORMED, Role.LEAF, concerns=_has_masa_url)
def masa_url_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The MASA URL is an IA5String that holds an https URL, or an authority: a host and perhaps a port."""
    octets = certificate.extensions.octets(_MASA_URL)
    length = len(octets) - 2
    if length > 0 and octets[0] == _IA5_STRING and octets[1] == length < 0x80 and _URL.fullmatch(octets[2:]):
        return ()
    return (MASA_URL_MALFORMED.at(index, _FIELD, found=octets[2:].decode("ascii", "backslashreplace")),)


_IA5_STRING: Final = 0x16
_URL: Final = re.compile(rb"(?:https://)?(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[!-~]*)?", re.ASCII)
