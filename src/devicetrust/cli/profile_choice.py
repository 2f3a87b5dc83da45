"""Which profile: named by the caller, never guessed.

Makes: the options ``--profile`` and ``--strength``.
May import: profiles, click.
Must never: choose.
Read first: `chosen_profile`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import click

from devicetrust import Certificate, Profile, load_profile, profiles
from devicetrust.cli.arguments import Context, Parameter
from devicetrust.cli.registered_names import KEY_PURPOSES
from devicetrust.profiles import PurposeMatching, ReferenceDemand
from devicetrust.profiles.forms import STRENGTH_POLICIES
from devicetrust.profiles.plain_forms import nearest

__all__ = ["NAMED", "ProfileName", "chosen_profile", "fits", "named_profile", "profile_option", "strength_option"]

NAMED: Final = dict(profiles.BUILT_IN)
_ANY_PURPOSE: Final = "2.5.29.37.0"


class ProfileName(click.ParamType[str]):
    """The name of a built-in profile, or a file of a profile in TOML: ``*.toml``, or any path with a separator."""

    name = "profile"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> str:
        """The name or path as it was given; what is neither fails with the names there are."""
        text = str(value)
        if text in NAMED or _is_file(text):
            return text
        self.fail(
            f"{text!r} is neither a profile nor a file FILE.toml{nearest(text, NAMED)} Known: {_NAMES}", param, ctx
        )


def _is_file(text: str) -> bool:
    return text.endswith(".toml") or os.sep in text


_NAMES: Final = ", ".join(NAMED)

profile_option = click.option(
    "--profile",
    type=ProfileName(),
    metavar="NAME|FILE.toml",
    help=f"What the certificate must serve for: {_NAMES}; or a profile of your own in TOML.",
)
strength_option = click.option(
    "--strength",
    type=click.Choice(list(STRENGTH_POLICIES)),
    metavar="NAME",
    help=f"Judge keys and signatures by another policy than the profile's: {', '.join(STRENGTH_POLICIES)}.",
)


def chosen_profile(name: str | None, certificates: Sequence[Certificate], strength: str | None = None) -> Profile:
    """The profile of this name or file, with the strength policy of that name in the place of its own.

    Where none is named: misuse, in a line that names those which fit ``certificates``.
    """
    if name is not None:
        profile = named_profile(name)
        return profile if strength is None else profile.evolve(strength=STRENGTH_POLICIES[strength])
    readable = [certificate for certificate in certificates if certificate.unreadable is None]
    if not readable:
        raise click.UsageError(f"no profile given; choose one with --profile: {_NAMES}")
    fitting = [one for one, profile in NAMED.items() if all(fits(profile, certificate) for certificate in readable)]
    which = _described(readable[0]) if len(readable) == 1 else f"all {len(readable)} certificates"
    raise click.UsageError(f"no profile given; choose one with --profile that fits {which}: {', '.join(fitting)}")


def named_profile(name: str) -> Profile:
    """The built-in profile of this name, or the one that a file describes."""
    return NAMED[name] if name in NAMED else load_profile(name)


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
