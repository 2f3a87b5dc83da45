"""What each strength policy admits, by the tables of its authority; and what a finding says of whose demand it is."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import pki
from devicetrust import MisuseError, Outcome, profiles
from devicetrust.findings import Citation, Knowledge
from devicetrust.path.strength import judge_key, weak_signature
from devicetrust.profiles import strength
from devicetrust.profiles.strength import RSAScheme, StrengthPolicy
from devicetrust.x509.keys import PublicKey
from pki import key
from pki_shapes import Link
from ward import SECOND, ask, scene

NAMED = [value for name in strength.__all__ if isinstance(value := getattr(strength, name), StrengthPolicy)]
CURVES = {"P-224": "secp224r1", "P-521": "secp521r1", "BP-256": "brainpoolP256r1", "BP-384": "brainpoolP384r1"}
KEYS = ("RSA-2048", "RSA-3072", "RSA-2050", *CURVES, "P-256", "P-384", "Ed25519", "ML-DSA-44", "ML-DSA-87")
NIST = {"RSA-2048", "RSA-3072", "RSA-2050", "P-256", "P-384", "P-521", "P-224", "Ed25519", "ML-DSA-44", "ML-DSA-87"}
# The rows of each authority's table, as the documents state sizes and curves.
ADMITTED = {
    "baseline": NIST | {"BP-256", "BP-384"},
    "bcp195": (NIST | {"BP-256", "BP-384"}) - {"RSA-2050"},
    "nist_2026": NIST,
    "nist_2031": NIST - {"RSA-2048", "RSA-2050", "P-224"},
    "cnsa_1": {"RSA-3072", "P-384"},
    "cnsa_2": {"ML-DSA-87"},
    "bsi_2026": {"RSA-3072", "P-256", "P-384", "P-521", "BP-256", "BP-384"},
    "anssi_2026": {"RSA-2048", "RSA-2050", "RSA-3072", "P-256", "P-384", "P-521", "BP-256", "BP-384"},
}
SIGNATURES = {
    **{name: bytes.fromhex(f"300d06092a864886f70d0101{last}0500") for name, last in [("RSA-SHA1", "05")]},
    **{
        f"RSA-SHA{bits}": bytes.fromhex(f"300d06092a864886f70d0101{last}0500")
        for bits, last in [(224, "0e"), (256, "0b"), (384, "0c"), (512, "0d")]
    },
    **{
        f"ECDSA-SHA{bits}": bytes.fromhex(f"300a06082a8648ce3d0403{last}")
        for bits, last in [(224, "01"), (256, "02"), (384, "03"), (512, "04")]
    },
    # RFC 4055 3.1 with SHA-256 for both, and a salt of 32 octets.
    "PSS-SHA256": bytes.fromhex(
        "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108"
        "300d06096086480165030402010500a203020120"
    ),
    "Ed25519": bytes.fromhex("300506032b6570"),
    "ML-DSA-44": bytes.fromhex("300b0609608648016503040311"),
    "ML-DSA-87": bytes.fromhex("300b0609608648016503040313"),
}
SHA256 = {"RSA-SHA256", "RSA-SHA384", "RSA-SHA512", "ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512", "PSS-SHA256"}
OTHERS = {"Ed25519", "ML-DSA-44", "ML-DSA-87"}
ADMITTED_SIGNATURES = {
    "baseline": SHA256 | OTHERS | {"RSA-SHA224", "ECDSA-SHA224"},
    "bcp195": SHA256 | OTHERS,
    "nist_2026": SHA256 | OTHERS | {"RSA-SHA224", "ECDSA-SHA224"},
    "nist_2031": SHA256 | OTHERS,
    "cnsa_1": {"RSA-SHA384", "ECDSA-SHA384"},
    "cnsa_2": {"ML-DSA-87"},
    "bsi_2026": {"PSS-SHA256", "ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512"},
    "anssi_2026": SHA256,
}


@lru_cache
def public_key(name: str) -> PublicKey:
    if name in CURVES:
        curve = {"P-224": ec.SECP224R1, "P-521": ec.SECP521R1, "BP-256": ec.BrainpoolP256R1}.get(
            name, ec.BrainpoolP384R1
        )
        handle: Any = ec.derive_private_key(12345, curve()).public_key()
    elif name == "RSA-2050":  # a number of this size is all that a policy looks at
        handle = rsa.RSAPublicNumbers(65537, 2**2049 + 2**64 + 1).public_key()
    else:
        kind = {"Ed25519": "ed25519"}.get(name, name.lower().replace("-", ""))
        return PublicKey(key(kind.replace("ml-dsa", "mldsa")).subject_public_key_info)
    return PublicKey(handle.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("policy", NAMED, ids=lambda policy: policy.name)
class TestNamed:
    def test_the_keys_that_it_admits(self, policy: StrengthPolicy) -> None:
        """A policy admits the sizes and curves of its authority's table, and no other."""
        admitted = {name for name in KEYS if judge_key(policy, public_key(name), 0) is None}
        assert admitted == ADMITTED[policy.name]

    def test_the_signatures_that_it_admits(self, policy: StrengthPolicy) -> None:
        """A policy admits the digests and schemes of its authority's table, and no other."""
        admitted = {name for name, identifier in SIGNATURES.items() if weak_signature(policy, identifier) is None}
        assert admitted == ADMITTED_SIGNATURES[policy.name]

    def test_it_is_found_under_its_name(self, policy: StrengthPolicy) -> None:
        """A policy's name is what it is called by, so that a finding can be looked up."""
        assert getattr(strength, policy.name) is policy

    def test_what_was_not_read_is_said(self, policy: StrengthPolicy) -> None:
        """Of the documents only BCP 195 was read."""
        read = policy.citation.document == "RFC 9325"
        assert (policy.citation.knowledge is Knowledge.FIRST_HAND) is read

    def test_it_survives_pickle_and_use(self, policy: StrengthPolicy) -> None:
        """A used policy is equal to itself on the other side of a process."""
        weak_signature(policy, b"")
        assert pickle.loads(pickle.dumps(policy)) == policy


class TestDocuments:
    def test_stricter_with_the_years(self) -> None:
        """SP 800-57: what is strong enough from 2031 on is strong enough today."""
        assert ADMITTED["nist_2031"] < ADMITTED["nist_2026"]

    def test_p256_is_not_deprecated(self) -> None:
        """IR 8547 is a draft, and even there P-256 stays until 2035: the policy from 2031 on admits it."""
        assert "P-256" in ADMITTED["nist_2031"]


class TestFindings:
    def test_a_key_is_refused_in_the_name_of_the_policy(self) -> None:
        """A finding names the policy and cites the policy's own document, in text and data."""
        verdict = ask(scene(), profiles.tls_client.evolve(strength=strength.cnsa_1))
        finding = next(one for one in verdict.findings if one.code.id == "strength.key")
        assert (finding.facts["policy"], finding.source) == ("cnsa_1", "CNSSP-15 (2016)")
        assert "cnsa_1" in finding.what
        assert "[CNSSP-15 (2016); strength.key]" in verdict.explain()
        data = next(one for one in verdict.to_dict()["findings"] if one["code"] == "strength.key")
        assert data["citation"] == "CNSSP-15 (2016)"

    def test_a_signature_too(self) -> None:
        """The algorithm that signed is cited by the policy's document as well."""
        verdict = ask(scene(), profiles.rfc5280.evolve(strength=strength.cnsa_2))
        sources = {one.source for one in verdict.findings if one.code.id == "strength.signature_algorithm"}
        assert sources == {"CNSA 2.0 FAQ 2.1"}

    def test_others_cite_their_clause(self) -> None:
        """What no policy demands is cited by its code's clause."""
        verdict = ask(scene().replacing(0, not_after=pki.AT - SECOND))
        finding = next(one for one in verdict.findings if one.code.id == "validity.expired")
        assert finding.source == "RFC 5280 6.1.3 (a)(2)"

    def test_pqc_chain(self) -> None:
        """CNSA 2.0: a chain of ML-DSA-87 throughout is trusted, one with a classical root is not."""
        root, issuing = (pki.Authority(pki.common_name(name), key("mldsa87", n)) for n, name in enumerate(("R", "I")))
        leaf = issuing.issues(pki.common_name("pump"), key("mldsa87", 2), pki.dns("pump-17.ward.example.com"))
        links = (
            Link(leaf, pki.Authority(pki.common_name("pump"), key("mldsa87", 2))),
            Link(root.vouches_for(issuing), issuing),
            Link(root.vouches_for(root), root),
        )
        asked = scene()._replace(chain=links)
        profile = profiles.tls_client.evolve(strength=strength.cnsa_2)
        assert (ask(asked, profile).outcome, ask(scene(), profile).outcome) == (Outcome.TRUSTED, Outcome.UNTRUSTED)


class TestPolicy:
    def test_evolve(self) -> None:
        """A changed policy does not pass for the original."""
        ours = strength.bsi_2026.evolve(rsa_schemes=frozenset(RSAScheme))
        assert ours.name == "bsi_2026 (evolved)"
        assert weak_signature(ours, SIGNATURES["RSA-SHA256"]) is None
        assert weak_signature(strength.bsi_2026, SIGNATURES["RSA-SHA256"]) == "sha256WithRSAEncryption"

    @pytest.mark.parametrize(
        "changes",
        [
            {"keys": frozenset()},
            {"keys": {"RSA"}},
            {"minimum_rsa_bits": True},
            {"minimum_rsa_bits": 0},
            {"maximum_rsa_bits": 1024},
            {"rsa_bits_multiple_of": 0},
            {"citation": "RFC 9325"},
            {"minimum": 1},
        ],
    )
    def test_what_could_admit_nothing_is_misuse(self, changes: dict[str, Any]) -> None:
        """A policy of the wrong types, or that no key could meet, is the caller's slip."""
        with pytest.raises(MisuseError):
            strength.baseline.evolve(**changes)

    def test_its_citation_is_in_the_digest(self) -> None:
        """A verdict that cites another document is another verdict."""
        other = strength.bcp195.evolve(name="bcp195", citation=Citation("house rule", "1"))
        assert profiles.tls_client.evolve(name="tls_client", strength=other).digest != profiles.tls_client.digest
