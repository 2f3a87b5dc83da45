"""The families of rules, by document.

Makes: the tuples, and `FAMILIES`, which names them all.
May import: the rules.
Must never: hold a rule of its own.
Read first: the tuples.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devicetrust.rules.cabf import baseline, issuance
from devicetrust.rules.keys import encoding, reuse, rsa_exponent, rsa_modulus, small_private_keys
from devicetrust.rules.pqc import algorithms as post_quantum
from devicetrust.rules.pqc import deadlines, usages
from devicetrust.rules.practice import legacy
from devicetrust.rules.practice import names as practised_names
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
from devicetrust.rules.signatures import algorithms, ecdsa
from devicetrust.rules.tls import certificates, order
from devicetrust.rules.usages import by_algorithm

__all__ = [
    "CABF",
    "CABF_ISSUANCE",
    "FAMILIES",
    "KEYS",
    "OUTLOOK",
    "PQC",
    "PRACTICE",
    "RFC5280",
    "RFC5280_FORM",
    "RFC6960",
    "RFC7633",
    "RFC9525",
    "RFC9608",
    "SIGNATURES",
    "TLS",
    "TLS_ORDER",
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
# Rules on the moment: `lint` asks them whatever the profile.
OUTLOOK: Final[tuple[Rule, ...]] = ()

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
    }
)
"""Every family by its name; a rule may be in several."""
