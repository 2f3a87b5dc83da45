"""Looking ahead: what a verdict will be, and when it changes.

Makes: `look_ahead`, `end_of_admission`, `forecast`, `Period`.
May import: everything below.
Must never: guess. Every answer is the verdict of another moment, worked out as any other.
Read first: `look_ahead`.

Between one ``recheck`` and the next nothing can change, for every comparison with time was recorded. So it is enough
to ask again at each of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence
from devicetrust.findings import Finding
from devicetrust.identity import Reference
from devicetrust.path.moment import NEVER
from devicetrust.path.state import as_time
from devicetrust.verdict import NOT_LOOKED_FURTHER, EvidenceOutlook, Horizon, Judgement, Outcome, Question, Verdict
from devicetrust.verifier import Verifier, seconds_of
from devicetrust.x509.certificate import CertificateLike

__all__ = ["Period", "end_of_admission", "forecast", "look_ahead"]


class Period(NamedTuple):
    """A span ``[start, end)`` of one outcome. ``cause`` is what ends it, as in `Horizon`; None: the span asked for."""

    start: datetime
    end: datetime
    outcome: Outcome
    cause: Finding | None


def look_ahead(
    question: Question,
    at: int,
    outlook: EvidenceOutlook,
    ends: Callable[[Outcome, Outcome], bool] = operator.is_not,
) -> Horizon:
    """How long the outcome of ``at`` stays, asking again at each ``recheck``. ``at`` is in seconds.

    ``ends`` says whether a later outcome is the end of the first one: any other, unless told otherwise.
    """
    held = _held(at, outlook)
    now = first = question.foresee(at, held)
    if held is not None and first.outcome is not question.foresee(at).outcome:
        # An interval in doubt for its evidence ends: were it renewed, there would be no doubt to follow.
        return look_ahead(question, at, EvidenceOutlook.AS_HELD, ends)
    recheck = None if first.recheck >= NEVER else as_time(first.recheck)
    budget = question.profile.budget
    work = 0
    for _ in range(budget.moments):
        if now.recheck >= NEVER:
            return Horizon(None, None, recheck)
        if work > budget.look_ahead:
            break
        later = question.foresee(now.recheck, held)
        work += later.work
        if ends(later.outcome, first.outcome):
            return Horizon(as_time(now.recheck), _cause(now, later), recheck)
        now = later
    return Horizon(recheck, NOT_LOOKED_FURTHER.at(None, "", until=recheck), recheck)


def end_of_admission(verdict: Verdict, outlook: EvidenceOutlook) -> Horizon:
    """Until when what admits goes on to admit, by the rules or by an exception; ``cause`` is what refuses then."""
    return look_ahead(verdict._question, verdict._seconds, outlook, lambda later, _: not later.admits)


def forecast(
    verifier: Verifier,
    leaf: CertificateLike,
    intermediates: Iterable[CertificateLike] = (),
    *,
    reference: Reference | None = None,
    evidence: Evidence | None = None,
    start: datetime,
    end: datetime,
    outlook: EvidenceOutlook = EvidenceOutlook.RENEWED,
) -> list[Period]:
    """The outcomes over ``[start, end)`` (aware datetimes), one period after another, alternative paths included."""
    first, last = seconds_of(start), seconds_of(end)
    if first >= last:
        raise MisuseError(f"the forecast ends ({end.isoformat()}) before it begins ({start.isoformat()})")
    verdict = verifier.verify(leaf, intermediates, reference=reference, evidence=evidence, at=start)
    question = verdict._question
    held = _held(first, outlook)
    now = question.foresee(first, held)
    periods: list[Period] = []
    begun = first
    while True:
        turn = min(now.recheck, last)
        if turn == last:
            return [*periods, Period(as_time(begun), as_time(last), now.outcome, None)]
        later = question.foresee(turn, held)
        if later.outcome is not now.outcome:
            periods.append(Period(as_time(begun), as_time(turn), now.outcome, _cause(now, later)))
            begun = turn
        now = later


def _held(at: int, outlook: EvidenceOutlook) -> int | None:
    """The second for which evidence is read ever after; None: each moment's own."""
    return at if outlook is EvidenceOutlook.RENEWED else None


def _cause(before: Judgement, after: Judgement) -> Finding | None:
    """What refuses from now on, or admits by exception only; or what no longer does."""
    falls_away = after.outcome.admits and before.outcome is not Outcome.TRUSTED
    return before.headline if falls_away else after.headline
