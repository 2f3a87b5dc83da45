"""What a purpose demands of a certificate: one short, frozen value a purpose.

Makes: `Profile`, and the named profiles.
May import: errors, findings, x509, trust, evidence, path, revocation, identity, rules.
Must never: hold a check; a profile only chooses and parameterises.
Read first: `profile`, then one profile.

A profile is named for the certificate's holder: `tls_client` judges the certificate of a TLS client.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devicetrust.path.inputs import AnchorChecks, PurposeMatching, ValidityModel
from devicetrust.profiles import strength
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
from devicetrust.profiles.profile import IssuerFetching, Profile, ReferenceDemand
from devicetrust.profiles.standard import rfc5280, rfc5280_tolerant
from devicetrust.profiles.strength import StrengthPolicy
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

BUILT_IN: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            *(tls_client, tls_server, tls_server_public),
            *(sdc_provider, sdc_consumer, sdc_participant),
            *(dicom_node, ihe_atna, fhir_udap),
            *(idevid, ldevid),
            *(eap_tls_peer, eap_tls_server, mqtt_device, gateway),
            *(rfc5280, rfc5280_tolerant),
        )
    }
)
"""Every named profile by its name."""
