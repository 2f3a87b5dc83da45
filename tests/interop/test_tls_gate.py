"""Whatever reads, writes or ends a connection first, nothing passes before the peer was judged."""

from __future__ import annotations

import contextlib
import gc
import io
import select
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from devicetrust import MisuseError, Outcome, Untrusted, tls
from devicetrust.tls.connections import JudgedObject, JudgedSocket
from interop.tls_ward import SECONDS, VERSIONS, connected, events, speaking, ward

DOORS: dict[str, Callable[[Any], object]] = {
    "do_handshake": lambda one: one.do_handshake(),
    "read": lambda one: one.read(10),
    "read into": lambda one: one.read(10, bytearray(10)),
    "recv": lambda one: one.recv(10),
    "recv_into": lambda one: one.recv_into(bytearray(10)),
    "recvfrom": lambda one: one.recvfrom(10),
    "recvfrom_into": lambda one: one.recvfrom_into(bytearray(10)),
    "makefile": lambda one: one.makefile("rb").read(1),
    "write": lambda one: one.write(b"leak"),
    "send": lambda one: one.send(b"leak"),
    "sendall": lambda one: one.sendall(b"leak"),
    "sendto": lambda one: one.sendto(b"leak", ("127.0.0.1", 9)),
    "sendfile": lambda one: one.sendfile(io.BytesIO(b"leak")),
    "unwrap": lambda one: one.unwrap(),
}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("door", DOORS)
def test_server_socket(door: str, version: ssl.TLSVersion) -> None:
    """A revoked client, whom OpenSSL lets in, gets through none of the methods of a socket, at no attempt."""
    heard: list[bytes] = []
    peer = speaking(ward().plain_client(ward().revoked, version), heard)
    with connected(peer) as (raw, _):
        server = ward().server().wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        with server:
            for _ in range(2):
                with pytest.raises(tls.PeerRefused) as raised:
                    DOORS[door](server)
                assert raised.value.verdict.outcome is Outcome.UNTRUSTED
            assert raised.value.verdict.headline is not None
            assert raised.value.verdict.headline.code.id == "revocation.revoked"
    assert heard == []


@pytest.mark.parametrize("door", DOORS)
def test_client_socket(door: str) -> None:
    """A revoked server gets through none of them either."""
    heard: list[bytes] = []
    peer = speaking(ward().plain_server(ward().revoked_gateway), heard, server_side=True)
    host = ward().revoked_gateway.host
    with connected(peer) as (raw, _):
        client = ward().client().wrap_socket(raw, do_handshake_on_connect=False, server_hostname=host)
        with client, pytest.raises(tls.PeerRefused):
            DOORS[door](client)
    assert heard == []


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("door", ["do_handshake", "read", "read into", "write", "unwrap"])
def test_server_object(door: str, version: ssl.TLSVersion) -> None:
    """Nor through those of an `SSLObject`, of which the first that is called may be any."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ward().server().wrap_bio(incoming, outgoing, server_side=True)
    theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ward().plain_client(ward().revoked, version).wrap_bio(*theirs)

    def converse() -> None:
        for _ in range(10):
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
                client.write(b"secret")
            incoming.write(theirs[1].read())
            with contextlib.suppress(ssl.SSLWantReadError):
                DOORS[door](server)
            theirs[0].write(outgoing.read())

    with pytest.raises(tls.PeerRefused):
        converse()
    outgoing.read()
    with pytest.raises(tls.PeerRefused):
        DOORS[door](server)
    assert outgoing.pending == 0


def test_refusal_is_both() -> None:
    """Whoever catches what `ssl` raises catches it, and so does whoever catches ours; the socket is closed."""
    with connected(speaking(ward().plain_client(ward().revoked), [])) as (raw, _):
        with pytest.raises(ssl.SSLCertVerificationError) as raised:
            ward().server().wrap_socket(raw, server_side=True)
        assert raw.fileno() == -1
    problem = raised.value
    assert isinstance(problem, Untrusted)
    assert isinstance(problem, OSError)
    assert (problem.verify_code, problem.verify_message) == (50, problem.reason)
    assert problem.reason.startswith("untrusted: ")


def test_non_blocking() -> None:
    """A socket that does not block says to wait while the handshake is under way, and then admits."""
    heard: list[bytes] = []
    with (
        connected(speaking(ward().plain_client(ward().pump), heard), timeout=0.0) as (raw, _),
        ward().server().wrap_socket(raw, server_side=True, do_handshake_on_connect=False) as server,
    ):
        received = b""
        while not received:
            try:
                received = server.recv(100)
            except ssl.SSLWantReadError:
                assert select.select([server], [], [], SECONDS)[0]
        assert received == b"secret"
        server.send(b"answer")
    assert heard == [b"answer"]


def test_connect() -> None:
    """A socket that connects once it is wrapped is judged then, and sends nothing in the clear after a refusal."""
    received: list[bytes] = []

    def peer(connection: socket.socket) -> None:
        received.append(connection.recv(1000))
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = ward().client().wrap_socket(socket.socket(), server_hostname=ward().gateway.host)
        with client:
            client.settimeout(SECONDS)
            with pytest.raises(OSError, match="no TLS"):
                client.recv(1)
            thread = threading.Thread(target=lambda: peer(listener.accept()[0]), daemon=True)
            thread.start()
            with pytest.raises(OSError, match=r"EOF|reset"):
                client.connect(listener.getsockname())
            with pytest.raises(OSError, match="no TLS"):
                client.send(b"in the clear")
            thread.join(SECONDS)
    assert received[0][:1] == b"\x16"  # a handshake record, and nothing else


def test_shut_down_before_the_handshake() -> None:
    """`shutdown` takes TLS away from a socket; what comes then in the clear is not received."""
    with (
        connected(lambda connection: connection.sendall(b"in the clear")) as (raw, _),
        ward().server().wrap_socket(raw, server_side=True, do_handshake_on_connect=False) as server,
    ):
        server.shutdown(socket.SHUT_WR)
        with pytest.raises(OSError, match="no TLS"):
            server.recv(100)


def test_listening_socket() -> None:
    """What a wrapped listener accepts is judged as it is accepted."""
    context = ward().server()
    with socket.create_server(("127.0.0.1", 0)) as plain, context.wrap_socket(plain, server_side=True) as listener:
        listener.settimeout(SECONDS)
        for device, expected in ((ward().pump, None), (ward().revoked, tls.PeerRefused)):

            def call(device: Any = device) -> None:
                with socket.create_connection(listener.getsockname(), SECONDS) as raw:
                    try:
                        speaking(ward().plain_client(device), [])(raw)
                    except OSError:
                        return

            thread = threading.Thread(target=call, daemon=True)
            thread.start()
            if expected is None:
                connection, _ = listener.accept()
                assert connection.recv(100) == b"secret"
                assert tls.verdict(connection).identity.serial_number == device.device_serial
                connection.close()
            else:
                with pytest.raises(expected):
                    listener.accept()
            thread.join(SECONDS)


def test_no_second_certificate() -> None:
    """A certificate asked for after the handshake would never be judged, so it is not asked for."""
    for made in (JudgedSocket, JudgedObject):
        with pytest.raises(MisuseError, match="judged by nobody"):
            made.verify_client_post_handshake(made.__new__(made))


def test_inner_context_makes_judged_connections() -> None:
    """Whoever takes the context of a connection for the next one still has its peer judged."""
    with (
        connected(speaking(ward().plain_client(ward().pump), [])) as (raw, _),
        ward().server().wrap_socket(raw, server_side=True) as server,
    ):
        inner = server.context
    with connected(speaking(ward().plain_client(ward().revoked), [])) as (raw, _), pytest.raises(tls.PeerRefused):
        inner.wrap_socket(raw, server_side=True)


def test_context_exchanged_before_the_handshake() -> None:
    """A connection that was moved to another context before it was judged has no way in."""
    with connected(speaking(ward().plain_client(ward().revoked), [])) as (raw, _):
        server = ward().server().wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        with server:
            server.context = ward().plain_server(ward().gateway)
            with pytest.raises(MisuseError, match="exchanged"):
                server.recv(10)


def test_other_classes_get_nowhere() -> None:
    """A context whose class of sockets was exchanged admits nobody: alone it has neither credential nor anchors."""
    context = ward().server()
    context.sslsocket_class = ssl.SSLSocket  # type: ignore[misc]
    with connected(speaking(ward().plain_client(ward().pump), [])) as (raw, _), pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_side=True)


def test_openssl_refuses_first(caplog: pytest.LogCaptureFixture) -> None:
    """Whom OpenSSL refuses, without telling who it is, is in the log all the same."""
    with connected(ssl_client_without_certificate) as (raw, _), pytest.raises(ssl.SSLError):
        ward().server().wrap_socket(raw, server_side=True)
    [told] = events(caplog.records, "handshake failed")
    assert told["openssl"] == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert told["peer"].startswith("127.0.0.1:")


def ssl_client_without_certificate(connection: socket.socket) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=ward().hospital.roots_pem.decode())
    speaking(context, [])(connection)


def test_refused_connections_are_not_kept() -> None:
    """Nothing holds a connection whose peer was refused, not even until the next collection of cycles."""

    def refused() -> weakref.ref[JudgedSocket]:
        with connected(speaking(ward().plain_client(ward().revoked), [])) as (raw, _):
            server = ward_server.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            with server, contextlib.suppress(tls.PeerRefused):
                server.do_handshake()
            return weakref.ref(server)  # type: ignore[return-value]

    ward_server = ward().server()
    gc.disable()
    try:
        assert refused()() is None
    finally:
        gc.enable()
