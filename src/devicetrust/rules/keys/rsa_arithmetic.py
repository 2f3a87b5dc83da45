"""What is computed of an RSA modulus, quickly enough for every certificate.

Makes: `small_factor`, `has_roca_form`, `close_primes`, `odd_power`.
May import: the standard library.
Must never: know a certificate; take more than a few divisions of the whole modulus in the common case.
Read first: `close_primes`.

A division of a modulus by one word costs a tenth of a division by a long number, and that a fraction of a square root.
So each question begins with the remainder by a product that fits in a word, which settles it for nearly every modulus.
"""

from __future__ import annotations

from functools import cache
from math import gcd, isqrt, prod
from typing import Final

__all__ = ["FERMAT_ROUNDS", "SMALLEST_FACTOR", "close_primes", "has_roca_form", "odd_power", "small_factor"]

SMALLEST_FACTOR: Final = 752
"""A prime below this divides no good modulus: NIST SP 800-89 5.3.3, CA/B BR 6.1.6."""
FERMAT_ROUNDS: Final = 100
"""How many rounds of Fermat's method a modulus must withstand: CA/B BR 6.1.1.3."""


def small_factor(modulus: int) -> int | None:
    """The smallest prime below 752 that divides ``modulus``; None where none does."""
    if modulus & 1:
        primorial = _odd_primorial()
        common = gcd(modulus % primorial, primorial)
        return None if common == 1 else next(prime for prime in _primes(3, SMALLEST_FACTOR) if common % prime == 0)
    return 2


@cache
def _odd_primorial() -> int:
    return prod(_primes(3, SMALLEST_FACTOR))


def _primes(first: int, last: int) -> tuple[int, ...]:
    return tuple(n for n in range(first, last + 1) if all(n % divisor for divisor in range(2, isqrt(n) + 1)))


def has_roca_form(modulus: int) -> bool:
    """Whether ``modulus`` is, by every small prime, a power of 65537: the mark of Infineon's library, CVE-2017-15361.

    That library made primes k * M + (65537 ** a mod M), with M the product of the first primes, so each modulus is a
    power of 65537 by each of them. The primes to 167 divide the M of every size of key. Of moduli made at random one
    in 240 million has the mark by chance.
    """
    first, others, groups = _roca_groups()
    small = modulus % first[0]
    for prime, powers in first[1]:
        if small % prime not in powers:
            return False
    rest = modulus % others
    return all(rest % prime in powers for prime, powers in groups)


_ROCA_GENERATOR: Final = 65537
_Groups = tuple[tuple[int, frozenset[int]], ...]


@cache
def _roca_groups() -> tuple[tuple[int, _Groups], int, _Groups]:
    """The powers of 65537 by each prime from 3 to 167, the most telling first.

    In three parts: those whose product fits in a word, with the product; the product of the others; the others.
    """
    groups: list[tuple[int, frozenset[int]]] = []
    for prime in _primes(3, 167):
        powers, power = {1}, _ROCA_GENERATOR % prime
        while power not in powers:
            powers.add(power)
            power = power * _ROCA_GENERATOR % prime
        if len(powers) < prime - 1:  # by the others every remainder but zero is a power
            groups.append((prime, frozenset(powers)))
    groups.sort(key=lambda group: len(group[1]) / (group[0] - 1))
    first = tuple(groups[:4])
    product = prod(prime for prime, _ in first)
    return (product, first), prod(prime for prime, _ in groups[4:]), tuple(groups[4:])


def close_primes(modulus: int) -> int | None:
    """In which round, from 0 to 100, Fermat's method splits ``modulus``; None where it does not.

    Its primes p and q are then so close that the middle of the two is ``isqrt(modulus)`` plus that round. Round 0 is
    the square of one prime. A candidate a is right where a * a - modulus is a square, so those are passed over that are
    no square by some small number: all hundred at once, as the bits of masks.
    """
    root = isqrt(modulus)
    modulus_small, root_small = modulus % _SIEVE_PRODUCT, root % _SIEVE_PRODUCT
    masks = _sieve()
    candidates = masks[0][1][modulus & 63] >> (root & 63)
    for sieve, by_remainder in masks[1:]:
        candidates &= by_remainder[modulus_small % sieve] >> (root_small % sieve)
    candidates &= _ALL_ROUNDS
    while candidates:
        lowest = candidates & -candidates
        candidates ^= lowest
        rounds = lowest.bit_length() - 1
        square = (root + rounds) ** 2 - modulus
        if square >= 0 and isqrt(square) ** 2 == square:
            return rounds
    return None


# Numbers by which few remainders are squares; the product of those after 64 fits in a word.
_SIEVES: Final = (64, 63, 65, 11, 17, 19, 23)
_SIEVE_PRODUCT: Final = prod(_SIEVES[1:])
_ALL_ROUNDS: Final = (1 << (FERMAT_ROUNDS + 1)) - 1


@cache
def _sieve() -> tuple[tuple[int, tuple[int, ...]], ...]:
    """For each sieve, by the remainder of a modulus: which candidates may be right, as bits from the remainder 0 on."""
    made: list[tuple[int, tuple[int, ...]]] = []
    for sieve in _SIEVES:
        squares = {number * number % sieve for number in range(sieve)}
        turns = sum(1 << turn for turn in range(0, sieve + FERMAT_ROUNDS + 1, sieve))
        made.append(
            (
                sieve,
                tuple(
                    sum(1 << a for a in range(sieve) if (a * a - remainder) % sieve in squares) * turns
                    for remainder in range(sieve)
                ),
            )
        )
    return tuple(made)


def odd_power(modulus: int) -> int | None:
    """The exponent 3, 5, 7, 11 or 13 of which ``modulus`` is a power; None where it is no such power.

    A power has a telling remainder by each prime q with q - 1 a multiple of the exponent. The primes of a higher power
    would be shorter than a thirteenth of the modulus. Squares are the matter of `close_primes`.
    """
    small = modulus % _TELLING_PRODUCT
    possible = -1
    for prime, exponents in _telling():
        possible &= exponents[small % prime]
    if not possible:
        return None
    return next(
        (one for place, one in enumerate(_EXPONENTS) if possible >> place & 1 and _is_power(modulus, one)), None
    )


_EXPONENTS: Final = (3, 5, 7, 11, 13)
# Primes q with many of the exponents in q - 1, each with a generator; their product fits in a word.
_TELLING: Final = ((2311, 3), (1093, 5), (331, 3))
_TELLING_PRODUCT: Final = 2311 * 1093 * 331


@cache
def _telling() -> tuple[tuple[int, bytes], ...]:
    """For each telling prime, by a remainder: of which exponents it may be a power, as bits in their order."""
    made: list[tuple[int, bytes]] = []
    for prime, generator in _TELLING:
        told = {place: one for place, one in enumerate(_EXPONENTS) if prime % one == 1}
        untold = sum(1 << place for place in range(len(_EXPONENTS)) if place not in told)
        exponents = bytearray([untold]) * prime
        exponents[0] = 0xFF
        for place, exponent in told.items():
            step, power = pow(generator, exponent, prime), 1
            for _ in range((prime - 1) // exponent):
                exponents[power] |= 1 << place
                power = power * step % prime
        made.append((prime, bytes(exponents)))
    return tuple(made)


@cache
def _more_telling(exponent: int) -> tuple[int, ...]:
    """Eight more for one exponent, for the one modulus in ten that passes those."""
    return tuple(prime for prime in _primes(400, 1500) if prime % exponent == 1 and prime != 1093)[:8]


def _is_power(modulus: int, exponent: int) -> bool:
    for prime in _more_telling(exponent):
        if pow(modulus % prime, (prime - 1) // exponent, prime) > 1:
            return False
    root: int = 1 << -(-modulus.bit_length() // exponent)  # not below the root: from there Newton's method only falls
    while True:
        lower = ((exponent - 1) * root + modulus // root ** (exponent - 1)) // exponent
        if lower >= root:
            power: int = root**exponent
            return power == modulus
        root = lower
