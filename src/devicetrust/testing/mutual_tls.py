"""A TLS server on loopback around any `ssl.SSLContext`: yours, to be tested, or one of the library's.

Makes: `MutualTLSServer`.
May import: testing siblings; `socket`, `ssl`.
Must never: decide whom to admit; the context does.
Read first: `MutualTLSServer`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

from devicetrust.testing.loopback import LoopbackServer

__all__ = ["MutualTLSServer"]

_LONGEST_LINE = 8192


class MutualTLSServer(LoopbackServer):
    """Echoes each line of each client that ``context`` admits.

    ``admitted`` are the certificates in DER of those who came, in order, None where the context asked for none.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self._context = context
        self.admitted: list[bytes | None] = []

    def _converse(self, connection: socket.socket) -> None:
        with (
            self._context.wrap_socket(connection, server_side=True) as tls,
            self._ended_with_the_server(tls),
            tls.makefile("rb") as lines,
        ):
            self.admitted.append(tls.getpeercert(binary_form=True))
            while line := lines.readline(_LONGEST_LINE):
                tls.sendall(line)
            # Its answer to our close_notify is not waited for.
            with contextlib.suppress(OSError):
                tls.unwrap()
