"""Whether a certificate was revoked.

Makes: `RevocationPolicy`, and the findings about revocation.
May import: errors, findings, x509, trust, evidence, path.
Must never: fetch anything, or take silence for "good".
Read first: `policy`.
"""

from __future__ import annotations

from devicetrust.revocation.policy import NOT_CHECKED, RevocationPolicy

__all__ = ["NOT_CHECKED", "RevocationPolicy"]
