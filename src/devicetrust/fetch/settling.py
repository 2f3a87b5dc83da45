"""The two drivers: they run the errands of each round, in threads or in tasks, and know nothing else.

Makes: `settle`, `asettle`.
May import: everything below; fetch siblings; `asyncio`, `time`, `os` for nonces.
Must never: decide anything; `rounds` does.
Read first: `settle`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence
from devicetrust.fetch.driving import arun, run, step
from devicetrust.fetch.errands import Brought, Errand, Nonces
from devicetrust.fetch.exchange import Fetcher
from devicetrust.fetch.rounds import FetchBudget, Rounds, Settings, rounds
from devicetrust.identity import Reference
from devicetrust.verdict import TimeInterval, Verdict
from devicetrust.verifier import Verifier
from devicetrust.x509.certificate import CertificateLike

__all__ = ["asettle", "default_fetcher", "settle"]

_DEFAULT: Final = FetchBudget()


def settle(
    verifier: Verifier,
    leaf: CertificateLike,
    intermediates: Iterable[CertificateLike] = (),
    *,
    reference: Reference | None = None,
    evidence: Evidence | None = None,
    at: datetime | TimeInterval | None = None,
    fetcher: Fetcher | None = None,
    budget: FetchBudget = _DEFAULT,
    nonces: Nonces = Nonces.NONE,
) -> Verdict:
    """``verifier.verify`` with what it wants fetched, until nothing is wanted or ``budget`` is spent.

    Blocks for at most ``budget.seconds`` and what verifying takes. What could not be had is in the findings, by URL and
    reason. ``fetcher`` is an `HttpFetcher` for public addresses unless you pass one. With ``at=None`` each round asks
    of its own moment: an OCSP response made for a request is never older than the request. Raises `MisuseError` as
    ``verify`` does, and where the extra ``http`` is not installed and no fetcher is given.
    """
    steps = _rounds(verifier, leaf, intermediates, reference, evidence, at, budget, nonces)
    errands = step(steps, None)
    with ThreadPoolExecutor(budget.at_once, thread_name_prefix="fetch") as threads:
        while isinstance(errands, list):
            whence = default_fetcher() if fetcher is None else fetcher
            errands = step(steps, list(threads.map(run, errands, itertools.repeat(whence))))
    return errands.result


async def asettle(
    verifier: Verifier,
    leaf: CertificateLike,
    intermediates: Iterable[CertificateLike] = (),
    *,
    reference: Reference | None = None,
    evidence: Evidence | None = None,
    at: datetime | TimeInterval | None = None,
    fetcher: Fetcher | None = None,
    budget: FetchBudget = _DEFAULT,
    nonces: Nonces = Nonces.NONE,
) -> Verdict:
    """As `settle`, for asyncio: requests run in tasks, and verifying itself blocks the loop as ``verify`` does."""
    steps = _rounds(verifier, leaf, intermediates, reference, evidence, at, budget, nonces)
    places = asyncio.Semaphore(budget.at_once)

    async def one_of(errand: Errand) -> Brought:
        async with places:
            return await arun(errand, default_fetcher() if fetcher is None else fetcher)

    errands = step(steps, None)
    while isinstance(errands, list):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one_of(errand)) for errand in errands]
        errands = step(steps, [task.result() for task in tasks])
    return errands.result


@lru_cache(maxsize=1)
def default_fetcher() -> Fetcher:
    """One for the whole process, so that whoever asks the same at the same time asks once."""
    from devicetrust.fetch.http import HttpFetcher  # noqa: PLC0415, the client library is an extra

    return HttpFetcher()


def _rounds(
    verifier: Verifier,
    leaf: CertificateLike,
    intermediates: Iterable[CertificateLike],
    reference: Reference | None,
    evidence: Evidence | None,
    at: datetime | TimeInterval | None,
    budget: FetchBudget,
    nonces: Nonces,
) -> Rounds:
    for value, kind in ((verifier, Verifier), (budget, FetchBudget), (nonces, Nonces)):
        if not isinstance(value, kind):
            raise MisuseError(f"expected a {kind.__name__}, not a {type(value).__name__}")
    presented = tuple(intermediates)
    asked: dict[str, Any] = {"reference": reference, "at": at}
    make: Callable[[], bytes | None] = _nonce if nonces is Nonces.RANDOM else _none
    settings = Settings(budget, time.monotonic, make)
    start = Evidence() if evidence is None else evidence
    return rounds(lambda held: verifier.verify(leaf, presented, evidence=held, **asked), start, settings)


def _nonce() -> bytes:
    """RFC 9654 2.1: 32 octets at least, from a cryptographic generator."""
    return os.urandom(32)


def _none() -> None:
    return None
