"""Running what asks and is answered: in this thread, or in this task.

Makes: `run`, `arun`; `step` and `End` for other drivers.
May import: fetch.exchange; `asyncio`.
Must never: decide anything.
Read first: `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Generic, NamedTuple, TypeVar

from devicetrust.fetch.exchange import Fetcher, Reply, Request

__all__ = ["End", "arun", "run", "step"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


class End(NamedTuple, Generic[Result]):
    """What the work came to."""

    result: Result


def step(work: Generator[Asked, Answer, Result], answer: Answer | None) -> Asked | End[Result]:
    """What ``work`` asks next, or its end; ``answer`` is None at the beginning."""
    try:
        return next(work) if answer is None else work.send(answer)
    except StopIteration as end:
        return End(end.value)


def run(work: Generator[Request, Reply, Result], fetcher: Fetcher) -> Result:
    """What ``work`` comes to, each of its requests answered by ``fetcher``."""
    now = step(work, None)
    while isinstance(now, Request):
        now = step(work, fetcher.fetch(now))
    return now.result


async def arun(work: Generator[Request, Reply, Result], fetcher: Fetcher) -> Result:
    """The same, for asyncio; reading what came, which may be large, does not hold up the loop."""
    now = step(work, None)
    while isinstance(now, Request):
        now = await asyncio.to_thread(step, work, await fetcher.afetch(now))
    return now.result
