"""Further documents: what breaks their rules and what keeps them.

Makes: `CASES`.
May import: pki, ward, rule_cases.case, the writers of `devicetrust.testing` that pki does not repeat.
Must never: import the rest of devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pki
from devicetrust.testing.extensions import (
    MUST_STAPLE,
    NO_REVOCATION_AVAILABLE,
    OCSP_NO_CHECK,
    crl_at,
    freshest_crl,
    responder_at,
)
from pki import AT, FOR_EVER, Draft, Extension, bit_string, integer, name, object_identifier, sequence, tlv
from rule_cases.case import ANCHOR, AUTHORITY, LEAF, RuleCase, alone, in_chain
from ward import ROOT, STRANGER

_URL: Final = "http://crl.example.com/ward.crl"
_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
_OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
_AGREEMENT: Final = 4


def _usage(*bits: int, key: bytes = LEAF.subject_public_key_info) -> Draft:
    return LEAF._replace(subject_public_key_info=key).including(pki.key_usage(*bits))


def _purposes(*purposes: str, critical: bool = False) -> Draft:
    return LEAF.including(pki.extended_key_usage(*purposes, critical=critical))


def _lasting(days: int, *extensions: Extension) -> Draft:
    return LEAF._replace(not_after=LEAF_BEGINS + timedelta(days=days)).including(*extensions)


LEAF_BEGINS: Final = AT - timedelta(days=10)
_RSA: Final = pki.key("rsa2048", 0).subject_public_key_info
_ED25519: Final = pki.key("ed25519", 0).subject_public_key_info
_X25519: Final = sequence(sequence(object_identifier("1.3.101.110")), bit_string(bytes([9, *[0] * 31])))
# The same RSA key under id-RSASSA-PSS without parameters, RFC 4055 1.2.
_PSS: Final = sequence(sequence(object_identifier("1.2.840.113549.1.1.10")), _RSA[19:])
_DATED: Final = (("2.5.4.6", "DE"), ("2.5.4.10", "Ward"), ("2.5.4.3", "Ward CA 1"))


def _named(*attributes: tuple[str, str], draft: Draft = LEAF) -> Draft:
    return draft._replace(subject=name(*attributes))


def _country(text: str) -> Draft:
    return _named(("2.5.4.6", text), ("2.5.4.3", "pump-17"))


CASES: Final[dict[str, RuleCase]] = {
    "usages.rsa_agrees_on_nothing": RuleCase(
        "An RSA key has no keyAgreement.",
        "RFC 3279 2.3.1",
        alone(_usage(pki.DIGITAL_SIGNATURE, _AGREEMENT, key=_RSA)),
        alone(_usage(pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT, key=_RSA), _usage(_AGREEMENT)),
    ),
    "usages.rsa_pss_signs": RuleCase(
        "A key for RSASSA-PSS has a bit for signatures.",
        "RFC 4055 1.2",
        alone(_usage(pki.KEY_ENCIPHERMENT, key=_PSS)),
        alone(_usage(pki.DIGITAL_SIGNATURE, key=_PSS)),
    ),
    "usages.elliptic_curve_enciphers_nothing": RuleCase(
        "An elliptic curve key has neither keyEncipherment nor dataEncipherment.",
        "RFC 8813 3",
        alone(_usage(pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT), _usage(pki.DIGITAL_SIGNATURE, 3)),
        alone(_usage(pki.DIGITAL_SIGNATURE, _AGREEMENT), _usage(pki.KEY_ENCIPHERMENT, key=_RSA)),
    ),
    "usages.edwards_signs_only": RuleCase(
        "An Ed25519 key has bits for signatures alone.",
        "RFC 8410 5",
        alone(_usage(pki.DIGITAL_SIGNATURE, _AGREEMENT, key=_ED25519), _usage(pki.KEY_ENCIPHERMENT, key=_ED25519)),
        alone(_usage(pki.DIGITAL_SIGNATURE, key=_ED25519)),
    ),
    "usages.montgomery_agrees_only": RuleCase(
        "An X25519 key has keyAgreement, and what goes with it.",
        "RFC 8410 5",
        alone(_usage(pki.DIGITAL_SIGNATURE, key=_X25519), _usage(pki.DIGITAL_SIGNATURE, _AGREEMENT, key=_X25519)),
        alone(_usage(_AGREEMENT, key=_X25519)),
    ),
    "usages.time_stamping_alone_and_critical": RuleCase(
        "timeStamping is the only purpose, and the extension is critical.",
        "RFC 3161 2.3",
        alone(_purposes(_TIME_STAMPING), _purposes(_TIME_STAMPING, pki.CLIENT_AUTH, critical=True)),
        alone(_purposes(_TIME_STAMPING, critical=True), LEAF),
    ),
    "rfc6960.no_check_on_responders_only": RuleCase(
        "ocsp-nocheck is for responders.",
        "RFC 6960 4.2.2.2.1",
        alone(LEAF.including(OCSP_NO_CHECK)),
        alone(_purposes(_OCSP_SIGNING).including(OCSP_NO_CHECK)),
    ),
    "rfc6960.no_check_for_a_short_time": RuleCase(
        "A responder whose status is not looked up is short-lived.",
        "RFC 6960 4.2.2.2.1",
        alone(_lasting(400, OCSP_NO_CHECK)),
        alone(_lasting(90, OCSP_NO_CHECK)),
    ),
    "rfc7633.features_carried_on": RuleCase(
        "What a CA promises of TLS, all that it issues promises.",
        "RFC 7633 4.2.2",
        (in_chain(LEAF, AUTHORITY.including(MUST_STAPLE)),),
        (
            in_chain(LEAF.including(MUST_STAPLE), AUTHORITY.including(MUST_STAPLE)),
            in_chain(LEAF.including(MUST_STAPLE), AUTHORITY),
            in_chain(
                LEAF.including(MUST_STAPLE._replace(value=sequence(integer(5), integer(17)))),
                AUTHORITY.including(MUST_STAPLE),
            ),
        ),
    ),
    "rfc9525.host_name_in_alternative_name": RuleCase(
        "Host names stand in the subjectAltName.",
        "RFC 9525 2",
        alone(
            _named(("2.5.4.3", "pump.example.com")).without(pki.SUBJECT_ALTERNATIVE_NAME),
            _named(("2.5.4.3", "pump.example.com")).including(
                pki.subject_alternative_name(pki.email("nurse@example.com"))
            ),
        ),
        alone(LEAF, LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME)),
    ),
    "rfc9525.no_wildcard": RuleCase(
        "The name of a device is one name.",
        "RFC 9525 7.1",
        alone(LEAF.including(pki.subject_alternative_name(pki.dns("*.ward.example.com")))),
        alone(LEAF),
    ),
    "rfc9608.no_contradiction": RuleCase(
        "Where no status is published there is no pointer to one, and no CA.",
        "RFC 9608 3",
        alone(
            LEAF.including(NO_REVOCATION_AVAILABLE, crl_at(_URL)),
            LEAF.including(NO_REVOCATION_AVAILABLE, freshest_crl(_URL)),
            LEAF.including(NO_REVOCATION_AVAILABLE, responder_at("http://ocsp.example.com/")),
            AUTHORITY.including(NO_REVOCATION_AVAILABLE),
        ),
        alone(LEAF.including(NO_REVOCATION_AVAILABLE)),
    ),
    "rfc9608.lifetime_fits": RuleCase(
        "A certificate without status lives shortly, or as long as the device.",
        "RFC 9608 6.1, 6.2",
        alone(_lasting(90, NO_REVOCATION_AVAILABLE)),
        alone(
            _lasting(10, NO_REVOCATION_AVAILABLE),
            LEAF._replace(not_after=FOR_EVER).including(NO_REVOCATION_AVAILABLE),
        ),
    ),
    "rfc9608.some_source_of_status": RuleCase(
        "Where no status is published the certificate says so.",
        "RFC 9608 2",
        alone(LEAF),
        alone(
            LEAF.including(NO_REVOCATION_AVAILABLE),
            LEAF.including(crl_at(_URL)),
            LEAF.including(responder_at("http://ocsp.example.com/")),
        ),
    ),
    "cabf.serial_number_long_enough": RuleCase(
        "A serial number has 64 random bits.",
        "CA/B BR 7.1",
        alone(LEAF._replace(serial_number=1), LEAF._replace(serial_number=1 << 55)),
        alone(LEAF, LEAF._replace(serial_number=1 << 56)),
    ),
    "cabf.leaf_signs_no_lists": RuleCase(
        "Only a CA signs CRLs.",
        "CA/B BR 7.1.2.7.11",
        alone(_usage(pki.DIGITAL_SIGNATURE, pki.CRL_SIGN)),
        alone(LEAF),
    ),
    "cabf.purposes_separate": RuleCase(
        "A certificate for TLS is for TLS.",
        "CA/B BR 7.1.2.7.10",
        alone(_purposes(pki.SERVER_AUTH, pki.CODE_SIGNING), _purposes(pki.CLIENT_AUTH, _OCSP_SIGNING)),
        alone(LEAF, _purposes(pki.CODE_SIGNING)),
    ),
    "cabf.purposes_nested": RuleCase(
        "The purposes of a certificate are among its issuer's.",
        "CA/B BR 7.1.2.10.6",
        (in_chain(LEAF, AUTHORITY.including(pki.extended_key_usage(pki.SERVER_AUTH))),),
        (
            in_chain(LEAF, AUTHORITY),
            in_chain(LEAF, AUTHORITY.including(pki.extended_key_usage(pki.SERVER_AUTH, pki.CLIENT_AUTH))),
            in_chain(LEAF, AUTHORITY.including(pki.extended_key_usage("2.5.29.37.0"))),
        ),
    ),
    "cabf.authority_named_in_full": RuleCase(
        "A CA is named by country, organization and common name.",
        "CA/B BR 7.1.2.10.2",
        alone(AUTHORITY),
        alone(_named(*_DATED, draft=AUTHORITY)),
        role="intermediate",
    ),
    "tls.chain_in_order": RuleCase(
        "Each certificate is followed by its issuer's.",
        "RFC 8446 4.4.2",
        ((LEAF.sealed(STRANGER.key), ANCHOR.sealed(ROOT.key)),),
        (in_chain(LEAF, AUTHORITY),),
    ),
    "practice.values_clean": RuleCase(
        "Values have no blanks around them, no control characters and no entities.",
        "zlint",
        alone(*(_named(("2.5.4.3", text)) for text in (" pump", "pump ", "pu\tmp", "Smith &amp; Sons"))),
        alone(LEAF, _named(("2.5.4.3", "Smith & Sons"))),
    ),
    "practice.device_serial_number_single": RuleCase(
        "A device has one serial number.",
        "RFC 5280 appendix A.1",
        alone(_named(("2.5.4.5", "SN-1"), ("2.5.4.5", "SN-2"))),
        alone(LEAF, _named(("2.5.4.5", "SN-1"))),
    ),
    "practice.country_code_in_capitals": RuleCase(
        "Codes of countries are in capitals.", "X.520 6.3.1", alone(_country("de")), alone(_country("DE"), LEAF)
    ),
    "practice.no_demonstration_authority": RuleCase(
        "A CA of samples or tools is not met in use.",
        "devicetrust",
        alone(
            *(
                _named(("2.5.4.3", text), draft=ANCHOR)
                for text in ("Draeger Device Root CA - Test", "mkcert root@host", "Snakeoil CA")
            )
        ),
        alone(ANCHOR, _named(("2.5.4.3", "Contest Hospital Root"), draft=ANCHOR)),
        role="anchor",
    ),
    "practice.no_extension_of_the_past": RuleCase(
        "There is no extension that has been given up.",
        "RFC 5280, changes since RFC 3280",
        alone(
            LEAF.including(Extension("2.16.840.1.113730.1.1", False, tlv(0x03, b"\x07\x80"))),
            LEAF.including(Extension("2.5.29.16", False, sequence(tlv(0x80, b"20200101000000Z")))),
        ),
        alone(LEAF),
    ),
}
