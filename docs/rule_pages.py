"""Draws a page for each rule, and the page that lists them by family.

Makes: ``reference/rules/index.md`` and ``reference/rules/<code>.md``.
May import: devicetrust; the chains in ``tests/vectors/rules`` that break each rule.
Must never: state what the code or its test data does not; leave a rule without an example.
Read first: `rule_pages`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from devicetrust import lint, load_certificates, profiles
from devicetrust.findings import Finding, Knowledge, Waivable
from devicetrust.report.rule_data import asserted, every_rule, families_of
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Role, Rule

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "rules"
LOOSE = "of profiles only"


def rule_pages(text: Callable[[str], str], sentence: Callable[[str], str]) -> dict[str, str]:
    """Every page by its path below the reference. ``text`` escapes Markdown, ``sentence`` shows a template's facts."""
    pages = {"rules/index.md": "\n".join(_index(text)) + "\n"}
    for id, rule in every_rule().items():
        pages[f"rules/{id}.md"] = "\n".join(_page(rule, text, sentence)) + "\n"
    return pages


def _index(text: Callable[[str], str]) -> Iterator[str]:
    yield from ("# Rules", "")
    yield "Every rule that `lint` and the profiles can ask, by family; a rule may be in several. What else a verdict"
    yield "can hold, such as what path validation finds, is among the [findings](../findings.md). On the command line"
    yield "it is `devicetrust rules`."
    families = {name: [rule.code.id for rule in family] for name, family in FAMILIES.items() if family}
    families[LOOSE] = [id for id, rule in every_rule().items() if not families_of(rule)]
    for name, ids in families.items():
        if ids:
            yield from ("", f"## {text(name)}", "", "| rule | severity | asserts |", "|---|---|---|")
            for id in ids:
                rule = every_rule()[id]
                yield f"| [`{id}`]({id}.md) | {rule.code.severity.value} | {text(asserted(rule))} |"


def _page(rule: Rule, text: Callable[[str], str], sentence: Callable[[str], str]) -> Iterator[str]:
    code = rule.code
    # In no tree of contents: furo draws the whole tree on every page, and two hundred of two hundred take a minute.
    yield from (
        "---",
        "orphan: true",
        "---",
        "",
        f"(rule-{code.id.replace('.', '-').replace('_', '-')})=",
        f"# {text(code.id)}",
        "",
    )
    yield from (f"{text(asserted(rule))} [All rules](index.md)", "")
    yield from ("## What", "", f"A finding says: {sentence(code.what)}", "")
    yield from _facts(rule, text)
    yield from ("## Why", "", sentence(code.why), "")
    yield from ("## Clause", "", f"{text(str(code.citation))}{_known(rule)}.", "")
    yield from ("## Example", "", *_example(rule, text), "")
    yield from ("## Remedy", "", f"{sentence(code.remedy[:1].upper() + code.remedy[1:])}.")


def _known(rule: Rule) -> str:
    return ", known at second hand" if rule.code.citation.knowledge is Knowledge.SECOND_HAND else ""


def _facts(rule: Rule, text: Callable[[str], str]) -> Iterator[str]:
    code = rule.code
    taken = [
        f"`{profile.name}` ({'refuses' if profile.blocks(code) else 'reports only'})"
        for profile in profiles.BUILT_IN.values()
        if any(one.code == code for one in profile.rules)
    ]
    since = "always" if rule.since is None else f"for certificates issued from {rule.since:%Y-%m-%d} on"
    waivable = "yes, where the profile lets it" if code.waivable is Waivable.BY_WAIVER else "never"
    rows = {
        "severity": code.severity.value,
        "asked of": ", ".join(role.value for role in Role if role in rule.applies_to),
        "in force": since,
        "families": ", ".join(f"`{name}`" for name in families_of(rule)) or "none",
        "profiles": ", ".join(taken) or "none of the library's takes it",
        "waivable": waivable,
    }
    yield from ("| | |", "|---|---|")
    yield from (f"| {name} | {value} |" for name, value in rows.items())
    yield ""


def _example(rule: Rule, text: Callable[[str], str]) -> Iterator[str]:
    """The first chain of the tests that breaks the rule, and what `lint` says of it."""
    folder = VECTORS / rule.code.id
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    chain = load_certificates(folder / "breaks-1.pem")
    at, role = datetime.fromisoformat(case["at"]), Role(case["role"])
    report = lint(chain, profile=profiles.rfc5280, rules=[rule], role=role, at=at)
    found = [finding for finding in report.findings if finding.code == rule.code]
    if not found:
        raise ValueError(f"{folder}/breaks-1.pem does not break the rule {rule.code.id}")
    yield from (f"{text(case['law'])} ({text(case['clause'])})", "")
    yield "`lint` says of a certificate that breaks it:"
    yield from ("", "```text", *map(_finding, found), "```")


def _finding(finding: Finding) -> str:
    place = f"certificate {finding.where.certificate}, {finding.where.field}".removesuffix(", ")
    return f"{finding.severity.value}: {finding.what}\n  in {place}\n  to do: {finding.remedy}"
