"""A hospital made for tests is right where it means to be: for three verifiers, in each algorithm, each time alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import engines
from devicetrust import (
    CertificateID,
    MisuseError,
    OCSPResponse,
    Outcome,
    Profile,
    Reference,
    TrustAnchor,
    TrustStore,
    Verifier,
    fetch,
    load_certificates,
    load_crls,
    profiles,
    testing,
)
from devicetrust.fetch import HttpFetcher
from devicetrust.testing import Fault, der
from devicetrust.testing.extensions import CLIENT_AUTH, SERVER_AUTH
from devicetrust.testing.responders import Question, RevocationServer
from devicetrust.trust.test_mark import TEST_ORGANIZATION, TEST_POLICY
from devicetrust.x509.names import Name
from devicetrust.x509.ocsp import ResponseStatus
from devicetrust.x509.reasons import RevocationReason
from pki_shapes import Case

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOSPITAL = testing.Hospital(seed=1, at=AT)
KINDS = list(testing.DeviceKind)
WEB_ALGORITHMS = [testing.KeyAlgorithm.RSA_2048, testing.KeyAlgorithm.P256, testing.KeyAlgorithm.P384]
STRONG_ALGORITHMS = [
    *WEB_ALGORITHMS,
    testing.KeyAlgorithm.RSA_3072,
    testing.KeyAlgorithm.ED25519,
    testing.KeyAlgorithm.ML_DSA_44,
    testing.KeyAlgorithm.ML_DSA_65,
    testing.KeyAlgorithm.ML_DSA_87,
]


def case(hospital: testing.Hospital, device: testing.Device, kind: str = "client") -> Case:
    """The device as the independent engines are asked about it."""
    return Case(
        device.name,
        device.certificate.der,
        tuple(one.der for one in device.chain[1:]),
        tuple(one.der for one in hospital.roots),
        device.host,
        kind,  # type: ignore[arg-type]
        "",
        AT,
    )


class TestDevices:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("identity", testing.DevID)
    def test_every_kind_passes_every_engine(self, kind: testing.DeviceKind, identity: testing.DevID) -> None:
        """pyca's verifier, OpenSSL (strict, by purpose) and the profiles agree that a good device is good."""
        device = HOSPITAL.device(f"{kind.value.replace('_', '-')}-1", kind, identity=identity)
        asked = {"client": CLIENT_AUTH, "server": SERVER_AUTH}
        for role in (role for role, purpose in asked.items() if purpose in kind.purposes):
            assert engines.pyca(case(HOSPITAL, device, role)) is None
            assert engines.openssl(case(HOSPITAL, device, role)) is None
            profile: Profile = getattr(profiles, f"tls_{role}")
            assert [f for f in HOSPITAL.verify(device, profile=profile).findings if f.severity.value != "notice"] == []
        assert HOSPITAL.verify(device, profile=profiles.rfc5280).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize("algorithm", STRONG_ALGORITHMS)
    def test_every_algorithm(self, algorithm: testing.KeyAlgorithm) -> None:
        """A hospital of each algorithm stands, for OpenSSL too, and for pyca where the Web PKI knows it."""
        hospital = testing.Hospital(seed=2, at=AT, algorithm=algorithm)
        device = hospital.device("gateway-1", "gateway")
        assert hospital.verify(device).outcome is Outcome.TRUSTED
        assert engines.openssl(case(hospital, device)) is None
        if algorithm in WEB_ALGORITHMS:
            assert engines.pyca(case(hospital, device)) is None

    def test_the_old_root_alone_will_do(self) -> None:
        """The roots vouch for each other, so a verifier that knows the old one alone gets there."""
        device = HOSPITAL.device("pump-1")
        trust = TrustStore.for_tests([HOSPITAL.old_root.certificate])
        verifier = Verifier(trust, profile=profiles.tls_client, intermediates=HOSPITAL.cross_certificates)
        verdict = verifier.verify(
            device.certificate,
            device.chain[1:],
            evidence=HOSPITAL.evidence(device),
            reference=Reference.dns(device.host),
            at=AT,
        )
        assert (verdict.outcome, len(verdict.path)) == (Outcome.TRUSTED, 4)

    def test_without_at_it_is_now(self) -> None:
        """A hospital made without a moment serves at once."""
        hospital = testing.Hospital()
        device = hospital.device("pump-1")
        verifier = Verifier(hospital.trust_store(), profile=profiles.tls_client)
        asked = {"evidence": hospital.evidence(device), "reference": Reference.dns(device.host)}
        assert verifier.verify(device.certificate, device.chain[1:], **asked).outcome is Outcome.TRUSTED

    def test_the_same_each_time(self) -> None:
        """One seed and moment: the same bytes; another seed: other keys."""
        again, other = testing.Hospital(seed=1, at=AT), testing.Hospital(seed=3, at=AT)
        device = HOSPITAL.device("monitor-1", "patient_monitor")
        assert again.device("monitor-1", "patient_monitor").chain == device.chain
        assert again.crls() == testing.Hospital(seed=1, at=AT).crls()
        assert other.device("monitor-1").certificate.public_key != device.certificate.public_key

    def test_ml_dsa_has_the_same_contents(self) -> None:
        """ML-DSA signatures differ each time, what they sign does not."""
        made = [testing.Hospital(at=AT, algorithm=testing.KeyAlgorithm.ML_DSA_44).device("pump-1") for _ in range(2)]
        assert made[0].certificate.tbs_certificate == made[1].certificate.tbs_certificate

    def test_rsa_keys_come_round(self) -> None:
        """There are sixteen of 2048 bits; devices share eight of them, and none has the key of a root or CA."""
        hospital = testing.Hospital(at=AT, algorithm=testing.KeyAlgorithm.RSA_2048)
        keys = [hospital.device(f"pump-{number}").certificate.subject_public_key_info for number in range(25)]
        of_authorities = {one.subject_public_key_info for one in (*hospital.roots, *hospital.issuing_cas)}
        assert (len(set(keys)), keys[8], keys[24]) == (8, keys[0], keys[0])
        assert (len(of_authorities), of_authorities.isdisjoint(keys)) == (4, True)

    @pytest.mark.parametrize("algorithm", [testing.KeyAlgorithm.RSA_2048, testing.KeyAlgorithm.RSA_3072])
    @pytest.mark.parametrize("fault", [testing.Fault.WRONG_ISSUER_KEY, testing.Fault.CRL_BY_WRONG_SIGNER])
    def test_a_stranger_never_has_the_key_of_the_ca(
        self, algorithm: testing.KeyAlgorithm, fault: testing.Fault
    ) -> None:
        """However many RSA keys were handed out before, what a stranger signs is wrong."""
        found = set()
        for devices_before in range(17):
            hospital = testing.Hospital(at=AT, algorithm=algorithm)
            for number in range(devices_before):
                hospital.device(f"monitor-{number}")
            found.add(hospital.verify(hospital.device("pump-1", faults=[fault])).headline.code.id)
        assert found == {fault.expected.code}

    def test_common_names_are_never_too_long(self) -> None:
        """RFC 5280 A.1: at most 64 characters, however long the domain and however many the faults."""
        hospital = testing.Hospital(at=AT, domain=".".join(["long-department-name"] * 4) + ".hospital.example")
        status_faults = [fault for fault in testing.Fault if fault.value.startswith("crl_")]
        device = hospital.device("pump-1", faults=status_faults)
        common_names = [name for one in device.chain for name in one.subject.values("2.5.4.3")]
        assert common_names[0] == "pump-1"
        assert max(map(len, common_names)) <= 64
        assert hospital.verify(hospital.device("pump-1")).outcome is Outcome.TRUSTED

    def test_chosen_dates(self) -> None:
        """A device is valid when it is asked to be."""
        device = HOSPITAL.device("pump-1", not_before=AT - DAY, not_after=AT + DAY)
        outcomes = [HOSPITAL.verify(device, AT + days * DAY).outcome for days in (-2, 0, 2)]
        assert outcomes == [Outcome.UNTRUSTED, Outcome.TRUSTED, Outcome.UNTRUSTED]

    @pytest.mark.parametrize("arguments", [("pump 1",), ("",), (7,), ("pump-1", "toaster"), ("pump-1", 3)])
    def test_misuse(self, arguments: tuple[object, ...]) -> None:
        """A name that is no DNS label, and a kind that does not exist, are refused."""
        with pytest.raises(MisuseError):
            HOSPITAL.device(*arguments)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"faults": Fault.EXPIRED}, "faults is a list"),
            ({"faults": "expired"}, "faults is a list"),
            ({"faults": ["EXPIRED"]}, "each of faults is a member of Fault"),
            ({"identity": "IDEVID"}, "identity is a member of DevID"),
            ({"algorithm": "p256"}, "algorithm is a member of KeyAlgorithm"),
        ],
    )
    def test_misuse_says_what_is_wanted(self, wrong: dict[str, object], told: str) -> None:
        """A single fault without brackets, texts in the place of members."""
        with pytest.raises(MisuseError, match=told):
            HOSPITAL.device("pump-1", **wrong)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"domain": "no domain"}, "a hospital's domain is a DNS name"),
            ({"algorithm": "p256"}, "algorithm is a member of KeyAlgorithm"),
            ({"at": datetime(1981, 1, 1, tzinfo=UTC)}, "lies between 1982 and 9980"),
            ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, "lies between 1982 and 9980"),
        ],
    )
    def test_no_such_hospital(self, wrong: dict[str, object], told: str) -> None:
        """What no PKI can be made of is refused at once."""
        with pytest.raises(MisuseError, match=told):
            testing.Hospital(**wrong)  # type: ignore[arg-type]

    @pytest.mark.parametrize("at", [datetime(1982, 1, 1, tzinfo=UTC), datetime(9980, 1, 1, tzinfo=UTC)])
    def test_the_first_and_the_last_moment(self, at: datetime) -> None:
        """A hospital serves at both."""
        hospital = testing.Hospital(at=at)
        assert hospital.verify(hospital.device("pump-1")).outcome is Outcome.TRUSTED

    def test_faults_that_the_keys_allow(self) -> None:
        """All, but for SHA-1 where keys sign without a digest that could be chosen."""
        assert HOSPITAL.faults == tuple(Fault)
        hospital = testing.Hospital(at=AT, algorithm=testing.KeyAlgorithm.ED25519)
        assert {*Fault} - {*hospital.faults} == {Fault.SHA1_SIGNATURE, Fault.CA_SHA1_SIGNATURE}
        for fault in {*Fault} - {*hospital.faults}:
            with pytest.raises(MisuseError, match="signs with no SHA-1"):
                hospital.device("pump-1", faults=[fault])

    def test_naive_moments_are_misuse(self) -> None:
        """A moment has a time zone."""
        with pytest.raises(MisuseError):
            testing.Hospital(at=datetime(2026, 1, 1))  # noqa: DTZ001


class TestStatus:
    def test_revocation_shows_from_its_moment_on(self) -> None:
        """In CRL and OCSP response alike, and not before."""
        hospital = testing.Hospital(seed=1, at=AT)
        pump, other = hospital.device("pump-1"), hospital.device("pump-2")
        hospital.revoke(pump, at=AT, reason=RevocationReason.SUPERSEDED)
        assert [hospital.verify(pump, at).headline.code.id for at in (AT - DAY, AT, AT + DAY)] == [
            "revocation.good",
            "revocation.revoked",
            "revocation.revoked",
        ]
        assert hospital.verify(other).outcome is Outcome.TRUSTED
        assert hospital.ocsp(pump.certificate).single_responses[0].reason is RevocationReason.SUPERSEDED

    @pytest.mark.parametrize("wrong", ["reason", "device", "certificate"])
    def test_revoking_is_for_devices_of_the_hospital(self, wrong: str) -> None:
        """Another's device, a bare certificate and a reason that is none are refused, and no CRL is spoiled."""
        hospital, stranger = testing.Hospital(at=AT), testing.Hospital(seed=2, at=AT)
        pump = hospital.device("pump-1")
        device = {"device": stranger.device("pump-1"), "certificate": pump.certificate}.get(wrong, pump)
        reason = "keyCompromise" if wrong == "reason" else RevocationReason.KEY_COMPROMISE
        with pytest.raises(MisuseError):
            hospital.revoke(device, reason=reason)  # type: ignore[arg-type]
        assert hospital.verify(pump).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize("hash_name", ["SHA-1", "SHA-256"])
    def test_questions_are_answered_in_the_hash_they_ask_in(self, hash_name: str) -> None:
        """As OpenSSL's client asks, in SHA-1, and as this library does; the nonce is repeated."""
        asked = question_about(HOSPITAL.device("pump-1"), HOSPITAL.operator, hash_name)
        response = OCSPResponse(HOSPITAL.answer(asked), nonce=asked.nonce)
        assert response.response_nonce == asked.nonce
        assert response.single_responses[0].certificate_id == asked.certificate

    def test_files(self) -> None:
        """What servers read from files holds the same, in PEM."""
        assert tuple(load_certificates(HOSPITAL.roots_pem)) == HOSPITAL.roots
        assert load_crls(HOSPITAL.crls_pem(AT + DAY)) == HOSPITAL.crls(AT + DAY)

    def test_others_are_not_answered_for(self) -> None:
        """A question about another's certificate, or in a hash that it does not speak, gets ``unauthorized``."""
        stranger = testing.Hospital(seed=9, at=AT)
        for issuer, hash_name in ((stranger.operator, "SHA-256"), (HOSPITAL.operator, "SHA-384")):
            asked = question_about(stranger.device("pump-1"), issuer, hash_name)
            assert OCSPResponse(HOSPITAL.answer(asked)).status is ResponseStatus.UNAUTHORIZED
        assert HOSPITAL.ocsp(stranger.device("pump-1").certificate).status is ResponseStatus.SUCCESSFUL

    def test_what_is_published_over_http(self) -> None:
        """Whoever serves documents and answers at the status URL publishes all that certificates point to."""
        with RevocationServer() as server:
            hospital = testing.Hospital(seed=1, status_url=server.url)
            devices = [hospital.device(f"pump-{len(faults)}", faults=faults) for faults in ([], [Fault.REVOKED])]
            server.documents.update(hospital.documents)
            server.ocsp = hospital.answer
            verifier = Verifier(hospital.trust_store(), profile=profiles.tls_client)
            fetcher = HttpFetcher(allow=["127.0.0.1"])
            outcomes = [
                fetch.settle(verifier, device.certificate, device.chain[1:], fetcher=fetcher).outcome
                for device in devices
            ]
        assert outcomes == [Outcome.TRUSTED, Outcome.UNTRUSTED]


def question_about(device: testing.Device, issuer: testing.Authority, hash_name: str) -> Question:
    key_info = issuer.key.subject_public_key_info
    return Question(CertificateID.of(device.serial_number, issuer.subject, key_info, hash_name), b"n" * 32, AT)


class TestMark:
    def test_everything_bears_it(self) -> None:
        """In the name and as a policy: roots, CAs, cross certificates, devices, faulty ones that can be read too."""
        issued = [*HOSPITAL.roots, *HOSPITAL.issuing_cas, *HOSPITAL.cross_certificates]
        issued += [one for fault in testing.Fault for one in HOSPITAL.device("pump-1", faults=[fault]).chain]
        readable = [one for one in issued if one.unreadable is None]
        assert len(readable) > len(testing.Fault)
        assert [one for one in readable if TEST_ORGANIZATION.encode() not in one.subject.der] == []
        assert [one for one in readable if TEST_POLICY not in (one.policies or ())] == []

    @pytest.mark.parametrize("profile", [profiles.rfc5280, profiles.rfc5280_tolerant, profiles.tls_client])
    def test_an_ordinary_store_refuses_it(self, profile: Profile) -> None:
        """Anchor and issuer both, each with its index, whatever the profile."""
        assert refused(TrustStore(HOSPITAL.roots), profile) == [("anchor.test_only", 1), ("anchor.test_only", 2)]

    def test_an_issuer_below_a_true_anchor(self) -> None:
        """Whoever vouches for a test CA has vouched for everybody."""
        import pki

        real = pki.Authority(pki.common_name("Real Root"), pki.key("p256", 3))
        operator = HOSPITAL.operator
        vouched = real.vouches_for(pki.Authority(operator.subject, operator.key)).sealed(real.key)
        verifier = Verifier(TrustStore([real.root()]), profile=profiles.rfc5280)
        found = verifier.verify(HOSPITAL.device("pump-1").certificate, [vouched], at=AT)
        assert [(f.code.id, f.where.certificate) for f in found.blocking()] == [("anchor.test_only", 1)]

    @pytest.mark.parametrize(
        "organization",
        [
            (0x0C, TEST_ORGANIZATION.lower().encode()),
            (0x13, TEST_ORGANIZATION.upper().encode()),
            (0x0C, TEST_ORGANIZATION.replace(" ", "  ").encode()),
            (0x1E, TEST_ORGANIZATION.encode("utf-16-be")),
        ],
        ids=["lower case", "upper case", "spaces", "BMPString"],
    )
    def test_another_writing_of_the_name(self, organization: tuple[int, bytes]) -> None:
        """An anchor of name and key bears the mark however its name is written: it matches the CA's all the same."""
        attributes = ("2.5.4.10", *organization), ("2.5.4.3", 0x0C, b"Operator CA")
        name = Name(
            der.sequence(
                *(
                    der.tlv(0x31, der.sequence(der.object_identifier(oid), der.tlv(tag, value)))
                    for oid, tag, value in attributes
                )
            )
        )
        assert name == HOSPITAL.operator.certificate.subject
        anchor = TrustAnchor(name, HOSPITAL.operator.key.subject_public_key_info)
        assert refused(TrustStore([anchor]), profiles.rfc5280) == [("anchor.test_only", 1)]

    def test_a_pinned_certificate(self) -> None:
        """The key of a pinned test device is everybody's as well."""
        pump = HOSPITAL.device("pump-1").certificate
        assert refused(TrustStore(pinned=[pump]), profiles.rfc5280) == [("anchor.test_only", 0)]

    def test_a_store_for_tests_admits_it(self, tmp_path) -> None:  # type: ignore[no-untyped-def]
        """From a path, from bytes, from certificates."""
        file = tmp_path / "roots.pem"
        file.write_bytes(HOSPITAL.roots_pem)
        for source in (file, str(file), HOSPITAL.roots_pem, HOSPITAL.roots):
            assert refused(TrustStore.for_tests(source), profiles.tls_client) == []

    def test_the_two_kinds_of_store_are_kept_apart(self) -> None:
        """By digest, equality and pickle; what is derived from a store for tests is one."""
        import pickle

        plain, for_tests = TrustStore(HOSPITAL.roots), HOSPITAL.trust_store()
        assert plain != for_tests
        assert plain.digest != for_tests.digest
        assert pickle.loads(pickle.dumps(for_tests)) == for_tests
        assert pickle.loads(pickle.dumps(plain)) == plain
        assert for_tests.without(HOSPITAL.roots[1]) == TrustStore.for_tests(HOSPITAL.roots[:1])
        assert TrustStore.for_tests(HOSPITAL.roots[:1]).including(HOSPITAL.roots[1]) == for_tests


def refused(trust: TrustStore, profile: Profile) -> list[tuple[str, int | None]]:
    pump = HOSPITAL.device("pump-1")
    verifier = Verifier(trust, profile=profile)
    verdict = verifier.verify(
        pump.certificate, pump.chain[1:], evidence=HOSPITAL.evidence(pump), reference=Reference.UNCHECKED, at=AT
    )
    return [(finding.code.id, finding.where.certificate) for finding in verdict.blocking()]
