"""RFC 4055 section 5: the parameters of RSA signatures.

Makes: rules on the AlgorithmIdentifier of a signature.
May import: findings, x509, rules.rule.
Must never: judge the strength of an algorithm.
Read first: `null_parameters`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["null_parameters"]

NO_NULL: Final = Code(
    "rfc4055.null_parameters",
    Severity.ERROR,
    Citation("RFC 4055", "5"),
    rank=581,
    what="the signature's algorithm, RSA with PKCS #1 v1.5, has no parameters; the standard wants NULL",
    why="Strict software takes such an identifier for one that it does not know.",
    remedy="have the certificate issued again by a CA that writes the parameters",
)


@rule(NO_NULL, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
def null_parameters(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The AlgorithmIdentifier of an RSA signature with PKCS #1 v1.5 and SHA-2 has NULL for parameters."""
    if certificate.tbs_signature_algorithm in _BARE:
        return (NO_NULL.at(index, "tbsCertificate.signature"),)
    return ()


# SEQUENCE { sha256-, sha384-, sha512-, sha224WithRSAEncryption } and nothing more.
_BARE: Final = frozenset(bytes.fromhex("300b06092a864886f70d0101") + bytes((last,)) for last in (11, 12, 13, 14))
