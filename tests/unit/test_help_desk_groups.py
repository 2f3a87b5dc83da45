"""Every finding has a group of causes, about which a help desk does the same, and each group one who acts."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import devicetrust
from devicetrust.cli.commands import run
from devicetrust.findings import Code
from devicetrust.help_desk.groups import GROUPS, Actor, Group, actor_of, group_of
from devicetrust.rules import Rule


def code_ids() -> list[str]:
    """The id of every code that a module of the package holds, by itself or in a rule."""
    found = set()
    for module in pkgutil.walk_packages(devicetrust.__path__, "devicetrust."):
        if not module.name.endswith("__main__"):
            values = vars(importlib.import_module(module.name)).values()
            found |= {value.id for value in values if isinstance(value, Code)}
            found |= {value.code.id for value in values if isinstance(value, Rule)}
    return sorted(found)


class TestGroups:
    @pytest.mark.parametrize("code_id", code_ids())
    def test_every_code_has_a_group(self, code_id: str) -> None:
        """A finding about which a help desk could not say what to do would fail here."""
        assert isinstance(group_of(code_id), Group)

    def test_a_code_of_an_unknown_family_has_none(self) -> None:
        """So that a new family is noticed; nor does the beginning of a word count for a family."""
        assert [group_of(one) for one in ("nonesuch.rule", "revocation.nonesuch", "caa.rule", "nonesuch")] == [None] * 4

    def test_the_longest_entry_counts(self) -> None:
        """An id may have another group than its family; a rule deep in a family has the family's."""
        assert (group_of("issuer.unknown"), group_of("issuer.self_signed")) == (
            Group.UNKNOWN_AUTHORITY,
            Group.SELF_MADE,
        )
        assert group_of("sdc.provider.key_usage") is Group.AGAINST_THE_FIELD

    def test_a_key_that_is_known_is_not_called_weak(self) -> None:
        """A stronger key is no help where others have it; how a key or a signature is written is not its strength."""
        assert group_of("keys.not_compromised") is group_of("keys.not_debian_weak") is Group.KEY_KNOWN
        assert group_of("keys.roca") is group_of("signatures.hash_fits_curve") is Group.TOO_WEAK
        assert group_of("keys.rsa_parameters_null") is group_of("signatures.rsa_parameters_null")
        assert group_of("signatures.rsa_parameters_null") is Group.AGAINST_THE_RULES

    def test_no_entry_is_spare(self) -> None:
        """Every group is one of a finding."""
        assert set(GROUPS.values()) == set(Group)

    def test_no_maker_of_devices_renews_an_authority(self) -> None:
        """What is wrong above the device is for those who issue certificates."""
        assert actor_of(Group.TOO_WEAK, above=False) is Actor.DEVICE_MAKER
        assert actor_of(Group.TOO_WEAK, above=True) is Actor.CERTIFICATE_TEAM
        assert actor_of(Group.CLOCK, above=True) is Actor.CLOCK_KEEPER


@pytest.mark.parametrize("code_id", code_ids())
def test_a_code_that_is_quoted_can_be_looked_up(code_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever is called by telephone finds the code with `devicetrust rules`."""
    assert run(["rules", code_id]) == 0
    assert capsys.readouterr().out.startswith(code_id)
