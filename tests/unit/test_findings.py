"""What a check says: a code, where it applies, and typed facts that compare by value."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
from datetime import UTC, datetime
from typing import Any

import pytest

import devicetrust
from devicetrust import Finding, Severity
from devicetrust.findings import Citation, Code, Effect, Where, printable
from devicetrust.identity import services
from devicetrust.path import codes, strength
from devicetrust.report import every_code
from devicetrust.revocation import codes as revocation_codes
from devicetrust.rules import asking

CODE = Code(
    "test.example",
    Severity.ERROR,
    Citation("RFC 5280", "4.1"),
    rank=1,
    what="{subject} ended {not_after}, wanted {wanted}, key {key}, limit {limit}",
    why="w",
    remedy="renew {subject}",
)


class TestCode:
    @pytest.mark.parametrize("code", every_code().values(), ids=lambda code: code.id)
    def test_each_says_what_why_and_what_to_do(self, code: Code) -> None:
        """A finding is worth as much as what somebody can do about it."""
        assert all(text and text.strip() == text for text in (code.what, code.why, code.remedy))
        assert not code.remedy[0].isupper(), "it is read after a colon"
        assert not code.remedy.endswith(".")
        assert str(code.citation)
        assert code.id == code.id.lower()
        assert "." in code.id

    def test_ids_are_unique(self) -> None:
        """An id is one code, and one code is one id."""
        names = [one.name for one in pkgutil.walk_packages(devicetrust.__path__, "devicetrust.")]
        rooms = [importlib.import_module(name) for name in names if not name.endswith(".__main__")]
        found = [value for room in rooms for value in vars(room).values() if isinstance(value, Code)]
        assert len({code.id for code in found}) == len({id(code) for code in found})

    def test_dates_are_said_before_a_missing_issuer(self) -> None:
        """The headline is chosen by rank: unreadable, dates, the CA's part, strength, issuer not found."""
        order = [
            codes.UNREADABLE,
            codes.EXPIRED,
            codes.NOT_A_CA,
            strength.SIGNATURE_TOO_WEAK,
            codes.ISSUER_UNKNOWN,
            revocation_codes.NOT_CHECKED,
        ]
        assert [code.rank for code in order] == sorted((code.rank for code in order), reverse=True)

    @pytest.mark.parametrize(
        "code",
        [
            codes.UNREADABLE,
            codes.SIGNATURE_INVALID,
            codes.SIGNATURE_UNSUPPORTED,
            codes.ISSUER_UNKNOWN,
            codes.SELF_SIGNED,
            codes.BUDGET_SPENT,
            codes.TOO_MANY_INTERMEDIATES,
            strength.KEY_UNREADABLE,
            services.NAME_MISMATCH,
            services.NO_NAMES,
            asking.RULE_FAILED,
        ],
        ids=lambda code: code.id,
    )
    def test_what_proves_who_and_whom_always_blocks(self, code: Code) -> None:
        """No profile can report these without refusing."""
        assert code.effect is Effect.REFUSES

    def test_equal_by_id(self) -> None:
        """A code is its id, here and in another process."""
        twin = pickle.loads(pickle.dumps(CODE))
        assert (twin, hash(twin), twin.severity, twin.what) == (CODE, hash(CODE), CODE.severity, CODE.what)
        assert codes.EXPIRED != codes.NOT_YET_VALID


class TestFinding:
    MOMENT = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def test_facts_compare_by_value(self) -> None:
        """Two findings of the same facts are equal, whatever the order in which these were given."""
        one, other = CODE.at(0, "f", subject="a", limit=1), CODE.at(0, "f", limit=1, subject="a")
        assert (one == other, hash(one) == hash(other)) == (True, True)
        assert CODE.at(1, "f", subject="a", limit=1) != one
        assert CODE.at(0, "f", subject="b", limit=1) != one

    def test_facts_are_read_only(self) -> None:
        """A finding cannot be changed by who reads it."""
        facts: Any = CODE.at(0, "f", limit=1).facts
        assert dict(facts) == {"limit": 1}
        with pytest.raises(TypeError):
            facts["limit"] = 2

    def test_sentences(self) -> None:
        """Times in RFC 3339, octets in hexadecimal, lists with commas; what is not stated is said to be so."""
        finding = CODE.at(0, "", subject="pump", not_after=self.MOMENT, wanted=("a", "b"), key=b"\x01\xff", limit=None)
        assert finding.what == "pump ended 2026-06-01T12:00:00Z, wanted a, b, key 01ff, limit none"
        assert CODE.at(0, "", wanted=()).what.startswith(
            "(subject not stated) ended (not_after not stated), wanted none"
        )
        assert finding.remedy == "renew pump"

    def test_facts_are_no_templates(self) -> None:
        """Braces in a fact are shown, not filled in."""
        assert CODE.at(0, "", subject="{limit.__class__} {0}").remedy == "renew {limit.__class__} {0}"

    def test_as_text(self) -> None:
        """One line: what, which certificate, the id and the clause."""
        assert str(CODE.at(2, "f", subject="a")).endswith("(certificate 2) [test.example, RFC 5280 4.1]")
        assert "(certificate" not in str(CODE.at(None, ""))

    def test_moved(self) -> None:
        """A finding on one part of a path is put in its place on the whole path."""
        assert CODE.at(1, "f").moved(2) == CODE.at(3, "f")
        assert CODE.at(None, "f").moved(2) == CODE.at(None, "f")

    def test_pickle(self) -> None:
        """A finding crosses processes with its facts."""
        finding = CODE.at(0, "f", subject="a", not_after=self.MOMENT)
        twin: Finding = pickle.loads(pickle.dumps(finding))
        assert (twin, twin.what, twin.where) == (finding, finding.what, Where(0, "f"))


class TestPrintable:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("pump-17", "pump-17"),
            ("Büro ✓ 医生", "Büro ✓ 医生"),
            ("a\nb", "a\\nb"),
            ("\x1b[2J", "\\x1b[2J"),
            ("\x00", "\\x00"),
            ("\u202eevil", "\\u202eevil"),
            ("\u2028", "\\u2028"),
            ("\ud800", "\\ud800"),
        ],
    )
    def test_what_cannot_be_printed_is_shown_as_an_escape(self, text: str, shown: str) -> None:
        """A stranger's text is one line that tells a terminal nothing."""
        assert printable(text) == shown
        assert CODE.at(0, "", subject=text).remedy == f"renew {shown}"
