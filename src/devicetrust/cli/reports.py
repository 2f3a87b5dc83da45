"""Answers in the forms that other programs show beside their own: SARIF and JUnit.

Makes: `write_report`, `PROGRAM_FORMS`.
May import: the reports, `output`.
Must never: choose what goes in.
Read first: `write_report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from devicetrust import Severity
from devicetrust.cli.output import write_document, write_json
from devicetrust.report.entry import Entry
from devicetrust.report.junit import junit_xml
from devicetrust.report.sarif import sarif_log

__all__ = ["PROGRAM_FORMS", "write_report"]

PROGRAM_FORMS: Final = ("sarif", "junit")


def write_report(entries: Sequence[Entry], form: str, *, least: Severity = Severity.ERROR) -> None:
    """The entries to standard output in one of `PROGRAM_FORMS`; from ``least`` on, a finding fails a JUnit case."""
    if form == "sarif":
        write_json(sarif_log(entries))
    else:
        write_document(junit_xml(entries, least=least))
