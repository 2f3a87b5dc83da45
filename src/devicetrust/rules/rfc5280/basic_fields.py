"""RFC 5280 4.1: the basic fields.

Makes: rules on serial number and names.
May import: findings, x509, rules.rule.
Must never: judge an extension.
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["authority_subject_not_empty", "issuer_not_empty", "serial_number_positive"]

SERIAL_ZERO: Final = Code(
    "rfc5280.serial_number_positive",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.2"),
    rank=630,
    what="the serial number is zero; it must be a positive number",
    why="Revocation names certificates by serial number; issuers that give zero tend to give it twice.",
    remedy="have the certificate issued again with a random serial number",
    waivable=Waivable.BY_WAIVER,
)
ISSUER_EMPTY: Final = Code(
    "rfc5280.issuer_not_empty",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.4"),
    rank=634,
    what="the issuer name is empty",
    why="Nobody can tell who answers for this certificate.",
    remedy="have the certificate issued by a CA with a name",
    waivable=Waivable.BY_WAIVER,
)
AUTHORITY_SUBJECT_EMPTY: Final = Code(
    "rfc5280.authority_subject_not_empty",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.6"),
    rank=636,
    what="the CA certificate has an empty subject",
    why="Certificates below it could not name their issuer.",
    remedy="have the CA certificate issued again with a name",
    waivable=Waivable.BY_WAIVER,
)


# A serial number of zero on an anchor is met in real root stores, and identifies nothing there.
@rule(SERIAL_ZERO, Role.LEAF, Role.INTERMEDIATE)
def serial_number_positive(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The serial number is not zero. Negative and over-long ones are departures from the encoding."""
    if certificate.serial_number == 0:
        return (SERIAL_ZERO.at(index, "tbsCertificate.serialNumber"),)
    return ()


@rule(ISSUER_EMPTY, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
def issuer_not_empty(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The issuer is a non-empty distinguished name."""
    if certificate.issuer.is_empty:
        return (ISSUER_EMPTY.at(index, "tbsCertificate.issuer"),)
    return ()


@rule(AUTHORITY_SUBJECT_EMPTY, Role.INTERMEDIATE, Role.ANCHOR)
def authority_subject_not_empty(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A certificate that issues others has a non-empty subject."""
    if certificate.subject.is_empty:
        return (AUTHORITY_SUBJECT_EMPTY.at(index, "tbsCertificate.subject"),)
    return ()
