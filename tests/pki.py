"""Makes certificates for tests, quickly and deterministically, right ones and wrong ones.

Makes: DER written by hand (`Draft`), a pool of keys (`key`), authorities and leaves that satisfy the strictest profile.
May import: cryptography, for keys and signatures only.
Must never: import devicetrust: what is tested must not make its own input.
Read first: `Draft`, then `Authority`.

Everything in a certificate may be overridden, the wrong things too: a `Draft` is a plain tuple of fields, `_replace`
changes one, and `sealed` signs whatever is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeAlias

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
"""The moment at which everything made here is valid unless it is told otherwise."""
FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
COMMON_NAME = "2.5.4.3"
ORGANIZATION = "2.5.4.10"
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 2, 5, 6


# DER


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    magnitude = value if value >= 0 else ~value
    return tlv(0x02, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def octet_string(content: bytes) -> bytes:
    return tlv(0x04, content)


def bit_string(content: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes((unused,)), content)


@lru_cache(maxsize=512)
def object_identifier(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(0x80 | arc & 0x7F)
        content += bytes(reversed(group))
    return tlv(0x06, content)


def validity_time(instant: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5)."""
    if instant.year < 2050:
        return tlv(0x17, instant.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(instant)


def generalized_time(instant: datetime) -> bytes:
    return tlv(0x18, f"{instant.year:04d}{instant:%m%d%H%M%S}Z".encode())


def name(*attributes: tuple[str, str]) -> bytes:
    """A distinguished name of (object identifier, text) pairs, one in each RDN, as UTF8String."""
    return sequence(
        *(tlv(0x31, sequence(object_identifier(oid), tlv(0x0C, text.encode()))) for oid, text in attributes)
    )


@lru_cache(maxsize=4096)
def common_name(text: str) -> bytes:
    return name((ORGANIZATION, "Ward"), (COMMON_NAME, text))


# general names


def dns(text: str) -> bytes:
    return tlv(0x82, text.encode())


def email(text: str) -> bytes:
    return tlv(0x81, text.encode())


def uri(text: str) -> bytes:
    return tlv(0x86, text.encode())


def ip(value: IPv4Address | IPv6Address | IPv4Network | IPv6Network) -> bytes:
    if isinstance(value, IPv4Network | IPv6Network):
        return tlv(0x87, value.network_address.packed + value.netmask.packed)
    return tlv(0x87, value.packed)


def directory(distinguished_name: bytes) -> bytes:
    return tlv(0xA4, distinguished_name)


# extensions


class Extension(NamedTuple):
    """One extension: dotted OID, criticality, and the bytes inside the extnValue."""

    oid: str
    critical: bool
    value: bytes

    def encoded(self) -> bytes:
        flag = b"\x01\x01\xff" if self.critical else b""
        return sequence(object_identifier(self.oid), flag, octet_string(self.value))


SUBJECT_KEY_IDENTIFIER, KEY_USAGE, SUBJECT_ALTERNATIVE_NAME = "2.5.29.14", "2.5.29.15", "2.5.29.17"
BASIC_CONSTRAINTS, NAME_CONSTRAINTS, CERTIFICATE_POLICIES = "2.5.29.19", "2.5.29.30", "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER, POLICY_CONSTRAINTS, EXTENDED_KEY_USAGE = "2.5.29.35", "2.5.29.36", "2.5.29.37"


def basic_constraints(*, ca: bool, path_length: int | None = None, critical: bool = True) -> Extension:
    length = b"" if path_length is None else integer(path_length)
    return Extension(BASIC_CONSTRAINTS, critical, sequence(b"\x01\x01\xff" if ca else b"", length))


def key_usage(*bits: int) -> Extension:
    number = sum(0x8000 >> bit for bit in bits)
    content = number.to_bytes(2, "big").rstrip(b"\0")
    unused = next(count for count in range(8) if content[-1] >> count & 1)
    return Extension(KEY_USAGE, True, bit_string(content, unused))


def extended_key_usage(*purposes: str, critical: bool = False) -> Extension:
    return Extension(EXTENDED_KEY_USAGE, critical, sequence(*map(object_identifier, purposes)))


def subject_alternative_name(*names: bytes, critical: bool = False) -> Extension:
    return Extension(SUBJECT_ALTERNATIVE_NAME, critical, sequence(*names))


def name_constraints(permitted: Iterable[bytes] = (), excluded: Iterable[bytes] = ()) -> Extension:
    trees = [(0xA0, tuple(permitted)), (0xA1, tuple(excluded))]
    parts = (tlv(tag, *(sequence(base) for base in bases)) for tag, bases in trees if bases)
    return Extension(NAME_CONSTRAINTS, True, sequence(*parts))


def certificate_policies(*policies: str) -> Extension:
    return Extension(CERTIFICATE_POLICIES, False, sequence(*(sequence(object_identifier(one)) for one in policies)))


def policy_constraints(require_explicit_policy: int) -> Extension:
    return Extension(POLICY_CONSTRAINTS, True, sequence(tlv(0x80, integer(require_explicit_policy)[2:])))


# keys


class Key(NamedTuple):
    """A key pair of the pool. Equal and hashed by its label: one label is one key in one process."""

    label: str
    private_key: PrivateKey
    subject_public_key_info: bytes
    scheme: str
    identifier: bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.label == other.label

    def __hash__(self) -> int:
        return hash(self.label)


@lru_cache(maxsize=256)
def key(kind: str, number: int = 0) -> Key:
    """The key ``number`` of ``kind``: ``p256``, ``p384``, ``ed25519``, or ``rsa`` and a count of bits.

    The same in every process, and no secret: elliptic keys are derived from the label, RSA keys lie beside this file.
    """
    label = f"{kind}/{number}"
    scalar = int.from_bytes(hashlib.sha256(label.encode()).digest(), "big") >> 40
    private_key: PrivateKey
    if kind == "ed25519":
        private_key, scheme = ed25519.Ed25519PrivateKey.from_private_bytes(scalar.to_bytes(32, "big")), "ed25519"
    elif kind in CURVES:
        curve, scheme = CURVES[kind]
        private_key = ec.derive_private_key(scalar, curve)
    else:
        private_key, scheme = _rsa_key(label), "rsa-sha256"
    encoded = private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Key(label, private_key, encoded, scheme, hashlib.sha1(encoded).digest())


def _rsa_key(label: str) -> rsa.RSAPrivateKey:
    lines = map(str.split, Path(__file__).with_name("rsa_primes.txt").read_text("ascii").splitlines())
    p, q = next((int(p, 16), int(q, 16)) for name, p, q in lines if name == label)
    d = pow(65537, -1, (p - 1) * (q - 1))
    exponents = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *exponents, rsa.RSAPublicNumbers(65537, p * q)).private_key()


CURVES: dict[str, tuple[ec.EllipticCurve, str]] = {
    "p224": (ec.SECP224R1(), "ecdsa-sha256"),
    "p256": (ec.SECP256R1(), "ecdsa-sha256"),
    "p384": (ec.SECP384R1(), "ecdsa-sha384"),
}
HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
}
NULL = b"\x05\x00"
ALGORITHMS: dict[str, bytes] = {
    "ecdsa-sha1": sequence(object_identifier("1.2.840.10045.4.1")),
    "ecdsa-sha256": sequence(object_identifier("1.2.840.10045.4.3.2")),
    "ecdsa-sha384": sequence(object_identifier("1.2.840.10045.4.3.3")),
    "rsa-md5": sequence(object_identifier("1.2.840.113549.1.1.4"), NULL),
    "rsa-sha1": sequence(object_identifier("1.2.840.113549.1.1.5"), NULL),
    "rsa-sha256": sequence(object_identifier("1.2.840.113549.1.1.11"), NULL),
    "ed25519": sequence(object_identifier("1.3.101.112")),
}


@lru_cache(maxsize=65536)
def signature(signer: Key, scheme: str, signed: bytes) -> bytes:
    """A deterministic signature, made once for the same bytes, key and scheme."""
    private_key = signer.private_key
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return private_key.sign(signed)
    algorithm = HASHES[scheme.partition("-")[2]]
    if isinstance(private_key, rsa.RSAPrivateKey):
        return private_key.sign(signed, padding.PKCS1v15(), algorithm)
    return private_key.sign(signed, ec.ECDSA(algorithm, deterministic_signing=True))


# certificates


class Draft(NamedTuple):
    """A certificate before it is signed. Times may be given as finished DER; ``None`` means the natural value."""

    subject: bytes
    issuer: bytes
    subject_public_key_info: bytes
    extensions: tuple[Extension, ...] = ()
    not_before: datetime | bytes = AT - timedelta(days=10)
    not_after: datetime | bytes = AT + timedelta(days=80)
    serial_number: int = 1
    version: int | None = 2
    scheme: str | None = None
    tbs_signature_algorithm: bytes | None = None
    signature_algorithm: bytes | None = None
    signature: bytes | None = None

    def to_be_signed(self, scheme: str) -> bytes:
        dates = (one if isinstance(one, bytes) else validity_time(one) for one in (self.not_before, self.not_after))
        listed = [one.encoded() for one in self.extensions]
        return sequence(
            b"" if self.version is None else tlv(0xA0, integer(self.version)),
            integer(self.serial_number),
            self.tbs_signature_algorithm or ALGORITHMS[scheme],
            self.issuer,
            sequence(*dates),
            self.subject,
            self.subject_public_key_info,
            tlv(0xA3, sequence(*listed)) if listed else b"",
        )

    def sealed(self, signer: Key) -> bytes:
        """The certificate in DER, signed with ``signer`` unless ``signature`` says otherwise."""
        scheme = self.scheme or signer.scheme
        signed = self.to_be_signed(scheme)
        return sequence(
            signed,
            self.signature_algorithm or ALGORITHMS[scheme],
            bit_string(signature(signer, scheme, signed) if self.signature is None else self.signature),
        )

    def extension(self, oid: str) -> Extension:
        return next(one for one in self.extensions if one.oid == oid)

    def without(self, *oids: str) -> Draft:
        return self._replace(extensions=tuple(one for one in self.extensions if one.oid not in oids))

    def including(self, *extensions: Extension) -> Draft:
        """With these extensions, each in the place of its namesake if there is one."""
        new = {one.oid: one for one in extensions}
        kept = tuple(new.pop(one.oid, one) for one in self.extensions)
        return self._replace(extensions=(*kept, *new.values()))


class Authority(NamedTuple):
    """A certification authority: a name and a key. Its certificates are made by whoever vouches for it."""

    name: bytes
    key: Key

    def vouches_for(self, subject: Authority, *, path_length: int | None = None) -> Draft:
        """The draft of a CA certificate for ``subject``, issued by this authority; to itself: a root."""
        extensions: tuple[Extension, ...] = (
            basic_constraints(ca=True, path_length=path_length),
            key_usage(KEY_CERT_SIGN, CRL_SIGN),
            Extension(SUBJECT_KEY_IDENTIFIER, False, octet_string(subject.key.identifier)),
        )
        if subject != self:
            extensions = (*extensions, self.key_identifier())
        return Draft(
            subject=subject.name,
            issuer=self.name,
            subject_public_key_info=subject.key.subject_public_key_info,
            extensions=extensions,
            not_before=AT - timedelta(days=400),
            not_after=AT + timedelta(days=2000),
            serial_number=serial_number(self.name, subject.name, subject.key.identifier),
        )

    def issues(self, subject: bytes, holder: Key, *names: bytes) -> Draft:
        """The draft of a TLS server and client certificate for ``names``."""
        extensions = (
            basic_constraints(ca=False),
            key_usage(DIGITAL_SIGNATURE),
            extended_key_usage(SERVER_AUTH, CLIENT_AUTH),
            Extension(SUBJECT_KEY_IDENTIFIER, False, octet_string(holder.identifier)),
            self.key_identifier(),
            subject_alternative_name(*names),
        )
        return Draft(
            subject=subject,
            issuer=self.name,
            subject_public_key_info=holder.subject_public_key_info,
            extensions=extensions,
            serial_number=serial_number(self.name, subject, holder.identifier, *names),
        )

    def key_identifier(self) -> Extension:
        """The authorityKeyIdentifier of what this authority issues."""
        return Extension(AUTHORITY_KEY_IDENTIFIER, False, sequence(tlv(0x80, self.key.identifier)))

    def root(self) -> bytes:
        return self.vouches_for(self).sealed(self.key)


def serial_number(*seeds: bytes) -> int:
    """A positive serial number of 16 octets, the same for the same seeds."""
    return int.from_bytes(hashlib.sha256(b"|".join(seeds)).digest()[:16], "big") >> 1 | 1 << 120


def any_key(rng: Random, number: int) -> Key:
    """A key of the pool: mostly P-256, sometimes another kind; ``number`` keeps the keys of one chain apart."""
    kind = rng.choices(("p256", "p384", "rsa2048"), (12, 2, 1))[0]
    return key(kind, number % RSA_KEYS if kind == "rsa2048" else number)


RSA_KEYS = 3
