"""The one orchestration: what an attacker presents never helps, and what is remembered never changes an answer."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

import pki
from devicetrust import (
    Certificate,
    Evidence,
    MisuseError,
    Outcome,
    Profile,
    Reference,
    TrustStore,
    Verdict,
    Verifier,
    Want,
    profiles,
)
from devicetrust.path.inputs import AnchorChecks
from devicetrust.profiles import IssuerFetching
from devicetrust.x509.der import Tolerance
from pki import AT, Authority, Extension, common_name, dns, key
from pki_faults import FAULTS
from pki_shapes import SHAPES, Case, Link, Scene
from ward import (
    DEVICE,
    HOST,
    ISSUING,
    ROOT,
    SECOND,
    STRANGER,
    WRONGS,
    ask,
    blocking,
    certificates,
    found,
    including,
    presented,
    replacing,
    scene,
    verifier,
    without,
)

RFC5280 = profiles.rfc5280
AIA = "1.3.6.1.5.5.7.1.1"
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


class TestPinned:
    SELF_SIGNED = DEVICE.issues(DEVICE.name, DEVICE.key, dns(HOST))._replace(issuer=DEVICE.name).sealed(DEVICE.key)

    def judge(self, *pinned: bytes, profile: Profile = RFC5280) -> Verifier:
        return Verifier(TrustStore(pinned=pinned), profile=profile)

    def test_it_is_a_path_of_one(self) -> None:
        """A pinned certificate is trusted by itself, self-signed or not."""
        verdict = self.judge(self.SELF_SIGNED).verify(self.SELF_SIGNED, at=AT)
        assert (verdict.outcome, verdict.anchor) == (Outcome.TRUSTED, None)
        assert verdict.path == (Certificate(self.SELF_SIGNED),)

    def test_a_pinned_leaf_of_an_unknown_ca(self) -> None:
        """Who issued a pinned certificate does not matter."""
        leaf = scene().sealed(0)
        assert self.judge(leaf).verify(leaf, at=AT).outcome is Outcome.TRUSTED

    def test_it_matches_by_exact_bytes(self) -> None:
        """Another certificate of the same name and key is not the pinned one."""
        other = scene().replacing(0, serial_number=12345).sealed(0)
        assert self.judge(scene().sealed(0)).verify(other, at=AT).outcome is Outcome.UNTRUSTED

    def test_it_vouches_for_nobody(self) -> None:
        """A pinned CA certificate is no anchor: what it issued is not trusted, nor what its own key signed."""
        leaf, issuer, root = certificates(scene())
        judge = self.judge(issuer, root)
        assert [judge.verify(leaf, company, at=AT).outcome for company in ((), (issuer,), (issuer, root))] == [
            Outcome.UNTRUSTED
        ] * 3

    def test_dates_are_judged(self) -> None:
        """Trust in a pinned certificate ends with it."""
        verdict = self.judge(self.SELF_SIGNED).verify(self.SELF_SIGNED, at=AT + 81 * DAY)
        assert blocking(verdict) == {("validity.expired", 0)}

    def test_names_are_judged(self) -> None:
        """A pinned certificate is for whom it names."""
        judge = self.judge(self.SELF_SIGNED, profile=profiles.tls_client)
        verdict = judge.verify(self.SELF_SIGNED, reference=Reference.dns("monitor.example"), at=AT)
        assert ("identity.name_mismatch", 0) in blocking(verdict)

    def test_where_the_pin_does_not_stand_a_path_may(self) -> None:
        """A pinned certificate that also chains to an anchor may be trusted either way."""
        asked = scene()
        judge = Verifier(TrustStore([certificates(asked)[-1]], pinned=[asked.sealed(0)]), profile=RFC5280)
        verdict = ask(asked, of=judge)
        assert (verdict.outcome, len(verdict.path), verdict.anchor) == (Outcome.TRUSTED, 1, None)


class TestLeafThatIsAnAnchor:
    def test_it_is_a_path_of_one_under_that_anchor(self) -> None:
        """A leaf equal to an anchor is trusted as that anchor."""
        root = certificates(scene())[-1]
        verdict = verifier(scene()).verify(root, at=AT)
        assert (verdict.outcome, verdict.path) == (Outcome.TRUSTED, (Certificate(root),))
        assert verdict.anchor is not None
        assert verdict.anchor.certificate == Certificate(root)

    def test_its_dates_count(self) -> None:
        """It is judged as a leaf, whatever of anchors counts under the profile."""
        asked = scene().replacing(2, not_after=AT - SECOND)
        assert blocking(verifier(asked).verify(asked.sealed(2), at=AT)) >= {("validity.expired", 0)}

    def test_an_intermediate_as_anchor_ends_the_path(self) -> None:
        """An anchor needs no root above it."""
        leaf, issuer, _ = certificates(scene())
        verdict = Verifier(TrustStore([issuer]), profile=RFC5280).verify(leaf, at=AT)
        assert (verdict.outcome, len(verdict.path)) == (Outcome.TRUSTED, 2)


class TestWhatIsAlwaysSaid:
    @pytest.mark.parametrize("name", [*WRONGS, "good"])
    def test_revocation_is_off(self, name: str) -> None:
        """A verdict without revocation says so, whatever else it says; an unreadable leaf has no status to check."""
        verdict = ask(WRONGS[name].scene() if name in WRONGS else scene())
        assert ("revocation.not_checked", None) in found(verdict)

    def test_a_reference_unchecked(self) -> None:
        """That no name was asked for is said as well."""
        assert ("identity.unchecked", 0) in found(ask(scene()))


class TestReference:
    def test_profiles_of_servers_require_one(self) -> None:
        """Authenticating a server without saying which one is misuse."""
        with pytest.raises(MisuseError, match=r"Reference\.UNCHECKED"):
            verifier(scene(), profiles.tls_server).verify(scene().sealed(0), at=AT)

    def test_unchecked_says_it_aloud(self) -> None:
        """Reference.UNCHECKED is an answer to the demand."""
        assert ask(scene(), profiles.tls_server).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize("names", [(), (dns("monitor.ward.example.com"),), (pki.email("a@ward.example.com"),)])
    def test_the_common_name_is_never_looked_at(self, names: tuple[bytes, ...]) -> None:
        """RFC 9525: a name in the subject is no identity, whatever the subjectAltName says or lacks."""
        asked = scene().replacing(0, subject=common_name(HOST))
        asked = (
            including(0, pki.subject_alternative_name(*names))(asked)
            if names
            else without(0, pki.SUBJECT_ALTERNATIVE_NAME)(asked)
        )
        for profile in (RFC5280, profiles.tls_server, profiles.tls_client):
            verdict = ask(asked, profile, reference=Reference.dns(HOST))
            assert verdict.outcome is Outcome.UNTRUSTED
            assert {code for code, _ in blocking(verdict)} & {"identity.name_mismatch", "identity.no_names"}


class TestBudgets:
    @pytest.mark.parametrize("limit", ["signatures", "candidates", "policy_nodes", "name_comparisons"])
    def test_spent_is_untrusted_and_says_so(self, limit: str) -> None:
        """Running out of a budget refuses, and the finding names which; a warm verifier says the same."""
        asked = including(1, pki.name_constraints(permitted=[dns("ward.example.com")]))(scene())
        asked = including(1, pki.certificate_policies("1.2.3"))(including(0, pki.certificate_policies("1.2.3"))(asked))
        profile = RFC5280.evolve(budget=RFC5280.budget._replace(**{limit: 0}), initial_explicit_policy=True)
        judge = verifier(asked, profile)
        assert ask(asked, RFC5280.evolve(initial_explicit_policy=True)).outcome is Outcome.TRUSTED
        for _ in range(2):
            verdict = ask(asked, of=judge)
            limits = {f.facts["limit"] for f in verdict.findings if f.code.id == "path.budget_spent"}
            assert (verdict.outcome, limits) == (Outcome.UNTRUSTED, {limit})

    def test_many_namesakes_end(self) -> None:
        """A crowd of issuers of one name costs the budget, not hours."""
        crowd = [Authority(ISSUING.name, key("p256", n)) for n in range(20, 50)]
        beside = tuple(ROOT.vouches_for(one).sealed(ROOT.key) for one in crowd)
        asked = without(0, pki.AUTHORITY_KEY_IDENTIFIER)(scene()._replace(beside=beside))
        few = ask(asked, RFC5280.evolve(budget=RFC5280.budget._replace(signatures=5)))
        assert ask(asked).outcome is Outcome.TRUSTED
        assert few.outcome is Outcome.TRUSTED or ("path.budget_spent", None) in blocking(few)

    def test_max_intermediates(self) -> None:
        """A path longer than the profile allows is refused by that name."""
        assert ask(scene(2), RFC5280.evolve(max_intermediates=2)).outcome is Outcome.TRUSTED
        verdict = ask(scene(2), RFC5280.evolve(max_intermediates=1))
        assert {code for code, _ in blocking(verdict)} == {"path.too_many_intermediates"}


class TestMisuse:
    @pytest.mark.parametrize(
        "call",
        [
            lambda judge, leaf: judge.verify(leaf, at=datetime(2026, 6, 1)),
            lambda judge, leaf: judge.verify(leaf, at="2026-06-01T00:00:00Z"),
            lambda judge, leaf: judge.verify(leaf, at=1_780_000_000),
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
            lambda judge, leaf: Verifier([leaf], profile=RFC5280),
            lambda judge, leaf: Verifier(judge.trust, profile="rfc5280"),
            lambda judge, leaf: Verifier(judge.trust, profile=RFC5280, intermediates=leaf),
            lambda judge, leaf: Verifier(judge.trust, profile=RFC5280, intermediates=None),
            lambda judge, leaf: Verifier(judge.trust, profile=RFC5280, intermediates=["ca.pem"]),
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
        access = pki.sequence(pki.object_identifier("1.3.6.1.5.5.7.48.2"), pki.uri(url))
        return including(0, Extension(AIA, False, pki.sequence(access)))(scene())

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


class TestTolerances:
    @pytest.mark.parametrize("profile", [profiles.tls_server, profiles.tls_client])
    @pytest.mark.parametrize(
        ("tolerance", "change"),
        [
            (Tolerance.SERIAL_NEGATIVE, replacing(0, serial_number=-5)),
            (Tolerance.SERIAL_TOO_LONG, replacing(0, serial_number=1 << 170)),
            (Tolerance.TIME_GENERALIZED_BEFORE_2050, replacing(0, not_after=pki.generalized_time(AT + DAY))),
            (
                Tolerance.SET_ORDER,
                replacing(
                    0,
                    subject=pki.sequence(
                        pki.tlv(
                            0x31,
                            *(
                                pki.sequence(pki.object_identifier(oid), pki.tlv(0x0C, b"x"))
                                for oid in ("2.5.4.10", "2.5.4.3")
                            ),
                        )
                    ),
                ),
            ),
        ],
        ids=lambda value: value.value if isinstance(value, Tolerance) else "",
    )
    def test_none_reaches_a_leaf_of_tls(
        self, profile: Profile, tolerance: Tolerance, change: Callable[[Scene], Scene]
    ) -> None:
        """Under the TLS profiles a leaf is strict DER, even where the profile tolerates the fault on a CA."""
        for judged in (profile, profile.evolve(tolerances=frozenset(Tolerance))):
            verdict = ask(change(scene()), judged, reference=Reference.dns(HOST))
            assert ("encoding.not_tolerated", 0) in blocking(verdict)
            facts = [f.facts["tolerance"] for f in verdict.findings if f.code.id == "encoding.not_tolerated"]
            assert facts == [tolerance.value]

    @pytest.mark.parametrize("index", [1, 2])
    def test_authorities_are_reached_and_told(self, index: int) -> None:
        """A tolerance lets a CA certificate or anchor pass, with a finding that names it, its place and its field."""
        asked = scene().replacing(index, serial_number=-5)
        tolerant = profiles.rfc5280_tolerant
        verdict = ask(asked, tolerant)
        (finding,) = (f for f in verdict.findings if f.code.id == "encoding.tolerated")
        assert verdict.outcome is Outcome.TRUSTED
        assert (finding.facts["tolerance"], *finding.where) == ("serial_negative", index, "tbsCertificate.serialNumber")
        strict = tolerant.evolve(tolerances=frozenset())
        assert blocking(ask(asked, strict)) == {("encoding.not_tolerated", index)}

    def test_the_leaf_has_a_reach_of_its_own(self) -> None:
        """Only what a profile names for leaves reaches them."""
        asked = scene().replacing(0, serial_number=-5)
        assert blocking(ask(asked, profiles.rfc5280_tolerant)) == {("encoding.not_tolerated", 0)}
        named = RFC5280.evolve(leaf_tolerances=frozenset({Tolerance.SERIAL_NEGATIVE}))
        assert ask(asked, named).outcome is Outcome.TRUSTED


class TestStricterNeverGainsTrust:
    @pytest.mark.parametrize("name", [*WRONGS, "good"])
    @pytest.mark.parametrize(
        "changes",
        [
            {"initial_explicit_policy": True},
            {"initial_any_policy_inhibit": True},
            {"max_intermediates": 0},
            {"anchor_checks": AnchorChecks.AS_CERTIFICATE},
            {"key_purposes": frozenset({pki.CODE_SIGNING})},
            {"leaf_tolerances": frozenset(), "tolerances": frozenset()},
            {"reported_only": frozenset()},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_evolve(self, name: str, changes: dict[str, Any]) -> None:
        """What a profile refuses, a stricter one refuses too."""
        asked = WRONGS[name].scene() if name in WRONGS else scene()
        judge = verifier(asked)
        if ask(asked, of=judge.evolve(profile=RFC5280.evolve(**changes))).outcome.admits:
            assert ask(asked, of=judge).outcome is Outcome.TRUSTED

    def test_evolve_keeps_the_rest(self) -> None:
        """`evolve` changes what is named and nothing else."""
        judge = verifier(scene())
        other = judge.evolve(profile=profiles.tls_client)
        assert (other.trust, other.profile, other.intermediates) == (judge.trust, profiles.tls_client, ())
        assert judge.profile == RFC5280


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
    asked = asked.replacing(0, not_before=datetime(2020, 1, 1)).replacing(1, not_before=datetime(2020, 1, 1))
    verdict = verifier(asked).verify(asked.sealed(0), presented(asked))
    assert (verdict.outcome, verdict.at.microsecond) == (Outcome.TRUSTED, 0)
