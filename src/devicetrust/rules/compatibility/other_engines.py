"""What other engines refuse whatever the issuing CA: Apple's systems, and pyca's verifier on its default policy.

Makes: rules on the leaf, and one on CA certificates.
May import: findings, x509, rules.rule.
Must never: repeat what the Baseline Requirements ask of public CAs alone.
Read first: `apple_lifetime`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["apple_lifetime", "cryptography_authority_key", "cryptography_key_purpose"]

_APPLE_DAYS: Final = 825

TOO_LONG_FOR_APPLE: Final = Code(
    "compatibility.apple_lifetime",
    Severity.WARNING,
    Citation("Apple", "requirements for trusted certificates in iOS 13 and macOS 10.15", Knowledge.SECOND_HAND),
    rank=531,
    what="the server's certificate is valid for {days} days; iPads, iPhones and Macs refuse more than 825",
    why="The limit holds for private CAs as well, and for every certificate issued since July 2019.",
    remedy="have certificates of servers that tablets connect to issued for 825 days or less",
    waivable=Waivable.BY_WAIVER,
)
NO_PURPOSE_FOR_PYCA: Final = Code(
    "compatibility.cryptography_key_purpose",
    Severity.NOTICE,
    Citation("cryptography", "x509.verification, default policy"),
    rank=511,
    what="the extendedKeyUsage lists neither serverAuth nor clientAuth; the verifier of cryptography refuses it",
    why="On its default policy anyExtendedKeyUsage and purposes of the field count for nothing.",
    remedy="have the certificate issued with the TLS purposes beside the others",
    waivable=Waivable.BY_WAIVER,
)
KEY_UNKNOWN_TO_PYCA: Final = Code(
    "compatibility.cryptography_authority_key",
    Severity.NOTICE,
    Citation("cryptography", "x509.verification, default policy"),
    rank=519,
    what="the CA's key is {key}; the verifier of cryptography takes RSA, P-256, P-384, P-521 and ML-DSA",
    why="Ed25519, brainpool curves and P-224 are not in the policy of the Web, which is its default.",
    remedy="use a CA with a key that the Web knows where software on cryptography's verifier is among the peers",
    waivable=Waivable.BY_WAIVER,
)


def _for_servers(certificate: Certificate) -> bool:
    found = certificate.extensions.extended_key_usage
    return found is None or _SERVER_AUTH in found


@rule(TOO_LONG_FOR_APPLE, Role.LEAF, since=datetime(2019, 7, 1, tzinfo=UTC), concerns=_for_servers)
def apple_lifetime(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A server's certificate of 2019-07-01 or later lives 825 days at most."""
    begins, ends = certificate.validity
    seconds = ends - begins + 1
    if seconds <= _APPLE_DAYS * 86_400:
        return ()
    return (TOO_LONG_FOR_APPLE.at(index, "tbsCertificate.validity", days=-(-seconds // 86_400)),)


@rule(NO_PURPOSE_FOR_PYCA, Role.LEAF)
def cryptography_key_purpose(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is an extendedKeyUsage, it lists serverAuth or clientAuth."""
    found = certificate.extensions.extended_key_usage
    if found is None or _SERVER_AUTH in found or _CLIENT_AUTH in found:
        return ()
    return (NO_PURPOSE_FOR_PYCA.at(index, "tbsCertificate.extensions.extKeyUsage"),)


@rule(KEY_UNKNOWN_TO_PYCA, Role.INTERMEDIATE, Role.ANCHOR)
def cryptography_authority_key(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A CA's key is RSA, ML-DSA or on P-256, P-384 or P-521."""
    key = certificate.public_key
    if key.algorithm == "RSA" or key.curve in _CURVES or key.algorithm.startswith("ML-DSA-"):
        return ()
    return (KEY_UNKNOWN_TO_PYCA.at(index, "tbsCertificate.subjectPublicKeyInfo", key=str(key)),)


_SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
_CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
