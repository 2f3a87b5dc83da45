"""How much work one verification may cost.

Makes: `Budget` (the limits, each with its origin) and `Spending` (what is left of them).
May import: the standard library.
Must never: look at a clock; the same input always costs the same.
Read first: `Budget`.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Budget", "Spending"]


class Budget(NamedTuple):
    """Limits on one verification. Running out is a finding, never a hang. What a cache answers is counted too."""

    # Go's crypto/x509 and rustls/webpki stop at 100 as well, since CVE-2018-16875.
    signatures: int = 100
    # Ours: those on CRLs and OCSP responses, each made once for a piece and a key; a CA that splits its CRL into a few
    # hundred stays well within, and a thousand are made within a tenth of a second.
    evidence_signatures: int = 1_000
    # Ours: each costs a microsecond or two; a bridge PKI with dozens of cross-certificates needs hundreds.
    candidates: int = 5_000
    # rustls/webpki and Go allow 250,000 comparisons of a name with a constraint.
    name_comparisons: int = 250_000
    # RFC 9618 keeps graphs linear; this holds 100 policies in each of 100 certificates.
    policy_nodes: int = 10_000
    # Ours: what a peer presents beside its leaf; TLS stacks read 100 KiB of it, a few dozen certificates.
    presented: int = 256
    # Ours: how many later moments are tried to find the end of a verdict; four dates for each of 64 certificates.
    moments: int = 256
    # Ours: what all those moments may cost together, in candidates, a signature counting as fifty.
    look_ahead: int = 20_000


class Spending:
    """What one verification has left. ``spent`` names the limits that were reached, in that order."""

    __slots__ = (
        "candidates",
        "evidence_signatures",
        "limits",
        "name_comparisons",
        "policy_nodes",
        "signatures",
        "spent",
    )

    def __init__(self, budget: Budget) -> None:
        self.limits = budget
        self.signatures = budget.signatures
        self.evidence_signatures = budget.evidence_signatures
        self.candidates = budget.candidates
        self.name_comparisons = budget.name_comparisons
        self.policy_nodes = budget.policy_nodes
        self.spent: list[str] = []

    @property
    def work(self) -> int:
        """What was spent so far, in candidates, a signature counting as fifty."""
        return self.limits.candidates - self.candidates + 50 * (self.limits.signatures - self.signatures)

    def admit_presented(self, count: int) -> None:
        """Note that a peer presented so many certificates; more than the budget has room for spends it."""
        if count > self.limits.presented:
            self._ran_out("presented")

    def spend_signature(self) -> bool:
        """Take one signature check; False when none is left."""
        if self.signatures <= 0:
            return self._ran_out("signatures")
        self.signatures -= 1
        return True

    def spend_evidence_signature(self) -> bool:
        """Take one check of a signature on a CRL or an OCSP response; False when none is left."""
        if self.evidence_signatures <= 0:
            return self._ran_out("evidence_signatures")
        self.evidence_signatures -= 1
        return True

    @property
    def signatures_left(self) -> tuple[int, int]:
        """(signatures, signatures on evidence) that may still be checked."""
        return self.signatures, self.evidence_signatures

    def spend_signatures(self, certificates: int, evidence: int, /) -> None:
        """Take signature checks that were made before, on certificates and on evidence."""
        if certificates > self.signatures:
            self._ran_out("signatures")
        if evidence > self.evidence_signatures:
            self._ran_out("evidence_signatures")
        self.signatures = max(0, self.signatures - certificates)
        self.evidence_signatures = max(0, self.evidence_signatures - evidence)

    def spend_candidate(self) -> bool:
        """Take one candidate issuer; False when none is left."""
        if self.candidates <= 0:
            return self._ran_out("candidates")
        self.candidates -= 1
        return True

    def spend_name_comparisons(self, count: int, /) -> bool:
        """Take ``count`` comparisons of a name with a constraint; False when so many are not left."""
        if self.name_comparisons < count:
            return self._ran_out("name_comparisons")
        self.name_comparisons -= count
        return True

    def spend_policy_nodes(self, count: int, /) -> bool:
        """Take ``count`` nodes of a policy graph; False when so many are not left."""
        if self.policy_nodes < count:
            return self._ran_out("policy_nodes")
        self.policy_nodes -= count
        return True

    def _ran_out(self, limit: str) -> bool:
        if limit not in self.spent:
            self.spent.append(limit)
        return False
