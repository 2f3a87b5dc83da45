"""Real certificates of TPM makers, SDC, IDevID, Matter and post-quantum algorithms: answers, reasons, and their end."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from conformance import samples
from conformance.samples import QUESTIONS, Question
from devicetrust import Certificate, Outcome, TrustAnchor, Verdict, profiles

ONE_SECOND = timedelta(seconds=1)
# RFC 5280 4.1.2.5: the date that stands for none.
NEVER = datetime.fromisoformat("9999-12-31T23:59:59Z")

EXTRA_PARAMETERS = [
    ("algorithm_parameters_extra", "tbsCertificate.signature"),
    ("algorithm_parameters_extra", "signatureAlgorithm"),
]
SET_ORDER = [("set_order", "tbsCertificate.issuer"), ("set_order", "tbsCertificate.subject")]
INTEL_ROOT = "CN=www.intel.com,OU=OnDie CA Root Cert Signing,O=Intel Corporation,L=Santa Clara,ST=CA,C=US"
# What pyca refuses to load: extra data in an AlgorithmIdentifier, and a SET OF that is not in DER order.
REFUSED_BY_PYCA = {
    INTEL_ROOT: EXTRA_PARAMETERS,
    "C=TW+CN=Nuvoton TPM Root CA 1110+O=Nuvoton Technology Corporation": SET_ORDER,
    "C=TW+CN=Nuvoton TPM Root CA 1111+O=Nuvoton Technology Corporation": SET_ORDER,
    "C=TW+CN=Nuvoton TPM Root CA 2111+O=Nuvoton Technology Corporation": SET_ORDER,
    "C=TW+CN=Nuvoton TPM Root CA 2112+O=Nuvoton Technology Corporation": SET_ORDER,
}
# Each refusal under rfc5280: the certificate, and the code, index and owner of what refuses it.
REFUSED_BY_RFC5280 = [
    ("CN=www.intel.com,OU=ODCA CA2 CSME Intermediate CA", "encoding.not_tolerated", 1, INTEL_ROOT),
    ("CN=www.intel.com,OU=ODCA CA2 OSSE Intermediate CA", "encoding.not_tolerated", 1, INTEL_ROOT),
]
# A root of AMD has a GeneralizedTime before 2050, which every profile reads (RFC 5280 4.1.2.5) and none passes over.
AMD_INTERMEDIATE = "CN=PRG-RPL,O=Advanced Micro Devices,ST=CA,L=Santa Clara,C=US,OU=Engineering"


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    found = shared / "samples"
    if not found.is_dir():
        pytest.skip("no samples in the shared folder")
    return found


@pytest.fixture(scope="module")
def tolerant(folder: Path) -> list[Verdict]:
    return samples.ask_tpm(folder, profiles.rfc5280_tolerant)


def test_every_root_of_a_tpm_maker_is_read(folder: Path) -> None:
    """Of 26 roots, all are read, those that pyca refuses too, and each deviation is named with its field."""
    roots = samples.tpm_roots(folder)
    assert len(roots) == samples.TPM_ROOTS
    assert [root.unreadable for root in roots] == [None] * samples.TPM_ROOTS
    refused = {
        str(root.subject): [(deviation.tolerance.value, deviation.field) for deviation in root.deviations]
        for root in roots
        if not _pyca_loads(root)
    }
    assert refused == REFUSED_BY_PYCA


def test_all_tpm_intermediates_verify_under_the_tolerant_profile(tolerant: list[Verdict]) -> None:
    """The CA certificates of devices in the field verify: 143 of 143, as OpenSSL does."""
    assert len(tolerant) == samples.TPM_INTERMEDIATES
    assert [verdict.headline for verdict in tolerant if verdict.outcome is not Outcome.TRUSTED] == []


def test_each_tolerance_on_a_path_is_a_finding(tolerant: list[Verdict]) -> None:
    """What was tolerated is said, with certificate and field, and nothing else is."""
    said = {
        str(_leaf(verdict).subject): [
            (str(finding.facts["tolerance"]), finding.where.field)
            for finding in verdict.findings
            if finding.code.id == "encoding.tolerated"
        ]
        for verdict in tolerant
    }
    generalized = [
        ("time_generalized_before_2050", "tbsCertificate.validity.notBefore"),
        ("time_generalized_before_2050", "tbsCertificate.validity.notAfter"),
    ]
    assert {subject: found for subject, found in said.items() if found} == {
        **{subject: EXTRA_PARAMETERS for subject, *_ in REFUSED_BY_RFC5280},
        AMD_INTERMEDIATE: generalized,
    }


def test_each_strict_refusal_is_explained(folder: Path) -> None:
    """Under rfc5280, which tolerates none of it, exactly the certificates below Intel's root fall, by its encoding."""
    verdicts = samples.ask_tpm(folder, profiles.rfc5280)
    refused = [verdict for verdict in verdicts if verdict.outcome is not Outcome.TRUSTED]
    assert [_told(verdict) for verdict in refused] == REFUSED_BY_RFC5280
    assert {verdict.outcome for verdict in refused} == {Outcome.UNTRUSTED}


def test_trust_in_a_tpm_maker_ends_with_the_first_certificate_of_its_path(tolerant: list[Verdict]) -> None:
    """With one path to an anchor, the answer ends one second after the first notAfter on it, as pyca reads them."""
    compared = 0
    for verdict in tolerant:
        members = [member if isinstance(member, Certificate) else member.certificate for member in verdict.path]
        if all(member is not None and _pyca_loads(member) for member in members):
            ends = [x509.load_der_x509_certificate(m.der).not_valid_after_utc for m in members if m is not None]
            first = min(ends)
            assert verdict.horizon.until == (None if first == NEVER else first + ONE_SECOND), verdict.explain()
            compared += 1
    assert compared == samples.TPM_INTERMEDIATES - len(REFUSED_BY_RFC5280)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_answer_and_reason(folder: Path, question: Question) -> None:
    """A real certificate with its CA as anchor, or pinned, is TRUSTED or refused for the reason that is named here."""
    verdict = samples.ask(folder, question)
    assert verdict.outcome is (Outcome.TRUSTED if question.headline is None else Outcome.UNTRUSTED), verdict.explain()
    blocking = list(verdict.blocking())
    if question.headline is None:
        assert blocking == []
    else:
        assert verdict.headline is not None
        assert (verdict.headline.code.id, verdict.headline.where.certificate) == question.headline, verdict.explain()
    if question.among:
        assert question.among in {finding.code.id for finding in verdict.findings}
    if question.words:
        assert any(question.words in finding.what for finding in blocking), verdict.explain()


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.headline is None], ids=str)
def test_trust_lasts_as_long_as_the_dates_say(folder: Path, question: Question) -> None:
    """Trust ends one second after the last valid one, by the finding that the certificate has expired; or never."""
    horizon = samples.ask(folder, question).horizon
    expected = None if question.last_second is None else question.last_second + ONE_SECOND
    assert horizon.until == expected
    assert horizon.recheck == expected
    if expected is None:
        assert horizon.cause is None
        return
    assert horizon.cause is not None
    assert horizon.cause.code.id == "validity.expired"
    assert horizon.cause.facts["not_after"] == question.last_second


def test_no_date_lifts_a_refusal(folder: Path) -> None:
    """What is refused for its making or its past stays refused: no later moment makes it good."""
    refused = [samples.ask(folder, question) for question in QUESTIONS if question.headline is not None]
    assert [verdict.horizon.until for verdict in refused] == [None] * len(refused)


def test_every_verdict_explains_itself(folder: Path, tolerant: list[Verdict]) -> None:
    """Whatever was asked, the tree opens with the outcome, and the data is JSON that says the same."""
    verdicts = [*tolerant, *(samples.ask(folder, question) for question in QUESTIONS)]
    for verdict in verdicts:
        assert verdict.explain().startswith(verdict.outcome.value.upper())
        data = json.loads(json.dumps(verdict.to_dict()))
        assert data["outcome"] == verdict.outcome.value
        assert verdict.headline is not None
        assert data["headline"]["code"] == verdict.headline.code.id
        assert len(data["findings"]) == len(verdict.findings)


def _pyca_loads(certificate: Certificate) -> bool:
    try:
        x509.load_der_x509_certificate(certificate.der)
    except ValueError:
        return False
    return True


def _leaf(verdict: Verdict) -> Certificate:
    leaf = verdict.path[0]
    assert isinstance(leaf, Certificate)
    return leaf


def _told(verdict: Verdict) -> tuple[str, str, int | None, str]:
    """Whose certificate was refused, by which code, at which index, and who is there."""
    headline = verdict.headline
    assert headline is not None
    assert headline.where.certificate is not None
    owner = verdict.path[headline.where.certificate]
    assert isinstance(owner, TrustAnchor)
    return str(_leaf(verdict).subject), headline.code.id, headline.where.certificate, str(owner.subject)
