"""When the dates of a CA count: at the moment, or when it issued; and that an ended CA never vouches for a status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import pki
from devicetrust import (
    Outcome,
    Profile,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    lint,
    load_certificates,
    profiles,
)
from devicetrust.path.inputs import AnchorChecks, ValidityModel
from pki import AT, FOR_EVER
from pki_revocation import entry
from pki_shapes import Scene
from ward import SECOND, ask, blocking, certificates, found, including, scene
from ward_revocation import ROOT_CRL, answer, crl, pointing, serial
from ward_revocation import ask as ask_of_status

SHELL, CHAIN, IDEVID = ValidityModel
DAY = timedelta(days=1)
BORN, ENDED = AT - 300 * DAY, AT - 100 * DAY
MASA_URL = pki.Extension("1.3.6.1.5.5.7.1.32", False, b"\x16\x0fmasa.example:443")
ISSUED_OUTSIDE, STANDS = "validity.not_valid_at_issuance", "validity.ended_after_issuance"


def under(model: ValidityModel, profile: Profile = profiles.rfc5280_tolerant) -> Profile:
    return profile.evolve(validity_model=model)


def outlived(leaf_end: datetime = FOR_EVER, born: datetime = BORN) -> Scene:
    """The leaf was issued while its CA was valid; the CA has ended since."""
    asked = scene().replacing(0, not_before=born, not_after=leaf_end)
    return asked.replacing(1, not_before=AT - 400 * DAY, not_after=ENDED)


class TestShell:
    def test_it_is_the_default_of_every_profile(self) -> None:
        """RFC 5280 6.1.3 (a)(2) holds unless a caller names another model."""
        named = [value for name in profiles.__all__ if isinstance(value := getattr(profiles, name), Profile)]
        assert {profile.validity_model for profile in named} == {SHELL}

    def test_an_ended_ca_ends_what_it_issued(self) -> None:
        """Every certificate of the path must be valid at the moment."""
        assert blocking(ask(outlived(), under(SHELL))) == {("validity.expired", 1)}


class TestChain:
    def test_a_ca_may_end_after_it_has_issued(self) -> None:
        """The CA was valid when it issued: the leaf stands, and a notice says on what."""
        verdict = ask(outlived(AT + DAY), under(CHAIN))
        assert verdict.outcome is Outcome.TRUSTED
        assert (STANDS, 1) in found(verdict)

    @pytest.mark.parametrize("born", [AT - 400 * DAY, ENDED])
    def test_its_bounds_are_inclusive(self, born: datetime) -> None:
        """RFC 5280 4.1.2.5: notBefore and notAfter themselves are within."""
        assert ask(outlived(born=born), under(CHAIN)).outcome is Outcome.TRUSTED

    @pytest.mark.parametrize("born", [AT - 400 * DAY - SECOND, ENDED + SECOND])
    def test_it_may_not_issue_outside_of_its_dates(self, born: datetime) -> None:
        """A certificate dated before or after its CA's validity was issued by nobody who answers for it."""
        assert blocking(ask(outlived(born=born), under(CHAIN))) == {(ISSUED_OUTSIDE, 1)}

    def test_each_ca_is_held_at_the_birth_of_the_one_below(self) -> None:
        """A root that had ended when the leaf was issued, but not when the CA was, stands."""
        asked = outlived().replacing(2, not_before=AT - 500 * DAY, not_after=AT - 350 * DAY)
        verdict = ask(asked, under(CHAIN))
        assert verdict.outcome is Outcome.TRUSTED
        assert {(STANDS, 1), (STANDS, 2)} <= found(verdict)

    def test_the_leafs_own_dates_count(self) -> None:
        """No model lets a leaf outlive itself."""
        assert blocking(ask(outlived(AT - SECOND), under(CHAIN))) == {("validity.expired", 0)}

    def test_an_anchor_by_name_and_key_has_no_dates(self) -> None:
        """RFC 5280 6.1.1 (d): where only name and key of the anchor count, its dates never do."""
        asked = outlived().replacing(2, not_before=AT - 390 * DAY, not_after=AT - 380 * DAY)
        name_and_key = under(CHAIN).evolve(anchor_checks=AnchorChecks.NAME_AND_KEY)
        assert blocking(ask(asked, under(CHAIN))) == {(ISSUED_OUTSIDE, 2)}
        assert ask(asked, name_and_key).outcome is Outcome.TRUSTED

    def test_what_stands_alone_has_no_ca(self) -> None:
        """A pinned certificate is judged by its own dates."""
        leaf = outlived().sealed(0)
        verdict = Verifier(TrustStore(pinned=[leaf]), profile=under(CHAIN)).verify(leaf, at=AT)
        assert (verdict.outcome, found(verdict) & {(STANDS, 1), (ISSUED_OUTSIDE, 1)}) == (Outcome.TRUSTED, set())


class TestIDevID:
    def test_a_leaf_without_end_outlives_its_ca(self) -> None:
        """RFC 5280 4.1.2.5: a certificate without a well-defined end stands when its CA has ended."""
        verdict = ask(outlived(), under(IDEVID))
        assert (verdict.outcome, (STANDS, 1) in found(verdict)) == (Outcome.TRUSTED, True)

    def test_a_leaf_with_an_end_does_not(self) -> None:
        """Any other certificate is judged as by SHELL: an LDevID gains nothing by the model."""
        assert blocking(ask(outlived(FOR_EVER - SECOND), under(IDEVID))) == {("validity.expired", 1)}

    def test_a_masa_url_says_that_it_is_an_idevid(self) -> None:
        """RFC 8995 2.3.2: the extension is for IDevIDs, whatever date stands for no end in them."""
        asked = including(0, MASA_URL)(outlived(FOR_EVER - SECOND))
        assert ask(asked, under(IDEVID)).outcome is Outcome.TRUSTED

    def test_all_cas_are_held_at_the_birth_of_the_leaf(self) -> None:
        """A root that had ended when the device was made stands under CHAIN alone."""
        asked = outlived().replacing(2, not_before=AT - 500 * DAY, not_after=AT - 350 * DAY)
        assert blocking(ask(asked, under(IDEVID))) == {(ISSUED_OUTSIDE, 2)}


class TestOneVerifierForAll:
    def test_leaves_of_one_ca_are_judged_each_by_its_own_date(self) -> None:
        """What is kept of a CA path holds nothing that depends on the leaf."""
        good, bad = outlived(), outlived(born=ENDED + SECOND)
        judge = Verifier(TrustStore([certificates(good)[-1]]), profile=under(CHAIN))
        asked = (good, bad, good.replacing(0, serial_number=7), bad.replacing(0, serial_number=8))
        outcomes = [ask(one, of=judge).outcome for one in asked]
        assert outcomes == [Outcome.TRUSTED, Outcome.UNTRUSTED] * 2


class TestStatus:
    """A CA that has ended maintains no status any more, RFC 5280 4.1.2.5: its word that all is good does not count."""

    ASKED = pointing().replacing(0, not_before=BORN).replacing(1, not_after=AT - 1 * DAY)
    ALIVE = pointing().replacing(0, not_before=BORN).replacing(1, not_after=AT + 1 * DAY)
    PROFILE = under(CHAIN)

    def told(self, asked: Scene, *said: object) -> Verdict:
        return ask_of_status(asked, RevocationPolicy.IF_PUBLISHED, ROOT_CRL, *said, profile=self.PROFILE)

    def test_a_crl_of_an_ended_ca_says_nothing_good(self) -> None:
        """Where the status must be known, the outcome is left open."""
        verdict = self.told(self.ASKED, crl())
        assert (verdict.outcome, ("revocation.unknown", 0) in found(verdict)) == (Outcome.UNDECIDED, True)

    def test_nor_does_its_ocsp_response(self) -> None:
        """The same for what the CA's own key answers."""
        assert self.told(self.ASKED, answer(self.ASKED)).outcome is Outcome.UNDECIDED

    def test_its_revocations_count(self) -> None:
        """A revocation is final, whoever could no longer say "good"."""
        verdict = self.told(self.ASKED, crl(entry(serial(self.ASKED))))
        assert (verdict.outcome, ("revocation.revoked", 0) in blocking(verdict)) == (Outcome.UNTRUSTED, True)

    def test_while_it_lasts_it_may_speak(self) -> None:
        """Until its last second the CA answers for its certificates; the horizon is that second."""
        verdict = self.told(self.ALIVE, crl(until=AT + 30 * DAY))
        assert verdict.outcome is Outcome.TRUSTED
        assert verdict.horizon.until == AT + 1 * DAY + SECOND
        assert verdict.lifetime.until == AT + 1 * DAY + SECOND

    def test_nobody_is_asked_where_nothing_is_published(self) -> None:
        """An IDevID that names no source stands, with a notice that says so."""
        verdict = ask(outlived(), under(IDEVID))
        assert ("revocation.not_published", 0) in found(verdict)


class TestTheSampleOfRFC8995:
    """An IDevID of 2021 with notAfter 2999 and a MASA URL, whose vendor's CA ended in 2023."""

    @pytest.fixture
    def ask(self, shared: Path) -> Callable[..., Verdict]:
        (leaf,) = load_certificates(shared / "samples" / "idevid" / "idevid-masa-url.pem")
        (root,) = load_certificates(shared / "samples" / "idevid" / "vendor-ca.pem")

        def asked(model: ValidityModel, at: datetime = AT) -> Verdict:
            return Verifier(TrustStore([root]), profile=under(model)).verify(leaf, at=at)

        return asked

    def test_three_models_three_answers(self, ask: Callable[..., Verdict]) -> None:
        """SHELL refuses it since 2023; CHAIN and IDEVID let it stand, and say by which model."""
        assert blocking(ask(SHELL)) == {("validity.expired", 1)}
        for model in (CHAIN, IDEVID):
            verdict = ask(model)
            assert verdict.outcome is Outcome.TRUSTED
            told = next(one for one in verdict.findings if one.code.id == STANDS)
            assert (told.where.certificate, told.facts["model"]) == (1, model.name)

    def test_each_has_its_own_end(self, ask: Callable[..., Verdict]) -> None:
        """Asked in 2022: by SHELL trust ends with the CA, by the others with the device's own date."""
        then = datetime.fromisoformat("2022-06-01T00:00:00Z")
        ends = [ask(model, then).horizon.until for model in ValidityModel]
        own = datetime.fromisoformat("2999-12-31T00:00:01Z")
        assert ends == [datetime.fromisoformat("2023-04-13T20:34:25Z"), own, own]


class TestLint:
    @pytest.mark.parametrize("model", ValidityModel)
    def test_a_ca_in_a_chain_is_not_refused_for_its_end(self, model: ValidityModel) -> None:
        """What the model of a profile lets stand, lint lets stand: only SHELL wants every CA valid at the moment."""
        report = lint(certificates(outlived()), profile=under(model), at=AT)
        ended = {one.where.certificate for one in report.blocking if one.code.id == "validity.expired"}
        assert ended == ({1} if model is SHELL else set())
