"""The cases of x509-limbo, and the questions they ask.

Makes: `cases`, `expectations`, `ask`.
May import: devicetrust, as its users do.
Must never: bend a case to its expectation; which profile a case runs under is data in limbo.toml.
Read first: `ask`.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import at_hand
from conformance.expectations import Divergence, Refusal, complete, divergences, read_table, refusals
from devicetrust import (
    Certificate,
    Evidence,
    Profile,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_crls,
    profiles,
)
from devicetrust.path.inputs import AnchorChecks


class Expectations(NamedTuple):
    """limbo.toml and the part of divergences.toml that is about limbo."""

    at: datetime
    profiles: dict[str, str]
    overrides: tuple[dict[str, Any], ...]
    trusted: frozenset[str]
    refused: dict[str, Refusal]
    divergences: dict[str, Divergence]

    @property
    def ids(self) -> tuple[str, ...]:
        return (*sorted(self.trusted), *self.refused, *self.divergences)


def location() -> Path | None:
    """The file that ``DEVICETRUST_LIMBO`` names, else the one among the shared data; None where there is none."""
    named = os.environ.get("DEVICETRUST_LIMBO")
    if named:
        return Path(named)
    folder = at_hand.shared()
    found = None if folder is None else folder / "conformance" / "limbo.json.gz"
    return found if found is not None and found.is_file() else None


def cases(path: Path) -> dict[str, dict[str, Any]]:
    """The cases by id. Those of the bettertls suite are another suite's and left out."""
    data = path.read_bytes()
    document = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    return {case["id"]: case for case in document["testcases"] if not case["id"].startswith("bettertls::")}


def expectations() -> Expectations:
    """What limbo.toml and divergences.toml say. Raises `ValueError` for what is contradictory or misspelt."""
    table = read_table("limbo.toml", {"at", "trusted", "profiles", "override", "refused"})
    found = Expectations(
        table["at"],
        table["profiles"],
        tuple(table["override"]),
        frozenset(table["trusted"]),
        refusals(table["refused"]),
        divergences("limbo"),
    )
    if len(found.trusted) != len(table["trusted"]):
        raise ValueError("limbo.toml: a case is listed twice")
    complete(set(found.ids), set(found.trusted), set(found.refused), set(found.divergences))
    for entry in found.overrides:
        if set(entry) - {"anchor_checks"} != {"cases", "profile", "reason"} or not entry["reason"]:
            raise ValueError(f"limbo.toml: an override is cases, profile and reason: {entry}")
        for pattern in entry["cases"]:
            if not any(fnmatchcase(id, pattern) for id in found.ids):
                raise ValueError(f"limbo.toml: no case is called {pattern}")
    return found


def profile_of(case: dict[str, Any], expected: Expectations) -> Profile:
    """The profile that a case runs under, its limit on intermediates aside."""
    for entry in expected.overrides:
        if any(fnmatchcase(case["id"], pattern) for pattern in entry["cases"]):
            profile: Profile = getattr(profiles, entry["profile"])
            if "anchor_checks" in entry:
                return profile.evolve(anchor_checks=AnchorChecks[entry["anchor_checks"]], name=profile.name)
            return profile
    named: Profile = getattr(profiles, expected.profiles[case["validation_kind"]])
    return named


def reference_of(case: dict[str, Any]) -> Reference:
    """Whom a case expects. Raises `devicetrust.MisuseError` for a name that nobody can have."""
    single = case["expected_peer_name"]
    names = ([single] if single else []) + case["expected_peer_names"]
    made = [_REFERENCES[name["kind"]](name["value"]) for name in names]
    return Reference.all_of(*made) if made else Reference.UNCHECKED


def ask(case: dict[str, Any], expected: Expectations, reference: Reference) -> Verdict:
    """The verdict on a case: the status of every certificate required where it has CRLs, revocation aside elsewhere."""
    profile = profile_of(case, expected)
    revocation = RevocationPolicy.REQUIRED if case["crls"] else RevocationPolicy.OFF
    profile = profile.evolve(revocation=revocation, name=profile.name)
    depth = case["max_chain_depth"]
    if depth is not None:
        profile = profile.evolve(max_intermediates=depth, name=profile.name)
    moment = case["validation_time"]
    at = datetime.fromisoformat(moment).astimezone(UTC) if moment else expected.at
    trust = TrustStore(_certificate(text) for text in case["trusted_certs"])
    presented = [_certificate(text) for text in case["untrusted_intermediates"]]
    return Verifier(trust, profile=profile).verify(
        _certificate(case["peer_certificate"]), presented, reference=reference, evidence=_evidence(case), at=at
    )


_REFERENCES = {"DNS": Reference.dns, "IP": Reference.ip, "RFC822": Reference.email}


def _evidence(case: dict[str, Any]) -> Evidence:
    return Evidence(crls=[crl for text in case["crls"] for crl in load_crls(text.encode())])


def _certificate(pem: str) -> Certificate:
    """By hand, for `load_certificates` has tests of its own."""
    return Certificate(base64.b64decode("".join(pem.strip().splitlines()[1:-1])))
