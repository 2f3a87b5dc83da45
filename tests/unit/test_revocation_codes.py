"""What a finding about a revocation tells: since when, why, by whose word."""

from __future__ import annotations

from datetime import timedelta

from devicetrust import Outcome
from pki import AT
from pki_revocation import entry, invalidity_date, reason_code
from ward_status import POINT, asked, crl, device


def test_the_facts_of_a_revocation() -> None:
    """When it was revoked, since when its key is in doubt, for which reason, and who says so: RFC 5280 5.3."""
    pump, revoked, doubted = device(POINT), AT - timedelta(days=3), AT - timedelta(days=9)
    listed = entry(pump.serial_number, reason_code(1), invalidity_date(doubted), revoked=revoked)
    verdict = asked(pump, crls=[crl(listed, number=17)])
    assert verdict.headline is not None
    facts = verdict.headline.facts
    assert (verdict.outcome, verdict.headline.code.id) == (Outcome.UNTRUSTED, "revocation.revoked")
    assert (facts["revoked_at"], facts["invalidity_date"], facts["reason"]) == (revoked, doubted, "keyCompromise")
    assert str(facts["source"]).startswith("the CRL 17 of ")
