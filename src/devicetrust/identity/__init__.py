"""Whom a certificate names, and whether that is whom the caller means.

Makes: `Reference` (what is wanted), `Match` and findings (what a certificate says to it), `DeviceIdentity`.
May import: errors, findings, x509.
Must never: see a path or a profile, or take the common name for an identity.
Read first: reference.py, then services.py and devices.py; device.py stands beside them.
"""

from __future__ import annotations

from devicetrust.identity.reference import Reference, ReferenceKind
from devicetrust.identity.services import NAME_MISMATCH, NO_NAMES, UNCHECKED, Match, findings, matches

__all__ = [
    "NAME_MISMATCH",
    "NO_NAMES",
    "UNCHECKED",
    "Match",
    "Reference",
    "ReferenceKind",
    "findings",
    "matches",
]
