"""The horizon is exact: on generated PKIs with cross-certificates, windows that overlap oddly, and waivers.

What the library says of another moment is held against the verdict of that moment, asked of a verifier that has never
been asked anything. What must hold between two moments is checked at every second at which a certificate begins or
ends, or a waiver begins, announces its end or ends, for nothing can change elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import pytest

from devicetrust import (
    Certificate,
    Outcome,
    Profile,
    TrustStore,
    Verdict,
    Verifier,
    Waiver,
    Waivers,
    forecast,
    profiles,
)
from devicetrust.path import codes
from devicetrust.path.budget import Budget
from devicetrust.path.inputs import ValidityModel
from devicetrust.profiles.waivers import ANNOUNCED
from pki import FOR_EVER
from pki_random import POLICY, any_time, random_pki

COUNT = 10_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 300
BATCH = 30
SECOND = timedelta(seconds=1)
# Waivers add so many turns that the budget for looking ahead would cut some horizons short.
WIDE: dict[str, Any] = {
    "longest_waiver": timedelta(days=365 * 9_000),
    "budget": Budget(moments=1_000, look_ahead=10_000_000),
}
PROFILES = (
    profiles.rfc5280.evolve(**WIDE),
    profiles.tls_client.evolve(**WIDE),
    profiles.rfc5280.evolve(initial_explicit_policy=True, user_initial_policy_set=frozenset({POLICY}), **WIDE),
    *(
        profile.evolve(validity_model=model, **WIDE)
        for profile in (profiles.rfc5280, profiles.rfc5280_tolerant)
        for model in (ValidityModel.CHAIN, ValidityModel.IDEVID)
    ),
)


class Question(NamedTuple):
    """A PKI, a profile and a moment."""

    moments: tuple[datetime, ...]
    trust: TrustStore
    intermediates: tuple[Certificate, ...]
    leaf: Certificate
    profile: Profile
    at: datetime
    rng: Random
    waivers: Waivers
    asked: dict[datetime, Verdict]

    def verifier(self) -> Verifier:
        return Verifier(self.trust, profile=self.profile, waivers=self.waivers)

    def ask(self, at: datetime) -> Verdict:
        """The verdict of a verifier that was never asked before."""
        verdict = self.asked.get(at)
        if verdict is None:
            verdict = self.asked[at] = self.verifier().verify(self.leaf, self.intermediates, at=at)
        return verdict

    def turns(self, start: datetime, end: datetime | None) -> Iterator[datetime]:
        """The seconds in ``[start, end)`` at which anything can change, without end where that is None."""
        for moment in self.moments:
            if start <= moment and (end is None or moment < end):
                yield moment


@pytest.fixture(scope="module", params=range(0, COUNT, BATCH))
def questions(request: pytest.FixtureRequest) -> list[Question]:
    return [question(number) for number in range(request.param, request.param + BATCH)]


def question(number: int) -> Question:
    rng = Random(f"horizon {number}")
    pki = random_pki(rng)
    trust, intermediates = TrustStore(map(Certificate, pki.roots)), tuple(map(Certificate, pki.intermediates))
    profile, at = PROFILES[number % len(PROFILES)], any_time(pki.moments, rng)
    leaf = Certificate(pki.leaf)
    waivers = Waivers([any_waiver(leaf, intermediates, pki.moments, rng) for _ in range(number // 3 % 4)])
    moments = tuple(sorted({*pki.moments, *(moment for waiver in waivers.waivers for moment in turns_of(waiver))}))
    return Question(moments, trust, intermediates, leaf, profile, at, rng, waivers, {})


def any_waiver(leaf: Certificate, cas: tuple[Certificate, ...], moments: tuple[datetime, ...], rng: Random) -> Waiver:
    """A waiver of dates, for the leaf, for one of its CAs, or for the leaf under one of them."""
    begin, end = sorted((any_time(moments, rng), any_time(moments, rng)))
    issuer = rng.choice([None, *cas])
    return Waiver(
        code=rng.choice((codes.EXPIRED, codes.NOT_YET_VALID)),
        granted_by="Dr. Rossi",
        reason="a test",
        valid_from=begin,
        valid_until=end,
        devices=[leaf.fingerprint] if issuer is None or rng.random() < 0.3 else [],
        issuer=None if issuer is None else issuer.fingerprint,
    )


def turns_of(waiver: Waiver) -> Iterator[datetime]:
    """The seconds at which a waiver begins, announces its end, and no longer holds."""
    ended = waiver.valid_until + SECOND
    yield from (waiver.valid_from, ended, *(ended - span for span in ANNOUNCED))


def test_outcome_stays_until_the_horizon(questions: list[Question]) -> None:
    """On ``[at, until)`` the outcome is the one at ``at``; with no horizon it is so up to 9999-12-31T23:59:59."""
    for one in questions:
        verdict = one.ask(one.at)
        until = verdict.horizon.until
        last = FOR_EVER if until is None else until - SECOND
        for moment in (*one.turns(one.at, until), last):
            assert one.ask(moment).outcome is verdict.outcome, (one.at, moment, until)


def test_outcome_differs_at_the_horizon(questions: list[Question]) -> None:
    """At ``until`` the outcome is another one, and the horizon names what ends it."""
    for one in questions:
        verdict = one.ask(one.at)
        until, cause, _ = verdict.horizon
        assert (until is None) == (cause is None)
        if until is not None:
            assert one.ask(until).outcome is not verdict.outcome


def test_verdict_stays_until_recheck(questions: list[Question]) -> None:
    """One second before ``recheck`` the whole verdict is the one at ``at``; ``recheck`` is at most ``until``."""
    for one in questions:
        verdict = one.ask(one.at)
        until, _, recheck = verdict.horizon
        assert recheck == verdict.recheck
        if recheck is None:
            assert (one.ask(FOR_EVER), until) == (verdict, None)
            continue
        assert one.at < recheck <= (until or recheck)
        assert recheck in one.moments
        for moment in (*one.turns(one.at, recheck), recheck - SECOND):
            assert one.ask(moment) == verdict, (one.at, moment, recheck)


def test_lifetime_is_the_horizon_without_evidence(questions: list[Question]) -> None:
    """Where no evidence takes part, renewed evidence changes nothing."""
    for one in questions:
        verdict = one.ask(one.at)
        assert verdict.lifetime == verdict.horizon


def test_forecast_agrees_with_the_verdict_of_each_moment(questions: list[Question]) -> None:
    """The periods of a forecast abut, alternate, and hold what verification says at any time in them."""
    for one in questions:
        start, end = one.moments[0] - SECOND, one.moments[-1] + SECOND
        verifier = one.verifier()
        periods = forecast(verifier, one.leaf, one.intermediates, start=start, end=end)
        assert [start, *(period.end for period in periods)] == [*(period.start for period in periods), end]
        for before, after in pairwise(periods):
            assert before.outcome is not after.outcome
        for period in periods:
            inside = one.rng.randrange(int((period.end - period.start).total_seconds()))
            random_time = period.start + timedelta(seconds=inside)
            for moment in (random_time, *one.turns(period.start, period.end), period.end - SECOND):
                assert one.ask(moment).outcome is period.outcome, (moment, period)


def test_memory_changes_nothing(questions: list[Question]) -> None:
    """A verifier that was asked before, of other moments and in any order, answers as one that was not."""
    for one in questions:
        verifier = one.verifier()
        verifier.verify(one.leaf, one.intermediates, at=one.at)
        for moment in one.rng.sample(one.moments, min(3, len(one.moments))):
            verdict, fresh = verifier.verify(one.leaf, one.intermediates, at=moment), one.ask(moment)
            assert (verdict, verdict.recheck) == (fresh, fresh.recheck), moment
        assert verifier.verify(one.leaf, one.intermediates, at=one.at).horizon == one.ask(one.at).horizon


def test_sample_is_worth_it() -> None:
    """Among the generated PKIs many are trusted for a while, change more than once, and outlive a path."""
    sample = [question(number) for number in range(100)]
    counts = {"trusted once": 0, "changes twice": 0, "another path takes over": 0, "never ends": 0, "outlives a CA": 0}
    for one in sample:
        verdicts = [one.ask(moment) for moment in (*one.moments, FOR_EVER)]
        outcomes = [verdict.outcome for verdict in verdicts]
        counts["trusted once"] += Outcome.TRUSTED in outcomes
        changes = sum(before is not after for before, after in pairwise(outcomes))
        counts["changes twice"] += changes > 1
        counts["another path takes over"] += len({v.path for v in verdicts if v.outcome is Outcome.TRUSTED}) > 1
        counts["never ends"] += outcomes[-1] is Outcome.TRUSTED
        trusted = [v for v in verdicts if v.outcome is Outcome.TRUSTED]
        counts["outlives a CA"] += any(codes.ENDED_AFTER_ISSUANCE in {f.code for f in v.findings} for v in trusted)
    assert {name for name, count in counts.items() if count * 50 < len(sample)} == set(), counts
