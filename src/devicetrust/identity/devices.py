"""Whether a certificate names the device that an inventory lists.

Makes: `compared`, `subject_keys`, `of_subject`, `told`, `finding`, and the codes of devices.
May import: findings, x509; records, reference and udi of this room.
Must never: take one kind of identity for another, or guess between several.
Read first: `compared`.

How each kind is compared
- serialNumber and organizationName by caseIgnoreMatch (X.520 6.2.9, RFC 5280 7.1). A subject with several of them names
  no one device, and matches nothing.
- hardwareModuleName by OID and octets, RFC 4108 5.
- permanentIdentifier by assigner and characters, RFC 4043 2. One without a value stands for the subject's one
  serialNumber; one without an assigner matches nothing, for it is the issuer's own.
- A UDI by agency, device identifier and serial number, where a URI of the subjectAltName holds one (`udi_in_uri`).
- An SDC endpoint by its UUID, as a URI of the subjectAltName, RFC 9562 4.
- A SPIFFE ID by its characters; a certificate with another URI beside it is no SVID, X509-SVID 2 and 5.2.

X.520, RFC 4043, RFC 4108, RFC 9562 and X509-SVID are known here at second hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from devicetrust.findings import Citation, Code, Effect, Finding, Severity
from devicetrust.identity.records import endpoint_uuid
from devicetrust.identity.reference import Reference, ReferenceKind
from devicetrust.identity.udi import InvalidUDI, udi_in_uri
from devicetrust.x509.device_names import (
    HARDWARE_MODULE_NAME,
    PERMANENT_IDENTIFIER,
    read_hardware_module_name,
    read_permanent_identifier,
)
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Attribute, Name, printable, text_key

__all__ = [
    "DEVICE_MISMATCH",
    "NO_DEVICE_IDENTITY",
    "SubjectKeys",
    "compared",
    "finding",
    "of_subject",
    "subject_keys",
    "told",
]

_WHY: Final = "A valid certificate of another device proves nothing about this one: its data would be filed wrongly."


DEVICE_MISMATCH = Code(
    "identity.device_mismatch",
    Severity.ERROR,
    Citation("devicetrust", "Reference.device"),
    rank=900,
    what="the certificate is not that of {wanted}; it says {presented}",
    why=_WHY,
    remedy="find out which device this is: one was exchanged, or the inventory is out of date; then correct the "
    "record, or have the device given a certificate of its own",
    effect=Effect.REFUSES,
)
NO_DEVICE_IDENTITY = Code(
    "identity.no_device_identity",
    Severity.ERROR,
    Citation("devicetrust", "Reference.device"),
    rank=900,
    what="the certificate says nothing that could be {wanted}",
    why=_WHY,
    remedy="have the certificate issued with what the inventory lists, or list what the certificate says "
    "(devicetrust inspect shows it)",
    effect=Effect.REFUSES,
)

_Names: TypeAlias = "tuple[GeneralName, ...]"
_SERIAL_NUMBER, _ORGANIZATION = "2.5.4.5", "2.5.4.10"
_SAN: Final = "tbsCertificate.extensions.subjectAltName"
_MOST_SHOWN: Final = 20
_LONGEST_SHOWN: Final = 255  # characters


def compared(kind: ReferenceKind, subject: Name, names: _Names) -> Iterator[tuple[GeneralName, object]]:
    """The names of a subjectAltName, each in the form that references of this ``kind`` accept; None: in none."""
    value_of = _VALUES[kind]
    if kind is ReferenceKind.SPIFFE and len(list(_uris(names))) > 1:
        return iter(())
    return ((name, value_of(name, subject)) for name in names)


class SubjectKeys(NamedTuple):
    """A subject's one serialNumber, and how it is compared, with its one organizationName where that is sought too.

    None: there is none, or there are several.
    """

    serial_number: Attribute | None
    keys: tuple[str | None, ...]


def subject_keys(subject: Name, count: int) -> SubjectKeys:
    """What of a ``subject`` names a device; ``count`` 1: its serial number alone, 2: whose it is as well."""
    serial = _only(subject, _SERIAL_NUMBER)
    key = None if serial is None else text_key(serial.text)
    if count == 1 or serial is None:
        return SubjectKeys(serial, (key,))
    manufacturer = _only(subject, _ORGANIZATION)
    return SubjectKeys(serial, (key, None if manufacturer is None else text_key(manufacturer.text)))


def of_subject(reference: Reference, keys: SubjectKeys) -> Attribute | None:
    """The subject's serialNumber, where it is the only one and the one meant, and the manufacturer is too."""
    return keys.serial_number if keys.keys == reference.accepted else None


def told(reference: Reference, subject: Name, names: _Names) -> list[str]:
    """What a certificate says where this kind of reference is sought, as printable text."""
    if reference.kind is ReferenceKind.DEVICE:
        lines = [f"serialNumber {text}" for text in subject.values(_SERIAL_NUMBER)]
        if len(reference.accepted) > 1:
            lines += [f"organizationName {text}" for text in subject.values(_ORGANIZATION)]
    elif reference.kind is ReferenceKind.SPIFFE:
        lines = [f"uri {uri}" for uri in _uris(names)]
    else:
        value_of = _VALUES[reference.kind]
        lines = [_line(reference.kind, value) for name in names if (value := value_of(name, subject)) is not None]
    return [printable(line[:_LONGEST_SHOWN]) for line in lines]


def finding(reference: Reference, sought: tuple[Reference, ...], lines: list[str]) -> Finding:
    """That the certificate is not that of the device: what was wanted, and what it says instead."""
    field = "tbsCertificate.subject" if sought[0].kind is ReferenceKind.DEVICE else _SAN
    if not lines:
        return NO_DEVICE_IDENTITY.at(0, field, wanted=reference.summary)
    return DEVICE_MISMATCH.at(
        0, field, wanted=reference.summary, presented=tuple(lines[:_MOST_SHOWN]), presented_count=len(lines)
    )


def _only(subject: Name, oid: str) -> Attribute | None:
    found = [one for rdn in subject.rdns for one in rdn if one.oid == oid]
    return found[0] if len(found) == 1 and found[0].is_text else None


def _uris(names: _Names) -> Iterator[str]:
    return (
        name.value
        for name in names
        if name.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER and isinstance(name.value, str)
    )


def _uri(name: GeneralName) -> str | None:
    return next(_uris((name,)), None)


def _hardware_module(name: GeneralName, subject: Name) -> object:
    if name.type_id != HARDWARE_MODULE_NAME or not isinstance(name.value, bytes):
        return None
    try:
        return tuple(read_hardware_module_name(name.value))
    except ValueError:  # MalformedDER is one: what cannot be read matches nothing
        return None


def _permanent_identifier(name: GeneralName, subject: Name) -> object:
    if name.type_id != PERMANENT_IDENTIFIER or not isinstance(name.value, bytes):
        return None
    try:
        value, assigner = read_permanent_identifier(name.value)
    except ValueError:  # MalformedDER is one: what cannot be read matches nothing
        return None
    if value is None:
        serial = _only(subject, _SERIAL_NUMBER)
        value = None if serial is None else serial.text
    return assigner, value


def _udi(name: GeneralName, subject: Name) -> object:
    try:
        found = udi_in_uri(_uri(name) or "")
    except InvalidUDI:
        return None
    return None if found is None else found.device


def _endpoint(name: GeneralName, subject: Name) -> object:
    return endpoint_uuid(_uri(name) or "")


_VALUES: Final[dict[ReferenceKind, Callable[[GeneralName, Name], object]]] = {
    ReferenceKind.HARDWARE_MODULE: _hardware_module,
    ReferenceKind.PERMANENT_IDENTIFIER: _permanent_identifier,
    ReferenceKind.UDI: _udi,
    ReferenceKind.SDC_ENDPOINT: _endpoint,
    ReferenceKind.SPIFFE: lambda name, subject: _uri(name),
}


def _line(kind: ReferenceKind, value: object) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    texts = [part.hex() if isinstance(part, bytes) else "none" if part is None else str(part) for part in parts]
    return f"{kind.value} {':'.join(texts)}"
