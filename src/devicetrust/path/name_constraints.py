"""The name spaces that the CAs of a path leave open: RFC 5280 4.2.1.10, 6.1.3 (b), (c) and 6.1.4 (g).

Makes: `Subtrees`, the immutable permitted_subtrees and excluded_subtrees of the 6.1 state; `Violation`.
May import: path.subtree_bases, x509.
Must never: decide which certificates are exempt (the steps do), or let what cannot be compared pass.
Read first: `Subtrees.violations`.

A name that is malformed, or falls under a malformed constraint of its own form, is UNPROCESSABLE: it fails closed.
Bases are indexed, so a comparison with many costs little. The budget is charged for each pair of a name and a base of
its form all the same, as the RFC's wording compares them, so that the limit means here what it means elsewhere.

How each form of name is compared, and where that departs from the RFCs, is told in `path.subtree_bases`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeAlias

from devicetrust.path.subtree_bases import (
    FORMS,
    Bases,
    OpaqueBases,
    ViolationKind,
    directory_key,
    email_address,
    smtp_utf8_address,
)
from devicetrust.x509.general_names import SMTP_UTF8_MAILBOX, GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.names import EMAIL_ADDRESS, Name

__all__ = ["ComparisonBudget", "Subtrees", "Violation", "ViolationKind"]


class Violation(NamedTuple):
    """A name that the constraints do not let pass: name and constraint as text for people, and the name's field."""

    kind: ViolationKind
    name: str
    constraint: str
    field: str


class ComparisonBudget(Protocol):
    """What pays for comparisons."""

    def spend_name_comparisons(self, count: int, /) -> bool:
        """Take ``count`` comparisons of a name with a constraint; False when so many are not left."""


class Subtrees:
    """The state variables permitted_subtrees and excluded_subtrees, RFC 5280 6.1.2 (b) and (c). Immutable.

    The intersection of permitted subtrees is kept as one level for each certificate that states some: a name lies in
    the intersection when each level of its form has a base that holds it. The union of excluded ones is kept likewise.
    """

    __slots__ = ("_excluded", "_permitted")

    UNCONSTRAINED: ClassVar[Subtrees]

    def __init__(self, permitted: _Levels, excluded: _Levels) -> None:
        self._permitted: Final = permitted
        self._excluded: Final = excluded

    @property
    def is_unconstrained(self) -> bool:
        """Whether every name passes."""
        return not self._permitted and not self._excluded

    def narrowed(self, constraints: NameConstraints) -> Subtrees:
        """What is left under these constraints too: permitted by both, excluded by either.

        RFC 5280 6.1.4 (g); also 6.1.1 (h) and (i), from `UNCONSTRAINED`.
        """
        permitted = _with_level(self._permitted, constraints.permitted)
        distances = dict.fromkeys(base.type for base in constraints.distances)
        for form in distances:
            level = _Level(tuple([base for base in constraints.distances if base.type is form]), OpaqueBases)
            permitted = {**permitted, form: (*permitted.get(form, ()), level)}
        return Subtrees(permitted, _with_level(self._excluded, constraints.excluded))

    def violations(self, subject: Name, names: Iterable[GeneralName], budget: ComparisonBudget) -> Iterator[Violation]:
        """The names of a certificate that the constraints do not let pass: its subject and its alternative names.

        RFC 5280 6.1.3 (b) and (c). Stops where the budget is spent: what was then not looked at has not passed.
        """
        for presented in self._presented(subject, names):
            permitted = self._permitted.get(presented.form, ())
            excluded = self._excluded.get(presented.form, ())
            pairs = sum([len(level.bases) for level in (*permitted, *excluded)])
            if not pairs:
                continue
            if not budget.spend_name_comparisons(pairs):
                return
            yield from _violations(presented, permitted, excluded)

    def _presented(self, subject: Name, names: Iterable[GeneralName]) -> Iterator[_Presented]:
        if not subject.is_empty:
            whole = GeneralName(GeneralNameType.DIRECTORY_NAME, subject)
            yield _Presented(whole.type, whole, _SUBJECT, directory_key)
            if GeneralNameType.RFC822_NAME in self._permitted or GeneralNameType.RFC822_NAME in self._excluded:
                addresses = [GeneralName(GeneralNameType.RFC822_NAME, text) for text in subject.values(EMAIL_ADDRESS)]
                for address in [whole] if subject.is_malformed else addresses:
                    yield _Presented(GeneralNameType.RFC822_NAME, address, _SUBJECT, email_address)
        for index, name in enumerate(names):
            field = f"{_SUBJECT_ALTERNATIVE_NAME}[{index}]"
            yield _Presented(name.type, name, field, FORMS[name.type].read)
            if name.type_id == SMTP_UTF8_MAILBOX and name.type is GeneralNameType.OTHER_NAME:
                yield _Presented(GeneralNameType.RFC822_NAME, name, field, smtp_utf8_address)


_SUBJECT: Final = "tbsCertificate.subject"
_SUBJECT_ALTERNATIVE_NAME: Final = "tbsCertificate.extensions.subjectAltName"


class _Presented(NamedTuple):
    """A name to be judged: the form whose constraints bind it, where it stands, and what reads it for comparison."""

    form: GeneralNameType
    name: GeneralName
    field: str
    read: Callable[[GeneralName], Any]


class _Level:
    """The bases of one form that one certificate states; indexed when a name is first compared with them."""

    __slots__ = ("_index", "_kind", "bases")

    def __init__(self, bases: tuple[GeneralName, ...], kind: type[Bases]) -> None:
        self.bases: Final = bases
        self._kind: Final = kind
        self._index: Bases | None = None

    @property
    def index(self) -> Bases:
        if self._index is None:
            self._index = self._kind(self.bases)
        return self._index


_Levels: TypeAlias = Mapping[GeneralNameType, tuple[_Level, ...]]

Subtrees.UNCONSTRAINED = Subtrees({}, {})


def _with_level(levels: _Levels, bases: tuple[GeneralName, ...]) -> _Levels:
    by_form: dict[GeneralNameType, list[GeneralName]] = {}
    for base in bases:
        by_form.setdefault(base.type, []).append(base)
    added = {
        form: (*levels.get(form, ()), _Level(tuple(of_form), FORMS[form].bases)) for form, of_form in by_form.items()
    }
    return {**levels, **added}


def _violations(
    presented: _Presented, permitted: tuple[_Level, ...], excluded: tuple[_Level, ...]
) -> Iterator[Violation]:
    """At most one violation of the excluded levels and one of the permitted ones; or that nothing can be said."""
    for level in (*permitted, *excluded):
        if level.index.malformed is not None:
            yield _violation(ViolationKind.UNPROCESSABLE, presented, (level.index.malformed,))
            return
    reading = presented.read(presented.name)
    if reading is None:
        yield _violation(ViolationKind.UNPROCESSABLE, presented, (*permitted, *excluded)[0].bases)
        return
    for level in excluded:
        base = level.index.touching(reading)
        if base is not None:
            yield _violation(level.index.inside, presented, (base,))
            break
    for level in permitted:
        if not level.index.covers(reading):
            yield _violation(level.index.outside, presented, level.bases)
            break


def _violation(kind: ViolationKind, presented: _Presented, bases: tuple[GeneralName, ...]) -> Violation:
    constraint = ", ".join([str(base) for base in bases[:_SHOWN]])
    if len(bases) > _SHOWN:
        constraint += f" and {len(bases) - _SHOWN} more"
    return Violation(kind, str(presented.name), constraint, presented.field)


_SHOWN: Final = 3
