"""What refuses under each built-in profile, as data that can be compared from release to release.

Makes: `blocking`, `TABLE`, `recorded`, and, run by itself, a new table.
May import: devicetrust, tomli_w.
Must never: write over an edition that was released.
Read first: `blocking`; then ``test_editions`` beside this.

Run as ``PYTHONPATH=tests:src python tests/editions/blocking.py`` it records each profile under its present edition.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from devicetrust import Profile
from devicetrust.profiles import BUILT_IN
from devicetrust.profiles.forms import REVOCATION, RULES, STRENGTH
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.plain_forms import Form, Place
from devicetrust.profiles.writing import profile_table
from devicetrust.rules.rule import Role

TABLE = Path(__file__).parent / "editions.toml"
UNRELEASED = "unreleased"

# What is no demand, or is told by what blocks.
_LEFT_OUT = ("name", "edition", "summary", "rules", "reported_only", "strength", "revocation")


def blocking(profile: Profile) -> dict[str, Any]:
    """Every demand of the profile: its fields, and the rules that refuse; of what is only reported, what is no rule's.

    A rule that warns, or is only reported, may come and go within an edition.
    """
    rules = {rule.code.id for rule in profile.rules}
    demands = {key: value for key, value in profile_table(profile).items() if key not in _LEFT_OUT}
    demands["strength"] = _written(profile.strength, STRENGTH)
    demands["revocation"] = _written(profile.revocation, REVOCATION)
    demands["refusing_checks"] = sorted(
        code.id for code in known_codes().values() if code.id not in RULES and profile.blocks(code)
    )
    refusing = [rule for rule in profile.rules if profile.blocks(rule.code)]
    demands["refusing_rules"] = sorted(f"{rule.code.id} ({_roles(rule.applies_to)})" for rule in refusing)
    demands["let_pass"] = sorted(profile.reported_only - rules)
    return demands


def _written(policy: Any, forms: Mapping[str, Form]) -> dict[str, Any]:
    """A policy whole, for its name stays where what it admits may not; without what it is called and cited by."""
    place = Place("editions")
    return {key: form.write(getattr(policy, key), place) for key, form in forms.items() if key not in _CALLED}


_CALLED = ("name", "citation")


def _roles(roles: frozenset[Role]) -> str:
    return ", ".join(sorted(role.value for role in roles))


def recorded() -> dict[str, dict[str, dict[str, Any]]]:
    """The table: for each profile and edition the release that brought it, and what refused under it."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}


def _record() -> str:
    """Record what is new or unreleased; the complaint where an edition that was released is another now."""
    table = recorded()
    for name, profile in BUILT_IN.items():
        entry = table.setdefault(name, {}).setdefault(profile.edition, {"release": UNRELEASED})
        demands = blocking(profile)
        if entry["release"] == UNRELEASED:
            table[name][profile.edition] = {"release": UNRELEASED, **demands}
        elif {**demands, "release": entry["release"]} != entry:
            return f"{name} {profile.edition} was released in {entry['release']}: give the profile a new edition"
    TABLE.write_text(tomli_w.dumps(table), encoding="utf-8", newline="\n")
    return ""


if __name__ == "__main__":
    sys.exit(_record() or None)
