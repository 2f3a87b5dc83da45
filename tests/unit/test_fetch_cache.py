"""The disk cache: what is fresh answers, what is stale serves where nothing else does, a crash leaves whole files."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clinic import CRL_URL, DAY, NOW, OCSP_URL, Clinic, unauthorized
from devicetrust.evidence import WantKind
from devicetrust.fetch import AnswerFrom, CachingFetcher, DiskCache, Origin, ReplayFetcher, Reply, Request
from devicetrust.fetch.entries import entry_path, read_entry, write_entry

CLINIC = Clinic()
CRL = CLINIC.crl(NOW)
DEVICE = CLINIC.device(ocsp_urls=[OCSP_URL])
REQUEST = Request(CRL_URL, WantKind.CRL, 5, 100_000)
DOWN = Reply(None, "no connection within 5 seconds")
AT = NOW.timestamp()
END = (NOW + DAY).timestamp()

Ask = Callable[[CachingFetcher, Request], Reply]


@pytest.fixture(
    params=[lambda one, request: one.fetch(request), lambda one, request: asyncio.run(one.afetch(request))],
    ids=["sync", "async"],
)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Both forms do the same."""
    chosen: Ask = request.param
    return chosen


def caching(path: Path, answer: bytes | Reply, at: float = AT) -> tuple[CachingFetcher, ReplayFetcher]:
    server = ReplayFetcher({CRL_URL: answer, OCSP_URL: answer})
    return CachingFetcher(server, DiskCache(path), clock=lambda: at), server


class TestFreshness:
    def test_fresh(self, ask: Ask, tmp_path: Path) -> None:
        """What was fetched answers again, in another process too, up to its nextUpdate and not a second longer."""
        first, _ = caching(tmp_path, CRL)
        assert ask(first, REQUEST) == Reply(CRL)
        for at, origin, asked in ((END, Origin.KEPT, 0), (END + 1, Origin.SERVER, 1)):
            again, server = caching(tmp_path, CRL, at)
            reply = ask(again, REQUEST)
            assert (reply.content, reply.origin, len(server.requests)) == (CRL, origin, asked)

    def test_stale_serves_where_the_server_does_not(self, ask: Ask, tmp_path: Path) -> None:
        """Beyond its end, what is kept is handed out with the failure, never alone."""
        ask(caching(tmp_path, CRL)[0], REQUEST)
        reply = ask(caching(tmp_path, DOWN, END + 1)[0], REQUEST)
        assert reply == Reply(CRL, "no connection within 5 seconds", None, Origin.KEPT)

    def test_the_server_is_asked_where_what_is_kept_did_not_do(self, ask: Ask, tmp_path: Path) -> None:
        """A request for the server's own answer passes the cache by, and renews it."""
        newer = CLINIC.crl(NOW, number=99)
        ask(caching(tmp_path, CRL)[0], REQUEST)
        fetcher, server = caching(tmp_path, newer)
        reply = ask(fetcher, REQUEST._replace(answer_from=AnswerFrom.SERVER))
        assert (reply.content, len(server.requests)) == (newer, 1)
        assert ask(fetcher, REQUEST) == Reply(newer, origin=Origin.KEPT)

    def test_without_an_end_it_is_never_fresh(self, ask: Ask, tmp_path: Path) -> None:
        """A certificate states no nextUpdate."""
        request = REQUEST._replace(kind=WantKind.CA_ISSUERS)
        fetcher, server = caching(tmp_path, CLINIC.chain[0])
        assert [ask(fetcher, request).origin for _ in range(2)] == [Origin.SERVER] * 2
        assert len(server.requests) == 2

    def test_an_answer_for_one_request_is_not_kept(self, ask: Ask, tmp_path: Path) -> None:
        """What answers a nonce is good once."""
        fetcher, server = caching(tmp_path, CRL)
        request = REQUEST._replace(answer_from=AnswerFrom.THIS_REQUEST)
        assert [ask(fetcher, request) for _ in range(2)] == [Reply(CRL)] * 2
        assert (len(server.requests), list(tmp_path.iterdir())) == (2, [])

    @pytest.mark.parametrize(
        ("kind", "rubbish"),
        [(WantKind.CRL, b"<html>"), (WantKind.CRL, b""), (WantKind.CRL, CRL[:-1]), (WantKind.OCSP, unauthorized())],
    )
    def test_rubbish_displaces_nothing(self, ask: Ask, tmp_path: Path, kind: WantKind, rubbish: bytes) -> None:
        """What says nothing is passed on, not kept."""
        good = CRL if kind is WantKind.CRL else CLINIC.answer(DEVICE, NOW)
        request = REQUEST._replace(kind=kind, url=CRL_URL if kind is WantKind.CRL else f"{OCSP_URL}/x")
        ask(caching(tmp_path, good)[0], request)
        fetcher, _ = caching(tmp_path, rubbish, END + 1)
        assert ask(fetcher, request).content == rubbish
        assert DiskCache(tmp_path).load(request) == good

    def test_ocsp_end(self, ask: Ask, tmp_path: Path) -> None:
        """The nextUpdate of an OCSP response counts likewise."""
        request = Request(f"{OCSP_URL}/x", WantKind.OCSP, 5, 100_000)
        answer = CLINIC.answer(DEVICE, NOW, lasting=DAY / 2)
        ask(caching(tmp_path, answer)[0], request)
        origins = [ask(caching(tmp_path, answer, at)[0], request).origin for at in (END - 43_200, END - 43_199)]
        assert origins == [Origin.KEPT, Origin.SERVER]


class TestRequests:
    def test_body_and_url_tell_requests_apart(self, tmp_path: Path) -> None:
        """The same URL with another body is another request; a GET is none with an empty body."""
        cache = DiskCache(tmp_path)
        bodies = (None, b"", b"one", b"two")
        for number, body in enumerate(bodies):
            cache.store(REQUEST._replace(body=body), bytes([number]))
        assert [cache.load(REQUEST._replace(body=body)) for body in bodies] == [b"\0", b"\1", b"\2", b"\3"]
        assert cache.load(REQUEST._replace(url=f"{CRL_URL}?")) is None


class TestDisk:
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda content: content[:-1],
            lambda content: content + b"x",
            lambda content: content[:40],
            lambda content: b"",
            lambda content: content.replace(b"sha256", b"sha512"),
            lambda content: content[:-1] + bytes([content[-1] ^ 1]),
            lambda content: b"devicetrust evidence 1\n" + b"[" * 60_000,
            lambda content: b"devicetrust evidence 1\n{}\n",
            lambda content: content.replace(b'"octets": ', b'"octets": -'),
            lambda content: content.replace(b'"octets": ', b'"octets": 9999999999999999999'),
        ],
    )
    def test_damaged_files_are_passed_over(self, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
        """What is not whole is not there, and the next answer replaces it."""
        cache = DiskCache(tmp_path)
        cache.store(REQUEST, CRL)
        path = entry_path(tmp_path, REQUEST)
        path.write_bytes(spoil(path.read_bytes()))
        assert cache.load(REQUEST) is None
        cache.store(REQUEST, CRL)
        assert cache.load(REQUEST) == CRL

    def test_bounded(self, tmp_path: Path) -> None:
        """What was stored longest ago goes first; what alone is too large is passed over."""
        cache = DiskCache(tmp_path, octets=3000)
        for number in range(5):
            cache.store(REQUEST._replace(url=f"http://crl.clinic.example/{number}"), bytes(1000))
            stamp = 1_000_000 + number
            os.utime(entry_path(tmp_path, REQUEST._replace(url=f"http://crl.clinic.example/{number}")), (stamp, stamp))
        cache.store(REQUEST, bytes(3001))
        held = [cache.load(REQUEST._replace(url=f"http://crl.clinic.example/{number}")) for number in range(5)]
        assert [content is not None for content in held] == [False, False, False, True, True]
        assert cache.load(REQUEST) is None

    def test_what_a_dead_process_left_goes_after_an_hour(self, tmp_path: Path) -> None:
        """Half-written files are removed, those of a process that is still at it are not."""
        old, new = tmp_path / "a.part", tmp_path / "b.part"
        for path in (old, new):
            path.write_bytes(b"half")
        hours_ago = time.time() - 7200
        os.utime(old, (hours_ago, hours_ago))
        DiskCache(tmp_path).store(REQUEST, CRL)
        assert (old.exists(), new.exists()) == (False, True)

    def test_a_disk_that_refuses(self, ask: Ask, tmp_path: Path) -> None:
        """The answer is passed on all the same, and the trouble is told."""
        blocked = tmp_path / "file"
        blocked.write_bytes(b"")
        fetcher, _ = caching(blocked / "cache", CRL)
        assert (ask(fetcher, REQUEST), str(blocked) in (fetcher.trouble or "")) == (Reply(CRL), True)


WRITER = """
import sys
from pathlib import Path
from devicetrust.evidence import WantKind
from devicetrust.fetch import DiskCache, Request
cache = DiskCache(sys.argv[1])
print("ready", flush=True)
turn = 0
while True:
    for number in range(4):
        request = Request(f"http://crl.clinic.example/{number}", WantKind.CRL, 1, 1)
        cache.store(request, bytes([turn % 256]) * 200_000)
    turn += 1
"""


def test_killed_while_writing(tmp_path: Path) -> None:
    """A process killed at any point of its writes leaves whole files only, and a cache that goes on working."""
    requests = [Request(f"http://crl.clinic.example/{number}", WantKind.CRL, 1, 1) for number in range(4)]
    for turn in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline().strip() == b"ready"
            time.sleep(0.03 + 0.017 * turn)
            writer.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        for path in tmp_path.glob("*.evidence"):
            entry = read_entry(path)
            assert entry is not None
            assert entry.content == entry.content[:1] * 200_000
    cache = DiskCache(tmp_path)
    for request in requests:
        cache.store(request, CRL)
    assert [cache.load(request) for request in requests] == [CRL] * 4


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rename fails, the old file stays and the new one goes."""
    write_entry(tmp_path, REQUEST, CRL)

    def refuse(*_: object) -> None:
        raise PermissionError("in use")

    monkeypatch.setattr("devicetrust.fetch.entries.os.replace", refuse)
    with pytest.raises(PermissionError):
        write_entry(tmp_path, REQUEST, b"new")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [entry_path(tmp_path, REQUEST).name]
    assert DiskCache(tmp_path).load(REQUEST) == CRL
