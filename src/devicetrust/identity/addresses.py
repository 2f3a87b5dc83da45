"""What a caller names a service by, brought into the form that is compared.

Makes: a function for each kind of name.
May import: errors, ipaddress; domain_names and uris of this room.
Must never: read a certificate, or repair a name.
Read first: `absolute_uri`.

Each raises `MisuseError` for what no certificate can match.
"""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address

from devicetrust.errors import MisuseError
from devicetrust.identity.domain_names import domain_name
from devicetrust.identity.uris import comparison_form, uri_parts

__all__ = ["absolute_uri", "exact_uri", "ip_address", "mailbox", "utf8_string"]

_LONGEST_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1
_LONGEST_URI = 2048  # characters; a bound of our own, SPIFFE-ID 2.3 asks for as much
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"  # RFC 5321 4.1.2 with RFC 6531 3.3
# Compiled when first used: that takes as long as the rest of this room takes to load.
_LOCAL_PART = rf'{_ATOM}(?:\.{_ATOM})*|"(?:[\x20\x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\x20-\x7e])*"'
_UTF8_STRING = 0x0C
_LONG_LENGTH = 0x80


def ip_address(address: object) -> IPv4Address | IPv6Address:
    """An IP address, without brackets, port, prefix length or zone."""
    if isinstance(address, str):
        try:
            address = ipaddress.ip_address(address)
        except ValueError as error:
            raise MisuseError(f"{address!r} is not an IP address (no brackets, port or prefix length)") from error
    if type(address) is IPv4Address:
        return address
    if type(address) is IPv6Address:
        if address.scope_id is not None:
            raise MisuseError(f"{str(address)!r} has a zone, which no certificate can name")
        return address
    # An IPv4Interface is an IPv4Address to isinstance, but has a prefix length.
    raise MisuseError(f"an IP reference is a str, IPv4Address or IPv6Address, not {type(address).__name__}")


def absolute_uri(uri: str) -> str:
    """A URI that names something, in the form that is compared (RFC 5280 7.4), a host in U-labels converted."""
    if not isinstance(uri, str):
        raise MisuseError(f"a URI is a str, not {type(uri).__name__}")
    if len(uri) > _LONGEST_URI:
        raise MisuseError(f"a URI reference has at most {_LONGEST_URI} characters, not {len(uri)}")
    parts = uri_parts(uri)
    if parts is None:
        raise MisuseError(f"{uri!r} is not an absolute URI: it needs a scheme, as in https://ehr.example")
    if parts.host is not None and "*" in parts.host:
        raise MisuseError(f"{uri!r} has a wildcard: a reference names exactly one host")
    if not parts.host and not parts.path.strip("/"):
        raise MisuseError(f"{uri!r} names nothing: it has neither host nor path")
    if parts.host is not None and not parts.host.isascii():
        parts = parts._replace(host=domain_name(parts.host))
    form = comparison_form(str(parts))
    if form is None:
        raise MisuseError(f"{uri!r} has what a URI cannot hold: write a host in A-labels, all else as %XX of its UTF-8")
    return form


def exact_uri(uri: str) -> str:
    """An absolute URI as it is written, to be compared character by character."""
    absolute_uri(uri)
    if comparison_form(uri) is None:  # a host in U-labels, which would be converted
        raise MisuseError(f"{uri!r} has what a URI cannot hold: write a host in A-labels, all else as %XX of its UTF-8")
    return uri


def mailbox(address: str) -> str:
    """A mailbox: local part as it is, host in A-labels and lower case."""
    if not isinstance(address, str):
        raise MisuseError(f"an e-mail address is a str, not {type(address).__name__}")
    local_part, at, host = address.rpartition("@")
    if not at or not re.fullmatch(_LOCAL_PART, local_part):
        raise MisuseError(
            f"{address!r} is not an e-mail address: it is written local-part@host, with no name around it"
        )
    try:
        octets = len(local_part.encode())
    except UnicodeEncodeError as error:
        raise MisuseError(f"{address!r} cannot be written in UTF-8") from error
    if octets > _LONGEST_LOCAL_PART:
        raise MisuseError(f"the local part of an e-mail address has at most {_LONGEST_LOCAL_PART} octets, not {octets}")
    return f"{local_part}@{domain_name(host)}"


def utf8_string(text: str) -> bytes:
    """The DER of a UTF8String. RFC 9598 5: an SmtpUTF8Mailbox is compared octet for octet, tag and length too."""
    content = text.encode()
    length = len(content)
    octets = b"" if length < _LONG_LENGTH else length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((_UTF8_STRING, _LONG_LENGTH | len(octets) if octets else length)) + octets + content
