"""The names of algorithms that are known by name only: no signature of theirs is checked here.

Makes: `algorithm_name`, and the tables of post-quantum algorithms by what they are for.
May import: the standard library.
Must never: decide anything.
Read first: `algorithm_name`.

The identifiers of RFC 9802, RFC 9881, RFC 9909 and RFC 9935, and those of drafts, as registries and other
implementations list them; the documents themselves are known at second hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = [
    "COMPOSITE_SIGNATURES",
    "DRAFT_ALGORITHMS",
    "HASH_ML_DSA",
    "ML_DSA",
    "ML_KEM",
    "SLH_DSA",
    "STATEFUL_SIGNATURES",
    "algorithm_name",
    "curve_name",
]


def algorithm_name(oid: str) -> str:
    """The algorithm of this dotted OID for people to read: its name with the OID, or the OID alone."""
    name = _NAMES.get(oid)
    return oid if name is None else f"{name} ({oid})"


def curve_name(oid: str) -> str:
    """The elliptic curve of this dotted OID, likewise."""
    name = _CURVES.get(oid)
    return oid if name is None else f"{name} ({oid})"


def _numbered(arc: str, first: int, names: tuple[str, ...]) -> Mapping[str, str]:
    return MappingProxyType({f"{arc}.{first + place}": name for place, name in enumerate(names)})


_NIST_SIGNATURES: Final = "2.16.840.1.101.3.4.3"
_SLH_DSA_SETS: Final = tuple(
    f"{family}-{size}{kind}" for family in ("SHA2", "SHAKE") for size in (128, 192, 256) for kind in "sf"
)
_PREHASH: Final = ("SHA256",) * 2 + ("SHA512",) * 4 + ("SHAKE128",) * 2 + ("SHAKE256",) * 4

ML_DSA: Final = _numbered(_NIST_SIGNATURES, 17, ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87"))
"""RFC 9881 2."""
HASH_ML_DSA: Final = _numbered(_NIST_SIGNATURES, 32, tuple(f"HashML-DSA-{level}-with-SHA512" for level in (44, 65, 87)))
"""FIPS 204 5.4; not for certificates, RFC 9881 8.3."""
SLH_DSA: Final = MappingProxyType(
    {
        **_numbered(_NIST_SIGNATURES, 20, tuple(f"SLH-DSA-{name}" for name in _SLH_DSA_SETS)),
        **_numbered(
            _NIST_SIGNATURES,
            35,
            tuple(f"HashSLH-DSA-{name}-with-{digest}" for name, digest in zip(_SLH_DSA_SETS, _PREHASH, strict=True)),
        ),
    }
)
"""RFC 9909, the pure ones and those that hash first."""
ML_KEM: Final = _numbered("2.16.840.1.101.3.4.4", 1, ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"))
"""RFC 9935."""
STATEFUL_SIGNATURES: Final = MappingProxyType(
    {
        "1.2.840.113549.1.9.16.3.17": "HSS/LMS",
        "1.3.6.1.5.5.7.6.34": "XMSS",
        "1.3.6.1.5.5.7.6.35": "XMSS^MT",
    }
)
"""RFC 9802."""
COMPOSITE_SIGNATURES: Final = _numbered("1.3.6.1.5.5.7.6", 37, ("a composite of ML-DSA and another algorithm",) * 18)
"""draft-ietf-lamps-pq-composite-sigs: one name will do for the eighteen of them."""

_DILITHIUM: Final = "1.3.6.1.4.1.2.267"
_SPHINCS: Final = {4: "SHA2-128", 5: "SHA2-192", 6: "SHA2-256", 7: "SHAKE-128", 8: "SHAKE-192", 9: "SHAKE-256"}
# Within the arc of a parameter set: the last arcs of what was submitted to round 3, and of the draft of FIPS 205.
_SPHINCS_ROUND3: Final = {size: (1, 4, 7, 10) if size in (4, 7) else (1, 3, 5, 7) for size in _SPHINCS}
_SPHINCS_DRAFT: Final = {size: (16, 13) if size in (4, 7) else (12, 10) for size in _SPHINCS}
DRAFT_ALGORITHMS: Final = MappingProxyType(
    {
        f"{_DILITHIUM}.7.4.4": "Dilithium2",
        f"{_DILITHIUM}.7.6.5": "Dilithium3",
        f"{_DILITHIUM}.7.8.7": "Dilithium5",
        f"{_DILITHIUM}.11.4.4": "Dilithium2-AES",
        f"{_DILITHIUM}.11.6.5": "Dilithium3-AES",
        f"{_DILITHIUM}.11.8.7": "Dilithium5-AES",
        f"{_DILITHIUM}.12.4.4": "ML-DSA-44 of the draft of FIPS 204",
        f"{_DILITHIUM}.12.6.5": "ML-DSA-65 of the draft of FIPS 204",
        f"{_DILITHIUM}.12.8.7": "ML-DSA-87 of the draft of FIPS 204",
        "1.3.9999.3.1": "Falcon-512",
        "1.3.9999.3.4": "Falcon-1024",
        **{
            f"1.3.9999.6.{arc}.{last}": f"SPHINCS+-{name} of round 3"
            for arc, name in _SPHINCS.items()
            for last in _SPHINCS_ROUND3[arc]
        },
        **{
            f"1.3.9999.6.{arc}.{last}": f"SLH-DSA-{name} of the draft of FIPS 205"
            for arc, name in _SPHINCS.items()
            for last in _SPHINCS_DRAFT[arc]
        },
        **_numbered(
            "1.3.6.1.4.1.22554.5.6",
            1,
            (
                *(f"ML-KEM-{size} of the draft of FIPS 203" for size in (512, 768, 1024)),
                *(f"Kyber{size}-AES" for size in (512, 768, 1024)),
            ),
        ),
    }
)
"""What was submitted to NIST, and what its drafts described: none of it is compatible with the final standards."""

_NAMES: Final = {
    **ML_DSA,
    **HASH_ML_DSA,
    **SLH_DSA,
    **ML_KEM,
    **STATEFUL_SIGNATURES,
    **COMPOSITE_SIGNATURES,
    **DRAFT_ALGORITHMS,
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.3": "md4WithRSAEncryption",
    "1.2.840.113549.1.1.7": "id-RSAES-OAEP",
    "1.2.840.113549.1.1.10": "id-RSASSA-PSS",
    "1.2.840.113549.1.3.1": "Diffie-Hellman, PKCS #3",
    "1.2.840.10040.4.1": "id-dsa",
    "1.2.840.10046.2.1": "dhpublicnumber",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.132.1.12": "id-ecDH",
    "1.3.132.1.13": "id-ecMQV",
}
_CURVES: Final = {
    "1.2.250.1.223.101.256.1": "FRP256v1",
    "1.2.840.10045.3.1.1": "secp192r1",
    "1.3.132.0.1": "sect163k1",
    "1.3.132.0.15": "sect163r2",
    "1.3.132.0.16": "sect283k1",
    "1.3.132.0.17": "sect283r1",
    "1.3.132.0.26": "sect233k1",
    "1.3.132.0.27": "sect233r1",
    "1.3.132.0.36": "sect409k1",
    "1.3.132.0.37": "sect409r1",
    "1.3.132.0.38": "sect571k1",
    "1.3.132.0.39": "sect571r1",
}
