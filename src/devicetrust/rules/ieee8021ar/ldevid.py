"""IEEE 802.1AR-2018: locally significant device identifiers, and certificates of daily use.

Makes: rules that part operational certificates from the identity that the maker gave.
May import: findings, x509, rules.rule, rules.hardware.
Must never: take a serial number alone for the mark of an IDevID.
Read first: `initial_identity_not_operational`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.concerns import has_alternative_names
from devicetrust.rules.hardware import NEVER_ENDS, hardware_module, permanent_identifier
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["hardware_identity_private", "initial_identity_not_operational"]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_MASA_URL: Final = "1.3.6.1.5.5.7.1.32"

IS_AN_IDEVID: Final = Code(
    "ieee8021ar.initial_identity_not_operational",
    Severity.WARNING,
    Citation("draft-ietf-uta-tls13-iot-profile", "17"),
    rank=550,
    what="this looks like the IDevID that the maker put into the device: {reason}",
    why="An IDevID is for onboarding. In daily use it cannot be replaced when its key leaks, and shows who made what.",
    remedy="enrol the device with the site's own CA, and let it present that certificate (an LDevID) here",
    waivable=Waivable.BY_WAIVER,
)
STABLE_IDENTIFIER: Final = Code(
    "ieee8021ar.hardware_identity_private",
    Severity.NOTICE,
    Citation("draft-ietf-uta-tls13-iot-profile", "23"),
    rank=502,
    what="the certificate of daily use tells the identity of the hardware",
    why="Whoever sees a handshake before TLS 1.3 can follow the device for its life, across sites and owners.",
    remedy="where that matters, issue operational certificates with a local identifier, and keep the mapping",
)


@rule(IS_AN_IDEVID, Role.LEAF)
def initial_identity_not_operational(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is no MASA URL, and nothing without end that names hardware: no mark of an IDevID."""
    if _MASA_URL in certificate.extensions.present:
        return (IS_AN_IDEVID.at(index, f"{_EXTENSIONS}.masaURL", reason="it has a MASA URL"),)
    if certificate.validity[1] == NEVER_ENDS and _names_hardware(certificate):
        reason = "it has no end, and names the hardware"
        return (IS_AN_IDEVID.at(index, f"{_EXTENSIONS}.subjectAltName", reason=reason),)
    return ()


@rule(STABLE_IDENTIFIER, Role.LEAF, concerns=has_alternative_names)
def hardware_identity_private(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectAltName names no hardware module and no permanent identifier."""
    if _names_hardware(certificate):
        return (STABLE_IDENTIFIER.at(index, f"{_EXTENSIONS}.subjectAltName"),)
    return ()


def _names_hardware(certificate: Certificate) -> bool:
    return hardware_module(certificate) is not None or permanent_identifier(certificate) is not None
