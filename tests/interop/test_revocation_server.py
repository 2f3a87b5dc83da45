"""`RevocationServer` as clients see it: `fetch.settle`, `openssl ocsp` and urllib, with and without its faults."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp

from devicetrust import (
    Certificate,
    MisuseError,
    Outcome,
    Reference,
    RevocationPolicy,
    RevocationSource,
    TrustStore,
    Verifier,
    fetch,
    profiles,
)
from devicetrust.testing.loopback import LOOPBACK
from devicetrust.testing.responders import Question, ResponderFault, RevocationServer
from interop.loopback import run
from interop.openssl_ca import Holder, OpenSSLAuthority

NAME = "pump-1.ward.example.com"
DAY = timedelta(days=1)


class Ward(NamedTuple):
    """A CA of openssl whose documents pyca makes, and the server that its certificates name."""

    authority: OpenSSLAuthority
    server: RevocationServer
    pump: Holder
    revoked: set[int]

    def ask_openssl(self, *options: str) -> str:
        """What openssl's client says of the pump; it exits with 1 where it got nothing to read."""
        root = self.authority.root.certificate
        return run(self.authority.openssl, "ocsp", "-issuer", root, *options, "-cert", self.pump.certificate, "-CAfile",
                   root, "-url", self.server.ocsp_url, "-timeout", "2", refusals=(1,)).decode()  # fmt: skip

    def settle(self, *sources: RevocationSource, nonces: fetch.Nonces = fetch.Nonces.NONE) -> tuple[Outcome, str]:
        policy = RevocationPolicy.REQUIRED.evolve(sources=sources or RevocationPolicy.REQUIRED.sources)
        profile = profiles.tls_server.evolve(revocation=policy)
        verdict = fetch.settle(
            Verifier(TrustStore([view(self.authority.root)]), profile=profile),
            view(self.pump),
            reference=Reference.dns(NAME),
            at=datetime.now(UTC) + timedelta(seconds=2),
            fetcher=fetch.HttpFetcher(allow=[LOOPBACK]),
            nonces=nonces,
            budget=fetch.FetchBudget(seconds=4, seconds_each=0.5),
        )
        assert verdict.headline is not None
        return verdict.outcome, verdict.headline.code.id


GOOD = (Outcome.TRUSTED, "revocation.good")
REVOKED = (Outcome.UNTRUSTED, "revocation.revoked")
UNKNOWN = (Outcome.UNDECIDED, "revocation.unknown")
ENDED = (Outcome.UNDECIDED, "revocation.evidence_ended")
CRL, OCSP = RevocationSource.CRL, RevocationSource.OCSP


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    revoked: set[int] = set()
    with RevocationServer(delay=1.0) as server:
        authority = OpenSSLAuthority(tmp_path / "ca", url=server.url)
        issuer = x509.load_pem_x509_certificate(authority.root.certificate.read_bytes())
        key = load_pem_private_key(authority.root.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)

        def crl(at: datetime) -> bytes:
            made = x509.CertificateRevocationListBuilder(issuer.subject, at - DAY, at + DAY)
            made = made.add_extension(x509.CRLNumber(7), critical=False)
            for serial in revoked:
                made = made.add_revoked_certificate(
                    x509.RevokedCertificateBuilder(serial, at - DAY).build(),
                )
            return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

        def response(question: Question) -> bytes:
            asked = question.certificate
            is_revoked = asked.serial_number in revoked
            made = ocsp.OCSPResponseBuilder().add_response_by_hash(
                asked.issuer_name_hash,
                asked.issuer_key_hash,
                asked.serial_number,
                {"SHA-1": hashes.SHA1(), "SHA-256": hashes.SHA256()}[asked.hash_algorithm],  # type: ignore[arg-type]
                ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
                question.at,
                question.at + DAY,
                question.at - DAY if is_revoked else None,
                None,
            )
            if question.nonce is not None:
                made = made.add_extension(x509.OCSPNonce(question.nonce), critical=False)
            signed = made.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(key, hashes.SHA256())
            return signed.public_bytes(Encoding.DER)

        server.documents["/ca.crl"] = crl
        server.ocsp = response
        yield Ward(authority, server, authority.issue(NAME), revoked)


def test_in_order(ward: Ward) -> None:
    """A good certificate is good, and revoked once it is, by CRL and OCSP, for us and for openssl."""
    for source in (CRL, OCSP):
        assert ward.settle(source) == GOOD
    assert ward.settle(OCSP, nonces=fetch.Nonces.RANDOM) == GOOD
    assert "good" in ward.ask_openssl()
    assert "good" in ward.ask_openssl("-sha256")
    ward.revoked.add(view(ward.pump).serial_number)
    for source in (CRL, OCSP):
        assert ward.settle(source) == REVOKED
    said = ward.ask_openssl()
    assert "revoked" in said
    assert "Response verify OK" in said


# What openssl's client says of each fault; it follows no redirection and checks the nonce that it sends by default.
WORDS = {
    ResponderFault.SLOW: "good",
    ResponderFault.HANGING: "Error querying OCSP responder",
    ResponderFault.RESET: "Error querying OCSP responder",
    ResponderFault.WRONG_CONTENT: "Error querying OCSP responder",
    ResponderFault.STALE: "Status times invalid",
    ResponderFault.WRONG_NONCE: "Nonce Verify error",
    ResponderFault.NOT_FOUND: "Error querying OCSP responder",
    ResponderFault.TOO_LARGE: "Error querying OCSP responder",
    ResponderFault.REDIRECT_LOOP: "Error querying OCSP responder",
}


@pytest.mark.parametrize("fault", ResponderFault, ids=lambda one: one.name)
def test_faults_to_openssl(ward: Ward, fault: ResponderFault) -> None:
    """openssl's client meets each fault as what its name says."""
    with ward.server.failing(fault):
        said = ward.ask_openssl(*(["-no_nonce"] if fault is ResponderFault.STALE else ["-nonce"]))
    assert WORDS[fault] in said, said
    assert "good" in ward.ask_openssl()


@pytest.mark.parametrize("source", [CRL, OCSP], ids=lambda one: one.name)
@pytest.mark.parametrize("fault", ResponderFault, ids=lambda one: one.name)
def test_faults_to_settle(ward: Ward, fault: ResponderFault, source: RevocationSource) -> None:
    """No fault gains trust, and nobody waits: the verdict is UNDECIDED; a wrong nonce has no place in a CRL."""
    began = time.monotonic()
    with ward.server.failing(fault):
        said = ward.settle(source, nonces=fetch.Nonces.RANDOM)
    expected = ENDED if fault is ResponderFault.STALE else UNKNOWN
    assert said == (GOOD if (fault, source) == (ResponderFault.WRONG_NONCE, CRL) else expected)
    assert time.monotonic() - began < 8
    assert ward.settle(source) == GOOD


def test_requests_are_counted(ward: Ward) -> None:
    """Each request is kept with its method, path and question, whatever came of it."""
    question = view(ward.pump)
    ward.settle(OCSP)
    with ward.server.failing(ResponderFault.NOT_FOUND), pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(ward.server.url_of("/ca.crl"), timeout=5)
    first, last = ward.server.requests
    assert (last.method, last.path, last.question) == ("GET", "/ca.crl", None)
    assert first.question is not None
    assert first.question.certificate.serial_number == question.serial_number


def test_what_is_no_request(ward: Ward) -> None:
    """What cannot be read as a request is answered as malformed; an unknown path is not found."""
    for request in (
        ward.server.ocsp_url,
        ward.server.ocsp_url + "/" + base64.b64encode(b"0\x03\x02\x01\x07").decode(),
        urllib.request.Request(ward.server.ocsp_url, data=b"nothing that is DER"),
    ):
        with urllib.request.urlopen(request, timeout=5) as answer:
            status = ocsp.load_der_ocsp_response(answer.read()).response_status
        assert status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(ward.server.url_of("/other.crl"), timeout=5)


def test_async() -> None:
    """``async with`` serves a client that blocks the loop too."""

    async def ask() -> bytes:
        async with RevocationServer({"/a.crl": b"octets"}) as server:
            with urllib.request.urlopen(server.url_of("/a.crl"), timeout=5) as answer:
                return bytes(answer.read())

    assert asyncio.run(ask()) == b"octets"


def test_ends_with_its_context() -> None:
    """A client that is kept hanging does not keep the context from ending, and hears of the end."""
    began = time.monotonic()
    with RevocationServer({"/a.crl": b"octets"}, fault=ResponderFault.HANGING) as server:
        url = server.url_of("/a.crl")
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(url, timeout=0.2)
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(url, timeout=5)
    assert time.monotonic() - began < 4


def test_a_broken_maker_is_heard() -> None:
    """An exception of what makes a document is raised when the context ends."""

    def broken(_: datetime) -> bytes:
        raise LookupError("no such CRL")

    def ask() -> None:
        with RevocationServer({"/a.crl": broken}) as server, contextlib.suppress(OSError):
            urllib.request.urlopen(server.url_of("/a.crl"), timeout=5)

    with pytest.raises(LookupError, match="no such CRL"):
        ask()


def test_misuse() -> None:
    """There is no address outside the context, one context a server, and octets do not go stale."""
    server = RevocationServer({"/a.crl": b"octets"})
    with pytest.raises(MisuseError, match="once it runs"):
        server.url  # noqa: B018
    with server, pytest.raises(MisuseError, match="go stale"):
        server.fault = ResponderFault.STALE
    with pytest.raises(MisuseError, match="make another"):
        server.__enter__()
    with pytest.raises(MisuseError, match="fault is a member of ResponderFault"):
        RevocationServer(fault="slow")  # type: ignore[arg-type]


def test_octets_that_came_later_do_not_go_stale_either() -> None:
    """Served as they are they would be fresh; the context ends with the misuse."""

    def ask() -> None:
        with RevocationServer(fault=ResponderFault.STALE) as server, contextlib.suppress(OSError):
            server.documents["/a.crl"] = b"octets"
            urllib.request.urlopen(server.url_of("/a.crl"), timeout=5)

    with pytest.raises(MisuseError, match="go stale"):
        ask()


def view(holder: Holder) -> Certificate:
    return Certificate.from_cryptography(x509.load_pem_x509_certificate(holder.certificate.read_bytes()))
