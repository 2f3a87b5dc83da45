"""Where a running service has what changes under it: one-method protocols.

Makes: `EvidenceSource`.
May import: evidence.
Must never: wait, or raise.
Read first: `EvidenceSource`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from devicetrust.evidence import Evidence

__all__ = ["EvidenceSource"]


@runtime_checkable
class EvidenceSource(Protocol):
    """Whoever has evidence at hand. ``devicetrust.fetch.FreshEvidence`` keeps it fresh; a test may hold a constant."""

    def evidence(self) -> Evidence:
        """What is at hand now. Returns at once, never waits for a network, never raises."""
        ...
