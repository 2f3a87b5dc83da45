"""x509-limbo: every case, its outcome, and for each refusal the fault that the case is about."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest

from conformance import limbo
from conformance.expectations import Fault, complete
from devicetrust import MisuseError, Outcome, Reference

EXPECTED = limbo.expectations()

Cases: TypeAlias = "dict[str, dict[str, Any]]"


@pytest.fixture(scope="module")
def cases() -> Cases:
    path = limbo.location()
    if path is None:
        pytest.skip("no limbo.json.gz: set DEVICETRUST_LIMBO, or put it beside the checkout as ../shared/conformance")
    return limbo.cases(path)


def test_every_case_has_one_expectation(cases: Cases) -> None:
    """Every case is trusted, refused or a recorded divergence, once, and nothing else is listed."""
    complete(set(cases), set(EXPECTED.trusted), set(EXPECTED.refused), set(EXPECTED.divergences))


@pytest.mark.parametrize("id", sorted(EXPECTED.trusted))
def test_case_that_limbo_accepts(cases: Cases, id: str) -> None:
    """What limbo accepts is TRUSTED, and the path ends in an anchor that limbo trusts."""
    case = cases[id]
    verdict = limbo.ask(case, EXPECTED, limbo.reference_of(case))
    assert case["expected_result"] == "SUCCESS"
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert verdict.anchor is not None


@pytest.mark.parametrize("id", EXPECTED.refused)
def test_case_that_limbo_rejects(cases: Cases, id: str) -> None:
    """What limbo rejects is UNTRUSTED, or UNDECIDED where no CRL will do, with the reviewed headline."""
    case, refusal = cases[id], EXPECTED.refused[id]
    if refusal.reference_refused:
        with pytest.raises(MisuseError, match=refusal.reference_refused):
            limbo.reference_of(case)
    reference = Reference.UNCHECKED if refusal.reference_refused else limbo.reference_of(case)
    verdict = limbo.ask(case, EXPECTED, reference)
    assert case["expected_result"] == "FAILURE"
    undecided = refusal.headline.code == "revocation.unknown"
    assert verdict.outcome is (Outcome.UNDECIDED if undecided else Outcome.UNTRUSTED), verdict.explain()
    assert verdict.headline is not None
    assert (verdict.headline.code.id, verdict.headline.where.certificate) == refusal.headline, verdict.explain()
    if refusal.fault is not None:
        assert refusal.fault in [Fault(f.code.id, f.where.certificate) for f in verdict.blocking()], verdict.explain()


@pytest.mark.parametrize("id", EXPECTED.divergences)
def test_recorded_divergence(cases: Cases, id: str) -> None:
    """A divergence is a false accept by choice, and still is one; otherwise its entry is stale."""
    case, entry = cases[id], EXPECTED.divergences[id]
    verdict = limbo.ask(case, EXPECTED, limbo.reference_of(case))
    assert (entry.expected, entry.actual) == ("FAILURE", "trusted"), "a false reject of limbo is a defect"
    assert (case["expected_result"], verdict.outcome.value) == (entry.expected, entry.actual), "stale: remove the entry"


def test_conflicts_are_settled_by_profile(cases: Cases) -> None:
    """Two cases that limbo declares to conflict run under different profiles, or one answer would have to be wrong."""
    pairs = {(case["id"], other) for case in cases.values() for other in case["conflicts_with"] if other in cases}
    assert pairs
    for one, other in pairs:
        assert limbo.profile_of(cases[one], EXPECTED).digest != limbo.profile_of(cases[other], EXPECTED).digest
