"""Until when an answer stays the same, and what ends it: exact to the second, and never a guess."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

import pki
from devicetrust import EvidenceOutlook, MisuseError, Outcome, Period, Reference, forecast, profiles
from devicetrust.findings import Finding
from pki import AT
from pki_shapes import Scene
from ward import HOST, SECOND, WRONGS, ask, certificates, presented, scene, verifier

DAY = timedelta(days=1)
LEAF_FROM, LEAF_UNTIL = AT - 10 * DAY, AT + 80 * DAY + SECOND
"""The leaf's first second, and the first after its last: `pki.Draft`."""
CA_UNTIL = AT + 2000 * DAY + SECOND


def periods(asked: Scene, start: datetime, end: datetime) -> list[Period]:
    return forecast(
        verifier(asked), asked.sealed(0), presented(asked), reference=Reference.UNCHECKED, start=start, end=end
    )


def cause(finding: Finding | None) -> tuple[str, int | None] | None:
    return None if finding is None else (finding.code.id, finding.where.certificate)


class TestHorizon:
    @pytest.mark.parametrize("intermediates", [0, 1, 3])
    def test_trust_ends_with_the_first_certificate_that_ends(self, intermediates: int) -> None:
        """The horizon is the second after the earliest notAfter, and its cause is that certificate."""
        horizon = ask(scene(intermediates)).horizon
        assert (horizon.until, cause(horizon.cause), horizon.recheck) == (
            LEAF_UNTIL,
            ("validity.expired", 0),
            LEAF_UNTIL,
        )

    def test_an_intermediate_may_end_it(self) -> None:
        """What ends first is what counts, wherever it stands in the path."""
        horizon = ask(scene().replacing(1, not_after=AT + DAY)).horizon
        assert (horizon.until, cause(horizon.cause)) == (AT + DAY + SECOND, ("validity.expired", 1))

    def test_the_anchor_counts_where_its_dates_do(self) -> None:
        """Under AS_CERTIFICATE the anchor's own end is an end, under NAME_AND_KEY it is none."""
        asked = scene().replacing(2, not_after=AT + DAY)
        assert ask(asked, profiles.rfc5280).horizon.until == LEAF_UNTIL
        assert ask(asked, profiles.tls_client).horizon.until == AT + DAY + SECOND

    def test_outcomes_around_the_horizon(self) -> None:
        """One second before `until` the outcome is the same, at `until` it differs."""
        asked = scene()
        until = ask(asked).horizon.until
        assert until is not None
        outcomes = [ask(asked, at=at).outcome for at in (AT, until - SECOND, until)]
        assert outcomes == [Outcome.TRUSTED, Outcome.TRUSTED, Outcome.UNTRUSTED]

    def test_distrust_may_end_too(self) -> None:
        """A leaf that is not valid yet is untrusted until it is; what ends that is the finding that falls away."""
        asked = scene()
        horizon = ask(asked, at=LEAF_FROM - SECOND).horizon
        assert (horizon.until, cause(horizon.cause)) == (LEAF_FROM, ("validity.not_yet_valid", 0))

    def test_what_is_past_stays_past(self) -> None:
        """Nothing ends the distrust of an expired leaf, though later certificates of its path expire as well."""
        horizon = ask(scene(), at=LEAF_UNTIL).horizon
        assert (horizon.until, horizon.cause, horizon.recheck) == (None, None, CA_UNTIL)

    def test_a_recheck_that_changes_nothing(self) -> None:
        """`recheck` is the first comparison that turns, `until` the first that changes the outcome."""
        asked = scene().replacing(0, not_before=AT + 3 * DAY, not_after=AT + 9 * DAY).replacing(1, not_before=AT + DAY)
        horizon = ask(asked).horizon
        assert (horizon.recheck, horizon.until) == (AT + DAY, AT + 3 * DAY)

    def test_9999_is_no_end(self) -> None:
        """RFC 5280 4.1.2.5: 99991231235959Z means that there is no date of expiry; no arithmetic overflows."""
        asked = scene()
        for index in range(3):
            asked = asked.replacing(index, not_after=pki.FOR_EVER)
        for at in (AT, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)):
            assert tuple(ask(asked, at=at).horizon) == (None, None, None)

    def test_an_alternative_path_lengthens_it(self) -> None:
        """Where another path stands when the first falls, trust goes on."""
        asked = scene().replacing(1, not_after=AT + DAY)
        twin = scene().chain[1].draft._replace(serial_number=4).sealed(asked.signer(1))
        horizon = ask(asked._replace(beside=(twin,))).horizon
        assert (horizon.until, cause(horizon.cause)) == (LEAF_UNTIL, ("validity.expired", 0))

    def test_lifetime_is_the_same_without_evidence(self) -> None:
        """Both outlooks agree while no evidence takes part."""
        verdict = ask(scene())
        assert verdict.lifetime == verdict.horizon

    def test_looking_ahead_has_a_budget(self) -> None:
        """Where it is spent, `until` is `recheck`, and a finding says so."""
        profile = profiles.rfc5280.evolve(budget=profiles.rfc5280.budget._replace(moments=1))
        asked = scene().replacing(0, not_before=AT + 3 * DAY).replacing(1, not_before=AT + DAY)
        horizon = ask(asked, profile).horizon
        assert (horizon.until, horizon.recheck) == (AT + DAY, AT + DAY)
        assert cause(horizon.cause) == ("horizon.not_looked_further", None)

    @pytest.mark.parametrize("name", WRONGS)
    def test_a_whole_verdict_holds_until_its_recheck(self, name: str) -> None:
        """One second before `recheck` everything is said that is said now."""
        asked = WRONGS[name].scene()
        verdict = ask(asked)
        before = AT + 3000 * DAY if verdict.recheck is None else verdict.recheck - SECOND
        assert ask(asked, at=before) == verdict


class TestForecast:
    def test_the_life_of_a_leaf(self) -> None:
        """Not yet valid, trusted, expired: each period with its end and what ends it."""
        start, end = AT - 20 * DAY, AT + 100 * DAY
        told = [(p.start, p.end, p.outcome, cause(p.cause)) for p in periods(scene(), start, end)]
        assert told == [
            (start, LEAF_FROM, Outcome.UNTRUSTED, ("validity.not_yet_valid", 0)),
            (LEAF_FROM, LEAF_UNTIL, Outcome.TRUSTED, ("validity.expired", 0)),
            (LEAF_UNTIL, end, Outcome.UNTRUSTED, None),
        ]

    def test_periods_meet(self) -> None:
        """The periods cover the span, one after another, and each differs from the next."""
        asked = scene().replacing(1, not_after=AT + DAY)
        found = periods(asked, AT - 500 * DAY, AT + 3000 * DAY)
        assert [p.end for p in found[:-1]] == [p.start for p in found[1:]]
        assert all(one.outcome is not other.outcome for one, other in itertools.pairwise(found))
        assert (found[0].start, found[-1].end) == (AT - 500 * DAY, AT + 3000 * DAY)

    def test_a_gap_between_two_intermediates(self) -> None:
        """Trust that ends and begins again is two periods."""
        asked = scene().replacing(1, not_after=AT + DAY)
        later = scene().chain[1].draft._replace(serial_number=4, not_before=AT + 3 * DAY).sealed(asked.signer(1))
        found = periods(asked._replace(beside=(later,)), AT, AT + 5 * DAY)
        assert [(p.outcome, p.start) for p in found] == [
            (Outcome.TRUSTED, AT),
            (Outcome.UNTRUSTED, AT + DAY + SECOND),
            (Outcome.TRUSTED, AT + 3 * DAY),
        ]

    @pytest.mark.parametrize("outlook", EvidenceOutlook)
    def test_both_outlooks_agree_without_evidence(self, outlook: EvidenceOutlook) -> None:
        """CRLs aside, nothing depends on whether evidence is renewed."""
        asked = scene()
        found = forecast(
            verifier(asked), asked.sealed(0), presented(asked), start=AT, end=AT + 90 * DAY, outlook=outlook
        )
        assert [p.outcome for p in found] == [Outcome.TRUSTED, Outcome.UNTRUSTED]

    def test_the_reference_counts(self) -> None:
        """A forecast for a name that the certificate lacks is one period of distrust."""
        asked = scene()
        judge, leaf = verifier(asked, profiles.tls_server), certificates(asked)[0]
        wanted, other = Reference.dns(HOST), Reference.dns("other.example")
        first = [
            forecast(judge, leaf, presented(asked), reference=one, start=AT, end=AT + DAY)[0].outcome
            for one in (wanted, other)
        ]
        assert first == [Outcome.TRUSTED, Outcome.UNTRUSTED]

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (AT, AT),
            (AT + SECOND, AT),
            (AT.replace(tzinfo=None), AT + DAY),
            (AT, (AT + DAY).replace(tzinfo=None)),
            (AT, "2027-01-01"),
        ],
    )
    def test_spans_that_are_none(self, start: datetime, end: datetime) -> None:
        """An empty span and a naive time are misuse."""
        with pytest.raises(MisuseError):
            periods(scene(), start, end)
