"""What an authority says of the status of what it issued: CRLs, and answers to OCSP requests.

Makes: `crl`, `response`, and `answer` to what a responder on a line is asked.
May import: x509, this room.
Must never: read the clock.
Read first: `crl`, `response`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from devicetrust.testing import der, extensions, status_drafts
from devicetrust.testing.authority import Authority
from devicetrust.testing.faults import Fault
from devicetrust.testing.keys import Key, KeyPool
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from devicetrust.x509.reasons import RevocationReason

if TYPE_CHECKING:
    from devicetrust.testing.responders import Question

__all__ = ["LASTING", "answer", "crl", "response", "unauthorized"]

LASTING: Final = timedelta(days=7)
"""For how long a CRL or an OCSP response lasts."""
_LONG_AGO: Final = timedelta(days=30)


def crl(authority: Authority, at: datetime, pool: KeyPool) -> CertificateRevocationList | None:
    """The CRL of this moment, RFC 5280 5; None where the authority publishes none.

    Its number is the second at which it was made; it lists what was revoked up to then.
    """
    faults = authority.faults
    if not authority.source.crl or Fault.CRL_MISSING in faults:
        return None
    begin = at - _LONG_AGO if Fault.CRL_STALE in faults else at + LASTING if Fault.CRL_FROM_THE_FUTURE in faults else at
    listed = [
        extensions.authority_key_identifier(authority.key.identifier),
        extensions.crl_number(int(begin.timestamp())),
    ]
    if Fault.CRL_WITH_UNKNOWN_CRITICAL_EXTENSION in faults:
        listed.append(extensions.Extension(extensions.UNKNOWN, True, der.NULL))
    if Fault.CRL_OF_ANOTHER_SCOPE in faults:
        listed.append(extensions.issuing_distribution_point(der.tlv(0x82, b"\xff")))  # onlyContainsCACerts
    entries = [
        status_drafts.entry(serial_number, extensions.reason_code(_REASONS[revoked.reason]), revoked=revoked.at)
        for serial_number, revoked in sorted(authority.revocations.items())
        if revoked.at <= at
    ]
    draft = status_drafts.CRLDraft(
        authority.subject,
        der.validity_time(begin),
        der.validity_time(begin + LASTING),
        entries or None,  # RFC 5280 5.1.2.6: absent rather than empty
        tuple(listed),
    )
    signer = authority.stranger(pool) if Fault.CRL_BY_WRONG_SIGNER in faults else authority.key
    return CertificateRevocationList(_altered(draft.sealed(signer), Fault.CRL_ALTERED in faults))


def response(
    authority: Authority,
    serial_number: int,
    at: datetime,
    pool: KeyPool,
    *,
    nonce: bytes | None = None,
    digest: str = status_drafts.SHA_256,
) -> OCSPResponse:
    """The answer of this moment about a serial number, RFC 6960 4.2, signed by the authority itself.

    ``nonce`` is repeated, RFC 9654; ``digest`` is the OID of the hash of the CertID: SHA-1 or SHA-256.
    """
    faults = authority.faults
    if not authority.source.ocsp:
        return OCSPResponse(unauthorized(), nonce=nonce)
    if Fault.OCSP_TRY_LATER in faults:
        return OCSPResponse(status_drafts.response(_TRY_LATER), nonce=nonce)
    is_old = Fault.OCSP_EXPIRED in faults or Fault.OCSP_REPLAYED in faults
    begin = at - _LONG_AGO if is_old else at + LASTING if Fault.OCSP_FROM_THE_FUTURE in faults else at
    asked = serial_number + 1 if Fault.OCSP_ABOUT_ANOTHER in faults else serial_number
    single = status_drafts.single_response(
        status_drafts.certificate_id(asked, authority.subject, authority.key, digest),
        _status(authority, serial_number, at),
        this_update=begin,
        # A replayed answer is old and lasts: only its nonce gives it away.
        next_update=at + LASTING if Fault.OCSP_REPLAYED in faults else begin + LASTING,
    )
    draft = status_drafts.ResponseDraft(
        status_drafts.by_name(authority.subject), (single,), der.generalized_time(begin), _nonce(nonce, faults)
    )
    signer: Key = authority.stranger(pool) if Fault.OCSP_BY_WRONG_SIGNER in faults else authority.key
    return OCSPResponse(_altered(draft.sealed(signer), Fault.OCSP_ALTERED in faults), nonce=nonce)


def unauthorized() -> bytes:
    """The DER of the error by which a responder says that it knows nothing of the issuer, RFC 6960 2.3."""
    return status_drafts.response(_UNAUTHORIZED)


def answer(authorities: Iterable[Authority], question: Question, pool: KeyPool) -> bytes:
    """The DER of the answer to a question that a responder was asked, about a certificate of any of these authorities.

    The CertID is answered in the hash that it was asked in, SHA-1 or SHA-256 (RFC 6960 4.1.1).
    """
    asked = question.certificate
    digest = _DIGESTS.get(asked.hash_algorithm)
    for authority in authorities:
        is_asked = asked.is_of(asked.serial_number, authority.subject, authority.key.subject_public_key_info)
        if is_asked and digest is not None:
            serial_number, nonce = asked.serial_number, question.nonce
            return response(authority, serial_number, question.at, pool, nonce=nonce, digest=digest).der
    return unauthorized()


def _status(authority: Authority, serial_number: int, at: datetime) -> bytes:
    if Fault.OCSP_UNKNOWN in authority.faults:
        return status_drafts.UNKNOWN
    revoked = authority.revocations.get(serial_number)
    if revoked is None or revoked.at > at:
        return status_drafts.GOOD
    return status_drafts.revoked(revoked.at, _REASONS[revoked.reason])


def _nonce(sent: bytes | None, faults: frozenset[Fault]) -> tuple[extensions.Extension, ...]:
    if Fault.OCSP_REPLAYED in faults:
        return (extensions.ocsp_nonce(b"\0" * 32),)  # what somebody else once sent
    return () if sent is None else (extensions.ocsp_nonce(sent),)


def _altered(octets: bytes, is_altered: bool) -> bytes:
    """The same with the last bit of the signature changed."""
    return octets[:-1] + bytes((octets[-1] ^ 1,)) if is_altered else octets


_TRY_LATER, _UNAUTHORIZED = 3, 6
_DIGESTS: Final = {"SHA-1": status_drafts.SHA_1, "SHA-256": status_drafts.SHA_256}
_REASONS: Final = dict(zip(RevocationReason, (0, 1, 2, 3, 4, 5, 6, 8, 9, 10), strict=True))
