"""The security levels of OpenSSL 3: which keys and signatures a handshake admits at level 1, 2 and 3.

Makes: rules on keys and signatures, a rule a level, and one on curves.
May import: findings, x509, rules.rule.
Must never: judge strength; a strength policy does.
Read first: `security_level_2`.

Level 1 wants 80 bits of security, level 2 112, level 3 128. Debian and Ubuntu set level 2, OpenSSL itself level 1 up
to 3.1 and level 2 from 3.2 on. OpenSSL rounds its estimate for RSA to multiples of eight, so that keys somewhat shorter
than 2048 and 3072 bits pass. The signature of a self-issued certificate is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.signatures import signature_algorithm

__all__ = ["handshake_curve", "security_level_1", "security_level_2", "security_level_3"]

_KEY: Final = "tbsCertificate.subjectPublicKeyInfo"
_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)


class _Level(NamedTuple):
    """The least sizes in bits of RSA keys and curves, and the digests that are too weak."""

    rsa: int
    curve: int
    weak_digests: frozenset[str]


_LEVEL_1: Final = _Level(920, 160, frozenset({"MD5", "SHA-1"}))
_LEVEL_2: Final = _Level(1963, 224, frozenset({"MD5", "SHA-1"}))
_LEVEL_3: Final = _Level(2671, 256, frozenset({"MD5", "SHA-1", "SHA-224"}))


def _below(level: int, severity: Severity, who: str) -> Code:
    return Code(
        f"compatibility.security_level_{level}",
        severity,
        Citation("OpenSSL 3", "SSL_CTX_set_security_level"),
        rank=541,
        what=f"OpenSSL refuses {{what}} at security level {level}, with verify code {{verify_code}}",
        why=f"{who} The handshake ends before an application can say anything.",
        remedy="issue the certificate anew, with RSA of 3072 bits or P-256, and SHA-256; "
        "never lower the level of a server for one old device",
        waivable=Waivable.BY_WAIVER,
    )


BELOW_LEVEL_1: Final = _below(1, Severity.WARNING, "This is the least that any OpenSSL 3 starts with.")
BELOW_LEVEL_2: Final = _below(2, Severity.WARNING, "Debian and Ubuntu start with it, and every OpenSSL from 3.2 on.")
BELOW_LEVEL_3: Final = _below(3, Severity.NOTICE, "Hardened sites set it.")
UNUSUAL_CURVE: Final = Code(
    "compatibility.handshake_curve",
    Severity.WARNING,
    Citation("OpenSSL 3", "SSL_CTX_set1_groups_list"),
    rank=544,
    what="the key lies on {curve}, which OpenSSL 3.0 and Python do not use in a handshake unless told to",
    why="The sides then find no signature algorithm in common, and the handshake ends before a certificate is seen.",
    remedy="use a key on P-256 or P-384, or configure the curve as a group on both sides and test it",
    waivable=Waivable.BY_WAIVER,
)


@rule(BELOW_LEVEL_1, *_EVERYWHERE)
def security_level_1(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Key and signature have 80 bits of security: RSA about 1024, no SHA-1."""
    return _weaker_than(_LEVEL_1, BELOW_LEVEL_1, certificate, index)


@rule(BELOW_LEVEL_2, *_EVERYWHERE)
def security_level_2(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Key and signature have 112 bits of security: RSA about 2048, a curve of 224 bits."""
    return _weaker_than(_LEVEL_2, BELOW_LEVEL_2, certificate, index)


@rule(BELOW_LEVEL_3, *_EVERYWHERE)
def security_level_3(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Key and signature have 128 bits of security: RSA about 3072, a curve of 256 bits, SHA-256."""
    return _weaker_than(_LEVEL_3, BELOW_LEVEL_3, certificate, index)


@rule(UNUSUAL_CURVE, Role.LEAF)
def handshake_curve(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A key on a curve lies on P-256, P-384 or P-521."""
    key = certificate.public_key
    if key.algorithm != "EC" or key.curve in _CURVES:
        return ()
    return (UNUSUAL_CURVE.at(index, _KEY, curve=key.curve or "a curve without a name"),)


def _weaker_than(level: _Level, code: Code, certificate: Certificate, index: int) -> Iterable[Finding]:
    key = certificate.public_key
    least = level.rsa if key.algorithm == "RSA" else level.curve if key.algorithm == "EC" else 0
    # X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK
    if key.size < least:
        return (code.at(index, _KEY, what=f"the key {key}", verify_code=67 if _is_authority(certificate) else 66),)
    algorithm = signature_algorithm(certificate.signature_algorithm)
    if algorithm is None or algorithm.hash not in level.weak_digests or certificate.is_self_issued:
        return ()
    return (code.at(index, "signatureAlgorithm", what=f"the signature by {algorithm.name}", verify_code=68),)


def _is_authority(certificate: Certificate) -> bool:
    constraints = certificate.extensions.basic_constraints
    return constraints is not None and constraints.ca


_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
