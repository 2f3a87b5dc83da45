"""Rules on keys: what breaks them and what keeps them.

Makes: `CASES`, and the moduli and points that they are made of.
May import: pki, ward, rule_cases.case, `cryptography`.
Must never: import devicetrust.
Read first: `CASES`.

A modulus here need not be of two primes: each is made of the property that the rule is about, and of nothing else.
"""

from __future__ import annotations

from math import isqrt, prod
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import pki
from pki import Draft
from rule_cases.case import LEAF, Chain, RuleCase, alone
from ward import DEVICE, ISSUING, ROOT, STRANGER

RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
RSASSA_PSS: Final = "1.2.840.113549.1.1.10"
EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
P256: Final = pki.object_identifier("1.2.840.10045.3.1.7")
MODULUS: Final[int] = pki.key("rsa2048").private_key.public_key().public_numbers().n
PRIME: Final[int] = pki.key("rsa2048").private_key.private_numbers().p


def spki(algorithm: str, parameters: bytes, key: bytes) -> bytes:
    """A SubjectPublicKeyInfo; no parameters where they are empty."""
    return pki.sequence(pki.sequence(pki.object_identifier(algorithm), parameters), pki.bit_string(key))


def rsa(modulus: int, exponent: int = 65537, algorithm: str = RSA_ENCRYPTION, parameters: bytes = pki.NULL) -> bytes:
    return spki(algorithm, parameters, pki.sequence(pki.integer(modulus), pki.integer(exponent)))


def point(private_key: int, form: PublicFormat, curve: ec.EllipticCurve | None = None) -> bytes:
    key = ec.derive_private_key(private_key, curve or ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.DER if form is PublicFormat.SubjectPublicKeyInfo else Encoding.X962, form)


def holding(key: bytes) -> Draft:
    return LEAF._replace(subject_public_key_info=key)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % one for one in found):
            found.append(number)
        number += 1
    return found


def roca(octets: int, primes: int) -> int:
    """A modulus of two factors k * M + (65537 ** a mod M), M the product of so many primes: CVE-2017-15361."""
    m = prod(_primes(primes))
    k = (3 << (octets * 4 - 2)) // m
    factors = [(k + step) * m + pow(65537, 1000 + step, m) for step in (1, 2)]
    return factors[0] * factors[1]


def fermat(rounds: int) -> int:
    """A modulus (a - b) * (a + b) with a so far above its square root."""
    a = PRIME | 1
    b = isqrt(2 * a * rounds) & ~1
    modulus = (a - b) * (a + b)
    assert isqrt(modulus) in (a - rounds, a - rounds - 1)
    return modulus


ORDER_OF_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _small(private_key: int, curve: ec.EllipticCurve | None = None) -> Draft:
    return holding(point(private_key, PublicFormat.SubjectPublicKeyInfo, curve))


_COMPRESSED: Final = point(0x5EED, PublicFormat.CompressedPoint)
_UNCOMPRESSED: Final = point(0x5EED, PublicFormat.UncompressedPoint)
_HYBRID: Final = bytes([_COMPRESSED[0] + 4]) + _UNCOMPRESSED[1:]
_ORDINARY: Final = alone(holding(rsa(MODULUS)))


def _issued_with(key: bytes) -> Chain:
    return holding(key).sealed(ISSUING.key), ROOT.vouches_for(ISSUING).sealed(ROOT.key), ROOT.root()


CASES: Final[dict[str, RuleCase]] = {
    "keys.roca": RuleCase(
        "By some prime from 3 to 167 the modulus is no power of 65537.",
        "CVE-2017-15361",
        alone(holding(rsa(roca(256, 126))), holding(rsa(roca(384, 126))), holding(rsa(roca(512, 225)))),
        _ORDINARY + alone(holding(rsa(roca(256, 126) + 2))),
    ),
    "keys.rsa_primes_apart": RuleCase(
        "Fermat's method does not split the modulus in a hundred rounds.",
        "CA/B BR 6.1.1.3",
        alone(*(holding(rsa(one)) for one in (PRIME**2, PRIME * (PRIME + 2), fermat(1), fermat(50), fermat(99)))),
        _ORDINARY + alone(holding(rsa(fermat(102))), holding(rsa(fermat(100_000)))),
    ),
    "keys.rsa_no_small_factors": RuleCase(
        "The modulus is odd, and no prime below 752 divides it.",
        "NIST SP 800-89 5.3.3",
        alone(*(holding(rsa(prime * (MODULUS // 2**16 | 1))) for prime in (2, 3, 743, 751))),
        _ORDINARY + alone(holding(rsa(757 * PRIME))),
    ),
    "keys.rsa_no_prime_power": RuleCase(
        "The modulus is no power of a prime.",
        "NIST SP 800-89 5.3.3",
        alone(
            *(
                holding(rsa((PRIME >> 1024 - bits | 1) ** power))
                for power, bits in ((3, 683), (5, 410), (7, 293), (11, 187), (13, 158))
            )
        ),
        _ORDINARY + alone(holding(rsa((PRIME >> 341 | 1) ** 3 + 2))),
    ),
    "keys.rsa_exponent_size": RuleCase(
        "The public exponent is above 2^16 and below 2^256.",
        "FIPS 186-5 A.1.1",
        alone(*(holding(rsa(MODULUS, one)) for one in (3, 17, 2**16 - 1, 2**256 + 1))),
        alone(*(holding(rsa(MODULUS, one)) for one in (65537, 2**16 + 3, 2**256 - 1))),
    ),
    "keys.ec_private_key_not_small": RuleCase(
        "The private key is no small number.",
        "devicetrust",
        alone(
            *(_small(number) for number in (1, 2, 1024, ORDER_OF_P256 - 1)),
            _small(3, ec.SECP384R1()),
            _small(1000, ec.SECP521R1()),
            holding(spki(EC_PUBLIC_KEY, P256, point(7, PublicFormat.CompressedPoint))),
        ),
        alone(
            LEAF,
            _small(1025),
            _small(2**64, ec.SECP521R1()),
            holding(spki(EC_PUBLIC_KEY, P256, _COMPRESSED)),
        ),
    ),
    "keys.not_reused_by_authority": RuleCase(
        "No CA above has the key of the device.",
        "devicetrust",
        (
            _issued_with(ISSUING.key.subject_public_key_info),
            _issued_with(ROOT.key.subject_public_key_info),
            _issued_with(
                spki(
                    EC_PUBLIC_KEY,
                    P256,
                    ISSUING.key.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
                )
            ),
        ),
        (_issued_with(DEVICE.key.subject_public_key_info), _issued_with(STRANGER.key.subject_public_key_info)),
    ),
    "keys.rsa_parameters_null": RuleCase(
        "The parameters of rsaEncryption are NULL.",
        "RFC 4055 1.2",
        alone(holding(rsa(MODULUS, parameters=b""))),
        _ORDINARY
        + alone(
            holding(rsa(MODULUS, 3)),
            holding(rsa(MODULUS, algorithm=RSASSA_PSS, parameters=b"")),
        ),
    ),
    "keys.ec_point_not_hybrid": RuleCase(
        "A point is not in the hybrid form.",
        "RFC 5480 2.2",
        alone(holding(spki(EC_PUBLIC_KEY, P256, _HYBRID))),
        alone(LEAF, holding(spki(EC_PUBLIC_KEY, P256, _COMPRESSED))),
    ),
    "keys.ec_point_uncompressed": RuleCase(
        "A point is not compressed.",
        "RFC 5480 2.2",
        alone(holding(spki(EC_PUBLIC_KEY, P256, _COMPRESSED))),
        alone(LEAF, holding(spki(EC_PUBLIC_KEY, P256, _HYBRID))),
    ),
}
