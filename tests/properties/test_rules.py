"""No bytes raise out of `lint`, and no rule of any family fails on them."""

from __future__ import annotations

import json
import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import Certificate, lint, profiles
from devicetrust.linting import LintReport
from devicetrust.rules.catalogue import FAMILIES, OUTLOOK
from devicetrust.rules.rule import Answer, Role
from mutation import mutated, real_certificates, resigned
from pki import AT
from ward import ISSUING, scene

SLOW = os.environ.get("DEVICETRUST_SLOW") == "1"
COUNT = 100_000 if SLOW else 2_000
BATCH = 500
RULES = tuple(
    {rule.code.id: rule for rule in (*(one for family in FAMILIES.values() for one in family), *OUTLOOK)}.values()
)
GOOD = tuple(scene().sealed(index) for index in range(3))


@pytest.mark.parametrize("batch", range(0, COUNT, BATCH))
def test_spoiled_certificates(batch: int) -> None:
    """Whatever is spoiled, in whatever place it stands, each rule has an answer, and the report can be told."""
    for number in range(batch, batch + BATCH):
        rng = Random(f"spoiled for rules {number}")
        donors = (*GOOD, rng.choice(real_certificates()))
        whole = rng.choice(donors)
        spoiled = resigned(rng, whole, donors, ISSUING.key) if rng.random() < 0.7 else mutated(rng, whole, donors)
        chain = [Certificate(spoiled), Certificate(rng.choice(donors))]
        report = lint(rng.sample(chain, 2), profile=profiles.rfc5280, rules=RULES, role=rng.choice(tuple(Role)), at=AT)
        assert failed(report) == [], number
        if number % 4 == 0:
            tell(report)


def test_whole_certificates() -> None:
    """On real certificates too, each rule has an answer in each place, and so have the steps of the profile."""
    for der in real_certificates():
        for role in Role:
            assert failed(lint(Certificate(der), profile=profiles.rfc5280, rules=RULES, role=role, at=AT)) == []
        tell(lint(Certificate(der), profile=profiles.rfc5280_tolerant, at=AT))


@given(st.binary(max_size=400))
def test_any_bytes(der: bytes) -> None:
    """Bytes that are no certificate are one finding that says so, and no rule is asked."""
    report = lint(Certificate(der), profile=profiles.rfc5280, at=AT)
    assert ([one.code.id for one in report.findings], report.asked) == (["certificate.unreadable"], ())


def failed(report: LintReport) -> list[str]:
    """What the rules that failed say of it."""
    answers = [one for one in report.asked if one.answer is Answer.FAILED]
    return [finding.what for one in answers for finding in one.findings]


def tell(report: LintReport) -> None:
    """The report can be written as data and as text, which cannot steer a terminal."""
    json.dumps(report.to_dict(), allow_nan=False).encode("utf-8")
    text = "".join(map(str, report.findings)) + "".join(finding.remedy for finding in report.findings)
    assert [character for character in text if not character.isprintable()] == []
