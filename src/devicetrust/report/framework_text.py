"""What was assessed of a framework, as lines and as data.

Makes: `framework_lines`, `frameworks_data`.
May import: everything below the reports.
Must never: count fulfilled requirements.
Read first: `framework_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from devicetrust.findings import printable
from devicetrust.report.assessment import Assessment, assess
from devicetrust.report.entry import Entry
from devicetrust.report.regulatory_map import Framework, HowKnown

__all__ = ["framework_lines", "frameworks_data"]


def framework_lines(framework: Framework, entries: Sequence[Entry]) -> Iterator[str]:
    """The framework, and of each requirement whether it was assessed, what was not asked, and what was found."""
    yield printable(f"{framework.name}, {framework.edition} ({framework.strength})")
    if framework.note:
        yield printable(f"  {framework.note}")
    for assessment in assess(framework, entries):
        yield printable(f"  {_title(assessment)}: {_state(assessment)}")
    yield "  This says what was looked at in these certificates, not that anything is fulfilled."


def _title(assessment: Assessment) -> str:
    requirement = assessment.requirement
    return ", ".join(part for part in (requirement.clause, requirement.topic) if part) + _KNOWN[requirement.known]


_KNOWN: Final = {HowKnown.READ: "", HowKnown.EXTRACT: " [from an extract]", HowKnown.TOPIC: " [topic only]"}


def _state(assessment: Assessment) -> str:
    state = assessment.coverage.value
    if assessment.found:
        state += f"; found: {', '.join(code.id for code in assessment.found)}"
    if assessment.lacking and len(assessment.lacking) < len(assessment.requirement.rules):
        state += f"; not asked: {', '.join(assessment.lacking)}"
    return state


def frameworks_data(frameworks: Iterable[Framework], entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Plain values only: each framework with its requirements, and what was assessed of them."""
    return [
        {
            "id": framework.id,
            "name": framework.name,
            "edition": framework.edition,
            "strength": framework.strength,
            "note": framework.note,
            "requirements": [_data(assessment) for assessment in assess(framework, entries)],
        }
        for framework in frameworks
    ]


def _data(assessment: Assessment) -> dict[str, Any]:
    requirement = assessment.requirement
    return {
        "clause": requirement.clause or None,
        "topic": requirement.topic,
        "known": requirement.known.name.lower(),
        "rules": list(requirement.rules),
        "coverage": assessment.coverage.value,
        "not_asked": list(assessment.lacking),
        "found": [code.id for code in assessment.found],
    }
