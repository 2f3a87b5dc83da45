"""Getting what a verdict lacks, where the caller says so.

Makes: the options ``--fetch``, ``--allow-network``; `settling`.
May import: fetch, when asked for; click.
Must never: open a connection that was not asked for.
Read first: `settling`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import click

from devicetrust import Verdict, Verifier

__all__ = ["fetch_options", "settling"]

Command = TypeVar("Command", bound=Callable[..., Any])


def fetch_options(command: Command) -> Command:
    """Give a command the options that let it fetch, and from where."""
    for option in (
        click.option(
            "--allow-network",
            "allowed",
            multiple=True,
            metavar="HOST|NETWORK",
            help="With --fetch: a host or network that may be asked though it is not public, as crl.hospital.example "
            "or 10.1.0.0/16. Repeatable.",
        ),
        click.option(
            "--fetch",
            is_flag=True,
            help="Get what is lacking from where the certificates say it lies, over HTTP. Needs the extra http.",
        ),
    ):
        command = option(command)
    return command


def settling(verifier: Verifier, *, fetch: bool, allowed: Sequence[str]) -> Callable[..., Verdict]:
    """`Verifier.verify`; with ``fetch`` also what gets what it wants. Answers are kept while the command runs."""
    if not fetch:
        if allowed:
            raise click.UsageError("--allow-network says where --fetch may ask; give --fetch as well")
        return verifier.verify
    from devicetrust.fetch import CachingFetcher, DiskCache, HttpFetcher, settle  # noqa: PLC0415, needs an extra

    folder = click.get_current_context().with_resource(TemporaryDirectory(prefix="devicetrust-"))
    # Kept for this run alone, so that certificates of one CA share its CRL: whatever it holds is moments old.
    kept = CachingFetcher(HttpFetcher(allow=allowed), DiskCache(folder), clock=lambda: 0.0)
    return partial(settle, verifier, fetcher=kept)
