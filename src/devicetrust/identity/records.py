"""What an inventory lists of a device, as a caller writes it, brought into the form that is compared.

Makes: a function for each kind of entry; `endpoint_uuid`.
May import: errors, x509; udi of this room.
Must never: read a certificate, or let pass what would match more than one device.
Read first: `text`.

Each raises `MisuseError` for an entry that is empty or cannot be. X.520, RFC 9562, DICOM PS3.5 and SPIFFE-ID are known
here at second hand.
"""

from __future__ import annotations

import re
from typing import Final

from devicetrust.errors import MisuseError
from devicetrust.identity.udi import UDI, InvalidUDI, read_udi
from devicetrust.x509.names import text_key

__all__ = [
    "ae_title",
    "attribute_key",
    "endpoint",
    "endpoint_uuid",
    "object_identifier",
    "octets",
    "spiffe_id",
    "text",
    "unique_device_identifier",
]


def text(given: object, what: str) -> str:
    """Text that says something and can be written in UTF-8."""
    if not isinstance(given, str):
        raise MisuseError(f"{what} is a str, not {type(given).__name__}")
    if not given.strip():
        raise MisuseError(f"{what} must not be empty: it would say nothing about the device")
    if len(given) > _LONGEST:
        raise MisuseError(f"{what} has at most {_LONGEST} characters, not {len(given)}")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise MisuseError(f"{what} {given!r} cannot be written in UTF-8") from error
    return given


def attribute_key(given: str, what: str) -> str:
    """An attribute's text as caseIgnoreMatch compares it: X.520 6.2.9 for serialNumber, RFC 5280 7.1 for names."""
    key = text_key(given)
    if not key.strip():
        raise MisuseError(f"{what} {given!r} holds no character that is compared")
    return key


def object_identifier(given: object, what: str) -> str:
    """A dotted object identifier, X.660."""
    if not isinstance(given, str) or not re.fullmatch(_OBJECT_IDENTIFIER, given):
        raise MisuseError(f"{what} is a dotted object identifier such as 1.3.6.1.4.1.343, not {given!r}")
    return given


def octets(given: object, what: str) -> bytes:
    """Octets, one at least."""
    if not isinstance(given, bytes):
        raise MisuseError(f"{what} is bytes, not {type(given).__name__}: for text write b'SN-1'")
    if not given:
        raise MisuseError(f"{what} must not be empty: it would say nothing about the device")
    return given


def unique_device_identifier(given: object) -> UDI:
    """A UDI, its check digits verified."""
    try:
        return read_udi(text(given, "a UDI"))
    except InvalidUDI as problem:
        raise MisuseError(f"{given!r} is no UDI: {problem}") from problem


def endpoint(given: object) -> str:
    """An SDC endpoint reference as a URN: a UUID, with or without ``urn:uuid:``."""
    if not isinstance(given, str):
        raise MisuseError(f"an SDC endpoint is a str, not {type(given).__name__}")
    found = endpoint_uuid(given if given[:4].lower() == "urn:" else f"urn:uuid:{given}")
    if found is None:
        raise MisuseError(f"{given!r} is no UUID: an SDC endpoint is written urn:uuid:, then 8-4-4-4-12 digits")
    return found


def endpoint_uuid(uri: str) -> str | None:
    """The URN of a UUID in lower case, RFC 9562 4; None where the URI is none."""
    return uri.lower() if re.fullmatch(_UUID_URN, uri, re.ASCII) else None


def ae_title(given: object) -> str:
    """A DICOM application entity title, PS3.5 6.2: at most 16 characters, spaces around it do not count."""
    title = text(given, "an AE title").strip(" ")
    if len(title) > _LONGEST_AE_TITLE or "\\" in title or not title.isascii() or not title.isprintable():
        raise MisuseError(
            f"{given!r} is no AE title: it has at most {_LONGEST_AE_TITLE} printable ASCII characters and no backslash"
        )
    return title


def spiffe_id(given: object) -> str:
    """A SPIFFE ID, SPIFFE-ID 2: scheme, trust domain and path, each in its one spelling."""
    found = text(given, "a SPIFFE ID")
    if not re.fullmatch(_SPIFFE_ID, found) or re.search(r"/\.{1,2}(?:/|$)", found):
        raise MisuseError(
            f"{found!r} is no SPIFFE ID: spiffe://, a trust domain in lower case, and a path of segments; "
            "no port, no query, no percent signs, no slash at the end"
        )
    return found


_LONGEST: Final = 2048  # characters; a bound of our own, SPIFFE-ID 2.3 asks for as much
_LONGEST_AE_TITLE: Final = 16
_OBJECT_IDENTIFIER: Final = r"(?:[01]\.[1-3]?[0-9]|2\.(?:0|[1-9][0-9]{0,39}))(?:\.(?:0|[1-9][0-9]{0,39})){0,40}"
_UUID_URN: Final = r"(?i:urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_SPIFFE_ID: Final = r"spiffe://[a-z0-9._-]{1,255}(?:/[A-Za-z0-9._-]+)*"
