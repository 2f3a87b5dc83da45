"""Answers recorded before: for tests, and for lines without a network.

Makes: `ReplayFetcher`, `RecordingFetcher`.
May import: errors, fetch siblings.
Must never: open a connection, or invent an answer.
Read first: `ReplayFetcher`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from devicetrust.errors import UnreadableInput
from devicetrust.evidence import WantKind
from devicetrust.fetch.entries import SUFFIX, read_entry, write_entry
from devicetrust.fetch.exchange import Fetcher, Reply, Request

__all__ = ["RecordingFetcher", "ReplayFetcher"]

Answer: TypeAlias = "bytes | Reply | Callable[[Request], bytes | Reply]"


class ReplayFetcher:
    """Answers from a mapping of URL to octets, to a `Reply`, or to a function of the request; all else fails.

    An OCSP responder is found by the URL that certificates name, whatever the request behind it. ``requests`` are
    those that were asked, in order.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, Answer] = dict(answers)
        self._recorded: dict[bytes, bytes] = {}

    @classmethod
    def from_directory(cls, directory: str | os.PathLike[str]) -> ReplayFetcher:
        """What a `RecordingFetcher` or a `DiskCache` left there. Raises `UnreadableInput` where that is nothing."""
        replay = cls({})
        for path in sorted(Path(directory).glob(f"*{SUFFIX}")):
            entry = read_entry(path)
            if entry is not None:
                asked = Request(entry.url, WantKind.CRL, 0, 0, entry.body)
                replay._recorded[asked.key] = entry.content
        if not replay._recorded:
            raise UnreadableInput(f"{directory}: no recorded answer in it; RecordingFetcher(fetcher, ...) makes them")
        return replay

    def fetch(self, request: Request) -> Reply:
        """As `Fetcher.fetch`."""
        self.requests.append(request)
        recorded = self._recorded.get(request.key)
        answer = self._answer(request) if recorded is None else recorded
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, Reply) else Reply(answer)

    async def afetch(self, request: Request) -> Reply:
        """As `Fetcher.afetch`."""
        return self.fetch(request)

    def _answer(self, request: Request) -> Answer:
        for url, answer in self._answers.items():
            base = url.rstrip("/")
            if request.url == url or (request.kind is WantKind.OCSP and request.url.startswith(f"{base}/")):
                return answer
        return _NOT_RECORDED


_NOT_RECORDED: Final = Reply(None, "not among the recorded answers")


class RecordingFetcher:
    """A fetcher around another that leaves every answer in a directory. Raises `OSError` where the disk refuses."""

    def __init__(self, fetcher: Fetcher, directory: str | os.PathLike[str]) -> None:
        self._fetcher: Final = fetcher
        self._directory: Final = Path(directory)

    def fetch(self, request: Request) -> Reply:
        """As `Fetcher.fetch`."""
        return self._record(request, self._fetcher.fetch(request))

    async def afetch(self, request: Request) -> Reply:
        """As `Fetcher.afetch`."""
        return await asyncio.to_thread(self._record, request, await self._fetcher.afetch(request))

    def _record(self, request: Request, reply: Reply) -> Reply:
        if reply.content is not None:
            write_entry(self._directory, request, reply.content)
        return reply
