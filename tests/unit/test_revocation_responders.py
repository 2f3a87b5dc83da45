"""Responders: to whom the issuer of a certificate has delegated the say about its status, RFC 6960 4.2.2.2."""

from __future__ import annotations

from typing import Any

import pytest

import pki
from devicetrust import Outcome, RevocationPolicy
from devicetrust.x509.ocsp import OCSPResponse
from pki import AT, Authority, Draft, Extension, common_name, key
from pki_revocation import (
    OCSP_NO_CHECK,
    OCSP_SIGNING,
    YESTERDAY,
    ResponseDraft,
    by_key,
    by_name,
    certificate_id,
    entry,
    revoked,
    single_response,
)
from ward import DEVICE, ISSUING, ROOT, SECOND, STRANGER, blocking, unknown
from ward_answering import ASKED, GOOD_0, GOOD_1, REVOKED_0, key_hash, told, why
from ward_revocation import ROOT_CRL, answer, ask, crl, identified, of_revocation, reason_of

REQUIRED, BEST_EFFORT = RevocationPolicy.REQUIRED, RevocationPolicy.BEST_EFFORT
RESPONDER = Authority(common_name("Ward responder"), key("p256", 11))


def delegate(by: Authority = ISSUING, holder: Authority = RESPONDER) -> Draft:
    """The certificate of a responder, RFC 6960 4.2.2.2: id-kp-OCSPSigning, and none need ask for its status."""
    draft = by.issues(holder.name, holder.key).including(pki.extended_key_usage(OCSP_SIGNING), OCSP_NO_CHECK)
    return draft.without(pki.SUBJECT_ALTERNATIVE_NAME)


def delegated(certificate: bytes | None = None, holder: Authority = RESPONDER, **fields: Any) -> OCSPResponse:
    """A response that the responder signs, with its certificate in it."""
    sent = delegate().sealed(ISSUING.key) if certificate is None else certificate
    fields.setdefault("responder", by_name(holder.name))
    return answer(ASKED, signer=holder.key, certificates=(sent,) if sent else (), **fields)


class TestDelegated:
    """RFC 6960 4.2.2.2: id-kp-OCSPSigning, in a certificate that the issuer of the certificate in question issued."""

    @pytest.mark.parametrize("responder", [by_name(RESPONDER.name), by_key(key_hash(RESPONDER))])
    def test_it_may_answer(self, responder: bytes) -> None:
        """Named either way, with its certificate in the response or at hand."""
        assert told(delegated(responder=responder)).outcome is Outcome.TRUSTED
        at_hand = delegate().sealed(ISSUING.key)
        assert told(delegated(b"", responder=responder), certificates=(at_hand,)).outcome is Outcome.TRUSTED
        assert "nobody at hand" in why(told(delegated(b"", responder=responder)))

    def test_it_may_revoke(self) -> None:
        """What a delegate says of a revocation is believed too."""
        assert blocking(told(delegated(status=revoked()))) == {REVOKED_0}

    @pytest.mark.parametrize(
        ("certificate", "reason"),
        [
            (delegate().without(pki.EXTENDED_KEY_USAGE).sealed(ISSUING.key), "without the key purpose OCSPSigning"),
            (
                delegate().including(pki.extended_key_usage(pki.SERVER_AUTH)).sealed(ISSUING.key),
                "without the key purpose OCSPSigning",
            ),
            (
                delegate().including(pki.extended_key_usage("2.5.29.37.0")).sealed(ISSUING.key),
                "without the key purpose OCSPSigning",
            ),
            (delegate(ROOT).sealed(ROOT.key), "no path to the same anchor"),
            (delegate().sealed(STRANGER.key), "nobody at hand"),
            (delegate(STRANGER).sealed(STRANGER.key), "nobody at hand"),
            (delegate().including(unknown(critical=True)).sealed(ISSUING.key), "critical extension"),
            (delegate()._replace(scheme="ecdsa-sha1").sealed(ISSUING.key), "refused"),
            (delegate()._replace(subject=DEVICE.name).sealed(ISSUING.key), "nobody at hand"),
            (delegate(holder=RESPONDER._replace(key=DEVICE.key)).sealed(ISSUING.key), "nobody at hand"),
            (b"\x30\x00", "nobody at hand"),
        ],
    )
    @pytest.mark.parametrize("status", [b"\x80\x00", revoked()])
    def test_others_may_not(self, certificate: bytes, reason: str, status: bytes) -> None:
        """Wrong purpose or issuer, not understood, of another name or key: neither good nor revoked."""
        assert reason in why(told(delegated(certificate, status=status)))

    @pytest.mark.parametrize(
        ("dates", "reason"),
        [({"not_after": AT - SECOND}, "expired"), ({"not_before": AT + SECOND}, "not valid before")],
    )
    def test_out_of_its_time_it_only_revokes(self, dates: dict[str, Any], reason: str) -> None:
        """A responder that has expired, or is not valid yet, says nothing good; what it revokes is revoked."""
        certificate = delegate()._replace(**dates).sealed(ISSUING.key)
        assert reason in why(told(delegated(certificate)))
        assert blocking(told(delegated(certificate, status=revoked()))) == {REVOKED_0}

    @pytest.mark.parametrize("dates", [{"not_after": AT}, {"not_before": AT}])
    def test_its_bounds_are_inclusive(self, dates: dict[str, Any]) -> None:
        """RFC 5280 4.1.2.5: its first and its last second are within its time."""
        assert told(delegated(delegate()._replace(**dates).sealed(ISSUING.key))).outcome is Outcome.TRUSTED

    def test_a_device_may_not_answer_for_its_neighbours(self) -> None:
        """An ordinary certificate of the same issuer is no responder."""
        device = ISSUING.issues(DEVICE.name, DEVICE.key, pki.dns("monitor.example")).sealed(ISSUING.key)
        assert "without the key purpose OCSPSigning" in why(told(delegated(device, DEVICE)))

    def test_an_unreadable_neighbour_harms_nothing(self) -> None:
        """A certificate in the response that cannot be read is passed over."""
        sent = (b"\x30\x00", delegate().sealed(ISSUING.key))
        one = answer(ASKED, signer=RESPONDER.key, responder=by_name(RESPONDER.name), certificates=sent)
        assert told(one).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize("scheme", ["ecdsa-sha1"])
    def test_a_weak_signature(self, scheme: str) -> None:
        """What the strength policy does not admit for certificates, it does not for evidence."""
        weak = key("p256", 1)._replace(scheme=scheme)
        assert "which the strength policy baseline does not admit" in why(told(answer(ASKED, signer=weak)))


class TestStatusOfTheResponder:
    """RFC 6960 4.2.2.2.1."""

    PLAIN = delegate().without(OCSP_NO_CHECK.oid)

    def test_without_nocheck_it_must_be_known(self) -> None:
        """A responder that does not say otherwise is asked about like any certificate."""
        one = delegated(self.PLAIN.sealed(ISSUING.key))
        assert "whose own status is not known" in why(told(one))
        assert ask(ASKED, REQUIRED, ROOT_CRL, one, crl()).outcome is Outcome.TRUSTED

    def test_it_is_not_asked_where_the_policy_does_not(self) -> None:
        """Where an unknown status is only a warning, that of the responder is none."""
        verdict = ask(ASKED, BEST_EFFORT, ROOT_CRL, delegated(self.PLAIN.sealed(ISSUING.key)))
        assert (verdict.outcome, of_revocation(verdict)) == (Outcome.TRUSTED, [GOOD_0, GOOD_1])

    def test_it_does_not_vouch_for_itself(self) -> None:
        """A responder's own answer about itself settles nothing about it, in the same response or in another."""
        certificate = self.PLAIN.sealed(ISSUING.key)
        itself = single_response(certificate_id(self.PLAIN.serial_number, ISSUING.name, ISSUING.key))
        draft = ResponseDraft(by_name(RESPONDER.name), (itself,), certificates=(certificate,))
        apart = OCSPResponse(draft.sealed(RESPONDER.key))
        both = draft._replace(responses=(single_response(identified(ASKED)), itself))
        for answers in ((delegated(certificate), apart), (OCSPResponse(both.sealed(RESPONDER.key)),)):
            assert "whose own status is not known" in why(told(*answers))

    def test_two_do_not_vouch_for_each_other(self) -> None:
        """Responders that answer for one another, and nobody else for them, settle nothing."""
        other = Authority(common_name("Ward responder 2"), key("p256", 12))
        drafts = {one: delegate(holder=one).without(OCSP_NO_CHECK.oid) for one in (RESPONDER, other)}
        mutual = []
        for one, another in ((RESPONDER, other), (other, RESPONDER)):
            about = single_response(certificate_id(drafts[another].serial_number, ISSUING.name, ISSUING.key))
            sent = (drafts[one].sealed(ISSUING.key),)
            mutual.append(OCSPResponse(ResponseDraft(by_name(one.name), (about,), certificates=sent).sealed(one.key)))
        verdict = told(delegated(drafts[RESPONDER].sealed(ISSUING.key)), *mutual)
        assert "whose own status is not known" in why(verdict)

    @pytest.mark.parametrize("policy", [REQUIRED, BEST_EFFORT])
    @pytest.mark.parametrize("reason", [1, 6])
    def test_revoked_it_says_nothing(self, policy: RevocationPolicy, reason: int) -> None:
        """A responder that is revoked or on hold is not believed, under any policy."""
        draft = self.PLAIN
        listed = crl(entry(draft.serial_number, Extension("2.5.29.21", False, bytes((10, 1, reason)))), since=YESTERDAY)
        only_ocsp = policy.evolve(sources=policy.sources[:1])
        verdict = ask(ASKED, only_ocsp, ROOT_CRL, delegated(draft.sealed(ISSUING.key)), listed)
        code = "revocation.unknown" if policy is REQUIRED else "revocation.unknown_tolerated"
        assert "itself" in reason_of(verdict, code)
