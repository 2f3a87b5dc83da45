"""One cause, one alarm: refusals of many devices are told as what they have in common.

Makes: `RefusalGroups`, `Alarm`, `AlarmKind`, `GroupedRefusals`.
May import: errors, findings; events.
Must never: know the time or start a thread; grow with the number of peers; let a stranger crowd out a real cause.
Read first: `RefusalGroups.note`.

A CA that ends refuses a whole hospital in a minute, and each device tries again. Each cause is told when it begins,
when its refusals have grown tenfold, as long as it goes on every quarter of an hour, and when it is over.
"""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from devicetrust.errors import MisuseError
from devicetrust.findings import rfc3339
from devicetrust.tls.counts import OTHER
from devicetrust.tls.events import LOGGER, Event

__all__ = ["Alarm", "AlarmKind", "GroupedRefusals", "RefusalGroups"]

# Ours. Names of issuers that signatures bear out are few, whatever strangers present; those that nobody vouches for
# get a share of their own, so that they take no place from the others.
_MOST: Final = {True: 64, False: 16, None: 64}
_MOST_DEVICES: Final = 1024
_OCTETS_OF_DEVICE: Final = 8  # of the fingerprint: to count by, not to identify


class AlarmKind(enum.Enum):
    """Where in its course a cause stands."""

    BEGUN = "begun"
    GOES_ON = "goes on"
    OVER = "over"


@attrs.frozen(kw_only=True)
class Alarm:
    """What is told of a cause: how many refusals and devices, since when, and when the last was (aware UTC).

    ``devices`` counts certificates; ``many`` says that it is the most that is counted, and there are more.
    """

    kind: AlarmKind
    code: str
    about: str | None
    text: str
    refusals: int
    devices: int
    many: bool
    since: datetime
    last: datetime

    def __str__(self) -> str:
        times = f"{self.refusals} times" if self.refusals > 1 else "once"
        devices = f"{'at least ' if self.many else ''}{self.devices} device{'' if self.devices == 1 else 's'}"
        who = f"{devices} refused {times}" if self.devices else f"refused {times}, nobody named"
        over = f", the last at {_clock(self.last)}" if self.kind is AlarmKind.OVER else ""
        return f"{who} since {_clock(self.since)}{over}: {self.text}"

    def facts(self) -> dict[str, Any]:
        """The alarm as plain values."""
        plain = attrs.asdict(self)
        times = {"since": rfc3339(self.since), "last": rfc3339(self.last)}
        return {**plain, **times, "event": Event.REFUSALS_GROUPED.value, "kind": self.kind.value}


class _Group:
    """The refusals of one cause so far."""

    __slots__ = ("about", "code", "devices", "last", "many", "refusals", "since", "text", "told", "told_at")

    def __init__(self, code: str, about: str | None, text: str, at: datetime) -> None:
        self.code, self.about, self.text = code, about, text
        self.since = self.last = self.told_at = at
        self.refusals = self.told = 0
        self.devices: set[bytes] = set()
        self.many = False

    def add(self, device: bytes | None, at: datetime) -> None:
        self.refusals += 1
        self.last = max(self.last, at)
        if device is None or device in self.devices:
            return
        if len(self.devices) < _MOST_DEVICES:
            self.devices.add(device)
        else:
            self.many = True

    def alarm(self, kind: AlarmKind) -> Alarm:
        self.told, self.told_at = self.refusals, self.last
        return Alarm(
            kind=kind,
            code=self.code,
            about=self.about,
            text=self.text,
            refusals=self.refusals,
            devices=len(self.devices),
            many=self.many,
            since=self.since,
            last=self.last,
        )


class RefusalGroups:
    """Groups refusals by their cause. Time is that of the events; bounded whatever comes; not thread-safe by itself.

    ``remind`` is how long a cause that goes on is not told again, ``quiet`` how long there must be no refusal until it
    is over.
    """

    def __init__(self, *, remind: timedelta = timedelta(minutes=15), quiet: timedelta = timedelta(minutes=15)) -> None:
        if remind <= timedelta(0) or quiet <= timedelta(0):
            raise MisuseError("remind and quiet are times greater than nothing")
        self._remind, self._quiet = remind, quiet
        self._groups: dict[tuple[str, str | None, bool], _Group] = {}
        self._look_at: datetime | None = None

    def __len__(self) -> int:
        return len(self._groups)

    def note(self, facts: Mapping[str, Any], at: datetime) -> list[Alarm]:
        """Take in a refusal (the ``devicetrust`` attribute of its record) at ``at``; what is to be told now."""
        alarms = self._ended(at)
        cause = facts["cause"]
        group = self._group(cause, at)
        group.add(_device(facts.get("certificate")), at)
        if group.refusals == 1:
            alarms.append(group.alarm(AlarmKind.BEGUN))
        elif group.refusals >= 10 * group.told or at - group.told_at >= self._remind:
            alarms.append(group.alarm(AlarmKind.GOES_ON))
        return alarms

    def pass_time(self, at: datetime) -> list[Alarm]:
        """What is to be told because it is ``at``, and no refusal came: which causes are over."""
        return self._ended(at)

    def flush(self) -> list[Alarm]:
        """All that was counted and not told yet."""
        return [one.alarm(AlarmKind.GOES_ON) for one in self._groups.values() if one.refusals > one.told]

    def _ended(self, at: datetime) -> list[Alarm]:
        if self._look_at is not None and at < self._look_at:
            return []
        over = [key for key, one in self._groups.items() if at - one.last >= self._quiet]
        ended = [self._groups.pop(key) for key in over]
        self._look_at = min((one.last for one in self._groups.values()), default=at) + self._quiet
        return [one.alarm(AlarmKind.OVER) for one in ended if one.refusals > one.told]

    def _group(self, cause: Mapping[str, Any], at: datetime) -> _Group:
        code, about, text, proven = cause["code"], cause["about"], cause["text"], cause["proven"]
        key = (code, about, proven)
        if key not in self._groups and about is not None and self._is_full(proven):
            key, about, text = (code, None, False), None, f"{code}, of several issuers"
        if key not in self._groups and about is None and self._is_full(None):
            key, code, text = (OTHER, None, False), OTHER, "several causes"
        return self._groups.setdefault(key, _Group(code, about, text, at))

    def _is_full(self, proven: bool | None) -> bool:
        """Whether all places are taken of causes that name a CA, proven or not; None: of those that name none."""
        kinds = [None if about is None else vouched for _, about, vouched in self._groups]
        return kinds.count(proven) >= _MOST[proven]


class GroupedRefusals(logging.Handler):
    """A handler that hands refusals to ``target`` grouped by cause, and all else as it is.

    It goes before the handler that would be flooded: ``LOGGER.addHandler(GroupedRefusals(mail))``. That a cause is over
    is told with the next record that comes, or by `pass_time`, which whoever has a timer may call. Thread-safe.
    """

    def __init__(self, target: logging.Handler, groups: RefusalGroups | None = None) -> None:
        if not isinstance(target, logging.Handler):
            raise MisuseError(f"target is a logging.Handler, not a {type(target).__name__}")
        super().__init__()
        self._guarded = threading.RLock()  # as `lock` of a handler, which it may lack
        self.target = target
        self.groups = RefusalGroups() if groups is None else groups

    def emit(self, record: logging.LogRecord) -> None:
        """One record of the log."""
        with self._guarded:
            self._take(record)

    def _take(self, record: logging.LogRecord) -> None:
        facts, at = getattr(record, "devicetrust", None), datetime.fromtimestamp(record.created, UTC)
        if isinstance(facts, dict) and "cause" in facts:
            self._tell(self.groups.note(facts, at), record.name, at)
            return
        self._tell(self.groups.pass_time(at), record.name, at)
        self._hand_on(record)

    def pass_time(self, at: datetime) -> None:
        """Tell of what is over at ``at`` (aware)."""
        with self._guarded:
            self._tell(self.groups.pass_time(at), LOGGER.name, at)

    def flush(self) -> None:
        """Tell all that was counted, as at the end of the program."""
        with self._guarded:
            for one in self.groups.flush():
                self._tell([one], LOGGER.name, one.last)
        self.target.flush()

    def _tell(self, alarms: list[Alarm], name: str, at: datetime) -> None:
        seconds = at.timestamp()
        for alarm in alarms:
            told = {
                "name": name,
                "levelno": logging.WARNING,
                "levelname": logging.getLevelName(logging.WARNING),
                "msg": "%s",
                "args": (str(alarm),),
                "created": seconds,
                "msecs": seconds % 1 * 1000,
                "devicetrust": alarm.facts(),
            }
            self._hand_on(logging.makeLogRecord(told))

    def _hand_on(self, record: logging.LogRecord) -> None:
        if record.levelno >= self.target.level:
            self.target.handle(record)


def _device(fingerprint: object) -> bytes | None:
    return bytes.fromhex(fingerprint)[:_OCTETS_OF_DEVICE] if isinstance(fingerprint, str) else None


def _clock(moment: datetime) -> str:
    return rfc3339(moment.replace(microsecond=0))
