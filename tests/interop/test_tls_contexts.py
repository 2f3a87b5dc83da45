"""What a context is made of holds together, and whoever is given it cannot make it weaker."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from devicetrust import (
    Evidence,
    MisuseError,
    RevocationPolicy,
    TrustAnchor,
    TrustStore,
    Verdict,
    Verifier,
    profiles,
    tls,
)
from devicetrust.testing import Fault, KeyAlgorithm
from interop.tls_ward import Ward, connected, events, speaking, ward


class Source:
    """Evidence of a source, and what it was shown."""

    def __init__(self, evidence: Evidence) -> None:
        self.held, self.seen = evidence, list[Verdict]()

    def evidence(self) -> Evidence:
        return self.held

    def observe(self, verdict: Verdict) -> None:
        self.seen.append(verdict)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda one: one.server(verifier=one.servers), "tls_server is for certificates of a TLS server"),
        (lambda one: one.client(verifier=one.clients), "tls_client is for certificates of a TLS client"),
        (lambda one: one.server(credential=one.pump.credential()), r"cannot serve a TLS server: .*purpose"),
        (lambda one: one.server(credential=None), "needs a credential"),
        (lambda one: one.server(credential="gateway.pem"), r"a tls\.Credential"),
        (lambda one: one.server(verifier=one.hospital), "is a Verifier"),
        (lambda one: one.server(evidence=[]), "an Evidence or a source"),
        (lambda one: one.server(authorizer=lambda verdict: True), r"made by tls\.admit"),
        (
            lambda one: one.server(
                verifier=one.clients.evolve(
                    profile=profiles.tls_client.evolve(reference=profiles.ReferenceDemand.REQUIRED)
                )
            ),
            "a server cannot know who will call",
        ),
        (
            lambda one: one.server(
                credential=one.hospital.device("late", "gateway", faults=[Fault.EXPIRED]).credential()
            ),
            r"validity\.expired",
        ),
        (lambda one: one.server(verifier=one.clients.evolve(trust=_nameless(one))), "OpenSSL can be told of none"),
    ],
)
def test_does_not_fit(make: Callable[[Ward], object], reason: str) -> None:
    """What could not work, or would not be what was meant, is refused when made."""
    with pytest.raises(MisuseError, match=reason):
        make(Ward())


def _nameless(one: Ward) -> TrustStore:
    """A store of one anchor that has no certificate."""
    root = one.hospital.roots[0]
    return TrustStore.for_tests([TrustAnchor(root.subject, root.subject_public_key_info)])


def test_told_what_openssl_cannot_be_told(caplog: pytest.LogCaptureFixture) -> None:
    """An anchor without a certificate, beside others, is named in the log."""
    root = ward().hospital.roots[0]
    anchor = TrustAnchor(root.subject, root.subject_public_key_info)
    ward().server(verifier=ward().clients.evolve(trust=ward().hospital.trust_store().including(anchor)))
    assert len(events(caplog.records, "openssl not told")) == 1


class TestEvidence:
    """A context says when it begins to refuse for want of evidence."""

    def told(self, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
        return events(caplog.records, "evidence lacking")

    def test_none(self, caplog: pytest.LogCaptureFixture) -> None:
        """With none at all it refuses at once."""
        context = ward().server(evidence=None)
        [told] = self.told(caplog)
        assert context.refuses_from is not None
        assert abs(context.refuses_from - ward().hospital.at) < timedelta(minutes=10)
        assert told["profile"] == "tls_client"

    def test_a_value(self, caplog: pytest.LogCaptureFixture) -> None:
        """With a value it does so when the first piece of it ends."""
        context = ward().server()
        ends = [one.to_cryptography().next_update_utc for one in ward().evidence.crls]
        assert context.refuses_from == min(one for one in ends if one is not None)
        assert len(self.told(caplog)) == 1

    def test_a_source(self, caplog: pytest.LogCaptureFixture) -> None:
        """A source renews it."""
        assert ward().server(evidence=Source(ward().evidence)).refuses_from is None
        assert self.told(caplog) == []

    def test_not_asked_for(self, caplog: pytest.LogCaptureFixture) -> None:
        """A policy that asks for none refuses nobody for want of it."""
        for policy in (RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT):
            profile = profiles.tls_client.evolve(revocation=policy)
            context = ward().server(verifier=ward().clients.evolve(profile=profile), evidence=None)
            assert context.refuses_from is None
        assert self.told(caplog) == []

    def test_refuses(self) -> None:
        """Nothing is fetched: the peer is refused, and what is wanted is in the verdict."""
        server = ward().server(evidence=None)
        peer = speaking(ward().plain_client(ward().pump), [])
        with connected(peer) as (raw, _), pytest.raises(tls.PeerUndecided) as raised:
            server.wrap_socket(raw, server_side=True)
        assert ward().pump.certificate.fingerprint in {want.certificate for want in raised.value.verdict.wants}

    def test_a_source_is_asked_each_time_and_shown_each_verdict(self) -> None:
        """What it has learnt since holds for the next handshake."""
        hospital = Ward()
        source = Source(Evidence())
        server, client = hospital.server(evidence=source), hospital.plain_client(hospital.pump)
        with connected(speaking(client, [])) as (raw, _), pytest.raises(tls.PeerUndecided):
            server.wrap_socket(raw, server_side=True)
        source.held = hospital.evidence
        with connected(speaking(client, [])) as (raw, _), server.wrap_socket(raw, server_side=True) as ours:
            assert ours.recv(100) == b"secret"
        assert [one.outcome.name for one in source.seen] == ["UNDECIDED", "TRUSTED"]

    def test_a_source_that_raises(self) -> None:
        """Lets nobody in, and looks like any refusal."""

        class Broken(Source):
            def evidence(self) -> Evidence:
                raise RuntimeError("the disk is gone")

        server = ward().server(evidence=Broken(Evidence()))
        peer = speaking(ward().plain_client(ward().pump), [])
        with connected(peer) as (raw, _), pytest.raises(tls.PeerUnknown, match="the disk is gone"):
            server.wrap_socket(raw, server_side=True)


@pytest.mark.parametrize(
    "weaken",
    [
        lambda context: setattr(context, "verify_mode", ssl.CERT_NONE),
        lambda context: setattr(context, "verify_mode", ssl.CERT_OPTIONAL),
        lambda context: setattr(context, "minimum_version", ssl.TLSVersion.TLSv1_1),
        lambda context: setattr(context, "minimum_version", ssl.TLSVersion.MINIMUM_SUPPORTED),
        lambda context: setattr(context, "keylog_filename", "keys.log"),
        lambda context: setattr(context, "sni_callback", lambda *_: None),
        lambda context: setattr(context, "sni_callback", None),
        lambda context: context.set_servername_callback(None),
        lambda context: context.set_ciphers("AES128-SHA"),
        lambda context: context.set_ciphers("AES128-GCM-SHA256"),
        lambda context: context.set_ciphers("ALL:@SECLEVEL=0"),
        lambda context: context.load_cert_chain("gateway.pem"),
    ],
)
@pytest.mark.parametrize("side", ["server", "client"])
def test_not_made_weaker(side: str, weaken: Callable[[ssl.SSLContext], object]) -> None:
    """What would weaken it is refused, and changes nothing."""
    context: tls.JudgingContext = getattr(ward(), side)()
    before = context.get_ciphers()
    with pytest.raises(MisuseError):
        weaken(context)
    assert (context.verify_mode, context.minimum_version) == (ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_2)
    assert context.get_ciphers() == before


def test_options_stay() -> None:
    """No option of the floor can be taken away."""
    context = ward().server()
    context.options = 0  # type: ignore[assignment]
    for option in (ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_TICKET, ssl.OP_NO_COMPRESSION):
        assert context.options & option


def test_floor() -> None:
    """Each suite is authenticated encryption with a fresh key."""
    suites = ward().server().get_ciphers()
    assert all(one["aead"] for one in suites)
    assert {one["kea"] for one in suites} <= {"kx-any", "kx-ecdhe"}


def test_more_trust_changes_nothing() -> None:
    """Programs that load their own anchors into what they are given gain nothing by it."""
    context = ward().client()
    before = context.cert_store_stats()
    context.load_default_certs()
    context.set_default_verify_paths()
    context.load_verify_locations(cafile="no such file")
    assert context.cert_store_stats() == before
    assert context.get_ca_certs(binary_form=True) == [one.der for one in ward().hospital.roots]


def test_everybody_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """A server without an authorizer says that it admits everybody whom the verifier trusts."""
    ward().server()
    ward().server(authorizer=tls.admit.any_of())
    ward().client()
    assert len(events(caplog.records, "everybody whom the verifier trusts is admitted")) == 1


def test_reference_is_demanded() -> None:
    """A client that says not whom it means is told so before it connects."""
    with pytest.raises(MisuseError, match="server_hostname"):
        ward().client().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    with pytest.raises(MisuseError, match="not a"):
        ward().client().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="two words")


def test_a_verdict_is_of_ours() -> None:
    """Of a connection that nobody judged there is no verdict."""
    plain = ward().plain_client(ward().pump).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    with pytest.raises(MisuseError, match="is not one of"):
        tls.verdict(plain)
    ours = ward().client().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="gateway.example")
    with pytest.raises(MisuseError, match="not done"):
        tls.verdict(ours)


def test_key_that_this_openssl_cannot_use() -> None:
    """Is said, with the name of the credential."""
    odd = ward().hospital.device("odd", "gateway", algorithm=KeyAlgorithm.ML_DSA_65)
    if ssl.OPENSSL_VERSION_INFO >= (3, 5):
        pytest.skip("this OpenSSL can use ML-DSA")
    with pytest.raises(MisuseError, match="cannot use the credential"):
        tls.server_context(ward().clients, odd.credential())


def test_test_mark() -> None:
    """Keys that everybody can read serve a verifier for tests alone."""
    real = Verifier(TrustStore(ward().hospital.roots), profile=profiles.tls_client)
    with pytest.raises(MisuseError, match="made for tests"):
        tls.server_context(real, ward().gateway.credential())
