"""What judging each peer costs a server of Python's ssl, beside the same server with CERT_REQUIRED alone, in one run.

Mutual TLS 1.3, P-256 throughout, a device that returns. First over loopback: the server is a process of its own, the
client is the same for both, rounds take turns and the best of each counts. Then in memory, where the server's share
of the work alone is timed.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import socket
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from devicetrust import Evidence, Verifier, profiles, tls
from devicetrust.testing import Device, DeviceKind, Hospital

HANDSHAKES, ROUNDS, IN_MEMORY = 300, 7, 1500
MOST_BELOW, MOST_MICROSECONDS = 0.10, 50.0


def main() -> int:
    logging.getLogger("devicetrust.tls").setLevel(logging.ERROR)
    hospital = Hospital()
    gateway, pump = hospital.device("gateway", DeviceKind.GATEWAY), hospital.device("pump-1")
    with tempfile.TemporaryDirectory() as folder:
        plain = demanding(ssl.PROTOCOL_TLS_SERVER, Path(folder), hospital, gateway)
        client = demanding(ssl.PROTOCOL_TLS_CLIENT, Path(folder), hospital, pump)
    judging = tls.server_context(
        Verifier(hospital.trust_store(), profile=profiles.tls_client),
        gateway.credential(),
        evidence=Evidence(crls=hospital.crls()),
        authorizer=tls.admit.serial_numbers({pump.device_serial}),
    )
    servers = {"plain ssl, CERT_REQUIRED": plain, "devicetrust": judging}
    print(f"mutual TLS 1.3, P-256, {ssl.OPENSSL_VERSION}, Python {sys.version.split()[0]}")

    rates = over_loopback(servers, client)
    for name, rate in rates.items():
        print(f"  {name:<28} {rate:8.0f} handshakes a second over loopback")
    below = 1 - rates["devicetrust"] / rates["plain ssl, CERT_REQUIRED"]
    print(f"  {'below plain ssl':<28} {below:8.1%}" + verdict(below <= MOST_BELOW, f"{MOST_BELOW:.0%}"))

    shares = in_memory(servers, client)
    for name, share in shares.items():
        print(f"  {name:<28} {share * 1e6:8.0f} µs of the server for a handshake")
    more = (shares["devicetrust"] - shares["plain ssl, CERT_REQUIRED"]) * 1e6
    print(f"  {'a returning device adds':<28} {more:8.0f} µs" + verdict(more <= MOST_MICROSECONDS, "50 µs"))
    return 0


def verdict(holds: bool, most: str) -> str:
    return f"   at most {most}: {'holds' if holds else 'DOES NOT HOLD'}"


def demanding(protocol: int, folder: Path, hospital: Hospital, device: Device) -> ssl.SSLContext:
    """A plain context of this device that trusts the hospital's roots and demands a certificate."""
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0  # as ours: making tickets costs too
    file = folder / f"{device.name}.pem"
    file.write_bytes(device.chain_pem + device.private_key_pem)
    context.load_cert_chain(file)
    context.load_verify_locations(cadata=hospital.roots_pem.decode())
    return context


def over_loopback(servers: dict[str, ssl.SSLContext], client: ssl.SSLContext) -> dict[str, float]:
    """The best rate of each server, which runs as a process of its own for a round."""
    rates = dict.fromkeys(servers, 0.0)
    fork = multiprocessing.get_context("fork")
    for _ in range(ROUNDS):
        for name, context in servers.items():
            with socket.create_server(("127.0.0.1", 0)) as listener:
                process = fork.Process(target=serve, args=(listener, context), daemon=True)
                process.start()
                address = listener.getsockname()
                for _ in range(20):
                    once(address, client)
                began = time.perf_counter()
                for _ in range(HANDSHAKES):
                    once(address, client)
                rates[name] = max(rates[name], HANDSHAKES / (time.perf_counter() - began))
                process.terminate()
                process.join()
    return rates


def serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        raw, _ = listener.accept()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as connection:
            connection.sendall(connection.recv(1))


def once(address: tuple[str, int], client: ssl.SSLContext) -> None:
    with socket.create_connection(address) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = client.wrap_socket(raw)
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        connection.close()


def in_memory(servers: dict[str, ssl.SSLContext], client: ssl.SSLContext) -> dict[str, float]:
    """Seconds of each server for a handshake, in the middle of many that take turns."""
    spent: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(IN_MEMORY):
        for name, context in servers.items():
            spent[name].append(share(context, client))
    return {name: statistics.median(one[len(one) // 10 :]) for name, one in spent.items()}


def share(context: ssl.SSLContext, client: ssl.SSLContext) -> float:
    """Seconds that the server spends, from its making to the first octet of the application."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(back, there)
    spent = 0.0

    def timed(step: Callable[[], object]) -> bool:
        nonlocal spent
        began = time.perf_counter()
        try:
            step()
        except ssl.SSLWantReadError:
            return False
        finally:
            spent += time.perf_counter() - began
        return True

    began = time.perf_counter()
    server = context.wrap_bio(there, back, server_side=True)
    spent += time.perf_counter() - began
    with contextlib.suppress(ssl.SSLWantReadError):
        caller.do_handshake()
    assert not timed(server.do_handshake)
    caller.do_handshake()
    caller.write(b"x")
    assert timed(server.do_handshake)
    assert timed(lambda: server.read(1))
    return spent


if __name__ == "__main__":
    if os.name != "posix":
        sys.exit("forks its servers: a system with fork() is needed")
    sys.exit(main())
