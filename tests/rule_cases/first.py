"""Rules of RFC 5280 section 4, the CA/Browser Forum and TLS: what breaks them and what keeps them.

Makes: `CASES`.
May import: pki, ward, rule_cases.case.
Must never: import devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from typing import Final

import pki
from pki import Extension
from rule_cases.case import ANCHOR, AUTHORITY, LEAF, RuleCase, alone
from ward import ROOT

_ANY_PURPOSE: Final = "2.5.29.37.0"
_NOBODY: Final = b"\x30\x00"
_NAMES: Final = pki.name_constraints([pki.dns("a.example")])


def _aki(*parts: bytes) -> Extension:
    return Extension(pki.AUTHORITY_KEY_IDENTIFIER, False, pki.sequence(*parts))


def _not_critical(extension: Extension) -> Extension:
    return extension._replace(critical=False)


def _critical(oid: str) -> Extension:
    return LEAF.extension(oid)._replace(critical=True)


def _host(text: str, *, critical: bool = False) -> Extension:
    return pki.subject_alternative_name(pki.dns(text), critical=critical)


CASES: Final[dict[str, RuleCase]] = {
    "rfc5280.serial_number_positive": RuleCase(
        "A serial number is a positive number.",
        "RFC 5280 4.1.2.2",
        alone(LEAF._replace(serial_number=0)),
        alone(LEAF._replace(serial_number=1)),
    ),
    "rfc5280.issuer_not_empty": RuleCase(
        "The issuer has a name.", "RFC 5280 4.1.2.4", alone(LEAF._replace(issuer=_NOBODY)), alone(LEAF)
    ),
    "rfc5280.authority_subject_not_empty": RuleCase(
        "A CA has a name.",
        "RFC 5280 4.1.2.6",
        alone(AUTHORITY._replace(subject=_NOBODY)),
        alone(AUTHORITY),
        role="intermediate",
    ),
    "rfc5280.authority_key_identifier_present": RuleCase(
        "Every certificate but a self-signed one has the keyIdentifier of its issuer's key.",
        "RFC 5280 4.2.1.1",
        alone(LEAF.without(pki.AUTHORITY_KEY_IDENTIFIER), LEAF.including(_aki(pki.tlv(0x82, b"\x01")))),
        alone(LEAF),
    ),
    "rfc5280.subject_key_identifier_present": RuleCase(
        "A CA certificate has a subjectKeyIdentifier.",
        "RFC 5280 4.2.1.2",
        alone(AUTHORITY.without(pki.SUBJECT_KEY_IDENTIFIER)),
        alone(AUTHORITY),
        role="intermediate",
    ),
    "rfc5280.non_critical": RuleCase(
        "Identifiers of keys are not critical.",
        "RFC 5280 4.2.1.1, 4.2.1.2",
        alone(
            LEAF.including(_critical(pki.SUBJECT_KEY_IDENTIFIER)),
            LEAF.including(_critical(pki.AUTHORITY_KEY_IDENTIFIER)),
        ),
        alone(LEAF),
    ),
    "rfc5280.critical_on_authorities": RuleCase(
        "What limits a CA is critical.",
        "RFC 5280 4.2.1.9, 4.2.1.11",
        alone(
            AUTHORITY.including(pki.basic_constraints(ca=True, critical=False)),
            AUTHORITY.including(_not_critical(pki.policy_constraints(1))),
        ),
        alone(AUTHORITY, AUTHORITY.including(pki.policy_constraints(1))),
        role="intermediate",
    ),
    "rfc5280.name_constraints_critical": RuleCase(
        "The nameConstraints of a CA are critical.",
        "RFC 5280 4.2.1.10",
        alone(AUTHORITY.including(_not_critical(_NAMES))),
        alone(AUTHORITY.including(_NAMES)),
        role="intermediate",
    ),
    "rfc5280.name_constraints_on_authorities_only": RuleCase(
        "Only a CA has nameConstraints.", "RFC 5280 4.2.1.10", alone(LEAF.including(_NAMES)), alone(LEAF)
    ),
    "rfc5280.certificate_signing_by_authorities_only": RuleCase(
        "Only a CA has keyCertSign.",
        "RFC 5280 4.2.1.9",
        alone(LEAF.including(pki.key_usage(pki.DIGITAL_SIGNATURE, pki.KEY_CERT_SIGN))),
        alone(LEAF),
    ),
    "rfc5280.subject_alternative_name_critical_without_subject": RuleCase(
        "Where the subject is empty, the subjectAltName is critical.",
        "RFC 5280 4.1.2.6",
        alone(LEAF._replace(subject=_NOBODY)),
        alone(LEAF._replace(subject=_NOBODY).including(_host("a.example", critical=True))),
    ),
    "rfc5280.dns_names_well_formed": RuleCase(
        "A dNSName is in the preferred name syntax.",
        "RFC 5280 4.2.1.6",
        alone(
            *(
                LEAF.including(_host(text))
                for text in ("", " ", "a..example", "-a.example", "a b.example", "w*.example.com", "a.*.example")
            ),
            LEAF.including(_host(".a.example")),
        ),
        alone(LEAF.including(pki.subject_alternative_name(pki.dns("*.ward.example.com"), pki.dns("pump-17")))),
    ),
    "cabf.version_3": RuleCase(
        "The certificate is of version 3.",
        "CA/B BR 7.1.1",
        alone(LEAF._replace(version=None, extensions=())),
        alone(LEAF),
    ),
    "cabf.leaf_is_no_authority": RuleCase(
        "A device's certificate is no CA.",
        "CA/B BR 7.1.2.7",
        alone(LEAF.including(pki.basic_constraints(ca=True))),
        alone(LEAF),
    ),
    "cabf.subject_alternative_name_present": RuleCase(
        "There is a subjectAltName.",
        "CA/B BR 7.1.2.7.12",
        alone(LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME)),
        alone(LEAF),
    ),
    "cabf.subject_alternative_name_not_critical": RuleCase(
        "Beside a subject, the subjectAltName is not critical.",
        "CA/B BR 7.1.2.7.12",
        alone(LEAF.including(_host("a.example", critical=True))),
        alone(LEAF, LEAF._replace(subject=_NOBODY).including(_host("a.example", critical=True))),
    ),
    "cabf.leaf_purposes_not_critical": RuleCase(
        "The extendedKeyUsage is not critical.",
        "CA/B BR 7.1.2.7.6",
        alone(LEAF.including(pki.extended_key_usage(pki.SERVER_AUTH, critical=True))),
        alone(LEAF),
    ),
    "cabf.leaf_purposes_listed": RuleCase(
        "Purposes are listed singly.",
        "CA/B BR 7.1.2.7.10",
        alone(LEAF.including(pki.extended_key_usage(pki.SERVER_AUTH, _ANY_PURPOSE))),
        alone(LEAF.including(pki.extended_key_usage(pki.SERVER_AUTH))),
    ),
    "cabf.anchor_without_purposes": RuleCase(
        "A root has no extendedKeyUsage.",
        "CA/B BR 7.1.2.1.2",
        alone(ANCHOR.including(pki.extended_key_usage(pki.SERVER_AUTH))),
        alone(ANCHOR),
        role="anchor",
    ),
    "cabf.anchor_authority_key_identifier": RuleCase(
        "A root points to its own key or to none.",
        "CA/B BR 7.1.2.1.3",
        alone(ANCHOR.including(_aki(pki.tlv(0x80, b"other"))), ANCHOR.including(_aki(pki.tlv(0x82, b"\x01")))),
        alone(ANCHOR, ANCHOR.including(_aki(pki.tlv(0x80, ROOT.key.identifier)))),
        role="anchor",
    ),
    "cabf.common_name_in_subject_alternative_name": RuleCase(
        "A common name repeats a name of the subjectAltName.",
        "CA/B BR 7.1.4.3",
        alone(LEAF._replace(subject=pki.common_name("b.example"))),
        alone(LEAF._replace(subject=pki.common_name("ward")).including(_host("ward"))),
    ),
    "tls.digital_signature": RuleCase(
        "Where there is a keyUsage, it has digitalSignature.",
        "RFC 8446 4.4.2.2",
        alone(LEAF.including(pki.key_usage(pki.KEY_ENCIPHERMENT))),
        alone(LEAF, LEAF.including(pki.key_usage(pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT))),
    ),
}
