"""Profiles from TOML.

Makes: `load_profile`.
May import: `forms`, and all that it may.
Must never: pass over a key that it does not know, or let a changed profile bear the name of a built-in one.
Read first: `load_profile`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final

import attrs

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.profiles import BUILT_IN
from devicetrust.profiles.forms import PROFILE, code_ids, fields_of, reportable, rules_of
from devicetrust.profiles.plain_forms import Place, nearest
from devicetrust.profiles.profile import Profile

__all__ = ["load_profile"]

# None cannot be written in TOML: what may be None is left out.
_MAY_LACK: Final = frozenset({"initial_permitted_subtrees", "initial_excluded_subtrees"})
_IN_EACH: Final = ("name", "edition")
_EDITS: Final[tuple[str, ...]] = ("rules_added", "rules_removed", "reported_only_added", "reported_only_removed")
_ALLOWED: Final = ("base", *PROFILE, *_EDITS)
# Ours: the longest profile that names every rule is a hundredth of it.
_MOST_OCTETS: Final = 1024 * 1024


def load_profile(source: str | os.PathLike[str] | bytes) -> Profile:
    """The profile that a TOML file (a path) or its text (bytes, UTF-8) describes.

    ``base`` names the built-in profile to start from; the other keys are the fields of `Profile` by their names, and
    ``rules_added``, ``rules_removed``, ``reported_only_added`` and ``reported_only_removed``, which hold ids of codes.
    Enums are written by the names of their members, durations as ``"7d"`` or in seconds, a strength or revocation
    policy by its name or as a table. ``name`` and ``edition`` are its own; without ``base`` every field is stated.
    Raises `UnreadableInput` where there is no TOML, and `MisuseError`, with file and key, where it is no profile.
    """
    if isinstance(source, bytes):
        return _profile(_parsed(source, "profile"), Place("profile"))
    path = Path(source)
    try:
        octets = path.read_bytes()
    except OSError as problem:
        raise UnreadableInput(f"{path}: the profile cannot be read: {problem.strerror or problem}") from None
    return _profile(_parsed(octets, str(path)), Place(str(path)))


def _parsed(octets: bytes, source: str) -> dict[str, Any]:
    if len(octets) > _MOST_OCTETS:
        raise UnreadableInput(f"{source}: longer than {_MOST_OCTETS} octets, which no profile is")
    try:
        return tomllib.loads(octets.decode("utf-8"))
    except RecursionError:
        raise UnreadableInput(f"{source}: not TOML that can be read: it is nested too deep") from None
    except UnicodeDecodeError as problem:
        raise UnreadableInput(f"{source}: not UTF-8 at octet {problem.start}; TOML is UTF-8 text") from None
    except tomllib.TOMLDecodeError as problem:
        raise UnreadableInput(f"{source}: not TOML: {problem}") from None


def _profile(table: dict[str, Any], place: Place) -> Profile:
    for key in table:
        if key not in _ALLOWED:
            raise place.misuse(f"there is no key {key}{nearest(key, _ALLOWED)} Allowed: {', '.join(sorted(_ALLOWED))}")
    for key in _IN_EACH:
        if key not in table:
            raise place.misuse(f"lacks the key {key}: each verdict tells it, so a profile has its own")
    base = _base(table, place)
    fields = fields_of({key: value for key, value in table.items() if key in PROFILE}, PROFILE, place)
    if base is None:
        lacking = sorted(set(PROFILE) - _MAY_LACK - set(fields))
        if lacking:
            raise place.misuse(
                "names no base, so it states every field; lacking: "
                f'{", ".join(lacking)}. With base = "tls_client", say, what is not stated is as there'
            )
    edits = {key: table[key] for key in _EDITS if key in table}
    fields.update(_edited(base, fields, edits, place))
    try:
        made = Profile(**fields) if base is None else base.evolve(**fields)
    except MisuseError as problem:
        raise place.misuse(str(problem)) from None
    _refuse_borrowed_name(made, place)
    return made


def _base(table: dict[str, Any], place: Place) -> Profile | None:
    if "base" not in table:
        return None
    name = table["base"]
    if not isinstance(name, str) or name not in BUILT_IN:
        close = nearest(name, BUILT_IN) if isinstance(name, str) else "."
        raise place.within("base").misuse(f"{name!r} is no built-in profile{close} Known: {', '.join(BUILT_IN)}")
    return BUILT_IN[name]


def _edited(base: Profile | None, fields: dict[str, Any], edits: dict[str, Any], place: Place) -> dict[str, Any]:
    """``rules`` and ``reported_only`` of the base with what the file adds to them and takes from them."""
    if not edits:
        return {}
    for key in edits:
        whole = key.rpartition("_")[0]
        if base is None or whole in fields:
            raise place.within(key).misuse(f"changes the {whole} of the base; here {whole} itself says all")
    assert base is not None  # noqa: S101, said above
    added = rules_of(edits.get("rules_added", []), place.within("rules_added"))
    removed = rules_of(edits.get("rules_removed", []), place.within("rules_removed"))
    for rule in added:
        if rule in base.rules:
            raise place.within("rules_added").misuse(f"{rule.code.id} is a rule of {base.name} already")
    for rule in removed:
        if rule not in base.rules:
            raise place.within("rules_removed").misuse(f"{rule.code.id} is no rule of {base.name}")
    more = reportable(edits.get("reported_only_added", []), place.within("reported_only_added"))
    fewer = code_ids(edits.get("reported_only_removed", []), place.within("reported_only_removed"))
    for code in sorted(fewer - base.reported_only):
        raise place.within("reported_only_removed").misuse(f"{base.name} does not only report {code}")
    return {
        "rules": (*(rule for rule in base.rules if rule not in removed), *added),
        "reported_only": base.reported_only - fewer | more,
    }


def _refuse_borrowed_name(made: Profile, place: Place) -> None:
    """A name of a built-in profile means that profile, whoever reads it in a verdict."""
    original = BUILT_IN.get(made.name)
    if original is None or original == made:
        return
    changed = [one.name for one in attrs.fields(Profile) if getattr(made, one.name) != getattr(original, one.name)]
    raise place.within("name").misuse(
        f"{made.name} is a built-in profile, and this one differs in {', '.join(changed)}; give it a name of its own"
    )
