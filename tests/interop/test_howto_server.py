"""What the how-to on servers that are not Python shows is what happens, with nginx."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from devicetrust.cli.commands import run
from interop.mutual_tls_servers import free_port, nginx_with

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/test-a-server-that-is-not-python.md"
PORT = "8443"
"""On the page; here one that is free takes its place."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The first command was given, and nginx listens, set up as on the page; the port."""
    monkeypatch.chdir(tmp_path)
    assert run(arguments(fenced("console")[0], PORT)) == 0
    port = free_port()
    [server] = fenced("nginx")
    with nginx_with(tmp_path, port, server.replace(PORT, str(port))):
        yield str(port)


def test_it_answers_as_shown(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The commands, one after another, say what stands below them, and exit as the page says."""
    _, few, every, kept = fenced("console")
    shown_few, shown_every, shown_kept = fenced("text")
    capsys.readouterr()
    assert run(arguments(few, site)) == 1
    assert capsys.readouterr().out.replace(site, PORT) == shown_few
    assert run(arguments(every, site)) == 1
    assert [line for line in capsys.readouterr().out.splitlines() if "ADMITTED" in line] == shown_every.splitlines()
    assert run(arguments(kept, site)) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == shown_kept.splitlines()


def arguments(shown: str, port: str) -> list[str]:
    """The words of a command, after its name."""
    _, _, *words = shlex.split(shown.replace("\\\n", " ").replace(PORT, port))
    return words


def fenced(language: str) -> list[str]:
    """The page's blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
