"""RFC 5280 4.1: the basic fields.

Makes: rules on version, serial number, validity, unique identifiers, and on the presence of names.
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

__all__ = [
    "authority_subject_not_empty",
    "crl_issuer_subject_not_empty",
    "issuer_not_empty",
    "serial_number_positive",
    "unique_identifiers_absent",
    "validity_in_order",
    "version_3",
]

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
)
AUTHORITY_SUBJECT_EMPTY: Final = Code(
    "rfc5280.authority_subject_not_empty",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.6"),
    rank=636,
    what="the CA certificate has an empty subject",
    why="Certificates below it could not name their issuer.",
    remedy="have the CA certificate issued again with a name",
)
NOT_VERSION_3: Final = Code(
    "rfc5280.version_3",
    Severity.WARNING,
    Citation("RFC 5280", "4.1.2.1"),
    rank=570,
    what="the certificate is of version {version}; with the extensions that RFC 5280 wants it would be of version 3",
    why="Only version 3 can say what a certificate may be used for.",
    remedy="have the certificate issued again by a CA that writes version 3",
)
DATES_REVERSED: Final = Code(
    "rfc5280.validity_in_order",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.5"),
    rank=638,
    what="notAfter ({not_after}) lies before notBefore ({not_before}): the certificate is never valid",
    why="Software that looks at one of the two dates alone would take it for valid.",
    remedy="have the certificate issued again with its dates in order",
)
UNIQUE_IDENTIFIERS: Final = Code(
    "rfc5280.unique_identifiers_absent",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.8"),
    rank=605,
    what="the certificate has an issuerUniqueID or a subjectUniqueID, which CAs must not write",
    why="Hardly any software reads these fields: two holders that differ by them alone would be taken for one.",
    remedy="have the certificate issued again without them; what tells two holders apart belongs into the subject",
)
CRL_ISSUER_SUBJECT_EMPTY: Final = Code(
    "rfc5280.crl_issuer_subject_not_empty",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.6"),
    rank=635,
    what="keyUsage has cRLSign, but the subject is empty",
    why="A CRL names its issuer by this subject.",
    remedy="have the certificate issued again with a subject, or without cRLSign",
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


# On a certificate that issues others, section 6.1.4 (k) has said so already.
@rule(NOT_VERSION_3, Role.LEAF)
def version_3(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The certificate is of version 3, as one with extensions is."""
    if certificate.version != 3:
        return (NOT_VERSION_3.at(index, "tbsCertificate.version", version=certificate.version),)
    return ()


@rule(DATES_REVERSED, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
def validity_in_order(certificate: Certificate, index: int) -> Iterable[Finding]:
    """notAfter is not before notBefore."""
    not_before, not_after = certificate.validity
    if not_after < not_before:
        dates = {"not_before": certificate.not_before, "not_after": certificate.not_after}
        return (DATES_REVERSED.at(index, "tbsCertificate.validity", **dates),)
    return ()


@rule(
    UNIQUE_IDENTIFIERS, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR, concerns=lambda certificate: certificate.version > 1
)
def unique_identifiers_absent(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is neither an issuerUniqueID nor a subjectUniqueID."""
    return (UNIQUE_IDENTIFIERS.at(index, "tbsCertificate"),) if certificate.has_unique_identifiers else ()


@rule(CRL_ISSUER_SUBJECT_EMPTY, Role.LEAF)
def crl_issuer_subject_not_empty(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Whose key signs CRLs has a name."""
    usage = certificate.extensions.key_usage
    if usage is not None and usage.crl_sign and certificate.subject.is_empty:
        return (CRL_ISSUER_SUBJECT_EMPTY.at(index, "tbsCertificate.subject"),)
    return ()
