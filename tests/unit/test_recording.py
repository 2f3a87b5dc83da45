"""A record asks the same question again, and the answer is the same."""

from __future__ import annotations

import inspect
import pickle
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from devicetrust import (
    AnchorConstraints,
    Certificate,
    Evidence,
    Failure,
    MisuseError,
    Outcome,
    Reference,
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
from devicetrust.identity.reference import ReferenceKind
from devicetrust.path.codes import EXPIRED
from devicetrust.profiles.waivers import Waiver, Waivers
from devicetrust.question import Question
from devicetrust.recording.contents import inputs_of
from devicetrust.workings import Workings
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.names import Name
from pki import AT, FOR_EVER, common_name
from recorded import changed
from ward import HOST, ISSUING, WRONGS, ask, certificates, presented, replacing, scene, verifier
from ward_status import POINT, asked, crl, device


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
            Reference.device(serial_number=r"S;N\-1"),
            Reference.device(serial_number="SN-1;", manufacturer=r"A;manufacturer=B\;"),
            Reference.hardware_module("1.3.6.1.4.1.55555.7", b"\x00:\xff"),
            Reference.permanent_identifier("a:b", "1.3.6.1.4.1.55555.8"),
            Reference.udi("(01)51022222233336(21)1234"),
            Reference.udi("(01)51022222233336", listed=Reference.device(serial_number="SN-1")),
            Reference.sdc_endpoint("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
            Reference.sdc_endpoint("6ba7b810-9dad-11d1-80b4-00c04fd430c8", listed=Reference.dns(HOST)),
            Reference.spiffe("spiffe://ward.example/pump"),
            Reference.udap("https://EHR.example:443/%7efhir"),
            Reference.ae_title("PUMP, 1", listed=Reference.dns(HOST)),
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
        of_services = {"dns", "ip", "uri", "udap", "email"}
        of_devices = {"device", "hardware_module", "permanent_identifier", "udi", "sdc_endpoint", "spiffe", "ae_title"}
        assert {one.value for one in ReferenceKind} == {*of_services, *of_devices, "any_of", "all_of", "unchecked"}

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
