"""Many rules asked at once answer as each does alone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytest

import pki
from devicetrust import Certificate, Finding
from devicetrust.rules.asking import ask
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.questionnaire import Questionnaire, questionnaire
from devicetrust.rules.rule import Answer, Role, Rule, rule
from devicetrust.rules.tls.certificates import NO_DIGITAL_SIGNATURE
from devicetrust.testing import Fault, Hospital, Part
from ward import scene

RULES = tuple(dict.fromkeys(chain.from_iterable(FAMILIES.values())))
AT = int(pki.AT.timestamp())
HOSPITAL = Hospital(at=pki.AT)
FAULTS = [fault for fault in Fault if fault.part is not Part.STATUS]


def agree(certificates: tuple[Certificate, ...], rules: tuple[Rule, ...] = RULES) -> None:
    """Each certificate, in each role, has the answers of `ask`, in the order of the rules."""
    asked = questionnaire(rules)
    for index, certificate in enumerate(certificates):
        if certificate.unreadable is None:
            issuers = tuple(one for one in certificates[index + 1 :] if one.unreadable is None)
            for role in Role:
                for above in (issuers, ()):
                    alone = [ask(one, certificate, index, role, above, AT) for one in rules]
                    found = [finding for one in alone for finding in one.findings]
                    assert asked.ask(certificate, index, role, above, AT) == (alone, found)


@pytest.mark.parametrize("fault", FAULTS)
def test_it_answers_as_each_rule_alone(fault: Fault) -> None:
    """Whatever is wrong with a device or its CA, no rule of any family answers otherwise in company."""
    agree((*HOSPITAL.device("pump-1", faults=[fault]).chain, HOSPITAL.roots[0]))


def _raises(*_: Any) -> Any:
    raise ValueError("not\nready")


def _lazily(certificate: Certificate, index: int) -> Iterable[Finding]:
    """It gives its findings one by one, and may have none."""
    if certificate.serial_number == 0:
        yield NO_DIGITAL_SIGNATURE.at(index)


def test_a_rule_that_fails_fails_alone() -> None:
    """What raises, its predicate too, is a finding that names it; the others answer."""
    leaf = Certificate(scene().chain[0].draft.sealed(pki.key("p256", 1)))
    rules = (
        Rule(NO_DIGITAL_SIGNATURE, frozenset(Role), _raises),
        Rule(NO_DIGITAL_SIGNATURE, frozenset(Role), _lazily, concerns=_raises),
        rule(NO_DIGITAL_SIGNATURE, *Role)(_lazily),
        Rule(NO_DIGITAL_SIGNATURE, frozenset(Role), lambda *_: None),  # type: ignore[arg-type, return-value]
    )
    agree((leaf,), rules)
    answers = [one.answer for one in Questionnaire(rules).ask(leaf, 0, Role.LEAF, (), AT)[0]]
    assert answers == [Answer.FAILED, Answer.FAILED, Answer.PASSED, Answer.FAILED]
