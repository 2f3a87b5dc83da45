"""RFC 5280 4.1.2.4, 4.1.2.6, 7.3 and appendix A.1: distinguished names.

Makes: rules on the attributes of issuer and subject.
May import: findings, x509, rules.rule.
Must never: say that a name is missing (`basic_fields` does), or whose name it is.
Read first: `name_attributes_well_formed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType, is_valid_dns_name
from devicetrust.x509.names import DOMAIN_COMPONENT, EMAIL_ADDRESS, Attribute

__all__ = [
    "attribute_types_distinct",
    "domain_components_well_formed",
    "mail_address_in_alternative_name",
    "name_attributes_well_formed",
    "name_string_types",
]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_REISSUE: Final = "have the certificate issued again with names in the form that RFC 5280 gives them"

ATTRIBUTE_MALFORMED: Final = Code(
    "rfc5280.name_attributes_well_formed",
    Severity.ERROR,
    Citation("RFC 5280", "appendix A.1"),
    rank=604,
    what="the attribute {attribute} of the {name} {reason}",
    why="Strict software cannot read such a name, and refuses the certificate.",
    remedy=_REISSUE,
)
STRING_TYPE: Final = Code(
    "rfc5280.name_string_types",
    Severity.WARNING,
    Citation("RFC 5280", "4.1.2.6"),
    rank=550,
    what="the attribute {attribute} of the {name} is a {found}; new names are PrintableString or UTF8String",
    why="Software compares names octet by octet, or reads these old types in different ways.",
    remedy=_REISSUE,
)
ADDRESS_NOT_IN_SAN: Final = Code(
    "rfc5280.mail_address_in_alternative_name",
    Severity.ERROR,
    Citation("RFC 5280", "4.1.2.6"),
    rank=603,
    what="the subject has the e-mail address {address}, which no rfc822Name of the subjectAltName repeats",
    why="Software looks for addresses in the subjectAltName, and so do the constraints of the CAs above.",
    remedy="have the certificate issued again with the address as an rfc822Name",
)
DOMAIN_COMPONENT_MALFORMED: Final = Code(
    "rfc5280.domain_components_well_formed",
    Severity.ERROR,
    Citation("RFC 5280", "7.3"),
    rank=602,
    what="the domainComponent {component} of the {name} is not one label of a domain name",
    why="The components of a name are put together to a domain name; with such a one they give none, or another.",
    remedy="have the certificate issued again with one domainComponent for each label",
)
TYPES_REPEATED: Final = Code(
    "rfc5280.attribute_types_distinct",
    Severity.ERROR,
    Citation("X.501", "9.3", Knowledge.SECOND_HAND),
    rank=601,
    what="a relative distinguished name of the {name} has the attribute {attribute} more than once",
    why="Software that keeps one value for each type sees another name.",
    remedy=_REISSUE,
)


class _Form(NamedTuple):
    """What appendix A.1 says of an attribute: its name, the tags of its types, and the most characters."""

    name: str
    tags: frozenset[int]
    most: int


_PRINTABLE, _UTF8, _TELETEX, _UNIVERSAL, _BMP, _IA5 = 0x13, 0x0C, 0x14, 0x1C, 0x1E, 0x16
_DIRECTORY: Final = frozenset({_PRINTABLE, _UTF8, _TELETEX, _UNIVERSAL, _BMP})
_ONLY_PRINTABLE: Final = frozenset({_PRINTABLE})
_FORMS: Final = {
    "2.5.4.3": _Form("commonName", _DIRECTORY, 64),
    "2.5.4.4": _Form("surname", _DIRECTORY, 32768),
    "2.5.4.5": _Form("serialNumber", _ONLY_PRINTABLE, 64),
    "2.5.4.6": _Form("countryName", _ONLY_PRINTABLE, 2),
    "2.5.4.7": _Form("localityName", _DIRECTORY, 128),
    "2.5.4.8": _Form("stateOrProvinceName", _DIRECTORY, 128),
    "2.5.4.10": _Form("organizationName", _DIRECTORY, 64),
    "2.5.4.11": _Form("organizationalUnitName", _DIRECTORY, 64),
    "2.5.4.12": _Form("title", _DIRECTORY, 64),
    "2.5.4.41": _Form("name", _DIRECTORY, 32768),
    "2.5.4.42": _Form("givenName", _DIRECTORY, 32768),
    "2.5.4.43": _Form("initials", _DIRECTORY, 32768),
    "2.5.4.44": _Form("generationQualifier", _DIRECTORY, 32768),
    "2.5.4.46": _Form("dnQualifier", _ONLY_PRINTABLE, 32768),
    "2.5.4.65": _Form("pseudonym", _DIRECTORY, 128),
    DOMAIN_COMPONENT: _Form("domainComponent", frozenset({_IA5}), 32768),
    EMAIL_ADDRESS: _Form("emailAddress", frozenset({_IA5}), 255),
    # X.520: known at second hand, so only that they are a DirectoryString is asked for.
    "2.5.4.9": _Form("streetAddress", _DIRECTORY, 32768),
    "2.5.4.13": _Form("description", _DIRECTORY, 32768),
    "2.5.4.15": _Form("businessCategory", _DIRECTORY, 32768),
    "2.5.4.17": _Form("postalCode", _DIRECTORY, 32768),
    "2.5.4.97": _Form("organizationIdentifier", _DIRECTORY, 32768),
}


@rule(ATTRIBUTE_MALFORMED, *_EVERYWHERE)
def name_attributes_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each attribute of issuer and subject is a readable string of a type and a length that the standard gives it."""
    found: list[Finding] = []
    for name, attributes in _names(certificate):
        for attribute in attributes:
            form = _FORMS.get(attribute.oid)
            reason = "" if form is None else _fault(form, attribute)
            if form is not None and reason:
                field = f"tbsCertificate.{name}"
                found.append(ATTRIBUTE_MALFORMED.at(index, field, attribute=form.name, name=name, reason=reason))
    return found


def _fault(form: _Form, attribute: Attribute) -> str:
    """What is wrong with the value of an attribute; empty where nothing is."""
    if attribute.tag not in form.tags:
        return f"is of a type (tag {attribute.tag:#04x}) that it cannot have"
    length = len(attribute.content)
    if not length:
        return "is empty"
    if form.most == 2:
        return "" if length == 2 and attribute.content.isalpha() else "is not two letters"
    if length > form.most and len(attribute.text) > form.most:
        return f"is {len(attribute.text)} characters long, more than the {form.most} that it may have"
    return "" if attribute.content.isascii() or attribute.is_text else "is no text of its type"


_OLD_STRINGS: Final = {_TELETEX: "TeletexString", _UNIVERSAL: "UniversalString", _BMP: "BMPString"}


@rule(STRING_TYPE, *_EVERYWHERE)
def name_string_types(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The attributes of issuer and subject are PrintableString or UTF8String, as those of new names are."""
    return [
        STRING_TYPE.at(
            index,
            f"tbsCertificate.{name}",
            attribute=attribute.oid,
            name=name,
            found=_OLD_STRINGS[attribute.tag],
        )
        for name, attributes in _names(certificate)
        for attribute in attributes
        if attribute.tag in _OLD_STRINGS
    ]


@rule(ADDRESS_NOT_IN_SAN, *_EVERYWHERE)
def mail_address_in_alternative_name(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An e-mail address of the subject stands in the subjectAltName as well."""
    addresses = certificate.subject.values(EMAIL_ADDRESS)
    if not addresses:
        return ()
    named = {str(name.value).casefold() for _, name in certificate.extensions.alternative_names_of(_RFC822_NAME)}
    return [
        ADDRESS_NOT_IN_SAN.at(index, "tbsCertificate.subject", address=address)
        for address in addresses
        if address.casefold() not in named
    ]


@rule(DOMAIN_COMPONENT_MALFORMED, *_EVERYWHERE)
def domain_components_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each domainComponent of issuer and subject is one label of a domain name."""
    return [
        DOMAIN_COMPONENT_MALFORMED.at(index, f"tbsCertificate.{name}", name=name, component=component)
        for name, components in (
            ("issuer", certificate.issuer.values(DOMAIN_COMPONENT)),
            ("subject", certificate.subject.values(DOMAIN_COMPONENT)),
        )
        for component in components
        if "." in component or not is_valid_dns_name(component)
    ]


@rule(TYPES_REPEATED, *_EVERYWHERE)
def attribute_types_distinct(certificate: Certificate, index: int) -> Iterable[Finding]:
    """No relative distinguished name of issuer or subject has two attributes of one type."""
    found: list[Finding] = []
    for name, rdns in (("issuer", certificate.issuer.rdns), ("subject", certificate.subject.rdns)):
        for rdn in rdns:
            if len(rdn) > 1 and len({one.oid for one in rdn}) != len(rdn):
                types = sorted(one.oid for one in rdn)
                repeated = next(one for one in types if types.count(one) > 1)
                found.append(TYPES_REPEATED.at(index, f"tbsCertificate.{name}", name=name, attribute=repeated))
    return found


_RFC822_NAME: Final = GeneralNameType.RFC822_NAME


def _names(certificate: Certificate) -> tuple[tuple[str, tuple[Attribute, ...]], ...]:
    return ("issuer", certificate.issuer.attributes), ("subject", certificate.subject.attributes)
