"""Names and constraints in a word each, and what a set of constraints says of them.

Makes: general names (`dns`, `email`, …), `permitting`, `excluding`, `kinds`, `permits`, and a `Purse` that pays.
May import: devicetrust's x509 and path rooms, `cryptography` for the encoding of distinguished names.
Must never: assert more than that two ways to ask agree.
Read first: `permits`.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509

from devicetrust.path.name_constraints import Subtrees, ViolationKind
from devicetrust.x509.der import write_tlv
from devicetrust.x509.general_names import SMTP_UTF8_MAILBOX, GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.names import Name

NOT_PERMITTED, EXCLUDED, UNPROCESSABLE = (
    ViolationKind.NOT_PERMITTED,
    ViolationKind.EXCLUDED,
    ViolationKind.UNPROCESSABLE,
)
NOBODY = Name(b"\x30\x00")


class Purse:
    """Pays for comparisons until it is empty, and keeps count."""

    def __init__(self, limit: int = 250_000) -> None:
        self.left = limit
        self.is_spent = False

    def spend_name_comparisons(self, count: int, /) -> bool:
        self.is_spent = self.is_spent or count > self.left
        self.left -= 0 if self.is_spent else count
        return not self.is_spent


def dns(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.DNS_NAME, text)


def email(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.RFC822_NAME, text)


def uri(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER, text)


def ip(value: IPv4Address | IPv6Address | IPv4Network | IPv6Network) -> GeneralName:
    return GeneralName(GeneralNameType.IP_ADDRESS, value)


def directory(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.DIRECTORY_NAME, subject(text))


def other(value: bytes, type_id: str) -> GeneralName:
    return GeneralName(GeneralNameType.OTHER_NAME, value, type_id)


def subject(text: str) -> Name:
    return Name(x509.Name.from_rfc4514_string(text, {"E": x509.NameOID.EMAIL_ADDRESS}).public_bytes())


def smtp_utf8(text: str) -> GeneralName:
    return other(write_tlv(0x0C, text.encode()), SMTP_UTF8_MAILBOX)


def permitting(*bases: GeneralName) -> Subtrees:
    return Subtrees.UNCONSTRAINED.narrowed(NameConstraints(permitted=bases))


def excluding(*bases: GeneralName) -> Subtrees:
    return Subtrees.UNCONSTRAINED.narrowed(NameConstraints(excluded=bases))


def kinds(subtrees: Subtrees, *names: GeneralName, holder: Name = NOBODY) -> list[ViolationKind]:
    return [violation.kind for violation in subtrees.violations(holder, names, Purse())]


def permits(base: GeneralName, name: GeneralName) -> bool:
    """Whether ``name`` lies in the subtree of ``base``, when permitted and when excluded alike."""
    found = kinds(permitting(base), name), kinds(excluding(base), name)
    assert found in (([], [EXCLUDED]), ([NOT_PERMITTED], []))
    return found == ([], [EXCLUDED])
