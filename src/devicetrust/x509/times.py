"""Moments as CRLs and OCSP responses write them.

Makes: `seconds`.
May import: `x509.der`.
Must never: read a time that could be read in two ways.
Read first: `seconds`.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from devicetrust.x509.der import MalformedDER

__all__ = ["GENERALIZED_TIME", "UTC_TIME", "seconds"]

UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18


def seconds(tag: int, content: bytes) -> int:
    """Seconds since 1970-01-01T00:00:00Z of a UTCTime or GeneralizedTime, RFC 5280 4.1.2.5; raises `MalformedDER`.

    YYMMDDhhmmssZ with years from 1950 to 2049, and YYYYMMDDhhmmssZ, nothing else.
    """
    if _LENGTHS.get(tag) != len(content) or content[-1:] != b"Z" or not content[:-1].isdigit():
        raise MalformedDER("a time that is neither YYMMDDhhmmssZ nor YYYYMMDDhhmmssZ")
    days, clock = divmod(int(content[:-1]), 1_000_000)
    months, day = divmod(days, 100)
    year, month = divmod(months, 100)
    if tag == UTC_TIME:
        year += 2000 if year < 50 else 1900
    hour, rest = divmod(clock, 10_000)
    minute, second = divmod(rest, 100)
    try:
        ordinal = date(year, month, day).toordinal()
    except ValueError:
        raise MalformedDER("a time of no day") from None
    if hour > 23 or minute > 59 or second > 59:
        raise MalformedDER("a time of no second")
    return (ordinal - _EPOCH) * 86_400 + hour * 3600 + minute * 60 + second


_LENGTHS: Final = {UTC_TIME: 13, GENERALIZED_TIME: 15}
_EPOCH: Final = date(1970, 1, 1).toordinal()
