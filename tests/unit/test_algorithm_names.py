"""Algorithms that are known by name only are named as other software names them."""

from __future__ import annotations

import pytest
from pkilint.nist.asn1 import csor
from pkilint.pkix.certificate.certificate_key import ObsoletePublicKeyAlgorithmValidator
from pyasn1_alt_modules import rfc9802, rfc9935

import pki
from devicetrust.x509 import algorithm_names
from devicetrust.x509.algorithm_names import algorithm_name, curve_name
from devicetrust.x509.keys import KeyContents, PublicKey
from rule_cases.keys import EC_PUBLIC_KEY, P256, spki


@pytest.mark.parametrize(
    ("table", "oids"),
    [
        (algorithm_names.ML_DSA, csor.MLDSA_OIDS),
        (algorithm_names.HASH_ML_DSA, csor.HASH_MLDSA_OIDS),
        (algorithm_names.SLH_DSA, csor.SLHDSA_OIDS | csor.HASH_SLHDSA_OIDS),
        (
            algorithm_names.ML_KEM,
            {rfc9935.id_alg_ml_kem_512, rfc9935.id_alg_ml_kem_768, rfc9935.id_alg_ml_kem_1024},
        ),
    ],
)
def test_the_same_algorithms_as_others_know(table: dict[str, str], oids: set[object]) -> None:
    """The identifiers of the final standards are those that pkilint and pyasn1-alt-modules have, all of them."""
    assert set(table) == set(map(str, oids))


def test_the_same_names_as_others_give() -> None:
    """Each identifier has the name of its parameter set."""
    theirs = {str(value): name for name, value in vars(csor).items() if name.startswith(("id_slh", "id_hash_slh"))}
    plain = {oid: name.lower().replace("-", "_") for oid, name in algorithm_names.SLH_DSA.items()}
    expected = {oid: name.removeprefix("id_").replace("hash_slh", "hashslh") for oid, name in theirs.items()}
    assert plain == expected


def test_drafts_as_others_know_them() -> None:
    """What pkilint holds for drafts is held for drafts here; two of its identifiers lack two arcs."""
    lists = ObsoletePublicKeyAlgorithmValidator
    theirs = {str(oid) for oid in lists._IPD_ALG_OIDS | lists._ROUND3_ALG_OIDS}
    whole = {oid.replace("1.1.4.1.2.267", "1.3.6.1.4.1.2.267") for oid in theirs}
    assert whole <= set(algorithm_names.DRAFT_ALGORITHMS)


def test_stateful_signatures_as_others_know_them() -> None:
    """RFC 9802 as pyasn1-alt-modules has it."""
    xmss = {str(rfc9802.id_alg_xmss_hashsig), str(rfc9802.id_alg_xmssmt_hashsig)}
    assert xmss | {str(rfc9802.id_alg_hss_lms_hashsig)} == set(algorithm_names.STATEFUL_SIGNATURES)


def test_a_name_comes_with_its_identifier() -> None:
    """What has no name here is told by its identifier."""
    assert algorithm_name("2.16.840.1.101.3.4.3.20") == "SLH-DSA-SHA2-128s (2.16.840.1.101.3.4.3.20)"
    assert algorithm_name("1.2.3") == "1.2.3"
    assert curve_name("1.3.132.0.27") == "sect233r1 (1.3.132.0.27)"
    assert curve_name("1.2.3") == "1.2.3"


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "reason"),
        [
            (spki("1.3.132.1.12", P256, bytes(65)), "the key algorithm id-ecDH (1.3.132.1.12) is not supported here"),
            (
                spki(EC_PUBLIC_KEY, pki.object_identifier("1.3.132.0.27"), bytes(61)),
                "its curve sect233r1 (1.3.132.0.27) is not supported here",
            ),
            (spki(EC_PUBLIC_KEY, pki.NULL, bytes(65)), "its curve is not given by a name"),
            (spki("1.2.3", b"", bytes(65)), "the key algorithm 1.2.3 is not supported here"),
        ],
    )
    def test_what_is_not_supported_is_named(self, key: bytes, reason: str) -> None:
        """A key that cannot be used says which algorithm or curve it is of."""
        assert PublicKey(key).unreadable == reason

    def test_contents(self) -> None:
        """The parts of a key are told whether or not its algorithm is known; of other bytes nothing is."""
        key = spki("1.2.3", pki.NULL, b"key")
        assert PublicKey(key).contents == KeyContents("1.2.3", pki.NULL, b"key")
        assert [PublicKey(other).contents for other in (b"", key[:-1], key + b"\x00", b"\x30\x00")] == [None] * 4

    @pytest.mark.parametrize("kind", ["p256", "rsa2048", "ed25519", "mldsa44"])
    def test_canonical(self, kind: str) -> None:
        """A key that is written as usual is its own canonical form."""
        key = pki.key(kind).subject_public_key_info
        assert PublicKey(key).canonical_der == key
