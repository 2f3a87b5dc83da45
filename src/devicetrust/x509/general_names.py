"""General names: alternative names and the bases of name constraints, and which of them are well formed.

Makes: `GeneralName`, `NameConstraints`, their readers, and predicates over the text of each form.
May import: x509 siblings, `cryptography`.
Must never: decide whether a name is permitted or wanted (`path.name_constraints` and `identity` do).
Read first: `GeneralName`.

Deviations
- A URI's host counts as fully qualified when it has at least two labels and no trailing dot (RFC 5280 4.2.1.10 does not
  say what a fully qualified domain name is).
- The domain of a mailbox is a host name; an address literal (RFC 5321 4.1.3) is refused: no constraint could hold it.
- The readers here refuse what ``cryptography`` refuses too: an iPAddress of a length that RFC 5280 does not know, a
  mask that is no prefix, an IA5String beyond ASCII.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple, TypeAlias

from cryptography import x509

from devicetrust.x509.der import MalformedDER, children, read_tlv
from devicetrust.x509.names import Name, object_identifier, printable

__all__ = [
    "MINIMUM_LABELS_UNDER_WILDCARD",
    "SMTP_UTF8_MAILBOX",
    "GeneralName",
    "GeneralNameType",
    "Mailbox",
    "NameConstraints",
    "from_cryptography",
    "is_valid_dns_name",
    "is_valid_dns_pattern",
    "is_valid_mailbox",
    "is_valid_smtp_utf8_mailbox",
    "is_valid_uri",
    "mailbox",
    "read_general_names",
    "read_name_constraints",
    "smtp_utf8_mailbox",
    "smtp_utf8_text",
    "uri_host",
]

SMTP_UTF8_MAILBOX: Final = "1.3.6.1.5.5.7.8.9"
"""The otherName type of an e-mail address whose local part is not ASCII, RFC 9598 3."""

MINIMUM_LABELS_UNDER_WILDCARD: Final = 2
"""Labels that must follow the ``*.`` of a pattern, so that none spans a top-level domain. Not in RFC 5280 or 9525."""

Address: TypeAlias = "IPv4Address | IPv6Address"
Network: TypeAlias = "IPv4Network | IPv6Network"


class GeneralNameType(enum.Enum):
    """The forms of a GeneralName, RFC 5280 4.2.1.6. The value is the context tag number."""

    OTHER_NAME = 0
    RFC822_NAME = 1
    DNS_NAME = 2
    X400_ADDRESS = 3
    DIRECTORY_NAME = 4
    EDI_PARTY_NAME = 5
    UNIFORM_RESOURCE_IDENTIFIER = 6
    IP_ADDRESS = 7
    REGISTERED_ID = 8

    __hash__ = object.__hash__  # that of Enum is written in Python, and every rule on names looks one up


class GeneralName(NamedTuple):
    """A GeneralName, RFC 5280 4.2.1.6.

    ``value`` is text for rfc822Name, dNSName, URI and registeredID (dotted); a `Name` for directoryName; an address, or
    in name constraints a network, for iPAddress; the DER of the inner value for otherName, whose dotted type is
    ``type_id``; the content octets for x400Address and ediPartyName. It is as the certificate states it, well formed or
    not.
    """

    type: GeneralNameType
    value: str | bytes | Name | Address | Network
    type_id: str = ""

    @property
    def key(self) -> str:
        """The whole of the name as stable text, for digests."""
        value = self.value.der if isinstance(self.value, Name) else self.value
        return f"{self.type.name}|{self.type_id}|{value.hex() if isinstance(value, bytes) else value}"

    def __str__(self) -> str:
        """The name for people, such as ``DNS:pump.example``, safe to print on a terminal."""
        if self.type is GeneralNameType.OTHER_NAME and isinstance(self.value, bytes):
            text = smtp_utf8_text(self.value) if self.type_id == SMTP_UTF8_MAILBOX else None
            return f"otherName({self.type_id}):{_shortened(self.value) if text is None else printable(text)}"
        if isinstance(self.value, bytes):
            return f"{_LABELS[self.type]}:{_shortened(self.value)}"
        return f"{_LABELS[self.type]}:{printable(self.value) if isinstance(self.value, str) else self.value}"


class NameConstraints(NamedTuple):
    """The name constraints extension, RFC 5280 4.2.1.10: the bases of its subtrees.

    ``distances`` holds those bases, permitted or excluded, whose subtree states a minimum other than 0 or a maximum.
    RFC 5280 does not use these: a name of the form of such a base cannot be judged.
    """

    permitted: tuple[GeneralName, ...] = ()
    excluded: tuple[GeneralName, ...] = ()
    distances: tuple[GeneralName, ...] = ()


def from_cryptography(name: x509.GeneralName) -> GeneralName:
    """The same name as a value of this library."""
    kind = _TYPES.get(type(name))
    if kind is not None:
        return GeneralName(kind, name.value)
    if isinstance(name, x509.DirectoryName):
        return GeneralName(GeneralNameType.DIRECTORY_NAME, Name(name.value.public_bytes()))
    if isinstance(name, x509.OtherName):
        return GeneralName(GeneralNameType.OTHER_NAME, name.value, name.type_id.dotted_string)
    return GeneralName(GeneralNameType.REGISTERED_ID, name.value.dotted_string)


def read_general_names(der: bytes) -> tuple[GeneralName, ...]:
    """The names of a GeneralNames, such as a subjectAltName; reads the forms that ``cryptography`` does not know too.

    RFC 5280 4.2.1.6. Raises `MalformedDER`.
    """
    tag, start, end = read_tlv(der, 0, len(der))
    if tag != _SEQUENCE or end != len(der) or start == end:
        raise MalformedDER("general names are not one sequence of at least one name")
    return tuple([_read_general_name(der, *element) for element in children(der, start, end)])


def read_name_constraints(der: bytes) -> NameConstraints:
    """The value of a name constraints extension, with the minimum and maximum that ``cryptography`` passes over.

    RFC 5280 4.2.1.10. Raises `MalformedDER`.
    """
    tag, start, end = read_tlv(der, 0, len(der))
    parts = list(children(der, start, end))
    tags = [part[0] for part in parts]
    if tag != _SEQUENCE or end != len(der) or tags not in ([0xA0], [0xA1], [0xA0, 0xA1]):
        raise MalformedDER("name constraints are not permitted or excluded subtrees or both")
    permitted: tuple[GeneralName, ...] = ()
    excluded: tuple[GeneralName, ...] = ()
    distances: list[GeneralName] = []
    for part_tag, _, part_start, part_end in parts:
        subtrees = list(_read_subtrees(der, part_start, part_end))
        if not subtrees:
            raise MalformedDER("subtrees without a base")
        bases = tuple([base for base, _ in subtrees])
        distances += [base for base, has_distance in subtrees if has_distance]
        if part_tag == 0xA0:
            permitted = bases
        else:
            excluded = bases
    return NameConstraints(permitted, excluded, tuple(distances))


def is_valid_dns_name(text: str) -> bool:
    """Whether a dNSName is in preferred name syntax, RFC 5280 4.2.1.6 (RFC 1034 3.5, RFC 1123 2.1), RFC 9549 2.3.

    Labels of letters, digits and inner hyphens, 1 to 63 octets each and 253 together; every label that starts with
    ``xn--`` an A-label of IDNA2008; not an IPv4 address; no U-label, wildcard, underscore or trailing dot.
    """
    if len(text) > _LONGEST_DNS_NAME or _DNS_NAME.fullmatch(text) is None:
        return False
    if text[-1].isdigit() and _IPV4_LITERAL.fullmatch(text) is not None:
        return False
    lowered = text.lower()
    return "xn--" not in lowered or all(
        _is_valid_a_label(label) for label in lowered.split(".") if label.startswith("xn--")
    )


def is_valid_dns_pattern(text: str) -> bool:
    """Whether a dNSName is a wildcard pattern: ``*`` as the whole left-most label, then a valid DNS name.

    RFC 9525 6.3. At least `MINIMUM_LABELS_UNDER_WILDCARD` labels follow the wildcard.
    """
    rest = text.removeprefix("*.")
    return rest != text and rest.count(".") + 1 >= MINIMUM_LABELS_UNDER_WILDCARD and is_valid_dns_name(rest)


class Mailbox(NamedTuple):
    """The two parts of an e-mail address: the local part, unquoted, and the domain in lower case."""

    local_part: str
    domain: str


def mailbox(text: str) -> Mailbox | None:
    """The parts of an rfc822Name, or None where it is no mailbox.

    RFC 5280 4.2.1.6 (RFC 2821 4.1.2), RFC 9549 2.5. A quoted local part counts as what it stands for, RFC 5321 4.1.2.
    """
    return _parts(text) if text.isascii() else None


def is_valid_mailbox(text: str) -> bool:
    """Whether an rfc822Name is a mailbox: ASCII, one ``@`` outside quotes, a local part, a valid host name."""
    return mailbox(text) is not None


def smtp_utf8_text(value: bytes) -> str | None:
    """The text of an SmtpUTF8Mailbox from the DER of the inner value, or None where that is no UTF8String.

    RFC 9598 3.
    """
    try:
        tag, start, end = read_tlv(value, 0, len(value))
        return value[start:end].decode("utf-8") if tag == _UTF8_STRING and end == len(value) else None
    except ValueError:  # MalformedDER and UnicodeDecodeError are such
        return None


def smtp_utf8_mailbox(value: bytes) -> Mailbox | None:
    """The parts of an SmtpUTF8Mailbox from the DER of the inner value, or None where it is none.

    RFC 9598 3: a local part that is not all ASCII, a domain of LDH labels (A-labels, no U-labels), no byte order mark.
    """
    text = smtp_utf8_text(value)
    if text is None or text.startswith("\ufeff"):
        return None
    found = _parts(text)
    return None if found is None or found.local_part.isascii() else found


def is_valid_smtp_utf8_mailbox(value: bytes) -> bool:
    """Whether the inner value of an otherName is an SmtpUTF8Mailbox whose domain is in lower case, RFC 9598 3."""
    found = smtp_utf8_mailbox(value)
    return found is not None and value.endswith(f"@{found.domain}".encode("ascii"))


def is_valid_uri(text: str) -> bool:
    """Whether a uniformResourceIdentifier is absolute, with a scheme and more; a host is a domain name or an address.

    RFC 5280 4.2.1.6, RFC 3986.
    """
    found = re.fullmatch(_URI, text)
    if found is None or found["rest"] == "":
        return False
    host = found["host"]
    return host is None or is_valid_dns_name(host) or _is_address(host)


def uri_host(text: str) -> str | None:
    """The fully qualified domain name that is a URI's host, in lower case, or None where it has no such host.

    RFC 5280 4.2.1.10.
    """
    found = re.fullmatch(_URI, text)
    host = None if found is None else found["host"]
    return host.lower() if host is not None and "." in host and is_valid_dns_name(host) else None


_SEQUENCE: Final = 0x30
_OBJECT_IDENTIFIER: Final = 0x06
_UTF8_STRING: Final = 0x0C

_LABELS: Final = {
    GeneralNameType.OTHER_NAME: "otherName",
    GeneralNameType.RFC822_NAME: "email",
    GeneralNameType.DNS_NAME: "DNS",
    GeneralNameType.X400_ADDRESS: "x400Address",
    GeneralNameType.DIRECTORY_NAME: "DN",
    GeneralNameType.EDI_PARTY_NAME: "ediPartyName",
    GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER: "URI",
    GeneralNameType.IP_ADDRESS: "IP",
    GeneralNameType.REGISTERED_ID: "registeredID",
}

_TYPES: Final[dict[type[x509.GeneralName], GeneralNameType]] = {
    x509.RFC822Name: GeneralNameType.RFC822_NAME,
    x509.DNSName: GeneralNameType.DNS_NAME,
    x509.UniformResourceIdentifier: GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER,
    x509.IPAddress: GeneralNameType.IP_ADDRESS,
}

_LONGEST_DNS_NAME: Final = 253
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IPV4_LITERAL: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")

# RFC 5321 4.1.2 (Mailbox) with what RFC 6531 3.3 adds to atext and qtextSMTP: everything beyond ASCII.
_ATOM: Final = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7F]+'
# These two are compiled when first used, by `re` itself.
_MAILBOX: Final = (
    rf'(?:(?P<atoms>{_ATOM}(?:\.{_ATOM})*)|"(?P<quoted>(?:[^\x00-\x1F"\\\x7F]|\\[ -~])+)")@(?P<domain>[^@]+)'
)

# RFC 3986 section 3 and appendix A. No character outside its repertoire gets past, so no two readers of a URI that keep
# to it can take different hosts from the same text.
_URI_CHARACTER: Final = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"
_URI: Final = (
    r"[A-Za-z][A-Za-z0-9+.-]*:(?P<rest>"
    r"(?://(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:{_URI_CHARACTER})*(?:\?(?:{_URI_CHARACTER}|\?)*)?)(?:\#(?:{_URI_CHARACTER}|\?)*)?"
)


def _parts(text: str) -> Mailbox | None:
    found = re.fullmatch(_MAILBOX, text)
    if found is None or not is_valid_dns_name(found["domain"]):
        return None
    local_part = found["atoms"] or re.sub(r"\\(.)", r"\1", found["quoted"])
    return Mailbox(local_part, found["domain"].lower())


def _is_address(host: str) -> bool:
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return host.startswith("[") == (":" in host)


def _is_valid_a_label(label: str) -> bool:
    from devicetrust.x509.internationalized import is_valid_a_label  # noqa: PLC0415, its tables load when first needed

    return is_valid_a_label(label)


def _shortened(octets: bytes) -> str:
    return octets.hex() if len(octets) <= 64 else f"{octets[:64].hex()}… ({len(octets)} octets)"


def _read_subtrees(der: bytes, start: int, end: int) -> Iterator[tuple[GeneralName, bool]]:
    """Each base, and whether its subtree states a minimum other than 0 or a maximum, RFC 5280 4.2.1.10."""
    for tag, _, subtree_start, subtree_end in children(der, start, end):
        parts = list(children(der, subtree_start, subtree_end))
        distances = [(part[0], der[part[2] : part[3]]) for part in parts[1:]]
        if tag != _SEQUENCE or not parts or [tag for tag, _ in distances] not in ([], [0x80], [0x81], [0x80, 0x81]):
            raise MalformedDER("a subtree is not a base with a minimum and a maximum")
        base = _read_general_name(der, *parts[0])
        if isinstance(base.value, IPv4Address | IPv6Address):
            raise MalformedDER("an address without a mask")
        yield base, any(distance != (0x80, b"\0") for distance in distances)


def _read_general_name(der: bytes, tag: int, _: int, start: int, end: int) -> GeneralName:
    content = der[start:end]
    kind = _TYPES_BY_TAG.get(tag)
    if kind is None:
        raise MalformedDER("a general name of no known form")
    if kind is GeneralNameType.OTHER_NAME:
        return _read_other_name(content)
    if kind is GeneralNameType.DIRECTORY_NAME:
        name = Name(content)
        if name.is_malformed:
            raise MalformedDER("a directory name is not a name")
        return GeneralName(kind, name)
    if kind is GeneralNameType.IP_ADDRESS:
        return GeneralName(kind, _read_address(content))
    if kind is GeneralNameType.REGISTERED_ID:
        return GeneralName(kind, object_identifier(content))
    if kind in (GeneralNameType.X400_ADDRESS, GeneralNameType.EDI_PARTY_NAME):
        return GeneralName(kind, content)
    if not content.isascii():
        raise MalformedDER("an IA5String beyond ASCII")
    return GeneralName(kind, content.decode("ascii"))


# Constructed are the forms of sequences, and the directory name, whose tag is explicit because Name is a CHOICE.
_TYPES_BY_TAG: Final = {(0xA0 if kind.value in (0, 3, 4, 5) else 0x80) | kind.value: kind for kind in GeneralNameType}


def _read_other_name(content: bytes) -> GeneralName:
    parts = list(children(content, 0, len(content)))
    if [part[0] for part in parts] != [_OBJECT_IDENTIFIER, 0xA0]:
        raise MalformedDER("an other name is not a pair of type and value")
    (_, _, type_start, type_end), (_, _, value_start, value_end) = parts
    if read_tlv(content, value_start, value_end)[2] != value_end:
        raise MalformedDER("an other name of several values")
    return GeneralName(
        GeneralNameType.OTHER_NAME, content[value_start:value_end], object_identifier(content[type_start:type_end])
    )


def _read_address(content: bytes) -> Address | Network:
    """RFC 5280 4.2.1.6: 4 or 16 octets are an address. 4.2.1.10: 8 or 32 are a network and its mask."""
    if len(content) in (4, 16):
        return ip_address(content)
    if len(content) not in (8, 32):
        raise MalformedDER("an address of a length that no version has")
    half = len(content) // 2
    mask = int.from_bytes(content[half:], "big")
    inverted = mask ^ ((1 << 8 * half) - 1)
    if inverted & (inverted + 1):
        raise MalformedDER("a mask that is no prefix")
    try:
        return ip_network((content[:half], mask.bit_count()))
    except ValueError:
        raise MalformedDER("a network with bits set beyond its mask") from None
