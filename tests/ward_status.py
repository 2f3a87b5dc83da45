"""What the ward's CAs say of the status of certificates: CRLs and OCSP responses in the scene of `ward`.

Makes: `crl`, `answer`, `device`, `delegate`, `list_signer`, and `asked`, which asks with them.
May import: devicetrust, pki, pki_revocation, ward.
Must never: hold an expected value.
Read first: `asked`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pki
import pki_revocation
from devicetrust import (
    Evidence,
    Profile,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    profiles,
)
from devicetrust.verdict import TimeInterval
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from pki import AT, Authority, Draft, Extension, common_name, key
from pki_revocation import (
    OCSP_SIGNING,
    CRLDraft,
    ResponseDraft,
    by_name,
    certificate_id,
    distribution_points,
    full_name,
    point,
    single_response,
)
from ward import DEVICE, HOST, ISSUING, ROOT

ROOT_DER = ROOT.root()
ISSUING_DER = ROOT.vouches_for(ISSUING).sealed(ROOT.key)
STATUS = Authority(common_name("Ward Status"), key("p256", 20))
"""A responder or signer of CRLs with a key of its own."""
LISTS = Authority(ISSUING.name, key("p256", 21))
"""A key of the issuing CA that signs nothing but CRLs."""


def points(*urls: str) -> Extension:
    """cRLDistributionPoints with one point for each URL."""
    return distribution_points(*(point(full_name(pki.uri(url))) for url in urls))


POINT = points("http://ward.example/ca.crl")


def device(*extensions: Extension, number: int = 9) -> Draft:
    """A device of the issuing CA."""
    holder = DEVICE if number == 9 else Authority(common_name(f"pump-{number}"), key("p256", number))
    return ISSUING.issues(holder.name, holder.key, pki.dns(HOST)).including(*extensions)


def delegate(*extensions: Extension, issuer: Authority = ISSUING, signer: Authority = STATUS) -> Draft:
    """A responder that ``issuer`` has delegated OCSP to, RFC 6960 4.2.2.2."""
    draft = issuer.issues(signer.name, signer.key, pki.dns("status.ward.example.com"))
    return draft.including(pki.extended_key_usage(OCSP_SIGNING), *extensions)


def list_signer(*extensions: Extension, signer: Authority = LISTS) -> Draft:
    """A certificate of the issuing CA for a key that signs CRLs alone."""
    draft = ISSUING.issues(signer.name, signer.key, pki.dns("lists.ward.example.com"))
    usage = pki.key_usage(pki.CRL_SIGN)
    return draft.without(pki.EXTENDED_KEY_USAGE).including(usage, *extensions)


def crl(
    *entries: bytes,
    issuer: Authority = ISSUING,
    number: int | None = 5,
    extensions: Iterable[Extension] = (),
    **fields: Any,
) -> CertificateRevocationList:
    """A CRL of ``issuer`` that lists ``entries``."""
    numbered = () if number is None else (pki_revocation.crl_number(number),)
    draft = CRLDraft(issuer.name, entries or None, (*numbered, *extensions))
    return CertificateRevocationList(draft._replace(**fields).sealed(issuer.key))


def single(draft: Draft, status: bytes = pki_revocation.GOOD, issuer: Authority = ISSUING, **fields: Any) -> bytes:
    """What a responder says of one certificate of ``issuer``."""
    return single_response(certificate_id(draft.serial_number, draft.issuer, issuer.key), status, **fields)


def answer(
    *singles: bytes,
    signer: Authority = ISSUING,
    certificates: Iterable[bytes] = (),
    nonce: bytes | None = None,
    **fields: Any,
) -> OCSPResponse:
    """An OCSP response in the signer's name."""
    draft = ResponseDraft(by_name(signer.name), tuple(singles), certificates=tuple(certificates), **fields)
    return OCSPResponse(draft.sealed(signer.key), nonce=nonce)


def verifier(policy: RevocationPolicy = RevocationPolicy.IF_PUBLISHED, profile: Profile = profiles.rfc5280) -> Verifier:
    return Verifier(TrustStore([ROOT_DER]), profile=profile.evolve(revocation=policy))


def asked(
    leaf: Draft,
    *,
    crls: Iterable[CertificateRevocationList] = (),
    ocsp: Iterable[OCSPResponse] = (),
    certificates: Iterable[bytes] = (),
    beside: Iterable[bytes] = (),
    policy: RevocationPolicy = RevocationPolicy.IF_PUBLISHED,
    of: Verifier | None = None,
    at: datetime | TimeInterval = AT,
) -> Verdict:
    """The verdict on ``leaf`` with this evidence, of ``of`` or of a fresh verifier."""
    evidence = Evidence(crls=crls, ocsp=ocsp, certificates=certificates)
    return (of or verifier(policy)).verify(
        leaf.sealed(ISSUING.key), [ISSUING_DER, *beside], reference=Reference.UNCHECKED, evidence=evidence, at=at
    )
