"""No certificate, however spoiled, makes a rule of any family raise.

The slow setting takes 100,000 spoiled certificates.
"""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from devicetrust import Certificate, lint, load_certificates, profiles
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Role
from mutation import mutated, real_certificates
from pki import AT

SLOW = os.environ.get("DEVICETRUST_SLOW") == "1"
RULES = tuple(dict.fromkeys(rule for family in FAMILIES.values() for rule in family))
SPOILED = 100_000 if SLOW else 600


@cache
def _chains() -> tuple[tuple[bytes, ...], ...]:
    """The chains that break or keep a rule, and certificates of the field, each by itself."""
    files = sorted((Path(__file__).parents[1] / "vectors" / "rules").glob("*/*.pem"))
    return (
        *(tuple(one.der for one in load_certificates(file)) for file in files),
        *((one,) for one in real_certificates()),
    )


def test_spoiled_certificates() -> None:
    """Each place of a chain, spoiled, is answered by every rule in every role."""
    rng = Random("spoiled for rules")
    chains = _chains()
    donors = [chain[0] for chain in chains]
    for _ in range(SPOILED):
        chain = list(rng.choice(chains))
        place = rng.randrange(len(chain))
        chain[place] = mutated(rng, chain[place], donors)
        assert _failed(chain, rng.choice(list(Role))) == []


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=3), st.sampled_from(Role))
def test_any_bytes(chain: list[bytes], role: Role) -> None:
    """Bytes that are no certificate are unreadable, and no rule raises."""
    assert _failed(chain, role) == []


def _failed(chain: list[bytes], role: Role) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = lint([Certificate(der) for der in chain], profile=profiles.rfc5280, rules=RULES, role=role, at=AT)
    return [str(finding) for finding in report.findings if finding.code.id == "rule.failed"]
