"""``devicetrust rules``: which rules there are, and what one of them is about.

Makes: `rules`.
May import: everything below, click.
Must never: judge.
Read first: `rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import click

from devicetrust import Severity
from devicetrust.cli.arguments import format_option
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.fields import field_lines
from devicetrust.cli.output import Line, write_json, write_lines
from devicetrust.findings import Effect
from devicetrust.profiles.plain_forms import nearest
from devicetrust.report.rule_data import code_data, every_code, every_rule, rule_data
from devicetrust.rules.catalogue import FAMILIES

__all__ = ["SCHEMA", "rules"]

SCHEMA: Final = "devicetrust.rules/1"


@click.command(short_help="List the rules, or show what one is about, where it stands, and what to do.")
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@click.option(
    "--family", type=click.Choice(list(FAMILIES)), metavar="NAME", help=f"Only those of {', '.join(FAMILIES)}."
)
@click.option("--document", metavar="TEXT", help="Only those whose document has this in its name, as 'RFC 5280'.")
@click.option("--severity", type=click.Choice([one.value for one in Severity]), help="Only those of this severity.")
@click.option("--search", "text", metavar="TEXT", help="Only those that have this in their code or sentences.")
@format_option
def rules(
    codes: tuple[str, ...],
    family: str | None,
    document: str | None,
    severity: str | None,
    text: str | None,
    form: str,
) -> ExitCode:
    """List the rules by family. With CODE, as in brackets after a finding, show all of that rule.

    Findings of path validation, names, devices, revocation and waivers have codes as well, and are shown by CODE.

    Exit code: 0, or 1 where no rule fits what was asked for.
    """
    if codes and (family or document or severity or text):
        raise click.UsageError("a CODE names one rule; leave out the options that choose among them")
    if codes:
        found = [_looked_up(code) for code in codes]
    else:
        wanted = {"family": family, "document": document, "severity": severity, "text": text}
        found = [data for rule in every_rule().values() if _fits(data := rule_data(rule), **wanted)]
    if form == "json":
        write_json({"schema": SCHEMA, "rules": found})
    elif codes:
        write_lines(line for data in found for line in _rule_lines(data))
    else:
        write_lines(_list_lines(found, [family] if family else list(FAMILIES)))
    return ExitCode.ACCEPTED if found else ExitCode.REFUSED


# Choosing


def _looked_up(id: str) -> dict[str, Any]:
    if id in every_rule():
        return rule_data(every_rule()[id])
    if id in every_code():
        return {**code_data(every_code()[id]), **_NO_RULE}
    raise click.UsageError(f"there is no code {id!r}{nearest(id, every_code())} devicetrust rules lists those of rules")


# What a code has that no rule of the library's yields: a step of path validation, another judge, a list of keys.
_NO_RULE: Final[Mapping[str, Any]] = {
    "asserts": None,
    "families": [],
    "roles": [],
    "needs": None,
    "in_force_since": None,
    "profiles": [],
}


def _fits(
    data: Mapping[str, Any], *, family: str | None, document: str | None, severity: str | None, text: str | None
) -> bool:
    sentences = " ".join(str(data[key]) for key in ("code", "asserts", "what", "why", "remedy", "document", "clause"))
    return (
        (family is None or family in data["families"])
        and (document is None or document.lower() in data["document"].lower())
        and (severity is None or severity == data["severity"])
        and (text is None or text.lower() in sentences.lower())
    )


# Lines


def _list_lines(found: Sequence[Mapping[str, Any]], families: Iterable[str]) -> Iterator[Line]:
    for family in families:
        members = [data for data in found if family in data["families"]]
        if members:
            yield Line(family, "bold")
            yield from map(_list_line, members)
            yield Line("")
    loose = [data for data in found if not data["families"]]
    if loose:
        yield Line("of profiles only", "bold")
        yield from map(_list_line, loose)
        yield Line("")
    yield Line(f"{len(found)} {'rule' if len(found) == 1 else 'rules'}")


def _list_line(data: Mapping[str, Any]) -> Line:
    style = _STYLES[data["severity"]]
    return Line(f"  {data['code']}  {data['severity']}  [{_source(data)}]  {data['asserts']}", style)


_STYLES: Final = {"error": "", "warning": "yellow", "notice": "dim"}


def _rule_lines(data: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(data["code"], "bold")
    of_rule = data["asserts"] is not None
    yield from field_lines("asserts", *([data["asserts"]] if of_rule else []))
    yield from field_lines("what it says", data["what"])
    yield from field_lines("why it matters", data["why"])
    yield from field_lines("what to do", data["remedy"], style="cyan")
    yield from field_lines("severity", data["severity"])
    yield from field_lines("source", _source(data))
    if of_rule:
        since = data["in_force_since"]
        yield from field_lines("in force", "always" if since is None else f"for certificates issued from {since} on")
        yield from field_lines("asked of", ", ".join(data["roles"]))
        yield from field_lines("families", ", ".join(data["families"]) or "none")
        yield from field_lines("profiles", *(map(_profile, data["profiles"])))
    if not data["profiles"]:
        yield from field_lines("profiles", "none of the library's takes it" if of_rule else _effect(data))
    yield from field_lines("waivable", "yes, where the profile lets it" if data["waivable"] else "never")
    yield Line("")


def _source(data: Mapping[str, Any]) -> str:
    known = " (known at second hand)" if data["second_hand"] else ""
    return f"{data['document']} {data['clause']}".rstrip() + known


def _profile(profile: Mapping[str, Any]) -> str:
    return f"{profile['name']} {profile['edition']}: {'refuses' if profile['blocks'] else 'reports only'}"


def _effect(data: Mapping[str, Any]) -> str:
    return Effect[data["effect"].upper()].value
