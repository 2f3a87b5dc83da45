"""Moments as CRLs and OCSP responses write them.

Makes: `seconds`.
May import: `x509.der`.
Must never: read a time that could be read in two ways.
Read first: `seconds`.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from devicetrust.x509.der import MalformedDER

__all__ = ["GENERALIZED_TIME", "UTC_TIME", "seconds", "seconds_of_digits"]

UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18


def seconds(tag: int, content: bytes) -> int:
    """Seconds since 1970-01-01T00:00:00Z of a UTCTime or GeneralizedTime, RFC 5280 4.1.2.5; raises `MalformedDER`.

    YYMMDDhhmmssZ with years from 1950 to 2049, and YYYYMMDDhhmmssZ, nothing else.
    """
    digits = content[:-1]
    if content[-1:] != b"Z" or not digits.isdigit() or len(digits) != (12 if tag == UTC_TIME else 14):
        raise MalformedDER("a time that is neither YYMMDDhhmmssZ nor YYYYMMDDhhmmssZ")
    return seconds_of_digits(tag, int(digits))


def seconds_of_digits(tag: int, number: int) -> int:
    """`seconds` of the right number of digits, read as one number."""
    clock = number % 1_000_000
    minutes = clock // 100
    hours = minutes // 100
    if hours > 23 or minutes % 100 > 59 or clock % 100 > 59:
        raise MalformedDER("a time of no second")
    return _midnight(tag, number // 1_000_000) + clock - 40 * minutes - 2400 * hours


@lru_cache(maxsize=4096)  # the days of ten years; the entries of a CRL share theirs
def _midnight(tag: int, number: int) -> int:
    """The first second of the day that is written (YY)YYMMDD."""
    year = number // 10_000
    if tag == UTC_TIME:
        year += 2000 if year < 50 else 1900
    try:
        return (date(year, number // 100 % 100, number % 100).toordinal() - _EPOCH) * 86_400
    except ValueError:
        raise MalformedDER("a time of no day") from None


_EPOCH: Final = date(1970, 1, 1).toordinal()
