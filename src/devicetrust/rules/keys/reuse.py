"""One key, one place in the chain.

Makes: `not_reused_by_authority`.
May import: findings, x509, rules.rule.
Must never: look beyond the chain: the fleet is audited elsewhere.
Read first: `not_reused_by_authority`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, chain_rule
from devicetrust.x509.certificate import Certificate

__all__ = ["not_reused_by_authority"]

REUSED: Final = Code(
    "keys.not_reused_by_authority",
    Severity.ERROR,
    Citation("devicetrust", "a device's key signs for the device alone"),
    rank=653,
    what="the key of this certificate is also that of the CA {authority} in its chain",
    why="Whoever takes the device apart holds a key that can issue certificates for every other device.",
    remedy="make a key of its own for the device, and replace the CA if its key has left its keeping",
)


@chain_rule(REUSED, Role.LEAF)
def not_reused_by_authority(
    certificate: Certificate, issuers: tuple[Certificate, ...], index: int
) -> Iterable[Finding]:
    """No CA of the chain has the key of the leaf. A self-signed certificate beside itself is no chain."""
    key = certificate.public_key.canonical_der
    for authority in issuers:
        if authority.public_key.canonical_der == key and authority.der != certificate.der:
            field = "tbsCertificate.subjectPublicKeyInfo"
            return (REUSED.at(index, field, authority=str(authority.subject)),)
    return ()
