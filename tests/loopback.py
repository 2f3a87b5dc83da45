"""Servers on loopback that do as a script says.

Makes: `Server`, and scripts for it: `answering`, `hanging`, `dripping`, ….
May import: devicetrust.testing.loopback, the standard library.
Must never: outlive the test, or listen elsewhere than on loopback.
Read first: `Server`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from devicetrust.testing.loopback import LoopbackServer

Script: TypeAlias = Callable[[socket.socket, bytes, threading.Event], None]
"""Given the connection, the request and what is set at the end of the test."""


class Server(LoopbackServer):
    """Reads a request of HTTP from each connection, and then the script has it. ``requests`` are those that came."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.requests: list[bytes] = []
        self._script = script
        self._tls = tls

    @property
    def port(self) -> int:
        return self.address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/list.crl"

    def _converse(self, connection: socket.socket) -> None:
        if self._tls is None:
            self._serve(connection)
        else:
            with self._tls.wrap_socket(connection, server_side=True) as tls, self._ended_with_the_server(tls):
                self._serve(tls)

    def _serve(self, connection: socket.socket) -> None:
        request = _request(connection)
        self.requests.append(request)
        self._script(connection, request, self._over)


def _request(connection: socket.socket) -> bytes:
    """The head of the request and its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return received
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]) and (chunk := connection.recv(65536)):
                body += chunk
    return head + b"\r\n\r\n" + body


def response(content: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP response; ``Content_Length`` may be overridden."""
    stated = {"Content_Length": str(len(content)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in stated.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def answering(content: bytes, status: str = "200 OK", **headers: str) -> Script:
    return lambda connection, _request, _over: connection.sendall(response(content, status, **headers))


def saying(octets: bytes) -> Script:
    return lambda connection, _request, _over: connection.sendall(octets)


def redirecting(location: str | Callable[[], str], status: str = "302 Found") -> Script:
    def script(connection: socket.socket, _request: bytes, _over: threading.Event) -> None:
        connection.sendall(response(b"", status, Location=location if isinstance(location, str) else location()))

    return script


def hanging(connection: socket.socket, _request: bytes, over: threading.Event) -> None:
    """Says nothing."""
    over.wait(20)


def resetting(connection: socket.socket, _request: bytes, _over: threading.Event) -> None:
    """Ends with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def dripping(*parts: bytes) -> Script:
    """Sends ``parts`` and then octets one by one, twenty a second, without an end."""

    def script(connection: socket.socket, _request: bytes, over: threading.Event) -> None:
        for part in parts:
            connection.sendall(part)
        while not over.wait(0.05):
            connection.sendall(b"x")

    return script


def pouring(head: bytes, chunk: bytes) -> Script:
    """Sends ``head`` and then ``chunk`` for ever."""

    def script(connection: socket.socket, _request: bytes, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.is_set():
            connection.sendall(chunk)

    return script


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port of loopback where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]
