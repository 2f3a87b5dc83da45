"""What was fetched before, on disk: it survives restarts, and serves where the network does not.

Makes: `DiskCache`, `CachingFetcher`.
May import: evidence, fetch siblings; `time`, `asyncio`.
Must never: serve as fresh what is beyond its nextUpdate; be believed: what comes out of it is verified like what comes
from the network, and where it does not do, the server is asked.
Read first: `CachingFetcher`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from devicetrust.evidence import Evidence
from devicetrust.fetch.entries import PART, SUFFIX, entry_path, read_entry, write_entry
from devicetrust.fetch.exchange import AnswerFrom, Fetcher, Origin, Reply, Request
from devicetrust.fetch.reading import end_of, read
from devicetrust.x509.ocsp import ResponseStatus

__all__ = ["CachingFetcher", "DiskCache"]

# Ours: the largest public CRL twice, and those of a hundred private CAs.
_MOST_OCTETS: Final = 256 << 20
# Ours: no write takes as long; what is left of one that was cut short may go.
_ABANDONED_SECONDS: Final = 3600.0


class DiskCache:
    """Answers in one directory, a file each, named by the digest of the request. Safe for several processes.

    ``octets`` bounds all files together; what was stored longest ago goes first. The directory is made when something
    is stored; whoever may write to it can make requests be answered wrongly, but not verdicts.
    """

    def __init__(self, directory: str | os.PathLike[str], *, octets: int = _MOST_OCTETS) -> None:
        self.directory: Final = Path(directory)
        self.octets: Final = octets

    def load(self, request: Request) -> bytes | None:
        """What was stored last for this request, fresh or not; None where there is nothing whole."""
        entry = read_entry(entry_path(self.directory, request))
        if entry is None or (entry.url, entry.body) != (request.url, request.body):
            return None
        return entry.content

    def store(self, request: Request, content: bytes) -> None:
        """Keep this answer; raises `OSError` where the disk refuses. One larger than the whole cache is passed over."""
        if len(content) > self.octets:
            return
        write_entry(self.directory, request, content)
        self._shrink()

    def _shrink(self) -> None:
        """Remove the oldest until the rest is small enough. Another process may do the same at the same time."""
        files: list[tuple[float, int, str]] = []
        with os.scandir(self.directory) as found:
            for one in found:
                with suppress(OSError):
                    status = one.stat()
                    if one.name.endswith(SUFFIX):
                        files.append((status.st_mtime, status.st_size, one.path))
                    elif one.name.endswith(PART) and time.time() - status.st_mtime > _ABANDONED_SECONDS:
                        os.unlink(one.path)
        excess = sum(size for _, size, _ in files) - self.octets
        for _, size, path in sorted(files):
            if excess <= 0:
                break
            with suppress(OSError):
                os.unlink(path)
                excess -= size


class _Kept(NamedTuple):
    content: bytes
    is_fresh: bool


class CachingFetcher:
    """A fetcher that asks a cache first, and keeps what it gets.

    What is kept answers while its own nextUpdate lies ahead (RFC 5280 5.1.2.5, RFC 6960 4.2.2.1); without one it never
    does. Where the server cannot be had, what is kept is handed out all the same, with the failure: the verifier judges
    how stale it is. ``trouble`` is what the disk last refused, in words, None where it did not.
    """

    def __init__(self, fetcher: Fetcher, cache: DiskCache, *, clock: Callable[[], float] = time.time) -> None:
        self.trouble: str | None = None
        self._fetcher: Final = fetcher
        self._cache: Final = cache
        self._clock: Final = clock

    def fetch(self, request: Request) -> Reply:
        """As `Fetcher.fetch`."""
        kept = self._kept(request)
        if kept is not None and kept.is_fresh:
            return Reply(kept.content, origin=Origin.KEPT)
        return self._after(request, self._fetcher.fetch(request), kept)

    async def afetch(self, request: Request) -> Reply:
        """As `Fetcher.afetch`; the disk is used in threads."""
        kept = await asyncio.to_thread(self._kept, request)
        if kept is not None and kept.is_fresh:
            return Reply(kept.content, origin=Origin.KEPT)
        reply = await self._fetcher.afetch(request)
        return await asyncio.to_thread(self._after, request, reply, kept)

    def _kept(self, request: Request) -> _Kept | None:
        if request.answer_from is AnswerFrom.THIS_REQUEST:
            return None
        content = self._cache.load(request)
        if content is None:
            return None
        end = None if request.answer_from is AnswerFrom.SERVER else end_of(request.kind, content)
        return _Kept(content, end is not None and self._clock() <= end)

    def _after(self, request: Request, reply: Reply, kept: _Kept | None) -> Reply:
        if reply.content is None:
            return reply if kept is None else reply._replace(content=kept.content, origin=Origin.KEPT)
        if request.answer_from is not AnswerFrom.THIS_REQUEST and _says_something(request, reply):
            try:
                self._cache.store(request, reply.content)
                self.trouble = None
            except OSError as problem:
                self.trouble = f"{self._cache.directory}: {problem.strerror or problem}"
        return reply


def _says_something(request: Request, reply: Reply) -> bool:
    """Whether it is of the right kind: the page of a hotel's Wi-Fi must not push out the last CRL."""
    found = read(request.kind, reply.content or b"")
    if not isinstance(found, Evidence):
        return False
    return not found.ocsp or any(response.status is ResponseStatus.SUCCESSFUL for response in found.ocsp)
