"""NIST PKITS: sections 4.1 to 4.3, 4.5 to 4.13 and 4.16, as far as no CRL decides."""

from __future__ import annotations

import pytest
from cryptography import x509

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
NAMED_SECTIONS = {f"4.{section}" for section in (1, 2, 3, *range(5, 14), 16)}


def test_every_section_is_there() -> None:
    """All sections are there, with as many tests as PKITS has, but for 4.4, 4.14 and 4.15, which are about CRLs."""
    assert {test.section for test in TESTS.values()} == NAMED_SECTIONS
    assert len(TESTS) == 183


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
        assert TESTS[id].policies is None, "what only a CRL decides has no set stated"


@pytest.mark.parametrize("id", EXPECTED.divergences)
def test_recorded_divergence(id: str) -> None:
    """A divergence comes out as recorded; otherwise its entry is stale."""
    entry = EXPECTED.divergences[id]
    verdict = pkits.ask(TESTS[id])
    assert verdict.outcome.value == entry.actual, "stale: remove the entry"
    assert verdict.headline is not None
    if entry.headline is not None:
        assert (verdict.headline.code.id, verdict.headline.where.certificate) == entry.headline


@pytest.mark.parametrize("id", [id for id, entry in EXPECTED.divergences.items() if entry.decided_by])
def test_only_a_crl_decides(id: str) -> None:
    """An invalid path that is trusted with revocation off has a revoked end entity, or a CA that may sign no CRL."""
    leaf = x509.load_der_x509_certificate(pkits.certificate(TESTS[id].path[-1]).der)
    issuer = x509.load_der_x509_certificate(pkits.certificate(TESTS[id].path[-2]).der)
    assert EXPECTED.divergences[id].decided_by == ("no cRLSign" if not _may_sign_crls(issuer) else "revoked")
    assert _revoked(leaf) == (EXPECTED.divergences[id].decided_by == "revoked")
    codes = {finding.code.id for finding in pkits.ask(TESTS[id]).findings}
    assert "revocation.not_checked" in codes


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


def _may_sign_crls(issuer: x509.Certificate) -> bool:
    return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign


def _revoked(leaf: x509.Certificate) -> bool:
    """Whether a CRL in the name of the leaf's issuer lists it, by pyca's reader."""
    lists = map(x509.load_der_x509_crl, pkits.crls())
    own = [one for one in lists if one.issuer == leaf.issuer]
    return any(one.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None for one in own)
