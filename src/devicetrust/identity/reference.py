"""Whom the caller means to talk to: reference identities.

Makes: `Reference`, `ReferenceKind`.
May import: errors, ipaddress; domain_names and uris of this room.
Must never: look at a certificate. What is presented is judged in services.py.
Read first: `Reference`.

A reference is parsed once, where it is made. Each one holds the presented values that it takes, in the form in which
they are compared, so that a match is an equality. RFC 9525 is known here at second hand (a late draft of it, and RFC
6125 before it).

Deviations
- A URI reference takes a presented URI that is equal as a whole (RFC 5280 7.4). RFC 9525 6.5 compares scheme and host
  and says nothing of the rest; but a certificate for ``https://ehr.example/tenant-a`` is none for the whole host, and
  one for ``spiffe://ward.example/pump`` none for another workload of that trust domain.
- Wildcards are taken in dNSName alone, not in a URI, and only with two labels or more behind them: ``*.com`` matches
  nothing (RFC 9525 7.1 leaves public suffixes open).
- A single label (``localhost``) is a DNS reference, though RFC 9525 speaks of fully qualified names.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar, NoReturn, TypeAlias, final

from devicetrust.errors import MisuseError
from devicetrust.identity.domain_names import domain_name
from devicetrust.identity.uris import comparison_form, uri_parts

__all__ = ["Reference", "ReferenceKind"]

_Presented: TypeAlias = "str | bytes | IPv4Address | IPv6Address"

_LONGEST_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1
_LONGEST_URI = 2048  # characters; a bound of our own, SPIFFE-ID 2.3 asks for as much
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"  # RFC 5321 4.1.2 with RFC 6531 3.3
# Compiled when first used: that takes as long as the rest of this room takes to load.
_LOCAL_PART = rf'{_ATOM}(?:\.{_ATOM})*|"(?:[\x20\x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\x20-\x7e])*"'
_UTF8_STRING = 0x0C
_LONG_LENGTH = 0x80


class ReferenceKind(enum.Enum):
    """What a reference is made of; the value begins its ``key``."""

    DNS = "dns"
    IP = "ip"
    URI = "uri"
    EMAIL = "email"
    ANY_OF = "any_of"
    ALL_OF = "all_of"
    UNCHECKED = "unchecked"


@final
class Reference:
    """The identity that a certificate must present in its subjectAltName. Frozen; equal by ``key``.

    RFC 9525 6.1. Made by `dns`, `ip`, `uri`, `email`, `any_of` and `all_of`, each of which raises `MisuseError` for
    what no certificate can match; or ``Reference.UNCHECKED``, which says that the caller establishes the identity by
    other means. The subject's common name is never looked at.

    ``kind`` and ``value`` (canonical text) are what was asked for, ``references`` the members of `any_of` and
    `all_of`. ``key`` is stable and unambiguous text for cache keys and digests. ``accepted`` holds the presented
    values that match, in the form in which they are compared.
    """

    __slots__ = ("accepted", "key", "kind", "references", "value")

    kind: ReferenceKind
    value: str
    key: str
    accepted: tuple[_Presented, ...]
    references: tuple[Reference, ...]

    UNCHECKED: ClassVar[Reference]

    def __init__(self) -> None:
        raise MisuseError("a Reference is made by Reference.dns, .ip, .uri, .email, .any_of or .all_of")

    @staticmethod
    def dns(name: str) -> Reference:
        """The host ``name``, in U-labels or A-labels. A presented wildcard may stand for its left-most label.

        RFC 9525 6.3. Lower-cased, without the root's trailing dot.
        """
        name = domain_name(name)
        _, _, parent = name.partition(".")
        return _made(ReferenceKind.DNS, name, (name, f"*.{parent}") if "." in parent else (name,))

    @staticmethod
    def ip(address: str | IPv4Address | IPv6Address) -> Reference:
        """The IP ``address``, octet for octet.

        RFC 9525 6.4. An IPv4 address and its IPv4-mapped IPv6 address differ.
        """
        parsed = _ip_address(address)
        return _made(ReferenceKind.IP, str(parsed), (parsed,))

    @staticmethod
    def uri(uri: str) -> Reference:
        """The ``uri`` as a whole: ``sip:host``, ``https://host/base``, ``spiffe://domain/workload``.

        RFC 9525 6.5 with the comparison of RFC 5280 7.4; see Deviations. A host in U-labels is converted, the rest
        must be ASCII.
        """
        form = _uri(uri)
        return _made(ReferenceKind.URI, form, (form,))

    @staticmethod
    def email(address: str) -> Reference:
        """The mailbox ``address``: local part as it is, host in any case, in U-labels or A-labels.

        RFC 5280 7.5 as RFC 9549 2.5 replaces it. A local part beyond ASCII is sought as SmtpUTF8Mailbox (RFC 9598 5),
        any other as rfc822Name, never one as the other.
        """
        mailbox = _mailbox(address)
        return _made(ReferenceKind.EMAIL, mailbox, (mailbox if mailbox.isascii() else _utf8_string(mailbox),))

    @staticmethod
    def any_of(*references: Reference) -> Reference:
        """At least one of ``references`` must match. RFC 9525 6.2."""
        return _combined(ReferenceKind.ANY_OF, references)

    @staticmethod
    def all_of(*references: Reference) -> Reference:
        """Each of ``references`` must match. Not in RFC 9525, which leaves several searches to the application."""
        return _combined(ReferenceKind.ALL_OF, references)

    def __str__(self) -> str:
        if not self.references:
            return self.key
        joint = " or " if self.kind is ReferenceKind.ANY_OF else " and "
        return joint.join(f"({member})" if member.references else str(member) for member in self.references)

    def __repr__(self) -> str:
        return f"<Reference {self}>"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Reference) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Reference is frozen: cannot set {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Reference is frozen: cannot delete {name}")

    def __reduce__(self) -> str | tuple[object, ...]:
        if self.kind is ReferenceKind.UNCHECKED:
            return "Reference.UNCHECKED"
        constructor = getattr(Reference, self.kind.value)
        return (constructor, self.references or (self.value,))


def _made(
    kind: ReferenceKind,
    value: str,
    accepted: tuple[_Presented, ...] = (),
    references: tuple[Reference, ...] = (),
) -> Reference:
    reference = object.__new__(Reference)
    fields = {
        "kind": kind,
        "value": value,
        "key": f"{kind.value}:{value}" if value else kind.value,
        "accepted": accepted,
        "references": references,
    }
    for name, field in fields.items():
        object.__setattr__(reference, name, field)
    return reference


def _combined(kind: ReferenceKind, references: tuple[Reference, ...]) -> Reference:
    if not references:
        raise MisuseError(f"Reference.{kind.value} of nothing would say nothing about the peer")
    for reference in references:
        if not isinstance(reference, Reference):
            raise MisuseError(f"Reference.{kind.value} takes References, not {type(reference).__name__}")
        if reference.kind is ReferenceKind.UNCHECKED:
            raise MisuseError(f"Reference.UNCHECKED in Reference.{kind.value} would hide what is checked")
    if len(references) == 1:
        return references[0]
    # A URI may hold any delimiter, so members are told apart by their lengths.
    return _made(kind, "".join(f"{len(member.key)}:{member.key}," for member in references), references=references)


def _ip_address(address: object) -> IPv4Address | IPv6Address:
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


def _uri(uri: str) -> str:
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


def _mailbox(address: str) -> str:
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


def _utf8_string(text: str) -> bytes:
    """The DER of a UTF8String. RFC 9598 5: an SmtpUTF8Mailbox is compared octet for octet, tag and length too."""
    content = text.encode()
    length = len(content)
    octets = b"" if length < _LONG_LENGTH else length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((_UTF8_STRING, _LONG_LENGTH | len(octets) if octets else length)) + octets + content


Reference.UNCHECKED = _made(ReferenceKind.UNCHECKED, "")
