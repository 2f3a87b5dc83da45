"""IEEE 802.1AR-2018 clause 8: initial device identifiers.

Makes: rules on the IDevID that a device's maker puts into it.
May import: findings, x509, rules.rule, rules.hardware.
Must never: flag that basicConstraints is absent: an IDevID need not have it.
Read first: any rule.

The standard was not read; its clauses are known through implementers' notes. RFC 5280 4.1.2.5 and section 17 of
draft-ietf-uta-tls13-iot-profile were.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.concerns import has_alternative_names, has_key_usage
from devicetrust.rules.hardware import NEVER_ENDS, hardware_module, is_tpm
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509.certificate import Certificate

__all__ = [
    "authorities_outlast",
    "does_not_end",
    "hardware_module_name_present",
    "hardware_serial_number_agrees",
    "key_usage_for_signatures",
    "manufacturer_named",
    "one_signature_suite",
    "serial_number_printable",
    "subject_key_identifier_absent",
    "subject_serial_number_present",
    "without_key_purposes",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_SUBJECT: Final = "tbsCertificate.subject"
_SERIAL_NUMBER: Final = "2.5.4.5"
_ORGANIZATION: Final = "2.5.4.10"
_NEXT_SERIES: Final = "correct the profile by which the maker issues IDevIDs; devices in the field keep what they have"


def _8021ar(clause: str) -> Citation:
    return Citation("IEEE 802.1AR-2018", clause, Knowledge.SECOND_HAND)


NO_SERIAL_NUMBER: Final = Code(
    "ieee8021ar.subject_serial_number_present",
    Severity.WARNING,
    _8021ar("8.6"),
    rank=545,
    what="the subject has no serialNumber; an IDevID names the device by its serial number",
    why="Inventories, and the vouchers of onboarding, find a device by this number.",
    remedy=_NEXT_SERIES,
)
SERIAL_NUMBER_TYPE: Final = Code(
    "ieee8021ar.serial_number_printable",
    Severity.ERROR,
    Citation("RFC 5280", "A.1"),
    rank=548,
    what="the subject's serialNumber {serial_number} is no PrintableString",
    why="The type is fixed, so that software may compare these numbers octet by octet.",
    remedy=_NEXT_SERIES,
    waivable=Waivable.BY_WAIVER,
)
NO_MANUFACTURER: Final = Code(
    "ieee8021ar.manufacturer_named",
    Severity.WARNING,
    _8021ar("8.6"),
    rank=530,
    what="neither subject nor issuer has an organizationName or a Matter vendor id",
    why="A serial number is unique for one maker only; without the maker's name it does not say which device it is.",
    remedy=_NEXT_SERIES,
)
NO_HARDWARE_NAME: Final = Code(
    "ieee8021ar.hardware_module_name_present",
    Severity.WARNING,
    _8021ar("8.10.4"),
    rank=528,
    what="the subjectAltName holds no hardwareModuleName that can be read",
    why="802.1AR uses the subjectAltName of an IDevID to name the hardware that holds its key.",
    remedy=_NEXT_SERIES,
)
SERIAL_NUMBERS_DIFFER: Final = Code(
    "ieee8021ar.hardware_serial_number_agrees",
    Severity.WARNING,
    Citation("RFC 4108", "5", Knowledge.SECOND_HAND),
    rank=540,
    what="hwSerialNum is {hardware}, but the subject's serialNumber is {subject}",
    why="One device with two serial numbers is found under one of them only.",
    remedy="state in the inventory which number is which, or correct the profile by which the maker issues IDevIDs",
)
ENDS: Final = Code(
    "ieee8021ar.idevid_does_not_end",
    Severity.WARNING,
    _8021ar("8.5"),
    rank=515,
    what="the IDevID ends at {not_after}; it should have no end, 99991231235959Z",
    why="An IDevID is made once, in the factory. After its end the device cannot be onboarded again.",
    remedy="plan the device's last onboarding before that moment, or admit IDevIDs beyond their end by name",
    waivable=Waivable.BY_WAIVER,
)
AUTHORITY_ENDS: Final = Code(
    "ieee8021ar.authorities_outlast_idevid",
    Severity.WARNING,
    Citation("RFC 5280", "4.1.2.5"),
    rank=525,
    what="the IDevID has no end, but {issuer} above it ends at {not_after}",
    why="From then on no path leads to the device's identity, unless the site judges IDevIDs by another model.",
    remedy="choose the validity model of IDevIDs, or ask the maker how the CA is to be succeeded and retired",
    waivable=Waivable.BY_WAIVER,
)
KEY_USAGE: Final = Code(
    "ieee8021ar.idevid_key_usage",
    Severity.WARNING,
    _8021ar("8.10.3"),
    rank=520,
    what="the keyUsage of the IDevID is {found}; it should be digitalSignature, without encipherment",
    why="An IDevID proves who the device is, by signatures; a key that also decrypts invites misuse.",
    remedy=_NEXT_SERIES,
)
PURPOSES_LISTED: Final = Code(
    "ieee8021ar.idevid_without_key_purposes",
    Severity.WARNING,
    Citation("draft-ietf-uta-tls13-iot-profile", "17.4.4"),
    rank=518,
    what="the IDevID has an extendedKeyUsage: {found}",
    why="A list of purposes keeps a lifelong identity from uses that nobody knew of when the device was made.",
    remedy=_NEXT_SERIES,
)
KEY_IDENTIFIER: Final = Code(
    "ieee8021ar.subject_key_identifier_absent",
    Severity.WARNING,
    _8021ar("8.10.2"),
    rank=501,
    what="the IDevID has a subjectKeyIdentifier, which 802.1AR does not recommend for it",
    why="The identifier of an end entity's key serves nobody, and takes space in small devices.",
    remedy="nothing to do for devices in the field: RFC 5280 recommends the extension, other profiles demand it",
)
SUITES_DIFFER: Final = Code(
    "ieee8021ar.one_signature_suite",
    Severity.WARNING,
    _8021ar("8"),
    rank=510,
    what="the IDevID has a key of the kind {key}, the CA above it one of the kind {issuer_key}",
    why="802.1AR wants one signature suite along the chain: a small device may have room for one only.",
    remedy="nothing to do where all who verify the chain know both; else ask the maker for a chain of one suite",
)


@rule(NO_SERIAL_NUMBER, Role.LEAF)
def subject_serial_number_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject has a serialNumber."""
    if certificate.subject.values(_SERIAL_NUMBER):
        return ()
    return (NO_SERIAL_NUMBER.at(index, _SUBJECT),)


@rule(SERIAL_NUMBER_TYPE, Role.LEAF)
def serial_number_printable(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject's serialNumber is a PrintableString."""
    return [
        SERIAL_NUMBER_TYPE.at(index, _SUBJECT, serial_number=attribute.text)
        for attribute in certificate.subject.attributes
        if attribute.oid == _SERIAL_NUMBER and attribute.tag != _PRINTABLE_STRING
    ]


@rule(NO_MANUFACTURER, Role.LEAF)
def manufacturer_named(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Subject or issuer names the maker: an organizationName, or the vendor id of Matter."""
    if certificate.subject.has_any_of(_MAKERS) or certificate.issuer.has_any_of(_MAKERS):
        return ()
    return (NO_MANUFACTURER.at(index, _SUBJECT),)


@rule(NO_HARDWARE_NAME, Role.LEAF, concerns=has_alternative_names)
def hardware_module_name_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a subjectAltName, it holds a hardwareModuleName."""
    if hardware_module(certificate) is None:
        return (NO_HARDWARE_NAME.at(index, f"{_EXTENSIONS}.subjectAltName"),)
    return ()


@rule(
    SERIAL_NUMBERS_DIFFER,
    Role.LEAF,
    concerns=has_alternative_names,
)
def hardware_serial_number_agrees(certificate: Certificate, index: int) -> Iterable[Finding]:
    """hwSerialNum is the subject's serialNumber, where both are there; a TPM's differs by design."""
    module = hardware_module(certificate)
    numbers = certificate.subject.values(_SERIAL_NUMBER)
    if module is None or not numbers or is_tpm(module):
        return ()
    if any(number.encode("utf-8", "surrogatepass") == module.hw_serial_num for number in numbers):
        return ()
    shown = module.hw_serial_num.decode("ascii", "backslashreplace")
    facts = {"hardware": shown, "subject": numbers[0]}
    return (SERIAL_NUMBERS_DIFFER.at(index, f"{_EXTENSIONS}.subjectAltName", **facts),)


@rule(ENDS, Role.LEAF)
def does_not_end(certificate: Certificate, index: int) -> Iterable[Finding]:
    """notAfter is 99991231235959Z."""
    if certificate.validity[1] == NEVER_ENDS:
        return ()
    return (ENDS.at(index, "tbsCertificate.validity.notAfter", not_after=certificate.not_after),)


@chain_rule(AUTHORITY_ENDS, Role.LEAF, concerns=lambda certificate: certificate.validity[1] == NEVER_ENDS)
def authorities_outlast(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """Above an IDevID without end there is no CA certificate with one; the first to end is named."""
    first = min(issuers, key=lambda one: one.validity[1])
    if first.validity[1] == NEVER_ENDS:
        return ()
    issuer = str(first.subject)
    return (AUTHORITY_ENDS.at(index, "tbsCertificate.validity.notAfter", issuer=issuer, not_after=first.not_after),)


@rule(KEY_USAGE, Role.LEAF, concerns=has_key_usage)
def key_usage_for_signatures(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a keyUsage, it has digitalSignature and no encipherment."""
    usage = certificate.extensions.key_usage
    if usage is None or (usage.digital_signature and not usage.key_encipherment and not usage.data_encipherment):
        return ()
    found = tuple(name for name, bit in _BITS if getattr(usage, bit))
    return (KEY_USAGE.at(index, f"{_EXTENSIONS}.keyUsage", found=found),)


@rule(PURPOSES_LISTED, Role.LEAF)
def without_key_purposes(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is no extendedKeyUsage."""
    found = certificate.extensions.extended_key_usage
    if found is None:
        return ()
    return (PURPOSES_LISTED.at(index, f"{_EXTENSIONS}.extKeyUsage", found=tuple(sorted(found))),)


@rule(KEY_IDENTIFIER, Role.LEAF)
def subject_key_identifier_absent(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is no subjectKeyIdentifier."""
    if certificate.extensions.subject_key_identifier is None:
        return ()
    return (KEY_IDENTIFIER.at(index, f"{_EXTENSIONS}.subjectKeyIdentifier"),)


@chain_rule(SUITES_DIFFER, Role.LEAF)
def one_signature_suite(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """Every key of the chain is of one kind and, on curves, of one curve; the first that differs is named."""
    key = certificate.public_key
    for issuer in issuers:
        other = issuer.public_key
        if (other.algorithm, other.curve) != (key.algorithm, key.curve):
            facts = {"key": str(key), "issuer_key": str(other)}
            return (SUITES_DIFFER.at(index, "tbsCertificate.subjectPublicKeyInfo", **facts),)
    return ()


_PRINTABLE_STRING: Final = 0x13
_MAKERS: Final = frozenset({_ORGANIZATION, "1.3.6.1.4.1.37244.2.1"})
_BITS: Final = (
    ("digitalSignature", "digital_signature"),
    ("nonRepudiation", "content_commitment"),
    ("keyEncipherment", "key_encipherment"),
    ("dataEncipherment", "data_encipherment"),
    ("keyAgreement", "key_agreement"),
    ("keyCertSign", "key_cert_sign"),
    ("cRLSign", "crl_sign"),
)
