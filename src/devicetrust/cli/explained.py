"""A verdict as lines, for whoever reads them.

Makes: the options ``--explain-to`` and ``--language``; `explained`.
May import: everything below, click.
Must never: choose words; the library does.
Read first: `explained`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from devicetrust import Audience, Language, Outcome, Verdict
from devicetrust.cli.exit_codes import Answer
from devicetrust.cli.output import Line
from devicetrust.help_desk.telling import not_enough

__all__ = ["explain_options", "explained"]

Command = TypeVar("Command", bound=Callable[..., Any])

_AUDIENCES: Final = {"engineer": Audience.ENGINEER, "help-desk": Audience.HELP_DESK}


def explain_options(command: Command) -> Command:
    """Give a command the options that say who reads the answer, and in which language."""
    for option in (
        click.option(
            "--language",
            type=click.Choice([one.value for one in Language]),
            default=Language.ENGLISH.value,
            show_default=True,
            help="With --explain-to help-desk: the language.",
        ),
        click.option(
            "--explain-to",
            "audience",
            type=click.Choice(list(_AUDIENCES)),
            default="engineer",
            show_default=True,
            help="Who reads the answer: a help desk gets at most five lines without acronyms.",
        ),
    ):
        command = option(command)
    return command


def explained(verdict: Verdict, outcome: Answer, audience: str, language: str) -> list[Line]:
    """The verdict line by line, and why it is not accepted where it admits all the same."""
    text = verdict.explain(_AUDIENCES[audience], Language(language))
    first, *rest = text.split("\n")
    refused = verdict.outcome.admits and bool(outcome.reason)
    if _AUDIENCES[audience] is Audience.HELP_DESK:
        first = f"{first} {not_enough(Language(language))}" if refused else first
        return [Line(first, "bold red" if refused else _STYLES[verdict.outcome]), *map(Line, rest)]
    lines = [Line(first, _STYLES[verdict.outcome])]
    lines += [Line(line, _style(line)) for line in rest]
    if refused:
        lines.append(Line(f"not accepted: {outcome.reason}", "bold red"))
    return lines


# Colour only repeats what the line's first word says.
_STYLES = {
    Outcome.TRUSTED: "bold green",
    Outcome.TRUSTED_BY_EXCEPTION: "bold yellow",
    Outcome.UNTRUSTED: "bold red",
    Outcome.UNDECIDED: "bold magenta",
}
_MARKS = {
    "error": "red",
    "open": "magenta",
    "exception": "yellow",
    "warning": "yellow",
    "notice": "dim",
    "to do": "cyan",
}


def _style(line: str) -> str:
    return _MARKS.get(line.lstrip(" ").partition(":")[0], "")
