"""Rules for single certificates, by the document that makes them.

Makes: `Rule` values, one folder a document, one file a section; `families` bind them, `catalogue` names all.
May import: errors, findings, x509.
Must never: see a path, a clock or a profile; register anything by being imported; decide whether a finding blocks.
Read first: `rule`, then `families`, then `catalogue`.
"""

from __future__ import annotations

from devicetrust.rules.rule import Role, Rule

__all__ = ["Role", "Rule"]
