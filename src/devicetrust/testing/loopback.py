"""A server in threads on loopback, as a context manager for ``with`` and ``async with``.

Makes: `LoopbackServer`.
May import: errors; `asyncio`, `socket`, `socketserver`, `threading`.
Must never: listen elsewhere than on 127.0.0.1; outlive its context; wait for a client without an end.
Read first: `LoopbackServer`.

Under asyncio it runs in threads too, so that code under test which blocks the event loop is still answered.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

from devicetrust.errors import MisuseError

__all__ = ["LOOPBACK", "LoopbackServer"]

LOOPBACK: Final = "127.0.0.1"
# Ours: more than any test has open at once, and few enough that a client which connects for ever meets an end.
_MOST_CONNECTIONS: Final = 64
# Ours: no read or write of a server waits longer, in seconds.
_PATIENCE: Final = 10.0


class LoopbackServer(abc.ABC):
    """One port that the system chooses, one thread a connection, from the start of the context until its end.

    What a client does wrong ends its connection. An exception of what the test gave (a maker of CRLs, say) is raised
    again when the context ends, lest it looks like a fault of the network.
    """

    def __init__(self) -> None:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._problem: Exception | None = None
        self._listener: _Listener | None = None

    @abc.abstractmethod
    def _converse(self, connection: socket.socket) -> None:
        """All that is said on one connection; it is closed afterwards."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, also once it has ended; raises `MisuseError` where the context has not begun."""
        if self._listener is None:
            raise MisuseError("the server has an address once it runs: `with server:`")
        return LOOPBACK, self._listener.server_address[1]

    def __enter__(self) -> Self:
        if self._listener is not None:
            raise MisuseError("the server has run already: make another")
        self._listener = _Listener(self)
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._listener is None:
            return
        self._listener.shutdown()
        with self._lock:
            self._over.set()
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    # That of `SSLSocket` would take TLS away from the thread that is using it.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self._listener.server_close()
        if self._problem is not None and kind is None:
            raise self._problem

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, value, traceback)

    @contextlib.contextmanager
    def _ended_with_the_server(self, connection: socket.socket) -> Iterator[None]:
        """Within it, the end of the server also ends the connection."""
        with self._lock:
            if self._over.is_set():
                raise ConnectionAbortedError
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)


class _Listener(socketserver.ThreadingTCPServer):
    """The accepting half, which knows nothing of what is said."""

    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, owner: LoopbackServer) -> None:
        super().__init__((LOOPBACK, 0), socketserver.BaseRequestHandler)
        self._owner = owner

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return len(self._owner._connections) < _MOST_CONNECTIONS

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(_PATIENCE)
        with self._owner._ended_with_the_server(request):
            self._owner._converse(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        problem = sys.exception()
        if isinstance(problem, Exception) and not isinstance(problem, OSError):
            self._owner._problem = self._owner._problem or problem

    def shutdown_request(self, request: Any) -> None:
        """Closes without an orderly shutdown first, which would hide a reset."""
        self.close_request(request)
