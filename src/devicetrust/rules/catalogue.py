"""The families of rules, by document.

Makes: `RFC5280`, `CABF`, `TLS`, `KEYS`, `SIGNATURES`, `PQC`, `OUTLOOK`, and `FAMILIES`, which names them all.
May import: the rules.
Must never: hold a rule of its own.
Read first: the tuples.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devicetrust.rules.cabf import baseline
from devicetrust.rules.keys import encoding, reuse, rsa_exponent, rsa_modulus, small_private_keys
from devicetrust.rules.pqc import algorithms as post_quantum
from devicetrust.rules.pqc import deadlines, usages
from devicetrust.rules.rfc5280 import basic_fields, extensions
from devicetrust.rules.rule import Rule
from devicetrust.rules.signatures import algorithms, ecdsa
from devicetrust.rules.tls import certificates

__all__ = ["CABF", "FAMILIES", "KEYS", "OUTLOOK", "PQC", "RFC5280", "SIGNATURES", "TLS"]

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
TLS: Final[tuple[Rule, ...]] = (certificates.digital_signature,)
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
        "rfc5280": RFC5280,
        "cabf": CABF,
        "tls": TLS,
        "keys": KEYS,
        "signatures": SIGNATURES,
        "pqc": PQC,
    }
)
"""Every family by its name; a rule may be in several."""
