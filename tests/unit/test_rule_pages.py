"""The rule reference: a page for each rule, with the same sections, and an example that `lint` gives."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from devicetrust.report import every_rule

FILE = Path(__file__).parents[2] / "docs" / "rule_pages.py"


def drawn() -> dict[str, str]:
    """The pages as the documentation draws them, with nothing escaped."""
    spec = spec_from_file_location("rule_pages", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.rule_pages(str, str)
    return pages


PAGES = drawn()


def test_each_rule_has_a_page_and_is_listed() -> None:
    """No page more, none less, and the index leads to each."""
    assert PAGES.keys() == {"rules/index.md", *(f"rules/{id}.md" for id in every_rule())}
    assert set(re.findall(r"\]\(([a-z0-9_.]+)\.md\)", PAGES["rules/index.md"])) == every_rule().keys()


@pytest.mark.parametrize("id", sorted(every_rule()))
def test_each_page_has_the_same_sections(id: str) -> None:
    """What, why, clause, example and remedy, each with something in it."""
    page, code = PAGES[f"rules/{id}.md"], every_rule()[id].code
    titles = re.findall(r"(?m)^## (.*)$", page)
    bodies = re.split(r"(?m)^## .*$", page)[1:]
    assert titles == ["What", "Why", "Clause", "Example", "Remedy"]
    assert all(body.strip() for body in bodies)
    assert bodies[2].strip().startswith(str(code.citation))
    assert re.search(rf"(?m)^{code.severity.value}: .+\n  in certificate [0-9].*\n  to do: .+$", bodies[3])
