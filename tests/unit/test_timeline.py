"""Until when an answer stays the same, and what ends it: exact to the second, and never a guess."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import pki
from devicetrust import (
    EvidenceOutlook,
    MisuseError,
    Outcome,
    Period,
    Reference,
    RevocationPolicy,
    Untrusted,
    Verdict,
    forecast,
    profiles,
)
from devicetrust.findings import Finding
from pki import AT
from pki_revocation import entry, reason_code
from pki_shapes import Scene
from ward import HOST, ROOT, SECOND, WRONGS, ask, certificates, presented, scene, verifier
from ward_revocation import answer, crl, evidence, pointing, serial
from ward_revocation import ask as ask_status

DAY = timedelta(days=1)
LEAF_FROM, LEAF_UNTIL = AT - 10 * DAY, AT + 80 * DAY + SECOND
"""The leaf's first second, and the first after its last: `pki.Draft`."""
CA_UNTIL = AT + 2000 * DAY + SECOND
ROOT_CRL_LONG = crl(by=ROOT, until=AT + 900 * DAY)
"""A CRL of the root that outlasts what is asked here."""


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


SKEW = RevocationPolicy.IF_PUBLISHED.clock_skew


class TestEvidenceInTime:
    """Evidence runs out and is renewed: as held it ends with nextUpdate, as renewed it does not."""

    POINTING = pointing()
    CRL_UNTIL = AT + 2 * DAY
    ENDED = CRL_UNTIL + SECOND
    HELD = crl(until=CRL_UNTIL)
    GRACE = RevocationPolicy.IF_PUBLISHED.evolve(stale_grace=3 * DAY)
    GRACE_ENDED = ENDED + 3 * DAY

    def told(self, verdict: Verdict) -> list[tuple[datetime | None, tuple[str, int | None] | None]]:
        """(until, cause) of horizon and lifetime."""
        return [(one.until, cause(one.cause)) for one in (verdict.horizon, verdict.lifetime)]

    def periods(self, *pieces: Any, policy: RevocationPolicy, outlook: EvidenceOutlook) -> list[tuple[Any, ...]]:
        judge = verifier(self.POINTING, profiles.rfc5280.evolve(revocation=policy))
        found = forecast(
            judge,
            self.POINTING.sealed(0),
            presented(self.POINTING),
            evidence=evidence(*pieces),
            start=AT,
            end=LEAF_UNTIL + DAY,
            outlook=outlook,
        )
        return [(one.start, one.outcome, cause(one.cause)) for one in found]

    @pytest.mark.parametrize("kind", ["CRL", "OCSP"])
    def test_as_held_it_ends_with_next_update(self, kind: str) -> None:
        """The horizon is the second after nextUpdate, its cause the status then unknown; lifetime goes on."""
        piece = self.HELD if kind == "CRL" else answer(self.POINTING, until=self.CRL_UNTIL)
        verdict = ask_status(self.POINTING, RevocationPolicy.IF_PUBLISHED, piece)
        assert self.told(verdict) == [
            (self.ENDED, ("revocation.evidence_ended", 0)),
            (LEAF_UNTIL, ("validity.expired", 0)),
        ]
        assert (verdict.recheck, verdict.lifetime.recheck) == (self.ENDED, LEAF_UNTIL)

    def test_outcomes_around_it(self) -> None:
        """One second before the horizon the outcome is the same, at it it differs."""
        outcomes = [
            ask_status(self.POINTING, RevocationPolicy.REQUIRED, ROOT_CRL_LONG, self.HELD, at=at).outcome
            for at in (AT, self.CRL_UNTIL, self.ENDED)
        ]
        assert outcomes == [Outcome.TRUSTED, Outcome.TRUSTED, Outcome.UNDECIDED]

    def test_the_cause_says_why(self) -> None:
        """Who reads the cause reads which piece ends, and when."""
        finding = ask_status(self.POINTING, RevocationPolicy.IF_PUBLISHED, self.HELD).horizon.cause
        assert finding is not None
        assert "the CRL 5 of CN=Ward CA 1,O=Ward ended at 2026-06-03T12:00:00Z" in finding.what

    def test_the_evidence_about_the_ca_may_end_first(self) -> None:
        """Whichever piece ends first ends it, and the cause stands on its certificate."""
        root = crl(by=ROOT, until=AT + DAY)
        verdict = ask_status(self.POINTING, RevocationPolicy.REQUIRED, root, self.HELD)
        assert self.told(verdict)[0] == (AT + DAY + SECOND, ("revocation.evidence_ended", 1))

    def test_what_lasts_longest_counts(self) -> None:
        """A second piece that lasts longer moves the horizon; the first one's end is only a recheck."""
        longer = answer(self.POINTING, until=AT + 9 * DAY)
        verdict = ask_status(self.POINTING, RevocationPolicy.IF_PUBLISHED, self.HELD, longer)
        assert self.told(verdict)[0][0] == AT + 9 * DAY + SECOND
        assert verdict.horizon.recheck == self.ENDED

    @pytest.mark.parametrize("policy", [RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT], ids=lambda one: one.name)
    def test_where_nothing_hangs_on_it_it_ends_nothing(self, policy: RevocationPolicy) -> None:
        """Under policies that go on without a status, its end is a recheck and no horizon."""
        verdict = ask_status(self.POINTING, policy, self.HELD)
        assert self.told(verdict) == [(LEAF_UNTIL, ("validity.expired", 0))] * 2
        assert verdict.recheck == self.ENDED

    def test_into_the_grace(self) -> None:
        """With a grace, trust turns into trust by exception, and that ends with the grace."""
        fresh = ask_status(self.POINTING, self.GRACE, self.HELD)
        assert self.told(fresh)[0] == (self.ENDED, ("revocation.stale", 0))
        excepted = ask_status(self.POINTING, self.GRACE, self.HELD, at=self.ENDED)
        assert excepted.outcome is Outcome.TRUSTED_BY_EXCEPTION
        assert self.told(excepted)[0] == (self.GRACE_ENDED, ("revocation.evidence_ended", 0))

    def test_a_grace_ends_also_when_renewed(self) -> None:
        """Evidence that is stale now stays stale when renewed with the same status: the exception ends when it ends."""
        excepted = ask_status(self.POINTING, self.GRACE, self.HELD, at=self.ENDED)
        assert self.told(excepted)[1] == (self.GRACE_ENDED, ("revocation.evidence_ended", 0))
        outcomes = [
            ask_status(self.POINTING, self.GRACE, self.HELD, at=at).outcome
            for at in (self.GRACE_ENDED - SECOND, self.GRACE_ENDED)
        ]
        assert outcomes == [Outcome.TRUSTED_BY_EXCEPTION, Outcome.UNDECIDED]

    def test_skew_does_not_lengthen_it(self) -> None:
        """A clock ahead of ours makes evidence begin sooner; it ends at nextUpdate all the same."""
        skewed = RevocationPolicy.IF_PUBLISHED.evolve(clock_skew=timedelta(hours=1))
        verdict = ask_status(self.POINTING, skewed, self.HELD)
        assert verdict.horizon.until == self.ENDED

    def test_what_has_not_begun_ends_the_lack(self) -> None:
        """A CRL of tomorrow settles the status tomorrow: undecided until then, and the lack falls away."""
        verdict = ask_status(self.POINTING, RevocationPolicy.IF_PUBLISHED, crl(since=AT + DAY, until=AT + 9 * DAY))
        assert (verdict.outcome, *self.told(verdict)) == (
            Outcome.UNDECIDED,
            (AT + DAY - SKEW, ("revocation.unknown", 0)),
            (LEAF_UNTIL, ("validity.expired", 0)),
        )

    def test_a_revocation_is_the_end(self) -> None:
        """Nothing ends the distrust of a revoked certificate, whatever ends or begins later."""
        gone = crl(entry(serial(self.POINTING)), until=self.CRL_UNTIL)
        verdict = ask_status(self.POINTING, RevocationPolicy.REQUIRED, gone, crl(by=ROOT, until=AT + DAY))
        assert (verdict.outcome, *self.told(verdict)) == (Outcome.UNTRUSTED, (None, None), (None, None))

    def test_a_hold_ends_with_what_lifts_it(self) -> None:
        """A newer CRL at hand that begins tomorrow lifts the hold tomorrow, as held."""
        held = crl(entry(serial(self.POINTING), reason_code(6)))
        lifting = crl(number=6, since=AT + DAY, until=AT + 9 * DAY)
        verdict = ask_status(self.POINTING, RevocationPolicy.IF_PUBLISHED, held, lifting)
        assert (verdict.outcome, self.told(verdict)[0]) == (
            Outcome.UNTRUSTED,
            (AT + DAY - SKEW, ("revocation.on_hold", 0)),
        )

    @pytest.mark.parametrize("lasting", [timedelta(days=1), timedelta(days=79)])
    def test_require_goes_by_lifetime(self, lasting: timedelta) -> None:
        """What must last is the certificate, not the CRL of this week."""
        verdict = ask_status(self.POINTING, RevocationPolicy.IF_PUBLISHED, self.HELD)
        assert verdict.require(lasting=lasting) is verdict
        with pytest.raises(Untrusted, match="expired"):
            verdict.require(lasting=timedelta(days=81))
        held = verdict.horizon.until
        assert held is not None
        assert verdict.require(lasting=held - AT, outlook=EvidenceOutlook.AS_HELD) is verdict
        with pytest.raises(Untrusted, match="is revoked is not known"):
            verdict.require(lasting=held - AT + SECOND, outlook=EvidenceOutlook.AS_HELD)

    def test_require_refuses_a_grace_that_ends_too_soon(self) -> None:
        """An exception that ends in three days does not last four, renewed or not."""
        verdict = ask_status(self.POINTING, self.GRACE, self.HELD, at=self.ENDED)
        assert verdict.require(lasting=timedelta(days=3)) is verdict
        with pytest.raises(Untrusted, match="not known"):
            verdict.require(lasting=timedelta(days=4))

    def test_forecast_as_held(self) -> None:
        """If the CRL server is lost: trusted, by exception, undecided, and untrusted when the leaf ends."""
        assert self.periods(self.HELD, policy=self.GRACE, outlook=EvidenceOutlook.AS_HELD) == [
            (AT, Outcome.TRUSTED, ("revocation.stale", 0)),
            (self.ENDED, Outcome.TRUSTED_BY_EXCEPTION, ("revocation.evidence_ended", 0)),
            (self.GRACE_ENDED, Outcome.UNDECIDED, ("validity.expired", 0)),
            (LEAF_UNTIL, Outcome.UNTRUSTED, None),
        ]

    def test_forecast_as_renewed(self) -> None:
        """If evidence is renewed in time, only certificates end."""
        assert self.periods(self.HELD, policy=self.GRACE, outlook=EvidenceOutlook.RENEWED) == [
            (AT, Outcome.TRUSTED, ("validity.expired", 0)),
            (LEAF_UNTIL, Outcome.UNTRUSTED, None),
        ]

    @pytest.mark.parametrize("outlook", EvidenceOutlook)
    def test_without_evidence_both_are_one(self, outlook: EvidenceOutlook) -> None:
        """What is not at hand cannot run out."""
        assert self.periods(policy=RevocationPolicy.IF_PUBLISHED, outlook=outlook) == [
            (AT, Outcome.UNDECIDED, ("validity.expired", 0)),
            (LEAF_UNTIL, Outcome.UNTRUSTED, None),
        ]
