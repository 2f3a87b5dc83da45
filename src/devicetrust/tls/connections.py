"""Connections on which nothing passes before the peer was judged.

Makes: `JudgedSocket`, `JudgedObject`, `verdict`.
May import: errors, verdict; tls siblings; ``ssl``.
Must never: let an octet of an application through a closed passage, whichever method asks for it.
Read first: `JudgedSocket._pass`.

OpenSSL does the handshake within whatever reads or writes first, so each of these methods first sees to it that it was
done and judged. What stays is `fileno()`: whoever reads the descriptor itself reads what TLS has encrypted.
"""

from __future__ import annotations

import errno
import ssl
import sys
from typing import Any, Final, NoReturn

from devicetrust.errors import MisuseError
from devicetrust.tls.passage import Passage
from devicetrust.verdict import Verdict

__all__ = ["JudgedObject", "JudgedSocket", "passage_of", "verdict"]


class JudgedSocket(ssl.SSLSocket):
    """An `ssl.SSLSocket` whose peer is judged: made by ``wrap_socket`` of a context of this room."""

    _passage: Passage | None = None
    _sslobj: Any

    def do_handshake(self, block: bool = False) -> None:
        """The handshake, and then the verdict: raises `PeerRefused` where it does not admit."""
        passage = self._passage or self._begun()
        passage.check()
        # `ssl` gives TLS up where a connect fails or a side is shut down, and then sends and receives in the clear.
        if self._sslobj is None:
            raise OSError(errno.ENOTCONN, _NO_TLS)
        try:
            super().do_handshake(block)
        except _PAUSES:
            raise
        except ssl.SSLError as problem:
            passage.failed(problem)
            raise
        passage.judge(_presented(self))

    def _begun(self) -> Passage:
        if self._sslobj is None:
            raise OSError(errno.ENOTCONN, _NO_TLS)
        return _began(self, self._address())

    def _address(self) -> tuple[str, int] | None:
        try:
            address = self.getpeername()
        except OSError:
            return None
        return address[:2] if isinstance(address, tuple) else None

    def _pass(self) -> None:
        """Whoever comes by here was let in, or it raises."""
        passage = self._passage
        if passage is None or not passage.is_open:
            self.do_handshake()

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        self._pass()
        return super().read(len, buffer)

    def write(self, data: Any) -> int:
        self._pass()
        return super().write(data)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._pass()
        return super().recv(buflen, flags)

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        self._pass()
        return super().recv_into(buffer, nbytes, flags)

    def recvfrom(self, buflen: int = 1024, flags: int = 0) -> Any:
        self._pass()
        return super().recvfrom(buflen, flags)

    def recvfrom_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> Any:
        self._pass()
        return super().recvfrom_into(buffer, nbytes, flags)

    def send(self, data: Any, flags: int = 0) -> int:
        self._pass()
        return super().send(data, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self._pass()
        super().sendall(data, flags)

    def sendto(self, data: Any, flags_or_addr: Any, addr: Any = None) -> int:
        self._pass()
        return super().sendto(data, flags_or_addr, addr)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        self._pass()
        return super().sendfile(file, offset, count)

    def unwrap(self) -> Any:
        self._pass()
        return super().unwrap()

    def verify_client_post_handshake(self) -> NoReturn:
        _no_second_certificate()


class JudgedObject(ssl.SSLObject):
    """An `ssl.SSLObject` whose peer is judged: made by ``wrap_bio`` of a context of this room, as asyncio does."""

    _passage: Passage | None = None

    def do_handshake(self) -> None:
        """The handshake, and then the verdict: raises `PeerRefused` where it does not admit."""
        passage = self._passage or _began(self, None)
        passage.check()
        try:
            super().do_handshake()
        except _PAUSES:
            raise
        except ssl.SSLError as problem:
            passage.failed(problem)
            raise
        passage.judge(_presented(self))

    def _pass(self) -> None:
        passage = self._passage
        if passage is None or not passage.is_open:
            self.do_handshake()

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        self._pass()
        return super().read(len, buffer)

    def write(self, data: Any) -> int:
        self._pass()
        return super().write(data)

    def unwrap(self) -> None:
        self._pass()
        super().unwrap()

    def verify_client_post_handshake(self) -> NoReturn:
        _no_second_certificate()


def verdict(connection: Any) -> Verdict:
    """The verdict on the peer of a connection: a socket, an `ssl.SSLObject`, a transport or writer of asyncio.

    Raises `MisuseError` for one that no context of this room made, and for one whose handshake is not done.
    """
    passage = passage_of(connection)
    found = None if passage is None else passage.verdict
    if found is None:
        raise MisuseError("the handshake of this connection is not done, or its peer could not be judged")
    return found


def passage_of(connection: Any) -> Passage | None:
    """The passage of a connection, in whatever it is wrapped; None where its handshake has not begun."""
    ask = getattr(connection, "get_extra_info", None)
    found = connection if ask is None else ask("ssl_object")
    if not isinstance(found, JudgedSocket | JudgedObject):
        raise MisuseError(
            f"no verdict was made on this {type(connection).__name__}: its context is not one of tls.server_context or "
            "tls.client_context"
        )
    return found._passage


_ENCODING_DER: Final = 2  # of `_ssl`, which does not lend it out
_NO_TLS: Final = "there is no TLS on this connection, so nothing may pass"
# What is no end of a handshake, but a pause.
_PAUSES: Final = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


def _began(connection: JudgedSocket | JudgedObject, address: tuple[str, int] | None) -> Passage:
    """The passage of a connection whose handshake begins: its context knows by what it is judged."""
    begin = getattr(connection.context, "passage", None)
    if begin is None:
        raise MisuseError("the context of this connection was exchanged before its handshake")
    passage: Passage = begin(connection, address)
    connection._passage = passage
    return passage


if sys.version_info >= (3, 13):

    def _presented(connection: JudgedSocket | JudgedObject) -> tuple[bytes, ...]:
        """What the peer presented, in DER, leaf first; nothing where a session was resumed without it."""
        return tuple(connection.get_unverified_chain())

else:

    def _presented(connection: Any) -> tuple[bytes, ...]:
        """What the peer presented, in DER, leaf first; nothing where a session was resumed without it.

        Public from Python 3.13 on.
        """
        chain = connection._sslobj.get_unverified_chain()
        return tuple([one.public_bytes(_ENCODING_DER) for one in chain or ()])


def _no_second_certificate() -> NoReturn:
    raise MisuseError("a certificate after the handshake would be judged by nobody: ask for it in the handshake")
