"""Rules are asked where they apply, add findings and decide nothing. What breaks each is among the vectors."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

import pki
from devicetrust import Certificate, Finding, MisuseError, Outcome, lint, profiles
from devicetrust.rules import catalogue
from devicetrust.rules.rfc5280 import basic_fields, extensions
from devicetrust.rules.rule import Answer, Role, Rule, chain_rule, moment_rule
from devicetrust.rules.tls import certificates as tls
from ward import DEVICE, ROOT, ask, found, including, replacing, scene

LEAF = scene().chain[0].draft
ANCHOR = scene().chain[2].draft


class TestEachRule:
    def test_self_signed_needs_no_authority_key_identifier(self) -> None:
        """RFC 5280 4.2.1.1: only a self-signed certificate may be without it; a self-issued one may not."""
        rule = extensions.authority_key_identifier_present
        self_signed = Certificate(ANCHOR.without(pki.AUTHORITY_KEY_IDENTIFIER).sealed(ROOT.key))
        self_issued = Certificate(ANCHOR.without(pki.AUTHORITY_KEY_IDENTIFIER).sealed(DEVICE.key))
        assert (list(rule.check(self_signed, 0)), len(list(rule.check(self_issued, 0)))) == ([], 1)

    @pytest.mark.parametrize(
        ("oid", "source"),
        [
            (pki.AUTHORITY_KEY_IDENTIFIER, "RFC 5280 4.2.1.1"),
            ("2.5.29.56", "RFC 9608 2"),
            ("2.5.29.46", "RFC 5280 4.2.1.15"),
        ],
    )
    def test_a_finding_cites_the_clause_of_its_extension(self, oid: str, source: str) -> None:
        """Where several clauses say the same of several extensions, the one that is broken is named."""
        critical = Certificate(LEAF.including(pki.Extension(oid, True, pki.NULL)).sealed(ROOT.key))
        assert [finding.source for finding in extensions.non_critical.check(critical, 0)] == [source]

    @pytest.mark.parametrize("rule", [*chain.from_iterable(catalogue.FAMILIES.values())], ids=lambda rule: rule.code.id)
    def test_pickle(self, rule: Rule) -> None:
        """A rule is itself in another process."""
        assert pickle.loads(pickle.dumps(rule)) is rule


class TestRoles:
    @pytest.mark.parametrize(
        ("change", "profile", "expected"),
        [
            (replacing(0, serial_number=0), profiles.rfc5280, ("rfc5280.serial_number_positive", 0)),
            (replacing(1, serial_number=0), profiles.rfc5280, ("rfc5280.serial_number_positive", 1)),
            (replacing(2, serial_number=0), profiles.tls_client, None),
            (including(1, pki.extended_key_usage(pki.CLIENT_AUTH)), profiles.tls_client, None),
            (
                including(2, pki.extended_key_usage(pki.CLIENT_AUTH)),
                profiles.tls_client,
                ("cabf.anchor_without_purposes", 2),
            ),
            (including(2, pki.extended_key_usage(pki.CLIENT_AUTH)), profiles.rfc5280, None),
        ],
    )
    def test_a_rule_is_asked_where_it_applies(
        self, change: Callable[..., object], profile: profiles.Profile, expected: tuple[str, int] | None
    ) -> None:
        """Leaf, intermediate and anchor each have their own; an anchor's only where its certificate counts."""
        verdict = ask(change(scene()), profile)  # type: ignore[arg-type]
        broken = {one for one in found(verdict) if one[0].startswith(("rfc5280.", "cabf."))}
        assert broken == (set() if expected is None else {expected})

    def test_a_rule_on_an_authority_refuses_every_leaf_below(self) -> None:
        """What is found once on a CA certificate is found for each leaf."""
        asked = including(1, pki.basic_constraints(ca=True, critical=False))(scene())
        judge = ask(asked, profiles.tls_client)
        assert judge.outcome is Outcome.UNTRUSTED
        assert ("rfc5280.critical_on_authorities", 1) in found(judge)


def _refuses_to_answer(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A rule of somebody's that does not hold what it promised."""
    raise ValueError("not\nready")


BROKEN = Rule(tls.digital_signature.code, frozenset({Role.LEAF, Role.INTERMEDIATE}), _refuses_to_answer)


class TestARuleThatRaises:
    @pytest.mark.parametrize("severity", ["rules", "reported_only"])
    def test_refuses(self, severity: str) -> None:
        """What could not be checked counts as broken, also where the code would only be reported."""
        reported = frozenset({BROKEN.code.id}) if severity == "reported_only" else frozenset()
        verdict = ask(scene(), profiles.rfc5280.evolve(rules=(BROKEN,), reported_only=reported))
        assert verdict.outcome is Outcome.UNTRUSTED
        assert {("rule.failed", 0), ("rule.failed", 1)} == {one for one in found(verdict) if one[0] == "rule.failed"}
        assert verdict.headline is not None
        assert verdict.headline.facts == {"rule": "tls.digital_signature", "reason": "ValueError: not"}

    def test_others_are_heard(self) -> None:
        """What other rules find is told as well."""
        rules = (BROKEN, basic_fields.serial_number_positive)
        verdict = ask(replacing(0, serial_number=0)(scene()), profiles.rfc5280.evolve(rules=rules))
        assert ("rfc5280.serial_number_positive", 0) in found(verdict)


def _newer_than_its_issuer(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The number of certificates above is told."""
    return (BROKEN.code.at(index, "", above=len(issuers)),)


class TestNeeds:
    CHAIN = chain_rule(BROKEN.code, *Role)(_newer_than_its_issuer)

    def test_a_chain_rule_sees_what_is_above(self) -> None:
        """The leaf sees its CA and the anchor, the CA the anchor; the anchor has nothing above it."""
        verdict = ask(scene(), profiles.rfc5280_tolerant.evolve(rules=(self.CHAIN,)))
        told = [(one.where.certificate, one.facts["above"]) for one in verdict.findings if one.code == BROKEN.code]
        assert told == [(1, 1), (0, 2)]

    def test_a_rule_on_the_moment_is_not_for_a_profile(self) -> None:
        """A verdict that is kept for a while may hold nothing that the clock alone changes."""
        with pytest.raises(MisuseError, match=r"tls\.digital_signature"):
            profiles.rfc5280.evolve(rules=(moment_rule(BROKEN.code, Role.LEAF)(lambda _certificate, _at, _index: ()),))

    def test_not_yet_in_force(self) -> None:
        """A rule does not reach what was issued before it: neither in a verdict nor in a report."""
        for since, expected in (
            (LEAF.not_before, Answer.FOUND),
            (LEAF.not_before + timedelta(seconds=1), Answer.NOT_YET_IN_FORCE),
        ):
            one = Rule(
                BROKEN.code, frozenset({Role.LEAF}), lambda _certificate, index: (BROKEN.code.at(index),), since=since
            )
            profile = profiles.rfc5280.evolve(rules=(one,))
            assert (BROKEN.code.id in dict(found(ask(scene(), profile)))) is (expected is Answer.FOUND)
            assert lint(LEAF.sealed(ROOT.key), profile=profile).answers(one) == (expected,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"profile": "rfc5280"}, "lint takes a Profile as profile"),
        ({"role": "leaf"}, "lint takes a Role as role"),
        ({"rules": "keys"}, "rules is a list of rules"),
        ({"rules": catalogue.KEYS[0]}, "rules is a list of rules"),
        ({"rules": [catalogue.KEYS]}, "lint takes a Rule as each of rules"),
        ({"rules": ["keys.roca"]}, "lint takes a Rule as each of rules"),
    ],
)
def test_misuse_of_lint_is_told(given: dict[str, Any], said: str) -> None:
    """A word in the place of a profile, a role or a rule is misuse, and the message names it."""
    certificate = Certificate(LEAF.sealed(ROOT.key))
    with pytest.raises(MisuseError, match=said):
        lint(certificate, **{"profile": profiles.rfc5280, **given})
