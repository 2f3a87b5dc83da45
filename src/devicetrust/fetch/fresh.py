"""A source of fresh evidence for a running service: `Upkeep` under a thread, or under asyncio.

Makes: `FreshEvidence`.
May import: everything below; fetch siblings; `asyncio`, `threading`, `time`, `random` for jitter.
Must never: make a verification wait, or raise into one.
Read first: `FreshEvidence`.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from queue import SimpleQueue
from types import TracebackType
from typing import Final

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence
from devicetrust.fetch.driving import arun, run
from devicetrust.fetch.exchange import Fetcher, Origin
from devicetrust.fetch.pace import Pace
from devicetrust.fetch.settling import default_fetcher
from devicetrust.fetch.upkeep import Bounds, Finished, Upkeep, WatchedIssuer
from devicetrust.fetch.watches import Watch, WatchStatus
from devicetrust.verdict import Verdict
from devicetrust.verifier import Verifier

__all__ = ["FreshEvidence"]

# RFC 9110 names no number; browsers open six connections to a server, and here nobody waits.
_AT_ONCE: Final = 4
# Ours: a clock that was set is noticed within a minute.
_LONGEST_WAIT: Final = 60.0


class FreshEvidence:
    """Keeps the CRLs and OCSP responses of a running service fresh; an `EvidenceSource`.

    ``issuers`` are fetched for from the start; show it verdicts with `observe`, and it fetches for their paths too, if
    they lead to an anchor. ``base`` is evidence that you have in any case, such as the certificates of delegated CRL
    signers. Runs within ``with`` (a thread) or ``async with`` (tasks); start it after a fork, not before. Give it a
    fetcher with a disk cache, and what it held survives a restart.

    A newer CRL that omits a revocation ends it: what a CA takes back is for the CA to answer for.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        issuers: Iterable[WatchedIssuer] = (),
        fetcher: Fetcher | None = None,
        base: Evidence | None = None,
        pace: Pace | None = None,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if not isinstance(verifier, Verifier):
            raise MisuseError(f"expected a Verifier, not a {type(verifier).__name__}")
        self._fetcher: Final = default_fetcher() if fetcher is None else fetcher
        self._clock: Final = clock
        self._upkeep: Final = Upkeep(verifier, base or Evidence(), pace or Pace(), bounds or Bounds(), jitter)
        self._changed: Final = threading.Condition()
        self._is_over = False
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake: Callable[[], None] = self._changed.notify_all
        for issuer in issuers:
            self._upkeep.list_issuer(issuer, clock())

    def evidence(self) -> Evidence:
        """What is at hand now: the last good piece of each source, however old. Never waits, never raises."""
        return self._upkeep.evidence

    def observe(self, verdict: Verdict) -> None:
        """Keep fresh what the path of this verdict names, if it leads to an anchor. Returns at once."""
        with self._changed:
            if self._upkeep.observe(verdict, self._clock()):
                self._wake()

    def status(self) -> tuple[WatchStatus, ...]:
        """How it stands with each source: the end of what is held, last success, last error, next attempt."""
        with self._changed:
            return tuple(self._upkeep.status())

    @property
    def end(self) -> datetime | None:
        """When the first piece held ends, in UTC; None: nothing is held."""
        with self._changed:
            end = self._upkeep.end()
        return None if end is None else datetime.fromtimestamp(end, UTC)

    @property
    def refused(self) -> int:
        """How often a source was not watched because the bounds were reached."""
        return self._upkeep.refused

    # Under a thread

    def __enter__(self) -> FreshEvidence:
        self._begin()
        self._thread = threading.Thread(target=self._work, name="fresh evidence", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_over = True
            self._wake()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        # Daemons, not an executor: at the end of the process nobody waits for a server that hangs.
        waiting: SimpleQueue[Watch | None] = SimpleQueue()
        for number in range(_AT_ONCE):
            name = f"fresh evidence {number}"
            threading.Thread(target=self._attempt_each, args=(waiting,), name=name, daemon=True).start()
        while True:
            with self._changed:
                if self._is_over:
                    break
                due = self._upkeep.due(self._clock())
                if not due:
                    self._changed.wait(self._wait())
            for watch in due:
                waiting.put(watch)
        for _ in range(_AT_ONCE):
            waiting.put(None)

    def _attempt_each(self, waiting: SimpleQueue[Watch | None]) -> None:
        for watch in iter(waiting.get, None):
            if not self._is_over:
                self._attempt(watch)

    def _attempt(self, watch: Watch) -> None:
        try:
            outcome = run(self._upkeep.attempt(watch, self._clock()), self._fetcher)
        except Exception as problem:
            outcome = _failed(problem)
        with self._changed:
            self._upkeep.finish(watch, outcome, self._clock())
            self._wake()

    # Under asyncio

    async def __aenter__(self) -> FreshEvidence:
        self._begin()
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: _tell(loop, changed)
        self._task = asyncio.create_task(self._awork(changed), name="fresh evidence")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _awork(self, changed: asyncio.Event) -> None:
        places = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while True:
                changed.clear()
                with self._changed:
                    due = self._upkeep.due(self._clock())
                    wait = self._wait()
                for watch in due:
                    group.create_task(self._aattempt(watch, places))
                if not due:
                    await _first_of(changed, wait)

    async def _aattempt(self, watch: Watch, places: asyncio.Semaphore) -> None:
        try:
            async with places:
                outcome = await arun(self._upkeep.attempt(watch, self._clock()), self._fetcher)
        except Exception as problem:
            outcome = _failed(problem)
        with self._changed:
            self._upkeep.finish(watch, outcome, self._clock())
            self._wake()

    # Under both

    def _begin(self) -> None:
        if self._thread is not None or self._task is not None:
            raise MisuseError("this source of evidence has run already; make another")

    def _wait(self) -> float:
        due = self._upkeep.next_due()
        return _LONGEST_WAIT if due is None else min(max(due - self._clock(), 0.0), _LONGEST_WAIT)


def _failed(problem: Exception) -> Finished:
    return Finished(None, f"the fetcher failed: {type(problem).__name__}: {problem}"[:200], Origin.SERVER)


def _tell(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    try:
        loop.call_soon_threadsafe(changed.set)
    except RuntimeError:  # the loop is closed: nobody is left to be told
        return


async def _first_of(changed: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return
