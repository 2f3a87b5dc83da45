"""Many certificates, each judged on its own: a line for each, a sum at the end.

Makes: `judge_each`.
May import: everything below.
Must never: let one certificate bear on the verdict of another.
Read first: `judge_each`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from devicetrust import Certificate, Outcome, Verdict
from devicetrust.cli.exit_codes import Answer, ExitCode, worst
from devicetrust.cli.output import Line, progress, write_json, write_lines
from devicetrust.cli.reports import PROGRAM_FORMS, write_report
from devicetrust.report.entry import Entry

__all__ = ["SCHEMA", "Placed", "entered", "judge_each"]

SCHEMA: Final = "devicetrust.verdicts/1"


class Placed(NamedTuple):
    """A certificate, the file that it is from, and its number there, from 0."""

    file: str
    number: int
    certificate: Certificate


class _Judged(NamedTuple):
    """A certificate and what came of it."""

    placed: Placed
    verdict: Verdict
    answer: Answer


def judge_each(
    ask: Callable[[Certificate], Verdict],
    certificates: Sequence[Placed],
    decide: Callable[[Verdict], Answer],
    form: str,
) -> ExitCode:
    """``ask`` for each of ``certificates``, ``decide``, and print what came of it; the code is the worst of all."""
    judged: list[_Judged] = []
    for placed in progress(certificates, "verifying"):
        verdict = ask(placed.certificate)
        judged.append(_Judged(placed, verdict, decide(verdict)))
    if form == "json":
        write_json({"schema": SCHEMA, "verdicts": [_data(one) for one in judged]})
    elif form in PROGRAM_FORMS:
        write_report([entered(*one) for one in judged], form)
    else:
        write_lines([*(_line(one) for one in judged), _sum(judged), *_advice(judged)])
    return worst(one.answer.code for one in judged)


def entered(placed: Placed, verdict: Verdict, answer: Answer) -> Entry:
    """The verdict as an entry of a report, with why this caller does not accept what it admits."""
    return Entry(placed.file, placed.number, verdict, answer.reason if verdict.outcome.admits else "")


def _data(judged: _Judged) -> dict[str, Any]:
    return {"file": judged.placed.file, "number": judged.placed.number, "verdict": judged.verdict.to_dict()}


def _line(judged: _Judged) -> Line:
    file, number, certificate = judged.placed
    unreadable = certificate.unreadable is not None
    subject = certificate.fingerprint.hex()[:16] if unreadable else str(certificate.subject) or "empty name"
    text = f"{judged.verdict.outcome.value:<9}  {file}[{number}]  {subject}: {_because(judged)}"
    return Line(text, "" if judged.answer.code is ExitCode.ACCEPTED else "red")


def _because(judged: _Judged) -> str:
    verdict = judged.verdict
    if not verdict.outcome.admits:
        return "no reason was found" if verdict.headline is None else verdict.headline.what
    if judged.answer.reason:
        return judged.answer.reason
    renewed, held = verdict.lifetime.until, verdict.horizon.until
    until = "no date ends it" if renewed is None else f"until {_time(renewed)}"
    return until if held == renewed or held is None else f"{until}; with the evidence at hand until {_time(held)}"


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _sum(judged: Sequence[_Judged]) -> Line:
    outcomes = Counter(one.verdict.outcome for one in judged)
    counted = [f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome if outcomes[outcome]]
    refused = sum(one.verdict.outcome.admits and one.answer.code is not ExitCode.ACCEPTED for one in judged)
    counted += [f"{refused} of the trusted not accepted"] if refused else []
    return Line(f"{len(judged)} certificates: {', '.join(counted)}", "bold")


def _advice(judged: Sequence[_Judged]) -> list[Line]:
    """What would settle the open ones, each thing once."""
    undecided = [one.verdict.headline for one in judged if one.verdict.outcome is Outcome.UNDECIDED]
    remedies = dict.fromkeys(headline.remedy for headline in undecided if headline is not None)
    return [Line(f"to do: {remedy}", "cyan") for remedy in remedies]
