"""Every named profile by its name.

Makes: `BUILT_IN`.
May import: the named profiles.
Must never: be loaded before somebody asks for all of them: it loads what each of them asks.
Read first: `BUILT_IN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
from devicetrust.profiles.profile import Profile
from devicetrust.profiles.standard import rfc5280, rfc5280_tolerant
from devicetrust.profiles.tls import tls_client, tls_server, tls_server_public

__all__ = ["BUILT_IN"]

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
