"""The codes of the library by their ids, for files that name them.

Makes: `known_codes`.
May import: the rooms that declare codes.
Must never: declare one.
Read first: `known_codes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from devicetrust.findings import Code
from devicetrust.identity import devices, services
from devicetrust.path import codes, strength
from devicetrust.revocation import codes as of_revocation
from devicetrust.rules import asking
from devicetrust.rules.cabf.baseline import common_name_in_subject_alternative_name
from devicetrust.rules.catalogue import FAMILIES

__all__ = ["known_codes"]


@cache
def known_codes() -> Mapping[str, Code]:
    """What paths, names, revocation and rules can find, by the id of the code."""
    declared = [
        value
        for room in (codes, strength, of_revocation, services, devices, asking)
        for value in vars(room).values()
        if isinstance(value, Code)
    ]
    rules = [rule for family in FAMILIES.values() for rule in family]
    ruled = [rule.code for rule in (*rules, common_name_in_subject_alternative_name)]
    return MappingProxyType({code.id: code for code in (*declared, *ruled)})
