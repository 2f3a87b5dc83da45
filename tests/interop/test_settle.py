"""`fetch.settle` against real counterparts: it gets the status that certificates name from OpenBao and from openssl."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509

from devicetrust import (
    Certificate,
    Outcome,
    Profile,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    fetch,
    profiles,
)
from interop.loopback import HOST, Answer, Exchange, serving
from interop.openbao_ca import OpenBao, openbao
from interop.openssl_ca import Holder, OpenSSLAuthority, answering

GOOD = (Outcome.TRUSTED, "revocation.good", 0)
REVOKED = (Outcome.UNTRUSTED, "revocation.revoked", 0)
UNKNOWN = (Outcome.UNDECIDED, "revocation.unknown", 0)
NAME = "pump-1.ward.example.com"
POLICIES = (RevocationPolicy.REQUIRED, RevocationPolicy.IF_PUBLISHED)


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.mark.parametrize("policy", POLICIES, ids=lambda one: one.name)
@pytest.mark.parametrize(("crl", "ocsp"), [(True, False), (False, True), (True, True)], ids=["CRL", "OCSP", "both"])
def test_openbao(bao: OpenBao, crl: bool, ocsp: bool, policy: RevocationPolicy) -> None:
    """What OpenBao issued is TRUSTED, and UNTRUSTED once it is revoked, by whichever source the certificate names."""
    bao.publish(crl=crl, ocsp=ocsp)
    issued = bao.issue(NAME)
    leaf = Certificate.from_cryptography(x509.load_pem_x509_certificate(issued.certificate))
    verifier = under(Certificate(bao.root()), policy)
    assert said(settled(verifier, leaf)) == GOOD
    bao.revoke(issued)
    assert said(settled(verifier, leaf)) == REVOKED


def test_openbao_gone(tmp_path: Path) -> None:
    """When the CA is down the outcome is UNDECIDED, and says by URL what could not be had."""
    with openbao(tmp_path) as server:
        leaf = Certificate.from_cryptography(x509.load_pem_x509_certificate(server.issue(NAME).certificate))
        verifier = under(Certificate(server.root()), RevocationPolicy.IF_PUBLISHED)
    verdict = settled(verifier, leaf)
    assert said(verdict) == UNKNOWN
    assert verdict.headline is not None
    assert f"{server.url}/v1/pki/ocsp" in str(verdict.headline.facts["reason"])


class Ward(NamedTuple):
    """A CA of openssl with its responder; ``asked`` are the requests that reached it; ``replay`` answers for it."""

    authority: OpenSSLAuthority
    asked: list[Exchange]
    replay: list[bytes]

    def issue(self) -> Holder:
        return self.authority.issue(NAME)


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made: list[Ward] = []

    def respond(request: bytes) -> bytes:
        one = made[0]
        return one.replay[-1] if one.replay else one.authority.response(request, one.authority.root)

    def crl() -> bytes:
        return made[0].authority.crl()

    def answer(asked: Exchange) -> Answer:
        return answering(respond, crl)(asked)

    with serving(answer) as (url, asked):
        made.append(Ward(OpenSSLAuthority(tmp_path / "ca", url=url), asked, []))
        yield made[0]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["settle", "asettle"])
def test_openssl(ward: Ward, asynchronous: bool) -> None:
    """What openssl issued is TRUSTED, and UNTRUSTED once it is revoked, from threads and from asyncio."""
    holder = ward.issue()
    leaf, verifier = view(holder), under(view(ward.authority.root), RevocationPolicy.REQUIRED)
    assert said(settled(verifier, leaf, asynchronous=asynchronous)) == GOOD
    ward.authority.revoke(holder, "cessationOfOperation")
    assert said(settled(verifier, leaf, asynchronous=asynchronous)) == REVOKED


def test_nothing_is_asked_where_nothing_is_wanted(ward: Ward) -> None:
    """With the status at hand the responder is not asked again, nor with revocation off."""
    leaf = view(ward.issue())
    verifier = under(view(ward.authority.root), RevocationPolicy.OFF)
    assert settled(verifier, leaf).outcome is Outcome.TRUSTED
    assert ward.asked == []


def test_nonce_of_openssl(ward: Ward) -> None:
    """openssl repeats a nonce, so a fresh answer is good; the same answer played again for another nonce is not."""
    holder = ward.issue()
    leaf, verifier = view(holder), under(view(ward.authority.root), RevocationPolicy.REQUIRED, sources=("OCSP",))
    assert said(settled(verifier, leaf, nonces=fetch.Nonces.RANDOM)) == GOOD
    request = ward.authority.request(holder, "-nonce")
    ward.replay.append(ward.authority.response(request, ward.authority.root))
    assert said(settled(verifier, leaf, nonces=fetch.Nonces.RANDOM)) == UNKNOWN
    assert said(settled(verifier, leaf)) == GOOD


def test_loopback_is_asked_only_where_named(ward: Ward) -> None:
    """Without leave to ask this machine, nothing is asked, and the outcome is UNDECIDED."""
    verifier = under(view(ward.authority.root), RevocationPolicy.REQUIRED)
    verdict = fetch.settle(verifier, view(ward.issue()), reference=Reference.dns(NAME), fetcher=fetch.HttpFetcher())
    assert (said(verdict), ward.asked) == (UNKNOWN, [])


def under(root: Certificate, policy: RevocationPolicy, *, sources: tuple[str, ...] = ()) -> Verifier:
    """A judge of TLS servers that trusts ``root`` alone."""
    if sources:
        policy = policy.evolve(sources=tuple(one for one in policy.sources if one.value in sources))
    profile: Profile = profiles.tls_server.evolve(revocation=policy)
    return Verifier(TrustStore([root]), profile=profile)


def settled(
    verifier: Verifier, leaf: Certificate, *, asynchronous: bool = False, nonces: fetch.Nonces = fetch.Nonces.NONE
) -> Verdict:
    """The verdict a second from now, with what is wanted fetched from loopback and nowhere else."""
    fetcher = fetch.HttpFetcher(allow=[HOST])
    at = datetime.now(UTC) + timedelta(seconds=2)
    if asynchronous:
        asked = fetch.asettle(verifier, leaf, reference=Reference.dns(NAME), at=at, fetcher=fetcher, nonces=nonces)
        return asyncio.run(asked)
    return fetch.settle(verifier, leaf, reference=Reference.dns(NAME), at=at, fetcher=fetcher, nonces=nonces)


def said(verdict: Verdict) -> tuple[Outcome, str, int | None]:
    """The outcome, and the headline with its certificate."""
    assert verdict.headline is not None
    return verdict.outcome, verdict.headline.code.id, verdict.headline.where.certificate


def view(holder: Holder) -> Certificate:
    return Certificate.from_cryptography(x509.load_pem_x509_certificate(holder.certificate.read_bytes()))
