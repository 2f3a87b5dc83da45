"""What is asked about revocation, and what is at hand about it.

Makes: the options ``--crl``, ``--ocsp``, ``--revocation``, ``--grace``.
May import: evidence, revocation's policy, profiles, click.
Must never: take a file for evidence in silence that cannot be read.
Read first: `revocation_options`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import click

from devicetrust import Evidence, MisuseError, Profile, RevocationPolicy, UnknownStatus, load_crls, load_ocsp
from devicetrust.cli import arguments
from devicetrust.cli.files import of_each_file
from devicetrust.cli.output import write_error
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["PRESETS", "asking", "evidence_at_hand", "revocation_options"]

Command = TypeVar("Command", bound=Callable[..., Any])
View = TypeVar("View", CertificateRevocationList, OCSPResponse)

PRESETS: Final = {
    "off": RevocationPolicy.OFF,
    "best-effort": RevocationPolicy.BEST_EFFORT,
    "if-published": RevocationPolicy.IF_PUBLISHED,
    "required": RevocationPolicy.REQUIRED,
}


def revocation_options(command: Command) -> Command:
    """Give a command the options that say what is asked about revocation, and where the answer lies."""
    for option in (
        click.option(
            "--grace",
            type=arguments.Span(),
            metavar="SPAN",
            help="How long a CRL or OCSP response still serves after its end, as 12h or 3d: as an exception. "
            "Default: not at all.",
        ),
        click.option(
            "--revocation",
            type=click.Choice(list(PRESETS)),
            help="How much must be known about revocation. Default: the profile's.",
        ),
        click.option(
            "--ocsp",
            "responses",
            type=click.Path(),
            multiple=True,
            metavar="FILE",
            help="OCSP responses at hand. A file or directory. Repeatable.",
        ),
        click.option(
            "--crl",
            "crls",
            type=click.Path(),
            multiple=True,
            metavar="FILE",
            help="CRLs at hand, of whatever issuer. A file or directory. Repeatable.",
        ),
    ):
        command = option(command)
    return command


def evidence_at_hand(crls: Sequence[str], responses: Sequence[str]) -> Evidence:
    """All CRLs and OCSP responses of these files and directories."""
    return Evidence(crls=_read(crls, load_crls, "CRL"), ocsp=_read(responses, load_ocsp, "OCSP response"))


def asking(profile: Profile, preset: str | None, grace: timedelta | None) -> Profile:
    """The profile with what was asked about revocation in the place of its own; its name says so."""
    policy = profile.revocation if preset is None else PRESETS[preset]
    changes = [] if preset is None else [f"revocation {preset}"]
    if grace is not None:
        if policy.unknown is UnknownStatus.NOT_ASKED:
            raise click.UsageError("--revocation off asks for no evidence, so --grace has nothing to prolong")
        changes.append(f"grace {_hours(grace)}")
        try:
            policy = policy.evolve(stale_grace=grace)
        except MisuseError as problem:
            raise click.UsageError(f"--grace: {problem}") from None
    if not changes:
        return profile
    return profile.evolve(name=f"{profile.name} ({', '.join(changes)})", revocation=policy)


def _hours(span: timedelta) -> str:
    return f"{span // timedelta(hours=1)}h"


def _read(paths: Sequence[str], load: Callable[[str], list[View]], kind: str) -> list[View]:
    found = [(file, one) for path in paths for file, views in of_each_file(path, load) for one in views]
    for file, one in found:
        if one.unreadable is not None:
            write_error(f"note: {file}: the {kind} {one.fingerprint.hex()[:16]} cannot be read: {one.unreadable}")
    return [one for _, one in found]
