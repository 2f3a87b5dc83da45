"""How the value of each field of a profile is written in TOML, and read from it.

Makes: `PROFILE`, and what a profile can name: `RULES`, `CODE_IDS`, `STRENGTH_POLICIES`.
May import: errors, findings, x509, trust, path, revocation, identity, rules, `profile`, `plain_forms`.
Must never: take a value that it does not wholly understand, or name a key without its file.
Read first: `plain_forms.Form`, then `PROFILE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from devicetrust.errors import MisuseError
from devicetrust.findings import Citation, Effect, Knowledge
from devicetrust.path.budget import Budget
from devicetrust.path.inputs import AnchorChecks, PurposeMatching, ValidityModel
from devicetrust.profiles import BUILT_IN, strength
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.plain_forms import (
    DURATION,
    NUMBER,
    OIDS,
    SWITCH,
    TEXT,
    Form,
    Place,
    in_order,
    names_of,
    nearest,
    one_of,
    some_of,
    strings,
    told,
    unknown,
)
from devicetrust.profiles.profile import IssuerFetching, ReferenceDemand
from devicetrust.revocation.policy import RevocationDepth, RevocationPolicy, RevocationSource, UnknownStatus
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Rule
from devicetrust.x509.der import Tolerance
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.signatures import FIXED_ALGORITHMS

__all__ = [
    "CODE_IDS",
    "PROFILE",
    "REVOCATION",
    "RULES",
    "STRENGTH",
    "STRENGTH_POLICIES",
    "code_ids",
    "fields_of",
    "reportable",
    "rules_of",
]


# Rules and codes, by the ids of codes

RULES: Final[Mapping[str, Rule]] = {
    rule.code.id: rule
    for rules in (*FAMILIES.values(), *(profile.rules for profile in BUILT_IN.values()))
    for rule in rules
}
"""Every rule that a profile can name, by the id of its code."""

CODE_IDS: Final[frozenset[str]] = frozenset(known_codes()) | frozenset(RULES)
"""The ids of all codes that a profile can name."""


def rules_of(value: Any, place: Place) -> tuple[Rule, ...]:
    """Rules by the ids of their codes."""
    found: list[Rule] = []
    for one in strings(value, place):
        if one not in RULES:
            raise place.misuse(f"there is no rule with the code {one}{nearest(one, RULES)}")
        if RULES[one] in found:
            raise place.misuse(f"names the rule {one} twice")
        found.append(RULES[one])
    return tuple(found)


def _rule_ids(value: tuple[Rule, ...], place: Place) -> list[str]:
    for rule in value:
        if RULES.get(rule.code.id) is not rule:
            raise place.misuse(f"the rule {rule.code.id} is not devicetrust's own, and cannot be written in TOML")
    return [rule.code.id for rule in value]


def code_ids(value: Any, place: Place) -> frozenset[str]:
    """The ids of known codes."""
    for one in strings(value, place):
        if one not in CODE_IDS:
            raise place.misuse(f"there is no code {one}{nearest(one, CODE_IDS)}")
    return frozenset(value)


def reportable(value: Any, place: Place) -> frozenset[str]:
    """The ids of codes that a profile can choose only to report."""
    for one in code_ids(value, place):
        code = known_codes().get(one)
        if code is not None and code.effect is not Effect.BY_PROFILE:
            raise place.misuse(f"{one} cannot be only reported: {code.effect.value}")
    return frozenset(value)


_CODES: Final = Form(code_ids, lambda value, place: sorted(value))
_REPORTED: Final = Form(reportable, lambda value, place: sorted(reportable(sorted(value), place)))

# Tables


def fields_of(value: Mapping[str, Any], forms: Mapping[str, Form], place: Place) -> dict[str, Any]:
    """The fields of a table, each read by its form; raises for a key that has none."""
    for key in value:
        if key not in forms:
            raise place.misuse(f"there is no key {key}{nearest(key, forms)} Allowed: {', '.join(sorted(forms))}")
    return {key: forms[key].read(one, place.within(key)) for key, one in value.items()}


def _named_or_table(kind: type, named: Mapping[str, Any], forms: Mapping[str, Form], what: str) -> Form:
    """The name of one that is known, or a table: ``base`` and what differs from it, or every field."""

    def by_name(value: Any, place: Place) -> Any:
        if not isinstance(value, str):
            raise place.misuse(f"is the name of a {what} or a table, not {told(value)}")
        if value not in named:
            raise place.misuse(unknown(value, what, named))
        return named[value]

    def read(value: Any, place: Place) -> Any:
        if not isinstance(value, Mapping):
            return by_name(value, place)
        changes = fields_of({key: one for key, one in value.items() if key != "base"}, forms, place)
        try:
            made = by_name(value["base"], place.within("base")).evolve(**changes) if "base" in value else None
            lacking = sorted(set(forms) - set(changes))
            if made is None and lacking:
                raise place.misuse(f"without base it states every field; lacking: {', '.join(lacking)}")
            made = kind(**changes) if made is None else made
        except MisuseError as problem:
            raise _placed(problem, place) from None
        if named.get(made.name, made) != made:  # findings tell the name
            raise place.within("name").misuse(f"{made.name} is a {what} of devicetrust, and this one differs from it")
        return made

    def write(value: Any, place: Place) -> Any:
        if named.get(value.name) == value:
            return value.name
        return {key: form.write(getattr(value, key), place.within(key)) for key, form in forms.items()}

    return Form(read, write)


def _placed(problem: MisuseError, place: Place) -> MisuseError:
    return problem if str(problem).startswith(f"{place.source}: ") else place.misuse(str(problem))


def _read_citation(value: Any, place: Place) -> Citation:
    if isinstance(value, str):
        return Citation(value, "")
    if not isinstance(value, Mapping):
        raise place.misuse(f"is a string or a table, not {told(value)}")
    fields = fields_of(value, {"document": TEXT, "clause": TEXT, "knowledge": one_of(Knowledge)}, place)
    if "document" not in fields:
        raise place.misuse("lacks the key document")
    return Citation(**{"clause": "", **fields})


def _write_citation(value: Citation, place: Place) -> dict[str, str]:
    return {"document": value.document, "clause": value.clause, "knowledge": value.knowledge.name}


def _read_budget(value: Any, place: Place) -> Budget:
    if not isinstance(value, Mapping):
        raise place.misuse(f"is a table, not {told(value)}")
    limits = fields_of(value, dict.fromkeys(Budget._fields, NUMBER), place)
    for key, limit in limits.items():
        if limit < 0:
            raise place.within(key).misuse("is a number of units of work, 0 or more")
    return Budget(**limits)


# Name constraints

_SUBTREES: Final = {
    "dns": GeneralNameType.DNS_NAME,
    "email": GeneralNameType.RFC822_NAME,
    "uri": GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER,
    "ip": GeneralNameType.IP_ADDRESS,
}


def _subtrees(side: str) -> Form:
    """Subtrees of names as a table of arrays; ``side`` is the part of `NameConstraints` that they make."""

    def read(value: Any, place: Place) -> NameConstraints:
        if not isinstance(value, Mapping):
            raise place.misuse(f"is a table with {', '.join(_SUBTREES)}, not {told(value)}")
        arrays = fields_of(value, dict.fromkeys(_SUBTREES, Form(strings, lambda one, _: one)), place)
        names = [_subtree(key, text, place.within(key)) for key, texts in arrays.items() for text in texts]
        if not names:
            raise place.misuse("names no subtree; leave the key out to set no limit")
        return NameConstraints(**{side: tuple(names)})

    def write(value: NameConstraints, place: Place) -> dict[str, list[str]]:
        names: tuple[GeneralName, ...] = getattr(value, side)
        if value != NameConstraints(**{side: names}):
            raise place.misuse(f"holds more than {side} subtrees, and cannot be written in TOML")
        kinds = {kind: key for key, kind in _SUBTREES.items()}
        table: dict[str, list[str]] = {}
        for name in names:
            if name.type not in kinds:
                raise place.misuse(f"holds {name}, which cannot be written in TOML")
            table.setdefault(kinds[name.type], []).append(str(name.value))
        if read(table, place) != value:
            raise place.misuse("holds subtrees in an order that TOML cannot keep")
        return table

    return Form(read, write)


def _subtree(key: str, text: str, place: Place) -> GeneralName:
    if key != "ip":
        return GeneralName(_SUBTREES[key], text)
    try:
        return GeneralName(_SUBTREES[key], ip_network(text))
    except ValueError as problem:
        raise place.misuse(f"{text!r} is not a network such as 10.20.0.0/16: {problem}") from None


# The fields of a profile

_ALGORITHMS: Final = frozenset(one.key for one in FIXED_ALGORITHMS.values())
_DIGESTS: Final = frozenset(one.hash for one in FIXED_ALGORITHMS.values() if one.hash)
# Those that cryptography reads, by its names for them.
_CURVES: Final = frozenset(
    {"secp192r1", "secp224r1", "secp256k1", "secp256r1", "secp384r1", "secp521r1"}
    | {"brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}
)
STRENGTH: Final[Mapping[str, Form]] = {
    "name": TEXT,
    "citation": Form(_read_citation, _write_citation),
    "keys": names_of("key algorithm", _ALGORITHMS),
    "digests": names_of("digest", _DIGESTS),
    "curves": names_of("curve", _CURVES),
    "minimum_rsa_bits": NUMBER,
    "maximum_rsa_bits": NUMBER,
    "rsa_bits_multiple_of": NUMBER,
    "rsa_schemes": some_of(strength.RSAScheme),
}
STRENGTH_POLICIES: Final[Mapping[str, strength.StrengthPolicy]] = {
    name: value for name in strength.__all__ if isinstance(value := getattr(strength, name), strength.StrengthPolicy)
}
"""Every named strength policy by its name."""
REVOCATION: Final[Mapping[str, Form]] = {
    "name": TEXT,
    "unknown": one_of(UnknownStatus),
    "depth": one_of(RevocationDepth),
    "sources": in_order(RevocationSource),
    "stale_grace": DURATION,
    "clock_skew": DURATION,
    "short_lived": DURATION,
}
_NAMED_REVOCATIONS: Final = {
    value.name: value for value in vars(RevocationPolicy).values() if isinstance(value, RevocationPolicy)
}
PROFILE: Final[Mapping[str, Form]] = {
    "name": TEXT,
    "edition": TEXT,
    "summary": TEXT,
    "strength": _named_or_table(strength.StrengthPolicy, STRENGTH_POLICIES, STRENGTH, "strength policy"),
    "user_initial_policy_set": OIDS,
    "initial_policy_mapping_inhibit": SWITCH,
    "initial_explicit_policy": SWITCH,
    "initial_any_policy_inhibit": SWITCH,
    "initial_permitted_subtrees": _subtrees("permitted"),
    "initial_excluded_subtrees": _subtrees("excluded"),
    "max_intermediates": NUMBER,
    "key_purposes": OIDS,
    "purpose_matching": one_of(PurposeMatching),
    "anchor_checks": one_of(AnchorChecks),
    "validity_model": one_of(ValidityModel),
    "tolerances": some_of(Tolerance),
    "leaf_tolerances": some_of(Tolerance),
    "reference": one_of(ReferenceDemand),
    "issuer_fetching": one_of(IssuerFetching),
    "revocation": _named_or_table(RevocationPolicy, _NAMED_REVOCATIONS, REVOCATION, "revocation policy"),
    "rules": Form(rules_of, _rule_ids),
    "reported_only": _REPORTED,
    "longest_waiver": DURATION,
    "unwaivable": _CODES,
    "budget": Form(_read_budget, lambda value, place: value._asdict()),
}
"""The form of every field of a profile, by its name."""
