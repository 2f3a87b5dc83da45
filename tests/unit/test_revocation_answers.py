"""OCSP responses: what they say, and that their issuer may say it, RFC 6960 2.2, 3.2, 4.4."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from devicetrust import Outcome, RevocationPolicy
from devicetrust.x509.ocsp import OCSPResponse
from pki import AT, Extension, octet_string
from pki_revocation import (
    OCSP_NONCE,
    SHA_1,
    TOMORROW,
    UNKNOWN,
    YESTERDAY,
    by_key,
    by_name,
    certificate_id,
    entry,
    response,
    revoked,
    single_response,
)
from ward import ISSUING, ROOT, SECOND, STRANGER, blocking, unknown
from ward_answering import ASKED, GOOD_0, GOOD_1, REVOKED_0, UNKNOWN_0, key_hash, told, why
from ward_revocation import (
    DAY,
    HOUR,
    ROOT_CRL,
    answer,
    ask,
    crl,
    identified,
    of_revocation,
    reason_of,
    serial,
)

REQUIRED, BEST_EFFORT = RevocationPolicy.REQUIRED, RevocationPolicy.BEST_EFFORT
ENDED_0, HOLD_0 = ("revocation.evidence_ended", 0), ("revocation.on_hold", 0)
NONCE = bytes(range(32))


class TestStatus:
    def test_good(self) -> None:
        """RFC 6960 2.2: good, from thisUpdate to nextUpdate."""
        verdict = told(answer(ASKED))
        assert (verdict.outcome, of_revocation(verdict), verdict.wants) == (Outcome.TRUSTED, [GOOD_0, GOOD_1], ())

    @pytest.mark.parametrize(("reason", "text"), [(None, "unspecified"), (0, "unspecified"), (1, "keyCompromise")])
    def test_revoked(self, reason: int | None, text: str) -> None:
        """Revoked refuses, with its date and reason."""
        verdict = told(answer(ASKED, revoked(AT - 3 * DAY, reason)))
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, {REVOKED_0})
        assert verdict.headline is not None
        assert (verdict.headline.facts["revoked_at"], verdict.headline.facts["reason"]) == (AT - 3 * DAY, text)

    def test_on_hold(self) -> None:
        """A reason of certificateHold suspends."""
        verdict = told(answer(ASKED, revoked(AT - 3 * DAY, 6)))
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, {HOLD_0})

    def test_unknown_is_not_good(self) -> None:
        """RFC 6960 2.2: a responder that does not know the certificate says nothing of it."""
        assert 'says "unknown"' in why(told(answer(ASKED, UNKNOWN)))

    def test_unknown_does_not_unsay(self) -> None:
        """Another source may still answer, RFC 6960 2.2; and "unknown" takes back neither good nor hold."""
        unknowing = answer(ASKED, UNKNOWN, since=AT - SECOND)
        assert of_revocation(told(unknowing, answer(ASKED))) == [GOOD_0, GOOD_1]
        held = answer(ASKED, revoked(AT - 3 * DAY, 6))
        assert blocking(told(unknowing, held)) == {HOLD_0}

    @pytest.mark.parametrize(
        ("status", "name"),
        [
            (1, "malformedRequest"),
            (2, "internalError"),
            (3, "tryLater"),
            (5, "sigRequired"),
            (6, "unauthorized"),
        ],
    )
    def test_an_error_says_nothing(self, status: int, name: str) -> None:
        """RFC 6960 4.2.1: an error is not signed and holds no status; which one it is, is told."""
        assert why(told(OCSPResponse(response(status)))).endswith(f"is an error, {name}")

    def test_hostile_bytes_say_nothing(self) -> None:
        """An unreadable response is none."""
        assert "cannot be read" in why(told(OCSPResponse(b"\x30\x03\x0a\x01")))


SKEW = RevocationPolicy.IF_PUBLISHED.clock_skew


class TestTimes:
    @pytest.mark.parametrize(
        ("since", "until", "known"),
        [
            (AT, TOMORROW, True),
            (AT + SKEW, TOMORROW, True),
            (AT + SKEW + SECOND, TOMORROW, False),
            (YESTERDAY, AT, True),
            (YESTERDAY, AT - SECOND, False),
        ],
    )
    def test_good_lasts_from_this_update_to_next_update(self, since: Any, until: Any, known: bool) -> None:
        """RFC 6960 3.2 (5), (6): neither begins later than now, but for the skew, nor has ended; bounds included."""
        verdict = told(answer(ASKED, since=since, until=until))
        lacking = ENDED_0 if until < AT else UNKNOWN_0
        expected = (Outcome.TRUSTED, GOOD_0) if known else (Outcome.UNDECIDED, lacking)
        assert (verdict.outcome, GOOD_0 if GOOD_0 in of_revocation(verdict) else lacking) == expected
        assert (lacking in of_revocation(verdict)) is not known

    def test_without_next_update_good_has_no_end(self) -> None:
        """RFC 6960 4.2.2.1 has newer information at any time then: such a "good" is out of date at once."""
        assert "no nextUpdate" in why(told(answer(ASKED, endless=True)))

    @pytest.mark.parametrize(("reason", "expected"), [(1, REVOKED_0), (6, HOLD_0)])
    @pytest.mark.parametrize(
        "times",
        [
            {"endless": True},
            {"since": AT - 800 * DAY, "until": AT - 700 * DAY},
            {"since": AT + DAY, "until": AT + 2 * DAY},
        ],
    )
    def test_a_revocation_has_none(self, reason: int, expected: tuple[str, int], times: dict[str, Any]) -> None:
        """What is revoked stays so, whatever the dates of the response."""
        assert blocking(told(answer(ASKED, revoked(AT - 900 * DAY, reason), **times))) == {expected}

    def test_a_newer_good_lifts_a_hold(self) -> None:
        """The same issuer's newer answer says that the hold is lifted; an older one does not."""
        held = answer(ASKED, revoked(AT - 3 * DAY, 6), since=YESTERDAY)
        outcomes = [told(held, answer(ASKED, since=YESTERDAY + by)).outcome for by in (HOUR, -HOUR)]
        assert outcomes == [Outcome.TRUSTED, Outcome.UNTRUSTED]

    def test_a_crl_lifts_no_hold_of_a_responder(self) -> None:
        """CRL and responder are two scopes: neither lifts the other's hold."""
        held = answer(ASKED, revoked(AT - 3 * DAY, 6))
        newer = crl(since=AT - SECOND)
        assert blocking(ask(ASKED, REQUIRED, ROOT_CRL, held, newer)) == {HOLD_0}
        listed = crl(entry(serial(ASKED), Extension("2.5.29.21", False, b"\x0a\x01\x06")))
        assert blocking(ask(ASKED, REQUIRED, ROOT_CRL, listed, answer(ASKED, since=AT - SECOND))) == {HOLD_0}


class TestWhoseStatus:
    @pytest.mark.parametrize("oid", [SHA_1, "2.16.840.1.101.3.4.2.1"])
    def test_by_either_digest(self, oid: str) -> None:
        """RFC 6960 4.1.1: the CertID's hashes are of issuer name and key, by the algorithm it names."""
        single = single_response(certificate_id(serial(ASKED), ISSUING.name, ISSUING.key, oid))
        assert told(answer(ASKED, b"", single)).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize(
        "identifier",
        [
            certificate_id(serial(ASKED) + 1, ISSUING.name, ISSUING.key),
            certificate_id(serial(ASKED), ROOT.name, ISSUING.key),
            certificate_id(serial(ASKED), ISSUING.name, ROOT.key),
        ],
    )
    @pytest.mark.parametrize("status", [b"\x80\x00", revoked()])
    def test_another_certificate_is_another(self, identifier: bytes, status: bytes) -> None:
        """RFC 6960 3.2 (1): serial number, issuer name and issuer key must all be the certificate's."""
        single = single_response(identifier, status)
        assert why(told(answer(ASKED, b"", single))) == "no CRL and no OCSP response at hand speaks for it"

    def test_one_among_several(self) -> None:
        """RFC 6960 4.2.1: a response may answer for several; only what it says of this one counts."""
        other = single_response(certificate_id(7, ISSUING.name, ISSUING.key), revoked())
        assert told(answer(ASKED, b"", other, single_response(identified(ASKED)))).outcome is Outcome.TRUSTED
        good = single_response(certificate_id(7, ISSUING.name, ISSUING.key))
        gone = single_response(identified(ASKED), revoked())
        assert blocking(told(answer(ASKED, b"", good, gone))) == {REVOKED_0}

    def test_twice_in_one_response(self) -> None:
        """Where a response says both of one certificate, the revocation counts, in either order."""
        good, gone = single_response(identified(ASKED)), single_response(identified(ASKED), revoked())
        for singles in ((good, gone), (gone, good)):
            assert blocking(told(answer(ASKED, b"", *singles))) == {REVOKED_0}

    def test_that_of_a_ca(self) -> None:
        """A CA's status may come from OCSP as well; the index is the CA's."""
        verdict = ask(ASKED, REQUIRED, answer(ASKED), answer(ASKED, revoked(AT - DAY), index=1))
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, {("revocation.revoked", 1)})
        assert of_revocation(ask(ASKED, REQUIRED, answer(ASKED), answer(ASKED, index=1))) == [GOOD_0, GOOD_1]


class TestExtensions:
    @pytest.mark.parametrize("status", [b"\x80\x00", revoked()])
    def test_an_unknown_critical_one_shuts_the_response_out(self, status: bytes) -> None:
        """RFC 6960 4.4: a critical extension that is not understood, of the response or of the single answer."""
        whole = answer(ASKED, status, extensions=(unknown(critical=True),))
        single = answer(ASKED, b"", single_response(identified(ASKED), status, unknown(critical=True)))
        for one in (whole, single):
            assert "critical extensions that are not understood" in why(told(one))

    def test_others_are_passed_over(self) -> None:
        """RFC 6960 4.4: what is not critical and not known changes nothing."""
        single = single_response(identified(ASKED), b"\x80\x00", unknown(critical=False))
        assert told(answer(ASKED, b"", single, extensions=(unknown(critical=False),))).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize(
        ("sent", "repeated", "counts"),
        [
            (None, None, True),
            (None, NONCE, True),
            (NONCE, NONCE, True),
            (NONCE, None, False),
            (NONCE, NONCE[::-1], False),
            (NONCE, NONCE[:-1], False),
        ],
    )
    def test_the_nonce(self, sent: bytes | None, repeated: bytes | None, counts: bool) -> None:
        """RFC 9654 2.1: where one was sent, "good" repeats it; where none was, any will do; a revocation needs none."""
        extensions = () if repeated is None else (Extension(OCSP_NONCE, False, octet_string(repeated)),)
        verdict = told(answer(ASKED, nonce=sent, extensions=extensions))
        if counts:
            assert verdict.outcome is Outcome.TRUSTED
        else:
            assert "does not repeat the nonce" in why(verdict)
        assert blocking(told(answer(ASKED, revoked(), nonce=sent, extensions=extensions))) == {REVOKED_0}


class TestByTheIssuer:
    def test_by_name(self) -> None:
        """RFC 6960 4.2.2.2: the issuer itself may answer, named byName."""
        assert told(answer(ASKED, responder=by_name(ISSUING.name))).outcome is Outcome.TRUSTED

    def test_by_key(self) -> None:
        """RFC 6960 4.2.1: byKey is the SHA-1 of the responder's key, without tag and length."""
        assert told(answer(ASKED, responder=by_key(key_hash(ISSUING)))).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize(
        "one",
        [
            answer(ASKED, signer=STRANGER.key),
            answer(ASKED, signer=ROOT.key),
            answer(ASKED, responder=by_name(ROOT.name)),
            answer(ASKED, responder=by_name(ROOT.name), signer=ROOT.key),
            answer(ASKED, responder=by_key(ROOT.key.identifier)),
            answer(ASKED, revoked(), signer=STRANGER.key),
            answer(ASKED, revoked(), responder=by_name(ROOT.name), signer=ROOT.key),
        ],
    )
    def test_nobody_else(self, one: OCSPResponse) -> None:
        """RFC 6960 3.2 (2) to (4): another key or identity than the signer's says neither good nor revoked."""
        assert "signed by nobody at hand who may answer for the issuer" in why(told(one))

    def test_a_spoiled_signature(self) -> None:
        """RFC 6960 3.2 (2): the signature must verify."""
        der = bytearray(answer(ASKED).der)
        der[-1] ^= 1
        assert "its signature does not verify" in why(told(OCSPResponse(bytes(der))))


def test_expired_answers_end_in_time() -> None:
    """The titles and times of answers that ended are in the reason."""
    verdict = told(answer(ASKED, until=AT - timedelta(hours=2), since=AT - timedelta(hours=9)))
    assert (verdict.outcome, ENDED_0 in of_revocation(verdict)) == (Outcome.UNDECIDED, True)
    assert "ended at 2026-06-01T10:00:00Z" in reason_of(verdict, "revocation.evidence_ended")
