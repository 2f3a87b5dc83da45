"""Running what yields requests: in this thread, or in this task.

Makes: `run`, `arun`.
May import: fetch.exchange; `asyncio`.
Must never: decide anything.
Read first: `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Generic, NamedTuple, TypeVar

from devicetrust.fetch.exchange import Fetcher, Reply, Request

__all__ = ["arun", "run"]

Result = TypeVar("Result")


def run(work: Generator[Request, Reply, Result], fetcher: Fetcher) -> Result:
    """What ``work`` comes to, each of its requests answered by ``fetcher``."""
    step = _step(work, None)
    while isinstance(step, Request):
        step = _step(work, fetcher.fetch(step))
    return step.result


async def arun(work: Generator[Request, Reply, Result], fetcher: Fetcher) -> Result:
    """The same, for asyncio; reading what came, which may be large, does not hold up the loop."""
    step = _step(work, None)
    while isinstance(step, Request):
        step = await asyncio.to_thread(_step, work, await fetcher.afetch(step))
    return step.result


class _End(NamedTuple, Generic[Result]):
    result: Result


def _step(work: Generator[Request, Reply, Result], reply: Reply | None) -> Request | _End[Result]:
    try:
        return next(work) if reply is None else work.send(reply)
    except StopIteration as end:
        return _End(end.value)
