"""CA/Browser Forum Baseline Requirements, section 7.1: certificate profiles.

Makes: rules on leaf and root certificates of TLS.
May import: findings, x509, rules.rule.
Must never: ask for what only a public CA can do.
Read first: any rule.

The clauses are known at second hand, through the descriptions of x509-limbo's ``webpki`` cases and zlint.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType

__all__ = [
    "anchor_authority_key_identifier",
    "anchor_without_purposes",
    "common_name_in_subject_alternative_name",
    "leaf_is_no_authority",
    "leaf_purposes_listed",
    "leaf_purposes_not_critical",
    "subject_alternative_name_not_critical",
    "subject_alternative_name_present",
    "version_3",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_REISSUE: Final = "have the certificate issued again in the form that TLS software expects"


def _baseline(clause: str) -> Citation:
    return Citation("CA/B BR", clause, Knowledge.SECOND_HAND)


NOT_VERSION_3: Final = Code(
    "cabf.version_3",
    Severity.ERROR,
    _baseline("7.1.1"),
    rank=660,
    what="the certificate is of version {version}; TLS wants version 3",
    why="Only version 3 can say what a certificate may be used for.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
LEAF_IS_AUTHORITY: Final = Code(
    "cabf.leaf_is_no_authority",
    Severity.ERROR,
    _baseline("7.1.2.7"),
    rank=662,
    what="the certificate presented for the device is a CA certificate",
    why="A device that holds a CA's key could issue certificates for every other device.",
    remedy="issue a certificate for the device that is no CA; a self-signed device certificate can be pinned",
)
NO_SAN: Final = Code(
    "cabf.subject_alternative_name_present",
    Severity.ERROR,
    _baseline("7.1.2.7.12"),
    rank=655,
    what="there is no subjectAltName",
    why="Names are matched against the subjectAltName alone; the common name is never consulted.",
    remedy="have the certificate issued with the device's host name or address in the subjectAltName",
    waivable=Waivable.BY_WAIVER,
)
SAN_CRITICAL: Final = Code(
    "cabf.subject_alternative_name_not_critical",
    Severity.ERROR,
    _baseline("7.1.2.7.12"),
    rank=612,
    what="the subjectAltName is critical although the subject is not empty",
    why="Some TLS software refuses such a certificate.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
LEAF_PURPOSES_CRITICAL: Final = Code(
    "cabf.leaf_purposes_not_critical",
    Severity.ERROR,
    _baseline("7.1.2.7.6"),
    rank=611,
    what="the extendedKeyUsage is critical",
    why="Some TLS software refuses such a certificate.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
LEAF_ANY_PURPOSE: Final = Code(
    "cabf.leaf_purposes_listed",
    Severity.ERROR,
    _baseline("7.1.2.7.10"),
    rank=613,
    what="the extendedKeyUsage holds anyExtendedKeyUsage",
    why="A certificate that is good for everything is good for whatever its thief needs.",
    remedy="have the certificate issued with the key purposes that the device needs, and no others",
    waivable=Waivable.BY_WAIVER,
)
ANCHOR_PURPOSES: Final = Code(
    "cabf.anchor_without_purposes",
    Severity.ERROR,
    _baseline("7.1.2.1.2"),
    rank=610,
    what="the root certificate has an extendedKeyUsage",
    why="What a root may vouch for is for the trust store to say; software differs on how a root's own list binds.",
    remedy="use a root certificate without extendedKeyUsage, or limit the anchor's purposes in the trust store",
    waivable=Waivable.BY_WAIVER,
)
ANCHOR_AKI: Final = Code(
    "cabf.anchor_authority_key_identifier",
    Severity.ERROR,
    _baseline("7.1.2.1.3"),
    rank=609,
    what="the root's authorityKeyIdentifier {reason}",
    why="A root that points to another key than its own confuses the search for a path.",
    remedy="have the root issued again with a keyIdentifier equal to its subjectKeyIdentifier, or none at all",
    waivable=Waivable.BY_WAIVER,
)
COMMON_NAME_NOT_IN_SAN: Final = Code(
    "cabf.common_name_in_subject_alternative_name",
    Severity.ERROR,
    _baseline("7.1.4.3"),
    rank=608,
    what="the common name {common_name} is not one of the names in the subjectAltName",
    why="Old software reads the common name, new software the subjectAltName: they would see two different servers.",
    remedy="have the certificate issued with a common name that repeats a name of the subjectAltName, or with none",
    waivable=Waivable.BY_WAIVER,
)


@rule(NOT_VERSION_3, Role.LEAF, Role.INTERMEDIATE)
def version_3(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The certificate is of version 3."""
    if certificate.version != 3:
        return (NOT_VERSION_3.at(index, "tbsCertificate.version", version=certificate.version),)
    return ()


@rule(LEAF_IS_AUTHORITY, Role.LEAF)
def leaf_is_no_authority(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The leaf does not say cA TRUE."""
    constraints = certificate.extensions.basic_constraints
    if constraints is not None and constraints.ca:
        return (LEAF_IS_AUTHORITY.at(index, f"{_EXTENSIONS}.basicConstraints"),)
    return ()


@rule(NO_SAN, Role.LEAF)
def subject_alternative_name_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The leaf has a subjectAltName."""
    if not certificate.extensions.subject_alternative_names:
        return (NO_SAN.at(index, f"{_EXTENSIONS}.subjectAltName"),)
    return ()


@rule(SAN_CRITICAL, Role.LEAF)
def subject_alternative_name_not_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a subject, the subjectAltName is not critical."""
    if certificate.extensions.subject_alternative_name_critical and not certificate.subject.is_empty:
        return (SAN_CRITICAL.at(index, f"{_EXTENSIONS}.subjectAltName"),)
    return ()


@rule(LEAF_PURPOSES_CRITICAL, Role.LEAF)
def leaf_purposes_not_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The leaf's extendedKeyUsage is not critical."""
    if "2.5.29.37" in certificate.extensions.critical:
        return (LEAF_PURPOSES_CRITICAL.at(index, f"{_EXTENSIONS}.extKeyUsage"),)
    return ()


@rule(LEAF_ANY_PURPOSE, Role.LEAF)
def leaf_purposes_listed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The leaf's extendedKeyUsage lists purposes, not all of them at once."""
    if "2.5.29.37.0" in (certificate.extensions.extended_key_usage or ()):
        return (LEAF_ANY_PURPOSE.at(index, f"{_EXTENSIONS}.extKeyUsage"),)
    return ()


@rule(ANCHOR_PURPOSES, Role.ANCHOR)
def anchor_without_purposes(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A self-issued root has no extendedKeyUsage."""
    if certificate.is_self_issued and certificate.extensions.extended_key_usage is not None:
        return (ANCHOR_PURPOSES.at(index, f"{_EXTENSIONS}.extKeyUsage"),)
    return ()


@rule(ANCHOR_AKI, Role.ANCHOR)
def anchor_authority_key_identifier(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where a self-issued root has an authorityKeyIdentifier, it is the root's own key identifier and nothing else."""
    extensions = certificate.extensions
    if not certificate.is_self_issued or "2.5.29.35" not in extensions.present:
        return ()
    if extensions.authority_key_identifier is None:
        reason = "has no keyIdentifier"
    elif not extensions.authority_key_identifier_is_key_alone:
        reason = "has authorityCertIssuer or authorityCertSerialNumber"
    elif extensions.authority_key_identifier != extensions.subject_key_identifier:
        reason = "differs from its subjectKeyIdentifier"
    else:
        return ()
    return (ANCHOR_AKI.at(index, f"{_EXTENSIONS}.authorityKeyIdentifier", reason=reason),)


@rule(COMMON_NAME_NOT_IN_SAN, Role.LEAF)
def common_name_in_subject_alternative_name(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every common name repeats, character by character, a name of the subjectAltName.

    In no family: three of x509-limbo's own valid cases and many private PKIs break it. A profile may add it.
    """
    names = {
        str(name.value)
        for name in certificate.extensions.subject_alternative_names
        if name.type in (GeneralNameType.DNS_NAME, GeneralNameType.IP_ADDRESS)
    }
    for common_name in certificate.subject.values("2.5.4.3"):
        if common_name not in names:
            yield COMMON_NAME_NOT_IN_SAN.at(index, "tbsCertificate.subject", common_name=common_name)
