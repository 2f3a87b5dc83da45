"""The public API as a type checker sees it. Nothing here runs.

Makes: one function a promise; mypy --strict reads them in `make types`.
May import: devicetrust, as its users do.
Must never: need a cast or an ignore.
Read first: any.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_type

from cryptography import x509

from devicetrust import (
    Certificate,
    Evidence,
    Finding,
    Horizon,
    Outcome,
    Profile,
    Reference,
    Severity,
    TrustAnchor,
    TrustStore,
    Verdict,
    Verifier,
    Want,
    forecast,
    load_certificates,
    load_crls,
    load_ocsp,
    profiles,
)


def verifies_what_a_peer_presented(path: Path, at: datetime) -> Verdict:
    """The call of the README."""
    verifier = Verifier(TrustStore.from_file(path), profile=profiles.tls_server)
    leaf, *intermediates = load_certificates(path, password=b"secret")
    evidence = Evidence(crls=load_crls(path), ocsp=load_ocsp(b""), certificates=intermediates)
    reference = Reference.any_of(Reference.dns("pump-17.icu.example"), Reference.ip("10.20.30.40"))
    verdict = verifier.verify(leaf, intermediates, reference=reference, evidence=evidence, at=at)
    return assert_type(verdict.require(Outcome.TRUSTED, lasting=timedelta(days=30)), Verdict)


def reads_a_verdict(verdict: Verdict) -> None:
    """Every field has a type that a caller can act on."""
    assert_type(verdict.outcome, Outcome)
    assert_type(verdict.path, tuple[Certificate | TrustAnchor, ...])
    assert_type(verdict.findings, tuple[Finding, ...])
    assert_type(verdict.headline, Finding | None)
    assert_type(verdict.user_constrained_policies, frozenset[str])
    assert_type(verdict.wants, tuple[Want, ...])
    assert_type(verdict.at, datetime)
    assert_type(verdict.horizon, Horizon)
    assert_type(verdict.lifetime, Horizon)
    assert_type(verdict.horizon.until, datetime | None)
    assert_type(verdict.horizon.cause, Finding | None)
    assert_type(verdict.horizon.recheck, datetime | None)
    assert_type(verdict.explain(), str)
    for finding in verdict.findings:
        assert_type(finding.code.id, str)
        assert_type(finding.severity, Severity)
        assert_type(finding.where.certificate, int | None)


def takes_certificates_of_cryptography(certificate: x509.Certificate, verifier: Verifier) -> None:
    """Wherever a `Certificate` is taken, one of ``cryptography`` is taken too."""
    trust = TrustStore([certificate], pinned=[certificate]).including(certificate).without(certificate)
    assert_type(trust, TrustStore)
    assert_type(verifier.verify(certificate, [certificate]), Verdict)
    assert_type(Evidence(certificates=[certificate]), Evidence)
    assert_type(Certificate.from_cryptography(certificate), Certificate)
    assert_type(Certificate(b"").to_cryptography(), x509.Certificate)


def evolves(profile: Profile, verifier: Verifier) -> None:
    """Frozen values make others of their own type."""
    assert_type(profile.evolve(name="ward clients", max_intermediates=1), Profile)
    assert_type(verifier.evolve(profile=profile), Verifier)


def looks_ahead(verifier: Verifier, leaf: Certificate, start: datetime, end: datetime) -> None:
    """A forecast is made of periods with an outcome and a cause."""
    for period in forecast(verifier, leaf, reference=Reference.UNCHECKED, start=start, end=end):
        assert_type(period.start, datetime)
        assert_type(period.end, datetime)
        assert_type(period.outcome, Outcome)
        assert_type(period.cause, Finding | None)
