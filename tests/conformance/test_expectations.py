"""The expectations themselves: a slip in them is an error, not a test that passes."""

from __future__ import annotations

import pytest

from conformance.expectations import Fault, complete, divergences, faults, read_table, refusals


def test_an_unknown_key_is_an_error() -> None:
    """A misspelt key would be an expectation that nobody checks."""
    with pytest.raises(ValueError, match=r"4\.1\.3: unknown keys \['certifcate'\]"):
        refusals({"4.1.3": {"code": "signature.invalid", "certifcate": 0}})
    with pytest.raises(ValueError, match=r"4\.4\.3: a code and a certificate, not \['certifcate', 'code'\]"):
        faults({"4.4.3": {"code": "revocation.revoked", "certifcate": 0}})
    with pytest.raises(ValueError, match="unknown or missing keys"):
        read_table("pkits.toml", {"refused", "trusted"})


def test_a_headline_that_is_not_the_fault_needs_a_note() -> None:
    """Why something else is said first is part of the expectation."""
    entry = {"code": "identity.no_names", "certificate": 0, "fault": {"code": "names.excluded", "certificate": 0}}
    with pytest.raises(ValueError, match="needs a note"):
        refusals({"case": entry})
    (refusal,) = refusals({"case": {**entry, "note": "said first"}}).values()
    assert (refusal.headline, refusal.fault) == (Fault("identity.no_names", 0), Fault("names.excluded", 0))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([{"a"}], r"missing: \['b'\]"),
        ([{"a"}, {"b", "c"}], r"unknown: \['c'\]"),
        ([{"a", "b"}, {"b"}], "listed twice"),
    ],
)
def test_every_case_is_listed_once(parts: list[set[str]], message: str) -> None:
    """A case that is missing, unknown or there twice is an error."""
    with pytest.raises(ValueError, match=message):
        complete({"a", "b"}, *parts)


def test_every_divergence_has_a_reason() -> None:
    """Divergences are few, and each says why."""
    entries = [*divergences("limbo").values(), *divergences("pkits").values()]
    assert len(entries) <= 10, "190 of limbo's 200 is the promise"
    assert all(len(entry.reason) > 20 for entry in entries)
