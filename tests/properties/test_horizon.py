"""The horizon is exact: on generated PKIs with cross-certificates and windows that overlap oddly.

What the library says of another moment is held against the verdict of that moment, asked of a verifier that has never
been asked anything. What must hold between two moments is checked at every second at which a certificate begins or
ends, for nothing can change elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

import pytest

from devicetrust import Certificate, Outcome, Profile, TrustStore, Verdict, Verifier, forecast, profiles
from pki import FOR_EVER
from pki_random import POLICY, Topology, random_pki

COUNT = 10_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 300
BATCHES = 10
SECOND = timedelta(seconds=1)
PROFILES = (
    profiles.rfc5280,
    profiles.tls_client,
    profiles.rfc5280.evolve(initial_explicit_policy=True, user_initial_policy_set=frozenset({POLICY})),
)


class Question(NamedTuple):
    """A PKI, a profile and a moment. `ask` answers with a verifier of its own each time."""

    topology: Topology
    profile: Profile
    at: datetime
    rng: Random

    def verifier(self) -> Verifier:
        return Verifier(TrustStore(map(Certificate, self.topology.roots)), profile=self.profile)

    def ask(self, at: datetime, verifier: Verifier | None = None) -> Verdict:
        intermediates = map(Certificate, self.topology.intermediates)
        return (verifier or self.verifier()).verify(Certificate(self.topology.leaf), intermediates, at=at)

    def turns(self, start: datetime, end: datetime | None) -> Iterator[datetime]:
        """The seconds in ``[start, end)`` at which a certificate begins or ends, without end where that is None."""
        for moment in self.topology.moments:
            if start <= moment and (end is None or moment < end):
                yield moment


def questions(batch: int) -> Iterator[Question]:
    for number in range(batch, COUNT, BATCHES):
        rng = Random(f"horizon {number}")
        topology = random_pki(rng)
        yield Question(topology, PROFILES[number % len(PROFILES)], topology.any_time(rng), rng)


batches = pytest.mark.parametrize("batch", range(BATCHES))


@batches
def test_outcome_stays_until_the_horizon(batch: int) -> None:
    """On ``[at, until)`` the outcome is the one at ``at``; with no horizon it is so up to 9999-12-31T23:59:59."""
    for question in questions(batch):
        verdict = question.ask(question.at)
        until = verdict.horizon.until
        last = FOR_EVER if until is None else until - SECOND
        for moment in (*question.turns(question.at, until), last):
            assert question.ask(moment).outcome is verdict.outcome, (question.at, moment, until)


@batches
def test_outcome_differs_at_the_horizon(batch: int) -> None:
    """At ``until`` the outcome is another one, and the horizon names what ends it."""
    for question in questions(batch):
        verdict = question.ask(question.at)
        until, cause, _ = verdict.horizon
        assert (until is None) == (cause is None)
        if until is not None:
            assert question.ask(until).outcome is not verdict.outcome


@batches
def test_verdict_stays_until_recheck(batch: int) -> None:
    """One second before ``recheck`` the whole verdict is the one at ``at``; ``recheck`` is at most ``until``."""
    for question in questions(batch):
        verdict = question.ask(question.at)
        until, _, recheck = verdict.horizon
        assert recheck == verdict.recheck
        if recheck is None:
            assert (question.ask(FOR_EVER), until) == (verdict, None)
            continue
        assert question.at < recheck <= (until or recheck)
        assert recheck in question.topology.moments
        for moment in (*question.turns(question.at, recheck), recheck - SECOND):
            assert question.ask(moment) == verdict, (question.at, moment, recheck)


@batches
def test_lifetime_is_the_horizon_without_evidence(batch: int) -> None:
    """Where no evidence takes part, renewed evidence changes nothing."""
    for question in questions(batch):
        verdict = question.ask(question.at)
        assert verdict.lifetime == verdict.horizon


@batches
def test_forecast_agrees_with_the_verdict_of_each_moment(batch: int) -> None:
    """The periods of a forecast follow on one another, alternate, and hold what verification says at any time in them."""
    for question in questions(batch):
        start, end = question.topology.moments[0] - SECOND, question.topology.moments[-1] + SECOND
        intermediates = map(Certificate, question.topology.intermediates)
        leaf = Certificate(question.topology.leaf)
        periods = forecast(question.verifier(), leaf, intermediates, start=start, end=end)
        assert [start, *(period.end for period in periods)] == [*(period.start for period in periods), end]
        for before, after in zip(periods, periods[1:], strict=False):
            assert before.outcome is not after.outcome
        for period in periods:
            inside = question.rng.randrange(int((period.end - period.start).total_seconds()))
            random_time = period.start + timedelta(seconds=inside)
            for moment in (random_time, *question.turns(period.start, period.end), period.end - SECOND):
                assert question.ask(moment).outcome is period.outcome, (moment, period)


@batches
def test_memory_changes_nothing(batch: int) -> None:
    """A verifier that was asked before, of other moments and in any order, answers as one that was not."""
    for question in questions(batch):
        verifier = question.verifier()
        for _ in range(8):
            moment = question.topology.any_time(question.rng)
            verdict, fresh = question.ask(moment, verifier), question.ask(moment)
            assert (verdict, verdict.horizon) == (fresh, fresh.horizon), moment


def test_sample_is_worth_it() -> None:
    """Among the generated PKIs many are trusted for a while, change more than once, and outlive a path."""
    sample = [question for batch in range(BATCHES) for question in questions(batch)][:300]
    counts = {"trusted once": 0, "changes twice": 0, "another path takes over": 0, "never ends": 0}
    for question in sample:
        verdicts = [question.ask(moment) for moment in (*question.topology.moments, FOR_EVER)]
        outcomes = [verdict.outcome for verdict in verdicts]
        counts["trusted once"] += Outcome.TRUSTED in outcomes
        changes = sum(before is not after for before, after in zip(outcomes, outcomes[1:], strict=False))
        counts["changes twice"] += changes > 1
        counts["another path takes over"] += len({v.path for v in verdicts if v.outcome is Outcome.TRUSTED}) > 1
        counts["never ends"] += outcomes[-1] is Outcome.TRUSTED
    assert {name for name, count in counts.items() if count * 50 < len(sample)} == set(), counts
