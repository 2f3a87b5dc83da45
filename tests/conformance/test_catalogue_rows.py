"""Every grave row of the catalogue of standards is covered by a code, or says why it is not.

The catalogue lies beside the checkout. Each file in ``catalogue_rows/`` maps some of its rows: to a list of ids of
codes, or to a sentence with the reason why no certificate or chain shows it, or why it is not shipped.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from devicetrust.profiles.known_codes import known_codes

HERE = Path(__file__).parent / "catalogue_rows"


class Row(NamedTuple):
    """A row of the catalogue: its severity, and the tags that say how well its requirement is known."""

    severity: str
    tags: frozenset[str]


def catalogue(shared: Path) -> dict[str, Row]:
    """The rows by their ids. The columns are: id and name, checked, requirement, source clause, severity, tags."""
    rows: dict[str, Row] = {}
    for line in (shared / "standards" / "catalogue.md").read_text("utf-8").splitlines():
        named = re.match(r"\| *(DT-[A-Z0-9]+-[0-9]+)\b", line)
        if named is None:
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 6 or named[1] in rows:
            raise ValueError(f"not a row with six cells, or one that is there already: {line}")
        rows[named[1]] = Row(cells[4], frozenset(re.findall(r"\w+", cells[5])))
    return rows


def mapped() -> list[tuple[str, object]]:
    """Every mapped row with what it is mapped to, of all files."""
    return [pair for file in sorted(HERE.glob("*.toml")) for pair in tomllib.loads(file.read_text("utf-8")).items()]


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, Row]:
    return catalogue(shared)


def test_the_catalogue_is_read_whole(rows: dict[str, Row]) -> None:
    """351 rows, each with a severity that the catalogue defines."""
    assert len(rows) == 351
    assert {row.severity for row in rows.values()} == {"critical", "high", "medium", "low", "info"}


def test_every_grave_row_is_mapped(rows: dict[str, Row]) -> None:
    """A row of severity critical or high has codes or a reason."""
    known = {row for row, _ in mapped()}
    assert [id for id, row in rows.items() if row.severity in ("critical", "high") and id not in known] == []


def test_no_row_is_mapped_twice_or_unknown(rows: dict[str, Row]) -> None:
    """One row, one answer, and the row is in the catalogue."""
    counted = Counter(row for row, _ in mapped())
    assert [row for row, count in counted.items() if count > 1 or row not in rows] == []


def test_every_answer_is_codes_or_a_reason() -> None:
    """A list of ids, none empty; or a sentence, which is longer than an id."""
    wrong = [
        row
        for row, answer in mapped()
        if not (isinstance(answer, list) and answer and all(isinstance(one, str) for one in answer))
        and not (isinstance(answer, str) and len(answer.split()) > 3)
    ]
    assert wrong == []


def test_every_code_exists() -> None:
    """A row is covered by what the library can find."""
    codes = known_codes().keys()
    named = [(row, code) for row, answer in mapped() if isinstance(answer, list) for code in answer]
    assert [(row, code) for row, code in named if code not in codes] == []


def test_what_could_not_be_confirmed_is_not_shipped(rows: dict[str, Row]) -> None:
    """A row that the catalogue tags X is mapped to a reason, never to a code."""
    answers = dict(mapped())
    assert [id for id, row in rows.items() if "X" in row.tags and isinstance(answers.get(id, ""), list)] == []
