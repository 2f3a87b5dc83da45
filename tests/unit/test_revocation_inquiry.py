"""What is said where a status is not known: nothing that lies, nothing that hangs on order or on unrecorded time."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from devicetrust import Certificate, Outcome, RevocationPolicy, Verdict
from devicetrust.evidence import Evidence, Failure, WantKind
from devicetrust.revocation import RevocationSource
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from pki import AT, Authority, Draft, key, validity_time
from pki_revocation import MUST_STAPLE, OCSP_NO_CHECK, entry, responder_at, response
from ward import ISSUING, ROOT, SECOND
from ward_status import (
    ISSUING_DER,
    POINT,
    answer,
    asked,
    crl,
    device,
    single,
    verifier,
)

DAY = timedelta(days=1)
DEVICE = device(POINT)
STAPLING = device(POINT, responder_at(), MUST_STAPLE)
FORGER = Authority(ISSUING.name, key("p256", 7))
CRL_ONLY = RevocationPolicy.IF_PUBLISHED.evolve(sources=(RevocationSource.CRL,))
SKEWED = RevocationPolicy.IF_PUBLISHED.evolve(clock_skew=timedelta(hours=1))


def reason(verdict: Verdict) -> str:
    return str(next(one for one in verdict.findings if one.code.id == "revocation.unknown").facts["reason"])


class TestReasons:
    def test_a_crl_where_an_ocsp_response_is_demanded(self) -> None:
        """RFC 7633 4.2.3: a complete CRL does not settle it, and the reason is not that it covers too little."""
        verdict = asked(STAPLING, crls=[crl()])
        assert verdict.outcome is Outcome.UNDECIDED
        assert "demands an OCSP response" in reason(verdict)
        assert "covers only some reasons" not in reason(verdict)

    def test_an_ocsp_response_is_wanted_where_it_is_demanded(self) -> None:
        """What is wanted is what would settle it, whatever sources the policy prefers."""
        verdict = asked(STAPLING, crls=[crl()], policy=CRL_ONLY)
        assert [want.kind for want in verdict.wants] == [WantKind.OCSP]

    def test_a_kind_that_the_policy_does_not_ask(self) -> None:
        """A good OCSP response does not count where only CRLs may say "good", and the reason says so."""
        verdict = asked(DEVICE, ocsp=[answer(single(DEVICE))], policy=CRL_ONLY)
        assert "only CRL may say that it is good" in reason(verdict)

    def test_the_feature_of_a_ca_binds_what_it_issues(self) -> None:
        """RFC 7633 4.2.2: a CA's own status may come from a CRL."""
        issuing = Certificate(ROOT.vouches_for(ISSUING).including(POINT, MUST_STAPLE).sealed(ROOT.key))
        evidence = Evidence(crls=[crl(), crl(issuer=ROOT)])
        assert (
            verifier().verify(DEVICE.sealed(ISSUING.key), [issuing], evidence=evidence, at=AT).outcome
            is Outcome.TRUSTED
        )

    @pytest.mark.parametrize("policy", [RevocationPolicy.IF_PUBLISHED, SKEWED, CRL_ONLY], ids=lambda one: one.name)
    @pytest.mark.parametrize("leaf", [DEVICE, STAPLING], ids=["plain", "stapling"])
    def test_reasons_stay_until_recheck(self, leaf: Draft, policy: RevocationPolicy) -> None:
        """The whole verdict one second before recheck equals the one before, reasons in words included."""
        now = asked(leaf, crls=[crl()], ocsp=[answer(single(leaf))], policy=policy)
        while now.recheck is not None:
            then = asked(leaf, crls=[crl()], ocsp=[answer(single(leaf))], policy=policy, at=now.recheck - SECOND)
            assert then == now
            now = asked(leaf, crls=[crl()], ocsp=[answer(single(leaf))], policy=policy, at=now.recheck)

    def test_evidence_that_cannot_be_read_is_said(self) -> None:
        """Whoever passed a broken file learns that it is broken."""
        broken, busy = CertificateRevocationList(b"\x30\x00"), OCSPResponse(response(3))
        text = reason(asked(DEVICE, crls=[broken], ocsp=[busy]))
        assert "cannot be read" in text
        assert "tryLater" in text


class TestOrder:
    def test_order_of_evidence_does_not_show(self) -> None:
        """The same pieces in any order give the same verdict, words included."""
        crls = [crl(issuer=FORGER, number=1), crl(issuer=FORGER, number=2), crl(entry(1), next_update=b"")]
        verdicts = [asked(DEVICE, crls=order) for order in itertools.permutations(crls)]
        assert all(one == verdicts[0] for one in verdicts)

    def test_order_of_failures_does_not_show(self) -> None:
        """The same failures in any order give the same verdict."""
        failures = [Failure("http://ward.example/ca.crl", why) for why in ("no answer", "no such host")]
        leaf = DEVICE.sealed(ISSUING.key)
        one, other = (
            verifier().verify(leaf, [ISSUING_DER], evidence=Evidence(failures=order), at=AT)
            for order in (failures, failures[::-1])
        )
        assert one == other


class TestExemptions:
    def test_ocsp_nocheck_exempts_responders_alone(self) -> None:
        """RFC 6960 4.2.2.2.1: on a device's certificate the extension means nothing."""
        assert asked(device(POINT, OCSP_NO_CHECK)).outcome is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        ("leaf", "policy", "expected"),
        [
            (DEVICE, RevocationPolicy.IF_PUBLISHED, Outcome.TRUSTED_BY_EXCEPTION),
            (device(), RevocationPolicy.IF_PUBLISHED, Outcome.TRUSTED),
            (DEVICE, RevocationPolicy.BEST_EFFORT, Outcome.TRUSTED),
            (DEVICE, RevocationPolicy.OFF, Outcome.TRUSTED),
        ],
        ids=["published", "not published", "best effort", "off"],
    )
    def test_stale_evidence_is_an_exception_only_where_a_status_is_due(
        self, leaf: Draft, policy: RevocationPolicy, expected: Outcome
    ) -> None:
        """Who would be trusted without any evidence is not trusted by exception because of an old piece of it."""
        old = crl(this_update=validity_time(AT - 3 * DAY), next_update=validity_time(AT - DAY))
        assert asked(leaf, crls=[old], policy=policy.evolve(stale_grace=2 * DAY)).outcome is expected
