"""TCG EK Credential Profile: certificates of a TPM's own keys, which are no identity in TLS.

Makes: rules on the key purposes and the keyUsage of such certificates.
May import: findings, x509, rules.rule.
Must never: concern a certificate without a key purpose of the TCG.
Read first: any rule.

The profile was not read; its object identifiers are known through tools of the field and lists of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["attestation_key_no_identity", "endorsement_key_no_identity", "endorsement_key_usage"]

_PURPOSES: Final = "tbsCertificate.extensions.extKeyUsage"
_ENDORSEMENT_KEY: Final = "2.23.133.8.1"
_ATTESTATION_KEY: Final = "2.23.133.8.3"
_LDEVID: Final = "enrol the device with the site's CA, for a key made for TLS, and let it present that certificate here"


def _profile(clause: str) -> Citation:
    return Citation("TCG EK Credential Profile 2.0", clause, Knowledge.SECOND_HAND)


IS_ENDORSEMENT_KEY: Final = Code(
    "tcg.endorsement_key_no_identity",
    Severity.ERROR,
    _profile("tcg-kp-EKCertificate"),
    rank=657,
    what="this certifies the endorsement key of a TPM (key purpose 2.23.133.8.1), not an identity for TLS",
    why="An endorsement key says that a TPM is genuine, not in which device it sits; many sites know it.",
    remedy=_LDEVID,
)
IS_ATTESTATION_KEY: Final = Code(
    "tcg.attestation_key_no_identity",
    Severity.ERROR,
    _profile("tcg-kp-AIKCertificate"),
    rank=654,
    what="this certifies an attestation key of a TPM (key purpose 2.23.133.8.3), not an identity for TLS",
    why="Such a key signs only what the TPM itself states. A handshake signed by it was not made by this TPM's rules.",
    remedy=_LDEVID,
)
ENDORSEMENT_KEY_USAGE: Final = Code(
    "tcg.endorsement_key_usage",
    Severity.WARNING,
    _profile("keyUsage"),
    rank=522,
    what="the keyUsage of an endorsement key should have keyEncipherment or keyAgreement, and no digitalSignature",
    why="An endorsement key decrypts; one that also signs would make every signature traceable to one TPM.",
    remedy="ask the maker of the TPM for a certificate of the form that the TCG describes",
)


def _endorses(certificate: Certificate) -> bool:
    found = certificate.extensions.extended_key_usage
    return found is not None and _ENDORSEMENT_KEY in found


@rule(IS_ENDORSEMENT_KEY, Role.LEAF)
def endorsement_key_no_identity(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The key purpose of endorsement keys is not listed."""
    return (IS_ENDORSEMENT_KEY.at(index, _PURPOSES),) if _endorses(certificate) else ()


@rule(IS_ATTESTATION_KEY, Role.LEAF)
def attestation_key_no_identity(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The key purpose of attestation keys is not listed."""
    found = certificate.extensions.extended_key_usage
    return (IS_ATTESTATION_KEY.at(index, _PURPOSES),) if found is not None and _ATTESTATION_KEY in found else ()


@rule(ENDORSEMENT_KEY_USAGE, Role.LEAF, concerns=_endorses)
def endorsement_key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An endorsement key is for keyEncipherment or keyAgreement, and not for digitalSignature."""
    usage = certificate.extensions.key_usage
    if usage is not None and (usage.key_encipherment or usage.key_agreement) and not usage.digital_signature:
        return ()
    return (ENDORSEMENT_KEY_USAGE.at(index, "tbsCertificate.extensions.keyUsage"),)
