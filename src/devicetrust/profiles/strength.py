"""The named strength policies: which keys and signatures an authority holds to be strong enough, and since when.

Makes: `baseline`, `bcp195`, `nist_2026`, `nist_2031`, `cnsa_1`, `cnsa_2`, `bsi_2026`, `anssi_2026`.
May import: findings, path.
Must never: hold a check, or name what its document does not.
Read first: `baseline`.

Each combines with any profile: ``profiles.tls_client.evolve(strength=strength.cnsa_2)``. A policy reaches every key and
signature of a path, the anchor's key, and what signs CRLs and OCSP responses. The signature of an anchor on itself
proves nothing and is not judged. Of the documents only RFC 9325 was read; the others are known at second hand.
"""

from __future__ import annotations

from typing import Final

from devicetrust.findings import Citation, Knowledge
from devicetrust.path.strength import RSAScheme, StrengthPolicy

__all__ = [
    "RSAScheme",
    "StrengthPolicy",
    "anssi_2026",
    "baseline",
    "bcp195",
    "bsi_2026",
    "cnsa_1",
    "cnsa_2",
    "nist_2026",
    "nist_2031",
]

_NIST_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_BRAINPOOL: Final = frozenset({"brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"})
_EDWARDS: Final = frozenset({"Ed25519", "Ed448"})
_ML_DSA: Final = frozenset({"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"})
_SHA256_AND_LONGER: Final = frozenset({"SHA-256", "SHA-384", "SHA-512"})


def _second_hand(document: str, clause: str = "") -> Citation:
    return Citation(document, clause, Knowledge.SECOND_HAND)


# SP 800-131A Rev. 2 section 3, FIPS 186-5 (no DSA), RFC 5639 curves as BSI TR-02102 recommends them, RFC 9881 for
# ML-DSA. 16384 bits is what OpenSSL itself admits.
baseline: Final = StrengthPolicy(
    name="baseline",
    citation=Citation("RFC 9325", "4.5"),
    keys=frozenset({"RSA", "EC"}) | _EDWARDS | _ML_DSA,
    digests=_SHA256_AND_LONGER | {"SHA-224"},
    curves=_NIST_CURVES | _BRAINPOOL | {"secp224r1"},
)
"""What no document refuses that is still in force: neither MD5, SHA-1 nor DSA, and RSA from 2048 bits on."""

# RFC 9325 4.5 and FIPS 186-5 5.1: RSA sizes in whole octets.
bcp195: Final = baseline.evolve(name="bcp195", rsa_bits_multiple_of=8, digests=_SHA256_AND_LONGER)
"""BCP 195 (RFC 9325 4.5), for TLS: RSA from 2048 bits on, curves from 224 bits on, SHA-256 or longer."""

nist_2026: Final = StrengthPolicy(
    name="nist_2026",
    citation=_second_hand("SP 800-131A Rev. 2", "3"),
    keys=frozenset({"RSA", "EC"}) | _EDWARDS | _ML_DSA,
    digests=_SHA256_AND_LONGER | {"SHA-224"},
    curves=_NIST_CURVES | {"secp224r1"},
    rsa_bits_multiple_of=2,
)
"""NIST until the end of 2030: a strength of 112 bits (SP 800-131A Rev. 2), the algorithms of FIPS 186-5 and FIPS 204.

RSA sizes are even (FIPS 186-5 5.1).
"""

nist_2031: Final = nist_2026.evolve(
    name="nist_2031",
    citation=_second_hand("SP 800-57 Part 1 Rev. 5", "Table 4"),
    digests=_SHA256_AND_LONGER,
    curves=_NIST_CURVES,
    minimum_rsa_bits=3072,
)
"""NIST from 2031 on: a strength of 128 bits (SP 800-57 Part 1 Rev. 5): RSA from 3072 bits on, P-256, SHA-256.

NIST IR 8547, which sets an end to RSA and elliptic curves of any size by 2035, is a draft, and not followed here.
"""

cnsa_1: Final = StrengthPolicy(
    name="cnsa_1",
    citation=_second_hand("CNSSP-15 (2016)"),
    keys=frozenset({"RSA", "EC"}),
    digests=frozenset({"SHA-384"}),
    curves=frozenset({"secp384r1"}),
    minimum_rsa_bits=3072,
    rsa_bits_multiple_of=2,
)
"""The NSA's Commercial National Security Algorithm Suite 1.0: P-384 or RSA from 3072 bits on, with SHA-384."""

cnsa_2: Final = StrengthPolicy(
    name="cnsa_2",
    citation=_second_hand("CNSA 2.0 FAQ 2.1"),
    keys=frozenset({"ML-DSA-87"}),
    digests=frozenset({"SHA-384", "SHA-512"}),
)
"""The NSA's suite 2.0: ML-DSA-87 alone; SHA-384 or SHA-512 where a signature has a digest of its own choice.

LMS and XMSS, which it admits for firmware, are not for certificates here; SLH-DSA it does not admit.
"""

bsi_2026: Final = StrengthPolicy(
    name="bsi_2026",
    citation=_second_hand("BSI TR-02102-2", "3.6"),
    keys=frozenset({"RSA", "EC"}),
    digests=_SHA256_AND_LONGER,
    curves=_NIST_CURVES | _BRAINPOOL,
    minimum_rsa_bits=3000,
    rsa_schemes=frozenset({RSAScheme.PSS}),
)
"""BSI TR-02102-2: RSA from 3000 bits on, P-256 to P-521 and the brainpool curves, SHA-256 or longer.

RSA signs by RSASSA-PSS alone: PKCS#1 v1.5 on certificates was recommended until the end of 2025 (3.4.3, table 11). A
PKI that still signs by it takes ``bsi_2026.evolve(rsa_schemes=frozenset(RSAScheme))``. ML-DSA is recommended only in
combination with a classical signature, so by itself it is refused.
"""

anssi_2026: Final = StrengthPolicy(
    name="anssi_2026",
    citation=_second_hand("ANSSI RGS B1 2.03", "RegleFact-1, RegleECp"),
    keys=frozenset({"RSA", "EC"}),
    digests=_SHA256_AND_LONGER,
    curves=_NIST_CURVES | _BRAINPOOL,
)
"""ANSSI, RGS annex B1, until the end of 2030: RSA from 2048 bits on, curves of a prime order of 256 bits, SHA-256.

The order of Ed25519 is shorter. FRP256v1, which it names too, cannot be read here. ML-DSA needs a classical signature
beside it, so by itself it is refused.
"""
