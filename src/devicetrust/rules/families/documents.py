"""What further clauses of RFC 5280, further RFCs and the CA/Browser Forum demand of certificates.

Makes: `RFC5280_FORM`, `USAGES`, `RFC6960`, `RFC7633`, `RFC9525`, `RFC9608`, `CABF_ISSUANCE`, `CABF_PUBLIC`,
`TLS_ORDER`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `RFC5280_FORM`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.cabf import issuance, public_certificates
from devicetrust.rules.rfc5280 import (
    alternative_names,
    basic_fields,
    constraints,
    dates,
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
from devicetrust.rules.signatures import algorithms
from devicetrust.rules.tls import order
from devicetrust.rules.usages import by_algorithm

__all__ = [
    "CABF_ISSUANCE",
    "CABF_PUBLIC",
    "RFC5280_FORM",
    "RFC6960",
    "RFC7633",
    "RFC9525",
    "RFC9608",
    "TLS_ORDER",
    "USAGES",
]

RFC5280_FORM: Final[tuple[Rule, ...]] = (
    basic_fields.version_3,
    basic_fields.validity_in_order,
    basic_fields.unique_identifiers_absent,
    basic_fields.crl_issuer_subject_not_empty,
    algorithms.rsa_parameters_null,
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
CABF_ISSUANCE: Final[tuple[Rule, ...]] = (
    issuance.serial_number_long_enough,
    issuance.leaf_signs_no_lists,
    issuance.purposes_separate,
    issuance.purposes_nested,
    issuance.authority_named_in_full,
)
CABF_PUBLIC: Final[tuple[Rule, ...]] = (
    public_certificates.lifetime_398_days,
    public_certificates.lifetime_200_days,
    public_certificates.lifetime_100_days,
    public_certificates.lifetime_47_days,
    public_certificates.without_client_authentication,
)
TLS_ORDER: Final[tuple[Rule, ...]] = (order.chain_in_order,)
