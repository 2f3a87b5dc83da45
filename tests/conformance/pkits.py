"""NIST PKITS: all its tests, and the questions they ask.

Makes: `PkitsTest`, `tests`, `expectations`, `ask`, and the way to the certificates and CRLs.
May import: devicetrust, as its users do; the certificates come from the package cryptography-vectors.
Must never: change an input of PKITS; a strength policy other than the profile's is the caller's word.
Read first: `PkitsTest`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from conformance.expectations import (
    HERE,
    Divergence,
    Fault,
    Refusal,
    complete,
    divergences,
    faults,
    read_table,
    refusals,
)
from devicetrust import (
    Certificate,
    Evidence,
    Profile,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_crls,
    profiles,
)

# Any moment of 2011 to 2030 serves.
AT = datetime(2022, 5, 1, tzinfo=UTC)

_ANY_POLICY = "2.5.29.32.0"
_NIST_POLICIES = "2.16.840.1.101.3.2.1.48."


# For the tests that are about nothing but DSA signatures.
WITHDRAWN = profiles.rfc5280.evolve(
    strength=profiles.rfc5280.strength.evolve(
        name="with DSA and SHA-1",
        keys=profiles.rfc5280.strength.keys | {"DSA"},
        digests=profiles.rfc5280.strength.digests | {"SHA-1"},
    )
)


class PkitsTest(NamedTuple):
    """One line of pkits.txt. ``path`` is anchor first; ``policies`` is None where PKITS states no set.

    ``further`` are certificates beside the path, of those who sign CRLs; ``crls`` are all CRLs of the test.
    """

    id: str
    valid: bool
    explicit_policy: bool
    mapping_inhibit: bool
    any_policy_inhibit: bool
    initial_policies: frozenset[str]
    policies: frozenset[str] | None
    path: tuple[str, ...]
    further: tuple[str, ...]
    crls: tuple[str, ...]

    @property
    def section(self) -> str:
        return ".".join(self.id.split(".")[:2])


class Expectations(NamedTuple):
    """pkits.toml and the part of divergences.toml that is about PKITS."""

    refused: dict[str, Refusal]
    by_status: dict[str, Fault]
    divergences: dict[str, Divergence]


def tests() -> dict[str, PkitsTest]:
    """The tests of pkits.txt by id."""
    lines = (HERE / "pkits.txt").read_text(encoding="ascii").splitlines()
    found = [_test(line) for line in lines if line and not line.startswith("#")]
    assert len({test.id for test in found}) == len(found), "a test is in pkits.txt twice"
    return {test.id: test for test in found}


def expectations() -> Expectations:
    """What pkits.toml and divergences.toml say. Raises `ValueError` where a test is missing, unknown or there twice."""
    known = tests()
    invalid = {id for id, test in known.items() if not test.valid}
    other = divergences("pkits")
    for id, entry in other.items():
        if id not in known or entry.expected != ("valid" if known[id].valid else "invalid"):
            raise ValueError(f"divergences.toml: PKITS {id} is unknown or expects otherwise")
    table = read_table("pkits.toml", {"refused", "by_status"})
    found = Expectations(refusals(table["refused"]), faults(table["by_status"]), other)
    complete(invalid, set(found.refused), set(found.by_status), set(other) & invalid)
    return found


def ask(
    test: PkitsTest,
    profile: Profile = profiles.rfc5280,
    *,
    revocation: RevocationPolicy = RevocationPolicy.REQUIRED,
    evidence: Evidence | None = None,
) -> Verdict:
    """The verdict on a test with its CRLs at hand, or with the evidence given."""
    profile = profile.evolve(
        revocation=revocation,
        user_initial_policy_set=test.initial_policies,
        initial_explicit_policy=test.explicit_policy,
        initial_policy_mapping_inhibit=test.mapping_inhibit,
        initial_any_policy_inhibit=test.any_policy_inhibit,
    )
    presented = [certificate(name) for name in (*test.path[1:-1], *test.further)]
    return Verifier(TrustStore([certificate(test.path[0])]), profile=profile).verify(
        certificate(test.path[-1]), presented, evidence=crls(test) if evidence is None else evidence, at=AT
    )


def crls(test: PkitsTest) -> Evidence:
    """The CRLs of a test."""
    return Evidence(crls=[one for name in test.crls for one in load_crls(crl(name))])


def certificate(name: str) -> Certificate:
    """A certificate of PKITS by its name there."""
    return Certificate((_data() / "certs" / f"{name}.crt").read_bytes())


def crl(name: str) -> bytes:
    """A CRL of PKITS as DER by its name there."""
    return (_data() / "crls" / f"{name}.crl").read_bytes()


def _data() -> Traversable:
    return files("cryptography_vectors") / "x509" / "PKITS_data"


def _test(line: str) -> PkitsTest:
    id, expected, flags, initial, policies, path, further, crls = (part.strip() for part in line.split("|"))
    assert expected in ("valid", "invalid"), line
    assert set(flags) <= set("ema-"), line
    return PkitsTest(
        id,
        expected == "valid",
        "e" in flags,
        "m" in flags,
        "a" in flags,
        _policies(initial),
        None if policies == "?" else _policies(policies),
        tuple(path.split(",")),
        _names(further),
        ("TrustAnchorRootCRL", *_names(crls)),
    )


def _names(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def _policies(text: str) -> frozenset[str]:
    if text == "-":
        return frozenset()
    return frozenset(_ANY_POLICY if name == "any" else _NIST_POLICIES + name for name in text.split(","))
