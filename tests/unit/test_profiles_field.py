"""What the profiles of the field demand: roles of SDC, DICOM, UDAP, EAP-TLS, and identities by IEEE 802.1AR."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import pki
from devicetrust import (
    Outcome,
    Profile,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verifier,
    load_certificates,
    profiles,
    testing,
)
from devicetrust.profiles import BUILT_IN, ReferenceDemand
from devicetrust.x509.oids import SUBJECT_ALT_NAME
from pki import CLIENT_AUTH, SERVER_AUTH
from pki_shapes import Scene
from ward import HOST, ask, blocking, including, scene, without
from ward_revocation import ROOT_CRL, crl
from ward_revocation import ask as ask_of_status

PROVIDER, CONSUMER = "1.2.840.10004.20701.1.1", "1.2.840.10004.20701.1.2"
PURPOSE = ("purpose.not_allowed", 0)
AT = datetime(2026, 6, 1, tzinfo=UTC)


def for_purposes(*purposes: str) -> Scene:
    """A leaf that lists these key purposes; none: without the extension."""
    changed = without(0, pki.EXTENDED_KEY_USAGE)(scene())
    return including(0, pki.extended_key_usage(*purposes))(changed) if purposes else changed


class TestReferences:
    def test_who_may_be_a_server_is_asked_for(self) -> None:
        """A profile of certificates that may authenticate a server, or a signer by name, demands a reference."""
        demanding = {name for name, one in BUILT_IN.items() if one.reference is ReferenceDemand.REQUIRED}
        servers = {name for name, one in BUILT_IN.items() if SERVER_AUTH in one.key_purposes}
        assert demanding == servers | {"ihe_atna", "fhir_udap"}

    def test_udap_asks_for_the_issuer_of_the_token(self) -> None:
        """UDAP: the iss of a JWT is a URI of the subjectAltName."""
        iss = "https://fhir.example.com/r4"
        changed = including(0, pki.subject_alternative_name(pki.uri(iss)))(without(0, SUBJECT_ALT_NAME)(scene()))
        told = [ask(changed, profiles.fhir_udap, reference=Reference.uri(one)).outcome for one in (iss, iss + "/x")]
        assert told == [Outcome.TRUSTED, Outcome.UNTRUSTED]


class TestPurposes:
    @pytest.mark.parametrize(
        ("purposes", "served"),
        [
            ((SERVER_AUTH, CLIENT_AUTH, PROVIDER), {"sdc_provider"}),
            ((SERVER_AUTH, CLIENT_AUTH, CONSUMER), {"sdc_consumer"}),
            ((SERVER_AUTH, CLIENT_AUTH, PROVIDER, CONSUMER), {"sdc_provider", "sdc_consumer", "sdc_participant"}),
            ((SERVER_AUTH, PROVIDER), set()),
            ((CLIENT_AUTH, CONSUMER), set()),
            ((SERVER_AUTH, CLIENT_AUTH), set()),
            (("2.5.29.37.0",), set()),
            ((), set()),
        ],
    )
    def test_roles_of_sdc(self, purposes: tuple[str, ...], served: set[str]) -> None:
        """IEEE 11073-20701 9.3: the role is listed, beside both purposes of TLS; no other certificate bears it."""
        names = ("sdc_provider", "sdc_consumer", "sdc_participant")
        asked = for_purposes(*purposes)
        assert {name for name in names if ask(asked, BUILT_IN[name]).outcome is Outcome.TRUSTED} == served
        assert all(PURPOSE in blocking(ask(asked, BUILT_IN[name])) for name in set(names) - served)

    @pytest.mark.parametrize(
        ("name", "admitted"),
        [
            ("dicom_node", {(), (SERVER_AUTH, CLIENT_AUTH), ("2.5.29.37.0",)}),
            ("gateway", {(SERVER_AUTH, CLIENT_AUTH)}),
            ("mqtt_device", {(CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH)}),
            ("ldevid", {(CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH)}),
            ("idevid", {(), (CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH), ("2.5.29.37.0",)}),
            ("eap_tls_peer", {(), (CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH), ("2.5.29.37.0",)}),
            ("eap_tls_server", {(), (SERVER_AUTH,), (SERVER_AUTH, CLIENT_AUTH), ("2.5.29.37.0",)}),
        ],
    )
    def test_purposes_of_tls(self, name: str, admitted: set[tuple[str, ...]]) -> None:
        """Each asks for the purposes of its holder's role in TLS; they may be absent where the standard says so."""
        every = [(), (SERVER_AUTH,), (CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH), ("2.5.29.37.0",), (pki.CODE_SIGNING,)]
        profile = BUILT_IN[name].evolve(revocation=RevocationPolicy.OFF)
        assert {one for one in every if PURPOSE not in blocking(ask(for_purposes(*one), profile))} == admitted


class TestEapTlsServer:
    def test_its_status_must_be_known(self) -> None:
        """RFC 9190 5.4: without a status for each certificate of its chain the server is not trusted."""
        profile = profiles.eap_tls_server
        assert ask(scene(), profile).outcome is Outcome.UNDECIDED
        known = ask_of_status(scene(), profile.revocation, ROOT_CRL, crl(), profile=profile)
        assert known.outcome is Outcome.TRUSTED


class TestSamples:
    @pytest.mark.parametrize("name", ["sdc_provider", "sdc_consumer", "sdc_participant"])
    def test_a_real_participant(self, shared: Path, name: str) -> None:
        """Draeger's SDC certificate bears both roles, and has neither names nor key usage."""
        (leaf,) = load_certificates(shared / "samples" / "sdc" / "sdc-participant.pem")
        trust = TrustStore.from_file(shared / "samples" / "sdc" / "draeger-test-root.pem")
        verdict = Verifier(trust, profile=BUILT_IN[name]).verify(leaf, reference=Reference.UNCHECKED, at=AT)
        assert verdict.outcome is Outcome.TRUSTED, verdict.explain()

    def test_a_real_idevid(self, shared: Path) -> None:
        """While its CA was valid, the IDevID of RFC 8995's authors stands, though it has no key identifier above."""
        (leaf,) = load_certificates(shared / "samples" / "idevid" / "idevid-masa-url.pem")
        trust = TrustStore.from_file(shared / "samples" / "idevid" / "vendor-ca.pem")
        then = datetime(2022, 6, 1, tzinfo=UTC)
        verdict = Verifier(trust, profile=profiles.idevid).verify(leaf, at=then)
        assert verdict.outcome is Outcome.TRUSTED, verdict.explain()


OF_KIND = {
    testing.DeviceKind.INFUSION_PUMP: profiles.tls_client,
    testing.DeviceKind.PATIENT_MONITOR: profiles.gateway,
    testing.DeviceKind.IMAGING_MODALITY: profiles.dicom_node,
    testing.DeviceKind.LABORATORY_ANALYSER: profiles.tls_client,
    testing.DeviceKind.PACS: profiles.dicom_node,
    testing.DeviceKind.GATEWAY: profiles.gateway,
    testing.DeviceKind.SDC_PROVIDER: profiles.sdc_provider,
    testing.DeviceKind.SDC_CONSUMER: profiles.sdc_consumer,
    testing.DeviceKind.MQTT_DEVICE: profiles.mqtt_device,
}


@pytest.fixture(scope="module")
def hospital() -> testing.Hospital:
    return testing.Hospital(seed=5, at=AT)


class TestKinds:
    @pytest.mark.parametrize("kind", testing.DeviceKind)
    def test_a_device_verifies_under_the_profile_of_its_kind(
        self, hospital: testing.Hospital, kind: testing.DeviceKind
    ) -> None:
        """A device of the hospital is trusted for what it is for, as an LDevID, as an EAP-TLS peer, and by ATNA."""
        device = hospital.device(f"kind-{kind.value.replace('_', '-')}", kind)
        for profile in (OF_KIND[kind], profiles.ldevid, profiles.eap_tls_peer, profiles.ihe_atna):
            verdict = hospital.verify(device, profile=profile)
            assert verdict.outcome is Outcome.TRUSTED, verdict.explain()

    @pytest.mark.parametrize("kind", testing.DeviceKind)
    def test_an_idevid_verifies_as_such(self, hospital: testing.Hospital, kind: testing.DeviceKind) -> None:
        """A device with its manufacturer's identity is trusted as an IDevID."""
        name = f"made-{kind.value.replace('_', '-')}"
        device = hospital.device(name, kind, identity=testing.DevID.IDEVID)
        verdict = hospital.verify(device, profile=profiles.idevid)
        assert verdict.outcome is Outcome.TRUSTED, verdict.explain()

    def test_no_kind_passes_for_an_sdc_role_that_it_lacks(self, hospital: testing.Hospital) -> None:
        """A provider is no consumer, and a pump is neither."""

        def outcome(kind: str, profile: Profile) -> Outcome:
            return hospital.verify(hospital.device(f"role-{kind.replace('_', '-')}", kind), profile=profile).outcome

        assert outcome("sdc_provider", profiles.sdc_consumer) is Outcome.UNTRUSTED
        assert outcome("sdc_consumer", profiles.sdc_provider) is Outcome.UNTRUSTED
        assert outcome("infusion_pump", profiles.sdc_provider) is Outcome.UNTRUSTED


def test_names_are_matched_under_each() -> None:
    """A reference binds under every profile."""
    for name, profile in BUILT_IN.items():
        verdict = ask(scene(), profile, reference=Reference.dns("other.example.com"))
        assert ("identity.name_mismatch", 0) in blocking(verdict), name
        right = ask(scene(), profile, reference=Reference.dns(HOST))
        assert ("identity.name_mismatch", 0) not in blocking(right), name
