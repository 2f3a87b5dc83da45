"""The findings about revocation.

Makes: one `Code` for each thing that can be found about the status of a certificate.
May import: findings.
Must never: hold a check.
Read first: `REVOKED`, then `UNKNOWN`.

Ranks: what is revoked comes before all that is wrong with dates (940); what is lacking after all that refuses.
"""

from __future__ import annotations

from typing import Final

from devicetrust.findings import Citation, Code, Effect, Severity, Waivable

_STEP: Final = Citation("RFC 5280", "6.1.3 (a)(3)")
_GET_EVIDENCE: Final = (
    "pass the current CRL or OCSP response: --crl FILE or --ocsp FILE, or --fetch to have it fetched; in Python "
    "evidence=Evidence(crls=load_crls(FILE)), or fetch.settle(verifier, ...)"
)

REVOKED: Final = Code(
    "revocation.revoked",
    Severity.ERROR,
    _STEP,
    rank=960,
    what="{subject} was revoked at {revoked_at} (reason: {reason}), says {source}",
    why="Its issuer no longer stands behind it; whoever holds its key may not be the device.",
    remedy="take the device off the network until it has a new key and certificate, for a revocation is final; if it "
    "is a CA's, have its devices' certificates issued by another CA",
    effect=Effect.REFUSES,
)
ON_HOLD: Final = Code(
    "revocation.on_hold",
    Severity.ERROR,
    Citation("RFC 5280", "5.3.1"),
    rank=958,
    what="{subject} has been on hold since {revoked_at}, says {source}",
    why="Its issuer has suspended it until a question about it is settled.",
    remedy="ask the issuer; when the hold is lifted, pass the newer CRL or OCSP response that says so",
    effect=Effect.REFUSES,
)
UNKNOWN: Final = Code(
    "revocation.unknown",
    Severity.ERROR,
    _STEP,
    rank=470,
    what="whether {subject} is revoked is not known: {reason}",
    why="A certificate that its issuer has withdrawn looks like any other until its CRL or OCSP response is read.",
    remedy=_GET_EVIDENCE,
    effect=Effect.LEAVES_OPEN,
)
EVIDENCE_ENDED: Final = Code(
    "revocation.evidence_ended",
    Severity.ERROR,
    Citation("RFC 5280", "5.1.2.5"),
    rank=472,
    what="whether {subject} is revoked is not known any more: {reason}",
    why="A revocation since then would not be seen.",
    remedy=_GET_EVIDENCE,
    effect=Effect.LEAVES_OPEN,
    waivable=Waivable.BY_WAIVER,
)
UNKNOWN_WARNING: Final = Code(
    "revocation.unknown_tolerated",
    Severity.WARNING,
    Citation("RFC 9325", "7.5"),
    rank=130,
    what="whether {subject} is revoked is not known: {reason}; the policy goes on without",
    why="A stolen device may pass while its status cannot be had.",
    remedy=_GET_EVIDENCE,
)
NOT_PUBLISHED: Final = Code(
    "revocation.not_published",
    Severity.NOTICE,
    Citation("RFC 9608", "2"),
    rank=88,
    what="the certificate names no source of its revocation status, and none at hand speaks for it",
    why="If the device is stolen, its certificate cannot be withdrawn before it ends.",
    remedy="ask the issuer to publish a CRL or to run an OCSP responder, and to name it in the certificates",
)
NOT_CHECKED: Final = Code(
    "revocation.not_checked",
    Severity.NOTICE,
    _STEP,
    rank=90,
    what="revocation was not checked",
    why="A certificate that its issuer has withdrawn looks like any other until its CRL or OCSP response is read.",
    remedy="nothing for this profile; whoever relies on the verdict must know that a stolen device may pass",
)
NOT_APPLICABLE: Final = Code(
    "revocation.not_applicable",
    Severity.NOTICE,
    Citation("RFC 9608", "4"),
    rank=86,
    what="no revocation status is needed: {reason}",
    why="What ends soon, or by decision of its issuer cannot be revoked, is not looked up.",
    remedy="nothing",
)
GOOD: Final = Code(
    "revocation.good",
    Severity.NOTICE,
    _STEP,
    rank=80,
    what="not revoked, says {source}, which lasts until {next_update}",
    why="The issuer says so itself, under its signature.",
    remedy="nothing; have newer evidence at hand before that time",
)
STALE: Final = Code(
    "revocation.stale",
    Severity.WARNING,
    Citation("RFC 5280", "5.1.2.5"),
    rank=480,
    what="{subject} is not revoked, says {source}, which ended at {next_update}; the policy admits it until {until}",
    why="A revocation since then would not be seen. After the grace the status is not known.",
    remedy="renew the evidence before the grace ends: fetch it again, or ask the CA why it publishes none",
    effect=Effect.ADMITS_BY_EXCEPTION,
)
NO_REVOCATION_CONFLICT: Final = Code(
    "revocation.no_revocation_available_conflict",
    Severity.ERROR,
    Citation("RFC 9608", "3"),
    rank=864,
    what="the certificate says that no revocation information is available, and yet {conflict}",
    why="The standard has relying parties consider such a certificate invalid: it would escape revocation.",
    remedy="ask the issuer for a certificate without the contradiction",
    effect=Effect.REFUSES,
)
NO_WEB_SOURCE: Final = Code(
    "revocation.no_web_source",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.13"),
    rank=125,
    what="the sources of status that the certificate names cannot be fetched over HTTP: {sources}",
    why="A directory server is out of reach of most devices and gateways, so status must be brought by hand.",
    remedy="ask the CA to publish its CRL over HTTP as well, and to name that URL in cRLDistributionPoints",
)
CLOCK_BEHIND: Final = Code(
    "clock.behind",
    Severity.ERROR,
    Citation("devicetrust", "clock"),
    rank=937,
    what="the clock of this host says {clock}, which is before {known}, the time of {witness}",
    why="A clock that is behind lets expired certificates pass and refuses new ones.",
    remedy="set the clock of this host, or pass at= (on the command line --at) with a time that you are sure of",
    effect=Effect.LEAVES_OPEN,
)
CLOCK_DOUBT: Final = Code(
    "clock.doubt",
    Severity.ERROR,
    Citation("devicetrust", "clock"),
    rank=936,
    what="the outcome depends on what time it is: {readings}",
    why="The host does not know the time well enough to tell.",
    remedy="set the clock, or narrow the interval: a time server, a signed time, the newest CRL at hand",
    effect=Effect.LEAVES_OPEN,
)
