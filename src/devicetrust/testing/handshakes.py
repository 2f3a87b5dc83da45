"""One TLS handshake as a client with a given certificate, right or wrong, or none, and what the server made of it.

Makes: `try_handshake`, `Attempt`, `Reception`, `Alert`; `loopback_addresses`.
May import: errors, x509; testing siblings; `cryptography`, `OpenSSL`, `socket`, `time`; `ssl` for PEM.
Must never: raise for what a server does; wait without an end; reach beyond loopback where nobody said so.
Read first: `try_handshake`.

OpenSSL (that of pyOpenSSL) is the client. It takes what it can read, however wrong, and at security level 0 however
weak; what it cannot read, or would send otherwise than it was given, is NOT_OFFERABLE.
"""

from __future__ import annotations

import enum
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto

from devicetrust.errors import MisuseError
from devicetrust.testing.conversations import LINE, Conversation
from devicetrust.x509.certificate import CertificateLike, as_certificate

__all__ = ["VERSIONS", "Address", "Alert", "Attempt", "Reception", "loopback_addresses", "try_handshake"]

Address: TypeAlias = tuple[str, int]
_T = TypeVar("_T")

VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
"""The versions of TLS in which a client can be presented, by their numbers."""


class Reception(enum.Enum):
    """What became of a client."""

    ADMITTED = "the server answered as to a client that it admits"
    REFUSED = "the server ended the connection, or answered that it refuses"
    NO_ANSWER = "nothing can be said: no server, no TLS, a server that is not trusted, or silence"
    NOT_OFFERABLE = "the certificate did not reach the server: the client's OpenSSL cannot send it"


class Alert(enum.IntEnum):
    """The alerts by which a TLS server refuses a client, RFC 8446 6 and B.2."""

    CLOSE_NOTIFY = 0
    UNEXPECTED_MESSAGE = 10
    BAD_RECORD_MAC = 20
    HANDSHAKE_FAILURE = 40
    BAD_CERTIFICATE = 42
    UNSUPPORTED_CERTIFICATE = 43
    CERTIFICATE_REVOKED = 44
    CERTIFICATE_EXPIRED = 45
    CERTIFICATE_UNKNOWN = 46
    ILLEGAL_PARAMETER = 47
    UNKNOWN_CA = 48
    ACCESS_DENIED = 49
    DECODE_ERROR = 50
    DECRYPT_ERROR = 51
    PROTOCOL_VERSION = 70
    INSUFFICIENT_SECURITY = 71
    INTERNAL_ERROR = 80
    USER_CANCELED = 90
    MISSING_EXTENSION = 109
    UNSUPPORTED_EXTENSION = 110
    UNRECOGNIZED_NAME = 112
    BAD_CERTIFICATE_STATUS_RESPONSE = 113
    UNKNOWN_PSK_IDENTITY = 115
    CERTIFICATE_REQUIRED = 116
    NO_APPLICATION_PROTOCOL = 120


class Attempt(NamedTuple):
    """What became of one client. ``alert`` is the server's last one, a bare number where it is not in `Alert`."""

    reception: Reception
    alert: Alert | int | None = None
    detail: str = ""

    def __str__(self) -> str:
        named = f"alert {self.alert.name.lower()}" if isinstance(self.alert, Alert) else f"alert {self.alert}"
        said = ", ".join(part for part in ("" if self.alert is None else named, self.detail) if part)
        return self.reception.name.lower().replace("_", " ") + (f" ({said})" if said else "")


def try_handshake(
    address: Address,
    chain: Iterable[CertificateLike],
    private_key: PrivateKeyTypes | bytes | None,
    *,
    trust: Iterable[CertificateLike] | None = None,
    timeout: float = 5.0,
    conversation: Conversation = LINE,
    version: ssl.TLSVersion | None = None,
    server_name: str | None = None,
    allow: Collection[str] = (),
) -> Attempt:
    """Present ``chain`` (leaf first) to the server at ``address``, say something, and wait for an answer or an alert.

    ``address`` may be what ``getsockname`` of a listening socket says. ``private_key`` is an object of ``cryptography``
    or PEM; an empty chain and None are a client without a certificate. ``trust`` are the roots that must vouch for the
    server, None: it may be anybody, and its name is never compared. ``version`` is the only one offered, None: TLS 1.2
    and 1.3. A host that is not on loopback must be named in ``allow``, else `MisuseError`. Blocks for at most
    ``timeout`` seconds for each address of the host; where the server runs in the same event loop: ``await
    asyncio.to_thread(try_handshake, ...)``.
    """
    places = _places(address, allow)
    if server_name is not None and not server_name.isascii():
        raise MisuseError(f"server_name is a DNS name in ASCII (xn--…), not {server_name!r}")
    if not timeout > 0:
        raise MisuseError(f"timeout is a number of seconds above 0, not {timeout!r}")
    ders = [as_certificate(one).der for one in chain]
    if bool(ders) is (private_key is None):
        raise MisuseError("a chain and its private key go together; an empty chain and None present no certificate")
    try:
        context = _context(ders, private_key, version)
    except _OUR_OWN as problem:
        return Attempt(Reception.NOT_OFFERABLE, None, _text(problem))
    if trust is not None:
        _demand(context, [as_certificate(one).der for one in trust])
    client = _Client(context, time.monotonic() + timeout, is_nobody=not ders)
    try:
        with _connected(places, timeout) as connection:
            return client.ask(connection, server_name, conversation)
    except OSError as problem:
        return Attempt(Reception.NO_ANSWER, None, f"no connection: {problem}")


def loopback_addresses(host: str) -> list[str]:
    """The addresses of this machine's loopback that ``host`` stands for; none for what is elsewhere, in part or whole.

    A name that leads nowhere stands for none.
    """
    try:
        found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))
        return found if all(ip_address(one).is_loopback for one in found) else []
    except (OSError, ValueError):  # of a name that is none in IDNA, or an address with a zone that is none
        return []


_OUR_OWN: Final = (SSL.Error, crypto.Error, UnsupportedAlgorithm, TypeError, ValueError)
"""What the client's libraries raise for certificates and keys that they cannot use."""


# What OpenSSL calls the states of a client that was asked for a certificate. It goes through the first with an empty
# message too, where it has no signature algorithm in common with the server, and then not through the second.
_CERTIFICATE: Final = b"SSLv3/TLS write client certificate"
_CERTIFICATE_VERIFY: Final = b"SSLv3/TLS write certificate verify"


class _Client:
    """A handshake under way: its end, and what the server was seen to do.

    OpenSSL reads and writes memory, and the socket is ours: where a server refuses and closes, what is sent to it
    fails, and OpenSSL, knowing that, would no longer read the alert that lies there.
    """

    def __init__(self, context: SSL.Context, deadline: float, *, is_nobody: bool) -> None:
        self._deadline = deadline
        self._is_nobody = is_nobody
        self._alert: Alert | int | None = None
        self._states: set[bytes] = set()
        context.set_info_callback(self._note)
        self._tls = SSL.Connection(context, None)
        self._tls.set_connect_state()

    def ask(self, connection: socket.socket, server_name: str | None, conversation: Conversation) -> Attempt:
        if server_name is not None:
            self._tls.set_tlsext_host_name(server_name.encode("ascii"))
        try:
            self._patiently(connection, self._tls.do_handshake)
            self._patiently(connection, lambda: self._tls.send(conversation.question))
            answer = self._patiently(connection, lambda: self._tls.recv(4096))
        except TimeoutError:
            return Attempt(Reception.NO_ANSWER, self._alert, "silence until the time was over")
        except SSL.ZeroReturnError:
            return self._judged(Reception.REFUSED, "closed without an answer")
        except (OSError, SSL.SysCallError) as problem:
            return self._judged(Reception.REFUSED, f"the connection ended: {problem.args[-1]}")
        except SSL.Error as problem:
            if self._alert is None:
                return Attempt(Reception.NO_ANSWER, None, _text(problem))
            return self._judged(Reception.REFUSED)
        if not conversation.admits(answer):
            return self._judged(Reception.REFUSED, f"answered {answer[:40]!r}")
        if _CERTIFICATE not in self._states:
            return self._judged(Reception.ADMITTED, "asked for no certificate")
        return self._judged(
            Reception.ADMITTED, "asked for a certificate, and went on without" if self._is_nobody else ""
        )

    def _judged(self, reception: Reception, detail: str = "") -> Attempt:
        """What the server made of the client, unless that could not send the certificate that it was asked for."""
        is_unsent = _CERTIFICATE in self._states and _CERTIFICATE_VERIFY not in self._states
        if is_unsent and not self._is_nobody:
            return Attempt(Reception.NOT_OFFERABLE, self._alert, "the server takes no signature that the key can make")
        return Attempt(reception, self._alert, detail)

    def _note(self, connection: SSL.Connection, where: int, code: int) -> None:
        if where == SSL.SSL_CB_READ_ALERT and code & 0xFF != Alert.CLOSE_NOTIFY:
            number = code & 0xFF
            self._alert = Alert(number) if number in set(Alert) else number
        elif where == SSL.SSL_CB_CONNECT_LOOP:
            self._states.add(connection.get_state_string())

    def _patiently(self, connection: socket.socket, step: Callable[[], _T]) -> _T:
        """The outcome of a step of TLS, tried until it is there; raises `TimeoutError`."""
        while True:
            try:
                return step()
            except SSL.WantReadError:
                pass
            finally:
                self._send(connection)
            received = self._within(connection).recv(1 << 16)
            if received:
                self._tls.bio_write(received)
            else:
                self._tls.bio_shutdown()

    def _send(self, connection: socket.socket) -> None:
        with suppress(SSL.WantReadError, OSError):  # nothing to send; or the server has gone, which reading will show
            while octets := self._tls.bio_read(1 << 16):
                self._within(connection).sendall(octets)

    def _within(self, connection: socket.socket) -> socket.socket:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        return connection


def _places(address: Address, allow: Collection[str]) -> list[Address]:
    """Where to connect to, the first that answers: addresses of loopback, or whatever a host is that was named."""
    if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[1], int):
        raise MisuseError(f'an address is a host and a port, such as ("127.0.0.1", 8443), not {address!r}')
    host, port, *_ = address  # the name of an IPv6 socket goes on
    if isinstance(allow, str):
        raise MisuseError(f'allow is a list of hosts, such as ["{allow}"], not one text')
    if host in allow:
        return [address]
    found = loopback_addresses(host)
    if not found:
        raise MisuseError(f'{host} is not this machine; allow=["{host}"] says that it is to be contacted')
    return [(one, port) for one in found]


def _connected(places: Sequence[Address], timeout: float) -> socket.socket:
    """A connection to the first that takes one: ``localhost`` is of two families, and many a server of one."""
    for place in places[:-1]:
        with suppress(OSError):
            return socket.create_connection(place, timeout)
    return socket.create_connection(places[-1], timeout)


def _context(
    ders: Sequence[bytes], private_key: PrivateKeyTypes | bytes | None, version: ssl.TLSVersion | None
) -> SSL.Context:
    for der in ders:
        # OpenSSL reads some BER and would send it as DER, which is another certificate than was to be tried.
        if crypto.dump_certificate(crypto.FILETYPE_ASN1, crypto.load_certificate(crypto.FILETYPE_ASN1, der)) != der:
            raise ValueError("OpenSSL would send it in another encoding")
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version or ssl.TLSVersion.TLSv1_2)
    context.set_max_proto_version(version or ssl.TLSVersion.TLSv1_3)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    if not ders:
        return context
    _from_file(context.use_certificate_chain_file, ders)
    key: Any = load_pem_private_key(private_key, None) if isinstance(private_key, bytes) else private_key
    context.use_privatekey(key)
    context.check_privatekey()
    return context


def _demand(context: SSL.Context, roots: Sequence[bytes]) -> None:
    """The server's chain must end in one of ``roots``."""
    _from_file(context.load_verify_locations, roots)
    context.set_verify(
        SSL.VERIFY_PEER, lambda _connection, _certificate, _error, _depth, preverified: bool(preverified)
    )


def _from_file(load: Callable[[str], None], ders: Iterable[bytes]) -> None:
    """OpenSSL takes octets as they are from files only; pyOpenSSL's objects pass through pyca's stricter reader."""
    with tempfile.TemporaryDirectory(prefix="devicetrust-") as folder:
        file = Path(folder, "chain.pem")
        file.write_text("".join(map(ssl.DER_cert_to_PEM_cert, ders)), "ascii")
        load(str(file))


def _text(problem: BaseException) -> str:
    """OpenSSL's reasons, or what another library says."""
    if isinstance(problem, (SSL.Error, crypto.Error)) and problem.args and isinstance(problem.args[0], list):
        return "; ".join(str(entry[-1]) for entry in problem.args[0]) or "OpenSSL does not say why"
    return str(problem)
