"""When to ask again.

Makes: `Pace`.
May import: errors.
Must never: read a clock, or draw at random; both are arguments.
Read first: `Pace.after_success`.
"""

from __future__ import annotations

from typing import Final

import attrs

from devicetrust.errors import MisuseError

__all__ = ["Pace"]

# The earliest part of the time to nextUpdate at which the next is asked for; the latest is one half.
_EARLIEST: Final = 0.4


@attrs.frozen(kw_only=True)
class Pace:
    """How often a source of evidence asks. All in seconds; ``jitter`` below is drawn from [0, 1).

    ``longest`` and ``shortest`` bound the time from one answer to the next question, ``first_retry`` and
    ``longest_retry`` that from a failure to the next attempt. What was not observed for ``forgotten`` is let go.
    """

    # Ours: a CRL that lasts for half a year may be replaced on the day that a CA is stolen.
    longest: float = 86_400.0
    # Ours: near its end a CRL that its CA renews late is asked for every half minute, and no more often.
    shortest: float = 30.0
    # Ours: the usual restart of a server takes a minute, its usual outage hours.
    first_retry: float = 30.0
    longest_retry: float = 3_600.0
    # Ours: a device that comes back after a week is asked about anew, as it was the first time.
    forgotten: float = 604_800.0

    def __attrs_post_init__(self) -> None:
        if min(attrs.astuple(self)) < 0:
            raise MisuseError("no span of a pace is negative")

    def after_success(self, now: float, end: float, jitter: float) -> float:
        """At half of the time that is left until ``end``, or somewhat before: many services have the same CRL."""
        left = end - now
        share = left * (_EARLIEST + (0.5 - _EARLIEST) * jitter)
        return now + max(min(share, self.longest), min(self.shortest, left / 2), _LEAST)

    def after_failure(self, now: float, failures: int, end: float | None, jitter: float) -> float:
        """Later after each of ``failures`` in a row, but at half of what is left until ``end``: later helps nobody."""
        doubled: float = self.first_retry * 2 ** min(failures - 1, 30)
        wait = min(doubled, self.longest_retry) * (0.5 + jitter / 2)
        if end is not None and end > now:
            wait = min(wait, (end - now) / 2)
        return now + max(wait, _LEAST)


# Ours: halving what is left would come to no end otherwise.
_LEAST: Final = 1.0
