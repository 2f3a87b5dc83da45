"""All that the time may be: the outcome that holds for an interval, and until when it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devicetrust import Outcome, Verdict
from devicetrust.verdict import TimeInterval
from pki import AT, validity_time
from pki_revocation import TOMORROW
from ward import SECOND
from ward_status import POINT, asked, crl, device

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
        verdict = asked(DEVICE, crls=minutes, at=TimeInterval(AT, AT + DAY))
        assert (verdict.outcome, verdict.recheck) == (Outcome.UNDECIDED, AT + SECOND)
