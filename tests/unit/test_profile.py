"""What a purpose demands: frozen values that only choose, and whose digest sees every choice."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import attrs
import pytest

import pki
from devicetrust import MisuseError, Outcome, Profile, Reference, profiles
from devicetrust.path import codes
from devicetrust.path.inputs import AnchorChecks, PurposeMatching, ValidityModel
from devicetrust.profiles import IssuerFetching, ReferenceDemand
from devicetrust.revocation.codes import NOT_CHECKED
from devicetrust.rules import catalogue
from devicetrust.rules.rfc5280 import extensions
from devicetrust.x509.der import Tolerance
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from ward import HOST, ask, including, scene, without

NAMED = list(profiles.BUILT_IN.values())
NAMES = NameConstraints((GeneralName(GeneralNameType.DNS_NAME, "a.example"),), ())
CHANGES: dict[str, Any] = {
    "longest_waiver": timedelta(hours=12),
    "unwaivable": frozenset({"validity.expired"}),
    "name": "another",
    "edition": "1999.1",
    "strength": profiles.rfc5280.strength.evolve(minimum_rsa_bits=3072),
    "user_initial_policy_set": frozenset({"1.2.3"}),
    "initial_policy_mapping_inhibit": True,
    "initial_explicit_policy": True,
    "initial_any_policy_inhibit": True,
    "initial_permitted_subtrees": NAMES,
    "initial_excluded_subtrees": NAMES,
    "max_intermediates": 3,
    "key_purposes": frozenset({pki.CODE_SIGNING}),
    "purpose_matching": PurposeMatching.EXPLICIT,
    "anchor_checks": AnchorChecks.AS_CERTIFICATE,
    "validity_model": ValidityModel.CHAIN,
    "tolerances": frozenset({Tolerance.SET_ORDER}),
    "leaf_tolerances": frozenset({Tolerance.SET_ORDER}),
    "reference": ReferenceDemand.REQUIRED,
    "issuer_fetching": IssuerFetching.WANTED,
    "rules": catalogue.CABF,
    "reported_only": frozenset({"validity.expired"}),
    "budget": profiles.rfc5280.budget._replace(signatures=7),
}


class TestNamed:
    @pytest.mark.parametrize("profile", NAMED, ids=lambda profile: profile.name)
    def test_each_is_named_and_dated(self, profile: Profile) -> None:
        """A profile is found under its name, and has an edition and a summary of one sentence."""
        assert getattr(profiles, profile.name) is profile
        assert profile.name in profiles.__all__
        assert all((profile.edition, profile.summary.endswith(".")))

    def test_their_digests_differ(self) -> None:
        """No two profiles are the same."""
        assert len({profile.digest for profile in NAMED}) == len(NAMED)

    @pytest.mark.parametrize("profile", NAMED, ids=lambda profile: profile.name)
    def test_none_admits_broken_algorithms(self, profile: Profile) -> None:
        """RFC 9325 4.5, FIPS 186-5: no MD5, no SHA-1, no DSA, RSA from 2048 bits on."""
        strength = profile.strength
        assert not strength.digests & {"MD5", "SHA-1"}
        assert "DSA" not in strength.keys
        assert strength.minimum_rsa_bits >= 2048

    def test_tolerances(self) -> None:
        """The TLS profiles tolerate nothing on a leaf; the tolerant one everything on authorities alone."""
        assert {one.leaf_tolerances for one in (profiles.tls_server, profiles.tls_client)} == {frozenset()}
        assert profiles.rfc5280_tolerant.tolerances == frozenset(Tolerance)
        assert profiles.rfc5280_tolerant.leaf_tolerances == profiles.rfc5280.leaf_tolerances

    def test_anchors(self) -> None:
        """RFC 5280 6.1.1 (d): the standard itself looks at name and key, all others at the whole certificate."""
        checks = {profile.name: profile.anchor_checks for profile in NAMED}
        assert checks.pop("rfc5280") is AnchorChecks.NAME_AND_KEY
        assert set(checks.values()) == {AnchorChecks.AS_CERTIFICATE}

    def test_purposes(self) -> None:
        """A profile is named for the certificate's holder."""
        assert profiles.tls_server.key_purposes == {pki.SERVER_AUTH}
        assert profiles.tls_client.key_purposes == {pki.CLIENT_AUTH}

    def test_the_public_one_wants_the_common_name_repeated(self) -> None:
        """CA/B BR 7.1.4.3: what old software reads as the name must be among the names."""
        common = pki.common_name("monitor.example")
        bad, good = scene().replacing(0, subject=common), scene().replacing(0, subject=pki.common_name(HOST))
        profile, reference = profiles.tls_server_public, Reference.dns(HOST)
        assert ask(bad, profiles.tls_server, reference=reference).outcome is Outcome.TRUSTED
        assert ask(bad, profile, reference=reference).outcome is Outcome.UNTRUSTED
        assert ask(good, profile, reference=reference).outcome is Outcome.TRUSTED


class TestEvolve:
    @pytest.mark.parametrize("field", CHANGES)
    def test_every_field_is_in_the_digest(self, field: str) -> None:
        """Whatever can change a verdict changes the digest; the summary cannot."""
        evolved = profiles.rfc5280.evolve(**{"name": "rfc5280", field: CHANGES[field]})
        assert evolved.digest != profiles.rfc5280.digest
        assert getattr(evolved, field) == CHANGES[field]
        assert getattr(profiles.rfc5280, field) != CHANGES[field]

    def test_the_list_above_is_whole(self) -> None:
        """Each field but summary and revocation (which has one value yet) is changed above."""
        assert {field.name for field in attrs.fields(Profile)} - set(CHANGES) == {"summary", "revocation"}
        assert profiles.rfc5280.evolve(name="rfc5280", summary="x").digest == profiles.rfc5280.digest

    def test_the_name_says_so(self) -> None:
        """A changed profile does not pass for the original."""
        once = profiles.tls_client.evolve(max_intermediates=1)
        assert (once.name, once.evolve(max_intermediates=2).name) == ("tls_client (evolved)", "tls_client (evolved)")

    def test_an_unknown_field_is_misuse(self) -> None:
        """A misspelt demand would be no demand."""
        with pytest.raises(MisuseError, match="max_intermediate"):
            profiles.rfc5280.evolve(max_intermediate=1)

    def test_an_empty_policy_set_is_misuse(self) -> None:
        """Where no policy is acceptable no path could be valid."""
        with pytest.raises(MisuseError):
            profiles.rfc5280.evolve(user_initial_policy_set=frozenset())

    def test_frozen(self) -> None:
        """A profile cannot be changed under those who use it."""
        profile: Any = profiles.rfc5280
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            profile.max_intermediates = 99


class TestBlocks:
    def test_errors_block(self) -> None:
        """A MUST refuses, a SHOULD and a fact do not."""
        blocks = profiles.tls_server.blocks
        assert (blocks(codes.EXPIRED), blocks(codes.PRESENTED_UNREADABLE), blocks(NOT_CHECKED)) == (True, False, False)

    def test_what_is_only_reported_does_not(self) -> None:
        """A profile may name errors that it only reports."""
        assert profiles.rfc5280.blocks(extensions.AKI_MISSING) is False
        assert profiles.tls_server.blocks(extensions.AKI_MISSING) is True
        lenient = profiles.rfc5280.evolve(reported_only=profiles.rfc5280.reported_only | {"validity.expired"})
        assert lenient.blocks(codes.EXPIRED) is False

    @pytest.mark.parametrize(
        "code",
        [codes.SIGNATURE_INVALID, codes.ISSUER_UNKNOWN, codes.UNREADABLE, codes.BUDGET_SPENT],
        ids=lambda c: c.id,
    )
    def test_no_profile_lets_through_who_is_not_proven(self, code: Any) -> None:
        """What proves who issued a certificate blocks, whatever a profile names."""
        assert profiles.rfc5280.evolve(reported_only=frozenset({code.id})).blocks(code)

    def test_reported_is_seen(self) -> None:
        """What is only reported stands in the verdict all the same."""
        verdict = ask(without(0, pki.AUTHORITY_KEY_IDENTIFIER)(scene()))
        assert verdict.outcome is Outcome.TRUSTED
        assert extensions.AKI_MISSING in {finding.code for finding in verdict.findings}
        assert "reported only" in verdict.explain()


class TestSubtrees:
    def test_initial_subtrees_bind_all(self) -> None:
        """RFC 5280 6.1.1 (h), (i): the caller's own subtrees are applied from the start."""

        def names(text: str) -> NameConstraints:
            return NameConstraints((GeneralName(GeneralNameType.DNS_NAME, text),), ())

        rfc5280 = profiles.rfc5280
        assert ask(scene(), rfc5280.evolve(initial_permitted_subtrees=names("example.com"))).outcome is Outcome.TRUSTED
        assert (
            ask(scene(), rfc5280.evolve(initial_permitted_subtrees=names("example.org"))).outcome is Outcome.UNTRUSTED
        )
        excluded = NameConstraints((), names("example.com").permitted)
        assert ask(scene(), rfc5280.evolve(initial_excluded_subtrees=excluded)).outcome is Outcome.UNTRUSTED


class TestPickle:
    @pytest.mark.parametrize("profile", [*NAMED, profiles.tls_client.evolve(max_intermediates=2)], ids=lambda p: p.name)
    def test_a_used_profile_survives_it(self, profile: Profile) -> None:
        """A profile crosses processes after use, equal and with the same digest."""
        ask(including(0, pki.certificate_policies("1.2.3"))(scene()), profile)
        twin = pickle.loads(pickle.dumps(profile))
        assert (twin, twin.digest, hash(twin)) == (profile, profile.digest, hash(profile))
