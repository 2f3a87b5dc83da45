"""What a purpose demands of a certificate: one short, frozen value a purpose.

Makes: `Profile`, and the named profiles.
May import: errors, findings, x509, trust, evidence, path, revocation, identity, rules.
Must never: hold a check; a profile only chooses and parameterises.
Read first: `profile`, then one profile.

A profile is named for the certificate's holder: `tls_client` judges the certificate of a TLS client. The named
profiles load when first used, each with its rules and no others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from devicetrust.path.inputs import AnchorChecks, PurposeMatching, ValidityModel
from devicetrust.path.strength import StrengthPolicy
from devicetrust.profiles.profile import IssuerFetching, Profile, ReferenceDemand

if TYPE_CHECKING:
    from devicetrust.profiles import strength
    from devicetrust.profiles.built_in import BUILT_IN
    from devicetrust.profiles.device_identity import idevid, ldevid
    from devicetrust.profiles.medical import (
        dicom_node,
        fhir_udap,
        ihe_atna,
        sdc_consumer,
        sdc_participant,
        sdc_provider,
    )
    from devicetrust.profiles.networks import eap_tls_peer, eap_tls_server, gateway, mqtt_device
    from devicetrust.profiles.standard import rfc5280, rfc5280_tolerant
    from devicetrust.profiles.tls import tls_client, tls_server, tls_server_public

__all__ = [
    "BUILT_IN",
    "AnchorChecks",
    "IssuerFetching",
    "Profile",
    "PurposeMatching",
    "ReferenceDemand",
    "StrengthPolicy",
    "ValidityModel",
    "dicom_node",
    "eap_tls_peer",
    "eap_tls_server",
    "fhir_udap",
    "gateway",
    "idevid",
    "ihe_atna",
    "ldevid",
    "mqtt_device",
    "rfc5280",
    "rfc5280_tolerant",
    "sdc_consumer",
    "sdc_participant",
    "sdc_provider",
    "strength",
    "tls_client",
    "tls_server",
    "tls_server_public",
]

_WHEN_FIRST_USED = {
    "BUILT_IN": "built_in",
    "dicom_node": "medical",
    "eap_tls_peer": "networks",
    "eap_tls_server": "networks",
    "fhir_udap": "medical",
    "gateway": "networks",
    "idevid": "device_identity",
    "ihe_atna": "medical",
    "ldevid": "device_identity",
    "mqtt_device": "networks",
    "rfc5280": "standard",
    "rfc5280_tolerant": "standard",
    "sdc_consumer": "medical",
    "sdc_participant": "medical",
    "sdc_provider": "medical",
    "strength": "strength",
    "tls_client": "tls",
    "tls_server": "tls",
    "tls_server_public": "tls",
}


if not TYPE_CHECKING:  # a type checker reads the imports above, and tells of a name that is none

    def __getattr__(name: str) -> Any:
        module = _WHEN_FIRST_USED.get(name)
        if module is None:
            raise AttributeError(f"module 'devicetrust.profiles' has no attribute {name!r}")
        loaded = import_module(f"devicetrust.profiles.{module}")
        value = globals()[name] = loaded if module == name else getattr(loaded, name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
