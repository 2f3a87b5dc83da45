"""RFC 8446 4.4.2: the order of the certificates that a peer presents.

Makes: rules on a chain as it is given.
May import: findings, x509, rules.rule.
Must never: look for another order.
Read first: `chain_in_order`.

The clause is known at second hand. A path that was validated is in order by its making: only `lint` can find this.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, chain_rule
from devicetrust.x509.certificate import Certificate

__all__ = ["chain_in_order"]

OUT_OF_ORDER: Final = Code(
    "tls.chain_in_order",
    Severity.WARNING,
    Citation("RFC 8446", "4.4.2", Knowledge.SECOND_HAND),
    rank=558,
    what="the next certificate is of {found}; the issuer is {wanted}",
    why="Small TLS stacks take the certificates in the order given, and fail where one is missing or misplaced.",
    remedy="configure the device to present its own certificate first, then each issuer's in turn, and nothing else",
)


@chain_rule(OUT_OF_ORDER, Role.LEAF, Role.INTERMEDIATE)
def chain_in_order(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """Each certificate is followed by that of its issuer."""
    above = issuers[0].subject
    if certificate.issuer == above:
        return ()
    return (OUT_OF_ORDER.at(index, "tbsCertificate.issuer", found=str(above), wanted=str(certificate.issuer)),)
