"""Names that are hard to compare, to read or to believe.

Makes: rules on the attributes of subjects.
May import: findings, x509, rules.rule.
Must never: say what a standard says (`rules.rfc5280.names` does).
Read first: any rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["country_code_in_capitals", "device_serial_number_single", "no_demonstration_authority", "values_clean"]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_SUBJECT: Final = "tbsCertificate.subject"

UNCLEAN: Final = Code(
    "practice.values_clean",
    Severity.WARNING,
    Citation("zlint", "leading and trailing whitespace, control characters", Knowledge.SECOND_HAND),
    rank=537,
    what="the attribute {attribute} of the subject {reason}",
    why="Two names that look the same are then different ones, and lists of devices do not find theirs.",
    remedy="have the certificate issued again with clean values; the fault is often in the form that fed the CA",
    waivable=Waivable.BY_WAIVER,
)
SEVERAL_SERIAL_NUMBERS: Final = Code(
    "practice.device_serial_number_single",
    Severity.WARNING,
    Citation("RFC 5280", "appendix A.1"),
    rank=536,
    what="the subject has {count} attributes serialNumber",
    why="Nobody can say which of them is the device's.",
    remedy="have the certificate issued again with the one serial number of the device",
    waivable=Waivable.BY_WAIVER,
)
SMALL_COUNTRY: Final = Code(
    "practice.country_code_in_capitals",
    Severity.WARNING,
    Citation("X.520", "6.3.1", Knowledge.SECOND_HAND),
    rank=535,
    what="the countryName {country} is not in capitals",
    why="ISO 3166 writes its codes in capitals; software that compares octets sees another country.",
    remedy="have the certificate issued again with the code in capitals",
    waivable=Waivable.BY_WAIVER,
)
DEMONSTRATION: Final = Code(
    "practice.no_demonstration_authority",
    Severity.WARNING,
    Citation("devicetrust", "names of CAs that come with samples and tools", Knowledge.SECOND_HAND),
    rank=577,
    what="the name of the CA says that it is for tests or demonstrations: {name}",
    why="The private keys of such CAs are often public: anyone could issue certificates that this one vouches for.",
    remedy="use certificates of a CA whose key is kept; if this one is meant, give it a name that says so",
    waivable=Waivable.BY_WAIVER,
)


@rule(UNCLEAN, *_EVERYWHERE)
def values_clean(certificate: Certificate, index: int) -> Iterable[Finding]:
    """No attribute of the subject starts or ends with a blank, or has control characters or HTML entities."""
    found: list[Finding] = []
    for attribute in certificate.subject.attributes:
        reason = _fault(attribute.text)
        if reason:
            found.append(UNCLEAN.at(index, _SUBJECT, attribute=attribute.oid, reason=reason))
    return found


@rule(SEVERAL_SERIAL_NUMBERS, Role.LEAF)
def device_serial_number_single(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject of a leaf has at most one serialNumber."""
    count = len(certificate.subject.values(_SERIAL_NUMBER))
    return (SEVERAL_SERIAL_NUMBERS.at(index, _SUBJECT, count=count),) if count > 1 else ()


@rule(SMALL_COUNTRY, *_EVERYWHERE)
def country_code_in_capitals(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each countryName of the subject is in capitals."""
    return [
        SMALL_COUNTRY.at(index, _SUBJECT, country=country)
        for country in certificate.subject.values(_COUNTRY)
        if len(country) == 2 and country.isalpha() and not country.isupper()
    ]


@rule(DEMONSTRATION, Role.INTERMEDIATE, Role.ANCHOR)
def no_demonstration_authority(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The common name of a CA has no word that samples and tools use for CAs of theirs."""
    return [
        DEMONSTRATION.at(index, _SUBJECT, name=name)
        for name in certificate.subject.values(_COMMON_NAME)
        if _DEMONSTRATION.search(name)
    ]


_COMMON_NAME: Final = "2.5.4.3"
_SERIAL_NUMBER: Final = "2.5.4.5"
_COUNTRY: Final = "2.5.4.6"
_DEMONSTRATION: Final = re.compile(
    r"\b(?:tests?|testing|demo|sample|example|snake ?oil|mkcert|do not trust|not for production|localhost)\b",
    re.IGNORECASE,
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ENTITY: Final = re.compile(r"&(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos|nbsp);")


def _fault(text: str) -> str:
    """What makes a value unclean; empty where nothing does."""
    if text != text.strip():
        return "starts or ends with a blank"
    if not text.isprintable() and _CONTROL.search(text):
        return "has control characters"
    return "has an HTML entity" if "&" in text and _ENTITY.search(text) else ""
