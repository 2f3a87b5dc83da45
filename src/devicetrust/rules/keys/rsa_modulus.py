"""RSA keys whose private half can be computed from the public one.

Makes: rules on the modulus.
May import: findings, x509, rules.rule, rules.keys.rsa_arithmetic.
Must never: judge the size of a modulus: the strength policy does.
Read first: `roca`.

NIST SP 800-89 and the CA/B Baseline Requirements are known at second hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.keys.rsa_arithmetic import close_primes, has_roca_form, odd_power, small_factor
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["is_rsa", "no_prime_power", "no_small_factors", "primes_apart", "roca"]

MODULUS: Final = "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey.modulus"
_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_NEW_KEY: Final = "make a new key with a sound generator, and have every certificate for this one revoked"

ROCA: Final = Code(
    "keys.roca",
    Severity.ERROR,
    Citation("CVE-2017-15361", "", Knowledge.SECOND_HAND),
    rank=658,
    what="the RSA modulus has the mark of keys that were made by a faulty library of Infineon (ROCA)",
    why="The private key of such a modulus can be computed at a known price, so anyone may hold it.",
    remedy="update the chip's firmware or make the key in software, and have every certificate for this one revoked",
)
CLOSE_PRIMES: Final = Code(
    "keys.rsa_primes_apart",
    Severity.ERROR,
    Citation("CA/B BR", "6.1.1.3", Knowledge.SECOND_HAND),
    rank=657,
    what="Fermat's method splits the RSA modulus in round {round}; it must withstand 100 rounds",
    why="The two primes lie so close together that anyone can compute the private key at once (CVE-2022-26320).",
    remedy=_NEW_KEY,
)
SMALL_FACTOR: Final = Code(
    "keys.rsa_no_small_factors",
    Severity.ERROR,
    Citation("NIST SP 800-89", "5.3.3", Knowledge.SECOND_HAND),
    rank=656,
    what="the prime {factor} divides the RSA modulus; no prime below 752 may",
    why="The modulus was not made of two large primes: it is damaged, or a trap, and easier to factor.",
    remedy=_NEW_KEY,
)
PRIME_POWER: Final = Code(
    "keys.rsa_no_prime_power",
    Severity.ERROR,
    Citation("NIST SP 800-89", "5.3.3", Knowledge.SECOND_HAND),
    rank=655,
    what="the RSA modulus is a number to the power of {exponent}, not the product of two primes",
    why="Taking a root is easy, so anyone can compute the private key at once.",
    remedy=_NEW_KEY,
)


def is_rsa(certificate: Certificate) -> bool:
    """Whether the key is an RSA key that can be read."""
    return certificate.public_key.algorithm == "RSA"


def _can_be_computed(certificate: Certificate) -> bool:
    key = certificate.public_key
    return key.algorithm == "RSA" and key.size <= _MOST_BITS


# OpenSSL uses no longer modulus either. Beyond, a stranger's certificate would cost seconds: ``strength.key`` refuses.
_MOST_BITS: Final = 16384


@rule(ROCA, *_EVERYWHERE, concerns=_can_be_computed)
def roca(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The modulus is not, by every prime from 3 to 167, a power of 65537.

    One sound modulus in 240 million has the mark by chance; it is refused with the others.
    """
    return (ROCA.at(index, MODULUS),) if has_roca_form(_modulus(certificate)) else ()


@rule(CLOSE_PRIMES, *_EVERYWHERE, concerns=_can_be_computed)
def primes_apart(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The modulus withstands a hundred rounds of Fermat's method; a square falls in round 0."""
    found = close_primes(_modulus(certificate))
    return () if found is None else (CLOSE_PRIMES.at(index, MODULUS, round=found),)


@rule(SMALL_FACTOR, *_EVERYWHERE, concerns=_can_be_computed)
def no_small_factors(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The modulus is odd, and no prime below 752 divides it."""
    factor = small_factor(_modulus(certificate))
    return () if factor is None else (SMALL_FACTOR.at(index, MODULUS, factor=factor),)


@rule(PRIME_POWER, *_EVERYWHERE, concerns=_can_be_computed)
def no_prime_power(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The modulus is no third, fifth, seventh, eleventh or thirteenth power; `primes_apart` finds squares."""
    exponent = odd_power(_modulus(certificate))
    return () if exponent is None else (PRIME_POWER.at(index, MODULUS, exponent=exponent),)


def _modulus(certificate: Certificate) -> int:
    numbers = certificate.public_key.rsa_numbers
    return 1 if numbers is None else numbers[0]
