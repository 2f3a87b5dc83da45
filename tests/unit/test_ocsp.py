"""What an OCSP response says, RFC 6960 4.2, and what makes it unreadable."""

from __future__ import annotations

import hashlib
import pickle
import warnings
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

import pki
from devicetrust.errors import UnreadableInput
from devicetrust.evidence import Evidence
from devicetrust.x509 import ocsp as ocsp_module
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.names import Name
from devicetrust.x509.ocsp import CertificateID, CertificateStatus, OCSPResponse, ResponseStatus, SingleResponse
from devicetrust.x509.reasons import RevocationReason
from devicetrust.x509.signatures import Check
from mutation import mutated
from pki import Extension, common_name, octet_string, sequence, tlv
from pki_revocation import (
    GOOD,
    OCSP_NONCE,
    SHA_1,
    TOMORROW,
    UNKNOWN,
    YESTERDAY,
    ResponseDraft,
    by_key,
    by_name,
    certificate_id,
    response,
    revoked,
    single_response,
)

VECTORS = Path(cryptography_vectors.__file__).parent / "x509" / "ocsp"
WARD = pki.Authority(common_name("Ward CA"), pki.key("p256", 1))
OTHER_KEY = pki.key("p256", 2)
ROOT = WARD.root()
PUMP = WARD.issues(common_name("Pump"), pki.key("p256", 3), pki.dns("pump.example"))._replace(serial_number=300)
NONCE = bytes(range(32))
STRANGE = "1.3.6.1.4.1.99999.1"


def identifier(serial_number: int = 300, oid: str = "2.16.840.1.101.3.4.2.1") -> bytes:
    return certificate_id(serial_number, WARD.name, WARD.key, oid)


DRAFT = ResponseDraft(by_name(WARD.name), (single_response(identifier()),))


def view(draft: ResponseDraft = DRAFT, **fields: Any) -> OCSPResponse:
    return OCSPResponse(draft._replace(**fields).sealed(WARD.key))


def since_epoch(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


class TestFields:
    def test_as_pyca_reads_them(self) -> None:
        """The fields of every response of cryptography's vectors are the ones that pyca finds, or both refuse it."""
        seen = 0
        for path in sorted(VECTORS.glob("*.der")):
            one = OCSPResponse(path.read_bytes())
            try:
                parsed = ocsp.load_der_ocsp_response(one.der)
            except ValueError:
                assert (one.unreadable is not None, path.name) == (True, path.name)
                continue
            assert (one.unreadable, path.name) == (None, path.name)
            _compare(one, parsed)
            seen += 1
        assert seen > 10

    def test_made_ones_as_pyca_reads_them(self) -> None:
        """So are those of responses made here, of every status, with and without what is optional."""
        for draft in (
            DRAFT,
            DRAFT._replace(responder=by_key(WARD.key.identifier)),
            DRAFT._replace(extensions=(Extension(OCSP_NONCE, False, octet_string(NONCE)),)),
            DRAFT._replace(certificates=(ROOT, PUMP.sealed(WARD.key))),
            DRAFT._replace(
                responses=(
                    single_response(identifier(1), revoked(YESTERDAY, 4)),
                    single_response(identifier(2), revoked(YESTERDAY), next_update=None),
                    single_response(identifier(-3, SHA_1), UNKNOWN),
                    single_response(identifier(1 << 160), GOOD, this_update=TOMORROW),
                )
            ),
        ):
            one = view(draft)
            assert one.unreadable is None
            _compare(one, one.to_cryptography())

    def test_one_revocation(self) -> None:
        """RFC 6960 4.2.1: status, times, and the reason of a CRLReason; hashes by their registered names."""
        (single,) = view(responses=(single_response(identifier(), revoked(YESTERDAY, 6)),)).single_responses
        assert single == SingleResponse(
            CertificateID.of(300, WARD.name, WARD.key.subject_public_key_info),
            CertificateStatus.REVOKED,
            since_epoch(YESTERDAY),
            since_epoch(TOMORROW),
            since_epoch(YESTERDAY),
            RevocationReason.CERTIFICATE_HOLD,
            (),
        )

    @pytest.mark.parametrize(
        ("number", "status"),
        [
            (1, ResponseStatus.MALFORMED_REQUEST),
            (2, ResponseStatus.INTERNAL_ERROR),
            (3, ResponseStatus.TRY_LATER),
            (5, ResponseStatus.SIG_REQUIRED),
            (6, ResponseStatus.UNAUTHORIZED),
        ],
    )
    def test_errors(self, number: int, status: ResponseStatus) -> None:
        """RFC 6960 4.2.1: an error has a status and nothing else, and verifies under no key."""
        one = OCSPResponse(response(number))
        assert (one.unreadable, one.status, one.single_responses, one.produced_at) == (None, status, (), 0)
        assert one.check_signature(PublicKey(WARD.key.subject_public_key_info)) is Check.UNSUPPORTED

    @pytest.mark.parametrize(
        "der",
        [
            pytest.param(response(4), id="a status that is not used"),
            pytest.param(response(7), id="a status of tomorrow"),
            pytest.param(response(0), id="success without a response"),
            pytest.param(response(3, sequence()), id="an error with a response"),
            pytest.param(DRAFT.sealed(WARD.key) + b"\0", id="octets behind"),
            pytest.param(DRAFT._replace(response_type="1.2.3").sealed(WARD.key), id="another type"),
            pytest.param(DRAFT._replace(version=tlv(0xA0, pki.integer(0))).sealed(WARD.key), id="version 1 written"),
            pytest.param(DRAFT._replace(version=tlv(0xA0, pki.integer(1))).sealed(WARD.key), id="version 2"),
            pytest.param(DRAFT._replace(responder=by_name(octet_string(b"?"))).sealed(WARD.key), id="no responder"),
            pytest.param(DRAFT._replace(responder=tlv(0xA3, WARD.name)).sealed(WARD.key), id="another responder"),
            pytest.param(DRAFT._replace(produced_at=tlv(0x17, b"260101000000Z")).sealed(WARD.key), id="a UTCTime"),
            pytest.param(DRAFT._replace(produced_at=tlv(0x18, b"20260101000000.5Z")).sealed(WARD.key), id="a fraction"),
            pytest.param(
                DRAFT._replace(responses=(single_response(identifier(), tlv(0x80, b"\0")),)).sealed(WARD.key),
                id="good with content",
            ),
            pytest.param(
                DRAFT._replace(responses=(single_response(identifier(), tlv(0x83)),)).sealed(WARD.key),
                id="a status of certificates of tomorrow",
            ),
            pytest.param(
                DRAFT._replace(responses=(single_response(identifier(), revoked(YESTERDAY, 7)),)).sealed(WARD.key),
                id="a reason that is not used",
            ),
            pytest.param(
                DRAFT._replace(extensions=(Extension(OCSP_NONCE, False, octet_string(NONCE)),) * 2).sealed(WARD.key),
                id="two nonces",
            ),
            pytest.param(
                DRAFT._replace(extensions=(Extension(OCSP_NONCE, False, NONCE),)).sealed(WARD.key), id="a bare nonce"
            ),
            pytest.param(DRAFT._replace(certificates=(b"\x30\x05\x00",)).sealed(WARD.key), id="certs that do not end"),
            pytest.param(DRAFT._replace(certificates=(b"\x30\x00",) * 101).sealed(WARD.key), id="certs without end"),
            pytest.param(bytes((1 << 20) + 1), id="too long"),
        ],
    )
    def test_unreadable(self, der: bytes) -> None:
        """What is not wholly understood is unreadable; each field then raises the one error that says so."""
        one = OCSPResponse(der)
        assert one.unreadable
        for field in FIELDS:
            with pytest.raises(UnreadableInput):
                getattr(one, field)
        with pytest.raises(UnreadableInput):
            one.check_signature(PublicKey(WARD.key.subject_public_key_info))

    def test_the_type_is_named(self) -> None:
        """A response of another type than id-pkix-ocsp-basic says which it is."""
        said = OCSPResponse(DRAFT._replace(response_type="1.2.3.4").sealed(WARD.key)).unreadable
        assert said == "a response of type 1.2.3.4, of which only id-pkix-ocsp-basic is known"

    def test_a_bad_certificate_loses_no_other(self) -> None:
        """A certificate that nobody can read stands beside the good ones, which pyca would lose with the response."""
        one = view(certificates=(ROOT, b"\x30\x00", octet_string(b"?"), PUMP.sealed(WARD.key)))
        assert [found.der for found in one.certificates[::3]] == [ROOT, PUMP.sealed(WARD.key)]
        assert [found.unreadable is None for found in one.certificates] == [True, False, False, True]
        assert len(one.single_responses) == 1
        with pytest.raises(UnreadableInput):
            one.to_cryptography()

    def test_unprocessed_critical(self) -> None:
        """Critical extensions that are not understood are named, those of the response and those of each answer."""
        strange, plain = Extension(STRANGE, True, b""), Extension("1.2.3", False, b"")
        nonce = Extension(OCSP_NONCE, True, octet_string(NONCE))
        answers = (single_response(identifier(1), GOOD, plain), single_response(identifier(2), GOOD, plain, strange))
        one = view(responses=answers, extensions=(nonce, plain))
        assert one.unprocessed_critical == ()
        assert [single.unprocessed_critical for single in one.single_responses] == [(), (STRANGE,)]
        assert view(extensions=(strange,)).unprocessed_critical == (STRANGE,)
        assert (one.response_nonce, view().response_nonce) == (NONCE, None)


FIELDS = sorted(
    {name for name in vars(OCSPResponse) if not name.startswith("_")}
    - {"from_cryptography", "to_cryptography", "digest"}
)


def _compare(one: OCSPResponse, parsed: ocsp.OCSPResponse) -> None:
    assert one.status.value.lower() == parsed.response_status.name.replace("_", "").lower()
    if parsed.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return
    assert one.tbs_response_data == parsed.tbs_response_bytes
    assert one.signature == parsed.signature
    assert pki.object_identifier(parsed.signature_algorithm_oid.dotted_string) in one.signature_algorithm
    name = parsed.responder_name
    assert one.responder_name == (None if name is None else Name(name.public_bytes()))
    assert one.responder_key_hash == parsed.responder_key_hash
    assert one.produced_at == since_epoch(parsed.produced_at_utc)
    assert [found.der for found in one.certificates] == [
        found.public_bytes(Encoding.DER) for found in parsed.certificates
    ]
    nonces = [found.value.nonce for found in parsed.extensions if isinstance(found.value, x509.OCSPNonce)]
    assert one.response_nonce == (nonces[0] if nonces else None)
    assert len(one.single_responses) == len(list(parsed.responses))
    for single, other in zip(one.single_responses, parsed.responses, strict=True):
        assert single.status.name == other.certificate_status.name
        assert single.this_update == since_epoch(other.this_update_utc)
        later, revoked_at = other.next_update_utc, other.revocation_time_utc
        assert single.next_update == (None if later is None else since_epoch(later))
        assert single.revoked_at == (None if revoked_at is None else since_epoch(revoked_at))
        reason = other.revocation_reason
        assert (single.reason and single.reason.value) == (reason and reason.value)
        assert single.certificate_id[1:] == (other.issuer_name_hash, other.issuer_key_hash, other.serial_number)
        try:
            algorithm = other.hash_algorithm
        except UnsupportedAlgorithm:
            continue
        assert single.certificate_id.hash_algorithm.replace("-", "").lower() == algorithm.name


class TestSignature:
    def test_the_key(self) -> None:
        """RFC 6960 3.2 (2): the signature verifies under the key that made it."""
        one = view()
        assert one.check_signature(PublicKey(WARD.key.subject_public_key_info)) is Check.VALID
        assert one.check_signature(PublicKey(OTHER_KEY.subject_public_key_info)) is Check.INVALID
        twin = pickle.loads(pickle.dumps(one))
        assert "_checks" not in vars(twin)

    def test_real_ones(self) -> None:
        """A real response that carries its responder's certificate verifies under that key, and not when changed."""
        verified = 0
        for path in sorted(VECTORS.glob("resp-*.der")):
            one = OCSPResponse(path.read_bytes())
            if one.unreadable is not None or not one.certificates:
                continue
            key = one.certificates[0].public_key
            assert (one.check_signature(key), path.name) in ((Check.VALID, path.name), (Check.INVALID, path.name))
            verified += one.check_signature(key) is Check.VALID
            changed = OCSPResponse(one.der.replace(one.signature, bytes(len(one.signature))))
            assert changed.check_signature(key) is Check.INVALID
        assert verified >= 3

    def test_it_is_checked_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What came of a check is remembered for each key."""
        asked: list[bytes] = []
        verify = ocsp_module.verify

        def counted(key: PublicKey, *rest: bytes) -> Check:
            asked.append(key.der)
            return verify(key, *rest)

        monkeypatch.setattr(ocsp_module, "verify", counted)
        one = view()
        for key in (WARD.key, OTHER_KEY, WARD.key):
            one.check_signature(PublicKey(key.subject_public_key_info))
        assert len(asked) == 2


class TestNonce:
    def test_it_is_part_of_the_value(self) -> None:
        """A response is its bytes and the nonce that was sent: equality, hash, pickle and digest know both."""
        der = view().der
        one, other, without = OCSPResponse(der, nonce=NONCE), OCSPResponse(der, nonce=NONCE[::-1]), OCSPResponse(der)
        assert len({one, other, without, OCSPResponse(der, nonce=NONCE)}) == 3
        assert len({one.digest, other.digest, without.digest}) == 3
        assert {len(piece.digest) for piece in (one, without)} == {32}
        twin = pickle.loads(pickle.dumps(one))
        assert (twin, twin.nonce, twin.digest) == (one, NONCE, one.digest)
        assert one.fingerprint == without.fingerprint == hashlib.sha256(der).digest()
        assert OCSPResponse.from_cryptography(without.to_cryptography(), nonce=NONCE) == one

    def test_evidence_tells_them_apart(self) -> None:
        """The same octets as answers to two requests are two pieces of evidence, and other evidence than either."""
        one, other = (OCSPResponse(view().der, nonce=nonce) for nonce in (NONCE, None))
        assert len(Evidence(ocsp=[one, other, one]).ocsp) == 2
        assert len({Evidence(ocsp=pieces).digest for pieces in ([one], [other], [one, other])}) == 3

    def test_octets_do_not_move_between_them(self) -> None:
        """No octets of the nonce can pass for octets of the response in the digest."""
        assert OCSPResponse(b"\x01\x02", nonce=b"\x03").digest != OCSPResponse(b"\x02", nonce=b"\x03\x01").digest
        assert OCSPResponse(b"\x03\x01").digest != OCSPResponse(b"\x01", nonce=b"\x03").digest


def everything(one: OCSPResponse) -> None:
    """Asks for all that a view can say."""
    assert len(one.digest) == 32
    assert repr(one)
    if one.unreadable is not None:
        return
    for field in FIELDS:
        getattr(one, field)
    for single in one.single_responses:
        single.certificate_id.is_of(300, WARD.name, WARD.key.subject_public_key_info)
    one.check_signature(PublicKey(WARD.key.subject_public_key_info))
    for certificate in one.certificates:
        assert certificate.unreadable is None or isinstance(certificate.unreadable, str)


class TestHostileBytes:
    def test_spoiled_responses(self) -> None:
        """Responses spoiled in bytes and structure are unreadable, for pyca too, or answer whatever they are asked."""
        donors = [path.read_bytes() for path in sorted(VECTORS.glob("*.der"))]
        donors += [view(certificates=(ROOT,), extensions=(Extension(OCSP_NONCE, False, octet_string(NONCE)),)).der]
        readable = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number in range(3000):
                rng = Random(number)
                one = OCSPResponse(mutated(rng, rng.choice(donors), donors))
                everything(one)
                readable += one.unreadable is None
                _never_more_lenient(one)
        assert readable > 200

    @given(st.binary(max_size=300))
    def test_any_bytes(self, content: bytes) -> None:
        """Bytes of any kind are unreadable, or answer whatever they are asked."""
        everything(OCSPResponse(content))

    @given(st.binary(max_size=60), st.sampled_from([OCSP_NONCE, STRANGE]), st.booleans())
    def test_any_extension(self, value: bytes, oid: str, critical: bool) -> None:
        """Whatever an extension holds, in the response or in an answer."""
        extension = Extension(oid, critical, value)
        everything(view(extensions=(extension,)))
        everything(view(responses=(single_response(identifier(), GOOD, extension),)))


def _never_more_lenient(one: OCSPResponse) -> None:
    """What is readable here is readable for pyca with its certificates left out, the text of a name aside."""
    if one.unreadable is not None or one.status is not ResponseStatus.SUCCESSFUL:
        return
    unsigned = sequence(one.tbs_response_data, pki.ALGORITHMS["ecdsa-sha256"], pki.bit_string(one.signature))
    bare = response(0, sequence(pki.object_identifier("1.3.6.1.5.5.7.48.1.1"), octet_string(unsigned)))
    try:
        ocsp.load_der_ocsp_response(bare)
    except ValueError as problem:
        if "AttributeValue::PrintableString" not in str(problem) and "InvalidSetOrdering" not in str(problem):
            pytest.fail(f"{one.der.hex()}: {problem}")
