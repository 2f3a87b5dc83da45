"""A waiver that lets who signs evidence say "good" is told of as any other, and ends as any other."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

import ward
from devicetrust import Evidence, EvidenceOutlook, Outcome, RevocationPolicy, Verdict, Waiver, Waivers, forecast
from devicetrust.path import codes
from devicetrust.x509.certificate import Certificate
from pki import AT, Authority, common_name, extended_key_usage, key
from pki_revocation import OCSP_NO_CHECK, OCSP_SIGNING, by_name
from ward import ISSUING
from ward_answering import ASKED
from ward_revocation import ROOT_CRL, answer, under

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
RESPONDER = Authority(common_name("Ward responder"), key("p256", 11))
DELEGATE = ISSUING.issues(RESPONDER.name, RESPONDER.key).including(extended_key_usage(OCSP_SIGNING), OCSP_NO_CHECK)
ENDED = DELEGATE._replace(not_after=AT - DAY).sealed(ISSUING.key)
EVIDENCE = Evidence(
    crls=[ROOT_CRL],
    ocsp=[answer(ASKED, signer=RESPONDER.key, certificates=(ENDED,), responder=by_name(RESPONDER.name))],
)
JUDGE = ward.verifier(ASKED, under(RevocationPolicy.REQUIRED))


def waivers(digest: bytes, **changes: Any) -> Waivers:
    given: dict[str, Any] = {"valid_from": AT - HOUR, "valid_until": AT + HOUR, "devices": [digest], **changes}
    return Waivers([Waiver(code=codes.EXPIRED, granted_by="Dr. Rossi", reason="a new one is on its way", **given)])


def verdict(given: Waivers) -> Verdict:
    return JUDGE.evolve(waivers=given).verify(ASKED.sealed(0), ward.presented(ASKED), evidence=EVIDENCE, at=AT)


@pytest.mark.parametrize(
    "digest",
    [Certificate(ENDED).fingerprint, hashlib.sha256(RESPONDER.key.subject_public_key_info).digest()],
    ids=["certificate", "key"],
)
def test_it_is_told(digest: bytes) -> None:
    """A status by the word of a responder whose end is waived is an exception, and the verdict says so."""
    assert verdict(Waivers()).outcome is Outcome.UNDECIDED
    found = verdict(waivers(digest))
    told = [(one.code.id, one.where.certificate) for one in found.findings if one.code.id.startswith("waiver.")]
    assert (found.outcome, told) == (Outcome.TRUSTED_BY_EXCEPTION, [("waiver.ends_soon", None)])


def test_it_ends() -> None:
    """What rests on a waiver ends with it, though evidence is taken as renewed; a kept answer does not outlast it."""
    given = waivers(Certificate(ENDED).fingerprint, valid_until=AT + 3 * HOUR)
    found = verdict(given)
    end = AT + 3 * HOUR + SECOND
    assert (found.lifetime.until, found.horizon.until, found.recheck) == (end, end, AT + HOUR + SECOND)
    for outlook in EvidenceOutlook:
        periods = forecast(
            JUDGE.evolve(waivers=given),
            ASKED.sealed(0),
            ward.presented(ASKED),
            evidence=EVIDENCE,
            start=AT,
            end=AT + 4 * HOUR,
            outlook=outlook,
        )
        assert [(period.start, period.outcome) for period in periods] == [
            (AT, Outcome.TRUSTED_BY_EXCEPTION),
            (end, Outcome.UNDECIDED),
        ]


def test_of_an_authority_of_the_path_it_is_told_once() -> None:
    """Where the CA above both has ended, the exception stands at the CA's place alone."""
    ended = ward.replacing(1, not_after=AT - DAY)(ASKED)
    sent = DELEGATE.sealed(ISSUING.key)
    held = Evidence(
        crls=[ROOT_CRL],
        ocsp=[answer(ended, signer=RESPONDER.key, certificates=(sent,), responder=by_name(RESPONDER.name))],
    )
    judge = JUDGE.evolve(waivers=Waivers([_of_issuer(Certificate(ended.sealed(1)).fingerprint)]))
    found = judge.verify(ended.sealed(0), ward.presented(ended), evidence=held, at=AT)
    told = [(one.code.id, one.where.certificate) for one in found.findings if one.code.id.startswith("waiver.")]
    assert (found.outcome, told) == (Outcome.TRUSTED_BY_EXCEPTION, [("waiver.ends_soon", 1)])


def _of_issuer(digest: bytes) -> Waiver:
    [made] = waivers(bytes(32), devices=(), issuer=digest).waivers
    return made


def test_a_help_desk_is_not_told_that_it_is_the_device() -> None:
    """Nobody is sent to the device where the certificate of who answers for its status has run out."""
    told = verdict(waivers(Certificate(ENDED).fingerprint)).explain(audience="help_desk", language="en")
    assert "the certificate of an authority that vouches for the device has run out (since 31 May 2026" in told
    assert "put it on the device" not in told
