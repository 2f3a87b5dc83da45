"""Writes ``rules/<code>/`` beside this file: for each rule, chains that break it and chains that keep it.

Makes: the cases of every module of ``rule_cases``.
May import: rule_cases.
Must never: import devicetrust.
Read first: `main`.

Run by hand with ``PYTHONPATH=tests:src python tests/vectors/generate_rules.py``, only to add or change a case; tests
read the written files. The same octets come out each time. The folder of a rule that is gone is deleted by hand.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import rule_cases
from rule_cases.case import RuleCase, write


def main() -> None:
    for module in pkgutil.iter_modules(rule_cases.__path__, "rule_cases."):
        cases: dict[str, RuleCase] = getattr(import_module(module.name), "CASES", {})
        for code, case in cases.items():
            write(code, case)


if __name__ == "__main__":
    main()
