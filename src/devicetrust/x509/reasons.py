"""Why a certificate was revoked.

Makes: `RevocationReason`, `ALL_REASONS`, and their readers.
May import: x509 siblings.
Must never: pass over a reason that it does not know.
Read first: `RevocationReason`.
"""

from __future__ import annotations

import enum
from typing import Final

from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER

__all__ = ["ALL_REASONS", "RevocationReason", "read_reason", "read_reason_flags"]


class RevocationReason(enum.Enum):
    """The reasons of a CRLReason, RFC 5280 5.3.1. The value is its name there."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    REMOVE_FROM_CRL = "removeFromCRL"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    AA_COMPROMISE = "aACompromise"


# ReasonFlags, RFC 5280 4.2.1.13, from bit 1 on; bit 0 is "unused".
_FLAGS: Final = (
    RevocationReason.KEY_COMPROMISE,
    RevocationReason.CA_COMPROMISE,
    RevocationReason.AFFILIATION_CHANGED,
    RevocationReason.SUPERSEDED,
    RevocationReason.CESSATION_OF_OPERATION,
    RevocationReason.CERTIFICATE_HOLD,
    RevocationReason.PRIVILEGE_WITHDRAWN,
    RevocationReason.AA_COMPROMISE,
)

ALL_REASONS: Final = frozenset(_FLAGS)
"""The reasons that distribution points may part among them, RFC 5280 4.2.1.13: the whole of the reasons mask of 6.3."""

# CRLReason, RFC 5280 5.3.1; the value 7 is not used.
_CODES: Final = dict(zip((0, 1, 2, 3, 4, 5, 6, 8, 9, 10), RevocationReason, strict=True))


def read_reason(der: bytes) -> RevocationReason:
    """The reason that an ENUMERATED states, RFC 5280 5.3.1; raises `MalformedDER` where it is none of them."""
    cursor = Cursor(der)
    content = cursor.content(0x0A)
    cursor.finish()
    reason = _CODES.get(content[0]) if len(content) == 1 else None
    if reason is None:
        raise MalformedDER("a reason of revocation that is not known")
    return reason


def read_reason_flags(content: bytes) -> frozenset[RevocationReason]:
    """The reasons of the content octets of a ReasonFlags, RFC 5280 4.2.1.13; raises `MalformedDER`.

    A flag beyond those of the standard is refused: nobody could say what else it leaves to other CRLs.
    """
    if not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise MalformedDER("reasons that are not a bit string")
    unused = content[0]
    bits = int.from_bytes(content[1:], "big")
    length = 8 * (len(content) - 1)
    if bits & ((1 << unused) - 1):
        raise MalformedDER("a bit string with unused bits set")
    flags = [place for place in range(length) if bits >> (length - 1 - place) & 1]
    if any(place > len(_FLAGS) for place in flags):
        raise MalformedDER("a reason of revocation that is not known")
    return frozenset([_FLAGS[place - 1] for place in flags if place])
