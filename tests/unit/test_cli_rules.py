"""`devicetrust rules`: every rule can be found, and one is shown with clause, reason, remedy and profiles."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

import devicetrust
from devicetrust import profiles
from devicetrust.cli.commands import run
from devicetrust.findings import Code, Knowledge
from devicetrust.report import every_code, every_rule, rule_data
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Rule

ISSUER = "rfc5280.issuer_not_empty"


class Told(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def rules(capsys: pytest.CaptureFixture[str]) -> Command:
    def told(*arguments: str) -> Told:
        code = run(["rules", *arguments])
        return Told(code, *capsys.readouterr())

    return told


def listed(told: Told) -> list[dict[str, Any]]:
    data = json.loads(told.out)
    assert data["schema"] == "devicetrust.rules/1"
    found: list[dict[str, Any]] = data["rules"]
    return found


def test_every_rule_is_listed_by_family(rules: Command) -> None:
    """Each family with each of its rules, and a sum of them all, each counted once."""
    told = rules()
    assert told.code == 0
    lines = told.out.splitlines()
    assert [line for line in lines if line in FAMILIES] == [name for name, family in FAMILIES.items() if family]
    assert {line.split()[0] for line in lines if line.startswith("  ")} == every_rule().keys()
    assert lines[-1] == f"{len(every_rule())} rules"


def test_a_choice_narrows(rules: Command) -> None:
    """Family, document, severity and text; together they must all fit."""
    family = {rule.code.id for rule in FAMILIES["dicom"]}
    assert {one["code"] for one in listed(rules("--family", "dicom", "--format", "json"))} == family
    assert {one["document"] for one in listed(rules("--document", "rfc 9608", "--format", "json"))} == {"RFC 9608"}
    assert {one["severity"] for one in listed(rules("--severity", "notice", "--format", "json"))} == {"notice"}
    assert ISSUER in [one["code"] for one in listed(rules("--search", "WHO ANSWERS", "--format", "json"))]
    assert rules("--family", "dicom", "--document", "RFC 9608").code == 1


def test_a_rule_is_shown_whole(rules: Command) -> None:
    """What it asserts, where that stands, since when, of whom it is asked, what to do, and what profiles make of it."""
    told = rules(ISSUER)
    assert told.code == 0
    shown = {line[2:22].strip(): line[23:] for line in told.out.splitlines() if line.startswith("  ")}
    assert shown["asserts"] == "The issuer is a non-empty distinguished name."
    assert shown["what to do"] == "have the certificate issued by a CA with a name"
    assert shown["source"] == "RFC 5280 4.1.2.4"
    assert shown["in force"] == "always"
    assert shown["asked of"] == "leaf, intermediate, anchor"
    assert f"tls_client {profiles.tls_client.edition}: refuses" in told.out
    assert f"rfc5280 {profiles.rfc5280.edition}: reports only" in told.out


def test_second_hand_is_said(rules: Command) -> None:
    """Exactly the rules whose clause was not read say so."""
    said = {one["code"] for one in listed(rules("--format", "json")) if one["second_hand"]}
    assert said == {id for id, rule in every_rule().items() if rule.code.citation.knowledge is Knowledge.SECOND_HAND}
    assert "CVE-2017-15361 (known at second hand)" in rules("keys.roca").out


def test_when_a_rule_came_into_force_is_said() -> None:
    """CA/B Forum SC-081: 200 days from 2026-03-15 on; a rule on older certificates has no such date."""
    dated = {rule.since for rule in every_rule().values()} - {None}
    assert datetime(2026, 3, 15, tzinfo=UTC) in dated
    since = {rule_data(rule)["in_force_since"] for rule in every_rule().values() if rule.since is not None}
    assert "2026-03-15T00:00:00Z" in since
    assert rule_data(every_rule()[ISSUER])["in_force_since"] is None


def test_a_code_that_no_rule_has_is_shown_too(rules: Command) -> None:
    """What path validation finds has an entry, and says what it does."""
    told = rules("signature.invalid")
    assert told.code == 0
    assert "refuses under every profile" in told.out


def test_every_code_that_a_module_declares_is_shown() -> None:
    """Whatever stands in brackets after a finding can be looked up: of devices, waivers, lists of keys, horizons."""
    modules = [one.name for one in pkgutil.walk_packages(devicetrust.__path__, "devicetrust.")]
    rooms = [importlib.import_module(name) for name in modules if not name.endswith(".__main__")]
    values = [value for room in rooms for value in vars(room).values()]
    declared = {one.id for one in values if isinstance(one, Code)}
    declared |= {one.code.id for one in values if isinstance(one, Rule)}
    assert every_code().keys() == declared
    assert {"waiver.in_force", "identity.device_mismatch", "keys.not_compromised"} < declared


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("keys.rocca",), "there is no code 'keys.rocca'; did you mean keys.roca?"),
        ((ISSUER, "--family", "dicom"), "a CODE names one rule; leave out the options"),
        (("--family", "dicon"), "dicon"),
    ],
)
def test_misuse_is_one_line(rules: Command, arguments: tuple[str, ...], said: str) -> None:
    """2, and nothing on standard output."""
    told = rules(*arguments)
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert said in told.err


@pytest.mark.parametrize("id", sorted(every_rule()))
def test_every_rule_tells_of_itself(id: str) -> None:
    """Each sentence is there, and shows its facts by name, not as a template."""
    data = rule_data(every_rule()[id])
    assert [key for key in ("asserts", "what", "why", "remedy", "document", "roles") if not data[key]] == []
    assert not any("{" in data[key] for key in ("what", "why", "remedy"))
