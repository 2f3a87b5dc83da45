"""A session that is resumed is judged as any other: what was true of its first handshake proves nothing today."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest

from devicetrust import Outcome, testing, tls
from devicetrust.tls.counts import Counts
from devicetrust.tls.passage import KnownPeers, Passage
from interop.tls_ward import SECONDS, VERSIONS, Ward, connected, ward

ENDS: dict[str, Callable[[ssl.SSLSocket], None]] = {
    "open": lambda client: None,
    "closed": lambda client: client.close(),
    "close_notify": lambda client: client.unwrap().close(),
}


@contextlib.contextmanager
def first_handshake(
    hospital: Ward, server: tls.JudgingContext, client: ssl.SSLContext, end: Callable[[ssl.SSLSocket], None]
) -> Iterator[ssl.SSLSession]:
    """The session of a handshake that went well; its connection ends as told, or stays while the context lasts."""
    sessions: list[ssl.SSLSession] = []
    with contextlib.ExitStack() as kept:

        def peer(connection: socket.socket) -> None:
            speaker = kept.enter_context(client.wrap_socket(connection))
            speaker.sendall(b"first")
            assert speaker.recv(100) == b"answer"
            assert speaker.session is not None
            sessions.append(speaker.session)
            end(speaker)

        with connected(peer) as (raw, raised):
            ours = kept.enter_context(server.wrap_socket(raw, server_side=True))
            assert ours.recv(100) == b"first"
            ours.sendall(b"answer")
            with contextlib.suppress(OSError):
                ours.settimeout(1)
                if not ours.recv(100):
                    ours.unwrap()
            kept.callback(raw.close)
            assert raised == []
        yield sessions[0]


def again(server: tls.JudgingContext, client: ssl.SSLContext, session: ssl.SSLSession, reused: list[bool]) -> bytes:
    """What the server receives in a connection that offers the session; whether the client found it resumed."""

    def peer(connection: socket.socket) -> None:
        with client.wrap_socket(connection, session=session) as speaker:
            reused.append(bool(speaker.session_reused))
            speaker.sendall(b"second")
            speaker.recv(100)

    with connected(peer) as (raw, _), server.wrap_socket(raw, server_side=True) as ours:
        return ours.recv(100)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("end", ENDS)
def test_revoked_after_the_first_handshake(end: str, version: ssl.TLSVersion) -> None:
    """A client that was revoked cannot come back with its session, however the first connection ended."""
    hospital = Ward()
    server, client = hospital.server(), hospital.plain_client(hospital.pump, version)
    reused: list[bool] = []
    with first_handshake(hospital, server, client, ENDS[end]) as session:
        hospital.hospital.revoke(hospital.pump)
        server.replace(evidence=hospital.evidence)
        with pytest.raises(tls.PeerRefused) as raised:
            again(server, client, session, reused)
    assert raised.value.verdict.headline is not None
    assert raised.value.verdict.headline.code.id == "revocation.revoked"
    # In TLS 1.3 there is nothing to resume by; in 1.2 `ssl` cannot prevent it. An unclean end forgets the session.
    assert reused == [version is ssl.TLSVersion.TLSv1_2 and end != "closed"]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
def test_good_client(version: ssl.TLSVersion) -> None:
    """A client of whom nothing is known is let in again, resumed or not, and its chain is judged."""
    server, client = ward().server(), ward().plain_client(ward().pump, version)
    reused: list[bool] = []
    with first_handshake(ward(), server, client, ENDS["close_notify"]) as session:
        assert again(server, client, session, reused) == b"second"
    assert reused == [version is ssl.TLSVersion.TLSv1_2]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
def test_across_a_change_of_trust(version: ssl.TLSVersion) -> None:
    """A session made under other anchors is judged by those of now."""
    hospital, reused = Ward(), list[bool]()
    server, client = hospital.server(), hospital.plain_client(hospital.pump, version)
    with first_handshake(hospital, server, client, ENDS["close_notify"]) as session:
        other = testing.Hospital(seed=2)
        server.replace(verifier=hospital.clients.evolve(trust=other.trust_store()))
        with pytest.raises(ssl.SSLError) as raised:
            again(server, client, session, reused)
    assert True in reused or version is ssl.TLSVersion.TLSv1_3
    # A handshake in full is refused by OpenSSL, which knows the new anchors; a resumed one by the verifier alone.
    assert isinstance(raised.value, tls.PeerRefused) is (version is ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
def test_across_a_change_of_authorizer(version: ssl.TLSVersion) -> None:
    """A device that was taken from the list cannot come back with its session."""
    server, client = ward().server(), ward().plain_client(ward().pump, version)
    with first_handshake(ward(), server, client, ENDS["close_notify"]) as session:
        server.replace(authorizer=tls.admit.serial_numbers({"SN-pump-9"}))
        with pytest.raises(tls.PeerNotAdmitted):
            again(server, client, session, [])


def test_no_tickets() -> None:
    """Neither version hands out tickets: TLS 1.3 then has no session to offer."""
    server, client = ward().server(), ward().plain_client(ward().pump, ssl.TLSVersion.TLSv1_3)
    with first_handshake(ward(), server, client, ENDS["close_notify"]) as session:
        assert not session.has_ticket
    client = ward().plain_client(ward().pump, ssl.TLSVersion.TLSv1_2)
    with first_handshake(ward(), server, client, ENDS["close_notify"]) as session:
        assert not session.has_ticket


def test_without_a_chain() -> None:
    """A session that shows no certificate is refused: nobody knows whose it is."""
    counts = Counts()
    passage = Passage(ward().server()._inputs, KnownPeers(), counts, None, None)
    with pytest.raises(tls.PeerUnknown, match="no certificate"):
        passage.judge(())
    with pytest.raises(tls.PeerUnknown):
        passage.check()
    assert not passage.is_open
    assert counts.taken()[2] == {"tls.no_certificate": 1}


def test_our_client_makes_each_handshake_in_full() -> None:
    """A session that is offered to our client is not used, and the server is judged."""
    seen: list[bool] = []

    def server(connection: socket.socket) -> None:
        with ward().plain_server(ward().gateway).wrap_socket(connection, server_side=True) as speaker:
            speaker.sendall(b"hello")
            seen.append(bool(speaker.session_reused))
            speaker.recv(1)

    client, session = ward().client(), None
    for _ in range(2):
        with connected(server) as (raw, _):
            raw.settimeout(SECONDS)
            with client.wrap_socket(raw, server_hostname=ward().gateway.host, session=session) as ours:
                assert ours.recv(100) == b"hello"
                assert tls.verdict(ours).outcome is Outcome.TRUSTED
                session = ours.session
    assert seen == [False, False]
