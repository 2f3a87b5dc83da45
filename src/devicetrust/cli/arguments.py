"""Arguments that several commands take, from text to values.

Makes: the options ``--at``, ``--format`` (of two kinds), ``--password-file``; `Moment`, `MomentOrInterval`, `Span`.
May import: errors, click.
Must never: take a password from an argument, which every process on the machine can see.
Read first: `Moment`.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

from devicetrust import TimeInterval, UnreadableInput

__all__ = [
    "PASSWORD_VARIABLE",
    "Moment",
    "MomentOrInterval",
    "Span",
    "at_option",
    "at_or_within_option",
    "format_option",
    "now",
    "password",
    "password_option",
    "report_format_option",
]

PASSWORD_VARIABLE: Final = "DEVICETRUST_PASSWORD"

Context: TypeAlias = "click.Context | None"
Parameter: TypeAlias = "click.Parameter | None"


class Moment(click.ParamType[datetime]):
    """A moment as RFC 3339 5.6 writes it, with its offset from UTC, which is never guessed."""

    name = "time"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> datetime:
        """The moment in UTC."""
        if isinstance(value, datetime):
            return value
        found = _RFC3339.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is not a time as in RFC 3339; write it like 2026-06-01T12:00:00Z", param, ctx)
        if found["offset"] is None:
            self.fail(
                f"{value!r} has no time zone; add Z for UTC, or an offset: {value}Z, {value}+02:00",
                param,
                ctx,
            )
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as problem:
            self.fail(f"{value!r} is no moment that exists or can be reckoned with: {problem}", param, ctx)


_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


class MomentOrInterval(click.ParamType["datetime | TimeInterval"]):
    """A moment, or two with a solidus between them (ISO 8601-1 5.5.2.1): all that the time may be, both inclusive."""

    name = "time"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> datetime | TimeInterval:
        """The moment, or the interval, in UTC."""
        if isinstance(value, datetime | TimeInterval):
            return value
        earliest, solidus, latest = value.partition("/")
        moments = Moment()
        if not solidus:
            return moments.convert(value, param, ctx)
        interval = TimeInterval(moments.convert(earliest, param, ctx), moments.convert(latest, param, ctx))
        if interval.latest < interval.earliest:
            self.fail(f"{value!r} ends before it begins; write EARLIEST/LATEST", param, ctx)
        return interval


class Span(click.ParamType[timedelta]):
    """A length of time: a number and its unit, hours, days or weeks."""

    name = "span"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> timedelta:
        """The span; zero is none."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(value)
        if found is None or not int(found["count"]):
            self.fail(f"{value!r} is not a span of time; write it like 12h, 30d or 8w", param, ctx)
        return timedelta(**{_UNITS[found["unit"]]: int(found["count"])})


_SPAN: Final = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[hdw])")
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}

at_option = click.option(
    "--at", type=Moment(), metavar="TIME", help="The moment to ask about, as 2026-06-01T12:00:00Z. Default: now."
)
at_or_within_option = click.option(
    "--at",
    type=MomentOrInterval(),
    metavar="TIME",
    help="The moment to ask about, as 2026-06-01T12:00:00Z; or EARLIEST/LATEST where the time is not known better. "
    "Default: now.",
)
format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to answer."
)
report_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit"]),
    default="text",
    show_default=True,
    help="How to answer; sarif is for code review, junit for reports of tests.",
)
password_option = click.option(
    "--password-file",
    type=click.Path(),
    metavar="FILE",
    help=f"First line: the password of encrypted PKCS#12 files. Or set the variable {PASSWORD_VARIABLE}.",
)


def now() -> datetime:
    """The moment at which the command was given, in UTC and whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def password(file: str | None) -> bytes | None:
    """The password in the first line of ``file``, else in the environment; None where neither gives one."""
    if file is None:
        given = os.environ.get(PASSWORD_VARIABLE)
        return None if given is None else given.encode("utf-8", "surrogateescape")
    try:
        return Path(file).read_bytes().partition(b"\n")[0].removesuffix(b"\r")
    except OSError as problem:
        raise UnreadableInput(f"password file {file}: {problem.strerror or problem}") from None
