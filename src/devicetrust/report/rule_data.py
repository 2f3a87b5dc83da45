"""What a rule is, for whoever looks it up.

Makes: `rule_data`, `code_data`, `every_rule`, `every_code`, `asserted`, `families_of`, `plain`.
May import: findings, profiles, rules, verdict.
Must never: ask a rule of a certificate.
Read first: `rule_data`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from devicetrust.findings import Code, Knowledge, Waivable, rfc3339
from devicetrust.profiles import BUILT_IN
from devicetrust.profiles.known_codes import known_codes
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Role, Rule
from devicetrust.verdict import NOT_LOOKED_FURTHER

__all__ = ["asserted", "code_data", "every_code", "every_rule", "families_of", "plain", "rule_data"]


def rule_data(rule: Rule) -> dict[str, Any]:
    """Plain values only: what the rule asserts, since when, of which certificates, and what each profile makes of it.

    ``in_force_since`` is None for a rule that holds for certificates of any age. ``profiles`` are the library's own
    that take the rule, with whether a finding refuses there.
    """
    return {
        **code_data(rule.code),
        "asserts": asserted(rule),
        "families": list(families_of(rule)),
        "roles": [role.value for role in Role if role in rule.applies_to],
        "needs": rule.needs.value,
        "in_force_since": None if rule.since is None else rfc3339(rule.since),
        "profiles": [
            {"name": one.name, "edition": one.edition, "blocks": one.blocks(rule.code)}
            for one in BUILT_IN.values()
            if any(taken.code == rule.code for taken in one.rules)
        ],
    }


def code_data(code: Code) -> dict[str, Any]:
    """Plain values only: what a finding of this code says, where that stands, and what can be done about it."""
    return {
        "code": code.id,
        "severity": code.severity.value,
        "effect": code.effect.name.lower(),
        "rank": code.rank,
        "document": code.citation.document,
        "clause": code.citation.clause,
        "second_hand": code.citation.knowledge is Knowledge.SECOND_HAND,
        "what": plain(code.what),
        "why": plain(code.why),
        "remedy": plain(code.remedy),
        "waivable": code.waivable is Waivable.BY_WAIVER,
    }


def asserted(rule: Rule) -> str:
    """The sentence that the rule's check opens with."""
    return (rule.check.__doc__ or "").strip().partition("\n")[0].replace("``", "")


@cache
def families_of(rule: Rule) -> tuple[str, ...]:
    """The names of the families that the rule is in; none where only a profile has it."""
    return tuple(name for name, family in FAMILIES.items() if any(one.code == rule.code for one in family))


@cache
def every_rule() -> Mapping[str, Rule]:
    """The rules of all families and of all named profiles, by the ids of their codes, in order."""
    groups = (*FAMILIES.values(), *(profile.rules for profile in BUILT_IN.values()))
    found = {rule.code.id: rule for group in groups for rule in group}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def every_code() -> Mapping[str, Code]:
    """The codes of all findings that the library can have, rules' and others', by their ids, in order."""
    ruled = {id: rule.code for id, rule in every_rule().items()}
    found = {**known_codes(), **ruled, NOT_LOOKED_FURTHER.id: NOT_LOOKED_FURTHER}
    return MappingProxyType(dict(sorted(found.items())))


def plain(template: str) -> str:
    """A finding's sentence with its facts named in angle brackets in the place of their values."""
    return re.sub(r"\{(\w+)[^}]*\}", r"<\1>", template)
