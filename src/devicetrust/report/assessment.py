"""What an answer has assessed of a framework.

Makes: `assess`, `Assessment`, `Coverage`.
May import: everything below the reports.
Must never: give a percentage, or say that anybody complies.
Read first: `assess`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence

import attrs

from devicetrust.findings import Code
from devicetrust.identity import UNCHECKED
from devicetrust.linting import LintReport, lint
from devicetrust.report.entry import Entry
from devicetrust.report.regulatory_map import JUDGES, Framework, Requirement, codes_of
from devicetrust.revocation.policy import UnknownStatus
from devicetrust.rules.asking import Asked
from devicetrust.rules.rule import Answer
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["Assessment", "Coverage", "assess"]


class Coverage(enum.Enum):
    """Whether something that bears on a requirement was asked."""

    ASSESSED = "assessed"
    NOT_APPLICABLE = "not applicable"
    NOT_ASSESSED = "not assessed"


@attrs.frozen(kw_only=True)
class Assessment:
    """What was asked and found of one requirement.

    ``coverage`` is `Coverage.ASSESSED` where anything that bears on it was asked and applied. ``lacking`` are the names
    in the requirement's ``rules`` of which nothing was asked; ``found`` are the codes found, each once.
    """

    requirement: Requirement
    coverage: Coverage
    lacking: tuple[str, ...]
    found: tuple[Code, ...]


def assess(framework: Framework, entries: Sequence[Entry]) -> tuple[Assessment, ...]:
    """What ``entries`` have assessed of each requirement of ``framework``.

    A family or rule is assessed where it was asked and applied to a certificate. A lint report asks for strength, and
    for no path, status or name; a verdict asks for path and strength, for the status unless its policy asks for none,
    and for a name unless ``Reference.UNCHECKED`` was given. This says what was looked at, not that anything is
    fulfilled.
    """
    applied, asked = _answers(entries)
    found = {finding.code.id: finding.code for entry in entries for finding in entry.findings}
    return tuple(_assessment(one, applied, asked, found) for one in framework.requirements)


def _assessment(requirement: Requirement, applied: set[str], asked: set[str], found: dict[str, Code]) -> Assessment:
    coverages = {name: _coverage(name, applied, asked) for name in requirement.rules}
    looked_at = [name for name, coverage in coverages.items() if coverage is not Coverage.NOT_ASSESSED]
    bearing = {code for name in looked_at for code in codes_of(name)}
    order = list(Coverage)
    return Assessment(
        requirement=requirement,
        coverage=min(coverages.values(), key=order.index, default=Coverage.NOT_ASSESSED),
        lacking=tuple(name for name, coverage in coverages.items() if coverage is Coverage.NOT_ASSESSED),
        found=tuple(code for id, code in found.items() if id in bearing),
    )


def _coverage(name: str, applied: set[str], asked: set[str]) -> Coverage:
    codes = {name} if name in JUDGES else codes_of(name)
    if codes & applied:
        return Coverage.ASSESSED
    return Coverage.NOT_APPLICABLE if codes & asked else Coverage.NOT_ASSESSED


def _answers(entries: Iterable[Entry]) -> tuple[set[str], set[str]]:
    """The codes and judges that applied to a certificate, and all that were asked."""
    applied: set[str] = set()
    asked: set[str] = set()
    for entry in entries:
        answer = entry.answer
        for judge in _judges(answer):
            # A single code of a judge was asked where the judge was.
            applied |= {judge} | JUDGES[judge]
        for one in answer.asked if isinstance(answer, LintReport) else _of_rules(answer):
            asked.add(one.rule.code.id)
            if one.answer not in (Answer.NOT_APPLICABLE, Answer.NOT_YET_IN_FORCE):
                applied.add(one.rule.code.id)
    return applied, asked


def _judges(answer: LintReport | Verdict) -> Iterator[str]:
    if isinstance(answer, LintReport):
        if answer.steps_asked:
            yield "strength"
        return
    yield from ("path", "strength")
    if answer.profile.revocation.unknown is not UnknownStatus.NOT_ASKED:
        yield "revocation"
    if all(finding.code != UNCHECKED for finding in answer.findings):
        yield "identity"


def _of_rules(verdict: Verdict) -> tuple[Asked, ...]:
    """What the rules of the profile say of the path: a verdict keeps their findings, not their answers."""
    path = [certificate for member in verdict.path if (certificate := _certificate(member)) is not None]
    return lint(path, profile=verdict.profile, rules=verdict.profile.rules, at=verdict.at).asked


def _certificate(member: Certificate | TrustAnchor) -> Certificate | None:
    return member.certificate if isinstance(member, TrustAnchor) else member
