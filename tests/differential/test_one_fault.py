"""Generated chains, good ones and ones with a single fault, against two independent engines.

The laws: what devicetrust trusts, pyca's verifier and OpenSSL trust too, unless ``explained.toml`` says why not; and
each fault has the headline that ``headlines.toml`` names, at the certificate that the generator spoiled.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from devicetrust import Certificate, Outcome, Reference, RevocationPolicy, TrustStore, Verdict, Verifier, profiles
from engines import OPINIONS
from pki_faults import FAULTS
from pki_shapes import SHAPES, Case

SLOW = os.environ.get("DEVICETRUST_SLOW") == "1"
# So many that each shape and each side of TLS comes up: what explains nothing in the fast setting is stale.
CHAINS_OF_A_SHAPE = 200 if SLOW else 40
CHAINS_WITH_A_FAULT = 200 if SLOW else 24
HERE = Path(__file__).parent
# The engines are asked without CRLs here.
PROFILES = {name: getattr(profiles, name).evolve(revocation=RevocationPolicy.OFF) for name in OPINIONS}


class Explanation(NamedTuple):
    """Why an engine refuses, saying ``says``, what devicetrust trusts: in one shape of chain, or with one fault."""

    shape: str
    fault: str
    engine: str
    profile: str
    says: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        names = (self.shape in ("", difference.case.shape)) and (self.fault in ("", difference.case.name))
        return (
            names
            and (self.engine, self.profile) == (difference.engine, difference.profile)
            and self.says in difference.says
        )


class Difference(NamedTuple):
    """What devicetrust trusts and an engine does not."""

    case: Case
    engine: str
    profile: str
    says: str

    def __str__(self) -> str:
        return f"{self.case.name} ({self.case.shape}), {self.profile}: {self.engine} says {self.says!r}"


def test_never_more_permissive() -> None:
    """Whatever devicetrust trusts, each engine trusts too, unless a recorded reason says why not."""
    explanations = explained()
    unexplained = [str(one) for one in differences() if not any(why.covers(one) for why in explanations)]
    assert sorted(set(unexplained)) == []


def test_no_stale_explanation() -> None:
    """Each recorded reason explains a difference that is there."""
    stale = [str(why) for why in explained() if not any(why.covers(one) for one in differences())]
    assert stale == []


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_good_chains_are_trusted(shape: str) -> None:
    """A chain without a fault is trusted under each profile, by the certificates from the leaf to its root."""
    for case in cases(shape):
        for profile in profiles_for(case):
            verdict = verify(case, profile)
            assert (verdict.outcome, verdict.path[0]) == (Outcome.TRUSTED, Certificate(case.leaf))
            assert verdict.anchor is not None
            assert verdict.anchor.certificate == Certificate(case.roots[0])


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_headline(fault: str) -> None:
    """One fault has one headline, at the certificate where the fault is; a profile that permits it trusts the chain."""
    expected = headlines()[fault]
    for case in cases(fault):
        for profile in profiles_for(case):
            code = expected[profile]
            wanted = (Outcome.TRUSTED,) if code == "trusted" else (Outcome.UNTRUSTED, code, case.guilty)
            assert said(verify(case, profile)) == wanted, (profile, case.shape)


def test_each_fault_is_a_fault() -> None:
    """For each fault an independent engine refuses every chain that has it, but for the faults recorded as unseen."""
    unseen = {
        fault
        for fault in FAULTS
        for case in cases(fault)
        if not any(opinion(case) for opinion in OPINIONS[f"tls_{case.kind}"].values())
    }
    assert unseen == {entry["fault"] for entry in read("explained.toml")["unseen"]}


def said(verdict: Verdict) -> tuple[object, ...]:
    """The outcome; with the headline's code and place where it is not trust."""
    if verdict.outcome is Outcome.TRUSTED:
        return (Outcome.TRUSTED,)
    assert verdict.headline is not None
    return (verdict.outcome, verdict.headline.code.id, verdict.headline.where.certificate)


def verify(case: Case, profile: str) -> Verdict:
    verifier = Verifier(TrustStore(map(Certificate, case.roots)), profile=PROFILES[profile])
    reference = Reference.dns(case.dns_name) if profile == "tls_server" else None
    intermediates = map(Certificate, case.intermediates)
    return verifier.verify(Certificate(case.leaf), intermediates, reference=reference, at=case.at)


def profiles_for(case: Case) -> tuple[str, str]:
    return f"tls_{case.kind}", "rfc5280"


@cache
def cases(name: str) -> tuple[Case, ...]:
    """The cases of one fault or shape, each with a seed of its own."""
    shape = SHAPES.get(name)
    if shape is None:
        return tuple(FAULTS[name](Random(f"{name} {seed}")) for seed in range(CHAINS_WITH_A_FAULT))
    sources = [Random(f"{name} {seed}") for seed in range(CHAINS_OF_A_SHAPE)]
    return tuple(shape(rng)._replace(shape=name).case(name, rng) for rng in sources)


@lru_cache(maxsize=1)
def differences() -> tuple[Difference, ...]:
    return tuple(_differences())


def _differences() -> Iterator[Difference]:
    for name in (*SHAPES, *FAULTS):
        for case in cases(name):
            for profile in profiles_for(case):
                if verify(case, profile).outcome is not Outcome.TRUSTED:
                    continue
                for engine, opinion in OPINIONS[profile].items():
                    says = opinion(case)
                    if says is not None:
                        yield Difference(case, engine, profile, says)


def explained() -> list[Explanation]:
    """The recorded reasons, one for each profile that an entry names."""
    found = []
    for entry in read("explained.toml")["difference"]:
        subject = {"shape", "fault"} & set(entry)
        assert (len(subject), set(entry) - subject) == (1, {"engine", "profiles", "says", "reason"}), entry
        names = {"shape": "", "fault": "", **{key: entry[key] for key in ("engine", "says", "reason", *subject)}}
        found += [Explanation(profile=profile, **names) for profile in entry["profiles"]]
    return found


def headlines() -> dict[str, dict[str, str]]:
    """The expected code by fault and profile; ``tls`` stands for both sides, ``all`` for every profile."""
    read_faults = read("headlines.toml")
    assert set(read_faults) == set(FAULTS)
    table = {}
    for fault, entry in read_faults.items():
        assert set(entry) <= {"all", "tls", *PROFILES}, fault
        both = entry.get("all", entry.get("tls", ""))
        defaults = {"tls_server": both, "tls_client": both, "rfc5280": entry.get("all", "")}
        table[fault] = {profile: entry.get(profile, code) for profile, code in defaults.items()}
    return table


@cache
def read(name: str) -> dict[str, Any]:
    data = tomllib.loads((HERE / name).read_text("utf-8"))
    if name == "explained.toml":
        assert set(data) == {"difference", "unseen"}
        assert all(set(entry) == {"fault", "reason"} for entry in data["unseen"])
    return data
