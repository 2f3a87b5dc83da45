"""The figures of the conformance suites, for people: ``make conformance``.

Makes: text on standard output. It judges nothing; the tests beside it do.
May import: devicetrust, and the loaders of this folder.
Must never: fail because data is absent; it says what was left out.
Read first: `main`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import at_hand
from conformance import limbo, pkits, samples
from devicetrust import MisuseError, Outcome, Profile, Reference, Verdict, profiles


def main() -> None:
    """All figures, suite by suite."""
    for lines in (_limbo(), _pkits(), _samples()):
        print("\n".join(lines), end="\n\n")


class _Answer(NamedTuple):
    """One case of limbo, what came out, and how long that took in seconds, the horizon included."""

    case: dict[str, Any]
    profile: str
    verdict: Verdict
    seconds: float

    @property
    def accepted(self) -> bool:
        return self.verdict.outcome.admits

    @property
    def matches(self) -> bool:
        expected: str = self.case["expected_result"]
        return self.accepted == (expected == "SUCCESS")


def _limbo() -> Iterator[str]:
    path = limbo.location()
    if path is None:
        yield "limbo: not at hand; set DEVICETRUST_LIMBO, or put it beside the checkout as ../shared/conformance"
        return
    expected = limbo.expectations()
    answers = [_answer(case, expected) for case in limbo.cases(path).values()]
    yield f"limbo: {sum(answer.matches for answer in answers)} of {len(answers)} as limbo expects"
    profile_totals = Counter(answer.profile for answer in answers)
    profile_matches = Counter(answer.profile for answer in answers if answer.matches)
    for name, total in profile_totals.most_common():
        yield f"  {name:18} {profile_matches[name]:3} of {total}"
    for title, accepted in (("false accepts", True), ("false rejects", False)):
        wrong = [answer for answer in answers if not answer.matches and answer.accepted is accepted]
        yield f"  {title}: {len(wrong)}"
        for answer in wrong:
            yield f"    {answer.case['id']}"
            yield f"      {_why(answer, expected)}"
    reviewed = sum(_as_reviewed(answer, expected) for answer in answers)
    yield f"  refusals with the reviewed code on the reviewed certificate: {reviewed} of {len(expected.refused)}"
    slowest = max(answers, key=lambda answer: answer.seconds)
    yield f"  slowest: {slowest.seconds:.3f} s, {slowest.case['id']}"


def _answer(case: dict[str, Any], expected: limbo.Expectations) -> _Answer:
    begin = time.perf_counter()
    try:
        reference = limbo.reference_of(case)
    except MisuseError:
        reference = Reference.UNCHECKED
    verdict = limbo.ask(case, expected, reference)
    _ = verdict.horizon
    return _Answer(case, verdict.profile.name, verdict, time.perf_counter() - begin)


def _as_reviewed(answer: _Answer, expected: limbo.Expectations) -> bool:
    refusal = expected.refused.get(answer.case["id"])
    headline = answer.verdict.headline
    if refusal is None or headline is None:
        return False
    return (headline.code.id, headline.where.certificate) == refusal.headline


def _why(answer: _Answer, expected: limbo.Expectations) -> str:
    entry = expected.divergences.get(answer.case["id"])
    return f"by choice: {entry.reason}" if entry else f"NOT EXPLAINED: {answer.verdict.headline}"


def _pkits() -> Iterator[str]:
    expected = pkits.expectations()
    tests = pkits.tests().values()
    verdicts = {test.id: pkits.ask(test) for test in tests}
    right = {test.id for test in tests if _as_pkits(test, verdicts[test.id])}
    yield f"PKITS, status required: {len(right)} of {len(tests)} as PKITS expects, policy sets included"
    dsa = next(test for test in tests if test.id == "4.1.4")
    if dsa.id not in right and _as_pkits(dsa, pkits.ask(dsa, pkits.WITHDRAWN)):
        yield f"  {len(right) + 1} where a strength policy names DSA and SHA-1, which 4.1.4 is about"
    for section in dict.fromkeys(test.section for test in tests):
        ids = [test.id for test in tests if test.section == section]
        yield f"  {section:5} {sum(id in right for id in ids):3} of {len(ids)}"
    for id in sorted({test.id for test in tests} - right, key=_in_order):
        entry = expected.divergences.get(id)
        yield f"  {id}: {entry.reason if entry else f'NOT EXPLAINED: {verdicts[id].headline}'}"


def _in_order(id: str) -> list[int]:
    return [int(part) for part in id.split(".")]


def _as_pkits(test: pkits.PkitsTest, verdict: Verdict) -> bool:
    policies = test.policies is None or verdict.user_constrained_policies == test.policies
    return (verdict.outcome is Outcome.TRUSTED) is test.valid and policies


def _samples() -> Iterator[str]:
    shared = at_hand.shared()
    folder = None if shared is None else shared / "samples"
    if folder is None or not folder.is_dir():
        yield "samples: not at hand; set DEVICETRUST_SHARED, or put the folder beside the checkout as ../shared"
        return
    roots = samples.tpm_roots(folder)
    yield f"samples: {sum(root.unreadable is None for root in roots)} of {len(roots)} roots of TPM makers read"
    for profile in (profiles.rfc5280_tolerant, profiles.rfc5280):
        yield from _tpm(folder, profile)
    for question in samples.QUESTIONS:
        verdict = samples.ask(folder, question)
        until = verdict.horizon.until
        told = "no date ends it" if until is None else f"until {until.isoformat()}"
        if verdict.headline is not None and not verdict.outcome.admits:
            told = verdict.headline.code.id
        yield f"  {question!s:66} {verdict.outcome.value:9}  {told}"


def _tpm(folder: Path, profile: Profile) -> Iterator[str]:
    verdicts = samples.ask_tpm(folder, profile)
    trusted = sum(verdict.outcome is Outcome.TRUSTED for verdict in verdicts)
    yield f"  {profile.name}: {trusted} of {len(verdicts)} intermediates of TPM makers trusted"
    for verdict in verdicts:
        if not verdict.outcome.admits:
            yield f"    {verdict.question['leaf'][:16]} {verdict.headline}"


if __name__ == "__main__":
    main()
