"""Dates that come near: asked by ``lint``, whatever the profile.

Makes: rules on the moment, for devices and for CAs.
May import: findings, x509, rules.rule, rules.hardware.
Must never: say that a certificate has ended; the step of path validation does.
Read first: `expiring`.

The tiers and the ages are those of fleet tools, such as AWS IoT Device Defender, and ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.hardware import NEVER_ENDS
from devicetrust.rules.rule import Role, chain_moment_rule, moment_rule
from devicetrust.x509.certificate import Certificate

__all__ = ["authority_expiring", "certificate_age", "expiring", "room_for_renewal"]

_DAY: Final = 86_400
_NOT_AFTER: Final = "tbsCertificate.validity.notAfter"

EXPIRING: Final = Code(
    "outlook.expiring",
    Severity.WARNING,
    Citation("AWS IoT Device Defender", "DEVICE_CERTIFICATE_EXPIRING_CHECK", Knowledge.SECOND_HAND),
    rank=558,
    what="the certificate ends at {not_after}, in {days} days",
    why="When it has ended, whoever checks it refuses the device.",
    remedy="renew it now: requests, approvals and maintenance windows take longer than one thinks",
)
AUTHORITY_EXPIRING: Final = Code(
    "outlook.authority_expiring",
    Severity.WARNING,
    Citation("AWS IoT Device Defender", "CA_CERTIFICATE_EXPIRING_CHECK", Knowledge.SECOND_HAND),
    rank=559,
    what="the CA certificate ends at {not_after}, in {days} days",
    why="With it end all certificates below it, in one second, and no new one can outlive it.",
    remedy="set up its successor now, bring the new certificate to all who trust it, then move the devices over",
)
NO_ROOM: Final = Code(
    "outlook.room_for_renewal",
    Severity.WARNING,
    Citation("NIST SP 1800-16", "CA certificates", Knowledge.SECOND_HAND),
    rank=557,
    what="{issuer} above it ends at {not_after}: a renewal today for the same {days} days would outlive it",
    why="From now on each renewal is cut short or ends with its CA, until the CA has a successor.",
    remedy="set up the CA's successor now, and renew devices from it",
)
AGE: Final = Code(
    "outlook.certificate_age",
    Severity.NOTICE,
    Citation("AWS IoT Device Defender", "DEVICE_CERTIFICATE_AGE_CHECK", Knowledge.SECOND_HAND),
    rank=500,
    what="the certificate has been in use for {days} days",
    why="The longer a key is in use, the more often it may have been copied.",
    remedy="renew the certificate, with a new key",
)


@moment_rule(EXPIRING, Role.LEAF)
def expiring(certificate: Certificate, at: int, index: int) -> Iterable[Finding]:
    """More than 90 days are left. ``tier``: the smallest of 90, 60, 30, 14 and 7 days that holds what is left."""
    left = certificate.validity[1] - at
    if not 0 <= left <= _TIERS[-1] * _DAY:
        return ()
    tier = next(days for days in _TIERS if left <= days * _DAY)
    return (EXPIRING.at(index, _NOT_AFTER, not_after=certificate.not_after, days=left // _DAY, tier=tier),)


@moment_rule(AUTHORITY_EXPIRING, Role.INTERMEDIATE, Role.ANCHOR)
def authority_expiring(certificate: Certificate, at: int, index: int) -> Iterable[Finding]:
    """More than a year is left of a CA certificate."""
    left = certificate.validity[1] - at
    if not 0 <= left <= 366 * _DAY:
        return ()
    return (AUTHORITY_EXPIRING.at(index, _NOT_AFTER, not_after=certificate.not_after, days=left // _DAY),)


@chain_moment_rule(NO_ROOM, Role.LEAF)
def room_for_renewal(
    certificate: Certificate, issuers: tuple[Certificate, ...], at: int, index: int
) -> Iterable[Finding]:
    """A certificate of the same length, issued now, would end before each CA above it; an endless one is left out."""
    begins, ends = certificate.validity
    first = min(issuers, key=lambda one: one.validity[1])
    if ends == NEVER_ENDS or at > ends or at + (ends - begins) <= first.validity[1] or first.validity[1] < at:
        return ()
    issuer, days = str(first.subject), (ends - begins) // _DAY
    return (NO_ROOM.at(index, "tbsCertificate.validity", issuer=issuer, not_after=first.not_after, days=days),)


@moment_rule(AGE, Role.LEAF)
def certificate_age(certificate: Certificate, at: int, index: int) -> Iterable[Finding]:
    """Fewer than 365 days have gone since notBefore."""
    age = at - certificate.validity[0]
    if age < 365 * _DAY or at > certificate.validity[1]:
        return ()
    return (AGE.at(index, "tbsCertificate.validity.notBefore", days=age // _DAY),)


_TIERS: Final = (7, 14, 30, 60, 90)
