"""Servers and clients of asyncio with our contexts: who is let in is known, and who is not never reaches a handler."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator

import pytest

from devicetrust import Outcome, tls
from devicetrust.testing import Device, Fault
from devicetrust.testing.handshakes import Reception, try_handshake
from interop.tls_ward import SECONDS, VERSIONS, Ward, events, ward


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext, handled: list[str]) -> AsyncIterator[tuple[str, int]]:
    """A server that answers each line with the serial number of who sent it; who was ever handled."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serial = tls.verdict(writer).identity.serial_number or ""
        handled.append(serial)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            if await reader.readline():
                writer.write(f"{serial}\n".encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context, ssl_handshake_timeout=1)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield host, port


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What asyncio itself complained of."""
    return [one.getMessage() for one in caplog.records if one.name == "asyncio" and one.levelno >= logging.WARNING]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda one: one.name)
def test_server(version: ssl.TLSVersion, caplog: pytest.LogCaptureFixture) -> None:
    """A good device is answered; others are refused, reach no handler, and are in the log by name where we judged."""
    hospital = Ward()
    faults = (Fault.EXPIRED, Fault.REVOKED, Fault.NO_PURPOSE, Fault.SELF_SIGNED, Fault.WRONG_ISSUER_KEY)
    wrong = {fault: hospital.hospital.device("faulty", faults=[fault]) for fault in faults}
    unlisted = hospital.hospital.device("pump-9")
    handled: list[str] = []
    context = hospital.server(authorizer=tls.admit.serial_numbers({"SN-pump-1", "SN-faulty"}))

    async def test() -> dict[str, Reception]:
        async with serving(context, handled) as address:

            async def reception(device: Device) -> Reception:
                given = address, device.chain, device.private_key
                return (await asyncio.to_thread(try_handshake, *given, version=version)).reception

            told = {fault.name: await reception(device) for fault, device in wrong.items()}
            return {**told, "unlisted": await reception(unlisted), "good": await reception(hospital.pump)}

    told = asyncio.run(test())
    assert told.pop("good") is Reception.ADMITTED
    assert set(told.values()) == {Reception.REFUSED}
    assert handled == ["SN-pump-1"]
    assert complaints(caplog) == []
    refused = {one["certificate"] for one in events(caplog.records, "refused")}
    judged = [wrong[Fault.REVOKED], wrong[Fault.NO_PURPOSE], unlisted]
    assert refused == {one.certificate.fingerprint.hex() for one in judged}
    assert len(events(caplog.records, "handshake failed")) == 3


def test_client(caplog: pytest.LogCaptureFixture) -> None:
    """A client knows the server it speaks to, and raises for one that it may not trust, before it says anything."""
    handled: list[str] = []

    async def test() -> str:
        async with serving(ward().server(), handled) as (host, port):
            reader, writer = await asyncio.open_connection(
                host, port, ssl=ward().client(), server_hostname=ward().gateway.host
            )
            assert tls.verdict(writer).outcome is tls.verdict(writer.transport).outcome is Outcome.TRUSTED
            writer.write(b"who am I?\n")
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
            with pytest.raises(tls.PeerRefused, match="ip:127"):
                await asyncio.open_connection(host, port, ssl=ward().client())
            return answer.decode().strip()

    assert asyncio.run(test()) == "SN-pump-1"
    assert complaints(caplog) == []


def test_start_tls() -> None:
    """A connection that begins in the clear is judged when it goes over to TLS."""
    told: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"GO")
        try:
            await writer.start_tls(ward().server())
            told.append((await reader.readline()).decode())
        except ssl.SSLError as problem:
            told.append(type(problem).__name__)
        writer.close()

    async def call(device: Device) -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"STARTTLS")
            await reader.readexactly(2)
            with contextlib.suppress(ConnectionError):
                await writer.start_tls(ward().client(device), server_hostname=ward().gateway.host)
                writer.write(b"secret")
                writer.close()
                await writer.wait_closed()
            async with asyncio.timeout(SECONDS):
                while not told:
                    await asyncio.sleep(0.01)

    for device, expected in ((ward().pump, "secret"), (ward().revoked, "PeerRefused")):
        told.clear()
        asyncio.run(call(device))
        assert told == [expected]


def test_bad_handshakes(caplog: pytest.LogCaptureFixture) -> None:
    """Who is silent, talks rubbish or goes away holds nothing up: a good device is answered beside them."""
    handled: list[str] = []

    async def test() -> Reception:
        async with serving(ward().server(), handled) as address:
            silent = await asyncio.open_connection(*address)
            rubbish = await asyncio.open_connection(*address)
            rubbish[1].write(b"GET / HTTP/1.1\r\n\r\n" * 100)
            gone = await asyncio.open_connection(*address)
            gone[1].close()
            pump = ward().pump
            told = await asyncio.to_thread(try_handshake, address, pump.chain, pump.private_key)
            async with asyncio.timeout(SECONDS):
                with contextlib.suppress(ConnectionError):
                    assert await silent[0].read() == b""
            for _, writer in (silent, rubbish, gone):
                writer.close()
            return told.reception

    assert asyncio.run(test()) is Reception.ADMITTED
    assert handled == ["SN-pump-1"]
