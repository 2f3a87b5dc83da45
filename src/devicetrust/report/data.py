"""Lint reports of several files as plain data.

Makes: `lints_data`.
May import: everything below the reports.
Must never: change what `LintReport.to_dict` says.
Read first: `lints_data`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from devicetrust.report.entry import Entry
from devicetrust.report.framework_text import frameworks_data
from devicetrust.report.regulatory_map import Framework

__all__ = ["LINTS_SCHEMA", "lints_data"]

LINTS_SCHEMA: Final = "devicetrust.lints/1"
"""Names the layout; each ``lint`` in it names its own."""


def lints_data(entries: Sequence[Entry], frameworks: Iterable[Framework] = ()) -> dict[str, Any]:
    """Plain values only: of each entry its file, the number of the certificate there, and the report.

    ``frameworks`` are shown with what was assessed of them.
    """
    return {
        "schema": LINTS_SCHEMA,
        "lints": [{"file": one.file, "number": one.number, "lint": one.answer.to_dict()} for one in entries],
        "frameworks": frameworks_data(frameworks, entries),
    }
