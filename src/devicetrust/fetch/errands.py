"""One errand: what to ask of whom for one want, in what order, until somebody answers.

Makes: `Errand`, `Brought`, `errand`, `Purse`, `Nonces`.
May import: evidence, x509, fetch siblings.
Must never: open a connection; it yields requests and is given replies.
Read first: `errand`.

OCSP over HTTP
- A question goes by GET where the URL with it is at most 255 octets long, so that any HTTP cache on the way can answer
  (RFC 9919 5, RFC 6960 A.1), else by POST; and by POST again where a server answers the GET with an HTTP error, for
  some know POST only. A question with a nonce goes by POST: no cache can answer it.
- The certificate is named by SHA-256 first (RFC 9919 3.1), and by SHA-1 where the responder does not know it so.
"""

from __future__ import annotations

import base64
import enum
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote

from devicetrust.evidence import Evidence, Failure, Want, WantKind
from devicetrust.fetch.exchange import AnswerFrom, Origin, Reply, Request
from devicetrust.fetch.reading import read
from devicetrust.x509.ocsp import CertificateID, CertificateStatus, OCSPResponse, ResponseStatus

__all__ = ["Brought", "Errand", "Nonces", "Place", "Purse", "errand"]

# RFC 9919 5 and RFC 5019 5: the URL in all, scheme and server name included.
_LONGEST_GET: Final = 255
# OpenSSL's OSSL_HTTP_DEFAULT_MAX_RESP_LEN is 100 KiB; chains of post-quantum certificates are longer than it foresaw.
_MOST_OCTETS: Final = {WantKind.OCSP: 256 << 10, WantKind.CA_ISSUERS: 256 << 10}


class Nonces(enum.Enum):
    """Whether OCSP requests carry a nonce (RFC 9654)."""

    NONE = "none: responses made beforehand will do, and are bounded by their nextUpdate (RFC 9919)"
    RANDOM = "32 random octets each: only an answer made for this request will do, which many responders do not give"


class Purse:
    """What may still be spent on all requests together. Thread-safe.

    ``octets_each`` is the most that one CRL may have, ``seconds_each`` the longest that one request may take.
    """

    def __init__(self, requests: int, octets: int, octets_each: int, seconds_each: float) -> None:
        self._lock = threading.Lock()
        self._requests = requests
        self._octets = octets
        self._octets_each = octets_each
        self._seconds_each = seconds_each

    def request(self, url: str, kind: WantKind, answer_from: AnswerFrom, seconds_left: float) -> Request | str:
        """Leave to ask, within what is left; a text says what is spent."""
        seconds = min(self._seconds_each, seconds_left)
        with self._lock:
            octets = min(_MOST_OCTETS.get(kind, self._octets_each), self._octets)
            if self._requests <= 0 or octets <= 0 or seconds <= 0:
                limit = "requests" if self._requests <= 0 else "octets" if octets <= 0 else "seconds"
                return f"not asked: the budget of {limit} is spent"
            self._requests -= 1
        return Request(url, kind, seconds, octets, None, answer_from)

    def pay(self, reply: Reply) -> None:
        """The price of a reply. What is under way at the same time may overdraw it by its own limits."""
        with self._lock:
            self._octets -= len(reply.content or b"")


class Place(NamedTuple):
    """A want and one of its URLs, and whose answer is asked for there."""

    want: Want
    url: str
    answer_from: AnswerFrom


class Brought(NamedTuple):
    """What an errand brought home: evidence, the places asked in vain or not, and those where what is kept sufficed."""

    evidence: Evidence
    asked: frozenset[tuple[Want, str]]
    kept: frozenset[tuple[Want, str]]


Errand: TypeAlias = Generator[Request, Reply, Brought]
Weaken: TypeAlias = Callable[[CertificateID], CertificateID | None]


def errand(
    places: Iterable[Place],
    purse: Purse,
    seconds_left: Callable[[], float],
    nonce: Callable[[], bytes | None],
    weaker: Weaken,
) -> Errand:
    """Ask at one place after another until one answers with something readable of the right kind.

    ``nonce`` makes one for an OCSP request, or None; ``weaker`` names a certificate by SHA-1.
    """
    evidence = Evidence()
    asked: set[tuple[Want, str]] = set()
    kept: set[tuple[Want, str]] = set()
    for place in places:
        problem: str | None = None
        attempts = _attempts(place, nonce, weaker)
        attempt = next(attempts, None)
        while attempt is not None:
            permitted = purse.request(place.url, place.want.kind, place.answer_from, seconds_left())
            if isinstance(permitted, str):
                asked.add((place.want, place.url))
                problem = problem or permitted
                break
            reply = yield attempt.of(permitted)
            purse.pay(reply)
            (kept if reply.origin is Origin.KEPT and reply.failure is None else asked).add((place.want, place.url))
            taken = _taken(place.want.kind, reply, attempt)
            evidence = _with(evidence, taken.found)
            problem = taken.problem
            attempt = next((one for one in attempts if one.ask in taken.ask_again), None)
        if problem is None:
            break
        evidence = evidence.including(failures=[Failure(place.url, problem)])
    return Brought(evidence, frozenset(asked), frozenset(kept))


class _Ask(enum.Enum):
    """The ways to put a question, in the order in which they are tried."""

    PLAINLY = "the URL alone"
    BY_GET = "an OCSP request in the URL"
    BY_POST = "an OCSP request, sent along"
    BY_GET_WITH_SHA1 = "the same as BY_GET, with the certificate named by SHA-1"
    BY_POST_WITH_SHA1 = "the same as BY_POST, with the certificate named by SHA-1"


_POST: Final = frozenset({_Ask.BY_POST, _Ask.BY_POST_WITH_SHA1})
_SHA1: Final = frozenset({_Ask.BY_GET_WITH_SHA1, _Ask.BY_POST_WITH_SHA1})


class _Attempt(NamedTuple):
    """One way to put a question. ``names`` are all that the answer may call the certificate by."""

    ask: _Ask
    question: CertificateID | None = None
    names: tuple[CertificateID, ...] = ()
    nonce: bytes | None = None

    def of(self, permitted: Request) -> Request:
        if self.question is None:
            return permitted
        request = self.question.request(self.nonce)
        if self.nonce is not None:
            return permitted._replace(body=request, answer_from=AnswerFrom.THIS_REQUEST)
        if self.ask in _POST:
            return permitted._replace(body=request)
        return permitted._replace(url=_get_url(permitted.url, request))


def _attempts(place: Place, nonce: Callable[[], bytes | None], weaker: Weaken) -> Iterator[_Attempt]:
    question = place.want.question
    if question is None:
        yield _Attempt(_Ask.PLAINLY)
        return
    by_sha1 = weaker(question)
    names = (question,) if by_sha1 is None else (question, by_sha1)
    ways = ((_Ask.BY_GET, _Ask.BY_POST), (_Ask.BY_GET_WITH_SHA1, _Ask.BY_POST_WITH_SHA1))
    for named, (by_get, by_post) in zip(names, ways, strict=False):
        fresh = nonce()
        if fresh is None and len(_get_url(place.url, named.request())) <= _LONGEST_GET:
            yield _Attempt(by_get, named, names)
        yield _Attempt(by_post, named, names, fresh)


def _get_url(url: str, request: bytes) -> str:
    return f"{url.rstrip('/')}/{quote(base64.b64encode(request).decode('ascii'), safe='')}"


class _Taken(NamedTuple):
    """The pieces in a reply, what is wrong with it (None: it answers), and which other ways of asking may do better."""

    found: Evidence
    problem: str | None
    ask_again: frozenset[_Ask] = frozenset()


def _taken(kind: WantKind, reply: Reply, attempt: _Attempt) -> _Taken:
    if reply.content is None:
        again = _POST if reply.status is not None and attempt.ask not in _POST else frozenset()
        return _Taken(Evidence(), reply.failure or "answered with nothing", again)
    found = read(kind, reply.content, nonce=attempt.nonce)
    if isinstance(found, str):
        return _Taken(Evidence(), reply.failure or found)
    if kind is WantKind.DELTA_CRL and not any(crl.is_delta for crl in found.crls):
        return _Taken(found, "answered with a complete CRL, not with a delta CRL")
    if kind is WantKind.CRL and all(crl.is_delta for crl in found.crls):
        return _Taken(found, "answered with a delta CRL, not with a complete one")
    problem = None if attempt.question is None else _beside(found.ocsp, attempt.names)
    if reply.failure is None and problem is not None:
        return _Taken(found, problem, _SHA1)
    return _Taken(found, reply.failure)


def _beside(responses: Iterable[OCSPResponse], names: tuple[CertificateID, ...]) -> str | None:
    """What keeps OCSP responses from being an answer to the question; None where one is."""
    problem = "answered with no OCSP response"
    for response in responses:
        if response.status is not ResponseStatus.SUCCESSFUL:
            problem = f'the OCSP responder answered "{response.status.value}"'
        elif not any(single.certificate_id in names for single in response.single_responses):
            problem = "the OCSP responder answered about another certificate"
        elif all(single.status is CertificateStatus.UNKNOWN for single in response.single_responses):
            problem = 'the OCSP responder says "unknown": it does not know the certificate'
        else:
            return None
    return problem


def _with(evidence: Evidence, found: Evidence) -> Evidence:
    return evidence.including(crls=found.crls, ocsp=found.ocsp, certificates=found.certificates)
