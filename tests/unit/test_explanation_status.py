"""How a verdict tells of revocation: what is open and what to pass, exceptions and their end, two ends of an answer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from devicetrust import (
    CertificateRevocationList,
    Evidence,
    Failure,
    OCSPResponse,
    Outcome,
    RevocationPolicy,
    TimeInterval,
    Verdict,
    profiles,
)
from devicetrust.revocation import codes
from pki import AT
from pki_revocation import entry, reason_code
from ward import SECOND, presented, replacing, verifier
from ward_pointing import CRL_URL, DAY, OCSP_URL, ROOT_CRL_URL, answer, crls, pointing, serial_number

GRACE = RevocationPolicy.IF_PUBLISHED.evolve(stale_grace=timedelta(hours=12))
WANTED = ("certificate 1: a complete CRL", "certificate 0: an OCSP response", "certificate 0: a complete CRL")


def ask(
    *given: bytes,
    policy: RevocationPolicy = RevocationPolicy.IF_PUBLISHED,
    at: datetime | TimeInterval = AT,
    failures: tuple[Failure, ...] = (),
) -> Verdict:
    """The verdict on the ward's pump with these CRLs."""
    asked = pointing()
    evidence = Evidence(crls=map(CertificateRevocationList, given), failures=failures)
    judge = verifier(asked, profiles.rfc5280.evolve(revocation=policy))
    return judge.verify(asked.sealed(0), presented(asked), evidence=evidence, at=at)


def told(verdict: Verdict, *words: str) -> list[str]:
    """The lines of the explanation that begin with one of these words, without their indentation."""
    return [line.strip() for line in verdict.explain().splitlines() if line.strip().startswith(words)]


class TestOpen:
    def test_what_leaves_it_open_is_marked_so_and_says_what_to_pass(self) -> None:
        """UNDECIDED tells each open question, and once what would answer it."""
        verdict = ask()
        lines = told(verdict, "open:", "error:", "to do:")
        assert verdict.outcome is Outcome.UNDECIDED
        assert [line.partition(":")[0] for line in lines] == ["open", "to do", "open"]
        assert lines[1] == f"to do: {codes.UNKNOWN.remedy}"
        assert "--crl FILE" in lines[1]

    def test_what_is_lacking_is_named_with_its_urls(self) -> None:
        """Below it stands which bytes are lacking, for which certificate of the path, and where they are said to be."""
        lines = told(ask(), "certificate ")
        assert [line.partition(",")[0] for line in lines] == list(WANTED)
        assert [line.rpartition(" ")[2] for line in lines] == [ROOT_CRL_URL, OCSP_URL, CRL_URL]

    def test_what_could_not_be_had_is_said(self) -> None:
        """A failure is a reason: which URL, and what came of it."""
        [_, pump] = told(ask(failures=(Failure(CRL_URL, "no answer within 5 seconds"),)), "open:")
        assert f"{CRL_URL}: no answer within 5 seconds" in pump

    def test_where_something_refuses_it_alone_gives_advice(self) -> None:
        """What is expired is renewed, not looked up: an open question beside an error gives no advice."""
        asked = replacing(0, not_after=AT - SECOND)(pointing())
        verdict = verifier(asked).verify(asked.sealed(0), presented(asked), at=AT)
        assert [line.partition(":")[0] for line in told(verdict, "open:", "error:", "to do:")] == [
            "open",
            "error",
            "to do",
            "open",
        ]


class TestRefused:
    @pytest.mark.parametrize(
        ("reason", "code", "begins"),
        [(1, "revocation.revoked", "take the device off"), (6, "revocation.on_hold", "ask the issuer")],
    )
    def test_a_revocation_and_a_hold(self, reason: int, code: str, begins: str) -> None:
        """Both refuse, without a date that ends it, and each says what to do."""
        verdict = ask(*crls(entry(serial_number(pointing()), reason_code(reason))))
        [error, advice] = told(verdict, "error:", "to do:")
        assert (verdict.outcome, code in error) == (Outcome.UNTRUSTED, True)
        assert advice.startswith(f"to do: {begins}")
        assert told(verdict, "stays untrusted") == ["stays untrusted: no date ends it"]


class TestException:
    def test_it_says_until_when(self) -> None:
        """Stale evidence within its grace is an exception: marked so, with its end, and that is the verdict's."""
        verdict = ask(*crls(), policy=GRACE, at=AT + DAY + timedelta(hours=1))
        [exception, advice] = told(verdict, "exception:", "to do:")
        assert verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION
        assert "the policy admits it until 2026-06-03T00:00:00Z" in exception
        assert advice.startswith("to do: renew the evidence")
        assert len(told(verdict, "trusted by exception until 2026-06-03T00:00:01Z: whether ")) == 1


class TestTwoEnds:
    def test_the_lifetime_first_then_what_is_at_hand(self) -> None:
        """Evidence ends sooner than certificates: both ends are told, each with its cause."""
        _, second, third, *_ = ask(*crls()).explain().splitlines()
        assert second.startswith("  trusted until 2026-08-20T12:00:01Z: CN=pump-17,O=Ward expired")
        assert third.startswith("  with the evidence at hand until 2026-06-02T12:00:01Z: whether CN=pump-17")

    def test_one_line_where_they_agree(self) -> None:
        """Where no evidence bears on it, there is one end."""
        assert told(ask(policy=RevocationPolicy.OFF), "with the evidence") == []

    def test_an_interval_is_told_from_its_beginning_to_its_end(self) -> None:
        """The first line says all that the time may be; what ends is when it may begin."""
        first, second, *_ = ask(*crls(), at=TimeInterval(AT, AT + timedelta(hours=3))).explain().splitlines()
        assert first.startswith("TRUSTED from 2026-06-01T12:00:00Z to 2026-06-01T15:00:00Z under rfc5280 ")
        assert second.startswith("  trusted until the interval begins at 2026-08-20T09:00:01Z: ")

    def test_a_doubtful_clock_leaves_it_open(self) -> None:
        """An interval over the end of the evidence is undecided, and the doubt says what to do."""
        verdict = ask(*crls(), at=TimeInterval(AT, AT + 3 * DAY))
        [doubt, advice] = told(verdict, "open:", "to do:")
        assert (verdict.outcome, "clock.doubt" in doubt) == (Outcome.UNDECIDED, True)
        assert advice.startswith("to do: set the clock, or narrow the interval")

    def test_a_doubt_gives_advice_beside_an_error(self) -> None:
        """Where the interval begins before the certificate does, the doubt says what to do as well as the error."""
        verdict = ask(policy=RevocationPolicy.OFF, at=TimeInterval(AT - 11 * DAY, AT))
        assert verdict.outcome is Outcome.UNDECIDED
        assert told(verdict, "to do: set the clock, or narrow") != []


class TestData:
    def test_a_want_holds_the_request_to_send(self) -> None:
        """What to ask of a responder is in the data, in hexadecimal; of a CRL there is nothing to ask."""
        verdict = ask()
        wants = verdict.to_dict()["wants"]
        assert [set(want) for want in wants] == [{"kind", "certificate", "urls", "ocsp_request"}] * 3
        [question] = [want.question for want in verdict.wants if want.question is not None]
        assert [want["ocsp_request"] for want in wants] == [None, question.request().hex(), None]

    def test_each_finding_says_what_it_does(self) -> None:
        """The effect is data too: what refuses, what leaves open, what admits for a while."""
        effects = {one["code"]: one["effect"] for one in ask().to_dict()["findings"]}
        assert (effects["revocation.unknown"], effects["identity.unchecked"]) == ("leaves_open", "by_profile")

    def test_evidence_is_told_with_nonces_and_failures(self) -> None:
        """What repeats the verdict holds the nonce that each response was asked for with, and what could not be had."""
        asked = pointing()
        der = answer(asked)
        evidence = Evidence(
            ocsp=[OCSPResponse(der, nonce=b"n" * 32), OCSPResponse(der)], failures=[Failure(CRL_URL, "HTTP status 404")]
        )
        data = verifier(asked).verify(asked.sealed(0), presented(asked), evidence=evidence, at=AT).to_dict()
        told = data["question"]["evidence"]
        sha256 = OCSPResponse(der).fingerprint.hex()
        assert json.loads(json.dumps(data)) == data
        assert {(one["sha256"], one["nonce"]) for one in told["ocsp"]} == {(sha256, (b"n" * 32).hex()), (sha256, None)}
        assert told["failures"] == [{"url": CRL_URL, "reason": "HTTP status 404"}]
