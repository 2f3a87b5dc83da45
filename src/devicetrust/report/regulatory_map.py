"""Which rules bear on which requirement of a law, a standard or a framework: data, and how well it is known.

Makes: `Framework`, `Requirement`, `HowKnown`, `built_in_frameworks`, `load_frameworks`, `JUDGES`.
May import: errors, findings, path, identity, revocation, profiles, rules.
Must never: print the number of a clause that nobody looked up; say that anybody complies.
Read first: `Requirement`, then ``frameworks.toml`` beside this file.

The form is TOML: ``schema = "devicetrust.regulatory-map/1"``, a table ``[[framework]]`` for each, and in it a table
``[[framework.requirement]]`` for each clause. A file for a licensed text, or for a country, has the same form.
"""

from __future__ import annotations

import enum
import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

import attrs

from devicetrust.errors import UnreadableInput
from devicetrust.findings import Code
from devicetrust.identity import devices, services
from devicetrust.path import codes as of_paths
from devicetrust.path import strength
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.plain_forms import nearest
from devicetrust.revocation import codes as of_revocation
from devicetrust.rules.catalogue import FAMILIES

__all__ = [
    "JUDGES",
    "MAP_SCHEMA",
    "Framework",
    "HowKnown",
    "Requirement",
    "built_in_frameworks",
    "codes_of",
    "load_frameworks",
]

MAP_SCHEMA: Final = "devicetrust.regulatory-map/1"
# Ours: a map of ten thousand clauses.
_MOST_OCTETS: Final = 8 * 1024 * 1024


class HowKnown(enum.Enum):
    """How well a requirement is known to whoever wrote it into the map."""

    READ = "the text of the clause was read"
    EXTRACT = "the clause was read in an extract that others made"
    TOPIC = "known by its topic only; the number of the clause was not verified"


@attrs.frozen(kw_only=True)
class Requirement:
    """What a framework asks for, and the rules that bear on it.

    ``clause`` is empty where ``known`` is `HowKnown.TOPIC`. ``rules`` are names of families, ids of codes, and names of
    judges (`JUDGES`); none where nothing that this library checks bears on it.
    """

    clause: str
    topic: str
    known: HowKnown
    rules: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Framework:
    """A law, a standard or a framework in one edition, with some of its requirements.

    ``strength`` says in a word what it is: ``regulation``, ``standard``, ``recommendation`` …; ``note`` what a reader
    must know before citing it.
    """

    id: str
    name: str
    edition: str
    strength: str
    note: str
    requirements: tuple[Requirement, ...]


def _declared(*rooms: ModuleType) -> frozenset[str]:
    return frozenset(value.id for room in rooms for value in vars(room).values() if isinstance(value, Code))


JUDGES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "path": _declared(of_paths),
        "strength": _declared(strength),
        "revocation": _declared(of_revocation),
        "identity": _declared(services, devices),
    }
)
"""What judges beside the rules, and the codes of each.

The path to an anchor, the strength of keys and signatures, the revocation status, whom the certificate names.
"""


def codes_of(name: str) -> frozenset[str]:
    """The codes that a name in ``rules`` stands for; none for a name that is not known."""
    if name in JUDGES:
        return JUDGES[name]
    if name in FAMILIES:
        return frozenset(rule.code.id for rule in FAMILIES[name])
    return frozenset({name} & known_codes().keys())


@cache
def built_in_frameworks() -> Mapping[str, Framework]:
    """The frameworks that come with the library, by id. Read when first asked for."""
    text = files("devicetrust.report").joinpath("frameworks.toml").read_text("utf-8")
    return MappingProxyType(_read(text, "frameworks.toml"))


def load_frameworks(source: str | os.PathLike[str]) -> Mapping[str, Framework]:
    """The frameworks in the file ``source``, by id.

    Raises `UnreadableInput` for a file that cannot be read, a key that is not known or lacks, and a name in ``rules``
    that is no family, no judge and no code of this library; the text says where.
    """
    path = Path(source)
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_OCTETS + 1)
        if len(content) > _MOST_OCTETS:
            raise UnreadableInput(f"map {path}: longer than {_MOST_OCTETS} octets")
        return MappingProxyType(_read(content.decode("utf-8"), str(path)))
    except OSError as problem:
        raise UnreadableInput(f"map {path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise UnreadableInput(f"map {path}: not UTF-8, as TOML is") from None


# Reading


def _read(text: str, source: str) -> dict[str, Framework]:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise UnreadableInput(f"map {source}: no TOML: {problem}") from None
    where = f"map {source}"
    _expect(table, {"schema": str, "framework": list}, where)
    if table["schema"] != MAP_SCHEMA:
        raise UnreadableInput(f"{where}: schema is {table['schema']!r}; this version reads {MAP_SCHEMA}")
    found: dict[str, Framework] = {}
    for number, entry in enumerate(table["framework"], 1):
        framework = _framework(entry, f"{where}: framework {number}")
        if framework.id in found:
            raise UnreadableInput(f"{where}: framework {number}: the id {framework.id} is there already")
        found[framework.id] = framework
    return found


_FRAMEWORK: Final = {"id": str, "name": str, "edition": str, "strength": str, "note": str, "requirement": list}
_REQUIREMENT: Final = {"clause": str, "topic": str, "known": str, "rules": list}
_KNOWN: Final = {how.name.lower(): how for how in HowKnown}


def _framework(entry: Any, where: str) -> Framework:
    _expect(entry, _FRAMEWORK, where, optional=("note",))
    name = f"{where} ({entry['id']})"
    requirements = [
        _requirement(one, f"{name}: requirement {place}") for place, one in enumerate(entry["requirement"], 1)
    ]
    kept = {key: entry.get(key, "") for key in ("id", "name", "edition", "strength", "note")}
    return Framework(**kept, requirements=tuple(requirements))


def _requirement(entry: Any, where: str) -> Requirement:
    _expect(entry, _REQUIREMENT, where, optional=("clause", "rules"))
    known, clause, rules = _KNOWN.get(entry["known"]), entry.get("clause", ""), entry.get("rules", [])
    if known is None:
        raise UnreadableInput(f"{where}: known is {entry['known']!r}, not one of {', '.join(_KNOWN)}")
    if (known is HowKnown.TOPIC) is bool(clause):
        wanted = (
            "has no clause: its number was not verified" if clause else f"names its clause, or is known = {_TOPIC!r}"
        )
        raise UnreadableInput(f"{where}: a requirement that is known = {entry['known']!r} {wanted}")
    for problem in _unknown(rules):
        raise UnreadableInput(f"{where}: {problem}")
    return Requirement(clause=clause, topic=entry["topic"], known=known, rules=tuple(rules))


_TOPIC: Final = HowKnown.TOPIC.name.lower()


def _unknown(rules: list[Any]) -> Iterator[str]:
    names = [*FAMILIES, *JUDGES, *known_codes()]
    for name in rules:
        if not isinstance(name, str):
            yield f"rules holds {name!r}, which is no text"
        elif not codes_of(name) and name not in FAMILIES:
            yield f"there is no family, judge or code {name!r}{nearest(name, names)}"


def _expect(table: Any, keys: Mapping[str, type], where: str, optional: tuple[str, ...] = ()) -> None:
    if not isinstance(table, dict):
        raise UnreadableInput(f"{where}: a table is wanted, with the keys {', '.join(keys)}")
    for key, value in table.items():
        if key not in keys:
            raise UnreadableInput(f"{where}: unknown key {key}{nearest(key, keys)} Known: {', '.join(keys)}")
        if not isinstance(value, keys[key]):
            raise UnreadableInput(f"{where}: {key} is a {type(value).__name__}, not a {keys[key].__name__}")
    lacking = [key for key in keys if key not in table and key not in optional]
    if lacking:
        raise UnreadableInput(f"{where}: lacks {', '.join(lacking)}")
