"""CRLs, certificates and OCSP responses over HTTP on loopback, well served or badly.

Makes: `RevocationServer`, `ResponderFault`, `Question`, `Asked`.
May import: errors, x509; testing siblings; `cryptography`, `http.server`, `socket`; the clock.
Must never: sign or judge anything; who makes the documents does.
Read first: `RevocationServer`.
"""

from __future__ import annotations

import base64
import binascii
import enum
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from cryptography import x509
from cryptography.x509 import ocsp

from devicetrust.errors import MisuseError
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.x509.certificate_id import CertificateID

__all__ = ["OCSP_PATH", "Asked", "Document", "Question", "ResponderFault", "RevocationServer"]

OCSP_PATH: Final = "/ocsp"
STALE_BY: Final = timedelta(days=365)
"""How far behind the clock of a `STALE` server is."""

# Ours: how long a HANGING server keeps a client that does not give up, in seconds.
_HANGS: Final = 60.0
# Ours: twice what `FetchBudget` takes of one CRL by default, for a client without a limit must meet an end too.
_TOO_LARGE: Final = 64 << 20
_LARGEST_QUESTION: Final = 64 << 10
# RFC 6960 4.2.1: an OCSPResponse of responseStatus malformedRequest, without responseBytes.
_MALFORMED_REQUEST: Final = bytes.fromhex("30030a0101")
_SIGN_IN: Final = b"<!doctype html><title>Guest network</title><p>Please sign in to use the network.</p>"
_TYPES: Final = {".crl": "application/pkix-crl", ".cer": "application/pkix-cert", ".p7c": "application/pkcs7-mime"}


class ResponderFault(enum.Enum):
    """What a server does wrong, to every request alike."""

    SLOW = "the right answer, but late by the server's `delay`"
    HANGING = "no answer; the connection stays open"
    RESET = "no answer; the connection ends with a TCP reset"
    WRONG_CONTENT = "a page of HTML with status 200, as the sign-in page of a guest network"
    STALE = "what was right a year ago"
    WRONG_NONCE = "an OCSP response for another nonce than was sent; where none was sent, and for documents: nothing"
    NOT_FOUND = "status 404"
    TOO_LARGE = "octets without an announced end, 64 MiB of them"
    REDIRECT_LOOP = "a redirection to the same URL"


class Question(NamedTuple):
    """What an OCSP response is to be made for. ``at`` is the moment that it is to speak of."""

    certificate: CertificateID
    nonce: bytes | None
    at: datetime


class Asked(NamedTuple):
    """One request as it came. ``question`` is None where it is no OCSP request, or not a readable one."""

    method: str
    path: str
    question: Question | None


Document: TypeAlias = bytes | Callable[[datetime], bytes]
"""The DER of a CRL or certificate, or what makes it for a moment."""


class RevocationServer(LoopbackServer):
    """Serves ``documents`` by path (``/ward.crl``), and at ``/ocsp`` what ``ocsp`` makes, by GET and POST.

    Both may be set later, when certificates exist that name the server. ``requests`` are those that came, in order.
    ``fault`` may be changed at any time, or for a while by `failing`. ``clock`` says which moment answers speak of;
    ``delay`` is that of a SLOW server, in seconds. STALE needs documents that are made, not octets: `MisuseError`.

    >>> with RevocationServer({"/ward.crl": b"octets of a CRL"}) as server:
    ...     server.url_of("/ward.crl")
    'http://127.0.0.1:.../ward.crl'
    """

    def __init__(
        self,
        documents: Mapping[str, Document] | None = None,
        *,
        ocsp: Callable[[Question], bytes] | None = None,
        fault: ResponderFault | None = None,
        clock: Callable[[], datetime] | None = None,
        delay: float = 2.0,
    ) -> None:
        super().__init__()
        self.documents: dict[str, Document] = dict(documents or {})
        self.ocsp = ocsp
        self.requests: list[Asked] = []
        self._clock = clock or _now
        self._delay = delay
        self.fault = fault

    @property
    def fault(self) -> ResponderFault | None:
        """What the server does wrong now."""
        return self._fault

    @fault.setter
    def fault(self, fault: ResponderFault | None) -> None:
        if fault is not None and not isinstance(fault, ResponderFault):
            raise MisuseError(f"fault is a member of ResponderFault, such as {ResponderFault.SLOW}, not {fault!r}")
        fixed = [path for path, document in self.documents.items() if isinstance(document, bytes)]
        if fault is ResponderFault.STALE and fixed:
            raise MisuseError(f"{', '.join(fixed)}: octets cannot go stale; give a function of the moment")
        self._fault = fault

    @contextmanager
    def failing(self, fault: ResponderFault) -> Iterator[None]:
        """The server has this fault while the context lasts."""
        before, self.fault = self.fault, fault
        try:
            yield
        finally:
            self.fault = before

    @property
    def url(self) -> str:
        """Without a path, and without a slash at the end."""
        host, port = self.address
        return f"http://{host}:{port}"

    @property
    def ocsp_url(self) -> str:
        """What goes into authorityInfoAccess."""
        return self.url_of(OCSP_PATH)

    def url_of(self, path: str) -> str:
        """What goes into cRLDistributionPoints."""
        return self.url + path

    def _converse(self, connection: socket.socket) -> None:
        _Exchange(self, connection)

    def _answer(self, exchange: _Exchange, body: bytes) -> None:
        asked = self._asked(exchange, body)
        self.requests.append(asked)
        match self.fault:
            case ResponderFault.HANGING:
                self._over.wait(_HANGS)
            case ResponderFault.RESET:
                # Closing with a linger of zero seconds sends RST. The fields are of 16 bits on Windows, else of 32.
                linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
                exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            case ResponderFault.WRONG_CONTENT:
                exchange.say(200, _SIGN_IN, "text/html")
            case ResponderFault.NOT_FOUND:
                exchange.say(404)
            case ResponderFault.TOO_LARGE:
                exchange.pour(_TOO_LARGE)
            case ResponderFault.REDIRECT_LOOP:
                exchange.say(307, Location=self.url_of(asked.path))
            case ResponderFault.SLOW:
                self._over.wait(self._delay)
                self._serve(exchange, asked)
            case _:
                self._serve(exchange, asked)

    def _serve(self, exchange: _Exchange, asked: Asked) -> None:
        if self.ocsp is not None and _is_for_ocsp(asked.path):
            content, kind = self._response(self.ocsp, asked.question), "application/ocsp-response"
        elif asked.path in self.documents:
            content, kind = self._made(self.documents[asked.path]), _TYPES.get(asked.path[-4:], "application/pkix-crl")
        else:
            exchange.say(404)
            return
        exchange.say(200, content, kind)

    def _made(self, document: Document) -> bytes:
        if self.fault is ResponderFault.STALE and isinstance(document, bytes):
            raise MisuseError("octets cannot go stale; give a function of the moment")
        return document if isinstance(document, bytes) else document(self._moment())

    def _response(self, make: Callable[[Question], bytes], question: Question | None) -> bytes:
        if question is None:
            return _MALFORMED_REQUEST
        if self.fault is ResponderFault.WRONG_NONCE and question.nonce:
            question = question._replace(nonce=question.nonce[:-1] + bytes([question.nonce[-1] ^ 1]))
        return make(question)

    def _moment(self) -> datetime:
        return self._clock() - (STALE_BY if self.fault is ResponderFault.STALE else timedelta(0))

    def _asked(self, exchange: _Exchange, body: bytes) -> Asked:
        question = None
        if _is_for_ocsp(exchange.path):
            encoded = unquote(exchange.path.removeprefix(OCSP_PATH).removeprefix("/"))
            question = _question(body if exchange.command == "POST" else _decoded(encoded), self._moment())
        return Asked(exchange.command, exchange.path, question)


class _Exchange(BaseHTTPRequestHandler):
    """One request and its answer, HTTP/1.0: a connection each."""

    def __init__(self, owner: RevocationServer, connection: socket.socket) -> None:
        self._owner = owner
        # The third is the server, of which this class asks nothing.
        super().__init__(connection, connection.getpeername(), None)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._owner._answer(self, b"")

    def do_POST(self) -> None:
        stated = self.headers.get("Content-Length", "0")
        length = min(int(stated), _LARGEST_QUESTION) if stated.isascii() and stated.isdigit() else 0
        self._owner._answer(self, self.rfile.read(length))

    def say(self, status: int, content: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def pour(self, octets: int) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(octets >> 16):
            self.wfile.write(bytes(1 << 16))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: `RevocationServer.requests` has it."""


def _is_for_ocsp(path: str) -> bool:
    return path == OCSP_PATH or path.startswith(OCSP_PATH + "/")


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _question(request: bytes, at: datetime) -> Question | None:
    """RFC 6960 4.1.1; None for what is no request about one certificate."""
    try:
        read = ocsp.load_der_ocsp_request(request)
        nonces = [one.value.nonce for one in read.extensions if isinstance(one.value, x509.OCSPNonce)]
    except (NotImplementedError, ValueError):
        return None
    name = read.hash_algorithm.name.upper().replace("SHA", "SHA-")
    certificate = CertificateID(name, read.issuer_name_hash, read.issuer_key_hash, read.serial_number)
    return Question(certificate, nonces[0] if nonces else None, at)


def _now() -> datetime:
    return datetime.now(UTC)
