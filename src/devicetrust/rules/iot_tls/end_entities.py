"""draft-ietf-uta-tls13-iot-profile 17.4: end entity certificates of IoT devices.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: repeat what RFC 5280 says as strongly.
Read first: any rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = [
    "common_name_no_mac_address",
    "eui64_in_serial_number",
    "key_usage_critical",
    "key_usage_present",
    "single_alternative_name",
    "subject_key_identifier_absent",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_SUBJECT: Final = "tbsCertificate.subject"
_COMMON_NAME: Final = "2.5.4.3"
_REISSUE: Final = "have the certificate issued again in the form that the IoT profile describes"


def _profile(clause: str) -> Citation:
    return Citation("draft-ietf-uta-tls13-iot-profile", clause)


EUI64_AS_COMMON_NAME: Final = Code(
    "iot_tls.eui64_in_serial_number",
    Severity.ERROR,
    _profile("17.4.1"),
    rank=572,
    what="the common name is the EUI-64 {address}; it belongs into the subject's serialNumber, as 02-4B-...",
    why="Software looks for a device's address in one place, and takes common names for names of people and services.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
MAC_AS_COMMON_NAME: Final = Code(
    "iot_tls.common_name_no_mac_address",
    Severity.WARNING,
    Citation("draft-ietf-lamps-macaddress-on", "1", Knowledge.SECOND_HAND),
    rank=532,
    what="the common name is the MAC address {address}",
    why="No software compares a common name with an address; a MACAddress in the subjectAltName can be compared.",
    remedy="have the address put into a MACAddress of the subjectAltName, or into the subject's serialNumber",
)
SEVERAL_NAMES: Final = Code(
    "iot_tls.single_alternative_name",
    Severity.ERROR,
    _profile("17.4.1"),
    rank=570,
    what="the subjectAltName holds {count} names; an IoT device's holds one",
    why="A device with several names is authorised by whichever of them a server looks at.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
KEY_IDENTIFIER: Final = Code(
    "iot_tls.subject_key_identifier_absent",
    Severity.ERROR,
    _profile("17.4.3"),
    rank=560,
    what="the certificate of an end entity has a subjectKeyIdentifier",
    why="It can be computed from the key; in every handshake of a small device it takes space.",
    remedy=f"{_REISSUE}; where RFC 5280 counts for more, which recommends the extension, only report this rule",
    waivable=Waivable.BY_WAIVER,
)
NO_KEY_USAGE: Final = Code(
    "iot_tls.key_usage_present",
    Severity.ERROR,
    _profile("17.4.4"),
    rank=574,
    what="there is no keyUsage",
    why="Without it the key may be used for anything, also to decrypt what others recorded.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
KEY_USAGE_NOT_CRITICAL: Final = Code(
    "iot_tls.key_usage_critical",
    Severity.ERROR,
    _profile("17.4.4"),
    rank=573,
    what="keyUsage is not critical",
    why="Software that does not know the extension would pass over it.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)


@rule(EUI64_AS_COMMON_NAME, Role.LEAF)
def eui64_in_serial_number(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An EUI-64 is not the common name."""
    return [
        EUI64_AS_COMMON_NAME.at(index, _SUBJECT, address=text)
        for text in certificate.subject.values(_COMMON_NAME)
        if _EUI64.fullmatch(text)
    ]


@rule(MAC_AS_COMMON_NAME, Role.LEAF)
def common_name_no_mac_address(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A MAC address of 48 bits is not the common name."""
    return [
        MAC_AS_COMMON_NAME.at(index, _SUBJECT, address=text)
        for text in certificate.subject.values(_COMMON_NAME)
        if _EUI48.fullmatch(text)
    ]


@rule(SEVERAL_NAMES, Role.LEAF)
def single_alternative_name(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectAltName, if any, holds one name."""
    count = len(certificate.extensions.subject_alternative_names)
    return (SEVERAL_NAMES.at(index, f"{_EXTENSIONS}.subjectAltName", count=count),) if count > 1 else ()


@rule(KEY_IDENTIFIER, Role.LEAF)
def subject_key_identifier_absent(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is no subjectKeyIdentifier."""
    if certificate.extensions.subject_key_identifier is None:
        return ()
    return (KEY_IDENTIFIER.at(index, f"{_EXTENSIONS}.subjectKeyIdentifier"),)


@rule(NO_KEY_USAGE, Role.LEAF)
def key_usage_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is a keyUsage; that it has digitalSignature is a rule of TLS itself."""
    return (NO_KEY_USAGE.at(index, f"{_EXTENSIONS}.keyUsage"),) if certificate.extensions.key_usage is None else ()


@rule(KEY_USAGE_NOT_CRITICAL, Role.LEAF)
def key_usage_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """keyUsage, if any, is critical."""
    extensions = certificate.extensions
    if extensions.key_usage is None or _KEY_USAGE in extensions.critical:
        return ()
    return (KEY_USAGE_NOT_CRITICAL.at(index, f"{_EXTENSIONS}.keyUsage"),)


_KEY_USAGE: Final = "2.5.29.15"
_EUI64: Final = re.compile("(?:[0-9A-Fa-f]{2}[-:]){7}[0-9A-Fa-f]{2}")
_EUI48: Final = re.compile("(?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2}")
