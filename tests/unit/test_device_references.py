"""A verdict bound to an inventory record: what is listed, and what a certificate says to it."""

from __future__ import annotations

from random import Random

import pytest

import mutation
from devicetrust import Certificate, Outcome, RevocationPolicy, TrustStore, Verifier, profiles
from devicetrust.findings import Effect
from devicetrust.identity import NAME_MISMATCH, Match, Reference, findings, matches
from devicetrust.identity.devices import DEVICE_MISMATCH, NO_DEVICE_IDENTITY
from devicetrust.testing.der import dns, name, object_identifier, octet_string, other_name, sequence, tlv, uri
from devicetrust.testing.keys import Key
from devicetrust.x509.names import Attribute
from pki import AT, Authority, common_name, key

ROOT = Authority(common_name("Ward Root"), key("p256", 0))
HOLDER: Key = key("p256", 9)
SERIAL_NUMBER, ORGANIZATION = "2.5.4.5", "2.5.4.10"
TYPE = "1.3.6.1.4.1.343.9"
UUID = "urn:uuid:142c0e2d-5af8-54c0-bb7e-6b603f646e4a"
UDI = "(01)10614141123459(21)400"
SPIFFE = "spiffe://hospital.example/pump/17"
HOST = "pump-17.icu.example"
DEVICE = Reference.device(serial_number="SN-17")
SUBJECT, SAN = "tbsCertificate.subject", "tbsCertificate.extensions.subjectAltName"


def issued(subject: bytes, *names: bytes) -> Certificate:
    return Certificate(ROOT.issues(subject, HOLDER, *names).sealed(ROOT.key))


def pump(serial: str = "SN-17", maker: str = "Acme Medical") -> bytes:
    return name((ORGANIZATION, maker), (SERIAL_NUMBER, serial))


def hardware_module(kind: str, serial: bytes) -> bytes:
    return other_name("1.3.6.1.5.5.7.8.4", sequence(object_identifier(kind), octet_string(serial)))


def permanent_identifier(*parts: bytes) -> bytes:
    return other_name("1.3.6.1.5.5.7.8.3", sequence(*parts))


def takes(reference: Reference, certificate: Certificate) -> bool:
    """Whether ``reference`` matches; `matches` and `findings` must agree."""
    matched = bool(matches(reference, certificate))
    assert (findings(reference, certificate) == ()) is matched
    return matched


NAMELESS = issued(common_name("pump"), dns(HOST))


class TestDevice:
    @pytest.mark.parametrize("presented", ["SN-17", "sn-17", " SN-17 "])
    def test_the_same_serial_number(self, presented: str) -> None:
        """X.520 6.2.9: serialNumber is compared by caseIgnoreMatch."""
        assert takes(DEVICE, issued(pump(presented), dns(HOST)))

    @pytest.mark.parametrize("presented", ["SN-1", "SN-177", "SN17", "S N-17", "SN-17.", "*"])
    def test_another_serial_number(self, presented: str) -> None:
        """No part, no pattern, no repair."""
        assert not takes(DEVICE, issued(pump(presented), dns(HOST)))

    def test_spaces_within_count_once(self) -> None:
        """RFC 4518 2.6.1: runs of spaces are one."""
        assert takes(Reference.device(serial_number="SN 17"), issued(pump("SN   17"), dns(HOST)))

    @pytest.mark.parametrize(("maker", "same"), [("ACME  medical", True), ("Acme", False)])
    def test_the_manufacturer_too(self, maker: str, same: bool) -> None:
        """Where it is listed, the organizationName must be it as well."""
        reference = Reference.device(serial_number="SN-17", manufacturer="Acme Medical")
        assert takes(reference, issued(pump(maker=maker), dns(HOST))) is same

    @pytest.mark.parametrize(
        "subject",
        [
            name((SERIAL_NUMBER, "SN-17"), (SERIAL_NUMBER, "SN-18")),
            name((SERIAL_NUMBER, "SN-17"), (SERIAL_NUMBER, "SN-17")),
        ],
    )
    def test_several_serial_numbers_name_no_one_device(self, subject: bytes) -> None:
        """The certificate does not say which it is, so it is none."""
        assert not takes(DEVICE, issued(subject, dns(HOST)))

    def test_several_manufacturers(self) -> None:
        """A second organizationName makes the first say nothing."""
        subject = name((ORGANIZATION, "Acme Medical"), (ORGANIZATION, "Other"), (SERIAL_NUMBER, "SN-17"))
        assert takes(DEVICE, issued(subject, dns(HOST)))
        assert not takes(
            Reference.device(serial_number="SN-17", manufacturer="Acme Medical"), issued(subject, dns(HOST))
        )

    @pytest.mark.parametrize(
        "elsewhere",
        [
            issued(common_name("SN-17"), dns(HOST)),
            issued(common_name("pump"), hardware_module(TYPE, b"SN-17")),
            issued(common_name("pump"), dns("SN-17")),
            issued(name(("2.5.4.97", "SN-17")), dns(HOST)),
        ],
    )
    def test_a_serial_number_is_sought_in_its_field_alone(self, elsewhere: Certificate) -> None:
        """The common name, another attribute, another kind of name: none is the subject's serialNumber."""
        assert not takes(DEVICE, elsewhere)

    def test_octets_that_are_no_text(self) -> None:
        """A serialNumber of a type that is no string matches nothing."""
        attribute = sequence(object_identifier(SERIAL_NUMBER), octet_string(b"SN-17"))
        assert not takes(DEVICE, issued(sequence(tlv(0x31, attribute)), dns(HOST)))


class TestHardwareModule:
    REFERENCE = Reference.hardware_module(TYPE, b"SN-17")

    def test_octet_for_octet(self) -> None:
        """RFC 4108 5: type and serial number, in any of the names."""
        assert takes(self.REFERENCE, issued(pump(), hardware_module("1.2.3", b"x"), hardware_module(TYPE, b"SN-17")))

    @pytest.mark.parametrize(
        "other",
        [
            hardware_module(TYPE, b"sn-17"),
            hardware_module(f"{TYPE}.1", b"SN-17"),
            hardware_module(TYPE, b"SN-17\0"),
            other_name("1.3.6.1.5.5.7.8.4", octet_string(b"SN-17")),
            other_name("1.3.6.1.5.5.7.8.3", sequence(object_identifier(TYPE), octet_string(b"SN-17"))),
        ],
    )
    def test_anything_else(self, other: bytes) -> None:
        """Case counts, and what cannot be read matches nothing."""
        assert not takes(self.REFERENCE, issued(pump(), other))


class TestPermanentIdentifier:
    REFERENCE = Reference.permanent_identifier("SN-17", TYPE)
    VALUE, ASSIGNER = tlv(0x0C, b"SN-17"), object_identifier(TYPE)

    def test_value_and_assigner(self) -> None:
        """RFC 4043 2: the same value by the same assigner."""
        assert takes(self.REFERENCE, issued(common_name("pump"), permanent_identifier(self.VALUE, self.ASSIGNER)))

    def test_without_a_value_the_serial_number_is_meant(self) -> None:
        """RFC 4043 2: the subject's serialNumber, where it is the only one."""
        assert takes(self.REFERENCE, issued(pump(), permanent_identifier(self.ASSIGNER)))
        assert not takes(self.REFERENCE, issued(common_name("pump"), permanent_identifier(self.ASSIGNER)))

    @pytest.mark.parametrize(
        "other",
        [
            permanent_identifier(VALUE),
            permanent_identifier(tlv(0x0C, b"sn-17"), ASSIGNER),
            permanent_identifier(VALUE, object_identifier("1.2.3")),
            permanent_identifier(tlv(0x13, b"SN-17"), ASSIGNER),
        ],
    )
    def test_anything_else(self, other: bytes) -> None:
        """Without an assigner it is the issuer's own, and another assigner's value is another holder."""
        assert not takes(self.REFERENCE, issued(common_name("pump"), other))


class TestURIs:
    @pytest.mark.parametrize(
        ("reference", "presented", "same"),
        [
            (Reference.udi(UDI), "urn:epc:id:sgtin:0614141.112345.400", True),
            (Reference.udi(UDI), "https://id.gs1.org/01/10614141123459/10/LOT/21/400", True),
            (Reference.udi("(01)10614141123459(17)300101(21)400"), "urn:epc:id:sgtin:0614141.112345.400", True),
            (Reference.udi(UDI), "urn:epc:id:sgtin:0614141.112345.401", False),
            (Reference.udi(UDI), "urn:epc:id:sgtin:0614141.112346.400", False),
            (Reference.udi(UDI), "https://id.gs1.org/01/10614141123459", False),
            (Reference.udi(UDI), "https://id.gs1.org/01/10614141123458/21/400", False),
            (Reference.udi(UDI), "https://evil.example/01/10614141123459/21/400", False),
            (Reference.sdc_endpoint(UUID), UUID.upper(), True),
            (Reference.sdc_endpoint(UUID), UUID[:-1] + "b", False),
            (Reference.sdc_endpoint(UUID), "urn:uuid:142c0e2d", False),
            (Reference.spiffe(SPIFFE), SPIFFE, True),
            (Reference.spiffe(SPIFFE), "spiffe://hospital.example/pump/171", False),
            (Reference.spiffe(SPIFFE), "spiffe://hospital.example/Pump/17", False),
            (Reference.spiffe(SPIFFE), "spiffe://hospital.example/pump/%317", False),
        ],
    )
    def test_what_a_uri_names(self, reference: Reference, presented: str, same: bool) -> None:
        """A UDI by model and serial number, an endpoint by its UUID, a workload by its characters."""
        assert takes(reference, issued(common_name("pump"), uri(presented))) is same

    def test_an_svid_has_one_uri(self) -> None:
        """X509-SVID 5.2: with another URI beside the SPIFFE ID it is none; other names may be there."""
        assert takes(Reference.spiffe(SPIFFE), issued(common_name("pump"), dns(HOST), uri(SPIFFE)))
        assert not takes(Reference.spiffe(SPIFFE), issued(common_name("pump"), uri(SPIFFE), uri("https://a.example")))


class TestInventory:
    """An entry binds to what is listed under it, and says so."""

    LISTED = (
        Reference.ae_title("PUMP17", listed=DEVICE),
        Reference.udi("+A123BJC5D6E71G", listed=DEVICE),
        Reference.udi("(01)10614141123459", listed=DEVICE),
        Reference.sdc_endpoint(UUID, listed=DEVICE),
    )

    @pytest.mark.parametrize("entry", LISTED)
    def test_the_listed_identity_is_compared(self, entry: Reference) -> None:
        """The certificate must be what is listed; the entry itself is in no certificate."""
        right, wrong = issued(pump(), dns(HOST)), issued(pump("SN-18"), dns(HOST))
        assert takes(entry, right)
        assert not takes(entry, wrong)
        assert not takes(entry, issued(common_name("PUMP17"), uri(UUID)))
        (finding,) = findings(entry, wrong)
        assert finding.facts["wanted"] == f"device:SN-17, {entry.entry}"
        assert (finding.code, str(entry)) == (DEVICE_MISMATCH, f"device:SN-17, {entry.entry}")

    def test_entries_by_name(self) -> None:
        """The words are those of the entry."""
        assert [entry.entry for entry in self.LISTED] == [
            "listed under ae_title PUMP17",
            "listed under udi +A123BJC5D6E71G",
            "listed under udi (01)10614141123459",
            f"listed under sdc_endpoint {UUID}",
        ]

    def test_several_may_be_listed(self) -> None:
        """What is listed may be any reference, of services too."""
        both = Reference.ae_title("PACS", listed=Reference.all_of(Reference.dns(HOST), DEVICE))
        assert [match.reference for match in matches(both, issued(pump(), dns(HOST)))] == [Reference.dns(HOST), DEVICE]
        found = findings(both, issued(pump("SN-18"), dns("a.example")))
        assert [finding.code for finding in found] == [NAME_MISMATCH, DEVICE_MISMATCH]


class TestFindings:
    def test_what_was_wanted_and_what_was_found(self) -> None:
        """The certificate of another device: both are named, with the field that is compared."""
        (finding,) = findings(DEVICE, issued(pump("SN-18"), dns(HOST)))
        assert (finding.code, finding.where) == (DEVICE_MISMATCH, (0, SUBJECT))
        assert dict(finding.facts) == {
            "wanted": "device:SN-17",
            "presented": ("serialNumber SN-18",),
            "presented_count": 1,
        }
        assert finding.what == "the certificate is not that of device:SN-17; it says serialNumber SN-18"

    @pytest.mark.parametrize(
        ("reference", "field"),
        [
            (DEVICE, SUBJECT),
            (Reference.hardware_module(TYPE, b"1"), SAN),
            (Reference.permanent_identifier("1", TYPE), SAN),
            (Reference.udi(UDI), SAN),
            (Reference.sdc_endpoint(UUID), SAN),
            (Reference.spiffe(SPIFFE), SAN),
            (Reference.any_of(DEVICE, Reference.hardware_module(TYPE, b"1")), SUBJECT),
        ],
    )
    def test_a_certificate_that_says_nothing_of_the_kind(self, reference: Reference, field: str) -> None:
        """It is said apart from a mismatch, and refuses as well."""
        (finding,) = findings(reference, NAMELESS)
        assert (finding.code, finding.where) == (NO_DEVICE_IDENTITY, (0, field))
        assert dict(finding.facts) == {"wanted": str(reference)}

    def test_names_and_devices_together(self) -> None:
        """`any_of` takes either; where neither is borne out, one finding names all that was presented."""
        either = Reference.any_of(Reference.dns("a.example"), DEVICE)
        certificate = issued(pump("SN-18"), dns(HOST))
        (finding,) = findings(either, certificate)
        assert (finding.code, finding.facts["presented"]) == (NAME_MISMATCH, ("serialNumber SN-18", f"dns:{HOST}"))
        assert takes(either, issued(pump(), dns(HOST)))
        assert matches(DEVICE, issued(pump(), dns(HOST))) == (Match(DEVICE, Attribute(SERIAL_NUMBER, 0x13, b"SN-17")),)

    def test_text_does_not_steer_a_terminal(self) -> None:
        """What a certificate says is escaped in facts."""
        subject = name((ORGANIZATION, "A\x1b[2J"), (SERIAL_NUMBER, "1"))
        (finding,) = findings(Reference.device(serial_number="2", manufacturer="B"), issued(subject, dns(HOST)))
        assert finding.facts["presented"] == ("serialNumber 1", "organizationName A\\1B[2J")

    def test_both_refuse(self) -> None:
        """Whom a certificate names is never the profile's word; they rank beside a wrong name."""
        assert [(one.effect, one.rank) for one in (DEVICE_MISMATCH, NO_DEVICE_IDENTITY)] == [
            (Effect.REFUSES, NAME_MISMATCH.rank)
        ] * 2


class TestVerdict:
    VERIFIER = Verifier(
        TrustStore([Certificate(ROOT.root())]), profile=profiles.tls_server.evolve(revocation=RevocationPolicy.OFF)
    )

    def outcome(self, reference: Reference, certificate: Certificate, verifier: Verifier = VERIFIER) -> Outcome:
        return verifier.verify(certificate, reference=reference, at=AT).outcome

    def test_a_device_satisfies_a_profile_that_demands_a_reference(self) -> None:
        """`tls_server` demands one; the device's will do, and decides."""
        certificate = issued(pump(), dns(HOST))
        assert self.outcome(DEVICE, certificate) is Outcome.TRUSTED
        assert self.outcome(Reference.device(serial_number="SN-18"), certificate) is Outcome.UNTRUSTED

    def test_no_profile_admits_another_device(self) -> None:
        """A profile that only reports the code refuses all the same."""
        lax = self.VERIFIER.profile.evolve(reported_only=frozenset({DEVICE_MISMATCH.id, NO_DEVICE_IDENTITY.id}))
        verifier = self.VERIFIER.evolve(profile=lax)
        assert (
            self.outcome(Reference.device(serial_number="SN-18"), issued(pump(), dns(HOST)), verifier)
            is Outcome.UNTRUSTED
        )

    def test_a_kept_judgement_is_of_the_reference(self) -> None:
        """Asked again about another device, a verifier does not repeat its answer about the first."""
        certificate = issued(pump(), dns(HOST))
        asked = [DEVICE, Reference.device(serial_number="SN-18"), DEVICE, Reference.ae_title("A", listed=DEVICE)]
        admitted = [self.outcome(one, certificate).admits for one in asked]
        assert admitted == [True, False, True, True]


def test_any_bytes_of_a_certificate() -> None:
    """Whatever a certificate holds, every kind of reference is answered, and nothing raises."""
    rng = Random(1)
    der = issued(
        pump(), hardware_module(TYPE, b"SN-17"), permanent_identifier(tlv(0x0C, b"1")), uri(SPIFFE), uri(UUID)
    ).der
    references = [
        Reference.device(serial_number="SN-18", manufacturer="Acme Medical"),
        Reference.hardware_module(TYPE, b"SN-18"),
        Reference.permanent_identifier("2", TYPE),
        Reference.udi(UDI),
        Reference.sdc_endpoint(UUID[:-1] + "b"),
        Reference.spiffe(SPIFFE),
        Reference.ae_title("PUMP18", listed=Reference.device(serial_number="SN-18")),
    ]
    whole = Reference.all_of(*references)
    certificates = [Certificate(mutation.mutated(rng, der, (der,))) for _ in range(2000)]
    readable = [one for one in certificates if one.unreadable is None]
    assert readable != []
    for certificate in readable:
        found = findings(whole, certificate)
        assert {one.code for one in found} <= {DEVICE_MISMATCH, NO_DEVICE_IDENTITY}
        assert all(one.what.isprintable() for one in found)
