"""Authorizers admit whom they list and nobody else; an empty one admits nobody."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from devicetrust import MisuseError, Reference, Verdict, testing
from devicetrust.identity.device import DeviceIdentity, SDCRole
from devicetrust.testing import DeviceKind, Fault
from devicetrust.tls import admit

HOSPITAL = testing.Hospital(seed=1)
PUMP, OTHER = HOSPITAL.device("pump-1"), HOSPITAL.device("pump-2")
PROVIDER = HOSPITAL.device("monitor-1", DeviceKind.SDC_PROVIDER)
NAMELESS = HOSPITAL.device("pump-3", faults=[Fault.NO_DEVICE_SERIAL])
VERDICTS = {device.name: HOSPITAL.verify(device) for device in (PUMP, OTHER, PROVIDER)}
MAKER = "TEST ONLY (devicetrust.testing)"


def admitted(authorizer: admit.Authorizer) -> set[str]:
    return {name for name, verdict in VERDICTS.items() if authorizer.decide(verdict).admits}


def key_of(device: testing.Device) -> bytes:
    return hashlib.sha256(device.certificate.subject_public_key_info).digest()


@pytest.mark.parametrize(
    ("authorizer", "expected"),
    [
        pytest.param(admit.serial_numbers({"SN-pump-1"}), {"pump-1"}, id="serial number"),
        pytest.param(admit.serial_numbers(["sn-PUMP-2", "SN-x"]), {"pump-2"}, id="serial number in another case"),
        pytest.param(admit.serial_numbers({"SN-pump-1"}, manufacturer=MAKER), {"pump-1"}, id="of the maker"),
        pytest.param(admit.serial_numbers({"SN-pump-1"}, manufacturer="Another"), set(), id="of another maker"),
        pytest.param(admit.sdc_roles({SDCRole.PROVIDER}), {"monitor-1"}, id="SDC role"),
        pytest.param(admit.sdc_roles({SDCRole.CONSUMER}), set(), id="another SDC role"),
        pytest.param(admit.references(PUMP.reference, Reference.dns(OTHER.host)), {"pump-1", "pump-2"}, id="reference"),
        pytest.param(admit.references(Reference.dns("pump-9.hospital.example")), set(), id="another name"),
        pytest.param(admit.keys({key_of(PUMP), bytes(32)}), {"pump-1"}, id="key"),
        pytest.param(admit.spiffe_trust_domains({"ward.example"}), set(), id="no SPIFFE ID"),
        pytest.param(
            admit.inventory(lambda verdict: verdict.identity.serial_number == "SN-pump-2"), {"pump-2"}, id="inventory"
        ),
        pytest.param(
            admit.any_of(admit.serial_numbers({"SN-pump-1"}), admit.sdc_roles({SDCRole.PROVIDER})),
            {"pump-1", "monitor-1"},
            id="any of",
        ),
        pytest.param(
            admit.all_of(admit.serial_numbers({"SN-pump-1", "SN-pump-2"}), admit.keys({key_of(OTHER)})),
            {"pump-2"},
            id="all of",
        ),
    ],
)
def test_admits(authorizer: admit.Authorizer, expected: set[str]) -> None:
    """Those listed, and no other."""
    assert admitted(authorizer) == expected


@pytest.mark.parametrize(
    "authorizer",
    [
        admit.serial_numbers(set()),
        admit.sdc_roles(set()),
        admit.references(),
        admit.spiffe_trust_domains(set()),
        admit.keys(set()),
        admit.any_of(),
        admit.all_of(),
    ],
    ids=repr,
)
def test_empty_denies(authorizer: admit.Authorizer) -> None:
    """What lists nobody admits nobody, also where all of nothing would be true."""
    assert admitted(authorizer) == set()


@pytest.mark.parametrize("answer", [None, 1, "yes", [True], False])
def test_only_true_admits(answer: object) -> None:
    """A function that forgets to return, or returns a record, admits nobody."""
    assert admitted(admit.inventory(lambda verdict: answer)) == set()  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("spiffe_id", "expected"),
    [("spiffe://ward.example/pump", True), ("spiffe://icu.example/ward.example", False), (None, False)],
)
def test_spiffe_trust_domains(spiffe_id: str | None, expected: bool) -> None:
    """The domain decides, whatever the path says."""
    verdict = SimpleNamespace(identity=DeviceIdentity(spiffe_id=spiffe_id))
    authorizer = admit.spiffe_trust_domains({"WARD.example"})
    assert authorizer.decide(verdict).admits is expected  # type: ignore[arg-type]


def test_no_serial_number() -> None:
    """Who states none is not the device of an empty one."""
    decision = admit.serial_numbers({"SN-pump-3"}).decide(_trusted(NAMELESS))
    assert decision == admit.Decision(False, "its certificate states no serial number of a device, or several")


def test_says_why() -> None:
    """In words for the log."""
    one, other = admit.serial_numbers({"SN-pump-1"}), admit.sdc_roles({SDCRole.PROVIDER})
    assert one.decide(VERDICTS["pump-2"]).reason == "the serial number SN-pump-2 is not listed"
    assert admit.any_of(one, other).decide(VERDICTS["pump-2"]).reason == (
        "the serial number SN-pump-2 is not listed; its SDC roles: none"
    )
    assert admit.all_of(one, other).decide(VERDICTS["pump-1"]).reason == "its SDC roles: none"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: admit.serial_numbers("SN-1"), "a set or a list"),
        (lambda: admit.serial_numbers({""}), "serial number"),
        (lambda: admit.sdc_roles({"provider"}), "SDCRole values"),
        (lambda: admit.references(Reference.UNCHECKED), "would admit everybody"),
        (lambda: admit.spiffe_trust_domains({"spiffe://ward.example"}), "no trust domain"),
        (lambda: admit.keys({b"short"}), "32 octets"),
        (lambda: admit.inventory({"SN-1"}), "a function"),
        (lambda: admit.any_of(lambda verdict: True), "takes authorizers"),
    ],
)
def test_misuse(make: object, reason: str) -> None:
    """What could never admit whom it means is refused when made."""
    with pytest.raises(MisuseError, match=reason):
        make()  # type: ignore[operator]


def _trusted(device: testing.Device) -> Verdict:
    """The verdict by the host name alone."""
    from devicetrust import Verifier, profiles

    verifier = Verifier(HOSPITAL.trust_store(), profile=profiles.tls_client)
    return verifier.verify(device.certificate, device.chain[1:], evidence=HOSPITAL.evidence(device), at=HOSPITAL.at)
