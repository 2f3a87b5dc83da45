"""Who a request comes from, where a proxy did the handshake: judged before the application sees the request.

Makes: `ProxyGate`, `WithoutCertificate`, `UnderscoredNames`, `VERDICT_KEY`; `Request` and `Refused` for its adapters.
May import: everything below; tls siblings.
Must never: take a certificate from anybody but a trusted proxy; show an application the headers that carry one.
Read first: `ProxyGate`, then `ProxyGate.judge`.

A certificate is no secret: whoever can write the header is whom he likes. So each doubt about who wrote it refuses.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from devicetrust.errors import MisuseError
from devicetrust.identity import Reference
from devicetrust.tls.admit import Authorizer
from devicetrust.tls.counts import Counts
from devicetrust.tls.events import Event, tell
from devicetrust.tls.inputs import EvidenceLike, announce, judges
from devicetrust.tls.passage import KnownPeers, Passage
from devicetrust.tls.proxy_headers import NotReadable, ProxyForm, fields_of, read_fields
from devicetrust.tls.refusal import PeerRefused, PeerUnknown
from devicetrust.tls.sides import Side
from devicetrust.verdict import Verdict
from devicetrust.verifier import Verifier

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from devicetrust.tls.proxy_asgi import ASGIApplication

__all__ = ["VERDICT_KEY", "ProxyGate", "Refused", "Request", "UnderscoredNames", "WithoutCertificate"]

VERDICT_KEY: Final = "devicetrust.verdict"
"""Where ``environ`` and ``scope`` hold the `Verdict` that admits; None where one without a certificate was let pass."""

_Choice = TypeVar("_Choice", bound=enum.Enum)
Network: TypeAlias = "str | ipaddress.IPv4Network | ipaddress.IPv6Network"


class WithoutCertificate(enum.Enum):
    """What becomes of a request with which no certificate came from a trusted proxy."""

    REFUSED = "refused"
    LET_PASS = "let pass"
    """The application sees it with None for a verdict, and has to decide itself."""


class UnderscoredNames(enum.Enum):
    """Whether a header ``Client_Cert`` can reach a WSGI server, which does not tell it from ``Client-Cert``."""

    UNKNOWN = "unknown"
    DROPPED = "dropped"
    """The proxy or the server drops them or refuses the request, as nginx does by default: you looked it up."""


class Request(NamedTuple):
    """What of a request counts: who handed it over, and the header fields that the gate takes away.

    ``mistakable`` are those whose names somebody takes for the same, with underscores.
    """

    address: str | None
    values: Mapping[str, Sequence[bytes]]
    mistakable: Sequence[str]


class Refused(NamedTuple):
    """The answer to a request that is refused: nothing about others, and nothing about why."""

    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class ProxyGate:
    """Judges the client certificates that a proxy passes on, for WSGI and ASGI applications. Thread-safe.

    The certificate is read in one ``form``, and only where the request was handed over from one of ``proxies``, the
    addresses or networks of the proxies themselves. The headers are taken away from every request, whoever sent it. The
    ``verifier`` judges with ``evidence`` at hand, ``authorizer`` says who is admitted, as in `server_context`; each
    decision goes to the log. A request that is admitted has its verdict in ``environ`` or ``scope`` under
    `VERDICT_KEY`. Others are answered with 401 where no certificate came, else with 403.

    ``header`` names the field of nginx or HAProxy, ``chain_header`` that of HAProxy's chain. Raises `MisuseError` for
    what does not fit together, and for proxies that are nobody or everybody.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        form: ProxyForm,
        proxies: Iterable[Network],
        header: str | None = None,
        chain_header: str | None = None,
        evidence: EvidenceLike = None,
        authorizer: Authorizer | None = None,
        without_certificate: WithoutCertificate = WithoutCertificate.REFUSED,
    ) -> None:
        self._form = _member(form, ProxyForm, "form")
        self._without = _member(without_certificate, WithoutCertificate, "without_certificate")
        self._fields = fields_of(form, header, chain_header)
        self._proxies = _networks(proxies)
        self._inputs = judges(Side.SERVER, verifier, evidence, authorizer)
        self._known = KnownPeers()
        self._counts = Counts()
        announce(self._inputs)

    @property
    def names(self) -> frozenset[str]:
        """The header fields that no application sees, in lower case with hyphens."""
        return frozenset(one for one in self._fields if one is not None)

    def wsgi(
        self, application: WSGIApplication, *, underscored: UnderscoredNames = UnderscoredNames.UNKNOWN
    ) -> WSGIApplication:
        """``application`` behind this gate.

        PEP 3333 has no hyphens in the names of headers, so a name with one is taken only where ``underscored`` names
        are `UnderscoredNames.DROPPED` on the way; else raises `MisuseError`.
        """
        from devicetrust.tls.proxy_wsgi import WSGIGate  # noqa: PLC0415, each adapter knows the gate

        _member(underscored, UnderscoredNames, "underscored")
        hyphenated = sorted(one for one in self.names if "-" in one)
        if hyphenated and underscored is UnderscoredNames.UNKNOWN:
            raise MisuseError(
                f"a WSGI server cannot tell {hyphenated[0]} from {hyphenated[0].replace('-', '_')}, which any client "
                "may send: name the header without hyphens, or see to it that the proxy drops names with underscores "
                "and say underscored=UnderscoredNames.DROPPED"
            )
        return WSGIGate(self, application)

    def asgi(self, application: ASGIApplication) -> ASGIApplication:
        """``application`` behind this gate: for HTTP and WebSocket; a lifespan passes."""
        from devicetrust.tls.proxy_asgi import ASGIGate  # noqa: PLC0415, each adapter knows the gate

        return ASGIGate(self, application)

    def judge(self, request: Request) -> Verdict | Refused | None:
        """The verdict that admits, or the answer that refuses; None where a request passes without a certificate."""
        address = request.address
        peer = f"proxy {address}" if self._is_proxy(address) else address
        if not self._is_proxy(address):
            if request.values or request.mistakable:
                tell(
                    Event.HEADER_REMOVED,
                    f"{address} is no trusted proxy: the certificate that it wrote into the header was not read",
                    side=Side.SERVER.value,
                    peer=peer,
                )
            return self._unknown(peer, "the request came without a trusted proxy")
        if request.mistakable:
            return _forbidden(peer, f"the name of a header is mistakable for {self._fields.certificate}")
        chain = read_fields(self._form, self._fields, request.values)
        if isinstance(chain, NotReadable):
            return _forbidden(peer, f"the certificate in the header cannot be read: {chain.reason}")
        if not chain:
            return self._unknown(peer, "the proxy passed no certificate")
        passage = Passage(self._inputs, self._known, self._counts, Reference.UNCHECKED, peer)
        try:
            passage.judge(chain)
        except (PeerRefused, PeerUnknown):
            return _FORBIDDEN
        return passage.verdict

    def _unknown(self, peer: str | None, reason: str) -> Refused | None:
        if self._without is WithoutCertificate.LET_PASS:
            tell(
                Event.LET_PASS_UNKNOWN,
                f"a request of {peer} is let pass without a certificate: {reason}",
                side=Side.SERVER.value,
                peer=peer,
                reason=reason,
            )
            return None
        _tell_refused(peer, reason)
        return _UNAUTHORIZED

    def _is_proxy(self, address: str | None) -> bool:
        try:
            found = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in one for one in self._proxies)

    def __repr__(self) -> str:
        return f"<ProxyGate behind {self._form.value}, {self._inputs.verifier!r}>"


_PLAIN: Final = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))
_NO_CERTIFICATE: Final = b"A client certificate is required.\n"
_NOT_ACCEPTED: Final = b"The client certificate is not accepted.\n"
# RFC 9110 11.6.1 (at second hand) demands a challenge; no scheme for certificates of TLS is registered.
_CHALLENGE: Final = ("WWW-Authenticate", "ClientCertificate")
_UNAUTHORIZED: Final = Refused(
    401, "Unauthorized", (*_PLAIN, _CHALLENGE, ("Content-Length", str(len(_NO_CERTIFICATE)))), _NO_CERTIFICATE
)
_FORBIDDEN: Final = Refused(403, "Forbidden", (*_PLAIN, ("Content-Length", str(len(_NOT_ACCEPTED)))), _NOT_ACCEPTED)


def _forbidden(peer: str | None, reason: str) -> Refused:
    _tell_refused(peer, reason)
    return _FORBIDDEN


def _tell_refused(peer: str | None, reason: str) -> None:
    tell(Event.REFUSED, f"a request of {peer} is refused: {reason}", side=Side.SERVER.value, peer=peer, reason=reason)


def _member(given: object, kind: type[_Choice], name: str) -> _Choice:
    if not isinstance(given, kind):
        raise MisuseError(f"{name} is one of {kind.__name__}, not {given!r}")
    return given


def _networks(given: Iterable[Network]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise MisuseError("proxies takes a list of the addresses or networks of your proxies")
    found = []
    for one in given:
        try:
            network = ipaddress.ip_network(one)
        except ValueError as problem:
            raise MisuseError(f"{one!r} among proxies is no address and no network: {problem}") from None
        if network.prefixlen == 0:
            raise MisuseError(f"{one} among proxies would trust everybody: name your proxies")
        found.append(network)
    if not found:
        raise MisuseError("no proxies are trusted, so no certificate could ever count: name their addresses")
    return tuple(found)
