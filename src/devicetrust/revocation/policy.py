"""What is asked about revocation.

Makes: `RevocationPolicy`, with the preset ``OFF``.
May import: findings.
Must never: hide that revocation was not asked about.
Read first: `RevocationPolicy`.
"""

from __future__ import annotations

import enum
from typing import Final

from devicetrust.findings import Citation, Code, Severity

__all__ = ["NOT_CHECKED", "RevocationPolicy"]


class RevocationPolicy(enum.Enum):
    """The named answers to: how much must be known about revocation?"""

    OFF = "revocation is not asked about, and every verdict says so"


NOT_CHECKED: Final = Code(
    "revocation.not_checked",
    Severity.NOTICE,
    Citation("RFC 5280", "6.1.3 (a)(3)"),
    rank=90,
    what="revocation was not checked",
    why="A certificate that its issuer has withdrawn looks like any other until its CRL or OCSP response is read.",
    remedy="nothing for this profile; whoever relies on the verdict must know that a stolen device may pass",
)
