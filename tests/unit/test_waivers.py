"""A waiver lets one finding pass, for whom it names, while it lasts, and is told of; it proves nothing."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from devicetrust import (
    Evidence,
    MisuseError,
    Outcome,
    Profile,
    Reference,
    Severity,
    Verdict,
    Verifier,
    Waivable,
    Waiver,
    Waivers,
    forecast,
    profiles,
)
from devicetrust.findings import Code, Effect
from devicetrust.path import codes, strength
from devicetrust.profiles.known_codes import known_codes
from devicetrust.revocation.codes import EVIDENCE_ENDED, REVOKED, UNKNOWN
from devicetrust.rules.rfc5280 import basic_fields
from devicetrust.testing import Device, DevID, Fault, Hospital, KeyAlgorithm

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
HOSPITAL = Hospital(at=AT)


def waiver(code: Code = codes.EXPIRED, **changes: Any) -> Waiver:
    given: dict[str, Any] = {
        "granted_by": "Dr. Rossi",
        "reason": "the PKI team is on its way",
        "valid_from": AT - HOUR,
        "valid_until": AT + 2 * DAY,
    }
    return Waiver(code=code, **{**given, **changes})


def verdict(
    device: Device,
    *waivers: Waiver,
    at: datetime = AT,
    profile: Profile = profiles.tls_client,
    evidence: Evidence | None = None,
) -> Verdict:
    verifier = Verifier(HOSPITAL.trust_store(), profile=profile, waivers=Waivers(waivers))
    held = HOSPITAL.evidence(device, at) if evidence is None else evidence
    return verifier.verify(device.certificate, device.chain[1:], evidence=held, at=at)


def told(found: Verdict) -> list[tuple[str, int | None]]:
    return [(one.code.id, one.where.certificate) for one in found.findings if one.code.id.startswith("waiver.")]


def key_of(device: Device, index: int = 0) -> bytes:
    return hashlib.sha256(device.chain[index].subject_public_key_info).digest()


PUMP = HOSPITAL.device("pump-1", faults=[Fault.EXPIRED])
OTHER = HOSPITAL.device("pump-2", faults=[Fault.EXPIRED])
BELOW = HOSPITAL.device("pump-3", faults=[Fault.CA_EXPIRED])
BESIDE = HOSPITAL.device("pump-4", faults=[Fault.CA_EXPIRED])


class TestWhom:
    @pytest.mark.parametrize("digest", [PUMP.certificate.fingerprint, key_of(PUMP)], ids=["certificate", "key"])
    def test_a_device_by_certificate_or_key(self, digest: bytes) -> None:
        """What is named by SHA-256 passes, with the finding in the waiver's place; what is not, does not."""
        covering = waiver(devices=[digest])
        assert verdict(PUMP).outcome is Outcome.UNTRUSTED
        assert (verdict(PUMP, covering).outcome, told(verdict(PUMP, covering))) == (
            Outcome.TRUSTED_BY_EXCEPTION,
            [("waiver.in_force", 0)],
        )
        assert (verdict(OTHER, covering).outcome, told(verdict(OTHER, covering))) == (Outcome.UNTRUSTED, [])

    def test_a_device_is_not_its_issuer(self) -> None:
        """A device's waiver covers what is wrong with its own certificate, not with its CA's."""
        named = waiver(devices=[BELOW.certificate.fingerprint])
        assert (verdict(BELOW, named).outcome, told(verdict(BELOW, named))) == (Outcome.UNTRUSTED, [])

    @pytest.mark.parametrize("digest", [BELOW.chain[1].fingerprint, key_of(BELOW, 1)], ids=["certificate", "key"])
    def test_an_issuer_for_all_below_it(self, digest: bytes) -> None:
        """An issuer's waiver covers what is wrong with its certificate, for every device below it."""
        covering = waiver(issuer=digest)
        for device in (BELOW, BESIDE):
            assert verdict(device).outcome is Outcome.UNTRUSTED
            assert (verdict(device, covering).outcome, told(verdict(device, covering))) == (
                Outcome.TRUSTED_BY_EXCEPTION,
                [("waiver.in_force", 1)],
            )

    def test_an_issuer_is_not_its_devices(self) -> None:
        """An issuer's waiver does not cover the dates of what it issued."""
        named = waiver(issuer=PUMP.chain[1].fingerprint)
        assert (verdict(PUMP, named).outcome, told(verdict(PUMP, named))) == (Outcome.UNTRUSTED, [])

    def test_an_issuer_for_some_devices(self) -> None:
        """With both, it covers the issuer for the devices that it names."""
        both = waiver(issuer=BELOW.chain[1].fingerprint, devices=[BELOW.certificate.fingerprint])
        assert verdict(BELOW, both).outcome is Outcome.TRUSTED_BY_EXCEPTION
        assert verdict(BESIDE, both).outcome is Outcome.UNTRUSTED

    def test_another_code(self) -> None:
        """A waiver covers its code alone."""
        other = waiver(codes.NOT_YET_VALID, devices=[PUMP.certificate.fingerprint])
        assert verdict(PUMP, other).outcome is Outcome.UNTRUSTED

    def test_not_all_that_is_wrong(self) -> None:
        """What is waived does not hide what is not."""
        device = HOSPITAL.device("pump-5", faults=[Fault.EXPIRED, Fault.WRONG_PURPOSE])
        found = verdict(device, waiver(devices=[device.certificate.fingerprint]))
        assert found.outcome is Outcome.UNTRUSTED
        assert found.headline is not None
        assert found.headline.code == codes.PURPOSE_NOT_ALLOWED
        assert told(found) == [("waiver.in_force", 0)]


class TestWhen:
    SPAN = waiver(devices=[PUMP.certificate.fingerprint], valid_from=AT, valid_until=AT + DAY + 2 * HOUR)

    @pytest.mark.parametrize(
        ("at", "admits"),
        [(AT - SECOND, False), (AT, True), (AT + DAY + 2 * HOUR, True), (AT + DAY + 2 * HOUR + SECOND, False)],
    )
    def test_both_ends_are_inclusive(self, at: datetime, admits: bool) -> None:
        """It covers its first and its last second, and none beside them."""
        assert verdict(PUMP, self.SPAN, at=at).outcome.admits is admits

    def test_the_horizon_is_its_end(self) -> None:
        """The verdict says until when the waiver carries it, and what refuses then."""
        horizon = verdict(PUMP, self.SPAN).lifetime
        assert horizon.until == AT + DAY + 2 * HOUR + SECOND
        assert horizon.cause is not None
        assert (horizon.cause.code, horizon.cause.where.certificate) == (codes.EXPIRED, 0)

    def test_forecast_tells_it(self) -> None:
        """Refused, let in by the waiver, refused again."""
        verifier = Verifier(HOSPITAL.trust_store(), profile=profiles.tls_client, waivers=Waivers([self.SPAN]))
        periods = forecast(
            verifier,
            PUMP.certificate,
            PUMP.chain[1:],
            evidence=HOSPITAL.evidence(PUMP, AT - HOUR),
            start=AT - HOUR,
            end=AT + 2 * DAY,
        )
        assert [(period.start, period.outcome) for period in periods] == [
            (AT - HOUR, Outcome.UNTRUSTED),
            (AT, Outcome.TRUSTED_BY_EXCEPTION),
            (AT + DAY + 2 * HOUR + SECOND, Outcome.UNTRUSTED),
        ]

    @pytest.mark.parametrize(
        ("left", "code", "hours"),
        [
            (DAY, "waiver.in_force", None),
            (DAY - SECOND, "waiver.ends_soon", 24),
            (2 * HOUR, "waiver.ends_soon", 24),
            (2 * HOUR - SECOND, "waiver.ends_soon", 2),
            (timedelta(0), "waiver.ends_soon", 2),
        ],
    )
    def test_its_end_is_announced(self, left: timedelta, code: str, hours: int | None) -> None:
        """From 24 hours before the end, and from 2, the finding says so; the value says the same."""
        at = self.SPAN.valid_until - left
        [finding] = [one for one in verdict(PUMP, self.SPAN, at=at).findings if one.code.id.startswith("waiver.")]
        assert (finding.code.id, finding.facts.get("hours_left")) == (code, hours)
        assert self.SPAN.announces(at) == (None if hours is None else timedelta(hours=hours))

    def test_a_verdict_is_asked_again_when_its_end_is_announced(self) -> None:
        """A verdict that is kept does not outlast the announcement."""
        assert verdict(PUMP, self.SPAN).recheck == AT + 2 * HOUR + SECOND

    def test_the_one_that_lasts_longest_is_told(self) -> None:
        """Of several, in any order, the last to end carries the verdict."""
        shorter = waiver(devices=[PUMP.certificate.fingerprint], valid_until=AT + HOUR, id="a")
        for order in ((shorter, self.SPAN), (self.SPAN, shorter)):
            assert verdict(PUMP, *order).horizon.until == AT + DAY + 2 * HOUR + SECOND

    @pytest.mark.parametrize(
        ("profile", "span", "admits"),
        [
            (profiles.tls_client, timedelta(days=7), True),
            (profiles.tls_client, timedelta(days=7, seconds=1), False),
            (profiles.tls_client.evolve(longest_waiver=timedelta(days=30)), timedelta(days=30), True),
            (profiles.tls_client.evolve(longest_waiver=timedelta(0)), HOUR, False),
            (profiles.tls_client.evolve(longest_waiver=timedelta(0)), timedelta(0), False),
            (profiles.tls_client.evolve(unwaivable=frozenset({"validity.expired"})), HOUR, False),
        ],
    )
    def test_the_profile_has_the_last_word(self, profile: Profile, span: timedelta, admits: bool) -> None:
        """No longer than seven days, unless the profile says otherwise; and for no code that it excludes."""
        given = waiver(devices=[PUMP.certificate.fingerprint], valid_from=AT, valid_until=AT + span)
        assert verdict(PUMP, given, profile=profile).outcome.admits is admits


class TestWhat:
    def test_it_is_always_told(self) -> None:
        """Who granted it, why, until when, and what it lets pass, with the facts of that; `require` can refuse it."""
        covering = waiver(devices=[PUMP.certificate.fingerprint], id="w-1")
        found = verdict(PUMP, covering)
        assert found.headline is not None
        facts = found.headline.facts
        assert (facts["waiver"], facts["waived_by"], facts["waived_until"]) == ("w-1", "Dr. Rossi", AT + 2 * DAY)
        assert (facts["waived_code"], facts["not_after"]) == ("validity.expired", PUMP.certificate.not_after)
        assert "Dr. Rossi" in found.explain()
        assert found.require() is found
        with pytest.raises(Exception, match="waived until"):
            found.require(Outcome.TRUSTED)

    def test_strength(self) -> None:
        """A weak key may pass for a while, by name."""
        device = HOSPITAL.device("scanner-1", faults=[Fault.WEAK_KEY])
        assert verdict(device).outcome is Outcome.UNTRUSTED
        covering = waiver(strength.KEY_TOO_WEAK, devices=[device.certificate.fingerprint])
        assert verdict(device, covering).outcome is Outcome.TRUSTED_BY_EXCEPTION

    def test_evidence_that_has_ended(self) -> None:
        """A site that is cut off may go on with the CRL that it has, of one issuer, by name."""
        device = HOSPITAL.device("pump-6", faults=[Fault.CRL_STALE])
        assert verdict(device).outcome is Outcome.UNDECIDED
        covering = waiver(EVIDENCE_ENDED, issuer=device.chain[1].fingerprint)
        found = verdict(device, covering)
        assert (found.outcome, told(found)) == (Outcome.TRUSTED_BY_EXCEPTION, [("waiver.in_force", 0)])
        assert verdict(device, waiver(EVIDENCE_ENDED, issuer=bytes(32))).outcome is Outcome.UNDECIDED

    @pytest.mark.parametrize("fault", [Fault.CRL_MISSING, Fault.CRL_ALTERED, Fault.REVOKED])
    def test_no_evidence_and_revocation_are_not_waived(self, fault: Fault) -> None:
        """What never was known to be good, or is known to be revoked, passes by no waiver on evidence."""
        device = HOSPITAL.device("pump-7", faults=[fault])
        covering = waiver(EVIDENCE_ENDED, issuer=device.chain[1].fingerprint)
        assert not verdict(device, covering).outcome.admits

    def test_a_revocation_in_what_has_ended_counts(self) -> None:
        """A device that the last CRL lists stays out, though the CRL has ended."""
        hospital = Hospital(seed=7, at=AT)
        device = hospital.device("pump-1", faults=[Fault.CRL_STALE])
        hospital.revoke(device, at=AT - 60 * DAY)
        covering = waiver(EVIDENCE_ENDED, issuer=device.chain[1].fingerprint)
        verifier = Verifier(hospital.trust_store(), profile=profiles.tls_client, waivers=Waivers([covering]))
        found = verifier.verify(device.certificate, device.chain[1:], evidence=hospital.evidence(device), at=AT)
        assert found.outcome is Outcome.UNTRUSTED
        assert found.headline is not None
        assert found.headline.code == REVOKED

    @pytest.mark.parametrize(
        ("fault", "forged"), [(Fault.WRONG_PURPOSE, codes.PURPOSE_NOT_ALLOWED), (Fault.REVOKED, REVOKED)]
    )
    def test_a_code_of_ones_own_does_not_stand_for_ours(self, fault: Fault, forged: Code) -> None:
        """Whether a waiver can cover a finding is what the finding's own code says, not one that bears its id."""
        texts = {"what": "", "why": "", "remedy": ""}
        lenient = Code(forged.id, Severity.ERROR, forged.citation, rank=1, waivable=Waivable.BY_WAIVER, **texts)
        device = HOSPITAL.device("pump-9", faults=[fault])
        covering = waiver(lenient, devices=[device.certificate.fingerprint])
        found = verdict(device, covering)
        assert (found.outcome, told(found)) == (Outcome.UNTRUSTED, [])
        assert found.headline is not None
        assert found.headline.code == forged

    def test_what_is_only_reported_is_left_alone(self) -> None:
        """Where the profile does not refuse, there is nothing to except."""
        profile = profiles.tls_client.evolve(reported_only=frozenset({codes.EXPIRED.id}))
        covering = waiver(devices=[PUMP.certificate.fingerprint])
        assert verdict(PUMP, covering, profile=profile).outcome is Outcome.TRUSTED

    def test_a_responder_below_an_expired_issuer(self) -> None:
        """The waiver of an issuer's dates also holds for those who sign its evidence."""
        device = HOSPITAL.device("pump-8", identity=DevID.IDEVID, algorithm=KeyAlgorithm.P256)
        later = device.chain[1].not_after + HOUR
        evidence = HOSPITAL.evidence(device, later)
        covering = waiver(issuer=device.chain[1].fingerprint, valid_from=later - HOUR, valid_until=later + HOUR)
        assert verdict(device, at=later, evidence=evidence).outcome is Outcome.UNTRUSTED
        assert verdict(device, covering, at=later, evidence=evidence).outcome is Outcome.TRUSTED_BY_EXCEPTION


class TestMisuse:
    def test_spaces_as_french_has_them(self) -> None:
        """A no-break space is no reason to refuse a reason."""
        assert waiver(devices=[bytes(32)], reason="CA expiré\xa0: en cours").reason == "CA expiré\xa0: en cours"

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"code": codes.SIGNATURE_INVALID}, "no waiver covers"),
            ({"code": codes.TEST_ONLY}, "no waiver covers"),
            ({"code": REVOKED}, "no waiver covers"),
            ({"code": UNKNOWN}, "no waiver covers"),
            ({"code": basic_fields.ISSUER_EMPTY}, "no waiver covers"),
            ({"code": basic_fields.AUTHORITY_SUBJECT_EMPTY}, "no waiver covers"),
            ({"code": "validity.expired"}, "no waiver covers"),
            ({"devices": ()}, "names devices or an issuer"),
            ({"devices": [b"short"]}, "32 octets"),
            ({"issuer": b"short"}, "32 octets"),
            ({"granted_by": " "}, "who answers for it"),
            ({"reason": ""}, "who answers for it"),
            ({"reason": "a\nb"}, "who answers for it"),
            ({"valid_from": AT.replace(tzinfo=None)}, "no time zone"),
            ({"valid_until": AT - DAY}, "before it begins"),
            ({"valid_until": datetime.max.replace(tzinfo=timezone(-HOUR))}, "no time in UTC"),
            ({"reason": "a\u202eb"}, "who answers for it"),
            ({"id": 5}, "can be printed"),
            ({"id": "w\x1b[2J"}, "can be printed"),
        ],
    )
    def test_a_waiver_is_whole_or_none(self, changes: dict[str, Any], message: str) -> None:
        """Without a name, a reason, an end or somebody it is for, there is no waiver; nor for what proves who it is."""
        with pytest.raises(MisuseError, match=message):
            waiver(**{"devices": [bytes(32)], **changes})

    @pytest.mark.parametrize("given", [[codes.EXPIRED], "expired"])
    def test_waivers_are_waivers(self, given: Iterable[Any]) -> None:
        """Anything else among them is misuse, and so is anything else in their place."""
        with pytest.raises(MisuseError, match="waivers are made by Waiver"):
            Waivers(given)
        with pytest.raises(MisuseError, match="waivers are a Waivers"):
            Verifier(HOSPITAL.trust_store(), profile=profiles.tls_client, waivers=given)  # type: ignore[arg-type]

    def test_no_code_that_proves_who_is_waivable(self) -> None:
        """What refuses under every profile is covered by no waiver, and what a waiver covers is no such thing."""
        waivable = {code for code in known_codes().values() if code.waivable is Waivable.BY_WAIVER}
        assert {code.effect for code in waivable} == {Effect.BY_PROFILE, Effect.LEAVES_OPEN}
        assert {code.id for code in waivable if code.effect is Effect.LEAVES_OPEN} == {"revocation.evidence_ended"}
        assert not {code.id for code in waivable if code.id.startswith(("anchor.", "path.", "identity.", "extension."))}


def test_pickle_and_equality() -> None:
    """Waivers cross processes, and a verifier with them."""
    given = Waivers([waiver(devices=[PUMP.certificate.fingerprint])])
    verifier = Verifier(HOSPITAL.trust_store(), profile=profiles.tls_client, waivers=given)
    twin = pickle.loads(pickle.dumps(verifier))
    assert (twin.waivers, twin.waivers.digest) == (given, given.digest)
    asked = {"evidence": HOSPITAL.evidence(PUMP), "at": AT, "reference": Reference.UNCHECKED}
    assert twin.verify(PUMP.certificate, PUMP.chain[1:], **asked).outcome is Outcome.TRUSTED_BY_EXCEPTION
    assert verifier.evolve(waivers=Waivers()).waivers != given
