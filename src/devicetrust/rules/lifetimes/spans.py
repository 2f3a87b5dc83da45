"""The span from notBefore to notAfter.

Makes: rules on the leaf.
May import: findings, x509, rules.rule, rules.hardware.
Must never: concern an IDevID, which is meant to have no end; its profile does not name these.
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.concerns import has_end
from devicetrust.rules.hardware import NEVER_ENDS
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["operational_certificate_ends", "three_years"]

_THREE_YEARS: Final = (365 + 365 + 366) * 86_400

ENDLESS: Final = Code(
    "lifetimes.operational_certificate_ends",
    Severity.WARNING,
    Citation("draft-ietf-uta-tls13-iot-profile", "17.1.5"),
    rank=552,
    what="the certificate has no end (99991231235959Z), which is for identities that a maker gives to devices",
    why="A certificate of daily use without end outlives its key's strength, its CA and its device.",
    remedy="issue certificates of daily use with an end, and renew them by EST, CMP or ACME",
    waivable=Waivable.BY_WAIVER,
)
LONGER_THAN_THREE_YEARS: Final = Code(
    "lifetimes.three_years",
    Severity.WARNING,
    Citation("NIST SP 800-52 Rev. 2", "table 3-1", Knowledge.SECOND_HAND),
    rank=534,
    what="the certificate is valid for {days} days; SP 800-52 recommends three years at most for TLS",
    why="Keys leak and algorithms age. What is renewed often is renewed without a crisis.",
    remedy="have certificates for TLS issued for three years or less, and renew them without hands",
    waivable=Waivable.BY_WAIVER,
)


@rule(ENDLESS, Role.LEAF)
def operational_certificate_ends(certificate: Certificate, index: int) -> Iterable[Finding]:
    """notAfter is not 99991231235959Z."""
    if certificate.validity[1] != NEVER_ENDS:
        return ()
    return (ENDLESS.at(index, "tbsCertificate.validity.notAfter"),)


@rule(LONGER_THAN_THREE_YEARS, Role.LEAF, concerns=has_end)
def three_years(certificate: Certificate, index: int) -> Iterable[Finding]:
    """notBefore and notAfter lie three years apart at most: 1096 days, for one of them may be a leap year."""
    begins, ends = certificate.validity
    if ends - begins <= _THREE_YEARS:
        return ()
    return (LONGER_THAN_THREE_YEARS.at(index, "tbsCertificate.validity", days=(ends - begins) // 86_400),)
