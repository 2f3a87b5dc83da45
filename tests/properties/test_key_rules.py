"""No key and no signature, however spoiled, makes a rule fail, and no answer depends on what was asked before."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

import pki
from devicetrust import Certificate, lint, profiles
from devicetrust.rules.catalogue import KEYS, PQC, SIGNATURES
from devicetrust.rules.keys.known_keys import compromised_keys, debian_weak_keys
from devicetrust.rules.rule import Role
from devicetrust.x509.files import load_certificates
from mutation import mutated, resigned
from ward import ISSUING, ROOT

VECTORS = Path(__file__).parents[1] / "vectors" / "rules"
RULES = (*KEYS, *SIGNATURES, *PQC, compromised_keys([bytes(32)]), debian_weak_keys([bytes(10)]))
COUNT = 100_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 3_000


@pytest.fixture(scope="module")
def certificates() -> list[bytes]:
    """Those that break or keep a rule on keys, signatures or post-quantum algorithms."""
    folders = [one for one in sorted(VECTORS.iterdir()) if one.name.startswith(("keys.", "signatures.", "pqc."))]
    return [load_certificates(file)[0].der for folder in folders for file in sorted(folder.glob("*.pem"))]


def test_no_rule_fails(certificates: list[bytes]) -> None:
    """Spoiled certificates are answered by every rule; that of an unreadable one is for others to say."""
    above = Certificate(ROOT.vouches_for(ISSUING).sealed(ROOT.key))
    readable = 0
    for number in range(COUNT):
        rng = Random(number)
        der = rng.choice(certificates)
        spoil = resigned(rng, der, certificates, ISSUING.key) if number % 3 else mutated(rng, der, certificates)
        for chain in ([Certificate(spoil)], [Certificate(spoil), above]):
            report = lint(chain, profile=profiles.rfc5280, rules=RULES, role=rng.choice(list(Role)), at=pki.AT)
            failed = [one for one in report.findings if one.code.id == "rule.failed"]
            assert failed == [], (number, failed)
        readable += chain[0].unreadable is None
    assert readable > COUNT // 3


def test_answers_depend_on_the_certificate_alone(certificates: list[bytes]) -> None:
    """Asked in another order, and again, each certificate is answered as before."""

    def answers(ders: list[bytes]) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for der in ders:
            report = lint(Certificate(der), profile=profiles.rfc5280, rules=RULES, role=Role.LEAF, at=pki.AT)
            found[der] = [finding.code.id for finding in report.findings]
        return found

    assert answers(certificates) == answers(certificates[::-1])
