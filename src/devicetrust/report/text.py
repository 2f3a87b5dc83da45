"""Lint reports as lines for people.

Makes: `lint_lines`.
May import: everything below the reports.
Must never: decide anything; a line of a stranger's text never breaks into two.
Read first: `lint_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devicetrust.explanation import mark_of
from devicetrust.findings import Finding, rfc3339
from devicetrust.linting import LintReport
from devicetrust.report.entry import Entry

__all__ = ["lint_lines"]


def lint_lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Each entry with its findings by certificate, and a line that counts them all. No line holds a line feed.

    The first word of an entry is ``REFUSED`` where a finding blocks under the profile, else ``FOUND`` where there is
    any, else ``CLEAN``. The same remedy is said once an entry.
    """
    for entry in entries:
        yield from _entry_lines(entry)
    words = [_word(entry) for entry in entries]
    counted = ", ".join(f"{words.count(word)} {said}" for word, said in _SAID.items() if word in words)
    yield f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}: {counted}"


_SAID = {"REFUSED": "refused", "FOUND": "with findings that do not refuse", "CLEAN": "clean"}


def _word(entry: Entry) -> str:
    if any(entry.profile.blocks(finding.code) for finding in entry.findings):
        return "REFUSED"
    return "FOUND" if entry.findings else "CLEAN"


def _entry_lines(entry: Entry) -> Iterator[str]:
    profile, at = entry.profile, rfc3339(entry.answer.at)
    yield f"{_word(entry)} {entry.place} at {at} under {profile.name} {profile.edition}"
    advised: set[str] = set()
    for index in range(len(entry.members)):
        yield f"  {entry.title(index)}{_role(entry, index)}"
        for finding in entry.findings:
            if finding.where.certificate == index:
                yield from _finding_lines(entry, finding, advised)
    for finding in entry.findings:
        if finding.where.certificate is None:
            yield from _finding_lines(entry, finding, advised)


def _role(entry: Entry, index: int) -> str:
    return f", as {entry.answer.roles[index].value}" if isinstance(entry.answer, LintReport) else ""


def _finding_lines(entry: Entry, finding: Finding, advised: set[str]) -> Iterator[str]:
    mark = mark_of(finding, entry.profile.blocks(finding.code))
    yield f"    {mark}: {finding.what} [{finding.source}; {finding.code.id}]"
    if finding.remedy not in advised:
        advised.add(finding.remedy)
        yield f"      to do: {finding.remedy}"
