"""RFC 6960 4.2.2.2.1: responders whose own status is not looked up.

Makes: rules on ocsp-nocheck.
May import: findings, x509, rules.rule.
Must never: read a response.
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = ["no_check_for_a_short_time", "no_check_on_responders_only"]

_FIELD: Final = "tbsCertificate.extensions.ocsp-nocheck"

NOT_A_RESPONDER: Final = Code(
    "rfc6960.no_check_on_responders_only",
    Severity.WARNING,
    Citation("RFC 6960", "4.2.2.2.1"),
    rank=562,
    what="the certificate has ocsp-nocheck, but not the purpose OCSPSigning",
    why="The extension is for OCSP responders; software that heeds it here never learns of a revocation.",
    remedy="have the certificate issued again without ocsp-nocheck",
)
TOO_LONG: Final = Code(
    "rfc6960.no_check_for_a_short_time",
    Severity.WARNING,
    Citation("RFC 6960", "4.2.2.2.1"),
    rank=561,
    what="the status of this responder is not looked up (ocsp-nocheck), and it is valid for {days} days",
    why="Who steals its key can call every revoked certificate good for all of this time, as if with the CA's own key.",
    remedy="issue certificates of responders for a few weeks, and renew them often",
    waivable=Waivable.BY_WAIVER,
)


def _is_not_checked(certificate: Certificate) -> bool:
    return certificate.extensions.ocsp_no_check


@rule(NOT_A_RESPONDER, *Role, concerns=_is_not_checked)
def no_check_on_responders_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Only the certificate of a responder has ocsp-nocheck."""
    if oids.OCSP_SIGNING in (certificate.extensions.extended_key_usage or ()):
        return ()
    return (NOT_A_RESPONDER.at(index, _FIELD),)


@rule(TOO_LONG, Role.LEAF, concerns=_is_not_checked)
def no_check_for_a_short_time(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A certificate with ocsp-nocheck lives for a year at most.

    RFC 6960 suggests a very short lifetime and gives no number; the year is ours.
    """
    not_before, not_after = certificate.validity
    days = (not_after - not_before) // 86_400
    if days <= _MOST_DAYS:
        return ()
    return (TOO_LONG.at(index, "tbsCertificate.validity.notAfter", days=days),)


_MOST_DAYS: Final = 366
