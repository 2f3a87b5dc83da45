"""Who may say what of a certificate's status: nobody for himself, and a revoked signer no longer says "good"."""

from __future__ import annotations

from datetime import timedelta

from devicetrust import Outcome
from devicetrust.findings import Finding
from devicetrust.verdict import Verdict
from pki import validity_time
from pki_revocation import YESTERDAY, entry
from ward import ISSUING
from ward_status import (
    LISTS,
    NO_CHECK,
    POINT,
    STATUS,
    answer,
    asked,
    crl,
    delegate,
    device,
    list_signer,
    single,
    verifier,
)

DAY = timedelta(days=1)
DEVICE = device(POINT)


def of_leaf(verdict: Verdict) -> list[Finding]:
    """What was found about the leaf's status."""
    return [one for one in verdict.findings if one.where.certificate == 0 and one.code.id.startswith("revocation.")]


def stale_crl(*serial_numbers: int) -> object:
    """An old CRL of the issuing CA itself, which says "good" of nobody any more."""
    ended = {"this_update": validity_time(YESTERDAY - DAY), "next_update": validity_time(YESTERDAY)}
    return crl(*map(entry, serial_numbers), number=4, **ended)


class TestListSigners:
    def test_a_signer_that_was_asked_about_itself_is_not_believed_for_others(self) -> None:
        """What is kept about the signers of CRLs does not depend on the leaf that was asked about first."""
        signer = list_signer()
        given = {
            "crls": [crl(issuer=LISTS, number=9), stale_crl(signer.serial_number)],
            "certificates": [signer.sealed(ISSUING.key)],
        }
        warm = verifier()
        assert asked(signer, of=warm, **given).outcome is Outcome.UNTRUSTED
        assert asked(DEVICE, of=warm, **given) == asked(DEVICE, **given)
        assert asked(DEVICE, of=warm, **given).outcome is Outcome.UNDECIDED


class TestDelegates:
    def test_a_revoked_delegate_is_not_believed_whatever_its_issuer_exempts_it_from(self) -> None:
        """ocsp-nocheck spares the look-up (RFC 6960 4.2.2.2.1); a revocation at hand counts all the same."""
        responder = delegate(NO_CHECK)
        good = answer(single(DEVICE), signer=STATUS, certificates=[responder.sealed(ISSUING.key)])
        assert asked(DEVICE, ocsp=[good]).outcome is Outcome.TRUSTED
        verdict = asked(DEVICE, ocsp=[good], crls=[stale_crl(responder.serial_number)])
        assert (verdict.outcome, [one.code.id for one in of_leaf(verdict)]) == (
            Outcome.UNDECIDED,
            ["revocation.unknown"],
        )
