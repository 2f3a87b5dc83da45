"""The only door to a signature check: which algorithms with which parameters, and by which keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

import pki
from devicetrust import Certificate, Outcome, TrustStore, Verifier, profiles
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.signatures import Check, signature_algorithm, verify
from pki import integer, object_identifier, sequence, tlv
from ward import blocking

SIGNED = b"what was signed"
VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
NULL = b"\x05\x00"
HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA-1": hashes.SHA1(),
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
# RFC 4055 2.1 and RFC 5754 2.
HASH_OIDS = {
    "SHA-1": "1.3.14.3.2.26",
    "SHA-224": "2.16.840.1.101.3.4.2.4",
    "SHA-256": "2.16.840.1.101.3.4.2.1",
    "SHA-384": "2.16.840.1.101.3.4.2.2",
    "SHA-512": "2.16.840.1.101.3.4.2.3",
}
RSASSA_PSS, MGF1, RSA_ENCRYPTION = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8", "1.2.840.113549.1.1.1"
RSA_WITH = {"SHA-1": 5, "SHA-224": 14, "SHA-256": 11, "SHA-384": 12, "SHA-512": 13}
ECDSA_WITH = {"SHA-224": 1, "SHA-256": 2, "SHA-384": 3, "SHA-512": 4}


@lru_cache(maxsize=1)
def rsa_key() -> rsa.RSAPrivateKey:
    private = pki.key("rsa2048", 0).private_key
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


@lru_cache(maxsize=8)
def ec_key(curve: type[ec.EllipticCurve]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0x1234567, curve())


def public(private: Any) -> PublicKey:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return PublicKey(private.public_key().public_bytes(encoding, form))


def identifier(oid: str, *parameters: bytes) -> bytes:
    return sequence(object_identifier(oid), *parameters)


def pss_parameters(
    hash_name: str = "SHA-256",
    *,
    mask: str | None = None,
    salt: int = 32,
    trailer: bytes = b"",
    generator: str = MGF1,
    null: bytes = NULL,
) -> bytes:
    """RSASSA-PSS-params, RFC 4055 3.1."""
    digest = identifier(HASH_OIDS[hash_name], null)
    mask_digest = identifier(HASH_OIDS[mask or hash_name], null)
    return sequence(
        tlv(0xA0, digest),
        tlv(0xA1, identifier(generator, mask_digest)),
        tlv(0xA2, integer(salt)),
        trailer,
    )


def pss_signature(hash_name: str = "SHA-256", salt: int = 32, mask: str | None = None) -> bytes:
    scheme = padding.PSS(padding.MGF1(HASHES[mask or hash_name]), salt)
    return rsa_key().sign(SIGNED, scheme, HASHES[hash_name])


class TestRSA:
    @pytest.mark.parametrize("name", RSA_WITH)
    @pytest.mark.parametrize("parameters", [(), (NULL,)], ids=["absent", "NULL"])
    def test_pkcs1_with_either_form_of_parameters(self, name: str, parameters: tuple[bytes, ...]) -> None:
        """RFC 4055 5: NULL must be accepted, and so must its absence."""
        algorithm = identifier(f"1.2.840.113549.1.1.{RSA_WITH[name]}", *parameters)
        signature = rsa_key().sign(SIGNED, padding.PKCS1v15(), HASHES[name])
        assert verify(public(rsa_key()), algorithm, SIGNED, signature) is Check.VALID
        assert verify(public(rsa_key()), algorithm, SIGNED + b".", signature) is Check.INVALID
        known = signature_algorithm(algorithm)
        assert known is not None
        assert (known.key, known.hash) == ("RSA", name)

    @pytest.mark.parametrize("parameters", [b"\x05\x01\x00", b"\x30\x00", b"\x02\x01\x00", NULL + NULL])
    def test_other_parameters_are_not_known(self, parameters: bytes) -> None:
        """An identifier with anything else in it is another algorithm, and that is not known."""
        algorithm = identifier("1.2.840.113549.1.1.11", parameters)
        signature = rsa_key().sign(SIGNED, padding.PKCS1v15(), HASHES["SHA-256"])
        assert verify(public(rsa_key()), algorithm, SIGNED, signature) is Check.UNSUPPORTED

    def test_a_digest_too_long_for_the_modulus_is_invalid(self) -> None:
        """A signature that no key of this size could have made is false, not a crash."""
        algorithm = identifier("1.2.840.113549.1.1.13", NULL)
        for signature in (b"", b"\x01", bytes(256), b"\xff" * 257, b"\xff" * 4096):
            assert verify(public(rsa_key()), algorithm, SIGNED, signature) is Check.INVALID


class TestPSS:
    @pytest.mark.parametrize("name", HASH_OIDS)
    @pytest.mark.parametrize("null", [NULL, b""], ids=["NULL", "absent"])
    def test_one_hash_for_message_and_mask(self, name: str, null: bytes) -> None:
        """RFC 4055 3.1: the mask's hash is the message's; 2.1: its parameters are NULL or absent."""
        algorithm = identifier(RSASSA_PSS, pss_parameters(name, salt=20, null=null))
        assert verify(public(rsa_key()), algorithm, SIGNED, pss_signature(name, 20)) is Check.VALID
        assert verify(public(rsa_key()), algorithm, b"", pss_signature(name, 20)) is Check.INVALID

    @pytest.mark.parametrize("salt", [0, 20, 32, 64])
    def test_the_salt_is_as_long_as_stated(self, salt: int) -> None:
        """RFC 4055 3.1: saltLength is part of the algorithm; a signature with another one is false."""
        algorithm = identifier(RSASSA_PSS, pss_parameters(salt=salt))
        assert verify(public(rsa_key()), algorithm, SIGNED, pss_signature(salt=salt)) is Check.VALID
        assert verify(public(rsa_key()), algorithm, SIGNED, pss_signature(salt=salt + 1)) is Check.INVALID

    def test_trailer_field_of_one(self) -> None:
        """RFC 4055 3.1: trailerField 1 is the only one, written out or left to its default."""
        algorithm = identifier(RSASSA_PSS, pss_parameters(trailer=tlv(0xA3, integer(1))))
        assert verify(public(rsa_key()), algorithm, SIGNED, pss_signature()) is Check.VALID

    @pytest.mark.parametrize(
        "parameters",
        [
            pss_parameters("SHA-256", mask="SHA-1"),
            pss_parameters("SHA-512", mask="SHA-256"),
            pss_parameters(trailer=tlv(0xA3, integer(2))),
            pss_parameters(trailer=tlv(0xA3, integer(0xBC))),
            pss_parameters(generator="1.2.840.113549.1.1.9"),
            pss_parameters(salt=-1),
            pss_parameters(salt=1 << 70),
            pss_parameters(null=b"\x30\x00"),
            pss_parameters() + NULL,
            sequence(tlv(0xA2, integer(32)), tlv(0xA0, identifier(HASH_OIDS["SHA-256"]))),
            sequence(tlv(0xA2, integer(32)), tlv(0xA2, integer(32))),
            sequence(tlv(0xA4, integer(32))),
            NULL,
            b"",
            b"\x30\x05\x00",
        ],
    )
    def test_other_parameters_are_refused(self, parameters: bytes) -> None:
        """RFC 4055 3.1: differing hashes, another trailer or mask, fields out of order or repeated: not supported."""
        algorithm = sequence(object_identifier(RSASSA_PSS), parameters)
        assert verify(public(rsa_key()), algorithm, SIGNED, pss_signature()) is Check.UNSUPPORTED

    def test_defaults_mean_sha1(self) -> None:
        """RFC 4055 3.1: empty parameters are SHA-1 with a salt of 20 octets, which strength policies refuse."""
        known = signature_algorithm(identifier(RSASSA_PSS, sequence()))
        assert known is not None
        assert (known.hash, known.salt_length) == ("SHA-1", 20)
        assert "SHA-1" not in profiles.rfc5280.strength.digests

    @pytest.mark.parametrize(
        ("restriction", "algorithm", "expected"),
        [
            (b"", identifier(RSASSA_PSS, pss_parameters()), Check.VALID),
            (pss_parameters(), identifier(RSASSA_PSS, pss_parameters()), Check.VALID),
            (pss_parameters(salt=32), identifier(RSASSA_PSS, pss_parameters(salt=64)), Check.VALID),
            (pss_parameters(salt=33), identifier(RSASSA_PSS, pss_parameters(salt=32)), Check.WRONG_KEY_TYPE),
            (pss_parameters("SHA-384"), identifier(RSASSA_PSS, pss_parameters()), Check.WRONG_KEY_TYPE),
            (b"", identifier("1.2.840.113549.1.1.11", NULL), Check.WRONG_KEY_TYPE),
            (pss_parameters(), identifier("1.2.840.113549.1.1.11", NULL), Check.WRONG_KEY_TYPE),
        ],
    )
    def test_a_key_may_be_for_pss_alone(self, restriction: bytes, algorithm: bytes, expected: Check) -> None:
        """RFC 4055 1.2, 3.3: a key declared for RSASSA-PSS signs with that, with its hash and no shorter salt."""
        _, _, bits = _spki_parts(public(rsa_key()).der)
        key = PublicKey(sequence(sequence(object_identifier(RSASSA_PSS), restriction), bits))
        known = signature_algorithm(algorithm)
        assert known is not None
        signature = _pkcs1_signature() if known.salt_length is None else pss_signature(salt=known.salt_length)
        assert verify(key, algorithm, SIGNED, signature) is expected

    @pytest.mark.parametrize(
        ("file", "code"),
        [
            ("ee-pss-sha1-cert.pem", "strength.signature_algorithm"),
            ("custom/rsa_pss_cert_invalid_mgf.der", "signature.unsupported"),
            ("custom/rsa_pss_cert_no_sig_params.der", "signature.unsupported"),
            ("custom/rsa_pss_cert_unsupported_mgf_hash.der", "signature.unsupported"),
        ],
    )
    def test_vectors(self, file: str, code: str) -> None:
        """Certificates of others with weak or broken parameters are refused in words."""
        certificate = _vector(file)
        algorithm = signature_algorithm(certificate.signature_algorithm)
        if code == "signature.unsupported":
            assert algorithm is None
        else:
            assert algorithm is not None
            assert algorithm.hash == "SHA-1"


class TestECDSA:
    @pytest.mark.parametrize(
        "curve",
        [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1, ec.BrainpoolP256R1, ec.BrainpoolP384R1, ec.BrainpoolP512R1],
        ids=lambda curve: curve.name,
    )
    @pytest.mark.parametrize("name", ECDSA_WITH)
    def test_each_curve_with_each_hash(self, curve: type[ec.EllipticCurve], name: str) -> None:
        """RFC 5758 3.2, RFC 5639: any hash of SHA-2 goes with any named curve."""
        algorithm = identifier(f"1.2.840.10045.4.3.{ECDSA_WITH[name]}")
        key = ec_key(curve)
        signature = key.sign(SIGNED, ec.ECDSA(HASHES[name]))
        assert verify(public(key), algorithm, SIGNED, signature) is Check.VALID
        assert verify(public(key), algorithm, SIGNED + b".", signature) is Check.INVALID

    def test_parameters_must_be_absent(self) -> None:
        """RFC 5758 3.2: ecdsa-with-SHA256 has no parameters; NULL is a deviation, not a variant."""
        key = ec_key(ec.SECP256R1)
        signature = key.sign(SIGNED, ec.ECDSA(HASHES["SHA-256"]))
        assert verify(public(key), identifier("1.2.840.10045.4.3.2", NULL), SIGNED, signature) is Check.UNSUPPORTED

    @pytest.mark.parametrize(
        "signature",
        [b"", b"\x30\x00", b"\x30\x06\x02\x01\x00\x02\x01\x00", b"\x30\x06\x02\x01\x01\x02\x01\x01\x00", bytes(64)],
    )
    def test_odd_signatures_are_false(self, signature: bytes) -> None:
        """Zero values, trailing octets and what is no pair of integers never verify."""
        algorithm = identifier("1.2.840.10045.4.3.2")
        assert verify(public(ec_key(ec.SECP256R1)), algorithm, SIGNED, signature) is Check.INVALID

    def test_a_vector(self) -> None:
        """DigiCert's P-384 root verifies under its own key."""
        assert _self_check("ecdsa_root.pem") is Check.VALID


class TestEdDSA:
    @pytest.mark.parametrize(
        ("oid", "make"),
        [
            ("1.3.101.112", lambda: ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))),
            ("1.3.101.113", lambda: ed448.Ed448PrivateKey.from_private_bytes(bytes(range(57)))),
        ],
    )
    def test_both(self, oid: str, make: Callable[[], Any]) -> None:
        """RFC 8410 3: Ed25519 and Ed448, without parameters."""
        key = make()
        signature = key.sign(SIGNED)
        assert verify(public(key), identifier(oid), SIGNED, signature) is Check.VALID
        assert verify(public(key), identifier(oid), SIGNED + b".", signature) is Check.INVALID
        assert verify(public(key), identifier(oid), SIGNED, signature[:-1]) is Check.INVALID
        assert verify(public(key), identifier(oid, NULL), SIGNED, signature) is Check.UNSUPPORTED

    @pytest.mark.parametrize("file", ["ed25519/root-ed25519.pem", "ed448/root-ed448.pem"])
    def test_vectors(self, file: str) -> None:
        """Roots made by others with these algorithms verify under their own keys."""
        assert _self_check(file) is Check.VALID

    def test_the_example_of_the_standard(self) -> None:
        """RFC 8410 10.2: the X25519 certificate of its example is signed with the Ed25519 key of 10.1."""
        example = _vector("ed25519/ed25519-rfc8410.pem")
        key = bytes.fromhex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1")
        issuer = PublicKey(sequence(identifier("1.3.101.112"), pki.bit_string(key)))
        check = verify(issuer, example.signature_algorithm, example.tbs_certificate, example.signature)
        assert check is Check.VALID


class TestMLDSA:
    @pytest.mark.parametrize(("level", "arc"), [(44, 17), (65, 18), (87, 19)])
    def test_each_level(self, level: int, arc: int) -> None:
        """RFC 9881 2: ML-DSA-44, -65 and -87, without parameters."""
        mldsa = pytest.importorskip(
            "cryptography.hazmat.primitives.asymmetric.mldsa", reason="this cryptography has no ML-DSA"
        )
        if not hasattr(mldsa, f"MLDSA{level}PrivateKey"):
            pytest.skip(f"this cryptography has no ML-DSA-{level}")
        try:
            key = getattr(mldsa, f"MLDSA{level}PrivateKey").generate()
        except Exception as problem:  # built against a library without it
            pytest.skip(f"this cryptography cannot make ML-DSA-{level} keys: {problem}")
        algorithm = identifier(f"2.16.840.1.101.3.4.3.{arc}")
        signature = key.sign(SIGNED)
        assert public(key).algorithm == f"ML-DSA-{level}"
        assert verify(public(key), algorithm, SIGNED, signature) is Check.VALID
        assert verify(public(key), algorithm, SIGNED + b".", signature) is Check.INVALID
        assert verify(public(key), sequence(algorithm[2:], NULL), SIGNED, signature) is Check.UNSUPPORTED


class TestWeakAndUnknown:
    @pytest.mark.parametrize("scheme", ["ecdsa-sha1", "rsa-sha1", "rsa-md5"])
    @pytest.mark.parametrize("index", [0, 1])
    def test_md5_and_sha1_are_refused_in_words(self, scheme: str, index: int) -> None:
        """A signature that can be forged proves nothing: each verifies, and is refused by the name of its algorithm."""
        kind = "rsa2048" if scheme.startswith("rsa") else "p256"
        root = pki.Authority(pki.common_name("Weak Root"), pki.key(kind, 0))
        issuer = pki.Authority(pki.common_name("Weak CA"), pki.key(kind, 1))
        leaf = issuer.issues(pki.common_name("pump"), pki.key("p256", 9), pki.dns("pump.example"))
        authority = root.vouches_for(issuer)
        leaf, authority = (
            (leaf._replace(scheme=scheme), authority) if index == 0 else (leaf, authority._replace(scheme=scheme))
        )
        judge = Verifier(TrustStore([root.root()]), profile=profiles.rfc5280)
        verdict = judge.verify(leaf.sealed(issuer.key), [authority.sealed(root.key)], at=pki.AT)
        assert blocking(verdict) == {("strength.signature_algorithm", index)}
        (finding,) = verdict.blocking()
        assert scheme.partition("-")[2] in str(finding.facts["algorithm"]).lower()

    def test_dsa_is_refused_in_words(self) -> None:
        """FIPS 186-5 has withdrawn DSA: a certificate that its own CA signed with it names DSA in what refuses it."""
        der = _pem("custom/dsa_selfsigned_ca.pem").public_bytes(serialization.Encoding.DER)
        certificate = Certificate(der)
        judge = Verifier(TrustStore(pinned=[der]), profile=profiles.rfc5280)
        verdict = judge.verify(der, at=certificate.not_before)
        assert verdict.outcome is Outcome.UNTRUSTED
        assert any("dsa" in str(finding).lower() for finding in verdict.blocking())

    def test_dsa_keys_are_named(self) -> None:
        """A DSA signature is checked, so that a finding can say what is wrong with it."""
        numbers = dsa.generate_parameters(1024)
        key = numbers.generate_private_key()
        signature = key.sign(SIGNED, hashes.SHA256())
        assert verify(public(key), identifier("2.16.840.1.101.3.4.3.2"), SIGNED, signature) is Check.VALID
        assert "DSA" not in profiles.rfc5280.strength.keys

    @pytest.mark.parametrize("algorithm", [b"", b"\x30\x00", identifier("1.2.3"), b"\x30\x80\x00\x00", b"\xff" * 40])
    def test_unknown_identifiers(self, algorithm: bytes) -> None:
        """What is not in the table is not supported, whatever bytes it is."""
        assert signature_algorithm(algorithm) is None
        assert verify(public(rsa_key()), algorithm, SIGNED, b"") is Check.UNSUPPORTED

    @pytest.mark.parametrize(
        ("key", "algorithm"),
        [
            (lambda: ec_key(ec.SECP256R1), identifier("1.2.840.113549.1.1.11", NULL)),
            (rsa_key, identifier("1.2.840.10045.4.3.2")),
            (rsa_key, identifier("1.3.101.112")),
            (lambda: ec_key(ec.SECP256R1), identifier("1.3.101.113")),
            (lambda: ec_key(ec.SECP256R1), identifier(RSASSA_PSS, pss_parameters())),
        ],
    )
    def test_a_key_of_another_kind(self, key: Callable[[], Any], algorithm: bytes) -> None:
        """The algorithm is the issuer's key's kind, or nothing is checked."""
        assert verify(public(key()), algorithm, SIGNED, bytes(64)) is Check.WRONG_KEY_TYPE

    def test_an_unreadable_key(self) -> None:
        """A key that cannot be read verifies nothing."""
        key = PublicKey(b"\x30\x00")
        assert verify(key, identifier("1.2.840.10045.4.3.2"), SIGNED, bytes(64)) is Check.UNREADABLE_KEY


def _pkcs1_signature() -> bytes:
    return rsa_key().sign(SIGNED, padding.PKCS1v15(), hashes.SHA256())


def _spki_parts(der: bytes) -> tuple[bytes, bytes, bytes]:
    """(header, AlgorithmIdentifier, BIT STRING) of an RSA key of 2048 bits: fixed lengths, RFC 3279 2.3.1."""
    return der[:4], der[4:19], der[19:]


def _pem(file: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((VECTORS / file).read_bytes())


def _vector(file: str) -> Certificate:
    data = (VECTORS / file).read_bytes()
    if file.endswith(".pem"):
        from devicetrust import load_certificates

        return load_certificates(data)[0]
    return Certificate(data)


def _self_check(file: str) -> Check:
    one = _vector(file)
    return verify(one.public_key, one.signature_algorithm, one.tbs_certificate, one.signature)
