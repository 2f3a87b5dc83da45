"""Keys for tests, which are no secret, and signatures with them.

Makes: `KeyAlgorithm`, `Key`, `key`, `guessable_key`, `KeyPool`, `signature`, the AlgorithmIdentifiers of signatures.
May import: the writers of this room, `cryptography`.
Must never: import anything else of devicetrust, or draw at random.
Read first: `key`, then `KeyPool`.

Elliptic and ML-DSA keys are derived from their labels. RSA keys cannot be: making one takes random draws that are not
ours to choose, so a few lie in ``rsa_primes.txt``, for everyone to read.

What is the same each time
    RSA PKCS#1 v1.5 and Ed25519 signatures are by their nature, ECDSA's because its nonces are those of RFC 6979.
    ML-DSA signatures differ each time: FIPS 204 draws for them at random, and ``cryptography`` has no other way. So
    certificates that an ML-DSA key signs have the same contents each time, but not the same bytes.
"""

from __future__ import annotations

import enum
import hashlib
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devicetrust.testing.der import NULL, object_identifier, sequence

__all__ = ["ALGORITHMS", "Key", "KeyAlgorithm", "KeyPool", "guessable_key", "key", "signature"]


class KeyAlgorithm(enum.Enum):
    """The kinds and sizes of keys that can be issued for."""

    RSA_1024 = "rsa1024"
    """Too short: no profile admits it."""
    RSA_2048 = "rsa2048"
    RSA_3072 = "rsa3072"
    P224 = "p224"
    """Too short for the web's verifiers."""
    P256 = "p256"
    P384 = "p384"
    ED25519 = "ed25519"
    ML_DSA_44 = "mldsa44"
    """FIPS 204, RFC 9881; `key` raises ``cryptography``'s `UnsupportedAlgorithm` where its OpenSSL is without."""
    ML_DSA_65 = "mldsa65"
    ML_DSA_87 = "mldsa87"


class Key(NamedTuple):
    """A key pair. Equal and hashed by its label: one label is one key, in every process.

    ``scheme`` is what it signs with unless told otherwise, a key of `ALGORITHMS`. ``public_octets`` are
    those of subjectPublicKey.
    """

    label: str
    algorithm: KeyAlgorithm
    private_key: Any
    subject_public_key_info: bytes
    scheme: str
    public_octets: bytes

    @property
    def identifier(self) -> bytes:
        """SHA-1 over subjectPublicKey, RFC 5280 4.2.1.2 (1)."""
        return hashlib.sha1(self.public_octets, usedforsecurity=False).digest()

    @property
    def has_digest(self) -> bool:
        """Whether what it signs is hashed first by a digest that can be chosen."""
        return "-" in self.scheme

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.label == other.label

    def __hash__(self) -> int:
        return hash(self.label)


@lru_cache(maxsize=4096)
def key(algorithm: KeyAlgorithm, label: str) -> Key:
    """The key of this label: derived from it, or for RSA the one that ``rsa_primes.txt`` has under it."""
    kind = algorithm.value
    digest = hashlib.sha256(label.encode()).digest()
    private_key: Any
    if algorithm is KeyAlgorithm.ED25519:
        private_key, scheme = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(5) + digest[:27]), "ed25519"
    elif algorithm in _CURVES:
        curve, scheme = _CURVES[algorithm]
        private_key = ec.derive_private_key(int.from_bytes(digest[:27], "big"), curve)
    elif kind.startswith("mldsa"):
        module = import_module("cryptography.hazmat.primitives.asymmetric.mldsa")  # not in every build
        private_key, scheme = getattr(module, f"MLDSA{kind[5:]}PrivateKey").from_seed_bytes(digest), kind
    else:
        private_key, scheme = _rsa_key(label), "rsa-sha256"
    return _made(label, algorithm, private_key, scheme)


@lru_cache(maxsize=1)
def guessable_key() -> Key:
    """A key on P-256 that is found by counting: its private key is 17."""
    curve, scheme = _CURVES[KeyAlgorithm.P256]
    return _made("p256/guessable", KeyAlgorithm.P256, ec.derive_private_key(17, curve), scheme)


def _made(label: str, algorithm: KeyAlgorithm, private_key: Any, scheme: str) -> Key:
    public_key = private_key.public_key()
    encoded = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    form = _RSA_OCTETS if scheme == "rsa-sha256" else _EC_OCTETS if algorithm in _CURVES else _RAW_OCTETS
    return Key(label, algorithm, private_key, encoded, scheme, public_key.public_bytes(*form))


class KeyPool:
    """The keys of one hospital, by algorithm and the name of whose they are; each is made once.

    RSA keys are handed out in turn, as many as `RSA_KEYS` says: the first half of them to CAs (of few, six), the others
    to devices, so that no device has the key of a CA unless it is meant to. After the last of their part they serve
    again, but for those that came first: they are the roots' and issuing CAs'.
    """

    def __init__(self, seed: int) -> None:
        self._seed: Final = seed
        self._known: Final[dict[tuple[KeyAlgorithm, str], Key]] = {}
        self._taken: Final[dict[tuple[KeyAlgorithm, bool], int]] = {}

    def key(self, algorithm: KeyAlgorithm, holder: str) -> Key:
        """The key of this algorithm that ``holder``, who is no CA, has."""
        return self._key(algorithm, holder, is_authority=False)

    def authority_key(self, algorithm: KeyAlgorithm, title: str) -> Key:
        """The key of this algorithm that the CA of this title has."""
        return self._key(algorithm, title, is_authority=True)

    def _key(self, algorithm: KeyAlgorithm, holder: str, *, is_authority: bool) -> Key:
        known = self._known.get((algorithm, holder))
        if known is None:
            label = self._label(algorithm, holder, is_authority=is_authority)
            known = self._known[algorithm, holder] = key(algorithm, label)
        return known

    def stranger(self, algorithm: KeyAlgorithm, holder: str) -> Key:
        """A key of this algorithm that is certainly not one of those that `key` gives: one RSA key serves them all."""
        is_rsa = algorithm in RSA_KEYS
        return key(algorithm, f"{algorithm.value}/stranger") if is_rsa else self.key(algorithm, f"{holder}, a stranger")

    def _label(self, algorithm: KeyAlgorithm, holder: str, *, is_authority: bool) -> str:
        count = RSA_KEYS.get(algorithm)
        if count is None:
            return f"{self._seed}/{algorithm.value}/{holder}"
        place = self._taken.get((algorithm, is_authority), 0)
        self._taken[algorithm, is_authority] = place + 1
        of_authorities = min(max(count // 2, _AUTHORITIES + 2), count - 1)
        if not is_authority:
            place = of_authorities + place % (count - of_authorities)
        elif place >= of_authorities > 0:
            first = min(_AUTHORITIES, of_authorities - 1)
            place = first + (place - first) % (of_authorities - first)
        else:
            place %= count
        return f"{algorithm.value}/{place}"


RSA_KEYS: Final = {KeyAlgorithm.RSA_1024: 1, KeyAlgorithm.RSA_2048: 16, KeyAlgorithm.RSA_3072: 8}
"""How many RSA keys of each size are handed out; one more is a `KeyPool.stranger`'s."""
_AUTHORITIES: Final = 4  # a hospital begins with two roots and two issuing CAs


@lru_cache(maxsize=8192)
def signature(signer: Key, scheme: str, signed: bytes) -> bytes:
    """A signature, made once for the same bytes, key and scheme in one process."""
    private_key = signer.private_key
    algorithm = _HASHES.get(scheme.partition("-")[2])
    made: bytes
    if algorithm is None:
        made = private_key.sign(signed)
    elif isinstance(private_key, rsa.RSAPrivateKey):
        made = private_key.sign(signed, padding.PKCS1v15(), algorithm)
    else:
        made = private_key.sign(signed, ec.ECDSA(algorithm, deterministic_signing=True))
    return made


ALGORITHMS: Final[dict[str, bytes]] = {
    "ecdsa-sha1": sequence(object_identifier("1.2.840.10045.4.1")),
    "ecdsa-sha256": sequence(object_identifier("1.2.840.10045.4.3.2")),
    "ecdsa-sha384": sequence(object_identifier("1.2.840.10045.4.3.3")),
    "rsa-md5": sequence(object_identifier("1.2.840.113549.1.1.4"), NULL),
    "rsa-sha1": sequence(object_identifier("1.2.840.113549.1.1.5"), NULL),
    "rsa-sha256": sequence(object_identifier("1.2.840.113549.1.1.11"), NULL),
    "ed25519": sequence(object_identifier("1.3.101.112")),
    "mldsa44": sequence(object_identifier("2.16.840.1.101.3.4.3.17")),
    "mldsa65": sequence(object_identifier("2.16.840.1.101.3.4.3.18")),
    "mldsa87": sequence(object_identifier("2.16.840.1.101.3.4.3.19")),
}
"""The AlgorithmIdentifier of each way to sign."""

# Broken digests are signed with on purpose: that they are refused is what such certificates are for.
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "md5": hashes.MD5(),  # noqa: S303
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
}
_RSA_OCTETS: Final = (Encoding.DER, PublicFormat.PKCS1)
_EC_OCTETS: Final = (Encoding.X962, PublicFormat.UncompressedPoint)
_RAW_OCTETS: Final = (Encoding.Raw, PublicFormat.Raw)
_CURVES: Final[dict[KeyAlgorithm, tuple[ec.EllipticCurve, str]]] = {
    KeyAlgorithm.P224: (ec.SECP224R1(), "ecdsa-sha256"),
    KeyAlgorithm.P256: (ec.SECP256R1(), "ecdsa-sha256"),
    KeyAlgorithm.P384: (ec.SECP384R1(), "ecdsa-sha384"),
}


def _rsa_key(label: str) -> rsa.RSAPrivateKey:
    lines = map(str.split, files("devicetrust.testing").joinpath("rsa_primes.txt").read_text("ascii").splitlines())
    p, q = next((int(p, 16), int(q, 16)) for name, p, q in lines if name == label)
    d = pow(65537, -1, (p - 1) * (q - 1))
    exponents = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *exponents, rsa.RSAPublicNumbers(65537, p * q)).private_key()
