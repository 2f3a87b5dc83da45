"""The same question again, with this version of the library: the same answer, or the difference.

Makes: `replay`, `Replay`, `Difference`, `DifferencePart`.
May import: recording siblings and below.
Must never: judge by a profile that is not the recorded one, unless the caller hands it over and it is said.
Read first: `replay`.
"""

from __future__ import annotations

import enum
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import attrs

from devicetrust._version import __version__
from devicetrust.errors import DeviceTrustError, MisuseError, UnreadableInput
from devicetrust.findings import printable, rfc3339
from devicetrust.path.budget import Budget
from devicetrust.path.state import as_time
from devicetrust.profiles.profile import Profile
from devicetrust.recording.contents import Answer, RecordedEnd, answer_of, digests_of, question_of
from devicetrust.recording.document import Record, load
from devicetrust.recording.values import read
from devicetrust.verdict import Outcome, Verdict
from devicetrust.x509.certificate import CRYPTOGRAPHY_VERSION

__all__ = ["SCHEMA", "Difference", "DifferencePart", "Replay", "replay"]

SCHEMA: Final = "devicetrust.replay/1"
"""Names the layout of `Replay.to_dict`. The number rises with every key that comes, goes or changes."""


class DifferencePart(enum.Enum):
    """What of a verdict, or of what it rests on, is not as it was recorded."""

    INPUT = "input"
    OUTCOME = "outcome"
    HEADLINE = "headline"
    FINDING = "finding"
    PATH = "path"
    POLICIES = "policies"
    HORIZON = "horizon"
    LIFETIME = "lifetime"
    WANT = "want"


class Difference(NamedTuple):
    """One thing that is not as it was recorded. ``recorded`` and ``replayed`` are for people; None: it was not there.

    A finding that came has no ``recorded``, one that went no ``replayed``. An input that cannot be had has no
    ``replayed`` either, and then there is no verdict.
    """

    part: DifferencePart
    recorded: str | None
    replayed: str | None

    def __str__(self) -> str:
        was = "nothing" if self.recorded is None else self.recorded
        now = "nothing" if self.replayed is None else self.replayed
        return printable(f"{self.part.value}: recorded {was}; now {now}")


@attrs.frozen(kw_only=True)
class Replay:
    """What came of asking again. ``same`` says whether it was the same; a replay itself is neither true nor false.

    ``verdict`` is the new one, None where the recorded profile cannot be had. ``recorded_by`` and ``replayed_by`` are
    versions by the names of the packages.
    """

    at: datetime
    outcome: Outcome
    verdict: Verdict | None
    differences: tuple[Difference, ...]
    recorded_by: tuple[tuple[str, str], ...]
    replayed_by: tuple[tuple[str, str], ...]

    @property
    def same(self) -> bool:
        """Whether the question was asked again as it was recorded, and the answer was the same."""
        return self.verdict is not None and not self.differences

    def explain(self) -> str:
        """A line that says what came of it, and one for each difference."""
        recorded = f"{self.outcome.value} at {rfc3339(self.at)}, recorded by {_versions(self.recorded_by)}"
        if self.same:
            return f"the same: {recorded}; replayed by {_versions(self.replayed_by)}"
        word = "cannot be replayed" if self.verdict is None else "different"
        return "\n".join(
            [f"{word}: {recorded}; replayed by {_versions(self.replayed_by)}", *map(str, self.differences)]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON. ``verdict`` is as `Verdict.to_dict` has it, or None."""
        return {
            "schema": SCHEMA,
            "same": self.same,
            "at": rfc3339(self.at),
            "outcome": self.outcome.value,
            "differences": [
                {"part": one.part.value, "recorded": one.recorded, "replayed": one.replayed} for one in self.differences
            ],
            "recorded_by": dict(self.recorded_by),
            "replayed_by": dict(self.replayed_by),
            "verdict": None if self.verdict is None else self.verdict.to_dict(),
        }

    def __bool__(self) -> bool:
        raise MisuseError("a replay is neither true nor false: ask replay.same")


def replay(record: bytes | str | os.PathLike[str], *, profile: Profile | None = None) -> Replay:
    """Asks again what a record of `Verdict.record` asked, given as octets or as the path of a file.

    The profile is the recorded one to the last field, by its digest; where it cannot be made here there is no verdict,
    and a difference says why. ``profile`` is one to judge by in its place, such as one with rules of your own; where it
    is another, a difference says so. Raises `UnreadableInput` for what is no record.

    What a record says is not trusted for being there, but its anchors are: a replay proves nothing about a device.
    """
    if profile is not None and not isinstance(profile, Profile):
        raise MisuseError(f"profile is a Profile, such as profiles.tls_client, not a {type(profile).__name__}")
    recorded = load(record)
    judged_by, differences = _profile(recorded, profile)
    verdict = None if judged_by is None else _asked_again(recorded, judged_by)
    if verdict is not None:
        differences += _inputs_that_differ(recorded.question, digests_of(verdict))
        differences += _differences(recorded.answer, answer_of(verdict))
    return Replay(
        at=as_time(recorded.inputs.moment),
        outcome=recorded.answer.outcome,
        verdict=verdict,
        differences=tuple(differences),
        recorded_by=_stated_versions(recorded.question),
        replayed_by=(("cryptography", CRYPTOGRAPHY_VERSION), ("devicetrust", __version__)),
    )


# Ours: a record of ten times the work that a profile allows by default still ends within seconds.
_MOST_WORK: Final = 10


def _profile(recorded: Record, given: Profile | None) -> tuple[Profile | None, list[Difference]]:
    """The profile to judge by, and what is to be said of it: the recorded one, or the caller's, never another."""
    stated = recorded.question.get("profile")
    name, edition, digest = (str(_entry(stated, key)) for key in ("name", "edition", "digest"))
    called = f"the profile {name} {edition} (digest {digest[:16]})"
    if given is not None:
        same = given.digest.hex() == digest
        now = f"the profile {given.name} {given.edition} (digest {given.digest.hex()[:16]})"
        return given, [] if same else [Difference(DifferencePart.INPUT, called, now)]
    try:
        profile: Profile = read(Profile, recorded.profile)
        _check_bounds(profile)
    except UnreadableInput as problem:
        return None, [Difference(DifferencePart.INPUT, f"{called}, which cannot be made here: {problem}", None)]
    if profile.digest.hex() != digest:
        reason = "which cannot be made here: what its fields make is another"
        return None, [Difference(DifferencePart.INPUT, f"{called}, {reason}", None)]
    return profile, []


def _check_bounds(profile: Profile) -> None:
    """A record is a stranger's: it does not decide how long a replay takes."""
    for limit, usual in Budget._field_defaults.items():
        if not 0 <= getattr(profile.budget, limit) <= usual * _MOST_WORK:
            raise UnreadableInput(f"its budget of {limit} is beyond what a record may ask for; pass profile=...")


def _asked_again(recorded: Record, profile: Profile) -> Verdict:
    """Asked of a verifier that was never asked before."""
    try:
        question = question_of(recorded.inputs, profile)
    except (DeviceTrustError, LookupError, RecursionError, TypeError, ValueError) as problem:
        raise UnreadableInput(f"the record is damaged: {problem}") from None
    seconds = recorded.inputs.moment
    return Verdict(question.judge(seconds), seconds, question)


def _inputs_that_differ(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """What was damaged in the record, or is counted otherwise by now. The profile was looked at before."""
    for key in now:
        if key not in ("versions", "profile") and recorded.get(key) != now[key]:
            yield Difference(DifferencePart.INPUT, f"{key} {_short(recorded.get(key))}", f"{key} {_short(now[key])}")


def _differences(recorded: Answer, now: Answer) -> Iterator[Difference]:
    if recorded.outcome is not now.outcome:
        yield Difference(DifferencePart.OUTCOME, recorded.outcome.value, now.outcome.value)
    if recorded.headline != now.headline:
        yield Difference(DifferencePart.HEADLINE, _or_none(recorded.headline), _or_none(now.headline))
    yield from _gone_and_come(DifferencePart.FINDING, recorded.findings, now.findings)
    if recorded.path != now.path:
        yield Difference(DifferencePart.PATH, _path(recorded.path), _path(now.path))
    if recorded.policies != now.policies:
        policies = (", ".join(sorted(one)) or "none" for one in (recorded.policies, now.policies))
        yield Difference(DifferencePart.POLICIES, *policies)
    if recorded.horizon != now.horizon:
        yield Difference(DifferencePart.HORIZON, _end(recorded.horizon), _end(now.horizon))
    if recorded.lifetime != now.lifetime:
        yield Difference(DifferencePart.LIFETIME, _end(recorded.lifetime), _end(now.lifetime))
    yield from _gone_and_come(DifferencePart.WANT, recorded.wants, now.wants)


def _gone_and_come(part: DifferencePart, recorded: Sequence[object], now: Sequence[object]) -> Iterator[Difference]:
    before, after = dict.fromkeys(recorded), dict.fromkeys(now)
    yield from (Difference(part, str(one), None) for one in before if one not in after)
    yield from (Difference(part, None, str(one)) for one in after if one not in before)


def _or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _path(fingerprints: tuple[bytes, ...]) -> str:
    return " < ".join(one.hex()[:16] for one in fingerprints)


def _end(end: RecordedEnd) -> str:
    until = "no date ends it" if end.until is None else f"until {rfc3339(end.until)}"
    return until + ("" if end.cause is None else f" ({end.cause})")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


# Ours: enough of a fingerprint in a list to find it by.
_LONGEST_SHOWN: Final = 120


def _entry(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _stated_versions(question: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    versions = question.get("versions")
    stated = versions.items() if isinstance(versions, Mapping) else ()
    return tuple(sorted((str(name), str(version)) for name, version in stated))


def _versions(versions: tuple[tuple[str, str], ...]) -> str:
    return printable(" with ".join(f"{name} {version}" for name, version in reversed(versions))) or "nobody knows what"
