"""Under which profile what is trusted: pins, anchors, references, budgets, tolerances; stricter never gains trust."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import pki
from devicetrust import (
    Certificate,
    MisuseError,
    Outcome,
    Profile,
    Reference,
    TrustStore,
    Verifier,
    profiles,
)
from devicetrust.path.inputs import AnchorChecks
from devicetrust.x509.der import Tolerance
from pki import AT, Authority, common_name, dns, key
from pki_shapes import Scene
from ward import (
    DEVICE,
    HOST,
    ISSUING,
    ROOT,
    SECOND,
    WRONGS,
    ask,
    blocking,
    certificates,
    including,
    replacing,
    scene,
    verifier,
    without,
)

RFC5280 = profiles.rfc5280
DAY = timedelta(days=1)


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
