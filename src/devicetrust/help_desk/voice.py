"""What a language must have words for.

Makes: `Voice`, `Text`, `When`.
May import: the verdict, groups.
Must never: hold a text.
Read first: `Voice`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from devicetrust.help_desk.groups import Actor, Group
from devicetrust.verdict import Outcome

__all__ = ["Text", "Voice", "When"]


class When(enum.Enum):
    """How a time bears on what happened."""

    SINCE = enum.auto()
    BEGINS = enum.auto()
    SEEN = enum.auto()


class Text(NamedTuple):
    """What to say of a group: clauses without an end mark.

    ``happened`` and ``to_do`` are about the device's certificate, the other two about that of an authority above it;
    empty: the same.
    """

    happened: str
    to_do: str
    happened_above: str = ""
    to_do_above: str = ""


class Voice(NamedTuple):
    """A language: its lines, with what is filled in between braces, its clauses for each group, and its times.

    ``device`` takes ``device``; ``serial`` ``name`` and ``serial``; ``unreadable`` ``fingerprint``; ``happened``
    ``happened`` and ``when``; ``when`` ``time``; ``lasting`` ``until`` and ``happened``; ``excepted`` these and
    ``when``. ``not_enough`` is said of what is let in, where the caller asked for more.
    """

    device: Mapping[Outcome, str]
    serial: str
    unreadable: str
    happened: str
    lasting: str
    excepted: str
    endless: str
    not_enough: str
    acts: str
    acts_before: str
    to_do: str
    code: str
    when: Mapping[When, str]
    time: Callable[[datetime], str]
    actors: Mapping[Actor, str]
    texts: Mapping[Group, Text]
