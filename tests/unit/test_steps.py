"""RFC 5280 6.1.2 to 6.1.5, step by step: what passes, and what is found on which certificate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pki
from devicetrust import Outcome, Profile, profiles
from devicetrust.path import steps
from devicetrust.path.inputs import AnchorChecks, PurposeMatching
from pki import AT, Authority, Extension
from pki_shapes import Link, Scene
from ward import (
    ANY_POLICY,
    DEVICE,
    OTHER_POLICY,
    POLICY,
    POLICY_MAPPINGS,
    ROOT,
    SECOND,
    UNKNOWN_OID,
    WRONGS,
    ask,
    blocking,
    found,
    including,
    inhibit_any_policy,
    policy_mappings,
    replacing,
    scene,
    unknown,
    without,
)

RFC5280 = profiles.rfc5280
AS_CERTIFICATE = RFC5280.evolve(anchor_checks=AnchorChecks.AS_CERTIFICATE)
EXPLICIT_POLICY = RFC5280.evolve(initial_explicit_policy=True)


def each(*changes: Callable[[Scene], Scene], intermediates: int = 1) -> Scene:
    changed = scene(intermediates)
    for change in changes:
        changed = change(changed)
    return changed


def policies(index: int, *oids: str) -> Callable[[Scene], Scene]:
    return including(index, pki.certificate_policies(*oids))


def all_steps() -> list[Callable[..., object]]:
    """Every function that a tuple of `steps` names."""
    named = {name: getattr(steps, name) for name in steps.__all__}
    found = [step for value in named.values() if isinstance(value, tuple) for step in value]
    return sorted(set(found), key=lambda step: str(step.__name__))


class TestEveryStep:
    @pytest.mark.parametrize("name", WRONGS)
    def test_a_fault_is_found_where_it_is(self, name: str) -> None:
        """Exactly the requirement that was broken is found, on exactly the certificate that broke it."""
        verdict = ask(WRONGS[name].scene())
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, WRONGS[name].expected)

    @pytest.mark.parametrize("intermediates", [0, 1, 2, 3])
    def test_a_good_path_passes(self, intermediates: int) -> None:
        """Where nothing is wrong, nothing blocks, under the strict anchor checks too."""
        verdict = ask(scene(intermediates), AS_CERTIFICATE)
        assert (verdict.outcome, blocking(verdict), len(verdict.path)) == (Outcome.TRUSTED, set(), intermediates + 2)

    @pytest.mark.parametrize("step", all_steps(), ids=lambda step: step.__name__)
    def test_each_step_names_its_clause(self, step: Callable[..., object]) -> None:
        """A step says what it asserts in its first line, and whence, for the reference is printed from both."""
        clause = getattr(step, "clause", "")
        assert clause.startswith(("RFC ", "not in RFC"))
        assert step.__doc__ is not None
        assert step.__doc__.partition("\n")[0].endswith(".")


class TestValidity:
    @pytest.mark.parametrize(
        ("index", "field"), [(0, "not_after"), (1, "not_after"), (0, "not_before"), (1, "not_before")]
    )
    def test_both_bounds_are_inclusive(self, index: int, field: str) -> None:
        """RFC 5280 4.1.2.5: the period includes its first and its last second."""
        assert ask(scene().replacing(index, **{field: AT})).outcome is Outcome.TRUSTED

    def test_a_second_has_no_parts(self) -> None:
        """Time is compared in whole seconds, so the last second lasts to its end."""
        asked = scene().replacing(0, not_after=AT)
        assert ask(asked, at=AT.replace(microsecond=999_999)).outcome is Outcome.TRUSTED
        assert blocking(ask(asked, at=AT + SECOND)) == {("validity.expired", 0)}

    def test_every_fault_on_a_path_is_found(self) -> None:
        """Steps go on after a finding: a verdict holds all that is wrong."""
        asked = each(
            replacing(0, not_after=AT - SECOND),
            including(0, unknown(critical=True)),
            replacing(1, not_before=AT + SECOND),
        )
        assert blocking(ask(asked)) == {
            ("validity.expired", 0),
            ("extension.critical_unknown", 0),
            ("validity.not_yet_valid", 1),
        }


class TestNames:
    @pytest.mark.parametrize("permitted", ["ward.example.com", "example.com", "pump-17.ward.example.com"])
    def test_names_within_pass(self, permitted: str) -> None:
        """6.1.3 (b): a name in a permitted subtree passes."""
        asked = each(including(1, pki.name_constraints(permitted=[pki.dns(permitted)])))
        assert ask(asked).outcome is Outcome.TRUSTED

    def test_other_forms_are_not_bound(self) -> None:
        """4.2.1.10: a constraint binds names of its own form only."""
        asked = each(including(1, pki.name_constraints(permitted=[pki.email("example.org")])))
        assert ask(asked).outcome is Outcome.TRUSTED

    def test_self_issued_intermediates_are_exempt(self) -> None:
        """6.1.3 (b), (c): a self-issued certificate that is not the last one is not bound."""
        asked = _rolled_over(including(2, pki.name_constraints(excluded=[pki.directory(ROOT.name)])))
        assert blocking(ask(asked)) == set()

    def test_a_self_issued_leaf_is_bound(self) -> None:
        """6.1.3 (b), (c): the last certificate is bound though it is self-issued."""
        constrained = including(1, pki.name_constraints(excluded=[pki.dns("ward.example.com")]))
        asked = constrained(scene()).replacing(0, subject=scene().chain[1].holder.name)
        assert ("names.excluded", 0) in blocking(ask(asked))


class TestPathLength:
    def test_the_shortest_that_holds_passes(self) -> None:
        """6.1.4 (l), (m): a pathLenConstraint of n allows n intermediates below."""
        asked = each(
            including(1, pki.basic_constraints(ca=True, path_length=0)),
            including(2, pki.basic_constraints(ca=True, path_length=1)),
            intermediates=2,
        )
        assert ask(asked).outcome is Outcome.TRUSTED

    def test_self_issued_intermediates_do_not_count(self) -> None:
        """6.1.4 (l): a self-issued certificate uses up nothing of the path length."""
        asked = _rolled_over(including(2, pki.basic_constraints(ca=True, path_length=0)))
        assert ask(asked).outcome is Outcome.TRUSTED

    def test_a_leaf_that_is_a_ca_counts_for_nothing(self) -> None:
        """6.1.5 has no path length: only certificates above the last one are counted."""
        asked = each(
            including(1, pki.basic_constraints(ca=True, path_length=0)), including(0, pki.basic_constraints(ca=True))
        )
        assert ask(asked).outcome is Outcome.TRUSTED


class TestAuthorities:
    def test_absent_key_usage_allows_signing(self) -> None:
        """6.1.4 (n): keyCertSign is asked for only where keyUsage is present."""
        assert ask(each(without(1, pki.KEY_USAGE))).outcome is Outcome.TRUSTED

    def test_an_unknown_extension_that_is_not_critical_passes(self) -> None:
        """6.1.4 (o), 6.1.5 (f): only critical extensions must be processed."""
        asked = each(including(0, unknown(critical=False)), including(1, unknown(critical=False)))
        assert ask(asked).outcome is Outcome.TRUSTED

    def test_critical_extensions_of_the_standard_are_processed(self) -> None:
        """What the steps read is not unknown for being critical."""
        asked = each(
            including(0, pki.extended_key_usage(pki.SERVER_AUTH, critical=True)),
            including(0, pki.subject_alternative_name(pki.dns("a.example"), critical=True)),
            including(1, pki.name_constraints(permitted=[pki.dns("a.example")]), inhibit_any_policy(0)),
            including(1, policy_mappings((POLICY, OTHER_POLICY))),
        )
        assert ask(asked).outcome is Outcome.TRUSTED

    def test_the_finding_names_the_unknown_extension(self) -> None:
        """Whoever reads the verdict learns which extension it was."""
        (finding,) = ask(each(including(0, unknown(critical=True)))).blocking()
        assert (finding.facts["oid"], finding.where.field) == (UNKNOWN_OID, "tbsCertificate.extensions")


class TestPolicies:
    @pytest.mark.parametrize(
        ("asserted", "wanted", "expected"),
        [
            ([POLICY], {POLICY}, {POLICY}),
            ([POLICY], {ANY_POLICY}, {POLICY}),
            ([POLICY, OTHER_POLICY], {OTHER_POLICY}, {OTHER_POLICY}),
            ([ANY_POLICY], {POLICY}, {POLICY}),
            ([ANY_POLICY], {ANY_POLICY}, {ANY_POLICY}),
        ],
    )
    def test_a_policy_of_the_whole_path_is_found(
        self, asserted: list[str], wanted: set[str], expected: set[str]
    ) -> None:
        """6.1.5 (g): the path is valid for what all its certificates assert and the user wants."""
        asked = each(policies(0, *asserted), policies(1, *asserted))
        verdict = ask(asked, EXPLICIT_POLICY.evolve(user_initial_policy_set=frozenset(wanted)))
        assert (verdict.outcome, verdict.user_constrained_policies) == (Outcome.TRUSTED, frozenset(expected))

    @pytest.mark.parametrize(
        ("of_leaf", "of_authority", "wanted", "index"),
        [
            ([OTHER_POLICY], [POLICY], {ANY_POLICY}, 0),
            ([POLICY], [POLICY], {OTHER_POLICY}, 0),
            ([], [POLICY], {ANY_POLICY}, 0),
            ([POLICY], [], {ANY_POLICY}, 1),
        ],
    )
    def test_a_path_without_a_common_policy_is_refused_where_one_is_required(
        self, of_leaf: list[str], of_authority: list[str], wanted: set[str], index: int
    ) -> None:
        """6.1.3 (f), 6.1.5 (g): with initial-explicit-policy, no common policy means no path."""
        changes = [policies(at, *oids) for at, oids in enumerate([of_leaf, of_authority]) if oids]
        verdict = ask(each(*changes), EXPLICIT_POLICY.evolve(user_initial_policy_set=frozenset(wanted)))
        assert (verdict.outcome, "policy.none_valid") == (
            Outcome.UNTRUSTED,
            verdict.headline and verdict.headline.code.id,
        )
        assert ("policy.none_valid", index) in blocking(verdict)

    def test_without_demand_a_path_without_policies_passes(self) -> None:
        """6.1.2 (d): nobody asked for a policy, so none is needed; the path is then valid for none."""
        verdict = ask(scene())
        assert (verdict.outcome, verdict.user_constrained_policies) == (Outcome.TRUSTED, frozenset())

    def test_mapping_is_followed(self) -> None:
        """6.1.4 (b)(1): the CA's policy is met by the leaf's equivalent one."""
        asked = each(
            policies(0, OTHER_POLICY), policies(1, POLICY), including(1, policy_mappings((POLICY, OTHER_POLICY)))
        )
        verdict = ask(asked, EXPLICIT_POLICY)
        assert (verdict.outcome, verdict.user_constrained_policies) == (Outcome.TRUSTED, frozenset({POLICY}))

    def test_mapping_may_be_inhibited(self) -> None:
        """6.1.2 (e), 6.1.4 (b)(2): with initial-policy-mapping-inhibit a mapped policy is dropped."""
        asked = each(
            policies(0, OTHER_POLICY), policies(1, POLICY), including(1, policy_mappings((POLICY, OTHER_POLICY)))
        )
        verdict = ask(asked, EXPLICIT_POLICY.evolve(initial_policy_mapping_inhibit=True))
        assert blocking(verdict) == {("policy.none_valid", 0)}

    @pytest.mark.parametrize("inhibit", ["initially", "by the intermediate"])
    def test_any_policy_may_be_inhibited(self, inhibit: str) -> None:
        """6.1.2 (f), 6.1.4 (j): an inhibited anyPolicy in the leaf matches nothing."""
        asked = each(policies(0, ANY_POLICY), policies(1, POLICY))
        profile = EXPLICIT_POLICY
        if inhibit == "initially":
            profile = profile.evolve(initial_any_policy_inhibit=True)
        else:
            asked = including(1, inhibit_any_policy(0))(asked)
        assert blocking(ask(asked, profile)) == {("policy.none_valid", 0)}
        assert ask(each(policies(0, ANY_POLICY), policies(1, POLICY)), EXPLICIT_POLICY).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize(
        ("skip", "outcome"), [(0, Outcome.UNTRUSTED), (1, Outcome.UNTRUSTED), (2, Outcome.TRUSTED)]
    )
    def test_require_explicit_policy_counts_certificates(self, skip: int, outcome: Outcome) -> None:
        """4.2.1.11, 6.1.4 (h), (i), 6.1.5 (a): of two certificates below, the second is reached by a count up to 1.

        The wrap-up takes one more from the counter: a count of 1 at the lower intermediate is zero for the leaf.
        """
        asked = each(including(2, pki.policy_constraints(skip + 1)), intermediates=2)
        assert ask(asked).outcome is outcome

    def test_a_leaf_may_require_a_policy_of_itself(self) -> None:
        """6.1.5 (b): requireExplicitPolicy of 0 in the last certificate counts."""
        assert blocking(ask(each(including(0, pki.policy_constraints(0))))) == {("policy.none_valid", 0)}


class TestPurposes:
    SERVER = RFC5280.evolve(key_purposes=frozenset({pki.SERVER_AUTH}))
    EXPLICIT = SERVER.evolve(purpose_matching=PurposeMatching.EXPLICIT)

    @pytest.mark.parametrize(
        ("purposes", "profile", "expected"),
        [
            ([pki.SERVER_AUTH], SERVER, set()),
            ([pki.CODE_SIGNING, pki.SERVER_AUTH], SERVER, set()),
            ([pki.CODE_SIGNING], SERVER, {("purpose.not_allowed", 0)}),
            (["2.5.29.37.0"], SERVER, set()),
            ([], SERVER, set()),
            ([pki.SERVER_AUTH], EXPLICIT, set()),
            ([pki.CODE_SIGNING], EXPLICIT, {("purpose.not_allowed", 0)}),
            (["2.5.29.37.0"], EXPLICIT, {("purpose.not_allowed", 0)}),
            ([], EXPLICIT, {("purpose.not_allowed", 0)}),
        ],
    )
    def test_the_leaf(self, purposes: list[str], profile: Profile, expected: set[tuple[str, int]]) -> None:
        """4.2.1.12: absence and anyExtendedKeyUsage allow all, unless the profile wants the purpose by name."""
        change = including(0, pki.extended_key_usage(*purposes)) if purposes else without(0, pki.EXTENDED_KEY_USAGE)
        assert blocking(ask(each(change), profile)) == expected

    @pytest.mark.parametrize(
        ("purposes", "profile", "expected"),
        [
            ([pki.SERVER_AUTH], EXPLICIT, set()),
            (["2.5.29.37.0"], EXPLICIT, set()),
            ([], EXPLICIT, set()),
            ([pki.CODE_SIGNING], EXPLICIT, {("purpose.not_allowed", 1)}),
            ([pki.CODE_SIGNING], SERVER, set()),
        ],
    )
    def test_the_intermediate(self, purposes: list[str], profile: Profile, expected: set[tuple[str, int]]) -> None:
        """A CA that lists purposes limits what is below it, where the profile matches purposes by name."""
        change = including(1, pki.extended_key_usage(*purposes)) if purposes else without(1, pki.EXTENDED_KEY_USAGE)
        assert blocking(ask(each(change), profile)) == expected


class TestAnchors:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (replacing(2, not_after=AT - SECOND), {("validity.expired", 2)}),
            (replacing(2, not_before=AT + SECOND), {("validity.not_yet_valid", 2)}),
            (including(2, pki.basic_constraints(ca=True, path_length=0)), {("ca.path_length", 1)}),
            (including(2, pki.basic_constraints(ca=False)), {("ca.not_a_ca", 2)}),
            (including(2, pki.key_usage(pki.CRL_SIGN)), {("ca.key_usage", 2)}),
            (including(2, unknown(critical=True)), {("extension.critical_unknown", 2)}),
            (including(2, pki.policy_constraints(0)), {("policy.none_valid", 1), ("policy.none_valid", 0)}),
            (
                including(2, pki.name_constraints(excluded=[pki.dns("example.com")])),
                {("names.excluded", 0)},
            ),
            (including(2, Extension(pki.NAME_CONSTRAINTS, True, b"\x30\x05\x02")), {("extension.unreadable", 2)}),
        ],
    )
    def test_what_its_certificate_says_counts_where_the_profile_wants_it(
        self, change: Callable[[Scene], Scene], expected: set[tuple[str, int]]
    ) -> None:
        """6.1.1 (d) leaves open what of an anchor counts: its certificate does under AS_CERTIFICATE, not otherwise."""
        assert blocking(ask(each(change), AS_CERTIFICATE)) >= expected
        assert {code for code, _ in blocking(ask(each(change), AS_CERTIFICATE))} == {code for code, _ in expected}
        assert ask(each(change), RFC5280).outcome is Outcome.TRUSTED

    def test_an_anchor_of_version_1_is_a_ca_by_decision(self) -> None:
        """6.1.4 (k): whoever trusts a version 1 certificate as an anchor has decided that it is one."""
        asked = each(replacing(2, version=None, extensions=()), without(1, pki.AUTHORITY_KEY_IDENTIFIER))
        assert ask(asked, AS_CERTIFICATE).outcome is Outcome.TRUSTED

    def test_the_signature_of_an_anchor_proves_nothing(self) -> None:
        """An anchor is trusted by decision: its self-signature may be of any kind."""
        assert ask(each(replacing(2, scheme="ecdsa-sha1")), AS_CERTIFICATE).outcome is Outcome.TRUSTED


class TestUnreadableMappings:
    def test_they_are_found_at_the_first_and_every_later_time(self) -> None:
        """A fault that only a second look sees would be no fault for whoever looks once."""
        asked = each(including(1, Extension(POLICY_MAPPINGS, True, b"\x30\x00")))
        verdicts = [blocking(ask(asked)) for _ in range(2)]
        assert verdicts == [{("extension.unreadable", 1)}] * 2


def _rolled_over(change: Callable[[Scene], Scene]) -> Scene:
    """leaf, new key of the CA, old key of the same CA (self-issued certificate between them), root."""
    old = scene().chain[1].holder
    new = Authority(old.name, pki.key("p256", 5))
    leaf = Link(new.issues(pki.common_name("pump-17"), DEVICE.key, pki.dns("pump.ward.example.com")), DEVICE)
    chain = (
        leaf,
        Link(old.vouches_for(new), new),
        Link(ROOT.vouches_for(old), old),
        Link(ROOT.vouches_for(ROOT), ROOT),
    )
    return change(Scene(chain, (), "", "server"))


def test_found_is_more_than_what_blocks() -> None:
    """Notices stand beside errors in a verdict: that a certificate names no source of its status is said."""
    assert ("revocation.not_published", 0) in found(ask(scene()))
