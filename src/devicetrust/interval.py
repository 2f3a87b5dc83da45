"""The outcome for all that the time may be.

Makes: `judge_interval`.
May import: everything below the verifier.
Must never: judge a moment; it asks for each.
Read first: `judge_interval`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from devicetrust.findings import rfc3339
from devicetrust.path.budget import Budget
from devicetrust.path.moment import NEVER
from devicetrust.path.state import as_time
from devicetrust.revocation.codes import CLOCK_DOUBT
from devicetrust.verdict import Judgement, Outcome

__all__ = ["judge_interval"]


def judge_interval(judge: Callable[[int], Judgement], at: int, width: int, budget: Budget) -> Judgement:
    """The outcome that holds from ``at`` for the width of the interval; undecided where it does not stay.

    It comes out the same for as long as no turning point leaves the interval at its beginning or enters at its end.
    Where the budget does not reach to its end, nothing is known of any other second. In doubt, what is lacking at
    any second of it is wanted.
    """
    last = min(at + width, NEVER - 1)
    first = now = judge(at)
    turns, work = [(at, first)], first.work
    while now.recheck <= last and len(turns) <= budget.moments and work <= budget.look_ahead:
        turn = now.recheck
        now = judge(turn)
        turns.append((turn, now))
        work += now.work
    outcomes = {judgement.outcome for _, judgement in turns}
    since, recheck = at, at + 1
    chosen: Judgement | None = None
    if now.recheck > last:
        since = max(first.since, now.since - width)
        recheck = min(first.recheck, NEVER if now.recheck >= NEVER else now.recheck - width)
        if len(outcomes) == 1:
            chosen = first
        elif all([outcome.admits for outcome in outcomes]):
            chosen = next(one for _, one in turns if one.outcome is Outcome.TRUSTED_BY_EXCEPTION)
    if chosen is not None:
        return chosen._replace(since=since, recheck=recheck, work=work)
    doubt = CLOCK_DOUBT.at(None, "", readings=_readings(turns, now.recheck))
    return first._replace(
        outcome=Outcome.UNDECIDED,
        findings=(*first.findings, doubt),
        headline=doubt,
        wants=tuple(dict.fromkeys([want for _, one in turns for want in one.wants])),
        since=since,
        recheck=recheck,
        work=work,
    )


# What a person could read.
_MOST_TURNS: Final = 8


def _readings(turns: list[tuple[int, Judgement]], looked_to: int) -> tuple[str, ...]:
    """The outcomes one after another and the seconds that part them: the same from wherever one looks at them."""
    told: list[str] = []
    outcome = turns[0][1].outcome
    for turn, judgement in turns[1:]:
        if judgement.outcome is not outcome:
            told.append(f"{outcome.value} before {rfc3339(as_time(turn))}")
            outcome = judgement.outcome
    end = "after that" if told else f"as far as was looked, to {rfc3339(as_time(looked_to))}"
    more = ["and so on"] if len(told) > _MOST_TURNS else []
    return (*told[:_MOST_TURNS], *(more or [f"{outcome.value} {end}"]))
