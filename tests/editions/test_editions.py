"""No existing edition begins to refuse what it admitted: what refuses under each is on record, release by release."""

from __future__ import annotations

from typing import Any

import pytest

from devicetrust import Outcome, Profile, profiles
from devicetrust.profiles import BUILT_IN
from editions.blocking import UNRELEASED, blocking, recorded
from ward import ask, scene

RECORD = "PYTHONPATH=tests:src python tests/editions/blocking.py"


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda profile: profile.name)
def test_an_edition_refuses_what_it_did(profile: Profile) -> None:
    """A change of what refuses needs a new edition, an entry in the table, and a line in the changelog."""
    entry = recorded().get(profile.name, {}).get(profile.edition)
    assert entry is not None, f"{profile.name} {profile.edition} is not on record; run {RECORD}"
    then = {key: value for key, value in entry.items() if key != "release"}
    assert blocking(profile) == then, advice(profile, entry, then)


def advice(profile: Profile, entry: dict[str, Any], then: dict[str, Any]) -> str:
    """What to do about a difference."""
    changed = [key for key in {**blocking(profile), **then} if blocking(profile).get(key) != then.get(key)]
    told = f"{profile.name} {profile.edition} is not what is on record: {', '.join(sorted(changed))}. "
    if entry["release"] == UNRELEASED:
        return told + f"The edition is not released yet: run {RECORD}, and read the difference that git shows."
    return told + (
        f"It was released in {entry['release']}. Where a certificate may be refused that was admitted, give the "
        f"profile a new edition, run {RECORD}, and list it in CHANGELOG.md under 'May turn devices away'."
    )


def test_every_edition_on_record_is_one_of_a_profile() -> None:
    """Editions stay on record when newer ones come; a profile that is gone is gone from the table."""
    assert set(recorded()) == set(BUILT_IN)


def test_the_table_sees_a_rule_that_begins_to_refuse() -> None:
    """A rule that is taken out of what is only reported changes what blocks; a warning changes nothing."""
    rfc5280 = profiles.rfc5280
    stricter = rfc5280.evolve(reported_only=rfc5280.reported_only - {"rfc5280.serial_number_positive"})
    assert blocking(stricter) != blocking(rfc5280)
    weaker = rfc5280.evolve(strength=rfc5280.strength.evolve(name=rfc5280.strength.name, minimum_rsa_bits=1024))
    assert blocking(weaker) != blocking(rfc5280)
    lenient = [one for one in rfc5280.rules if not rfc5280.blocks(one.code)]
    fewer = rfc5280.evolve(rules=tuple(one for one in rfc5280.rules if one is not lenient[0]))
    assert blocking(fewer)["refusing_rules"] == blocking(rfc5280)["refusing_rules"]


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda profile: profile.name)
def test_every_verdict_states_the_edition(profile: Profile) -> None:
    """Text and data of a verdict name the profile with its edition, whatever the outcome."""
    verdict = ask(scene(), profile)
    assert verdict.outcome in Outcome
    assert verdict.explain().partition("\n")[0].endswith(f"under {profile.name} {profile.edition}")
    stated = verdict.to_dict()["question"]["profile"]
    assert (stated["name"], stated["edition"]) == (profile.name, profile.edition)
