"""What the CAs of the ward say of the status of its certificates, and what devicetrust makes of it.

Makes: pointers for certificates, CRLs and OCSP responses as views, `ask` with a policy and evidence.
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
from pki import Authority, Extension, Key, sequence, tlv
from pki_revocation import (
    CRL_DISTRIBUTION_POINTS,
    DELTA_CRL_INDICATOR,
    FRESHEST_CRL,
    GOOD,
    CRLDraft,
    ResponseDraft,
    by_name,
    certificate_id,
    crl_number,
    single_response,
)
from pki_shapes import Scene
from ward import ISSUING, ROOT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACCESS, TLS_FEATURE = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24"
CRL_URL, OTHER_CRL_URL = "http://ca.example.com/1.crl", "http://ca.example.com/2.crl"
DELTA_URL, OCSP_URL = "http://ca.example.com/delta.crl", "http://ocsp.example.com/"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
NO_REVOCATION_AVAILABLE = Extension("2.5.29.56", False, pki.NULL)
OCSP_NO_CHECK = Extension("1.3.6.1.5.5.7.48.1.5", False, pki.NULL)
MUST_STAPLE = Extension(TLS_FEATURE, False, sequence(pki.integer(5)))


# pointers


def full_name(*names: bytes) -> bytes:
    """A DistributionPointName of whole names, RFC 5280 4.2.1.13."""
    return tlv(0xA0, tlv(0xA0, *names))


def relative_name(oid: str, text: str) -> bytes:
    """A DistributionPointName relative to the CRL issuer's."""
    return tlv(0xA0, tlv(0xA1, sequence(pki.object_identifier(oid), tlv(0x0C, text.encode()))))


def reason_flags(tag: int, *bits: int) -> bytes:
    """ReasonFlags under an implicit tag: 1 is keyCompromise, 6 certificateHold, 8 aACompromise."""
    number = sum(0x8000 >> bit for bit in bits)
    content = number.to_bytes(2, "big").rstrip(b"\0") or b"\0"
    unused = next((count for count in range(8) if content[-1] >> count & 1), 0)
    return tlv(tag, bytes((unused,)), content)


def point(name: bytes = b"", *, reasons: Iterable[int] = (), issuers: Iterable[bytes] = ()) -> bytes:
    """A DistributionPoint; ``issuers`` are distinguished names."""
    flags, names = tuple(reasons), tuple(map(pki.directory, issuers))
    return sequence(name, reason_flags(0x81, *flags) if flags else b"", tlv(0xA2, *names) if names else b"")


def distribution_points(*points: bytes, critical: bool = False) -> Extension:
    return Extension(CRL_DISTRIBUTION_POINTS, critical, sequence(*points))


def at_url(*urls: str) -> Extension:
    """cRLDistributionPoints of one point with these URLs."""
    return distribution_points(point(full_name(*map(pki.uri, urls or (CRL_URL,)))))


def freshest_crl(url: str = DELTA_URL) -> Extension:
    return Extension(FRESHEST_CRL, False, sequence(point(full_name(pki.uri(url)))))


def responder_at(*urls: str) -> Extension:
    """authorityInfoAccess with id-ad-ocsp for each URL."""
    method = pki.object_identifier("1.3.6.1.5.5.7.48.1")
    return Extension(ACCESS, False, sequence(*(sequence(method, pki.uri(url)) for url in urls or (OCSP_URL,))))


def pointing(*extensions: Extension, indexes: Iterable[int] = (0,), intermediates: int = 1) -> Scene:
    """The ward's chain, with these extensions in the certificates at ``indexes``; a CRL's URL where none are given."""
    asked = ward.scene(intermediates)
    for index in indexes:
        asked = ward.including(index, *(extensions or (at_url(),)))(asked)
    return asked


# CRLs


def scoped(*fields: bytes) -> Extension:
    """issuingDistributionPoint, critical as RFC 5280 5.2.5 has it."""
    return Extension("2.5.29.28", True, sequence(*fields))


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
