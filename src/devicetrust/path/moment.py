"""The moment for which a question is asked, and the recorder of every comparison with it.

Makes: `Moment`.
May import: the standard library.
Must never: read a clock. Every comparison with time in the library goes through here.
Read first: `Moment.reached`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BEGINNING", "NEVER", "Moment"]

# 0001-01-01T00:00:00Z and the second after 9999-12-31T23:59:59Z: what lies beyond, no certificate can name.
BEGINNING: Final = -62_135_596_800
NEVER: Final = 253_402_300_800


class Moment:
    """A second since 1970-01-01T00:00:00Z, and the widest span around it in which no comparison made falls otherwise.

    All comparisons made so far give the same answer for every second in ``since <= t < until``.
    """

    __slots__ = ("at", "since", "until")

    def __init__(self, at: int) -> None:
        self.at = at
        self.since = BEGINNING
        self.until = NEVER

    def reached(self, time: int) -> bool:
        """Whether ``time`` is now or past. The answer turns at ``time``, and that is recorded."""
        if self.at >= time:
            if time > self.since:
                self.since = time
            return True
        if time < self.until:
            self.until = time
        return False

    def covers(self, time: int) -> bool:
        """Whether every comparison made so far gives the same answer at ``time``."""
        return self.since <= time < self.until

    def narrow(self, since: int, until: int) -> None:
        """Take over the span of comparisons that were made earlier for the same second."""
        if since > self.since:
            self.since = since
        if until < self.until:
            self.until = until
