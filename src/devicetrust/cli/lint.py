"""``devicetrust lint``: do these certificates keep the rules of a profile.

Makes: `lint`.
May import: everything below, click.
Must never: ask who vouches for a certificate; guess whether a file is a chain.
Read first: `lint`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import click

import devicetrust
from devicetrust import Certificate, MisuseError, Profile, Severity, load_certificates
from devicetrust.cli import arguments
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.files import of_each_file
from devicetrust.cli.output import Line, progress, write_json, write_lines
from devicetrust.cli.profile_choice import chosen_profile, profile_option, strength_option
from devicetrust.cli.reports import PROGRAM_FORMS, write_report
from devicetrust.profiles.plain_forms import nearest
from devicetrust.report.data import lints_data
from devicetrust.report.entry import Entry
from devicetrust.report.framework_text import framework_lines
from devicetrust.report.regulatory_map import Framework, built_in_frameworks, load_frameworks
from devicetrust.report.text import lint_lines
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import DATED

__all__ = ["lint"]


@click.command(short_help="Hold certificates against the rules of a profile, whoever vouches for them.")
@click.argument("files", metavar="FILE...", type=click.Path(), nargs=-1, required=True)
@profile_option
@strength_option
@click.option(
    "--family",
    "families",
    type=click.Choice(list(FAMILIES)),
    multiple=True,
    metavar="NAME",
    help="Also ask the rules of this family, as compatibility_client or pqc; devicetrust rules lists them. Repeatable.",
)
@click.option("--chain", "grouping", flag_value="chain", help="The certificates of a file are one chain, leaf first.")
@click.option("--each", "grouping", flag_value="each", help="Every certificate of a file stands on its own.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option(
    "--framework",
    "named",
    multiple=True,
    metavar="NAME",
    help="Also say what was assessed of a law or standard, as hipaa or iec_62443_4_2; all: of every one. Repeatable.",
)
@click.option(
    "--map",
    "maps",
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    help="Laws and standards of your own, in TOML. Without --framework, all of theirs are shown. Repeatable.",
)
@arguments.at_option
@arguments.password_option
@arguments.report_format_option
def lint(
    files: tuple[str, ...],
    profile: str | None,
    strength: str | None,
    families: tuple[str, ...],
    grouping: str | None,
    strict: bool,
    named: tuple[str, ...],
    maps: tuple[str, ...],
    at: datetime | None,
    password_file: str | None,
    form: str,
) -> ExitCode:
    """Hold the certificates of files or directories against the rules of a profile.

    No signature is checked, nobody is trusted, and no status is asked for: that is verify. A file with several
    certificates is either a chain or a collection; say which with --chain or --each.

    An error of a family asked for by --family refuses as one of the profile's own does, unless the profile only
    reports it.

    Exit code: 0 nothing that blocks was found, 1 something was, 2 misuse or unreadable input.
    """
    frameworks = _frameworks(named, maps)
    if frameworks and form in PROGRAM_FORMS:
        raise click.UsageError(f"--framework and --map are answered as text or json, not as {form}")
    password = arguments.password(password_file)
    moment = at or arguments.now()
    read = [one for path in files for one in of_each_file(path, lambda file: load_certificates(file, password))]
    named_profile = chosen_profile(
        profile, [certificate for _, certificates in read for certificate in certificates], strength
    )
    chosen = _with_families(named_profile, families)
    grouped = list(_grouped(read, grouping))
    entries = [_entry(one, chosen, moment) for one in progress(grouped, "linting")]
    if form == "json":
        write_json(lints_data(entries, frameworks))
    elif form in PROGRAM_FORMS:
        write_report(entries, form, least=Severity.WARNING if strict else Severity.ERROR)
    else:
        lines = [*lint_lines(entries), *(line for one in frameworks for line in framework_lines(one, entries))]
        write_lines(Line(line, _style(line)) for line in lines)
    return ExitCode.REFUSED if any(_refused(entry, strict) for entry in entries) else ExitCode.ACCEPTED


def _with_families(profile: Profile, names: Sequence[str]) -> Profile:
    """The profile with the rules of these families beside its own, and called so; each rule is asked once.

    Rules on the moment are left out: `lint` asks them of every profile.
    """
    if not names:
        return profile
    asked = {rule.identity for rule in profile.rules}
    further = {rule.identity: rule for name in names for rule in FAMILIES[name] if rule.needs not in DATED}
    rules = (*profile.rules, *(rule for identity, rule in further.items() if identity not in asked))
    return profile.evolve(name=" + ".join((profile.name, *dict.fromkeys(names))), rules=rules)


_Group = tuple[str, int, Sequence[Certificate]]


def _grouped(read: Sequence[tuple[str, Sequence[Certificate]]], grouping: str | None) -> Iterator[_Group]:
    for file, certificates in read:
        if grouping is None and len(certificates) > 1:
            raise click.UsageError(
                f"{file} holds {len(certificates)} certificates; say --chain if they are one, leaf first, else --each"
            )
        if grouping == "each":
            yield from ((file, number, [certificate]) for number, certificate in enumerate(certificates))
        else:
            yield file, 0, certificates


def _entry(group: _Group, profile: Profile, at: datetime) -> Entry:
    file, number, certificates = group
    try:
        return Entry(file, number, devicetrust.lint(certificates, profile=profile, at=at))
    except MisuseError as problem:
        raise click.UsageError(f"{file}: {problem}; with --each they are taken one by one") from None


def _refused(entry: Entry, strict: bool) -> bool:
    if any(entry.profile.blocks(finding.code) for finding in entry.findings):
        return True
    return strict and any(finding.severity is not Severity.NOTICE for finding in entry.findings)


# Frameworks


def _frameworks(named: Sequence[str], maps: Sequence[str]) -> list[Framework]:
    """Those that are named, of the library's and of ``maps``; where none is named, those of ``maps``."""
    own: dict[str, Framework] = {}
    for file in maps:
        own.update(load_frameworks(file))
    if not named:
        return list(own.values())
    known = {**built_in_frameworks(), **own}
    return [one for name in named for one in ([*known.values()] if name == "all" else [_framework(name, known)])]


def _framework(name: str, known: Mapping[str, Framework]) -> Framework:
    if name not in known:
        raise click.UsageError(f"there is no framework {name!r}{nearest(name, known)} Known: {', '.join(known)}")
    return known[name]


# Colour only repeats what the line's first word says.
_STYLES: Final = {
    "REFUSED": "bold red",
    "FOUND": "bold yellow",
    "CLEAN": "bold green",
    "error": "red",
    "open": "magenta",
    "exception": "yellow",
    "warning": "yellow",
    "notice": "dim",
    "to do": "cyan",
}


def _style(line: str) -> str:
    text = line.lstrip(" ")
    return _STYLES.get(text.partition(" ")[0]) or _STYLES.get(text.partition(":")[0], "")
