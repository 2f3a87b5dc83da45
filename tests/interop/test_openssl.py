"""`openssl ca` and `openssl ocsp` as CA and responder: what they say, by a client of their own, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509

from devicetrust import (
    Certificate,
    Evidence,
    Outcome,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_certificates,
    load_crls,
    load_ocsp,
    profiles,
)
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from interop.loopback import run, serving
from interop.openssl_ca import Holder, OpenSSLAuthority, answering


class Ward(NamedTuple):
    """A CA with its responder on loopback, and who holds a certificate of it. All of it is as of ``at``."""

    authority: OpenSSLAuthority
    stranger: OpenSSLAuthority
    url: str
    at: datetime
    good: Holder
    revoked: Holder
    held: Holder
    unrecorded: Holder
    responder: Holder


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("openssl")
    made: list[Ward] = []

    def respond(request: bytes) -> bytes:
        return made[0].authority.response(request, made[0].responder)

    def crl() -> bytes:
        return made[0].authority.crl()

    with serving(answering(respond, crl)) as (url, _):
        authority = OpenSSLAuthority(folder / "ca", url=url)
        good, revoked, held = (authority.issue(f"pump-{number}.ward.example.com") for number in (1, 2, 3))
        authority.revoke(revoked, "keyCompromise")
        authority.hold(held)
        unrecorded = authority.issue_unrecorded("pump-4.ward.example.com")
        responder = authority.issue("OCSP responder", "responder")
        stranger = OpenSSLAuthority(folder / "stranger")
        at = datetime.now(UTC) + timedelta(minutes=1)
        made.append(Ward(authority, stranger, url, at, good, revoked, held, unrecorded, responder))
        yield made[0]


GOOD = (Outcome.TRUSTED, "revocation.good")
REVOKED = (Outcome.UNTRUSTED, "revocation.revoked")
ON_HOLD = (Outcome.UNTRUSTED, "revocation.on_hold")
UNKNOWN = (Outcome.UNDECIDED, "revocation.unknown")
ENDED = (Outcome.UNDECIDED, "revocation.evidence_ended")


class Told(NamedTuple):
    """A response: about whom, signed by whom, and how asked and answered for."""

    about: Callable[[Ward], Holder]
    signer: Callable[[Ward], Holder]
    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    client: tuple[str, ...] = ("good", "Response verify OK")
    after: timedelta = timedelta(0)
    verdict: tuple[Outcome, str] = GOOD

    def response(self, ward: Ward) -> bytes:
        request = ward.authority.request(self.about(ward), *self.asked)
        return ward.authority.response(request, self.signer(ward), *self.answered)


def _ca(ward: Ward) -> Holder:
    return ward.authority.root


def _good(ward: Ward) -> Holder:
    return ward.good


def _revoked(ward: Ward) -> Holder:
    return ward.revoked


def _responder(ward: Ward) -> Holder:
    return ward.responder


FAILS = "Response Verify Failure"
RESPONSES: Mapping[str, Told] = {
    "good, by the CA": Told(_good, _ca),
    "good, by the CA, named by its key": Told(_good, _ca, (), ("-resp_key_id",)),
    "good, by the CA, asked for by SHA-256": Told(_good, _ca, ("-sha256",)),
    "good, with a nonce": Told(_good, _ca, ("-nonce",)),
    "good, by a delegate": Told(_good, _responder),
    "good, by a delegate, named by its key": Told(_good, _responder, (), ("-resp_key_id",)),
    "good, by a delegate, asked for by SHA-256": Told(_good, _responder, ("-sha256",)),
    "revoked, by the CA": Told(
        _revoked, _ca, client=("revoked", "Response verify OK", "keyCompromise"), verdict=REVOKED
    ),
    "revoked, by a delegate": Told(
        _revoked, _responder, client=("revoked", "Response verify OK", "keyCompromise"), verdict=REVOKED
    ),
    "on hold": Told(
        lambda ward: ward.held, _ca, client=("revoked", "Response verify OK", "certificateHold"), verdict=ON_HOLD
    ),
    "unknown": Told(lambda ward: ward.unrecorded, _ca, client=("unknown", "Response verify OK"), verdict=UNKNOWN),
    "by a stranger of the same name": Told(_good, lambda ward: ward.stranger.root, client=(FAILS,), verdict=UNKNOWN),
    "revoked, by a stranger of the same name": Told(
        _revoked, lambda ward: ward.stranger.root, client=(FAILS,), verdict=UNKNOWN
    ),
    "by a device of the CA": Told(_good, lambda ward: ward.held, client=(FAILS,), verdict=UNKNOWN),
    "with a signature that is spoiled": Told(_good, _ca, (), ("-badsig",), client=(FAILS,), verdict=UNKNOWN),
    "ended": Told(_good, _ca, after=timedelta(hours=2), verdict=ENDED),
}
"""What `openssl ocsp` answers, the words in which its own client repeats that, and what follows for the device."""


@pytest.mark.parametrize("name", RESPONSES)
def test_what_the_responder_says(ward: Ward, name: str) -> None:
    """The response says what its name says, by openssl's own client."""
    told = RESPONSES[name]
    read = ward.authority.client_says(told.response(ward), told.about(ward), *[o for o in told.asked if o != "-nonce"])
    assert [word for word in told.client if word not in read] == [], read


@pytest.mark.parametrize("name", RESPONSES)
def test_what_follows_from_the_response(ward: Ward, name: str) -> None:
    """With the response as only evidence, the verdict is the one that its name says, about the device."""
    told = RESPONSES[name]
    verdict = ask(
        ward.authority, told.about(ward), Evidence(ocsp=load_ocsp(told.response(ward))), at=ward.at + told.after
    )
    assert said(verdict) == told.verdict, verdict.explain()


def test_response_about_another_device(ward: Ward) -> None:
    """A response says nothing about another device of the same CA, be it good or revoked."""
    for other in (ward.good, ward.revoked):
        told = Told(lambda _, other=other: other, _ca)  # type: ignore[misc]
        verdict = ask(ward.authority, ward.unrecorded, Evidence(ocsp=load_ocsp(told.response(ward))), at=ward.at)
        assert said(verdict) == UNKNOWN, verdict.explain()


def test_what_follows_from_the_crl(ward: Ward) -> None:
    """With the CRL as only evidence each device is what the CA made of it; whom the index does not know passes."""
    evidence = Evidence(crls=load_crls(ward.authority.crl()))
    expected = {ward.good: GOOD, ward.revoked: REVOKED, ward.held: ON_HOLD, ward.unrecorded: GOOD}
    for holder, verdict in expected.items():
        assert said(ask(ward.authority, holder, evidence, at=ward.at)) == verdict


def test_revocation_outweighs_an_older_good(tmp_path: Path) -> None:
    """What was said before a device was revoked does not speak for it once the revocation is at hand, in any order."""
    authority = OpenSSLAuthority(tmp_path / "ca")
    device = authority.issue("pump-1.ward.example.com")

    def told() -> tuple[list[CertificateRevocationList], list[OCSPResponse]]:
        return load_crls(authority.crl()), load_ocsp(authority.response(authority.request(device), authority.root))

    lists, responses = told()
    authority.revoke(device, "superseded")
    newer_lists, newer_responses = told()
    at = datetime.now(UTC) + timedelta(minutes=1)
    assert said(ask(authority, device, Evidence(crls=lists, ocsp=responses), at=at)) == GOOD
    for crls, ocsp in ((newer_lists, responses), (lists, newer_responses), (lists + newer_lists, responses)):
        for evidence in (Evidence(crls=crls, ocsp=ocsp), Evidence(crls=crls[::-1], ocsp=ocsp[::-1])):
            assert said(ask(authority, device, evidence, at=at)) == REVOKED


def test_responder_over_http(ward: Ward) -> None:
    """openssl's client gets the same answers from the responder over HTTP, at the URL that the certificate names."""
    for holder, status in ((ward.good, "good"), (ward.revoked, "revoked"), (ward.unrecorded, "unknown")):
        ca = ward.authority.root.certificate
        names = run("openssl", "x509", "-in", holder.certificate, "-noout", "-ocsp_uri").decode().strip()
        assert names == f"{ward.url}/ocsp"
        told = run("openssl", "ocsp", "-issuer", ca, "-cert", holder.certificate, "-url", names, "-CAfile", ca)
        assert f"{holder.certificate}: {status}" in told.decode()


def test_crl_of_the_authority(ward: Ward) -> None:
    """Its CRL lists who was revoked and who is on hold, and nobody else, by pyca's reader."""
    crl = x509.load_der_x509_crl(ward.authority.crl())
    listed = {one.serial_number: one.extensions.get_extension_for_class(x509.CRLReason).value.reason for one in crl}
    expected = {ward.revoked: x509.ReasonFlags.key_compromise, ward.held: x509.ReasonFlags.certificate_hold}
    assert listed == {_certificate(holder).serial_number: reason for holder, reason in expected.items()}
    issuer = _certificate(ward.authority.root)
    assert crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert crl.issuer == issuer.subject


def ask(authority: OpenSSLAuthority, holder: Holder, evidence: Evidence, *, at: datetime) -> Verdict:
    """The verdict on a device as TLS client under the CA alone, its status required."""
    profile = profiles.tls_client.evolve(revocation=RevocationPolicy.REQUIRED)
    trust = TrustStore.from_file(authority.root.certificate)
    return Verifier(trust, profile=profile).verify(_view(holder), evidence=evidence, at=at)


def said(verdict: Verdict) -> tuple[Outcome, str]:
    """The outcome, and the headline, which must be about the device."""
    assert verdict.headline is not None
    assert verdict.headline.where.certificate == 0, verdict.explain()
    return verdict.outcome, verdict.headline.code.id


def _view(holder: Holder) -> Certificate:
    (certificate,) = load_certificates(holder.certificate)
    return certificate


def _certificate(holder: Holder) -> x509.Certificate:
    return x509.load_pem_x509_certificate(holder.certificate.read_bytes())
