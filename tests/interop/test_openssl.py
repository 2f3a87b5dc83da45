"""`openssl ca` and `openssl ocsp` as CA and responder, held against what clients of their own make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from cryptography import x509

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


class Told(NamedTuple):
    """A response: about whom, signed by whom, and how asked and answered for."""

    about: Callable[[Ward], Holder]
    signer: Callable[[Ward], Holder]
    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    client: tuple[str, ...] = ("good", "Response verify OK")
    after: timedelta = timedelta(0)

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
    "revoked, by the CA": Told(_revoked, _ca, client=("revoked", "Response verify OK", "keyCompromise")),
    "revoked, by a delegate": Told(_revoked, _responder, client=("revoked", "Response verify OK", "keyCompromise")),
    "on hold": Told(lambda ward: ward.held, _ca, client=("revoked", "Response verify OK", "certificateHold")),
    "unknown": Told(lambda ward: ward.unrecorded, _ca, client=("unknown", "Response verify OK")),
    "by a stranger of the same name": Told(_good, lambda ward: ward.stranger.root, client=(FAILS,)),
    "revoked, by a stranger of the same name": Told(_revoked, lambda ward: ward.stranger.root, client=(FAILS,)),
    "by a device of the CA": Told(_good, lambda ward: ward.held, client=(FAILS,)),
    "with a signature that is spoiled": Told(_good, _ca, (), ("-badsig",), client=(FAILS,)),
    "ended": Told(_good, _ca, after=timedelta(hours=2)),
}
"""What `openssl ocsp` answers, and the words in which its own client repeats that."""


@pytest.mark.parametrize("name", RESPONSES)
def test_what_the_responder_says(ward: Ward, name: str) -> None:
    """The response says what its name says, by openssl's own client."""
    told = RESPONSES[name]
    read = ward.authority.client_says(told.response(ward), told.about(ward), *[o for o in told.asked if o != "-nonce"])
    assert [word for word in told.client if word not in read] == [], read


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


def _certificate(holder: Holder) -> x509.Certificate:
    return x509.load_pem_x509_certificate(holder.certificate.read_bytes())
