"""Writes extensions of certificates, CRLs and OCSP responses, the sensible and the absurd alike.

Makes: `Extension`, a maker for each kind, and the object identifiers that they need.
May import: the writers of this room.
Must never: import anything else of devicetrust, or refuse a value because no standard allows it.
Read first: `Extension`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from devicetrust.testing.der import (
    NULL,
    bit_string,
    directory,
    enumerated,
    generalized_time,
    integer,
    object_identifier,
    octet_string,
    sequence,
    tlv,
    uri,
)

SUBJECT_KEY_IDENTIFIER, KEY_USAGE, SUBJECT_ALTERNATIVE_NAME = "2.5.29.14", "2.5.29.15", "2.5.29.17"
BASIC_CONSTRAINTS, NAME_CONSTRAINTS, CERTIFICATE_POLICIES = "2.5.29.19", "2.5.29.30", "2.5.29.32"
POLICY_MAPPINGS, AUTHORITY_KEY_IDENTIFIER, POLICY_CONSTRAINTS = "2.5.29.33", "2.5.29.35", "2.5.29.36"
EXTENDED_KEY_USAGE, CRL_DISTRIBUTION_POINTS = "2.5.29.37", "2.5.29.31"
CRL_NUMBER, REASON_CODE, INVALIDITY_DATE, DELTA_CRL_INDICATOR = "2.5.29.20", "2.5.29.21", "2.5.29.24", "2.5.29.27"
ISSUING_DISTRIBUTION_POINT, CERTIFICATE_ISSUER, FRESHEST_CRL = "2.5.29.28", "2.5.29.29", "2.5.29.46"
ACCESS, TLS_FEATURE = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24"
OCSP_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"

SERVER_AUTH, CLIENT_AUTH, CODE_SIGNING = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3"
TPM_ENDORSEMENT_KEY = "2.23.133.8.1"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 2, 5, 6
ANY_POLICY: Final = "2.5.29.32.0"
UNKNOWN: Final = "2.25.185090549828462548382708083692311609480.1"
"""An extension that nobody knows."""


class Extension(NamedTuple):
    """One extension: dotted OID, criticality, and the bytes inside the extnValue."""

    oid: str
    critical: bool
    value: bytes

    def encoded(self) -> bytes:
        flag = b"\x01\x01\xff" if self.critical else b""
        return sequence(object_identifier(self.oid), flag, octet_string(self.value))


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


def policy_mappings(*pairs: tuple[str, str]) -> Extension:
    encoded = [sequence(*map(object_identifier, pair)) for pair in pairs]
    return Extension(POLICY_MAPPINGS, True, sequence(*encoded))


def subject_key_identifier(identifier: bytes) -> Extension:
    return Extension(SUBJECT_KEY_IDENTIFIER, False, octet_string(identifier))


def authority_key_identifier(identifier: bytes) -> Extension:
    return Extension(AUTHORITY_KEY_IDENTIFIER, False, sequence(tlv(0x80, identifier)))


# the status of certificates


def ocsp_nonce(nonce: bytes) -> Extension:
    return Extension(OCSP_NONCE, False, octet_string(nonce))


def crl_number(number: int) -> Extension:
    return Extension(CRL_NUMBER, False, integer(number))


def reason_code(code: int, critical: bool = False) -> Extension:
    return Extension(REASON_CODE, critical, enumerated(code))


def invalidity_date(instant: datetime, critical: bool = False) -> Extension:
    return Extension(INVALIDITY_DATE, critical, generalized_time(instant))


def certificate_issuer(*names: bytes) -> Extension:
    """The distinguished names that an entry of an indirect CRL is about."""
    return Extension(CERTIFICATE_ISSUER, True, sequence(*map(directory, names)))


def issuing_distribution_point(*fields: bytes) -> Extension:
    return Extension(ISSUING_DISTRIBUTION_POINT, True, sequence(*fields))


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


def crl_at(*urls: str) -> Extension:
    """cRLDistributionPoints of one point with these URLs."""
    return distribution_points(point(full_name(*map(uri, urls))))


def freshest_crl(url: str) -> Extension:
    return Extension(FRESHEST_CRL, False, sequence(point(full_name(uri(url)))))


def access_at(*, ocsp: Iterable[str] = (), issuers: Iterable[str] = ()) -> Extension:
    """authorityInfoAccess, RFC 5280 4.2.2.1: responders, and certificates of the issuer."""
    pairs = [*((_AD_OCSP, url) for url in ocsp), *((_AD_CA_ISSUERS, url) for url in issuers)]
    return Extension(ACCESS, False, sequence(*(sequence(object_identifier(method), uri(url)) for method, url in pairs)))


def responder_at(*urls: str) -> Extension:
    """authorityInfoAccess with id-ad-ocsp for each URL."""
    return access_at(ocsp=urls)


_AD_OCSP, _AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
