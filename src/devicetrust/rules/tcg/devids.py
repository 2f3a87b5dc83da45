"""TPM 2.0 Keys for Device Identity and Attestation 1.0 r12: DevIDs whose key lives in a TPM.

Makes: rules on the names and policies of such certificates.
May import: findings, x509, rules.rule, rules.hardware.
Must never: concern a certificate that names no TPM.
Read first: any rule.

The document was not read; what it says is known through implementers' notes. The object identifiers under
2.23.133.11.1 are certificate policies, though some notes take them for key purposes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.concerns import has_alternative_names
from devicetrust.rules.hardware import hardware_module, is_tpm, permanent_identifier
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["hardware_serial_number", "hardware_type", "key_usage", "permanent_identifier_of_tpm", "residency_policies"]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_DEVIDS: Final = Citation("TCG Keys for Device Identity 1.0 r12", "8", Knowledge.SECOND_HAND)
_NEXT_SERIES: Final = (
    "correct the profile by which DevIDs for keys in TPMs are issued; devices in the field keep theirs"
)
_RESIDENCY: Final = "2.23.133.11.1.1"
_FIXED: Final = "2.23.133.11.1.2"
_RESTRICTED: Final = "2.23.133.11.1.3"
_CAPABILITIES: Final = frozenset({_RESIDENCY, _FIXED, _RESTRICTED})
_EK_PERMANENT_ID: Final = "2.23.133.12.1"

NOT_TYPE_OF_TPM: Final = Code(
    "tcg.hardware_type",
    Severity.WARNING,
    _DEVIDS,
    rank=514,
    what="the policies say that a TPM holds the key, but the hardwareModuleName is of type {hardware_type}",
    why="Who looks for the TPM of a device looks for the type 2.23.133.1.2.",
    remedy=_NEXT_SERIES,
)
SERIAL_NUMBER_FORM: Final = Code(
    "tcg.hardware_serial_number",
    Severity.WARNING,
    _DEVIDS,
    rank=513,
    what="hwSerialNum is {found}; for a TPM it is maker:EK authority key identifier:EK serial number, or a digest",
    why="This number leads from the device's identity to the certificate of its TPM.",
    remedy=_NEXT_SERIES,
)
PERMANENT_IDENTIFIER_FORM: Final = Code(
    "tcg.permanent_identifier",
    Severity.WARNING,
    _DEVIDS,
    rank=512,
    what="the permanentIdentifier of the TPM is {found}; it is a SHA-256 in 64 hexadecimal digits",
    why="This identifier leads from the device's identity to the certificate of its TPM.",
    remedy=_NEXT_SERIES,
)
POLICIES_INCOMPLETE: Final = Code(
    "tcg.residency_policies",
    Severity.WARNING,
    _DEVIDS,
    rank=516,
    what="a TPM holds the key, but the policies {found} do not say verified residency, and fixed or restricted",
    why="Only these policies say that the issuer has checked where the key lives, and that it cannot leave.",
    remedy=_NEXT_SERIES,
)
SIGNS_AND_MORE: Final = Code(
    "tcg.devid_key_usage",
    Severity.WARNING,
    _DEVIDS,
    rank=517,
    what="a TPM holds the key, but keyUsage is not digitalSignature alone",
    why="A signing key of a TPM cannot do anything else.",
    remedy=_NEXT_SERIES,
)


def _names_tpm(certificate: Certificate) -> bool:
    module = hardware_module(certificate)
    return module is not None and is_tpm(module)


def _has_capability(certificate: Certificate) -> bool:
    return not _CAPABILITIES.isdisjoint(certificate.extensions.policies or ())


@rule(NOT_TYPE_OF_TPM, Role.LEAF, concerns=_has_capability)
def hardware_type(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where a policy says that a TPM holds the key, a hardwareModuleName is of a TPM's type."""
    module = hardware_module(certificate)
    if module is None or is_tpm(module):
        return ()
    return (NOT_TYPE_OF_TPM.at(index, f"{_EXTENSIONS}.subjectAltName", hardware_type=module.hw_type),)


@rule(SERIAL_NUMBER_FORM, Role.LEAF, concerns=_names_tpm)
def hardware_serial_number(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A TPM's hwSerialNum has three parts between colons, or is a digest of the key where it has no EK certificate."""
    module = hardware_module(certificate)
    if module is None or _THREE_PARTS.fullmatch(module.hw_serial_num) or len(module.hw_serial_num) in _DIGESTS:
        return ()
    found = module.hw_serial_num.decode("ascii", "backslashreplace")
    return (SERIAL_NUMBER_FORM.at(index, f"{_EXTENSIONS}.subjectAltName", found=found),)


@rule(PERMANENT_IDENTIFIER_FORM, Role.LEAF, concerns=has_alternative_names)
def permanent_identifier_of_tpm(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A permanentIdentifier that the TCG assigns is a SHA-256 in hexadecimal."""
    identifier = permanent_identifier(certificate)
    if identifier is None or identifier.assigner != _EK_PERMANENT_ID:
        return ()
    if identifier.identifier_value is not None and _SHA_256.fullmatch(identifier.identifier_value):
        return ()
    return (PERMANENT_IDENTIFIER_FORM.at(index, f"{_EXTENSIONS}.subjectAltName", found=identifier.identifier_value),)


@rule(POLICIES_INCOMPLETE, Role.LEAF, concerns=_names_tpm)
def residency_policies(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The policies say verifiedTPMResidency, and verifiedTPMFixed or verifiedTPMRestricted."""
    policies = certificate.extensions.policies or ()
    if _RESIDENCY in policies and (_FIXED in policies or _RESTRICTED in policies):
        return ()
    return (POLICIES_INCOMPLETE.at(index, f"{_EXTENSIONS}.certificatePolicies", found=policies),)


@rule(SIGNS_AND_MORE, Role.LEAF, concerns=_names_tpm)
def key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a keyUsage, it is digitalSignature alone."""
    usage = certificate.extensions.key_usage
    if usage is None or (usage.digital_signature and not any(getattr(usage, bit) for bit in _OTHER_USES)):
        return ()
    return (SIGNS_AND_MORE.at(index, f"{_EXTENSIONS}.keyUsage"),)


_THREE_PARTS: Final = re.compile(rb"[^:]+:[^:]+:[^:]+")
_DIGESTS: Final = frozenset({32, 48, 64})
_SHA_256: Final = re.compile("[0-9A-Fa-f]{64}")
_OTHER_USES: Final = (
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
