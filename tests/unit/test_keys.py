"""What a SubjectPublicKeyInfo says: kind, size, curve, or why it cannot be used."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

import pki
from devicetrust import Outcome, profiles
from devicetrust.x509.files import load_certificates
from devicetrust.x509.keys import PublicKey
from pki import bit_string, integer, object_identifier, sequence
from ward import ask, blocking, scene

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
P256_ENCODED = pki.key("p256", 0).subject_public_key_info
POINT = P256_ENCODED[-65:]
EC_PUBLIC_KEY = object_identifier("1.2.840.10045.2.1")
NO_NAMED_CURVE = load_certificates(VECTORS / "custom" / "ec_no_named_curve.pem")[0].subject_public_key_info


def encoded(key: Any) -> bytes:
    der: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


def curve(kind: type[ec.EllipticCurve]) -> bytes:
    return encoded(ec.derive_private_key(0x7654321, kind()))


def explicit_p256() -> bytes:
    """P-256 by its parameters instead of its name, SEC 1 C.2: the same curve and the same point."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    generator = bytes.fromhex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    field = sequence(object_identifier("1.2.840.10045.1.1"), integer(prime))
    coefficients = sequence(pki.octet_string((prime - 3).to_bytes(32, "big")), pki.octet_string(b.to_bytes(32, "big")))
    parameters = sequence(integer(1), field, coefficients, pki.octet_string(generator), integer(order), integer(1))
    return sequence(sequence(EC_PUBLIC_KEY, parameters), bit_string(POINT))


def rsa_encoded(modulus: int, exponent: int = 65537) -> bytes:
    """RFC 3279 2.3.1."""
    algorithm = sequence(object_identifier("1.2.840.113549.1.1.1"), b"\x05\x00")
    return sequence(algorithm, bit_string(sequence(integer(modulus), integer(exponent))))


class TestDescription:
    @pytest.mark.parametrize(
        ("kind", "name", "size"),
        [
            (ec.SECP224R1, "secp224r1", 224),
            (ec.SECP256R1, "secp256r1", 256),
            (ec.SECP384R1, "secp384r1", 384),
            (ec.SECP521R1, "secp521r1", 521),
            (ec.BrainpoolP256R1, "brainpoolP256r1", 256),
            (ec.BrainpoolP384R1, "brainpoolP384r1", 384),
            (ec.BrainpoolP512R1, "brainpoolP512r1", 512),
        ],
    )
    def test_elliptic_curves(self, kind: type[ec.EllipticCurve], name: str, size: int) -> None:
        """RFC 5480 2.1.1.1, RFC 5639: a named curve has its name and its size."""
        key = PublicKey(curve(kind))
        assert (key.algorithm, key.curve, key.size, key.unreadable, str(key)) == ("EC", name, size, None, name)
        assert isinstance(key.handle, ec.EllipticCurvePublicKey)

    @pytest.mark.parametrize("bits", [1024, 2047, 2048, 2056, 3072, 4096, 16384])
    def test_rsa(self, bits: int) -> None:
        """The size of an RSA key is that of its modulus, to the bit."""
        key = PublicKey(rsa_encoded((1 << (bits - 1)) | 0x10001))
        assert (key.algorithm, key.size, key.curve, str(key)) == ("RSA", bits, "", f"RSA-{bits}")
        assert isinstance(key.handle, rsa.RSAPublicKey)
        assert key.handle.key_size == bits

    @pytest.mark.parametrize(("exponent", "odd"), [(3, 1), (65537, 1), (17, 1), (65539, 1)])
    def test_other_exponents_are_other_keys(self, exponent: int, odd: int) -> None:
        """What is told without loading a key is what loading tells."""
        key = PublicKey(rsa_encoded((1 << 2047) | odd, exponent))
        assert (key.algorithm, key.size, key.handle.public_numbers().e) == ("RSA", 2048, exponent)

    def test_edwards_curves(self) -> None:
        """RFC 8410 3: the algorithm says all."""
        keys = [
            ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
            ed448.Ed448PrivateKey.from_private_bytes(bytes(57)),
        ]
        assert [PublicKey(encoded(key)).algorithm for key in keys] == ["Ed25519", "Ed448"]
        assert [str(PublicKey(encoded(key))) for key in keys] == ["Ed25519", "Ed448"]

    def test_keys_that_no_strength_policy_names(self) -> None:
        """DSA and keys for agreement alone are described, and refused by the policy."""
        others = [
            PublicKey(encoded(dsa.generate_private_key(1024))),
            PublicKey(encoded(x25519.X25519PrivateKey.from_private_bytes(bytes(32)))),
        ]
        assert others[0].algorithm == "DSA"
        assert not {key.algorithm for key in others} & profiles.rfc5280.strength.keys


class TestUnreadable:
    @pytest.mark.parametrize(
        "der",
        [
            b"",
            b"\x30\x00",
            b"\x30\x80",
            P256_ENCODED[:-1],
            P256_ENCODED + b"\x00",
            P256_ENCODED[:-65] + bytes((5,)) + POINT[1:],
            P256_ENCODED[:-1] + bytes((P256_ENCODED[-1] ^ 1,)),
            P256_ENCODED[:-64] + bytes(64),
            P256_ENCODED[:-64] + b"\xff" * 64,
            rsa_encoded(0),
            rsa_encoded(-(1 << 2047)),
        ],
    )
    def test_it_says_so_and_does_not_raise(self, der: bytes) -> None:
        """A point off its curve, a modulus that is none, cut or extended octets: no handle, and a reason."""
        key = PublicKey(der)
        assert key.handle is None
        assert key.unreadable

    def test_an_unknown_algorithm_is_named(self) -> None:
        """What is not known here is named by its object identifier."""
        key = PublicKey(sequence(sequence(object_identifier("1.2.3.4.5")), bit_string(b"\x01")))
        assert key.algorithm == "1.2.3.4.5"
        assert key.unreadable is not None
        assert key.handle is None

    @pytest.mark.parametrize("der", [explicit_p256(), NO_NAMED_CURVE])
    def test_explicit_curves_are_refused(self, der: bytes) -> None:
        """RFC 5480 2.1.1: a curve is named; by its parameters a forger could choose the generator (CVE-2020-0601)."""
        key = PublicKey(der)
        assert key.handle is None
        assert key.unreadable

    @pytest.mark.parametrize(("index", "found"), [(0, ("key.unreadable", 0)), (1, ("signature.unsupported", 0))])
    def test_a_certificate_with_such_a_key_is_refused(self, index: int, found: tuple[str, int]) -> None:
        """A device has no curve of its own; what an authority with one signed cannot be checked."""
        verdict = ask(scene().replacing(index, subject_public_key_info=explicit_p256()))
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, {found})

    @pytest.mark.parametrize("octet", range(0, len(P256_ENCODED), 3))
    def test_what_is_told_without_loading_is_what_loading_tells(self, octet: int) -> None:
        """Any octet altered: the key is usable here exactly where cryptography can load it with a named curve."""
        altered = bytearray(P256_ENCODED)
        altered[octet] ^= 0x01
        key = PublicKey(bytes(altered))
        assert (key.unreadable is None) == _loads(bytes(altered))


class TestStrength:
    @pytest.mark.parametrize(
        ("der", "wanted"),
        [
            (rsa_encoded((1 << 1023) | 1), "2048"),
            (rsa_encoded((1 << 2046) | 1), "2048"),
            (curve(ec.SECP256K1), "curves"),
            (curve(ec.SECP192R1), "curves"),
            (encoded(dsa.generate_private_key(2048)), "RSA"),
        ],
    )
    def test_weak_keys_are_refused_in_words(self, der: bytes, wanted: str) -> None:
        """RFC 9325 4.5: the finding says what the key is and what is wanted instead."""
        verdict = ask(scene().replacing(0, subject_public_key_info=der))
        assert blocking(verdict) == {("strength.key", 0)}
        (finding,) = verdict.blocking()
        assert wanted in str(finding.facts["wanted"])

    @pytest.mark.parametrize(
        "der", [rsa_encoded((1 << 2047) | 1), *(curve(one) for one in (ec.SECP521R1, ec.BrainpoolP384R1, ec.SECP384R1))]
    )
    def test_strong_ones_pass(self, der: bytes) -> None:
        """From RSA-2048 and P-224 on, by name."""
        assert ask(scene().replacing(0, subject_public_key_info=der)).outcome is Outcome.TRUSTED

    def test_tls_wants_whole_octets(self) -> None:
        """FIPS 186-5 5.1: an RSA size that is no multiple of 8 is refused under TLS, admitted by the bare standard."""
        asked = scene().replacing(0, subject_public_key_info=rsa_encoded((1 << 2050) | 1))
        assert ask(asked).outcome is Outcome.TRUSTED
        assert ("strength.key", 0) in blocking(ask(asked, profiles.tls_client))


class TestValue:
    def test_equal_by_octets(self) -> None:
        """Two readings of the same octets are the same key, also after pickling."""
        key = PublicKey(P256_ENCODED)
        assert key == PublicKey(P256_ENCODED) == pickle.loads(pickle.dumps(key))
        assert len({key, PublicKey(P256_ENCODED), PublicKey(curve(ec.SECP384R1))}) == 2


def _loads(der: bytes) -> bool:
    try:
        load_der_public_key(der)
    except Exception:
        return False
    return True


@pytest.mark.parametrize(
    "der",
    [
        P256_ENCODED,
        curve(ec.SECP384R1),
        curve(ec.SECP521R1),
        rsa_encoded((1 << 2047) + 1),
        rsa_encoded((1 << 4095) + 1),
        rsa_encoded((1 << 2047) + 1, 3),
        encoded(ed25519.Ed25519PrivateKey.generate()),
        explicit_p256(),
    ],
)
def test_octets_are_those_of_the_bit_string(der: bytes) -> None:
    """Whatever the form of a key, plain or not, its octets are all that stands in the BIT STRING."""
    assert der.endswith(bit_string(PublicKey(der).octets))


def test_a_malformed_key_has_no_octets() -> None:
    """What is no SubjectPublicKeyInfo holds no key."""
    assert PublicKey(b"\x30\x00").octets == b""
