"""JUnit XML: an independent reader finds a suite a file, a case a rule, and every refusal as a failure."""

from __future__ import annotations

from xml.etree import ElementTree

import junitparser
import pytest

from devicetrust import Certificate, Severity, lint, load_certificates, profiles
from devicetrust.report import Entry, junit_xml
from devicetrust.rules.catalogue import RFC5280
from devicetrust.rules.rule import Role, rule
from pki import AT
from reported import broken, kept, linted, trusted, undecided, untrusted

ISSUER = "rfc5280.issuer_not_empty"


def read(*entries: Entry, least: Severity = Severity.ERROR) -> junitparser.JUnitXml:
    return junitparser.JUnitXml.fromstring(junit_xml(entries, least=least).encode("ascii"))


def cases(*entries: Entry, least: Severity = Severity.ERROR) -> dict[str, list[str]]:
    """The kinds of results of each case by its name: none where it passed."""
    return {
        case.name: [type(result).__name__ for result in case.result]
        for suite in read(*entries, least=least)
        for case in suite
    }


def test_a_suite_a_file_and_a_case_a_rule() -> None:
    """The cases are the rules that were asked and what else was found; counts agree with them."""
    entry = linted(broken(ISSUER), file="a.pem")
    report = read(entry, linted(kept(ISSUER), file="b.pem"))
    assert [suite.name for suite in report] == ["a.pem", "b.pem"]
    assert {case.name for case in next(iter(report))} == {one.rule.code.id for one in entry.answer.asked}
    assert (report.failures, report.errors) == (1, 0)
    assert report.tests == sum(len(list(suite)) for suite in report)
    assert report.skipped == sum("Skipped" in found for found in cases(entry).values()) * 2


def test_a_refusal_fails_and_says_why() -> None:
    """The failure has the finding's sentence, the code as its type, and what to do."""
    (failed,) = [case for suite in read(linted(broken(ISSUER))) for case in suite if case.name == ISSUER]
    (failure,) = failed.result
    assert (failure.message, failure.type) == ("the issuer name is empty", ISSUER)
    assert "To do: " in failure.text
    assert failed.classname == "[0] CN=pump-17,O=Ward"


def test_what_a_profile_only_reports_passes_and_is_told() -> None:
    """Under rfc5280 the same rule passes; its finding is in the output of the case."""
    entry = linted(broken(ISSUER), profile=profiles.rfc5280)
    (case,) = [case for suite in read(entry) for case in suite if case.name == ISSUER]
    assert case.result == []
    assert "the issuer name is empty" in case.system_out


def test_strict_fails_for_what_is_only_reported() -> None:
    """From a warning on, every finding that is at least that grave fails its case."""
    entry = linted(broken(ISSUER), profile=profiles.rfc5280)
    assert cases(entry, least=Severity.WARNING)[ISSUER] == ["Failure"]
    assert cases(entry)[ISSUER] == []


def test_a_rule_that_does_not_apply_is_skipped() -> None:
    """NOT_APPLICABLE and NOT_YET_IN_FORCE are skipped cases, no passes."""
    assert cases(linted(kept(ISSUER)))["rfc5280.authority_subject_not_empty"] == ["Skipped"]


def test_a_rule_that_fails_is_an_error() -> None:
    """It says nothing of the certificate, so it is neither pass nor failure."""

    @rule(RFC5280[0].code, Role.LEAF)
    def broken_rule(certificate: Certificate, index: int) -> list[object]:
        """Fails."""
        raise RuntimeError("no answer")

    report = lint(load_certificates(kept(ISSUER)), profile=profiles.rfc5280, rules=[broken_rule], at=AT)
    assert cases(Entry("a.pem", 0, report)) == {RFC5280[0].code.id: ["Error"]}


def test_a_finding_beside_the_rules_has_a_case() -> None:
    """What cannot be read is asked of no rule, and fails all the same."""
    report = lint([Certificate(b"\x30\x00")], profile=profiles.rfc5280, at=AT)
    assert cases(Entry("a.pem", 0, report)) == {"certificate.unreadable": ["Failure"]}
    (failure,) = next(iter(next(iter(read(Entry("a.pem", 0, report)))))).result
    assert failure.text.startswith("the certificate cannot be read: "), "no field stands before it"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Entry("a.pem", 0, trusted()), []),
        (Entry("a.pem", 0, trusted(), "not for that long"), ["Failure"]),
        (Entry("a.pem", 0, untrusted()), ["Failure"]),
        (Entry("a.pem", 0, undecided()), ["Error"]),
    ],
    ids=["trusted", "not accepted", "untrusted", "undecided"],
)
def test_a_verdict_is_a_case(entry: Entry, expected: list[str]) -> None:
    """What does not admit, or is not accepted, never passes."""
    assert list(cases(entry).values()) == [expected]


def test_any_name_of_a_file_gives_a_document() -> None:
    """Characters that XML cannot hold are escaped; the document stays well-formed and ASCII."""
    text = junit_xml([linted(kept(ISSUER), file="a\x00\udcff<&>\"'\n.pem")])
    assert text.isascii()
    assert ElementTree.fromstring(text)[0].get("name") == "a\\x00\\udcff<&>\"'\\n.pem"
