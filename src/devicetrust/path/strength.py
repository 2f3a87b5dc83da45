"""Which keys and signature algorithms a path may rest on.

Makes: `StrengthPolicy`, and the checks of one certificate against it.
May import: errors, findings, x509.
Must never: verify a signature (`x509.signatures` does).
Read first: `StrengthPolicy`.
"""

from __future__ import annotations

from typing import NamedTuple

from devicetrust.findings import Citation, Code, Effect, Finding, Severity, Waivable
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.signatures import signature_algorithm

__all__ = [
    "KEY_TOO_WEAK",
    "KEY_UNREADABLE",
    "SIGNATURE_TOO_WEAK",
    "StrengthPolicy",
    "judge_key",
    "judge_signature",
    "weak_signature",
]


class StrengthPolicy(NamedTuple):
    """The key kinds, sizes and digests that are strong enough. What is not named is refused.

    ``keys`` are `PublicKey.algorithm` names; ``digests`` are hash names (``SHA-256``) of signature algorithms that
    have one; ``curves`` are curve names for EC keys; RSA sizes are in bits, ``rsa_bits_multiple_of`` too.
    """

    name: str
    keys: frozenset[str]
    digests: frozenset[str]
    curves: frozenset[str]
    minimum_rsa_bits: int
    maximum_rsa_bits: int
    rsa_bits_multiple_of: int = 1


SIGNATURE_TOO_WEAK = Code(
    "strength.signature_algorithm",
    Severity.ERROR,
    Citation("RFC 9325", "4.5"),
    rank=760,
    what="signed with {algorithm}, which the strength policy {policy} does not admit",
    why="Signatures with broken or withdrawn algorithms can be forged, so they prove nothing about the issuer.",
    remedy="have the certificate issued again with SHA-256 or better and RSA, ECDSA, EdDSA or ML-DSA",
    waivable=Waivable.BY_WAIVER,
)
KEY_TOO_WEAK = Code(
    "strength.key",
    Severity.ERROR,
    Citation("RFC 9325", "4.5"),
    rank=758,
    what="the key is {key}; the strength policy {policy} wants {wanted}",
    why="A key that can be computed from its public part lets anyone speak in the device's name.",
    remedy="generate a stronger key on the device and have a certificate issued for it",
    waivable=Waivable.BY_WAIVER,
)
KEY_UNREADABLE = Code(
    "key.unreadable",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.7"),
    rank=762,
    what="the public key cannot be used: {reason}",
    why="A certificate whose key cannot be read binds a name to nothing.",
    remedy="have the certificate issued for a key of a supported kind, correctly encoded with a named curve",
    effect=Effect.REFUSES,
)


def judge_signature(policy: StrengthPolicy, certificate: Certificate, index: int) -> Finding | None:
    """The algorithm that signed this certificate is strong enough: ``strength.signature_algorithm`` where it is not.

    Not in RFC 5280 6.1; RFC 9325 4.5. An algorithm that is not known here has no strength: the gate refuses it.
    """
    weak = weak_signature(policy, certificate.signature_algorithm)
    if weak is None:
        return None
    return SIGNATURE_TOO_WEAK.at(index, "signatureAlgorithm", algorithm=weak, policy=policy.name)


def weak_signature(policy: StrengthPolicy, identifier: bytes) -> str | None:
    """The name of the algorithm that ``identifier`` (DER) names, where the policy does not admit it; else None."""
    algorithm = signature_algorithm(identifier)
    if algorithm is None or (algorithm.key in policy.keys and (not algorithm.hash or algorithm.hash in policy.digests)):
        return None
    return algorithm.name if algorithm.salt_length is None else f"{algorithm.name} with {algorithm.hash}"


def judge_key(policy: StrengthPolicy, key: PublicKey, index: int) -> Finding | None:
    """The subject's key can be read and is strong enough: ``key.unreadable`` or ``strength.key`` where it is not.

    Not in RFC 5280 6.1; RFC 9325 4.5. Sizes in bits.
    """
    if key.unreadable is not None:
        return KEY_UNREADABLE.at(index, _KEY_FIELD, reason=key.unreadable, algorithm=key.algorithm)
    wanted = _wanted(policy, key)
    return KEY_TOO_WEAK.at(index, _KEY_FIELD, key=str(key), policy=policy.name, wanted=wanted) if wanted else None


_KEY_FIELD = "tbsCertificate.subjectPublicKeyInfo"


def _wanted(policy: StrengthPolicy, key: PublicKey) -> str:
    """What the policy wants instead of this key; empty where the key is good."""
    if key.algorithm not in policy.keys:
        return "one of " + ", ".join(sorted(policy.keys))
    if key.algorithm == "EC" and key.curve not in policy.curves:
        return "one of the curves " + ", ".join(sorted(policy.curves))
    if key.algorithm == "RSA":
        if not policy.minimum_rsa_bits <= key.size <= policy.maximum_rsa_bits:
            return f"RSA of {policy.minimum_rsa_bits} to {policy.maximum_rsa_bits} bits"
        if key.size % policy.rsa_bits_multiple_of:
            return f"an RSA size that is a multiple of {policy.rsa_bits_multiple_of} bits"
    return ""
