"""Which profile: named by the caller, never guessed.

Makes: the option ``--profile``.
May import: profiles, click.
Must never: choose.
Read first: `chosen_profile`.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from devicetrust import Certificate, Profile, profiles
from devicetrust.cli.registered_names import KEY_PURPOSES
from devicetrust.profiles import PurposeMatching, ReferenceDemand

__all__ = ["NAMED", "chosen_profile", "fits", "profile_option"]

NAMED = dict(profiles.BUILT_IN)
_ANY_PURPOSE = "2.5.29.37.0"

profile_option = click.option(
    "--profile",
    type=click.Choice(list(NAMED)),
    metavar="NAME",
    help=f"What the certificate must serve for: {', '.join(NAMED)}.",
)


def chosen_profile(name: str | None, certificates: Sequence[Certificate]) -> Profile:
    """The profile of this name. Where none is named: misuse, in a line that names those which fit ``certificates``."""
    if name is not None:
        return NAMED[name]
    readable = [certificate for certificate in certificates if certificate.unreadable is None]
    if not readable:
        raise click.UsageError(f"no profile given; choose one with --profile: {', '.join(NAMED)}")
    fitting = [one for one, profile in NAMED.items() if all(fits(profile, certificate) for certificate in readable)]
    which = _described(readable[0]) if len(readable) == 1 else f"all {len(readable)} certificates"
    raise click.UsageError(f"no profile given; choose one with --profile that fits {which}: {', '.join(fitting)}")


def fits(profile: Profile, certificate: Certificate) -> bool:
    """Whether a readable certificate serves for what the profile asks for: its key purposes, and no CA for a peer.

    RFC 5280 4.2.1.12. Everything else that the profile demands is for its verdict to say.
    """
    of_peers = profile.key_purposes or profile.reference is ReferenceDemand.REQUIRED
    if of_peers and _is_authority(certificate):
        return False
    if not profile.key_purposes:
        return True
    purposes = certificate.extended_key_usage
    if profile.purpose_matching is PurposeMatching.RFC5280 and (purposes is None or _ANY_PURPOSE in purposes):
        return True
    return profile.key_purposes <= (purposes or frozenset())


def _is_authority(certificate: Certificate) -> bool:
    constraints = certificate.basic_constraints
    return constraints is not None and constraints.ca


def _described(certificate: Certificate) -> str:
    if _is_authority(certificate):
        return "this certificate, which is a CA's"
    purposes = certificate.extended_key_usage
    if purposes is None:
        return "this certificate, which names no key purpose"
    return f"this certificate, which is for {', '.join(sorted(KEY_PURPOSES.get(one, one) for one in purposes))}"
