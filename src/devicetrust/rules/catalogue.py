"""The families of rules, by document.

Makes: a tuple a family, and `FAMILIES`, which names them all.
May import: the rules.
Must never: hold a rule of its own.
Read first: the tuples.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devicetrust.rules.brski import initial_identities
from devicetrust.rules.cabf import baseline, issuance, public_certificates
from devicetrust.rules.compatibility import handshake_purposes, other_engines, security_levels, strict_fields
from devicetrust.rules.dicom import nodes
from devicetrust.rules.eap import certificates as eap
from devicetrust.rules.ieee8021ar import idevid, ldevid
from devicetrust.rules.ihe import secure_nodes
from devicetrust.rules.iot_tls import end_entities, every_certificate
from devicetrust.rules.keys import encoding, reuse, rsa_exponent, rsa_modulus, small_private_keys
from devicetrust.rules.lifetimes import spans
from devicetrust.rules.matter import attestation
from devicetrust.rules.outlook import expiry
from devicetrust.rules.pqc import algorithms as post_quantum
from devicetrust.rules.pqc import deadlines, usages
from devicetrust.rules.practice import legacy
from devicetrust.rules.practice import names as practised_names
from devicetrust.rules.privacy import persons
from devicetrust.rules.rfc4055 import parameters
from devicetrust.rules.rfc5280 import (
    alternative_names,
    basic_fields,
    constraints,
    dates,
    extensions,
    key_identifiers,
    key_usage,
    names,
    pointers,
    policies,
)
from devicetrust.rules.rfc6960 import responders
from devicetrust.rules.rfc7633 import features
from devicetrust.rules.rfc9525 import service_names
from devicetrust.rules.rfc9608 import no_revocation_available
from devicetrust.rules.rule import Rule
from devicetrust.rules.sdc import participants
from devicetrust.rules.signatures import algorithms, ecdsa
from devicetrust.rules.tcg import credentials, devids
from devicetrust.rules.tls import certificates, order
from devicetrust.rules.udap import signers
from devicetrust.rules.usages import by_algorithm

__all__ = [
    "BRSKI",
    "CABF",
    "CABF_ISSUANCE",
    "CABF_PUBLIC",
    "COMPATIBILITY",
    "COMPATIBILITY_CLIENT",
    "COMPATIBILITY_SERVER",
    "DICOM",
    "EAP_TLS",
    "EAP_TLS_PEER",
    "EAP_TLS_SERVER",
    "FAMILIES",
    "IEEE8021AR_IDEVID",
    "IEEE8021AR_LDEVID",
    "IHE_ATNA",
    "IOT_TLS",
    "KEYS",
    "LIFETIMES",
    "MATTER",
    "OUTLOOK",
    "PQC",
    "PRACTICE",
    "PRIVACY",
    "RFC5280",
    "RFC5280_FORM",
    "RFC6960",
    "RFC7633",
    "RFC9525",
    "RFC9608",
    "SDC_CONSUMER",
    "SDC_PARTICIPANT",
    "SDC_PROVIDER",
    "SIGNATURES",
    "TCG",
    "TCG_NO_IDENTITY",
    "TLS",
    "TLS_ORDER",
    "UDAP",
    "USAGES",
]

RFC5280: Final[tuple[Rule, ...]] = (
    basic_fields.serial_number_positive,
    basic_fields.issuer_not_empty,
    basic_fields.authority_subject_not_empty,
    extensions.authority_key_identifier_present,
    extensions.subject_key_identifier_present,
    extensions.non_critical,
    extensions.critical_on_authorities,
    extensions.name_constraints_critical,
    extensions.name_constraints_on_authorities_only,
    extensions.certificate_signing_by_authorities_only,
    extensions.subject_alternative_name_critical_without_subject,
    extensions.dns_names_well_formed,
)
# What a CA must write, and what validation does without: for who looks at form, not for each handshake of a device.
RFC5280_FORM: Final[tuple[Rule, ...]] = (
    basic_fields.version_3,
    basic_fields.validity_in_order,
    basic_fields.unique_identifiers_absent,
    basic_fields.crl_issuer_subject_not_empty,
    parameters.null_parameters,
    names.name_attributes_well_formed,
    names.name_string_types,
    names.mail_address_in_alternative_name,
    names.domain_components_well_formed,
    names.attribute_types_distinct,
    key_identifiers.key_identifiers_match,
    key_identifiers.subject_key_identifier_of_the_key,
    key_usage.key_usage_not_empty,
    key_usage.key_usage_in_der,
    key_usage.authority_key_usage_present,
    key_usage.key_usage_critical,
    key_usage.encipher_only_or_decipher_only,
    key_usage.only_bits_beside_key_agreement,
    key_usage.any_purpose_not_critical,
    key_usage.purposes_have_their_usages,
    key_usage.some_purpose_usable,
    policies.policies_distinct,
    policies.any_policy_by_authorities_only,
    policies.explicit_text_well_formed,
    policies.explicit_text_readable,
    policies.notice_reference_absent,
    policies.policy_limits_on_authorities_only,
    policies.mapped_policies_asserted,
    policies.policy_mappings_critical,
    alternative_names.alternative_names_not_empty,
    alternative_names.mailboxes_well_formed,
    alternative_names.uris_well_formed,
    alternative_names.smtp_utf8_mailboxes_well_formed,
    constraints.constraint_bases_well_formed,
    constraints.constraint_distances_absent,
    constraints.constraint_forms_defined,
    pointers.crl_covers_all_reasons,
    pointers.crl_issuer_only_where_another,
    pointers.distribution_point_by_whole_name,
    pointers.distribution_point_on_the_web,
    pointers.ldap_pointers_complete,
    pointers.access_locations_usable,
    pointers.pointers_without_tls,
    pointers.should_not_be_critical,
    dates.within_issuer_validity,
)
USAGES: Final[tuple[Rule, ...]] = (
    by_algorithm.rsa_agrees_on_nothing,
    by_algorithm.rsa_pss_signs,
    by_algorithm.elliptic_curve_enciphers_nothing,
    by_algorithm.edwards_signs_only,
    by_algorithm.montgomery_agrees_only,
    by_algorithm.time_stamping_alone_and_critical,
)
RFC6960: Final[tuple[Rule, ...]] = (
    responders.no_check_on_responders_only,
    responders.no_check_for_a_short_time,
)
RFC7633: Final[tuple[Rule, ...]] = (features.features_carried_on,)
RFC9525: Final[tuple[Rule, ...]] = (
    service_names.host_name_in_alternative_name,
    service_names.no_wildcard,
)
RFC9608: Final[tuple[Rule, ...]] = (
    no_revocation_available.no_contradiction,
    no_revocation_available.lifetime_fits,
    no_revocation_available.some_source_of_status,
)
CABF: Final[tuple[Rule, ...]] = (
    baseline.version_3,
    baseline.leaf_is_no_authority,
    baseline.subject_alternative_name_present,
    baseline.subject_alternative_name_not_critical,
    baseline.leaf_purposes_listed,
    baseline.leaf_purposes_not_critical,
    baseline.anchor_without_purposes,
    baseline.anchor_authority_key_identifier,
)
CABF_ISSUANCE: Final[tuple[Rule, ...]] = (
    issuance.serial_number_long_enough,
    issuance.leaf_signs_no_lists,
    issuance.purposes_separate,
    issuance.purposes_nested,
    issuance.authority_named_in_full,
)
TLS: Final[tuple[Rule, ...]] = (certificates.digital_signature,)
TLS_ORDER: Final[tuple[Rule, ...]] = (order.chain_in_order,)
PRACTICE: Final[tuple[Rule, ...]] = (
    practised_names.values_clean,
    practised_names.device_serial_number_single,
    practised_names.country_code_in_capitals,
    practised_names.no_demonstration_authority,
    legacy.no_extension_of_the_past,
)
# `keys.known_keys` makes two more, of lists that the caller has.
KEYS: Final[tuple[Rule, ...]] = (
    rsa_modulus.roca,
    rsa_modulus.primes_apart,
    rsa_modulus.no_small_factors,
    rsa_modulus.no_prime_power,
    rsa_exponent.exponent_size,
    small_private_keys.ec_private_key_not_small,
    reuse.not_reused_by_authority,
    encoding.rsa_parameters_null,
    encoding.ec_point_not_hybrid,
    encoding.ec_point_uncompressed,
)
SIGNATURES: Final[tuple[Rule, ...]] = (
    ecdsa.ecdsa_value_strict,
    ecdsa.hash_fits_curve,
    algorithms.rsa_parameters_null,
    algorithms.pss_salt_length,
    algorithms.pss_trailer_omitted,
)
PQC: Final[tuple[Rule, ...]] = (
    post_quantum.no_hash_ml_dsa,
    post_quantum.final_algorithms,
    post_quantum.parameters_absent,
    post_quantum.composite_is_draft,
    usages.signature_key_usage,
    usages.encapsulation_key_usage,
    usages.stateful_not_for_tls,
    deadlines.strength_112_ends_2030,
    deadlines.classical_ends_2035,
)
# What public CAs may still issue. No private PKI is bound by it.
CABF_PUBLIC: Final[tuple[Rule, ...]] = (
    public_certificates.lifetime_398_days,
    public_certificates.lifetime_200_days,
    public_certificates.lifetime_100_days,
    public_certificates.lifetime_47_days,
    public_certificates.without_client_authentication,
)
# For every profile of TLS: certificates of a TPM's own keys are no identity there.
TCG_NO_IDENTITY: Final[tuple[Rule, ...]] = (
    credentials.endorsement_key_no_identity,
    credentials.attestation_key_no_identity,
)
# Of certificates that bear a mark of the TCG; others are not concerned.
TCG: Final[tuple[Rule, ...]] = (
    credentials.endorsement_key_usage,
    devids.hardware_type,
    devids.hardware_serial_number,
    devids.permanent_identifier_of_tpm,
    devids.residency_policies,
    devids.key_usage,
)
PRIVACY: Final[tuple[Rule, ...]] = (persons.no_person_named,)
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
LIFETIMES: Final[tuple[Rule, ...]] = (
    spans.operational_certificate_ends,
    secure_nodes.lifetime,
    spans.three_years,
)
# The roles themselves are among the key purposes of the profiles.
SDC_PARTICIPANT: Final[tuple[Rule, ...]] = (
    participants.other_key_purposes,
    participants.endpoint_named,
    ldevid.initial_identity_not_operational,
    spans.operational_certificate_ends,
)
SDC_PROVIDER: Final[tuple[Rule, ...]] = SDC_PARTICIPANT
SDC_CONSUMER: Final[tuple[Rule, ...]] = SDC_PARTICIPANT
DICOM: Final[tuple[Rule, ...]] = (
    nodes.curve_size,
    ldevid.initial_identity_not_operational,
    spans.operational_certificate_ends,
)
# Warnings and notices alone.
IHE_ATNA: Final[tuple[Rule, ...]] = (
    secure_nodes.rsa_key_size,
    secure_nodes.rsa_key_below_bcp195,
    secure_nodes.lifetime,
    secure_nodes.domain_name_present,
)
UDAP: Final[tuple[Rule, ...]] = (signers.uri_present, signers.key_for_signatures)
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
# Will it still work; whichever side of TLS it is for.
COMPATIBILITY: Final[tuple[Rule, ...]] = (
    strict_fields.strict_authority_key_identifier,
    strict_fields.strict_subject_key_identifier,
    strict_fields.strict_authority_key_usage,
    strict_fields.strict_basic_constraints,
    strict_fields.strict_certificate_signing,
    strict_fields.strict_path_length,
    strict_fields.strict_issuer,
    strict_fields.strict_subject,
    strict_fields.strict_anchor_version,
    handshake_purposes.handshake_key_identifiers,
    security_levels.security_level_1,
    security_levels.security_level_2,
    security_levels.security_level_3,
    security_levels.handshake_curve,
    other_engines.cryptography_key_purpose,
    other_engines.cryptography_authority_key,
)
COMPATIBILITY_CLIENT: Final[tuple[Rule, ...]] = (
    *COMPATIBILITY,
    handshake_purposes.client_key_purpose,
    handshake_purposes.client_key_usage,
    handshake_purposes.client_certificate_type,
)
COMPATIBILITY_SERVER: Final[tuple[Rule, ...]] = (
    *COMPATIBILITY,
    handshake_purposes.server_key_purpose,
    handshake_purposes.server_key_usage,
    handshake_purposes.server_certificate_type,
    other_engines.apple_lifetime,
)
# Rules on the moment: `lint` asks them whatever the profile.
OUTLOOK: Final[tuple[Rule, ...]] = (
    expiry.expiring,
    expiry.authority_expiring,
    expiry.room_for_renewal,
    expiry.certificate_age,
)

FAMILIES: Final[Mapping[str, tuple[Rule, ...]]] = MappingProxyType(
    {
        "rfc5280": RFC5280 + RFC5280_FORM,
        "usages": USAGES,
        "rfc6960": RFC6960,
        "rfc7633": RFC7633,
        "rfc9525": RFC9525,
        "rfc9608": RFC9608,
        "cabf": CABF + CABF_ISSUANCE,
        "tls": TLS + TLS_ORDER,
        "practice": PRACTICE,
        "keys": KEYS,
        "signatures": SIGNATURES,
        "pqc": PQC,
        "cabf_public": CABF_PUBLIC,
        "ieee8021ar_idevid": IEEE8021AR_IDEVID,
        "ieee8021ar_ldevid": IEEE8021AR_LDEVID,
        "brski": BRSKI,
        "tcg": TCG,
        "tcg_no_identity": TCG_NO_IDENTITY,
        "iot_tls": IOT_TLS,
        "lifetimes": LIFETIMES,
        "privacy": PRIVACY,
        "sdc_participant": SDC_PARTICIPANT,
        "sdc_provider": SDC_PROVIDER,
        "sdc_consumer": SDC_CONSUMER,
        "dicom": DICOM,
        "ihe_atna": IHE_ATNA,
        "udap": UDAP,
        "eap_tls": EAP_TLS,
        "eap_tls_peer": EAP_TLS_PEER,
        "eap_tls_server": EAP_TLS_SERVER,
        "matter": MATTER,
        "compatibility": COMPATIBILITY,
        "compatibility_client": COMPATIBILITY_CLIENT,
        "compatibility_server": COMPATIBILITY_SERVER,
        "outlook": OUTLOOK,
    }
)
"""Every family by its name; a rule may be in several."""
