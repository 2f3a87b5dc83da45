"""The ward's chain with sources of status, and what its authorities say of it.

Makes: `pointing` (a scene whose certificates name CRL and OCSP URLs), `crl`, `answer`, `crls`.
May import: pki, pki_revocation, pki_shapes, ward.
Must never: make DER of its own; `pki` does.
Read first: `pointing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pki
import pki_revocation
from pki import AT, Authority, Extension
from pki_revocation import CRLDraft, ResponseDraft, at_url, crl_number, responder_at, single_response
from pki_shapes import Scene
from ward import ISSUING, ROOT, including, scene

CRL_URL, OCSP_URL, ROOT_CRL_URL = (
    "http://crl.ward.example/ca.crl",
    "http://ocsp.ward.example/",
    "http://crl.ward.example/root.crl",
)
DAY = timedelta(days=1)


def pointing() -> Scene:
    """Root, one CA and a pump: the pump names a CRL and a responder, the CA a CRL."""
    named = including(0, at_url(CRL_URL), responder_at(OCSP_URL))(scene())
    return including(1, at_url(ROOT_CRL_URL))(named)


def crl(
    authority: Authority,
    *entries: bytes,
    number: int = 12,
    this_update: datetime = AT - DAY,
    next_update: datetime = AT + DAY,
    extensions: Iterable[Extension] = (),
) -> bytes:
    """The CRL of one authority, in DER, from a day ago until tomorrow."""
    return CRLDraft(
        authority.name,
        entries or None,
        (authority.key_identifier(), crl_number(number), *extensions),
        pki.validity_time(this_update),
        pki.validity_time(next_update),
    ).sealed(authority.key)


def crls(*entries: bytes, next_update: datetime = AT + DAY) -> list[bytes]:
    """The CRLs of the ward's CA, with these entries, and of its root."""
    return [crl(ISSUING, *entries, next_update=next_update), crl(ROOT, number=4, next_update=AT + 30 * DAY)]


def answer(asked: Scene, status: bytes = pki_revocation.GOOD, **fields: object) -> bytes:
    """What the ward's CA itself answers about the pump, as an OCSP response in DER."""
    identifier = pki_revocation.certificate_id(asked.chain[0].draft.serial_number, ISSUING.name, ISSUING.key)
    single = single_response(identifier, status, next_update=AT + DAY)
    responder = pki_revocation.by_name(ISSUING.name)
    return ResponseDraft(responder, (single,))._replace(**fields).sealed(ISSUING.key)  # type: ignore[arg-type]


def serial_number(asked: Scene, index: int = 0) -> int:
    return asked.chain[index].draft.serial_number
