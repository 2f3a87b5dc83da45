"""Where a running service has what changes under it: one-method protocols.

Makes: `EvidenceSource`, `ObservingSource`, `WaiverSource`.
May import: evidence, profiles, verdict.
Must never: wait, or raise.
Read first: `EvidenceSource`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from devicetrust.evidence import Evidence
from devicetrust.profiles.waivers import Waivers
from devicetrust.verdict import Verdict

__all__ = ["EvidenceSource", "ObservingSource", "WaiverSource"]


@runtime_checkable
class EvidenceSource(Protocol):
    """Whoever has evidence at hand. ``devicetrust.fetch.FreshEvidence`` keeps it fresh; a test may hold a constant."""

    def evidence(self) -> Evidence:
        """What is at hand now. Returns at once, never waits for a network, never raises."""
        ...


@runtime_checkable
class ObservingSource(EvidenceSource, Protocol):
    """One that learns from verdicts for whom to have evidence, as ``FreshEvidence`` does."""

    def observe(self, verdict: Verdict) -> None:
        """Take note of whom this verdict is about. Returns at once, never raises."""
        ...


@runtime_checkable
class WaiverSource(Protocol):
    """Whoever has waivers at hand. ``devicetrust.WaiverFile`` watches a file of them."""

    def waivers(self) -> Waivers:
        """Those at hand now. Returns at once, never raises."""
        ...
