"""Gets what a verdict wants: over HTTP, from a cache, or from a recording; and keeps it fresh for a running service.

Makes: `settle`, `asettle`; `HttpFetcher`, `CachingFetcher`, `ReplayFetcher`, `RecordingFetcher`; `FreshEvidence`.
May import: everything below; `asyncio`, `time`, randomness; `httpcore2`, `socket` and `ssl` in `fetch.http` alone.
Must never: trust what was fetched, for the kernel verifies it; ask for what no validated path names, AIA caIssuers
aside where the profile wants them; wait without an end.
Read first: `exchange`, then `rounds`; `upkeep`, then `fresh`. The drivers are few lines.

The client library is an extra (``pip install "devicetrust[http]"``) and loads when `HttpFetcher` is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devicetrust.fetch.cache import CachingFetcher, DiskCache
from devicetrust.fetch.errands import Nonces
from devicetrust.fetch.exchange import AnswerFrom, Fetcher, Origin, Reply, Request
from devicetrust.fetch.fresh import FreshEvidence
from devicetrust.fetch.pace import Pace
from devicetrust.fetch.replay import RecordingFetcher, ReplayFetcher
from devicetrust.fetch.rounds import FetchBudget
from devicetrust.fetch.settling import asettle, settle
from devicetrust.fetch.upkeep import Bounds, WatchedIssuer
from devicetrust.fetch.watches import WatchStatus

if TYPE_CHECKING:
    from devicetrust.fetch.http import HttpFetcher

__all__ = [
    "AnswerFrom",
    "Bounds",
    "CachingFetcher",
    "DiskCache",
    "FetchBudget",
    "Fetcher",
    "FreshEvidence",
    "HttpFetcher",
    "Nonces",
    "Origin",
    "Pace",
    "RecordingFetcher",
    "ReplayFetcher",
    "Reply",
    "Request",
    "WatchStatus",
    "WatchedIssuer",
    "asettle",
    "settle",
]


def __getattr__(name: str) -> Any:
    if name != "HttpFetcher":
        raise AttributeError(f"module 'devicetrust.fetch' has no attribute {name!r}")
    from devicetrust.fetch.http import HttpFetcher  # noqa: PLC0415, the client library is an extra

    return HttpFetcher
