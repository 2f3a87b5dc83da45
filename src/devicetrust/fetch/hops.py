"""From one server to the next, as redirects lead, and what each of them answered: HTTP without the connection.

Makes: `Hop`, `Intake`, `Target`, `walk`.
May import: fetch siblings.
Must never: open a connection, or follow a redirect to what could not have been asked itself.
Read first: `walk`, then `Intake.open`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterable
from typing import Final, NamedTuple, NoReturn
from urllib.parse import urljoin, urlsplit

from devicetrust._version import __version__
from devicetrust.fetch.exchange import ACCEPT, OCSP_REQUEST, Reply, Request

__all__ = ["Hop", "Intake", "Refused", "Target", "walk"]

# RFC 2068 10.3 recommended at most five; later editions only ask that loops be found.
_MOST_REDIRECTS: Final = 5
# RFC 9110 4.1 asks that URLs of 8000 octets at least be supported.
_LONGEST_URL: Final = 8000


class Refused(Exception):
    """Ends a hop; the text says why."""


class Target(NamedTuple):
    """Where a request goes: ``path`` with the query; the port is None where the URL states none."""

    scheme: str
    host: str
    port: int | None
    path: str

    @classmethod
    def of(cls, url: str) -> Target:
        """The parts of ``url``. Raises `Refused` where no request may go there."""
        if len(url) > _LONGEST_URL or not _URL_TEXT.fullmatch(url):
            raise Refused("not asked: this is no URL, for it is too long or has characters that none has")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as problem:
            raise Refused(f"not asked: this is no URL: {problem}") from None
        if parts.scheme not in ("http", "https"):
            raise Refused(f"not asked: the scheme {parts.scheme!r} is not fetched, only http and https are")
        if not host:
            raise Refused("not asked: the URL names no host")
        if not _HOST_TEXT.fullmatch(host):
            raise Refused("not asked: the URL's host is no name and no address")
        if parts.username is not None or parts.password is not None:
            raise Refused("not asked: the URL holds a user name or a password")
        return cls(parts.scheme, host, port, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")

    @property
    def place(self) -> str:
        """Host and port as the Host header states them, RFC 9110 7.2."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


_URL_TEXT: Final = re.compile(r"[!-~]+")
# Names of RFC 1123 2.1, with the underscore that Windows allows, and addresses.
_HOST_TEXT: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f.]*:[0-9a-f:.]*")


class Hop(NamedTuple):
    """One request to one server, to be over at ``end`` of the monotonic clock."""

    target: Target
    request: Request
    end: float

    def left(self) -> float:
        """Seconds left. Raises `Refused` where there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise Refused(self.lateness)
        return left

    @property
    def lateness(self) -> str:
        """What to say of a server that took too long."""
        return f"no whole answer within {self.request.seconds:.3g} seconds"

    def headers(self) -> list[tuple[bytes, bytes]]:
        """All that is sent along: nothing that tells one caller from another."""
        stated = {
            "Host": self.target.place,
            "User-Agent": f"devicetrust/{__version__}",
            "Accept": ACCEPT[self.request.kind],
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if self.request.body is not None:
            stated["Content-Type"] = OCSP_REQUEST
            stated["Content-Length"] = str(len(self.request.body))
        return [(name.encode(), value.encode()) for name, value in stated.items()]


class Intake:
    """What one hop brought: chunks, or where it was redirected to, or what went wrong, in words."""

    def __init__(self, hop: Hop) -> None:
        self.chunks: list[bytes] = []
        self.location: str | None = None
        self.problem: str | None = None
        self.status: int | None = None
        self._hop = hop
        self._octets = 0

    def open(self, status: int, phrase: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether there is a content to read. Raises `Refused` where the answer is none."""
        self.status = status
        stated = {name.lower(): value.decode("latin-1") for name, value in headers}
        # RFC 9110 15.4.4: 303 asks for a GET in place of the POST, which would ask nothing of an OCSP responder.
        if status in _REDIRECTS or (status == 303 and self._hop.request.body is None):
            self.location = stated.get(b"location")
        if self.location is not None:
            return False
        if status != 200:
            raise Refused(f"answered {status} {printable(phrase.decode('latin-1'))}".rstrip())
        encoding = stated.get(b"content-encoding", "").strip().lower()
        if encoding not in ("identity", ""):
            raise Refused(f"answered in the encoding {printable(encoding)!r}, which was not asked for")
        length = stated.get(b"content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > self._hop.request.octets):
            self._too_large()
        return True

    def take(self, chunk: bytes) -> None:
        """One more piece of the content. Raises `Refused` beyond the limits."""
        self._hop.left()
        self._octets += len(chunk)
        if self._octets > self._hop.request.octets:
            self._too_large()
        self.chunks.append(chunk)

    def fail(self, problem: str) -> None:
        """Nothing of it counts, and why."""
        self.chunks.clear()
        self.location = None
        self.problem = problem

    def _too_large(self) -> NoReturn:
        raise Refused(f"answered with more than the {self._hop.request.octets:,} octets that are allowed")


_REDIRECTS: Final = frozenset({301, 302, 307, 308})


def walk(request: Request, objection: Callable[[Target], str | None]) -> Generator[Hop, Intake, Reply]:
    """One hop after another, each to be answered with its intake; returns the reply.

    ``objection`` says what speaks against a target that can be known before its name is resolved.
    """
    url, seen = request.url, {request.url}
    end = time.monotonic() + request.seconds
    secure = False
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            target = Target.of(url)
            problem = objection(target)
        except Refused as refusal:
            problem = str(refusal)
        if problem is not None:
            return Reply(None, _redirected(request.url, url, problem))
        if secure and target.scheme == "http":
            return Reply(None, f"redirected from https to {url[:200]!r}, which anybody on the way could change")
        secure = target.scheme == "https"
        intake = yield Hop(target, request, end)
        if intake.problem is not None:
            return Reply(None, _redirected(request.url, url, intake.problem), intake.status)
        if intake.location is None:
            return Reply(b"".join(intake.chunks), None, intake.status)
        url = _joined(url, intake.location)
        if url in seen:
            return Reply(None, f"redirected in a circle, by {url[:200]!r}", intake.status)
        seen.add(url)
    return Reply(None, f"redirected more than {_MOST_REDIRECTS} times")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _redirected(asked: str, url: str, problem: str) -> str:
    return problem if asked == url else f"redirected to {url[:200]!r}: {problem}"


def printable(text: str) -> str:
    """What a server says, for a line of text."""
    return "".join(character for character in text if " " <= character <= "~")[:60]
