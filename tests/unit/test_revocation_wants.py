"""What a verdict lacks about revocation, and what remains the same however it is asked."""

from __future__ import annotations

import pickle
from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest

import pki
from devicetrust import (
    Certificate,
    Evidence,
    Outcome,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    Want,
)
from devicetrust.evidence import WantKind
from devicetrust.revocation import RevocationSource, codes
from devicetrust.x509.ocsp import CertificateID, OCSPResponse
from pki import AT, Authority, common_name, key
from pki_revocation import (
    CRL_URL,
    DELTA_URL,
    GOOD,
    MUST_STAPLE,
    OCSP_URL,
    OTHER_CRL_URL,
    YESTERDAY,
    ResponseDraft,
    at_url,
    by_name,
    certificate_id,
    distribution_points,
    entry,
    freshest_crl,
    full_name,
    point,
    reason_code,
    responder_at,
    revoked,
    single_response,
)
from pki_shapes import Scene
from ward import HOST, ISSUING, ROOT, SECOND, STRANGER, blocking, certificates, found, including, presented, scene
from ward_revocation import (
    DAY,
    HOUR,
    ROOT_CRL,
    answer,
    ask,
    crl,
    delta,
    evidence,
    of_revocation,
    pointing,
    reason_of,
    serial,
    under,
)

OFF, BEST_EFFORT = RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT
IF_PUBLISHED, REQUIRED = RevocationPolicy.IF_PUBLISHED, RevocationPolicy.REQUIRED
CRL, OCSP = RevocationSource.CRL, RevocationSource.OCSP
TRUSTED, UNDECIDED = Outcome.TRUSTED, Outcome.UNDECIDED
EXCEPTED, UNTRUSTED = Outcome.TRUSTED_BY_EXCEPTION, Outcome.UNTRUSTED
POINTING = pointing(at_url(CRL_URL, OTHER_CRL_URL), responder_at())
DELTA_WANTED = [(WantKind.DELTA_CRL, (DELTA_URL,))]
LDAP = "ldap://ca.example.com/cn=ca?certificateRevocationList"


def told(verdict: Verdict) -> tuple[Any, ...]:
    return verdict, verdict.wants, verdict.path, verdict.horizon, verdict.lifetime, verdict.recheck


def wanted(verdict: Verdict) -> list[tuple[WantKind, tuple[str, ...]]]:
    return [(want.kind, want.urls) for want in verdict.wants]


class TestWants:
    LEAF = Certificate(POINTING.sealed(0))

    @pytest.mark.parametrize(
        ("sources", "kinds"),
        [
            ((OCSP, CRL), [WantKind.OCSP, WantKind.CRL]),
            ((CRL, OCSP), [WantKind.CRL, WantKind.OCSP]),
            ((CRL,), [WantKind.CRL]),
            ((OCSP,), [WantKind.OCSP]),
        ],
        ids=str,
    )
    def test_kinds_come_in_the_order_of_the_sources(
        self, sources: tuple[RevocationSource, ...], kinds: list[WantKind]
    ) -> None:
        """What the policy asks first is wanted first, and what it leaves out is not wanted."""
        verdict = ask(POINTING, IF_PUBLISHED.evolve(sources=sources))
        assert (verdict.outcome, [want.kind for want in verdict.wants]) == (UNDECIDED, kinds)

    def test_what_they_say(self) -> None:
        """A want names the certificate, its URLs as alternatives, and for OCSP the question to ask."""
        question = CertificateID.of(serial(POINTING), ISSUING.name, ISSUING.key.subject_public_key_info)
        assert ask(POINTING, IF_PUBLISHED).wants == (
            Want(WantKind.OCSP, self.LEAF.fingerprint, (OCSP_URL,), question),
            Want(WantKind.CRL, self.LEAF.fingerprint, (CRL_URL, OTHER_CRL_URL)),
        )

    def test_each_distribution_point_is_a_want(self) -> None:
        """RFC 5280 4.2.1.13: the names of one point are alternatives; two points are two CRLs."""
        points = distribution_points(*(point(full_name(pki.uri(url))) for url in (CRL_URL, OTHER_CRL_URL)))
        verdict = ask(pointing(points), IF_PUBLISHED)
        assert wanted(verdict) == [(WantKind.CRL, (CRL_URL,)), (WantKind.CRL, (OTHER_CRL_URL,))]

    def test_every_certificate_has_its_own(self) -> None:
        """The wants of leaf and CA are told apart by the certificate."""
        asked = pointing(indexes=(0, 1))
        fingerprints = {Certificate(asked.sealed(index)).fingerprint for index in (0, 1)}
        assert {want.certificate for want in ask(asked, REQUIRED).wants} == fingerprints
        assert [want.certificate for want in ask(asked, REQUIRED, ROOT_CRL).wants] == [
            Certificate(asked.sealed(0)).fingerprint
        ]

    @pytest.mark.parametrize("policy", [BEST_EFFORT, IF_PUBLISHED, REQUIRED], ids=lambda one: one.name)
    def test_what_was_wanted_settles_it(self, policy: RevocationPolicy) -> None:
        """With what was wanted at hand nothing is wanted any more; BEST_EFFORT keeps its wants though it admits."""
        assert len(ask(POINTING, policy, ROOT_CRL).wants) == 2
        assert ask(POINTING, policy, ROOT_CRL, crl()).wants == ()
        assert ask(POINTING, policy, ROOT_CRL, answer(POINTING)).wants == ()

    def test_off_wants_nothing(self) -> None:
        """Where no status is asked for, none is wanted."""
        assert ask(POINTING, OFF).wants == ()

    def test_must_staple_wants_a_response_alone(self) -> None:
        """A CRL would not settle the status of a certificate that demands a response."""
        asked = pointing(at_url(), responder_at(), MUST_STAPLE)
        assert wanted(ask(asked, IF_PUBLISHED)) == [(WantKind.OCSP, (OCSP_URL,))]

    def test_stale_evidence_wants_its_successor(self) -> None:
        """What is admitted by a grace is wanted anew."""
        old = crl(since=AT - 3 * DAY, until=YESTERDAY)
        verdict = ask(POINTING, IF_PUBLISHED.evolve(stale_grace=7 * DAY), old)
        assert (verdict.outcome, [want.kind for want in verdict.wants]) == (EXCEPTED, [WantKind.OCSP, WantKind.CRL])

    @pytest.mark.parametrize(
        "asked",
        [
            POINTING.replacing(0, not_after=AT - SECOND),
            including(0, pki.key_usage(pki.CRL_SIGN), pki.extended_key_usage(pki.CODE_SIGNING))(
                POINTING.linking(0, POINTING.chain[0]._replace(signer=STRANGER.key))
            ),
        ],
        ids=["expired", "forged"],
    )
    def test_only_for_paths_that_might_stand(self, asked: Scene) -> None:
        """What a stranger or an expired certificate points to is never fetched: its URLs are not wanted."""
        verdict = ask(asked, REQUIRED)
        assert (verdict.outcome, verdict.wants) == (UNTRUSTED, ())

    @pytest.mark.parametrize("url", [LDAP, "file:///etc/passwd", "ftp://ca.example.com/1.crl", "javascript:alert(1)"])
    def test_only_http_is_wanted(self, url: str) -> None:
        """Addresses of other schemes are never handed to a fetcher, and that they are there is said."""
        verdict = ask(pointing(at_url(url)), IF_PUBLISHED)
        assert (verdict.outcome, verdict.wants) == (UNDECIDED, ())
        assert found(verdict) >= {("revocation.no_web_source", 0), ("revocation.unknown", 0)}
        assert f"to do: {codes.NO_WEB_SOURCE.remedy}\n" in verdict.explain()

    def test_http_beside_ldap_is_wanted(self) -> None:
        """Where one of the names is reachable, that one is wanted and nothing is said of the other."""
        verdict = ask(pointing(at_url(LDAP, CRL_URL)), IF_PUBLISHED)
        assert (wanted(verdict), of_revocation(verdict)) == (
            [(WantKind.CRL, (CRL_URL,))],
            [("revocation.not_published", 1), ("revocation.unknown", 0)],
        )

    def test_a_pointer_that_cannot_be_read_is_a_source(self) -> None:
        """Where the pointer is there but unreadable, the status is published, and not known."""
        verdict = ask(pointing(at_url()._replace(value=b"\x30\x05\x02")), IF_PUBLISHED)
        assert (verdict.outcome, verdict.wants, ("revocation.unknown", 0) in found(verdict)) == (UNDECIDED, (), True)


class TestDeltas:
    def test_a_delta_that_is_pointed_to_is_wanted(self) -> None:
        """RFC 5280 4.2.1.15, 5.2.6: certificate or CRL may point to it; the complete CRL is enough to admit."""
        by_certificate = pointing(at_url(), freshest_crl())
        by_list = crl(extensions=[freshest_crl()])
        for verdict in (ask(by_certificate, IF_PUBLISHED, crl()), ask(pointing(), IF_PUBLISHED, by_list)):
            assert (verdict.outcome, wanted(verdict)) == (TRUSTED, DELTA_WANTED)

    def test_one_at_hand_that_lasts_is_enough(self) -> None:
        """A delta that has ended is wanted anew, one that lasts is not."""
        asked = pointing(at_url(), freshest_crl())
        for until, wants in ((AT, []), (AT - SECOND, DELTA_WANTED)):
            change = delta(since=AT - HOUR, until=until)
            assert wanted(ask(asked, IF_PUBLISHED, crl(), change)) == wants


class TestReasons:
    """Why a status is not known stands in the finding."""

    def test_failures_to_fetch(self) -> None:
        """What a fetcher met with is told for the URLs that were wanted, and for no others."""
        failures = [(CRL_URL, "no answer within 5 seconds"), ("http://elsewhere.example/", "refused")]
        reason = reason_of(ask(POINTING, IF_PUBLISHED, failures=failures), "revocation.unknown")
        assert reason == f"{CRL_URL}: no answer within 5 seconds"

    def test_failures_change_no_outcome(self) -> None:
        """A failure is an explanation: with and without it the outcome is the same."""
        failures = [(CRL_URL, "HTTP 500"), (OCSP_URL, "HTTP 500")]
        for policy in (OFF, BEST_EFFORT, IF_PUBLISHED, REQUIRED):
            for pieces in ((), (crl(), ROOT_CRL), (crl(entry(serial(POINTING))),)):
                verdicts = [ask(POINTING, policy, *pieces, failures=some) for some in ((), failures)]
                assert verdicts[0].outcome is verdicts[1].outcome

    def test_silence(self) -> None:
        """Where nothing at hand speaks for the certificate, that is the reason."""
        expected = "no CRL and no OCSP response at hand speaks for it"
        assert reason_of(ask(POINTING, IF_PUBLISHED), "revocation.unknown") == expected

    @pytest.mark.parametrize(
        ("one", "reason"),
        [
            (crl(since=AT + HOUR), "begins only at 2026-06-01T13:00:00Z"),
            (crl(number=None), "has no cRLNumber"),
            (answer(POINTING, endless=True), "states no nextUpdate"),
        ],
    )
    def test_evidence_that_does_not_do(self, one: Any, reason: str) -> None:
        """A piece at hand that does not settle it is named, with what it lacks."""
        assert reason in reason_of(ask(POINTING, IF_PUBLISHED, one), "revocation.unknown")

    def test_evidence_that_has_ended(self) -> None:
        """What would have said "good" is another thing than silence: it says when it ended."""
        verdict = ask(POINTING, IF_PUBLISHED, crl(since=AT - 3 * DAY, until=YESTERDAY))
        assert "ended at 2026-05-31T12:00:00Z" in reason_of(verdict, "revocation.evidence_ended")
        assert verdict.outcome is UNDECIDED

    def test_no_more_than_a_person_could_read(self) -> None:
        """Of many reasons a few are told, and how many more there are."""
        old = [crl(number=n, since=AT - 3 * DAY, until=AT - DAY - n * SECOND) for n in range(1, 10)]
        reason = reason_of(ask(POINTING, IF_PUBLISHED, *old), "revocation.evidence_ended")
        assert (reason.count("; "), reason.endswith("; and 4 more")) == (5, True)


class TestSeveralPaths:
    TWIN = scene().chain[1].draft._replace(serial_number=4)

    def asked(self) -> Scene:
        """The ward's chain with a second certificate for the issuing CA, neither of which points anywhere."""
        return pointing()._replace(beside=(self.TWIN.sealed(ROOT.key),))

    def test_a_path_that_stands_goes_before_an_exception(self) -> None:
        """A path that is trusted only by exception gives way to one that is trusted by the rules."""
        grace = REQUIRED.evolve(stale_grace=7 * DAY)
        certificate = Certificate(self.asked().sealed(1))
        first = certificate.serial_number
        good_of_twin = answer_about(self.TWIN.serial_number)
        stale_of_both = crl(by=ROOT, since=AT - 3 * DAY, until=YESTERDAY)
        verdict = ask(self.asked(), grace, crl(), stale_of_both)
        assert (verdict.outcome, ("revocation.stale", 1) in found(verdict)) == (EXCEPTED, True)
        for good in (good_of_twin, answer_about(first)):
            verdict = ask(self.asked(), grace, crl(), stale_of_both, good)
            assert (verdict.outcome, of_revocation(verdict)) == (
                TRUSTED,
                [("revocation.good", 0), ("revocation.good", 1)],
            )

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_revoked_ca_gives_way_to_its_twin(self, which: int) -> None:
        """Where one of two certificates of a CA is revoked, the path over the other stands."""
        numbers = [serial(self.asked(), 1), self.TWIN.serial_number]
        verdict = ask(self.asked(), REQUIRED, crl(), crl(entry(numbers[which]), by=ROOT))
        assert (verdict.outcome, blocking(verdict)) == (TRUSTED, set())
        assert [one.serial_number for one in verdict.path[1:2] if isinstance(one, Certificate)] == [numbers[1 - which]]

    def test_undecided_where_one_path_might_stand(self) -> None:
        """One path refused, one that lacks a status: undecided, for evidence might settle it; none left: untrusted."""
        numbers = [serial(self.asked(), 1), self.TWIN.serial_number]
        given = [crl(), answer_about(numbers[0], revoked_too=True)]
        one_left = ask(self.asked(), REQUIRED, *given)
        assert (one_left.outcome, blocking(one_left)) == (UNDECIDED, set())
        none_left = ask(self.asked(), REQUIRED, *given, answer_about(numbers[1], revoked_too=True))
        assert (none_left.outcome, blocking(none_left)) == (UNTRUSTED, {("revocation.revoked", 1)})


def answer_about(number: int, *, revoked_too: bool = False) -> OCSPResponse:
    """The root's answer about the CA certificate with this serial number."""
    single = single_response(certificate_id(number, ROOT.name, ROOT.key), revoked() if revoked_too else GOOD)
    return OCSPResponse(ResponseDraft(by_name(ROOT.name), (single,)).sealed(ROOT.key))


class TestTheSameHoweverAsked:
    PIECES = (
        crl(),
        crl(number=4, since=AT - 3 * DAY, until=YESTERDAY),
        crl(entry(7, reason_code(6))),
        delta(since=AT - HOUR),
        answer(POINTING),
        ROOT_CRL,
    )

    def judge(self, policy: RevocationPolicy = REQUIRED) -> Verifier:
        return Verifier(TrustStore([certificates(POINTING)[-1]]), profile=under(policy))

    @pytest.mark.parametrize("policy", [OFF, BEST_EFFORT, IF_PUBLISHED, REQUIRED], ids=lambda one: one.name)
    def test_warm_is_cold(self, policy: RevocationPolicy) -> None:
        """After other questions about neighbours, moments and evidence a verifier answers as a fresh one does."""
        neighbour = ISSUING.issues(common_name("monitor-1"), key("p256", 8), pki.dns(HOST)).including(at_url())
        leaves = [POINTING.sealed(0), neighbour.sealed(ISSUING.key)]
        gone = crl(entry(neighbour.serial_number), entry(serial(POINTING), reason_code(6)))
        given = [Evidence(), evidence(*self.PIECES), evidence(gone), evidence(gone, ROOT_CRL)]
        moments = [AT, AT + DAY + SECOND, AT - DAY - SECOND, AT]
        questions = [(leaf, one, at) for one in given for at in moments for leaf in leaves]
        Random(5).shuffle(questions)
        warm = self.judge(policy)
        for leaf, one, at in questions:
            asked = (leaf, presented(POINTING))
            answers = [told(judge.verify(*asked, evidence=one, at=at)) for judge in (warm, self.judge(policy))]
            assert answers[0] == answers[1]

    def test_the_order_of_evidence_does_not_matter(self) -> None:
        """Evidence is a set: every order gives the same verdict."""
        first = told(ask(POINTING, REQUIRED, *self.PIECES))
        for order in list(permutations(self.PIECES))[::37]:
            assert told(ask(POINTING, REQUIRED, *order)) == first

    def test_the_order_presented_does_not_matter(self) -> None:
        """Signers presented beside the chain may stand in any order."""
        signer = Authority(ISSUING.name, key("p256", 13))
        company = [
            ROOT.vouches_for(signer).sealed(ROOT.key),
            STRANGER.vouches_for(signer).sealed(STRANGER.key),
            STRANGER.root(),
            *presented(POINTING),
        ]
        verdicts = [
            self.judge().verify(POINTING.sealed(0), order, evidence=evidence(crl(signer=signer.key), ROOT_CRL), at=AT)
            for order in permutations(company)
        ]
        assert {verdict.outcome for verdict in verdicts} == {TRUSTED}
        assert all(verdict == verdicts[0] for verdict in verdicts)

    @pytest.mark.parametrize("pieces", [(), (crl(), ROOT_CRL), (crl(entry(serial(POINTING))),)])
    def test_verdicts_cross_processes(self, pieces: tuple[Any, ...]) -> None:
        """A verdict with its evidence pickles whole, and looks ahead from there alike."""
        verdict = ask(POINTING, REQUIRED.evolve(stale_grace=timedelta(hours=1)), *pieces)
        twin: Verdict = pickle.loads(pickle.dumps(verdict))
        assert told(twin) == told(verdict)
        assert twin.to_dict() == verdict.to_dict()

    def test_a_verifier_crosses_processes(self) -> None:
        """A used verifier pickles with its policy, and answers alike."""
        judge = self.judge(REQUIRED.evolve(stale_grace=DAY, clock_skew=timedelta(minutes=5)))
        question: dict[str, Any] = {"evidence": evidence(*self.PIECES), "reference": Reference.UNCHECKED, "at": AT}
        verdict = judge.verify(POINTING.sealed(0), presented(POINTING), **question)
        twin: Verifier = pickle.loads(pickle.dumps(judge))
        assert twin.profile == judge.profile
        assert told(twin.verify(POINTING.sealed(0), presented(POINTING), **question)) == told(verdict)

    def test_the_digest_of_the_evidence_is_in_the_question(self) -> None:
        """Failures and pieces change the evidence's digest, whatever their order."""
        one, other = (evidence(*pieces) for pieces in (self.PIECES, self.PIECES[::-1]))
        assert one == other
        assert len({one, Evidence(), one.including(failures=[(CRL_URL, "HTTP 500")])}) == 3  # type: ignore[list-item]
