"""A verdict in words and as plain data: complete, stable in layout, and safe to print."""

from __future__ import annotations

import json
import unicodedata

import pytest

import pki
from devicetrust import Certificate, DeviceIdentity, Reference, Verdict, profiles, testing
from pki import AT, dns
from ward import DEVICE, HOST, SECOND, WRONGS, ask, including, replacing, scene, verifier

FINDING = {"code", "severity", "effect", "blocks", "citation", "certificate", "field", "facts", "what", "remedy"}
HORIZON = {"until", "cause", "recheck"}
HOSTILE = "evil\n  TRUSTED\r\x1b[2J\x00\u202e\u2028\x9b31m"
"""Line breaks, terminal escapes, NUL and marks that turn the direction of text."""


def verdicts() -> list[Verdict]:
    return [ask(wrong.scene()) for wrong in WRONGS.values()] + [ask(scene()), verifier(scene()).verify(b"", at=AT)]


class TestData:
    def test_the_layout_is_a_fixed_set(self) -> None:
        """The schema names the layout: these keys and no others."""
        assert set(ask(scene()).to_dict()) == {
            "schema",
            "outcome",
            "at",
            "headline",
            "findings",
            "identity",
            "path",
            "attempts",
            "user_constrained_policies",
            "wants",
            "horizon",
            "lifetime",
            "question",
        }
        assert ask(scene()).to_dict()["schema"] == "devicetrust.verdict/3"

    def test_the_parts_too(self) -> None:
        """What stands in it has a fixed layout of its own."""
        for verdict in verdicts():
            data = verdict.to_dict()
            attempted = [finding for attempt in data["attempts"] for finding in attempt["findings"]]
            assert {frozenset(one) for one in (*data["findings"], *attempted)} == {frozenset(FINDING)}
            assert set(data["horizon"]) == set(data["lifetime"]) == HORIZON
            assert {one["kind"] for one in data["path"]} <= {"certificate", "anchor", "unreadable"}
            assert all(set(one) == {"certificates", "anchor", "findings"} for one in data["attempts"])

    def test_the_identity_is_that_of_the_leaf(self) -> None:
        """Whatever the outcome, an unreadable certificate included."""
        for verdict in verdicts():
            leaf = verdict.path[0]
            assert isinstance(leaf, Certificate)
            assert verdict.to_dict()["identity"] == DeviceIdentity.from_certificate(leaf).to_dict()

    def test_json_holds_all_of_it(self) -> None:
        """Plain values only: what JSON gives back is the same."""
        for verdict in verdicts():
            data = verdict.to_dict()
            assert json.loads(json.dumps(data)) == data

    def test_facts(self) -> None:
        """Outcome, moment and findings are those of the verdict."""
        verdict = ask(WRONGS["leaf expired"].scene())
        data = verdict.to_dict()
        (expired,) = (one for one in data["findings"] if one["code"] == "validity.expired")
        assert (data["outcome"], data["at"]) == ("untrusted", "2026-06-01T12:00:00Z")
        assert (expired["certificate"], expired["field"]) == (0, "tbsCertificate.validity.notAfter")
        assert (expired["blocks"], expired["severity"]) == (True, "error")
        assert expired["facts"]["not_after"] == "2026-06-01T11:59:59Z"
        assert data["headline"] == expired
        assert [one["kind"] for one in data["path"]] == ["certificate", "certificate", "anchor"]
        assert data["path"][0]["sha256"] == verdict.path[0].fingerprint.hex()

    def test_the_question_repeats_it(self) -> None:
        """Who has the data can tell whether another verdict had the same inputs."""
        asked = scene()
        data = ask(asked, profiles.tls_server, reference=Reference.dns(HOST)).to_dict()["question"]
        assert (data["reference"], data["profile"]["name"]) == (f"dns:{HOST}", "tls_server")
        assert set(data["versions"]) == {"devicetrust", "cryptography"}


class TestWords:
    def test_the_outcome_comes_first(self) -> None:
        """The first line says outcome, moment and profile."""
        assert ask(scene()).explain().startswith("TRUSTED at 2026-06-01T12:00:00Z under rfc5280 ")
        assert ask(WRONGS["leaf expired"].scene()).explain().startswith("UNTRUSTED at ")

    @pytest.mark.parametrize("name", WRONGS)
    def test_every_blocking_finding_is_told_with_its_clause_and_remedy(self, name: str) -> None:
        """Who reads why also reads by which clause, and what to do."""
        verdict = ask(WRONGS[name].scene())
        text = verdict.explain()
        for finding in verdict.blocking():
            assert f"[{finding.code.citation}; {finding.code.id}]" in text
            assert f"to do: {finding.remedy}" in text

    def test_until_when(self) -> None:
        """A trusted device's end is in the text."""
        assert "trusted until 2026-08-20T12:00:01Z" in ask(scene()).explain()

    def test_the_path_from_the_anchor_down(self) -> None:
        """The anchor stands at the top, the leaf deepest."""
        text = ask(scene()).explain()
        places = [text.index(part) for part in ("anchor ", "1: ", "0: ")]
        assert places == sorted(places)


class TestHostileNames:
    def asked(self) -> list[Verdict]:
        subject = pki.name((pki.COMMON_NAME, HOSTILE), (pki.ORGANIZATION, HOSTILE))
        raw = pki.tlv(0x82, b"evil\n\x1b[2J\x00.example")
        changes = [
            replacing(0, subject=subject),
            replacing(0, subject=subject, not_after=AT - SECOND),
            replacing(0, issuer=subject),
            including(0, pki.subject_alternative_name(raw, pki.uri("https://e\x1b[2J/"), pki.email("a\n@b"))),
            including(0, pki.subject_alternative_name(pki.directory(subject))),
            including(1, pki.name_constraints(permitted=[dns("ok.example")])),
        ]
        asked = [change(scene()) for change in changes]
        both = replacing(0, subject=b"\x30\x00")(including(0, pki.subject_alternative_name(raw))(changes[-1](scene())))
        profile_verdicts = [
            ask(one, profile, reference=Reference.dns(HOST))
            for one in (*asked, both)
            for profile in (profiles.rfc5280, profiles.tls_server)
        ]
        unreadable = verifier(scene()).verify(scene().sealed(0), (b"\x1b[2J\n",), at=AT)
        return [*profile_verdicts, unreadable]

    def test_words_hold_no_control_characters(self) -> None:
        """A peer's names are shown, never obeyed: one line stays one line, a terminal is not told anything."""
        for verdict in self.asked():
            assert _unsafe(verdict.explain().replace("\n", "")) == set()
            assert "\n  TRUSTED" not in verdict.explain()

    def test_sentences_of_findings_hold_none(self) -> None:
        """What a finding says goes into logs by itself: no line break of a peer's gets there."""
        for verdict in self.asked():
            for finding in (*verdict.findings, *(f for attempt in verdict.attempts for f in attempt.findings)):
                assert _unsafe(f"{finding}{finding.what}{finding.remedy}") == set()

    def test_exceptions_hold_none(self) -> None:
        """The text of `Untrusted` goes into logs too."""
        for verdict in self.asked():
            assert _unsafe(f"{verdict!r}{verdict._reason()}") == set()

    def test_braces_are_no_template(self) -> None:
        """A name with braces is shown as it is, not filled in."""
        asked = scene().replacing(
            0, subject=pki.name((pki.COMMON_NAME, "{not_after!r} {0} %s {reason}")), not_after=AT - SECOND
        )
        assert "{not_after!r} {0} %s {reason}" in ask(asked).explain()


def test_the_device_is_named() -> None:
    """A name without tricks is shown as it is."""
    text = ask(scene()).explain()
    assert "CN=pump-17" in text
    assert DEVICE.name in scene().chain[0].draft


def _unsafe(text: str) -> set[str]:
    return {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Cs")}


class TestDevice:
    def test_which_device_the_certificate_says_it_is(self) -> None:
        """One line, of admitted and refused certificates alike."""
        hospital = testing.Hospital(seed=1, at=AT)
        for faults in ([], [testing.Fault.EXPIRED]):
            told = hospital.verify(hospital.device("pump-1", faults=faults)).explain().splitlines()
            assert (
                "  the certificate says: serial number SN-pump-1; manufacturer TEST ONLY (devicetrust.testing)" in told
            )

    def test_a_service_is_no_device(self) -> None:
        """An organization alone says nothing of a device, so there is no such line."""
        assert "the certificate says:" not in ask(scene()).explain()

    def test_many_parts_are_counted(self) -> None:
        """A line holds six; the data holds all."""
        uuids = [f"urn:uuid:00000000-0000-0000-0000-00000000000{number}" for number in range(9)]
        leaf = pki.Authority(pki.common_name("Root"), pki.key("p256", 0)).issues(
            pki.name(("2.5.4.5", "SN-1")), pki.key("p256", 1), *map(pki.uri, uuids)
        )
        verdict = verifier(scene()).verify(leaf.sealed(pki.key("p256", 0)), at=AT)
        (line,) = [one for one in verdict.explain().splitlines() if "the certificate says:" in one]
        assert line.endswith(f"endpoint uuid {uuids[4]}; and 4 more")
        assert len(verdict.to_dict()["identity"]["endpoint_uuids"]) == 9
