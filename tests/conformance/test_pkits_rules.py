"""What PKITS calls valid keeps the rules of RFC 5280, except where pkits_rules.toml says why not.

Rules on the moment, which lint adds to those of any profile, are left out: PKITS has been valid for many years.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import NamedTuple

from conformance import pkits
from conformance.expectations import HERE
from devicetrust import lint, profiles


class Recorded(NamedTuple):
    """A code that is found on these end entities, and why."""

    code: str
    files: frozenset[str]
    why: str


def recorded() -> tuple[Recorded, ...]:
    """The recorded findings. Raises `TypeError` for a key that is not known."""
    table = tomllib.loads((HERE / "pkits_rules.toml").read_text("utf-8"))
    return tuple(Recorded(code, frozenset(one.pop("files")), **one) for code, one in table.items())


@cache
def found() -> dict[str, frozenset[str]]:
    """The codes that rules find on the end entities of valid paths, with the files."""
    names = {test.path[-1] for test in pkits.tests().values() if test.valid}
    codes: dict[str, set[str]] = {}
    for name in names:
        report = lint(pkits.certificate(name), profile=profiles.rfc5280, rules=profiles.rfc5280.rules, at=pkits.AT)
        for asked in report.asked:
            for finding in asked.findings:
                codes.setdefault(finding.code.id, set()).add(name)
    return {code: frozenset(files) for code, files in codes.items()}


def test_all_valid_end_entities_are_asked() -> None:
    """PKITS has more than eighty different end entities at the end of valid paths."""
    assert len({test.path[-1] for test in pkits.tests().values() if test.valid}) > 80


def test_no_rule_fires_but_where_recorded() -> None:
    """Each finding of a rule on a valid end entity is recorded, and each record is still true."""
    assert {one.code: one.files for one in recorded()} == found()


def test_each_record_has_a_reason() -> None:
    """A record says why the rule is right."""
    assert [one.code for one in recorded() if not one.why] == []
