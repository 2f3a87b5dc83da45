"""What Python refuses from 3.13 on: it sets X509_V_FLAG_X509_STRICT in every default context.

Makes: one rule a check of OpenSSL under this flag; ``verify_code`` is the number that its refusal bears.
May import: findings, x509, rules.rule.
Must never: assert what the real OpenSSL does not refuse.
Read first: any rule.

RFC 5280 asks for nearly all of it, and rules of its own say so. But for years no engine looked, and certificates that
worked on Python 3.12 end with these codes. The flag means nothing to a certificate that is trusted by itself. The
duplicate finding is deliberate: one says that a standard is broken, the other that a handshake will be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.concerns import is_version_3
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = [
    "strict_anchor_version",
    "strict_authority_key_identifier",
    "strict_authority_key_usage",
    "strict_basic_constraints",
    "strict_certificate_signing",
    "strict_issuer",
    "strict_path_length",
    "strict_subject",
    "strict_subject_key_identifier",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)


def _refused(check: str, what: str, *, remedy: str = "have the certificate issued again as RFC 5280 describes") -> Code:
    return Code(
        f"compatibility.{check}",
        Severity.WARNING,
        Citation("OpenSSL 3", "X509_V_FLAG_X509_STRICT"),
        rank=542,
        what=f"{what}: Python 3.13 and later end the handshake with verify code {{verify_code}}",
        why="Its default context verifies with X509_STRICT. What worked before the upgrade does not after it.",
        remedy=f"{remedy}; until then software must clear ssl.VERIFY_X509_STRICT from its context by name",
        waivable=Waivable.BY_WAIVER,
    )


NO_AKI: Final = _refused("strict_authority_key_identifier", "there is no authorityKeyIdentifier with a key identifier")
NO_SKI: Final = _refused("strict_subject_key_identifier", "the CA certificate has no subjectKeyIdentifier")
NO_KEY_USAGE: Final = _refused("strict_authority_key_usage", "the CA certificate has no keyUsage")
NOT_CRITICAL: Final = _refused("strict_basic_constraints", "basicConstraints of the CA certificate is not critical")
LEAF_SIGNS: Final = _refused("strict_certificate_signing", "keyUsage has keyCertSign, but the certificate is no CA")
PATH_LENGTH: Final = _refused("strict_path_length", "there is a pathLenConstraint, but no keyCertSign in a keyUsage")
NO_ISSUER: Final = _refused("strict_issuer", "the issuer is empty")
NO_SUBJECT: Final = _refused("strict_subject", "the subject is empty, and {reason}")
OLD_ANCHOR: Final = _refused(
    "strict_anchor_version",
    "the root is of version {version}, which cannot say that it is a CA",
    remedy="have the root issued again in version 3, by the same name and key",
)


def _is_authority(certificate: Certificate) -> bool:
    constraints = certificate.extensions.basic_constraints
    return constraints is not None and constraints.ca


def _may_stand_alone(certificate: Certificate) -> bool:
    """Whether it is self-issued and no CA: one that verifies at all is trusted by itself, and not looked at."""
    return certificate.is_self_issued and not _is_authority(certificate)


@rule(NO_AKI, Role.LEAF, Role.INTERMEDIATE, concerns=is_version_3)
def strict_authority_key_identifier(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every certificate below the anchor has an authorityKeyIdentifier with a key identifier."""
    if certificate.extensions.authority_key_identifier is not None or _may_stand_alone(certificate):
        return ()
    return (NO_AKI.at(index, f"{_EXTENSIONS}.authorityKeyIdentifier", verify_code=85),)


@rule(NO_SKI, *_EVERYWHERE, concerns=is_version_3)
def strict_subject_key_identifier(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every CA certificate has a subjectKeyIdentifier, the anchor's too."""
    if certificate.extensions.subject_key_identifier is not None or not _is_authority(certificate):
        return ()
    return (NO_SKI.at(index, f"{_EXTENSIONS}.subjectKeyIdentifier", verify_code=86),)


@rule(NO_KEY_USAGE, *_EVERYWHERE)
def strict_authority_key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every CA certificate has a keyUsage, the anchor's too."""
    if certificate.extensions.key_usage is not None or not _is_authority(certificate):
        return ()
    return (NO_KEY_USAGE.at(index, f"{_EXTENSIONS}.keyUsage", verify_code=92),)


@rule(NOT_CRITICAL, *_EVERYWHERE)
def strict_basic_constraints(certificate: Certificate, index: int) -> Iterable[Finding]:
    """basicConstraints of a CA certificate is critical, the anchor's too. OpenSSL 4 no longer minds."""
    if not _is_authority(certificate) or oids.BASIC_CONSTRAINTS in certificate.extensions.critical:
        return ()
    return (NOT_CRITICAL.at(index, f"{_EXTENSIONS}.basicConstraints", verify_code=89),)


@rule(LEAF_SIGNS, Role.LEAF)
def strict_certificate_signing(certificate: Certificate, index: int) -> Iterable[Finding]:
    """keyCertSign goes with cA TRUE."""
    usage = certificate.extensions.key_usage
    if usage is None or not usage.key_cert_sign or _is_authority(certificate) or _may_stand_alone(certificate):
        return ()
    return (LEAF_SIGNS.at(index, f"{_EXTENSIONS}.keyUsage", verify_code=82),)


@rule(PATH_LENGTH, *_EVERYWHERE)
def strict_path_length(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A pathLenConstraint goes with keyCertSign."""
    constraints = certificate.extensions.basic_constraints
    if constraints is None or constraints.path_length is None:
        return ()
    usage = certificate.extensions.key_usage
    if usage is not None and usage.key_cert_sign:
        return ()
    return (PATH_LENGTH.at(index, f"{_EXTENSIONS}.basicConstraints", verify_code=81),)


@rule(NO_ISSUER, *_EVERYWHERE)
def strict_issuer(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The issuer is not empty."""
    return (NO_ISSUER.at(index, "tbsCertificate.issuer", verify_code=83),) if certificate.issuer.is_empty else ()


@rule(NO_SUBJECT, *_EVERYWHERE)
def strict_subject(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where the subject is empty, it is no CA's, cRLSign is not set, and a critical subjectAltName has the names."""
    if not certificate.subject.is_empty:
        return ()
    extensions, code = certificate.extensions, 84
    usage = extensions.key_usage
    if _is_authority(certificate):
        reason = "this is a CA"
    elif usage is not None and usage.crl_sign:
        reason = "it may sign CRLs"
    elif extensions.subject_alternative_name_critical is None:
        reason = "there is no subjectAltName"
    elif not extensions.subject_alternative_name_critical:
        reason, code = "the subjectAltName is not critical", 88
    else:
        return ()
    return (NO_SUBJECT.at(index, "tbsCertificate.subject", reason=reason, verify_code=code),)


@rule(OLD_ANCHOR, Role.ANCHOR)
def strict_anchor_version(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A root is of version 3."""
    if certificate.version == 3:
        return ()
    return (OLD_ANCHOR.at(index, "tbsCertificate.version", version=certificate.version, verify_code=79),)
