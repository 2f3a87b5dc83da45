"""The version of the library, stated once."""

from typing import Final

__version__: Final = "0.1.0"
# 2026-11-24T00:00:00Z: no clock that is right says less. Seconds since the epoch; moved with each release.
RELEASED: Final = 1_795_478_400
