"""What a verdict says of revocation: each policy with each status of leaf and CA, and what needs no status."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any, Final

import pytest

import pki
from devicetrust import Outcome, Reference, RevocationPolicy, TrustStore, Verifier, profiles
from devicetrust.revocation import RevocationDepth, RevocationSource
from devicetrust.x509.crl import CertificateRevocationList
from pki import AT, Extension
from pki_revocation import (
    MUST_STAPLE,
    NO_REVOCATION_AVAILABLE,
    OCSP_NO_CHECK,
    OCSP_SIGNING,
    YESTERDAY,
    access_at,
    at_url,
    entry,
    freshest_crl,
    reason_code,
    responder_at,
    revoked,
)
from pki_shapes import Scene
from ward import ISSUING, ROOT, SECOND, STRANGER, blocking, certificates, found, including, presented
from ward_revocation import DAY, ROOT_CRL, answer, ask, crl, evidence, of_revocation, pointing, reason_of, serial, under

OFF, BEST_EFFORT = RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT
IF_PUBLISHED, REQUIRED = RevocationPolicy.IF_PUBLISHED, RevocationPolicy.REQUIRED
TRUSTED, EXCEPTED = Outcome.TRUSTED, Outcome.TRUSTED_BY_EXCEPTION
UNTRUSTED, UNDECIDED = Outcome.UNTRUSTED, Outcome.UNDECIDED
GRACE = timedelta(days=7)
NOT_CHECKED: Final[tuple[str, int | None]] = ("revocation.not_checked", None)
BARE = pointing(indexes=())
BOTH = pointing(indexes=(0, 1))
STALE: dict[str, Any] = {"since": AT - 3 * DAY, "until": YESTERDAY}
CODES = {
    "good": "good",
    "revoked": "revoked",
    "on hold": "on_hold",
    "stale": "stale",
}
UNKNOWNS = {OFF: None, BEST_EFFORT: "unknown_tolerated", IF_PUBLISHED: "unknown", REQUIRED: "unknown"}


def listing(asked: Scene, index: int, status: str) -> list[CertificateRevocationList]:
    """The CRL that gives the certificate at ``index`` this status."""
    by, number = (ISSUING, ROOT)[index], serial(asked, index)
    return {
        "good": [crl(by=by)],
        "revoked": [crl(entry(number), by=by)],
        "on hold": [crl(entry(number, reason_code(6)), by=by)],
        "stale": [crl(by=by, **STALE)],
        "unknown": [],
    }[status]


def expected_outcome(policy: RevocationPolicy, statuses: tuple[str, str]) -> Outcome:
    """The gravest of what the two statuses lead to, where each certificate names a source.

    Where none need be known, a stale one is as good as none: no exception is in use.
    """
    if {"revoked", "on hold"} & set(statuses):
        return UNTRUSTED
    if "unknown" in statuses and policy in (IF_PUBLISHED, REQUIRED):
        return UNDECIDED
    return EXCEPTED if "stale" in statuses and policy in (IF_PUBLISHED, REQUIRED) else TRUSTED


class TestEveryPolicyAndStatus:
    @pytest.mark.parametrize("policy", [OFF, BEST_EFFORT, IF_PUBLISHED, REQUIRED], ids=lambda one: one.name)
    @pytest.mark.parametrize("statuses", list(product([*CODES, "unknown"], repeat=2)), ids=" and ".join)
    def test_where_each_names_a_source(self, policy: RevocationPolicy, statuses: tuple[str, str]) -> None:
        """Leaf and CA are judged apart, each finding on its own certificate, and the gravest decides.

        Evidence within its grace is an exception where the status must be known, and else is none at all.
        """
        crls = [one for index in (0, 1) for one in listing(BOTH, index, statuses[index])]
        verdict = ask(BOTH, policy.evolve(name=policy.name, stale_grace=GRACE), *crls)
        expected: list[tuple[str, int | None]] = [NOT_CHECKED] if policy is OFF else []
        for index, status in enumerate(statuses):
            due = status != "stale" or policy in (IF_PUBLISHED, REQUIRED)
            code = CODES.get(status, UNKNOWNS[policy]) if due else UNKNOWNS[policy]
            expected += [] if code is None else [(f"revocation.{code}", index)]
        assert (verdict.outcome, of_revocation(verdict)) == (
            expected_outcome(policy, statuses),
            sorted(expected, key=str),
        )

    @pytest.mark.parametrize(
        ("policy", "outcome", "told"),
        [
            (OFF, TRUSTED, [NOT_CHECKED]),
            (BEST_EFFORT, TRUSTED, [("revocation.not_published", 0), ("revocation.not_published", 1)]),
            (IF_PUBLISHED, TRUSTED, [("revocation.not_published", 0), ("revocation.not_published", 1)]),
            (REQUIRED, UNDECIDED, [("revocation.unknown", 0), ("revocation.unknown", 1)]),
        ],
        ids=["OFF", "BEST_EFFORT", "IF_PUBLISHED", "REQUIRED"],
    )
    def test_where_none_names_a_source(
        self, policy: RevocationPolicy, outcome: Outcome, told: list[tuple[str, int | None]]
    ) -> None:
        """Without a source named, IF_PUBLISHED goes on with a notice, and REQUIRED does not."""
        verdict = ask(BARE, policy)
        assert (verdict.outcome, of_revocation(verdict), verdict.wants) == (outcome, told, ())

    @pytest.mark.parametrize("policy", [OFF, BEST_EFFORT, IF_PUBLISHED, REQUIRED], ids=lambda one: one.name)
    @pytest.mark.parametrize("asked", [BARE, BOTH], ids=["bare", "pointing"])
    def test_evidence_is_consulted_whatever_is_asked(self, policy: RevocationPolicy, asked: Scene) -> None:
        """A revocation at hand refuses under every policy, also where no source is named."""
        for index in (0, 1):
            verdict = ask(asked, policy, *listing(asked, index, "revoked"))
            assert (verdict.outcome, blocking(verdict)) == (UNTRUSTED, {("revocation.revoked", index)})

    def test_by_default(self) -> None:
        """A profile as it comes asks where a source is named."""
        for asked, outcome in ((BOTH, UNDECIDED), (BARE, TRUSTED)):
            judge = Verifier(TrustStore([certificates(asked)[-1]]), profile=profiles.rfc5280_tolerant)
            assert judge.verify(asked.sealed(0), presented(asked), at=AT).outcome is outcome

    def test_a_revocation_is_said_before_an_expiry(self) -> None:
        """Of all that is wrong, a revocation is said first."""
        asked = BOTH.replacing(0, not_after=AT - SECOND)
        verdict = ask(asked, REQUIRED, *listing(asked, 0, "revoked"))
        assert verdict.headline is not None
        assert (verdict.headline.code.id, verdict.headline.where.certificate) == ("revocation.revoked", 0)
        assert ("validity.expired", 0) in blocking(verdict)

    def test_what_refuses_outweighs_what_lacks(self) -> None:
        """A path that is refused is untrusted, not undecided, whatever status it lacks: nothing fetched would help."""
        asked = BOTH.replacing(0, not_after=AT - SECOND)
        verdict = ask(asked, REQUIRED)
        assert (verdict.outcome, blocking(verdict)) == (UNTRUSTED, {("validity.expired", 0)})
        assert verdict.wants == ()

    def test_where_no_path_is_found_nothing_is_asked(self) -> None:
        """A leaf that nobody vouches for has no status, and wants none."""
        asked = BOTH.linking(0, BOTH.chain[0]._replace(signer=STRANGER.key))
        verdict = ask(asked, REQUIRED)
        assert (verdict.outcome, of_revocation(verdict), verdict.wants) == (UNTRUSTED, [], ())


class TestDepth:
    LEAF = REQUIRED.evolve(depth=RevocationDepth.LEAF)

    def test_only_the_leaf_must_be_known(self) -> None:
        """With depth LEAF a CA's unknown status is not asked for, and not wanted."""
        verdict = ask(BOTH, self.LEAF, crl())
        assert (verdict.outcome, of_revocation(verdict), verdict.wants) == (TRUSTED, [("revocation.good", 0)], ())
        without = ask(BOTH, self.LEAF)
        assert (without.outcome, of_revocation(without)) == (UNDECIDED, [("revocation.unknown", 0)])

    def test_a_revoked_ca_refuses_all_the_same(self) -> None:
        """What is known counts at any depth."""
        verdict = ask(BOTH, self.LEAF, crl(), *listing(BOTH, 1, "revoked"))
        assert (verdict.outcome, blocking(verdict)) == (UNTRUSTED, {("revocation.revoked", 1)})

    def test_every_ca_of_a_longer_chain(self) -> None:
        """With depth CHAIN every certificate below the anchor is asked about; the anchor itself is not."""
        asked = pointing(indexes=(0, 1, 2), intermediates=2)
        verdict = ask(asked, REQUIRED, crl())
        expected = [("revocation.good", 0), ("revocation.unknown", 1), ("revocation.unknown", 2)]
        assert (verdict.outcome, of_revocation(verdict)) == (UNDECIDED, expected)


class TestMustStaple:
    """RFC 7633 4."""

    ASKED = pointing(MUST_STAPLE, at_url())

    def test_a_crl_will_not_do(self) -> None:
        """The feature status_request demands an OCSP response: a CRL alone leaves the status open."""
        verdict = ask(self.ASKED, IF_PUBLISHED, crl())
        assert (verdict.outcome, ("revocation.unknown", 0) in found(verdict)) == (UNDECIDED, True)
        assert "demands an OCSP response" in reason_of(verdict, "revocation.unknown")

    def test_an_answer_does(self) -> None:
        """With the response the status is known."""
        verdict = ask(self.ASKED, IF_PUBLISHED, answer(self.ASKED))
        assert (verdict.outcome, ("revocation.good", 0) in found(verdict)) == (TRUSTED, True)

    def test_alone_it_is_a_source(self) -> None:
        """A certificate that demands a response has a published status, though it names no URL."""
        asked = pointing(MUST_STAPLE)
        verdict = ask(asked, IF_PUBLISHED)
        assert (verdict.outcome, verdict.wants) == (UNDECIDED, ())
        assert ask(asked, IF_PUBLISHED, answer(asked)).outcome is TRUSTED

    def test_a_crl_may_still_revoke(self) -> None:
        """Only "good" must come from the response."""
        verdict = ask(self.ASKED, IF_PUBLISHED, answer(self.ASKED), crl(entry(serial(self.ASKED))))
        assert (verdict.outcome, blocking(verdict)) == (UNTRUSTED, {("revocation.revoked", 0)})

    def test_other_features_demand_nothing(self) -> None:
        """Only the feature 5 is status_request."""
        asked = pointing(Extension(MUST_STAPLE.oid, False, pki.sequence(pki.integer(17))))
        assert ask(asked, IF_PUBLISHED).outcome is TRUSTED


class TestExemptions:
    RESPONDER = (OCSP_NO_CHECK, pki.extended_key_usage(OCSP_SIGNING))

    @pytest.mark.parametrize("extensions", [(NO_REVOCATION_AVAILABLE,), RESPONDER], ids=["noRevAvail", "nocheck"])
    @pytest.mark.parametrize("policy", [IF_PUBLISHED, REQUIRED], ids=lambda one: one.name)
    def test_what_its_issuer_exempts(self, extensions: tuple[Extension, ...], policy: RevocationPolicy) -> None:
        """RFC 9608 4: with noRevAvail, or a responder's ocsp-nocheck, step (a)(3) is skipped."""
        verdict = ask(pointing(*extensions), policy, ROOT_CRL)
        expected = [("revocation.good", 1), ("revocation.not_applicable", 0)]
        assert (verdict.outcome, of_revocation(verdict), verdict.wants) == (TRUSTED, expected, ())

    @pytest.mark.parametrize("extensions", [(NO_REVOCATION_AVAILABLE,), RESPONDER], ids=["noRevAvail", "nocheck"])
    def test_what_is_known_counts_all_the_same(self, extensions: tuple[Extension, ...]) -> None:
        """Nobody looks it up, but a revocation at hand refuses."""
        asked = pointing(*extensions)
        verdict = ask(asked, OFF, crl(entry(serial(asked))))
        assert (verdict.outcome, blocking(verdict)) == (UNTRUSTED, {("revocation.revoked", 0)})

    def test_nocheck_is_for_responders(self) -> None:
        """RFC 6960 4.2.2.2.1 defines ocsp-nocheck for responders; on a device's certificate it exempts nobody."""
        assert ask(pointing(OCSP_NO_CHECK), REQUIRED, ROOT_CRL).outcome is UNDECIDED

    @pytest.mark.parametrize(
        ("lifetime", "exempt"), [(DAY, True), (3 * DAY - SECOND, True), (3 * DAY, False), (3 * DAY + SECOND, False)]
    )
    def test_short_lived(self, lifetime: timedelta, exempt: bool) -> None:
        """A validity of no more than short_lived, both ends included, needs no status (RFC 5280 4.1.2.5)."""
        asked = BOTH.replacing(0, not_before=AT - DAY, not_after=AT - DAY + lifetime)
        short = REQUIRED.evolve(short_lived=3 * DAY)
        verdict = ask(asked, short, ROOT_CRL)
        code = "revocation.not_applicable" if exempt else "revocation.unknown"
        assert (verdict.outcome, (code, 0) in found(verdict)) == (TRUSTED if exempt else UNDECIDED, True)
        assert ask(asked, REQUIRED, ROOT_CRL).outcome is UNDECIDED

    @pytest.mark.parametrize(
        ("extensions", "index"),
        [((at_url(),), 0), ((freshest_crl(),), 0), ((responder_at(),), 0), ((), 1)],
        ids=["cRLDistributionPoints", "freshestCRL", "id-ad-ocsp", "CA"],
    )
    @pytest.mark.parametrize("policy", [OFF, BEST_EFFORT, REQUIRED], ids=lambda one: one.name)
    def test_a_contradiction(self, extensions: tuple[Extension, ...], index: int, policy: RevocationPolicy) -> None:
        """RFC 9608 3: beside noRevAvail any of these MUST make the certificate invalid, under every policy."""
        asked = pointing(NO_REVOCATION_AVAILABLE, *extensions, indexes=[index])
        verdict = ask(asked, policy, crl(), ROOT_CRL)
        assert verdict.outcome is UNTRUSTED
        assert blocking(verdict) == {("revocation.no_revocation_available_conflict", index)}

    def test_a_pointer_that_cannot_be_read_contradicts(self) -> None:
        """RFC 9608 3 forbids the extension itself, whatever is in it."""
        unreadable = at_url()._replace(value=b"\x30\x05\x02")
        verdict = ask(pointing(NO_REVOCATION_AVAILABLE, unreadable), IF_PUBLISHED)
        assert ("revocation.no_revocation_available_conflict", 0) in blocking(verdict)

    def test_other_access_methods_do_not_contradict(self) -> None:
        """RFC 9608 3: authorityInfoAccess may stand beside it, only id-ad-ocsp may not."""
        asked = pointing(NO_REVOCATION_AVAILABLE, access_at(issuers=["http://ca.example.com/ca.cer"]))
        assert ask(asked, IF_PUBLISHED).outcome is TRUSTED

    @pytest.mark.parametrize("policy", [OFF, REQUIRED], ids=lambda one: one.name)
    def test_trusted_by_decision(self, policy: RevocationPolicy) -> None:
        """A pinned leaf, and a leaf that is an anchor, has no issuer to revoke it; the finding says who can end it."""
        asked = including(0, at_url())(BARE)
        leaf, root = asked.sealed(0), certificates(asked)[-1]
        for store in (TrustStore([root], pinned=[leaf]), TrustStore([leaf])):
            judge = Verifier(store, profile=under(policy))
            verdict = judge.verify(leaf, presented(asked), evidence=evidence(crl(entry(serial(asked)))), at=AT)
            assert (verdict.outcome, of_revocation(verdict)) == (TRUSTED, [("revocation.not_applicable", 0)])


class TestSources:
    ASKED = pointing(at_url(), responder_at())

    @pytest.mark.parametrize(
        ("sources", "by_crl", "by_answer"),
        [
            ((RevocationSource.CRL,), TRUSTED, UNDECIDED),
            ((RevocationSource.OCSP,), UNDECIDED, TRUSTED),
            ((RevocationSource.CRL, RevocationSource.OCSP), TRUSTED, TRUSTED),
        ],
        ids=["CRL", "OCSP", "both"],
    )
    def test_only_those_named_say_good(
        self, sources: tuple[RevocationSource, ...], by_crl: Outcome, by_answer: Outcome
    ) -> None:
        """A source that the policy leaves out says nothing good, and revokes all the same."""
        policy = IF_PUBLISHED.evolve(sources=sources)
        outcomes = [ask(self.ASKED, policy, one).outcome for one in (crl(), answer(self.ASKED))]
        assert outcomes == [by_crl, by_answer]
        for one in (crl(entry(serial(self.ASKED))), answer(self.ASKED, revoked())):
            assert blocking(ask(self.ASKED, policy, one)) == {("revocation.revoked", 0)}

    def test_two_sources_may_differ(self) -> None:
        """Where CRL and OCSP disagree, the revocation counts."""
        for pieces in (
            (crl(), answer(self.ASKED, revoked())),
            (crl(entry(serial(self.ASKED))), answer(self.ASKED)),
        ):
            assert blocking(ask(self.ASKED, REQUIRED, ROOT_CRL, *pieces)) == {("revocation.revoked", 0)}


def test_a_reference_is_no_part_of_it() -> None:
    """The status is the certificate's, whoever is asked for."""
    judge = Verifier(TrustStore([certificates(BOTH)[-1]]), profile=under(REQUIRED))
    given = evidence(ROOT_CRL, *listing(BOTH, 0, "revoked"))
    verdict = judge.verify(
        BOTH.sealed(0), presented(BOTH), reference=Reference.dns(BOTH.dns_name), evidence=given, at=AT
    )
    assert blocking(verdict) == {("revocation.revoked", 0)}
