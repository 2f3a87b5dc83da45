"""CA/Browser Forum ballot SC-081 and Chrome Root Program Policy: what public CAs still issue, and until when.

Makes: rules on the lifetime and the purposes of publicly trusted certificates, each with the day it comes into force.
May import: findings, x509, rules.rule.
Must never: be asked of a private PKI: a hospital's own CA is bound by none of them.
Read first: `lifetime_398_days`.

The dates are known at second hand, through zlint. A day has 86,400 seconds, and both ends of a validity count.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Concern, Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = [
    "lifetime_47_days",
    "lifetime_100_days",
    "lifetime_200_days",
    "lifetime_398_days",
    "without_client_authentication",
]

_FIRST: Final = datetime(2020, 9, 1, tzinfo=UTC)
_SECOND: Final = datetime(2026, 3, 15, tzinfo=UTC)
_THIRD: Final = datetime(2027, 3, 15, tzinfo=UTC)
_FOURTH: Final = datetime(2029, 3, 15, tzinfo=UTC)


def _too_long(days: int) -> Code:
    return Code(
        f"cabf.lifetime_{days}_days",
        Severity.ERROR,
        Citation("CA/B BR", "6.3.2", Knowledge.SECOND_HAND),
        rank=590,
        what=f"a public certificate of this day of issue lives {days} days at most; this one lives {{days}} days",
        why="Browsers refuse it, and its CA will have to revoke it.",
        remedy="have the certificate issued anew; renew by ACME, for by hand it will be nine times a year from 2029",
        waivable=Waivable.BY_WAIVER,
    )


LONGER_THAN_398_DAYS: Final = _too_long(398)
LONGER_THAN_200_DAYS: Final = _too_long(200)
LONGER_THAN_100_DAYS: Final = _too_long(100)
LONGER_THAN_47_DAYS: Final = _too_long(47)
CLIENT_AUTHENTICATION: Final = Code(
    "cabf.without_client_authentication",
    Severity.ERROR,
    Citation("Chrome Root Program Policy 1.8", "1.3.2", Knowledge.SECOND_HAND),
    rank=592,
    what="the certificate lists serverAuth and clientAuth, which no public CA may issue together since 2027-03-15",
    why="The CA will have to revoke it. Whoever counts on it for the client's side of mutual TLS stands without one.",
    remedy="use a private CA for clients of mutual TLS (MLLP, ATNA, DICOM), and a public one for browsers alone",
    waivable=Waivable.BY_WAIVER,
)


def _before(end: datetime) -> Concern:
    seconds = int(end.timestamp())
    return lambda certificate: certificate.validity[0] < seconds


@rule(LONGER_THAN_398_DAYS, Role.LEAF, since=_FIRST, concerns=_before(_SECOND))
def lifetime_398_days(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A public certificate of before 2026-03-15 lives 398 days at most."""
    return _longer_than(398, LONGER_THAN_398_DAYS, certificate, index)


@rule(LONGER_THAN_200_DAYS, Role.LEAF, since=_SECOND, concerns=_before(_THIRD))
def lifetime_200_days(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A public certificate of before 2027-03-15 lives 200 days at most."""
    return _longer_than(200, LONGER_THAN_200_DAYS, certificate, index)


@rule(LONGER_THAN_100_DAYS, Role.LEAF, since=_THIRD, concerns=_before(_FOURTH))
def lifetime_100_days(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A public certificate of before 2029-03-15 lives 100 days at most."""
    return _longer_than(100, LONGER_THAN_100_DAYS, certificate, index)


@rule(LONGER_THAN_47_DAYS, Role.LEAF, since=_FOURTH)
def lifetime_47_days(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A public certificate lives 47 days at most."""
    return _longer_than(47, LONGER_THAN_47_DAYS, certificate, index)


@rule(CLIENT_AUTHENTICATION, Role.LEAF, since=_THIRD)
def without_client_authentication(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where serverAuth is listed, clientAuth is not."""
    found = certificate.extensions.extended_key_usage
    if found is None or not found.issuperset(_BOTH):
        return ()
    return (CLIENT_AUTHENTICATION.at(index, "tbsCertificate.extensions.extKeyUsage"),)


def _longer_than(days: int, code: Code, certificate: Certificate, index: int) -> Iterable[Finding]:
    begins, ends = certificate.validity
    seconds = ends - begins + 1
    if seconds <= days * _DAY:
        return ()
    return (code.at(index, "tbsCertificate.validity", days=-(-seconds // _DAY)),)


_DAY: Final = 86_400
_BOTH: Final = frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"})
