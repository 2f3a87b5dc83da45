"""What the process says to its caller.

Makes: `ExitCode`, `Answer`.
May import: the verdict.
Must never: look at a finding; the verdict's own ``require`` decides.
Read first: `answer`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from devicetrust import EvidenceOutlook, Outcome, Undecided, Untrusted, Verdict

__all__ = ["Answer", "ExitCode", "answer", "worst"]


class ExitCode(enum.IntEnum):
    """The exit codes of every command."""

    ACCEPTED = 0
    REFUSED = 1
    UNUSABLE = 2
    UNDECIDED = 3


class Answer(NamedTuple):
    """What a verdict comes to for this caller; ``reason`` is empty where it is accepted."""

    code: ExitCode
    reason: str


def answer(verdict: Verdict, *, least: Outcome, lasting: timedelta | None, outlook: EvidenceOutlook) -> Answer:
    """What ``verdict`` comes to where ``least`` is asked for, and that it lasts that long in this ``outlook``."""
    try:
        verdict.require(least, lasting=lasting, outlook=outlook)
    except Undecided as refusal:
        return Answer(ExitCode.UNDECIDED, refusal.reason)
    except Untrusted as refusal:
        return Answer(ExitCode.REFUSED, refusal.reason)
    return Answer(ExitCode.ACCEPTED, "")


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code of several answers together: one refusal refuses, else one open question leaves it open."""
    return max(codes, key=_GRAVITY.index, default=ExitCode.ACCEPTED)


_GRAVITY = (ExitCode.ACCEPTED, ExitCode.UNDECIDED, ExitCode.REFUSED, ExitCode.UNUSABLE)
