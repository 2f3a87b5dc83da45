"""Which device a certificate names: every part of it, and the field that says so.

Makes: `DeviceIdentity`, `IdentityPart`, `SDCRole`, `DevID`, `TPMName`, `MatterName`.
May import: findings, x509; udi and marks of this room.
Must never: judge, or raise on what a certificate holds. What cannot be read is a part that says why.
Read first: `DeviceIdentity`.

An identity is what a certificate says, not who the device is: only a verdict says whether to believe it. IEEE 802.1AR,
IEEE 11073-20701, the TCG's profiles and the Matter specification are known here at second hand.

What no certificate holds is not here: a DICOM AE title, and a UDI of HIBCC or ICCBBA, come from an inventory
(`Reference.ae_title`, `Reference.udi`). A MAC address in a serialNumber is not guessed at.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import attrs

from devicetrust.identity.marks import DevID, devid_marks
from devicetrust.identity.records import endpoint_uuid
from devicetrust.identity.udi import UDI, InvalidUDI, udi_in_uri
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate
from devicetrust.x509.device_names import (
    HARDWARE_MODULE_NAME,
    MAC_ADDRESS,
    PERMANENT_IDENTIFIER,
    HardwareModuleName,
    PermanentIdentifier,
    read_hardware_module_name,
    read_mac_address,
    read_permanent_identifier,
)
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Name, printable
from devicetrust.x509.oids import SUBJECT_ALT_NAME

__all__ = ["DevID", "DeviceIdentity", "IdentityPart", "MatterName", "SDCRole", "TPMName"]


class IdentityPart(NamedTuple):
    """One part of an identity: what it is, its value, and where the certificate says so.

    ``value`` is printable text; ``field`` a dotted path as that of a finding. ``reason`` says why the part cannot be
    read; then ``value`` is empty. ``remark`` says what the value stands for, where that is known.
    """

    name: str
    value: str
    field: str
    reason: str | None = None
    remark: str = ""

    def __str__(self) -> str:
        told = self.value if self.reason is None else f"cannot be read: {self.reason}"
        return f"{self.name.replace('_', ' ')} {told}" + (f" ({self.remark})" if self.remark else "")


class SDCRole(enum.Enum):
    """A role of a participant, IEEE 11073-20701 9.3. The value is the key purpose that states it."""

    PROVIDER = "1.2.840.10004.20701.1.1"
    CONSUMER = "1.2.840.10004.20701.1.2"


class TPMName(NamedTuple):
    """A TPM as its certificate names it, TCG EK Credential Profile 3.2.9: texts as they stand, such as id:53544D20."""

    manufacturer: str | None
    model: str | None
    version: str | None


class MatterName(NamedTuple):
    """Vendor and product of a Matter device as its subject states them, Matter 6.2: four hexadecimal digits."""

    vendor_id: str
    product_id: str | None


@attrs.frozen(kw_only=True)
class DeviceIdentity:
    """What a certificate says of the device that holds it. Made by `from_certificate`; never raises for what it reads.

    ``parts`` lists everything, each with its field; the other attributes hold the same as values. ``serial_number``
    (2.5.4.5) and ``manufacturer`` (2.5.4.10) are the subject's where it states one alone, and None where it states
    none or several. In a certificate that an operator issued the organization is often the operator: see ``devid``.
    ``uris`` are the http and https URIs of the subjectAltName, such as a UDAP client's or server's. ``spiffe_id`` is
    None where there is another URI beside it (X509-SVID 2).

    ``devid`` says by which marks it looks like an initial or a local device identifier (IEEE 802.1AR). None: the
    certificate alone does not tell. ``devid_reasons`` are the marks found, for and against.
    """

    parts: tuple[IdentityPart, ...] = ()
    serial_number: str | None = None
    manufacturer: str | None = None
    hardware_modules: tuple[HardwareModuleName, ...] = ()
    permanent_identifiers: tuple[PermanentIdentifier, ...] = ()
    tpm: TPMName | None = None
    mac_addresses: tuple[str, ...] = ()
    udis: tuple[UDI, ...] = ()
    sdc_roles: frozenset[SDCRole] = frozenset()
    endpoint_uuids: tuple[str, ...] = ()
    spiffe_id: str | None = None
    uris: tuple[str, ...] = ()
    matter: MatterName | None = None
    devid: DevID | None = None
    devid_reasons: tuple[str, ...] = ()

    @classmethod
    def from_certificate(cls, certificate: CertificateLike) -> DeviceIdentity:
        """All that a certificate says of its device. Raises `MisuseError` for what is no certificate."""
        view = as_certificate(certificate)
        if view.unreadable is not None:
            return cls(parts=(IdentityPart("certificate", "", "certificate", printable(view.unreadable)),))
        known = _READ.get(view)
        if known is None:
            known = _READ[view] = _read(view)
        return known

    def __str__(self) -> str:
        """The parts in one line; empty where there are none."""
        return "; ".join(map(str, self.parts))

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, so that JSON holds all of it. Text is printable, octets are hexadecimal."""
        return {
            "serial_number": _shown(self.serial_number),
            "manufacturer": _shown(self.manufacturer),
            "hardware_modules": [
                {"hw_type": module.hw_type, "hw_serial_num": module.hw_serial_num.hex()}
                for module in self.hardware_modules
            ],
            "permanent_identifiers": [
                {"identifier_value": _shown(one.identifier_value), "assigner": one.assigner}
                for one in self.permanent_identifiers
            ],
            "tpm": None if self.tpm is None else {name: _shown(text) for name, text in self.tpm._asdict().items()},
            "mac_addresses": list(self.mac_addresses),
            "udis": [
                {
                    "agency": one.agency.value,
                    "device_identifier": one.device_identifier,
                    "serial_number": one.serial_number,
                    "lot_number": one.lot_number,
                }
                for one in self.udis
            ],
            "sdc_roles": sorted(role.name.lower() for role in self.sdc_roles),
            "endpoint_uuids": list(self.endpoint_uuids),
            "spiffe_id": _shown(self.spiffe_id),
            "uris": [printable(uri) for uri in self.uris],
            "matter": None if self.matter is None else self.matter._asdict(),
            "devid": None if self.devid is None else self.devid.name.lower(),
            "devid_reasons": list(self.devid_reasons),
            "parts": [part._asdict() for part in self.parts],
        }


def _shown(text: str | None) -> str | None:
    return None if text is None else printable(text)


_SAN: Final = "tbsCertificate.extensions.subjectAltName"
_PURPOSES: Final = "tbsCertificate.extensions.extKeyUsage"
_SERIAL_NUMBER, _ORGANIZATION = "2.5.4.5", "2.5.4.10"
_TPM_ATTRIBUTES: Final = {  # TCG EK Credential Profile 3.2.9
    "2.23.133.2.1": "tpm_manufacturer",
    "2.23.133.2.2": "tpm_model",
    "2.23.133.2.3": "tpm_version",
}
_TPM_KEYS: Final = {  # TCG OID registry: key purposes of TPM keys
    "2.23.133.8.1": "endorsement key",
    "2.23.133.8.3": "attestation key",
}
_KNOWN_HW_TYPES: Final = {"2.23.133.1.0": "TPM 1.2", "2.23.133.1.2": "TPM 2.0"}
_KNOWN_ASSIGNERS: Final = {"2.23.133.12.1": "SHA-256 of the TPM's EK certificate"}
_MATTER_VENDOR, _MATTER_PRODUCT = "1.3.6.1.4.1.37244.2.1", "1.3.6.1.4.1.37244.2.2"
_MATTER_ID: Final = r"[0-9A-F]{4}"
_SPIFFE: Final = r"(?i:spiffe)://[^/]+(?:/.*)?"


# For as long as somebody holds the certificate: a device that comes back is asked for every time.
_READ: Final[WeakKeyDictionary[Certificate, DeviceIdentity]] = WeakKeyDictionary()


class _Found:
    """Values and parts as they are come upon."""

    def __init__(self) -> None:
        self.parts: list[IdentityPart] = []
        self.hardware_modules: list[HardwareModuleName] = []
        self.permanent_identifiers: list[PermanentIdentifier] = []
        self.mac_addresses: list[str] = []
        self.udis: list[UDI] = []
        self.endpoints: list[str] = []
        self.uris: list[str] = []

    def add(self, name: str, value: str, field: str, remark: str = "") -> None:
        self.parts.append(IdentityPart(name, printable(value), field, None, remark))

    def unreadable(self, name: str, field: str, reason: str) -> None:
        self.parts.append(IdentityPart(name, "", field, printable(reason)))


def _read(certificate: Certificate) -> DeviceIdentity:
    found = _Found()
    serial_number = _of_subject(found, certificate.subject, _SERIAL_NUMBER, "serial_number", "serialNumber")
    manufacturer = _of_subject(found, certificate.subject, _ORGANIZATION, "manufacturer", "organizationName")
    matter = _matter_name(found, certificate.subject)
    names = certificate.subject_alternative_names
    reason = certificate.extensions.unreadable.get(SUBJECT_ALT_NAME)
    if reason is not None:
        found.unreadable("subject_alternative_name", _SAN, reason)
    tpm_names = [_tpm_name(found, name, field) for name, field in _with_fields(names)]
    for name, field in _with_fields(names):
        if name.type is GeneralNameType.OTHER_NAME:
            _other_name(found, name, field)
        elif name.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER and isinstance(name.value, str):
            _uri(found, name.value, field)
    spiffe_id = _spiffe_id(found, names)
    purposes = _purposes(certificate)
    roles = frozenset(role for role in SDCRole if role.value in purposes)
    for role in sorted(roles, key=lambda one: one.value):
        found.add("sdc_role", role.name.lower(), _PURPOSES)
    for oid in sorted(purposes & _TPM_KEYS.keys()):
        found.add("tpm_key", _TPM_KEYS[oid], _PURPOSES)
    devid, reasons = devid_marks(certificate)
    return DeviceIdentity(
        parts=tuple(found.parts),
        serial_number=serial_number,
        manufacturer=manufacturer,
        hardware_modules=tuple(found.hardware_modules),
        permanent_identifiers=tuple(found.permanent_identifiers),
        tpm=next(filter(None, tpm_names), None),
        mac_addresses=tuple(found.mac_addresses),
        udis=tuple(found.udis),
        sdc_roles=roles,
        endpoint_uuids=tuple(found.endpoints),
        spiffe_id=spiffe_id,
        uris=tuple(found.uris),
        matter=matter,
        devid=devid,
        devid_reasons=reasons,
    )


def _purposes(certificate: Certificate) -> frozenset[str]:
    """The key purposes that the certificate has for itself: those of a CA bind what it issues."""
    constraints = certificate.basic_constraints
    is_ca = constraints is not None and constraints.ca
    return frozenset() if is_ca else certificate.extended_key_usage or frozenset()


def _with_fields(names: tuple[GeneralName, ...]) -> Iterator[tuple[GeneralName, str]]:
    return ((name, f"{_SAN}[{place}]") for place, name in enumerate(names))


def _of_subject(found: _Found, subject: Name, oid: str, name: str, field: str) -> str | None:
    """The one text of this attribute; None where there is none, or where there are several."""
    field = f"tbsCertificate.subject.{field}"
    attributes = [one for rdn in subject.rdns for one in rdn if one.oid == oid]
    for attribute in attributes:
        if attribute.is_text:
            found.add(name, attribute.text, field, "one of several" if len(attributes) > 1 else "")
        else:
            found.unreadable(name, field, f"no text, but {attribute.text[:_LONGEST_SHOWN]}")
    return attributes[0].text if len(attributes) == 1 and attributes[0].is_text else None


_LONGEST_SHOWN: Final = 64


def _matter_name(found: _Found, subject: Name) -> MatterName | None:
    vendors, products = subject.values(_MATTER_VENDOR), subject.values(_MATTER_PRODUCT)
    for name, oid, values in (
        ("matter_vendor_id", _MATTER_VENDOR, vendors),
        ("matter_product_id", _MATTER_PRODUCT, products),
    ):
        field = f"tbsCertificate.subject.{oid}"
        for value in values:
            if re.fullmatch(_MATTER_ID, value):
                found.add(name, value, field)
            else:
                found.unreadable(name, field, f"not four hexadecimal digits: {value[:_LONGEST_SHOWN]}")
    if len(vendors) != 1 or len(products) > 1 or not all(re.fullmatch(_MATTER_ID, one) for one in vendors + products):
        return None
    return MatterName(vendors[0], products[0] if products else None)


def _tpm_name(found: _Found, name: GeneralName, field: str) -> TPMName | None:
    if not isinstance(name.value, Name):
        return None
    texts: dict[str, str] = {}
    for oid, title in _TPM_ATTRIBUTES.items():
        for value in name.value.values(oid):
            texts[oid] = value
            found.add(title, value, f"{field}.directoryName.{oid}", _tpm_vendor(value))
    return TPMName(*(texts.get(oid) for oid in _TPM_ATTRIBUTES)) if texts else None


def _tpm_vendor(value: str) -> str:
    """The letters that an identifier such as id:53544D20 spells, TCG TPM Vendor ID Registry."""
    found = re.fullmatch(r"id:((?:[0-9A-Fa-f]{2}){4})", value)
    letters = bytes.fromhex(found[1]).rstrip(b"\0 ") if found else b""
    return letters.decode("ascii") if letters.isascii() and letters.decode("ascii").isprintable() else ""


def _other_name(found: _Found, name: GeneralName, field: str) -> None:
    reader = _OTHER_NAMES.get(name.type_id)
    if reader is None or not isinstance(name.value, bytes):
        return
    title, read = reader
    try:
        read(found, name.value, f"{field}.otherName")
    except ValueError as problem:  # MalformedDER and UnicodeDecodeError are such
        found.unreadable(title, f"{field}.otherName", str(problem))


def _hardware_module(found: _Found, der: bytes, field: str) -> None:
    module = read_hardware_module_name(der)
    found.hardware_modules.append(module)
    octets = module.hw_serial_num
    readable = octets.isascii() and octets.decode("ascii").isprintable()
    remarks = (_KNOWN_HW_TYPES.get(module.hw_type), octets.decode("ascii") if readable else None)
    found.add("hardware_module_name", f"{module.hw_type}:{octets.hex()}", field, ", ".join(filter(None, remarks)))


def _permanent_identifier(found: _Found, der: bytes, field: str) -> None:
    identifier = read_permanent_identifier(der)
    found.permanent_identifiers.append(identifier)
    value = identifier.identifier_value
    told = "the subject's serialNumber" if value is None else value
    assigner = identifier.assigner
    by = "the certificate's issuer" if assigner is None else _KNOWN_ASSIGNERS.get(assigner, assigner)
    found.add("permanent_identifier", told, field, f"assigned by {by}" if assigner not in _KNOWN_ASSIGNERS else by)


def _mac_address(found: _Found, der: bytes, field: str) -> None:
    address = read_mac_address(der)
    found.mac_addresses.append(address)
    found.add("mac_address", address, field)


_OTHER_NAMES: Final[dict[str, tuple[str, Callable[[_Found, bytes, str], None]]]] = {
    HARDWARE_MODULE_NAME: ("hardware_module_name", _hardware_module),
    PERMANENT_IDENTIFIER: ("permanent_identifier", _permanent_identifier),
    MAC_ADDRESS: ("mac_address", _mac_address),
}


def _uri(found: _Found, uri: str, field: str) -> None:
    field = f"{field}.uniformResourceIdentifier"
    try:
        udi = udi_in_uri(uri)
    except InvalidUDI as problem:
        found.unreadable("udi", field, str(problem))
        return
    if udi is not None:
        found.udis.append(udi)
        found.add("udi", udi.text, field, f"by {udi.agency.value}")
    elif endpoint := endpoint_uuid(uri):
        found.endpoints.append(endpoint)
        found.add("endpoint_uuid", endpoint, field)
    elif uri.lower().startswith(("http://", "https://")):
        found.uris.append(uri)
        found.add("uri", uri, field)


def _spiffe_id(found: _Found, names: tuple[GeneralName, ...]) -> str | None:
    """The SPIFFE ID of an SVID, X509-SVID 2 (at second hand): the one URI of its subjectAltName."""
    uris = [
        (name.value, f"{field}.uniformResourceIdentifier")
        for name, field in _with_fields(names)
        if name.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER and isinstance(name.value, str)
    ]
    for value, field in uris:
        if re.fullmatch(_SPIFFE, value, re.DOTALL):
            if len(uris) > 1:
                found.unreadable("spiffe_id", field, "an SVID has exactly one URI, and this certificate has more")
            else:
                found.add("spiffe_id", value, field)
                return value
    return None
