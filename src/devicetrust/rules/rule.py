"""What a rule is.

Makes: `Rule`, `Role`, and the decorator `rule`.
May import: findings, x509.
Must never: keep a list of the rules made.
Read first: `Rule`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Final, TypeAlias

from devicetrust.findings import Code, Finding
from devicetrust.x509.certificate import Certificate

__all__ = ["CheckFunction", "Role", "Rule", "rule"]


class Role(enum.Enum):
    """The place of a certificate in its path."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ANCHOR = "anchor"


CheckFunction: TypeAlias = Callable[[Certificate, int], Iterable[Finding]]


class Rule:
    """One requirement on one certificate: its code, the roles it applies to, and its check.

    ``check(certificate, index)`` gives a finding where the requirement is not met, and nothing where it is. The rule's
    page in the reference is made from the check's docstring and the code.
    """

    __slots__ = ("applies_to", "check", "code")

    def __init__(self, code: Code, applies_to: frozenset[Role], check: CheckFunction) -> None:
        self.code: Final = code
        self.applies_to: Final = applies_to
        self.check: Final = check

    def __reduce__(self) -> tuple[object, ...]:
        return _named, (self.check.__module__, self.check.__name__)

    def __repr__(self) -> str:
        return f"<Rule {self.code.id}>"


def rule(code: Code, *roles: Role) -> Callable[[CheckFunction], Rule]:
    """Make a `Rule` of a check. Nothing is registered: a rule counts where a family or a profile names it."""

    def make(check: CheckFunction) -> Rule:
        return Rule(code, frozenset(roles), check)

    return make


def _named(module: str, name: str) -> Rule:
    found = getattr(import_module(module), name)
    assert isinstance(found, Rule)  # noqa: S101, a pickle of another version of the library
    return found
