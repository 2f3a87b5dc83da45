"""Profiles as data for TOML.

Makes: `profile_table`.
May import: `forms`, and all that it may.
Must never: leave out a field that `load_profile` would then have otherwise.
Read first: `profile_table`.
"""

from __future__ import annotations

from typing import Any

from devicetrust.profiles.forms import PROFILE
from devicetrust.profiles.plain_forms import Place
from devicetrust.profiles.profile import Profile

__all__ = ["profile_table"]


def profile_table(profile: Profile) -> dict[str, Any]:
    """Every field of ``profile`` as TOML has it; `load_profile` makes an equal profile of it.

    What is None is left out. Raises `MisuseError` for what TOML cannot hold: a rule of your own, or subtrees of forms
    other than dNSName, rfc822Name, URI and iPAddress.
    """
    place = Place(f"profile {profile.name}")
    table = {}
    for key, form in PROFILE.items():
        value = getattr(profile, key)
        if value is not None:
            table[key] = form.write(value, place.within(key))
    return table
