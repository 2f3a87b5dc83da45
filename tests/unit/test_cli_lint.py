"""`devicetrust lint`: exit codes, what is a chain, the forms of the answer, and one line for each misuse."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import junitparser
import pytest

from devicetrust.cli.commands import run
from devicetrust.report.regulatory_map import MAP_SCHEMA
from devicetrust.rules.catalogue import FAMILIES
from reported import broken, kept
from ward import certificates, scene

NOW = "2026-06-01T12:00:00Z"
ISSUER = "rfc5280.issuer_not_empty"


class Told(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str]) -> Command:
    """Lints in this process, under tls_server and at a moment that stays."""

    def told(*arguments: str | Path, profile: str = "tls_server") -> Told:
        code = run(["lint", *map(str, arguments), "--profile", profile, "--at", NOW])
        return Told(code, *capsys.readouterr())

    return told


def write_chain(file: Path) -> Path:
    """The ward's chain of three, leaf first, one PEM after the other."""
    file.write_text("".join(map(ssl.DER_cert_to_PEM_cert, certificates(scene()))), "ascii")
    return file


# Exit codes


def test_a_clean_certificate_exits_with_0(lint: Command) -> None:
    """0: nothing that blocks was found."""
    told = lint(kept(ISSUER))
    assert (told.code, told.err) == (0, "")
    assert "error" not in told.out


def test_a_finding_that_blocks_exits_with_1(lint: Command) -> None:
    """1: it is said with its clause, its code and what to do."""
    told = lint(broken(ISSUER))
    assert told.code == 1
    assert told.out.startswith(f"REFUSED {broken(ISSUER)}[0] at {NOW} under tls_server ")
    assert "error: the issuer name is empty [RFC 5280 4.1.2.4; rfc5280.issuer_not_empty]" in told.out
    assert "to do: have the certificate issued by a CA with a name" in told.out
    assert told.out.endswith("1 entry: 1 refused\n")


def test_strict_counts_what_is_only_reported(lint: Command) -> None:
    """Under rfc5280 the same finding is reported only: 0, and 1 with --strict."""
    assert lint(broken(ISSUER), profile="rfc5280").code == 0
    assert lint(broken(ISSUER), "--strict", profile="rfc5280").code == 1


def test_a_family_is_asked_beside_the_profile(lint: Command) -> None:
    """Its rules are added, once each, and the answer says so; an error of it refuses as the profile's own do."""
    path = broken("iot_tls.key_usage_present")
    assert lint(path, profile="rfc5280").code == 0
    told = lint(path, "--family", "iot_tls", "--family", "rfc5280", "--family", "iot_tls", profile="rfc5280")
    assert told.code == 1
    assert "under rfc5280 + iot_tls + rfc5280 2026.1" in told.out
    assert "error: there is no keyUsage [" in told.out
    data = json.loads(lint(path, "--family", "iot_tls", "--family", "outlook", "--format", "json").out)
    asked = [one["rule"] for one in data["lints"][0]["lint"]["answers"]]
    assert len(asked) == len(set(asked))
    assert {rule.code.id for name in ("iot_tls", "outlook") for rule in FAMILIES[name]} <= set(asked)


def test_an_unknown_family_is_misuse(lint: Command) -> None:
    """2, with the families there are."""
    told = lint(kept(ISSUER), "--family", "iot")
    assert (told.code, told.out) == (2, "")
    assert "iot_tls" in told.err


def test_strict_passes_notices(lint: Command) -> None:
    """A notice is a fact worth knowing, and never fails: of a warning and a notice, the warning does."""
    path = broken("rfc5280.subject_key_identifier_of_the_key")
    told = lint(path, "--strict", "--format", "junit", profile="rfc5280")
    report = junitparser.JUnitXml.fromstring(told.out.encode("ascii"))
    cases = {case.name: case for suite in report for case in suite}
    assert [name for name, case in cases.items() if case.is_failure] == ["outlook.expiring"]
    assert "subjectKeyIdentifier" in cases["rfc5280.subject_key_identifier_of_the_key"].system_out


def test_a_file_without_a_certificate_exits_with_2(lint: Command, tmp_path: Path) -> None:
    """2: one line says which file and why."""
    (tmp_path / "note.txt").write_text("no certificate here\n")
    told = lint(tmp_path / "note.txt")
    assert (told.code, told.out) == (2, "")
    assert "note.txt" in told.err
    assert told.err.count("\n") == 1


def test_a_certificate_that_cannot_be_read_is_refused(lint: Command, tmp_path: Path) -> None:
    """It is a finding, and refuses."""
    (tmp_path / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nMAAw\n-----END CERTIFICATE-----\n")
    told = lint(tmp_path / "bad.pem")
    assert told.code == 1
    assert "certificate.unreadable" in told.out


# Chains


def test_several_certificates_are_not_guessed_at(lint: Command, tmp_path: Path) -> None:
    """Without --chain or --each: misuse, in a line that names both."""
    told = lint(write_chain(tmp_path / "chain.pem"))
    assert (told.code, told.out) == (2, "")
    assert "chain.pem holds 3 certificates; say --chain if they are one, leaf first, else --each" in told.err


def test_a_chain_is_one_entry(lint: Command, tmp_path: Path) -> None:
    """--chain: leaf, intermediate and anchor, each in its role."""
    told = lint(write_chain(tmp_path / "chain.pem"), "--chain", "--format", "json")
    (entry,) = json.loads(told.out)["lints"]
    assert [one["role"] for one in entry["lint"]["certificates"]] == ["leaf", "intermediate", "anchor"]


def test_each_certificate_is_an_entry(lint: Command, tmp_path: Path) -> None:
    """--each: three entries with their numbers in the file."""
    told = lint(write_chain(tmp_path / "chain.pem"), "--each", "--format", "json")
    assert [entry["number"] for entry in json.loads(told.out)["lints"]] == [0, 1, 2]


def test_a_chain_too_long_is_misuse(lint: Command, tmp_path: Path) -> None:
    """One line with the file, and the way out."""
    chain = write_chain(tmp_path / "chain.pem")
    chain.write_text(chain.read_text("ascii") * 22, "ascii")
    told = lint(chain, "--chain")
    assert told.code == 2
    assert re.search(r"chain\.pem: .*64 .*; with --each they are taken one by one", told.err)


def test_a_directory_is_read_file_by_file(lint: Command, tmp_path: Path) -> None:
    """Each file is an entry; what holds no certificate is noted and passed over."""
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_bytes(kept(ISSUER).read_bytes())
    (tmp_path / "note.txt").write_text("no certificate here\n")
    told = lint(tmp_path, "--format", "json")
    assert [Path(entry["file"]).name for entry in json.loads(told.out)["lints"]] == ["a.pem", "b.pem"]
    assert told.err.startswith("note: passed over ")


# Forms


def test_sarif_and_junit_tell_the_same_as_text(lint: Command) -> None:
    """The finding that blocks is an error in SARIF and a failure in JUnit, and the exit code is the same."""
    sarif, junit = lint(broken(ISSUER), "--format", "sarif"), lint(broken(ISSUER), "--format", "junit")
    results = json.loads(sarif.out)["runs"][0]["results"]
    report = junitparser.JUnitXml.fromstring(junit.out.encode("ascii"))
    assert (sarif.code, junit.code) == (1, 1)
    assert [one["ruleId"] for one in results if one["level"] == "error"] == [ISSUER]
    assert [case.name for suite in report for case in suite if case.is_failure] == [ISSUER]


def test_strict_fails_in_junit_as_well(lint: Command) -> None:
    """The report fails where the exit code does."""
    told = lint(broken(ISSUER), "--strict", "--format", "junit", profile="rfc5280")
    report = junitparser.JUnitXml.fromstring(told.out.encode("ascii"))
    assert ISSUER in [case.name for suite in report for case in suite if case.is_failure]


def test_a_strength_policy_takes_the_place_of_the_profiles(lint: Command) -> None:
    """P-256 is refused under CNSA 2.0, by its document."""
    told = lint(kept(ISSUER), "--strength", "cnsa_2")
    assert told.code == 1
    assert "strength.key" in told.out


# Frameworks


def test_a_framework_is_shown(lint: Command) -> None:
    """As text, and in the same JSON document as the findings; it changes no exit code."""
    text, data = (
        lint(kept(ISSUER), "--framework", "hipaa"),
        lint(kept(ISSUER), "--framework", "all", "--format", "json"),
    )
    assert (text.code, data.code) == (lint(kept(ISSUER)).code,) * 2
    assert "  164.312(d), person or entity authentication [from an extract]: assessed" in text.out
    assert "hds" in [one["id"] for one in json.loads(data.out)["frameworks"]]


def test_a_map_of_ones_own_is_shown_whole(lint: Command, tmp_path: Path) -> None:
    """Without --framework, all of the map and nothing else."""
    requirement = '[[framework.requirement]]\nclause = "7"\ntopic = "names"\nknown = "read"\nrules = ["rfc5280"]\n'
    head = 'id = "ward"\nname = "House rules"\nedition = "3"\nstrength = "house rule"\n'
    (tmp_path / "own.toml").write_text(f'schema = "{MAP_SCHEMA}"\n[[framework]]\n{head}{requirement}')
    told = lint(kept(ISSUER), "--map", tmp_path / "own.toml")
    assert "House rules, 3 (house rule)\n  7, names: assessed\n" in told.out
    assert "HIPAA" not in told.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--framework", "hippa"), "there is no framework 'hippa'; did you mean hipaa? Known: hipaa, "),
        (("--framework", "hipaa", "--format", "sarif"), "are answered as text or json, not as sarif"),
        (("--map", "none.toml"), "map none.toml: No such file"),
    ],
)
def test_misuse_is_one_line(lint: Command, arguments: tuple[str, ...], said: str) -> None:
    """2, and nothing on standard output."""
    told = lint(kept(ISSUER), *arguments)
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert said in told.err


def test_no_profile_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without one: misuse, and those that fit are named."""
    assert run(["lint", str(kept(ISSUER))]) == 2
    assert "no profile given; choose one with --profile" in capsys.readouterr().err


# verify


@pytest.mark.parametrize(("at", "code"), [(NOW, 0), ("2027-06-01T12:00:00Z", 1)])
@pytest.mark.parametrize("each", [(), ("--each",)])
def test_verify_answers_in_the_same_forms(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, at: str, code: int, each: tuple[str, ...]
) -> None:
    """SARIF has an error, and JUnit a case that did not pass, exactly where the exit code is not 0."""
    leaf, ca, root = certificates(scene())
    for name, der in (("pump.der", leaf), ("ca.der", ca), ("root.der", root)):
        (tmp_path / name).write_bytes(der)
    asked = ["verify", str(tmp_path / "pump.der"), "--anchor", str(tmp_path / "root.der"), "--profile", "rfc5280"]
    asked += ["--intermediates", str(tmp_path / "ca.der"), "--at", at, *each]
    assert run([*asked, "--format", "sarif"]) == code
    levels = {one["level"] for one in json.loads(capsys.readouterr().out)["runs"][0]["results"]}
    assert run([*asked, "--format", "junit"]) == code
    report = junitparser.JUnitXml.fromstring(capsys.readouterr().out.encode("ascii"))
    assert ("error" in levels, report.tests, report.failures) == (code == 1, 1, code)


def test_what_is_not_accepted_fails_in_junit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """--for: trusted now, but not for that long; the case fails, with that as its message."""
    leaf, ca, root = certificates(scene())
    for name, der in (("pump.der", leaf), ("ca.der", ca), ("root.der", root)):
        (tmp_path / name).write_bytes(der)
    asked = ["verify", str(tmp_path / "pump.der"), str(tmp_path / "ca.der"), "--anchor", str(tmp_path / "root.der")]
    assert run([*asked, "--profile", "rfc5280", "--at", NOW, "--for", "99w", "--format", "junit"]) == 1
    report = junitparser.JUnitXml.fromstring(capsys.readouterr().out.encode("ascii"))
    (failure,) = next(iter(next(iter(report)))).result
    assert failure.message.startswith("trusted now, but only until ")


# The how-to


def test_the_how_to_tells_what_happens(
    lint: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its commands run, its map is read, and its program assesses what it says."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "lint-in-ci.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "certificates").mkdir()
    for file in ("pump-17.pem", "certificates/pump-17.pem"):
        (tmp_path / file).write_bytes(kept(ISSUER).read_bytes())
    for command in re.findall(r"(?m)^\$ devicetrust (lint [^>\n]*)", page):
        assert run([*command.split(), "--at", NOW]) == 0, capsys.readouterr()
    (own,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "own.toml").write_text(own)
    assert (
        "7.2, devices present a certificate with a name: assessed; not asked: identity"
        in lint("pump-17.pem", "--map", "own.toml").out
    )
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, object] = {}
    exec(program, names)
    assert names["assessed"]
