"""String preparation for names that hold more than ASCII, and the labels of internationalised domain names.

Makes: `prepared`, `prepared_label`, `is_valid_a_label`.
May import: the standard library, `idna`.
Must never: be needed for an ASCII name; siblings import it when the first other name comes along.
Read first: `prepared`.

Deviations
- RFC 4518 2.4 (Prohibit) leaves a comparison undefined when a value holds a code point that Unicode 3.2 does not
  assign, or a private one. Here such a code point stands for itself. Undefined would let a name slip past an excluded
  subtree, and would part a certificate from its issuer over a character younger than 2002.
"""

from __future__ import annotations

import re
import stringprep
from typing import Final
from unicodedata import ucd_3_2_0

import idna

__all__ = ["is_valid_a_label", "prepared", "prepared_label"]

LONGEST_LABEL: Final = 63
"""Octets in a domain label, RFC 1034 3.1. Nothing longer is handed to `idna`."""


def prepared(text: str) -> str:
    """The form in which two attribute values match by caseIgnoreMatch exactly when they are equal.

    RFC 5280 7.1, RFC 4518 2.2 (map, with case folding by RFC 3454 B.2), 2.3 (NFKC), 2.6.1 (insignificant spaces: the
    outer ones are left away and inner runs become one, which compares the same as the RFC's two).

    Not in the RFC: a text with more combining marks in a row than UAX #15 calls stream-safe is left unnormalised, and
    so matches itself alone; putting the marks in order takes time that grows with the square of their number.
    """
    mapped = text.translate(_MAPPED)
    folded = mapped.translate({ord(character): stringprep.map_table_b2(character) for character in set(mapped)})
    if _has_long_run_of_marks(folded):
        return folded
    return _without_insignificant_spaces(ucd_3_2_0.normalize("NFKC", folded))


def prepared_label(text: str) -> str | None:
    """The A-label of a domainComponent that is a U-label, or None where it is none.

    RFC 5280 7.3 as updated by RFC 9549 2.4. A U-label is in lower case; an upper-case one is taken for its lower case.
    """
    if len(text) > LONGEST_LABEL:
        return None
    try:
        return idna.alabel(text.lower()).decode("ascii")
    except UnicodeError:  # idna.IDNAError is one
        return None


def is_valid_a_label(label: str) -> bool:
    """Whether an ASCII label that starts with ``xn--`` stands for a U-label of IDNA2008, RFC 5890 2.3.2.1."""
    if len(label) > LONGEST_LABEL:
        return False
    lowered = label.lower()
    try:
        return idna.alabel(idna.ulabel(lowered)).decode("ascii") == lowered
    except UnicodeError:  # idna.IDNAError is one
        return False


def _code_points(listed: str) -> list[int]:
    ranges = (entry.partition("-") for entry in listed.split())
    return [point for first, _, last in ranges for point in range(int(first, 16), int(last or first, 16) + 1)]


# RFC 4518 2.2, whose "FF00-FE0F" is a slip of the pen for FE00-FE0F, the variation selectors.
_TO_NOTHING: Final = _code_points(
    "0000-0008 000E-001F 007F-0084 0086-009F 00AD 034F 06DD 070F 1806 180B-180E 200B-200F 202A-202E 2060-2063 "
    "206A-206F FE00-FE0F FEFF FFF9-FFFC 1D173-1D17A E0001 E0020-E007F"
)
_TO_SPACE: Final = _code_points("0009-000D 0085 00A0 1680 2000-200A 2028-2029 202F 205F 3000")
_MAPPED: Final = dict.fromkeys(_TO_NOTHING, "") | dict.fromkeys(_TO_SPACE, " ")

# No other space is left after the mapping, so this one can stand for a space that carries a combining mark.
_SIGNIFICANT_SPACE: Final = "\N{NO-BREAK SPACE}"


def _has_long_run_of_marks(text: str) -> bool:
    run = 0
    for character in text:
        run = run + 1 if ucd_3_2_0.combining(character) else 0
        if run > _MOST_MARKS:
            return True
    return False


# UAX #15 13, Stream-Safe Text Format: no text in any language comes near it.
_MOST_MARKS: Final = 30


def _without_insignificant_spaces(text: str) -> str:
    """RFC 4518 2.6.1: a space followed by a combining mark is not a space in this sense."""

    def kept(space: re.Match[str]) -> str:
        return _SIGNIFICANT_SPACE if ucd_3_2_0.category(space[1]).startswith("M") else " "

    marked = re.sub(r" (?=(.))", kept, text, flags=re.DOTALL)
    return " ".join([word for word in marked.split(" ") if word])
