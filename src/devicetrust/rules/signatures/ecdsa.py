"""Signatures by ECDSA: their encoding, and the hash beside the curve.

Makes: `ecdsa_value_strict`, `hash_fits_curve`.
May import: findings, x509, rules.rule.
Must never: check a signature.
Read first: `ecdsa_value_strict`.

RFC 3279 and RFC 5480 are known at second hand. That r and s are below the order of the issuer's curve shows when the
signature is verified: ``signature.invalid``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.signatures import digest_octets, signature_algorithm

__all__ = ["ecdsa_value_strict", "hash_fits_curve"]

ECDSA_VALUE: Final = Code(
    "signatures.ecdsa_value_strict",
    Severity.ERROR,
    Citation("RFC 3279", "2.2.3", Knowledge.SECOND_HAND),
    rank=640,
    what="the ECDSA signature is no Ecdsa-Sig-Value in DER with two positive numbers: {reason}",
    why="Such a signature cannot be right, or can be written in several ways, and readers differ on it.",
    remedy="have the certificate issued again; if the issuer's software wrote this, have it corrected",
)
HASH_SHORT: Final = Code(
    "signatures.hash_fits_curve",
    Severity.WARNING,
    Citation("RFC 5480", "4", Knowledge.SECOND_HAND),
    rank=552,
    what="signed with {hash} by a key on {curve}; a hash of at least {wanted} bits goes with that curve",
    why="The shorter hash takes away the strength for which the larger curve was chosen.",
    remedy="have the CA sign with the hash that goes with its curve: SHA-384 with P-384, SHA-512 with P-521",
    waivable=Waivable.BY_WAIVER,
)


def _is_ecdsa(certificate: Certificate) -> bool:
    return certificate.signature_algorithm.startswith(_ECDSA_ARC, _CONTENT)


@rule(ECDSA_VALUE, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR, concerns=_is_ecdsa)
def ecdsa_value_strict(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An ECDSA signature is a SEQUENCE of two positive INTEGERs in DER, and nothing else."""
    signature = certificate.signature
    if _is_plain(signature):
        return ()
    try:
        value = Cursor.within(signature)
        numbers = value.integer(), value.integer()
        value.finish()
    except MalformedDER as problem:
        return (ECDSA_VALUE.at(index, "signatureValue", reason=str(problem)),)
    if min(numbers) > 0:
        return ()
    name = "r" if numbers[0] <= 0 else "s"
    return (ECDSA_VALUE.at(index, "signatureValue", reason=f"{name} is not positive"),)


def _is_plain(signature: bytes) -> bool:
    """Whether a signature is as nearly all are, of two positive numbers in their shortest form: a quicker look."""
    if not 8 <= len(signature) < 130 or signature[1] != len(signature) - 2:
        return False
    second = 4 + signature[3]
    return (
        second + 3 < len(signature) == second + 2 + signature[second + 1]
        and signature[0] == 0x30
        and signature[2] == signature[second] == 0x02
        and (0 < signature[4] < 0x80 or (signature[4] == 0 and signature[3] > 1 and signature[5] >= 0x80))
        and (0 < signature[second + 2] < 0x80 or (signature[second + 2] == 0 and signature[second + 3] >= 0x80))
    )


@chain_rule(HASH_SHORT, Role.LEAF, Role.INTERMEDIATE, concerns=_is_ecdsa)
def hash_fits_curve(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The hash of an ECDSA signature is as long as the order of the issuer's curve, or 512 bits."""
    key = issuers[0].public_key
    algorithm = signature_algorithm(certificate.signature_algorithm)
    if algorithm is None or key.algorithm != "EC":
        return ()
    wanted = min(key.size, 512)
    if digest_octets(algorithm.hash) * 8 >= wanted:
        return ()
    return (HASH_SHORT.at(index, "signatureAlgorithm", hash=algorithm.hash, curve=key.curve, wanted=wanted),)


# The arc of the signatures of ansi-X9-62, and where the OID's content begins in a short AlgorithmIdentifier.
_ECDSA_ARC: Final = bytes.fromhex("2a8648ce3d04")
_CONTENT: Final = 4
