"""RFC 9525 sections 2, 6.3 and 7.1: where host names stand, and wildcards.

Makes: rules on host names of leaves.
May import: findings, x509, rules.rule.
Must never: match a name (``identity`` does).
Read first: any rule.

The clauses are known at second hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType, is_valid_dns_name

__all__ = ["host_name_in_alternative_name", "no_wildcard"]

NAME_IN_SUBJECT: Final = Code(
    "rfc9525.host_name_in_alternative_name",
    Severity.WARNING,
    Citation("RFC 9525", "2", Knowledge.SECOND_HAND),
    rank=560,
    what="the common name {common_name} looks like a host name, but the subjectAltName has no host name at all",
    why="Names are matched against the subjectAltName alone: nobody finds this one.",
    remedy="have the certificate issued again with its host name as a dNSName",
)
WILDCARD: Final = Code(
    "rfc9525.no_wildcard",
    Severity.WARNING,
    Citation("RFC 9525", "7.1", Knowledge.SECOND_HAND),
    rank=559,
    what="the dNSName {name} stands for many hosts",
    why="Who steals the key of one device can pass for every device that the pattern covers.",
    remedy="have a certificate issued for each device, with its own name",
    waivable=Waivable.BY_WAIVER,
)
_COMMON_NAME: Final = "2.5.4.3"
_DNS_NAME: Final = GeneralNameType.DNS_NAME


@rule(NAME_IN_SUBJECT, Role.LEAF)
def host_name_in_alternative_name(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where a common name is a host name of several labels, the subjectAltName has host names."""
    if certificate.extensions.alternative_names_of(_DNS_NAME):
        return ()
    return [
        NAME_IN_SUBJECT.at(index, "tbsCertificate.subject", common_name=common_name)
        for common_name in certificate.subject.values(_COMMON_NAME)
        if "." in common_name and common_name.isascii() and is_valid_dns_name(common_name)
    ]


@rule(WILDCARD, Role.LEAF)
def no_wildcard(certificate: Certificate, index: int) -> Iterable[Finding]:
    """No dNSName of a leaf has a wildcard."""
    return [
        WILDCARD.at(index, f"tbsCertificate.extensions.subjectAltName[{position}]", name=str(name.value))
        for position, name in certificate.extensions.alternative_names_of(_DNS_NAME)
        if "*" in str(name.value)
    ]
