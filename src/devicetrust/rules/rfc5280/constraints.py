"""RFC 5280 4.2.1.10: what the constraints of a CA say, and whether they can be applied.

Makes: rules on the subtrees of nameConstraints.
May import: findings, x509, rules.rule.
Must never: apply a constraint to a name (``path`` does).
Read first: `constraint_bases_well_formed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralName, GeneralNameType, is_valid_dns_name, is_valid_mailbox

__all__ = ["constraint_bases_well_formed", "constraint_distances_absent", "constraint_forms_defined"]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_FIELD: Final = "tbsCertificate.extensions.nameConstraints"
_REISSUE: Final = "have the CA certificate issued again with constraints in the form that RFC 5280 gives them"

BASE_MALFORMED: Final = Code(
    "rfc5280.constraint_bases_well_formed",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.10"),
    rank=592,
    what="the constraint {constraint} is not written as one of its form: {wanted}",
    why="Software differs on what such a constraint covers, or passes over it.",
    remedy=_REISSUE,
)
DISTANCE: Final = Code(
    "rfc5280.constraint_distances_absent",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.10"),
    rank=591,
    what="the constraint {constraint} has a minimum or a maximum",
    why="Software that does not know them refuses every name of this form.",
    remedy=_REISSUE,
)
FORM_UNDEFINED: Final = Code(
    "rfc5280.constraint_forms_defined",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.10"),
    rank=544,
    what="there is a constraint on names of the form {form}",
    why="The standard does not say how such a constraint is applied: software refuses the names.",
    remedy=_REISSUE,
)


def _has_constraints(certificate: Certificate) -> bool:
    return certificate.extensions.name_constraints is not None


@rule(BASE_MALFORMED, *_EVERYWHERE, concerns=_has_constraints)
def constraint_bases_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A base is a host name for dNSName, a host or .domain for URI, and these or a mailbox for rfc822Name."""
    return [
        BASE_MALFORMED.at(index, _FIELD, constraint=str(base), wanted=wanted)
        for base in _bases(certificate)
        if (wanted := _wanted(base))
    ]


@rule(DISTANCE, *_EVERYWHERE, concerns=_has_constraints)
def constraint_distances_absent(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A subtree states no minimum but 0, and no maximum."""
    constraints = certificate.extensions.name_constraints
    return [DISTANCE.at(index, _FIELD, constraint=str(base)) for base in (constraints.distances if constraints else ())]


@rule(FORM_UNDEFINED, *_EVERYWHERE, concerns=_has_constraints)
def constraint_forms_defined(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A constraint is on a form of names for which its meaning is defined."""
    forms = sorted({base.type.name.lower() for base in _bases(certificate) if base.type in _UNDEFINED})
    return [FORM_UNDEFINED.at(index, _FIELD, form=form) for form in forms]


_UNDEFINED: Final = frozenset(
    {GeneralNameType.X400_ADDRESS, GeneralNameType.EDI_PARTY_NAME, GeneralNameType.REGISTERED_ID}
)


def _bases(certificate: Certificate) -> tuple[GeneralName, ...]:
    constraints = certificate.extensions.name_constraints
    return () if constraints is None else constraints.permitted + constraints.excluded


def _wanted(base: GeneralName) -> str:
    """The form that the base should have; empty where it has it, or where the form of name has none."""
    text = str(base.value)
    if base.type is GeneralNameType.DNS_NAME:
        return "" if not text or is_valid_dns_name(text) else "a host name, or nothing for all"
    if base.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER:
        host = text.removeprefix(".")
        return "" if "." in host and is_valid_dns_name(host) else "a host name, or a domain with a period in front"
    if base.type is GeneralNameType.RFC822_NAME:
        good = is_valid_mailbox(text) if "@" in text else not text or is_valid_dns_name(text.removeprefix("."))
        return "" if good else "an address, a host name, or a domain with a period in front"
    return ""
