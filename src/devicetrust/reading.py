"""How the moment of a question is known.

Makes: `Reading`, `Clock`, `Release`, and the readings `GIVEN` and `READ`.
May import: the standard library.
Must never: read a clock.
Read first: `Reading`.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from devicetrust._version import RELEASED, __version__

__all__ = ["GIVEN", "READ", "Clock", "Reading", "Release"]


class Clock(enum.Enum):
    """Whose word the moment is."""

    GIVEN = "the caller's"
    READ = "that of this host's clock, which may be wrong"


class Release(NamedTuple):
    """A version of this library and the second from which on it was there: no right clock says less."""

    version: str
    moment: int


THIS_RELEASE: Final = Release(__version__, RELEASED)


class Reading(NamedTuple):
    """How a moment is known: whose word it is, how many seconds it may be later than stated, and who asked."""

    clock: Clock
    width: int
    release: Release = THIS_RELEASE


GIVEN: Final = Reading(Clock.GIVEN, 0)
READ: Final = Reading(Clock.READ, 0)
