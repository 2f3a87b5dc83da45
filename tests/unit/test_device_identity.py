"""Which device a certificate names, each part with the field that says so."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mutation
from devicetrust import Certificate, DeviceIdentity, MisuseError, load_certificates, testing
from devicetrust.identity.device import DevID, IdentityPart, MatterName, SDCRole, TPMName
from devicetrust.testing.der import (
    directory,
    dns,
    name,
    object_identifier,
    octet_string,
    other_name,
    sequence,
    tlv,
    uri,
)
from devicetrust.testing.extensions import SUBJECT_ALTERNATIVE_NAME, Extension, extended_key_usage
from devicetrust.x509.device_names import HardwareModuleName, PermanentIdentifier
from pki import AT, FOR_EVER, Authority, Draft, common_name, key

ROOT = Authority(common_name("Ward Root"), key("p256", 0))
SERIAL_NUMBER, ORGANIZATION = "2.5.4.5", "2.5.4.10"
SAN = "tbsCertificate.extensions.subjectAltName"
TPM_2 = "2.23.133.1.2"
UUID = "urn:uuid:142c0e2d-5af8-54c0-bb7e-6b603f646e4a"


def issued(subject: bytes, *names: bytes, until: datetime | None = None, purposes: tuple[str, ...] = ()) -> Certificate:
    draft = ROOT.issues(subject, key("p256", 9), *names)
    draft = draft.including(extended_key_usage(*purposes)) if purposes else draft.without("2.5.29.37")
    return sealed(draft if until is None else draft._replace(not_after=until))


def sealed(draft: Draft) -> Certificate:
    return Certificate(draft.sealed(ROOT.key))


def hardware_module(kind: str, serial: bytes) -> bytes:
    return other_name("1.3.6.1.5.5.7.8.4", sequence(object_identifier(kind), octet_string(serial)))


def permanent_identifier(*parts: bytes) -> bytes:
    return other_name("1.3.6.1.5.5.7.8.3", sequence(*parts))


PUMP = name((ORGANIZATION, "Acme Medical"), (SERIAL_NUMBER, "SN-17"))


def test_a_device_with_everything() -> None:
    """Each part is there as a value, and in the list with its field."""
    tpm = name(("2.23.133.2.1", "id:53544D20"), ("2.23.133.2.2", "ST33"), ("2.23.133.2.3", "id:00010101"))
    value = tlv(0x0C, b"ab12")
    certificate = issued(
        PUMP,
        dns("pump-17.icu.example"),
        hardware_module(TPM_2, b"SN-17"),
        permanent_identifier(value, object_identifier("2.23.133.12.1")),
        directory(tpm),
        other_name("1.3.6.1.5.5.7.8.12", octet_string(bytes.fromhex("0024987b1902"))),
        uri("urn:epc:id:sgtin:0614141.112345.400"),
        uri(UUID.upper()),
        uri("https://ehr.example/fhir"),
        purposes=("1.2.840.10004.20701.1.1", "1.2.840.10004.20701.1.2"),
    )
    identity = DeviceIdentity.from_certificate(certificate)
    assert identity.serial_number == "SN-17"
    assert identity.manufacturer == "Acme Medical"
    assert identity.hardware_modules == (HardwareModuleName(TPM_2, b"SN-17"),)
    assert identity.permanent_identifiers == (PermanentIdentifier("ab12", "2.23.133.12.1"),)
    assert identity.tpm == TPMName("id:53544D20", "ST33", "id:00010101")
    assert identity.mac_addresses == ("00-24-98-7b-19-02",)
    assert [udi.device for udi in identity.udis] == [("GS1", "10614141123459", "400")]
    assert identity.endpoint_uuids == (UUID,)
    assert identity.uris == ("https://ehr.example/fhir",)
    assert identity.sdc_roles == {SDCRole.PROVIDER, SDCRole.CONSUMER}
    assert (identity.spiffe_id, identity.matter) == (None, None)
    assert identity.parts == (
        IdentityPart("serial_number", "SN-17", "tbsCertificate.subject.serialNumber"),
        IdentityPart("manufacturer", "Acme Medical", "tbsCertificate.subject.organizationName"),
        IdentityPart("tpm_manufacturer", "id:53544D20", f"{SAN}[3].directoryName.2.23.133.2.1", None, "STM"),
        IdentityPart("tpm_model", "ST33", f"{SAN}[3].directoryName.2.23.133.2.2"),
        IdentityPart("tpm_version", "id:00010101", f"{SAN}[3].directoryName.2.23.133.2.3"),
        IdentityPart("hardware_module_name", f"{TPM_2}:534e2d3137", f"{SAN}[1].otherName", None, "TPM 2.0, SN-17"),
        IdentityPart(
            "permanent_identifier", "ab12", f"{SAN}[2].otherName", None, "SHA-256 of the TPM's EK certificate"
        ),
        IdentityPart("mac_address", "00-24-98-7b-19-02", f"{SAN}[4].otherName"),
        IdentityPart("udi", "(01)10614141123459(21)400", f"{SAN}[5].uniformResourceIdentifier", None, "by GS1"),
        IdentityPart("endpoint_uuid", UUID, f"{SAN}[6].uniformResourceIdentifier"),
        IdentityPart("uri", "https://ehr.example/fhir", f"{SAN}[7].uniformResourceIdentifier"),
        IdentityPart("sdc_role", "provider", "tbsCertificate.extensions.extKeyUsage"),
        IdentityPart("sdc_role", "consumer", "tbsCertificate.extensions.extKeyUsage"),
    )


def test_a_certificate_of_a_service_names_no_device() -> None:
    """A host name is no part of a device's identity."""
    identity = DeviceIdentity.from_certificate(issued(name(("2.5.4.3", "www.example")), dns("www.example")))
    assert identity.parts == ()
    assert str(identity) == ""


def test_several_serial_numbers_name_no_one_device() -> None:
    """Each is a part, and none is the serial number."""
    identity = DeviceIdentity.from_certificate(
        issued(name((SERIAL_NUMBER, "1"), (SERIAL_NUMBER, "2")), dns("a.example"))
    )
    assert identity.serial_number is None
    assert [(part.value, part.remark) for part in identity.parts] == [("1", "one of several"), ("2", "one of several")]


class TestSPIFFE:
    ID = "spiffe://hospital.example/pump/17"

    def test_the_one_uri(self) -> None:
        """X509-SVID 2: an SVID has its SPIFFE ID as its one URI, beside any number of other names."""
        assert DeviceIdentity.from_certificate(issued(PUMP, dns("a.example"), uri(self.ID))).spiffe_id == self.ID

    def test_another_uri_beside_it(self) -> None:
        """X509-SVID 2: with more than one URI it is no SVID; the part says so."""
        identity = DeviceIdentity.from_certificate(issued(PUMP, uri(self.ID), uri("https://a.example")))
        assert identity.spiffe_id is None
        (part,) = [part for part in identity.parts if part.name == "spiffe_id"]
        assert part.reason == "an SVID has exactly one URI, and this certificate has more"


@pytest.mark.parametrize(
    ("general_name", "part"),
    [
        (other_name("1.3.6.1.5.5.7.8.4", octet_string(b"SN-17")), "hardware_module_name"),
        (permanent_identifier(tlv(0x0C, b"\xff")), "permanent_identifier"),
        (other_name("1.3.6.1.5.5.7.8.12", octet_string(b"1234567")), "mac_address"),
        (uri("urn:epc:id:sgtin:0614141.1.400"), "udi"),
    ],
)
def test_what_cannot_be_read_is_a_part_with_its_reason(general_name: bytes, part: str) -> None:
    """Nothing raises, and nothing is left out."""
    identity = DeviceIdentity.from_certificate(issued(common_name("pump"), general_name))
    (found,) = [one for one in identity.parts if one.name == part]
    assert found.value == ""
    assert found.reason
    assert found.field.startswith(f"{SAN}[0].")


def test_an_unreadable_certificate_or_extension_is_a_part() -> None:
    """It says why, and names no device."""
    (broken,) = DeviceIdentity.from_certificate(b"\x30\x00").parts
    assert (broken.name, broken.value) == ("certificate", "")
    assert broken.reason
    draft = ROOT.issues(common_name("pump"), key("p256", 9), dns("a.example"))
    names = sealed(draft.including(Extension(SUBJECT_ALTERNATIVE_NAME, False, b"\x30\x05\x02")))
    assert [part.name for part in DeviceIdentity.from_certificate(names).parts] == [
        "manufacturer",
        "subject_alternative_name",
    ]


def test_text_does_not_steer_a_terminal() -> None:
    """Parts and data hold what prints; the attributes hold what the certificate says."""
    identity = DeviceIdentity.from_certificate(issued(name((ORGANIZATION, "A\x1b[2J\u202e")), dns("a.example")))
    assert identity.manufacturer == "A\x1b[2J\u202e"
    assert identity.parts[0].value == identity.to_dict()["manufacturer"] == "A\\1B[2J\\E2\\80\\AE"
    assert json.loads(json.dumps(identity.to_dict())) == identity.to_dict() | {
        "parts": [part._asdict() for part in identity.parts]
    }


def test_what_is_no_certificate_is_misuse() -> None:
    """A caller's slip raises at once."""
    with pytest.raises(MisuseError, match="expected a Certificate"):
        DeviceIdentity.from_certificate("pump.pem")  # type: ignore[arg-type]


class TestDevID:
    """IEEE 802.1AR: a certificate alone does not always tell."""

    @pytest.mark.parametrize(
        ("certificate", "devid"),
        [
            (issued(PUMP, dns("a.example"), until=FOR_EVER), DevID.IDEVID),
            (issued(common_name("a"), hardware_module(TPM_2, b"1"), until=FOR_EVER), DevID.IDEVID),
            (issued(PUMP, dns("a.example"), purposes=("1.3.6.1.5.5.7.3.2",)), DevID.LDEVID),
            (issued(PUMP, dns("a.example")), None),
            (issued(PUMP, hardware_module(TPM_2, b"1"), purposes=("1.3.6.1.5.5.7.3.2",)), None),
            (issued(common_name("a"), dns("a.example"), until=FOR_EVER), None),
            (Certificate(ROOT.root()), None),
        ],
    )
    def test_marks(self, certificate: Certificate, devid: DevID | None) -> None:
        """No end says initial, named purposes say local; neither, both, no device or a CA say nothing."""
        identity = DeviceIdentity.from_certificate(certificate)
        assert identity.devid is devid
        assert identity.devid_reasons

    @pytest.mark.parametrize("kind", testing.DeviceKind)
    def test_the_hospital_has_both(self, kind: testing.DeviceKind) -> None:
        """What `testing` issues as an IDevID or an LDevID looks like one, whatever its kind, and has its identity."""
        hospital = testing.Hospital(seed=1, at=AT)
        for ours, theirs in ((DevID.IDEVID, testing.DevID.IDEVID), (DevID.LDEVID, testing.DevID.LDEVID)):
            device = hospital.device("pump-1", kind, identity=theirs)
            identity = DeviceIdentity.from_certificate(device.certificate)
            assert (identity.devid, identity.serial_number) == (ours, device.device_serial)
            modules = [one.hw_serial_num for one in identity.hardware_modules]
            assert modules == ([device.device_serial.encode()] if ours is DevID.IDEVID else [])


class TestRealCertificates:
    """Expected values are those that ``openssl x509 -text`` prints."""

    def test_idevid(self, shared: Path) -> None:
        """The example of RFC 8995: serialNumber, a MASA URL, an end in 2999."""
        (certificate,) = load_certificates(shared / "samples/idevid/idevid-masa-url.pem")
        identity = DeviceIdentity.from_certificate(certificate)
        assert identity.parts == (
            IdentityPart("serial_number", "00-D0-E5-F2-00-02", "tbsCertificate.subject.serialNumber"),
        )
        assert identity.devid is DevID.IDEVID
        assert identity.mac_addresses == ()  # what looks like one in a serialNumber is not guessed at

    def test_matter(self, shared: Path) -> None:
        """A device attestation certificate: vendor FFF1, product 8000, no serialNumber."""
        (certificate,) = load_certificates(shared / "samples/matter/dac-0001.pem")
        identity = DeviceIdentity.from_certificate(certificate)
        assert identity.matter == MatterName("FFF1", "8000")
        assert (identity.serial_number, identity.devid) == (None, None)

    def test_sdc(self, shared: Path) -> None:
        """Draeger's participant has both roles, and key purposes of its maker that are none."""
        (certificate,) = load_certificates(shared / "samples/sdc/sdc-participant.pem")
        identity = DeviceIdentity.from_certificate(certificate)
        assert identity.sdc_roles == {SDCRole.PROVIDER, SDCRole.CONSUMER}
        assert (identity.manufacturer, identity.endpoint_uuids) == ("Draeger", ())

    def test_tpm_makers(self, shared: Path) -> None:
        """Of 169 CAs of TPM makers none is a device; all that have an organization say it."""
        makers = [
            one for file in ("roots", "intermediates") for one in load_certificates(shared / f"samples/tpm/{file}.pem")
        ]
        identities = [DeviceIdentity.from_certificate(one) for one in makers]
        assert len(identities) == 169
        assert {part.name for identity in identities for part in identity.parts} == {"manufacturer"}
        assert {identity.devid for identity in identities} == {None}
        assert {"Infineon Technologies AG", "STMicroelectronics NV"} <= {
            identity.manufacturer for identity in identities
        }


@given(
    st.sampled_from(["1.3.6.1.5.5.7.8.3", "1.3.6.1.5.5.7.8.4", "1.3.6.1.5.5.7.8.12", "1.3.6.1.5.5.7.8.9"]),
    st.one_of(st.binary(max_size=40), st.binary(max_size=30).map(sequence), st.binary(max_size=9).map(octet_string)),
    st.text(max_size=20),
)
def test_any_value_of_a_name_is_shown(type_id: str, value: bytes, text: str) -> None:
    """Whatever an otherName, a URI or an attribute holds, the identity is there and its data is JSON."""
    subject = name(
        (SERIAL_NUMBER, text.encode("ascii", "replace").decode()),
        ("2.23.133.2.1", text.encode(errors="replace").decode()),
    )
    identity = DeviceIdentity.from_certificate(
        issued(
            subject,
            other_name(type_id, value),
            uri(f"urn:{text.encode('ascii', 'replace').decode()}"),
            directory(subject),
        )
    )
    assert json.dumps(identity.to_dict()).isascii()
    assert str(identity).isprintable()


def test_any_bytes_of_a_certificate() -> None:
    """Mutations of a certificate never raise, and every part prints."""
    rng = Random(1)
    der = issued(PUMP, hardware_module(TPM_2, b"SN-17"), permanent_identifier(tlv(0x0C, b"a")), uri(UUID)).der
    read = 0
    for _ in range(2000):
        identity = DeviceIdentity.from_certificate(
            Certificate(mutation.mutated(rng, der, mutation.real_certificates()))
        )
        read += bool(identity.serial_number)
        assert all(str(part).isprintable() for part in identity.parts)
        json.dumps(identity.to_dict())
    assert read > 0
