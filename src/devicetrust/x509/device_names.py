"""Names of hardware inside a subjectAltName: what the otherNames of devices say.

Makes: `HardwareModuleName`, `PermanentIdentifier`, their readers and that of a MAC address, object identifiers.
May import: x509 siblings.
Must never: decide whether a name is the wanted one, or let any exception but `MalformedDER` escape on any bytes.
Read first: `HardwareModuleName`.

RFC 4043, RFC 4108 and RFC 10031 are known here at second hand, from implementations and from drafts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.names import object_identifier

__all__ = [
    "HARDWARE_MODULE_NAME",
    "MAC_ADDRESS",
    "PERMANENT_IDENTIFIER",
    "HardwareModuleName",
    "PermanentIdentifier",
    "read_hardware_module_name",
    "read_mac_address",
    "read_permanent_identifier",
]

PERMANENT_IDENTIFIER: Final = "1.3.6.1.5.5.7.8.3"
"""id-on-permanentIdentifier, RFC 4043 2."""
HARDWARE_MODULE_NAME: Final = "1.3.6.1.5.5.7.8.4"
"""id-on-hardwareModuleName, RFC 4108 5."""
MAC_ADDRESS: Final = "1.3.6.1.5.5.7.8.12"
"""id-on-MACAddress, RFC 10031 (draft-ietf-lamps-macaddress-on)."""


class HardwareModuleName(NamedTuple):
    """A hardware module, RFC 4108 5: the dotted OID of its type, and its serial number as octets."""

    hw_type: str
    hw_serial_num: bytes


class PermanentIdentifier(NamedTuple):
    """A permanent identifier, RFC 4043 2: a value, and the dotted OID of who assigned it.

    Without a value the subject's one serialNumber is meant; without an assigner the certificate's issuer.
    """

    identifier_value: str | None
    assigner: str | None


def read_hardware_module_name(der: bytes) -> HardwareModuleName:
    """The value of an otherName of type `HARDWARE_MODULE_NAME`, RFC 4108 5. Raises `MalformedDER`."""
    fields = Cursor.within(der)
    kind = object_identifier(fields.content(_OBJECT_IDENTIFIER))
    serial = fields.content(_OCTET_STRING)
    fields.finish()
    return HardwareModuleName(kind, serial)


def read_permanent_identifier(der: bytes) -> PermanentIdentifier:
    """The value of an otherName of type `PERMANENT_IDENTIFIER`, RFC 4043 2. Raises `MalformedDER`."""
    fields = Cursor.within(der)
    value = fields.content(_UTF8_STRING) if fields.next_tag == _UTF8_STRING else None
    assigner = fields.content(_OBJECT_IDENTIFIER) if fields.next_tag == _OBJECT_IDENTIFIER else None
    fields.finish()
    try:
        text = None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedDER("an identifier that is not UTF-8") from None
    return PermanentIdentifier(text, None if assigner is None else object_identifier(assigner))


def read_mac_address(der: bytes) -> str:
    """The value of an otherName of type `MAC_ADDRESS`, as ``00-24-98-7b-19-02``: 6 or 8 octets.

    RFC 10031. Raises `MalformedDER`.
    """
    cursor = Cursor(der, 0, len(der))
    octets = cursor.content(_OCTET_STRING)
    cursor.finish()
    if len(octets) not in _MAC_LENGTHS:
        raise MalformedDER(f"a MAC address of {len(octets)} octets, not 6 or 8")
    return octets.hex("-")


_OBJECT_IDENTIFIER: Final = 0x06
_OCTET_STRING: Final = 0x04
_UTF8_STRING: Final = 0x0C
_MAC_LENGTHS: Final = (6, 8)
