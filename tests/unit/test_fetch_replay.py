"""Recorded answers: what was asked once can be asked again without a network."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clinic import CRL_URL, NOW, OCSP_URL, Clinic
from devicetrust import Outcome, UnreadableInput, fetch
from devicetrust.evidence import WantKind
from devicetrust.fetch import RecordingFetcher, ReplayFetcher, Reply, Request

CLINIC = Clinic()
DEVICE = CLINIC.device(crls=(), ocsp_urls=[OCSP_URL])
CRL_DEVICE = CLINIC.device()
ANSWERS = {OCSP_URL: CLINIC.answer(DEVICE, NOW), CRL_URL: CLINIC.crl(NOW)}


@pytest.mark.parametrize("device", [DEVICE, CRL_DEVICE], ids=["OCSP", "CRL"])
def test_recorded_and_replayed(tmp_path: Path, device: object) -> None:
    """A verdict comes out the same from the recording of it, and every request of it is answered."""
    asked = {"at": NOW, "verifier": CLINIC.verifier(), "leaf": device, "intermediates": CLINIC.chain}  # type: ignore[attr-defined]
    live = fetch.settle(fetcher=RecordingFetcher(ReplayFetcher(ANSWERS), tmp_path), **asked)
    replay = ReplayFetcher.from_directory(tmp_path)
    again = fetch.settle(fetcher=replay, **asked)
    by_task = asyncio.run(fetch.asettle(fetcher=replay, **asked))
    assert (live.outcome, again, by_task) == (Outcome.TRUSTED, live, live)


def test_recording_for_tasks(tmp_path: Path) -> None:
    """The recorder records for asyncio too; failures are passed on and not recorded."""
    recorder = RecordingFetcher(ReplayFetcher({CRL_URL: b"x"}), tmp_path)
    requests = [Request(url, WantKind.CRL, 1, 9) for url in (CRL_URL, "http://elsewhere.example/")]
    replies = [asyncio.run(recorder.afetch(request)) for request in requests]
    assert replies == [Reply(b"x"), Reply(None, "not among the recorded answers")]
    replay = ReplayFetcher.from_directory(tmp_path)
    assert [replay.fetch(request) for request in requests] == replies


def test_an_empty_directory_is_no_recording(tmp_path: Path) -> None:
    """A wrong path is said at once."""
    with pytest.raises(UnreadableInput, match="no recorded answer"):
        ReplayFetcher.from_directory(tmp_path)
