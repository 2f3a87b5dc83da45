"""A replay judges by the recorded profile to the last field, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from devicetrust import (
    DifferencePart,
    Outcome,
    Profile,
    RevocationPolicy,
    profiles,
    replay,
)
from devicetrust.findings import Citation, Code, Severity
from devicetrust.path.budget import Budget
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from recorded import Change, changed
from ward import ask, scene


def named_profiles() -> list[Profile]:
    return [*profiles.BUILT_IN.values()]


EVOLVED = {
    "strength": {"strength": profiles.rfc5280.strength.evolve(minimum_rsa_bits=3072)},
    "another strength": {"strength": profiles.strength.bsi_2026},
    "validity model": {"validity_model": profiles.ValidityModel.IDEVID},
    "policies": {"user_initial_policy_set": frozenset({"1.2.3", "1.2.4"}), "initial_explicit_policy": True},
    "subtrees": {
        "initial_permitted_subtrees": NameConstraints((GeneralName(GeneralNameType.DNS_NAME, "example.com"),)),
    },
    "revocation": {"revocation": RevocationPolicy.REQUIRED.evolve(stale_grace=timedelta(hours=36))},
    "rules": {"rules": profiles.tls_server_public.rules[:-3]},
    "reported": {"reported_only": frozenset({"validity.expired"})},
    "budget": {"budget": Budget(candidates=100)},
    "name": {"name": "house", "edition": "7", "summary": "ours"},
}


class TestProfiles:
    @pytest.mark.parametrize("profile", named_profiles(), ids=lambda one: one.name)
    def test_named_ones(self, profile: Profile) -> None:
        """Every profile of the library can be recorded whole, each field of it."""
        again = replay(ask(scene(), profile).record())
        assert again.verdict is not None
        assert (again.same, again.verdict.profile) == (True, profile)

    @pytest.mark.parametrize("changes", EVOLVED.values(), ids=EVOLVED)
    def test_evolved_ones(self, changes: dict[str, Any]) -> None:
        """A profile that was evolved is made again to the last field."""
        profile = profiles.tls_client.evolve(**changes)
        again = replay(ask(scene(), profile).record())
        assert again.verdict is not None
        assert (again.same, again.verdict.profile) == (True, profile)

    def test_a_rule_of_the_callers_own(self) -> None:
        """It cannot be had from a record: there is no verdict, until the caller hands the profile over."""
        house = Code("house.tag", Severity.ERROR, Citation("House", "1"), rank=999, what="w", why="y", remedy="r")
        tagged = rule(house, Role.LEAF)(lambda certificate, index: [house.at(index)])
        profile = profiles.rfc5280.evolve(rules=(tagged,))
        record = ask(scene(), profile).record()
        again = replay(record)
        assert (again.verdict, again.same, again.outcome) == (None, False, Outcome.UNTRUSTED)
        assert [one.part for one in again.differences] == [DifferencePart.INPUT]
        assert "the rule house.tag" in str(again.differences[0])
        assert replay(record, profile=profile).same

    def test_no_rule_is_swapped_for_one_of_the_same_code(self) -> None:
        """A rule that bears the code of a rule of the library, and does something else, is not taken for it."""
        real = profiles.rfc5280.rules[0]
        false = rule(real.code, Role.LEAF)(lambda certificate, index: ())
        verdict = ask(scene(), profiles.rfc5280.evolve(rules=(false,)))
        assert replay(verdict.record()).verdict is None

    def test_another_profile_is_said(self) -> None:
        """What the caller hands over judges, and that it is another is a difference."""
        record = ask(scene(), profiles.tls_client).record()
        again = replay(record, profile=profiles.rfc5280)
        assert again.verdict is not None
        assert (again.same, again.verdict.profile) == (False, profiles.rfc5280)
        assert DifferencePart.INPUT in {one.part for one in again.differences}

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document["profile"].update(max_intermediates=7),
            lambda document: document["profile"].update(nonesuch=1),
            lambda document: document["profile"].update(anchor_checks="NONESUCH"),
            lambda document: document["profile"].pop("strength"),
            lambda document: document["profile"]["strength"].update(rsa_bits_multiple_of=0),
            lambda document: document["profile"]["budget"].update(signatures=10**9),
            lambda document: document["profile"]["rules"][0].update(module="os"),
            lambda document: document["profile"]["rules"][0].update(module="devicetrust.rules.nonesuch"),
            lambda document: document["profile"]["rules"][0].update(name="Rule"),
            lambda document: document["question"]["profile"].update(digest="00"),
            lambda document: document["question"].pop("profile"),
            lambda document: document.update(profile=None),
        ],
    )
    def test_never_another_one_in_silence(self, change: Change) -> None:
        """A profile that is not the recorded one to the last field judges nothing."""
        again = replay(changed(ask(scene()).record(), change))
        assert (again.verdict, again.same) == (None, False)
        assert [(one.part, one.replayed) for one in again.differences] == [(DifferencePart.INPUT, None)]
        assert "cannot be made here" in again.explain()
