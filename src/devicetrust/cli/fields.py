"""Fields as people read them, and the facts that several kinds of views share.

Makes: `field_lines`; `left`, `in_days`, `moment` and their like; `algorithm_name`.
May import: `output`, x509.
Must never: judge.
Read first: `field_lines`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from devicetrust.cli.output import Line
from devicetrust.path.state import as_time
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.names import object_identifier
from devicetrust.x509.signatures import signature_algorithm

__all__ = ["algorithm_name", "days_left", "field_lines", "in_days", "left", "left_style", "moment", "seconds_as_text"]


def field_lines(name: str, *values: str, style: str = "") -> list[Line]:
    """A line for each value, the first with the name of the field before it; none where there is no value."""
    titles = (name, *[""] * len(values))
    return [Line(f"  {title:<20} {value}", style) for title, value in zip(titles, values, strict=False)]


def left(days: int | None) -> str:
    """How long from now, in words. ``days`` is rounded down, and the end belongs to what ends."""
    if days is None:
        return "no date ends it"
    # -1 says that less than a day has passed since the last second.
    return f"{in_days(days)} left" if days >= 0 else f"ended {in_days(-days - 1)} ago"


def left_style(days: int | None) -> str:
    """The style of a line that says `left`."""
    return "red" if days is not None and days < 0 else ""


def in_days(count: int) -> str:
    """A number of days in words."""
    return {0: "less than a day", 1: "1 day"}.get(count, f"{count} days")


def days_left(end: datetime, at: datetime) -> int:
    """Whole days from ``at`` to ``end``, rounded down."""
    return (end - at) // timedelta(days=1)


def moment(time: datetime) -> str:
    """A time as RFC 3339 writes it."""
    return time.isoformat().replace("+00:00", "Z")


def seconds_as_text(seconds: int | None) -> str | None:
    """Seconds since the epoch as RFC 3339 writes a time; None for None."""
    return None if seconds is None else moment(as_time(seconds))


def algorithm_name(identifier: bytes) -> str:
    """What a DER AlgorithmIdentifier names; where that is not known its dotted OID, or its octets."""
    known = signature_algorithm(identifier)
    if known is not None:
        return known.name
    try:
        return object_identifier(Cursor.within(identifier).content(0x06))
    except MalformedDER:
        return identifier.hex()
