"""Whom we trust, and where issuers are found.

Makes: `TrustAnchor`, `AnchorConstraints`, `TrustStore`, `IssuerPool`.
May import: errors, findings, x509.
Must never: check a signature, read a clock, or decide whether a certificate is valid.
Read first: `anchor`, then `store`.
"""

from __future__ import annotations

from devicetrust.trust.anchor import AnchorConstraints, TrustAnchor
from devicetrust.trust.pool import IssuerPool
from devicetrust.trust.store import TrustStore

__all__ = ["AnchorConstraints", "IssuerPool", "TrustAnchor", "TrustStore"]
