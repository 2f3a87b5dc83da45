"""``devicetrust profiles``: which profiles there are, what each demands, and one as TOML to start from.

Makes: `profiles`.
May import: everything below, click; tomli_w, which the extra ``cli`` brings.
Must never: judge.
Read first: `profiles`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, Final

import click

from devicetrust import MisuseError, Profile, Severity
from devicetrust.cli.arguments import format_option
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.output import Line, write_json, write_lines
from devicetrust.cli.profile_choice import NAMED, ProfileName, named_profile
from devicetrust.profiles.forms import PROFILE, STRENGTH_POLICIES
from devicetrust.profiles.writing import profile_table

__all__ = ["profiles"]


@click.command(short_help="List the profiles, show what one demands, or write it out as TOML.")
@click.argument("profile", metavar="[NAME|FILE.toml]", type=ProfileName(), required=False)
@click.option("--toml", is_flag=True, help="Write the profile as TOML, every field of it, to make your own of.")
@format_option
def profiles(profile: str | None, toml: bool, form: str) -> ExitCode:
    """Show the profiles, each with its edition, and the strength policies that combine with any of them.

    With a NAME, or the FILE of a profile of your own, show every field of that profile.
    """
    if profile is None:
        if toml:
            raise click.UsageError("--toml writes one profile; name it")
        if form == "json":
            write_json(_all_data())
        else:
            write_lines(_all_lines())
        return ExitCode.ACCEPTED
    chosen = named_profile(profile)
    if toml:
        write_lines(_toml_lines(chosen))
    elif form == "json":
        write_json(_data(chosen))
    else:
        write_lines(_lines(chosen))
    return ExitCode.ACCEPTED


# All of them


def _all_lines() -> Iterator[Line]:
    width = max(map(len, (*NAMED, *STRENGTH_POLICIES)))
    for name, profile in NAMED.items():
        yield Line(f"{name:<{width}}  {profile.edition}  {profile.summary}")
    yield Line("")
    yield Line("Strength policies, for --strength:")
    for name, policy in STRENGTH_POLICIES.items():
        yield Line(f"{name:<{width}}  {policy.citation}")


def _all_data() -> dict[str, Any]:
    return {
        "schema": "devicetrust.profiles/1",
        "profiles": [
            {"name": one.name, "edition": one.edition, "summary": one.summary, "digest": one.digest.hex()}
            for one in NAMED.values()
        ],
        "strength_policies": [
            {"name": name, "citation": str(policy.citation), "knowledge": policy.citation.knowledge.name.lower()}
            for name, policy in STRENGTH_POLICIES.items()
        ],
    }


# One of them


def _lines(profile: Profile) -> Iterator[Line]:
    table = profile_table(profile)
    yield Line(f"{profile.name} {profile.edition}: {profile.summary}", "bold")
    for key in PROFILE:
        if key in _TOLD_FIRST or key == "rules":
            continue
        value = getattr(profile, key)
        if isinstance(value, enum.Enum):
            yield Line(f"{key}: {value.name} ({value.value})")
        else:
            yield from _value_lines(key, table.get(key))
    yield Line(f"rules ({len(profile.rules)}):")
    for rule in profile.rules:
        yield Line(f"  {rule.code.id}: {_weight(profile, rule.code)}")


_TOLD_FIRST: Final = ("name", "edition", "summary")


def _value_lines(key: str, value: Any, indent: str = "") -> Iterator[Line]:
    if isinstance(value, dict):
        yield Line(f"{indent}{key}:")
        for name, one in value.items():
            yield from _value_lines(name, one, indent + "  ")
    elif isinstance(value, list):
        yield Line(f"{indent}{key}: {', '.join(map(str, value)) or 'none'}")
    elif isinstance(value, bool):
        yield Line(f"{indent}{key}: {'yes' if value else 'no'}")
    else:
        yield Line(f"{indent}{key}: {'none' if value is None else value}")


def _weight(profile: Profile, code: Any) -> str:
    """What a finding of a rule does under the profile."""
    if code.severity is not Severity.ERROR:
        return str(code.severity.value)
    return "refuses" if profile.blocks(code) else "error, reported only"


def _data(profile: Profile) -> dict[str, Any]:
    table = profile_table(profile)
    return {
        "schema": "devicetrust.profile/1",
        "digest": profile.digest.hex(),
        **{key: table.get(key) for key in PROFILE},
        "blocking_rules": [rule.code.id for rule in profile.rules if profile.blocks(rule.code)],
    }


def _toml_lines(profile: Profile) -> Iterator[Line]:
    try:
        from tomli_w import dumps  # noqa: PLC0415, only this needs it
    except ModuleNotFoundError:
        raise MisuseError('tomli-w is not installed, which writes TOML; run: pip install "devicetrust[cli]"') from None
    if profile.name in NAMED:
        yield Line("# Give it a name and an edition of its own before you change it.")
    for line in dumps(profile_table(profile)).split("\n"):
        yield Line("".join(one if one.isascii() else _escaped(one) for one in line))


def _escaped(character: str) -> str:
    """As a basic string of TOML has it, so that the file is the same in every locale."""
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
