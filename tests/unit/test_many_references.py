"""Many devices may be meant: the first that is borne out counts, and none is looked for twice."""

from __future__ import annotations

import pytest

from devicetrust import Certificate, MisuseError, Reference
from devicetrust.identity import devices as devices_module
from devicetrust.identity import findings, matches
from devicetrust.testing.der import dns, name, object_identifier, octet_string, other_name, sequence, uri
from pki import Authority, common_name, key

ROOT = Authority(common_name("Ward Root"), key("p256", 0))
TYPE, UUID = "1.3.6.1.4.1.343.9", "urn:uuid:142c0e2d-5af8-54c0-bb7e-6b603f646e4a"


def issued(subject: bytes, *names: bytes) -> Certificate:
    return Certificate(ROOT.issues(subject, key("p256", 9), *names).sealed(ROOT.key))


def module(serial: bytes) -> bytes:
    return other_name("1.3.6.1.5.5.7.8.4", sequence(object_identifier(TYPE), octet_string(serial)))


PUMP = issued(
    name(("2.5.4.10", "Acme"), ("2.5.4.5", "SN-17")), dns("*.icu.example"), module(b"A"), module(b"B"), uri(UUID)
)
BORNE_OUT = [
    Reference.dns("pump-17.icu.example"),
    Reference.device(serial_number="sn-17"),
    Reference.device(serial_number="SN-17", manufacturer="ACME"),
    Reference.hardware_module(TYPE, b"A"),
    Reference.hardware_module(TYPE, b"B"),
    Reference.sdc_endpoint(UUID),
    Reference.uri(UUID),
    Reference.udap(UUID),
]
NOT_BORNE_OUT = [
    Reference.dns("pump-17.ward.example"),
    Reference.device(serial_number="SN-18"),
    Reference.device(serial_number="SN-17", manufacturer="Other"),
    Reference.hardware_module(TYPE, b"C"),
    Reference.hardware_module("1.3.6.1.4.1.343.8", b"A"),
    Reference.permanent_identifier("SN-17", "1.2.3"),
    Reference.udi("(01)10614141123459(21)400"),
    Reference.spiffe("spiffe://a.example/b"),
    Reference.email("a@icu.example"),
    Reference.ip("192.0.2.7"),
]


@pytest.mark.parametrize("reference", BORNE_OUT + NOT_BORNE_OUT, ids=str)
def test_among_many_as_alone(reference: Reference) -> None:
    """What one reference matches by itself, it matches among others of every kind, and nothing else."""
    alone = matches(reference, PUMP)
    assert bool(alone) is (reference in BORNE_OUT)
    assert matches(Reference.any_of(*NOT_BORNE_OUT, reference), PUMP) == alone
    assert matches(Reference.all_of(*BORNE_OUT, reference), PUMP)[len(BORNE_OUT) :] == alone


def test_a_name_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's thousands of names are not read again for each device of an inventory."""
    read = []
    real = devices_module.read_hardware_module_name
    monkeypatch.setattr(devices_module, "read_hardware_module_name", lambda der: read.append(der) or real(der))
    devices = Reference.any_of(*(Reference.hardware_module(TYPE, b"%d" % number) for number in range(100)))
    assert matches(devices, PUMP) == ()
    assert len(read) == 2


def test_what_is_told_is_told_once() -> None:
    """The finding names the first devices meant, how many more, and each name of the certificate once."""
    meant = Reference.any_of(*(Reference.device(serial_number=f"SN-{number}") for number in range(100, 5100)))
    (finding,) = findings(meant, PUMP)
    assert (finding.code.id, finding.where.certificate) == ("identity.device_mismatch", 0)
    assert (finding.facts["presented"], finding.facts["presented_count"]) == (("serialNumber SN-17",), 1)
    assert str(finding.facts["wanted"]).endswith("or device:SN-119, or one of 4980 more")


def test_depth_is_bounded() -> None:
    """References that would go too deep for any stack are misuse where they are made."""
    nested = Reference.dns("a.example")
    for number in range(16):
        nested = Reference.any_of(nested, Reference.dns(f"b{number}.example"))
    assert findings(nested, PUMP)[0].code.id == "identity.name_mismatch"
    for make in (Reference.any_of, Reference.all_of):
        with pytest.raises(MisuseError, match="16 deep"):
            make(nested, Reference.dns("c.example"))
    with pytest.raises(MisuseError, match="16 deep"):
        Reference.ae_title("PUMP1", listed=nested)
