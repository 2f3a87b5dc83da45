"""JUnit XML: answers for what collects the reports of tests.

Makes: `junit_xml`.
May import: everything below the reports.
Must never: pass what is not admitted.
Read first: `junit_xml`.

There is no standard of the format: this keeps to what Ant's task and Jenkins read, a suite a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree

from devicetrust.findings import Finding, Severity, printable, rfc3339
from devicetrust.linting import LintReport
from devicetrust.report.entry import Entry
from devicetrust.rules.rule import Answer
from devicetrust.verdict import Outcome, Verdict

__all__ = ["junit_xml"]


def junit_xml(entries: Sequence[Entry], *, least: Severity = Severity.ERROR) -> str:
    """An XML document in ASCII: a suite for each file, in it a case for each rule or, of verdicts, each certificate.

    A rule that was broken fails its case where the finding blocks under the profile or, with ``least`` lowered, is at
    least that grave; else its case passes and tells of it. A rule that is not applicable or not yet in force is
    skipped; one that itself failed is an error. What was found beside the rules has a case for each code. Of verdicts,
    an outcome that does not admit, or that is not accepted, fails; one that is undecided is an error.
    """
    root = ElementTree.Element("testsuites", name="devicetrust")
    for file, group in groupby(entries, key=lambda entry: entry.file):
        members = list(group)
        suite = ElementTree.SubElement(root, "testsuite", name=printable(file), timestamp=_time(members[0]))
        for entry in members:
            if isinstance(entry.answer, LintReport):
                _lint_cases(suite, entry, entry.answer, least)
            else:
                _verdict_case(suite, entry, entry.answer)
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _time(entry: Entry) -> str:
    # The format knows no time zone; ours is UTC.
    return rfc3339(entry.answer.at.replace(microsecond=0)).removesuffix("Z")


def _count(element: ElementTree.Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for name, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(child) is not None for case in cases)))


# Lint reports


def _lint_cases(suite: ElementTree.Element, entry: Entry, report: LintReport, least: Severity) -> None:
    of_rules: set[Finding] = set()
    for asked in report.asked:
        of_rules.update(asked.findings)
        case = _case(suite, entry, asked.certificate, asked.rule.code.id)
        if asked.answer in _SKIPPED:
            ElementTree.SubElement(case, "skipped", message=asked.answer.value)
        else:
            _tell(case, entry, asked.findings, least, failed=asked.answer is Answer.FAILED)
    beside = [finding for finding in report.findings if finding not in of_rules]
    codes: dict[tuple[int | None, str], list[Finding]] = {}
    for finding in beside:
        codes.setdefault((finding.where.certificate, finding.code.id), []).append(finding)
    for (index, code), findings in codes.items():
        _tell(_case(suite, entry, index, code), entry, findings, least, failed=False)


_SKIPPED = (Answer.NOT_APPLICABLE, Answer.NOT_YET_IN_FORCE)
_GRAVITY = (Severity.NOTICE, Severity.WARNING, Severity.ERROR)


def _case(suite: ElementTree.Element, entry: Entry, index: int | None, name: str) -> ElementTree.Element:
    whose = f"[{entry.number}]" if index is None else f"[{entry.number + index}] {entry.subject(index)}"
    return ElementTree.SubElement(suite, "testcase", classname=whose, name=name)


def _tell(
    case: ElementTree.Element, entry: Entry, findings: Sequence[Finding], least: Severity, *, failed: bool
) -> None:
    refused = [finding for finding in findings if _fails(entry, finding, least)]
    if refused:
        first = refused[0]
        element = ElementTree.SubElement(case, "error" if failed else "failure", message=first.what, type=first.code.id)
        element.text = _text(refused)
    elif findings:
        ElementTree.SubElement(case, "system-out").text = _text(findings)


def _fails(entry: Entry, finding: Finding, least: Severity) -> bool:
    if entry.profile.blocks(finding.code):
        return True
    return least is not Severity.ERROR and _GRAVITY.index(finding.severity) >= _GRAVITY.index(least)


def _text(findings: Iterable[Finding]) -> str:
    return "\n".join(f"{_place(one)}{one.what} [{one.source}]. To do: {one.remedy}" for one in findings)


def _place(finding: Finding) -> str:
    """The field that it is about, where it is about one."""
    return f"{finding.where.field}: " if finding.where.field else ""


# Verdicts


def _verdict_case(suite: ElementTree.Element, entry: Entry, verdict: Verdict) -> None:
    profile = entry.profile
    case = _case(suite, entry, 0, f"trusted under {profile.name} {profile.edition}")
    if verdict.outcome.admits and not entry.not_accepted:
        ElementTree.SubElement(case, "system-out").text = verdict.explain()
        return
    headline = verdict.headline
    undecided = verdict.outcome is Outcome.UNDECIDED
    message = entry.not_accepted or (verdict.outcome.value if headline is None else headline.what)
    kind = verdict.outcome.value if headline is None or entry.not_accepted else headline.code.id
    element = ElementTree.SubElement(case, "error" if undecided else "failure", message=message, type=kind)
    element.text = verdict.explain()
