"""Finding paths: every shape that real PKIs have, and none that lead nowhere."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

import pki
from devicetrust import Certificate, Outcome, TrustStore, Verdict, Verifier, profiles
from pki import AT, Authority, common_name, dns, key
from pki_shapes import SHAPES
from ward import DEVICE, HOST, ISSUING, ROOT, SECOND, STRANGER, blocking, certificates, scene, without

RFC5280 = profiles.rfc5280
LEAF_DER, ISSUING_DER, ROOT_DER = certificates(scene())


def judged(leaf: bytes, *company: bytes, roots: tuple[bytes, ...] = (ROOT_DER,)) -> Verdict:
    return Verifier(TrustStore(roots), profile=RFC5280).verify(leaf, company, at=AT)


def subjects(verdict: Verdict) -> list[bytes]:
    return [one.subject.der for one in verdict.path]


class TestShapes:
    @pytest.mark.parametrize("name", SHAPES)
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_each_leads_to_its_anchor(self, name: str, seed: int) -> None:
        """Cross-certificates, cycles, key rollover, namesakes and expired twins: the way is found, RFC 4158."""
        case = SHAPES[name](Random(seed)).case(name, Random(seed))
        verdict = Verifier(TrustStore(case.roots), profile=RFC5280).verify(case.leaf, case.intermediates, at=case.at)
        assert verdict.outcome is Outcome.TRUSTED
        assert verdict.anchor is not None
        assert verdict.anchor.certificate == Certificate(case.roots[0])

    def test_two_anchors_by_a_cross_certificate(self) -> None:
        """With either root as anchor the leaf is trusted, over the certificate that this root gave the CA."""
        other = Authority(common_name("Other Root"), key("p256", 6))
        cross = other.vouches_for(ISSUING).sealed(other.key)
        for root, way in ((ROOT_DER, ISSUING_DER), (other.root(), cross)):
            verdict = judged(LEAF_DER, ISSUING_DER, cross, roots=(root,))
            assert (verdict.outcome, verdict.path[1]) == (Outcome.TRUSTED, Certificate(way))

    def test_a_longer_way_where_the_short_one_has_ended(self) -> None:
        """A path that a step refuses gives way to the next."""
        middle = Authority(common_name("Middle CA"), key("p256", 6))
        ended = ROOT.vouches_for(ISSUING)._replace(not_after=AT - SECOND).sealed(ROOT.key)
        long = (middle.vouches_for(ISSUING).sealed(middle.key), ROOT.vouches_for(middle).sealed(ROOT.key))
        for company in permutations((ended, *long)):
            verdict = judged(LEAF_DER, *company)
            assert (verdict.outcome, len(verdict.path)) == (Outcome.TRUSTED, 4)


class TestOrder:
    def test_what_is_presented_in_any_order(self) -> None:
        """The order of presentation changes neither path nor findings."""
        leaf, *company, root = certificates(scene(3))
        verdicts = {judged(leaf, *order, roots=(root,)) for order in permutations((*company, STRANGER.root()))}
        assert {verdict.outcome for verdict in verdicts} == {Outcome.TRUSTED}
        assert len({verdict.path for verdict in verdicts}) == 1

    def test_the_key_identifier_is_tried_first(self) -> None:
        """RFC 4158 3.5.12: of namesakes the one whose key the leaf names comes first."""
        namesakes = [Authority(ISSUING.name, key("p256", n)) for n in range(20, 26)]
        company = [ROOT.vouches_for(one).sealed(ROOT.key) for one in namesakes]
        verdict = judged(LEAF_DER, *company, ISSUING_DER)
        assert (verdict.outcome, verdict.path[1], verdict.attempts) == (Outcome.TRUSTED, Certificate(ISSUING_DER), ())

    def test_a_wrong_key_identifier_is_a_hint_alone(self) -> None:
        """RFC 5280 6.1 compares names and signatures; identifiers only order the search."""
        lying = pki.Extension(pki.AUTHORITY_KEY_IDENTIFIER, False, pki.sequence(pki.tlv(0x80, b"nobody")))
        leaf = scene().chain[0].draft.including(lying).sealed(ISSUING.key)
        assert judged(leaf, ISSUING_DER).outcome is Outcome.TRUSTED

    def test_an_anchor_comes_before_what_is_presented(self) -> None:
        """Where the issuer itself is an anchor, the path ends there."""
        verdict = judged(LEAF_DER, ISSUING_DER, roots=(ROOT_DER, ISSUING_DER))
        assert (verdict.outcome, len(verdict.path)) == (Outcome.TRUSTED, 2)


class TestDeadEnds:
    def test_nobody_presented(self) -> None:
        """A leaf alone says whose issuer is missing."""
        verdict = judged(LEAF_DER)
        assert blocking(verdict) == {("issuer.unknown", 0)}
        assert verdict.headline is not None
        assert verdict.headline.facts["issuer"] == str(Certificate(LEAF_DER).issuer)

    def test_a_chain_to_a_stranger(self) -> None:
        """The chain is followed as far as it goes, and the last link is named."""
        other = Authority(common_name("Other Root"), key("p256", 6))
        verdict = judged(LEAF_DER, ISSUING_DER, ROOT_DER, roots=(other.root(),))
        assert verdict.outcome is Outcome.UNTRUSTED
        assert verdict.anchor is None
        assert subjects(verdict)[:2] == [DEVICE.name, ISSUING.name]

    def test_a_cycle_without_an_anchor(self) -> None:
        """Two authorities that vouch for each other lead nowhere, and the search ends."""
        one, other = (Authority(common_name(f"Loop {n}"), key("p256", 5 + n)) for n in (0, 1))
        leaf = one.issues(DEVICE.name, DEVICE.key, dns(HOST)).sealed(one.key)
        loop = (one.vouches_for(other).sealed(one.key), other.vouches_for(one).sealed(other.key))
        verdict = judged(leaf, *loop, one.root(), other.root())
        assert verdict.outcome is Outcome.UNTRUSTED

    def test_a_self_signed_leaf(self) -> None:
        """A device that vouches for itself is told so."""
        leaf = DEVICE.issues(DEVICE.name, DEVICE.key, dns(HOST)).sealed(DEVICE.key)
        assert blocking(judged(leaf)) == {("issuer.self_signed", 0)}

    def test_an_empty_issuer(self) -> None:
        """An issuer without a name is nobody."""
        leaf = scene().chain[0].draft._replace(issuer=b"\x30\x00").sealed(ISSUING.key)
        assert judged(leaf, ISSUING_DER).outcome is Outcome.UNTRUSTED

    def test_a_leaf_does_not_issue_itself(self) -> None:
        """The leaf among the certificates presented is no issuer of itself."""
        leaf = DEVICE.issues(DEVICE.name, DEVICE.key, dns(HOST)).sealed(DEVICE.key)
        assert judged(leaf, leaf, leaf).outcome is Outcome.UNTRUSTED


class TestBounds:
    def test_a_mesh_of_cross_certificates_ends(self) -> None:
        """Ten authorities that all vouch for one another: signatures are counted, and the answer comes."""
        mesh = [Authority(common_name(f"Mesh {n}"), key("p256", 30 + n)) for n in range(10)]
        company = [one.vouches_for(other).sealed(one.key) for one in mesh for other in mesh if one is not other]
        leaf = mesh[0].issues(DEVICE.name, DEVICE.key, dns(HOST))
        company.append(ROOT.vouches_for(mesh[9]).sealed(STRANGER.key))
        verdict = judged(without_identifier(leaf).sealed(mesh[0].key), *company)
        assert verdict.outcome is Outcome.UNTRUSTED

    def test_only_what_an_anchor_stands_behind_costs_signatures(self) -> None:
        """A stranger's pile leads to no anchor, so not one signature is checked, RFC 4158 search from the top."""
        pile = [
            STRANGER._replace(name=common_name(f"Pile {n}")).vouches_for(ISSUING).sealed(STRANGER.key)
            for n in range(60)
        ]
        frugal = RFC5280.evolve(budget=RFC5280.budget._replace(signatures=2))
        verdict = Verifier(TrustStore([ROOT_DER]), profile=frugal).verify(LEAF_DER, [*pile, ISSUING_DER], at=AT)
        assert verdict.outcome is Outcome.TRUSTED

    def test_a_chain_too_long(self) -> None:
        """Thirteen intermediates are more than a profile allows unless it says so."""
        leaf, *company, root = certificates(scene(12))
        verdict = judged(leaf, *company, roots=(root,))
        assert ("path.too_many_intermediates" in {code for code, _ in blocking(verdict)}) is True
        wide = RFC5280.evolve(max_intermediates=12)
        assert Verifier(TrustStore([root]), profile=wide).verify(leaf, company, at=AT).outcome is Outcome.TRUSTED


def without_identifier(draft: pki.Draft) -> pki.Draft:
    """No hint which of several issuers it was."""
    return draft.without(pki.AUTHORITY_KEY_IDENTIFIER)


def test_without_hints_the_way_is_found_too() -> None:
    """Key identifiers are optional: names and signatures are enough."""
    asked = without(1, pki.AUTHORITY_KEY_IDENTIFIER, pki.SUBJECT_KEY_IDENTIFIER)(
        without(0, pki.AUTHORITY_KEY_IDENTIFIER)(scene())
    )
    leaf, issuer, root = certificates(asked)
    assert judged(leaf, issuer, roots=(root,)).outcome is Outcome.TRUSTED
