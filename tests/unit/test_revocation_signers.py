"""Who may say what of a certificate's status: nobody for himself, and a revoked signer no longer says "good"."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

import pki
from devicetrust import Certificate, Evidence, Outcome, RevocationPolicy, TrustAnchor, TrustStore, Verifier, profiles
from devicetrust.findings import Finding
from devicetrust.trust.anchor import AnchorConstraints
from devicetrust.verdict import Verdict
from devicetrust.x509.crl import CertificateRevocationList
from pki import AT, Authority, Extension, common_name, key, validity_time
from pki_revocation import (
    DELTA_CRL_INDICATOR,
    GOOD,
    OCSP_NO_CHECK,
    YESTERDAY,
    entry,
    issuing_distribution_point,
    reason_code,
    revoked,
)
from ward import ISSUING, ROOT
from ward_status import (
    ISSUING_DER,
    LISTS,
    POINT,
    ROOT_DER,
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
OTHER_STATUS = Authority(common_name("Ward Status 2"), key("p256", 23))
DEVICE = device(POINT)


def of_leaf(verdict: Verdict) -> list[Finding]:
    """What was found about the leaf's status."""
    return [one for one in verdict.findings if one.where.certificate == 0 and one.code.id.startswith("revocation.")]


def stale_crl(*serial_numbers: int) -> CertificateRevocationList:
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
        responder = delegate(OCSP_NO_CHECK)
        good = answer(single(DEVICE), signer=STATUS, certificates=[responder.sealed(ISSUING.key)])
        assert asked(DEVICE, ocsp=[good]).outcome is Outcome.TRUSTED
        verdict = asked(DEVICE, ocsp=[good], crls=[stale_crl(responder.serial_number)])
        assert (verdict.outcome, [one.code.id for one in of_leaf(verdict)]) == (
            Outcome.UNDECIDED,
            ["revocation.evidence_ended"],
        )

    def test_nobody_vouches_for_himself(self) -> None:
        """A response that its signer's status rests on says "good" of nobody, and least of all of that signer."""
        responder = delegate(POINT)
        sealed = responder.sealed(ISSUING.key)
        own = answer(single(DEVICE), single(responder), signer=STATUS, certificates=[sealed])
        assert asked(DEVICE, ocsp=[own]).outcome is Outcome.UNDECIDED
        assert asked(responder, ocsp=[own]).outcome is Outcome.UNDECIDED
        assert asked(DEVICE, ocsp=[own], crls=[crl()]).outcome is Outcome.TRUSTED

    def test_two_delegates_do_not_vouch_for_each_other(self) -> None:
        """Going round in a circle ends nowhere."""
        one, other = delegate(POINT), delegate(POINT, signer=OTHER_STATUS)
        given = [
            answer(single(DEVICE), single(other), signer=STATUS, certificates=[one.sealed(ISSUING.key)]),
            answer(single(one), signer=OTHER_STATUS, certificates=[other.sealed(ISSUING.key)]),
        ]
        assert asked(DEVICE, ocsp=given).outcome is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        "limits",
        [AnchorConstraints(purposes=frozenset({pki.SERVER_AUTH})), AnchorConstraints(distrust_after=AT - 11 * DAY)],
        ids=["purposes", "distrusted after"],
    )
    def test_what_an_anchor_may_vouch_for_does_not_bind_responders(self, limits: AnchorConstraints) -> None:
        """The limits of an anchor are for the devices below it; their responders go by RFC 6960 4.2.2.2."""
        older = DEVICE._replace(not_before=AT - 20 * DAY)
        responder = delegate(OCSP_NO_CHECK).sealed(ISSUING.key)
        anchor = TrustAnchor.from_certificate(Certificate(ROOT_DER), constraints=limits)
        profile = profiles.rfc5280.evolve(key_purposes=frozenset({pki.SERVER_AUTH}))
        verdict = Verifier(TrustStore([anchor]), profile=profile).verify(
            older.sealed(ISSUING.key),
            [ISSUING_DER],
            evidence=Evidence(ocsp=[answer(single(older), signer=STATUS, certificates=[responder])]),
            at=AT,
        )
        assert verdict.outcome is Outcome.TRUSTED


class TestRevocationsThatStay:
    """A known revocation is final: it counts whatever keeps the piece that states it from saying "good"."""

    @pytest.mark.parametrize(
        "fields",
        [{"number": None}, {"number": None, "version": None}, {"next_update": b""}],
        ids=["no cRLNumber", "version 1", "no nextUpdate"],
    )
    def test_lists_without_number_or_end(self, fields: dict[str, Any]) -> None:
        """RFC 5280 5.1.2.5, 5.2.3: such a CRL says "good" of nobody, and revokes whom it lists."""
        listing = crl(entry(DEVICE.serial_number), **fields)
        assert asked(DEVICE, crls=[listing], policy=RevocationPolicy.OFF).headline.code.id == "revocation.revoked"
        assert asked(DEVICE, crls=[crl(**fields)]).outcome is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        "dates", [{"not_after": AT - DAY}, {"not_before": AT + DAY}], ids=["expired", "not yet valid"]
    )
    def test_signers_past_or_before_their_dates(self, dates: dict[str, datetime]) -> None:
        """Whoever had a say once, or will, has revoked for ever; "good" asks for a signer of today."""
        sealed = delegate(OCSP_NO_CHECK)._replace(**dates).sealed(ISSUING.key)
        said = {
            status: answer(single(DEVICE, status), signer=STATUS, certificates=[sealed]) for status in (GOOD, revoked())
        }
        assert asked(DEVICE, ocsp=[said[GOOD]]).outcome is Outcome.UNDECIDED
        verdict = asked(DEVICE, ocsp=[said[revoked()]], policy=RevocationPolicy.OFF)
        assert [one.code.id for one in of_leaf(verdict)] == ["revocation.revoked"]

    def test_a_signer_revoked_later(self) -> None:
        """Evidence of a revocation never gains trust: to revoke the signer does not clear whom it revoked."""
        signer = list_signer()
        given = [crl(entry(DEVICE.serial_number), issuer=LISTS), stale_crl(signer.serial_number)]
        for crls in (given[:1], given):
            verdict = asked(
                DEVICE, crls=crls, certificates=[signer.sealed(ISSUING.key)], policy=RevocationPolicy.BEST_EFFORT
            )
            assert verdict.headline.code.id == "revocation.revoked"

    def test_a_nonce_that_was_not_repeated(self) -> None:
        """An old response played again may hide a revocation since; one that states it is true for ever."""
        old = {status: answer(single(DEVICE, status), nonce=bytes(32)) for status in (GOOD, revoked())}
        assert asked(DEVICE, ocsp=[old[GOOD]]).outcome is Outcome.UNDECIDED
        assert asked(DEVICE, ocsp=[old[revoked()]]).headline.code.id == "revocation.revoked"


class TestStrangers:
    """Who has no say about a certificate can neither revoke it nor call it good."""

    def test_a_device_with_the_name_of_its_ca(self) -> None:
        """RFC 5280 4.2.1.3: only a CA may sign CRLs without a keyUsage that says so."""
        usurper = list_signer().without(pki.KEY_USAGE).sealed(ISSUING.key)
        for listing in (crl(issuer=LISTS), crl(entry(DEVICE.serial_number), issuer=LISTS)):
            assert asked(DEVICE, crls=[listing], certificates=[usurper]).outcome is Outcome.UNDECIDED

    def test_a_delegate_of_a_namesake(self) -> None:
        """RFC 6960 4.2.2.2: the CA that issued the certificate has issued its responder's, by the same key."""
        namesake = Authority(ISSUING.name, key("p256", 22))
        beside = ROOT.vouches_for(namesake)._replace(serial_number=77).sealed(ROOT.key)
        responder = delegate(OCSP_NO_CHECK, issuer=namesake).sealed(namesake.key)
        for status in (GOOD, revoked()):
            said = answer(single(DEVICE, status), signer=STATUS, certificates=[responder])
            assert asked(DEVICE, ocsp=[said], beside=[beside]).outcome is Outcome.UNDECIDED

    def test_a_leaf_without_the_purpose(self) -> None:
        """RFC 6960 4.2.2.2: a responder's certificate has id-kp-OCSPSigning."""
        responder = delegate().including(pki.extended_key_usage(pki.SERVER_AUTH)).sealed(ISSUING.key)
        for status in (GOOD, revoked()):
            said = answer(single(DEVICE, status), signer=STATUS, certificates=[responder])
            assert asked(DEVICE, ocsp=[said]).outcome is Outcome.UNDECIDED


class TestHolds:
    """RFC 5280 5.3.1: a hold ends with newer evidence of the same issuer and scope, and with nothing else."""

    OF_CAS = issuing_distribution_point(pki.tlv(0x82, b"\xff"))
    REMOVAL = Extension(DELTA_CRL_INDICATOR, True, pki.integer(5))

    def test_a_scope_that_does_not_cover_the_device_lifts_its_own_hold(self) -> None:
        """A hold counts from a list for others; so does the next of these lists that no longer has it."""
        held = crl(entry(DEVICE.serial_number, reason_code(6)), extensions=[self.OF_CAS])
        good = crl(number=9)
        assert asked(DEVICE, crls=[held, good]).outcome is Outcome.UNTRUSTED
        assert asked(DEVICE, crls=[held, good, crl(number=6, extensions=[self.OF_CAS])]).outcome is Outcome.TRUSTED

    def test_a_removal_in_a_delta_of_such_a_scope(self) -> None:
        """RFC 5280 5.3.1: removeFromCRL lifts it as well, from the list that it goes with."""
        held = crl(entry(DEVICE.serial_number, reason_code(6)), extensions=[self.OF_CAS])
        removed = crl(entry(DEVICE.serial_number, reason_code(8)), number=6, extensions=[self.OF_CAS, self.REMOVAL])
        silent = crl(number=6, extensions=[self.OF_CAS, self.REMOVAL])
        assert asked(DEVICE, crls=[held, crl(), removed]).outcome is Outcome.TRUSTED
        assert asked(DEVICE, crls=[held, crl(), silent]).outcome is Outcome.UNTRUSTED

    def test_a_list_that_does_not_count_as_good_lifts_nothing(self) -> None:
        """Without cRLNumber or nextUpdate nobody can tell that it is newer, or lasts."""
        held = crl(entry(DEVICE.serial_number, reason_code(6)))
        for fields in ({"number": None}, {"number": 6, "next_update": b""}):
            newer = crl(this_update=validity_time(AT), **fields)
            assert asked(DEVICE, crls=[held, newer]).outcome is Outcome.UNTRUSTED
