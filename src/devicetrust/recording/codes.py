"""The codes of this version by their ids.

Makes: `code_of`.
May import: the standard library, findings, profiles; looks into the rooms of the judges.
Must never: be asked where no waiver is: it loads every rule.
Read first: `code_of`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from devicetrust.findings import Code
from devicetrust.profiles.profile import Profile
from devicetrust.rules.rule import Rule

__all__ = ["code_of"]

_JUDGES: Final = ("devicetrust.identity", "devicetrust.path", "devicetrust.revocation", "devicetrust.rules")


def code_of(code_id: str, profile: Profile) -> Code | None:
    """The code of this id, of a rule of ``profile`` or of this library; None where there is none."""
    own = {rule.code.id: rule.code for rule in profile.rules}
    return own.get(code_id) or _codes().get(code_id)


@cache
def _codes() -> Mapping[str, Code]:
    found: dict[str, Code] = {}
    for room in map(import_module, _JUDGES):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for value in vars(import_module(module.name)).values():
                code = value.code if isinstance(value, Rule) else value
                if isinstance(code, Code):
                    found[code.id] = code
    return found
