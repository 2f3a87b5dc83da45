"""A profile that is written as TOML and loaded is the profile that it was, and no text makes the loader fail oddly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import DeviceTrustError, Profile, RevocationPolicy, load_profile
from devicetrust.findings import Citation, Effect, Knowledge, fits_a_line
from devicetrust.path.budget import Budget
from devicetrust.profiles import BUILT_IN, AnchorChecks, IssuerFetching, PurposeMatching, ReferenceDemand, ValidityModel
from devicetrust.profiles.forms import CODE_IDS, RULES, STRENGTH_POLICIES
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.strength import RSAScheme
from devicetrust.profiles.writing import profile_table
from devicetrust.revocation.policy import RevocationDepth, RevocationSource, UnknownStatus
from devicetrust.rules.rule import Needs
from devicetrust.x509.der import Tolerance
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.signatures import FIXED_ALGORITHMS

# Any text that UTF-8 can carry.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LINE = TEXT.map(lambda text: "".join(one for one in text if fits_a_line(one)))
ALGORITHMS = FIXED_ALGORITHMS.values()
REPORTABLE = sorted(
    one for one in CODE_IDS if (code := known_codes().get(one)) is None or code.effect is Effect.BY_PROFILE
)
OIDS = st.frozensets(st.sampled_from(["1.2.3", "1.3.6.1.5.5.7.3.1", "2.5.29.32.0"]), min_size=1)
SECONDS = st.integers(0, 10 * 86400).map(lambda seconds: timedelta(seconds=seconds))


def some(kind: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(list(kind)))


STRENGTHS = st.sampled_from(list(STRENGTH_POLICIES.values())) | st.builds(
    lambda policy, **changes: policy.evolve(**changes),
    st.sampled_from(list(STRENGTH_POLICIES.values())),
    name=TEXT,
    citation=st.builds(Citation, TEXT, TEXT, st.sampled_from(Knowledge)),
    curves=st.frozensets(st.sampled_from(["secp256r1", "secp521r1", "brainpoolP384r1"])),
    digests=st.frozensets(st.sampled_from(sorted({one.hash for one in ALGORITHMS if one.hash}))),
    minimum_rsa_bits=st.integers(1, 4096),
    rsa_bits_multiple_of=st.integers(1, 8),
    rsa_schemes=some(RSAScheme),
)
REVOCATIONS = st.sampled_from([RevocationPolicy.OFF, RevocationPolicy.REQUIRED]) | st.builds(
    RevocationPolicy,
    name=TEXT,
    unknown=st.sampled_from(UnknownStatus),
    depth=st.sampled_from(RevocationDepth),
    sources=st.permutations(list(RevocationSource)).map(tuple),
    stale_grace=SECONDS,
    clock_skew=st.integers(0, 86400).map(lambda seconds: timedelta(seconds=seconds)),
    short_lived=SECONDS,
)
SUBTREES = st.none() | st.lists(
    st.builds(GeneralName, st.just(GeneralNameType.DNS_NAME), TEXT), min_size=1, max_size=3
).map(tuple)
PROFILES = st.builds(
    lambda base, permitted, excluded, **changes: base.evolve(
        initial_permitted_subtrees=None if permitted is None else NameConstraints(permitted),
        initial_excluded_subtrees=None if excluded is None else NameConstraints((), excluded),
        **changes,
    ),
    st.sampled_from(list(BUILT_IN.values())),
    SUBTREES,
    SUBTREES,
    name=LINE.map(lambda text: f"my {text}".strip()),
    edition=LINE.map(lambda text: f"{text}.1".strip()),
    summary=TEXT,
    strength=STRENGTHS,
    revocation=REVOCATIONS,
    user_initial_policy_set=OIDS,
    initial_policy_mapping_inhibit=st.booleans(),
    initial_explicit_policy=st.booleans(),
    initial_any_policy_inhibit=st.booleans(),
    max_intermediates=st.integers(0, 20),
    key_purposes=OIDS,
    purpose_matching=st.sampled_from(PurposeMatching),
    anchor_checks=st.sampled_from(AnchorChecks),
    validity_model=st.sampled_from(ValidityModel),
    tolerances=some(Tolerance),
    leaf_tolerances=some(Tolerance),
    reference=st.sampled_from(ReferenceDemand),
    issuer_fetching=st.sampled_from(IssuerFetching),
    rules=st.lists(
        st.sampled_from([one for one in RULES.values() if one.needs is not Needs.MOMENT]), unique_by=id, max_size=8
    ).map(tuple),
    reported_only=st.frozensets(st.sampled_from(REPORTABLE), max_size=5),
    longest_waiver=SECONDS,
    unwaivable=st.frozensets(st.sampled_from(sorted(CODE_IDS)), max_size=5),
    budget=st.integers(0, 100).map(lambda count: Budget(signatures=count)),
)


@given(PROFILES)
def test_round_trip(profile: Profile) -> None:
    """Written and loaded, a profile is equal in every field, and has the same digest."""
    again = load_profile(tomli_w.dumps(profile_table(profile)).encode())
    assert again == profile
    assert again.digest == profile.digest


@pytest.mark.parametrize("name", BUILT_IN)
def test_round_trip_of_a_built_in_one(name: str) -> None:
    """A built-in profile that was written out and not changed may keep its name."""
    assert load_profile(tomli_w.dumps(profile_table(BUILT_IN[name])).encode()) == BUILT_IN[name]


VALUES = st.recursive(
    st.booleans() | st.integers(-5, 10**10) | st.floats(allow_nan=False) | TEXT | st.sampled_from(["EXPLICIT", "7d"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["base", "name", "dns"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(profile_table(BUILT_IN["tls_client"]))), VALUES, max_size=4))
def test_whatever_the_values_are(changes: dict[str, Any]) -> None:
    """Values of any type make a profile or an error of devicetrust's own, and never another exception."""
    table = {"base": "tls_client", "name": "ward", "edition": "1", **changes}
    said = ""
    try:
        assert isinstance(load_profile(tomli_w.dumps(table).encode()), Profile)
    except DeviceTrustError as problem:
        said = str(problem)
    assert not said or said.startswith("profile: ")


@given(st.binary(max_size=200))
def test_whatever_the_octets_are(octets: bytes) -> None:
    """Octets that are no profile are an error of devicetrust's own."""
    with pytest.raises(DeviceTrustError):
        load_profile(octets)
