"""What follows from a verdict: the table of outcomes, and a value that says what it means."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import pki
from devicetrust import (
    Certificate,
    DeviceTrustError,
    Finding,
    MisuseError,
    Outcome,
    Undecided,
    Untrusted,
    Verdict,
    profiles,
)
from devicetrust.profiles import IssuerFetching
from pki import AT
from pki_revocation import access_at
from ward import WRONGS, ask, including, scene, verifier

DAY = timedelta(days=1)


def trusted() -> Verdict:
    return ask(scene())


def untrusted() -> Verdict:
    return ask(WRONGS["leaf expired"].scene())


def undecided() -> Verdict:
    asked = including(0, access_at(issuers=["http://ca.example.com/ca.cer"]))(scene())
    profile = profiles.rfc5280.evolve(issuer_fetching=IssuerFetching.WANTED)
    return verifier(asked, profile).verify(asked.sealed(0), at=AT)


def by_exception() -> Verdict:
    """No profile grants exceptions yet, so the outcome is put into a verdict by hand."""
    verdict = trusted()
    judgement = verdict._judgement._replace(outcome=Outcome.TRUSTED_BY_EXCEPTION)
    return Verdict(judgement, verdict._seconds, verdict._question)


OF = {
    Outcome.TRUSTED: trusted,
    Outcome.TRUSTED_BY_EXCEPTION: by_exception,
    Outcome.UNTRUSTED: untrusted,
    Outcome.UNDECIDED: undecided,
}


class TestTableOfOutcomes:
    @pytest.mark.parametrize("outcome", Outcome)
    def test_each_can_be_had(self, outcome: Outcome) -> None:
        """The table has a line for each outcome."""
        assert OF[outcome]().outcome is outcome

    @pytest.mark.parametrize(
        ("outcome", "admits", "raised", "raised_strictly"),
        [
            (Outcome.TRUSTED, True, None, None),
            (Outcome.TRUSTED_BY_EXCEPTION, True, None, Untrusted),
            (Outcome.UNTRUSTED, False, Untrusted, Untrusted),
            (Outcome.UNDECIDED, False, Undecided, Undecided),
        ],
    )
    def test_what_follows(
        self, outcome: Outcome, admits: bool, raised: type[Untrusted] | None, raised_strictly: type[Untrusted] | None
    ) -> None:
        """An outcome admits, passes `require` and passes the strict `require` as the one table says."""
        verdict = OF[outcome]()
        assert outcome.admits is admits
        assert (_raised(verdict), _raised(verdict, Outcome.TRUSTED)) == (raised, raised_strictly)

    def test_undecided_is_untrusted(self) -> None:
        """Whoever catches `Untrusted` has caught what is undecided too."""
        assert issubclass(Undecided, Untrusted)
        assert issubclass(Untrusted, DeviceTrustError)


class TestRequire:
    def test_it_returns_the_verdict(self) -> None:
        """`require` is for the middle of an expression."""
        verdict = trusted()
        assert verdict.require() is verdict

    def test_what_is_raised_carries_the_verdict(self) -> None:
        """The exception names the headline and has the whole verdict."""
        verdict = untrusted()
        with pytest.raises(Untrusted, match="expired") as raised:
            verdict.require()
        assert raised.value.verdict == verdict

    @pytest.mark.parametrize("outcome", [Outcome.UNTRUSTED, Outcome.UNDECIDED])
    def test_it_pickles(self, outcome: Outcome) -> None:
        """The exception crosses processes with its verdict."""
        with pytest.raises(Untrusted) as raised:
            OF[outcome]().require()
        twin = pickle.loads(pickle.dumps(raised.value))
        assert (type(twin), str(twin), twin.verdict) == (type(raised.value), str(raised.value), raised.value.verdict)

    @pytest.mark.parametrize(("days", "passes"), [(1, True), (80, True), (81, False), (10_000, False)])
    def test_lasting(self, days: int, passes: bool) -> None:
        """What is trusted now but not so long is refused: the leaf has 80 days and the second of its end."""
        assert (_raised(trusted(), lasting=days * DAY) is None) is passes

    def test_lasting_to_the_second(self) -> None:
        """The last second of validity belongs to the time that it lasts."""
        whole = 80 * DAY + timedelta(seconds=1)
        assert _raised(trusted(), lasting=whole) is None
        assert _raised(trusted(), lasting=whole + timedelta(seconds=1)) is Untrusted

    def test_lasting_says_why(self) -> None:
        """The refusal says until when, and what ends it."""
        with pytest.raises(Untrusted, match=r"until 2026-08-20T12:00:01.*expired"):
            trusted().require(lasting=81 * DAY)

    def test_nothing_ends_what_never_ends(self) -> None:
        """9999-12-31T23:59:59 is no end, RFC 5280 4.1.2.5."""
        asked = scene()
        for index in range(3):
            asked = asked.replacing(index, not_after=pki.FOR_EVER)
        assert _raised(ask(asked), lasting=timedelta(days=365 * 1000)) is None

    @pytest.mark.parametrize("least", [Outcome.UNTRUSTED, Outcome.UNDECIDED, "trusted", None, True, timedelta(1)])
    def test_least_must_be_an_outcome_that_admits(self, least: Any) -> None:
        """`require` of what is not trusted would let everyone in."""
        with pytest.raises(MisuseError):
            trusted().require(least)

    @pytest.mark.parametrize("lasting", [30, "30d", datetime(2026, 7, 1, tzinfo=UTC)])
    def test_lasting_must_be_a_span(self, lasting: Any) -> None:
        """A number of what? Only a timedelta says."""
        with pytest.raises(MisuseError):
            trusted().require(lasting=lasting)

    def test_outlook_is_one_of_two(self) -> None:
        """What is no outlook is misuse."""
        with pytest.raises(MisuseError, match="outlook is an EvidenceOutlook"):
            trusted().require(lasting=DAY, outlook="as-held")  # type: ignore[arg-type]


class TestValue:
    @pytest.mark.parametrize("outcome", Outcome)
    def test_it_is_neither_true_nor_false(self, outcome: Outcome) -> None:
        """``if verdict:`` would let in everyone, so it raises."""
        with pytest.raises(MisuseError, match="require"):
            bool(OF[outcome]())
        with pytest.raises(MisuseError):
            assert not OF[outcome]()

    def test_equality_ignores_the_moment(self) -> None:
        """Verdicts that say the same are equal, whenever they were asked for."""
        earlier, later = ask(scene()), ask(scene(), at=AT + DAY)
        assert (earlier == later, hash(earlier) == hash(later), earlier.at == later.at) == (True, True, False)

    def test_equality_sees_the_rest(self) -> None:
        """A verdict of another outcome, another leaf or no verdict at all is not equal."""
        assert trusted() != untrusted()
        assert trusted() != ask(scene().replacing(0, serial_number=7))
        assert trusted() != Outcome.TRUSTED

    def test_the_moment_is_in_utc_and_whole_seconds(self) -> None:
        """What was asked in another zone with fractions comes back as it was compared."""
        asked = AT.astimezone(timezone(timedelta(hours=5, minutes=30))).replace(microsecond=700_000)
        assert ask(scene(), at=asked).at == AT
        assert ask(scene(), at=asked).at.tzinfo is UTC

    @pytest.mark.parametrize("outcome", Outcome)
    def test_it_pickles(self, outcome: Outcome) -> None:
        """A verdict crosses processes whole: it can still look ahead, explain itself and be asked what repeats it."""
        verdict = OF[outcome]()
        twin: Verdict = pickle.loads(pickle.dumps(verdict))
        assert (twin, twin.at, twin.horizon) == (verdict, verdict.at, verdict.horizon)
        assert (twin.explain(), twin.to_dict()) == (verdict.explain(), verdict.to_dict())

    def test_what_blocks_is_what_the_profile_says(self) -> None:
        """Blocking findings are errors that the profile does not merely report."""
        verdict = untrusted()
        assert [finding.code.id for finding in verdict.blocking()] == ["validity.expired"]
        assert list(trusted().blocking()) == []

    def test_the_headline_is_the_highest_in_rank(self) -> None:
        """ "Expired" is said before what weighs less; without anything that blocks, the gravest of the rest."""
        asked = including(0, pki.key_usage(pki.DIGITAL_SIGNATURE))(WRONGS["leaf expired"].scene())
        asked = asked.replacing(0, scheme="ecdsa-sha1")
        verdict = ask(asked)
        assert {finding.code.id for finding in verdict.blocking()} == {
            "validity.expired",
            "strength.signature_algorithm",
        }
        assert _id(verdict.headline) == "validity.expired"
        assert _id(trusted().headline) in {finding.code.id for finding in trusted().findings}

    def test_the_question_repeats_the_verdict(self) -> None:
        """Versions, profile with edition and digest, and the fingerprint of everything that had a part."""
        asked = scene()
        verdict = ask(asked)
        question = verdict.question
        assert set(question) == {
            "versions",
            "profile",
            "leaf",
            "presented",
            "intermediates",
            "reference",
            "trust",
            "waivers",
            "evidence",
            "clock",
            "interval_seconds",
        }
        assert question["leaf"] == verdict.path[0].fingerprint.hex()
        assert question["profile"]["name"] == "rfc5280"
        assert len(bytes.fromhex(question["profile"]["digest"])) == 32
        assert len(question["presented"]) == 1

    def test_attempts_are_the_paths_that_fell(self) -> None:
        """A path that stands keeps beside it what was tried before, and why that fell."""
        asked = scene()
        good = Certificate(asked.sealed(1))
        expired = asked.chain[1].draft._replace(not_after=AT - DAY)
        twins = (expired._replace(serial_number=number).sealed(asked.signer(1)) for number in range(1, 50))
        first = next(twin for twin in twins if Certificate(twin).fingerprint < good.fingerprint)
        verdict = ask(asked._replace(beside=(first,)))
        blocks = verdict.profile.blocks
        fallen = [
            ([one.der for one in a.certificates], [f.code.id for f in a.findings if blocks(f.code)])
            for a in verdict.attempts
        ]
        assert verdict.outcome is Outcome.TRUSTED
        assert fallen == [([asked.sealed(0), first], ["validity.expired"])]


def _raised(verdict: Verdict, *arguments: Any, **named: Any) -> type[Untrusted] | None:
    try:
        verdict.require(*arguments, **named)
    except Untrusted as error:
        return type(error)
    return None


def _id(finding: Finding | None) -> str | None:
    return None if finding is None else finding.code.id
