"""NIST PKITS: every test with its CRLs, the status of each certificate required."""

from __future__ import annotations

import pytest

from conformance import pkits
from conformance.expectations import Fault
from devicetrust import Evidence, Outcome, RevocationPolicy

TESTS = pkits.tests()
EXPECTED = pkits.expectations()

UNKNOWN = ("revocation.unknown", "revocation.evidence_ended")
STATUSES = ("revocation.revoked", "revocation.on_hold", *UNKNOWN)
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
    """A path that is invalid whatever the status is UNTRUSTED for the reviewed reason, on the reviewed certificate."""
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
def test_status_refuses(id: str) -> None:
    """What a CRL refuses is UNTRUSTED, what no CRL settles is UNDECIDED, each on the certificate that it is about."""
    fault = EXPECTED.by_status[id]
    verdict = pkits.ask(TESTS[id])
    assert verdict.outcome is (Outcome.UNDECIDED if fault.code in UNKNOWN else Outcome.UNTRUSTED), verdict.explain()
    assert verdict.headline is not None
    assert (verdict.headline.code.id, verdict.headline.where.certificate) == fault, verdict.explain()
    others = {(one.code.id, one.where.certificate) for one in verdict.findings if one.code.id.startswith(STATUSES)}
    assert others == {fault}, "no other certificate is revoked, on hold or unknown"


@pytest.mark.parametrize("id", EXPECTED.by_status)
def test_only_status_decides(id: str) -> None:
    """What is refused for the status of a certificate is trusted with revocation off and no CRL, and says so."""
    verdict = pkits.ask(TESTS[id], revocation=RevocationPolicy.OFF, evidence=Evidence())
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert "revocation.not_checked" in {finding.code.id for finding in verdict.findings}


@pytest.mark.parametrize("id", [id for id, fault in EXPECTED.by_status.items() if fault.code not in UNKNOWN])
def test_a_revocation_refuses_under_every_policy(id: str) -> None:
    """With revocation off, too, a CRL at hand that revokes a certificate refuses it."""
    verdict = pkits.ask(TESTS[id], revocation=RevocationPolicy.OFF)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert (verdict.headline.code.id, verdict.headline.where.certificate) == EXPECTED.by_status[id]


@pytest.mark.parametrize("id", VALID)
def test_valid_path_without_its_crls(id: str) -> None:
    """Without a CRL no valid path is trusted: the status of every certificate below the anchor is unknown."""
    verdict = pkits.ask(TESTS[id], evidence=Evidence())
    unknown = {one.where.certificate for one in verdict.findings if one.code.id in UNKNOWN}
    assert verdict.outcome is Outcome.UNDECIDED, verdict.explain()
    assert unknown == set(range(len(TESTS[id].path) - 1))


@pytest.mark.parametrize("id", [id for id, test in TESTS.items() if test.further])
def test_who_signs_crls_may_be_evidence(id: str) -> None:
    """A certificate that verifies a CRL serves as well among the evidence as presented by the peer."""
    test = TESTS[id]
    evidence = pkits.crls(test).including(certificates=[pkits.certificate(name) for name in test.further])
    assert pkits.ask(test._replace(further=()), evidence=evidence) == pkits.ask(test)


def test_dsa_where_a_policy_names_it() -> None:
    """4.1.4 is refused for its algorithms alone: a strength policy that names DSA and SHA-1 accepts it, its CRL too."""
    verdict = pkits.ask(TESTS["4.1.4"], pkits.WITHDRAWN)
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert verdict.user_constrained_policies == TESTS["4.1.4"].policies


def test_dsa_signature_that_is_wrong() -> None:
    """4.1.6 is refused for its signature, whatever the strength policy admits."""
    verdict = pkits.ask(TESTS["4.1.6"], pkits.WITHDRAWN)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert verdict.headline.code.id == "certificate.unreadable"
    assert str(verdict.headline.facts["reason"]).startswith("signatureValue:")


def test_inherited_dsa_parameters_are_refused_as_dsa() -> None:
    """4.1.5 says DSA in its reason, and no strength policy lets it in."""
    verdict = pkits.ask(TESTS["4.1.5"], pkits.WITHDRAWN)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert "DSA" in str(verdict.headline.facts["reason"])
