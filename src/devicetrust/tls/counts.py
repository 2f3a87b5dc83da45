"""What a context has decided so far, in numbers.

Makes: `Counts`, `ExceptionInUse`.
May import: findings, verdict; causes.
Must never: grow with the number of peers, or know the time.
Read first: `Counts`.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Final, NamedTuple

from devicetrust.findings import Effect, Finding
from devicetrust.verdict import Outcome, Verdict

__all__ = ["OTHER", "Counts", "ExceptionInUse", "exceptions_of"]

OTHER: Final = "other"
"""Stands for the codes that came when there were too many."""

# Ours: codes are the library's and OpenSSL's, so that these bounds are reached by a fault of ours alone.
_MOST_CODES: Final = 512
_MOST_EXCEPTIONS: Final = 256


class ExceptionInUse(NamedTuple):
    """An exception by which somebody was admitted: its code, its last second, and the code that a waiver lets pass."""

    code: str
    waived: str | None
    until: datetime | None


class Counts:
    """Decisions of one context since it was made. Thread-safe, bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._admitted = 0
        self._by_exception = 0
        self._refused: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._exceptions: dict[ExceptionInUse, None] = {}

    def admit(self, verdict: Verdict) -> None:
        """Count one who was let in."""
        if verdict.outcome is not Outcome.TRUSTED_BY_EXCEPTION:
            with self._lock:
                self._admitted += 1
            return
        used = exceptions_of(verdict)
        with self._lock:
            self._by_exception += 1
            for one in used:
                # The newest stands last, so that the oldest goes first.
                self._exceptions.pop(one, None)
                self._exceptions[one] = None
            while len(self._exceptions) > _MOST_EXCEPTIONS:
                del self._exceptions[next(iter(self._exceptions))]

    def refuse(self, code: str) -> None:
        """Count one whom we refused."""
        with self._lock:
            _count(self._refused, code)

    def fail(self, code: str) -> None:
        """Count a handshake that OpenSSL ended."""
        with self._lock:
            _count(self._failed, code)

    def forget_exceptions(self) -> None:
        """Those in use are told anew, since the inputs have changed."""
        with self._lock:
            self._exceptions.clear()

    def taken(self) -> tuple[int, int, dict[str, int], dict[str, int], tuple[ExceptionInUse, ...]]:
        """All of it at one moment: admitted by the rules, by exception, refused and failed by code, exceptions."""
        with self._lock:
            return (
                self._admitted,
                self._by_exception,
                dict(self._refused),
                dict(self._failed),
                tuple(self._exceptions),
            )


def exceptions_of(verdict: Verdict) -> list[ExceptionInUse]:
    """The exceptions that this verdict rests on."""
    return [_exception(one) for one in verdict.findings if one.code.effect is Effect.ADMITS_BY_EXCEPTION]


def _exception(finding: Finding) -> ExceptionInUse:
    facts = finding.facts
    # To work out the horizon would cost as much as the handshake; the finding states the end.
    ends = [end for name in ("waived_until", "until") if isinstance(end := facts.get(name), datetime)]
    waived = facts.get("waived_code")
    return ExceptionInUse(finding.code.id, waived if isinstance(waived, str) else None, min(ends) if ends else None)


def _count(counts: dict[str, int], code: str) -> None:
    known = code if code in counts or len(counts) < _MOST_CODES else OTHER
    counts[known] = counts.get(known, 0) + 1
