"""Where a running service has what changes under it: one-method protocols.

Makes: `EvidenceSource`, `WaiverSource`.
May import: evidence, profiles.
Must never: wait, or raise.
Read first: `EvidenceSource`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from devicetrust.evidence import Evidence
from devicetrust.profiles.waivers import Waivers

__all__ = ["EvidenceSource", "WaiverSource"]


@runtime_checkable
class EvidenceSource(Protocol):
    """Whoever has evidence at hand. ``devicetrust.fetch.FreshEvidence`` keeps it fresh; a test may hold a constant."""

    def evidence(self) -> Evidence:
        """What is at hand now. Returns at once, never waits for a network, never raises."""
        ...


@runtime_checkable
class WaiverSource(Protocol):
    """Whoever has waivers at hand. ``devicetrust.WaiverFile`` watches a file of them."""

    def waivers(self) -> Waivers:
        """Those at hand now. Returns at once, never raises."""
        ...
