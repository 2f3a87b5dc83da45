"""What a rule is.

Makes: `Rule`, `Role`, `Needs`, `Answer`, the decorators `rule`, `chain_rule`, `moment_rule` and `chain_moment_rule`.
May import: findings, x509.
Must never: keep a list of the rules made.
Read first: `Rule`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib import import_module
from typing import Any, Final, TypeAlias

from devicetrust.findings import Code, Finding
from devicetrust.x509.certificate import Certificate

__all__ = [
    "DATED",
    "Answer",
    "ChainCheck",
    "ChainMomentCheck",
    "CheckFunction",
    "Concern",
    "MomentCheck",
    "Needs",
    "Role",
    "Rule",
    "chain_moment_rule",
    "chain_rule",
    "moment_rule",
    "rule",
]


class Role(enum.Enum):
    """The place of a certificate in its path."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ANCHOR = "anchor"

    __hash__ = object.__hash__  # that of Enum is written in Python, and is asked for by every rule of every certificate


class Needs(enum.Enum):
    """What a rule must be shown, beside the certificate and its index in the path."""

    CERTIFICATE = "the certificate alone"
    ISSUERS = "the certificates above it as well, its issuer first"
    MOMENT = "the moment as well, in seconds since 1970-01-01T00:00:00Z"
    ISSUERS_AND_MOMENT = "the certificates above it and the moment as well"


DATED: Final = frozenset({Needs.MOMENT, Needs.ISSUERS_AND_MOMENT})
"""What rules on the moment need. Only `lint` asks those, whatever the profile."""


class Answer(enum.Enum):
    """What a rule says of a certificate."""

    NOT_APPLICABLE = "the rule is not about such a certificate"
    NOT_YET_IN_FORCE = "the certificate was issued before the rule came into force"
    PASSED = "the certificate keeps the rule"
    FOUND = "the certificate breaks the rule: there is a finding"
    FAILED = "the rule itself failed, and there is a finding that says so"


CheckFunction: TypeAlias = Callable[[Certificate, int], Iterable[Finding]]
ChainCheck: TypeAlias = Callable[[Certificate, tuple[Certificate, ...], int], Iterable[Finding]]
MomentCheck: TypeAlias = Callable[[Certificate, int, int], Iterable[Finding]]
ChainMomentCheck: TypeAlias = Callable[[Certificate, tuple[Certificate, ...], int, int], Iterable[Finding]]
Concern: TypeAlias = Callable[[Certificate], bool]


class Rule:
    """One requirement on one certificate: its code, the roles it applies to, and its check.

    The check gives a finding where the requirement is not met, and nothing where it is. ``needs`` says what it is
    shown: ``check(certificate, index)``, ``check(certificate, issuers, index)`` with the certificates above it,
    ``check(certificate, at, index)`` or ``check(certificate, issuers, at, index)``. ``concerns``, where given, says
    whether the rule is about a certificate at all. ``since`` is when the rule came into force: a certificate whose
    notBefore lies before it is not judged; ``begins`` is the same in seconds since 1970-01-01T00:00:00Z. The rule's
    page in the reference is made from the check's docstring and the code.
    """

    __slots__ = ("applies_to", "begins", "check", "code", "concerns", "needs", "since")

    def __init__(
        self,
        code: Code,
        applies_to: frozenset[Role],
        check: Callable[..., Iterable[Finding]],
        *,
        needs: Needs = Needs.CERTIFICATE,
        concerns: Concern | None = None,
        since: datetime | None = None,
    ) -> None:
        self.code: Final = code
        self.applies_to: Final = applies_to
        self.check: Final = check
        self.needs: Final = needs
        self.concerns: Final = concerns
        self.since: Final = since
        self.begins: Final = None if since is None else int(since.timestamp())

    @property
    def identity(self) -> str:
        """What tells this rule from every other: the id of its code."""
        return self.code.id

    @property
    def guarded(self) -> Callable[..., Iterable[Finding]]:
        """The check for who does not ask first whether the rule applies: it finds nothing where it does not."""
        concerns, begins, check = self.concerns, self.begins, self.check
        if begins is None and concerns is None:
            return check
        if begins is None and self.needs is Needs.CERTIFICATE:
            return lambda certificate, index: check(certificate, index) if concerns(certificate) else ()  # type: ignore[misc]

        def guarded(certificate: Certificate, *others: Any) -> Iterable[Finding]:
            if begins is not None and certificate.validity[0] < begins:
                return ()
            if concerns is not None and not concerns(certificate):
                return ()
            return check(certificate, *others)

        return guarded

    def __reduce__(self) -> tuple[object, ...]:
        return _named, (self.check.__module__, self.check.__name__)

    def __repr__(self) -> str:
        return f"<Rule {self.code.id}>"


def rule(
    code: Code, *roles: Role, concerns: Concern | None = None, since: datetime | None = None
) -> Callable[[CheckFunction], Rule]:
    """Make a `Rule` of a check. Nothing is registered: a rule counts where a family or a profile names it."""

    def make(check: CheckFunction) -> Rule:
        return Rule(code, frozenset(roles), check, concerns=concerns, since=since)

    return make


def chain_rule(
    code: Code, *roles: Role, concerns: Concern | None = None, since: datetime | None = None
) -> Callable[[ChainCheck], Rule]:
    """Make a `Rule` of a check that must see the certificates above, the issuer first; there is at least one."""

    def make(check: ChainCheck) -> Rule:
        return Rule(code, frozenset(roles), check, needs=Needs.ISSUERS, concerns=concerns, since=since)

    return make


def moment_rule(
    code: Code, *roles: Role, concerns: Concern | None = None, since: datetime | None = None
) -> Callable[[MomentCheck], Rule]:
    """Make a `Rule` of a check that must know the moment. Only `lint` asks it: a verdict's dates are in its horizon."""

    def make(check: MomentCheck) -> Rule:
        return Rule(code, frozenset(roles), check, needs=Needs.MOMENT, concerns=concerns, since=since)

    return make


def chain_moment_rule(
    code: Code, *roles: Role, concerns: Concern | None = None, since: datetime | None = None
) -> Callable[[ChainMomentCheck], Rule]:
    """Make a `Rule` of a check that must know the moment and see the certificates above. Only `lint` asks it."""

    def make(check: ChainMomentCheck) -> Rule:
        return Rule(code, frozenset(roles), check, needs=Needs.ISSUERS_AND_MOMENT, concerns=concerns, since=since)

    return make


def _named(module: str, name: str) -> Rule:
    found = getattr(import_module(module), name)
    assert isinstance(found, Rule)  # noqa: S101, a pickle of another version of the library
    return found
