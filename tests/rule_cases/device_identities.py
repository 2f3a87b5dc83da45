"""Rules on identities of devices: IEEE 802.1AR, RFC 8995, the TCG, Matter, the IoT profile, and privacy.

Makes: `CASES`.
May import: pki, ward, rule_cases.case.
Must never: import devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from typing import Final

import pki
from pki import FOR_EVER, Draft, Extension
from rule_cases.case import ANCHOR, AUTHORITY, LEAF, Chain, RuleCase, alone
from ward import ISSUING, ROOT

_SERIAL, _GIVEN_NAME, _COUNTRY = "2.5.4.5", "2.5.4.42", "2.5.4.6"
_VENDOR, _PRODUCT = "1.3.6.1.4.1.37244.2.1", "1.3.6.1.4.1.37244.2.2"
_HARDWARE_MODULE, _PERMANENT = "1.3.6.1.5.5.7.8.4", "1.3.6.1.5.5.7.8.3"
_TPM_2, _OWN_TYPE = "2.23.133.1.2", "1.3.6.1.4.1.55555.3"
_RESIDENCY, _FIXED, _RESTRICTED = "2.23.133.11.1.1", "2.23.133.11.1.2", "2.23.133.11.1.3"
_EK, _AIK = "2.23.133.8.1", "2.23.133.8.3"
_KEY_AGREEMENT, _DATA_ENCIPHERMENT = 4, 3


def _hardware(serial: bytes, kind: str = _OWN_TYPE) -> bytes:
    value = pki.sequence(pki.object_identifier(kind), pki.octet_string(serial))
    return pki.other_name(_HARDWARE_MODULE, value)


def _permanent(value: str, assigner: str) -> bytes:
    parts = pki.tlv(0x0C, value.encode()), pki.object_identifier(assigner)
    return pki.other_name(_PERMANENT, pki.sequence(*parts))


def _names(*names: bytes) -> Extension:
    return pki.subject_alternative_name(*names)


def _masa(value: bytes, *, critical: bool = False, tag: int = 0x16) -> Extension:
    return Extension("1.3.6.1.5.5.7.1.32", critical, pki.tlv(tag, value))


def _chain(leaf: Draft, authority: Draft = AUTHORITY) -> Chain:
    """The leaf with the CA above it and the root."""
    return leaf.sealed(ISSUING.key), authority.sealed(ROOT.key), ANCHOR.sealed(ROOT.key)


_SUBJECT: Final = pki.name((_SERIAL, "SN-17"))
_IDEVID: Final = LEAF._replace(subject=_SUBJECT, not_after=FOR_EVER).without(
    pki.EXTENDED_KEY_USAGE, pki.SUBJECT_ALTERNATIVE_NAME, pki.SUBJECT_KEY_IDENTIFIER
)
_OF_TPM: Final = _IDEVID.including(
    _names(_hardware(b"49465800:a1b2c3:0f1e", _TPM_2)), pki.certificate_policies(_RESIDENCY, _FIXED)
)
_MATTER_SUBJECT: Final = pki.name((pki.COMMON_NAME, "DAC"), (_VENDOR, "FFF1"), (_PRODUCT, "8000"))
_DAC: Final = LEAF._replace(subject=_MATTER_SUBJECT)
_DAC_IN_COMMON_NAME: Final = LEAF._replace(subject=pki.common_name("ACME DAC Mvid:FFF1 Mpid:8000"))
_P384: Final = pki.key("p384", 3)
_RSA: Final = pki.key("rsa2048", 1)


def _pai(*attributes: tuple[str, str]) -> Draft:
    return AUTHORITY._replace(subject=pki.name((pki.COMMON_NAME, "PAI"), *attributes))


CASES: Final[dict[str, RuleCase]] = {
    "ieee8021ar.subject_serial_number_present": RuleCase(
        "The subject of an IDevID has a serialNumber.", "IEEE 802.1AR-2018 8.6", alone(LEAF), alone(_IDEVID)
    ),
    "ieee8021ar.serial_number_printable": RuleCase(
        "X520SerialNumber is a PrintableString.",
        "RFC 5280 A.1",
        alone(
            LEAF._replace(
                subject=pki.sequence(
                    pki.tlv(0x31, pki.sequence(pki.object_identifier(_SERIAL), pki.tlv(0x0C, b"SN-17")))
                )
            )
        ),
        alone(_IDEVID),
    ),
    "ieee8021ar.manufacturer_named": RuleCase(
        "Subject or issuer names the maker.",
        "IEEE 802.1AR-2018 8.6",
        alone(_IDEVID._replace(issuer=pki.name((pki.COMMON_NAME, "CA")))),
        alone(_IDEVID, _DAC._replace(issuer=pki.name((pki.COMMON_NAME, "CA")))),
    ),
    "ieee8021ar.hardware_module_name_present": RuleCase(
        "A subjectAltName of an IDevID has a hardwareModuleName.",
        "IEEE 802.1AR-2018 8.10.4",
        alone(LEAF, LEAF.including(_names(pki.other_name(_HARDWARE_MODULE, b"\x05\x00")))),
        alone(_IDEVID.including(_names(_hardware(b"SN-17")))),
    ),
    "ieee8021ar.hardware_serial_number_agrees": RuleCase(
        "hwSerialNum is the subject's serialNumber, but for a TPM's.",
        "RFC 4108 5",
        alone(_IDEVID.including(_names(_hardware(b"SN-18")))),
        alone(_IDEVID.including(_names(_hardware(b"SN-17"))), _OF_TPM),
    ),
    "ieee8021ar.idevid_does_not_end": RuleCase(
        "notAfter of an IDevID is 99991231235959Z.",
        "IEEE 802.1AR-2018 8.5",
        alone(LEAF, LEAF._replace(not_after=FOR_EVER.replace(year=2999))),
        alone(_IDEVID),
    ),
    "ieee8021ar.authorities_outlast_idevid": RuleCase(
        "Where an IDevID has no end, the CAs above it have none.",
        "RFC 5280 4.1.2.5",
        (_chain(_IDEVID),),
        (
            (
                _IDEVID.sealed(ISSUING.key),
                AUTHORITY._replace(not_after=FOR_EVER).sealed(ROOT.key),
                ANCHOR._replace(not_after=FOR_EVER).sealed(ROOT.key),
            ),
        ),
    ),
    "ieee8021ar.idevid_key_usage": RuleCase(
        "keyUsage of an IDevID is for signatures.",
        "IEEE 802.1AR-2018 8.10.3",
        alone(
            _IDEVID.including(pki.key_usage(pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT)),
            _IDEVID.including(pki.key_usage(_KEY_AGREEMENT)),
        ),
        alone(_IDEVID),
    ),
    "ieee8021ar.idevid_without_key_purposes": RuleCase(
        "An IDevID has no extendedKeyUsage.",
        "draft-ietf-uta-tls13-iot-profile 17.4.4",
        alone(_IDEVID.including(pki.extended_key_usage(pki.CLIENT_AUTH))),
        alone(_IDEVID),
    ),
    "ieee8021ar.subject_key_identifier_absent": RuleCase(
        "A subjectKeyIdentifier is not recommended for an IDevID.",
        "IEEE 802.1AR-2018 8.10.2",
        alone(LEAF),
        alone(_IDEVID),
    ),
    "ieee8021ar.one_signature_suite": RuleCase(
        "All keys of a chain are of one kind.",
        "IEEE 802.1AR-2018 8",
        (
            _chain(_IDEVID._replace(subject_public_key_info=_P384.subject_public_key_info)),
            _chain(_IDEVID._replace(subject_public_key_info=_RSA.subject_public_key_info)),
        ),
        (_chain(_IDEVID),),
    ),
    "ieee8021ar.initial_identity_not_operational": RuleCase(
        "A certificate of daily use has no mark of an IDevID: a MASA URL, or hardware named without end.",
        "draft-ietf-uta-tls13-iot-profile 17",
        alone(
            LEAF.including(_masa(b"masa.example.com")),
            _IDEVID.including(_names(_hardware(b"SN-17"))),
            _IDEVID.including(_names(_permanent("SN-17", _OWN_TYPE))),
        ),
        alone(LEAF, LEAF.including(_names(_hardware(b"SN-17"))), _IDEVID),
    ),
    "ieee8021ar.hardware_identity_private": RuleCase(
        "A certificate of daily use does not name the hardware.",
        "draft-ietf-uta-tls13-iot-profile 23",
        alone(LEAF.including(_names(_hardware(b"SN-17")))),
        alone(LEAF),
    ),
    "brski.subject_serial_number_present": RuleCase(
        "The subject has a serialNumber, which the voucher repeats.", "RFC 8995 2.3.1", alone(LEAF), alone(_IDEVID)
    ),
    "brski.masa_url_not_critical": RuleCase(
        "The MASA URL is not critical.",
        "RFC 8995 2.3.2",
        alone(_IDEVID.including(_masa(b"masa.example.com", critical=True))),
        alone(_IDEVID.including(_masa(b"masa.example.com"))),
    ),
    "brski.masa_url_well_formed": RuleCase(
        "The MASA URL is an IA5String with an https URL or an authority.",
        "RFC 8995 2.3.2",
        alone(
            _IDEVID.including(_masa(b"http://masa.example.com")),
            _IDEVID.including(_masa(b"masa.example.com", tag=0x0C)),
            _IDEVID.including(_masa(b"masa example")),
            _IDEVID.including(_masa(b"")),
        ),
        alone(
            _IDEVID.including(_masa(b"masa.example.com:9443")),
            _IDEVID.including(_masa(b"https://masa.example.com/.well-known/brski")),
            _IDEVID.including(_masa(b"[2001:db8::1]:9443")),
        ),
    ),
    "tcg.endorsement_key_no_identity": RuleCase(
        "The certificate of an endorsement key is no identity in TLS.",
        "TCG EK Credential Profile 2.0",
        alone(LEAF.including(pki.extended_key_usage(pki.CLIENT_AUTH, _EK))),
        alone(LEAF, LEAF.including(pki.extended_key_usage(_AIK))),
    ),
    "tcg.attestation_key_no_identity": RuleCase(
        "The certificate of an attestation key is no identity in TLS.",
        "TCG EK Credential Profile 2.0",
        alone(LEAF.including(pki.extended_key_usage(_AIK))),
        alone(LEAF, LEAF.including(pki.extended_key_usage(_EK))),
    ),
    "tcg.endorsement_key_usage": RuleCase(
        "An endorsement key decrypts, and does not sign.",
        "TCG EK Credential Profile 2.0",
        alone(LEAF.including(pki.extended_key_usage(_EK))),
        alone(
            LEAF.including(pki.extended_key_usage(_EK), pki.key_usage(pki.KEY_ENCIPHERMENT)),
            LEAF.including(pki.extended_key_usage(_EK), pki.key_usage(_KEY_AGREEMENT)),
        ),
    ),
    "tcg.hardware_type": RuleCase(
        "Where policies say that a TPM holds the key, the hardware is a TPM by its type.",
        "TCG Keys for Device Identity 1.0 r12",
        alone(_OF_TPM.including(_names(_hardware(b"SN-17")))),
        alone(_OF_TPM),
    ),
    "tcg.hardware_serial_number": RuleCase(
        "A TPM's hwSerialNum has three parts, or is a digest.",
        "TCG Keys for Device Identity 1.0 r12",
        alone(_OF_TPM.including(_names(_hardware(b"SN-17", _TPM_2)))),
        alone(_OF_TPM, _OF_TPM.including(_names(_hardware(bytes(range(32)), _TPM_2)))),
    ),
    "tcg.permanent_identifier": RuleCase(
        "A permanentIdentifier that the TCG assigns is a SHA-256 in hexadecimal.",
        "TCG Keys for Device Identity 1.0 r12",
        alone(_IDEVID.including(_names(_permanent("SN-17", "2.23.133.12.1")))),
        alone(
            _IDEVID.including(_names(_permanent("0a" * 32, "2.23.133.12.1"))),
            _IDEVID.including(_names(_permanent("SN-17", _OWN_TYPE))),
        ),
    ),
    "tcg.residency_policies": RuleCase(
        "A DevID in a TPM has the policies of residency, and of a fixed or restricted key.",
        "TCG Keys for Device Identity 1.0 r12",
        alone(
            _OF_TPM.including(pki.certificate_policies(_RESIDENCY)), _OF_TPM.including(pki.certificate_policies(_FIXED))
        ),
        alone(_OF_TPM, _OF_TPM.including(pki.certificate_policies(_RESIDENCY, _RESTRICTED))),
    ),
    "tcg.devid_key_usage": RuleCase(
        "A DevID in a TPM is for digitalSignature alone.",
        "TCG Keys for Device Identity 1.0 r12",
        alone(_OF_TPM.including(pki.key_usage(pki.DIGITAL_SIGNATURE, _DATA_ENCIPHERMENT))),
        alone(_OF_TPM, _OF_TPM.without(pki.KEY_USAGE)),
    ),
    "matter.vendor_named": RuleCase(
        "A DAC has one vendor id.",
        "Matter Core Specification 6.2",
        alone(
            LEAF,
            _DAC._replace(subject=pki.name((_VENDOR, "fff1"))),
            _DAC._replace(subject=pki.name((_VENDOR, "F"))),
            _DAC._replace(subject=pki.common_name("ACME DAC Mvid:fff1 Mpid:8000")),
        ),
        alone(_DAC, _DAC_IN_COMMON_NAME),
    ),
    "matter.product_named": RuleCase(
        "A DAC has one product id.",
        "Matter Core Specification 6.2",
        alone(LEAF, _DAC._replace(subject=pki.name((_PRODUCT, "8000"), (_PRODUCT, "8001")))),
        alone(_DAC, _DAC_IN_COMMON_NAME),
    ),
    "matter.vendor_matches": RuleCase(
        "A DAC has the vendor id of its PAI.",
        "Matter Core Specification 6.2",
        (_chain(_DAC, _pai((_VENDOR, "FFF2"))), _chain(_DAC_IN_COMMON_NAME, _pai((_VENDOR, "FFF2")))),
        (_chain(_DAC, _pai((_VENDOR, "FFF1"))), _chain(_DAC), _chain(_DAC_IN_COMMON_NAME, _pai((_VENDOR, "FFF1")))),
    ),
    "matter.product_matches": RuleCase(
        "A DAC has the product id of its PAI, where that has one.",
        "Matter Core Specification 6.2",
        (_chain(_DAC, _pai((_VENDOR, "FFF1"), (_PRODUCT, "8001"))),),
        (_chain(_DAC, _pai((_VENDOR, "FFF1"))), _chain(_DAC, _pai((_VENDOR, "FFF1"), (_PRODUCT, "8000")))),
    ),
    "matter.leaf_constraints": RuleCase(
        "A DAC has critical basicConstraints and keyUsage, and both key identifiers.",
        "Matter Core Specification 6.2",
        alone(
            _DAC.without(pki.SUBJECT_KEY_IDENTIFIER),
            _DAC.without(pki.AUTHORITY_KEY_IDENTIFIER),
            _DAC.without(pki.KEY_USAGE),
            _DAC.including(pki.basic_constraints(ca=False, critical=False)),
        ),
        alone(_DAC),
    ),
    "iot_tls.eui64_in_serial_number": RuleCase(
        "An EUI-64 is not the common name.",
        "draft-ietf-uta-tls13-iot-profile 17.4.1",
        alone(LEAF._replace(subject=pki.common_name("02-4B-C1-FF-FE-10-20-30"))),
        alone(LEAF, LEAF._replace(subject=pki.name((_SERIAL, "02-4B-C1-FF-FE-10-20-30")))),
    ),
    "iot_tls.common_name_no_mac_address": RuleCase(
        "A MAC address is not the common name.",
        "draft-ietf-lamps-macaddress-on 1",
        alone(LEAF._replace(subject=pki.common_name("00:24:98:7b:19:02"))),
        alone(LEAF),
    ),
    "iot_tls.single_alternative_name": RuleCase(
        "The subjectAltName of a device has one name.",
        "draft-ietf-uta-tls13-iot-profile 17.4.1",
        alone(LEAF.including(_names(pki.dns("a.example"), pki.dns("b.example")))),
        alone(LEAF, LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME)),
    ),
    "iot_tls.subject_key_identifier_absent": RuleCase(
        "An end entity has no subjectKeyIdentifier.",
        "draft-ietf-uta-tls13-iot-profile 17.4.3",
        alone(LEAF),
        alone(LEAF.without(pki.SUBJECT_KEY_IDENTIFIER)),
    ),
    "iot_tls.key_usage_present": RuleCase(
        "There is a keyUsage.",
        "draft-ietf-uta-tls13-iot-profile 17.4.4",
        alone(LEAF.without(pki.KEY_USAGE)),
        alone(LEAF),
    ),
    "iot_tls.key_usage_critical": RuleCase(
        "keyUsage is critical.",
        "draft-ietf-uta-tls13-iot-profile 17.4.4",
        alone(LEAF.including(LEAF.extension(pki.KEY_USAGE)._replace(critical=False))),
        alone(LEAF),
    ),
    "iot_tls.signed_with_ecdsa": RuleCase(
        "Signatures are ECDSA with SHA-256 or stronger.",
        "draft-ietf-uta-tls13-iot-profile 17.1.3",
        ((LEAF.sealed(_RSA),), (LEAF._replace(scheme="ecdsa-sha1").sealed(ISSUING.key),)),
        ((LEAF.sealed(ISSUING.key),), (LEAF.sealed(_P384),)),
    ),
    "iot_tls.key_on_named_curve": RuleCase(
        "Keys lie on P-256, P-384 or P-521.",
        "draft-ietf-uta-tls13-iot-profile 17.1.6",
        alone(
            LEAF._replace(subject_public_key_info=_RSA.subject_public_key_info),
            LEAF._replace(subject_public_key_info=pki.key("p224", 1).subject_public_key_info),
        ),
        alone(LEAF, LEAF._replace(subject_public_key_info=_P384.subject_public_key_info)),
    ),
    "iot_tls.without_status_pointers": RuleCase(
        "A device's certificate points to no CRL and no OCSP responder.",
        "draft-ietf-uta-tls13-iot-profile 17.1.7",
        alone(LEAF.including(pki.crl_at("http://crl.example/1")), LEAF.including(pki.responder_at("http://o.example"))),
        alone(LEAF),
    ),
    "iot_tls.distribution_points_not_critical": RuleCase(
        "cRLDistributionPoints is not critical.",
        "draft-ietf-uta-tls13-iot-profile 17.1.7",
        alone(LEAF.including(pki.crl_at("http://crl.example/1")._replace(critical=True))),
        alone(LEAF, LEAF.including(pki.crl_at("http://crl.example/1"))),
    ),
    "iot_tls.small_certificate": RuleCase(
        "A certificate has 4096 octets at most.",
        "draft-ietf-uta-tls13-iot-profile 19",
        alone(LEAF.including(Extension(pki.UNKNOWN, False, pki.octet_string(bytes(4096))))),
        alone(LEAF),
    ),
    "iot_tls.small_chain": RuleCase(
        "What is sent of a chain has 16384 octets at most; the root is not sent.",
        "draft-ietf-uta-tls13-iot-profile 19",
        (_chain(LEAF, AUTHORITY.including(Extension(pki.UNKNOWN, False, pki.octet_string(bytes(16_384))))),),
        (
            _chain(LEAF),
            (
                LEAF.sealed(ISSUING.key),
                ANCHOR.including(Extension(pki.UNKNOWN, False, pki.octet_string(bytes(16_384)))).sealed(ROOT.key),
            ),
        ),
    ),
    "privacy.no_person_named": RuleCase(
        "A device's certificate states no attribute of a person.",
        "GDPR Article 5(1)(c)",
        alone(
            LEAF._replace(subject=pki.name((pki.COMMON_NAME, "pump-17"), (_GIVEN_NAME, "Ada"))),
            LEAF.including(Extension("2.5.29.9", False, b"\x30\x00")),
        ),
        alone(LEAF),
    ),
}
