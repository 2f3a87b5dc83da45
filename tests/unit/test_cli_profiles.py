"""``devicetrust profiles``, and profiles of one's own on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import devicetrust
from devicetrust import load_profile, profiles
from devicetrust.cli.commands import run
from devicetrust.profiles import BUILT_IN
from devicetrust.profiles.forms import STRENGTH_POLICIES
from ward import certificates, scene

NOW = "2026-06-01T12:00:00Z"


class Told(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process."""

    def told(*arguments: str | Path) -> Told:
        code = run([str(one) for one in arguments])
        return Told(code, *capsys.readouterr())

    return told


@pytest.fixture
def question(tmp_path: Path) -> tuple[str, ...]:
    """The arguments of a question that the profile tls_client answers with TRUSTED; the profile comes last."""
    for name, der in zip(("leaf", "issuer", "root"), certificates(scene()), strict=True):
        (tmp_path / name).write_bytes(der)
    files = (str(tmp_path / "leaf"), str(tmp_path / "issuer"), "--anchor", str(tmp_path / "root"))
    return ("verify", *files, "--at", NOW, "--profile")


class TestProfiles:
    def test_the_list(self, command: Command) -> None:
        """Every profile with its edition and summary, and every strength policy with its document."""
        told = command("profiles")
        assert (told.code, told.err) == (0, "")
        lines = told.out.splitlines()
        for profile in BUILT_IN.values():
            assert any(line.split()[:2] == [profile.name, profile.edition] for line in lines), profile.name
        for name, policy in STRENGTH_POLICIES.items():
            assert any(line.startswith(name) and str(policy.citation) in line for line in lines)

    def test_the_list_as_data(self, command: Command) -> None:
        """The same as JSON, with the digests that verdicts state."""
        data = json.loads(command("profiles", "--format", "json").out)
        assert data["schema"] == "devicetrust.profiles/1"
        assert {one["name"]: one["digest"] for one in data["profiles"]} == {
            name: profile.digest.hex() for name, profile in BUILT_IN.items()
        }

    @pytest.mark.parametrize("name", BUILT_IN)
    def test_one(self, command: Command, name: str) -> None:
        """Every field of a profile, and what each of its rules does."""
        told = command("profiles", name)
        assert told.code == 0
        assert told.out.startswith(f"{name} {BUILT_IN[name].edition}: ")
        for rule in BUILT_IN[name].rules:
            assert f"  {rule.code.id}: " in told.out

    def test_one_as_data(self, command: Command) -> None:
        """Every field as JSON, and the rules that block by the profile's word."""
        data = json.loads(command("profiles", "rfc5280", "--format", "json").out)
        assert data["schema"] == "devicetrust.profile/1"
        assert data["initial_permitted_subtrees"] is None
        assert data["blocking_rules"] == [
            one.code.id for one in profiles.rfc5280.rules if profiles.rfc5280.blocks(one.code)
        ]

    @pytest.mark.parametrize("name", BUILT_IN)
    def test_toml_loads_again(self, command: Command, tmp_path: Path, name: str) -> None:
        """What --toml writes is the profile."""
        file = tmp_path / "written.toml"
        file.write_text(command("profiles", name, "--toml").out)
        assert load_profile(file) == BUILT_IN[name]

    def test_toml_in_any_locale(self, tmp_path: Path) -> None:
        """Text beyond ASCII is escaped as TOML has it, whatever the encoding of the output."""
        file = tmp_path / "ward.toml"
        file.write_text('base = "tls_client"\nname = "Station\u00a07 \U0001f489"\nedition = "1"\n', encoding="utf-8")
        surroundings = {**os.environ, "PYTHONPATH": str(Path(devicetrust.__file__).parents[1]), "LC_ALL": "C"}
        written = subprocess.run(
            [sys.executable, "-m", "devicetrust", "profiles", str(file), "--toml"],
            capture_output=True,
            env={**surroundings, "PYTHONIOENCODING": "ascii"},
            check=False,
        )
        assert written.returncode == 0, written.stderr
        assert load_profile(written.stdout) == load_profile(file)

    @pytest.mark.parametrize("words", [("profiles", "tls_clinet"), ("profiles", "--toml"), ("profiles", "absent.toml")])
    def test_misuse(self, command: Command, words: tuple[str, ...]) -> None:
        """One line says what is wrong."""
        told = command(*words)
        assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)

    def test_the_nearest_name_is_told(self, command: Command) -> None:
        """A misspelt name is answered with the one that was meant."""
        assert "did you mean tls_client?" in command("profiles", "tls_clinet").err


class TestVerify:
    def test_a_profile_of_ones_own(self, command: Command, question: tuple[str, ...], tmp_path: Path) -> None:
        """--profile takes a file, and the verdict bears the profile's own name and edition."""
        file = tmp_path / "ward.toml"
        file.write_text('base = "tls_client"\nname = "ward pumps"\nedition = "7"\n')
        told = command(*question, file)
        assert (told.code, told.err) == (0, "")
        assert "under ward pumps 7" in told.out

    def test_a_wrong_one_is_one_line(self, command: Command, question: tuple[str, ...], tmp_path: Path) -> None:
        """A file that is no profile is misuse: file, key and what there is."""
        file = tmp_path / "ward.toml"
        file.write_text('base = "tls_client"\nname = "w"\nedition = "7"\nmax_intermediate = 2\n')
        told = command(*question, file)
        assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
        assert f"{file}: there is no key max_intermediate; did you mean max_intermediates?" in told.err

    def test_another_strength(self, command: Command, question: tuple[str, ...]) -> None:
        """--strength judges by another policy, which the finding names."""
        told = command(*question, "tls_client", "--strength", "cnsa_2", "--format", "json")
        data = json.loads(told.out)
        assert (told.code, data["question"]["profile"]["name"]) == (1, "tls_client (evolved)")
        assert {one["citation"] for one in data["findings"] if one["code"] == "strength.key"} == {"CNSA 2.0 FAQ 2.1"}
