"""What is expected of a case: the shapes that limbo.toml, pkits.toml and divergences.toml share.

Makes: `Fault`, `Refusal`, `Divergence`, and what reads them.
May import: the standard library.
Must never: pass over a key that it does not know, so that a misspelt expectation is an error.
Read first: `Refusal`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent


class Fault(NamedTuple):
    """The code of a finding, and the index of its certificate; None where it is about no certificate of the path."""

    code: str
    certificate: int | None = None


class Refusal(NamedTuple):
    """How a case is refused: its headline, and the very fault where that is another one.

    ``reference_refused`` is part of the sentence with which `Reference` itself refuses the name asked for.
    """

    headline: Fault
    fault: Fault | None = None
    reference_refused: str = ""
    note: str = ""


class Divergence(NamedTuple):
    """A case that comes out otherwise than its suite expects. ``headline`` where it is refused."""

    id: str
    expected: str
    actual: str
    reason: str
    headline: Fault | None = None


def read_table(name: str, known: set[str]) -> dict[str, Any]:
    """A TOML file of this folder that has exactly the keys ``known``."""
    table = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    if set(table) != known:
        raise ValueError(f"{name}: unknown or missing keys {sorted(set(table) ^ known)}")
    return table


def refusals(table: Mapping[str, dict[str, Any]]) -> dict[str, Refusal]:
    """The entries of a table of refusals, by the id of the case."""
    return {id: _refusal(id, entry) for id, entry in table.items()}


def faults(table: Mapping[str, dict[str, Any]]) -> dict[str, Fault]:
    """The entries of a table of plain faults, each a code and a certificate, by the id of the case."""
    for id, entry in table.items():
        if set(entry) != {"code", "certificate"}:
            raise ValueError(f"{id}: a code and a certificate, not {sorted(entry)}")
    return {id: _fault(entry) for id, entry in table.items()}


def divergences(suite: str) -> dict[str, Divergence]:
    """The recorded divergences from ``suite`` (``limbo`` or ``pkits``), by the id of the case."""
    entries = read_table("divergences.toml", {"limbo", "pkits"})[suite]
    found = {entry["id"]: _divergence(entry) for entry in entries}
    if len(found) != len(entries):
        raise ValueError(f"divergences.toml: a case of {suite} is there twice")
    return found


def complete(expected: set[str], *parts: set[str]) -> None:
    """Raise `ValueError` unless every case of ``expected`` is in exactly one of ``parts``, and nothing else is."""
    listed = set().union(*parts)
    if listed != expected:
        raise ValueError(f"missing: {sorted(expected - listed)}; unknown: {sorted(listed - expected)}")
    if sum(map(len, parts)) != len(listed):
        raise ValueError("a case is listed twice")


def _refusal(id: str, entry: dict[str, Any]) -> Refusal:
    _only_known(id, entry, {"code", "certificate", "fault", "reference_refused", "note"})
    if ("fault" in entry or "reference_refused" in entry) and not entry.get("note"):
        raise ValueError(f"{id}: a headline that is not the fault needs a note")
    return Refusal(
        _fault(entry),
        None if "fault" not in entry else _fault(entry["fault"]),
        entry.get("reference_refused", ""),
        entry.get("note", ""),
    )


def _divergence(entry: dict[str, Any]) -> Divergence:
    id = entry["id"]
    _only_known(id, entry, {"id", "expected", "actual", "reason", "code", "certificate"})
    if entry["actual"] not in ("trusted", "untrusted") or not entry["reason"]:
        raise ValueError(f"{id}: a divergence has an outcome and a reason")
    headline = _fault(entry) if "code" in entry else None
    if (headline is None) != (entry["actual"] == "trusted"):
        raise ValueError(f"{id}: a code is given exactly where the case is refused")
    return Divergence(id, entry["expected"], entry["actual"], entry["reason"], headline)


def _fault(entry: Mapping[str, Any]) -> Fault:
    return Fault(entry["code"], entry.get("certificate"))


def _only_known(id: str, entry: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(entry) - known:
        raise ValueError(f"{id}: unknown keys {sorted(unknown)}")
