"""Who may sign a CRL: the CA itself, or another of its name whose path leads to the same anchor, RFC 5280 6.3.3 (f)."""

from __future__ import annotations

import pytest

import pki
from devicetrust import Outcome, Profile, RevocationPolicy, TrustAnchor, TrustStore, Verdict, Verifier, profiles
from devicetrust.path.inputs import AnchorChecks
from devicetrust.x509.crl import CertificateRevocationList
from pki import AT, CRL_SIGN, DIGITAL_SIGNATURE, KEY_CERT_SIGN, Authority, Draft, common_name, key
from pki_revocation import YESTERDAY, entry, reason_code
from pki_shapes import Scene
from ward import ISSUING, ROOT, SECOND, STRANGER, blocking, certificates, including, presented, unknown
from ward_revocation import (
    HOUR,
    ROOT_CRL,
    answer,
    ask,
    crl,
    evidence,
    of_revocation,
    pointing,
    reason_of,
    serial,
    under,
)

REQUIRED, OFF = RevocationPolicy.REQUIRED, RevocationPolicy.OFF
ASKED = pointing()
GOOD_0, GOOD_1 = ("revocation.good", 0), ("revocation.good", 1)
UNKNOWN_0, UNKNOWN_1, REVOKED_0 = ("revocation.unknown", 0), ("revocation.unknown", 1), ("revocation.revoked", 0)
OTHER_KEY = Authority(ISSUING.name, key("p256", 13))
"""The issuing CA with another key: one for CRLs, say, or the one before."""
CLINIC = Authority(common_name("Clinic Root"), key("p256", 5))
NOBODY = "signed by nobody at hand who may sign for its issuer"
NO_CRL_SIGN = "lacks cRLSign"


def why(verdict: Verdict) -> str:
    """Why the status of the leaf is not known, where it is not and the CA's is."""
    assert (verdict.outcome, of_revocation(verdict)) == (Outcome.UNDECIDED, [GOOD_1, UNKNOWN_0])
    return reason_of(verdict, "revocation.unknown")


def told(*crls: CertificateRevocationList, of: Scene = ASKED, at_hand: tuple[bytes, ...] = ()) -> Verdict:
    return ask(of, REQUIRED, ROOT_CRL, *crls, certificates=at_hand)


def twin(by: Authority = ROOT) -> Draft:
    """The certificate of the CA's other key; its status is on the CRL of the root."""
    return by.vouches_for(OTHER_KEY)


class TestTheIssuer:
    def test_its_own_key(self) -> None:
        """The key that signed the certificate signs its CRL."""
        verdict = told(crl())
        assert (verdict.outcome, of_revocation(verdict)) == (Outcome.TRUSTED, [GOOD_0, GOOD_1])

    @pytest.mark.parametrize(
        "one",
        [
            crl(signer=STRANGER.key),
            crl(signer=ROOT.key),
            crl(signer=OTHER_KEY.key),
            crl(entry(serial(ASKED)), signer=STRANGER.key),
            crl(entry(serial(ASKED)), signer=OTHER_KEY.key),
        ],
    )
    def test_nobody_elses(self, one: CertificateRevocationList) -> None:
        """6.3.3 (g): a CRL that no such key verifies says nothing, good or bad."""
        assert NOBODY in why(told(one))

    def test_the_algorithm_is_signed(self) -> None:
        """RFC 5280 5.1.1.2: a CRL whose outer algorithm is not the signed one says nothing."""
        verdict = told(crl(signature_algorithm=pki.ALGORITHMS["ecdsa-sha384"]))
        assert (verdict.outcome, of_revocation(verdict)) == (Outcome.UNDECIDED, [GOOD_1, UNKNOWN_0])

    def test_a_changed_octet(self) -> None:
        """A CRL altered after signing says nothing."""
        der = bytearray(crl(entry(serial(ASKED))).der)
        der[-1] ^= 1
        assert NOBODY in why(told(CertificateRevocationList(bytes(der))))

    @pytest.mark.parametrize(
        ("usage", "may"),
        [
            ((KEY_CERT_SIGN, CRL_SIGN), True),
            ((KEY_CERT_SIGN,), False),
            ((KEY_CERT_SIGN, DIGITAL_SIGNATURE), False),
            (None, True),
        ],
    )
    def test_key_usage_has_crl_sign(self, usage: tuple[int, ...] | None, may: bool) -> None:
        """6.3.3 (f): a keyUsage, where present, has cRLSign."""
        if usage is None:
            asked = ASKED.drafting(1, lambda draft: draft.without(pki.KEY_USAGE))
        else:
            asked = including(1, pki.key_usage(*usage))(ASKED)
        for listed in ((), (entry(serial(asked)),)):
            verdict = told(crl(*listed), of=asked)
            if may:
                assert verdict.outcome is (Outcome.UNTRUSTED if listed else Outcome.TRUSTED)
            else:
                assert NO_CRL_SIGN in why(verdict)

    @pytest.mark.parametrize("profile", [profiles.rfc5280, profiles.tls_client])
    def test_a_weak_signature(self, profile: Profile) -> None:
        """The strength policy binds evidence as it binds certificates."""
        weak = ISSUING.key._replace(scheme="ecdsa-sha1")
        for one in (crl(signer=weak), crl(entry(serial(ASKED)), signer=weak)):
            verdict = ask(ASKED, REQUIRED, ROOT_CRL, one, profile=profile)
            assert verdict.outcome is Outcome.UNDECIDED
            assert f"policy {profile.strength.name} does not admit" in reason_of(verdict, "revocation.unknown")


class TestTheAnchor:
    WITHOUT_CRL_SIGN = including(2, pki.key_usage(KEY_CERT_SIGN))(ASKED)

    @pytest.mark.parametrize(
        ("checks", "outcome"),
        [(AnchorChecks.NAME_AND_KEY, Outcome.TRUSTED), (AnchorChecks.AS_CERTIFICATE, Outcome.UNDECIDED)],
    )
    def test_its_key_usage_counts_where_its_certificate_does(self, checks: AnchorChecks, outcome: Outcome) -> None:
        """Under NAME_AND_KEY an anchor is a name and a key; under AS_CERTIFICATE its keyUsage binds it."""
        profile = profiles.rfc5280.evolve(anchor_checks=checks)
        verdict = ask(self.WITHOUT_CRL_SIGN, REQUIRED, ROOT_CRL, crl(), profile=profile)
        expected = [GOOD_0, GOOD_1 if outcome is Outcome.TRUSTED else UNKNOWN_1]
        assert (verdict.outcome, of_revocation(verdict)) == (outcome, expected)
        if outcome is Outcome.UNDECIDED:
            assert NO_CRL_SIGN in reason_of(verdict, "revocation.unknown", 1)

    def test_one_without_certificate(self) -> None:
        """An anchor given as name and key signs CRLs."""
        anchor = TrustAnchor(ROOT_CRL.issuer, ROOT.key.subject_public_key_info)
        judge = Verifier(TrustStore([anchor]), profile=under(REQUIRED))
        verdict = judge.verify(ASKED.sealed(0), presented(ASKED), evidence=evidence(ROOT_CRL, crl()), at=AT)
        assert (verdict.outcome, of_revocation(verdict)) == (Outcome.TRUSTED, [GOOD_0, GOOD_1])


class TestAnotherKeyOfTheName:
    """RFC 5280 5: a CA may sign its CRLs with another key; 6.3.3 (f): its path ends at the same anchor."""

    def test_it_may_sign(self) -> None:
        """With its certificate at hand, or presented, the CA's other key signs."""
        sealed = twin().sealed(ROOT.key)
        assert told(crl(signer=OTHER_KEY.key), at_hand=(sealed,)).outcome is Outcome.TRUSTED
        assert told(crl(signer=OTHER_KEY.key), of=ASKED._replace(beside=(sealed,))).outcome is Outcome.TRUSTED
        revoking = told(crl(entry(serial(ASKED)), signer=OTHER_KEY.key), at_hand=(sealed,))
        assert (revoking.outcome, blocking(revoking)) == (Outcome.UNTRUSTED, {REVOKED_0})

    @pytest.mark.parametrize(
        ("certificate", "reason"),
        [
            (twin(CLINIC).sealed(CLINIC.key), NOBODY),
            (twin(STRANGER).sealed(STRANGER.key), NOBODY),
            (OTHER_KEY.root(), NOBODY),
            (twin().including(pki.key_usage(KEY_CERT_SIGN)).sealed(ROOT.key), NO_CRL_SIGN),
            (twin().including(unknown(critical=True)).sealed(ROOT.key), "critical extension"),
            (twin()._replace(scheme="ecdsa-sha1").sealed(ROOT.key), "refused"),
            (twin()._replace(subject=CLINIC.name).sealed(ROOT.key), NOBODY),
        ],
    )
    @pytest.mark.parametrize("listed", [(), (entry(serial(ASKED)),)])
    def test_others_may_not(self, certificate: bytes, reason: str, listed: tuple[bytes, ...]) -> None:
        """Of another anchor, without cRLSign, refused itself, or of another name: it says neither good nor revoked."""
        assert reason in why(told(crl(*listed, signer=OTHER_KEY.key), at_hand=(certificate,)))

    def test_another_anchor_is_another_though_trusted(self) -> None:
        """6.3.3 (f): the anchor MUST be the same as the target's, even where the store trusts both."""
        judge = Verifier(TrustStore([certificates(ASKED)[-1], CLINIC.root()]), profile=under(REQUIRED))
        given = evidence(ROOT_CRL, crl(signer=OTHER_KEY.key), certificates=(twin(CLINIC).sealed(CLINIC.key),))
        verdict = judge.verify(ASKED.sealed(0), presented(ASKED), evidence=given, at=AT)
        assert "no path to the same anchor" in why(verdict)

    @pytest.mark.parametrize(
        "dates", [{"not_after": AT - SECOND}, {"not_before": AT + SECOND}], ids=["expired", "not yet valid"]
    )
    def test_out_of_its_time_it_only_revokes(self, dates: dict[str, object]) -> None:
        """A signer past or before its dates says nothing good; whom it lists is revoked."""
        sealed = twin()._replace(**dates).sealed(ROOT.key)  # type: ignore[arg-type]
        assert "refused" in why(told(crl(signer=OTHER_KEY.key), at_hand=(sealed,)))
        listing = crl(entry(serial(ASKED)), signer=OTHER_KEY.key)
        assert blocking(told(listing, at_hand=(sealed,))) == {REVOKED_0}

    def test_its_own_status_must_be_known(self) -> None:
        """A signer whose status is asked for, and not known, is not believed; the CRL of its issuer settles it."""
        sealed = ROOT.vouches_for(OTHER_KEY).sealed(ROOT.key)
        one = crl(signer=OTHER_KEY.key)
        assert told(one, at_hand=(sealed,)).outcome is Outcome.TRUSTED
        verdict = ask(ASKED, REQUIRED, answer(ASKED, index=1), one, certificates=(sealed,))
        assert "whose own status is not known" in why(verdict)

    @pytest.mark.parametrize("reason", [1, 6])
    @pytest.mark.parametrize("policy", [REQUIRED, RevocationPolicy.BEST_EFFORT])
    def test_a_revoked_signer_says_nothing_good(self, reason: int, policy: RevocationPolicy) -> None:
        """A signer that is revoked or on hold is not believed when it says "good", under any policy."""
        draft = ROOT.vouches_for(OTHER_KEY)
        listing = crl(entry(draft.serial_number, reason_code(reason)), by=ROOT)
        verdict = ask(ASKED, policy, listing, crl(signer=OTHER_KEY.key), certificates=(draft.sealed(ROOT.key),))
        code = "revocation.unknown" if policy is REQUIRED else "revocation.unknown_tolerated"
        assert "itself" in reason_of(verdict, code)

    def test_its_hold_cannot_be_lifted_by_one_who_may_not_sign(self) -> None:
        """A newer CRL lifts a hold only if its signer has the say."""
        held = crl(entry(serial(ASKED), reason_code(6)))
        newer = crl(number=6, since=YESTERDAY + HOUR, signer=OTHER_KEY.key)
        assert told(held, newer).outcome is Outcome.UNTRUSTED
        assert told(held, newer, at_hand=(twin().sealed(ROOT.key),)).outcome is Outcome.TRUSTED
        expired = twin()._replace(not_after=AT - SECOND).sealed(ROOT.key)
        assert told(held, newer, at_hand=(expired,)).outcome is Outcome.UNTRUSTED

    def test_in_a_circle(self) -> None:
        """Deviation: a CRL that alone speaks for its signer counts; if it lists its signer, it says nothing good."""
        itself = Authority(ROOT.name, key("p256", 14))
        draft = ROOT.vouches_for(itself)
        own = (crl(by=ROOT, signer=itself.key), crl(entry(draft.serial_number), by=ROOT, signer=itself.key))
        expected = [GOOD_0, GOOD_1], [GOOD_0, UNKNOWN_1]
        for one, found in zip(own, expected, strict=True):
            verdict = ask(ASKED, REQUIRED, crl(), one, certificates=(draft.sealed(ROOT.key),))
            assert of_revocation(verdict) == found


class TestIndirect:
    """RFC 5280 5.2.5: the issuer of an indirect CRL is another entity; its path leads to the same anchor."""

    def test_presenting_the_signer_does_not_make_it_one(self) -> None:
        """A CRL issuer that no cRLIssuer names does not speak for the certificate, however good its own path."""
        status = Authority(common_name("Ward status"), key("p256", 15))
        sealed = ROOT.vouches_for(status).sealed(ROOT.key)
        verdict = told(crl(by=status), at_hand=(sealed,))
        assert why(verdict) == "no CRL and no OCSP response at hand speaks for it"

    def test_off_still_asks_who_signed(self) -> None:
        """Under OFF a stranger's CRL revokes nobody."""
        assert ask(ASKED, OFF, crl(entry(serial(ASKED)), signer=STRANGER.key)).outcome is Outcome.TRUSTED
