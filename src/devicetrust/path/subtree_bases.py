"""The bases of name constraints, indexed, one class for each form of name: RFC 5280 4.2.1.10.

Makes: `FORMS`, which tells for each form what reads a name for comparison and what holds the bases; `ViolationKind`.
May import: x509.
Must never: let what cannot be compared count as compared: such a base is ``malformed``, such a name reads as None.
Read first: `Bases`, then `FORMS`.

Deviations, and choices where the RFCs leave room
- dNSName: an empty base holds every name. A wildcard that could stand for an excluded name, or for one that is not
  permitted, is a violation (CVE-2025-61727; limbo cve::cve-2025-61727). Underscores are taken for letters: whether they
  may stand in a name is another rule's matter, where they stand in the tree is not in doubt.
- iPAddress: both versions are one form, so permitted IPv4 networks alone permit no IPv6 address, as in OpenSSL, Go and
  BoringSSL. An IPv4-mapped IPv6 address also lies in the excluded networks of the IPv4 address.
- rfc822Name: RFC 9549 2.2 drops the base that is one mailbox; RFC 5280's meaning is kept, for dropping it would widen
  what older CAs are granted (limbo rfc5280::nc::nc-permits-email-exact). RFC 5280 applies these constraints to the
  subject's emailAddress where there is no subjectAltName, RFC 9598 6 to the subject in any case; so do we, without
  regard to the case of the local part (4.1.2.6). Constraints bind SmtpUTF8Mailbox too, RFC 9598 6.
- rfc822Name and uniformResourceIdentifier: an empty base is malformed.
- otherName: no base can be applied. Under permitted ones any otherName is unprocessable, under excluded ones those of
  the same type-id. x400Address, ediPartyName and registeredID: any name of the form.
- minimum and maximum other than the defaults: names of that form are unprocessable.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, ClassVar, Final, NamedTuple

from devicetrust.x509.general_names import (
    GeneralName,
    GeneralNameType,
    is_valid_dns_name,
    mailbox,
    smtp_utf8_mailbox,
    uri_host,
)
from devicetrust.x509.names import Name

__all__ = [
    "FORMS",
    "Bases",
    "Form",
    "OpaqueBases",
    "ViolationKind",
    "directory_key",
    "email_address",
    "smtp_utf8_address",
]


class ViolationKind(enum.Enum):
    """Why a name stands against the constraints."""

    NOT_PERMITTED = "not permitted"
    EXCLUDED = "excluded"
    UNPROCESSABLE = "unprocessable"


class Bases:
    """Bases of one form, indexed. ``covers`` and ``touching`` take what the form's reader made of a name."""

    __slots__ = ("malformed",)

    outside: ClassVar = ViolationKind.NOT_PERMITTED
    inside: ClassVar = ViolationKind.EXCLUDED

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self.malformed: GeneralName | None = None
        for base in bases:
            if not self._added(base) and self.malformed is None:
                self.malformed = base

    def _added(self, base: GeneralName) -> bool:
        """Take ``base`` into the index; False where it is malformed."""
        raise NotImplementedError

    def covers(self, reading: Any) -> bool:
        """Whether all that the name stands for lies in one of the bases."""
        return self.touching(reading) is not None

    def touching(self, reading: Any) -> GeneralName | None:
        """A base in which something lies that the name stands for."""
        raise NotImplementedError


class _DnsBases(Bases):
    """Any number of labels may stand to the left of a base, RFC 5280 4.2.1.10."""

    __slots__ = ("_domains", "_parents")

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self._domains: dict[str, GeneralName] = {}
        self._parents: dict[str, GeneralName] = {}
        super().__init__(bases)

    def _added(self, base: GeneralName) -> bool:
        text = str(base.value)
        if text and not _is_domain(text):
            return False
        domain = text.lower()
        self._domains.setdefault(domain, base)
        self._parents.setdefault(_parent(domain), base)
        return True

    def covers(self, reading: str) -> bool:
        return _enclosing(self._domains, reading.removeprefix("*.")) is not None

    def touching(self, reading: str) -> GeneralName | None:
        domain = reading.removeprefix("*.")
        base = _enclosing(self._domains, domain)
        return self._parents.get(domain) if base is None and domain != reading else base


class _HostBases(Bases):
    """A base is one host, or with a period in front all hosts below a domain, RFC 5280 4.2.1.10."""

    __slots__ = ("_domains", "_hosts")

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self._domains: dict[str, GeneralName] = {}
        self._hosts: dict[str, GeneralName] = {}
        super().__init__(bases)

    def _added(self, base: GeneralName) -> bool:
        text = str(base.value)
        host = text.removeprefix(".")
        (self._hosts if text == host else self._domains).setdefault(host.lower(), base)
        return is_valid_dns_name(host)

    def touching(self, reading: str) -> GeneralName | None:
        return self._hosts.get(reading) or _enclosing(self._domains, _parent(reading))


class _Address(NamedTuple):
    """An e-mail address for comparison; ``folded`` where the case of its local part is without meaning."""

    local_part: str
    domain: str
    folded: bool


class _MailboxBases(_HostBases):
    """As for hosts; a base with an ``@`` is one mailbox, RFC 5280 4.2.1.10. No character in it is a wildcard."""

    __slots__ = ("_mailboxes",)

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self._mailboxes: dict[_Address, GeneralName] = {}
        super().__init__(bases)

    def _added(self, base: GeneralName) -> bool:
        text = str(base.value)
        if "@" not in text:
            return super()._added(base)
        found = mailbox(text)
        if found is not None:
            self._mailboxes.setdefault(_Address(*found, False), base)
            self._mailboxes.setdefault(_Address(found.local_part.lower(), found.domain, True), base)
        return found is not None

    def touching(self, reading: _Address) -> GeneralName | None:  # type: ignore[override]
        return self._mailboxes.get(reading) or super().touching(reading.domain)


class _NetworkBases(Bases):
    """Networks by version and length of prefix, so that one look-up answers for all of a length."""

    __slots__ = ("_networks",)

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self._networks: dict[tuple[int, int], dict[int, GeneralName]] = {}
        super().__init__(bases)

    def _added(self, base: GeneralName) -> bool:
        network = base.value
        if not isinstance(network, IPv4Network | IPv6Network):
            return False
        host_bits = network.max_prefixlen - network.prefixlen
        same_length = self._networks.setdefault((network.version, host_bits), {})
        same_length.setdefault(int(network.network_address) >> host_bits, base)
        return True

    def covers(self, reading: IPv4Address | IPv6Address) -> bool:
        return self._holding(reading) is not None

    def touching(self, reading: IPv4Address | IPv6Address) -> GeneralName | None:
        base = self._holding(reading)
        mapped = reading.ipv4_mapped if isinstance(reading, IPv6Address) else None
        return self._holding(mapped) if base is None and mapped is not None else base

    def _holding(self, address: IPv4Address | IPv6Address) -> GeneralName | None:
        number = int(address)
        for (version, host_bits), networks in self._networks.items():
            if version == address.version and number >> host_bits in networks:
                return networks[number >> host_bits]
        return None


class _DirectoryBases(Bases):
    """A name lies below a base when its key begins with the base's, `Name.key`, RFC 5280 7.1."""

    __slots__ = ("_bases_by_key", "_lengths")

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self._bases_by_key: dict[bytes, GeneralName] = {}
        super().__init__(bases)
        self._lengths = sorted({len(key) for key in self._bases_by_key})

    def _added(self, base: GeneralName) -> bool:
        key = directory_key(base)
        if key is not None:
            self._bases_by_key.setdefault(key, base)
        return key is not None

    def touching(self, reading: bytes) -> GeneralName | None:
        for length in self._lengths:
            base = self._bases_by_key.get(reading[:length])
            if base is not None:
                return base
        return None


class OpaqueBases(Bases):
    """Bases that cannot be applied: no name is known to lie in them or outside."""

    __slots__ = ("_by_type_id",)

    outside = ViolationKind.UNPROCESSABLE
    inside = ViolationKind.UNPROCESSABLE

    def __init__(self, bases: tuple[GeneralName, ...]) -> None:
        self._by_type_id: dict[str, GeneralName] = {}
        super().__init__(bases)

    def _added(self, base: GeneralName) -> bool:
        self._by_type_id.setdefault(base.type_id, base)
        return True

    def covers(self, reading: Any) -> bool:
        return False

    def touching(self, reading: GeneralName) -> GeneralName | None:
        return self._by_type_id.get(reading.type_id)


def _dns_name(name: GeneralName) -> str | None:
    text = str(name.value)
    return text.lower() if _is_domain(text.removeprefix("*.")) else None


def _address(name: GeneralName) -> _Address | None:
    found = mailbox(str(name.value))
    return None if found is None else _Address(*found, False)


def email_address(name: GeneralName) -> _Address | None:
    """An emailAddress of the subject, whose case has no meaning, RFC 5280 4.1.2.6."""
    found = mailbox(str(name.value))
    return None if found is None else _Address(found.local_part.lower(), found.domain, True)


def smtp_utf8_address(name: GeneralName) -> _Address | None:
    found = smtp_utf8_mailbox(name.value) if isinstance(name.value, bytes) else None
    return None if found is None else _Address(*found, False)


def _host(name: GeneralName) -> str | None:
    return uri_host(str(name.value))


def _ip_address(name: GeneralName) -> IPv4Address | IPv6Address | None:
    return name.value if isinstance(name.value, IPv4Address | IPv6Address) else None


def directory_key(name: GeneralName) -> bytes | None:
    """The form in which directory names compare; None for one with a value that is no text.

    Such a value would compare by its octets alone, and so slip past a constraint by the choice of its string type.
    """
    value = name.value
    if not isinstance(value, Name) or value.is_malformed:
        return None
    if not all(attribute.is_text for attributes in value.rdns for attribute in attributes):
        return None
    return value.key


def _itself(name: GeneralName) -> GeneralName:
    return name


class Form(NamedTuple):
    """How names of one form are compared: what reads a name, and what holds the bases."""

    read: Callable[[GeneralName], Any]
    bases: type[Bases]


_OPAQUE: Final = Form(_itself, OpaqueBases)
FORMS: Final = {
    GeneralNameType.OTHER_NAME: _OPAQUE,
    GeneralNameType.RFC822_NAME: Form(_address, _MailboxBases),
    GeneralNameType.DNS_NAME: Form(_dns_name, _DnsBases),
    GeneralNameType.X400_ADDRESS: _OPAQUE,
    GeneralNameType.DIRECTORY_NAME: Form(directory_key, _DirectoryBases),
    GeneralNameType.EDI_PARTY_NAME: _OPAQUE,
    GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER: Form(_host, _HostBases),
    GeneralNameType.IP_ADDRESS: Form(_ip_address, _NetworkBases),
    GeneralNameType.REGISTERED_ID: _OPAQUE,
}

_DOMAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_LONGEST_DOMAIN: Final = 253


def _is_domain(text: str) -> bool:
    return len(text) <= _LONGEST_DOMAIN and _DOMAIN.fullmatch(text) is not None


def _parent(domain: str) -> str:
    return domain.partition(".")[2]


def _enclosing(domains: Mapping[str, GeneralName], domain: str) -> GeneralName | None:
    """The base of the longest suffix of ``domain`` that is one; the empty suffix last."""
    while domain:
        base = domains.get(domain)
        if base is not None:
            return base
        domain = _parent(domain)
    return domains.get("")
