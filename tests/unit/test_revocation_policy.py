"""What is asked about revocation: four presets, frozen, and nothing that hides that it was not asked."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

import pki
from devicetrust import MisuseError, Outcome, Profile, RevocationPolicy, profiles
from devicetrust.revocation import RevocationDepth, RevocationSource, UnknownStatus
from pki import AT
from pki_revocation import CRL_URL, distribution_points, full_name, point
from ward import blocking
from ward_revocation import ask, pointing, under

OFF, BEST_EFFORT = RevocationPolicy.OFF, RevocationPolicy.BEST_EFFORT
IF_PUBLISHED, REQUIRED = RevocationPolicy.IF_PUBLISHED, RevocationPolicy.REQUIRED
PRESETS = (OFF, BEST_EFFORT, IF_PUBLISHED, REQUIRED)
OCSP, CRL = RevocationSource.OCSP, RevocationSource.CRL
NONE, DAY, SECOND = timedelta(0), timedelta(days=1), timedelta(seconds=1)
EVERY_PROFILE = {
    name: getattr(profiles, name) for name in profiles.__all__ if isinstance(getattr(profiles, name), Profile)
}
MAKE: Any = RevocationPolicy
"""For calls that a type checker would refuse."""


class TestPresets:
    @pytest.mark.parametrize(
        ("policy", "name", "unknown"),
        [
            (OFF, "OFF", UnknownStatus.NOT_ASKED),
            (BEST_EFFORT, "BEST_EFFORT", UnknownStatus.WARNING),
            (IF_PUBLISHED, "IF_PUBLISHED", UnknownStatus.UNDECIDED_IF_PUBLISHED),
            (REQUIRED, "REQUIRED", UnknownStatus.UNDECIDED),
        ],
    )
    def test_they_differ_in_one_thing(self, policy: RevocationPolicy, name: str, unknown: UnknownStatus) -> None:
        """Presets differ in what an unknown status leads to; whole chain, both sources, no exception."""
        assert attrs.asdict(policy) == {
            "name": name,
            "unknown": unknown,
            "depth": RevocationDepth.CHAIN,
            "sources": (OCSP, CRL),
            "stale_grace": NONE,
            "clock_skew": timedelta(minutes=5),
            "short_lived": NONE,
        }

    def test_values(self) -> None:
        """Equal by value, hashable, and the same after a pickle."""
        assert [pickle.loads(pickle.dumps(policy)) for policy in PRESETS] == list(PRESETS)
        assert len({*PRESETS, OFF.evolve(), REQUIRED.evolve()}) == len(PRESETS)

    @pytest.mark.parametrize("policy", PRESETS)
    def test_frozen(self, policy: RevocationPolicy) -> None:
        """Nobody loosens a policy in use."""
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            policy.unknown = UnknownStatus.NOT_ASKED  # type: ignore[misc]

    @pytest.mark.parametrize("name", EVERY_PROFILE)
    def test_every_profile_asks_where_something_is_published(self, name: str) -> None:
        """Each profile has IF_PUBLISHED, but where RFC 9190 5.4 asks for more; none grants an exception."""
        expected = RevocationPolicy.REQUIRED if name == "eap_tls_server" else IF_PUBLISHED
        assert EVERY_PROFILE[name].revocation == expected


class TestEvolve:
    def test_the_name_says_so(self) -> None:
        """An evolved policy bears another name, once, unless it is given one."""
        evolved = REQUIRED.evolve(stale_grace=DAY)
        assert (evolved.name, evolved.stale_grace, evolved.unknown) == ("REQUIRED (evolved)", DAY, REQUIRED.unknown)
        assert evolved.evolve(clock_skew=SECOND).name == "REQUIRED (evolved)"
        assert REQUIRED.evolve(name="ward", stale_grace=DAY).name == "ward"
        assert REQUIRED.stale_grace == NONE

    @pytest.mark.parametrize(
        ("field", "longest"),
        [("stale_grace", 31 * DAY), ("clock_skew", DAY), ("short_lived", 10 * DAY)],
    )
    def test_spans_have_bounds(self, field: str, longest: timedelta) -> None:
        """No span is negative or longer than makes sense; the bounds themselves will do."""
        assert getattr(REQUIRED.evolve(**{field: longest}), field) == longest
        for span in (-SECOND, longest + SECOND):
            with pytest.raises(MisuseError, match=field):
                REQUIRED.evolve(**{field: span})

    @pytest.mark.parametrize(
        "call",
        [
            lambda: REQUIRED.evolve(soft_fail=True),
            lambda: REQUIRED.evolve(unknown="warning"),
            lambda: REQUIRED.evolve(depth="leaf"),
            lambda: REQUIRED.evolve(sources=()),
            lambda: REQUIRED.evolve(sources=[CRL]),
            lambda: REQUIRED.evolve(sources=("CRL",)),
            lambda: REQUIRED.evolve(sources=CRL),
            lambda: REQUIRED.evolve(stale_grace=86_400),
            lambda: REQUIRED.evolve(clock_skew=None),
            lambda: REQUIRED.evolve(name=None),
            lambda: MAKE(name="ward"),
            lambda: MAKE("ward", UnknownStatus.WARNING),
            lambda: profiles.rfc5280.evolve(revocation="REQUIRED"),
            lambda: profiles.rfc5280.evolve(revocation=None),
        ],
    )
    def test_what_can_never_be_right_raises_at_once(self, call: Callable[[], object]) -> None:
        """Wrong fields and wrong types are misuse where the policy is made, not where it is asked."""
        with pytest.raises((MisuseError, TypeError), match=r"\w"):
            call()


class TestDigest:
    def test_it_changes_with_the_policy(self) -> None:
        """A verdict names its profile's digest, and no two policies share one, whatever differs."""
        variants = [
            *PRESETS,
            REQUIRED.evolve(name="REQUIRED", depth=RevocationDepth.LEAF),
            REQUIRED.evolve(name="REQUIRED", sources=(CRL, OCSP)),
            REQUIRED.evolve(name="REQUIRED", sources=(CRL,)),
            REQUIRED.evolve(name="REQUIRED", sources=(OCSP,)),
            REQUIRED.evolve(name="REQUIRED", stale_grace=DAY),
            REQUIRED.evolve(name="REQUIRED", clock_skew=DAY),
            REQUIRED.evolve(name="REQUIRED", short_lived=DAY),
        ]
        digests = [profiles.rfc5280.evolve(name="one", revocation=policy).digest for policy in variants]
        assert len(set(digests)) == len(variants)

    def test_it_is_that_of_the_value(self) -> None:
        """Equal policies give equal digests."""
        one, other = (under(REQUIRED.evolve(stale_grace=span)) for span in (DAY, timedelta(hours=24)))
        assert one.digest == other.digest


class TestCriticalDistributionPoints:
    """RFC 5280 4.2.1.13: the extension SHOULD be non-critical; where it is critical, it must be processed."""

    ASKED = pointing(distribution_points(point(full_name(pki.uri(CRL_URL))), critical=True))

    def test_it_is_not_processed_where_no_status_is_asked_for(self) -> None:
        """Under OFF nobody heeds the extension, so the certificate must not be used: 6.1.5 (f)."""
        verdict = ask(self.ASKED, OFF)
        assert (verdict.outcome, blocking(verdict)) == (Outcome.UNTRUSTED, {("extension.critical_unknown", 0)})

    @pytest.mark.parametrize(
        ("policy", "outcome"),
        [(BEST_EFFORT, Outcome.TRUSTED), (IF_PUBLISHED, Outcome.UNDECIDED), (REQUIRED, Outcome.UNDECIDED)],
    )
    def test_it_is_processed_where_one_is(self, policy: RevocationPolicy, outcome: Outcome) -> None:
        """Where a status is asked for, the extension is heeded, and refuses nothing by itself."""
        verdict = ask(self.ASKED, policy)
        assert (verdict.outcome, blocking(verdict), verdict.at) == (outcome, set(), AT)

    @pytest.mark.parametrize("policy", PRESETS)
    def test_a_critical_freshest_crl_is_processed_nowhere(self, policy: RevocationPolicy) -> None:
        """RFC 5280 4.2.1.15: freshestCRL MUST be non-critical; deltas are optional here, so nobody heeds it wholly."""
        freshest = self.ASKED.chain[0].draft.extension("2.5.29.31")._replace(oid="2.5.29.46")
        verdict = ask(pointing(freshest), policy)
        assert blocking(verdict) >= {("extension.critical_unknown", 0)}
        assert verdict.outcome is Outcome.UNTRUSTED
