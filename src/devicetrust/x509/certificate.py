"""A certificate as bytes, and what they say.

Makes: `Certificate`.
May import: errors, x509 siblings, `cryptography`.
Must never: raise when made, whatever the bytes are; decide whether a deviation may be tolerated (the profile does).
Read first: `Certificate`.

Two readers, one decoder. ``cryptography`` reads first. What it refuses is rewritten as strict DER by `x509.der`, each
departure from DER noted as a deviation, and read by ``cryptography`` again; the signature is always checked over the
bytes as they were signed. What neither can read stays a `Certificate` that says why in ``unreadable``.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from cryptography import __version__ as CRYPTOGRAPHY_VERSION  # noqa: N812, a constant of theirs
from cryptography import x509

from devicetrust.errors import MisuseError, UnreadableCertificate
from devicetrust.x509.der import (
    MOST_OCTETS,
    Deviation,
    Fields,
    MalformedDER,
    children,
    deviations_of,
    integer,
    normalise,
    read_tlv,
    split,
    write_tlv,
)
from devicetrust.x509.extension_values import PolicyConstraints
from devicetrust.x509.extensions import Extensions
from devicetrust.x509.general_names import GeneralName, NameConstraints
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.names import Name

__all__ = ["CRYPTOGRAPHY_VERSION", "EPOCH", "SECOND", "Certificate", "CertificateLike", "as_certificate"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)


class _Reading(NamedTuple):
    """What a certificate's bytes gave: the fields as signed, and pyca's view of the same certificate."""

    fields: Fields
    parsed: x509.Certificate
    deviations: tuple[Deviation, ...]
    validity: tuple[int, int]


class Certificate:
    """An X.509 certificate: immutable, lazily parsed, equal and hashable by its bytes, picklable as DER.

    Making one never fails. ``unreadable`` is None, or says why no reader could read it; every other field then raises
    `UnreadableCertificate`. ``deviations`` lists where the encoding departs from DER or RFC 5280 section 4.1.
    """

    def __init__(self, der: bytes) -> None:
        if not isinstance(der, bytes):
            raise MisuseError(f"a certificate is made from DER bytes, not from {type(der).__name__}")
        self.der: Final = der

    @classmethod
    def from_cryptography(cls, certificate: x509.Certificate) -> Certificate:
        """The same certificate as a view of this library."""
        if not isinstance(certificate, x509.Certificate):
            raise MisuseError(f"expected a cryptography.x509.Certificate, got {type(certificate).__name__}")
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415, loading it costs more than this room

        return cls(certificate.public_bytes(Encoding.DER))

    def to_cryptography(self) -> x509.Certificate:
        """The same certificate as ``cryptography`` sees it; raises `UnreadableCertificate` where it cannot.

        For one that ``cryptography`` refuses this is the normalised one: its signature does not verify.
        """
        return self._read.parsed

    @lazy
    def fingerprint(self) -> bytes:
        """SHA-256 over the DER, 32 octets."""
        return hashlib.sha256(self.der).digest()

    @lazy
    def _reading(self) -> _Reading | str:
        if len(self.der) > MOST_OCTETS:
            return f"certificate: longer than {MOST_OCTETS} octets"
        try:
            fields = split(self.der)
            if fields.serial_number[0] >= 0x80 or fields.serial_number == b"\x00":
                return self._read_tolerantly()  # pyca warns of such serial numbers, and means to refuse them
            parsed = x509.load_der_x509_certificate(self.der)
            return _Reading(fields, parsed, deviations_of(fields), _validity(parsed))
        except Exception:  # whatever pyca objects to, the tolerant reader has the last word
            return self._read_tolerantly()

    def _read_tolerantly(self) -> _Reading | str:
        try:
            normalised = normalise(self.der)
            positive = integer(normalised.fields.serial_number) > 0
            parsed = x509.load_der_x509_certificate(normalised.der if positive else _with_serial_one(normalised.der))
            return _Reading(normalised.fields, parsed, normalised.deviations, _validity(parsed))
        except MalformedDER as problem:
            return str(problem)
        except Exception as problem:  # hostile bytes: the reason is kept
            if _DSA in self.der:
                return "its key or signature is DSA, which FIPS 186-5 has withdrawn, in a form that cannot be read"
            return f"{type(problem).__name__}: {problem}".partition("\n")[0][:200]

    @lazy
    def unreadable(self) -> str | None:
        """Why no reader could read this certificate; None where one could."""
        return self._reading if isinstance(self._reading, str) else None

    @lazy
    def _read(self) -> _Reading:
        if isinstance(self._reading, str):
            raise UnreadableCertificate(
                f"certificate {self.fingerprint.hex()[:16]} cannot be read ({self._reading}); "
                "ask its issuer for a correctly encoded one"
            )
        return self._reading

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Where the encoding departs from DER or from RFC 5280 4.1, each with its field."""
        return self._read.deviations

    @lazy
    def version(self) -> int:
        """1, 2 or 3, RFC 5280 4.1.2.1."""
        return self._read.fields.version

    @lazy
    def serial_number(self) -> int:
        """RFC 5280 4.1.2.2. May be zero or negative, for such certificates exist."""
        return integer(self._read.fields.serial_number)

    @lazy
    def issuer(self) -> Name:
        """RFC 5280 4.1.2.4."""
        return Name(self._read.fields.issuer)

    @lazy
    def subject(self) -> Name:
        """RFC 5280 4.1.2.6."""
        return Name(self._read.fields.subject)

    @property
    def validity(self) -> tuple[int, int]:
        """(notBefore, notAfter) in seconds since 1970-01-01T00:00:00Z, both inclusive, RFC 5280 4.1.2.5."""
        return self._read.validity

    @property
    def not_before(self) -> datetime:
        """The first second at which the certificate is valid, in UTC."""
        return EPOCH + timedelta(seconds=self._read.validity[0])

    @property
    def not_after(self) -> datetime:
        """The last second at which the certificate is valid, in UTC."""
        return EPOCH + timedelta(seconds=self._read.validity[1])

    @property
    def tbs_certificate(self) -> bytes:
        """The bytes that were signed."""
        return self._read.fields.tbs_certificate

    @property
    def signature(self) -> bytes:
        """The octets of signatureValue."""
        return self._read.fields.signature

    @property
    def signature_algorithm(self) -> bytes:
        """The outer AlgorithmIdentifier in DER, RFC 5280 4.1.1.2."""
        return self._read.fields.signature_algorithm

    @property
    def tbs_signature_algorithm(self) -> bytes:
        """The inner AlgorithmIdentifier in DER, RFC 5280 4.1.2.3."""
        return self._read.fields.tbs_signature_algorithm

    @property
    def subject_public_key_info(self) -> bytes:
        """The SubjectPublicKeyInfo in DER, RFC 5280 4.1.2.7."""
        return self._read.fields.subject_public_key_info

    @lazy
    def public_key(self) -> PublicKey:
        """The subject's key; its ``unreadable`` says so where it cannot be used."""
        return PublicKey(self._read.fields.subject_public_key_info)

    @property
    def has_unique_identifiers(self) -> bool:
        """Whether there is an issuerUniqueID or a subjectUniqueID, RFC 5280 4.1.2.8."""
        fields = self._read.fields
        if _length_without(fields) == len(fields.tbs_certificate):  # so with nearly all, and quickly said
            return False
        signed = self._read.parsed.tbs_certificate_bytes
        _, start, end = read_tlv(signed, 0, len(signed))
        return any(tag in _UNIQUE_IDENTIFIERS for tag, *_ in children(signed, start, end))

    @lazy
    def is_self_issued(self) -> bool:
        """Whether issuer and subject are the same name, RFC 5280 3.2."""
        return self.issuer == self.subject

    @lazy
    def extensions(self) -> Extensions:
        """The extensions, RFC 5280 4.2."""
        return Extensions(self._read.fields.extensions, self._read.parsed)

    @property
    def basic_constraints(self) -> x509.BasicConstraints | None:
        """RFC 5280 4.2.1.9."""
        return self.extensions.basic_constraints

    @property
    def key_usage(self) -> x509.KeyUsage | None:
        """RFC 5280 4.2.1.3."""
        return self.extensions.key_usage

    @property
    def extended_key_usage(self) -> frozenset[str] | None:
        """Dotted OIDs of the key purposes, RFC 5280 4.2.1.12; None where absent."""
        return self.extensions.extended_key_usage

    @property
    def subject_alternative_names(self) -> tuple[GeneralName, ...]:
        """RFC 5280 4.2.1.6; empty where absent."""
        return self.extensions.subject_alternative_names

    @property
    def name_constraints(self) -> NameConstraints | None:
        """RFC 5280 4.2.1.10."""
        return self.extensions.name_constraints

    @property
    def policies(self) -> tuple[str, ...] | None:
        """Dotted OIDs of the certificate policies, RFC 5280 4.2.1.4; None where absent."""
        return self.extensions.policies

    @property
    def policy_mappings(self) -> tuple[tuple[str, str], ...] | None:
        """(issuerDomainPolicy, subjectDomainPolicy) pairs, RFC 5280 4.2.1.5."""
        return self.extensions.policy_mappings

    @property
    def policy_constraints(self) -> PolicyConstraints | None:
        """RFC 5280 4.2.1.11."""
        return self.extensions.policy_constraints

    @property
    def inhibit_any_policy(self) -> int | None:
        """RFC 5280 4.2.1.14."""
        return self.extensions.inhibit_any_policy

    @property
    def subject_key_identifier(self) -> bytes | None:
        """RFC 5280 4.2.1.2."""
        return self.extensions.subject_key_identifier

    @property
    def authority_key_identifier(self) -> bytes | None:
        """The keyIdentifier field, RFC 5280 4.2.1.1."""
        return self.extensions.authority_key_identifier

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __reduce__(self) -> tuple[type[Certificate], tuple[bytes]]:
        return Certificate, (self.der,)

    def __repr__(self) -> str:
        if self.unreadable is not None:
            return f"<Certificate {self.fingerprint.hex()[:16]} unreadable>"
        return f"<Certificate {self.fingerprint.hex()[:16]} {self.subject}>"


# issuerUniqueID [1] and subjectUniqueID [2], IMPLICIT BIT STRING.
_UNIQUE_IDENTIFIERS: Final = (0x81, 0x82)
# The arc of id-dsa and its signatures, RFC 3279 2.3.2.
_DSA: Final = bytes.fromhex("06072a8648ce3804")

CertificateLike: TypeAlias = "Certificate | x509.Certificate | bytes"


def as_certificate(given: CertificateLike) -> Certificate:
    """A `Certificate` of what a caller gave: one of ours, one of ``cryptography``'s, or DER bytes."""
    if type(given) is Certificate:
        return given
    if isinstance(given, bytes):
        return Certificate(given)
    if isinstance(given, x509.Certificate):
        return Certificate.from_cryptography(given)
    if isinstance(given, Certificate):
        return given
    raise MisuseError(
        f"expected a Certificate, a cryptography.x509.Certificate or DER bytes, got {type(given).__name__}; "
        "load_certificates(path) reads files"
    )


def _with_serial_one(der: bytes) -> bytes:
    """The certificate in ``der`` with 1 for a serial number that pyca would not take; the view keeps the real one."""
    _, start, end = read_tlv(der, 0, len(der))
    (_, _, tbs_start, tbs_end), *rest = children(der, start, end)
    parts = [
        b"\x02\x01\x01" if tag == _INTEGER else der[begin:stop]
        for tag, begin, _, stop in children(der, tbs_start, tbs_end)
    ]
    return write_tlv(0x30, write_tlv(0x30, b"".join(parts)) + b"".join(der[begin:stop] for _, begin, _, stop in rest))


_INTEGER: Final = 0x02


def _length_without(fields: Fields) -> int:
    """How long the signed part is where it has no unique identifiers and every field is as ``fields`` has it."""
    extensions = len(fields.extensions)
    content = (
        (5 if fields.version > 1 else 0)
        + (2 + len(fields.serial_number))
        + len(fields.tbs_signature_algorithm)
        + len(fields.issuer)
        + (6 + len(fields.not_before) + len(fields.not_after))
        + len(fields.subject)
        + len(fields.subject_public_key_info)
        + (_header(extensions) + extensions if extensions else 0)
    )
    return _header(content) + content


def _header(length: int) -> int:
    """Octets of tag and length before a content of this length, X.690 8.1.3."""
    return 2 if length < 0x80 else 3 if length < 0x100 else 4 if length < 0x10000 else 5


def _validity(parsed: x509.Certificate) -> tuple[int, int]:
    return (parsed.not_valid_before_utc - EPOCH) // SECOND, (parsed.not_valid_after_utc - EPOCH) // SECOND
