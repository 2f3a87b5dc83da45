"""A ward that speaks mutual TLS: devices of a hospital for tests, our contexts, and plain peers of Python's ssl.

Makes: `Ward`, `ward`, `connected`, `speaking`, `events`.
May import: devicetrust.testing, tls; the standard library.
Must never: listen elsewhere than on loopback, or wait without an end.
Read first: `Ward`.
"""

from __future__ import annotations

import functools
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from devicetrust import Evidence, Verifier, profiles, tls
from devicetrust.testing import Device, DeviceKind, Fault, Hospital
from devicetrust.tls.loading import load_credential

SECONDS = 10
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Ward:
    """Gateways and pumps, good and bad ones, and what is published of them."""

    def __init__(self) -> None:
        self.hospital = Hospital()
        self.gateway = self.hospital.device("gateway", DeviceKind.GATEWAY)
        self.pump = self.hospital.device("pump-1")
        self.revoked = self.hospital.device("pump-2", faults=[Fault.REVOKED])
        self.revoked_gateway = self.hospital.device("old-gateway", DeviceKind.GATEWAY, faults=[Fault.REVOKED])
        self.expired_gateway = self.hospital.device("late-gateway", DeviceKind.GATEWAY, faults=[Fault.EXPIRED])
        self.clients = Verifier(self.hospital.trust_store(), profile=profiles.tls_client)
        self.servers = Verifier(self.hospital.trust_store(), profile=profiles.tls_server)

    @property
    def evidence(self) -> Evidence:
        """The CRLs of this moment."""
        return Evidence(crls=self.hospital.crls())

    def server(self, **changes: Any) -> tls.JudgingContext:
        """Our server's context: the gateway, with all CRLs."""
        given = {"verifier": self.clients, "credential": self.gateway.credential(), "evidence": self.evidence}
        return tls.server_context(**{**given, **changes})

    def client(self, device: Device | None = None, **changes: Any) -> tls.JudgingContext:
        """Our client's context: the pump, with all CRLs."""
        given = {
            "verifier": self.servers,
            "credential": (device or self.pump).credential(),
            "evidence": self.evidence,
        }
        return tls.client_context(**{**given, **changes})

    def plain_client(self, device: Device, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A client of Python's ssl that trusts the hospital's roots and presents this device."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return self._plain(context, device)

    def plain_server(self, device: Device) -> ssl.SSLContext:
        """A server of Python's ssl that presents this device and demands a certificate of the hospital's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        return self._plain(context, device)

    def _plain(self, context: ssl.SSLContext, device: Device) -> ssl.SSLContext:
        context.load_verify_locations(cadata=self.hospital.roots_pem.decode())
        load_credential(context, device.credential())
        return context


@functools.cache
def ward() -> Ward:
    """The ward of tests that change nothing in it."""
    return Ward()


@contextmanager
def connected(
    peer: Callable[[socket.socket], None], timeout: float | None = SECONDS
) -> Iterator[tuple[socket.socket, list[BaseException]]]:
    """Our end of a TCP connection on loopback, and ``peer`` in a thread at its other end; what the peer raised."""
    raised: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname(), SECONDS)
        ours, _ = listener.accept()

    def run() -> None:
        try:
            with theirs:
                peer(theirs)
        except (OSError, ValueError) as problem:
            raised.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ours.settimeout(timeout)
    try:
        with ours:
            yield ours, raised
    finally:
        ours.close()
        thread.join(SECONDS)
        assert not thread.is_alive()


def speaking(context: ssl.SSLContext, heard: list[bytes], **named: Any) -> Callable[[socket.socket], None]:
    """A peer that says ``secret`` as soon as it can, and notes what it hears until the end."""

    def peer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, **named) as speaker:
            speaker.sendall(b"secret")
            while octets := speaker.recv(100):
                heard.append(octets)

    return peer


def events(records: list[logging.LogRecord], *kinds: str) -> list[dict[str, Any]]:
    """The events of these kinds that the log was told, in order."""
    told = [record.devicetrust for record in records if record.name == "devicetrust.tls"]  # type: ignore[attr-defined]
    return [one for one in told if one["event"] in kinds]
