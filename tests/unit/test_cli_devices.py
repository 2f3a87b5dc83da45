"""Devices on the command line: which one is meant, and which one a file is of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devicetrust import DeviceIdentity, Reference, testing
from devicetrust.cli.commands import run
from devicetrust.testing.der import pem
from pki import AT

HOSPITAL = testing.Hospital(seed=1, at=AT)
PUMP = HOSPITAL.device("pump-1", identity=testing.DevID.IDEVID)
MONITOR = HOSPITAL.device("monitor-1", testing.DeviceKind.SDC_PROVIDER)
MODEL = "2.25.185090549828462548382708083692311609480.2"


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The chains of a pump and a monitor. Nobody trusts their roots: what matters is whom the certificates name."""
    (tmp_path / "pump.pem").write_bytes(PUMP.chain_pem)
    (tmp_path / "monitor.pem").write_bytes(MONITOR.chain_pem)
    (tmp_path / "roots.pem").write_bytes(HOSPITAL.roots_pem)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(capsys: pytest.CaptureFixture[str], file: str, *options: str, profile: str = "tls_client") -> set[str]:
    """The codes of identity that `verify` finds."""
    arguments = ["verify", file, "--anchor", "roots.pem", "--profile", profile, "--revocation", "off"]
    run([*arguments, "--at", f"{AT:%Y-%m-%dT%H:%M:%SZ}", "--format", "json", *options])
    data = json.loads(capsys.readouterr().out)
    return {one["code"] for one in data["findings"] if one["code"].startswith("identity.")}


MISMATCH, NOTHING = "identity.device_mismatch", "identity.no_device_identity"


@pytest.mark.parametrize(
    ("file", "options", "codes"),
    [
        ("pump.pem", "--serial-number SN-pump-1", set()),
        ("pump.pem", "--serial-number SN-pump-2", {MISMATCH}),
        ("pump.pem", "--serial-number SN-pump-1 --manufacturer Acme", {MISMATCH}),
        ("pump.pem", f"--hardware-module {MODEL}:{b'SN-pump-1'.hex()}", set()),
        ("pump.pem", f"--hardware-module {MODEL}:{b'SN-pump-2'.hex()}", {MISMATCH}),
        ("monitor.pem", f"--hardware-module {MODEL}:{b'SN-pump-1'.hex()}", {NOTHING}),
        ("pump.pem", "--permanent-identifier 1.2.3:SN-pump-1", {NOTHING}),
        ("monitor.pem", "--sdc-endpoint 1d20e0ae-0b9c-5e1c-9f9c-7b6b0a6c7a11", {MISMATCH}),
        ("monitor.pem", "--udi (01)10614141123459(21)400", {NOTHING}),
        ("monitor.pem", "--spiffe spiffe://hospital.example/monitor", {MISMATCH}),
        ("pump.pem", "--serial-number SN-pump-1 --name pump-1.hospital.example", set()),
        ("pump.pem", "--serial-number SN-pump-1 --name pump-2.hospital.example", {"identity.name_mismatch"}),
        ("pump.pem", "--serial-number SN-pump-2 --name pump-1.hospital.example", {MISMATCH}),
        ("pump.pem", "--serial-number SN-pump-1 --udi (01)10614141123459(21)400", {NOTHING}),
        ("pump.pem", "--serial-number SN-pump-1 --udi (01)10614141123459", set()),
        ("pump.pem", "--serial-number SN-pump-2 --udi +A123BJC5D6E71G", {MISMATCH}),
        ("pump.pem", "--ae-title PUMP1 --serial-number SN-pump-1", set()),
        ("pump.pem", "--ae-title PUMP1 --serial-number SN-pump-2", {MISMATCH}),
        ("pump.pem", "--ae-title PUMP1 --udi +A123BJC5D6E71G --name pump-1.hospital.example", set()),
        ("pump.pem", "--udap https://pump-1.hospital.example/", {"identity.no_names"}),
    ],
)
def test_which_device_is_meant(
    ward: Path, capsys: pytest.CaptureFixture[str], file: str, options: str, codes: set[str]
) -> None:
    """All that is given must be borne out, names and devices alike."""
    assert found(capsys, file, *options.split()) == codes


def test_a_permanent_identifier_may_hold_colons(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands before the first colon is who assigned it."""
    judged = ["verify", "pump.pem", "--anchor", "roots.pem", "--profile", "tls_client", "--revocation", "off"]
    run([*judged, "--permanent-identifier", "1.2.3:EUI:00-24", "--format", "json"])
    question = json.loads(capsys.readouterr().out)["question"]
    assert question["reference"] == Reference.permanent_identifier("EUI:00-24", "1.2.3").key


def test_an_endpoint_is_found(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The UUID that the certificate has, with or without its prefix."""
    (endpoint,) = DeviceIdentity.from_certificate(MONITOR.certificate).endpoint_uuids
    for written in (endpoint, endpoint.removeprefix("urn:uuid:").upper()):
        assert found(capsys, "monitor.pem", "--sdc-endpoint", written) == set()


def test_a_profile_that_demands_a_reference_takes_a_device(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`tls_server` is content with a serial number."""
    assert found(capsys, "monitor.pem", "--serial-number", "SN-monitor-1", profile="tls_server") == set()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--serial-number", ""], "must not be empty"),
        (["--ae-title", "PUMP1"], "in no certificate"),
        (["--ae-title", "", "--serial-number", "1"], "must not be empty"),
        (["--ae-title", "PUMP1", "--name-unchecked"], "nothing is checked"),
        (["--udi", "", "--name-unchecked"], "nothing is checked"),
        (["--udi", "+A123BJC5D6E71G"], "no serial number"),
        (["--udi", "+A123BJC5D6E71H", "--serial-number", "1"], "check character"),
        (["--udap", "https://a.example", "--uri", "https://a.example"], "only one of"),
        (["--manufacturer", "Acme"], "--serial-number"),
        (["--permanent-identifier", "1.2.3:"], "is not OID:VALUE"),
        (["--permanent-identifier", "one:SN"], "dotted object identifier"),
        (["--hardware-module", "1.2.3"], "is not OID:HEX"),
        (["--hardware-module", "1.2.3:"], "is not OID:HEX"),
        (["--hardware-module", "1.2.3:xy"], "is not OID:HEX"),
        (["--hardware-module", "one:00"], "dotted object identifier"),
        (["--udi", "(01)10614141123458(21)400"], "check digit"),
        (["--sdc-endpoint", "1"], "is no UUID"),
        (["--spiffe", "https://a.example"], "is no SPIFFE ID"),
        (["--serial-number", "1", "--name-unchecked"], "--name-unchecked"),
    ],
)
def test_an_entry_that_cannot_be_is_misuse(
    ward: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    """2, and one line that says what is wrong."""
    arguments = ["verify", "pump.pem", "--anchor", "roots.pem", "--profile", "tls_client"]
    assert run([*arguments, *options]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert said in told.err


def test_inspect_shows_the_device(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In text a line for each part and for each mark; in JSON the data of the identity."""
    assert run(["inspect", "pump.pem", "--at", "2026-06-01T12:00:00Z"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "device serial number: SN-pump-1" in lines
    assert f"hardware module name: {MODEL}:{b'SN-pump-1'.hex()} (SN-pump-1)" in lines
    assert "device identifier looks like an IDevID" in lines
    assert run(["inspect", "pump.pem", "--format", "json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    told = file["contents"][0]["identity"]
    assert told == json.loads(json.dumps(DeviceIdentity.from_certificate(PUMP.certificate).to_dict()))
    assert (told["serial_number"], told["devid"]) == ("SN-pump-1", "idevid")


def test_inspect_shows_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A part that is no part says why."""
    names = testing.extensions.subject_alternative_name(
        testing.der.other_name("1.3.6.1.5.5.7.8.4", testing.der.octet_string(b"SN-1"))
    )
    draft = PUMP.issuer.issues(PUMP.issuer.subject, PUMP.issuer.key, AT, AT, purposes=(), names=())
    (tmp_path / "odd.pem").write_bytes(pem("CERTIFICATE", draft.including(names).sealed(PUMP.issuer.key)))
    assert run(["inspect", str(tmp_path / "odd.pem")]) == 0
    assert "hardware module name: cannot be read: tag 0x04 where tag 0x30 is due" in capsys.readouterr().out
