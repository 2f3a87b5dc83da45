"""Changes to records of verdicts.

Makes: `changed`, and the type `Change`.
May import: the standard library.
Must never: import devicetrust: a record is changed as a stranger would.
Read first: `changed`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Change = Callable[[dict[str, Any]], object]


def changed(record: bytes, change: Change) -> bytes:
    """The record with a change to its document."""
    document = json.loads(record)
    change(document)
    return json.dumps(document).encode()
