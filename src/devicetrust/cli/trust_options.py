"""Whom to trust: named by the caller, never guessed.

Makes: the options ``--anchor``, ``--system``, ``--certifi``, ``--pin``.
May import: trust, click.
Must never: fall back on a store that was not asked for.
Read first: `trust_store`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from devicetrust import Certificate, TrustStore, load_certificates
from devicetrust.cli.output import write_error

__all__ = ["trust_options", "trust_store"]

Command = TypeVar("Command", bound=Callable[..., Any])


def trust_options(command: Command) -> Command:
    """Give a command the options that say whom to trust."""
    for option in (
        click.option(
            "--pin",
            "pins",
            type=click.Path(),
            multiple=True,
            metavar="FILE",
            help="Trust exactly the certificates of this file, each for itself alone. Repeatable.",
        ),
        click.option("--certifi", is_flag=True, help="Trust the public web's roots, as certifi ships them."),
        click.option("--system", is_flag=True, help="Trust the operating system's anchors."),
        click.option(
            "--anchor",
            "anchors",
            type=click.Path(),
            multiple=True,
            metavar="FILE",
            help="Trust the CA certificates of this file or directory. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def trust_store(
    anchors: Sequence[str], pins: Sequence[str], *, system: bool, certifi: bool, password: bytes | None
) -> TrustStore:
    """All that the options name, in one store. Misuse where they name nothing."""
    stores = [TrustStore.from_file(file, password=password) for file in anchors]
    stores += [TrustStore.system()] if system else []
    stores += [TrustStore.certifi()] if certifi else []
    pinned = [certificate for file in pins for certificate in load_certificates(file, password)]
    if not stores and not pinned:
        raise click.UsageError(
            "nothing to trust was given; name it with --anchor FILE, --system, --certifi or --pin FILE"
        )
    _mention([certificate for store in stores for certificate in store.unreadable])
    return TrustStore([anchor for store in stores for anchor in store.anchors], pinned=pinned)


def _mention(unreadable: Sequence[Certificate]) -> None:
    """An anchor that cannot be read vouches for nobody; whoever relies on it should know."""
    for certificate in unreadable:
        write_error(
            f"note: the anchor {certificate.fingerprint.hex()[:16]} cannot be read and is left out: "
            f"{certificate.unreadable}"
        )
