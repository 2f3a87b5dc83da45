"""``devicetrust replay``: does a recorded verdict come out the same?

Makes: `replay`.
May import: everything below, click.
Must never: judge by a profile that was neither recorded nor named.
Read first: `replay`.
"""

from __future__ import annotations

import click

import devicetrust
from devicetrust.cli import arguments
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.output import Line, write_json, write_lines
from devicetrust.cli.profile_choice import NAMED, ProfileName, named_profile

__all__ = ["replay"]


@click.command(short_help="Ask a recorded verdict again: the same, or the difference.")
@click.argument("file", metavar="RECORD", type=click.Path())
@click.option(
    "--profile",
    type=ProfileName(),
    metavar="NAME|FILE.toml",
    help=f"Judge by this profile in the place of the recorded one: {', '.join(NAMED)}; or one of your own in TOML.",
)
@arguments.format_option
def replay(file: str, profile: str | None, form: str) -> ExitCode:
    """Ask again what a verdict of `verify --record` answered, with this version of devicetrust.

    RECORD holds all that the verdict rested on, its trust anchors and the moment too: nothing else is read, and a
    replay proves nothing about a device.

    Exit code: 0 the same, 1 different, 2 misuse, no record, or one whose profile cannot be made here.
    """
    answer = devicetrust.replay(file, profile=None if profile is None else named_profile(profile))
    if form == "json":
        write_json(answer.to_dict())
    else:
        first, *rest = answer.explain().split("\n")
        write_lines([Line(first, "bold green" if answer.same else "bold red"), *map(Line, rest)])
    if answer.verdict is None:
        return ExitCode.UNUSABLE
    return ExitCode.ACCEPTED if answer.same else ExitCode.REFUSED
