"""The tutorial's test of an asyncio server passes as it stands, and fails as it says where everything is tried."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/tutorial/test-your-server.md"
LONGEST = 15
"""Lines of a newcomer's test file, blank ones too."""


def test_it_passes(tmp_path: Path) -> None:
    """As it stands on the page, without warnings."""
    server, test = fenced("python")
    assert len(test.splitlines()) <= LONGEST
    assert "1 passed" in run(tmp_path, server, test)


def test_it_fails_as_shown(tmp_path: Path) -> None:
    """Without ``faults`` it names those whom the page names, and no other."""
    server, test = fenced("python")
    [argument] = re.findall(r"leave out `(, faults=.*?)`", PAGE.read_text(encoding="utf-8"))
    told = run(tmp_path, server, test.replace(argument, ""))
    assert "1 failed" in told
    [shown] = fenced("text")
    _, *complaint = re.findall(r"^E +(.*)$", told, re.MULTILINE)  # the first names the address
    assert complaint == [line.strip() for line in shown.splitlines()], told


def fenced(language: str) -> list[str]:
    """The page's blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def run(folder: Path, server: str, test: str) -> str:
    """What pytest says in a fresh project of these two files."""
    (folder / "ward.py").write_text(server, encoding="utf-8")
    (folder / "test_ward.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_ward.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60).stdout
