"""Servers that hang, drip, reset, pour, redirect and lie: an answer in bounded time, and the reason in words."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clinic import NOW, Clinic
from devicetrust import MisuseError, Outcome, fetch
from devicetrust.evidence import WantKind
from devicetrust.fetch import FetchBudget, HttpFetcher, Reply, Request
from loopback import (
    Script,
    Server,
    answering,
    closed_port,
    dripping,
    hanging,
    pouring,
    redirecting,
    resetting,
    response,
    saying,
)

CLINIC = Clinic()
CRL = CLINIC.crl(NOW)
LOOPBACK = ["127.0.0.0/8", "::1"]
SECONDS = 0.6
ENOUGH = 5.0
"""Far more than any of these may take."""

Ask = Callable[..., Reply]


def _sync(fetcher: HttpFetcher, request: Request) -> Reply:
    return fetcher.fetch(request)


def _async(fetcher: HttpFetcher, request: Request) -> Reply:
    return asyncio.run(fetcher.afetch(request))


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    """One request, by either way, in bounded time."""

    def asking(url: str, *, octets: int = 100_000, body: bytes | None = None, **settings: Any) -> Reply:
        fetcher = HttpFetcher(**{"allow": LOOPBACK, **settings})
        reply: Reply = request.param(fetcher, Request(url, WantKind.CRL, SECONDS, octets, body))
        return reply

    begun = time.monotonic()
    yield asking
    assert time.monotonic() - begun < ENOUGH


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(50_000_000))

HOSTILE: dict[str, tuple[Script, str]] = {
    "hangs": (hanging, "no whole answer within 0.6 seconds"),
    "drips its head": (dripping(b"HTTP/1.1 200 OK\r\nX: "), "no whole answer within 0.6 seconds"),
    "drips its content": (dripping(response(b"", Content_Length="9999")), "no whole answer within 0.6 seconds"),
    "drips informational responses": (
        pouring(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        "no whole answer within 0.6 seconds",
    ),
    "resets": (resetting, "broke off"),
    "says goodbye": (lambda *_: None, "broke off"),
    "sends megabytes": (answering(bytes(3_000_000)), "answered with more than the 100,000 octets that are allowed"),
    "sends megabytes without saying so": (
        pouring(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", bytes(65536)),
        "answered with more than the 100,000 octets that are allowed",
    ),
    "sends chunks without an end": (
        pouring(CHUNKED, b"1000\r\n" + bytes(4096) + b"\r\n"),
        "answered with more than the 100,000 octets that are allowed",
    ),
    "sends empty words without an end": (
        pouring(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 1000 + b"\r\n"),
        "does not speak HTTP",
    ),
    "sends a bomb": (
        answering(BOMB, Content_Encoding="gzip"),
        "answered in the encoding 'gzip', which was not asked for",
    ),
    "says less than it states": (answering(CRL, Content_Length=str(len(CRL) + 9)), "broke off"),
    "states a length that is none": (answering(CRL, Content_Length="-1"), "does not speak HTTP"),
    "states an enormous length": (answering(CRL, Content_Length="9" * 18), "answered with more than"),
    "has two lengths": (
        lambda connection, *_: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"
        ),
        "does not speak HTTP",
    ),
    "does not speak HTTP": (
        lambda connection, *_: connection.sendall(b"220 mail ready\r\n\r\n"),
        "does not speak HTTP",
    ),
    "does not know it": (answering(b"", "404 Not Found"), "answered 404 Not Found"),
    "is not available": (answering(b"<html>", "503 Service Unavailable"), "answered 503 Service Unavailable"),
    "has nothing to say": (answering(b"", "204 No Content", Content_Length="0"), "answered 204 No Content"),
    "asks for a password": (answering(b"", "401 Unauthorized", WWW_Authenticate="Basic"), "answered 401 Unauthorized"),
    "upgrades": (answering(b"", "101 Switching Protocols", Upgrade="x", Connection="upgrade"), "broke off"),
    "redirects nowhere": (answering(b"", "302 Found"), "answered 302 Found"),
    "says bell": (answering(b"", "500 \x07\x1b[31mred"), "answered 500 [31mred"),
}


@pytest.mark.parametrize(("script", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_hostile(ask: Ask, script: Script, reason: str) -> None:
    """No content, no exception, and a reason that a person can act on."""
    with Server(script) as server:
        reply = ask(server.url)
    assert (reply.content, reason in (reply.failure or "")) == (None, True), reply


class TestGood:
    def test_answer(self, ask: Ask) -> None:
        """What the server sends is what comes out, and the request tells nothing of the caller."""
        with Server(answering(CRL)) as server:
            reply = ask(server.url)
        assert reply == Reply(CRL, None, 200)
        head, *lines = server.requests[0].decode().strip().split("\r\n")
        assert head == "GET /list.crl HTTP/1.1"
        names = sorted(line.partition(":")[0].lower() for line in lines)
        assert names == ["accept", "accept-encoding", "connection", "host", "user-agent"]

    def test_post(self, ask: Ask) -> None:
        """A body goes by POST, with the type of an OCSP request."""
        with Server(answering(CRL)) as server:
            reply = ask(server.url, body=b"question")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert (reply.content, body, b"content-type: application/ocsp-request" in head.lower()) == (
            CRL,
            b"question",
            True,
        )

    def test_chunked(self, ask: Ask) -> None:
        """Chunks with an end are an answer."""
        whole = CHUNKED + f"{len(CRL):x}\r\n".encode() + CRL + b"\r\n0\r\n\r\n"
        with Server(saying(whole)) as server:
            assert ask(server.url).content == CRL

    def test_the_limit_itself_is_allowed(self, ask: Ask) -> None:
        """Exactly as many octets as are allowed are not too many; one more is."""
        with Server(answering(CRL)) as server:
            replies = [ask(server.url, octets=len(CRL)), ask(server.url, octets=len(CRL) - 1)]
        assert [reply.content for reply in replies] == [CRL, None]

    def test_ipv6(self, ask: Ask) -> None:
        """IPv6 loopback, by its literal."""
        try:
            listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("no IPv6 here")
        requests: list[bytes] = []

        def serve_once() -> None:
            connection, _ = listener.accept()
            with connection:
                requests.append(connection.recv(65536))
                connection.sendall(response(CRL))

        url = f"http://[::1]:{listener.getsockname()[1]}/list.crl"
        with listener:
            listener.settimeout(5)
            thread = threading.Thread(target=serve_once)
            thread.start()
            assert (ask(url).content, ask(url, allow=["127.0.0.0/8"]).content) == (CRL, None)
            thread.join(5)
        assert b"Host: [::1]:" in requests[0]


class TestAddresses:
    def test_loopback_is_not_asked_unless_named(self, ask: Ask) -> None:
        """Without its name or network no connection is made, and the finding prints the option."""
        with Server(answering(CRL)) as server:
            refused = ask(server.url, allow=[])
            named = ask(server.url, allow=["127.0.0.1"])
        assert (refused.content, named.content, len(server.requests)) == (None, CRL, 1)
        for word in ("a loopback address", 'allow=["127.0.0.1"]', "--allow-network 127.0.0.1"):
            assert word in (refused.failure or "")

    def test_name_that_resolves_to_loopback(self, ask: Ask) -> None:
        """A public name is no way to a private address; named, it is, and Host keeps the name."""
        with Server(answering(CRL)) as server:
            url = f"http://crl.clinic.example:{server.port}/list.crl"
            refused = ask(url, allow=[], resolve=lambda *_: ["127.0.0.1"])
            named = ask(url, allow=["CRL.clinic.example."], resolve=lambda *_: ["127.0.0.1"])
        assert (refused.content, named.content) == (None, CRL)
        assert "crl.clinic.example is at 127.0.0.1, a loopback address" in (refused.failure or "")
        assert f"Host: crl.clinic.example:{server.port}".encode() in server.requests[0]

    def test_rebinding(self, ask: Ask) -> None:
        """The address that was checked is the one connected to: the name is resolved once."""
        answers = iter([["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"]])
        asked: list[str] = []

        def resolve(host: str, _: int) -> list[str]:
            asked.append(host)
            return next(answers)

        with Server(answering(CRL)) as server:
            url = f"http://crl.clinic.example:{server.port}/"
            reply = ask(url, allow=["192.0.2.0/24"], resolve=resolve)
        assert (reply.content, asked, server.requests) == (None, ["crl.clinic.example"], [])

    def test_allowed_address_beside_others(self, ask: Ask) -> None:
        """Of several addresses only the allowed ones are tried, in order, until one answers."""
        with Server(answering(CRL)) as server, closed_port():
            url = f"http://crl.clinic.example:{server.port}/"
            reply = ask(url, allow=["127.0.0.0/8"], resolve=lambda *_: ["10.0.0.1", "127.0.0.9", "127.0.0.1"])
        assert reply.content == CRL

    def test_nothing_listens(self, ask: Ask) -> None:
        """A port without a server is said to be that."""
        with closed_port() as port:
            reply = ask(f"http://127.0.0.1:{port}/")
        assert (reply.content, "no connection" in (reply.failure or "")) == (None, True)

    def test_resolver_that_fails_or_hangs(self, ask: Ask) -> None:
        """A name that cannot be resolved, or not in time, is said to be that."""

        def failing(*_: Any) -> list[str]:
            raise socket.gaierror("Name or service not known")

        def slow(*_: Any) -> list[str]:
            time.sleep(1.5)
            return ["127.0.0.1"]

        url = "http://crl.clinic.example/"
        assert "crl.clinic.example cannot be resolved: Name or" in (ask(url, resolve=failing).failure or "")
        assert ask(url, resolve=slow).failure in (
            "the name crl.clinic.example was not resolved in time",
            "no whole answer within 0.6 seconds",
        )
        assert "has no address" in (ask(url, resolve=lambda *_: []).failure or "")
        assert "resolved to 'rubbish'" in (ask(url, resolve=lambda *_: ["rubbish"]).failure or "")


class TestRedirects:
    def test_followed(self, ask: Ask) -> None:
        """A redirect is followed, with the same method and body."""
        with Server(answering(CRL)) as last, Server(redirecting(lambda: last.url, "307 Temporary Redirect")) as first:
            assert (ask(first.url).content, ask(first.url, body=b"question").content) == (CRL, CRL)
        assert last.requests[1].endswith(b"question")

    def test_see_other(self, ask: Ask) -> None:
        """303 is followed by a GET, which is no answer to a POST."""
        with Server(answering(CRL)) as last, Server(redirecting(lambda: last.url, "303 See Other")) as first:
            replies = [ask(first.url), ask(first.url, body=b"question")]
        assert [reply.content for reply in replies] == [CRL, None]

    def test_circle(self, ask: Ask) -> None:
        """A circle ends when it closes."""
        with Server(redirecting("/list.crl")) as server:
            reply = ask(server.url)
        assert (reply.content, "redirected in a circle" in (reply.failure or ""), len(server.requests)) == (
            None,
            True,
            1,
        )

    def test_without_an_end(self, ask: Ask) -> None:
        """Ever new places end after five."""
        places = iter(range(100))
        with Server(redirecting(lambda: f"/{next(places)}")) as server:
            reply = ask(server.url)
        assert (reply.failure, len(server.requests)) == ("redirected more than 5 times", 6)

    @pytest.mark.parametrize(
        ("location", "reason"),
        [
            ("http://10.0.0.1/", "10.0.0.1 is a private address"),
            ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a link-local address"),
            ("http://[::ffff:10.0.0.1]/", "a private address"),
            ("http://167772161/", "167772161 is at 10.0.0.1, a private address"),
            ("file:///etc/passwd", "the scheme 'file' is not fetched"),
            ("ldap://directory.clinic.example/cn=ca", "the scheme 'ldap' is not fetched"),
            ("http://user:secret@crl.clinic.example/", "holds a user name or a password"),
            ("http://:80/nowhere", "names no host"),
            ("http://crl.clinic.example:99999/", "this is no URL"),
            ("http://[::1", "this is no URL"),
            ("https://a..b/", "the URL's host is no name"),
            ("http://crl.clinic.example%00.evil.example/", "the URL's host is no name"),
        ],
    )
    def test_each_target_is_checked_again(self, ask: Ask, location: str, reason: str) -> None:
        """A redirect leads nowhere that could not have been asked itself."""
        with Server(redirecting(location)) as server:
            reply = ask(server.url, allow=["127.0.0.1"], resolve=_numbers)
        assert (reply.content, reason in (reply.failure or "")) == (None, True), reply

    def test_to_another_name_on_loopback(self, ask: Ask) -> None:
        """Whoever named one host has not named another."""
        with (
            Server(answering(CRL)) as server,
            Server(redirecting(lambda: f"http://other.example:{server.port}/")) as first,
        ):
            url = f"http://crl.clinic.example:{first.port}/"
            reply = ask(url, allow=["crl.clinic.example"], resolve=lambda *_: ["127.0.0.1"])
        assert (reply.content, server.requests, len(first.requests)) == (None, [], 1)


def _numbers(host: str, _: int) -> list[str]:
    """What a system resolver makes of an address in one number."""
    return [socket.inet_ntoa(int(host).to_bytes(4, "big"))] if host.isdigit() else [host]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for crl.clinic.example, and a client's that trusts its CA."""
    folder = tmp_path_factory.mktemp("tls")
    device = CLINIC.hospital.device("crl", "gateway")
    (folder / "server.pem").write_bytes(device.private_key_pem + device.chain_pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    client = ssl.create_default_context(cadata=CLINIC.hospital.roots_pem.decode("ascii"))
    return server, client


class TestTLS:
    def test_verified_by_name(self, ask: Ask, tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        """https is verified against the anchors given and the name in the URL, whatever the address connected to."""
        server_context, client = tls
        with Server(answering(CRL), tls=server_context) as server:
            resolve = {"resolve": lambda *_: ["127.0.0.1"], "allow": ["127.0.0.1"]}
            good = ask(f"https://crl.clinic.example:{server.port}/", tls=client, **resolve)
            other = ask(f"https://other.clinic.example:{server.port}/", tls=client, **resolve)
            public = ask(f"https://crl.clinic.example:{server.port}/", **resolve)
        assert (good.content, other.content, public.content) == (CRL, None, None)
        for reply in (other, public):
            assert "certificate verify failed" in (reply.failure or "")

    def test_a_server_that_never_shakes_hands(self, ask: Ask, tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        """A handshake has the time of the request, no more."""
        with Server(hanging) as server:
            reply = ask(f"https://127.0.0.1:{server.port}/", tls=tls[1])
        assert reply.content is None

    def test_no_way_back_to_http(self, ask: Ask, tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        """A redirect from https to http is not followed."""
        server_context, client = tls
        with (
            Server(answering(CRL)) as last,
            Server(redirecting(lambda: last.url), tls=server_context) as first,
        ):
            resolve = {"resolve": lambda *_: ["127.0.0.1"], "allow": ["127.0.0.1"]}
            reply = ask(f"https://crl.clinic.example:{first.port}/", tls=client, **resolve)
        assert (reply.content, "redirected from https to" in (reply.failure or ""), last.requests) == (None, True, [])


class TestSurroundings:
    def test_environment_is_ignored(self, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
        """Proxies of the environment are not asked."""
        with closed_port() as port, Server(answering(CRL)) as server:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            assert ask(server.url).content == CRL

    def test_named_proxy(self, ask: Ask) -> None:
        """A named proxy is asked for everything, by its own address, and names are left to it."""
        with Server(answering(CRL)) as proxy:
            through = f"http://127.0.0.1:{proxy.port}"
            reply = ask("http://crl.clinic.example/list.crl", allow=[], proxy=through)
            private = ask("http://10.0.0.1/list.crl", allow=[], proxy=through)
            assert (reply.content, private.content, len(proxy.requests)) == (CRL, None, 1)
            for own in ("localhost", "localhost.", "a.localhost", "127.1", "0x7f.0.0.1", "2130706433"):
                refused = ask(f"http://{own}/list.crl", allow=[], proxy=through)
                assert (refused.content, "a loopback address" in (refused.failure or "")) == (None, True)
            assert ask("http://127.1/list.crl", allow=["127.0.0.1"], proxy=through).content == CRL
        assert len(proxy.requests) == 2
        assert proxy.requests[0].startswith(b"GET http://crl.clinic.example/list.crl HTTP/1.1\r\n")


def test_whole_verdicts() -> None:
    """What a server does to us is in the finding about the unknown status, by URL and reason, in bounded time."""
    for script, reason in HOSTILE.values():
        with Server(script) as server:
            device = CLINIC.device(crls=[server.url])
            begun = time.monotonic()
            verdict = fetch.settle(
                CLINIC.verifier(),
                device,
                CLINIC.chain,
                at=NOW,
                fetcher=HttpFetcher(allow=LOOPBACK),
                budget=FetchBudget(seconds=SECONDS, seconds_each=SECONDS, octets_each=100_000),
            )
            assert time.monotonic() - begun < ENOUGH
        assert verdict.outcome is Outcome.UNDECIDED
        text = " ".join(str(finding) for finding in verdict.findings)
        assert f"{server.url}: " in text
        assert reason.replace("0.6 seconds", "") in text


def test_concurrent_callers_fetch_once() -> None:
    """Threads and tasks that ask one thing of one fetcher at the same time share one connection."""
    gate = threading.Event()

    def script(connection: socket.socket, _request: bytes, _over: threading.Event) -> None:
        gate.wait(5)
        connection.sendall(response(CRL))

    with Server(script) as server:
        fetcher = HttpFetcher(allow=LOOPBACK)
        request = Request(server.url, WantKind.CRL, 5, 100_000)
        replies: list[Reply] = []
        threads = [threading.Thread(target=lambda: replies.append(fetcher.fetch(request))) for _ in range(4)]
        for thread in threads:
            thread.start()

        async def together() -> list[Reply]:
            tasks = [asyncio.create_task(fetcher.afetch(request)) for _ in range(4)]
            await asyncio.sleep(0.1)
            gate.set()
            return list(await asyncio.gather(*tasks))

        replies += asyncio.run(together())
        for thread in threads:
            thread.join(5)
    assert ([reply.content for reply in replies], len(server.requests)) == ([CRL] * 8, 1)


def test_whoever_waits_asks_again_where_the_first_gave_up() -> None:
    """A task that is cancelled takes nobody's answer with it."""
    first_came = threading.Event()

    def script(connection: socket.socket, _request: bytes, over: threading.Event) -> None:
        if not first_came.is_set():
            first_came.set()
            over.wait(5)
        else:
            connection.sendall(response(CRL))

    async def work(server: Server) -> Reply:
        fetcher = HttpFetcher(allow=LOOPBACK)
        request = Request(server.url, WantKind.CRL, 5, 100_000)
        first = asyncio.create_task(fetcher.afetch(request))
        await asyncio.to_thread(first_came.wait, 5)
        second = asyncio.create_task(fetcher.afetch(request))
        await asyncio.sleep(0.05)
        first.cancel()
        return await second

    with Server(script) as server:
        reply = asyncio.run(work(server))
    assert (reply.content, len(server.requests)) == (CRL, 2)


def test_misuse() -> None:
    """A proxy is named by its URL."""
    for wrong in ("proxy.example:3128", "socks5://proxy.example", "http://"):
        with pytest.raises(MisuseError, match="proxy is the URL"):
            HttpFetcher(proxy=wrong)


def test_without_the_client_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "httpcore2", None)
    monkeypatch.delitem(sys.modules, "devicetrust.fetch.http", raising=False)
    with pytest.raises(MisuseError, match=r'pip install "devicetrust\[http\]"'):
        importlib.import_module("devicetrust.fetch.http")
