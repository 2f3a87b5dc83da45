"""What a certificate says of the hardware that it names, read when a rule asks.

Makes: `hardware_module`, `permanent_identifier`, `NEVER_ENDS`.
May import: x509.
Must never: raise on what a certificate holds; an unreadable name is no name.
Read first: `hardware_module`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.x509.certificate import Certificate
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.device_names import (
    HARDWARE_MODULE_NAME,
    PERMANENT_IDENTIFIER,
    HardwareModuleName,
    PermanentIdentifier,
    read_hardware_module_name,
    read_permanent_identifier,
)
from devicetrust.x509.general_names import GeneralNameType

__all__ = ["NEVER_ENDS", "hardware_module", "is_tpm", "permanent_identifier"]

NEVER_ENDS: Final = 253_402_300_799
"""9999-12-31T23:59:59Z in seconds, RFC 5280 4.1.2.5: the certificate has no well-defined end."""

# TCG Keys for Device Identity 1.0 r12, at second hand: hwType of a TPM 1.2 and of a TPM 2.0.
_TPM_TYPES: Final = frozenset({"2.23.133.1.0", "2.23.133.1.2"})

_OTHER_NAME: Final = GeneralNameType.OTHER_NAME


def hardware_module(certificate: Certificate) -> HardwareModuleName | None:
    """The first readable hardwareModuleName of the subjectAltName, RFC 4108 5; None where there is none."""
    for _, name in certificate.extensions.alternative_names_of(_OTHER_NAME):
        if name.type_id == HARDWARE_MODULE_NAME and isinstance(name.value, bytes):
            try:
                return read_hardware_module_name(name.value)
            except MalformedDER:
                continue
    return None


def permanent_identifier(certificate: Certificate) -> PermanentIdentifier | None:
    """The first readable permanentIdentifier of the subjectAltName, RFC 4043 2; None where there is none."""
    for _, name in certificate.extensions.alternative_names_of(_OTHER_NAME):
        if name.type_id == PERMANENT_IDENTIFIER and isinstance(name.value, bytes):
            try:
                return read_permanent_identifier(name.value)
            except MalformedDER:
                continue
    return None


def is_tpm(module: HardwareModuleName) -> bool:
    """Whether the hardware module is a TPM, by its type."""
    return module.hw_type in _TPM_TYPES
