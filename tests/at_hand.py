"""What may lie beside the checkout: samples and conformance data that are not the project's own.

Makes: `shared`.
May import: the standard library.
Must never: fail where they are absent; tests that need them skip and say so.
Read first: `shared`.
"""

from __future__ import annotations

import os
from pathlib import Path


def shared() -> Path | None:
    """The folder that ``DEVICETRUST_SHARED`` names, else ``../shared`` beside the checkout; None where it is absent."""
    named = os.environ.get("DEVICETRUST_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    return folder if folder.is_dir() else None
