"""Profiles in TOML: what is stated is what is had, and what cannot be meant is said with file and key."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import attrs
import pytest

from devicetrust import (
    MisuseError,
    Profile,
    RevocationDepth,
    RevocationPolicy,
    UnreadableInput,
    load_profile,
    profiles,
)
from devicetrust.path.budget import Budget
from devicetrust.profiles import BUILT_IN, AnchorChecks, PurposeMatching, ReferenceDemand, ValidityModel, strength
from devicetrust.profiles.forms import PROFILE, RULES, STRENGTH_POLICIES
from devicetrust.profiles.strength import RSAScheme
from devicetrust.profiles.writing import profile_table
from devicetrust.revocation.policy import RevocationSource
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.der import Tolerance
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints

HEAD = 'base = "tls_client"\nname = "ward"\nedition = "2026.1"\n'
BASE = profiles.tls_client


def load(text: str, head: str = HEAD) -> Profile:
    return load_profile((head + text).encode())


class TestFields:
    @pytest.mark.parametrize(
        ("text", "field", "value"),
        [
            ('summary = "Pumps."', "summary", "Pumps."),
            ('strength = "cnsa_2"', "strength", strength.cnsa_2),
            ('key_purposes = ["1.3.6.1.5.5.7.3.1"]', "key_purposes", frozenset({"1.3.6.1.5.5.7.3.1"})),
            ('user_initial_policy_set = ["1.2.3"]', "user_initial_policy_set", frozenset({"1.2.3"})),
            ("initial_explicit_policy = true", "initial_explicit_policy", True),
            ("initial_policy_mapping_inhibit = true", "initial_policy_mapping_inhibit", True),
            ("initial_any_policy_inhibit = true", "initial_any_policy_inhibit", True),
            ("max_intermediates = 2", "max_intermediates", 2),
            ('purpose_matching = "RFC5280"', "purpose_matching", PurposeMatching.RFC5280),
            ('anchor_checks = "NAME_AND_KEY"', "anchor_checks", AnchorChecks.NAME_AND_KEY),
            ('validity_model = "CHAIN"', "validity_model", ValidityModel.CHAIN),
            ('tolerances = ["SET_ORDER"]', "tolerances", frozenset({Tolerance.SET_ORDER})),
            ("leaf_tolerances = []", "leaf_tolerances", frozenset()),
            ('reference = "REQUIRED"', "reference", ReferenceDemand.REQUIRED),
            ('revocation = "REQUIRED"', "revocation", RevocationPolicy.REQUIRED),
            ('reported_only = ["validity.expired"]', "reported_only", frozenset({"validity.expired"})),
            ('rules = ["rfc5280.serial_number_positive"]', "rules", (RULES["rfc5280.serial_number_positive"],)),
            ('longest_waiver = "2d"', "longest_waiver", timedelta(days=2)),
            ('unwaivable = ["validity.expired"]', "unwaivable", frozenset({"validity.expired"})),
            ("budget = {signatures = 7}", "budget", Budget(signatures=7)),
            (
                'initial_permitted_subtrees = {dns = ["ward.example"], ip = ["10.0.0.0/8"]}',
                "initial_permitted_subtrees",
                NameConstraints(
                    (
                        GeneralName(GeneralNameType.DNS_NAME, "ward.example"),
                        GeneralName(GeneralNameType.IP_ADDRESS, ip_network("10.0.0.0/8")),
                    )
                ),
            ),
            (
                'initial_excluded_subtrees = {email = ["x.example"]}',
                "initial_excluded_subtrees",
                NameConstraints((), (GeneralName(GeneralNameType.RFC822_NAME, "x.example"),)),
            ),
        ],
        ids=lambda value: value if isinstance(value, str) and " " not in value else "",
    )
    def test_a_field_by_its_name(self, text: str, field: str, value: Any) -> None:
        """What the file states of a field is the field; all others are those of the base."""
        made = load(text)
        assert getattr(made, field) == value
        kept = {one.name for one in attrs.fields(Profile)} - {"name", "edition", field}
        assert [name for name in sorted(kept) if getattr(made, name) != getattr(BASE, name)] == []

    def test_every_field_has_a_form(self) -> None:
        """A field that comes to `Profile` can be written as well."""
        assert list(PROFILE) == [field.name for field in attrs.fields(Profile)]

    def test_a_strength_policy_as_a_table(self) -> None:
        """A table states what differs from its base, by the names of the fields."""
        made = load(
            '[strength]\nbase = "bsi_2026"\nname = "ours"\ncitation = "House rule 7"\n'
            'minimum_rsa_bits = 4096\nrsa_schemes = ["PSS", "PKCS1_V1_5"]\n'
        ).strength
        expected = strength.bsi_2026.evolve(name="ours", minimum_rsa_bits=4096, rsa_schemes=frozenset(RSAScheme))
        assert made.evolve(citation=expected.citation, name="ours") == expected
        assert str(made.citation) == "House rule 7"

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('"7d"', timedelta(days=7)),
            ('"12h"', timedelta(hours=12)),
            ('"30min"', timedelta(minutes=30)),
            ('"90s"', timedelta(seconds=90)),
            ('"1w"', timedelta(weeks=1)),
            ("3600", timedelta(hours=1)),
        ],
    )
    def test_durations(self, text: str, value: timedelta) -> None:
        """A duration is a number with its unit, or of seconds."""
        made = load(f'revocation = {{base = "IF_PUBLISHED", depth = "LEAF", sources = ["CRL"], stale_grace = {text}}}')
        assert made.revocation.stale_grace == value
        assert (made.revocation.depth, made.revocation.sources) == (RevocationDepth.LEAF, (RevocationSource.CRL,))

    def test_rules_added_and_removed(self) -> None:
        """Rules are added at the end and taken away, by the ids of their codes."""
        added, removed = "cabf.common_name_in_subject_alternative_name", "cabf.subject_alternative_name_present"
        made = load(f'rules_added = ["{added}"]\nrules_removed = ["{removed}"]')
        assert made.rules == (*(one for one in BASE.rules if one.code.id != removed), RULES[added])

    def test_what_is_only_reported_added_and_removed(self) -> None:
        """The codes that are only reported are those of the base, with more and with fewer."""
        (listed,) = BASE.reported_only
        made = load(f'reported_only_added = ["validity.expired"]\nreported_only_removed = ["{listed}"]')
        assert made.reported_only == {"validity.expired"}


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('strengh = "cnsa_2"', "there is no key strengh; did you mean strength? Allowed: anchor_checks, base, "),
            (
                'strength = "cnsa2"',
                "strength: there is no strength policy cnsa2; did you mean cnsa_2? Known: anssi_2026",
            ),
            ("strength = 2", "strength: is the name of a strength policy or a table, not 2"),
            ('strength = {base = "bcp195", rsa = 1}', "strength: there is no key rsa"),
            ('strength = {name = "ours"}', "strength: without base it states every field; lacking: citation, curves"),
            ('strength = {base = "bcp195", keys = []}', "strength: keys of a strength policy is empty"),
            ('strength = {base = "bcp195", citation = 7}', "strength.citation: is a string or a table, not 7"),
            ('purpose_matching = "explicit"', "purpose_matching: 'explicit' is none of RFC5280, EXPLICIT"),
            ("purpose_matching = 1", "purpose_matching: is one of RFC5280, EXPLICIT, not 1"),
            ('tolerances = ["SET_ORDRE"]', "tolerances: 'SET_ORDRE' is none of SET_ORDER"),
            ('tolerances = "SET_ORDER"', "tolerances: is an array of strings, not 'SET_ORDER'"),
            ("max_intermediates = true", "max_intermediates: is a whole number, not True"),
            ("max_intermediates = -1", "max_intermediates is a number of certificates, 0 or more"),
            ("initial_explicit_policy = 1", "initial_explicit_policy: is true or false, not 1"),
            ('key_purposes = ["serverAuth"]', "key_purposes: 'serverAuth' is not an object identifier such as 1.3"),
            ("user_initial_policy_set = []", "user_initial_policy_set is empty"),
            ('rules = ["rfc5280.serial_number_positiv"]', "did you mean rfc5280.serial_number_positive?"),
            (
                'rules_added = ["rfc5280.serial_number_positive"]',
                "rules_added: rfc5280.serial_number_positive is a rule",
            ),
            ('rules_removed = ["cabf.common_name_in_subject_alternative_name"]', "is no rule of tls_client"),
            ('rules = []\nrules_removed = ["x"]', "rules_removed: changes the rules of the base; here rules itself"),
            ('reported_only = ["validity.expird"]', "reported_only: there is no code validity.expird; did you mean"),
            ('reported_only_removed = ["validity.expired"]', "tls_client does not only report validity.expired"),
            ('revocation = {base = "IF_PUBLISHED", stale_grace = "7 days"}', "revocation.stale_grace: is a number of"),
            ('revocation = {base = "IF_PUBLISHED", stale_grace = "99w"}', "revocation: stale_grace lies between"),
            ("budget = {signatures = -1}", "budget.signatures: is a number of units of work, 0 or more"),
            ("budget = {signature = 1}", "budget: there is no key signature; did you mean signatures?"),
            ("initial_permitted_subtrees = {}", "initial_permitted_subtrees: names no subtree"),
            (
                'initial_permitted_subtrees = {ip = ["10.0.0.1/8"]}',
                "initial_permitted_subtrees.ip: '10.0.0.1/8' is not",
            ),
            ('reported_only = ["signature.invalid"]', "reported_only: signature.invalid cannot be only reported"),
            ('reported_only_added = ["revocation.revoked"]', "revocation.revoked cannot be only reported"),
            ('rules_added = ["ihe.lifetime", "ihe.lifetime"]', "rules_added: names the rule ihe.lifetime twice"),
            ('longest_waiver = "999999999w"', "longest_waiver: 999999999w is longer than any time"),
            ('strength = {base = "bcp195", keys = ["RSSA"]}', "no key algorithm RSSA; did you mean RSA?"),
            ('strength = {base = "bcp195", digests = ["SHA256"]}', "no digest SHA256; did you mean SHA-256?"),
            ('strength = {base = "bcp195", curves = ["P-256"]}', "strength.curves: there is no curve P-256. Known: "),
            (
                'strength = {base = "bcp195", name = "cnsa_2"}',
                "strength.name: cnsa_2 is a strength policy of devicetrust, and this one differs from it",
            ),
            ("edition = 2026.1", "not TOML: "),
        ],
    )
    def test_each_names_file_and_key(self, tmp_path: Path, text: str, told: str) -> None:
        """An error says which file, which key, what is wrong, and what there is instead."""
        file = tmp_path / "ward.toml"
        file.write_text(HEAD + text)
        with pytest.raises((MisuseError, UnreadableInput)) as caught:
            load_profile(file)
        assert str(caught.value).startswith(f"{file}: ")
        assert told in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('name = "ward"\nedition = "1"', "names no base, so it states every field; lacking: anchor_checks, "),
            ('base = "tls_client"\nedition = "1"', "lacks the key name"),
            ('base = "tls_client"\nname = "ward"', "lacks the key edition"),
            (
                'base = "tls_clinet"\nname = "w"\nedition = "1"',
                "base: 'tls_clinet' is no built-in profile; did you mean",
            ),
            (
                'base = "tls_client"\nname = "w\\nTRUSTED"\nedition = "1"',
                "name is a text of one line that can be printed",
            ),
            ('base = "tls_client"\nname = "w"\nedition = " "', "edition is a text of one line that can be printed"),
            ('base = 1\nname = "w"\nedition = "1"', "base: 1 is no built-in profile"),
            (
                'base = "tls_client"\nname = "tls_client"\nedition = "2026.1"\nmax_intermediates = 2',
                "name: tls_client is a built-in profile, and this one differs in max_intermediates",
            ),
        ],
    )
    def test_what_each_file_states(self, text: str, told: str) -> None:
        """A profile has a base and a name and edition of its own; a built-in one's name is not to be had."""
        with pytest.raises(MisuseError) as caught:
            load(text, head="")
        assert told in str(caught.value)

    def test_no_file(self, tmp_path: Path) -> None:
        """A path that cannot be read is said as such."""
        with pytest.raises(UnreadableInput, match=r"absent\.toml: the profile cannot be read"):
            load_profile(tmp_path / "absent.toml")

    @pytest.mark.parametrize(
        "octets",
        [b"\xff", b"x =", b"x" * 2_000_000, b"a = " + b"[" * 50_000],
        ids=["no UTF-8", "no value", "too long", "too deep"],
    )
    def test_no_toml(self, octets: bytes) -> None:
        """What is no TOML is unreadable, and no profile."""
        with pytest.raises(UnreadableInput):
            load_profile(octets)


class TestWriting:
    def test_a_rule_of_ones_own_cannot_be_written(self) -> None:
        """TOML names rules by their codes, so it can hold devicetrust's own alone."""
        own = rule(RULES["rfc5280.serial_number_positive"].code, Role.LEAF)(lambda certificate, index: ())
        with pytest.raises(MisuseError, match="cannot be written in TOML"):
            profile_table(BASE.evolve(rules=(own,)))

    def test_subtrees_that_toml_cannot_hold(self) -> None:
        """A form of name that TOML has no key for is misuse, not silence."""
        names = NameConstraints((GeneralName(GeneralNameType.REGISTERED_ID, "1.2.3"),))
        with pytest.raises(MisuseError, match="cannot be written in TOML"):
            profile_table(BASE.evolve(initial_permitted_subtrees=names))


class TestNames:
    def test_one_rule_a_code(self) -> None:
        """A rule is found by its code in every family that has it."""
        every = [one for family in FAMILIES.values() for one in family]
        assert [one for one in every if RULES[one.code.id] is not one] == []

    def test_policies_bear_their_names(self) -> None:
        """What a file calls a strength policy is its name."""
        assert {name: policy.name for name, policy in STRENGTH_POLICIES.items()} == {n: n for n in STRENGTH_POLICIES}
        assert set(BUILT_IN) == {profile.name for profile in BUILT_IN.values()}


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (BASE.evolve(reported_only=frozenset({"signature.invalid"})), "signature.invalid cannot be only reported"),
        (BASE.evolve(strength=strength.bcp195.evolve(curves=frozenset({"P-256"}))), "there is no curve P-256"),
    ],
)
def test_what_would_not_be_read_is_not_written(profile: Profile, told: str) -> None:
    """A profile that no file can hold is misuse when it is written, not when it is read."""
    with pytest.raises(MisuseError, match=told):
        profile_table(profile)
