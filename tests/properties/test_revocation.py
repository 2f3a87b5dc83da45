"""Evidence of status: what it can never do, whatever it is, and that the horizon with it is exact.

Made-up chains (`pki_status`) are asked about with CRLs, delta CRLs and OCSP responses of all sorts, right
and wrong ones, each time of a verifier that was never asked before. What must hold between two moments is checked at
the seconds at which a certificate or a piece of evidence begins or ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple, TypeAlias

import pytest

import pki_revocation as made
from devicetrust import (
    Certificate,
    Evidence,
    Outcome,
    Profile,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    profiles,
)
from devicetrust.revocation.policy import RevocationDepth, RevocationSource
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from pki import AT, BASIC_CONSTRAINTS, CRL_SIGN, FOR_EVER, Authority, common_name, dns, key, key_usage
from pki_status import KEY_COMPROMISE, ON_HOLD, AnswerOfStatus, Issued, ListOfStatus, Ward, random_ward

COUNT = 2_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 120
BATCH = 40
SECOND = timedelta(seconds=1)
GRACE = RevocationPolicy.REQUIRED.evolve(stale_grace=timedelta(hours=3), clock_skew=timedelta(minutes=5))
POLICIES = (
    RevocationPolicy.REQUIRED,
    RevocationPolicy.IF_PUBLISHED,
    RevocationPolicy.BEST_EFFORT,
    RevocationPolicy.OFF,
    GRACE,
)


Asked: TypeAlias = dict[tuple[RevocationPolicy, datetime], Verdict]


class Question(NamedTuple):
    """A ward, a policy and a moment. ``asked`` holds the verdicts with all evidence, by policy and moment."""

    ward: Ward
    policy: RevocationPolicy
    at: datetime
    rng: Random
    asked: Asked

    @property
    def pieces(self) -> list[ListOfStatus | AnswerOfStatus]:
        return [*self.ward.lists, *self.ward.answers]

    def ask(self, evidence: Evidence | None = None, at: datetime | None = None) -> Verdict:
        """The verdict of a verifier that was never asked before, with all evidence or this."""
        if evidence is None:
            known = self.asked.get((self.policy, at or self.at))
            if known is None:
                known = self.asked[self.policy, at or self.at] = self.ask(self.evidence(), at)
            return known
        verifier = Verifier(TrustStore([Certificate(self.ward.root)]), profile=under(self.policy))
        leaf, presented = Certificate(self.ward.leaf.sealed()), map(Certificate, self.ward.presented)
        return verifier.verify(leaf, presented, evidence=evidence, at=at or self.at)

    def evidence(self, pieces: Sequence[ListOfStatus | AnswerOfStatus] | None = None) -> Evidence:
        """All evidence, or these pieces with the certificates of signers."""
        chosen = self.pieces if pieces is None else pieces
        return Evidence(
            crls=[CertificateRevocationList(one.sealed()) for one in chosen if isinstance(one, ListOfStatus)],
            ocsp=[OCSPResponse(one.sealed()) for one in chosen if isinstance(one, AnswerOfStatus)],
            certificates=[Certificate(one.sealed()) for one in self.ward.signers],
        )

    def turns(self, start: datetime, end: datetime | None) -> Iterator[datetime]:
        """The seconds in ``[start, end)`` at which something begins or ends, as the policy has it, and those beside."""
        spans = {timedelta(0), self.policy.clock_skew, -self.policy.clock_skew}
        spans.add(self.policy.clock_skew + self.policy.stale_grace)
        near = {
            moment + span + step for moment in self.ward.moments for span in spans for step in (-SECOND, SECOND * 0)
        }
        return (moment for moment in sorted(near) if start <= moment and (end is None or moment < end))


def under(policy: RevocationPolicy) -> Profile:
    return profiles.tls_client.evolve(revocation=policy)


def question(number: int, *, crossed: bool | None = None, policy: RevocationPolicy | None = None) -> Question:
    ward, at, asked = known_ward(number, crossed)
    return Question(ward, policy or POLICIES[number % len(POLICIES)], at, Random(number), asked)


@lru_cache(maxsize=2 * BATCH + 2 * 120)
def known_ward(number: int, crossed: bool | None) -> tuple[Ward, datetime, Asked]:
    rng = Random(f"revocation {number}")
    ward = random_ward(rng, crossed=crossed)
    at = AT if rng.random() < 0.6 else rng.choice(ward.moments) - SECOND * rng.randint(0, 1)
    return ward, at, {}


@pytest.fixture(scope="module", params=range(0, COUNT, BATCH))
def numbers(request: pytest.FixtureRequest) -> range:
    return range(request.param, request.param + BATCH)


def test_order_of_evidence_changes_nothing(numbers: range) -> None:
    """The whole verdict is the same in whatever order the evidence is given, and however often each piece."""
    for one in map(question, numbers):
        pieces = [*one.pieces, *one.rng.choices(one.pieces, k=2 * bool(one.pieces))]
        one.rng.shuffle(pieces)
        verdict, shuffled = one.ask(), one.ask(one.evidence(pieces))
        assert shuffled == verdict
        assert shuffled.horizon == verdict.horizon


def test_less_evidence_never_decides(numbers: range) -> None:
    """On a single path with evidence of its issuers alone, taking some away never turns UNDECIDED into trust.

    Nor does it elsewhere, unless what is taken away revokes: a way that was barred, or somebody who signs evidence.
    """
    for number in numbers:
        one = without_delegates(question(number, crossed=False, policy=POLICIES[number % 2]))
        if one.ask().outcome is Outcome.UNDECIDED:
            for kept in (one.rng.sample(one.pieces, len(one.pieces) * part // 4) for part in range(4)):
                assert not one.ask(one.evidence(kept)).outcome.admits


def test_revoked_stays_revoked_whatever_else_is_at_hand(numbers: range) -> None:
    """On a single path, what one revocation alone refuses is refused with any further evidence."""
    for number in numbers:
        one = question(number, crossed=False)
        other = question(number + COUNT, crossed=False)
        for piece in one.pieces:
            alone = one.ask(one.evidence([piece]))
            if alone.headline is not None and alone.headline.code.id == "revocation.revoked":
                more = [piece, *one.rng.sample(one.pieces, len(one.pieces) // 2), *other.pieces]
                assert one.ask(one.evidence(more)).outcome is Outcome.UNTRUSTED


def test_no_date_lifts_a_revocation(numbers: range) -> None:
    """On a single path, what is revoked is revoked at every moment, before and after the evidence of it too."""
    for number in numbers:
        one = question(number, crossed=False)
        verdict = one.ask()
        if direct(one, verdict):
            assert verdict.horizon.until is None or only_so_far(verdict)
            for moment in one.rng.sample(one.ward.moments, min(4, len(one.ward.moments))):
                assert one.ask(at=moment).outcome is Outcome.UNTRUSTED


def test_a_revocation_never_gains_trust(numbers: range) -> None:
    """A response of the issuer that a certificate of the path is revoked never turns a refusal into trust."""
    for one in map(question, numbers):
        about = one.rng.choice(one.ward.issued)
        answer = AnswerOfStatus(about, made.revoked(reason=KEY_COMPROMISE), one.at, None, about.issuer.key)
        if one.ask(one.evidence([*one.pieces, answer])).outcome.admits:
            assert one.ask().outcome.admits


def test_a_further_entry_never_gains_trust(numbers: range) -> None:
    """A CRL with one more entry, or with a hold made final, never turns a refusal into trust."""
    for one in map(question, numbers):
        listed = [piece for piece in one.ward.lists if piece.extensions]
        if not listed:
            continue
        spoiled = one.rng.choice(listed)
        about = one.rng.choice([each for each in one.ward.issued if each.issuer == spoiled.issuer] or [one.ward.leaf])
        serial = about.draft.serial_number
        entries = (*(entry for entry in spoiled.entries if entry[0] != serial), (serial, KEY_COMPROMISE))
        worse = spoiled._replace(entries=entries)
        pieces = [worse if piece == spoiled else piece for piece in one.pieces]
        if one.ask(one.evidence(pieces)).outcome.admits:
            assert one.ask().outcome.admits


STRICTER = {
    "status demanded where published": (RevocationPolicy.BEST_EFFORT, RevocationPolicy.IF_PUBLISHED),
    "status demanded": (RevocationPolicy.IF_PUBLISHED, RevocationPolicy.REQUIRED),
    "missing status told": (RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT),
    "the whole chain": (
        RevocationPolicy.REQUIRED.evolve(depth=RevocationDepth.LEAF),
        RevocationPolicy.REQUIRED,
    ),
    "CRLs only": (RevocationPolicy.REQUIRED, RevocationPolicy.REQUIRED.evolve(sources=(RevocationSource.CRL,))),
    "OCSP only": (RevocationPolicy.REQUIRED, RevocationPolicy.REQUIRED.evolve(sources=(RevocationSource.OCSP,))),
    "no grace": (GRACE, GRACE.evolve(stale_grace=timedelta(0))),
    "no skew": (GRACE, GRACE.evolve(clock_skew=timedelta(0))),
    "none for the short-lived": (
        RevocationPolicy.REQUIRED.evolve(short_lived=timedelta(days=1)),
        RevocationPolicy.REQUIRED,
    ),
}


@pytest.mark.parametrize("name", STRICTER)
def test_stricter_policy_never_gains_trust(name: str) -> None:
    """What a policy made stricter in any way trusts, the policy itself trusts; and each way loses some trust here."""
    weaker, stricter = STRICTER[name]
    lost = 0
    for number in range(COUNT):
        one = question(number)
        before, after = one._replace(policy=weaker).ask(), one._replace(policy=stricter).ask()
        assert before.outcome.admits or not after.outcome.admits, number
        lost += before.outcome.admits and not after.outcome.admits
    assert (lost > 0) == (name != "missing status told")


def test_hold_is_lifted_by_newer_evidence_alone() -> None:
    """A newer response lifts a hold, an older one does not, and a revocation is lifted by neither."""
    one = question(0, policy=RevocationPolicy.REQUIRED)
    day = timedelta(days=1)
    chain = [each for each in one.ward.issued if each != one.ward.leaf]
    above = [_answer(each, made.GOOD, AT - day) for each in chain]
    one = one._replace(at=AT)

    def asked(*answers: AnswerOfStatus) -> Outcome:
        return one.ask(one.evidence([*above, *answers])).outcome

    leaf = one.ward.leaf
    held, final = made.revoked(reason=ON_HOLD), made.revoked(reason=KEY_COMPROMISE)
    newer, older = _answer(leaf, made.GOOD, AT - day), _answer(leaf, made.GOOD, AT - 9 * day)
    assert asked(newer) is Outcome.TRUSTED
    assert asked(_answer(leaf, held, AT - 2 * day), newer) is Outcome.TRUSTED
    assert asked(_answer(leaf, held, AT - 2 * day), older) is Outcome.UNTRUSTED
    assert asked(_answer(leaf, final, AT - 2 * day), newer) is Outcome.UNTRUSTED


def test_outcome_stays_until_the_horizon_and_differs_there(numbers: range) -> None:
    """On ``[at, until)`` the outcome is the one at ``at``, at ``until`` it is another, and the horizon names why."""
    for one in map(question, numbers):
        verdict = one.ask()
        until, cause, _ = verdict.horizon
        assert (until is None) == (cause is None)
        last = FOR_EVER if until is None else until - SECOND
        for moment in (*_some(one, one.turns(one.at, until)), last):
            assert one.ask(at=moment).outcome is verdict.outcome, (one.at, moment, until)
        if until is not None and not only_so_far(verdict):
            assert one.ask(at=until).outcome is not verdict.outcome, (one.at, until)


def test_the_budget_for_looking_ahead_lasts() -> None:
    """Hardly ever is the future of so few certificates followed only in part."""
    assert sum(only_so_far(question(number).ask()) for number in range(COUNT)) * 30 < COUNT


def test_verdict_stays_until_recheck(numbers: range) -> None:
    """One second before ``recheck`` the whole verdict is the one at ``at``; ``recheck`` is at most ``until``."""
    for one in map(question, numbers):
        verdict = one.ask()
        until, _, recheck = verdict.horizon
        assert recheck == verdict.recheck
        if recheck is None:
            assert until is None
        else:
            assert one.at < recheck <= (until or recheck)
        last = FOR_EVER if recheck is None else recheck - SECOND
        for moment in (*_some(one, one.turns(one.at, recheck)), last):
            assert one.ask(at=moment) == verdict, (one.at, moment, recheck)


def test_renewed_evidence_never_ends_trust_earlier(numbers: range) -> None:
    """What is trusted by evidence that has begun lasts at least as long with it renewed as with it as held."""
    for one in map(question, numbers):
        verdict = one.ask(one.evidence([piece for piece in one.pieces if piece.begin <= one.at]))
        if verdict.outcome is Outcome.TRUSTED and verdict.lifetime.until is not None and not only_so_far(verdict):
            assert verdict.horizon.until is not None
            assert verdict.horizon.until <= verdict.lifetime.until


def test_revoking_a_signer_never_gains_trust() -> None:
    """That who signed a CRL is revoked too never turns the refusal by this CRL into trust."""
    root = Authority(common_name("Ward Root"), key("p256", 0))
    leaf = Issued(root.issues(common_name("pump-1"), key("p256", 99), dns("pump-1.ward.example.com")), root)
    draft = root.vouches_for(Authority(root.name, key("p256", 40))).without(BASIC_CONSTRAINTS)
    signer = Issued(draft.including(key_usage(CRL_SIGN)), root)
    listed, day = ((leaf.draft.serial_number, KEY_COMPROMISE),), timedelta(days=1)
    crl = ListOfStatus(root, listed, (made.crl_number(1),), AT - day, AT + day, key("p256", 40))
    good = tuple(_answer(about, made.GOOD, AT - day) for about in (leaf, signer))
    one = Question(Ward(root.root(), leaf, (leaf,), (crl,), good, (signer,)), POLICIES[0], AT, Random(0), {})
    assert one.ask().outcome is Outcome.UNTRUSTED
    revoked = _answer(signer, made.revoked(reason=KEY_COMPROMISE), AT - day)
    assert one.ask(one.evidence([crl, *good, revoked])).outcome is Outcome.UNTRUSTED


def only_so_far(verdict: Verdict) -> bool:
    """Whether the horizon says that it was not looked further, as where the budget for that is spent."""
    cause = verdict.horizon.cause
    return cause is not None and cause.code.id == "horizon.not_looked_further"


def without_delegates(one: Question) -> Question:
    """The same with only the pieces that the issuer's own key signs."""
    lists = tuple(piece for piece in one.ward.lists if piece.signer == piece.issuer.key)
    answers = tuple(piece for piece in one.ward.answers if piece.signer == piece.about.issuer.key)
    return one._replace(ward=one.ward._replace(lists=lists, answers=answers, signers=()), asked={})


def _answer(about: Issued, status: bytes, begin: datetime) -> AnswerOfStatus:
    return AnswerOfStatus(about, status, begin, AT + timedelta(days=1), about.issuer.key)


def _some(one: Question, moments: Iterator[datetime]) -> list[datetime]:
    found = list(moments)
    return one.rng.sample(found, min(6, len(found)))
