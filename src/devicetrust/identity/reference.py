"""Whom the caller means to talk to: reference identities of services and of devices.

Makes: `Reference`, `ReferenceKind`.
May import: errors, ipaddress; addresses, domain_names and records of this room.
Must never: look at a certificate. What is presented is judged in services.py and devices.py.
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
- `Reference.udap` takes a URI as it is written, for so UDAP compares them.
- `Reference.uri` takes a SPIFFE ID beside other URIs; `Reference.spiffe` does not, as X509-SVID demands.
"""

from __future__ import annotations

import enum
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar, Final, NoReturn, TypeAlias, final

from devicetrust.errors import MisuseError
from devicetrust.identity import addresses
from devicetrust.identity.domain_names import domain_name

__all__ = ["BOUND_KINDS", "DEVICE_KINDS", "Reference", "ReferenceKind"]

_Presented: TypeAlias = "str | bytes | IPv4Address | IPv6Address | tuple[str | bytes, ...]"


class ReferenceKind(enum.Enum):
    """What a reference is made of; the value begins its ``key``."""

    DNS = "dns"
    IP = "ip"
    URI = "uri"
    UDAP = "udap"
    EMAIL = "email"
    DEVICE = "device"
    HARDWARE_MODULE = "hardware_module"
    PERMANENT_IDENTIFIER = "permanent_identifier"
    UDI = "udi"
    SDC_ENDPOINT = "sdc_endpoint"
    SPIFFE = "spiffe"
    AE_TITLE = "ae_title"
    ANY_OF = "any_of"
    ALL_OF = "all_of"
    UNCHECKED = "unchecked"


DEVICE_KINDS: Final = frozenset(
    {
        ReferenceKind.DEVICE,
        ReferenceKind.HARDWARE_MODULE,
        ReferenceKind.PERMANENT_IDENTIFIER,
        ReferenceKind.UDI,
        ReferenceKind.SDC_ENDPOINT,
        ReferenceKind.SPIFFE,
    }
)
"""What a certificate can say of the device itself, not of a service on it."""
BOUND_KINDS: Final = frozenset({ReferenceKind.UDI, ReferenceKind.SDC_ENDPOINT, ReferenceKind.AE_TITLE})
"""What an inventory can list an identity under."""


@final
class Reference:
    """The identity that a certificate must present. Frozen; equal by ``key``.

    RFC 9525 6.1. For a service `dns`, `ip`, `uri`, `udap` and `email`, sought in the subjectAltName. For a device, as
    an inventory lists it, `device`, `hardware_module`, `permanent_identifier`, `udi`, `sdc_endpoint`, `spiffe` and
    `ae_title`. `any_of` and `all_of` join them. Each raises `MisuseError` for what no certificate can match, and for
    what is empty. ``Reference.UNCHECKED`` says that the caller establishes the identity by other means. The subject's
    common name is never looked at.

    ``kind`` and ``value`` (canonical text) are what was asked for, ``references`` the members of `any_of` and
    `all_of`, or what an inventory lists. ``key`` is stable and unambiguous text for cache keys and digests.
    ``accepted`` holds the presented values that match, in the form in which they are compared; of a device the serial
    number, then the manufacturer.
    """

    __slots__ = ("accepted", "key", "kind", "references", "value")

    kind: ReferenceKind
    value: str
    key: str
    accepted: tuple[_Presented, ...]
    references: tuple[Reference, ...]

    UNCHECKED: ClassVar[Reference]

    def __init__(self) -> None:
        raise MisuseError(
            "a Reference is made by Reference.dns, .ip, .device, .any_of and their like, see its docstring"
        )

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
        parsed = addresses.ip_address(address)
        return _made(ReferenceKind.IP, str(parsed), (parsed,))

    @staticmethod
    def uri(uri: str) -> Reference:
        """The ``uri`` as a whole: ``sip:host``, ``https://host/base``, ``spiffe://domain/workload``.

        RFC 9525 6.5 with the comparison of RFC 5280 7.4; see Deviations. A host in U-labels is converted, the rest
        must be ASCII.
        """
        form = addresses.absolute_uri(uri)
        return _made(ReferenceKind.URI, form, (form,))

    @staticmethod
    def udap(iss: str) -> Reference:
        """The UDAP client or server whose signed JWTs have this ``iss``, as a URI of the subjectAltName.

        HL7's UDAP security guide, at second hand. Compared character by character: no case, port, slash or escape is
        passed over, as `Reference.uri` does.
        """
        form = addresses.exact_uri(iss)
        return _made(ReferenceKind.UDAP, form, (form,))

    @staticmethod
    def email(address: str) -> Reference:
        """The mailbox ``address``: local part as it is, host in any case, in U-labels or A-labels.

        RFC 5280 7.5 as RFC 9549 2.5 replaces it. A local part beyond ASCII is sought as SmtpUTF8Mailbox (RFC 9598 5),
        any other as rfc822Name, never one as the other.
        """
        mailbox = addresses.mailbox(address)
        return _made(ReferenceKind.EMAIL, mailbox, (mailbox if mailbox.isascii() else addresses.utf8_string(mailbox),))

    @staticmethod
    def device(*, serial_number: str, manufacturer: str | None = None) -> Reference:
        """The device whose subject has this serialNumber (2.5.4.5) and, where given, organizationName (2.5.4.10).

        IEEE 802.1AR 8.6, at second hand. Compared without regard to case and to repeated spaces (caseIgnoreMatch, X.520
        6.2.9, RFC 5280 7.1). A serial number is unique within one manufacturer alone: give the manufacturer wherever
        certificates of several are trusted.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        serial = records.text(serial_number, "a serial number")
        value, accepted = _escaped(serial), [records.attribute_key(serial, "a serial number")]
        if manufacturer is not None:
            maker = records.text(manufacturer, "a manufacturer")
            value += f";manufacturer={_escaped(maker)}"
            accepted.append(records.attribute_key(maker, "a manufacturer"))
        return _made(ReferenceKind.DEVICE, value, tuple(accepted))

    @staticmethod
    def hardware_module(hw_type: str, hw_serial_num: bytes) -> Reference:
        """The hardware module of this type (dotted OID) and serial number (octets), as otherName of the subjectAltName.

        RFC 4108 5, at second hand. Compared octet for octet.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        kind = records.object_identifier(hw_type, "a hardware module's type")
        serial = records.octets(hw_serial_num, "a hardware module's serial number")
        return _made(ReferenceKind.HARDWARE_MODULE, f"{kind}:{serial.hex()}", ((kind, serial),))

    @staticmethod
    def permanent_identifier(identifier_value: str, assigner: str) -> Reference:
        """The holder to whom ``assigner`` (dotted OID) assigned this value, as otherName of the subjectAltName.

        RFC 4043 2, at second hand. Compared character for character.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        value = records.text(identifier_value, "a permanent identifier")
        by = records.object_identifier(assigner, "the assigner of a permanent identifier")
        return _made(ReferenceKind.PERMANENT_IDENTIFIER, f"{by}:{value}", ((by, value),))

    @staticmethod
    def udi(udi: str, *, listed: Reference | None = None) -> Reference:
        """The device of this UDI: ``(01)51022222233336(21)1234``.

        Compared by device identifier and serial number with the UDI in a URI of the subjectAltName, which only GS1's
        standards know how to write. Certificates seldom hold one: ``listed`` is what the inventory lists under the UDI,
        such as `Reference.device`, and is then what is compared. Without ``listed``, a UDI without a serial number, or
        of another agency, is misuse.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        found = records.unique_device_identifier(udi)
        if listed is not None:
            return _bound(ReferenceKind.UDI, found.text, listed)
        if found.device is None:
            raise MisuseError(f"the UDI {udi!r} has no serial number: it names a model or a lot, not one device")
        if found.agency.value != "GS1":
            raise MisuseError(
                f"no standard puts a UDI of {found.agency.value} into a certificate: say what the inventory lists "
                "under it, as in Reference.udi(…, listed=Reference.device(serial_number=…))"
            )
        return _made(ReferenceKind.UDI, found.text, (found.device,))

    @staticmethod
    def sdc_endpoint(endpoint: str, *, listed: Reference | None = None) -> Reference:
        """The SDC participant with this endpoint reference (a UUID, ``urn:uuid:`` or not).

        Sought as a URI of the subjectAltName, RFC 9562 4 (at second hand). No standard says that it must be there:
        ``listed`` is what the inventory lists under the endpoint, and is then what is compared.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        urn = records.endpoint(endpoint)
        if listed is not None:
            return _bound(ReferenceKind.SDC_ENDPOINT, urn, listed)
        return _made(ReferenceKind.SDC_ENDPOINT, urn, (urn,))

    @staticmethod
    def spiffe(spiffe_id: str) -> Reference:
        """The workload of this SPIFFE ID, where it is the one URI of the subjectAltName.

        X509-SVID 2, at second hand. Compared character for character.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        found = records.spiffe_id(spiffe_id)
        return _made(ReferenceKind.SPIFFE, found, (found,))

    @staticmethod
    def ae_title(ae_title: str, *, listed: Reference) -> Reference:
        """The DICOM node of this AE title: whatever the inventory lists under it, such as `Reference.device`.

        An AE title is in no certificate, and proves nothing by itself. It tells in findings and in the cache which
        entry of the inventory was meant; ``listed`` is what is compared.
        """
        from devicetrust.identity import records  # noqa: PLC0415, few programs bind to devices

        return _bound(ReferenceKind.AE_TITLE, records.ae_title(ae_title), listed)

    @staticmethod
    def any_of(*references: Reference) -> Reference:
        """At least one of ``references`` must match. RFC 9525 6.2."""
        return _combined(ReferenceKind.ANY_OF, references)

    @staticmethod
    def all_of(*references: Reference) -> Reference:
        """Each of ``references`` must match. Not in RFC 9525, which leaves several searches to the application."""
        return _combined(ReferenceKind.ALL_OF, references)

    @property
    def entry(self) -> str:
        """Under which entry of an inventory this is listed, in words; empty where it is no such entry."""
        if self.kind not in BOUND_KINDS or not self.references:
            return ""
        return (
            f"listed under {self.kind.value} {self.value.partition(':')[2].removesuffix(f',{self.references[0].key}')}"
        )

    @property
    def summary(self) -> str:
        """As ``str``, but of many members of `any_of` or `all_of` the first ones, and how many more there are."""
        more = len(self.references) - _MOST_SHOWN
        if self.kind in BOUND_KINDS or more <= 0:
            return str(self)
        shown = _made(self.kind, self.value, references=self.references[:_MOST_SHOWN])
        return f"{shown}, or one of {more} more" if self.kind is ReferenceKind.ANY_OF else f"{shown}, and {more} more"

    def __str__(self) -> str:
        if not self.references:
            return self.key
        if self.kind in BOUND_KINDS:
            return f"{self.references[0]}, {self.entry}"
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
        return _made, (self.kind, self.value, self.accepted, self.references)


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


def _bound(kind: ReferenceKind, entry: str, listed: Reference) -> Reference:
    if not isinstance(listed, Reference):
        raise MisuseError(f"what is listed is a Reference, not a {type(listed).__name__}")
    if listed.kind is ReferenceKind.UNCHECKED:
        raise MisuseError(f"Reference.UNCHECKED under Reference.{kind.value} would bind it to nothing")
    _check_depth(kind, (listed,))
    # The length tells where the entry ends, whatever it holds.
    return _made(kind, f"{len(entry)}:{entry},{listed.key}", references=(listed,))


def _check_depth(kind: ReferenceKind, members: tuple[Reference, ...]) -> None:
    """Each member is shallow itself, so this ends as soon."""
    if max(map(_depth, members)) >= _DEEPEST:
        raise MisuseError(f"Reference.{kind.value} would hold references {_DEEPEST} deep in each other")


def _depth(reference: Reference) -> int:
    return 1 + max(map(_depth, reference.references)) if reference.references else 0


# Ours: names of a service beside those of a device, under an entry, are three deep.
_DEEPEST: Final = 16
_MOST_SHOWN: Final = 20


def _escaped(text: str) -> str:
    """Text in which a semicolon of its own cannot be taken for the one that ends it."""
    return text.replace("\\", "\\\\").replace(";", "\\;")


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
    _check_depth(kind, references)
    # A URI may hold any delimiter, so members are told apart by their lengths.
    return _made(kind, "".join(f"{len(member.key)}:{member.key}," for member in references), references=references)


Reference.UNCHECKED = _made(ReferenceKind.UNCHECKED, "")
