"""What is kept fresh: each want once, with what is held for it and how the last attempts went.

Makes: `Watch`, `WatchStatus`, `Sight`, `sights`.
May import: everything below; fetch siblings.
Must never: fetch, or read a clock.
Read first: `Watch`, then `sights`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from devicetrust.evidence import Want, WantKind
from devicetrust.fetch.acceptance import Held, Signer, Witness
from devicetrust.revocation import RevocationPolicy, RevocationSource
from devicetrust.revocation.pointers import delta_wants, wants_of
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["Sight", "Watch", "WatchStatus", "key_of", "sights"]


class Sight(NamedTuple):
    """A want that a validated path names, and the CA of the certificate that it is for."""

    want: Want
    issuer: Signer


class WatchStatus(NamedTuple):
    """How it stands with one source of evidence. Times are in UTC; None: never, or nothing is held.

    ``end`` is when what is held ends (nextUpdate); ``last_error`` is why the last attempt failed, None if it did not.
    """

    url: str
    kind: WantKind
    end: datetime | None
    last_success: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    next_attempt: datetime


class Watch:
    """One source of evidence. CRLs are shared by all certificates of the issuer; an OCSP response is about one."""

    def __init__(self, sight: Sight, witness: Witness | None, now: float) -> None:
        self.want: Final = sight.want
        self.issuer: Final = sight.issuer
        self.witness: Final = witness
        self.held: Held | None = None
        self.due = now
        self.observed = now
        self.failures = 0
        self.is_under_way = False
        self.last_success: float | None = None
        self.last_error: str | None = None
        self.last_error_at: float | None = None

    @property
    def was_tried(self) -> bool:
        """Whether an attempt has come to its end."""
        return self.last_success is not None or self.failures > 0

    @property
    def is_listed(self) -> bool:
        """Whether the caller named it, so that it is never let go."""
        return self.witness is None

    def status(self) -> WatchStatus:
        """As it stands now."""
        return WatchStatus(
            self.want.urls[0],
            self.want.kind,
            None if self.held is None else _time(self.held.end),
            _time(self.last_success),
            self.last_error if self.failures else None,
            _time(self.last_error_at),
            datetime.fromtimestamp(self.due, UTC),
        )


def key_of(sight: Sight) -> tuple[object, ...]:
    """What makes two sights the same: for CRLs the issuer and the URLs, for OCSP the question too."""
    want = sight.want
    return (want.kind, want.urls, want.question, sight.issuer.name.key, sight.issuer.key.der)


def sights(verdict: Verdict, policy: RevocationPolicy) -> Iterator[Sight]:
    """What the certificates of a path to an anchor name, the CRLs before the responders; nothing without a path.

    The signers of OCSP responses, whose CRLs may be wanted too, are certified by the issuer of the leaf (RFC 6960
    4.2.2.2).
    """
    path = verdict.path
    if not isinstance(path[-1], TrustAnchor):
        return
    below = [one for one in path if isinstance(one, Certificate)]
    for certificate, above in zip(below, path[1:], strict=False):
        issuer = Signer(above.subject, above.public_key)
        wants = [*wants_of(certificate, issuer.key, policy.sources)]
        if RevocationSource.CRL in policy.sources:
            wants += delta_wants(certificate, certificate.extensions.freshest_crl)
        wants += [one for one in verdict.wants if one.certificate == certificate.fingerprint and one not in wants]
        for want in sorted(wants, key=lambda one: one.kind is WantKind.OCSP):
            yield Sight(want, issuer)
    known = {certificate.fingerprint for certificate in below}
    for want in verdict.wants:
        if want.kind is WantKind.CRL and want.certificate not in known:
            yield Sight(want, Signer(path[1].subject, path[1].public_key))


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
