"""Each rule has chains that break it and chains that keep it, kept as data.

The laws: a chain named ``breaks`` gives a finding of the rule's code at the certificate that ``case.toml`` names, and
nowhere else; one named ``keeps`` is answered with a pass there, not with silence; no rule is without both, and no
folder is without its rule.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devicetrust import Certificate, lint, profiles
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Answer, Role, Rule
from devicetrust.x509.files import load_certificates

HERE = Path(__file__).parent / "rules"
KEYS = {"law": str, "clause": str, "role": str, "index": int, "at": str}


def every_rule() -> dict[str, Rule]:
    """The rules of every family and of every profile, by the id of their code."""
    families = [*FAMILIES.values(), *(profile.rules for profile in profiles.BUILT_IN.values())]
    return {rule.code.id: rule for family in families for rule in family}


RULES = every_rule()


class Case(NamedTuple):
    """One chain, the rule to ask of it, and whether the chain breaks it."""

    rule: Rule
    file: Path
    facts: dict[str, Any]
    breaks: bool


def cases() -> list[Case]:
    found: list[Case] = []
    for folder in sorted(HERE.iterdir()):
        facts = tomllib.loads((folder / "case.toml").read_text("utf-8"))
        if {key: type(value) for key, value in facts.items()} != KEYS:
            raise ValueError(f"{folder}/case.toml: keys are {sorted(KEYS)}")
        for file in sorted(folder.iterdir()):
            word, _, number = file.stem.partition("-")
            if file.name == "case.toml":
                continue
            if word not in ("breaks", "keeps") or not number.isdigit() or file.suffix != ".pem":
                raise ValueError(f"{file}: a chain is breaks-N.pem or keeps-N.pem")
            found.append(Case(RULES[folder.name], file, facts, word == "breaks"))
    return found


CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule.code.id}-{case.file.stem}")
def test_case(case: Case) -> None:
    """A chain that breaks the rule gives its code where it is broken; one that keeps it is passed there."""
    chain = load_certificates(case.file)
    index, at = case.facts["index"], datetime.fromisoformat(case.facts["at"])
    report = lint(chain, profile=profiles.rfc5280, rules=[case.rule], role=Role(case.facts["role"]), at=at)
    found = [(one.code.id, one.where.certificate) for one in report.findings]
    expected = Answer.FOUND if case.breaks else Answer.PASSED
    assert report.answers(case.rule)[index] is expected, report.findings
    assert set(found) == ({(case.rule.code.id, index)} if case.breaks else set())
    assert all(finding.where.field or finding.where.certificate is None for finding in report.findings)


def test_each_rule_has_both() -> None:
    """A rule that no certificate breaks, or none keeps, is not known to work."""
    both = {(case.rule.code.id, case.breaks) for case in CASES}
    assert sorted(code for code in RULES if not {(code, True), (code, False)} <= both) == []


def test_each_case_says_its_law() -> None:
    """Each folder says in a sentence what is held, and where that stands."""
    assert [case.file for case in CASES if not (case.facts["law"].endswith(".") and case.facts["clause"])] == []


@pytest.mark.parametrize("code", sorted(RULES))
def test_each_rule_explains_itself(code: str) -> None:
    """A rule is about some place of a path, and its check says in a sentence what it asserts."""
    rule = RULES[code]
    assert rule.applies_to
    assert rule.applies_to <= set(Role)
    assert (rule.check.__doc__ or "").partition("\n")[0].endswith(".")


def test_a_chain_of_other_bytes_is_said(tmp_path: Path) -> None:
    """The unreadable is a finding of its own, and no rule is asked of it."""
    report = lint([Certificate(b"\x30\x00")], profile=profiles.rfc5280)
    assert ([one.code.id for one in report.findings], report.asked) == (["certificate.unreadable"], ())
