"""The notices of a certificatePolicies extension, which are meant for people.

Makes: `UserNotice` (`read_user_notices`).
May import: x509 siblings.
Must never: decide which policies count (``path`` does).
Read first: `UserNotice`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import read_tlv
from devicetrust.x509.names import Attribute

__all__ = ["USER_NOTICE", "UserNotice", "read_user_notices"]

USER_NOTICE: Final = bytes.fromhex("06082b06010505070202")
"""id-qt-unotice in DER, RFC 5280 4.2.1.4."""


class UserNotice(NamedTuple):
    """A userNotice qualifier, RFC 5280 4.2.1.4.

    ``explicit_text`` has the tag and the octets of the text, and no type; None where there is no text.
    """

    has_notice_reference: bool
    explicit_text: Attribute | None


def read_user_notices(der: bytes) -> tuple[UserNotice, ...]:
    """The notices of all policies in the value of a certificatePolicies extension; raises `MalformedDER`."""
    return tuple([notice for policy in Cursor.within(der).elements(_SEQUENCE) for notice in _notices(policy)])


def _notices(policy: Cursor) -> Iterator[UserNotice]:
    policy.content(_OBJECT_IDENTIFIER)
    if policy.next_tag is None:
        return
    for qualifier in policy.enter(_SEQUENCE).elements(_SEQUENCE):
        if qualifier.element(_OBJECT_IDENTIFIER) == USER_NOTICE and qualifier.next_tag == _SEQUENCE:
            yield _notice(qualifier.enter(_SEQUENCE))


def _notice(fields: Cursor) -> UserNotice:
    has_reference = fields.next_tag == _SEQUENCE
    if has_reference:
        fields.element()
    if fields.next_tag is None:
        return UserNotice(has_reference, None)
    encoded = fields.element()
    tag, start, end = read_tlv(encoded, 0, len(encoded))
    return UserNotice(has_reference, Attribute("", tag, encoded[start:end]))


_SEQUENCE: Final = 0x30
_OBJECT_IDENTIFIER: Final = 0x06
