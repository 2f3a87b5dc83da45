"""A record asks the same question again: the same answer, or the difference, by part."""

from __future__ import annotations

import base64
import inspect
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from devicetrust import (
    AnchorConstraints,
    Certificate,
    DifferencePart,
    Evidence,
    Failure,
    MisuseError,
    Outcome,
    Profile,
    Reference,
    RevocationPolicy,
    TimeInterval,
    TrustAnchor,
    TrustStore,
    UnreadableInput,
    Verdict,
    Verifier,
    profiles,
    replay,
    testing,
)
from devicetrust.findings import Citation, Code, Severity
from devicetrust.identity.reference import ReferenceKind
from devicetrust.path.budget import Budget
from devicetrust.path.codes import EXPIRED
from devicetrust.profiles.waivers import Waiver, Waivers
from devicetrust.question import Question
from devicetrust.recording.contents import inputs_of
from devicetrust.recording.document import MOST_RECORD_OCTETS
from devicetrust.rules.rule import Role, rule
from devicetrust.workings import Workings
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.names import Name
from pki import AT, FOR_EVER, common_name
from ward import HOST, ISSUING, WRONGS, ask, certificates, presented, replacing, scene, verifier
from ward_status import POINT, asked, crl, device

Change = Callable[[dict[str, Any]], None]


def changed(record: bytes, change: Change) -> bytes:
    """The record with a change to its document."""
    document = json.loads(record)
    change(document)
    return json.dumps(document).encode()


def parts(record: bytes, profile: Profile | None = None) -> set[DifferencePart]:
    return {difference.part for difference in replay(record, profile=profile).differences}


def trusting(anchor: TrustAnchor) -> Verdict:
    return Verifier(TrustStore([anchor]), profile=profiles.rfc5280).verify(
        scene().sealed(0), presented(scene()), reference=Reference.dns(HOST), at=AT
    )


class TestTheSame:
    @pytest.mark.parametrize("name", WRONGS)
    def test_whatever_is_wrong(self, name: str) -> None:
        """Asked again, a refusal is the same refusal: findings, path, and what ends it."""
        verdict = ask(WRONGS[name].scene())
        again = replay(verdict.record())
        assert (again.differences, again.same) == ((), True)
        assert again.verdict == verdict
        assert again.verdict is not None
        assert again.verdict.to_dict() == verdict.to_dict()

    @pytest.mark.parametrize(
        "reference",
        [
            Reference.UNCHECKED,
            Reference.dns(HOST),
            Reference.ip("2001:db8::1"),
            Reference.uri("urn:device:pump-1"),
            Reference.email("pflege@bülach.example"),
            Reference.any_of(Reference.dns("a.example"), Reference.dns(HOST)),
            Reference.all_of(Reference.dns(HOST), Reference.any_of(Reference.dns(HOST), Reference.ip("192.0.2.1"))),
        ],
        ids=lambda one: one.kind.value,
    )
    def test_every_kind_of_reference(self, reference: Reference) -> None:
        """Whom the caller meant is recorded as it was made."""
        again = replay(ask(scene(), reference=reference).record())
        assert again.same
        assert again.verdict is not None
        assert again.verdict.question["reference"] == reference.key

    def test_no_kind_of_reference_was_forgotten(self) -> None:
        """A new kind belongs into the test above."""
        listed = {"dns", "ip", "uri", "email", "any_of", "all_of", "unchecked"}
        assert {one.value for one in ReferenceKind} == listed

    def test_a_reference_that_cannot_be_made_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What could not be replayed is not written."""
        verdict = ask(scene(), reference=Reference.dns(HOST))
        monkeypatch.setattr(Reference, "dns", staticmethod(lambda name, *, more: Reference.UNCHECKED))
        with pytest.raises(MisuseError, match="of the kind dns cannot be recorded"):
            verdict.record()

    def test_nothing_that_bears_on_a_question_was_forgotten(self) -> None:
        """A question with a new part needs a record with one."""
        parts_of_a_question = {"evidence", "leaf", "presented", "reading", "reference", "workings"}
        parts_of_a_verifier = {"trust", "profile", "intermediates", "waivers"}
        assert set(Question.__slots__) == parts_of_a_question
        assert set(inspect.signature(Workings).parameters) == parts_of_a_verifier
        assert set(Verdict.__slots__) == {"__dict__", "_judgement", "_question", "_seconds"}

    def test_evidence_and_failures(self) -> None:
        """CRLs decide again; what could not be fetched is said again."""
        leaf = device(POINT)
        known = asked(leaf, crls=[crl()])
        assert replay(known.record()).same
        lacking = verifier(scene(), profiles.tls_client).verify(
            leaf.sealed(ISSUING.key),
            presented(scene()),
            evidence=Evidence(failures=[Failure("http://ward.example/ca.crl", "no answer within 5 seconds")]),
            at=AT,
        )
        assert lacking.outcome is Outcome.UNDECIDED
        assert replay(lacking.record()).same

    @pytest.mark.parametrize("fault", testing.Fault, ids=lambda fault: fault.name)
    def test_the_hospital(self, fault: testing.Fault) -> None:
        """A store for tests is one again; every fault of devices and of what CAs publish comes out the same."""
        hospital = testing.Hospital(seed=1, at=AT)
        assert replay(hospital.verify(hospital.device("pump", faults=[fault])).record()).same

    def test_pinned(self) -> None:
        """Direct trust, with no anchor at all, in a store for tests and in another."""
        for store in (TrustStore([], pinned=[scene().sealed(0)]), TrustStore.for_tests([], pinned=[scene().sealed(0)])):
            verdict = Verifier(store, profile=profiles.rfc5280).verify(scene().sealed(0), at=AT)
            assert (verdict.outcome, replay(verdict.record()).same) == (Outcome.TRUSTED, True)

    @pytest.mark.parametrize(
        "constraints",
        [
            AnchorConstraints(purposes=frozenset({"1.3.6.1.5.5.7.3.1"}), policies=frozenset(), max_path_length=0),
            AnchorConstraints(distrust_after=datetime(2026, 1, 1, tzinfo=UTC)),
            AnchorConstraints(
                names=NameConstraints(
                    permitted=(
                        GeneralName(GeneralNameType.DNS_NAME, "ward.example.com"),
                        GeneralName(GeneralNameType.IP_ADDRESS, ip_network("10.0.0.0/8")),
                        GeneralName(GeneralNameType.DIRECTORY_NAME, Name(common_name("x"))),
                        GeneralName(GeneralNameType.OTHER_NAME, b"\x05\x00", "1.2.3"),
                    )
                )
            ),
        ],
    )
    def test_anchors_with_constraints(self, constraints: AnchorConstraints) -> None:
        """What the owner of a store lets an anchor vouch for is recorded; so is an anchor without a certificate."""
        root = Certificate(certificates(scene())[-1])
        whole = TrustAnchor.from_certificate(root, constraints=constraints)
        bare = TrustAnchor(root.subject, root.subject_public_key_info, constraints=constraints)
        assert [replay(trusting(anchor).record()).differences for anchor in (whole, bare)] == [(), ()]

    def test_waivers(self) -> None:
        """An exception that somebody granted is granted again; one of a code that this version has not is told."""
        expired = replacing(0, not_after=AT - timedelta(hours=1))(scene())
        leaf = Certificate(expired.sealed(0))
        waiver = Waiver(
            code=EXPIRED,
            granted_by="the night shift",
            reason="the issuing CA has expired",
            valid_from=AT - timedelta(hours=1),
            valid_until=AT + timedelta(days=2),
            devices=frozenset([leaf.fingerprint]),
        )
        judge = verifier(expired).evolve(waivers=Waivers([waiver]))
        verdict = judge.verify(leaf, presented(expired), at=AT)
        assert (verdict.outcome, replay(verdict.record()).same) == (Outcome.TRUSTED_BY_EXCEPTION, True)

        def unknown(document: dict[str, Any]) -> None:
            document["inputs"]["waivers"][0]["code"] = "house.gone"

        again = replay(changed(verdict.record(), unknown))
        assert again.verdict is not None
        assert again.verdict.outcome is Outcome.UNTRUSTED
        assert any(str(one).startswith("input: recorded waivers ") for one in again.differences)

        def never(document: dict[str, Any]) -> None:
            document["inputs"]["waivers"][0]["code"] = "signature.invalid"

        with pytest.raises(UnreadableInput, match=r"no waiver covers signature\.invalid"):
            replay(changed(verdict.record(), never))

    def test_an_interval(self) -> None:
        """All that the time may be is asked about again."""
        interval = TimeInterval(AT, AT + timedelta(days=100))
        verdict = verifier(scene()).verify(scene().sealed(0), presented(scene()), at=interval)
        assert (verdict.outcome, replay(verdict.record()).same) == (Outcome.UNDECIDED, True)

    def test_the_clock_of_another_release(self) -> None:
        """A reading of the clock is held against the release that read it, not against one that came later."""
        verdict = verifier(scene()).verify(scene().sealed(0), presented(scene()))

        def earlier(document: dict[str, Any]) -> None:
            document["inputs"].update(moment=1_700_000_000, release={"version": "0.0.9", "moment": 1_600_000_000})

        again = replay(changed(verdict.record(), earlier)).verdict
        assert again is not None
        assert "clock.behind" not in {finding.code.id for finding in again.findings}

        def before_it(document: dict[str, Any]) -> None:
            document["inputs"].update(moment=1_500_000_000, release={"version": "0.0.9", "moment": 1_600_000_000})

        late = replay(changed(verdict.record(), before_it)).verdict
        assert late is not None
        (behind,) = (finding for finding in late.findings if finding.code.id == "clock.behind")
        assert behind.facts["witness"] == "the release 0.0.9 of devicetrust"

    def test_a_verifier_that_has_seen_much(self) -> None:
        """What was asked before shows in no record."""
        judge = verifier(scene())
        records = {judge.verify(scene().sealed(0), presented(scene()), at=AT).record() for _ in range(3)}
        assert records == {ask(scene()).record()}

    def test_a_replay_of_a_replay(self) -> None:
        """The record of what was replayed is the record."""
        record = ask(WRONGS["leaf expired"].scene()).record()
        again = replay(record).verdict
        assert again is not None
        assert again.record() == record

    def test_a_pickle(self) -> None:
        """A verdict that was pickled has the same record, and a replay can be pickled."""
        verdict = ask(scene())
        again = replay(verdict.record())
        assert pickle.loads(pickle.dumps(verdict)).record() == verdict.record()
        assert pickle.loads(pickle.dumps(again)) == again

    def test_a_file(self, tmp_path: Path) -> None:
        """A path is as good as octets."""
        file = tmp_path / "record.json"
        file.write_bytes(ask(scene()).record())
        assert replay(file) == replay(str(file)) == replay(file.read_bytes())


def named_profiles() -> list[Profile]:
    return [one for one in vars(profiles).values() if isinstance(one, Profile)]


EVOLVED = {
    "strength": {"strength": profiles.rfc5280.strength._replace(minimum_rsa_bits=3072)},
    "policies": {"user_initial_policy_set": frozenset({"1.2.3", "1.2.4"}), "initial_explicit_policy": True},
    "subtrees": {
        "initial_permitted_subtrees": NameConstraints((GeneralName(GeneralNameType.DNS_NAME, "example.com"),)),
    },
    "revocation": {"revocation": RevocationPolicy.REQUIRED.evolve(stale_grace=timedelta(hours=36))},
    "rules": {"rules": profiles.tls_server_public.rules[:-3]},
    "reported": {"reported_only": frozenset({"validity.expired"})},
    "budget": {"budget": Budget(candidates=100)},
    "name": {"name": "house", "edition": "7", "summary": "ours"},
}


class TestProfiles:
    @pytest.mark.parametrize("profile", named_profiles(), ids=lambda one: one.name)
    def test_named_ones(self, profile: Profile) -> None:
        """Every profile of the library can be recorded whole, each field of it."""
        again = replay(ask(scene(), profile).record())
        assert again.verdict is not None
        assert (again.same, again.verdict.profile) == (True, profile)

    @pytest.mark.parametrize("changes", EVOLVED.values(), ids=EVOLVED)
    def test_evolved_ones(self, changes: dict[str, Any]) -> None:
        """A profile that was evolved is made again to the last field."""
        profile = profiles.tls_client.evolve(**changes)
        again = replay(ask(scene(), profile).record())
        assert again.verdict is not None
        assert (again.same, again.verdict.profile) == (True, profile)

    def test_a_rule_of_the_callers_own(self) -> None:
        """It cannot be had from a record: there is no verdict, until the caller hands the profile over."""
        house = Code("house.tag", Severity.ERROR, Citation("House", "1"), rank=999, what="w", why="y", remedy="r")
        tagged = rule(house, Role.LEAF)(lambda certificate, index: [house.at(index)])
        profile = profiles.rfc5280.evolve(rules=(tagged,))
        record = ask(scene(), profile).record()
        again = replay(record)
        assert (again.verdict, again.same, again.outcome) == (None, False, Outcome.UNTRUSTED)
        assert [one.part for one in again.differences] == [DifferencePart.INPUT]
        assert "the rule house.tag" in str(again.differences[0])
        assert replay(record, profile=profile).same

    def test_no_rule_is_swapped_for_one_of_the_same_code(self) -> None:
        """A rule that bears the code of a rule of the library, and does something else, is not taken for it."""
        real = profiles.rfc5280.rules[0]
        false = rule(real.code, Role.LEAF)(lambda certificate, index: ())
        verdict = ask(scene(), profiles.rfc5280.evolve(rules=(false,)))
        assert replay(verdict.record()).verdict is None

    def test_another_profile_is_said(self) -> None:
        """What the caller hands over judges, and that it is another is a difference."""
        record = ask(scene(), profiles.tls_client).record()
        again = replay(record, profile=profiles.rfc5280)
        assert again.verdict is not None
        assert (again.same, again.verdict.profile) == (False, profiles.rfc5280)
        assert parts(record, profiles.rfc5280) >= {DifferencePart.INPUT}

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document["profile"].update(max_intermediates=7),
            lambda document: document["profile"].update(nonesuch=1),
            lambda document: document["profile"].update(anchor_checks="NONESUCH"),
            lambda document: document["profile"].pop("strength"),
            lambda document: document["profile"]["strength"].update(rsa_bits_multiple_of=0),
            lambda document: document["profile"]["budget"].update(signatures=10**9),
            lambda document: document["profile"]["rules"][0].update(module="os"),
            lambda document: document["profile"]["rules"][0].update(module="devicetrust.rules.nonesuch"),
            lambda document: document["profile"]["rules"][0].update(name="Rule"),
            lambda document: document["question"]["profile"].update(digest="00"),
            lambda document: document["question"].pop("profile"),
            lambda document: document.update(profile=None),
        ],
    )
    def test_never_another_one_in_silence(self, change: Change) -> None:
        """A profile that is not the recorded one to the last field judges nothing."""
        again = replay(changed(ask(scene()).record(), change))
        assert (again.verdict, again.same) == (None, False)
        assert [(one.part, one.replayed) for one in again.differences] == [(DifferencePart.INPUT, None)]
        assert "cannot be made here" in again.explain()


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


def test_a_record_holds_no_name_of_a_secret() -> None:
    """All that is in the inputs is what was presented, trusted, or published."""
    hospital = testing.Hospital(seed=1, at=AT)
    pump = hospital.device("pump")
    recorded = inputs_of(hospital.verify(pump))
    assert recorded.leaf == pump.certificate.der
    assert b"PRIVATE KEY" not in hospital.verify(pump).record()


def test_for_ever() -> None:
    """The last second there is can be recorded."""
    endless = scene()
    for index in range(3):
        endless = replacing(index, not_after=FOR_EVER)(endless)
    assert replay(ask(endless, at=FOR_EVER).record()).same
