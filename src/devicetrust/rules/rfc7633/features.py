"""RFC 7633 4.2: the features of a CA and of what it issues.

Makes: rules on the TLS feature extension.
May import: findings, x509, rules.rule.
Must never: speak TLS.
Read first: `features_carried_on`.

The clause is known at second hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, chain_rule
from devicetrust.x509.certificate import Certificate

__all__ = ["features_carried_on"]

FEATURE_LOST: Final = Code(
    "rfc7633.features_carried_on",
    Severity.ERROR,
    Citation("RFC 7633", "4.2.2", Knowledge.SECOND_HAND),
    rank=580,
    what="the issuer promises the TLS features {missing} of all that it issues; this certificate lacks them",
    why="Clients that hold the server to its issuer's promise refuse it; others let a stolen certificate pass.",
    remedy="have the certificate issued again with all TLS features of its issuer",
)


@chain_rule(FEATURE_LOST, Role.LEAF, Role.INTERMEDIATE)
def features_carried_on(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The TLS features of a certificate are those of its issuer at least."""
    wanted = issuers[0].extensions.tls_features
    if not wanted:
        return ()
    missing = wanted - certificate.extensions.tls_features
    if not missing:
        return ()
    field = "tbsCertificate.extensions.tlsFeature"
    return (FEATURE_LOST.at(index, field, missing=tuple(map(str, sorted(missing)))),)
