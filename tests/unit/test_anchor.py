"""A trust anchor: a name, a key, and what its owner lets it vouch for."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import pki
from devicetrust import (
    AnchorConstraints,
    Certificate,
    MisuseError,
    Outcome,
    Profile,
    TrustAnchor,
    TrustStore,
    UnreadableCertificate,
    Verdict,
    Verifier,
    profiles,
)
from devicetrust.path.inputs import AnchorChecks
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.names import Name
from pki import AT
from pki_shapes import Scene
from ward import (
    ANY_POLICY,
    OTHER_POLICY,
    POLICY,
    ROOT,
    SECOND,
    STRANGER,
    blocking,
    including,
    presented,
    scene,
    without,
)

RFC5280 = profiles.rfc5280


def judged(asked: Scene, profile: Profile = RFC5280, **limits: Any) -> Verdict:
    """The verdict where the scene's root is an anchor with these constraints."""
    anchor = TrustAnchor.from_certificate(asked.sealed(-1 + len(asked.chain)), constraints=AnchorConstraints(**limits))
    return Verifier(TrustStore([anchor]), profile=profile).verify(asked.sealed(0), presented(asked), at=AT)


def dns(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.DNS_NAME, text)


class TestNameAndKey:
    @pytest.mark.parametrize("checks", AnchorChecks)
    def test_a_name_and_a_key_are_enough(self, checks: AnchorChecks) -> None:
        """RFC 5280 6.1.1 (d): an anchor needs no certificate."""
        anchor = TrustAnchor(Name(ROOT.name), ROOT.key.subject_public_key_info)
        judge = Verifier(TrustStore([anchor]), profile=RFC5280.evolve(anchor_checks=checks))
        verdict = judge.verify(scene().sealed(0), presented(scene()), at=AT)
        assert (verdict.outcome, verdict.path[-1]) == (Outcome.TRUSTED, anchor)

    def test_the_key_must_be_the_one(self) -> None:
        """An anchor of the right name with another key vouches for nothing here."""
        anchor = TrustAnchor(Name(ROOT.name), STRANGER.key.subject_public_key_info)
        verdict = Verifier(TrustStore([anchor]), profile=RFC5280).verify(scene().sealed(0), presented(scene()), at=AT)
        assert blocking(verdict) == {("signature.invalid", 1)}

    def test_from_a_certificate(self) -> None:
        """Name, key and key identifier are those of the certificate, which stays at hand."""
        certificate = Certificate(ROOT.root())
        anchor = TrustAnchor.from_certificate(certificate)
        assert (anchor.subject, anchor.subject_public_key_info) == (
            certificate.subject,
            ROOT.key.subject_public_key_info,
        )
        assert (anchor.certificate, anchor.key_identifier) == (certificate, ROOT.key.identifier)
        assert (anchor.fingerprint, anchor.public_key) == (certificate.fingerprint, certificate.public_key)

    def test_an_unreadable_certificate_makes_none(self) -> None:
        """There is no name and no key in it."""
        with pytest.raises(UnreadableCertificate):
            TrustAnchor.from_certificate(b"\x30\x00")


class TestMisuse:
    @pytest.mark.parametrize(
        "arguments",
        [
            {"subject": "CN=Ward Root"},
            {"subject": ROOT.name},
            {"subject_public_key_info": "key"},
            {"constraints": {"max_path_length": 1}},
            {"constraints": AnchorConstraints(purposes=pki.SERVER_AUTH)},  # type: ignore[arg-type]
            {"constraints": AnchorConstraints(policies=[POLICY])},  # type: ignore[arg-type]
        ],
    )
    def test_wrong_types_raise_where_the_anchor_is_made(self, arguments: dict[str, Any]) -> None:
        """A purpose that is a text, not a set of texts, would be found out only when somebody relies on it."""
        right = {"subject": Name(ROOT.name), "subject_public_key_info": ROOT.key.subject_public_key_info}
        with pytest.raises(MisuseError):
            TrustAnchor(**{**right, **arguments})


class TestPurposes:
    @pytest.mark.parametrize(
        ("purposes", "wanted", "expected"),
        [
            ({pki.SERVER_AUTH}, {pki.SERVER_AUTH}, set()),
            ({pki.SERVER_AUTH}, {pki.CLIENT_AUTH}, {("anchor.purpose", 0)}),
            ({pki.SERVER_AUTH}, set(), {("anchor.purpose", 0)}),
            ({pki.SERVER_AUTH, pki.CLIENT_AUTH}, set(), set()),
            (set(), {pki.SERVER_AUTH}, {("anchor.purpose", 0)}),
            (None, {pki.SERVER_AUTH}, set()),
        ],
    )
    def test_only_for_what_it_may(
        self, purposes: set[str] | None, wanted: set[str], expected: set[tuple[str, int]]
    ) -> None:
        """The purposes asked for, or all that the leaf allows, must be among the anchor's."""
        limits = None if purposes is None else frozenset(purposes)
        verdict = judged(scene(), RFC5280.evolve(key_purposes=frozenset(wanted)), purposes=limits)
        assert blocking(verdict) == expected

    def test_a_leaf_for_everything(self) -> None:
        """A leaf without extendedKeyUsage may be used for what the anchor may not vouch for."""
        asked = without(0, pki.EXTENDED_KEY_USAGE)(scene())
        assert blocking(judged(asked, purposes=frozenset({pki.SERVER_AUTH}))) == {("anchor.purpose", 0)}


class TestPolicies:
    @pytest.mark.parametrize(
        ("asserted", "limits", "expected", "result"),
        [
            ([POLICY], {POLICY}, set(), {POLICY}),
            ([POLICY, OTHER_POLICY], {POLICY}, set(), {POLICY}),
            ([ANY_POLICY], {POLICY}, set(), {POLICY}),
            ([POLICY], {ANY_POLICY}, set(), {POLICY}),
            ([ANY_POLICY], {ANY_POLICY}, set(), {ANY_POLICY}),
            ([OTHER_POLICY], {POLICY}, {("policy.none_valid", 0)}, set()),
            ([], {POLICY}, {("policy.none_valid", 0)}, set()),
        ],
    )
    def test_only_those(
        self, asserted: list[str], limits: set[str], expected: set[tuple[str, int]], result: set[str]
    ) -> None:
        """The path must be valid for a policy that the anchor may vouch for."""
        asked = scene()
        for index in (0, 1):
            asked = including(index, pki.certificate_policies(*asserted))(asked) if asserted else asked
        verdict = judged(asked, policies=frozenset(limits))
        assert (blocking(verdict), verdict.user_constrained_policies) == (expected, frozenset(result))


class TestNames:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (NameConstraints((dns("ward.example.com"),), ()), set()),
            (NameConstraints((dns("icu.example.com"),), ()), {("names.not_permitted", 0)}),
            (NameConstraints((), (dns("example.com"),)), {("names.excluded", 0)}),
            (NameConstraints((), (dns("icu.example.com"),)), set()),
        ],
    )
    def test_they_bind_all_below(self, names: NameConstraints, expected: set[tuple[str, int]]) -> None:
        """RFC 5937 3.2: the anchor's subtrees are the initial ones of every path below it."""
        assert blocking(judged(scene(), names=names)) == expected


class TestPathLength:
    @pytest.mark.parametrize(
        ("most", "expected"), [(0, {("ca.path_length", 1)}), (1, set()), (2, set()), (None, set())]
    )
    def test_intermediates_count(self, most: int | None, expected: set[tuple[str, int]]) -> None:
        """The owner's limit counts intermediates, as pathLenConstraint does."""
        assert blocking(judged(scene(), max_path_length=most)) == expected

    def test_a_leaf_below_the_anchor(self) -> None:
        """A leaf directly below has no intermediate."""
        assert blocking(judged(scene(0), max_path_length=0)) == set()

    def test_the_certificates_own_limit_stays(self) -> None:
        """Of two limits the narrower counts."""
        asked = including(2, pki.basic_constraints(ca=True, path_length=0))(scene())
        as_certificate = RFC5280.evolve(anchor_checks=AnchorChecks.AS_CERTIFICATE)
        assert blocking(judged(asked, as_certificate, max_path_length=5)) == {("ca.path_length", 1)}


class TestDistrustAfter:
    LEAF_FROM = AT - timedelta(days=10)

    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (LEAF_FROM, set()),
            (LEAF_FROM + SECOND, set()),
            (LEAF_FROM - SECOND, {("anchor.distrusted_after", 0)}),
            (AT - timedelta(days=9000), {("anchor.distrusted_after", 0)}),
        ],
    )
    def test_what_is_issued_later_is_refused(self, after: datetime, expected: set[tuple[str, int]]) -> None:
        """Compared with the leaf's notBefore: what is issued up to that second stays trusted."""
        assert blocking(judged(scene(), distrust_after=after)) == expected

    def test_in_any_zone(self) -> None:
        """An aware time is one moment, in whatever zone it is written."""
        zone = timezone(timedelta(hours=-8))
        assert blocking(judged(scene(), distrust_after=self.LEAF_FROM.astimezone(zone))) == set()

    def test_naive_is_misuse(self) -> None:
        """A time without a zone is no moment."""
        with pytest.raises(MisuseError, match="time zone"):
            TrustAnchor.from_certificate(
                ROOT.root(), constraints=AnchorConstraints(distrust_after=AT.replace(tzinfo=None))
            )


class TestValue:
    LIMITS = (
        AnchorConstraints(purposes=frozenset({pki.SERVER_AUTH})),
        AnchorConstraints(purposes=frozenset()),
        AnchorConstraints(policies=frozenset({POLICY})),
        AnchorConstraints(names=NameConstraints((dns("a.example"),), ())),
        AnchorConstraints(names=NameConstraints((), (dns("a.example"),))),
        AnchorConstraints(max_path_length=0),
        AnchorConstraints(max_path_length=1),
        AnchorConstraints(distrust_after=datetime(2026, 1, 1, tzinfo=UTC)),
        AnchorConstraints(),
    )

    def test_constraints_make_another_anchor(self) -> None:
        """Equality and digest see everything that can change a verdict."""
        anchors = [TrustAnchor.from_certificate(ROOT.root(), constraints=limits) for limits in self.LIMITS]
        assert len({anchor.digest for anchor in anchors}) == len(set(anchors)) == len(self.LIMITS)
        assert anchors[-1] == TrustAnchor.from_certificate(ROOT.root())

    @pytest.mark.parametrize("limits", LIMITS)
    def test_pickle(self, limits: AnchorConstraints) -> None:
        """An anchor crosses processes with its constraints."""
        anchor = TrustAnchor.from_certificate(ROOT.root(), constraints=limits)
        twin = pickle.loads(pickle.dumps(anchor))
        assert (twin, twin.constraints, hash(twin)) == (anchor, limits, hash(anchor))

    def test_with_and_without_a_certificate(self) -> None:
        """The same name and key without the certificate are another anchor, for its dates are not known."""
        bare = TrustAnchor(Name(ROOT.name), ROOT.key.subject_public_key_info)
        assert bare != TrustAnchor.from_certificate(ROOT.root())
        assert bare == pickle.loads(pickle.dumps(bare))
