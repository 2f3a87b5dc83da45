"""Whom the caller means: one name, or none and said so.

Makes: the options ``--name``, ``--ip``, ``--uri``, ``--email``, ``--name-unchecked``.
May import: identity, profiles, click.
Must never: take a name from the certificate.
Read first: `wanted_reference`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from devicetrust import MisuseError, Profile, Reference
from devicetrust.profiles import ReferenceDemand

__all__ = ["reference_options", "wanted_reference"]

Command = TypeVar("Command", bound=Callable[..., Any])


class _ReferenceType(click.ParamType[Reference]):
    """Text that `Reference` makes an identity of."""

    def __init__(self, name: str, make: Callable[[str], Reference]) -> None:
        self.name = name
        self._make = make

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reference:
        if isinstance(value, Reference):
            return value
        try:
            return self._make(value)
        except MisuseError as problem:
            self.fail(str(problem), param, ctx)


def reference_options(command: Command) -> Command:
    """Give a command the options that say whom the certificate must name."""
    for option in (
        click.option("--name-unchecked", is_flag=True, help="Check no name: you establish by other means who it is."),
        _option("--email", "ADDRESS", Reference.email, "The mailbox that the certificate must name."),
        _option("--uri", "URI", Reference.uri, "The URI that the certificate must name."),
        _option("--ip", "ADDRESS", Reference.ip, "The IP address that the certificate must name."),
        _option("--name", "HOST", Reference.dns, "The host that the certificate must name."),
    ):
        command = option(command)
    return command


def wanted_reference(given: Sequence[Reference | None], *, unchecked: bool, profile: Profile) -> Reference | None:
    """The one reference given. Misuse where there are several, or where the profile demands one and there is none."""
    references = [one for one in given if one is not None]
    references += [Reference.UNCHECKED] if unchecked else []
    if len(references) > 1:
        raise click.UsageError("give only one of --name, --ip, --uri, --email and --name-unchecked")
    if not references and profile.reference is ReferenceDemand.REQUIRED:
        raise click.UsageError(
            f"the profile {profile.name} needs to know whom you expect; give --name HOST, --ip ADDRESS, --uri URI "
            "or --email ADDRESS, or --name-unchecked if you establish that by other means"
        )
    return references[0] if references else None


def _option(flag: str, metavar: str, make: Callable[[str], Reference], help_text: str) -> Callable[[Command], Command]:
    return click.option(flag, type=_ReferenceType(metavar.lower(), make), metavar=metavar, help=help_text)
