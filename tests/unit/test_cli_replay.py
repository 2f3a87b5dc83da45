"""``verify --record`` leaves a file, and ``replay`` says whether it comes out the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devicetrust import replay
from devicetrust.cli.commands import run
from pki import AT
from ward import certificates, scene


@pytest.fixture
def record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The record of a verdict, left by the command."""
    for name, der in zip(("pump.der", "ca.der", "root.der"), certificates(scene()), strict=True):
        (tmp_path / name).write_bytes(der)
    pump, ca, root, record = (str(tmp_path / name) for name in ("pump.der", "ca.der", "root.der", "record.json"))
    question = ["--anchor", root, "--profile", "tls_client", "--revocation", "off", "--at", AT.isoformat()]
    assert run(["verify", pump, ca, *question, "--record", record]) == 0
    assert capsys.readouterr().out.startswith("TRUSTED")
    return Path(record)


def test_the_same(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0, and a line that says by which versions; a profile that the command line evolved is made again."""
    assert run(["replay", str(record)]) == 0
    assert capsys.readouterr().out == replay(record).explain() + "\n"


def test_different(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1, and a line for each difference."""
    document = json.loads(record.read_bytes())
    document["answer"]["outcome"] = "UNTRUSTED"
    record.write_text(json.dumps(document))
    assert run(["replay", str(record)]) == 1
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("different: untrusted at 2026-06-01T12:00:00Z, recorded by devicetrust ")
    assert rest == ["outcome: recorded untrusted; now trusted"]


def test_a_profile_that_cannot_be_had(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2: nothing was judged. With a profile that is named, that one judges, and it is said that it is another."""
    document = json.loads(record.read_bytes())
    document["profile"]["nonesuch"] = 1
    record.write_text(json.dumps(document))
    assert run(["replay", str(record)]) == 2
    assert capsys.readouterr().out.startswith("cannot be replayed: trusted")
    assert run(["replay", str(record), "--profile", "rfc5280"]) == 1
    assert "now the profile rfc5280 " in capsys.readouterr().out


def test_by_a_profile_in_toml(record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change of a site's own profile can be tried on what was recorded; what is no profile is 2."""
    ward = tmp_path / "ward.toml"
    ward.write_text('name = "ward"\nedition = "1"\nsummary = "ours"\nbase = "rfc5280"\n')
    assert run(["replay", str(record), "--profile", str(ward)]) == 1
    assert "now the profile ward 1 " in capsys.readouterr().out
    assert run(["replay", str(record), "--profile", "tls_clint"]) == 2
    assert "tls_client" in capsys.readouterr().err


def test_as_json(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The data of the replay, the verdict within it."""
    assert run(["replay", str(record), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == replay(record).to_dict()


def test_what_is_no_record(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2, and one line on standard error; a damaged record too."""
    record.write_bytes(record.read_bytes()[:-20])
    assert run(["replay", str(record)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "no record of a verdict" in told.err
