"""What a case of a rule is, and how it is written.

Makes: `RuleCase`, `alone`, `in_chain`, `write`; the drafts `LEAF`, `AUTHORITY`, `ANCHOR` that keep every general rule.
May import: pki, pki_shapes, ward.
Must never: import devicetrust: that a certificate breaks a rule is known from how it is made.
Read first: `RuleCase`.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from pki import AT, Draft
from ward import ISSUING, ROOT, scene

__all__ = ["ANCHOR", "AUTHORITY", "LEAF", "Chain", "RuleCase", "alone", "in_chain", "write"]

FOLDER = Path(__file__).parents[1] / "vectors" / "rules"
LEAF = scene().chain[0].draft
AUTHORITY = scene().chain[1].draft
ANCHOR = scene().chain[2].draft

Chain: TypeAlias = tuple[bytes, ...]


class RuleCase(NamedTuple):
    """Chains in DER, the leaf first, that break a rule, and chains that keep it.

    ``role`` is the place of the first certificate of each chain, ``index`` the certificate of which the rule is asked.
    ``law`` says in a sentence what is wrong with the ones and right with the others, ``clause`` where that stands.
    """

    law: str
    clause: str
    breaks: tuple[Chain, ...]
    keeps: tuple[Chain, ...]
    role: Literal["leaf", "intermediate", "anchor"] = "leaf"
    index: int = 0
    at: datetime = AT


def alone(*drafts: Draft) -> tuple[Chain, ...]:
    """Each draft as a chain of one, signed by who issues in the ward."""
    return tuple((draft.sealed(ROOT.key if draft.subject == ROOT.name else ISSUING.key),) for draft in drafts)


def in_chain(leaf: Draft, authority: Draft) -> Chain:
    """A leaf and its CA, each signed by who issues it in the ward."""
    return leaf.sealed(ISSUING.key), authority.sealed(ROOT.key)


def write(code: str, case: RuleCase) -> None:
    """The case of the rule with this code, into its folder: ``case.toml``, ``keeps-1.pem``, ``breaks-1.pem``, …"""
    folder = FOLDER / code
    folder.mkdir(parents=True, exist_ok=True)
    for one in folder.glob("*.pem"):
        one.unlink()
    for word, chains in (("breaks", case.breaks), ("keeps", case.keeps)):
        for number, chain in enumerate(chains, 1):
            (folder / f"{word}-{number}.pem").write_text("".join(map(_pem, chain)), "ascii", newline="\n")
    facts = {
        "law": case.law,
        "clause": case.clause,
        "role": case.role,
        "index": case.index,
        "at": case.at.isoformat().replace("+00:00", "Z"),
    }
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())
    (folder / "case.toml").write_text(text, "utf-8", newline="\n")


def _pem(der: bytes) -> str:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
