"""Elliptic curve keys whose private half is a small number.

Makes: `ec_private_key_not_small`.
May import: findings, x509, rules.rule.
Must never: compute with a key: a certificate costs one look into a table.
Read first: `ec_private_key_not_small`.

Such keys come from tests and from generators without entropy. How far the table goes is ours: the 1,024 smallest
private keys and the 1,024 largest, which have the same x coordinates, of each curve that TLS knows. A table
is worked out when the first key of its curve is met, in a few milliseconds; one of a million entries, which would catch
no other fault than this one, would take seconds and 100 MB.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["SMALL_PRIVATE_KEYS", "ec_private_key_not_small"]

SMALL_PRIVATE_KEYS: Final = 1024
"""Up to which private key the table of a curve goes."""

SMALL_PRIVATE_KEY: Final = Code(
    "keys.ec_private_key_not_small",
    Severity.ERROR,
    Citation("devicetrust", "a private key that anyone guesses is none"),
    rank=654,
    what="the private key of this {curve} key is at most 1,024, or as close to the order of the curve",
    why="Whoever counts from one finds the private key at once.",
    remedy="make a new key with a sound generator, and have every certificate for this one revoked",
)


def _is_on_known_curve(certificate: Certificate) -> bool:
    return certificate.public_key.curve in _CURVES


@rule(SMALL_PRIVATE_KEY, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR, concerns=_is_on_known_curve)
def ec_private_key_not_small(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The point of the key is none of the smallest multiples of the generator, nor its opposite."""
    key = certificate.public_key
    octets = -(-key.size // 8)
    if key.octets[1 : 1 + octets] not in _small_multiples(key.curve):
        return ()
    return (SMALL_PRIVATE_KEY.at(index, "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey", curve=key.curve),)


class _Curve(NamedTuple):
    """A curve y^2 = x^3 - 3x + b by its prime, and the generator."""

    prime: int
    x: int
    y: int


# NIST SP 800-186 3.2.1.3 to 3.2.1.5.
_CURVES: Final = {
    "secp256r1": _Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    "secp384r1": _Curve(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
    "secp521r1": _Curve(
        2**521 - 1,
        int(
            "00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D"
            "3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66",
            16,
        ),
        int(
            "011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E"
            "662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650",
            16,
        ),
    ),
}


@cache
def _small_multiples(name: str) -> frozenset[bytes]:
    """The x coordinates, as octets, of the first multiples of the generator.

    With 1 to m known, m + 1 to 2m are each of them plus the m-th: one inversion serves a whole turn.
    """
    prime, base_x, base_y = _CURVES[name]
    points = [(base_x, base_y)]
    while len(points) < SMALL_PRIVATE_KEYS:
        last_x, last_y = points[-1]
        *others, _ = points
        inverses = _inverses(prime, [*(last_x - x for x, _ in others), 2 * last_y])
        slopes = [(last_y - y) * inverse % prime for (_, y), inverse in zip(others, inverses, strict=False)]
        slopes.append(3 * (last_x * last_x - 1) * inverses[-1] % prime)  # the last one plus itself, SEC 1 2.2.1
        for (x, _), slope in zip(tuple(points), slopes, strict=True):
            sum_x = (slope * slope - x - last_x) % prime
            points.append((sum_x, (slope * (last_x - sum_x) - last_y) % prime))
    octets = (prime.bit_length() + 7) // 8
    return frozenset([x.to_bytes(octets, "big") for x, _ in points])


def _inverses(prime: int, numbers: list[int]) -> list[int]:
    """The inverse of each number, none of which is zero, by one inversion of their product."""
    products = list(accumulate(numbers, lambda one, other: one * other % prime))
    inverse = pow(products[-1], -1, prime)
    found: list[int] = []
    for number, before in zip(reversed(numbers), [*reversed(products[:-1]), 1], strict=True):
        found.append(inverse * before % prime)
        inverse = inverse * number % prime
    return found[::-1]
