"""The command line speaks to whom it is told to, in the library's words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from devicetrust import TrustStore, Verdict, Verifier, profiles
from devicetrust.cli.commands import run
from devicetrust.cli.output import shown
from pki import AT
from ward import certificates, replacing, scene


@pytest.fixture
def expired(tmp_path: Path) -> Path:
    """A folder with a root, and a pump whose certificate has run out."""
    leaf, intermediate, root = certificates(replacing(0, not_after=AT - timedelta(days=1))(scene()))
    for name, der in (("pump.der", leaf), ("ca.der", intermediate), ("root.der", root)):
        (tmp_path / name).write_bytes(der)
    return tmp_path


def asked(folder: Path, *more: str) -> list[str]:
    files = [str(folder / name) for name in ("pump.der", "ca.der")]
    question = ["--anchor", str(folder / "root.der"), "--profile", "rfc5280", "--at", "2026-06-01T12:00:00Z"]
    return ["verify", *files, *question, *more]


def verdict(folder: Path) -> Verdict:
    verifier = Verifier(TrustStore.from_file(folder / "root.der"), profile=profiles.rfc5280)
    leaf, intermediate = ((folder / name).read_bytes() for name in ("pump.der", "ca.der"))
    return verifier.verify(leaf, [intermediate], at=AT)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_to_a_help_desk(expired: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    """The five lines as the library has them, accents and no-break spaces too; the exit code is the same."""
    assert run(asked(expired, "--explain-to", "help-desk", "--language", language)) == 1
    assert capsys.readouterr().out == verdict(expired).explain("help_desk", language) + "\n"  # type: ignore[arg-type]


def test_what_is_not_accepted_says_so(expired: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What lasts too short for the caller is said to a help desk as well, in its language and its five lines."""
    at = (AT - timedelta(days=2)).isoformat()
    for language, said in (("en", "That is less than was asked for."), ("fr", "C’est moins que ce qui est demandé.")):
        asks = [*asked(expired, "--explain-to", "help-desk", "--language", language, "--for", "30d"), "--at", at]
        assert run(asks) == 1
        lines = capsys.readouterr().out.splitlines()
        assert (len(lines), lines[0].endswith(said)) == (5, True)
    assert run([*asked(expired, "--for", "30d"), "--at", at]) == 1
    assert "\nnot accepted: " in capsys.readouterr().out


def test_no_break_spaces_stay() -> None:
    """They cannot steer a terminal; every other space that does not print is escaped."""
    assert shown("a\N{NO-BREAK SPACE}b\u2028\u3000") == "a\N{NO-BREAK SPACE}b\\u2028\\u3000"
