"""What the CAs of the ward say of the status of its certificates, and what devicetrust makes of it.

Makes: chains that point to their status, CRLs and OCSP responses as views, `ask` with a policy and evidence.
May import: devicetrust, pki, pki_revocation, pki_shapes, ward.
Must never: make DER of its own where `pki` does; hold an expected value.
Read first: `crl`, `answer`, `ask`.

The chain is that of `ward.scene`: 0 is the leaf, issued by `ISSUING`; 1 is `ISSUING`, issued by `ROOT`; 2 is `ROOT`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pki
import ward
from devicetrust import Certificate, Evidence, Profile, Reference, RevocationPolicy, TimeInterval, Verdict, profiles
from devicetrust.evidence import Failure
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from pki import Authority, Extension, Key
from pki_revocation import (
    DELTA_CRL_INDICATOR,
    GOOD,
    CRLDraft,
    ResponseDraft,
    at_url,
    by_name,
    certificate_id,
    crl_number,
    single_response,
)
from pki_shapes import Scene
from ward import ISSUING, ROOT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def pointing(*extensions: Extension, indexes: Iterable[int] = (0,), intermediates: int = 1) -> Scene:
    """The ward's chain, with these extensions in the certificates at ``indexes``; a CRL's URL where none are given."""
    asked = ward.scene(intermediates)
    for index in indexes:
        asked = ward.including(index, *(extensions or (at_url(),)))(asked)
    return asked


# CRLs


def crl(
    *entries: bytes,
    by: Authority = ISSUING,
    number: int | None = 5,
    signer: Key | None = None,
    extensions: Iterable[Extension] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    **fields: Any,
) -> CertificateRevocationList:
    """A complete CRL of ``by``; from yesterday to tomorrow unless ``since`` and ``until`` say otherwise."""
    if since is not None:
        fields["this_update"] = pki.validity_time(since)
    if until is not None:
        fields["next_update"] = pki.validity_time(until)
    numbered = () if number is None else (crl_number(number),)
    draft = CRLDraft(by.name, entries or None, (*numbered, *extensions), **fields)
    return CertificateRevocationList(draft.sealed(signer or by.key))


def delta(
    *entries: bytes, base: int = 5, number: int | None = 6, extensions: Iterable[Extension] = (), **fields: Any
) -> CertificateRevocationList:
    """A delta CRL that starts from the complete CRL ``base``."""
    indicator = Extension(DELTA_CRL_INDICATOR, True, pki.integer(base))
    return crl(*entries, number=number, extensions=(indicator, *extensions), **fields)


# OCSP


def identified(asked: Scene, index: int = 0, by: Authority | None = None) -> bytes:
    """The CertID of the certificate at ``index``."""
    issuer = by or asked.chain[index + 1].holder
    return certificate_id(asked.chain[index].draft.serial_number, issuer.name, issuer.key)


def answer(
    asked: Scene,
    status: bytes = GOOD,
    *singles: bytes,
    index: int = 0,
    responder: bytes | None = None,
    signer: Key | None = None,
    nonce: bytes | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    endless: bool = False,
    **fields: Any,
) -> OCSPResponse:
    """A response about the certificate at ``index``, by its issuer; ``singles`` go in the place of it."""
    issuer = asked.chain[index + 1].holder
    times: dict[str, Any] = {} if since is None else {"this_update": since}
    if until is not None or endless:
        times["next_update"] = until
    told = singles or (single_response(identified(asked, index), status, **times),)
    draft = ResponseDraft(responder or by_name(issuer.name), told, **fields)
    return OCSPResponse(draft.sealed(signer or issuer.key), nonce=nonce)


# questions


def under(policy: RevocationPolicy, profile: Profile = profiles.rfc5280) -> Profile:
    return profile.evolve(revocation=policy)


def ask(
    asked: Scene,
    policy: RevocationPolicy = RevocationPolicy.REQUIRED,
    *pieces: CertificateRevocationList | OCSPResponse,
    certificates: Iterable[bytes] = (),
    failures: Iterable[tuple[str, str]] = (),
    profile: Profile = profiles.rfc5280,
    at: datetime | TimeInterval | None = pki.AT,
) -> Verdict:
    """The verdict of a fresh verifier under ``policy``, given these pieces of evidence."""
    judge = ward.verifier(asked, under(policy, profile))
    return judge.verify(
        asked.sealed(0),
        ward.presented(asked),
        reference=Reference.UNCHECKED,
        evidence=evidence(*pieces, certificates=certificates, failures=failures),
        at=at,
    )


def evidence(
    *pieces: CertificateRevocationList | OCSPResponse,
    certificates: Iterable[bytes] = (),
    failures: Iterable[tuple[str, str]] = (),
) -> Evidence:
    return Evidence(
        crls=[one for one in pieces if isinstance(one, CertificateRevocationList)],
        ocsp=[one for one in pieces if isinstance(one, OCSPResponse)],
        certificates=certificates,
        failures=[Failure(*one) for one in failures],
    )


def of_revocation(verdict: Verdict) -> list[tuple[str, int | None]]:
    """(code, certificate index) of every finding about revocation or the clock, sorted."""
    places = ward.found(verdict)
    return sorted(place for place in places if place[0].startswith(("revocation.", "clock.")))


def reason_of(verdict: Verdict, code: str, index: int | None = 0) -> str:
    """The fact ``reason`` of the one finding with this code and index."""
    (found,) = [f for f in verdict.findings if (f.code.id, f.where.certificate) == (code, index)]
    return str(found.facts["reason"])


def serial(asked: Scene, index: int = 0) -> int:
    return asked.chain[index].draft.serial_number


def leaf(asked: Scene) -> Certificate:
    return Certificate(asked.sealed(0))


ROOT_CRL = crl(by=ROOT)
"""Of the root's certificates none is revoked."""
