"""RFC 9608 sections 2, 3 and 6: when a certificate may say that there is no status, and what it may not say then.

Makes: rules on noRevAvail.
May import: findings, x509, rules.rule.
Must never: look at evidence, or at the moment.
Read first: `no_contradiction`.

A verdict tells of a contradiction as ``revocation.no_revocation_available_conflict``, with what is judged there; the
rule here is for who holds a certificate against the standard without judging its status.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = ["lifetime_fits", "no_contradiction", "some_source_of_status"]

_FIELD: Final = "tbsCertificate.extensions.noRevAvail"

CONTRADICTION: Final = Code(
    "rfc9608.no_contradiction",
    Severity.ERROR,
    Citation("RFC 9608", "3"),
    rank=628,
    what="the certificate says that its status is never published (noRevAvail), but {contradiction}",
    why="Whoever relies on it must refuse such a certificate: one of the two statements is wrong.",
    remedy="have the certificate issued again with one of the two",
)
LIFETIME: Final = Code(
    "rfc9608.lifetime_fits",
    Severity.WARNING,
    Citation("RFC 9608", "6.1, 6.2"),
    rank=564,
    what="the status is never published (noRevAvail), but the certificate is valid for {days} days",
    why="If the key is stolen nobody can be told, and the thief has the whole of this time.",
    remedy="issue certificates without a status for a few days only, or for ever, as those of a device's birth",
    waivable=Waivable.BY_WAIVER,
)
NO_SOURCE: Final = Code(
    "rfc9608.some_source_of_status",
    Severity.WARNING,
    Citation("RFC 9608", "2"),
    rank=563,
    what="the certificate names neither a CRL nor a responder, and does not say that there is none (noRevAvail)",
    why="Nobody can tell whether its status was forgotten, or is never published.",
    remedy="have the certificate issued with a cRLDistributionPoints, an id-ad-ocsp, or noRevAvail",
    waivable=Waivable.BY_WAIVER,
)


def _has_no_status(certificate: Certificate) -> bool:
    return certificate.extensions.no_revocation_available


@rule(CONTRADICTION, *Role, concerns=_has_no_status)
def no_contradiction(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Beside noRevAvail there is neither cA TRUE, nor a pointer to a CRL or a responder."""
    extensions = certificate.extensions
    constraints = extensions.basic_constraints
    found = [
        text
        for holds, text in (
            (constraints is not None and constraints.ca, "it is a CA's"),
            (oids.CRL_DISTRIBUTION_POINTS in extensions.present, "it has cRLDistributionPoints"),
            (oids.FRESHEST_CRL in extensions.present, "it has freshestCRL"),
            (extensions.has_ocsp_pointer, "it names an OCSP responder"),
        )
        if holds
    ]
    return [CONTRADICTION.at(index, _FIELD, contradiction=text) for text in found]


@rule(LIFETIME, Role.LEAF, concerns=_has_no_status)
def lifetime_fits(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A certificate with noRevAvail lives for ten days at most, or for ever, as that of a device's birth does.

    RFC 9608 gives no number; ten days are what the CA/Browser Forum called short (known at second hand).
    """
    not_before, not_after = certificate.validity
    days = (not_after - not_before) // 86_400
    if days <= _MOST_DAYS or not_after >= _NEVER:
        return ()
    return (LIFETIME.at(index, "tbsCertificate.validity.notAfter", days=days),)


@rule(NO_SOURCE, Role.LEAF)
def some_source_of_status(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A leaf points to a CRL or a responder, or says that there is no status."""
    extensions = certificate.extensions
    if not extensions.has_none_of(_STATUS) or extensions.has_ocsp_pointer:
        return ()
    return (NO_SOURCE.at(index, "tbsCertificate.extensions"),)


_STATUS: Final = frozenset({oids.CRL_DISTRIBUTION_POINTS, oids.NO_REVOCATION_AVAILABLE})
_MOST_DAYS: Final = 10
# 9999-12-31T23:59:59Z, "no well-defined expiration date", RFC 5280 4.1.2.5.
_NEVER: Final = 253_402_300_799
