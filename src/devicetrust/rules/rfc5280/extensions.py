"""RFC 5280 4.2: the extensions.

Makes: rules on presence, criticality and content of extensions.
May import: findings, x509, rules.rule.
Must never: repeat the steps of section 6.
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType, is_valid_dns_name, is_valid_dns_pattern
from devicetrust.x509.signatures import Check, verify

__all__ = [
    "authority_key_identifier_present",
    "certificate_signing_by_authorities_only",
    "critical_on_authorities",
    "dns_names_well_formed",
    "name_constraints_critical",
    "name_constraints_on_authorities_only",
    "non_critical",
    "subject_alternative_name_critical_without_subject",
    "subject_key_identifier_present",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_REISSUE: Final = "have the certificate issued again by a CA that follows RFC 5280"

AKI_MISSING: Final = Code(
    "rfc5280.authority_key_identifier_present",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.1"),
    rank=620,
    what="there is no authorityKeyIdentifier with a key identifier",
    why="Where an issuer has had several keys, it says which of them signed.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
SKI_MISSING: Final = Code(
    "rfc5280.subject_key_identifier_present",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.2"),
    rank=619,
    what="the CA certificate has no subjectKeyIdentifier",
    why="Certificates below it cannot say by which of the CA's keys they were signed.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
MUST_NOT_BE_CRITICAL: Final = Code(
    "rfc5280.non_critical",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.1, 4.2.1.2, 4.2.1.8, 4.2.1.15, 4.2.2"),
    rank=616,
    what="the extension {extension} is critical; the standard wants it non-critical",
    why="Software that does not know the extension refuses the certificate without need.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
MUST_BE_CRITICAL: Final = Code(
    "rfc5280.critical_on_authorities",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.9, 4.2.1.11, 4.2.1.14"),
    rank=615,
    what="the extension {extension} is not critical; on a CA certificate the standard wants it critical",
    why="Software that does not know the extension would pass over a limit on the CA.",
    remedy=_REISSUE,
)
NAME_CONSTRAINTS_NOT_CRITICAL: Final = Code(
    "rfc5280.name_constraints_critical",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.10"),
    rank=614,
    what="the extension nameConstraints is not critical",
    why="Software that does not know the extension would pass over the constraints.",
    remedy=_REISSUE,
)
NAME_CONSTRAINTS_ON_LEAF: Final = Code(
    "rfc5280.name_constraints_on_authorities_only",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.10"),
    rank=618,
    what="a certificate that is no CA has nameConstraints",
    why="The extension says what a CA may name; on a device's certificate it shows a confusion of the issuer.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
SIGNING_BY_NO_CA: Final = Code(
    "rfc5280.certificate_signing_by_authorities_only",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.9"),
    rank=622,
    what="keyUsage has keyCertSign, but the certificate is no CA",
    why="Careless software might accept certificates that this device signed.",
    remedy=_REISSUE,
)
SAN_NOT_CRITICAL: Final = Code(
    "rfc5280.subject_alternative_name_critical_without_subject",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.6"),
    rank=617,
    what="the subject is empty, but the subjectAltName is not critical",
    why="Software that does not know the extension would see a certificate without any name.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
DNS_NAME_MALFORMED: Final = Code(
    "rfc5280.dns_names_well_formed",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.6"),
    rank=624,
    what="the dNSName {name} is no host name (preferred name syntax, A-labels of IDNA2008)",
    why="Software differs on what such a name matches.",
    remedy="have the certificate issued with well-formed host names; addresses belong into iPAddress",
)


@rule(AKI_MISSING, *_EVERYWHERE)
def authority_key_identifier_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every certificate but a self-signed one names the key of its issuer."""
    if certificate.extensions.authority_key_identifier is None and not _is_self_signed(certificate):
        return (AKI_MISSING.at(index, f"{_EXTENSIONS}.authorityKeyIdentifier"),)
    return ()


@rule(SKI_MISSING, Role.INTERMEDIATE, Role.ANCHOR)
def subject_key_identifier_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every CA certificate of version 3 names its own key."""
    if certificate.extensions.subject_key_identifier is None and certificate.version == 3:
        return (SKI_MISSING.at(index, f"{_EXTENSIONS}.subjectKeyIdentifier"),)
    return ()


# The extension, and where that stands.
_NEVER_CRITICAL: Final = {
    "2.5.29.35": ("authorityKeyIdentifier", Citation("RFC 5280", "4.2.1.1")),
    "2.5.29.14": ("subjectKeyIdentifier", Citation("RFC 5280", "4.2.1.2")),
    "1.3.6.1.5.5.7.1.1": ("authorityInfoAccess", Citation("RFC 5280", "4.2.2.1")),
    "1.3.6.1.5.5.7.1.11": ("subjectInfoAccess", Citation("RFC 5280", "4.2.2.2")),
    "2.5.29.46": ("freshestCRL", Citation("RFC 5280", "4.2.1.15")),
    "2.5.29.9": ("subjectDirectoryAttributes", Citation("RFC 5280", "4.2.1.8")),
    "2.5.29.56": ("noRevAvail", Citation("RFC 9608", "2")),
    "1.2.840.113549.1.9.15": ("smimeCapabilities", Citation("RFC 4262", "2", Knowledge.SECOND_HAND)),
}


@rule(MUST_NOT_BE_CRITICAL, *_EVERYWHERE)
def non_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Identifiers of keys and pointers to information are non-critical.

    noRevAvail by RFC 9608 2, and smimeCapabilities by RFC 4262 2 (known at second hand), as each finding says.
    """
    critical = certificate.extensions.critical
    if critical.isdisjoint(_NEVER_CRITICAL):
        return ()
    return [
        MUST_NOT_BE_CRITICAL.at(index, f"{_EXTENSIONS}.{name}", extension=name, citation=str(source))
        for name, source in sorted(_NEVER_CRITICAL[oid] for oid in critical & _NEVER_CRITICAL.keys())
    ]


_CRITICAL_ON_AUTHORITIES: Final = {
    "2.5.29.19": "basicConstraints",
    "2.5.29.36": "policyConstraints",
    "2.5.29.54": "inhibitAnyPolicy",
}


@rule(MUST_BE_CRITICAL, Role.INTERMEDIATE, Role.ANCHOR)
def critical_on_authorities(certificate: Certificate, index: int) -> Iterable[Finding]:
    """What limits a CA is critical; nameConstraints has a rule of its own, for the Web PKI differs on it."""
    wanting = certificate.extensions.present - certificate.extensions.critical
    if wanting.isdisjoint(_CRITICAL_ON_AUTHORITIES):
        return ()
    return [
        MUST_BE_CRITICAL.at(index, f"{_EXTENSIONS}.{name}", extension=name)
        for oid, name in _CRITICAL_ON_AUTHORITIES.items()
        if oid in wanting
    ]


@rule(NAME_CONSTRAINTS_NOT_CRITICAL, Role.INTERMEDIATE, Role.ANCHOR)
def name_constraints_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """nameConstraints is critical."""
    extensions = certificate.extensions
    if extensions.name_constraints is not None and _NAME_CONSTRAINTS not in extensions.critical:
        return (NAME_CONSTRAINTS_NOT_CRITICAL.at(index, f"{_EXTENSIONS}.nameConstraints"),)
    return ()


@rule(NAME_CONSTRAINTS_ON_LEAF, Role.LEAF)
def name_constraints_on_authorities_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Only a CA certificate has nameConstraints."""
    if certificate.extensions.name_constraints is not None and not _is_authority(certificate):
        return (NAME_CONSTRAINTS_ON_LEAF.at(index, f"{_EXTENSIONS}.nameConstraints"),)
    return ()


@rule(SIGNING_BY_NO_CA, Role.LEAF)
def certificate_signing_by_authorities_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """keyCertSign goes with cA TRUE."""
    usage = certificate.extensions.key_usage
    if usage is not None and usage.key_cert_sign and not _is_authority(certificate):
        return (SIGNING_BY_NO_CA.at(index, f"{_EXTENSIONS}.keyUsage"),)
    return ()


@rule(SAN_NOT_CRITICAL, Role.LEAF)
def subject_alternative_name_critical_without_subject(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where the subject is empty, the subjectAltName is present and critical."""
    if certificate.subject.is_empty and not certificate.extensions.subject_alternative_name_critical:
        return (SAN_NOT_CRITICAL.at(index, f"{_EXTENSIONS}.subjectAltName"),)
    return ()


@rule(DNS_NAME_MALFORMED, Role.LEAF, Role.INTERMEDIATE)
def dns_names_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every dNSName is a host name, or a wildcard for the whole of its first label."""
    return [
        DNS_NAME_MALFORMED.at(index, f"{_EXTENSIONS}.subjectAltName[{position}]", name=str(name.value))
        for position, name in certificate.extensions.alternative_names_of(_DNS_NAME)
        if not _is_host_or_pattern(str(name.value))
    ]


_DNS_NAME: Final = GeneralNameType.DNS_NAME


def _is_host_or_pattern(text: str) -> bool:
    return is_valid_dns_name(text) or is_valid_dns_pattern(text)


_NAME_CONSTRAINTS: Final = "2.5.29.30"


def _is_authority(certificate: Certificate) -> bool:
    constraints = certificate.extensions.basic_constraints
    return constraints is not None and constraints.ca


def _is_self_signed(certificate: Certificate) -> bool:
    """Signed with its own key, whatever name stands as issuer. One check of a signature, where an identifier lacks."""
    key, algorithm = certificate.public_key, certificate.signature_algorithm
    return verify(key, algorithm, certificate.tbs_certificate, certificate.signature) is Check.VALID
