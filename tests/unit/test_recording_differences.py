"""What differs from a record is told by its part; what is no record is refused as none."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from devicetrust import (
    DifferencePart,
    MisuseError,
    UnreadableInput,
    replay,
)
from devicetrust.recording.document import MOST_RECORD_OCTETS
from pki import AT
from recorded import Change, changed
from ward import ask, scene, verifier


def parts(record: bytes) -> set[DifferencePart]:
    return {difference.part for difference in replay(record).differences}


class TestDifferences:
    def test_one_octet_of_the_leaf(self) -> None:
        """The input is named, and what follows from it."""

        def spoil(document: dict[str, Any]) -> None:
            der = bytearray(base64.b64decode(document["inputs"]["leaf"]))
            der[-1] ^= 1
            document["inputs"]["leaf"] = base64.b64encode(der).decode()

        again = replay(changed(ask(scene()).record(), spoil))
        found = {difference.part for difference in again.differences}
        assert {DifferencePart.INPUT, DifferencePart.OUTCOME, DifferencePart.FINDING, DifferencePart.PATH} <= found
        assert any(str(one).startswith("input: recorded leaf ") for one in again.differences)
        assert "outcome: recorded trusted; now untrusted" in again.explain()

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda document: document["answer"].update(outcome="UNTRUSTED"), {DifferencePart.OUTCOME}),
            (lambda document: document["answer"].update(headline=None), {DifferencePart.HEADLINE}),
            (lambda document: document["answer"]["findings"].pop(), {DifferencePart.FINDING}),
            (lambda document: document["answer"]["path"].pop(), {DifferencePart.PATH}),
            (lambda document: document["answer"]["policies"].append("1.2.3"), {DifferencePart.POLICIES}),
            (lambda document: document["answer"]["horizon"].update(until=None), {DifferencePart.HORIZON}),
            (lambda document: document["answer"]["lifetime"].update(cause=None), {DifferencePart.LIFETIME}),
            (
                lambda document: document["answer"]["wants"].append({"kind": "CRL", "certificate": "", "urls": ["u"]}),
                {DifferencePart.WANT},
            ),
            (
                lambda document: document["inputs"]["presented"].append("AAAA"),
                {DifferencePart.INPUT, DifferencePart.HEADLINE, DifferencePart.FINDING},
            ),
            (lambda document: document["inputs"]["pinned"].append("AAAA"), {DifferencePart.INPUT}),
            (lambda document: document["inputs"]["crls"].append("AAAA"), {DifferencePart.INPUT}),
            (lambda document: document["inputs"].update(test_anchors="ADMITTED"), {DifferencePart.INPUT}),
        ],
    )
    def test_each_part_by_its_name(self, change: Change, expected: set[DifferencePart]) -> None:
        """What differs is told as what it is, and nothing else is."""
        assert parts(changed(ask(scene()).record(), change)) == expected

    def test_what_came_and_what_went(self) -> None:
        """A finding that is new has no recorded side, one that went no other."""

        def another(document: dict[str, Any]) -> None:
            document["answer"]["findings"][0]["code"] = "house.gone"

        told = [str(one) for one in replay(changed(ask(scene()).record(), another)).differences]
        assert [one.split("; now ")[-1] for one in told if "house.gone" in one] == ["nothing"]
        assert sum("recorded nothing; now " in one for one in told) == 1

    def test_plain_data(self) -> None:
        """The data of a replay is a fixed set that JSON holds."""
        data = replay(ask(scene()).record()).to_dict()
        assert json.loads(json.dumps(data)) == data
        keys = {"schema", "same", "at", "outcome", "differences", "recorded_by", "replayed_by", "verdict"}
        assert set(data) == keys
        assert data["schema"] == "devicetrust.replay/1"

    def test_neither_true_nor_false(self) -> None:
        """`if replay(...)` would always hold: it is misuse."""
        with pytest.raises(MisuseError, match="same"):
            bool(replay(ask(scene()).record()))


class TestHostile:
    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document.update(schema="devicetrust.record/2"),
            lambda document: document.pop("schema"),
            lambda document: document.pop("inputs"),
            lambda document: document.pop("answer"),
            lambda document: document.update(question=[]),
            lambda document: document["inputs"].pop("leaf"),
            lambda document: document["inputs"].update(leaf="no base64!"),
            lambda document: document["inputs"].update(moment=10**15),
            lambda document: document["inputs"].update(moment=True),
            lambda document: document["inputs"].update(interval_seconds=-1),
            lambda document: document["inputs"].update(interval_seconds=10**15),
            lambda document: document["inputs"]["release"].update(moment=10**15),
            lambda document: document["inputs"].update(anchors=[], pinned=[]),
            lambda document: document["inputs"]["anchors"][0].update(certificate="AAAA"),
            lambda document: document["inputs"]["anchors"][0]["constraints"].update(distrust_after="2026-01-01"),
            lambda document: document["inputs"].update(ocsp=[{"der": "", "nonce": ""}]),
            lambda document: document["inputs"].update(failures=["u"]),
            lambda document: document["inputs"]["reference"].update(kind="DNS"),
            lambda document: document["inputs"]["reference"].update(kind="DNS", texts=["a..b"]),
            lambda document: document["inputs"]["reference"].update(kind="DNS", texts=["\ud800"]),
            lambda document: document["answer"].update(outcome="trusted"),
            lambda document: document["answer"]["horizon"].update(until=5),
        ],
    )
    def test_damage_is_unreadable_input(self, change: Change) -> None:
        """A record of which a part cannot be what it was is no record; the line says which."""
        with pytest.raises(UnreadableInput, match="record"):
            replay(changed(ask(scene()).record(), change))

    @pytest.mark.parametrize(
        "octets",
        [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"1" * 5000, b"[" * 100_000, b'{"schema": 5}', b"NaN"],
    )
    def test_what_is_no_record(self, octets: bytes) -> None:
        """Any octets are read as a record, or refused as none."""
        with pytest.raises(UnreadableInput, match="no record"):
            replay(octets)

    def test_references_within_references(self) -> None:
        """A record cannot drive the reader too deep."""

        def nest(document: dict[str, Any]) -> None:
            inner = document["inputs"]["reference"]
            for _ in range(300):
                inner = {"kind": "ANY_OF", "texts": [], "references": [inner]}
            document["inputs"]["reference"] = inner

        with pytest.raises(UnreadableInput):
            replay(changed(ask(scene()).record(), nest))

    def test_a_file_that_is_too_large(self, tmp_path: Path) -> None:
        """No more is read than the largest record has."""
        file = tmp_path / "large.json"
        with file.open("wb") as large:
            large.truncate(MOST_RECORD_OCTETS + 1)
        with pytest.raises(UnreadableInput, match="longer than"):
            replay(file)

    def test_a_verdict_that_is_too_large(self) -> None:
        """What would not be read again is not written: the line says what to do."""
        huge = verifier(scene()).verify(scene().sealed(0), [bytes(MOST_RECORD_OCTETS)], at=AT)
        with pytest.raises(MisuseError, match="octets"):
            huge.record()

    @pytest.mark.parametrize("source", [None, 5, ["record"]])
    def test_misuse(self, source: Any) -> None:
        """What is neither a path nor octets, and no profile for a profile, is misuse."""
        with pytest.raises(MisuseError, match="bytes or a path"):
            replay(source)
        with pytest.raises(MisuseError, match="profile is a Profile"):
            replay(b"", profile=source or "tls_client")
