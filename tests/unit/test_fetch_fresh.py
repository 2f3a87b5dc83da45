"""A source of fresh evidence: what is good is held until something that verifies replaces it, whatever servers do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from clinic import CRL_URL, DAY, NOW, OCSP_URL, OTHER_CRL_URL, STRANGER, Clinic
from devicetrust import Certificate, Evidence, MisuseError, Outcome, RevocationPolicy, Verdict, Verifier
from devicetrust.evidence import WantKind
from devicetrust.fetch import (
    Bounds,
    CachingFetcher,
    DiskCache,
    FreshEvidence,
    Pace,
    ReplayFetcher,
    Reply,
    Request,
    WatchedIssuer,
)
from devicetrust.fetch.driving import run
from devicetrust.fetch.exchange import Fetcher
from devicetrust.fetch.upkeep import Upkeep
from devicetrust.sources import EvidenceSource

CLINIC = Clinic()
DEVICE = CLINIC.device()
VERIFIER = CLINIC.verifier()
LISTED = WatchedIssuer(CLINIC.chain[0], (CRL_URL,))
DOWN = Reply(None, "no connection within 5 seconds")
START = NOW.timestamp()


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


class Desk:
    """An upkeep with a clock in hand, and a server that may be told what to answer."""

    def __init__(
        self,
        answers: dict[str, object],
        *,
        issuers: Iterable[WatchedIssuer] = (LISTED,),
        verifier: Verifier = VERIFIER,
        bounds: Bounds | None = None,
        fetcher: Callable[[ReplayFetcher], Fetcher] = lambda server: server,
        jitter: Callable[[], float] = lambda: 0.5,
    ) -> None:
        self.now = START
        self.verifier = verifier
        self.server = ReplayFetcher(answers)  # type: ignore[arg-type]
        self.fetcher = fetcher(self.server)
        self.upkeep = Upkeep(verifier, Evidence(), Pace(), bounds or Bounds(), jitter)
        for issuer in issuers:
            self.upkeep.list_issuer(issuer, self.now)

    def answer(self, url: str, answer: object) -> None:
        self.server._answers[url] = answer  # type: ignore[assignment]

    def work(self, until: float | None = None) -> int:
        """Do all that is due now, or up to ``until``; how many attempts that were."""
        attempts = 0
        while True:
            due = self.upkeep.due(self.now)
            for watch in due:
                attempts += 1
                self.upkeep.finish(watch, run(self.upkeep.attempt(watch, self.now), self.fetcher), self.now)
            following = self.upkeep.next_due()
            if due:
                continue
            if until is None or following is None or following > until:
                self.now = self.now if until is None else until
                return attempts
            self.now = following

    def verdict(self, device: Certificate = DEVICE) -> Verdict:
        found = self.verifier.verify(device, CLINIC.chain, evidence=self.upkeep.evidence, at=moment(self.now))
        self.upkeep.observe(found, self.now)
        return found

    @property
    def held(self) -> list[bytes]:
        return [piece.der for piece in (*self.upkeep.evidence.crls, *self.upkeep.evidence.ocsp)]


class TestSchedule:
    def test_half_of_the_time_to_next_update(self) -> None:
        """The next is asked for between two fifths and one half of the time that is left."""
        end = START + 86_400
        dues = [Pace().after_success(START, end, jitter) - START for jitter in (0.0, 0.5, 0.999)]
        assert [round(due) for due in dues] == [34_560, 38_880, 43_191]

    def test_bounds(self) -> None:
        """Not more often than every half minute, nor less often than every day; near the end at half of the rest."""
        pace = Pace()
        lasting = [400 * 86_400.0, 60.0, 40.0, 0.5, -5.0]
        assert [pace.after_success(0, end, 0.5) for end in lasting] == [86_400, 30, 20, 1, 1]

    def test_back_off(self) -> None:
        """After failures the wait doubles up to an hour, but never beyond half of what is left."""
        pace = Pace()
        assert [pace.after_failure(0, failures, None, 1.0) for failures in (1, 2, 3, 9, 99)] == [
            30,
            60,
            120,
            3600,
            3600,
        ]
        assert [pace.after_failure(0, 9, end, 1.0) for end in (7200.0, 100.0, 1.0, -9.0)] == [3600, 50, 1, 3600]
        assert pace.after_failure(0, 1, None, 0.0) == 15

    def test_first_at_once_then_at_half(self) -> None:
        """A listed issuer is fetched for at once; nothing more is asked before its time."""
        desk = Desk({CRL_URL: CLINIC.crl(NOW)})
        assert (desk.work(), desk.work(START + 38_879), desk.work(START + 38_881)) == (1, 0, 1)


class TestReplacement:
    GOOD = CLINIC.crl(NOW, number=10)
    LATER = NOW + timedelta(hours=10)

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (DOWN, "no connection within 5 seconds"),
            (b"<html>Please log in</html>", "answered with HTML, not with a CRL"),
            (b"", "answered with nothing"),
            (CLINIC.crl(LATER, signer=STRANGER, number=11), "its signature does not verify"),
            (
                CLINIC.crl(LATER, number=11, by=CLINIC.hospital.manufacturer),
                "its signature does not verify, or its signer has no say",
            ),
            (CLINIC.crl(NOW - DAY / 4, number=9), "older than what is held"),
            (CLINIC.crl(LATER, number=9), "its cRLNumber 9 is lower than that of the CRL held, 10"),
            (CLINIC.crl(LATER + 30 * DAY, number=11), "it begins only at"),
            (CLINIC.crl(LATER, number=11, delta_of=10), "answered with a delta CRL"),
            (CLINIC.crl(LATER, number=11)[:-5], "cannot be read"),
            (CLINIC.crl(LATER, number=11, strange=True), "critical extensions that are not understood"),
        ],
        ids=["down", "html", "nothing", "forged", "other CA", "older", "lower", "future", "delta", "cut", "strange"],
    )
    def test_rubbish_displaces_nothing(self, answer: bytes | Reply, reason: str) -> None:
        """Whatever a server sends, the last good CRL stays, the device is trusted, and the status says what came."""
        desk = Desk({CRL_URL: self.GOOD})
        desk.work()
        desk.answer(CRL_URL, answer)
        desk.work((self.LATER + DAY / 24).timestamp())
        (status,) = desk.upkeep.status()
        assert (desk.held, desk.verdict().outcome) == ([self.GOOD], Outcome.TRUSTED)
        assert (status.end, status.last_success, reason in (status.last_error or "")) == (NOW + DAY, NOW, True)
        assert status.last_error_at is not None
        assert [url for url, _ in desk.upkeep.evidence.failures] == [CRL_URL]

    def test_newer_replaces(self) -> None:
        """A newer CRL of the same issuer takes the place of the old one, and its revocation counts."""
        newer = CLINIC.crl(self.LATER, number=11, revoked=[DEVICE])
        desk = Desk({CRL_URL: self.GOOD})
        desk.work()
        desk.answer(CRL_URL, newer)
        desk.work((self.LATER + DAY / 24).timestamp())
        assert (desk.held, desk.verdict().outcome) == ([newer], Outcome.UNTRUSTED)

    def test_what_counts_in_part_is_better_than_nothing(self) -> None:
        """A CRL that the verifier takes for revocations only is held until there is a better one."""
        strange = CLINIC.crl(NOW, number=1, strange=True)
        desk = Desk({CRL_URL: strange})
        desk.work()
        assert desk.held == [strange]
        desk.answer(CRL_URL, self.GOOD)
        desk.work((self.LATER + DAY / 24).timestamp())
        assert desk.held == [self.GOOD]

    def test_a_ca_that_counts_anew(self) -> None:
        """Once what is held has ended, a later CRL with a lower number is taken."""
        again = NOW + 2 * DAY
        desk = Desk({CRL_URL: self.GOOD})
        desk.work()
        anew = CLINIC.crl(again, number=1)
        desk.answer(CRL_URL, anew)
        desk.now = again.timestamp()
        desk.work()
        assert desk.held == [anew]
        assert desk.verdict().outcome is Outcome.TRUSTED

    def test_the_next_url_where_the_first_gives_rubbish(self) -> None:
        """Alternatives are tried in order, also where the first answers with what is not accepted."""
        desk = Desk(
            {CRL_URL: CLINIC.crl(NOW, signer=STRANGER), OTHER_CRL_URL: self.GOOD},
            issuers=[WatchedIssuer(CLINIC.chain[0], (CRL_URL, OTHER_CRL_URL))],
        )
        desk.work()
        assert desk.held == [self.GOOD]

    def test_an_error_is_forgotten_when_it_is_over(self) -> None:
        """A success clears the error, and the failure leaves the evidence."""
        desk = Desk({CRL_URL: DOWN})
        desk.work()
        assert (desk.held, len(desk.upkeep.evidence.failures)) == ([], 1)
        desk.answer(CRL_URL, self.GOOD)
        desk.work(START + 60)
        (status,) = desk.upkeep.status()
        assert (desk.held, status.last_error, desk.upkeep.evidence.failures) == ([self.GOOD], None, ())


class TestObserved:
    def test_validated_paths_only(self) -> None:
        """What a path to an anchor names is watched; what a stranger names is not."""
        stranger = Clinic(number=5)
        desk = Desk({CRL_URL: CLINIC.crl(NOW)}, issuers=())
        unknown = VERIFIER.verify(stranger.device(), stranger.chain, at=NOW)
        desk.upkeep.observe(unknown, desk.now)
        assert desk.work() == 0
        assert desk.verdict().outcome is Outcome.UNDECIDED
        assert (desk.work(), desk.verdict().outcome) == (1, Outcome.TRUSTED)

    def test_one_crl_for_all_devices(self) -> None:
        """Devices of one issuer share one watch."""
        desk = Desk({CRL_URL: CLINIC.crl(NOW)}, issuers=())
        for _ in range(5):
            desk.verdict(CLINIC.device())
        assert (desk.work(), len(desk.server.requests)) == (1, 1)

    def test_ocsp_where_no_crl_is_named(self) -> None:
        """A responder is asked about each device that names no CRL; by whichever signer, the verifier decides."""
        device = CLINIC.device(crls=(), ocsp_urls=[OCSP_URL])
        good = CLINIC.answer(device, NOW)
        desk = Desk({OCSP_URL: good}, issuers=())
        desk.verdict(device)
        assert (desk.work(), desk.verdict(device).outcome) == (1, Outcome.TRUSTED)
        later = CLINIC.answer(device, NOW + DAY / 2)
        desk.answer(OCSP_URL, later[:-1] + bytes([later[-1] ^ 1]))
        desk.now = (NOW + DAY / 2).timestamp()
        desk.work()
        (status,) = desk.upkeep.status()
        assert (desk.held, "no say" in (status.last_error or "")) == ([good], True)
        assert desk.verdict(device).outcome is Outcome.TRUSTED
        desk.answer(OCSP_URL, CLINIC.answer(device, NOW + DAY / 2, revoked=True))
        desk.work(desk.now + 600)
        assert desk.verdict(device).outcome is Outcome.UNTRUSTED

    def test_ocsp_where_the_crl_cannot_be_had(self) -> None:
        """Of a device that names both, the responder is asked only after the CRL was tried in vain."""
        device = CLINIC.device(ocsp_urls=[OCSP_URL])
        desk = Desk({CRL_URL: DOWN, OCSP_URL: CLINIC.answer(device, NOW)}, issuers=())
        desk.verdict(device)
        desk.work()
        assert [request.kind for request in desk.server.requests] == [WantKind.CRL]
        desk.verdict(device)
        desk.work()
        assert desk.verdict(device).outcome is Outcome.TRUSTED

    def test_delta(self) -> None:
        """The delta CRL that a path names is kept beside the complete one."""
        device = CLINIC.device(deltas=[OTHER_CRL_URL])
        delta = CLINIC.crl(NOW, number=8, delta_of=7, revoked=[device])
        desk = Desk({CRL_URL: CLINIC.crl(NOW - DAY / 2, number=7), OTHER_CRL_URL: delta}, issuers=())
        desk.verdict(device)
        assert (desk.work(), desk.verdict(device).outcome) == (2, Outcome.UNTRUSTED)

    def test_another_scope_at_the_first_fetch_does_not_lock_out_the_right_one(self) -> None:
        """What is held without settling anything gives way to what does."""
        device = CLINIC.device()
        desk = Desk({CRL_URL: CLINIC.crl(NOW, number=5, only_authorities=True)}, issuers=())
        desk.verdict(device)
        desk.work()
        desk.answer(CRL_URL, CLINIC.crl(NOW, number=6))
        desk.work(START + 40_000)
        assert desk.verdict(device).outcome is Outcome.TRUSTED


class TestBounds:
    DEVICES = tuple(CLINIC.device(crls=(), ocsp_urls=[OCSP_URL]) for _ in range(4))

    def test_per_issuer(self) -> None:
        """Beyond the bound what was observed longest ago goes; what is listed stays."""
        desk = Desk({}, bounds=Bounds(per_issuer=2))
        for number, device in enumerate(self.DEVICES):
            desk.now = START + number
            desk.verdict(device)
        assert [status.kind for status in desk.upkeep.status()] == [WantKind.CRL, WantKind.OCSP, WantKind.OCSP]

    def test_in_all(self) -> None:
        """One issuer never pushes out another's: beyond the total, what is new is refused and counted."""
        other = Clinic(number=6)
        desk = Desk({}, bounds=Bounds(total=3), issuers=())
        for device in self.DEVICES:
            desk.verdict(device)
        verifier = other.verifier()
        verdict = verifier.verify(other.device(), other.chain, at=NOW)
        desk.upkeep.observe(verdict, desk.now)
        assert (len(list(desk.upkeep.status())), desk.upkeep.refused) == (3, 1)

    def test_octets(self) -> None:
        """What finds no room is not held, and the status says so."""
        desk = Desk({CRL_URL: CLINIC.crl(NOW)}, bounds=Bounds(octets=100))
        desk.work()
        (status,) = desk.upkeep.status()
        assert (desk.held, "there is no room" in (status.last_error or "")) == ([], True)

    def test_forgotten(self) -> None:
        """A device that was not seen for a week is let go with its evidence."""
        device = self.DEVICES[0]

        def answer(_: Request) -> bytes:
            return CLINIC.answer(device, moment(desk.now))

        desk = Desk({OCSP_URL: answer}, issuers=())
        desk.verdict(device)
        desk.work()
        assert len(desk.held) == 1
        desk.work(START + 8 * 86_400)
        assert (desk.held, list(desk.upkeep.status())) == ([], [])


class TestRestart:
    def test_evidence_survives(self, tmp_path: Path) -> None:
        """What the disk cache holds serves at once after a restart, and the server is asked soon after."""
        crl = CLINIC.crl(NOW)

        def caching(server: ReplayFetcher) -> CachingFetcher:
            return CachingFetcher(server, DiskCache(tmp_path), clock=lambda: START + 3600)

        first = Desk({CRL_URL: crl}, fetcher=caching)
        first.work()
        second = Desk({CRL_URL: DOWN}, fetcher=caching)
        second.now = START + 3600
        second.work()
        assert (second.held, second.server.requests, second.verdict().outcome) == ([crl], [], Outcome.TRUSTED)
        assert second.work(START + 3660) >= 1

    def test_stale_evidence_survives_too(self, tmp_path: Path) -> None:
        """Beyond its end it serves a policy with a grace, with the failure told."""
        crl = CLINIC.crl(NOW - 2 * DAY)
        CachingFetcher(ReplayFetcher({CRL_URL: crl}), DiskCache(tmp_path)).fetch(Request(CRL_URL, WantKind.CRL, 1, 9))
        verifier = CLINIC.verifier(RevocationPolicy.REQUIRED.evolve(stale_grace=3 * DAY))
        desk = Desk(
            {CRL_URL: DOWN},
            verifier=verifier,
            fetcher=lambda server: CachingFetcher(server, DiskCache(tmp_path), clock=lambda: START),
        )
        desk.work()
        assert (desk.held, desk.verdict().outcome) == ([crl], Outcome.TRUSTED_BY_EXCEPTION)
        assert len(desk.upkeep.evidence.failures) == 1

    def test_a_poisoned_cache_is_passed_by(self, tmp_path: Path) -> None:
        """What the cache holds must verify; where it does not, the server is asked at once."""
        cache = DiskCache(tmp_path)
        cache.store(Request(CRL_URL, WantKind.CRL, 1, 9), CLINIC.crl(NOW, lasting=900 * DAY, signer=STRANGER))
        desk = Desk(
            {CRL_URL: CLINIC.crl(NOW)}, fetcher=lambda server: CachingFetcher(server, cache, clock=lambda: START)
        )
        desk.work()
        assert (len(desk.server.requests), desk.verdict().outcome) == (1, Outcome.TRUSTED)


LIFETIME = 86_400.0


def outages(rng: Random, end: float) -> list[tuple[float, float]]:
    """A third of the time up to ``end``, none of them as long as half a lifetime, the server up between them."""
    found: list[tuple[float, float]] = []
    at = START + 60
    while at < end:
        length = rng.uniform(0.05, 0.499) * LIFETIME
        found.append((at, at + length))
        at += length + rng.uniform(1.8, 2.2) * length
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hundred_lifetimes(seed: int) -> None:
    """Over 100 lifetimes of CRLs, the server down a third of the time but never for half a lifetime: no healthy device
    is ever refused, and a newly revoked one is refused as soon as the next CRL is fetched, within half a lifetime if
    the server is up.
    """
    rng = Random(seed)
    end = START + 100 * LIFETIME
    down = outages(rng, end)
    share = sum(min(stop, end) - start for start, stop in down) / (end - START)
    assert 0.28 < share < 0.38
    revoked: list[Certificate] = []
    fetched: list[float] = []
    number = iter(range(1, 100_000))

    def serve(_: Request) -> bytes | Reply:
        if any(start <= desk.now < stop for start, stop in down):
            return rng.choice([DOWN, Reply(None, "answered 503", 503), Reply(b"<html>Sorry</html>")])
        fetched.append(desk.now)
        return CLINIC.crl(moment(desk.now), lasting=timedelta(seconds=LIFETIME), revoked=revoked, number=next(number))

    desk = Desk({CRL_URL: serve}, jitter=rng.random)
    desk.work()
    revocations: list[tuple[float, Certificate]] = []
    waiting: tuple[float, Certificate] | None = None
    while desk.now < end:
        desk.work(desk.now + rng.uniform(0.01, 0.04) * LIFETIME)
        assert desk.verdict(DEVICE).outcome is Outcome.TRUSTED, desk.now
        if waiting is not None:
            since, device = waiting
            seen = [at for at in fetched if at > since]
            assert (desk.verdict(device).outcome is Outcome.UNTRUSTED) is bool(seen)
            if seen:
                undisturbed = not any(start < seen[0] and stop > since for start, stop in down)
                assert seen[0] - since <= LIFETIME / 2 if undisturbed else seen[0] - since < LIFETIME
                revocations.append((seen[0] - since, device))
                waiting = None
        elif rng.random() < 0.2:
            device = CLINIC.device()
            assert desk.verdict(device).outcome is Outcome.TRUSTED
            revoked.append(device)
            waiting = (desk.now, device)
    assert all(desk.verdict(device).outcome is Outcome.UNTRUSTED for _, device in revocations)
    assert len(revocations) > 50
    assert 150 < len(fetched) < 400


class TestDrivers:
    """The thread and the tasks do what the upkeep says; these tests wait for events, not for times."""

    def answering(self, arrived: threading.Event, content: bytes) -> Callable[[Request], bytes]:
        def answer(_: Request) -> bytes:
            arrived.set()
            return content

        return answer

    def test_thread(self) -> None:
        """Evidence comes by itself, and a verdict is never kept waiting: at first there is none."""
        server = ReplayFetcher({CRL_URL: CLINIC.crl(NOW)})
        fresh = FreshEvidence(VERIFIER, fetcher=server, clock=lambda: START)
        assert isinstance(fresh, EvidenceSource)
        with fresh:
            verdict = VERIFIER.verify(DEVICE, CLINIC.chain, evidence=fresh.evidence(), at=NOW)
            assert (verdict.outcome, fresh.end, fresh.status()) == (Outcome.UNDECIDED, None, ())
            fresh.observe(verdict)
            _until(lambda: bool(fresh.evidence().crls))
            verdict = VERIFIER.verify(DEVICE, CLINIC.chain, evidence=fresh.evidence(), at=NOW)
            assert (verdict.outcome, fresh.end, fresh.refused) == (Outcome.TRUSTED, NOW + DAY, 0)
        with pytest.raises(MisuseError, match="has run already"), fresh:
            pass

    def test_tasks(self) -> None:
        """The same under asyncio, observed from another thread too."""

        async def work() -> tuple[Outcome, Outcome]:
            server = ReplayFetcher({CRL_URL: CLINIC.crl(NOW)})
            async with FreshEvidence(VERIFIER, fetcher=server, clock=lambda: START) as fresh:
                first = VERIFIER.verify(DEVICE, CLINIC.chain, evidence=fresh.evidence(), at=NOW)
                await asyncio.to_thread(fresh.observe, first)
                while not fresh.evidence().crls:
                    await asyncio.sleep(0.005)
                second = VERIFIER.verify(DEVICE, CLINIC.chain, evidence=fresh.evidence(), at=NOW)
            return first.outcome, second.outcome

        found = asyncio.run(asyncio.wait_for(work(), 20))
        assert found == (Outcome.UNDECIDED, Outcome.TRUSTED)

    def test_a_server_that_hangs_holds_up_nothing(self) -> None:
        """Neither another source, nor a verdict, nor the end of the service, nor that of the process."""
        gate = threading.Event()

        def hang(_: Request) -> Reply:
            gate.wait(20)
            return DOWN

        other = "http://other.clinic.example/"
        issuers = [LISTED, WatchedIssuer(CLINIC.chain[0], (other,))]
        server = ReplayFetcher({CRL_URL: hang, other: CLINIC.crl(NOW)})
        begun = time.monotonic()
        with FreshEvidence(VERIFIER, fetcher=server, issuers=issuers, clock=lambda: START) as fresh:
            _until(lambda: bool(fresh.evidence().crls))
            assert [status.end is None for status in fresh.status()] == [True, False]
        left = [thread for thread in threading.enumerate() if thread.name.startswith("fresh evidence")]
        assert left != []
        assert [thread for thread in left if not thread.daemon] == []
        gate.set()
        assert time.monotonic() - begun < 15

    @pytest.mark.parametrize("way", ["thread", "tasks"])
    def test_a_fetcher_that_raises(self, way: str) -> None:
        """A fault of the fetcher is an error of that source; the service goes on."""

        def fault(_: Request) -> Reply:
            raise RuntimeError("out of files")

        fresh = FreshEvidence(VERIFIER, fetcher=ReplayFetcher({CRL_URL: fault}), issuers=[LISTED], clock=lambda: START)

        async def work() -> None:
            async with fresh:
                while not fresh.evidence().failures:
                    await asyncio.sleep(0.005)

        if way == "tasks":
            asyncio.run(asyncio.wait_for(work(), 20))
        else:
            with fresh:
                _until(lambda: bool(fresh.evidence().failures))
        assert "RuntimeError: out of files" in (fresh.status()[0].last_error or "")

    def test_misuse(self) -> None:
        """What can never work is refused at once."""
        with pytest.raises(MisuseError):
            FreshEvidence(VERIFIER.profile, fetcher=ReplayFetcher({}))  # type: ignore[arg-type]
        for wrong in (lambda: Pace(longest=-1), lambda: Bounds(octets=-1)):
            with pytest.raises(MisuseError):
                wrong()
        for issuer in (WatchedIssuer(CLINIC.chain[0], ()), WatchedIssuer(b"\x30\x00", (CRL_URL,))):
            with pytest.raises(MisuseError):
                FreshEvidence(VERIFIER, fetcher=ReplayFetcher({}), issuers=[issuer])


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)
