"""The only HTTP client: one connection a request, to an address that was checked after the name was resolved.

Makes: `HttpFetcher`.
May import: errors, fetch siblings; `httpcore2`, `certifi`, `ssl`, `socket`, `asyncio`.
Must never: follow an environment proxy or .netrc, send cookies or credentials, decompress, or connect to an address
that `Reach` objects to.
Read first: `HttpFetcher`, then `_Sockets`; what is asked and what counts as an answer is in `hops`.

`httpcore2` is the core of HTTPX as its maintainers now carry it on (`httpcore` and `httpx` themselves had no release
since April 2025): HTTP/1.1 over h11, sync and async, with a door for whoever opens the connections. What HTTPX adds to
it (redirects, cookies, decompression, environment proxies, .netrc) is what must not happen here by itself.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import certifi

from devicetrust.errors import MisuseError
from devicetrust.fetch.addresses import Reach, as_address
from devicetrust.fetch.driving import step
from devicetrust.fetch.exchange import Reply, Request
from devicetrust.fetch.hops import Hop, Intake, Refused, Target, walk
from devicetrust.fetch.once import Once

try:
    import httpcore2
except ImportError as absent:
    raise MisuseError('fetching over HTTP needs a client library: pip install "devicetrust[http]"') from absent

__all__ = ["HttpFetcher"]

# Ours: a server that is up answers a connection within a second or two, and the next address may do better.
_CONNECT_SECONDS: Final = 5.0


class HttpFetcher:
    """Gets octets over HTTP and HTTPS: public addresses, and the hosts and networks named in ``allow``.

    ``proxy`` is the URL of a proxy to send everything through (``http://proxy.example:3128``); it then resolves the
    names and opens the connections, so it, not ``allow``, decides which addresses can be reached. Proxies of the
    environment are ignored. ``tls`` is what https servers are verified with; by default certifi's anchors. ``resolve``
    gives the addresses of a host and port as text, in the order to try; by default the system's resolver.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
        resolve: Callable[[str, int], Iterable[str]] | None = None,
    ) -> None:
        through = None if proxy is None else _proxy(proxy)
        self._once: Final = Once(_Wire(Reach(allow), through, tls, resolve or _resolve))

    def fetch(self, request: Request) -> Reply:
        """As `Fetcher.fetch`; concurrent callers of one request share its reply."""
        return self._once.fetch(request)

    async def afetch(self, request: Request) -> Reply:
        """As `Fetcher.afetch`; the same, for asyncio."""
        return await self._once.afetch(request)


class _Wire:
    """The sync and the async way along the same walk."""

    def __init__(
        self,
        reach: Reach,
        proxy: httpcore2.Proxy | None,
        tls: ssl.SSLContext | None,
        resolve: Callable[[str, int], Iterable[str]],
    ) -> None:
        self._reach = reach
        self._proxy = proxy
        self._tls = tls
        self._resolve = resolve

    def fetch(self, request: Request) -> Reply:
        hops = walk(request, self._objection)
        hop = step(hops, None)
        while isinstance(hop, Hop):
            intake = Intake(hop)
            with _noting_problems(intake, hop):
                sockets = _Sockets(self, hop)
                with (
                    httpcore2.ConnectionPool(network_backend=sockets, **self._settings(hop)) as pool,
                    pool.stream(hop.request.method, _url(hop.target), **_message(hop)) as response,
                ):
                    if intake.open(response.status, response.extensions["reason_phrase"], response.headers):
                        for chunk in response.iter_stream():
                            intake.take(chunk)
            hop = step(hops, intake)
        return hop.result

    async def afetch(self, request: Request) -> Reply:
        hops = walk(request, self._objection)
        hop = step(hops, None)
        while isinstance(hop, Hop):
            intake = Intake(hop)
            with _noting_problems(intake, hop):
                async with (
                    _AsyncSockets(self, hop) as sockets,
                    asyncio.timeout(hop.left()),
                    httpcore2.AsyncConnectionPool(network_backend=sockets, **self._settings(hop)) as pool,
                    pool.stream(hop.request.method, _url(hop.target), **_message(hop)) as response,
                ):
                    if intake.open(response.status, response.extensions["reason_phrase"], response.headers):
                        async for chunk in response.aiter_stream():
                            intake.take(chunk)
            hop = step(hops, intake)
        return hop.result

    def addresses(self, host: str, resolved: Iterable[str]) -> list[str]:
        """The addresses that a connection to ``host`` may go to, in order. Raises `Refused` where there is none."""
        if self._proxy is not None:  # the host is the proxy, which the caller named
            return list(resolved)
        allowed: list[str] = []
        objections: list[str] = []
        for text in resolved:
            address = as_address(text)
            problem = f"{host} resolved to {text!r}" if address is None else self._reach.objection(host, address)
            if problem is None:
                allowed.append(text)
            else:
                objections.append(problem)
        if not allowed:
            raise Refused(objections[0] if objections else f"the name {host} has no address")
        return allowed

    def resolving(self, host: str, port: int) -> Future[list[str]]:
        """The addresses, some time later: a resolver takes no time limit, so it runs in a thread of its own."""
        future: Future[list[str]] = Future()
        future.set_running_or_notify_cancel()
        if as_address(host) is not None:
            future.set_result([host])
            return future

        def work() -> None:
            try:
                future.set_result(list(self._resolve(host, port)))
            except Exception as problem:
                future.set_exception(problem)

        threading.Thread(target=work, name=f"resolving {host}", daemon=True).start()
        return future

    def _objection(self, target: Target) -> str | None:
        """What can be told of a target that a proxy will resolve: addresses, and the machine's own name."""
        if self._proxy is None:
            return None
        host = target.host.rstrip(".")
        own = host == "localhost" or host.endswith(".localhost")  # RFC 6761 6.3
        address = as_address("127.0.0.1" if own else host) or _in_old_notation(host)
        return None if address is None else self._reach.objection(target.host, address)

    def _settings(self, hop: Hop) -> dict[str, Any]:
        tls = (self._tls or _public_tls()) if hop.target.scheme == "https" else None
        return {"ssl_context": tls, "proxy": self._proxy, "max_connections": 1, "retries": 0}


def _message(hop: Hop) -> dict[str, Any]:
    limits = dict.fromkeys(("connect", "read", "write", "pool"), hop.left())
    return {"headers": hop.headers(), "content": hop.request.body, "extensions": {"timeout": limits}}


def _url(target: Target) -> httpcore2.URL:
    return httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)


@contextmanager
def _noting_problems(intake: Intake, hop: Hop) -> Iterator[None]:
    """Turns whatever a network or a server does into words."""
    try:
        yield
    except Refused as refusal:
        intake.fail(str(refusal))
    except httpcore2.ConnectTimeout:
        intake.fail(f"no connection within {min(_CONNECT_SECONDS, hop.request.seconds):.3g} seconds")
    except (httpcore2.TimeoutException, TimeoutError):
        intake.fail(hop.lateness)
    except httpcore2.ProtocolError as problem:
        intake.fail(f"broke off, or does not speak HTTP: {_first_line(problem)}")
    except (httpcore2.NetworkError, httpcore2.ProxyError, OSError) as problem:
        intake.fail(f"no connection, or it broke off: {_first_line(problem)}")


class _Sockets(httpcore2.NetworkBackend):
    """Opens connections to checked addresses only, and ends them in time."""

    def __init__(self, wire: _Wire, hop: Hop) -> None:
        self._wire = wire
        self._hop = hop
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers, each of them checked."""
        with _noting_names(host):
            resolved = self._wire.resolving(host, port).result(self._hop.left())
        problem: Exception = Refused("no address")
        for address in self._wire.addresses(host, resolved):
            try:
                seconds = min(_CONNECT_SECONDS, self._hop.left())
                return _Timed(self._sockets.connect_tcp(address, port, seconds, None, socket_options), self._hop)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
                problem = failure
        raise problem


class _AsyncSockets(httpcore2.AsyncNetworkBackend):
    """The same for asyncio, where the time limit over all ends whatever still goes on.

    What ends in a TLS handshake leaves its socket open, so all are closed at the end.
    """

    def __init__(self, wire: _Wire, hop: Hop) -> None:
        self._wire = wire
        self._hop = hop
        self._sockets = httpcore2.AnyIOBackend()
        self._opened: list[httpcore2.AsyncNetworkStream] = []

    async def __aenter__(self) -> _AsyncSockets:
        return self

    async def __aexit__(self, *_: object) -> None:
        for stream in self._opened:
            await stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers, each of them checked."""
        with _noting_names(host):
            resolved = await asyncio.wrap_future(self._wire.resolving(host, port))
        problem: Exception = Refused("no address")
        for address in self._wire.addresses(host, resolved):
            try:
                seconds = min(_CONNECT_SECONDS, self._hop.left())
                stream = await self._sockets.connect_tcp(address, port, seconds, None, socket_options)
                self._opened.append(stream)
                return stream
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
                problem = failure
        raise problem


class _Timed(httpcore2.NetworkStream):
    """A stream of which no operation outlasts the hop, so that a server which drips a byte a second ends too."""

    def __init__(self, stream: httpcore2.NetworkStream, hop: Hop) -> None:
        self._stream = stream
        self._hop = hop

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most ``max_bytes``; empty at the end."""
        return self._stream.read(max_bytes, self._hop.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of ``buffer``."""
        self._stream.write(buffer, self._hop.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection under TLS; ``server_hostname`` stays the name that the URL has."""
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._hop.left()), self._hop)

    def get_extra_info(self, info: str) -> Any:
        """What the stream beneath says."""
        return self._stream.get_extra_info(info)


@contextmanager
def _noting_names(host: str) -> Iterator[None]:
    try:
        yield
    except NotInTime:
        raise Refused(f"the name {host} was not resolved in time") from None
    except (OSError, UnicodeError) as problem:
        raise Refused(f"the name {host} cannot be resolved: {_first_line(problem)}") from None


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _in_old_notation(host: str) -> IPv4Address | None:
    """The address in what resolvers also take for four decimal numbers: ``127.1``, ``0x7f.1``, ``2130706433``."""
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


@lru_cache(maxsize=1)
def _public_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _proxy(url: str) -> httpcore2.Proxy:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise MisuseError(f"proxy is the URL of an HTTP proxy, such as http://proxy.example:3128, not {url!r}")
    place = httpcore2.URL(scheme=parts.scheme, host=parts.hostname, port=parts.port, target="/")
    secret = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return httpcore2.Proxy(place, auth=secret)


def _first_line(problem: BaseException) -> str:
    return str(problem).partition("\n")[0][:200] or type(problem).__name__
