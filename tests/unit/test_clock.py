"""A host whose clock may be wrong: one that is behind what has happened, and one that is known only to lie between."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import pki
from devicetrust import (
    EvidenceOutlook,
    MisuseError,
    Outcome,
    Reference,
    RevocationPolicy,
    TimeInterval,
    Verdict,
    Verifier,
    forecast,
    profiles,
    verifier,
)
from devicetrust._version import RELEASED
from pki import AT
from pki_revocation import CRL_URL, entry, revoked
from pki_shapes import Scene
from ward import ROOT, SECOND, STRANGER, blocking, certificates, found, presented, scene
from ward import verifier as of_scene
from ward_revocation import DAY, HOUR, ROOT_CRL, answer, ask, crl, pointing, serial, under

OFF, IF_PUBLISHED, REQUIRED = RevocationPolicy.OFF, RevocationPolicy.IF_PUBLISHED, RevocationPolicy.REQUIRED
RELEASE = datetime.fromtimestamp(RELEASED, UTC)
BEHIND, DOUBT = ("clock.behind", None), ("clock.doubt", None)
LEAF_FROM, LEAF_UNTIL = AT - 10 * DAY, AT + 80 * DAY + SECOND
"""The leaf's first second, and the first after its last: `pki.Draft`."""
NOW = RELEASE + 30 * DAY
TRUSTED, UNTRUSTED, UNDECIDED = Outcome.TRUSTED, Outcome.UNTRUSTED, Outcome.UNDECIDED

Freeze = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Freeze:
    """Sets the clock that the verifier reads."""

    def freeze(now: datetime) -> None:
        monkeypatch.setattr(verifier, "time", types.SimpleNamespace(time=now.timestamp))

    return freeze


def lasting(asked: Scene) -> Scene:
    """The same chain, valid from a year before the release to the end of time."""
    for index in range(len(asked.chain)):
        asked = asked.replacing(index, not_before=RELEASE - 365 * DAY, not_after=pki.FOR_EVER)
    return asked


LASTING = lasting(scene())


def place(verdict: Verdict) -> tuple[str, int | None] | None:
    return None if verdict.headline is None else (verdict.headline.code.id, verdict.headline.where.certificate)


class TestBehindTheRelease:
    @pytest.mark.parametrize(
        ("now", "outcome"),
        [
            (RELEASE - OFF.clock_skew - SECOND, UNDECIDED),
            (RELEASE - OFF.clock_skew, TRUSTED),
            (RELEASE - 300 * DAY, UNDECIDED),
        ],
    )
    def test_it_cannot_be_earlier(self, clock: Freeze, now: datetime, outcome: Outcome) -> None:
        """No right clock says less than the release's date; where it does, nothing is decided."""
        clock(now)
        verdict = ask(LASTING, OFF, at=None)
        assert (verdict.outcome, verdict.at, BEHIND in found(verdict)) == (outcome, now, outcome is UNDECIDED)

    def test_the_finding_says_both_times(self, clock: Freeze) -> None:
        """What the clock says, what it must at least say, and whose word that is."""
        clock(RELEASE - DAY)
        verdict = ask(LASTING, OFF, at=None)
        assert verdict.headline is not None
        facts = verdict.headline.facts
        assert (place(verdict), facts["clock"], facts["known"]) == (BEHIND, RELEASE - DAY, RELEASE)
        assert "release" in str(facts["witness"])

    @pytest.mark.parametrize(("by", "outcome"), [(HOUR, TRUSTED), (HOUR + SECOND, UNDECIDED)])
    def test_skew_is_allowed_for(self, clock: Freeze, by: timedelta, outcome: Outcome) -> None:
        """A clock may be behind by as much as the policy allows clocks to differ."""
        clock(RELEASE - by)
        assert ask(LASTING, OFF.evolve(clock_skew=HOUR), at=None).outcome is outcome

    def test_only_where_the_clock_was_read(self, clock: Freeze) -> None:
        """A moment that the caller names is the caller's word; an interval is as well."""
        clock(RELEASE - DAY)
        for at in (RELEASE - DAY, TimeInterval(RELEASE - DAY, RELEASE)):
            verdict = ask(LASTING, OFF, at=at)
            assert (verdict.outcome, found(verdict) & {BEHIND, DOUBT}) == (TRUSTED, set())

    def test_one_verifier_keeps_them_apart(self, clock: Freeze) -> None:
        """An answer for a moment named is none for the same moment read, warm or not."""
        judge = of_scene(LASTING, under(OFF))
        leaf, beside = LASTING.sealed(0), presented(LASTING)
        clock(RELEASE - DAY)
        outcomes = [judge.verify(leaf, beside, at=at).outcome for at in (RELEASE - DAY, None, RELEASE - DAY, None)]
        assert outcomes == [TRUSTED, UNDECIDED, TRUSTED, UNDECIDED]

    def test_it_ends_with_the_release(self, clock: Freeze) -> None:
        """The doubt has a horizon: it falls away when the clock reaches what is known."""
        clock(RELEASE - DAY)
        horizon = ask(LASTING, OFF, at=None).horizon
        assert (horizon.until, horizon.recheck) == (RELEASE - OFF.clock_skew,) * 2
        assert horizon.cause is not None
        assert (horizon.cause.code.id, horizon.cause.where.certificate) == BEHIND

    def test_the_question_says_so(self, clock: Freeze) -> None:
        """What repeats a verdict includes whose word the time was."""
        clock(NOW)
        told = [ask(LASTING, OFF, at=at).question for at in (None, NOW, TimeInterval(NOW, NOW + HOUR))]
        assert [(one["clock"], one["interval_seconds"]) for one in told] == [("read", 0), ("given", 0), ("given", 3600)]


class TestBehindTheEvidence:
    POINTING = lasting(pointing())

    @pytest.mark.parametrize(
        ("since", "behind"),
        [(NOW, False), (NOW + OFF.clock_skew, False), (NOW + OFF.clock_skew + SECOND, True), (NOW + 2 * DAY, True)],
    )
    def test_verified_evidence_is_a_witness(self, clock: Freeze, since: datetime, behind: bool) -> None:
        """What a CA has signed has happened: a clock before its thisUpdate, but for the skew, is behind."""
        clock(NOW)
        until = NOW + 9 * DAY
        for one in (crl(since=since, until=until), answer(self.POINTING, since=since, until=until)):
            verdict = ask(self.POINTING, IF_PUBLISHED, one, at=None)
            assert (verdict.outcome, BEHIND in found(verdict)) == ((UNDECIDED, True) if behind else (TRUSTED, False))
            if behind:
                assert place(verdict) == BEHIND
                assert verdict.headline is not None
                assert (verdict.headline.facts["known"], verdict.headline.facts["clock"]) == (since, NOW)

    def test_it_spoils_what_would_stand(self, clock: Freeze) -> None:
        """A status that is known by other evidence does not make up for a clock that is behind."""
        clock(NOW)
        lasts = crl(number=4, since=NOW - DAY, until=NOW + DAY)
        newer = crl(since=NOW + HOUR, until=NOW + DAY)
        assert ask(self.POINTING, IF_PUBLISHED, lasts, at=None).outcome is TRUSTED
        verdict = ask(self.POINTING, IF_PUBLISHED, lasts, newer, at=None)
        assert (verdict.outcome, place(verdict)) == (UNDECIDED, BEHIND)

    def test_a_stranger_is_no_witness(self, clock: Freeze) -> None:
        """Evidence that does not verify cannot put a clock in doubt."""
        clock(NOW)
        lasts = crl(number=4, since=NOW - DAY, until=NOW + DAY)
        forged = crl(since=NOW + DAY, until=NOW + 9 * DAY, signer=STRANGER.key)
        verdict = ask(self.POINTING, IF_PUBLISHED, lasts, forged, at=None)
        assert (verdict.outcome, BEHIND in found(verdict)) == (TRUSTED, False)

    def test_the_evidence_about_a_ca_counts(self, clock: Freeze) -> None:
        """Whichever certificate of the path the newest evidence is about, the clock is held against it."""
        clock(NOW)
        pieces = crl(since=NOW - DAY, until=NOW + DAY), crl(by=ROOT, since=NOW + HOUR, until=NOW + DAY)
        verdict = ask(self.POINTING, IF_PUBLISHED, *pieces, at=None)
        assert (verdict.outcome, place(verdict)) == (UNDECIDED, BEHIND)

    @pytest.mark.parametrize(("by", "behind"), [(HOUR, False), (HOUR + SECOND, True)])
    def test_skew_is_allowed_for(self, clock: Freeze, by: timedelta, behind: bool) -> None:
        """Evidence of a CA whose clock is ahead within the skew is no witness against ours, and serves."""
        clock(NOW)
        one = crl(since=NOW + by, until=NOW + DAY)
        verdict = ask(self.POINTING, IF_PUBLISHED.evolve(clock_skew=HOUR), one, at=None)
        assert (verdict.outcome, BEHIND in found(verdict)) == ((UNDECIDED, True) if behind else (TRUSTED, False))

    def test_a_revocation_refuses_all_the_same(self, clock: Freeze) -> None:
        """What is revoked is untrusted, whatever the clock says."""
        clock(RELEASE - 300 * DAY)
        verdict = ask(self.POINTING, IF_PUBLISHED, answer(self.POINTING, revoked()), at=None)
        assert (verdict.outcome, blocking(verdict)) == (UNTRUSTED, {("revocation.revoked", 0)})


class TestWhatIsSaidFirst:
    def test_before_not_yet_valid(self, clock: Freeze) -> None:
        """A clock that is behind makes good certificates look too young: it is said first, and the outcome refuses."""
        clock(RELEASE - DAY)
        verdict = ask(LASTING.replacing(0, not_before=RELEASE), OFF, at=None)
        assert (verdict.outcome, place(verdict)) == (UNTRUSTED, BEHIND)
        assert blocking(verdict) == {("validity.not_yet_valid", 0)}

    def test_after_expired(self, clock: Freeze) -> None:
        """A certificate that has ended by a clock that is behind has ended."""
        clock(RELEASE - DAY)
        verdict = ask(LASTING.replacing(0, not_after=RELEASE - 2 * DAY), OFF, at=None)
        assert (verdict.outcome, place(verdict)) == (UNTRUSTED, ("validity.expired", 0))


def between(first: datetime, last: datetime, asked: Scene | None = None, *pieces: Any, **fields: Any) -> Verdict:
    policy = fields.pop("policy", IF_PUBLISHED)
    return ask(asked or scene(), policy, *pieces, at=TimeInterval(first, last), **fields)


class TestInterval:
    @pytest.mark.parametrize(
        ("first", "last", "outcome"),
        [
            (LEAF_FROM, LEAF_UNTIL - SECOND, TRUSTED),
            (AT, AT, TRUSTED),
            (LEAF_UNTIL, LEAF_UNTIL + 900 * DAY, UNTRUSTED),
            (LEAF_FROM - DAY, LEAF_FROM - SECOND, UNTRUSTED),
            (AT, LEAF_UNTIL, UNDECIDED),
            (LEAF_UNTIL - SECOND, LEAF_UNTIL, UNDECIDED),
            (LEAF_FROM - SECOND, LEAF_FROM, UNDECIDED),
            (LEAF_FROM - DAY, LEAF_UNTIL + DAY, UNDECIDED),
        ],
    )
    def test_what_holds_throughout(self, first: datetime, last: datetime, outcome: Outcome) -> None:
        """The outcome is that of every second of the interval, both ends included; where they differ, undecided."""
        verdict = between(first, last)
        assert (verdict.outcome, verdict.at, DOUBT in found(verdict)) == (outcome, first, outcome is UNDECIDED)

    def test_the_readings_are_told(self) -> None:
        """The finding lists which outcome would hold when; it is the headline, and it lacks no bytes."""
        verdict = between(LEAF_FROM - DAY, LEAF_UNTIL)
        assert verdict.headline is not None
        assert (place(verdict), verdict.wants) == (DOUBT, ())
        assert verdict.headline.facts["readings"] == (
            "untrusted before 2026-05-22T12:00:00Z",
            "trusted before 2026-08-20T12:00:01Z",
            "untrusted after that",
        )

    def test_refused_for_different_reasons(self) -> None:
        """Too young at its beginning, expired at its end, trusted nowhere: untrusted, without doubt."""
        asked = scene().replacing(0, not_before=AT + DAY).replacing(1, not_after=AT + HOUR)
        assert between(AT, AT + 2 * DAY, asked).outcome is UNTRUSTED

    @pytest.mark.parametrize("at", [AT, LEAF_UNTIL, LEAF_FROM - SECOND])
    def test_of_width_zero_it_is_a_moment(self, at: datetime) -> None:
        """An interval of one second says what that moment says."""
        one, other = between(at, at), ask(scene(), IF_PUBLISHED, at=at)
        assert one == other
        assert (one.horizon, one.lifetime) == (other.horizon, other.lifetime)
        assert between(at, at.replace(microsecond=999_999)) == other

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (AT, AT - SECOND),
            (AT.replace(tzinfo=None), AT),
            (AT, AT.replace(tzinfo=None)),
            (AT, None),
            ("2026-06-01", AT),
        ],
    )
    def test_what_is_no_interval(self, first: Any, last: Any) -> None:
        """One that ends before it begins, and naive times, are misuse."""
        with pytest.raises(MisuseError):
            between(first, last)

    def test_evidence_counts(self) -> None:
        """Where the CRL ends within the interval, the status is known at its beginning only: undecided."""
        asked, one = pointing(), crl(until=AT + HOUR)
        outcomes = [between(AT, AT + HOUR + by, asked, one).outcome for by in (0 * SECOND, SECOND)]
        assert outcomes == [TRUSTED, UNDECIDED]
        assert DOUBT in found(between(AT, AT + HOUR + SECOND, asked, one))

    def test_what_lacks_at_any_second_is_wanted(self) -> None:
        """In doubt for want of evidence towards its end, the verdict says where to get it."""
        verdict = between(AT, AT + 2 * HOUR, pointing(), crl(until=AT + HOUR))
        assert (verdict.outcome, [want.urls for want in verdict.wants]) == (UNDECIDED, [(CRL_URL,)])

    def test_an_exception_at_some_second_is_one(self) -> None:
        """Trusted throughout, but by exception towards the end: trusted by exception, and not in doubt."""
        policy = IF_PUBLISHED.evolve(stale_grace=DAY)
        asked, one = pointing(), crl(until=AT + HOUR)
        verdict = between(AT, AT + 2 * HOUR, asked, one, policy=policy)
        assert (verdict.outcome, ("revocation.stale", 0) in found(verdict)) == (Outcome.TRUSTED_BY_EXCEPTION, True)
        assert DOUBT not in found(verdict)
        assert between(AT, AT + HOUR + DAY + SECOND, asked, one, policy=policy).outcome is UNDECIDED

    def test_a_revocation_is_beyond_doubt(self) -> None:
        """What is revoked is untrusted at every second there is."""
        asked = pointing()
        verdict = between(LEAF_FROM - DAY, LEAF_UNTIL + DAY, asked, crl(entry(serial(asked))), ROOT_CRL)
        assert (verdict.outcome, ("revocation.revoked", 0) in blocking(verdict)) == (UNTRUSTED, True)

    def test_what_lacks_everywhere_is_wanted(self) -> None:
        """A status that is known at no second is no doubt about the time: undecided, with its wants."""
        verdict = between(AT, AT + HOUR, pointing())
        assert (verdict.outcome, DOUBT in found(verdict), len(verdict.wants)) == (UNDECIDED, False, 1)

    def test_looking_through_it_has_a_budget(self) -> None:
        """An interval with more turning points than the budget allows is in doubt, never taken for one answer."""
        profile = profiles.rfc5280.evolve(budget=profiles.rfc5280.budget._replace(moments=1))
        asked = scene()
        for index in range(3):
            asked = asked.replacing(index, not_after=AT + (index + 1) * DAY)
        assert between(AT - 2 * DAY, AT, asked, profile=profile).outcome is TRUSTED
        assert between(AT + 2 * DAY, AT + 90 * DAY, asked, profile=profile).outcome in (UNTRUSTED, UNDECIDED)


class TestIntervalInTime:
    def test_trust_ends_when_its_end_reaches_the_turn(self) -> None:
        """The horizon is the last beginning at which the whole interval stands: earlier by its width."""
        verdict = between(AT, AT + DAY)
        horizon = verdict.horizon
        assert (horizon.until, horizon.recheck) == (LEAF_UNTIL - DAY, LEAF_UNTIL - DAY)
        assert horizon.cause is not None
        assert horizon.cause.code.id == "clock.doubt"
        outcomes = [between(at, at + DAY).outcome for at in (LEAF_UNTIL - DAY - SECOND, LEAF_UNTIL - DAY)]
        assert outcomes == [TRUSTED, UNDECIDED]

    def test_doubt_ends_when_its_beginning_has_passed_the_turn(self) -> None:
        """Once the whole interval lies beyond the turning point, the outcome is plain again."""
        horizon = between(LEAF_UNTIL - HOUR, LEAF_UNTIL + HOUR).horizon
        assert (horizon.until, horizon.recheck) == (LEAF_UNTIL, LEAF_UNTIL)
        assert between(LEAF_UNTIL - SECOND, LEAF_UNTIL + 2 * HOUR).outcome is UNDECIDED
        assert between(LEAF_UNTIL, LEAF_UNTIL + 2 * HOUR).outcome is UNTRUSTED

    def test_one_verifier_answers_each_width(self) -> None:
        """A warm verifier keeps intervals of different widths apart."""
        judge: Verifier = of_scene(scene(), under(IF_PUBLISHED))
        leaf, beside = certificates(scene())[0], presented(scene())
        spans: list[Any] = [AT, TimeInterval(AT, AT + 90 * DAY), TimeInterval(AT, AT + DAY), AT]
        outcomes = [judge.verify(leaf, beside, reference=Reference.UNCHECKED, at=at).outcome for at in spans * 2]
        assert outcomes == [TRUSTED, UNDECIDED, TRUSTED, TRUSTED] * 2

    def test_a_forecast_is_of_moments(self) -> None:
        """A forecast goes from moment to moment; the interval is for a verdict alone."""
        asked = scene()
        found_periods = forecast(
            of_scene(asked),
            asked.sealed(0),
            presented(asked),
            start=AT,
            end=LEAF_UNTIL + DAY,
            outlook=EvidenceOutlook.AS_HELD,
        )
        assert [(one.start, one.outcome) for one in found_periods] == [(AT, TRUSTED), (LEAF_UNTIL, UNTRUSTED)]


def test_required_is_held_by_the_clock_too(clock: Freeze) -> None:
    """With every status known and the clock right, a verdict of now is trusted."""
    clock(NOW)
    asked = lasting(pointing())
    pieces = [crl(since=NOW - DAY, until=NOW + DAY), crl(by=ROOT, since=NOW - DAY, until=NOW + DAY)]
    assert ask(asked, REQUIRED, *pieces, at=None).outcome is TRUSTED
