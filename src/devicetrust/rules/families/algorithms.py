"""What is demanded of keys and signatures, those after quantum computers among them.

Makes: `KEYS`, `SIGNATURES`, `PQC`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `KEYS`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.keys import encoding, reuse, rsa_exponent, rsa_modulus, small_private_keys
from devicetrust.rules.pqc import algorithms as post_quantum
from devicetrust.rules.pqc import deadlines, usages
from devicetrust.rules.rule import Rule
from devicetrust.rules.signatures import algorithms, ecdsa

__all__ = ["KEYS", "PQC", "SIGNATURES"]

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
