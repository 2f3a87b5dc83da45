"""OpenBao, a CA that hospitals run: its certificates, CRL and OCSP responder, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from devicetrust import (
    Certificate,
    Evidence,
    Outcome,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_crls,
    load_ocsp,
    profiles,
)
from interop.openbao_ca import Issued, OpenBao, openbao

GOOD = (Outcome.TRUSTED, "revocation.good", 0)
REVOKED = (Outcome.UNTRUSTED, "revocation.revoked", 0)
UNKNOWN = (Outcome.UNDECIDED, "revocation.unknown", 0)
NAMES = ("pump-1.ward.example.com", "pump-2.ward.example.com")


class Ward(NamedTuple):
    """The server, and the devices: one in order, one revoked. ``at`` is a moment after all that."""

    bao: OpenBao
    good: Issued
    revoked: Issued
    at: datetime


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    with openbao(tmp_path_factory.mktemp("openbao")) as bao:
        good, revoked = map(bao.issue, NAMES)
        bao.revoke(revoked)
        yield Ward(bao, good, revoked, datetime.now(UTC) + timedelta(minutes=1))


def test_certificates_name_their_sources(ward: Ward) -> None:
    """What the tests rest on: each certificate names the CRL and the responder on loopback, by pyca's reader."""
    for issued in (ward.good, ward.revoked):
        extensions = x509.load_pem_x509_certificate(issued.certificate).extensions
        (point,) = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        assert point.full_name == [x509.UniformResourceIdentifier(f"{ward.bao.url}/v1/pki/crl")]
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        named = {one.access_method: one.access_location.value for one in access}
        assert named[x509.AuthorityInformationAccessOID.OCSP] == f"{ward.bao.url}/v1/pki/ocsp"


def test_crl_lists_the_revoked_one_alone(ward: Ward) -> None:
    """The CRL, by pyca's reader, lists the device that was revoked and no other, under the root's signature."""
    crl = x509.load_der_x509_crl(ward.bao.crl())
    revoked = x509.load_pem_x509_certificate(ward.revoked.certificate)
    assert [one.serial_number for one in crl] == [revoked.serial_number]
    root = x509.load_der_x509_certificate(ward.bao.root())
    assert crl.is_signature_valid(root.public_key())  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", [SHA1(), SHA256()], ids=lambda one: one.name)
def test_responder_says_the_same(ward: Ward, algorithm: HashAlgorithm) -> None:
    """The OCSP responder says good and revoked, by pyca's reader, whichever digest the question uses."""
    for issued, status in ((ward.good, ocsp.OCSPCertStatus.GOOD), (ward.revoked, ocsp.OCSPCertStatus.REVOKED)):
        response = ocsp.load_der_ocsp_response(answer(ward, issued, algorithm))
        assert response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        assert (response.certificate_status, response.hash_algorithm.name) == (status, algorithm.name)


def test_verdict_by_the_crl_alone(ward: Ward) -> None:
    """With its CRL alone the device in order is TRUSTED, and the revoked one UNTRUSTED."""
    evidence = Evidence(crls=load_crls(ward.bao.crl()))
    assert said(ask(ward, ward.good, NAMES[0], evidence)) == GOOD
    assert said(ask(ward, ward.revoked, NAMES[1], evidence)) == REVOKED


@pytest.mark.parametrize("algorithm", [SHA1(), SHA256()], ids=lambda one: one.name)
def test_verdict_by_the_response_alone(ward: Ward, algorithm: HashAlgorithm) -> None:
    """With its OCSP response alone the device in order is TRUSTED, and the revoked one UNTRUSTED."""
    for issued, name, expected in ((ward.good, NAMES[0], GOOD), (ward.revoked, NAMES[1], REVOKED)):
        evidence = Evidence(ocsp=load_ocsp(answer(ward, issued, algorithm)))
        assert said(ask(ward, issued, name, evidence)) == expected


def test_verdict_without_evidence(ward: Ward) -> None:
    """Without evidence a server's certificate that names its sources is UNDECIDED, and its wants name their URLs."""
    verdict = ask(ward, ward.good, NAMES[0], Evidence(), policy=profiles.tls_server.revocation)
    assert said(verdict) == UNKNOWN
    wanted = {url for want in verdict.wants for url in want.urls}
    assert wanted == {f"{ward.bao.url}/v1/pki/crl", f"{ward.bao.url}/v1/pki/ocsp"}


def ask(
    ward: Ward,
    issued: Issued,
    name: str,
    evidence: Evidence,
    policy: RevocationPolicy = RevocationPolicy.REQUIRED,
) -> Verdict:
    """The verdict on a device as TLS server under the root."""
    verifier = Verifier(
        TrustStore([Certificate(ward.bao.root())]), profile=profiles.tls_server.evolve(revocation=policy)
    )
    return verifier.verify(view(issued), reference=Reference.dns(name), evidence=evidence, at=ward.at)


def said(verdict: Verdict) -> tuple[Outcome, str, int | None]:
    """The outcome, and the headline with its certificate."""
    assert verdict.headline is not None
    return verdict.outcome, verdict.headline.code.id, verdict.headline.where.certificate


def view(issued: Issued) -> Certificate:
    return Certificate.from_cryptography(x509.load_pem_x509_certificate(issued.certificate))


def answer(ward: Ward, issued: Issued, algorithm: HashAlgorithm) -> bytes:
    """What the responder says of a device, asked by pyca's builder."""
    certificate = x509.load_pem_x509_certificate(issued.certificate)
    root = x509.load_der_x509_certificate(ward.bao.root())
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, root, algorithm).build()
    return ward.bao.ocsp(request.public_bytes(Encoding.DER))
