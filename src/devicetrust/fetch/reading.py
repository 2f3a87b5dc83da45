"""What an answer says: the pieces of evidence in it, or in words why it holds none.

Makes: `read`.
May import: errors, evidence, x509, fetch.exchange.
Must never: judge a piece; that a server sent it proves nothing.
Read first: `read`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.errors import UnreadableInput
from devicetrust.evidence import Evidence, WantKind
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.files import load_certificates, load_crls, load_ocsp
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["end_of", "read"]

_NAMES: Final = {
    WantKind.CA_ISSUERS: "a certificate",
    WantKind.CRL: "a CRL",
    WantKind.DELTA_CRL: "a delta CRL",
    WantKind.OCSP: "an OCSP response",
}


def read(kind: WantKind, content: bytes, *, nonce: bytes | None = None) -> Evidence | str:
    """The pieces of this kind in ``content``, PEM and DER alike; a text says why there are none.

    ``nonce`` is what was sent to an OCSP responder; it travels with the response (RFC 9654).
    """
    pieces: list[Certificate] | list[CertificateRevocationList] | list[OCSPResponse]
    try:
        if kind is WantKind.CA_ISSUERS:
            certificates = load_certificates(content)
            found = Evidence(certificates=[one for one in certificates if one.unreadable is None])
            pieces = certificates
        elif kind is WantKind.OCSP:
            responses = load_ocsp(content)
            readable = [OCSPResponse(one.der, nonce=nonce) for one in responses if one.unreadable is None]
            found = Evidence(ocsp=readable)
            pieces = responses
        else:
            crls = load_crls(content)
            found = Evidence(crls=[one for one in crls if one.unreadable is None])
            pieces = crls
    except UnreadableInput:
        return _instead(kind, content)
    if not (found.certificates or found.ocsp or found.crls):
        return f"answered with what cannot be read as {_NAMES[kind]}: {pieces[0].unreadable}"
    return found


def end_of(kind: WantKind, content: bytes) -> int | None:
    """The earliest nextUpdate that the content states, in seconds since the epoch; None where a piece states none.

    RFC 5280 5.1.2.5, RFC 6960 4.2.2.1. Certificates state none.
    """
    found = read(kind, content)
    if isinstance(found, str):
        return None
    ends = [crl.next_update for crl in found.crls]
    for response in found.ocsp:
        ends += [single.next_update for single in response.single_responses] or [None]
    stated = [end for end in ends if end is not None]
    return min(stated) if stated and len(stated) == len(ends) else None


def _instead(kind: WantKind, content: bytes) -> str:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return f"answered with HTML, not with {_NAMES[kind]}"
    if not content:
        return f"answered with nothing, not with {_NAMES[kind]}"
    return f"answered with something else, not with {_NAMES[kind]}"
