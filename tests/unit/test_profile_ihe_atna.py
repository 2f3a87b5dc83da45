"""IHE ATNA, ITI-19 3.19.6.1: nobody is refused for usages or names, BER is read, weak keys are refused."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

import pki
from devicetrust import Outcome, Reference, TrustStore, Verifier, profiles
from devicetrust.testing import Fault, Hospital
from devicetrust.x509.der import Tolerance
from devicetrust.x509.oids import SUBJECT_ALT_NAME
from pki import Draft, Extension, Key, key
from pki_shapes import Link, Scene
from ward import DEVICE, HOST, ISSUING, ask, blocking, found, scene, without

ATNA = profiles.ihe_atna
PURPOSES = (pki.SERVER_AUTH, pki.CLIENT_AUTH, pki.CODE_SIGNING, "2.5.29.37.0", "1.3.6.1.5.5.7.3.9", "2.16.840.1.1.1")
NAMES = (
    pki.dns("a.example"),
    pki.dns("*.example"),
    pki.dns("not_a host"),
    pki.uri("urn:oid:1.2.3"),
    pki.uri("nonsense"),
    pki.email("no at sign"),
    pki.tlv(0x87, b"\x0a\x00\x00\x01"),
    pki.tlv(0x88, b"\x2a\x03"),
)


def changed(rng: Random) -> Scene:
    """The ward's chain with any key usage, key purposes and names in the leaf, or without them."""
    asked = without(0, pki.KEY_USAGE, pki.EXTENDED_KEY_USAGE, SUBJECT_ALT_NAME)(scene())
    extensions: list[Extension] = []
    if rng.random() < 0.8:
        bits = set(rng.sample(range(9), rng.randint(1, 9)))
        usage = pki.key_usage(*bits)
        extensions.append(usage._replace(critical=rng.random() < 0.5))
    if rng.random() < 0.8:
        listed = rng.sample(PURPOSES, rng.randint(1, len(PURPOSES)))
        extensions.append(pki.extended_key_usage(*listed, critical=rng.random() < 0.5))
    if rng.random() < 0.8:
        names = rng.sample(NAMES, rng.randint(1, len(NAMES)))
        extensions.append(pki.subject_alternative_name(*names, critical=rng.random() < 0.5))
    return asked.drafting(0, lambda draft: draft.including(*extensions))


class TestEndEntities:
    def test_no_usage_purpose_or_name_refuses(self) -> None:
        """ITI-19 3.19.6.1.3: changing these of the leaf never turns TRUSTED into UNTRUSTED."""
        rng = Random(19)
        assert ask(scene(), ATNA).outcome is Outcome.TRUSTED
        for number in range(300):
            verdict = ask(changed(rng), ATNA)
            assert verdict.outcome is Outcome.TRUSTED, (number, verdict.explain())

    def test_the_same_changes_refuse_elsewhere(self) -> None:
        """The changes are grave: as TLS clients hardly any of these leaves is trusted."""
        rng = Random(19)
        trusted = sum(ask(changed(rng), profiles.tls_client).outcome is Outcome.TRUSTED for _ in range(300))
        assert trusted < 30

    def test_unknown_attributes_are_admitted(self) -> None:
        """ITI-19 3.19.6.1.3: nor are unknown attributes a reason; RFC 5280 4.2 still has critical ones refuse."""

        def unknown(critical: bool) -> Scene:
            extension = Extension("1.3.6.1.4.1.55555.9", critical, b"\x05\x00")
            return scene().drafting(0, lambda draft: draft.including(extension))

        assert ask(unknown(False), ATNA).outcome is Outcome.TRUSTED
        assert blocking(ask(unknown(True), ATNA)) == {("extension.critical_unknown", 0)}

    def test_pinned(self) -> None:
        """ITI-19 3.19.6.1.2: a node may be trusted directly, whoever issued its certificate."""
        leaf = changed(Random(3)).sealed(0)
        judge = Verifier(TrustStore(pinned=[leaf]), profile=ATNA)
        assert judge.verify(leaf, reference=Reference.UNCHECKED, at=pki.AT).outcome is Outcome.TRUSTED

    def test_a_name_that_is_asked_for_must_be_there(self) -> None:
        """ITI-19 3.19.6.1.4: with the option of FQDN validation the caller states the name."""
        assert ask(scene(), ATNA, reference=Reference.dns(HOST)).outcome is Outcome.TRUSTED
        assert blocking(ask(scene(), ATNA, reference=Reference.dns("b.example"))) == {("identity.name_mismatch", 0)}


class TestAuthorities:
    def test_chain_steps_on_cas_stand(self) -> None:
        """What RFC 5280 asks of CAs is asked: a CA that is none, or may not sign certificates, refuses."""
        none = scene().drafting(1, lambda draft: _with(draft, pki.basic_constraints(ca=False)))
        mute = scene().drafting(1, lambda draft: _with(draft, pki.key_usage(pki.CRL_SIGN)))
        assert ("ca.not_a_ca", 1) in blocking(ask(none, ATNA))
        assert ("ca.key_usage", 1) in blocking(ask(mute, ATNA))


class TestEncoding:
    BER = (
        Tolerance.SET_ORDER,
        Tolerance.DEFAULT_ENCODED,
        Tolerance.BOOLEAN_NOT_DER,
        Tolerance.LENGTH_NOT_MINIMAL,
        Tolerance.INTEGER_NOT_MINIMAL,
    )

    def test_ber_is_tolerated_on_every_certificate(self) -> None:
        """ITI-19 3.19.6.1.1: BER is read as well as DER, of CAs and end entities, and no more than that."""
        assert (ATNA.tolerances, ATNA.leaf_tolerances) == (frozenset(self.BER), frozenset(self.BER))

    def test_each_departure_is_a_finding(self) -> None:
        """A leaf in BER is trusted, and the verdict says what of it is not DER, and where."""
        rdn = pki.tlv(
            0x31,
            *(pki.sequence(pki.object_identifier(oid), pki.tlv(0x0C, b"x")) for oid in ("2.5.4.10", "2.5.4.3")),
        )
        asked = scene().replacing(0, subject=pki.sequence(rdn))
        verdict = ask(asked, ATNA)
        assert (verdict.outcome, ("encoding.tolerated", 0) in found(verdict)) == (Outcome.TRUSTED, True)
        assert ("encoding.not_tolerated", 0) in blocking(ask(asked, profiles.tls_client))


class TestStrength:
    def with_key(self, holder: Key) -> Scene:
        leaf = ISSUING.issues(DEVICE.name, holder, pki.dns(HOST))
        first, *above = scene().chain
        return scene()._replace(chain=(Link(leaf, first.holder._replace(key=holder)), *above))

    def test_1024_bits_are_refused_by_bcp195(self) -> None:
        """ITI-19 3.19.6.1.3 allows RSA of 1024 bits "or BCP 195": the latter forbids it, and the finding says so."""
        verdict = ask(self.with_key(key("rsa1024")), ATNA)
        finding = next(one for one in verdict.findings if one.code.id == "strength.key")
        assert ("strength.key", 0) in blocking(verdict)
        assert (finding.facts["policy"], finding.source) == ("bcp195", "RFC 9325 4.5")

    def test_2048_bits_are_admitted(self) -> None:
        """The range of ITI-19 from 2048 bits on is within BCP 195."""
        assert ask(self.with_key(key("rsa2048")), ATNA).outcome is Outcome.TRUSTED


class TestHandshake:
    def test_openssl_refuses_what_is_admitted_here(self, tmp_path: Path) -> None:
        """A client for code signing alone is trusted by ATNA; OpenSSL's handshake refuses it, as a warning says."""
        hospital = Hospital(seed=1)
        modality = hospital.device("modality-1", "imaging_modality", faults=[Fault.WRONG_PURPOSE])
        verdict = hospital.verify(modality, profile=ATNA)
        assert verdict.outcome is Outcome.TRUSTED
        assert {("compatibility.client_key_purpose", 0), ("compatibility.server_key_purpose", 0)} <= found(verdict)
        archive = hospital.device("archive-1", "pacs")
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.verify_mode = ssl.CERT_REQUIRED
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for context, device in ((server, archive), (client, modality)):
            certificate, private_key = tmp_path / f"{device.name}.pem", tmp_path / f"{device.name}.key"
            certificate.write_bytes(device.chain_pem)
            private_key.write_bytes(device.private_key_pem)
            context.load_cert_chain(certificate, private_key)
            context.load_verify_locations(cadata=hospital.roots_pem.decode("ascii"))
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate purpose"):
            _shake_hands(server, client, archive.host)


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """Both ends of a TLS handshake in memory; raises what the server says of it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()


def _with(draft: Draft, extension: Extension) -> Draft:
    return draft.without(extension.oid).including(extension)
