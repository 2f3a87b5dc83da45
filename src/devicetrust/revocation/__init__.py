"""Whether a certificate was revoked.

Makes: `RevocationPolicy`, `RevocationJudge`, and the findings about revocation.
May import: errors, findings, x509, trust, evidence, path.
Must never: fetch anything, or take silence for "good".
Read first: `policy`, then `status`, then `check` and `inquiry`.
"""

from __future__ import annotations

from devicetrust.revocation.policy import RevocationDepth, RevocationPolicy, RevocationSource, UnknownStatus

__all__ = ["RevocationDepth", "RevocationPolicy", "RevocationSource", "UnknownStatus"]
