"""The face of verification: a trust store and a profile, ready for any certificate.

Makes: `Verifier`.
May import: everything below.
Must never: fetch, or read a clock other than for ``at=None``.
Read first: `Verifier.verify`; how it judges is in `question`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence
from devicetrust.identity import Reference
from devicetrust.path.moment import BEGINNING, NEVER
from devicetrust.profiles.profile import Profile, ReferenceDemand
from devicetrust.profiles.waivers import NO_WAIVERS, Waivers
from devicetrust.question import Question
from devicetrust.reading import GIVEN, READ, Clock, Reading
from devicetrust.trust.store import TrustStore
from devicetrust.verdict import TimeInterval, Verdict
from devicetrust.workings import Workings
from devicetrust.x509.certificate import EPOCH, SECOND, Certificate, CertificateLike, as_certificate

__all__ = ["Verifier"]

_NO_EVIDENCE: Final = Evidence()


class Verifier:
    """Judges certificates against a trust store, under a profile. Immutable, thread-safe, picklable.

    ``intermediates`` are CA certificates at hand for every question; peers may present more. ``waivers`` are the
    exceptions that somebody answers for. `evolve` makes another.
    """

    def __init__(
        self,
        trust: TrustStore,
        *,
        profile: Profile,
        intermediates: Iterable[CertificateLike] = (),
        waivers: Waivers = NO_WAIVERS,
    ) -> None:
        if not isinstance(trust, TrustStore):
            raise MisuseError(f"trust is a TrustStore, not a {type(trust).__name__}; TrustStore.from_file reads one")
        if not isinstance(profile, Profile):
            raise MisuseError(f"profile is a Profile, such as profiles.tls_client, not a {type(profile).__name__}")
        if not isinstance(waivers, Waivers):
            raise MisuseError(f"waivers are a Waivers([Waiver(...)]), not a {type(waivers).__name__}")
        self.trust: Final = trust
        self.profile: Final = profile
        self.intermediates: Final = _certificates(intermediates)
        self.waivers: Final = waivers
        self._workings = Workings(trust, profile, self.intermediates, waivers)

    def evolve(self, **changes: Any) -> Verifier:
        """The same verifier with another ``trust``, ``profile``, ``intermediates`` or ``waivers``."""
        kept = {
            "trust": self.trust,
            "profile": self.profile,
            "intermediates": self.intermediates,
            "waivers": self.waivers,
        }
        unknown = changes.keys() - kept.keys()
        if unknown:
            raise MisuseError(f"a verifier has no {', '.join(sorted(unknown))}")
        return Verifier(**{**kept, **changes})

    def verify(
        self,
        leaf: CertificateLike,
        intermediates: Iterable[CertificateLike] = (),
        *,
        reference: Reference | None = None,
        evidence: Evidence | None = None,
        at: datetime | TimeInterval | None = None,
    ) -> Verdict:
        """Whether ``leaf`` is trusted at ``at`` (aware; None: now), for the ``reference`` if one is given.

        RFC 5280 6.1. ``intermediates`` is what the peer presented beside its own certificate, in any order. What is
        wrong with certificates is in the verdict; only misuse raises (`MisuseError`). With a `TimeInterval` the outcome
        is the one that holds for all of it; where there is none, it is undecided, and the readings are in a finding.
        """
        certificate = leaf if type(leaf) is Certificate else as_certificate(leaf)
        presented = _certificates(intermediates)
        if reference is None:
            if self.profile.reference is ReferenceDemand.REQUIRED:
                raise MisuseError(
                    f"the profile {self.profile.name} asks whom you expect: pass reference=Reference.dns(...), "
                    "or Reference.UNCHECKED to say aloud that you establish that by other means"
                )
            reference = Reference.UNCHECKED
        elif type(reference) is not Reference:
            raise MisuseError(f"a reference is made by Reference.dns and its like, not a {type(reference).__name__}")
        if evidence is None:
            evidence = _NO_EVIDENCE
        elif not isinstance(evidence, Evidence):
            raise MisuseError(f"evidence is an Evidence(crls=..., ocsp=...), not a {type(evidence).__name__}")
        reading = GIVEN
        if at is None:
            seconds, reading = int(time.time()), READ
        elif isinstance(at, TimeInterval):
            seconds, latest = seconds_of(at.earliest), seconds_of(at.latest)
            if latest < seconds:
                raise MisuseError(f"the interval ends ({at.latest.isoformat()}) before it begins")
            reading = Reading(Clock.GIVEN, latest - seconds)
        else:
            seconds = seconds_of(at)
        question = Question(self._workings, certificate, presented, reference, evidence, reading)
        return Verdict(question.judge(seconds), seconds, question)

    def __reduce__(self) -> tuple[object, ...]:
        return _verifier, (self.trust, self.profile, self.intermediates, self.waivers)

    def __repr__(self) -> str:
        return f"<Verifier {self.profile.name} {self.trust!r}>"


def _verifier(
    trust: TrustStore, profile: Profile, intermediates: tuple[Certificate, ...], waivers: Waivers
) -> Verifier:
    return Verifier(trust, profile=profile, intermediates=intermediates, waivers=waivers)


def _certificates(given: Iterable[CertificateLike]) -> tuple[Certificate, ...]:
    try:
        return tuple([one if type(one) is Certificate else as_certificate(one) for one in given])
    except TypeError:
        raise MisuseError(f"intermediates is a list of certificates, not a {type(given).__name__}") from None


def seconds_of(at: datetime) -> int:
    """An aware datetime as whole seconds since the epoch, rounded down. Raises `MisuseError` for a naive one."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise MisuseError(f"at={at!r} has no time zone; pass an aware datetime such as datetime.now(UTC)")
    seconds = (at - EPOCH) // SECOND
    if not BEGINNING <= seconds < NEVER:
        raise MisuseError(f"at={at!r} lies outside of the years 1 to 9999 in UTC")
    return seconds
