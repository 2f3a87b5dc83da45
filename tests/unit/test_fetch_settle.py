"""Settling: verify, get what is wanted, verify again; whoever answers is not believed, only verified."""

from __future__ import annotations

import asyncio
import base64
import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from clinic import CRL_URL, DAY, ISSUER_URL, NOW, OCSP_URL, OTHER_CRL_URL, STRANGER, Clinic, asked, unauthorized
from devicetrust import Evidence, MisuseError, Outcome, RevocationPolicy, Verdict, fetch, load_crls, profiles
from devicetrust.fetch import AnswerFrom, FetchBudget, Nonces, Origin, ReplayFetcher, Reply, Request
from devicetrust.testing.status_drafts import SHA_1

CLINIC = Clinic()
DEVICE = CLINIC.device()
VERIFIER = CLINIC.verifier()
DOWN = Reply(None, "no connection within 5 seconds")

Settle = Callable[..., Verdict]


def _asettle(*arguments: Any, **named: Any) -> Verdict:
    return asyncio.run(fetch.asettle(*arguments, **named))


@pytest.fixture(params=[fetch.settle, _asettle], ids=["settle", "asettle"])
def settle(request: pytest.FixtureRequest) -> Settle:
    """Both drivers do the same."""
    chosen: Settle = request.param
    return chosen


def urls(fetcher: ReplayFetcher) -> list[str]:
    return [request.url for request in fetcher.requests]


def reasons(verdict: Verdict) -> str:
    """What the finding about an unknown status says."""
    return " ".join(str(finding) for finding in verdict.findings if finding.code.id.startswith("revocation.unknown"))


def responder(answers: Mapping[str, bytes | Reply]) -> Callable[[Request], bytes | Reply]:
    """Answers by the method and the name of the hash that the request uses, as ``GET sha256``."""

    def answer(request: Request) -> bytes | Reply:
        return answers.get(way(request), DOWN)

    return answer


def way(request: Request) -> str:
    if request.body is not None:
        return f"POST {asked(request.body).hash_algorithm.name}"
    tail = request.url.removeprefix(f"{OCSP_URL}/")
    return f"GET {asked(base64.b64decode(unquote(tail))).hash_algorithm.name}"


class TestCRLs:
    def test_what_is_wanted_is_fetched(self, settle: Settle) -> None:
        """A device whose CRL can be had is trusted, after one request."""
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW)})
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, urls(fetcher), verdict.wants) == (Outcome.TRUSTED, [CRL_URL], ())

    def test_revoked(self, settle: Settle) -> None:
        """A device on the CRL that was fetched is refused."""
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW, revoked=[DEVICE])})
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, verdict.headline and verdict.headline.code.id) == (
            Outcome.UNTRUSTED,
            "revocation.revoked",
        )

    def test_nothing_wanted_nothing_asked(self, settle: Settle) -> None:
        """With evidence at hand no request is made."""
        fetcher = ReplayFetcher({})
        evidence = Evidence(crls=load_crls(CLINIC.crl(NOW)))
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, evidence=evidence, fetcher=fetcher)
        assert (verdict.outcome, fetcher.requests) == (Outcome.TRUSTED, [])

    def test_a_stranger_cannot_make_us_send(self, settle: Settle) -> None:
        """A certificate without a path to an anchor names URLs in vain."""
        stranger = Clinic(number=3)
        fetcher = ReplayFetcher({})
        device = stranger.device(ocsp_urls=[OCSP_URL], issuers=[ISSUER_URL])
        verdict = settle(VERIFIER, device, stranger.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, fetcher.requests) == (Outcome.UNTRUSTED, [])

    @pytest.mark.parametrize(
        ("first", "problem"),
        [
            (DOWN, "no connection within 5 seconds"),
            (b"<!DOCTYPE html><html>It works!</html>", "answered with HTML, not with a CRL"),
            (b"", "answered with nothing, not with a CRL"),
            (b"rubbish", "answered with something else, not with a CRL"),
            (CLINIC.hospital.roots[0].der, "answered with something else, not with a CRL"),
            (CLINIC.crl(NOW)[:-9], "answered with what cannot be read as a CRL"),
            (CLINIC.crl(NOW, delta_of=1), "answered with a delta CRL, not with a complete one"),
        ],
    )
    def test_alternatives_are_tried_in_order(self, settle: Settle, first: bytes | Reply, problem: str) -> None:
        """Where the first URL gives nothing of use, the next is asked; where none does, each is named and why."""
        device = CLINIC.device(crls=[CRL_URL, OTHER_CRL_URL])
        fetcher = ReplayFetcher({CRL_URL: first, OTHER_CRL_URL: CLINIC.crl(NOW)})
        verdict = settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, urls(fetcher)) == (Outcome.TRUSTED, [CRL_URL, OTHER_CRL_URL])
        alone = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=ReplayFetcher({CRL_URL: first}))
        assert (alone.outcome, f"{CRL_URL}: {problem}" in reasons(alone)) == (Outcome.UNDECIDED, True)

    @pytest.mark.parametrize(
        "useless",
        [CLINIC.crl(NOW - 9 * DAY), CLINIC.crl(NOW, signer=STRANGER), CLINIC.crl(NOW, by=CLINIC.hospital.manufacturer)],
        ids=["ended", "forged", "of another CA"],
    )
    def test_what_does_not_do_does_not_end_the_search(self, settle: Settle, useless: bytes) -> None:
        """A readable CRL that settles nothing leaves the next URL to be asked, each once."""
        device = CLINIC.device(crls=[CRL_URL, OTHER_CRL_URL])
        fetcher = ReplayFetcher({CRL_URL: useless, OTHER_CRL_URL: CLINIC.crl(NOW)})
        verdict = settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, urls(fetcher)) == (Outcome.TRUSTED, [CRL_URL, OTHER_CRL_URL])

    def test_each_place_is_asked_once(self, settle: Settle) -> None:
        """A server that goes on giving what does not do is asked once."""
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW - 9 * DAY)})
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, urls(fetcher)) == (Outcome.UNDECIDED, [CRL_URL])

    def test_delta(self, settle: Settle) -> None:
        """A delta CRL is fetched beside the complete one, and its revocation counts."""
        device = CLINIC.device(deltas=[OTHER_CRL_URL])
        delta = CLINIC.crl(NOW, number=8, delta_of=7, revoked=[device])
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW - DAY / 2, number=7), OTHER_CRL_URL: delta})
        verdict = settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, sorted(urls(fetcher))) == (Outcome.UNTRUSTED, [CRL_URL, OTHER_CRL_URL])

    def test_pem(self, settle: Settle) -> None:
        """A server that sends PEM is understood."""
        pem = CLINIC_PEM
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=ReplayFetcher({CRL_URL: pem}))
        assert verdict.outcome is Outcome.TRUSTED

    def test_best_effort_fetches_too(self, settle: Settle) -> None:
        """Where the outcome is trusted without a status, it is wanted and fetched all the same."""
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW, revoked=[DEVICE])})
        verifier = CLINIC.verifier(RevocationPolicy.BEST_EFFORT)
        verdict = settle(verifier, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert verdict.outcome is Outcome.UNTRUSTED


CLINIC_PEM = load_crls(CLINIC.crl(NOW))[0].to_cryptography().public_bytes(Encoding.PEM)


class TestIssuers:
    def test_missing_issuer(self, settle: Settle) -> None:
        """Where the profile asks for it, the issuer's certificate is fetched; then what its path wants."""
        device = CLINIC.device(issuers=[ISSUER_URL])
        profile = VERIFIER.profile.evolve(issuer_fetching=profiles.IssuerFetching.WANTED)
        fetcher = ReplayFetcher({ISSUER_URL: CLINIC.chain[0], CRL_URL: CLINIC.crl(NOW)})
        verdict = settle(VERIFIER.evolve(profile=profile), device, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, urls(fetcher)) == (Outcome.TRUSTED, [ISSUER_URL, CRL_URL])

    def test_not_wanted(self, settle: Settle) -> None:
        """Where the profile does not ask for it, caIssuers is not followed."""
        fetcher = ReplayFetcher({ISSUER_URL: CLINIC.chain[0]})
        verdict = settle(VERIFIER, CLINIC.device(issuers=[ISSUER_URL]), at=NOW, fetcher=fetcher)
        assert (verdict.outcome, fetcher.requests) == (Outcome.UNTRUSTED, [])


class TestOCSP:
    DEVICE = CLINIC.device(crls=(), ocsp_urls=[OCSP_URL])
    GOOD = CLINIC.answer(DEVICE, NOW)
    OTHER = CLINIC.answer(CLINIC.device(), NOW)
    BY_SHA1 = CLINIC.answer(DEVICE, NOW, digest=SHA_1)

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ({"GET sha256": GOOD}, ["GET sha256"]),
            ({"GET sha256": Reply(None, "answered 404", 404), "POST sha256": GOOD}, ["GET sha256", "POST sha256"]),
            ({"GET sha256": unauthorized(), "GET sha1": BY_SHA1}, ["GET sha256", "GET sha1"]),
            ({"GET sha256": BY_SHA1}, ["GET sha256"]),
            ({"GET sha256": OTHER, "GET sha1": BY_SHA1}, ["GET sha256", "GET sha1"]),
            (
                {
                    "GET sha256": Reply(None, "answered 405", 405),
                    "POST sha256": unauthorized(),
                    "GET sha1": Reply(None, "answered 405", 405),
                    "POST sha1": BY_SHA1,
                },
                ["GET sha256", "POST sha256", "GET sha1", "POST sha1"],
            ),
        ],
        ids=[
            "at once",
            "POST only",
            "SHA-1 only",
            "answers by SHA-1 unasked",
            "answers beside it",
            "POST and SHA-1 only",
        ],
    )
    def test_ways_of_asking(self, settle: Settle, answers: dict[str, bytes | Reply], expected: list[str]) -> None:
        """By GET and SHA-256 first; by POST where GET fails; by SHA-1 where the responder does not know the name."""
        fetcher = ReplayFetcher({OCSP_URL: responder(answers)})
        verdict = settle(VERIFIER, self.DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, [way(request) for request in fetcher.requests]) == (Outcome.TRUSTED, expected)

    def test_a_dead_responder_is_asked_once(self, settle: Settle) -> None:
        """No connection is no reason to ask in another way."""
        fetcher = ReplayFetcher({OCSP_URL: DOWN})
        verdict = settle(VERIFIER, self.DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, len(fetcher.requests)) == (Outcome.UNDECIDED, 1)
        assert f"{OCSP_URL}: no connection within 5 seconds" in reasons(verdict)

    def test_crl_where_ocsp_fails(self, settle: Settle) -> None:
        """OCSP and CRLs are alternatives: where the responder is down, the CRL is fetched in the same round."""
        device = CLINIC.device(ocsp_urls=[OCSP_URL])
        fetcher = ReplayFetcher({OCSP_URL: DOWN, CRL_URL: CLINIC.crl(NOW)})
        verdict = settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher, budget=FetchBudget(rounds=1))
        assert (verdict.outcome, urls(fetcher)[1:]) == (Outcome.TRUSTED, [CRL_URL])

    def test_crl_not_asked_where_ocsp_answers(self, settle: Settle) -> None:
        """One good answer is enough."""
        device = CLINIC.device(ocsp_urls=[OCSP_URL])
        fetcher = ReplayFetcher({OCSP_URL: CLINIC.answer(device, NOW), CRL_URL: CLINIC.crl(NOW)})
        verdict = settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher)
        assert (verdict.outcome, len(fetcher.requests)) == (Outcome.TRUSTED, 1)

    def test_nonce(self, settle: Settle) -> None:
        """A nonce of 32 octets goes by POST and travels with the response, which must repeat it."""

        def answer(request: Request) -> bytes:
            sent = asked(request.body or b"").extensions[0].value.nonce  # type: ignore[attr-defined]
            assert (len(sent), request.answer_from) == (32, AnswerFrom.THIS_REQUEST)
            return CLINIC.answer(self.DEVICE, NOW, nonce=sent)

        fetcher = ReplayFetcher({OCSP_URL: answer})
        verdict = settle(VERIFIER, self.DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher, nonces=Nonces.RANDOM)
        assert (verdict.outcome, [way(one) for one in fetcher.requests]) == (Outcome.TRUSTED, ["POST sha256"])
        replayed = ReplayFetcher({OCSP_URL: self.GOOD})
        verdict = settle(VERIFIER, self.DEVICE, CLINIC.chain, at=NOW, fetcher=replayed, nonces=Nonces.RANDOM)
        assert (verdict.outcome, "nonce" in reasons(verdict)) == (Outcome.UNDECIDED, True)


class TestBudget:
    def test_requests(self, settle: Settle) -> None:
        """Beyond the budget of requests nobody is asked, and the finding says so."""
        device = CLINIC.device(crls=[f"http://crl.clinic.example/{number}" for number in range(9)])
        fetcher = ReplayFetcher({})
        verdict = settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher, budget=FetchBudget(requests=3))
        assert (verdict.outcome, len(fetcher.requests)) == (Outcome.UNDECIDED, 3)
        assert "not asked: the budget of requests is spent" in reasons(verdict)

    def test_rounds(self, settle: Settle) -> None:
        """Beyond the budget of rounds nobody is asked, and the finding says so."""
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW)})
        budget = FetchBudget(rounds=0)
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher, budget=budget)
        assert (verdict.outcome, fetcher.requests) == (Outcome.UNDECIDED, [])
        assert "the budget of rounds is spent" in reasons(verdict)

    def test_seconds(self, settle: Settle) -> None:
        """No request may outlast what is left of the seconds in all."""
        fetcher = ReplayFetcher({CRL_URL: CLINIC.crl(NOW)})
        settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher, budget=FetchBudget(seconds=2, seconds_each=9))
        assert 0 < fetcher.requests[0].seconds <= 2
        none_left = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher, budget=FetchBudget(seconds=0))
        assert (none_left.outcome, len(fetcher.requests)) == (Outcome.UNDECIDED, 1)

    def test_octets(self, settle: Settle) -> None:
        """What was read before is taken off the octets that a later answer may have."""
        device = CLINIC.device(crls=[CRL_URL, OTHER_CRL_URL])
        useless = CLINIC.crl(NOW - 9 * DAY)
        fetcher = ReplayFetcher({CRL_URL: useless, OTHER_CRL_URL: CLINIC.crl(NOW)})
        settle(VERIFIER, device, CLINIC.chain, at=NOW, fetcher=fetcher, budget=FetchBudget(octets=10_000))
        assert [request.octets for request in fetcher.requests] == [10_000, 10_000 - len(useless)]


class TestKept:
    def test_what_was_kept_and_does_not_do_is_asked_of_the_server(self, settle: Settle) -> None:
        """A poisoned cache costs a round, not the verdict."""

        def answer(request: Request) -> Reply:
            if request.answer_from is AnswerFrom.ANYWHERE:
                return Reply(CLINIC.crl(NOW, lasting=900 * DAY, signer=STRANGER), origin=Origin.KEPT)
            return Reply(CLINIC.crl(NOW))

        fetcher = ReplayFetcher({CRL_URL: answer})
        verdict = settle(VERIFIER, DEVICE, CLINIC.chain, at=NOW, fetcher=fetcher)
        whose = [request.answer_from for request in fetcher.requests]
        assert (verdict.outcome, whose) == (Outcome.TRUSTED, [AnswerFrom.ANYWHERE, AnswerFrom.SERVER])

    def test_stale_evidence_serves_within_its_grace(self, settle: Settle) -> None:
        """What was kept beyond its end is evidence still: the policy says for how long, and the failure is told."""
        stale = Reply(CLINIC.crl(NOW - 2 * DAY), "no connection within 5 seconds", origin=Origin.KEPT)
        verifier = CLINIC.verifier(RevocationPolicy.REQUIRED.evolve(stale_grace=3 * DAY))
        verdict = settle(verifier, DEVICE, CLINIC.chain, at=NOW, fetcher=ReplayFetcher({CRL_URL: stale}))
        assert verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION


class TestMisuse:
    @pytest.mark.parametrize("wrong", [{"budget": 3}, {"nonces": True}, {"at": NOW.replace(tzinfo=None)}])
    def test_wrong_arguments(self, settle: Settle, wrong: dict[str, Any]) -> None:
        """Misuse raises, as with ``verify``."""
        with pytest.raises(MisuseError):
            settle(VERIFIER, DEVICE, CLINIC.chain, fetcher=ReplayFetcher({}), **wrong)

    @pytest.mark.parametrize("wrong", [{"requests": -1}, {"seconds": -0.5}, {"at_once": 0}])
    def test_budgets_are_not_negative(self, wrong: dict[str, Any]) -> None:
        """A budget below nothing is a mistake."""
        with pytest.raises(MisuseError):
            FetchBudget(**wrong)

    def test_no_verifier(self, settle: Settle) -> None:
        """A profile is no verifier."""
        with pytest.raises(MisuseError):
            settle(VERIFIER.profile, DEVICE, fetcher=ReplayFetcher({}))


def test_wants_of_one_round_run_side_by_side() -> None:
    """The errands of one round overlap: each waits for the other to have begun."""
    barrier = threading.Barrier(2, timeout=10)
    other = "http://delta.clinic.example/delta.crl"
    device = CLINIC.device(deltas=[other])

    def answer(content: bytes) -> Callable[[Request], bytes]:
        def wait(_: Request) -> bytes:
            barrier.wait()
            return content

        return wait

    first = Evidence(crls=load_crls(CLINIC.crl(NOW - 3 * DAY, number=1)))
    answers = {CRL_URL: answer(CLINIC.crl(NOW, number=7)), other: answer(CLINIC.crl(NOW, number=8, delta_of=7))}
    fetcher = ReplayFetcher(answers)
    verdict = fetch.settle(VERIFIER, device, CLINIC.chain, at=NOW, evidence=first, fetcher=fetcher)
    assert (verdict.outcome, len(fetcher.requests)) == (Outcome.TRUSTED, 2)


def test_without_at_each_round_has_its_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An OCSP response made after settling began is not from the future."""
    ticks = itertools.count(int(NOW.timestamp()))
    monkeypatch.setattr("devicetrust.verifier.time.time", lambda: next(ticks))
    device = CLINIC.device(crls=(), ocsp_urls=[OCSP_URL])
    later = CLINIC.answer(device, NOW.replace(second=1))
    verdict = fetch.settle(VERIFIER, device, CLINIC.chain, fetcher=ReplayFetcher({OCSP_URL: later}))
    assert (verdict.outcome, verdict.at) == (Outcome.TRUSTED, NOW.replace(second=1))
