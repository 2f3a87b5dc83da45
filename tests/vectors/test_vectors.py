"""Cases kept as data: certificates, and what the standard says of them.

The laws: each case has the outcome, the headline, the blocking findings and the horizon that its ``expected.toml``
names; and nothing lies among the cases that no test reads.
"""

from __future__ import annotations

import base64
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devicetrust import Finding, Outcome, Reference, TrustStore, Verdict, Verifier, profiles
from devicetrust.findings import rfc3339

HERE = Path(__file__).parent
ROOMS = ("path", "x509")
BESIDE_THE_ROOMS = {"generate.py", "test_vectors.py", "__pycache__"}
REQUIRED_FILES = {"leaf.pem", "anchors.pem", "expected.toml"}
OPTIONAL_FILES = {"intermediates.pem", "pinned.pem"}
KEYS = {
    "law": str,
    "clause": str,
    "profile": str,
    "at": str,
    "reference": str,
    "outcome": str,
    "headline": list,
    "blocking": list,
    "reported": list,
    "horizon": str,
}
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n")


class Vector(NamedTuple):
    """A case as read: its certificates in DER, and what is expected."""

    leaf: bytes
    intermediates: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    pinned: tuple[bytes, ...]
    expected: dict[str, Any]


def case_names(folder: Path) -> list[str]:
    """Every case as ``room/case``; whatever else lies there is an error."""
    found = {one.name for one in folder.iterdir()}
    unknown = found - set(ROOMS) - BESIDE_THE_ROOMS
    if unknown or not found.issuperset(ROOMS):
        raise ValueError(f"{folder}: rooms are {ROOMS}; unknown {sorted(unknown)}")
    return sorted(f"{room}/{case.name}" for room in ROOMS for case in (folder / room).iterdir())


def load(folder: Path) -> Vector:
    """The case in ``folder``; raises ValueError for a file or key that is unknown or lacking."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a case")
    files = {one.name for one in folder.iterdir()}
    _same(f"{folder}: files", files - OPTIONAL_FILES, REQUIRED_FILES)
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    _same(f"{folder}: keys", set(expected), set(KEYS))
    _same(f"{folder}: types", {(key, type(value)) for key, value in expected.items()}, set(KEYS.items()))
    leaf, *more = _certificates(folder / "leaf.pem")
    if more:
        raise ValueError(f"{folder}: leaf.pem holds more than one certificate")
    intermediates, pinned = (
        _certificates(folder / name) if name in files else () for name in ("intermediates.pem", "pinned.pem")
    )
    return Vector(leaf, intermediates, _certificates(folder / "anchors.pem"), pinned, expected)


def _same(what: str, found: set[Any], wanted: set[Any]) -> None:
    if found != wanted:
        raise ValueError(f"{what}: unknown {found - wanted}, lacking {wanted - found}")


def _certificates(path: Path) -> tuple[bytes, ...]:
    text = path.read_text("ascii")
    found = tuple(base64.b64decode(one) for one in _PEM.findall(text))
    if not found or _PEM.sub("", text):
        raise ValueError(f"{path} holds something else than certificates")
    return found


def verdict(vector: Vector) -> Verdict:
    expected = vector.expected
    kind, _, name = expected["reference"].partition(":")
    reference = {"unchecked": lambda _: Reference.UNCHECKED, "dns": Reference.dns}[kind](name)
    verifier = Verifier(
        TrustStore(vector.anchors, pinned=vector.pinned), profile=getattr(profiles, expected["profile"])
    )
    at = datetime.fromisoformat(expected["at"])
    return verifier.verify(vector.leaf, vector.intermediates, reference=reference, at=at)


def place(finding: Finding) -> list[str | int | None]:
    return [finding.code.id, finding.where.certificate]


CASES = case_names(HERE)


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    """What is asked of a case has the answer that its law demands, with its place and its end."""
    vector = load(HERE / case)
    answer = verdict(vector)
    blocking = list(answer.blocking())
    until = answer.horizon.until
    headline = place(answer.headline) if blocking and answer.headline is not None else []
    assert {
        "outcome": answer.outcome.value,
        "headline": headline,
        "blocking": sorted(map(place, blocking)),
        "horizon": "none" if until is None else rfc3339(until),
    } == {name: vector.expected[name] for name in ("outcome", "headline", "blocking", "horizon")}
    assert [one for one in vector.expected["reported"] if one not in map(place, answer.findings)] == []


@pytest.mark.parametrize("case", CASES)
def test_horizon_is_the_turn(case: str) -> None:
    """At the horizon of a case, and not before, the outcome is another."""
    vector = load(HERE / case)
    until = vector.expected["horizon"]
    last = "9999-12-31T23:59:59Z" if until == "none" else until
    then = verdict(vector._replace(expected={**vector.expected, "at": last})).outcome
    assert (then is not Outcome(vector.expected["outcome"])) == (until != "none")


def test_each_case_states_its_law() -> None:
    """Each case says in a sentence which law it holds, and where that stands."""
    silent = [case for case in CASES if not all(load(HERE / case).expected[key] for key in ("law", "clause"))]
    assert (silent, len(CASES) >= 2 * len(ROOMS)) == ([], True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the good case, to be spoiled."""
    for one in (HERE / "path" / "good").iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    return tmp_path


def test_unknown_file_is_refused(copy: Path) -> None:
    """A file that no test would read is an error."""
    assert load(copy) == load(HERE / "path" / "good")
    (copy / "crl.pem").write_text("", "ascii")
    with pytest.raises(ValueError, match=r"unknown \{'crl\.pem'\}"):
        load(copy)


def test_missing_file_is_refused(copy: Path) -> None:
    """A case without anchors is an error, not a case without trust."""
    (copy / "anchors.pem").unlink()
    with pytest.raises(ValueError, match=r"lacking \{'anchors\.pem'\}"):
        load(copy)


def test_unknown_key_is_refused(copy: Path) -> None:
    """A key that no test would compare is an error."""
    with (copy / "expected.toml").open("a", encoding="utf-8") as file:
        file.write('outcom = "trusted"\n')
    with pytest.raises(ValueError, match=r"unknown \{'outcom'\}"):
        load(copy)


def test_unknown_room_is_refused(tmp_path: Path) -> None:
    """A room that no test knows is an error."""
    for room in (*ROOMS, "crl"):
        (tmp_path / room).mkdir()
    with pytest.raises(ValueError, match="crl"):
        case_names(tmp_path)
