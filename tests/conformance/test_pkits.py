"""NIST PKITS: every test, revocation aside, and what only a CRL decides."""

from __future__ import annotations

import pytest

from conformance import pkits
from conformance.expectations import Fault
from devicetrust import Outcome, profiles

TESTS = pkits.tests()
EXPECTED = pkits.expectations()
# A strength policy for the tests that are about nothing but DSA signatures.
WITHDRAWN = profiles.rfc5280.strength._replace(
    name="with DSA and SHA-1",
    keys=profiles.rfc5280.strength.keys | {"DSA"},
    digests=profiles.rfc5280.strength.digests | {"SHA-1"},
)

VALID = [id for id, test in TESTS.items() if test.valid and id not in EXPECTED.divergences]


def test_every_section_is_there() -> None:
    """All sections are there, with as many tests as PKITS has, each of its variants counted."""
    assert {test.section for test in TESTS.values()} == {f"4.{section}" for section in range(1, 17)}
    assert len(TESTS) == 249
    assert sum(test.valid for test in TESTS.values()) == 114


@pytest.mark.parametrize("id", VALID)
def test_valid_path(id: str) -> None:
    """A path that PKITS calls valid is TRUSTED, and the user-constrained policy set is the one that PKITS states."""
    verdict = pkits.ask(TESTS[id])
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert TESTS[id].policies is not None
    assert verdict.user_constrained_policies == TESTS[id].policies


@pytest.mark.parametrize("id", EXPECTED.refused)
def test_invalid_path(id: str) -> None:
    """A path that PKITS calls invalid is UNTRUSTED for the reviewed reason, on the reviewed certificate."""
    refusal = EXPECTED.refused[id]
    verdict = pkits.ask(TESTS[id])
    assert verdict.outcome is Outcome.UNTRUSTED, verdict.explain()
    assert verdict.headline is not None
    assert (verdict.headline.code.id, verdict.headline.where.certificate) == refusal.headline, verdict.explain()
    if refusal.fault is not None:
        assert refusal.fault in [Fault(found.code.id, found.where.certificate) for found in verdict.findings]


@pytest.mark.parametrize("id", [id for id, test in TESTS.items() if not test.valid])
def test_policies_of_an_invalid_path(id: str) -> None:
    """Where PKITS states the set of an invalid path it is empty, and no refused path has one (RFC 5280 6.1.6)."""
    if TESTS[id].policies is not None:
        assert TESTS[id].policies == frozenset()
    if id in EXPECTED.refused:
        assert pkits.ask(TESTS[id]).user_constrained_policies == frozenset()
    else:
        assert TESTS[id].policies is None, "what only the status of a certificate decides has no set stated"


@pytest.mark.parametrize("id", EXPECTED.divergences)
def test_recorded_divergence(id: str) -> None:
    """A divergence comes out as recorded; otherwise its entry is stale."""
    entry = EXPECTED.divergences[id]
    verdict = pkits.ask(TESTS[id])
    assert verdict.outcome.value == entry.actual, "stale: remove the entry"
    assert verdict.headline is not None
    if entry.headline is not None:
        assert (verdict.headline.code.id, verdict.headline.where.certificate) == entry.headline


@pytest.mark.parametrize("id", EXPECTED.by_status)
def test_only_status_decides(id: str) -> None:
    """What is refused for the status of a certificate alone is trusted with revocation off, and says so."""
    verdict = pkits.ask(TESTS[id])
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert "revocation.not_checked" in {finding.code.id for finding in verdict.findings}


def test_dsa_where_a_policy_names_it() -> None:
    """4.1.4 is refused for its algorithms alone: a strength policy that names DSA and SHA-1 accepts it."""
    verdict = pkits.ask(TESTS["4.1.4"], profiles.rfc5280.evolve(strength=WITHDRAWN))
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert verdict.user_constrained_policies == TESTS["4.1.4"].policies


def test_dsa_signature_that_is_wrong() -> None:
    """4.1.6 is refused for its signature, whatever the strength policy admits."""
    verdict = pkits.ask(TESTS["4.1.6"], profiles.rfc5280.evolve(strength=WITHDRAWN))
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert verdict.headline.code.id == "certificate.unreadable"
    assert str(verdict.headline.facts["reason"]).startswith("signatureValue:")


def test_inherited_dsa_parameters_are_refused_as_dsa() -> None:
    """4.1.5 says DSA in its reason, and no strength policy lets it in."""
    verdict = pkits.ask(TESTS["4.1.5"], profiles.rfc5280.evolve(strength=WITHDRAWN))
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert "DSA" in str(verdict.headline.facts["reason"])
