"""What is demanded of keys and signatures, those after quantum computers among them.

Makes: `KEYS`, `SIGNATURES`, `PQC`.
May import: the rules, `handshakes`.
Must never: hold a rule of its own.
Read first: `KEYS`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.families.handshakes import COMPROMISED_KEYS
from devicetrust.rules.keys import encoding, rsa_exponent, rsa_modulus
from devicetrust.rules.pqc import algorithms as post_quantum
from devicetrust.rules.pqc import deadlines, usages
from devicetrust.rules.rule import Rule
from devicetrust.rules.signatures import algorithms, ecdsa

__all__ = ["KEYS", "PQC", "SIGNATURES"]

# `keys.known_keys` makes two more, of lists that the caller has.
KEYS: Final[tuple[Rule, ...]] = (
    *COMPROMISED_KEYS,
    rsa_modulus.no_small_factors,
    rsa_modulus.no_prime_power,
    rsa_exponent.exponent_size,
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
