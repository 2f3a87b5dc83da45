"""What is demanded of keys, the compromised ones that every handshake refuses among them.

Makes: `KEYS`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `KEYS`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.families.handshakes import COMPROMISED_KEYS
from devicetrust.rules.keys import encoding, rsa_exponent, rsa_modulus
from devicetrust.rules.rule import Rule

__all__ = ["KEYS"]

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
