"""`assert_refuses` against real servers: which wrong certificates each admits, by TLS 1.2 and 1.3."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
import time

import pytest

from devicetrust import MisuseError
from devicetrust.testing import Fault, Hospital, handshakes
from devicetrust.testing.conversations import Conversation
from devicetrust.testing.der import tlv
from devicetrust.testing.handshakes import Alert, Attempt, Reception, try_handshake
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.testing.refusals import NO_CERTIFICATE, NOBODY, SHOWN, Presented, assert_refuses, refusals
from interop.admissions import ADMISSIONS
from interop.mutual_tls_servers import DICOM_PORT, KEPT_INSIDE, SERVERS, demanding, mosquitto, orthanc, s_server, stdlib
from interop.refusal_table import PAGE, WORDS
from interop.site import OF_CRLS, Site, presented, site
from loopback import Script, answering, closed_port, hanging, resetting, saying

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pump(ward: Site) -> Presented:
    return presented(ward.good)["pump"]


@pytest.fixture(scope="module")
def wrong(ward: Site) -> dict[str, Presented]:
    """Devices with a fault of each kind that these servers refuse."""
    return {name: one for name, one in presented(ward.faulty).items() if name in ALERTS}


class Raw(LoopbackServer):
    """Reads the client's first words and then does as the script says."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    def _converse(self, connection: socket.socket) -> None:
        self._script(connection, connection.recv(1 << 16), self._over)


def test_every_server_and_fault_is_told_of(ward: Site) -> None:
    """What is recorded is of these servers and of faults that are tried; nothing is left over."""
    recorded = {*ADMISSIONS.unsent, *ADMISSIONS.everywhere}
    recorded |= {fault for name in ADMISSIONS.may_differ for fault in ADMISSIONS.may_differ[name]}
    assert set(ADMISSIONS.servers) == set(SERVERS)
    assert set(ADMISSIONS.may_differ) < set(SERVERS)
    assert recorded < set(ward.faulty)
    assert list(ward.faulty) == [*SHOWN, *OF_CRLS]
    assert {fault for fault in Fault if fault not in ward.faulty} == {
        fault for fault in Fault if fault.name.startswith("OCSP_")
    }


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", SERVERS)
def test_real_servers(ward: Site, name: str, version: ssl.TLSVersion) -> None:
    """Each server admits the good devices, and of the faulty ones those that it is known to admit."""
    with SERVERS[name](ward.files) as server:
        options = {"conversation": server.conversation, "version": version, "trust": ward.hospital.roots}
        good = refusals(server.address, presented(ward.good), **options)
        nobody = refusals(server.address, {NO_CERTIFICATE: NOBODY}, **options)[NO_CERTIFICATE]
        faulty = refusals(server.address, presented(ward.faulty), **options)
    assert nobody.reception is Reception.REFUSED
    assert {name: str(one) for name, one in good.items()} == dict.fromkeys(ward.good, "admitted")
    certain = [fault for fault in ward.faulty if fault not in ADMISSIONS.may_differ.get(name, ())]
    told = {fault.name: faulty[fault.name].reception for fault in certain}
    assert told == {fault.name: ADMISSIONS.reception(name, fault) for fault in certain}, faulty
    assert {faulty[fault.name].reception for fault in set(ward.faulty) - set(certain)} <= {
        Reception.ADMITTED,
        Reception.REFUSED,
    }


def test_no_refusal_for_want_of_a_crl(ward: Site) -> None:
    """A server that looks at no CRL refuses the same, those aside that CRLs show: the others are refused for the
    fault itself, not because the CRL of the CA that was made for it cannot be found.
    """
    with MutualTLSServer(demanding(ward.files, ssl.VerifyFlags.VERIFY_DEFAULT)) as server:
        told = refusals(server.address, presented(ward.faulty))
    refused = {fault for fault in ward.faulty if told[fault.name].reception is Reception.REFUSED}
    expected = {fault for fault in SHOWN if ADMISSIONS.reception("stdlib ssl", fault) is Reception.REFUSED}
    assert refused == expected


def test_page(ward: Site) -> None:
    """The page of the documentation has a column for each server, a row for each fault, and what is recorded in it."""
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    assert head == ["fault", "finding", *SERVERS]
    assert rows.pop(0) == [f"`{NO_CERTIFICATE}`", "", *["refuses"] * len(SERVERS)]
    assert {row[0]: row[2:] for row in rows} == {
        f"`{fault.name}`": [WORDS[ADMISSIONS.reception(name, fault)] for name in SERVERS] for fault in ward.faulty
    }
    assert [row[1].partition("]")[0] for row in rows] == [f"[`{fault.expected.code}`" for fault in ward.faulty]


# What OpenSSL says of each, in both versions of TLS.
ALERTS = {
    "EXPIRED": Alert.CERTIFICATE_EXPIRED,
    "NOT_YET_VALID": Alert.BAD_CERTIFICATE,
    "WRONG_ISSUER_KEY": Alert.DECRYPT_ERROR,
    "WRONG_PURPOSE": Alert.UNSUPPORTED_CERTIFICATE,
    "UNKNOWN_CRITICAL_EXTENSION": Alert.CERTIFICATE_UNKNOWN,
    "MISSING_INTERMEDIATE": Alert.UNKNOWN_CA,
    "REVOKED": Alert.CERTIFICATE_REVOKED,
    "CRL_STALE": Alert.CERTIFICATE_EXPIRED,
}


def test_an_event_loop_that_waits_is_told_of(pump: Presented) -> None:
    """Who calls from the loop of the server waits for himself; who calls from elsewhere is not told so."""

    async def ask() -> None:
        async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0) as server:
            assert_refuses(server.sockets[0].getsockname(), {}, {"pump": pump}, timeout=0.2)

    with pytest.raises(AssertionError, match=r"no answer .*\n.*asyncio\.to_thread\(assert_refuses"):
        asyncio.run(ask())
    with Raw(hanging) as server, pytest.raises(AssertionError) as raised:
        assert_refuses(server, {}, {"pump": pump}, timeout=0.2)
    assert "to_thread" not in str(raised.value)


def test_the_name_of_an_ipv6_socket_is_an_address(pump: Presented) -> None:
    """As ``getsockname`` says it, with flow and scope: where nobody listens there, that is told, and no misuse."""
    with closed_port() as port:
        told = try_handshake(("::1", port, 0, 0), *pump)  # type: ignore[arg-type]
    assert told.reception is Reception.NO_ANSWER


def test_assert_refuses(ward: Site, wrong: dict[str, Presented]) -> None:
    """A server that does as it must passes, and what became of each is told, with its alert."""
    with stdlib(ward.files) as server:
        told = assert_refuses(server.address, wrong, presented(ward.good))
    assert {name: told[name].alert for name in wrong} == ALERTS
    assert [str(told[name]) for name in ("pump", "REVOKED")] == ["admitted", "refused (alert certificate_revoked)"]


def test_assert_refuses_names_whom_it_admits(ward: Site, wrong: dict[str, Presented]) -> None:
    """A server that admits the wrong ones fails, and each is named, and no other."""
    with s_server(ward.files) as server, pytest.raises(AssertionError) as raised:
        assert_refuses(server.address, wrong, presented(ward.good))
    lines = str(raised.value).splitlines()
    assert lines[1:] == ["  wrongly admits", *[f"    {name}: admitted" for name in wrong]]


def test_assert_refuses_names_the_good_one_that_is_refused(ward: Site, wrong: dict[str, Presented]) -> None:
    """A server that refuses whom it must admit fails, though it refuses every faulty one; so does one that is gone."""
    good = {"old pump": wrong["EXPIRED"]}
    with (
        stdlib(ward.files) as server,
        pytest.raises(AssertionError, match=r"does not admit\n    old pump: refused \(alert"),
    ):
        assert_refuses(server.address, {}, good)
    with pytest.raises(AssertionError, match=r"does not admit\n    pump: no answer \(no connection"):
        assert_refuses(server.address, wrong, presented(ward.good), timeout=0.5)
    with pytest.raises(MisuseError, match="proves nothing"):
        assert_refuses(server.address, good, {})


def test_asyncio_server(ward: Site, wrong: dict[str, Presented]) -> None:
    """A plain asyncio server is tested from a thread, for it runs in the loop; asyncio aborts without an alert."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(await reader.readline())
            await writer.drain()
        writer.close()

    async def test() -> dict[str, Attempt]:
        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=demanding(ward.files))
        async with server:
            address = server.sockets[0].getsockname()
            return await asyncio.to_thread(
                assert_refuses, address, wrong, presented(ward.good), trust=ward.hospital.roots
            )

    told = asyncio.run(test())
    assert {told[name].reception for name in wrong} == {Reception.REFUSED}


def test_orthanc_is_kept_inside(ward: Site, pump: Presented) -> None:
    """A server that listens on every address does so in a network of its own, and in no other."""
    with orthanc(ward.files) as server:
        at_its_port = try_handshake(("127.0.0.1", DICOM_PORT), *pump, timeout=0.5)
        relayed = try_handshake(server.address, *pump, conversation=server.conversation)
    assert (at_its_port.reception, str(relayed)) == (Reception.NO_ANSWER, "admitted")
    alone = subprocess.run([sys.executable, KEPT_INSIDE, "1", "true"], capture_output=True, timeout=10, check=False)
    assert b"this network is not one of its own" in alone.stderr


def test_wrong_conversation(ward: Site, pump: Presented) -> None:
    """A handshake that is done proves nothing: without an answer nobody is admitted, nor refused."""
    with mosquitto(ward.files) as server:
        silence = Conversation(b"\x10", bool)  # the first octet of a packet, which the server waits for
        told = try_handshake(server.address, *pump, conversation=silence, timeout=0.5)
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
def test_odd_servers(pump: Presented, name: str) -> None:
    """Whatever speaks at the other end, something is told, in time."""
    script, reception = ODD_SERVERS[name]
    began = time.monotonic()
    with Raw(script) as server:
        told = try_handshake(server.address, *pump, timeout=0.5)
    assert told.reception is reception, str(told)
    assert time.monotonic() - began < 5


def test_nobody_there(pump: Presented) -> None:
    """Where nothing listens there is no answer."""
    with closed_port() as port:
        told = try_handshake(("localhost", port), *pump, timeout=0.5)
    assert told.reception is Reception.NO_ANSWER


def test_server_that_is_not_trusted(ward: Site, pump: Presented) -> None:
    """A server for which the roots do not vouch is not the one to be tested."""
    with stdlib(ward.files) as server:
        told = try_handshake(server.address, *pump, trust=Hospital(seed=2).roots)
    assert (told.reception, told.detail) == (Reception.NO_ANSWER, "certificate verify failed")


def test_server_that_asks_for_no_certificate(ward: Site, wrong: dict[str, Presented]) -> None:
    """It admits everybody, which is for `assert_refuses` to say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ward.files.chain, ward.files.private_key)
    with MutualTLSServer(context) as server:
        told = try_handshake(server.address, *wrong["EXPIRED"])
    assert (str(told), server.admitted) == ("admitted (asked for no certificate)", [None])


def test_what_cannot_be_offered(ward: Site) -> None:
    """What this OpenSSL cannot send as it is never reaches the server, and is not taken for refused."""
    device = ward.good["pump"]
    leaf, key = device.certificate.der, device.private_key
    assert leaf[:2] == b"\x30\x82", "a length in two octets"
    with stdlib(ward.files) as server:
        for presented_leaf, presented_key, why in (
            (b"\x30\x83\x00" + leaf[2:], key, "another encoding"),  # BER: the length in one octet more than is needed
            (tlv(0x30, leaf[8:]), key, "wrong tag"),  # the first field is cut off
            (b"", key, "does not say why"),
            (leaf, ward.good["pump with RSA"].private_key, "no certificate assigned"),
            (leaf, ward.faulty[Fault.EXPIRED].private_key, "key values mismatch"),
            (leaf, b"no PEM", "Unable to load PEM"),
        ):
            told = try_handshake(server.address, (presented_leaf, *device.chain[1:]), presented_key)
            assert told.reception is Reception.NOT_OFFERABLE, told
            assert why in told.detail
        assert try_handshake(server.address, device.chain, device.private_key_pem) == Attempt(Reception.ADMITTED)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
def test_key_that_the_server_takes_no_signature_of(ward: Site, pump: Presented, version: ssl.TLSVersion) -> None:
    """Where client and server have no signature algorithm in common the client sends no certificate."""
    for demand in ("-Verify", "-verify"):  # with the second, who sends none is admitted
        options = (demand, "4", "-sigalgs", "RSA-PSS+SHA256:ECDSA+SHA256", "-client_sigalgs", "ECDSA+SHA256")
        with s_server(ward.files, *options) as server:
            told = try_handshake(server.address, *presented(ward.good)["pump with RSA"], version=version)
            assert try_handshake(server.address, *pump, version=version) == Attempt(Reception.ADMITTED)
        assert told.reception is Reception.NOT_OFFERABLE
        assert told.detail == "the server takes no signature that the key can make"


def test_only_loopback(ward: Site, pump: Presented) -> None:
    """A host elsewhere is contacted only where it is named; names are resolved first."""
    for host in ("192.0.2.1", "::ffff:192.0.2.1", "no-such-host.invalid", "", "a" * 64, "a..b"):
        with pytest.raises(MisuseError, match="not this machine"):
            try_handshake((host, 443), *pump)
    with pytest.raises(MisuseError, match="not one text"):
        try_handshake(("127.0.0.1", 443), *pump, allow="127.0.0.1")
    with pytest.raises(MisuseError, match="chain and its private key go together"):
        try_handshake(("127.0.0.1", 443), [], pump.private_key)
    for options in ({"timeout": 0}, {"timeout": -1}, {"server_name": "gerät.example"}):
        with pytest.raises(MisuseError, match=r"timeout is|server_name is"):
            try_handshake(("127.0.0.1", 443), *pump, **options)  # type: ignore[arg-type]
    for address in ("127.0.0.1:443", "https://localhost", ("127.0.0.1", "443"), ("127.0.0.1",), 443):
        with pytest.raises(MisuseError, match="an address is a host and a port"):
            try_handshake(address, *pump)  # type: ignore[arg-type]
    with stdlib(ward.files) as server:
        for host in ("localhost", "127.0.0.1"):
            told = try_handshake((host, server.address[1]), *pump, server_name="localhost")
            assert told.reception is Reception.ADMITTED


def test_each_address_of_loopback_is_tried(ward: Site, pump: Presented, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of two addresses is this machine's if both are, and the server may listen on the second alone."""
    real = socket.getaddrinfo

    def resolving_to(*addresses: str) -> None:
        listed = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: (
            listed if host == "ward" else real(host, *more, **named)
        ))  # fmt: skip

    with stdlib(ward.files) as server:
        port = server.address[1]
        resolving_to("127.0.0.2", "127.0.0.1", "127.0.0.1")
        assert handshakes.loopback_addresses("ward") == ["127.0.0.2", "127.0.0.1"]
        assert try_handshake(("ward", port), *pump).reception is Reception.ADMITTED
        resolving_to("127.0.0.1", "192.0.2.1")
        with pytest.raises(MisuseError, match="not this machine"):
            try_handshake(("ward", port), *pump)


def test_echo(ward: Site) -> None:
    """`MutualTLSServer` echoes lines, and remembers whom it admitted, and where."""
    device = ward.good["pump"]
    client = ssl.create_default_context(cafile=str(ward.files.roots))
    chain, key = ward.files.folder / "pump.pem", ward.files.folder / "pump.key"
    chain.write_bytes(device.chain_pem)
    key.write_bytes(device.private_key_pem)
    client.load_cert_chain(chain, key)
    with (
        MutualTLSServer(demanding(ward.files)) as server,
        socket.create_connection(server.address, 5) as connection,
        client.wrap_socket(connection, server_hostname="server.hospital.example") as tls,
        tls.makefile("rb") as lines,
    ):
        tls.sendall(b"one\ntwo\n")
        assert [lines.readline(), lines.readline()] == [b"one\n", b"two\n"]
        where = server.address
    assert (server.admitted, server.address) == ([device.certificate.der], where)
