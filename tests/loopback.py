"""Servers on loopback that do as a script says: a few sockets, ended by themselves.

Makes: `Server`, and scripts for it: `answering`, `hanging`, `dripping`, ….
May import: the standard library.
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

Script: TypeAlias = Callable[[socket.socket, bytes, threading.Event], None]
"""Given the connection, the request and what is set at the end of the test."""


class Server:
    """One port on loopback, one thread a connection, until the ``with`` ends. ``requests`` are those that came."""

    def __init__(self, script: Script, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._script = script
        self._tls = tls
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind((host, 0))
        self._listener.listen(8)
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        place = f"[{host}]" if ":" in host else host
        self.url = f"http://{place}:{self.port}/list.crl"

    def __enter__(self) -> Server:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()
        assert not any(thread.is_alive() for thread in self._threads)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self._start(lambda one=connection: self._serve(one))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            request = _request(connection)
            self.requests.append(request)
            self._script(connection, request, self._over)
            if self._tls is not None:
                connection.close()


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
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65536)
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
