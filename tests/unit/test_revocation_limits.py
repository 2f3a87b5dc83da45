"""The budget bounds what evidence may cost, and running out never lets a revoked device in."""

from __future__ import annotations

import pytest

import pki
from devicetrust import Certificate, Outcome, RevocationPolicy, profiles
from devicetrust.path.budget import Budget
from pki import Authority, Extension, integer, key
from pki_revocation import DELTA_CRL_INDICATOR, OCSP_NO_CHECK, entry, reason_code
from ward import ISSUING
from ward_status import LISTS, POINT, STATUS, answer, asked, crl, device, list_signer, single, verifier

DEVICE, UNMARKED = device(POINT), device()
FORGER = Authority(ISSUING.name, key("p256", 7))
FRUGAL = profiles.rfc5280.evolve(budget=Budget(evidence_signatures=10))
HOLD = reason_code(6)


def spent(limit: str) -> list[tuple[str, str]]:
    return [("path.budget_spent", limit)]


class TestSpent:
    @pytest.mark.parametrize("policy", [RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT], ids=lambda one: one.name)
    def test_forged_lists_do_not_hide_a_revocation(self, policy: RevocationPolicy) -> None:
        """Where the signatures run out before all evidence was read, the outcome is not "trusted"."""
        forged = [crl(issuer=FORGER, number=number) for number in range(20)]
        judge = verifier().evolve(profile=FRUGAL.evolve(revocation=policy))
        verdict = asked(DEVICE, of=judge, crls=[*forged, crl(entry(DEVICE.serial_number))])
        assert verdict.outcome is Outcome.UNTRUSTED
        found = [(one.code.id, one.facts["limit"]) for one in verdict.findings if "limit" in one.facts]
        assert found in ([], spent("evidence_signatures"))

    def test_an_archive_of_lists_serves(self) -> None:
        """A CA that splits its CRL, or a folder of all its old ones, is no attack."""
        archive = [crl(number=number) for number in range(1, 400)]
        assert asked(DEVICE, crls=archive).outcome is Outcome.TRUSTED

    def test_a_stapled_heap_of_certificates_does_not_hide_a_revocation(self) -> None:
        """A peer that staples as many would-be signers as there is room for gains nothing."""
        heap = [Authority(STATUS.name, key("p256", 30 + number)).root() for number in range(99)]
        stapled = answer(single(UNMARKED), signer=STATUS, certificates=heap)
        listing = crl(entry(UNMARKED.serial_number))
        assert asked(UNMARKED, crls=[listing], ocsp=[stapled]).outcome is Outcome.UNTRUSTED

    def test_the_same_answer_from_memory(self) -> None:
        """What a cache answers is counted too: a second question has no more room than the first."""
        warm = verifier().evolve(profile=FRUGAL)
        crls = [crl(issuer=FORGER, number=number) for number in range(20)]
        first, second = (asked(DEVICE, of=warm, crls=crls) for _ in range(2))
        assert (first.outcome, first == second) == (Outcome.UNTRUSTED, True)


class TestCosts:
    def test_many_answers_in_one_response_cost_one_signature(self) -> None:
        """A response is signed once, however many times it speaks of a certificate."""
        many = answer(*[single(DEVICE)] * (Budget().signatures + 1))
        assert asked(DEVICE, ocsp=[many]).outcome is Outcome.TRUSTED

    def test_many_entries_for_one_certificate_count_as_the_gravest(self) -> None:
        """RFC 5280 5.3.1: a certificate that is held and revoked is revoked, since the earliest revocation."""
        entries = [*[entry(DEVICE.serial_number, HOLD)] * 500, entry(DEVICE.serial_number)]
        bases = [crl(*entries, number=number) for number in range(5, 10)]
        delta = Extension(DELTA_CRL_INDICATOR, True, integer(5))
        deltas = [crl(number=number, extensions=[delta]) for number in range(20, 30)]
        verdict = asked(DEVICE, crls=[*bases, *deltas])
        assert verdict.headline is not None
        assert verdict.headline.code.id == "revocation.revoked"

    def test_many_signers_of_one_issuer_find_their_lists(self) -> None:
        """RFC 5280 5.2.1: the key identifier of a CRL says whose key to try first; each pair is paid for once."""
        signers = [Authority(ISSUING.name, key("p256", 50 + number)) for number in range(20)]
        sealed = [
            list_signer(POINT, signer=one)._replace(serial_number=3000 + number).sealed(ISSUING.key)
            for number, one in enumerate(signers)
        ]
        crls = [crl(issuer=one, extensions=[one.key_identifier()]) for one in signers]
        assert asked(DEVICE, crls=[crl(), *crls], certificates=sealed).outcome is Outcome.TRUSTED

    def test_namesakes_of_a_signer_are_not_tried(self) -> None:
        """What a peer presents in a signer's name, copied key identifier and all, is not asked for its signature."""
        listing = crl(issuer=LISTS, extensions=[LISTS.key_identifier()])
        impostors = [
            list_signer(POINT, signer=Authority(LISTS.name, key("p256", 70 + number)))
            .including(list_signer().extension(pki.SUBJECT_KEY_IDENTIFIER))
            .sealed(FORGER.key)
            for number in range(5)
        ]
        signer = list_signer(OCSP_NO_CHECK).sealed(ISSUING.key)
        judge = verifier(RevocationPolicy.IF_PUBLISHED)
        assert (
            asked(DEVICE, crls=[listing], certificates=[signer], beside=impostors, of=judge).outcome is Outcome.TRUSTED
        )
        tried = {one.subject_public_key_info for one in map(Certificate, impostors)} & set(listing._checks)
        assert tried == set()
