"""The regulatory map: every name in it exists, no clause has a number that nobody looked up, nothing is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devicetrust import Reference, RevocationPolicy, UnreadableInput, lint, load_certificates, profiles
from devicetrust.report import (
    Coverage,
    Entry,
    Framework,
    HowKnown,
    Requirement,
    assess,
    built_in_frameworks,
    framework_lines,
    frameworks_data,
    lints_data,
    load_frameworks,
)
from devicetrust.report.regulatory_map import JUDGES, MAP_SCHEMA, codes_of
from devicetrust.rules.catalogue import FAMILIES
from pki import AT
from reported import broken, kept, linted, trusted, untrusted
from ward import HOST, ask, scene

OWN = f"""
schema = "{MAP_SCHEMA}"
[[framework]]
id = "ward"
name = "House rules"
edition = "3"
strength = "house rule"
[[framework.requirement]]
clause = "7"
topic = "names"
known = "read"
rules = ["rfc5280.issuer_not_empty", "identity"]
"""


def framework(*rules: str) -> Framework:
    requirement = Requirement(clause="1", topic="a topic", known=HowKnown.READ, rules=rules)
    return Framework(id="f", name="F", edition="1", strength="law", note="", requirements=(requirement,))


def coverage(entry: Entry, *rules: str) -> Coverage:
    (assessment,) = assess(framework(*rules), [entry])
    return assessment.coverage


# The data


def test_the_map_has_every_framework_that_is_promised() -> None:
    """The frameworks that hospitals and makers are asked about."""
    assert set(built_in_frameworks()) == {
        "hipaa",
        "hitrust_csf",
        "nist_csf",
        "nist_sp_800_53",
        "nis2",
        "iec_62443_4_2",
        "fda_premarket",
        "iec_81001_5_1",
        "iso_27001",
        "pgssi_s",
        "hds",
    }


@pytest.mark.parametrize("id", list(built_in_frameworks()))
def test_every_name_in_the_map_stands_for_codes(id: str) -> None:
    """A family, a judge or a code; none that finds nothing."""
    named = {name for one in built_in_frameworks()[id].requirements for name in one.rules}
    assert [name for name in named if not codes_of(name)] == []


@pytest.mark.parametrize("id", list(built_in_frameworks()))
def test_what_is_known_by_topic_has_no_number(id: str) -> None:
    """Where the clause was not seen, neither the clause nor the topic gives a number for it."""
    for requirement in built_in_frameworks()[id].requirements:
        assert (requirement.clause == "") is (requirement.known is HowKnown.TOPIC), requirement
        if requirement.known is HowKnown.TOPIC:
            assert not re.search(r"[0-9]", requirement.topic), requirement


def test_iec_62443_has_each_letter_of_cr_1_9() -> None:
    """IEC 62443-4-2 CR 1.9 a) to f), in order."""
    clauses = [one.clause for one in built_in_frameworks()["iec_62443_4_2"].requirements]
    assert [one for one in clauses if re.fullmatch(r"CR 1\.9 [a-z]\)", one)] == [f"CR 1.9 {one})" for one in "abcdef"]


def test_judges_and_families_do_not_share_names() -> None:
    """A name in the map means one thing, and every judge has codes."""
    assert not JUDGES.keys() & FAMILIES.keys()
    assert all(JUDGES.values())


# What was assessed


def test_a_rule_that_applied_is_assessed() -> None:
    """Whether it was kept or broken."""
    for path in (broken, kept):
        assert coverage(linted(path("rfc5280.issuer_not_empty")), "rfc5280.issuer_not_empty") is Coverage.ASSESSED


def test_a_rule_that_did_not_apply_is_not_applicable() -> None:
    """A leaf is no CA; nothing else in the requirement was asked."""
    entry = linted(kept("rfc5280.issuer_not_empty"))
    assert coverage(entry, "rfc5280.authority_subject_not_empty") is Coverage.NOT_APPLICABLE


def test_a_rule_that_was_not_asked_is_not_assessed() -> None:
    """A profile without the family, and a requirement without rules."""
    entry = linted(kept("rfc5280.issuer_not_empty"))
    assert coverage(entry, "dicom") is Coverage.NOT_ASSESSED
    assert coverage(entry) is Coverage.NOT_ASSESSED


def test_lint_asks_for_no_path_no_status_and_no_name() -> None:
    """Only strength is judged without a path; and not even that where the caller chose the rules."""
    entry = linted(kept("rfc5280.issuer_not_empty"))
    chain = load_certificates(kept("rfc5280.issuer_not_empty"))
    alone = Entry("a.pem", 0, lint(chain, profile=profiles.tls_server, rules=(), at=AT))
    asked = {judge: coverage(entry, judge) for judge in JUDGES}
    assert [judge for judge, answer in asked.items() if answer is Coverage.ASSESSED] == ["strength"]
    assert {coverage(alone, judge) for judge in JUDGES} == {Coverage.NOT_ASSESSED}


def test_a_verdict_asks_for_what_its_question_asks_for() -> None:
    """Path and strength always; status by the policy; a name unless the reference is UNCHECKED."""
    named = ask(scene(), reference=Reference.dns(HOST))
    off = ask(scene(), profiles.rfc5280.evolve(revocation=RevocationPolicy.OFF))
    asked = {
        "named": [judge for judge in JUDGES if coverage(Entry("a.pem", 0, named), judge) is Coverage.ASSESSED],
        "off": [judge for judge in JUDGES if coverage(Entry("a.pem", 0, off), judge) is Coverage.ASSESSED],
    }
    assert asked == {"named": ["path", "strength", "revocation", "identity"], "off": ["path", "strength"]}


def test_the_rules_of_a_verdict_are_those_of_its_profile() -> None:
    """A verdict keeps no answers; the rules are asked of its path again."""
    entry = Entry("a.pem", 0, trusted(profiles.rfc5280))
    assert coverage(entry, "rfc5280.authority_subject_not_empty") is Coverage.ASSESSED
    assert coverage(entry, "dicom") is Coverage.NOT_ASSESSED


def test_what_was_found_is_named_where_it_bears() -> None:
    """The codes found, only under what was looked at; and what was not asked."""
    (assessment,) = assess(framework("path", "dicom", "revocation"), [Entry("a.pem", 0, untrusted())])
    assert [code.id for code in assessment.found][:1] == ["validity.expired"]
    assert assessment.lacking == ("dicom",)
    (of_lint,) = assess(framework("path"), [linted(broken("cabf.version_3"))])
    assert (of_lint.coverage, of_lint.found) == (Coverage.NOT_ASSESSED, ())


def test_several_entries_are_taken_together() -> None:
    """What was assessed of one certificate was assessed."""
    entries = [linted(kept("rfc5280.issuer_not_empty")), Entry("a.pem", 0, trusted())]
    (assessment,) = assess(framework("path"), entries)
    assert assessment.coverage is Coverage.ASSESSED


def test_no_report_has_a_percentage_or_says_that_anybody_complies() -> None:
    """For every framework, as lines and as data."""
    entries = [Entry("a.pem", 0, trusted())]
    for one in built_in_frameworks().values():
        lines = list(framework_lines(one, entries))
        assert not re.search(r"%|percent|compli|certified", " ".join(lines[2:]), re.IGNORECASE)
        assert lines[-1] == "  This says what was looked at in these certificates, not that anything is fulfilled."
    data = frameworks_data(built_in_frameworks().values(), entries)
    allowed = {one.value for one in Coverage}
    assert {requirement["coverage"] for one in data for requirement in one["requirements"]} <= allowed


def test_the_data_of_a_report_holds_the_frameworks() -> None:
    """One document: what was found, and what was assessed."""
    entry = linted(kept("rfc5280.issuer_not_empty"))
    data = lints_data([entry], [framework("strength")])
    assert (data["schema"], data["lints"][0]["lint"]["schema"]) == ("devicetrust.lints/1", "devicetrust.lint/1")
    assert data["frameworks"][0]["requirements"][0]["coverage"] == "assessed"


# Maps of one's own


def test_a_map_of_ones_own_is_read(tmp_path: Path) -> None:
    """It has the form of the library's."""
    (tmp_path / "own.toml").write_text(OWN)
    (one,) = load_frameworks(tmp_path / "own.toml").values()
    assert (one.id, one.note, one.requirements[0].clause) == ("ward", "", "7")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("topic =", "topics =", "unknown key topics; did you mean topic?"),
        ('edition = "3"', "edition = 3", "edition is a int, not a str"),
        ('strength = "house rule"\n', "", "lacks strength"),
        ("rfc5280.issuer_not_empty", "rfc5280.issuer_not_emty", "did you mean rfc5280.issuer_not_empty?"),
        ('"identity"', "7", "rules holds 7, which is no text"),
        ('known = "read"', 'known = "heard"', "known is 'heard', not one of read, extract, topic"),
        ('known = "read"', 'known = "topic"', "has no clause: its number was not verified"),
        ('clause = "7"\n', "", "names its clause, or is known = 'topic'"),
        (MAP_SCHEMA, "devicetrust.regulatory-map/9", "this version reads devicetrust.regulatory-map/1"),
        ("[[framework]]", "[[framework]", "no TOML"),
        ("[[framework.requirement]]", "[framework.requirement]", "requirement is a dict, not a list"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The error names the file and says what is wrong; nothing of the map counts."""
    assert old in OWN
    file = tmp_path / "own.toml"
    file.write_text(OWN.replace(old, new))
    with pytest.raises(UnreadableInput, match=re.escape(said)) as refused:
        load_frameworks(file)
    assert str(refused.value).startswith(f"map {file}: ")


def test_a_framework_is_there_once(tmp_path: Path) -> None:
    """Two of one id are an error."""
    file = tmp_path / "own.toml"
    file.write_text(OWN + OWN.partition("\n")[2].partition("\n")[2])
    with pytest.raises(UnreadableInput, match="framework 2: the id ward is there already"):
        load_frameworks(file)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"a" * (8 * 1024 * 1024 + 1)], ids=["bytes", "empty", "long"])
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    """Never another exception."""
    (tmp_path / "own.toml").write_bytes(content)
    with pytest.raises(UnreadableInput):
        load_frameworks(tmp_path / "own.toml")
    with pytest.raises(UnreadableInput, match="No such file"):
        load_frameworks(tmp_path / "none.toml")
