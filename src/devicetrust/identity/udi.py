"""Unique device identifiers: their syntax and check digits, as three agencies issue them.

Makes: `UDI`, `IssuingAgency`, `read_udi`, `udi_in_uri`, `InvalidUDI`.
May import: the standard library.
Must never: look anything up, or let any exception but `InvalidUDI` escape on any text.
Read first: `UDI`, then `read_udi`.

The forms are those of the FDA's list "UDI formats by FDA-accredited issuing agency". It, the GS1 General
Specifications, the GS1 EPC Tag Data Standard, GS1 Digital Link, ANSI/HIBC 2 and ISBT 128 ST-001 are known here at
second hand.

Deviations
- Of GS1 the text with application identifiers in parentheses is read, not the data of a symbol with its separators. A
  value that itself holds digits in parentheses is taken for two elements.
- Dates are checked for their form, and not kept: they do not tell one device from another.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

__all__ = ["UDI", "InvalidUDI", "IssuingAgency", "read_udi", "udi_in_uri"]


class InvalidUDI(ValueError):
    """Text that is no UDI of a known form; the message says why."""


class IssuingAgency(enum.Enum):
    """Who keeps the form of a UDI; accredited by the FDA (21 CFR 830.100) and designated by the EU (2017/745, 27)."""

    GS1 = "GS1"
    HIBCC = "HIBCC"
    ICCBBA = "ICCBBA"


class UDI(NamedTuple):
    """A UDI: the device identifier of the model (UDI-DI), and what tells its devices apart (of the UDI-PI).

    ``text`` is the whole as it was written. Two are the same device where `device` is equal.
    """

    agency: IssuingAgency
    device_identifier: str
    serial_number: str | None
    lot_number: str | None
    text: str

    @property
    def device(self) -> tuple[str, ...] | None:
        """What names one device: agency, device identifier and serial number; None where there is no serial number."""
        if self.serial_number is None:
            return None
        return (self.agency.value, self.device_identifier, self.serial_number)

    def __str__(self) -> str:
        return self.text


def read_udi(text: str) -> UDI:
    """The UDI that ``text`` is, by its first characters: ``(01)…`` GS1, ``+…`` HIBCC, ``=/…`` or ``=)…`` ICCBBA.

    Check digits are verified: that of the GTIN (GS1) and that of the whole (HIBCC). ICCBBA has none. Raises
    `InvalidUDI`.
    """
    if len(text) > _LONGEST:
        raise InvalidUDI(f"a UDI has at most {_LONGEST} characters, not {len(text)}")
    if text.startswith("("):
        return _gs1(text)
    if text.startswith("+"):
        return _hibcc(text)
    if text.startswith("="):
        return _iccbba(text)
    raise InvalidUDI("a UDI begins with (01) for GS1, + for HIBCC, =/ or =) for ICCBBA")


def udi_in_uri(uri: str) -> UDI | None:
    """The UDI that a URI names by a GS1 standard; None where it is no such URI. Raises `InvalidUDI` for a wrong one.

    ``urn:epc:id:sgtin:…`` (EPC Tag Data Standard 6.3.1, RFC 5134), and ``https://id.gs1.org/01/…`` (GS1 Digital Link,
    whose canonical host that is). No standard puts a UDI of HIBCC or ICCBBA into a URI.
    """
    if found := re.match(_SGTIN, uri):
        return _of_sgtin(uri[found.end() :])
    if found := re.match(_DIGITAL_LINK, uri):
        return _of_digital_link(uri[found.end() :])
    return None


# The longest that the FDA's list allows is a HIBCC UDI of 87; GS1 elements beyond its list make it longer.
_LONGEST: Final = 255

# GS1

_ELEMENT: Final = r"\((\d{2,4})\)"
_CHARACTER: Final = r"[!\"%-?A-Z_a-z]"  # GS1 character set 82
_GTIN, _LOT, _SERIAL = "01", "10", "21"
_VALUES: Final = {
    "01": r"\d{14}",
    "11": r"\d{6}",
    "17": r"\d{6}",
    "10": rf"{_CHARACTER}{{1,20}}",
    "21": rf"{_CHARACTER}{{1,20}}",
}
_OTHER_VALUE: Final = rf"{_CHARACTER}{{1,90}}"
_SGTIN: Final = r"(?i:urn:epc:id:sgtin:)"
_DIGITAL_LINK: Final = r"(?i:https://id\.gs1\.org)/01/"


def _gs1(text: str) -> UDI:
    parts = re.split(_ELEMENT, text)
    elements: dict[str, str] = {}
    for identifier, value in zip(parts[1::2], parts[2::2], strict=True):
        if identifier in elements:
            raise InvalidUDI(f"the application identifier ({identifier}) occurs twice")
        if not re.fullmatch(_VALUES.get(identifier, _OTHER_VALUE), value, re.ASCII):
            raise InvalidUDI(f"({identifier}) does not hold what GS1 allows in it")
        elements[identifier] = value
    if parts[0] or next(iter(elements), "") != _GTIN:
        raise InvalidUDI("a GS1 UDI begins with (01) and a GTIN of 14 digits")
    for date in (elements[identifier] for identifier in ("11", "17") if identifier in elements):
        if not ("01" <= date[2:4] <= "12" and date[4:6] <= "31"):
            raise InvalidUDI(f"{date} is no date YYMMDD")
    return _checked_gs1(elements[_GTIN], elements.get(_SERIAL), elements.get(_LOT), text)


def _checked_gs1(gtin: str, serial: str | None, lot: str | None, text: str) -> UDI:
    if gtin[-1] != _gs1_check_digit(gtin[:-1]):
        raise InvalidUDI(f"the check digit of the GTIN {gtin} is wrong")
    return UDI(IssuingAgency.GS1, gtin, serial, lot, text)


def _gs1_check_digit(digits: str) -> str:
    """GS1 General Specifications 7.9.1: weights 3 and 1 from the right, to the next multiple of ten."""
    weighted = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def _of_sgtin(rest: str) -> UDI:
    """Company prefix, indicator with item reference, and serial number; the GTIN's check digit is not written."""
    prefix, _, reference_and_serial = rest.partition(".")
    reference, _, serial = reference_and_serial.partition(".")
    if not re.fullmatch(r"\d{6,12}", prefix, re.ASCII) or not re.fullmatch(r"\d+", reference, re.ASCII):
        raise InvalidUDI("an SGTIN has a company prefix of 6 to 12 digits and an item reference")
    if len(prefix) + len(reference) != _SGTIN_DIGITS:
        raise InvalidUDI(f"company prefix and item reference of an SGTIN have {_SGTIN_DIGITS} digits together")
    digits = reference[0] + prefix + reference[1:]
    return _written(digits + _gs1_check_digit(digits), _unescaped(serial), None)


_SGTIN_DIGITS: Final = 13


def _of_digital_link(rest: str) -> UDI:
    gtin, *path = rest.partition("?")[0].partition("#")[0].split("/")
    qualifiers = dict(zip(path[::2], map(_unescaped, path[1::2]), strict=False))
    if not re.fullmatch(r"\d{14}", gtin, re.ASCII) or len(path) != 2 * len(qualifiers):
        raise InvalidUDI("a GS1 Digital Link has a GTIN of 14 digits, then pairs of application identifier and value")
    return _written(gtin, qualifiers.get(_SERIAL), qualifiers.get(_LOT))


def _written(gtin: str, serial: str | None, lot: str | None) -> UDI:
    """The UDI in the form that people read."""
    for identifier, value in ((_LOT, lot), (_SERIAL, serial)):
        if value is not None and not re.fullmatch(_VALUES[identifier], value, re.ASCII):
            raise InvalidUDI(f"({identifier}) does not hold what GS1 allows in it")
    further = ("" if lot is None else f"(10){lot}") + ("" if serial is None else f"(21){serial}")
    return _checked_gs1(gtin, serial, lot, f"(01){gtin}{further}")


def _unescaped(value: str) -> str:
    return unquote(value, errors="replace")


# HIBCC

_HIBCC_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_PRIMARY: Final = r"[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]"
_HIBCC_DATES: Final = {"2": 6, "3": 6, "4": 8, "5": 5, "6": 7, "7": 0}
_HIBCC_QUANTITIES: Final = {"8": 2, "9": 5}
_SUPPLEMENTS: Final = {
    "14D": r"\d{8}",
    "16D": r"\d{8}",
    "S": r"[A-Z0-9\-. $+%]{1,18}",
}


def _hibcc(text: str) -> UDI:
    """ANSI/HIBC 2.6 section 2: + primary data, / secondary data, / supplements, one check character."""
    body, check = text[:-1], text[-1]
    if any(character not in _HIBCC_ALPHABET for character in text):
        raise InvalidUDI("a HIBCC UDI holds capital letters, digits, and - . $ / + % alone")
    if check != _HIBCC_ALPHABET[sum(map(_HIBCC_ALPHABET.index, body)) % len(_HIBCC_ALPHABET)]:
        raise InvalidUDI("the check character of the HIBCC UDI is wrong")
    primary, *further = body[1:].split("/")
    if not re.fullmatch(_PRIMARY, primary):
        raise InvalidUDI("a HIBCC UDI begins with + and a labeler's code, a product's code and a unit of measure")
    serial: str | None = None
    lot: str | None = None
    for kind, value in _hibcc_parts(further):
        if kind == "lot":
            lot = value
        elif serial is None:
            serial = value
        else:
            raise InvalidUDI("a HIBCC UDI with two serial numbers")
    return UDI(IssuingAgency.HIBCC, primary, serial, lot, text)


def _hibcc_parts(further: list[str]) -> Iterator[tuple[str, str]]:
    """Lot and serial numbers of the secondary data (first, begins with $) and of the supplements."""
    for place, part in enumerate(further):
        if place == 0 and part.startswith("$"):
            kind = "serial" if part.startswith(("$+", "$$+")) else "lot"
            if value := _without_date(part):
                yield kind, value
            continue
        name = next((one for one in _SUPPLEMENTS if part.startswith(one)), None)
        if name is None or not re.fullmatch(_SUPPLEMENTS[name], part.removeprefix(name)):
            raise InvalidUDI("a HIBCC UDI has $ data first, then /S, /14D or /16D with their values")
        if name == "S":
            yield "serial", part.removeprefix(name)


def _without_date(part: str) -> str:
    """The lot or serial number of secondary data, behind quantity and date."""
    rest = part.removeprefix("$")
    dated = rest.startswith("$")
    rest = rest.removeprefix("$").removeprefix("+")
    if dated:
        if rest[:1] in _HIBCC_QUANTITIES:
            rest = _behind_digits(rest[1:], _HIBCC_QUANTITIES[rest[0]])
        form = rest[:1]
        rest = _behind_digits(rest[1:], _HIBCC_DATES[form]) if form in _HIBCC_DATES else _behind_digits(rest, 4)
    if not re.fullmatch(r"[A-Z0-9\-. %]{0,18}", rest) or not (dated or rest):
        raise InvalidUDI("the lot or serial number of a HIBCC UDI has 1 to 18 letters and digits")
    return rest


def _behind_digits(text: str, count: int) -> str:
    if not re.fullmatch(rf"\d{{{count}}}", text[:count], re.ASCII):
        raise InvalidUDI("the secondary data of a HIBCC UDI has a date or quantity that is none")
    return text[count:]


# ICCBBA

_ISBT_STRUCTURES: Final = (
    ("device", r"=/([A-NP-Z1-9][A-Z0-9]{15})"),
    ("device", r"=\)([A-Z0-9]{10})"),
    ("serial", r"=,([A-Z0-9]{6})"),
    ("date", r"=>(\d{6})"),
    ("date", r"=\}(\d{6})"),
    ("lot", r"&,1([A-Z0-9]{18})"),
    ("lot", r"&\)([A-Z0-9]{10})"),
    ("donation", r"=([A-NP-Z1-9][A-Z0-9]{4}\d{8}[A-Z0-9]{2})"),
)


def _iccbba(text: str) -> UDI:
    """ISBT 128: data structures of fixed lengths, the device identifier first; no check digit is part of them."""
    found: dict[str, str] = {}
    rest, dates = text, 0
    while rest:
        kind, match = next(
            ((kind, match) for kind, form in _ISBT_STRUCTURES if (match := re.match(form, rest, re.ASCII))), ("", None)
        )
        if match is None:
            raise InvalidUDI("an ICCBBA UDI holds something that is none of its data structures")
        dates += kind == "date"
        if kind in found and (kind != "date" or dates > 2):
            raise InvalidUDI("an ICCBBA UDI has the same data structure twice")
        if not found and kind != "device":
            raise InvalidUDI("an ICCBBA UDI begins with =/ or =) and its device identifier")
        found[kind] = match[1]
        rest = rest[match.end() :].removeprefix(" ")
    # Divisions of one donation are told apart by both together.
    serial = "".join(filter(None, (found.get("donation"), found.get("serial")))) or None
    return UDI(IssuingAgency.ICCBBA, found["device"], serial, found.get("lot"), text)
