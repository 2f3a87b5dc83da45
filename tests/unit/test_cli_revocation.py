"""`devicetrust verify` and revocation: evidence in files, what is asked, grace, intervals, and what is said of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from devicetrust.cli.commands import run
from devicetrust.revocation import codes
from pki_revocation import entry, reason_code
from ward_pointing import CRL_URL, OCSP_URL, answer, crls, pointing, serial_number

NOW = "2026-06-01T12:00:00Z"
AN_HOUR_AFTER = "2026-06-02T13:00:00Z"
"""An hour after the end of the CRL of the ward's CA."""


class Told(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def outcome(self) -> str:
        """The words that the answer begins with."""
        return self.out.partition(" at ")[0].partition(" from ")[0]


Ask = Callable[..., Told]


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a root, a pump with its intermediate, CRLs, an OCSP response, and what is none of these."""
    asked = pointing()
    leaf, intermediate, root = (asked.sealed(index) for index in range(3))
    (tmp_path / "root.der").write_bytes(root)
    (tmp_path / "pump.pem").write_bytes(pem(leaf) + pem(intermediate))
    (tmp_path / "alone.der").write_bytes(leaf)
    (tmp_path / "crls").mkdir()
    for name, der in zip(("ca.crl", "root.crl"), crls(), strict=True):
        (tmp_path / "crls" / name).write_bytes(der)
    (tmp_path / "revoked.crl").write_bytes(crls(entry(serial_number(asked), reason_code(1)))[0])
    (tmp_path / "pump.ocsp").write_bytes(answer(asked))
    (tmp_path / "note.txt").write_text("no CRL here\n")
    (tmp_path / "torn.crl").write_bytes(crls()[0][:-9])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(ward: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Asks about the pump with these further words."""

    def told(words: str = "", *, at: str = NOW, files: str = "pump.pem") -> Told:
        fixed = f"verify {files} --anchor root.der --profile tls_client --at {at}"
        code = run(f"{fixed} {words}".split())
        return Told(code, *capsys.readouterr())

    return told


def pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


# evidence of files


def test_without_evidence_it_is_undecided_and_says_what_to_pass(ask: Ask) -> None:
    """3: where the certificates name sources and nothing is at hand, the answer says what to pass, and the URLs."""
    told = ask()
    assert (told.code, told.outcome, told.err) == (3, "UNDECIDED", "")
    assert told.out.count(f"to do: {codes.UNKNOWN.remedy}\n") == 1
    assert [url in told.out for url in (CRL_URL, OCSP_URL, "lacking:")] == [True, True, True]


@pytest.mark.parametrize(
    "words",
    ["--crl crls", "--crl crls/ca.crl --crl crls/root.crl", "--crl crls/root.crl --ocsp pump.ocsp"],
    ids=["a directory", "files", "an OCSP response"],
)
def test_evidence_at_hand_decides_it(ask: Ask, words: str) -> None:
    """0: CRLs and OCSP responses of files and directories; both ends of the answer are told."""
    told = ask(words)
    _, lifetime, at_hand, *_ = told.out.splitlines()
    assert (told.code, told.outcome, told.err) == (0, "TRUSTED", "")
    assert lifetime.startswith("  trusted until 2026-08-20T12:00:01Z: ")
    assert at_hand.startswith("  with the evidence at hand until 2026-06-02T12:00:01Z: ")


def test_one_piece_of_many_is_enough_to_refuse(ask: Ask) -> None:
    """1: a revocation counts, whatever else is passed, and whatever is asked about revocation."""
    for preset in ("off", "best-effort", "if-published", "required"):
        told = ask(f"--crl crls --ocsp pump.ocsp --crl revoked.crl --revocation {preset}")
        assert (told.code, told.outcome, "revocation.revoked" in told.out) == (1, "UNTRUSTED", True)


def test_in_a_directory_what_is_no_crl_is_noted(ask: Ask, ward: Path) -> None:
    """A page of a web server saved in the place of a CRL is not passed over in silence."""
    (ward / "crls" / "login.crl").write_text("<html>log in</html>")
    told = ask("--crl crls")
    assert (told.code, told.err.count("\n")) == (0, 1)
    assert told.err.startswith("note: passed over crls/login.crl: no CRL in it")


def test_a_torn_crl_is_noted_and_says_nothing(ask: Ask) -> None:
    """What says that it is a CRL and cannot be read is noted by its file; it decides nothing."""
    told = ask("--crl torn.crl")
    assert (told.code, told.err.count("\n")) == (3, 1)
    assert told.err.startswith("note: torn.crl: the CRL ")


# what is asked


@pytest.mark.parametrize(
    ("preset", "code", "outcome"),
    [
        ("off", 0, "TRUSTED"),
        ("best-effort", 0, "TRUSTED"),
        ("if-published", 3, "UNDECIDED"),
        ("required", 3, "UNDECIDED"),
    ],
)
def test_the_presets(ask: Ask, preset: str, code: int, outcome: str) -> None:
    """--revocation: how much must be known. The answer's first line says what was asked."""
    told = ask(f"--revocation {preset}")
    assert (told.code, told.outcome) == (code, outcome)
    assert told.out.partition("\n")[0].endswith(f"under tls_client (revocation {preset}) 2026.1")


def test_a_preset_left_out_is_the_profiles(ask: Ask) -> None:
    """Without --revocation the profile is asked as it stands."""
    assert ask().out.partition("\n")[0].endswith("under tls_client 2026.1")


def test_a_grace_is_an_exception_with_its_end(ask: Ask) -> None:
    """--grace: stale evidence serves on as an exception, with its end. --accept trusted refuses it."""
    assert ask("--crl crls", at=AN_HOUR_AFTER).outcome == "UNDECIDED"
    told = ask("--crl crls --grace 12h", at=AN_HOUR_AFTER)
    first, second, *_ = told.out.splitlines()
    assert (told.code, told.outcome) == (0, "TRUSTED BY EXCEPTION")
    assert first.endswith("under tls_client (grace 12h) 2026.1")
    assert second.startswith("  trusted by exception until 2026-06-03T00:00:01Z: ")
    assert ask("--crl crls --grace 12h --accept trusted", at=AN_HOUR_AFTER).code == 1


def test_how_long_it_lasts_is_asked_of_renewed_evidence(ask: Ask) -> None:
    """--for goes by the lifetime: a CRL that ends tomorrow is renewed, a certificate is not."""
    assert (ask("--crl crls --for 30d").code, ask("--crl crls --for 12w").code) == (0, 1)
    as_held = ask("--crl crls --for 30d --outlook as-held")
    assert (as_held.code, ask("--crl crls --for 12h --outlook as-held").code) == (1, 0)
    assert "trusted now, but only until 2026-06-02T12:00:01Z" in as_held.out
    misused = ask("--crl crls --outlook as-held")
    assert (misused.code, misused.err) == (
        2,
        "devicetrust verify: --outlook says what --for goes by; give --for as well\n",
    )


# times


@pytest.mark.parametrize(
    ("at", "code", "outcome"),
    [
        ("2026-06-01T12:00:00Z/2026-06-01T15:00:00Z", 0, "TRUSTED"),
        ("2026-06-01T12:00:00Z/2026-06-01T12:00:00Z", 0, "TRUSTED"),
        ("2026-06-01T14:00:00+02:00/2026-06-02T12:00:01Z", 3, "UNDECIDED"),
        ("2026-05-20T00:00:00Z/2026-05-21T00:00:00Z", 1, "UNTRUSTED"),
        ("2026-08-21T00:00:00Z/2026-08-22T00:00:00Z", 1, "UNTRUSTED"),
    ],
)
def test_an_interval_asks_for_all_that_the_time_may_be(ask: Ask, at: str, code: int, outcome: str) -> None:
    """--at EARLIEST/LATEST: one outcome for all of it, or undecided."""
    told = ask("--crl crls", at=at)
    assert (told.code, told.outcome) == (code, outcome)


# many


def test_each_with_evidence(ask: Ask) -> None:
    """--each: evidence serves every certificate; a line tells both ends, and what is open says once what to pass."""
    told = ask("--each --intermediates pump.pem --crl crls", files="pump.pem")
    pump, issuing, last = told.out.splitlines()
    assert (told.code, last) == (1, "2 certificates: 1 trusted, 1 untrusted")
    assert pump.endswith(": until 2026-08-20T12:00:01Z; with the evidence at hand until 2026-06-02T12:00:01Z")
    assert issuing.startswith("untrusted ")
    undecided = ask("--each --intermediates pump.pem", files="pump.pem pump.pem").out.splitlines()
    assert [line.partition(":")[0] for line in undecided[-2:]] == ["4 certificates", "to do"]


def test_each_and_an_interval(ask: Ask) -> None:
    """--each with an interval: the same moments for all."""
    words = "--each --intermediates pump.pem --crl crls --format json"
    data = json.loads(ask(words, files="alone.der alone.der", at=f"{NOW}/2026-06-01T13:00:00Z").out)
    assert [one["verdict"]["question"]["interval_seconds"] for one in data["verdicts"]] == [3600, 3600]


# misuse


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--crl missing.crl", "missing.crl: No such file"),
        ("--crl note.txt", "note.txt: no CRL in it"),
        ("--crl pump.pem", "pump.pem: no CRL in it, but certificate"),
        ("--crl empty", "empty: nothing to read"),
        ("--ocsp missing.der", "missing.der: No such file"),
        ("--ocsp crls/ca.crl", "ca.crl: no OCSP response in it, but CRL"),
        ("--revocation maybe", "'if-published'"),
        ("--grace 12", "is not a span"),
        ("--grace 90d", "--grace: stale_grace lies between nothing and 31 days"),
        ("--revocation off --grace 12h", "nothing to prolong"),
        (f"--at {NOW}/", "is not a time"),
        (f"--at {NOW}/2026-06-01T13:00:00", "has no time zone"),
        (f"--at {NOW}/2026-06-01T11:00:00Z", "ends before it begins"),
        (f"--at {NOW}/2026-06-02T00:00:00Z/2026-06-03T00:00:00Z", "is not a time"),
    ],
)
def test_misuse_is_one_line_on_standard_error(ask: Ask, ward: Path, words: str, said: str) -> None:
    """2: one line on standard error says what is wrong; standard output stays empty."""
    (ward / "empty").mkdir()
    told = ask(words)
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert said in told.err
