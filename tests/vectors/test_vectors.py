"""Cases kept as data: certificates, and what the standard says of them.

The laws: each case has the outcome, the headline, the blocking findings and the horizon that its ``expected.toml``
names; and nothing lies among the cases that no test reads. A case of the room ``revocation`` also names all that is
found about revocation and the clock, what is wanted, and the lifetime. Certificates are by index, 0 is the leaf; a
finding about the whole question has none.
"""

from __future__ import annotations

import base64
import re
import shutil
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devicetrust import (
    Certificate,
    Evidence,
    Finding,
    Horizon,
    Outcome,
    Profile,
    Reference,
    RevocationPolicy,
    TimeInterval,
    TrustStore,
    Verdict,
    Verifier,
    profiles,
)
from devicetrust.findings import rfc3339
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse

HERE = Path(__file__).parent
ROOMS = ("path", "revocation", "x509")
# The room ``rules`` has a test of its own.
BESIDE_THE_ROOMS = re.compile(r"rules|__pycache__|(generate|test|revocation)(_[a-z0-9]+)*\.py")
REQUIRED_FILES = {"leaf.pem", "anchors.pem", "expected.toml"}
OPTIONAL_FILES = {"intermediates.pem", "pinned.pem"}
RESPONSE_FILE = re.compile(r"response-[1-9]\.der")
KEYS = {
    "law": str,
    "clause": str,
    "profile": str,
    "at": str,
    "reference": str,
    "outcome": str,
    "headline": list,
    "blocking": list,
    "horizon": str,
}
PATH_KEYS = {"reported": list}
REVOCATION_KEYS = {
    "policy": str,
    "stale_grace": int,
    "latest": str,
    "revocation": list,
    "wants": list,
    "lifetime": str,
}
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\n([A-Za-z0-9+/=\n]+)-----END \1-----\n")


class Vector(NamedTuple):
    """A case as read: its certificates, CRLs and OCSP responses in DER, and what is expected."""

    leaf: bytes
    intermediates: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    pinned: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    responses: tuple[bytes, ...]
    expected: dict[str, Any]


def case_names(folder: Path) -> list[str]:
    """Every case as ``room/case``; whatever else lies there is an error."""
    found = {one.name for one in folder.iterdir()}
    unknown = {name for name in found - set(ROOMS) if not BESIDE_THE_ROOMS.fullmatch(name)}
    if unknown or not found.issuperset(ROOMS):
        raise ValueError(f"{folder}: rooms are {ROOMS}; unknown {sorted(unknown)}")
    return sorted(f"{room}/{case.name}" for room in ROOMS for case in (folder / room).iterdir())


def load(folder: Path) -> Vector:
    """The case in ``folder``; raises ValueError for a file or key that is unknown or lacking."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a case")
    evidence = folder.parent.name == "revocation"
    keys = KEYS | (REVOCATION_KEYS if evidence else PATH_KEYS)
    files = {one.name for one in folder.iterdir()}
    answers = sorted(name for name in files if evidence and RESPONSE_FILE.fullmatch(name))
    optional = OPTIONAL_FILES | ({"crls.pem", *answers} if evidence else set())
    _same(f"{folder}: files", files - optional, REQUIRED_FILES)
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    _same(f"{folder}: keys", set(expected), set(keys))
    _same(f"{folder}: types", {(key, type(value)) for key, value in expected.items()}, set(keys.items()))
    leaf, *more = _certificates(folder / "leaf.pem")
    if more:
        raise ValueError(f"{folder}: leaf.pem holds more than one certificate")
    intermediates, pinned = (
        _certificates(folder / name) if name in files else () for name in ("intermediates.pem", "pinned.pem")
    )
    crls = _pem(folder / "crls.pem", "X509 CRL") if "crls.pem" in files else ()
    responses = tuple((folder / name).read_bytes() for name in answers)
    return Vector(leaf, intermediates, _certificates(folder / "anchors.pem"), pinned, crls, responses, expected)


def _same(what: str, found: set[Any], wanted: set[Any]) -> None:
    if found != wanted:
        raise ValueError(f"{what}: unknown {found - wanted}, lacking {wanted - found}")


def _certificates(path: Path) -> tuple[bytes, ...]:
    return _pem(path, "CERTIFICATE")


def _pem(path: Path, label: str) -> tuple[bytes, ...]:
    """The pieces in a PEM file; it holds nothing but pieces of this label."""
    text = path.read_text("ascii")
    found = _PEM.findall(text)
    if not found or _PEM.sub("", text) or {one for one, _ in found} != {label}:
        raise ValueError(f"{path} holds something else than {label}")
    return tuple(base64.b64decode(content) for _, content in found)


def verdict(vector: Vector) -> Verdict:
    expected = vector.expected
    kind, _, name = expected["reference"].partition(":")
    reference = {"unchecked": lambda _: Reference.UNCHECKED, "dns": Reference.dns}[kind](name)
    verifier = Verifier(TrustStore(vector.anchors, pinned=vector.pinned), profile=profile(expected))
    evidence = Evidence(
        crls=map(CertificateRevocationList, vector.crls),
        ocsp=[OCSPResponse(response) for response in vector.responses],
    )
    at = datetime.fromisoformat(expected["at"])
    latest = expected.get("latest")
    return verifier.verify(
        vector.leaf,
        vector.intermediates,
        reference=reference,
        evidence=evidence,
        at=TimeInterval(at, datetime.fromisoformat(latest)) if latest else at,
    )


def profile(expected: dict[str, Any]) -> Profile:
    """The profile that a case names, with the policy that one about revocation names."""
    named: Profile = getattr(profiles, expected["profile"])
    if "policy" not in expected:
        return named
    policy: RevocationPolicy = getattr(RevocationPolicy, expected["policy"])
    return named.evolve(revocation=policy.evolve(stale_grace=timedelta(seconds=expected["stale_grace"])))


def place(finding: Finding) -> list[str | int]:
    """Code and certificate; the code alone where a finding is about the whole question."""
    index = finding.where.certificate
    return [finding.code.id] if index is None else [finding.code.id, index]


def until(horizon: Horizon) -> str:
    return "none" if horizon.until is None else rfc3339(horizon.until)


CASES = case_names(HERE)


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    """What is asked of a case has the answer that its law demands, with its place and its end."""
    vector = load(HERE / case)
    answer = verdict(vector)
    blocking = list(answer.blocking())
    told = bool(blocking) or answer.outcome is not Outcome.TRUSTED
    headline = place(answer.headline) if told and answer.headline is not None else []
    assert {
        "outcome": answer.outcome.value,
        "headline": headline,
        "blocking": sorted(map(place, blocking)),
        "horizon": until(answer.horizon),
    } == {name: vector.expected[name] for name in ("outcome", "headline", "blocking", "horizon")}
    assert [one for one in vector.expected.get("reported", []) if one not in map(place, answer.findings)] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("revocation/")])
def test_case_of_revocation(case: str) -> None:
    """All that is found about revocation and the clock, what is wanted, and the lifetime are as the case names them."""
    vector = load(HERE / case)
    answer = verdict(vector)
    index = {one.fingerprint: position for position, one in enumerate(answer.path) if isinstance(one, Certificate)}
    assert {
        "revocation": sorted(place(one) for one in answer.findings if one.code.id.startswith(("revocation", "clock"))),
        "wants": sorted([want.kind.name.lower(), index[want.certificate]] for want in answer.wants),
        "lifetime": until(answer.lifetime),
    } == {name: vector.expected[name] for name in ("revocation", "wants", "lifetime")}


@pytest.mark.parametrize("case", CASES)
def test_horizon_is_the_turn(case: str) -> None:
    """At the horizon of a case, and not before, the outcome is another."""
    vector = load(HERE / case)
    turn = vector.expected["horizon"]
    last = "9999-12-31T23:59:59Z" if turn == "none" else turn
    then = verdict(vector._replace(expected=moved(vector.expected, last))).outcome
    assert (then is not Outcome(vector.expected["outcome"])) == (turn != "none")
    if turn != "none":
        before = rfc3339(datetime.fromisoformat(turn) - timedelta(seconds=1))
        assert (
            verdict(vector._replace(expected=moved(vector.expected, before))).outcome.value
            == (vector.expected["outcome"])
        )


def moved(expected: dict[str, Any], at: str) -> dict[str, Any]:
    """The same question at another moment; an interval keeps its width."""
    if not expected.get("latest"):
        return {**expected, "at": at}
    by = datetime.fromisoformat(at) - datetime.fromisoformat(expected["at"])
    return {**expected, "at": at, "latest": rfc3339(datetime.fromisoformat(expected["latest"]) + by)}


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
    (copy / "crls.pem").write_text("", "ascii")
    with pytest.raises(ValueError, match=r"unknown \{'crls\.pem'\}"):
        load(copy)


@pytest.mark.parametrize("name", ["crl.pem", "response.der", "response-10.der", "response-0.der", "responses.pem"])
def test_unknown_evidence_is_refused(tmp_path: Path, name: str) -> None:
    """Evidence under a name that no test would read is an error in the room of revocation too."""
    folder = tmp_path / "revocation" / "good"
    shutil.copytree(HERE / "revocation" / "good", folder)
    assert load(folder) == load(HERE / "revocation" / "good")
    (folder / name).write_bytes(b"")
    with pytest.raises(ValueError, match="unknown"):
        load(folder)


def test_a_key_of_another_room_is_refused(copy: Path) -> None:
    """A policy in a case of paths would be read by nobody."""
    with (copy / "expected.toml").open("a", encoding="utf-8") as file:
        file.write('policy = "OFF"\n')
    with pytest.raises(ValueError, match=r"unknown \{'policy'\}"):
        load(copy)


def test_pieces_of_another_kind_are_refused(tmp_path: Path) -> None:
    """A certificate among the CRLs is an error, not a CRL fewer."""
    folder = tmp_path / "revocation" / "good"
    shutil.copytree(HERE / "revocation" / "good", folder)
    shutil.copyfile(folder / "leaf.pem", folder / "crls.pem")
    with pytest.raises(ValueError, match="something else than X509 CRL"):
        load(folder)


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
