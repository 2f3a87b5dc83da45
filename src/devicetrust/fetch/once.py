"""Concurrent callers of one request share one answer.

Makes: `Once`.
May import: fetch.exchange.
Must never: keep an answer once it is given.
Read first: `Once.join`.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Final

from devicetrust.fetch.exchange import Fetcher, Reply, Request

__all__ = ["Once"]


class Once:
    """Around a fetcher: while a request is under way, in any thread or task, whoever asks the same waits for it.

    Whoever asked first does the work, within the limits of its own request.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher: Final = fetcher
        self._lock = threading.Lock()
        self._under_way: dict[bytes, Future[Reply]] = {}

    def fetch(self, request: Request) -> Reply:
        """As `Fetcher.fetch`."""
        while True:
            flight, mine = self._join(request)
            if mine:
                break
            try:
                reply = flight.result(request.seconds)
            except NotInTime:
                return _late(request)
            if reply is not _ABANDONED:
                return reply
        reply = _ABANDONED
        try:
            reply = self._fetcher.fetch(request)
        finally:
            self._land(request, flight, reply)
        return reply

    async def afetch(self, request: Request) -> Reply:
        """As `Fetcher.afetch`."""
        while True:
            flight, mine = self._join(request)
            if mine:
                break
            try:
                # Shielded: whoever waits no longer must not end it for the others.
                reply = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(flight)), request.seconds)
            except TimeoutError:
                return _late(request)
            if reply is not _ABANDONED:
                return reply
        reply = _ABANDONED
        try:
            reply = await self._fetcher.afetch(request)
        finally:
            self._land(request, flight, reply)
        return reply

    def _join(self, request: Request) -> tuple[Future[Reply], bool]:
        """The answer to wait for, and whether it falls to this caller to get it."""
        with self._lock:
            flight = self._under_way.get(request.key)
            if flight is not None:
                return flight, False
            flight = self._under_way[request.key] = Future()
            return flight, True

    def _land(self, request: Request, flight: Future[Reply], reply: Reply) -> None:
        with self._lock:
            self._under_way.pop(request.key, None)
        flight.set_result(reply)


_ABANDONED: Final = Reply(None, "not answered: whoever asked first gave up, and the next is to ask")


def _late(request: Request) -> Reply:
    return Reply(None, f"no answer within {request.seconds:.3g} seconds")
