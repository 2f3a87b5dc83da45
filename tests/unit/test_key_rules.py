"""What is computed of keys: by known vectors, by definition, and by other implementations."""

from __future__ import annotations

import math
from itertools import chain
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PublicFormat, load_pem_private_key

import pki
from devicetrust import Certificate, Finding, lint, profiles
from devicetrust.rules import catalogue
from devicetrust.rules.keys import rsa_arithmetic, small_private_keys
from devicetrust.rules.rule import Role
from devicetrust.x509.files import load_certificates
from rule_cases.case import ANCHOR, AUTHORITY, LEAF
from rule_cases.keys import EC_PUBLIC_KEY, MODULUS, P256, PRIME, RSASSA_PSS, fermat, holding, point, rsa, spki
from ward import ISSUING, ROOT

# Moduli that chips with the faulty library made, as the finders of CVE-2017-15361 published them with their test.
ROCA_512 = int(
    "944e13208a280c37efc31c3114485e590192adbb8e11c87cad60cdef0037ce99"
    "278330d3f471a2538fa667802ed2a3c44a8b7dea826e888d0aa341fd664f7fa7",
    16,
)
ROCA_1021 = int(
    "1db349e1f58f5d41f65aa5b0ffa6ae0cea80de6c170b2b4abf9c358d79494ca59cab008f5ee92759b91d497e2131701"
    "047f953935a163e91db5460c82566f4df0c05bca02a8576f7c4e916b274e2f307b56fc8a20ad452b1b54d3924726a3b"
    "2329da882c7b8e102379dfe7a8c6b01d62e7ff0fd58e1e9822f6e32b5b0486561fb",
    16,
)
# The first of their fingerprints: for each prime, the remainders of such moduli as bits.
FINGERPRINTS = {11: 1026, 13: 5658, 17: 107286, 19: 199410, 37: 67109890}
PRIMES = [number for number in range(2, 1000) if all(number % one for one in range(2, number))]


def findings(certificate: Certificate, family: str, role: Role | None = None) -> list[Finding]:
    rules = catalogue.FAMILIES[family]
    return list(lint(certificate, profile=profiles.rfc5280, rules=rules, role=role, at=pki.AT).findings)


def codes(certificate: Certificate, *families: str) -> set[str]:
    return {finding.code.id for family in families for finding in findings(certificate, family)}


class TestROCA:
    @pytest.mark.parametrize("modulus", [ROCA_512, ROCA_1021])
    def test_published_moduli(self, modulus: int) -> None:
        """The published vulnerable moduli have the mark; their neighbours do not."""
        assert rsa_arithmetic.has_roca_form(modulus)
        assert not any(rsa_arithmetic.has_roca_form(modulus + step) for step in (-2, 2, 4, 6))

    def test_published_fingerprints(self) -> None:
        """By each prime the powers of 65537 are the remainders of the published fingerprint."""
        first, _, others = rsa_arithmetic._roca_groups()
        groups = dict((*first[1], *others))
        assert {prime: sum(1 << one for one in groups[prime]) for prime in FINGERPRINTS} == FINGERPRINTS

    def test_sound_keys(self) -> None:
        """Keys of other generators do not have the mark."""
        folder = Path(cryptography_vectors.__file__).parent / "asymmetric" / "PEM_Serialization"
        key = load_pem_private_key((folder / "rsa_private_key.pem").read_bytes(), b"123456")
        moduli = [key.private_numbers().public_numbers.n, MODULUS]  # type: ignore[union-attr]
        assert [rsa_arithmetic.has_roca_form(one) for one in moduli] == [False, False]


class TestFermat:
    @pytest.mark.parametrize("rounds", [*range(1, 12), 50, 98, 99, 100])
    def test_split_within_the_rounds(self, rounds: int) -> None:
        """A modulus whose primes have their middle so far above its root falls in that round."""
        assert rsa_arithmetic.close_primes(fermat(rounds)) in (rounds, rounds + 1)

    @pytest.mark.parametrize("modulus", [fermat(102), fermat(200), fermat(10**6), MODULUS])
    def test_withstood(self, modulus: int) -> None:
        """A modulus whose primes lie further apart is left in peace."""
        assert rsa_arithmetic.close_primes(modulus) is None

    def test_square(self) -> None:
        """Two equal primes fall in round 0."""
        assert rsa_arithmetic.close_primes(PRIME**2) == 0

    def test_small_numbers_by_definition(self) -> None:
        """The sieve passes over no square: the first round that a plain search finds is found."""
        for number in range(3, 3001, 2):
            root = math.isqrt(number)
            plain = [step for step in range(101) if is_square((root + step) ** 2 - number)]
            assert rsa_arithmetic.close_primes(number) == (plain[0] if plain else None)


def is_square(number: int) -> bool:
    return number >= 0 and math.isqrt(number) ** 2 == number


class TestFactors:
    def test_each_prime(self) -> None:
        """Each prime below 752 is found, none above is."""
        found = [prime for prime in PRIMES if rsa_arithmetic.small_factor(prime * PRIME) == prime]
        assert found == [prime for prime in PRIMES if prime < 752]
        assert rsa_arithmetic.small_factor(997 * PRIME) is None

    @pytest.mark.parametrize("exponent", range(2, 20))
    def test_powers(self, exponent: int) -> None:
        """Odd powers up to the thirteenth are found by an exponent that divides theirs."""
        base = PRIME >> 900 | 1
        found = rsa_arithmetic.odd_power(base**exponent)
        expected = [one for one in (3, 5, 7, 11, 13) if exponent % one == 0]
        assert found == (expected[0] if expected else None)
        assert rsa_arithmetic.odd_power(base**exponent + 2) is None

    def test_telling_remainders_by_definition(self) -> None:
        """By each telling prime the table holds the powers, and no other remainder."""
        for prime, table in rsa_arithmetic._telling():
            for place, exponent in enumerate((3, 5, 7, 11, 13)):
                powers = {pow(number, exponent, prime) for number in range(prime)}
                assert {one for one in range(prime) if table[one] >> place & 1} == powers


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_small_private_keys_by_openssl(curve: ec.EllipticCurve) -> None:
    """The table of a curve holds what OpenSSL computes for the private keys 1 to 1,024."""
    octets = (curve.key_size + 7) // 8
    keys = [ec.derive_private_key(number, curve).public_key().public_numbers() for number in range(1, 1025)]
    assert small_private_keys._small_multiples(curve.name) == {key.x.to_bytes(octets, "big") for key in keys}


class TestCertificates:
    @pytest.mark.parametrize("role", Role)
    def test_each_place_of_a_path(self, role: Role) -> None:
        """A key that can be computed is as bad in a CA as in a device."""
        draft = {Role.LEAF: LEAF, Role.INTERMEDIATE: AUTHORITY, Role.ANCHOR: ANCHOR}[role]
        certificate = Certificate(draft._replace(subject_public_key_info=rsa(ROCA_512)).sealed(ROOT.key))
        assert [finding.code.id for finding in findings(certificate, "keys", role)] == ["keys.roca"]

    def test_pss_keys_are_rsa_keys(self) -> None:
        """A key for RSASSA-PSS alone is judged as every RSA key."""
        key = rsa(PRIME**2, algorithm=RSASSA_PSS, parameters=b"")
        assert codes(Certificate(holding(key).sealed(ISSUING.key)), "keys") == {"keys.rsa_primes_apart"}

    def test_facts(self) -> None:
        """A finding says which prime, round, power or exponent was found, and where."""
        modulus = 3 * (MODULUS // 2**16 | 1)
        (small,) = findings(Certificate(holding(rsa(modulus)).sealed(ISSUING.key)), "keys")
        exponent = findings(Certificate(holding(rsa(MODULUS, 3)).sealed(ISSUING.key)), "keys")
        assert small.facts["factor"] == 3
        assert small.where.field == "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey.modulus"
        assert [dict(one.facts) for one in exponent] == [{"bits": 2, "exponent": "3"}]

    @pytest.mark.parametrize("key", [b"\x30\x00", spki(EC_PUBLIC_KEY, P256, b""), rsa(1), rsa(MODULUS, 1), rsa(0, 0)])
    def test_keys_that_cannot_be_read(self, key: bytes) -> None:
        """A key that cannot be read is said to be so elsewhere, and no rule fails on it."""
        found = codes(Certificate(holding(key).sealed(ISSUING.key)), "keys", "signatures", "pqc")
        assert not any(code == "rule.failed" for code in found)

    @pytest.mark.parametrize("form", [PublicFormat.CompressedPoint, PublicFormat.UncompressedPoint])
    def test_small_private_key_in_either_form(self, form: PublicFormat) -> None:
        """The form of the point hides nothing."""
        certificate = Certificate(holding(spki(EC_PUBLIC_KEY, P256, point(9, form))).sealed(ISSUING.key))
        assert "keys.ec_private_key_not_small" in codes(certificate, "keys")


class TestHostileKeys:
    def test_no_stranger_buys_seconds(self) -> None:
        """A modulus beyond what anyone uses is left to the strength policy: its arithmetic would take seconds."""
        certificate = Certificate(holding(rsa(3**40_000)).sealed(ISSUING.key))
        report = lint(certificate, profile=profiles.rfc5280, at=pki.AT)
        assert findings(certificate, "keys") == []
        assert [one.code.id for one in report.blocking] == ["strength.key"]

    def test_no_stranger_fills_a_page(self) -> None:
        """Of an enormous exponent the size is told."""
        (found,) = findings(Certificate(holding(rsa(MODULUS, 2**2000 + 1)).sealed(ISSUING.key)), "keys")
        assert dict(found.facts) == {"bits": 2001, "exponent": "a number of 2001 bits"}


class TestSamples:
    def test_real_post_quantum_certificates(self, shared: Path) -> None:
        """The examples of RFC 9881 and RFC 9909 keep every rule, and name their algorithm where it is unknown."""
        for file in sorted((shared / "samples" / "mldsa").glob("*.pem")):
            (certificate,) = load_certificates(file)
            assert (file.name, codes(certificate, "keys", "signatures", "pqc")) == (file.name, set())

    def test_makers_of_trusted_platform_modules(self, shared: Path) -> None:
        """Roots and CAs of real makers have sound keys and signatures."""
        found: set[str] = set()
        files = (shared / "samples" / "tpm").glob("*.pem")
        for certificate in chain.from_iterable(map(load_certificates, files)):
            if certificate.unreadable is None:
                found |= codes(certificate, "keys", "signatures")
        assert found <= {"keys.rsa_exponent_size"}
