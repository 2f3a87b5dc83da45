"""One rule asked of one certificate.

Makes: `ask`, `Asked`, and the finding of a rule that failed.
May import: findings, x509, rules.rule.
Must never: raise, whatever a rule does; decide whether a finding blocks.
Read first: `ask`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devicetrust.findings import Citation, Code, Effect, Finding, Severity
from devicetrust.rules.rule import Answer, Needs, Role, Rule
from devicetrust.x509.certificate import Certificate

__all__ = ["RULE_FAILED", "Asked", "ask"]

RULE_FAILED: Final = Code(
    "rule.failed",
    Severity.ERROR,
    Citation("devicetrust", "a check that cannot answer refuses"),
    rank=690,
    what="the rule {rule} failed on this certificate: {reason}",
    why="What could not be checked may be wrong, so it counts as if it were.",
    remedy="report the certificate and the rule to whoever wrote the rule; until then use a profile without it",
    effect=Effect.REFUSES,
)


class Asked(NamedTuple):
    """What a rule answered of a certificate, by its place in the chain (0 is the leaf), and its findings."""

    rule: Rule
    certificate: int
    answer: Answer
    findings: tuple[Finding, ...]


# Looked up once: a member of an enumeration costs as much as the rest of a rule that does not apply.
_NOT_APPLICABLE: Final = Answer.NOT_APPLICABLE
_PASSED: Final = Answer.PASSED
_CERTIFICATE: Final = Needs.CERTIFICATE


def ask(
    rule: Rule, certificate: Certificate, index: int, role: Role, issuers: tuple[Certificate, ...], at: int | None
) -> Asked:
    """Ask ``rule`` of the certificate at ``index``.

    A rule that needs issuers or a moment (``at``, in seconds since 1970-01-01T00:00:00Z), and is given none, is not
    applicable. A rule that raises is a finding that names it.
    """
    try:
        concerns, needs = rule.concerns, rule.needs
        if role not in rule.applies_to or (needs is not _CERTIFICATE and _lacks(needs, issuers, at)):
            return Asked(rule, index, _NOT_APPLICABLE, ())
        if concerns is not None and not concerns(certificate):
            return Asked(rule, index, _NOT_APPLICABLE, ())
        if rule.begins is not None and certificate.validity[0] < rule.begins:
            return Asked(rule, index, Answer.NOT_YET_IN_FORCE, ())
        if needs is _CERTIFICATE:
            findings = tuple(rule.check(certificate, index))
        elif needs is Needs.ISSUERS:
            findings = tuple(rule.check(certificate, issuers, index))
        elif needs is Needs.MOMENT:
            findings = tuple(rule.check(certificate, at, index))
        else:
            findings = tuple(rule.check(certificate, issuers, at, index))
    except Exception as problem:  # a rule may be anybody's; what it could not check counts as broken
        reason = f"{type(problem).__name__}: {problem}".partition("\n")[0][:200]
        failed = RULE_FAILED.at(index, "", rule=rule.code.id, reason=reason)
        return Asked(rule, index, Answer.FAILED, (failed,))
    return Asked(rule, index, Answer.FOUND if findings else _PASSED, findings)


def _lacks(needs: Needs, issuers: tuple[Certificate, ...], at: int | None) -> bool:
    """Whether what the rule must be shown is not at hand."""
    return (needs is not Needs.MOMENT and not issuers) or (needs is not Needs.ISSUERS and at is None)
