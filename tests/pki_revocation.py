"""Makes CRLs and OCSP responses for tests, right ones and wrong ones.

Makes: `CRLDraft` and its entries, `ResponseDraft` and its single responses, and the extensions of certificates that
bear on their status, in DER written by hand.
May import: pki, the standard library.
Must never: import devicetrust: what is tested must not make its own input.
Read first: `CRLDraft`, `ResponseDraft`.

As in `pki`, everything may be overridden: a draft is a plain tuple, and `sealed` signs whatever is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pki import (
    ALGORITHMS,
    AT,
    NULL,
    Extension,
    Key,
    bit_string,
    directory,
    generalized_time,
    integer,
    object_identifier,
    octet_string,
    sequence,
    signature,
    tlv,
    uri,
    validity_time,
)

YESTERDAY, TOMORROW = AT - timedelta(days=1), AT + timedelta(days=1)
CRL_NUMBER, REASON_CODE, INVALIDITY_DATE, DELTA_CRL_INDICATOR = "2.5.29.20", "2.5.29.21", "2.5.29.24", "2.5.29.27"
ISSUING_DISTRIBUTION_POINT, CERTIFICATE_ISSUER, FRESHEST_CRL = "2.5.29.28", "2.5.29.29", "2.5.29.46"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
TRUE = b"\xff"


# CRLs


def crl_number(number: int) -> Extension:
    return Extension(CRL_NUMBER, False, integer(number))


def reason_code(code: int, critical: bool = False) -> Extension:
    return Extension(REASON_CODE, critical, tlv(0x0A, bytes((code,))))


def invalidity_date(instant: datetime, critical: bool = False) -> Extension:
    return Extension(INVALIDITY_DATE, critical, generalized_time(instant))


def certificate_issuer(*names: bytes) -> Extension:
    """The distinguished names that an entry of an indirect CRL is about."""
    return Extension(CERTIFICATE_ISSUER, True, sequence(*map(directory, names)))


def issuing_distribution_point(*fields: bytes) -> Extension:
    return Extension(ISSUING_DISTRIBUTION_POINT, True, sequence(*fields))


INDIRECT = issuing_distribution_point(tlv(0x84, TRUE))


def entry(serial_number: int | bytes, *extensions: Extension, revoked: datetime = YESTERDAY) -> bytes:
    """One entry; a serial number may be given as finished DER."""
    serial = serial_number if isinstance(serial_number, bytes) else integer(serial_number)
    listed = [one.encoded() for one in extensions]
    return sequence(serial, validity_time(revoked), sequence(*listed) if listed else b"")


class CRLDraft(NamedTuple):
    """A CRL before it is signed. ``entries`` of None leaves revokedCertificates out."""

    issuer: bytes
    entries: Iterable[bytes] | None = None
    extensions: tuple[Extension, ...] = ()
    this_update: bytes = validity_time(YESTERDAY)
    next_update: bytes = validity_time(TOMORROW)
    version: int | None = 1
    signature_algorithm: bytes | None = None

    def to_be_signed(self, scheme: str) -> bytes:
        listed = [one.encoded() for one in self.extensions]
        return sequence(
            b"" if self.version is None else integer(self.version),
            ALGORITHMS[scheme],
            self.issuer,
            self.this_update,
            self.next_update,
            b"" if self.entries is None else sequence(*self.entries),
            tlv(0xA0, sequence(*listed)) if listed else b"",
        )

    def sealed(self, signer: Key) -> bytes:
        signed = self.to_be_signed(signer.scheme)
        algorithm = self.signature_algorithm or ALGORITHMS[signer.scheme]
        return sequence(signed, algorithm, bit_string(signature(signer, signer.scheme, signed)))


# OCSP

OCSP_BASIC, OCSP_NONCE = "1.3.6.1.5.5.7.48.1.1", "1.3.6.1.5.5.7.48.1.2"
GOOD, UNKNOWN = tlv(0x80), tlv(0x82)
SHA_1, SHA_256 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1"


def revoked(instant: datetime = YESTERDAY, reason: int | None = None) -> bytes:
    stated = b"" if reason is None else tlv(0xA0, tlv(0x0A, bytes((reason,))))
    return tlv(0xA1, generalized_time(instant), stated)


def certificate_id(serial_number: int, name: bytes, key: Key, oid: str = SHA_256, parameters: bytes = NULL) -> bytes:
    """RFC 6960 4.1.1. The key's digest is over the BIT STRING's octets, which end its SubjectPublicKeyInfo."""
    digest = hashlib.sha1 if oid == SHA_1 else hashlib.sha256
    octets = {"p256": 65, "ed25519": 32}[key.label.partition("/")[0]]
    return sequence(
        sequence(object_identifier(oid), parameters),
        octet_string(digest(name).digest()),
        octet_string(digest(key.subject_public_key_info[-octets:]).digest()),
        integer(serial_number),
    )


def single_response(
    identifier: bytes,
    status: bytes = GOOD,
    *extensions: Extension,
    this_update: datetime = YESTERDAY,
    next_update: datetime | None = TOMORROW,
) -> bytes:
    listed = [one.encoded() for one in extensions]
    return sequence(
        identifier,
        status,
        generalized_time(this_update),
        b"" if next_update is None else tlv(0xA0, generalized_time(next_update)),
        tlv(0xA1, sequence(*listed)) if listed else b"",
    )


class ResponseDraft(NamedTuple):
    """An OCSP response before it is signed; ``responder`` is a finished ResponderID."""

    responder: bytes
    responses: tuple[bytes, ...]
    extensions: tuple[Extension, ...] = ()
    certificates: tuple[bytes, ...] = ()
    version: bytes = b""
    produced_at: bytes = generalized_time(YESTERDAY)
    response_type: str = OCSP_BASIC

    def sealed(self, signer: Key) -> bytes:
        listed = [one.encoded() for one in self.extensions]
        signed = sequence(
            self.version,
            self.responder,
            self.produced_at,
            sequence(*self.responses),
            tlv(0xA1, sequence(*listed)) if listed else b"",
        )
        basic = sequence(
            signed,
            ALGORITHMS[signer.scheme],
            bit_string(signature(signer, signer.scheme, signed)),
            tlv(0xA0, sequence(*self.certificates)) if self.certificates else b"",
        )
        return response(0, sequence(object_identifier(self.response_type), octet_string(basic)))


def response(status: int, response_bytes: bytes | None = None) -> bytes:
    return sequence(tlv(0x0A, bytes((status,))), b"" if response_bytes is None else tlv(0xA0, response_bytes))


def by_name(name: bytes) -> bytes:
    return tlv(0xA1, name)


def by_key(key_hash: bytes) -> bytes:
    return tlv(0xA2, octet_string(key_hash))


# extensions of certificates that bear on their status

ACCESS, TLS_FEATURE = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24"
CRL_URL, OTHER_CRL_URL = "http://ca.example.com/1.crl", "http://ca.example.com/2.crl"
DELTA_URL, OCSP_URL = "http://ca.example.com/delta.crl", "http://ocsp.example.com/"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
NO_REVOCATION_AVAILABLE = Extension("2.5.29.56", False, NULL)
OCSP_NO_CHECK = Extension("1.3.6.1.5.5.7.48.1.5", False, NULL)
MUST_STAPLE = Extension(TLS_FEATURE, False, sequence(integer(5)))


def full_name(*names: bytes) -> bytes:
    """A DistributionPointName of whole names, RFC 5280 4.2.1.13."""
    return tlv(0xA0, tlv(0xA0, *names))


def relative_name(oid: str, text: str) -> bytes:
    """A DistributionPointName relative to the CRL issuer's."""
    return tlv(0xA0, tlv(0xA1, sequence(object_identifier(oid), tlv(0x0C, text.encode()))))


def reason_flags(tag: int, *bits: int) -> bytes:
    """ReasonFlags under an implicit tag: 1 is keyCompromise, 6 certificateHold, 8 aACompromise."""
    number = sum(0x8000 >> bit for bit in bits)
    content = number.to_bytes(2, "big").rstrip(b"\0") or b"\0"
    unused = next((count for count in range(8) if content[-1] >> count & 1), 0)
    return tlv(tag, bytes((unused,)), content)


def point(name: bytes = b"", *, reasons: Iterable[int] = (), issuers: Iterable[bytes] = ()) -> bytes:
    """A DistributionPoint; ``issuers`` are distinguished names."""
    flags, names = tuple(reasons), tuple(map(directory, issuers))
    return sequence(name, reason_flags(0x81, *flags) if flags else b"", tlv(0xA2, *names) if names else b"")


def distribution_points(*points: bytes, critical: bool = False) -> Extension:
    return Extension(CRL_DISTRIBUTION_POINTS, critical, sequence(*points))


def at_url(*urls: str) -> Extension:
    """cRLDistributionPoints of one point with these URLs."""
    return distribution_points(point(full_name(*map(uri, urls or (CRL_URL,)))))


def freshest_crl(url: str = DELTA_URL) -> Extension:
    return Extension(FRESHEST_CRL, False, sequence(point(full_name(uri(url)))))


def responder_at(*urls: str) -> Extension:
    """authorityInfoAccess with id-ad-ocsp for each URL."""
    method = object_identifier("1.3.6.1.5.5.7.48.1")
    return Extension(ACCESS, False, sequence(*(sequence(method, uri(url)) for url in urls or (OCSP_URL,))))
