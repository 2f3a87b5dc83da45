"""Which keys and signature algorithms a path may rest on.

Makes: `StrengthPolicy`, `RSAScheme`, and the checks of one certificate against a policy.
May import: errors, findings, x509.
Must never: verify a signature (`x509.signatures` does), or know a named policy (`profiles.strength` does).
Read first: `StrengthPolicy`.
"""

from __future__ import annotations

import enum
from typing import Any, Final

import attrs

from devicetrust.errors import MisuseError
from devicetrust.findings import Citation, Code, Effect, Finding, Severity, Waivable
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.signatures import FIXED_ALGORITHMS, SignatureAlgorithm, signature_algorithm

__all__ = [
    "KEY_TOO_WEAK",
    "KEY_UNREADABLE",
    "SIGNATURE_TOO_WEAK",
    "RSAScheme",
    "StrengthPolicy",
    "judge_key",
    "judge_signature",
    "weak_signature",
]


class RSAScheme(enum.Enum):
    """How an RSA key signs, by the names of RFC 8017 8."""

    PKCS1_V1_5 = "RSASSA-PKCS1-v1_5"
    PSS = "RSASSA-PSS"


@attrs.frozen(kw_only=True, slots=False)  # not slotted: what is derived from the fields is kept beside them
class StrengthPolicy:
    """The key kinds, sizes and digests that are strong enough. What is not named is refused.

    Frozen; `evolve` makes another. ``citation`` is the document that demands it, and findings cite it. ``keys`` are
    `PublicKey.algorithm` names; ``digests`` are hash names (``SHA-256``) of signature algorithms that have one;
    ``curves`` are curve names for EC keys; ``rsa_schemes`` are the ways in which an RSA key may sign. RSA sizes are in
    bits, ``rsa_bits_multiple_of`` too; they count where ``keys`` has RSA.
    """

    name: str
    citation: Citation
    keys: frozenset[str]
    digests: frozenset[str]
    curves: frozenset[str] = frozenset()
    minimum_rsa_bits: int = 2048
    maximum_rsa_bits: int = 16384
    rsa_bits_multiple_of: int = 1
    rsa_schemes: frozenset[RSAScheme] = frozenset(RSAScheme)

    def __attrs_post_init__(self) -> None:
        for field, kind in _KINDS.items():
            value = getattr(self, field)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise MisuseError(f"{field} of a strength policy is a {kind.__name__}, not a {type(value).__name__}")
        if not self.keys:
            raise MisuseError("keys of a strength policy is empty: no certificate could be strong enough")
        if self.minimum_rsa_bits < 1 or self.rsa_bits_multiple_of < 1:
            raise MisuseError("minimum_rsa_bits and rsa_bits_multiple_of are numbers of bits, 1 or more")
        if self.maximum_rsa_bits < self.minimum_rsa_bits:
            raise MisuseError("maximum_rsa_bits is below minimum_rsa_bits: no RSA key could be strong enough")

    def evolve(self, **changes: Any) -> StrengthPolicy:
        """The same policy with some fields changed, under a name that says so unless a new one is given.

        Raises `MisuseError` for a field that does not exist.
        """
        unknown = sorted(set(changes) - {field.name for field in attrs.fields(StrengthPolicy)})
        if unknown:
            raise MisuseError(f"a strength policy has no field {', '.join(unknown)}")
        if changes and "name" not in changes:
            changes["name"] = self.name if self.name.endswith("(evolved)") else f"{self.name} (evolved)"
        return attrs.evolve(self, **changes)

    def admits(self, algorithm: SignatureAlgorithm) -> bool:
        """Whether a signature by this algorithm is strong enough, whatever the size of the key that made it."""
        if algorithm.key not in self.keys or (algorithm.hash and algorithm.hash not in self.digests):
            return False
        scheme = RSAScheme.PKCS1_V1_5 if algorithm.salt_length is None else RSAScheme.PSS
        return algorithm.key != "RSA" or scheme in self.rsa_schemes

    @lazy
    def admitted_identifiers(self) -> frozenset[bytes]:
        """The AlgorithmIdentifiers with fixed parameters that the policy admits, in DER: nearly all there are."""
        return frozenset(identifier for identifier, one in FIXED_ALGORITHMS.items() if self.admits(one))

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: what was derived from them is derived again."""
        return {field.name: getattr(self, field.name) for field in attrs.fields(StrengthPolicy)}


_KINDS: Final[dict[str, type]] = {
    "name": str,
    "citation": Citation,
    "keys": frozenset,
    "digests": frozenset,
    "curves": frozenset,
    "minimum_rsa_bits": int,
    "maximum_rsa_bits": int,
    "rsa_bits_multiple_of": int,
    "rsa_schemes": frozenset,
}

SIGNATURE_TOO_WEAK = Code(
    "strength.signature_algorithm",
    Severity.ERROR,
    Citation("RFC 9325", "4.5"),
    rank=760,
    what="signed with {algorithm}, which the strength policy {policy} does not admit",
    why="Signatures with broken or withdrawn algorithms can be forged, so they prove nothing about the issuer.",
    remedy="have the certificate issued again with an algorithm that {citation} admits, SHA-256 or better",
    waivable=Waivable.BY_WAIVER,
)
KEY_TOO_WEAK = Code(
    "strength.key",
    Severity.ERROR,
    Citation("RFC 9325", "4.5"),
    rank=758,
    what="the key is {key}; the strength policy {policy} wants {wanted}",
    why="A key that can be computed from its public part lets anyone speak in the device's name.",
    remedy="generate a key on the device that {citation} admits, and have a certificate issued for it",
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
    return SIGNATURE_TOO_WEAK.at(
        index, "signatureAlgorithm", algorithm=weak, policy=policy.name, citation=str(policy.citation)
    )


def weak_signature(policy: StrengthPolicy, identifier: bytes) -> str | None:
    """The name of the algorithm that ``identifier`` (DER) names, where the policy does not admit it; else None."""
    if identifier in policy.admitted_identifiers:
        return None
    algorithm = signature_algorithm(identifier)
    if algorithm is None or policy.admits(algorithm):
        return None
    return algorithm.name if algorithm.salt_length is None else f"{algorithm.name} with {algorithm.hash}"


def judge_key(policy: StrengthPolicy, key: PublicKey, index: int) -> Finding | None:
    """The subject's key can be read and is strong enough: ``key.unreadable`` or ``strength.key`` where it is not.

    Not in RFC 5280 6.1; RFC 9325 4.5. Sizes in bits.
    """
    if key.unreadable is not None:
        return KEY_UNREADABLE.at(index, _KEY_FIELD, reason=key.unreadable, algorithm=key.algorithm)
    wanted = _wanted(policy, key)
    if not wanted:
        return None
    facts = {"policy": policy.name, "citation": str(policy.citation)}
    return KEY_TOO_WEAK.at(index, _KEY_FIELD, key=str(key), wanted=wanted, **facts)


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
