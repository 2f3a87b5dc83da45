"""Who reads an explanation, and in which language.

Makes: `Audience`, `Language`, `chosen`.
May import: errors.
Must never: hold a text.
Read first: `Audience`.
"""

from __future__ import annotations

import enum
from typing import TypeVar

from devicetrust.errors import MisuseError

__all__ = ["Audience", "Language", "chosen"]

Choice = TypeVar("Choice", bound=enum.Enum)


class Audience(enum.Enum):
    """For whom a verdict is explained."""

    ENGINEER = "engineer"
    HELP_DESK = "help_desk"


class Language(enum.Enum):
    """In which language. The value is the language's code in ISO 639."""

    ENGLISH = "en"
    FRENCH = "fr"


def chosen(kind: type[Choice], given: Choice | str, argument: str) -> Choice:
    """The member that is ``given``, or whose value is. Raises `MisuseError`, which names the choices."""
    for member in kind:
        if given is member or given == member.value:
            return member
    raise MisuseError(f"{argument} is one of {', '.join(repr(one.value) for one in kind)}, not {given!r}")
