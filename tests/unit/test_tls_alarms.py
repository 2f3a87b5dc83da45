"""One cause, one alarm: however many devices are refused, the log has a handful of records, and memory is bounded."""

from __future__ import annotations

import hashlib
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devicetrust.errors import MisuseError
from devicetrust.tls.alarms import Alarm, AlarmKind, GroupedRefusals, RefusalGroups

NIGHT = datetime(2026, 11, 25, 3, 12, tzinfo=UTC)
CA = "CN=Issuing CA X"


def refused(device: int = 1, *, code: str = "validity.expired", about: str | None = CA, proven: bool = True) -> Any:
    """The facts of a refusal."""
    cause = {"code": code, "about": about, "text": f"{about}: it has expired", "proven": proven}
    return {"event": "refused", "certificate": hashlib.sha256(b"%d" % device).hexdigest(), "cause": cause}


def at(seconds: float) -> datetime:
    return NIGHT + timedelta(seconds=seconds)


def noted(groups: RefusalGroups, times: int, seconds: float = 0.001, **cause: Any) -> list[Alarm]:
    """What is told of so many refusals, each of another device, ``seconds`` apart."""
    return [alarm for one in range(times) for alarm in groups.note(refused(one, **cause), at(one * seconds))]


class TestOneCause:
    """Told when it begins, when it has grown tenfold, while it goes on, and when it is over."""

    def test_ten_thousand(self) -> None:
        """10,000 refusals within a minute with one cause are five alarms."""
        told = noted(RefusalGroups(), 10_000)
        assert [one.refusals for one in told] == [1, 10, 100, 1000, 10_000]
        assert [one.kind for one in told] == [AlarmKind.BEGUN] + [AlarmKind.GOES_ON] * 4

    def test_says_how_many_since_when(self) -> None:
        """The sentence has the devices, the times, the beginning and the cause."""
        groups = RefusalGroups()
        noted(groups, 412)
        groups.note(refused(1), at(60))
        [told] = groups.flush()
        assert str(told) == (
            "412 devices refused 413 times since 2026-11-25T03:12:00Z: CN=Issuing CA X: it has expired"
        )
        assert groups.flush() == []

    def test_a_device_that_tries_again_is_one(self) -> None:
        """Devices are counted once."""
        groups = RefusalGroups()
        told = [alarm for one in range(10) for alarm in groups.note(refused(7), at(one))]
        assert [(one.refusals, one.devices) for one in told] == [(1, 1), (10, 1)]

    def test_reminds(self) -> None:
        """What goes on slowly is told every quarter of an hour."""
        told = noted(RefusalGroups(), 9, seconds=300)
        assert [one.last for one in told] == [at(0), at(900), at(1800)]

    def test_over(self) -> None:
        """After a quarter of an hour without one it is over, and the next is a beginning."""
        groups = RefusalGroups()
        noted(groups, 5, seconds=1)
        assert groups.pass_time(at(903)) == []
        [over] = groups.pass_time(at(904))
        assert (over.kind, over.refusals, over.last) == (AlarmKind.OVER, 5, at(4))
        assert len(groups) == 0
        assert [one.kind for one in groups.note(refused(1), at(905))] == [AlarmKind.BEGUN]

    def test_over_is_told_with_another_cause(self) -> None:
        """Whatever comes next moves the time."""
        groups = RefusalGroups()
        noted(groups, 5, seconds=1)
        told = groups.note(refused(1, code="name.mismatch"), at(2000))
        assert [(one.code, one.kind) for one in told] == [
            ("validity.expired", AlarmKind.OVER),
            ("name.mismatch", AlarmKind.BEGUN),
        ]

    def test_what_was_told_is_not_told_again(self) -> None:
        """One refusal is one alarm, and no second one says that it is over."""
        groups = RefusalGroups()
        noted(groups, 1)
        assert groups.pass_time(at(5000)) == []

    def test_a_clock_that_goes_back(self) -> None:
        """Changes nothing but the times."""
        groups = RefusalGroups()
        groups.note(refused(1), at(100))
        assert groups.note(refused(2), at(-100)) == []
        [told] = groups.flush()
        assert (told.refusals, told.last) == (2, at(100))


class TestManyCauses:
    """A stranger can make causes up, and fills no memory with them."""

    def test_made_up_issuers(self) -> None:
        """10,000 issuers that nobody vouches for are sixteen causes, and one for the others."""
        groups, told = RefusalGroups(), []
        for one in range(10_000):
            told += groups.note(refused(one, code="path.no_issuer", about=f"CN={one}", proven=False), at(one / 1000))
        assert len(groups) == 17
        assert len(told) == 16 + 4  # the rest: 1, 10, 100, 1000
        assert (told[-1].about, told[-1].refusals) == (None, 1000)

    def test_they_take_no_place_from_real_ones(self) -> None:
        """What signatures bear out is told by its own name still."""
        groups = RefusalGroups()
        for one in range(1000):
            groups.note(refused(one, about=f"CN={one}", proven=False), at(0))
        [told] = groups.note(refused(1), at(0))
        assert (told.kind, told.about) == (AlarmKind.BEGUN, CA)

    @pytest.mark.parametrize("about", [None, CA])
    def test_any_causes(self, about: str | None) -> None:
        """Codes without an end stay bounded too."""
        groups = RefusalGroups()
        told = [alarm for one in range(2000) for alarm in groups.note(refused(1, code=f"{one}", about=about), at(0))]
        assert len(groups) <= 64 + 64 + 1
        assert len(told) <= 64 + 64 + 4
        assert told[-1].code == "other"

    def test_devices(self) -> None:
        """Of one cause so many devices are counted; from there on it is said that there are more."""
        groups = RefusalGroups()
        told = noted(groups, 10_000)
        assert (told[-1].devices, told[-1].many, told[-1].refusals) == (1024, True, 10_000)
        assert str(told[-1]).startswith("at least 1024 devices refused 10000 times since ")


class Kept(logging.Handler):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def record(facts: dict[str, Any] | None, seconds: float = 0, level: int = logging.WARNING) -> logging.LogRecord:
    """A record of the log."""
    extra = {} if facts is None else {"devicetrust": facts}
    made = {"name": "devicetrust.tls", "levelno": level, "msg": "%s", "args": ("told",), **extra}
    return logging.makeLogRecord({**made, "created": at(seconds).timestamp()})


class TestHandler:
    """Refusals reach the handler behind it grouped, and all else as it is."""

    def test_ten_thousand(self) -> None:
        """A handful of records, each with its facts and the time of the event."""
        kept = Kept()
        handler = GroupedRefusals(kept)
        for one in range(10_000):
            handler.handle(record(refused(one), one / 1000))
        assert len(kept.records) == 5
        last = kept.records[-1]
        assert last.getMessage().startswith("at least 1024 devices refused 10000 times since 2026-11-25T03:12:00Z")
        assert last.created == at(9.999).timestamp()
        told: dict[str, Any] = last.__dict__["devicetrust"]
        assert (told["event"], told["kind"], told["refusals"], told["since"]) == (
            "refusals grouped",
            "goes on",
            10_000,
            "2026-11-25T03:12:00Z",
        )

    def test_all_else_passes(self) -> None:
        """Unchanged, and what is over is told before it."""
        kept = Kept()
        handler = GroupedRefusals(kept)
        for one in range(3):
            handler.handle(record(refused(one)))
        other, plain = record({"event": "admitted"}, 3600), record(None, 3601)
        handler.handle(other)
        handler.handle(plain)
        assert [one.getMessage().partition(" since ")[0] for one in kept.records[:2]] == [
            "1 device refused once",
            "3 devices refused 3 times",
        ]
        assert kept.records[2:] == [other, plain]

    def test_the_level_of_the_target_holds(self) -> None:
        """As `logging` itself has it."""
        kept = Kept()
        kept.setLevel(logging.ERROR)
        GroupedRefusals(kept).handle(record(refused()))
        assert kept.records == []

    def test_time_and_end_of_program(self) -> None:
        """Both tell what was counted."""
        kept = Kept()
        handler = GroupedRefusals(kept)
        for one in range(5):
            handler.handle(record(refused(one)))
        handler.flush()
        handler.handle(record(refused(9)))
        handler.pass_time(at(3600))
        assert [one.__dict__["devicetrust"]["refusals"] for one in kept.records] == [1, 5, 6]

    def test_threads(self) -> None:
        """None is lost between them."""
        kept = Kept()
        handler = GroupedRefusals(kept)
        threads = [
            threading.Thread(target=lambda: [handler.handle(record(refused(1))) for _ in range(500)]) for _ in range(4)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        handler.flush()
        assert kept.records[-1].__dict__["devicetrust"]["refusals"] == 2000


def test_misuse() -> None:
    """No time to wait, or nobody to tell, is said."""
    with pytest.raises(MisuseError, match="greater than nothing"):
        RefusalGroups(quiet=timedelta(0))
    with pytest.raises(MisuseError, match=r"not a str"):
        GroupedRefusals("log.txt")  # type: ignore[arg-type]
