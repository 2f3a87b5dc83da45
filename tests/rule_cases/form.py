"""RFC 5280 section 4.1 and the extensions of keys and policies: what breaks the rules of form and what keeps them.

Makes: `CASES`.
May import: pki, ward, rule_cases.case.
Must never: import devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pki
from pki import AT, Draft, Extension, object_identifier, sequence, tlv
from rule_cases.case import AUTHORITY, LEAF, Chain, RuleCase, alone, in_chain

_NOBODY: Final = b"\x30\x00"
_POLICY: Final = "1.3.6.1.4.1.55555.2.1"
_OTHER: Final = "1.3.6.1.4.1.55555.2.2"
_ANY: Final = "2.5.29.32.0"
_USER_NOTICE: Final = "1.3.6.1.5.5.7.2.2"
_TEXT: Final = "Issued to devices of the ward."


def _subject(*attributes: tuple[str, int, bytes], draft: Draft = LEAF) -> Draft:
    """The draft with a subject of one RDN for each attribute: its type, its tag and its octets."""
    rdns = (tlv(0x31, sequence(object_identifier(oid), tlv(tag, octets))) for oid, tag, octets in attributes)
    return draft._replace(subject=sequence(*rdns))


def _unique(tag: int, draft: Draft = LEAF) -> Chain:
    """The draft with a unique identifier, signed as ever. No draft has the field, so it is put behind the key."""
    key = draft.subject_public_key_info
    return alone(draft._replace(subject_public_key_info=key + tlv(tag, b"\x00\x01")))[0]


def _mail(text: str) -> tuple[str, int, bytes]:
    return ("1.2.840.113549.1.9.1", 0x16, text.encode())


def _component(text: str) -> tuple[str, int, bytes]:
    return ("0.9.2342.19200300.100.1.25", 0x16, text.encode())


def _two_in_one(first: str, second: str) -> Draft:
    pairs = (sequence(object_identifier(oid), tlv(0x0C, b"pump-17")) for oid in (first, second))
    return LEAF._replace(subject=sequence(tlv(0x31, *pairs)))


def _usage(*bits: int, critical: bool = True) -> Extension:
    return pki.key_usage(*bits)._replace(critical=critical)


def _raw_usage(value: str) -> Draft:
    return LEAF.including(Extension(pki.KEY_USAGE, True, bytes.fromhex(value)))


def _purposes(*purposes: str, critical: bool = False) -> Extension:
    return pki.extended_key_usage(*purposes, critical=critical)


def _policies(*entries: bytes) -> Extension:
    return Extension(pki.CERTIFICATE_POLICIES, False, sequence(*entries))


def _policy(oid: str, *qualifiers: bytes) -> bytes:
    return sequence(object_identifier(oid), sequence(*qualifiers) if qualifiers else b"")


def _notice(*parts: bytes) -> bytes:
    return sequence(object_identifier(_USER_NOTICE), sequence(*parts))


def _noticed(*parts: bytes) -> Draft:
    return LEAF.including(_policies(_policy(_POLICY, _notice(*parts))))


def _utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


def _mapping(*pairs: tuple[str, str], critical: bool = True) -> Extension:
    return Extension("2.5.29.33", critical, sequence(*(sequence(*map(object_identifier, pair)) for pair in pairs)))


_INHIBIT_ANY_POLICY: Final = Extension("2.5.29.54", True, pki.integer(0))
_RSA: Final = pki.key("rsa2048", 0)
_REFERENCE: Final = sequence(_utf8("Ward"), sequence(pki.integer(1)))

CASES: Final[dict[str, RuleCase]] = {
    "rfc5280.version_3": RuleCase(
        "A certificate with extensions is of version 3, and every one is to have some.",
        "RFC 5280 4.1.2.1",
        alone(LEAF._replace(version=None, extensions=())),
        alone(LEAF),
    ),
    "rfc5280.validity_in_order": RuleCase(
        "The period of validity runs from notBefore to notAfter, both within.",
        "RFC 5280 4.1.2.5",
        alone(LEAF._replace(not_after=AT - timedelta(days=11))),
        alone(LEAF, LEAF._replace(not_after=LEAF.not_before)),
    ),
    "rfc5280.unique_identifiers_absent": RuleCase(
        "A CA writes no unique identifiers.",
        "RFC 5280 4.1.2.8",
        (_unique(0x81), _unique(0x82)),
        alone(LEAF),
    ),
    "rfc5280.crl_issuer_subject_not_empty": RuleCase(
        "Who signs CRLs has a name.",
        "RFC 5280 4.1.2.6",
        alone(LEAF._replace(subject=_NOBODY).including(_usage(pki.CRL_SIGN))),
        alone(LEAF.including(_usage(pki.CRL_SIGN)), LEAF._replace(subject=_NOBODY)),
    ),
    "rfc5280.name_attributes_well_formed": RuleCase(
        "Attributes of names are strings of the types and lengths of appendix A.1.",
        "RFC 5280 appendix A.1",
        alone(
            _subject(("2.5.4.3", 0x0C, b"a" * 65)),
            _subject(("2.5.4.3", 0x0C, b"")),
            _subject(("2.5.4.3", 0x0C, b"\xff")),
            _subject(("2.5.4.3", 0x02, b"\x01")),
            _subject(("2.5.4.5", 0x0C, b"SN-1")),
            _subject(("2.5.4.6", 0x13, b"DEU")),
            _subject(("2.5.4.6", 0x13, b"D1")),
            _subject(("2.5.4.6", 0x0C, b"DE")),
            LEAF._replace(issuer=_subject(("2.5.4.10", 0x0C, b"a" * 65)).subject),
        ),
        alone(
            LEAF,
            _subject(("2.5.4.3", 0x0C, b"a" * 64)),
            _subject(("2.5.4.3", 0x0C, "é".encode() * 64)),
            _subject(("2.5.4.3", 0x14, b"ward")),
            _subject(("2.5.4.5", 0x13, b"SN-1"), ("2.5.4.6", 0x13, b"DE")),
            _subject(("1.3.6.1.4.1.55555.1", 0x02, b"\x01")),
        ),
    ),
    "rfc5280.name_string_types": RuleCase(
        "New names are PrintableString or UTF8String.",
        "RFC 5280 4.1.2.6 (c)",
        alone(*(_subject(("2.5.4.3", tag, b"\0\0\0a")) for tag in (0x1C, 0x1E)), _subject(("2.5.4.3", 0x14, b"a"))),
        alone(LEAF, _subject(("2.5.4.3", 0x13, b"ward"))),
    ),
    "rfc5280.mail_address_in_alternative_name": RuleCase(
        "Addresses of new certificates are rfc822Names; in the subject they are there besides at most.",
        "RFC 5280 4.1.2.6",
        alone(_subject(_mail("nurse@example.com"))),
        alone(
            LEAF,
            _subject(_mail("nurse@example.com")).including(
                pki.subject_alternative_name(pki.email("Nurse@example.com"))
            ),
        ),
    ),
    "rfc5280.domain_components_well_formed": RuleCase(
        "Each domainComponent is one label.",
        "RFC 5280 7.3",
        alone(_subject(_component("example.com")), _subject(_component("a b")), _subject(_component("-a"))),
        alone(_subject(_component("com"), _component("example")), LEAF),
    ),
    "rfc5280.attribute_types_distinct": RuleCase(
        "The attributes of one relative distinguished name are of different types.",
        "X.501 9.3",
        alone(_two_in_one("2.5.4.3", "2.5.4.3")),
        alone(_two_in_one("2.5.4.3", "2.5.4.10"), LEAF),
    ),
    "rfc5280.key_identifiers_match": RuleCase(
        "The identifier of the issuer's key is the one that the issuer's certificate gives it.",
        "RFC 5280 4.2.1.2",
        (in_chain(LEAF.including(pki.authority_key_identifier(b"another")), AUTHORITY),),
        (in_chain(LEAF, AUTHORITY),),
    ),
    "rfc5280.subject_key_identifier_of_the_key": RuleCase(
        "An identifier is a digest of the key.",
        "RFC 5280 4.2.1.2 (1), (2)",
        alone(LEAF.including(pki.subject_key_identifier(b"1"))),
        alone(
            LEAF,
            LEAF.including(
                pki.subject_key_identifier(
                    bytes((0x40 | LEAF.extension(pki.SUBJECT_KEY_IDENTIFIER).value[-8] & 0x0F,))
                    + LEAF.extension(pki.SUBJECT_KEY_IDENTIFIER).value[-7:]
                )
            ),
        ),
    ),
    "rfc5280.key_usage_not_empty": RuleCase(
        "A keyUsage has a bit at least.",
        "RFC 5280 4.2.1.3",
        alone(_raw_usage("03020700"), _raw_usage("030100")),
        alone(LEAF),
    ),
    "rfc5280.key_usage_in_der": RuleCase(
        "Zeros at the end of named bits are not written.",
        "X.690 11.2.2",
        alone(_raw_usage("03020080"), _raw_usage("0303078000")),
        alone(LEAF, _raw_usage("03020780"), _raw_usage("03020186"), _raw_usage("0303070880")),
    ),
    "rfc5280.authority_key_usage_present": RuleCase(
        "A CA certificate has a keyUsage.",
        "RFC 5280 4.2.1.3",
        alone(AUTHORITY.without(pki.KEY_USAGE)),
        alone(AUTHORITY),
        role="intermediate",
    ),
    "rfc5280.key_usage_critical": RuleCase(
        "A keyUsage is critical.",
        "RFC 5280 4.2.1.3",
        alone(LEAF.including(_usage(pki.DIGITAL_SIGNATURE, critical=False))),
        alone(LEAF, LEAF.without(pki.KEY_USAGE)),
    ),
    "rfc5280.encipher_only_or_decipher_only": RuleCase(
        "A key that may only encipher is not one that may only decipher.",
        "RFC 5280 4.2.1.3",
        alone(LEAF.including(_usage(4, 7, 8))),
        alone(LEAF.including(_usage(4, 7)), LEAF.including(_usage(4, 8)), LEAF),
    ),
    "rfc5280.only_bits_beside_key_agreement": RuleCase(
        "Without keyAgreement encipherOnly and decipherOnly mean nothing.",
        "RFC 5280 4.2.1.3",
        alone(LEAF.including(_usage(0, 7)), LEAF.including(_usage(0, 8)), LEAF.including(_usage(2, 7, 8))),
        alone(LEAF.including(_usage(4, 7)), LEAF.including(_usage(0, 4, 8)), LEAF),
    ),
    "rfc5280.any_purpose_not_critical": RuleCase(
        "Beside anyExtendedKeyUsage the extension is not critical.",
        "RFC 5280 4.2.1.12",
        alone(LEAF.including(_purposes("2.5.29.37.0", critical=True))),
        alone(LEAF.including(_purposes("2.5.29.37.0")), LEAF.including(_purposes(pki.CLIENT_AUTH, critical=True))),
    ),
    "rfc5280.purposes_have_their_usages": RuleCase(
        "A purpose goes with a bit that the standard names beside it.",
        "RFC 5280 4.2.1.12",
        alone(LEAF.including(_usage(pki.KEY_ENCIPHERMENT))),
        alone(LEAF, LEAF.including(_usage(4)), LEAF.without(pki.KEY_USAGE)),
    ),
    "rfc5280.some_purpose_usable": RuleCase(
        "There is a purpose that both extensions allow.",
        "RFC 5280 4.2.1.12",
        alone(
            LEAF.including(_usage(pki.KEY_ENCIPHERMENT), _purposes(pki.CLIENT_AUTH)),
            LEAF.including(_usage(pki.CRL_SIGN)),
        ),
        alone(LEAF, LEAF.including(_usage(pki.KEY_ENCIPHERMENT), _purposes(pki.SERVER_AUTH))),
    ),
    "rfc5280.policies_distinct": RuleCase(
        "A policy stands once.",
        "RFC 5280 4.2.1.4",
        alone(LEAF.including(pki.certificate_policies(_POLICY, _POLICY))),
        alone(LEAF.including(pki.certificate_policies(_POLICY, _OTHER))),
    ),
    "rfc5280.any_policy_by_authorities_only": RuleCase(
        "anyPolicy is for CAs.",
        "RFC 5280 4.2.1.4",
        alone(LEAF.including(pki.certificate_policies(_ANY))),
        alone(LEAF.including(pki.certificate_policies(_POLICY))),
    ),
    "rfc5280.explicit_text_well_formed": RuleCase(
        "An explicitText has 1 to 200 characters, and is no IA5String.",
        "RFC 6818 3",
        alone(
            _noticed(tlv(0x16, _TEXT.encode())),
            _noticed(_utf8("a" * 201)),
            _noticed(_utf8("")),
        ),
        alone(
            _noticed(_utf8(_TEXT)),
            _noticed(_utf8("é" * 200)),
            _noticed(tlv(0x1A, _TEXT.encode())),
            _noticed(tlv(0x1E, _TEXT.encode("utf-16-be"))),
        ),
    ),
    "rfc5280.explicit_text_readable": RuleCase(
        "An explicitText has no control characters, and is in form C.",
        "RFC 6818 3",
        alone(_noticed(_utf8("a\tb")), _noticed(_utf8("e\u0301"))),
        alone(_noticed(_utf8("é")), LEAF.including(pki.certificate_policies(_POLICY))),
    ),
    "rfc5280.notice_reference_absent": RuleCase(
        "A notice says its text itself.",
        "RFC 5280 4.2.1.4",
        alone(_noticed(_REFERENCE), _noticed(_REFERENCE, _utf8(_TEXT))),
        alone(_noticed(_utf8(_TEXT))),
    ),
    "rfc5280.policy_limits_on_authorities_only": RuleCase(
        "What limits policies below stands on CA certificates.",
        "RFC 5280 4.2.1.5, 4.2.1.11, 4.2.1.14",
        alone(
            LEAF.including(_mapping((_POLICY, _OTHER))),
            LEAF.including(pki.policy_constraints(0)),
            LEAF.including(_INHIBIT_ANY_POLICY),
        ),
        alone(LEAF),
    ),
    "rfc5280.mapped_policies_asserted": RuleCase(
        "What is mapped is asserted as well.",
        "RFC 5280 4.2.1.5",
        alone(AUTHORITY.including(_mapping((_POLICY, _OTHER)), pki.certificate_policies(_OTHER))),
        alone(
            AUTHORITY.including(_mapping((_POLICY, _OTHER)), pki.certificate_policies(_POLICY)),
            AUTHORITY.including(_mapping((_POLICY, _OTHER)), pki.certificate_policies(_ANY)),
        ),
        role="intermediate",
    ),
    "rfc5280.policy_mappings_critical": RuleCase(
        "policyMappings are critical.",
        "RFC 5280 4.2.1.5",
        alone(AUTHORITY.including(_mapping((_POLICY, _OTHER), critical=False))),
        alone(AUTHORITY.including(_mapping((_POLICY, _OTHER)))),
        role="intermediate",
    ),
    "rfc5280.within_issuer_validity": RuleCase(
        "A certificate ends no later than its issuer's, or never.",
        "RFC 5280 6.1",
        (in_chain(LEAF, AUTHORITY._replace(not_after=AT + timedelta(days=79))),),
        (in_chain(LEAF, AUTHORITY), in_chain(LEAF, AUTHORITY._replace(not_after=LEAF.not_after))),
    ),
}
