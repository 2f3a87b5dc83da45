"""The one orchestration: what an attacker presents never helps, and what is remembered never changes an answer."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

import pki
from devicetrust import (
    Certificate,
    Evidence,
    MisuseError,
    Outcome,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    Want,
    profiles,
)
from devicetrust.profiles import IssuerFetching
from pki import AT, Authority, common_name, dns, key
from pki_faults import FAULTS
from pki_revocation import access_at
from pki_shapes import SHAPES, Case, Link, Scene
from ward import (
    DEVICE,
    HOST,
    ISSUING,
    SECOND,
    STRANGER,
    WRONGS,
    ask,
    blocking,
    certificates,
    found,
    including,
    presented,
    scene,
    verifier,
)

RFC5280 = profiles.rfc5280
DAY = timedelta(days=1)


def sibling(number: int = 8) -> bytes:
    """A good leaf of the same issuer, for another key."""
    return ISSUING.issues(common_name(f"pump-{number}"), key("p256", number), dns(HOST)).sealed(ISSUING.key)


def told(verdict: Verdict) -> tuple[Any, ...]:
    """All that a verdict says, whatever way it was reached."""
    return (
        verdict.outcome,
        verdict.path,
        verdict.anchor,
        verdict.findings,
        verdict.headline,
        verdict.attempts,
        verdict.user_constrained_policies,
        verdict.wants,
    )


def case_verdict(case: Case, judge: Verifier) -> Verdict:
    reference = Reference.dns(case.dns_name) if case.kind == "server" else Reference.UNCHECKED
    return judge.verify(case.leaf, case.intermediates, reference=reference, at=case.at)


def of_case(case: Case) -> Verifier:
    return Verifier(
        TrustStore(case.roots), profile=profiles.tls_server if case.kind == "server" else profiles.tls_client
    )


class TestCachesNeverChangeAnAnswer:
    @pytest.mark.parametrize("name", [*FAULTS, *SHAPES])
    def test_twice_is_once(self, name: str) -> None:
        """The second answer of a verifier is its first, and that of any fresh one."""
        make = FAULTS.get(name) or (lambda rng: SHAPES[name](rng).case(name, rng))
        case = make(Random(7))
        judge = of_case(case)
        first = case_verdict(case, judge)
        assert told(case_verdict(case, judge)) == told(first) == told(case_verdict(case, of_case(case)))
        assert first.outcome is Outcome.TRUSTED or name not in SHAPES

    @pytest.mark.parametrize("name", WRONGS)
    def test_a_good_sibling_opens_no_door(self, name: str) -> None:
        """Where a good leaf has shown the way, a bad one is refused exactly as by a verifier that saw nothing."""
        wrong = WRONGS[name].scene()
        warm = verifier(wrong)
        warm.verify(sibling(), presented(wrong), at=AT)
        ask(scene(), of=warm)
        assert told(ask(wrong, of=warm)) == told(ask(wrong))

    @pytest.mark.parametrize("name", FAULTS)
    def test_a_bad_chain_leaves_nothing_behind(self, name: str) -> None:
        """A verifier that has refused an attacker's chain judges a good one as if it had not."""
        asked = scene()
        warm = Verifier(TrustStore([certificates(asked)[-1]]), profile=profiles.tls_server)
        case = FAULTS[name](Random(3))
        case_verdict(case._replace(kind="server"), warm)
        assert told(ask(asked, of=warm, reference=Reference.dns(HOST))) == told(
            ask(asked, profiles.tls_server, reference=Reference.dns(HOST))
        )

    @pytest.mark.parametrize(
        "moments",
        [
            [AT, AT + 90 * DAY, AT],
            [AT + 90 * DAY, AT, AT - 20 * DAY],
            [AT - 20 * DAY, AT, AT + 3000 * DAY, AT - 20 * DAY, AT],
        ],
    )
    def test_time_may_run_either_way(self, moments: list[datetime]) -> None:
        """An answer is kept for its own span of time alone, forwards and backwards."""
        asked = scene()
        warm = verifier(asked)
        assert [told(ask(asked, of=warm, at=at)) for at in moments] == [told(ask(asked, at=at)) for at in moments]

    def test_the_seconds_around_every_bound(self) -> None:
        """The span of a kept answer ends exactly where a comparison with time turns."""
        asked = scene()
        certificate = Certificate(asked.sealed(0))
        bounds = [certificate.not_before, certificate.not_after + SECOND]
        moments = [bound + by * SECOND for bound in bounds for by in (-1, 0)]
        warm = verifier(asked)
        ask(asked, of=warm)
        outcomes = [ask(asked, of=warm, at=at).outcome.value for at in moments]
        assert outcomes == ["untrusted", "trusted", "trusted", "untrusted"]

    def test_another_presented_set(self) -> None:
        """An answer for certificates presented is none for a leaf that comes alone."""
        asked = scene()
        warm = verifier(asked)
        ask(asked, of=warm)
        alone = warm.verify(asked.sealed(0), at=AT)
        assert (alone.outcome, blocking(alone)) == (Outcome.UNTRUSTED, {("issuer.unknown", 0)})

    def test_another_reference(self) -> None:
        """An answer for one name is none for another."""
        asked = scene()
        warm = verifier(asked, profiles.tls_server)
        assert ask(asked, of=warm, reference=Reference.dns(HOST)).outcome is Outcome.TRUSTED
        other = ask(asked, of=warm, reference=Reference.dns("monitor.ward.example.com"))
        assert blocking(other) == {("identity.name_mismatch", 0)}

    def test_evidence_is_part_of_the_question(self) -> None:
        """An answer with further certificates at hand is none without them."""
        asked = scene()
        warm = verifier(asked)
        leaf, issuer, _ = certificates(asked)
        with_evidence = warm.verify(leaf, evidence=Evidence(certificates=[issuer]), at=AT)
        without_evidence = warm.verify(leaf, at=AT)
        assert (with_evidence.outcome, without_evidence.outcome) == (Outcome.TRUSTED, Outcome.UNTRUSTED)

    def test_another_key_of_the_same_issuer_name(self) -> None:
        """A leaf that the namesake of a known issuer signed is refused though name and key identifier agree."""
        asked = scene()
        warm = verifier(asked)
        ask(asked, of=warm)
        forged = asked.linking(0, asked.chain[0]._replace(signer=STRANGER.key)).replacing(0, serial_number=99)
        assert told(ask(forged, of=warm)) == told(ask(forged))
        assert blocking(ask(forged, of=warm)) == {("signature.invalid", 0)}


class TestJunkNeverHelps:
    @pytest.mark.parametrize("name", WRONGS)
    def test_company_does_not_redeem(self, name: str) -> None:
        """No certificates presented beside a bad chain make it good."""
        wrong = WRONGS[name].scene()
        junk = (STRANGER.root(), DEVICE.vouches_for(ISSUING).sealed(DEVICE.key), b"", b"\x30\x03\x02\x01", sibling())
        assert ask(wrong._replace(beside=junk)).outcome is Outcome.UNTRUSTED

    def test_company_does_not_harm(self) -> None:
        """Junk beside a good chain changes neither outcome nor path, in any order."""
        asked = scene()
        junk = (STRANGER.root(), STRANGER.vouches_for(ISSUING).sealed(STRANGER.key), b"\x00", asked.sealed(0))
        good = ask(asked)
        for beside in (junk, junk[::-1]):
            verdict = ask(asked._replace(beside=beside))
            assert (verdict.outcome, verdict.path) == (good.outcome, good.path)

    def test_unreadable_company_is_reported(self) -> None:
        """What was presented and cannot be read is said, with its position."""
        verdict = verifier(scene()).verify(scene().sealed(0), (*presented(scene()), b"\x30\x01"), at=AT)
        positions = [f.facts["position"] for f in verdict.findings if f.code.id == "certificate.presented_unreadable"]
        assert (verdict.outcome, positions) == (Outcome.TRUSTED, [1])

    def test_a_presented_root_is_not_trusted(self) -> None:
        """A root is an anchor because the trust store says so, never because the peer presents it."""
        asked = scene()
        leaf, *rest = certificates(asked)
        judge = Verifier(TrustStore([STRANGER.root()]), profile=RFC5280)
        verdict = judge.verify(leaf, rest, at=AT)
        assert verdict.outcome is Outcome.UNTRUSTED

    def test_a_namesake_of_the_anchor_is_not_it(self) -> None:
        """An anchor is a name and a key: a presented certificate of its name with another key vouches for nothing."""
        attacker = Authority(ISSUING.name, STRANGER.key)
        leaf = attacker.issues(DEVICE.name, DEVICE.key, dns(HOST)).sealed(attacker.key)
        company = (STRANGER.vouches_for(attacker).sealed(STRANGER.key), STRANGER.root())
        verdict = verifier(scene()).verify(leaf, company, at=AT)
        assert verdict.outcome is Outcome.UNTRUSTED

    @pytest.mark.parametrize("leaf", [b"", b"\x00", b"\x30\x80", b"not a certificate", bytes(5000)])
    def test_any_bytes_have_an_answer(self, leaf: bytes) -> None:
        """Hostile bytes never raise: an unreadable certificate is a finding."""
        verdict = verifier(scene()).verify(leaf, at=AT)
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, {("certificate.unreadable", 0)})
        assert (verdict.horizon.until, verdict.recheck) == (None, None)

    @pytest.mark.parametrize("octet", range(0, 400, 7))
    def test_no_octet_may_be_changed(self, octet: int) -> None:
        """Every octet of a leaf counts: the same certificate with one altered is not trusted."""
        asked = scene()
        leaf = bytearray(asked.sealed(0))
        leaf[octet] ^= 0x01
        assert verifier(asked).verify(bytes(leaf), presented(asked), at=AT).outcome is Outcome.UNTRUSTED


OFF = profiles.rfc5280.evolve(revocation=RevocationPolicy.OFF)


class TestWhatIsAlwaysSaid:
    @pytest.mark.parametrize("name", [*WRONGS, "good"])
    def test_revocation_is_off(self, name: str) -> None:
        """A verdict without revocation says so, whatever else it says; an unreadable leaf has no status to check."""
        verdict = ask(WRONGS[name].scene() if name in WRONGS else scene(), OFF)
        assert ("revocation.not_checked", None) in found(verdict)

    def test_a_reference_unchecked(self) -> None:
        """That no name was asked for is said as well."""
        assert ("identity.unchecked", 0) in found(ask(scene()))


MAKE: Any = Verifier
"""For calls that a type checker would refuse."""


class TestMisuse:
    @pytest.mark.parametrize(
        "call",
        [
            lambda judge, leaf: judge.verify(leaf, at=AT.replace(tzinfo=None)),
            lambda judge, leaf: judge.verify(leaf, at="2026-06-01T00:00:00Z"),
            lambda judge, leaf: judge.verify(leaf, at=1_780_000_000),
            lambda judge, leaf: judge.verify(leaf, at=datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
            lambda judge, leaf: judge.verify(leaf, at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
            lambda judge, leaf: judge.verify("leaf.pem", at=AT),
            lambda judge, leaf: judge.verify(None, at=AT),
            lambda judge, leaf: judge.verify(bytearray(leaf), at=AT),
            lambda judge, leaf: judge.verify(leaf, leaf, at=AT),
            lambda judge, leaf: judge.verify(leaf, Certificate(leaf), at=AT),
            lambda judge, leaf: judge.verify(leaf, None, at=AT),
            lambda judge, leaf: judge.verify(leaf, ["ca.pem"], at=AT),
            lambda judge, leaf: judge.verify(leaf, reference=HOST, at=AT),
            lambda judge, leaf: judge.verify(leaf, evidence=[], at=AT),
            lambda judge, leaf: judge.verify(leaf, evidence=[leaf], at=AT),
            lambda judge, leaf: MAKE([leaf], profile=RFC5280),
            lambda judge, leaf: MAKE(judge.trust, profile="rfc5280"),
            lambda judge, leaf: MAKE(judge.trust, profile=RFC5280, intermediates=leaf),
            lambda judge, leaf: MAKE(judge.trust, profile=RFC5280, intermediates=None),
            lambda judge, leaf: MAKE(judge.trust, profile=RFC5280, intermediates=["ca.pem"]),
            lambda judge, leaf: judge.evolve(anchors=[leaf]),
        ],
    )
    def test_a_call_that_can_never_be_right_raises_at_once(self, call: Callable[[Verifier, bytes], object]) -> None:
        """Naive times and wrong types are the caller's faults, so they raise; the message says what to pass."""
        with pytest.raises(MisuseError, match=r"\w"):
            call(verifier(scene()), scene().sealed(0))


class TestWants:
    PROFILE = RFC5280.evolve(issuer_fetching=IssuerFetching.WANTED)
    URL = "http://ca.example.com/issuing.cer"

    def asked(self, *, url: str = URL) -> Scene:
        return including(0, access_at(issuers=[url]))(scene())

    def test_a_missing_issuer_leaves_it_undecided(self) -> None:
        """Where the profile lets issuers be wanted and the leaf says where to find its own, nothing is decided yet."""
        asked = self.asked()
        leaf = Certificate(asked.sealed(0))
        verdict = verifier(asked, self.PROFILE).verify(leaf, at=AT)
        assert verdict.outcome is Outcome.UNDECIDED
        assert [(want.certificate, want.urls) for want in verdict.wants] == [(leaf.fingerprint, (self.URL,))]
        assert isinstance(verdict.wants[0], Want)

    def test_what_was_wanted_decides(self) -> None:
        """With the wanted certificate at hand the answer is there."""
        asked = self.asked()
        leaf, issuer, _ = certificates(asked)
        judge = verifier(asked, self.PROFILE)
        assert judge.verify(leaf, evidence=Evidence(certificates=[issuer]), at=AT).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize("url", ["ldap://ca.example.com/cn=ca", "file:///etc/passwd", "javascript:alert(1)"])
    def test_only_http_is_wanted(self, url: str) -> None:
        """Addresses of other schemes are never handed to a fetcher."""
        asked = self.asked(url=url)
        verdict = verifier(asked, self.PROFILE).verify(asked.sealed(0), at=AT)
        assert (verdict.outcome, verdict.wants) == (Outcome.UNTRUSTED, ())

    def test_other_profiles_want_nothing(self) -> None:
        """Where the profile refuses fetching, a missing issuer ends the search."""
        verdict = verifier(self.asked()).verify(self.asked().sealed(0), at=AT)
        assert (verdict.outcome, verdict.wants) == (Outcome.UNTRUSTED, ())


class TestThreads:
    def test_one_verifier_serves_many(self) -> None:
        """Asked by many threads at once, each gets the answer to its own question."""
        judge = verifier(scene())
        asked = [scene(), *(wrong.scene() for wrong in WRONGS.values() if wrong.intermediates == 1)]
        with ThreadPoolExecutor(8) as pool:
            told_there = list(pool.map(lambda one: told(ask(one, of=judge)), asked * 4))
        assert told_there == [told(ask(one)) for one in asked] * 4


class TestPickle:
    def test_a_verifier_survives_it(self) -> None:
        """A used verifier pickles without what it remembers, and answers alike."""
        asked = scene()
        judge = Verifier(verifier(asked).trust, profile=profiles.tls_client, intermediates=presented(asked))
        verdict = judge.verify(asked.sealed(0), at=AT)
        twin: Verifier = pickle.loads(pickle.dumps(judge))
        assert (twin.trust, twin.profile, twin.intermediates) == (judge.trust, judge.profile, judge.intermediates)
        assert told(twin.verify(asked.sealed(0), at=AT)) == told(verdict)

    def test_its_own_pool_serves_every_question(self) -> None:
        """Intermediates at hand need not be presented."""
        asked = scene()
        judge = Verifier(verifier(asked).trust, profile=RFC5280, intermediates=presented(asked))
        assert judge.verify(asked.sealed(0), at=AT).outcome is Outcome.TRUSTED


def test_every_form_of_certificate_is_taken() -> None:
    """A view, a certificate of cryptography and DER are one question."""
    leaf = Certificate(scene().sealed(0))
    judge = verifier(scene())
    company = [Certificate(one) for one in presented(scene())]
    forms: list[Any] = [leaf, leaf.to_cryptography(), leaf.der]
    companies: list[Any] = [company, [one.to_cryptography() for one in company], [one.der for one in company]]
    verdicts = {judge.verify(one, beside, at=AT) for one, beside in zip(forms, companies, strict=True)}
    assert [verdict.outcome for verdict in verdicts] == [Outcome.TRUSTED]


def test_the_clock_is_read_where_no_moment_is_given() -> None:
    """``at=None`` is now."""
    asked = scene()
    asked = asked._replace(
        chain=tuple(Link(one.draft._replace(not_after=pki.FOR_EVER), one.holder) for one in asked.chain)
    )
    asked = asked.replacing(0, not_before=datetime(2020, 1, 1, tzinfo=UTC)).replacing(
        1, not_before=datetime(2020, 1, 1, tzinfo=UTC)
    )
    verdict = verifier(asked).verify(asked.sealed(0), presented(asked))
    assert (verdict.outcome, verdict.at.microsecond) == (Outcome.TRUSTED, 0)
