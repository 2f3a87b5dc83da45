"""How texts, numbers, members of enumerations and lengths of time are written in TOML, and read from it.

Makes: `Form`, `Place`, `nearest`, and a form for each kind of plain value.
May import: errors.
Must never: know a profile; take a value that it does not wholly understand.
Read first: `Form`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, TypeVar

from devicetrust.errors import MisuseError

__all__ = [
    "DURATION",
    "NUMBER",
    "OIDS",
    "SWITCH",
    "TEXT",
    "Form",
    "Place",
    "in_order",
    "names_of",
    "nearest",
    "one_of",
    "some_of",
    "strings",
    "told",
    "unknown",
]

Member = TypeVar("Member", bound=enum.Enum)


class Place(NamedTuple):
    """A key of a file, for messages: ``ward.toml: revocation.stale_grace``."""

    source: str
    key: str = ""

    def within(self, key: str) -> Place:
        return Place(self.source, f"{self.key}.{key}" if self.key else key)

    def misuse(self, problem: str) -> MisuseError:
        """What is wrong here, as an error that names the file and the key."""
        return MisuseError(f"{self.source}: {self.key}: {problem}" if self.key else f"{self.source}: {problem}")


class Form(NamedTuple):
    """One way to write a value: ``read`` makes it of what TOML gives, ``write`` makes of it what TOML takes.

    Both raise `MisuseError` with the place of what they cannot do.
    """

    read: Callable[[Any, Place], Any]
    write: Callable[[Any, Place], Any]


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` where a known word is near, and a full stop where none is."""
    near = get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else "."


def unknown(word: str, kind: str, known: Iterable[str]) -> str:
    names = sorted(known)
    return f"there is no {kind} {word}{nearest(word, names)} Known: {', '.join(names)}"


# Plain values


def _plain(kind: type, what: str) -> Form:
    def read(value: Any, place: Place) -> Any:
        if type(value) is not kind:
            raise place.misuse(f"is {what}, not {told(value)}")
        return value

    return Form(read, lambda value, place: value)


def told(value: Any) -> str:
    """What TOML calls a value of this type."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "an array"
    return f"{value!r}" if isinstance(value, str | bool | int | float) else f"a {type(value).__name__}"


TEXT: Final = _plain(str, "a string")
NUMBER: Final = _plain(int, "a whole number")
SWITCH: Final = _plain(bool, "true or false")


def strings(value: Any, place: Place) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise place.misuse(f"is an array of strings, not {told(value)}")
    return value


def _set_of_strings(check: Callable[[str, Place], str]) -> Form:
    return Form(
        lambda value, place: frozenset(check(one, place) for one in strings(value, place)),
        lambda value, place: sorted(check(one, place) for one in value),
    )


def _dotted(text: str, place: Place) -> str:
    if _OID.fullmatch(text) is None:
        raise place.misuse(f"{text!r} is not an object identifier such as 1.3.6.1.5.5.7.3.2")
    return text


_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
OIDS: Final = _set_of_strings(_dotted)


def names_of(kind: str, known: frozenset[str]) -> Form:
    """A set of names of algorithms. A name that is not known would refuse everybody whose certificate has the other."""

    def check(text: str, place: Place) -> str:
        if text not in known:
            raise place.misuse(f"there is no {kind} {text}{nearest(text, known)} Known: {', '.join(sorted(known))}")
        return text

    return _set_of_strings(check)


# Enums, by the names of their members


def _member(kind: type[Member], value: Any, place: Place) -> Member:
    if not isinstance(value, str):
        raise place.misuse(f"is one of {', '.join(kind.__members__)}, not {told(value)}")
    if value not in kind.__members__:
        raise place.misuse(f"{value!r} is none of {', '.join(kind.__members__)}{nearest(value, kind.__members__)}")
    return kind[value]


def one_of(kind: type[enum.Enum]) -> Form:
    return Form(lambda value, place: _member(kind, value, place), lambda value, place: value.name)


def some_of(kind: type[enum.Enum]) -> Form:
    return Form(
        lambda value, place: frozenset(_member(kind, one, place) for one in strings(value, place)),
        lambda value, place: sorted(one.name for one in value),
    )


def in_order(kind: type[enum.Enum]) -> Form:
    return Form(
        lambda value, place: tuple(_member(kind, one, place) for one in strings(value, place)),
        lambda value, place: [one.name for one in value],
    )


# Durations

_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "min": "minutes", "s": "seconds"}
_DURATION: Final = re.compile(rf"([0-9]{{1,9}})({'|'.join(_UNITS)})")


def _read_duration(value: Any, place: Place) -> timedelta:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        try:
            return timedelta(**{_UNITS[found[2]]: int(found[1])})
        except OverflowError:
            raise place.misuse(f"{value} is longer than any time that can be told") from None
    if type(value) is int and 0 <= value < 10**9:
        return timedelta(seconds=value)
    raise place.misuse(f"is a number of seconds, or a string such as 7d, 12h, 30min or 90s, not {told(value)}")


def _write_duration(value: timedelta, place: Place) -> str:
    seconds = int(value.total_seconds())
    if value != timedelta(seconds=seconds):
        raise place.misuse(f"{value} is not of whole seconds, and cannot be written")
    for unit, name in _UNITS.items():
        count, rest = divmod(seconds, int(timedelta(**{name: 1}).total_seconds()))
        if count and not rest:
            return f"{count}{unit}"
    return "0s"


DURATION: Final = Form(_read_duration, _write_duration)
