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
from typing import Any, Final, NamedTuple, TypeAlias

from devicetrust.findings import Finding
from devicetrust.rules.asking import Asked, ask
from devicetrust.rules.rule import Answer, Concern, Needs, Role, Rule
from devicetrust.x509.certificate import Certificate

__all__ = ["Questionnaire", "questionnaire"]


# Bare tuples: Python takes a named one apart at five times the cost, and there are two hundred to take apart.
_Member: TypeAlias = tuple[int, Rule, Callable[..., Iterable[Finding]]]
"""A rule with its place among all and its check."""
_Group: TypeAlias = tuple[Concern | None, int | None, Needs, bool, tuple[_Member, ...]]
"""Rules that concern the same certificates, came into force together and are shown the same.

That is whom they concern, since when, what they need, whether that is the certificate alone, and the rules.
"""


class _Sheet(NamedTuple):
    """What is asked of the certificates in one place: the groups that apply there, and the answers made beforehand.

    ``kept`` are the answers of a certificate that keeps every rule. There are as many sheets as a chain is long.
    """

    groups: tuple[_Group, ...]
    kept: tuple[Asked, ...]
    not_applicable: tuple[Asked, ...]
    not_yet_in_force: tuple[Asked, ...]


class Questionnaire:
    """Rules, sorted by the place of a certificate and by what they are about."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules: Final = rules
        self._sheets: Final[dict[tuple[Role, int, bool], _Sheet]] = {}

    def ask(
        self, certificate: Certificate, index: int, role: Role, issuers: tuple[Certificate, ...], at: int
    ) -> tuple[list[Asked], list[Finding]]:
        """The answer of each rule, in their order, as `asking.ask` gives it, and all findings. ``at`` is in seconds."""
        sheet = self._sheet(role, index, bool(issuers))
        answers = list(sheet.kept)
        broken: list[int] = []
        begun = certificate.validity[0]
        for concerns, begins, needs, is_alone, members in sheet.groups:
            if concerns is not None:
                try:
                    concerned = concerns(certificate)
                except Exception:  # each is asked by itself, and says that it failed
                    for place, rule, _ in members:
                        answers[place] = ask(rule, certificate, index, role, issuers, at)
                        broken.append(place)
                    continue
                if not concerned:
                    for place, _, _ in members:
                        answers[place] = sheet.not_applicable[place]
                    continue
            if begins is not None and begun < begins:
                for place, _, _ in members:
                    answers[place] = sheet.not_yet_in_force[place]
                continue
            shown = () if is_alone else _shown(needs, issuers, at)
            for place, rule, check in members:
                try:
                    found = check(certificate, index) if is_alone else check(certificate, *shown, index)
                    if found or found is None:  # a check that gives None has not answered, and fails below
                        found = tuple(found)
                        if found:
                            answers[place] = _new(Asked, (rule, index, _FOUND, found))
                            broken.append(place)
                except Exception:  # likewise
                    answers[place] = ask(rule, certificate, index, role, issuers, at)
                    broken.append(place)
        broken.sort()
        return answers, [finding for place in broken for finding in answers[place].findings]

    def _sheet(self, role: Role, index: int, has_issuers: bool) -> _Sheet:
        sheet = self._sheets.get((role, index, has_issuers))
        if sheet is None:
            asked = [role in rule.applies_to and (has_issuers or rule.needs not in _OF_ISSUERS) for rule in self.rules]
            not_applicable, not_yet_in_force, passed = (
                tuple(Asked(rule, index, answer, ()) for rule in self.rules)
                for answer in (Answer.NOT_APPLICABLE, Answer.NOT_YET_IN_FORCE, Answer.PASSED)
            )
            sheet = self._sheets[role, index, has_issuers] = _Sheet(
                _groups(self.rules, asked),
                tuple(
                    keeps if is_asked else leaves
                    for is_asked, keeps, leaves in zip(asked, passed, not_applicable, strict=True)
                ),
                not_applicable,
                not_yet_in_force,
            )
        return sheet


@lru_cache(maxsize=64)
def questionnaire(rules: tuple[Rule, ...]) -> Questionnaire:
    """The questionnaire of these rules, made once."""
    return Questionnaire(rules)


_FOUND: Final = Answer.FOUND
_OF_ISSUERS: Final = (Needs.ISSUERS, Needs.ISSUERS_AND_MOMENT)
_new: Final = tuple.__new__  # as in `findings`


def _shown(needs: Needs, issuers: tuple[Certificate, ...], at: int) -> tuple[Any, ...]:
    """What a check is shown between the certificate and its index."""
    if needs is Needs.MOMENT:
        return (at,)
    return (issuers,) if needs is Needs.ISSUERS else (issuers, at)


def _groups(rules: tuple[Rule, ...], asked: list[bool]) -> tuple[_Group, ...]:
    sorted_out: dict[tuple[Concern | None, int | None, Needs], list[_Member]] = {}
    for place, (rule, is_asked) in enumerate(zip(rules, asked, strict=True)):
        if is_asked:
            about = rule.concerns, rule.begins, rule.needs
            sorted_out.setdefault(about, []).append((place, rule, rule.check))
    return tuple(
        (concerns, begins, needs, needs is Needs.CERTIFICATE, tuple(members))
        for (concerns, begins, needs), members in sorted_out.items()
    )
