"""Host names as a caller writes them, brought into the one form that is compared.

Makes: `domain_name`.
May import: errors; the package idna, when a name is not ASCII.
Must never: read a certificate's names; what is presented is compared, never repaired.
Read first: `domain_name`.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from devicetrust.errors import MisuseError

__all__ = ["domain_name"]

_LONGEST_NAME = 253  # characters: 255 octets on the wire (RFC 1035 2.3.4) without the first length and the root
_LONGEST_LABEL = 63
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as a last label: what host name parsers take for an IPv4 address


def domain_name(name: str) -> str:
    """``name`` in lower case and A-labels, without the trailing dot of the root.

    RFC 9525 6.3, RFC 5280 7.2 as RFC 9549 2.3 replaces it. U-labels are lower-cased, put into NFC and converted by
    IDNA2008 (RFC 5891). Labels that are ASCII already, ``xn--`` included, are compared as they are, so they are not
    decoded. Raises `MisuseError` for what no certificate can name: wildcards, IP addresses, underscores, empty or
    overlong labels.
    """
    if not isinstance(name, str):
        raise MisuseError(f"a DNS name is a str, not {type(name).__name__}")
    if not name.isascii():
        name = _a_labels(name)
    canonical = name.lower().removesuffix(".")
    labels = canonical.split(".")
    if len(canonical) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise MisuseError(_objection(name, canonical, labels))
    return canonical


def _a_labels(name: str) -> str:
    if len(name) > _LONGEST_NAME:  # A-labels are never shorter than what they encode
        raise MisuseError(f"a DNS name has at most {_LONGEST_NAME} characters, not {len(name)}")
    import idna  # noqa: PLC0415, only names beyond ASCII need it

    try:
        return idna.encode(unicodedata.normalize("NFC", name.lower())).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise MisuseError(f"{name!r} is not a DNS name by IDNA2008: {error}") from error


def _objection(name: str, canonical: str, labels: list[str]) -> str:
    numeric = _is_ip_address(canonical) or (all(labels) and _NUMBER.fullmatch(labels[-1]))
    objections = (
        (not canonical, "a DNS name must not be empty"),
        (len(canonical) > _LONGEST_NAME, f"a DNS name has at most {_LONGEST_NAME} characters, not {len(canonical)}"),
        (numeric, f"{name!r} is an IP address or ends like one, not a DNS name: use Reference.ip for an address"),
        (
            "*" in canonical,
            f"{name!r} has a wildcard: a certificate may present one, a reference names exactly one host",
        ),
        ("_" in canonical, f"{name!r} has an underscore, which no dNSName may have (RFC 5280 4.2.1.6)"),
        (not all(labels), f"{name!r} has an empty label: two dots in a row, or a dot in front"),
        (max(map(len, labels)) > _LONGEST_LABEL, f"{name!r} has a label of more than {_LONGEST_LABEL} characters"),
    )
    otherwise = f"{name!r} is not a DNS name: labels are letters, digits and hyphens, with no hyphen at either end"
    return next((text for applies, text in objections if applies), otherwise)


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
