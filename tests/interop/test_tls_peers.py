"""Whom a context lets in, in both directions: references, pinned devices, missing issuers, waivers, replaced inputs."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest

from devicetrust import (
    MisuseError,
    Outcome,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Waiver,
    Waivers,
    profiles,
    tls,
)
from devicetrust.identity.device import SDCRole
from devicetrust.path.codes import EXPIRED
from devicetrust.testing import Device, DeviceKind, Fault
from devicetrust.testing.handshakes import Reception, try_handshake
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.tls.loading import load_credential
from interop.tls_ward import SECONDS, VERSIONS, Ward, connected, events, speaking, ward


def admitted(server: tls.JudgingContext, device: Device, *, without: int = 0) -> Verdict:
    """The verdict on a device that a server lets in; ``without`` so many issuers at the end of its chain."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    chain = device.chain[: len(device.chain) - without]
    load_credential(client, tls.Credential.from_objects(chain, device.private_key))
    with connected(speaking(client, [])) as (raw, _), server.wrap_socket(raw, server_side=True) as ours:
        assert ours.recv(100) == b"secret"
        return tls.verdict(ours)


class TestReferences:
    """Whom a client means."""

    def meets(self, context: tls.JudgingContext, host: str | None) -> Verdict:
        """The verdict of a client that calls the gateway by this name."""
        peer = speaking(ward().plain_server(ward().gateway), [], server_side=True)
        with connected(peer) as (raw, _), context.wrap_socket(raw, server_hostname=host) as ours:
            assert ours.recv(100) == b"secret"
            return tls.verdict(ours)

    def test_name(self) -> None:
        """By default the one that it connects to; the certificate of another host is refused."""
        assert self.meets(ward().client(), ward().gateway.host).outcome is Outcome.TRUSTED
        with pytest.raises(tls.PeerRefused) as raised:
            self.meets(ward().client(), "other.hospital.example")
        assert raised.value.verdict.headline is not None
        assert raised.value.verdict.headline.code.id == "identity.name_mismatch"

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0"])
    def test_address(self, host: str) -> None:
        """An address is sought as one, never as a name."""
        with pytest.raises(tls.PeerRefused) as raised:
            self.meets(ward().client(), host)
        assert raised.value.verdict.question["reference"] == f"ip:{host.partition('%')[0]}"

    def test_given(self) -> None:
        """A device that is reached by its address is known by what the inventory lists."""
        for reference in (ward().gateway.reference, lambda host, port: ward().gateway.reference):
            verdict = self.meets(ward().client(reference=reference), "127.0.0.1")
            assert verdict.question["reference"] == ward().gateway.reference.key
        assert self.meets(ward().client(reference=ward().gateway.reference), None).outcome is Outcome.TRUSTED

    def test_a_function_is_told_where_it_connects_to(self) -> None:
        """Host and port, so that it can look the device up."""
        asked: list[tuple[str | None, int | None]] = []

        def look_up(host: str | None, port: int | None) -> Reference:
            asked.append((host, port))
            return ward().gateway.reference

        with MutualTLSServer(ward().plain_server(ward().gateway)) as server:
            context = ward().client(reference=look_up)
            with (
                socket.create_connection(server.address, SECONDS) as raw,
                context.wrap_socket(raw, server_hostname="127.0.0.1"),
            ):
                assert asked == [("127.0.0.1", server.address[1])]

    def test_a_function_that_knows_nobody(self) -> None:
        """Connects to nobody."""
        with pytest.raises(MisuseError, match="not a Reference"):
            self.meets(ward().client(reference=lambda host, port: None), "127.0.0.1")


class TestOpenSSLLetsThrough:
    """Whom the verifier trusts, OpenSSL does not refuse before its turn, as far as it can be told."""

    def test_pinned(self) -> None:
        """A pinned device, self-signed or not, is let in, and vouches for nobody."""
        hospital = Ward()
        alone = hospital.hospital.device("alone", faults=[Fault.SELF_SIGNED])
        trust = hospital.hospital.trust_store().including(pinned=[alone.certificate])
        server = hospital.server(verifier=hospital.clients.evolve(trust=trust))
        assert admitted(server, alone).anchor is None
        assert admitted(server, hospital.pump).outcome is Outcome.TRUSTED
        with pytest.raises(ssl.SSLError):
            admitted(server, hospital.hospital.device("another", faults=[Fault.SELF_SIGNED]))

    def test_pinned_alone(self) -> None:
        """A store of a pinned device that has issuers needs none of them."""
        hospital = Ward()
        only = TrustStore.for_tests(hospital.hospital.issuing_cas[:1]).including(pinned=[hospital.pump.certificate])
        profile = profiles.tls_client.evolve(revocation=RevocationPolicy.OFF)
        server = hospital.server(verifier=hospital.clients.evolve(trust=only, profile=profile))
        assert admitted(server, hospital.pump, without=1).anchor is None

    def test_anchor_that_is_no_root(self) -> None:
        """An intermediate that is trusted ends a path."""
        operator = ward().hospital.issuing_cas[1]
        verifier = ward().clients.evolve(trust=TrustStore.for_tests([operator]))
        verdict = admitted(ward().server(verifier=verifier), ward().pump)
        assert verdict.anchor is not None
        assert verdict.anchor.certificate == operator

    def test_missing_intermediate(self) -> None:
        """A peer that leaves its issuer out is let in where the verifier has it at hand."""
        verifier = ward().clients.evolve(intermediates=ward().hospital.issuing_cas)
        assert admitted(ward().server(verifier=verifier), ward().pump, without=1).outcome is Outcome.TRUSTED

    def test_waiver(self, caplog: pytest.LogCaptureFixture) -> None:
        """An expired device under a waiver is let in, until when is in the log; without one OpenSSL refuses it."""
        hospital = Ward()
        late = hospital.hospital.device("late", faults=[Fault.EXPIRED])
        now = datetime.now(UTC).replace(microsecond=0)
        waiver = Waiver(
            code=EXPIRED,
            granted_by="head of medical engineering",
            reason="the renewal is under way",
            valid_from=now - timedelta(hours=1),
            valid_until=now + timedelta(days=2),
            devices=late.certificate.fingerprint,
        )
        server = hospital.server()
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            admitted(server, late)
        server.replace(verifier=hospital.clients.evolve(waivers=Waivers([waiver])))
        assert admitted(server, late).outcome is Outcome.TRUSTED_BY_EXCEPTION
        [told] = events(caplog.records, "admitted by exception")
        assert told["until"] == (now + timedelta(days=2)).isoformat().replace("+00:00", "Z")
        with pytest.raises(tls.PeerRefused) as raised:
            admitted(server, hospital.hospital.device("later", faults=[Fault.EXPIRED]))
        assert raised.value.verdict.headline is not None
        assert raised.value.verdict.headline.code == EXPIRED


class TestAuthorizers:
    """Whom of those trusted a server admits."""

    def test_not_listed(self, caplog: pytest.LogCaptureFixture) -> None:
        """Who is not listed is refused with a verdict that trusts it, and why; who is listed is known."""
        server = ward().server(authorizer=tls.admit.serial_numbers({"SN-pump-9"}))
        with pytest.raises(tls.PeerNotAdmitted, match="the serial number SN-pump-1 is not listed") as raised:
            admitted(server, ward().pump)
        assert raised.value.verdict.outcome is Outcome.TRUSTED
        [told] = events(caplog.records, "refused")
        assert told["certificate"] == ward().pump.certificate.fingerprint.hex()
        assert "SN-pump-1" in told["device"]

    def test_profile_that_asks_whom_you_expect(self) -> None:
        """An SDC provider admits the consumers that its authorizer lists; whom it expects is then said."""
        hospital = Ward()
        consumer = hospital.hospital.device("central", DeviceKind.SDC_CONSUMER)
        strict = profiles.tls_client.evolve(reference=profiles.ReferenceDemand.REQUIRED)
        verifier = hospital.clients.evolve(profile=strict)
        server = hospital.server(verifier=verifier, authorizer=tls.admit.sdc_roles({SDCRole.CONSUMER}))
        assert admitted(server, consumer).identity.sdc_roles == {SDCRole.CONSUMER}
        with pytest.raises(tls.PeerNotAdmitted):
            admitted(server, hospital.pump)
        with pytest.raises(MisuseError, match="whom you expect"):
            server.replace(authorizer=None)

    def test_one_that_raises(self) -> None:
        """Lets nobody in, and looks like any refusal."""

        def look_up(verdict: Verdict) -> bool:
            raise KeyError("inventory")

        with pytest.raises(tls.PeerUnknown, match="could not be judged: KeyError"):
            admitted(ward().server(authorizer=tls.admit.inventory(look_up)), ward().pump)


class TestReplace:
    """What is in force is replaced as a whole, from the next handshake on."""

    @pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
    def test_credential(self, version: ssl.TLSVersion, caplog: pytest.LogCaptureFixture) -> None:
        """The next peer sees the new one; the log is told both fingerprints."""
        caplog.set_level(logging.INFO)
        hospital = Ward()
        new = hospital.hospital.device("new-gateway", "gateway")
        server, client = hospital.server(), hospital.plain_client(hospital.pump, version)
        seen = []
        with MutualTLSServer(server) as running:
            for credential in (hospital.gateway, new):
                server.replace(credential=credential.credential())
                with socket.create_connection(running.address, SECONDS) as raw, client.wrap_socket(raw) as ours:
                    seen.append(ours.getpeercert(binary_form=True))
        assert seen == [hospital.gateway.certificate.der, new.certificate.der]
        assert events(caplog.records, "replaced")[-1]["credential"] == [
            one.certificate.fingerprint.hex() for one in (hospital.gateway, new)
        ]

    def test_trust(self, caplog: pytest.LogCaptureFixture) -> None:
        """Anchors come and go, in both gates."""
        caplog.set_level(logging.INFO)
        hospital, other = Ward(), Ward()
        stranger = other.hospital.device("stranger", faults=[Fault.UNTRUSTED_ROOT])
        root = stranger.issuer.chain[-1] if stranger.issuer.chain else stranger.chain[-1]
        server = hospital.server()
        with pytest.raises(ssl.SSLError):
            admitted(server, stranger)
        profile = profiles.tls_client.evolve(revocation=RevocationPolicy.OFF)
        wider = hospital.clients.evolve(trust=hospital.hospital.trust_store().including(root), profile=profile)
        server.replace(verifier=wider)
        assert admitted(server, stranger).outcome is Outcome.TRUSTED
        server.replace(verifier=hospital.clients)
        with pytest.raises(ssl.SSLError):
            admitted(server, stranger)
        added, removed = events(caplog.records, "replaced")
        assert added["anchors_added"] == removed["anchors_removed"] == [root.fingerprint.hex()]

    def test_a_bad_one_is_refused(self, caplog: pytest.LogCaptureFixture) -> None:
        """The last good one stays, and the log says why."""
        server, before = ward().server(), ward().gateway.credential()
        late = Ward().hospital.device("late", "gateway", faults=[Fault.EXPIRED])
        for bad in (
            {"credential": late.credential()},
            {"verifier": ward().servers},
            {"verifier": ward().servers, "evidence": None},
            {"authorizer": "SN-1"},
        ):
            with pytest.raises(MisuseError):
                server.replace(**bad)  # type: ignore[arg-type]
        assert len(events(caplog.records, "not replaced")) == 4
        assert server.verifier is ward().clients
        assert server.credential is not None
        assert server.credential.certificate == before.certificate
        assert admitted(server, ward().pump).outcome is Outcome.TRUSTED

    def test_who_waits_is_judged_by_what_holds_when_it_speaks(self) -> None:
        """A client that connects before it is revoked and speaks after gets nowhere."""
        hospital = Ward()
        server, client = hospital.server(), hospital.plain_client(hospital.pump)
        may_speak = threading.Event()

        def peer(connection: socket.socket) -> None:
            assert may_speak.wait(SECONDS)
            speaking(client, [])(connection)

        with connected(peer, timeout=0.0) as (raw, _):
            ours = server.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            with ours:
                with pytest.raises(ssl.SSLWantReadError):
                    ours.do_handshake()
                server.replace(authorizer=tls.admit.serial_numbers(set()))
                may_speak.set()
                ours.settimeout(SECONDS)
                with pytest.raises(tls.PeerNotAdmitted):
                    ours.do_handshake()

    def test_under_load(self) -> None:
        """While clients come and go, twenty changes of each kind lose none that is good and admit none that is not."""
        hospital = Ward()
        gateways = [hospital.gateway, hospital.hospital.device("new-gateway", "gateway")]
        server = hospital.server()
        told: dict[str, set[Reception]] = {"pump": set(), "revoked": set()}
        over = threading.Event()

        def call(name: str, device: Device) -> None:
            while not over.is_set():
                told[name].add(try_handshake(running.address, device.chain, device.private_key).reception)

        with MutualTLSServer(server) as running:
            devices = [("pump", hospital.pump), ("revoked", hospital.revoked)] * 2
            threads = [threading.Thread(target=call, args=one, daemon=True) for one in devices]
            for thread in threads:
                thread.start()
            for change in range(20):
                server.replace(
                    credential=gateways[change % 2].credential(),
                    verifier=hospital.clients.evolve(intermediates=hospital.hospital.issuing_cas[: change % 2]),
                    evidence=hospital.evidence,
                )
            over.set()
            for thread in threads:
                thread.join(SECONDS)
        assert told == {"pump": {Reception.ADMITTED}, "revoked": {Reception.REFUSED}}

    def test_protocols_stay(self) -> None:
        """What was set of ALPN and suites holds for what comes after."""
        server, client = ward().server(), ward().plain_client(ward().pump)
        client.set_alpn_protocols(["mllp", "x"])
        server.set_alpn_protocols(["mllp"])
        server.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        server.replace(credential=ward().gateway.credential())
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        with connected(speaking(client, [])) as (raw, _), server.wrap_socket(raw, server_side=True) as ours:
            assert ours.selected_alpn_protocol() == "mllp"
            assert ours.cipher() == ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2", 128)
