"""All that the time may be: the outcome that holds for an interval, and until when it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devicetrust import Evidence, Outcome, Verdict, profiles
from devicetrust._version import RELEASED
from devicetrust.verdict import TimeInterval
from pki import AT, Authority, key, validity_time
from pki_revocation import TOMORROW
from ward import ISSUING, SECOND
from ward_status import ISSUING_DER, POINT, asked, crl, device, verifier

DEVICE = device(POINT)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def within(earliest: datetime, latest: datetime) -> Verdict:
    return asked(DEVICE, crls=[crl()], at=TimeInterval(earliest, latest))


class TestIntervals:
    def test_an_interval_of_one_second_is_that_second(self) -> None:
        """Both ends count: from AT to AT is AT."""
        assert within(AT, AT) == asked(DEVICE, crls=[crl()])

    @pytest.mark.parametrize(
        ("latest", "expected"), [(TOMORROW, Outcome.TRUSTED), (TOMORROW + SECOND, Outcome.UNDECIDED)]
    )
    def test_the_last_second_counts(self, latest: datetime, expected: Outcome) -> None:
        """RFC 5280 5.1.2.5: nextUpdate itself is in time, the second after it is not."""
        assert within(AT, latest).outcome is expected

    def test_the_readings_are_the_same_from_wherever_one_looks(self) -> None:
        """The whole verdict one second before recheck equals the one before, the doubt in words included."""
        now = within(AT, AT + 36 * HOUR)
        assert now.headline is not None
        assert now.headline.facts["readings"] == (
            "trusted before 2026-06-02T12:00:01Z",
            "undecided after that",
        )
        assert now.recheck == TOMORROW + SECOND
        assert within(TOMORROW, TOMORROW + 36 * HOUR) == within(TOMORROW - SECOND, TOMORROW - SECOND + 36 * HOUR) == now

    def test_all_of_time(self) -> None:
        """An interval may end with the calendar, and its horizon does not go beyond."""
        verdict = within(FIRST, LAST)
        assert verdict.outcome is Outcome.UNDECIDED
        assert verdict.horizon.until == AT + 80 * DAY + SECOND

    def test_more_turning_points_than_the_budget_has_room_for(self) -> None:
        """Where not all of the interval was looked at, nothing is claimed of any later second."""
        minutes = [
            crl(
                number=minute,
                this_update=validity_time(AT + timedelta(minutes=minute)),
                next_update=validity_time(AT + timedelta(minutes=minute + 1)),
            )
            for minute in range(90)
        ]
        few = profiles.rfc5280.budget._replace(moments=30)
        judge = verifier().evolve(profile=profiles.rfc5280.evolve(budget=few))
        verdict = asked(DEVICE, of=judge, crls=minutes, at=TimeInterval(AT, AT + DAY))
        assert (verdict.outcome, verdict.recheck) == (Outcome.UNDECIDED, AT + SECOND)


class TestTheHostsClock:
    def test_the_latest_witness_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A clock that is behind the release and behind verified evidence is told the later of the two."""
        later = datetime.fromtimestamp(RELEASED, UTC) + DAY
        listing = crl(this_update=validity_time(later), next_update=validity_time(later + DAY))
        monkeypatch.setattr("time.time", AT.timestamp)
        verdict = verifier().verify(DEVICE.sealed(ISSUING.key), [ISSUING_DER], evidence=Evidence(crls=[listing]))
        (behind,) = [one for one in verdict.findings if one.code.id == "clock.behind"]
        assert (verdict.outcome, behind.facts["clock"], behind.facts["known"]) == (Outcome.UNDECIDED, AT, later)

    def test_forged_evidence_is_no_witness(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only evidence that verified bears on the clock."""
        later = datetime.fromtimestamp(RELEASED, UTC) + DAY
        forger = Authority(ISSUING.name, key("p256", 7))
        forged = crl(issuer=forger, this_update=validity_time(later), next_update=validity_time(later + DAY))
        monkeypatch.setattr("time.time", lambda: RELEASED)
        verdict = verifier().verify(DEVICE.sealed(ISSUING.key), [ISSUING_DER], evidence=Evidence(crls=[forged]))
        assert "clock.behind" not in {one.code.id for one in verdict.findings}
