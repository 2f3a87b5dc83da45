"""RFC 5280 4.2.1.6, 4.2.1.10, 4.2.1.13 and 4.2.2.1: what breaks the rules on names and pointers and what keeps them.

Makes: `CASES`.
May import: pki, ward, rule_cases.case, the writers of `devicetrust.testing` that pki does not repeat.
Must never: import the rest of devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from typing import Final

import pki
from devicetrust.testing.der import other_name
from devicetrust.testing.extensions import crl_at, distribution_points, full_name, point, relative_name, responder_at
from pki import Draft, Extension, directory, dns, email, object_identifier, sequence, tlv, uri
from rule_cases.case import AUTHORITY, LEAF, RuleCase, alone

_URL: Final = "http://crl.example.com/ward.crl"
_LDAP: Final = "ldap://directory.example.com/cn=Ward%20CA,o=Ward?certificateRevocationList;binary"
_SMTP_UTF8: Final = "1.3.6.1.5.5.7.8.9"


def _san(*names: bytes, draft: Draft = LEAF) -> Draft:
    return draft.including(pki.subject_alternative_name(*names))


def _utf8_mailbox(text: str) -> Draft:
    return _san(other_name(_SMTP_UTF8, tlv(0x0C, text.encode())))


def _constraints(*bases: bytes) -> Draft:
    return AUTHORITY.including(pki.name_constraints(bases))


def _points(*points: bytes, critical: bool = False) -> Draft:
    return LEAF.including(distribution_points(*points, critical=critical))


def _access(method: str, location: bytes) -> Draft:
    value = sequence(sequence(object_identifier(method), location))
    return LEAF.including(Extension("1.3.6.1.5.5.7.1.1", False, value))


_OCSP: Final = "1.3.6.1.5.5.7.48.1"
_ISSUERS: Final = "1.3.6.1.5.5.7.48.2"
_AT_URL: Final = full_name(uri(_URL))

CASES: Final[dict[str, RuleCase]] = {
    "rfc5280.alternative_names_not_empty": RuleCase(
        "A subjectAltName holds a name, and none without content.",
        "RFC 5280 4.2.1.6",
        alone(_san(), _san(directory(b"\x30\x00"))),
        alone(LEAF, _san(directory(pki.common_name("pump")))),
    ),
    "rfc5280.mailboxes_well_formed": RuleCase(
        "An rfc822Name has the form local-part@domain, without phrase, comment or brackets.",
        "RFC 5280 4.2.1.6",
        alone(*(_san(email(text)) for text in ("", "nurse", "Nurse <nurse@example.com>", "nurse@", "é@example.com"))),
        alone(_san(email("nurse@example.com"), email('"head nurse"@example.com'))),
    ),
    "rfc5280.uris_well_formed": RuleCase(
        "A URI has a scheme and more, and where it has an authority, a host.",
        "RFC 5280 4.2.1.6",
        alone(*(_san(uri(text)) for text in ("", "pump-17", "//example.com/", "http:", "http://a b/", "urn:é"))),
        alone(_san(uri("urn:uuid:00000000-0000-4000-8000-000000000017"), uri("https://pump.example.com/17"))),
    ),
    "rfc9598.smtp_utf8_mailboxes_well_formed": RuleCase(
        "An SmtpUTF8Mailbox is for addresses beyond ASCII, and its domain is in lower case and ASCII.",
        "RFC 9598 3",
        alone(*(_utf8_mailbox(text) for text in ("a@example.com", "\ufeffé@a.example", "é@A.example", "é@é.example"))),
        alone(_utf8_mailbox("é@example.com")),
    ),
    "rfc5280.constraint_bases_well_formed": RuleCase(
        "A constraint on dNSNames is a host name, on URIs a host or a domain, on addresses one of these or an address.",
        "RFC 5280 4.2.1.10",
        alone(
            _constraints(dns(".a.example")),
            _constraints(uri("http://a.example")),
            _constraints(email("@a.example")),
        ),
        alone(
            _constraints(dns("a.example"), dns("")),
            _constraints(uri("a.example"), uri(".a.example")),
            _constraints(email("a.example"), email(".a.example"), email("root@a.example")),
        ),
        role="intermediate",
    ),
    "rfc5280.constraint_distances_absent": RuleCase(
        "The minimum is zero, and there is no maximum.",
        "RFC 5280 4.2.1.10",
        alone(
            _constraints(dns("a.example") + tlv(0x80, b"\x01")),
            _constraints(dns("a.example") + tlv(0x81, b"\x02")),
        ),
        alone(_constraints(dns("a.example"))),
        role="intermediate",
    ),
    "rfc5280.constraint_forms_defined": RuleCase(
        "There are no constraints on registeredID, x400Address and ediPartyName.",
        "RFC 5280 4.2.1.10",
        alone(_constraints(tlv(0x88, object_identifier("1.2.3")[2:]))),
        alone(_constraints(dns("a.example"), directory(pki.common_name("pump")))),
        role="intermediate",
    ),
    "rfc5280.crl_covers_all_reasons": RuleCase(
        "One distribution point covers all reasons.",
        "RFC 5280 4.2.1.13",
        alone(_points(point(_AT_URL, reasons=[1]), point(_AT_URL, reasons=[6]))),
        alone(
            _points(point(_AT_URL, reasons=[1]), point(_AT_URL)),
            LEAF.including(crl_at(_URL)),
            _points(point(_AT_URL, reasons=[*range(1, 9)])),
        ),
    ),
    "rfc5280.crl_issuer_only_where_another": RuleCase(
        "cRLIssuer is left out where the issuer of the certificate issues the CRL.",
        "RFC 5280 4.2.1.13",
        alone(_points(point(_AT_URL, issuers=[LEAF.issuer]))),
        alone(_points(point(_AT_URL, issuers=[pki.common_name("CRLs")])), LEAF.including(crl_at(_URL))),
    ),
    "rfc5280.distribution_point_by_whole_name": RuleCase(
        "A distribution point has a name of its own.",
        "RFC 5280 4.2.1.13",
        alone(_points(point(relative_name("2.5.4.3", "CRL 1")))),
        alone(LEAF.including(crl_at(_URL))),
    ),
    "rfc5280.distribution_point_on_the_web": RuleCase(
        "A distribution point has an LDAP or HTTP URL.",
        "RFC 5280 4.2.1.13",
        alone(_points(point(full_name(directory(pki.common_name("CRL")))))),
        alone(LEAF.including(crl_at(_URL)), _points(point(full_name(uri(_LDAP), directory(pki.common_name("CRL")))))),
    ),
    "rfc5280.ldap_pointers_complete": RuleCase(
        "An LDAP URL names an entry and the attribute of it.",
        "RFC 5280 4.2.1.13",
        alone(
            LEAF.including(crl_at("ldap://directory.example.com")),
            LEAF.including(crl_at("ldap://directory.example.com/cn=Ward")),
            LEAF.including(crl_at("ldap:///cn=Ward??base")),
        ),
        alone(LEAF.including(crl_at(_LDAP)), LEAF.including(crl_at("ldap:///cn=Ward?certificateRevocationList"))),
    ),
    "rfc5280.access_locations_usable": RuleCase(
        "Information that is on the web is named by a URI.",
        "RFC 5280 4.2.2.1",
        alone(
            _access(_OCSP, dns("ocsp.example.com")),
            _access(_OCSP, directory(pki.common_name("OCSP"))),
            _access(_ISSUERS, uri("ca.crt")),
        ),
        alone(
            LEAF.including(responder_at("http://ocsp.example.com/")),
            _access(_ISSUERS, directory(pki.common_name("CA"))),
            _access("1.3.6.1.4.1.55555.3", dns("a.example")),
        ),
    ),
    "rfc5280.pointers_without_tls": RuleCase(
        "CAs write no https and no ldaps.",
        "RFC 5280 8",
        alone(
            LEAF.including(crl_at("https://crl.example.com/")),
            LEAF.including(responder_at("HTTPS://ocsp.example.com/")),
        ),
        alone(LEAF.including(crl_at(_URL)), LEAF.including(responder_at("http://ocsp.example.com/"))),
    ),
    "rfc5280.should_not_be_critical": RuleCase(
        "Pointers to CRLs and names of the issuer are not critical.",
        "RFC 5280 4.2.1.7, 4.2.1.13",
        alone(
            _points(point(_AT_URL), critical=True),
            LEAF.including(Extension("2.5.29.18", True, sequence(dns("ca.example.com")))),
        ),
        alone(LEAF, LEAF.including(crl_at(_URL))),
    ),
}
