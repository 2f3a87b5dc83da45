"""What is demanded of devices of any kind: their identities, how they join networks, how long they may last.

Makes: `IEEE8021AR_IDEVID`, `IEEE8021AR_LDEVID`, `BRSKI`, `TCG_NO_IDENTITY`, `TCG`, `IOT_TLS`, `EAP_TLS`,
`EAP_TLS_PEER`, `EAP_TLS_SERVER`, `MATTER`, `LIFETIMES`, `PRIVACY`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `IEEE8021AR_IDEVID`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.brski import initial_identities
from devicetrust.rules.eap import certificates as eap
from devicetrust.rules.ieee8021ar import idevid, ldevid
from devicetrust.rules.ihe import secure_nodes
from devicetrust.rules.iot_tls import end_entities, every_certificate
from devicetrust.rules.lifetimes import spans
from devicetrust.rules.matter import attestation
from devicetrust.rules.privacy import persons
from devicetrust.rules.rule import Rule
from devicetrust.rules.tcg import credentials, devids

__all__ = [
    "BRSKI",
    "EAP_TLS",
    "EAP_TLS_PEER",
    "EAP_TLS_SERVER",
    "IEEE8021AR_IDEVID",
    "IEEE8021AR_LDEVID",
    "IOT_TLS",
    "LIFETIMES",
    "MATTER",
    "PRIVACY",
    "TCG",
    "TCG_NO_IDENTITY",
]

IEEE8021AR_IDEVID: Final[tuple[Rule, ...]] = (
    idevid.subject_serial_number_present,
    idevid.serial_number_printable,
    idevid.manufacturer_named,
    idevid.hardware_module_name_present,
    idevid.hardware_serial_number_agrees,
    idevid.does_not_end,
    idevid.authorities_outlast,
    idevid.key_usage_for_signatures,
    idevid.without_key_purposes,
    idevid.subject_key_identifier_absent,
    idevid.one_signature_suite,
)
IEEE8021AR_LDEVID: Final[tuple[Rule, ...]] = (
    ldevid.initial_identity_not_operational,
    ldevid.hardware_identity_private,
    spans.operational_certificate_ends,
)
BRSKI: Final[tuple[Rule, ...]] = (
    initial_identities.subject_serial_number_present,
    initial_identities.masa_url_not_critical,
    initial_identities.masa_url_well_formed,
)
TCG_NO_IDENTITY: Final[tuple[Rule, ...]] = (
    credentials.endorsement_key_no_identity,
    credentials.attestation_key_no_identity,
)
TCG: Final[tuple[Rule, ...]] = (
    credentials.endorsement_key_usage,
    devids.hardware_type,
    devids.hardware_serial_number,
    devids.permanent_identifier_of_tpm,
    devids.residency_policies,
    devids.key_usage,
)
IOT_TLS: Final[tuple[Rule, ...]] = (
    end_entities.eui64_in_serial_number,
    end_entities.common_name_no_mac_address,
    end_entities.single_alternative_name,
    end_entities.subject_key_identifier_absent,
    end_entities.key_usage_present,
    end_entities.key_usage_critical,
    every_certificate.signed_with_ecdsa,
    every_certificate.key_on_named_curve,
    every_certificate.without_status_pointers,
    every_certificate.distribution_points_not_critical,
    every_certificate.small_certificate,
    every_certificate.small_chain,
)
EAP_TLS: Final[tuple[Rule, ...]] = (eap.few_round_trips,)
EAP_TLS_PEER: Final[tuple[Rule, ...]] = (*EAP_TLS, eap.peer_named_once)
EAP_TLS_SERVER: Final[tuple[Rule, ...]] = (*EAP_TLS, eap.server_name_present)
MATTER: Final[tuple[Rule, ...]] = (
    attestation.vendor_named,
    attestation.product_named,
    attestation.vendor_matches,
    attestation.product_matches,
    attestation.leaf_constraints,
)
LIFETIMES: Final[tuple[Rule, ...]] = (
    spans.operational_certificate_ends,
    secure_nodes.lifetime,
    spans.three_years,
)
PRIVACY: Final[tuple[Rule, ...]] = (persons.no_person_named,)
