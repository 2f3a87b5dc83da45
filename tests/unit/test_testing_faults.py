"""Every fault gives the finding that it promises, and every error of path, revocation and identity has a fault."""

from __future__ import annotations

import itertools

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import MisuseError, Outcome, profiles, testing
from devicetrust.findings import Code, Effect, Severity
from devicetrust.identity import devices, services
from devicetrust.path import codes as of_path
from devicetrust.path import strength
from devicetrust.revocation import codes as of_revocation
from devicetrust.testing.changes import AUTHORITY_CHANGES, CERTIFICATE_CHANGES
from devicetrust.testing.faults import BEYOND_CERTIFICATES, Fault, Part
from pki import AT

HOSPITAL = testing.Hospital(seed=1, at=AT)


def answer(fault: Fault, hospital: testing.Hospital = HOSPITAL, **chosen: object) -> tuple[object, ...]:
    """(outcome, headline's code, its certificate, everything that is an error) for a device with this fault."""
    verdict = hospital.verify(hospital.device("pump-1", faults=[fault], **chosen))  # type: ignore[arg-type]
    errors = {(f.code.id, f.where.certificate) for f in verdict.findings if f.severity is Severity.ERROR}
    assert verdict.headline is not None
    return verdict.outcome.value, verdict.headline.code.id, verdict.headline.where.certificate, errors


def promised(fault: Fault) -> tuple[object, ...]:
    code, certificate, outcome, beside = fault.expected
    return outcome, code, certificate, {(code, certificate), *beside}


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_gives_its_finding(fault: Fault) -> None:
    """The headline, the certificate, the outcome; and no other error but those that the row names."""
    assert answer(fault) == promised(fault)


@pytest.mark.parametrize("algorithm", [testing.KeyAlgorithm.RSA_2048, testing.KeyAlgorithm.ED25519])
@pytest.mark.parametrize("fault", Fault)
def test_whatever_the_algorithm(fault: Fault, algorithm: testing.KeyAlgorithm) -> None:
    """The finding is the same; but a key that signs with no SHA-1 cannot make that fault, and says so."""
    hospital = OTHERS[algorithm]
    if algorithm is testing.KeyAlgorithm.ED25519 and fault in (Fault.SHA1_SIGNATURE, Fault.CA_SHA1_SIGNATURE):
        with pytest.raises(MisuseError, match="SHA-1"):
            answer(fault, hospital)
    else:
        assert answer(fault, hospital) == promised(fault)


OTHERS = {
    one: testing.Hospital(seed=1, at=AT, algorithm=one)
    for one in (testing.KeyAlgorithm.RSA_2048, testing.KeyAlgorithm.ED25519)
}


@pytest.mark.parametrize("fault", Fault)
def test_the_manufacturer_errs_alike(fault: Fault) -> None:
    """An IDevID can have each fault too."""
    assert answer(fault, identity=testing.DevID.IDEVID) == promised(fault)


def test_who_goes_by_the_name_of_the_root_is_found_out() -> None:
    """A verifier that checks what is presented, and of the root the name alone, admits FORGED_ROOT and no other."""

    def is_admitted(device: testing.Device) -> bool:
        presented = [one.to_cryptography() for one in device.chain]
        try:
            for below, above in itertools.pairwise(presented):
                below.verify_directly_issued_by(above)
        except (InvalidSignature, ValueError, TypeError):
            return False
        return device.chain[-1].issuer in {root.subject for root in HOSPITAL.roots}

    of_issuers = [Fault.SELF_SIGNED, Fault.UNKNOWN_ISSUER, Fault.MISSING_INTERMEDIATE, Fault.WRONG_ISSUER_KEY]
    of_issuers += [Fault.BROKEN_SIGNATURE, Fault.UNTRUSTED_ROOT, Fault.FORGED_ROOT]
    assert is_admitted(HOSPITAL.device("pump-1"))
    assert [one for one in of_issuers if is_admitted(HOSPITAL.device("pump-1", faults=[one]))] == [Fault.FORGED_ROOT]


def test_faults_leave_the_others_alone() -> None:
    """What is wrong with one device, its CA or its status is wrong with no other."""
    hospital = testing.Hospital(seed=1, at=AT)
    before = hospital.device("pump-1")
    for fault in Fault:
        hospital.device("pump-1", faults=[fault])
    assert hospital.verify(before).outcome is Outcome.TRUSTED
    assert hospital.verify(hospital.device("pump-2")).outcome is Outcome.TRUSTED


def test_several_at_once() -> None:
    """Faults of certificate, CA and status go together; each is found."""
    faults = [Fault.EXPIRED, Fault.WRONG_PURPOSE, Fault.CA_EXPIRED, Fault.CRL_STALE]
    verdict = HOSPITAL.verify(HOSPITAL.device("pump-1", faults=faults))
    assert {fault.expected[:2] for fault in faults} <= {(f.code.id, f.where.certificate) for f in verdict.findings}


@given(st.sets(st.sampled_from(Fault), min_size=1, max_size=5), st.sampled_from(testing.DeviceKind))
def test_no_faults_make_up_for_each_other(faults: set[Fault], kind: testing.DeviceKind) -> None:
    """Whatever is wrong together, the device is never admitted; and the same is issued again the same way."""
    device = HOSPITAL.device("pump-1", kind, faults=faults)
    assert not HOSPITAL.verify(device).outcome.admits
    assert HOSPITAL.device("pump-1", kind, faults=sorted(faults, key=lambda one: one.value)).chain == device.chain


def test_each_fault_is_made_somewhere() -> None:
    """Each part's faults are those that its table of changes makes."""
    parts = {part: {fault for fault in Fault if fault.part is part} for part in Part}
    assert set(CERTIFICATE_CHANGES) == parts[Part.CERTIFICATE]
    assert set(AUTHORITY_CHANGES) == parts[Part.AUTHORITY]
    assert all(fault.value.startswith(("crl_", "ocsp_")) for fault in parts[Part.STATUS])


def test_every_error_has_a_fault_or_a_reason() -> None:
    """Whoever teaches the library to find something new adds a fault, or says why no certificate brings it about."""
    known = {
        value.id: value
        for module in (of_path, of_revocation, services, devices, strength)
        for value in vars(module).values()
        if isinstance(value, Code)
    }
    errors = {one.id for one in known.values() if one.severity is Severity.ERROR or one.effect is Effect.REFUSES}
    assert errors - {fault.expected.code for fault in Fault} == set(BEYOND_CERTIFICATES)


def test_every_family_of_rules_has_a_fault() -> None:
    """One at least of the rules of each family by which the profile of `Hospital.verify` refuses."""
    refusing = {
        rule.code.id
        for rule in profiles.tls_client.rules
        if rule.code.severity is Severity.ERROR and rule.code.id not in profiles.tls_client.reported_only
    }
    found = refusing & {fault.expected.code for fault in Fault}
    assert {code.partition(".")[0] for code in found} == {code.partition(".")[0] for code in refusing}


@pytest.mark.parametrize("value", ["expired", 3, None])
def test_a_fault_is_a_member(value: object) -> None:
    """Not its text."""
    with pytest.raises(MisuseError, match="Fault"):
        HOSPITAL.device("pump-1", faults=[value])  # type: ignore[list-item]
