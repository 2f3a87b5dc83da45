"""The only door to a signature check.

Makes: `SignatureAlgorithm`, `FIXED_ALGORITHMS`, `Check`, `signature_algorithm`, `digest_octets`, `verify`,
  `verify_issued_by_authority`.
May import: x509 siblings, `cryptography`.
Must never: decide whether an algorithm is strong enough (`path.strength` does), or raise on hostile bytes.
Read first: `verify`.

A signature over given bytes by a given key is true or false for ever, so successes by certification authorities are
kept in a bounded cache. Failures are not kept, nor are signatures on end entities: nobody outside can fill the cache.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from devicetrust.x509.der import MalformedDER, children, integer, oid_text, read_tlv
from devicetrust.x509.keys import PublicKey

__all__ = [
    "FIXED_ALGORITHMS",
    "Check",
    "SignatureAlgorithm",
    "digest_octets",
    "signature_algorithm",
    "verify",
    "verify_issued_by_authority",
]


class Check(enum.Enum):
    """What came of a signature check."""

    VALID = "valid"
    INVALID = "invalid"
    WRONG_KEY_TYPE = "the issuer's key is not of the kind that the signature algorithm needs"
    UNSUPPORTED = "the signature algorithm is not supported"
    UNREADABLE_KEY = "the issuer's key cannot be read"


class SignatureAlgorithm(NamedTuple):
    """A signature algorithm: its name, the kind of key it needs, its hash, and how to check it.

    ``name`` is the registered name (``ecdsa-with-SHA256``); ``key`` is a `PublicKey.algorithm`; ``hash`` is the
    name of the message digest, or empty where the scheme has its own. ``hash`` is in the registered spelling
    (``SHA-256``). ``salt_length`` is in octets, for RSASSA-PSS only.
    """

    name: str
    key: str
    hash: str
    check: Callable[[Any, bytes, bytes], None]
    salt_length: int | None = None


def signature_algorithm(identifier: bytes) -> SignatureAlgorithm | None:
    """The algorithm that a DER AlgorithmIdentifier names, or None where it or its parameters are not known here.

    RFC 4055 5 (RSA: NULL or absent parameters), RFC 5758 3.2 (ECDSA: absent), RFC 8410 3 (EdDSA: absent),
    RFC 9881 2 (ML-DSA: absent), RFC 4055 3.1 (RSASSA-PSS).
    """
    known = FIXED_ALGORITHMS.get(identifier)
    if known is not None:
        return known
    if _RSASSA_PSS_OID in identifier[:15]:  # a first look; the parameters' reader looks again
        return _rsassa_pss(identifier)
    return None


def digest_octets(hash_name: str) -> int:
    """How many octets a digest has, by its registered name (``SHA-256``); 0 for a name that is not known here."""
    known = _HASHES.get(hash_name)
    return 0 if known is None else known.digest_size


def verify(key: PublicKey, identifier: bytes, signed: bytes, signature: bytes) -> Check:
    """Whether ``signature`` over ``signed`` verifies under ``key`` with the algorithm that ``identifier`` names.

    RFC 5280 6.1.3 (a)(1). ``identifier`` is the DER AlgorithmIdentifier, parameters included.
    """
    algorithm = signature_algorithm(identifier)
    if algorithm is None:
        return Check.UNSUPPORTED
    if key.handle is None:
        return Check.UNREADABLE_KEY
    if algorithm.key != key.algorithm or not _key_permits(key, algorithm):
        return Check.WRONG_KEY_TYPE
    try:
        algorithm.check(key.handle, signature, signed)
    except InvalidSignature:
        return Check.INVALID
    except UnsupportedAlgorithm:
        return Check.UNSUPPORTED
    except ValueError:  # for example a digest longer than a small RSA modulus can carry
        return Check.INVALID
    return Check.VALID


def verify_issued_by_authority(key: PublicKey, identifier: bytes, signed: bytes, signature: bytes) -> Check:
    """`verify`, for what an already verified certification authority signed for another: successes are remembered."""
    known = _cache_key(key.der, identifier, signed, signature)
    if known in _SUCCESSES:
        return Check.VALID
    outcome = verify(key, identifier, signed, signature)
    if outcome is Check.VALID:
        if len(_SUCCESSES) >= _MOST_SUCCESSES:
            for oldest in list(_SUCCESSES)[: _MOST_SUCCESSES // 4]:
                _SUCCESSES.pop(oldest, None)
        _SUCCESSES[known] = None
    return outcome


# Ours: the CA certificates and CRLs of a large hospital, its vendors and their history; 32 octets each, under 1 MiB.
_MOST_SUCCESSES: Final = 8192
_SUCCESSES: dict[bytes, None] = {}


def _cache_key(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join([len(part).to_bytes(8, "big") + part for part in parts])).digest()


_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "MD5": hashes.MD5(),  # noqa: S303, verified only to say what is wrong; no strength policy admits it
    "SHA-1": hashes.SHA1(),  # noqa: S303, likewise
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
_HASH_OIDS: Final = {
    "1.3.14.3.2.26": "SHA-1",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
}
_RSASSA_PSS_OID: Final = bytes.fromhex("06092a864886f70d01010a")
_PKCS1V15: Final = padding.PKCS1v15()


def _rsa(hash_name: str) -> Callable[[Any, bytes, bytes], None]:
    digest = _HASHES[hash_name]
    return lambda key, signature, signed: key.verify(signature, signed, _PKCS1V15, digest)


def _ecdsa(hash_name: str) -> Callable[[Any, bytes, bytes], None]:
    scheme = ec.ECDSA(_HASHES[hash_name])
    return lambda key, signature, signed: key.verify(signature, signed, scheme)


def _dsa(hash_name: str) -> Callable[[Any, bytes, bytes], None]:
    digest = _HASHES[hash_name]
    return lambda key, signature, signed: key.verify(signature, signed, digest)


def _plain(key: Any, signature: bytes, signed: bytes) -> None:
    key.verify(signature, signed)


def _known() -> dict[bytes, SignatureAlgorithm]:
    """Every AlgorithmIdentifier with fixed parameters that is known here, by its exact DER."""
    table: dict[bytes, SignatureAlgorithm] = {}

    def add(algorithm: SignatureAlgorithm, oid: str, *parameters: bytes) -> None:
        for encoded in parameters or (b"",):
            body = bytes.fromhex(oid) + encoded
            table[b"\x30" + bytes([len(body)]) + body] = algorithm

    rsa_oids = {"MD5": "04", "SHA-1": "05", "SHA-224": "0e", "SHA-256": "0b", "SHA-384": "0c", "SHA-512": "0d"}
    for name, last in rsa_oids.items():
        label = f"{name.lower().replace('-', '')}WithRSAEncryption"
        add(SignatureAlgorithm(label, "RSA", name, _rsa(name)), f"06092a864886f70d0101{last}", b"\x05\x00", b"")
    for name, last in {"SHA-224": "01", "SHA-256": "02", "SHA-384": "03", "SHA-512": "04"}.items():
        label = f"ecdsa-with-{name.replace('-', '')}"
        add(SignatureAlgorithm(label, "EC", name, _ecdsa(name)), f"06082a8648ce3d0403{last}")
    add(SignatureAlgorithm("ecdsa-with-SHA1", "EC", "SHA-1", _ecdsa("SHA-1")), "06072a8648ce3d0401")
    add(SignatureAlgorithm("dsa-with-sha1", "DSA", "SHA-1", _dsa("SHA-1")), "06072a8648ce380403")
    for name, last in {"SHA-224": "01", "SHA-256": "02"}.items():
        label = f"dsa-with-{name.lower().replace('-', '')}"
        add(SignatureAlgorithm(label, "DSA", name, _dsa(name)), f"06096086480165030403{last}")
    for name, oid in {"Ed25519": "06032b6570", "Ed448": "06032b6571"}.items():
        add(SignatureAlgorithm(name, name, "", _plain), oid)
    for level, last in {44: "11", 65: "12", 87: "13"}.items():
        name = f"ML-DSA-{level}"
        add(SignatureAlgorithm(name, name, "", _plain), f"06096086480165030403{last}")
    return table


FIXED_ALGORITHMS: Final[Mapping[bytes, SignatureAlgorithm]] = MappingProxyType(_known())
"""Every algorithm with fixed parameters that is known here, by its AlgorithmIdentifier in DER."""


def _rsassa_pss(identifier: bytes) -> SignatureAlgorithm | None:
    """RSASSA-PSS with explicit parameters, RFC 4055 3.1: one hash for message and mask, trailer field 1.

    Parameters left to their defaults mean SHA-1, and come back as such for the strength policy to judge.
    """
    try:
        found = _pss_parameters(identifier)
    except MalformedDER:
        return None
    if found is None:
        return None
    hash_name, salt_length = found
    digest = _HASHES[hash_name]
    scheme = padding.PSS(padding.MGF1(digest), salt_length)
    return SignatureAlgorithm(
        "id-RSASSA-PSS",
        "RSA",
        hash_name,
        lambda key, signature, signed: key.verify(signature, signed, scheme, digest),
        salt_length,
    )


def _pss_parameters(identifier: bytes) -> tuple[str, int] | None:
    """(hash, salt length in octets), or None where the parameters are not ones that RFC 4055 lets us accept."""
    tag, start, end = read_tlv(identifier, 0, len(identifier))
    parts = list(children(identifier, start, end))
    if tag != 0x30 or end != len(identifier) or len(parts) != 2 or parts[1][0] != 0x30:
        return None
    if identifier[parts[0][1] : parts[0][3]] != _RSASSA_PSS_OID:
        return None
    hash_name: str | None = "SHA-1"
    mask_hash: str | None = "SHA-1"
    salt_length, trailer, last = 20, 1, 0x9F
    for tag, _, start, end in children(identifier, parts[1][2], parts[1][3]):
        if not last < tag <= 0xA3:
            return None
        last = tag
        inner_tag, inner_start, inner_end = read_tlv(identifier, start, end)
        if inner_end != end:
            return None
        if tag == 0xA0 and inner_tag == 0x30:
            hash_name = _hash_name(identifier, inner_start, inner_end)
        elif tag == 0xA1 and inner_tag == 0x30:
            mask_hash = _mask_hash_name(identifier, inner_start, inner_end)
        elif tag in (0xA2, 0xA3) and inner_tag == 0x02:
            value = integer(identifier[inner_start:inner_end])
            salt_length, trailer = (value, trailer) if tag == 0xA2 else (salt_length, value)
        else:
            return None
    # The longest digest bounds a sensible salt; anything longer is an encoding made to be odd.
    if hash_name is None or hash_name != mask_hash or trailer != 1 or not 0 <= salt_length <= 64:
        return None
    return hash_name, salt_length


def _hash_name(data: bytes, start: int, end: int) -> str | None:
    parts = list(children(data, start, end))
    if not parts or parts[0][0] != 0x06 or len(parts) > 2 or (len(parts) == 2 and parts[1][0] != 0x05):
        return None
    return _HASH_OIDS.get(oid_text(data[parts[0][2] : parts[0][3]]))


def _mask_hash_name(data: bytes, start: int, end: int) -> str | None:
    """The hash of MGF1 (1.2.840.113549.1.1.8), the only mask generation function of RFC 4055 2.2."""
    parts = list(children(data, start, end))
    if len(parts) != 2 or parts[0][0] != 0x06 or parts[1][0] != 0x30:
        return None
    if oid_text(data[parts[0][2] : parts[0][3]]) != "1.2.840.113549.1.1.8":
        return None
    return _hash_name(data, parts[1][2], parts[1][3])


def _key_permits(key: PublicKey, algorithm: SignatureAlgorithm) -> bool:
    """Whether a key declared for RSASSA-PSS only is used as it says, RFC 4055 1.2 and 3.3."""
    if key.algorithm != "RSA" or _RSASSA_PSS_OID not in key.der[:30]:
        return True
    if algorithm.salt_length is None:
        return False
    try:
        _, start, end = read_tlv(key.der, 0, len(key.der))
        _, identifier_start, _, identifier_end = next(children(key.der, start, end))
        identifier = key.der[identifier_start:identifier_end]
        _, inner_start, inner_end = read_tlv(identifier, 0, len(identifier))
        if len(list(children(identifier, inner_start, inner_end))) == 1:
            return True
        parameters = _pss_parameters(identifier)
    except (MalformedDER, StopIteration):
        return False
    return parameters is not None and parameters[0] == algorithm.hash and algorithm.salt_length >= parameters[1]
