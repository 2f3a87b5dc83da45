"""`assert_refuses` against real servers: which wrong certificates each admits, by TLS 1.2 and 1.3."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Mapping

import pytest

from devicetrust import MisuseError
from devicetrust.testing import handshakes
from devicetrust.testing.conversations import Conversation
from devicetrust.testing.handshakes import Alert, Attempt, Reception, try_handshake
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.testing.refusals import Presented, assert_refuses, refusals
from interop.mutual_tls_servers import SERVERS, demanding, mosquitto, s_server, stdlib
from interop.site import Client, Site, malformed, private_key_pem, site, unreadable
from loopback import Script, answering, closed_port, hanging, resetting, saying
from pki import key

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(tmp_path_factory.mktemp("site"))


class Raw(LoopbackServer):
    """Reads the client's first words and then does as the script says."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    def _converse(self, connection: socket.socket) -> None:
        self._script(connection, connection.recv(1 << 16), self._over)


def presented(clients: Mapping[str, Client]) -> dict[str, Presented]:
    return {name: Presented(one.chain, one.private_key) for name, one in clients.items()}


ADMITS_EVERYBODY = {"openssl s_server -Verify"}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", SERVERS)
def test_real_servers(ward: Site, name: str, version: ssl.TLSVersion) -> None:
    """Each server admits the good ones and refuses the faulty ones, save the server that admits everybody."""
    with SERVERS[name](ward) as server:
        options = {"conversation": server.conversation, "version": version, "trust": [ward.root]}
        good = refusals(server.address, presented(ward.good), **options)
        faulty = refusals(server.address, presented(ward.faulty), **options)
    assert {name: str(one) for name, one in good.items()} == dict.fromkeys(ward.good, "admitted")
    told = {one: attempt.reception for one, attempt in faulty.items()}
    expected = Reception.ADMITTED if name in ADMITS_EVERYBODY else Reception.REFUSED
    assert told == dict.fromkeys(ward.faulty, expected), {one: str(attempt) for one, attempt in faulty.items()}


# Every server here is OpenSSL's; it reads these and finds no fault with them.
MISSHAPEN_BUT_ADMITTED = {
    "serial number negative",
    "serial number zero",
    "serial number of 26 octets",
    "version 1 with extensions",
    "version 8",
}


@pytest.mark.parametrize("name", sorted(set(SERVERS) - ADMITS_EVERYBODY))
def test_misshapen(ward: Site, name: str) -> None:
    """What no well-behaved builder writes reaches the server all the same; some of it is admitted by OpenSSL."""
    with SERVERS[name](ward) as server:
        told = refusals(server.address, presented(ward.misshapen), conversation=server.conversation)
    by = {which: {one for one, what in told.items() if what.reception is which} for which in Reception}
    assert by[Reception.ADMITTED] == MISSHAPEN_BUT_ADMITTED
    assert by[Reception.REFUSED] == set(ward.misshapen) - MISSHAPEN_BUT_ADMITTED


# What OpenSSL says of each, in both versions of TLS.
ALERTS = {
    "expired": Alert.CERTIFICATE_EXPIRED,
    "not yet valid": Alert.BAD_CERTIFICATE,
    "issued by a stranger": Alert.DECRYPT_ERROR,
    "for servers only": Alert.UNSUPPORTED_CERTIFICATE,
    "unknown critical extension": Alert.CERTIFICATE_UNKNOWN,
    "revoked": Alert.CERTIFICATE_REVOKED,
    "without its issuer": Alert.UNKNOWN_CA,
}


def test_assert_refuses(ward: Site) -> None:
    """A server that does as it must passes, and what became of each is told, with its alert."""
    with stdlib(ward) as server:
        told = assert_refuses(server.address, presented(ward.faulty), presented(ward.good))
    assert {name: told[name].alert for name in ward.faulty} == ALERTS
    assert [str(told[name]) for name in ("pump", "revoked")] == ["admitted", "refused (alert certificate_revoked)"]


def test_assert_refuses_names_whom_it_admits(ward: Site) -> None:
    """A server that admits the wrong ones fails, and each is named, and no other."""
    with s_server(ward) as server, pytest.raises(AssertionError) as raised:
        assert_refuses(server.address, presented(ward.faulty), presented(ward.good))
    lines = str(raised.value).splitlines()
    assert lines[1:] == ["  wrongly admits", *[f"    {name}: admitted" for name in ward.faulty]]


def test_assert_refuses_names_the_good_one_that_is_refused(ward: Site) -> None:
    """A server that refuses whom it must admit fails, though it refuses every faulty one; so does one that is gone."""
    good = {"old pump": Presented(*ward.faulty["expired"])}
    with stdlib(ward) as server, pytest.raises(AssertionError, match=r"does not admit\n    old pump: refused \(alert"):
        assert_refuses(server.address, {}, good)
    with pytest.raises(AssertionError, match=r"does not admit\n    pump: no answer \(no connection"):
        assert_refuses(server.address, presented(ward.faulty), presented(ward.good), timeout=0.5)
    with pytest.raises(MisuseError, match="proves nothing"):
        assert_refuses(server.address, good, {})


def test_asyncio_server(ward: Site) -> None:
    """A plain asyncio server is tested from a thread, for it runs in the loop; asyncio aborts without an alert."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(await reader.readline())
            await writer.drain()
        writer.close()

    async def test() -> dict[str, Attempt]:
        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=demanding(ward))
        async with server:
            address = server.sockets[0].getsockname()
            return await asyncio.to_thread(
                assert_refuses, address, presented(ward.faulty), presented(ward.good), trust=[ward.root]
            )

    told = asyncio.run(test())
    assert {told[name].reception for name in ward.faulty} == {Reception.REFUSED}


def test_wrong_conversation(ward: Site) -> None:
    """A handshake that is done proves nothing: without an answer nobody is admitted, nor refused."""
    with mosquitto(ward) as server:
        silence = Conversation(b"\x10", bool)  # the first octet of a packet, which the server waits for
        told = try_handshake(server.address, *ward.good["pump"], conversation=silence, timeout=0.5)
    assert (told.reception, told.detail) == (Reception.NO_ANSWER, "silence until the time was over")


ODD_SERVERS = {
    "hanging": (hanging, Reception.NO_ANSWER),
    "resetting": (resetting, Reception.REFUSED),
    "plain HTTP": (answering(b"no TLS here"), Reception.NO_ANSWER),
    "an alert": (saying(bytes.fromhex("15030300020231")), Reception.REFUSED),
    "an alert of a number unknown": (saying(bytes.fromhex("150303000202fa")), Reception.REFUSED),
    "half a record": (saying(bytes.fromhex("160303010002")), Reception.REFUSED),
    "nothing": (saying(b""), Reception.REFUSED),
}


@pytest.mark.parametrize("name", ODD_SERVERS)
def test_odd_servers(ward: Site, name: str) -> None:
    """Whatever speaks at the other end, something is told, in time."""
    script, reception = ODD_SERVERS[name]
    began = time.monotonic()
    with Raw(script) as server:
        told = try_handshake(server.address, *ward.good["pump"], timeout=0.5)
    assert told.reception is reception, str(told)
    assert time.monotonic() - began < 5


def test_nobody_there(ward: Site) -> None:
    """Where nothing listens there is no answer."""
    with closed_port() as port:
        told = try_handshake(("localhost", port), *ward.good["pump"], timeout=0.5)
    assert told.reception is Reception.NO_ANSWER


def test_server_that_is_not_trusted(ward: Site) -> None:
    """A server for which the roots do not vouch is not the one to be tested."""
    stranger = ward.faulty["issued by a stranger"].chain[0]
    with stdlib(ward) as server:
        told = try_handshake(server.address, *ward.good["pump"], trust=[stranger])
    assert (told.reception, told.detail) == (Reception.NO_ANSWER, "certificate verify failed")


def test_server_that_asks_for_no_certificate(ward: Site) -> None:
    """It admits everybody, which is for `assert_refuses` to say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ward.chain, ward.private_key)
    with MutualTLSServer(context) as server:
        told = try_handshake(server.address, *ward.faulty["expired"])
    assert (str(told), server.admitted) == ("admitted (asked for no certificate)", [None])


def test_what_cannot_be_offered(ward: Site) -> None:
    """What this OpenSSL cannot send as it is never reaches the server, and is not taken for refused."""
    chain, private_key = ward.good["pump"]
    with stdlib(ward) as server:
        for leaf, other_key, why in (
            (malformed(chain[0]), private_key, "another encoding"),
            (unreadable(chain), private_key, "wrong tag"),
            (b"", private_key, "does not say why"),
            (chain[0], key("p256", 8).private_key, "key values mismatch"),
            (chain[0], b"no PEM", "Unable to load PEM"),
        ):
            told = try_handshake(server.address, (leaf, *chain[1:]), other_key)
            assert told.reception is Reception.NOT_OFFERABLE, told
            assert why in told.detail
        assert try_handshake(server.address, chain, private_key_pem(private_key)) == Attempt(Reception.ADMITTED)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
def test_key_that_the_server_takes_no_signature_of(ward: Site, version: ssl.TLSVersion) -> None:
    """Where client and server have no signature algorithm in common the client sends no certificate."""
    for demand in ("-Verify", "-verify"):  # with the second, who sends none is admitted
        options = (demand, "4", "-sigalgs", "ECDSA+SHA256", "-client_sigalgs", "ECDSA+SHA256")
        with s_server(ward, *options) as server:
            told = try_handshake(server.address, *ward.good["pump with RSA"], version=version)
            assert try_handshake(server.address, *ward.good["pump"], version=version) == Attempt(Reception.ADMITTED)
        assert told.reception is Reception.NOT_OFFERABLE
        assert told.detail == "the server takes no signature that the key can make"


def test_only_loopback(ward: Site) -> None:
    """A host elsewhere is contacted only where it is named; names are resolved first."""
    client = ward.good["pump"]
    for host in ("192.0.2.1", "::ffff:192.0.2.1", "no-such-host.invalid", "", "a" * 64, "a..b"):
        with pytest.raises(MisuseError, match="not this machine"):
            try_handshake((host, 443), *client)
    with pytest.raises(MisuseError, match="not one text"):
        try_handshake(("127.0.0.1", 443), *client, allow="127.0.0.1")
    with pytest.raises(MisuseError, match="chain is empty"):
        try_handshake(("127.0.0.1", 443), [], client.private_key)
    with stdlib(ward) as server:
        for host in ("localhost", "127.0.0.1"):
            told = try_handshake((host, server.address[1]), *client, server_name="localhost")
            assert told.reception is Reception.ADMITTED


def test_each_address_of_loopback_is_tried(ward: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of two addresses is this machine's if both are, and the server may listen on the second alone."""
    client = ward.good["pump"]

    real = socket.getaddrinfo

    def resolving_to(*addresses: str) -> None:
        listed = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: (
            listed if host == "ward" else real(host, *more, **named)
        ))  # fmt: skip

    with stdlib(ward) as server:
        port = server.address[1]
        resolving_to("127.0.0.2", "127.0.0.1", "127.0.0.1")
        assert handshakes.loopback_addresses("ward") == ["127.0.0.2", "127.0.0.1"]
        assert try_handshake(("ward", port), *client).reception is Reception.ADMITTED
        resolving_to("127.0.0.1", "192.0.2.1")
        with pytest.raises(MisuseError, match="not this machine"):
            try_handshake(("ward", port), *client)


def test_echo(ward: Site) -> None:
    """`MutualTLSServer` echoes lines, and remembers whom it admitted."""
    chain, private_key = ward.good["pump"]
    client = ssl.create_default_context(cafile=str(ward.roots))
    certificate, key_file = ward.folder / "pump.pem", ward.folder / "pump.key"
    certificate.write_text("".join(map(ssl.DER_cert_to_PEM_cert, chain)))
    key_file.write_bytes(private_key_pem(private_key))
    client.load_cert_chain(certificate, key_file)
    with (
        MutualTLSServer(demanding(ward)) as server,
        socket.create_connection(server.address, 5) as connection,
        client.wrap_socket(connection, server_hostname="localhost.ward.example") as tls,
        tls.makefile("rb") as lines,
    ):
        tls.sendall(b"one\ntwo\n")
        assert [lines.readline(), lines.readline()] == [b"one\n", b"two\n"]
    assert server.admitted == [chain[0]]
