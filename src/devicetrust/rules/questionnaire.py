"""Many rules asked of one certificate, as quickly as that goes.

Makes: `Questionnaire`, `questionnaire`.
May import: findings, x509, rules siblings.
Must never: answer otherwise than `ask` does for each rule alone.
Read first: `Questionnaire.ask`.

Most rules pass, and many are not about the certificate at all. So the answers begin as those of a certificate that
keeps every rule, made once and shared; what concerns several rules is looked at once; and only what is otherwise is put
in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from devicetrust.findings import Finding
from devicetrust.rules.asking import Asked, ask
from devicetrust.rules.rule import Answer, Concern, Needs, Role, Rule
from devicetrust.x509.certificate import Certificate

__all__ = ["Questionnaire", "questionnaire"]


class _Member(NamedTuple):
    """A rule by its place among all, and its check."""

    place: int
    rule: Rule
    check: Callable[..., Iterable[Finding]]


class _Group(NamedTuple):
    """Rules that concern the same certificates, need the same, and came into force together."""

    concerns: Concern | None
    needs: Needs
    begins: int | None
    members: tuple[_Member, ...]


class Questionnaire:
    """Rules, sorted by the role of a certificate and by what they are about."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules: Final = rules
        self._groups: Final = {role: _groups(rules, role) for role in Role}
        self._kept: Final[dict[tuple[Role, int], tuple[Asked, ...]]] = {}
        self._others: Final[dict[tuple[Answer, int], tuple[Asked, ...]]] = {}

    def ask(
        self, certificate: Certificate, index: int, role: Role, issuers: tuple[Certificate, ...], at: int
    ) -> list[Asked]:
        """The answer of each rule, in their order, as `asking.ask` gives it. ``at`` is in seconds."""
        answers = list(self._all_kept(role, index))
        begun = certificate.validity[0]
        for concerns, needs, begins, members in self._groups[role]:
            if concerns is not None:
                try:
                    concerned = concerns(certificate)
                except Exception:  # each is asked by itself, and says that it failed
                    for place, rule, _ in members:
                        answers[place] = ask(rule, certificate, index, role, issuers, at)
                    continue
                if not concerned:
                    self._put(answers, members, Answer.NOT_APPLICABLE, index)
                    continue
            if begins is not None and begun < begins:
                self._put(answers, members, Answer.NOT_YET_IN_FORCE, index)
                continue
            shown = _shown(needs, issuers, at)
            if shown is None:
                self._put(answers, members, Answer.NOT_APPLICABLE, index)
                continue
            for place, rule, check in members:
                try:
                    found = check(certificate, *shown, index)
                    if found:
                        found = tuple(found)
                        if found:
                            answers[place] = Asked(rule, index, Answer.FOUND, found)
                except Exception:  # likewise
                    answers[place] = ask(rule, certificate, index, role, issuers, at)
        return answers

    def _put(self, answers: list[Asked], members: tuple[_Member, ...], answer: Answer, index: int) -> None:
        others = self._others.get((answer, index))
        if others is None:
            others = self._others[answer, index] = tuple(Asked(rule, index, answer, ()) for rule in self.rules)
        for place, _, _ in members:
            answers[place] = others[place]

    def _all_kept(self, role: Role, index: int) -> tuple[Asked, ...]:
        """The answers of a certificate that keeps every rule of its role. There are as many as a chain is long."""
        kept = self._kept.get((role, index))
        if kept is None:
            kept = self._kept[role, index] = tuple(
                Asked(rule, index, Answer.PASSED if role in rule.applies_to else Answer.NOT_APPLICABLE, ())
                for rule in self.rules
            )
        return kept


@lru_cache(maxsize=64)
def questionnaire(rules: tuple[Rule, ...]) -> Questionnaire:
    """The questionnaire of these rules, made once."""
    return Questionnaire(rules)


def _shown(needs: Needs, issuers: tuple[Certificate, ...], at: int) -> tuple[Any, ...] | None:
    """What a check is shown between the certificate and its index; None where there is nothing to show."""
    if needs is Needs.CERTIFICATE:
        return ()
    if needs is Needs.MOMENT:
        return (at,)
    if not issuers:
        return None
    return (issuers,) if needs is Needs.ISSUERS else (issuers, at)


def _groups(rules: tuple[Rule, ...], role: Role) -> tuple[_Group, ...]:
    sorted_out: dict[tuple[Concern | None, Needs, int | None], list[_Member]] = {}
    for place, rule in enumerate(rules):
        if role in rule.applies_to:
            about = rule.concerns, rule.needs, rule.begins
            sorted_out.setdefault(about, []).append(_Member(place, rule, rule.check))
    return tuple(_Group(*about, tuple(members)) for about, members in sorted_out.items())
