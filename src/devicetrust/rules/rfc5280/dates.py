"""RFC 5280 4.1.2.5 and 6.1: the dates of a certificate beside those of its issuer.

Makes: rules on the dates along a chain.
May import: findings, x509, rules.rule.
Must never: know the moment.
Read first: `within_issuer_validity`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, chain_rule
from devicetrust.x509.certificate import Certificate

__all__ = ["within_issuer_validity"]

OUTLIVES_ISSUER: Final = Code(
    "rfc5280.within_issuer_validity",
    Severity.WARNING,
    Citation("RFC 5280", "6.1"),
    rank=565,
    what="the certificate runs until {not_after}, but its issuer's only until {issuer_ends}",
    why="When the issuer's certificate has ended, this one is refused with it, whatever its own dates say.",
    remedy="renew the issuer's certificate in time; what it issues then should end no later than it does",
    waivable=Waivable.BY_WAIVER,
)


@chain_rule(
    OUTLIVES_ISSUER, Role.LEAF, Role.INTERMEDIATE, concerns=lambda certificate: certificate.validity[1] < _NEVER
)
def within_issuer_validity(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """A certificate ends no later than that of its issuer, unless it is one that never ends."""
    issuer = issuers[0]
    if certificate.validity[1] <= issuer.validity[1]:
        return ()
    return (
        OUTLIVES_ISSUER.at(
            index,
            "tbsCertificate.validity.notAfter",
            not_after=certificate.not_after,
            issuer_ends=issuer.not_after,
        ),
    )


# 9999-12-31T23:59:59Z, "no well-defined expiration date", RFC 5280 4.1.2.5.
_NEVER: Final = 253_402_300_799
