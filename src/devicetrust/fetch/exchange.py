"""What goes to a server and what comes back: plain values, and the one shape that everything which fetches has.

Makes: `Request`, `Reply`, `Origin`, `AnswerFrom`, `Fetcher`.
May import: evidence.
Must never: open a connection.
Read first: `Request`, then `Fetcher`.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Final, NamedTuple, Protocol

from devicetrust.evidence import WantKind

__all__ = ["ACCEPT", "OCSP_REQUEST", "AnswerFrom", "Fetcher", "Origin", "Reply", "Request"]

OCSP_REQUEST: Final = "application/ocsp-request"
# RFC 2585 4 for certificates and CRLs, RFC 6960 C.1 for responses; many servers send application/octet-stream, so what
# counts is what the octets are, not what they are called.
ACCEPT: Final = {
    WantKind.CA_ISSUERS: "application/pkix-cert, application/pkcs7-mime, */*;q=0.1",
    WantKind.CRL: "application/pkix-crl, */*;q=0.1",
    WantKind.DELTA_CRL: "application/pkix-crl, */*;q=0.1",
    WantKind.OCSP: "application/ocsp-response, */*;q=0.1",
}


class AnswerFrom(enum.Enum):
    """Whose word is asked for."""

    ANYWHERE = "what is kept will do while it is fresh"
    SERVER = "the server is to be asked, for what is kept did not do"
    THIS_REQUEST = "an answer made for this request alone: nothing kept will do, and it is not worth keeping"


class Origin(enum.Enum):
    """Where a reply came from."""

    SERVER = "the server"
    KEPT = "what was kept from before"


class Request(NamedTuple):
    """One question to a server: a GET, or a POST where there is a ``body``.

    The reply may take ``seconds`` in all, and hold ``octets`` at most.
    """

    url: str
    kind: WantKind
    seconds: float
    octets: int
    body: bytes | None = None
    answer_from: AnswerFrom = AnswerFrom.ANYWHERE

    @property
    def method(self) -> str:
        """``GET`` or ``POST``."""
        return "GET" if self.body is None else "POST"

    @property
    def key(self) -> bytes:
        """SHA-256 over method, URL and body: requests with the same key ask the same. 32 octets."""
        url = self.url.encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(self.method.encode("ascii") + len(url).to_bytes(8, "big") + url)
        digest.update(self.body or b"")
        return digest.digest()


class Reply(NamedTuple):
    """What came of a request: octets, or in words why there are none; both where the octets are stale ones kept.

    ``status`` is the server's last HTTP status; None where it gave none.
    """

    content: bytes | None
    failure: str | None = None
    status: int | None = None
    origin: Origin = Origin.SERVER


class Fetcher(Protocol):
    """Gets octets. Both forms do the same; neither raises for what a server or a network does."""

    def fetch(self, request: Request) -> Reply:
        """The reply, within the limits of the request; blocks until it is there."""
        ...

    async def afetch(self, request: Request) -> Reply:
        """The same, for asyncio."""
        ...
