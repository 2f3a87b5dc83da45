"""Makes CRLs and OCSP responses for tests, right ones and wrong ones.

Makes: the drafts of `devicetrust.testing`, with the ward's dates where none are given, and the ward's addresses.
May import: pki, the writers of `devicetrust.testing`, which share nothing with the rest of devicetrust.
Must never: import the rest of devicetrust: what is tested must not make its own input.
Read first: `CRLDraft`, `ResponseDraft`.

As in `pki`, everything may be overridden: a draft is a plain tuple, and `sealed` signs whatever is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from devicetrust.testing import extensions as written
from devicetrust.testing import status_drafts as drafts
from devicetrust.testing.extensions import (  # noqa: F401, for those who import this module
    ACCESS,
    CERTIFICATE_ISSUER,
    CRL_DISTRIBUTION_POINTS,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    FRESHEST_CRL,
    INVALIDITY_DATE,
    ISSUING_DISTRIBUTION_POINT,
    MUST_STAPLE,
    NO_REVOCATION_AVAILABLE,
    OCSP_NO_CHECK,
    OCSP_NONCE,
    OCSP_SIGNING,
    REASON_CODE,
    TLS_FEATURE,
    Extension,
    access_at,
    certificate_issuer,
    crl_number,
    distribution_points,
    full_name,
    invalidity_date,
    issuing_distribution_point,
    point,
    reason_code,
    reason_flags,
    relative_name,
)
from devicetrust.testing.status_drafts import (  # noqa: F401, for those who import this module
    GOOD,
    OCSP_BASIC,
    SHA_1,
    SHA_256,
    UNKNOWN,
    by_key,
    by_name,
    certificate_id,
    response,
)
from pki import AT, generalized_time, tlv, validity_time

YESTERDAY, TOMORROW = AT - timedelta(days=1), AT + timedelta(days=1)
TRUE = b"\xff"
INDIRECT = issuing_distribution_point(tlv(0x84, TRUE))
CRL_URL, OTHER_CRL_URL = "http://ca.example.com/1.crl", "http://ca.example.com/2.crl"
DELTA_URL, OCSP_URL = "http://ca.example.com/delta.crl", "http://ocsp.example.com/"


def entry(serial_number: int | bytes, *extensions: Extension, revoked: datetime = YESTERDAY) -> bytes:
    return drafts.entry(serial_number, *extensions, revoked=revoked)


def revoked(instant: datetime = YESTERDAY, reason: int | None = None) -> bytes:
    return drafts.revoked(instant, reason)


def single_response(
    identifier: bytes,
    status: bytes = GOOD,
    *extensions: Extension,
    this_update: datetime = YESTERDAY,
    next_update: datetime | None = TOMORROW,
) -> bytes:
    return drafts.single_response(identifier, status, *extensions, this_update=this_update, next_update=next_update)


class CRLDraft(drafts.CRLDraft):
    """A CRL from yesterday to tomorrow."""

    __slots__ = ()

    def __new__(
        cls,
        issuer: bytes,
        entries: Iterable[bytes] | None = None,
        extensions: tuple[Extension, ...] = (),
        this_update: bytes = validity_time(YESTERDAY),
        next_update: bytes = validity_time(TOMORROW),
        **fields: Any,
    ) -> CRLDraft:
        return super().__new__(cls, issuer, this_update, next_update, entries, extensions, **fields)


class ResponseDraft(drafts.ResponseDraft):
    """A response of yesterday."""

    __slots__ = ()

    def __new__(
        cls,
        responder: bytes,
        responses: tuple[bytes, ...],
        extensions: tuple[Extension, ...] = (),
        certificates: tuple[bytes, ...] = (),
        version: bytes = b"",
        produced_at: bytes = generalized_time(YESTERDAY),
        **fields: Any,
    ) -> ResponseDraft:
        return super().__new__(cls, responder, responses, produced_at, extensions, certificates, version, **fields)


def at_url(*urls: str) -> Extension:
    """cRLDistributionPoints of one point with these URLs."""
    return written.crl_at(*(urls or (CRL_URL,)))


def freshest_crl(url: str = DELTA_URL) -> Extension:
    return written.freshest_crl(url)


def responder_at(*urls: str) -> Extension:
    """authorityInfoAccess with id-ad-ocsp for each URL."""
    return written.responder_at(*(urls or (OCSP_URL,)))
