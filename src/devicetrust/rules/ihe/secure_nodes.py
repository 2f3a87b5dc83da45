"""IHE ITI-19 3.19.6.1: certificates of secure nodes and secure applications.

Makes: advice on the leaf: warnings and notices, never an error.
May import: findings, x509, rules.rule.
Must never: refuse for an attribute of a certificate: 3.19.6.1.3 forbids a node to.
Read first: any rule.

Read in revision 20 (2023) of the ITI Technical Framework. It speaks of RFC 6125, which RFC 9525 has replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType

__all__ = ["domain_name_present", "lifetime", "rsa_key_below_bcp195", "rsa_key_size"]

_KEY: Final = "tbsCertificate.subjectPublicKeyInfo"
_DNS_NAME: Final = GeneralNameType.DNS_NAME
_TWO_YEARS: Final = (365 + 366) * 86_400


def _iti19(clause: str) -> Citation:
    return Citation("IHE ITI-19", clause)


RSA_SIZE: Final = Code(
    "ihe.rsa_key_size",
    Severity.WARNING,
    _iti19("3.19.6.1.3"),
    rank=536,
    what="the RSA key has {bits} bits; nodes support 1024 to 4096",
    why="A node of another maker need not support such a key.",
    remedy="use RSA of 3072 or 4096 bits, or a key on P-256 where all nodes know BCP 195",
    waivable=Waivable.BY_WAIVER,
)
RSA_ADMITTED_HERE_ALONE: Final = Code(
    "ihe.rsa_key_below_bcp195",
    Severity.NOTICE,
    _iti19("3.19.6.1.3"),
    rank=538,
    what="ITI-19 admits the RSA key of {bits} bits, BCP 195 and NIST SP 800-131A do not: they want 2048 at least",
    why="Conformance to IHE is no answer to who asks for strength; the key can be broken.",
    remedy="generate a stronger key on the node and have a certificate issued for it",
    waivable=Waivable.BY_WAIVER,
)
LIFETIME: Final = Code(
    "ihe.lifetime",
    Severity.WARNING,
    _iti19("3.19.6.1.3"),
    rank=533,
    what="the certificate is valid for {days} days; ITI-19 recommends two years at most",
    why="Keys leak and algorithms age. What is renewed often is renewed without a crisis.",
    remedy="have certificates issued for two years or less, and renew them without hands",
    waivable=Waivable.BY_WAIVER,
)
NO_DOMAIN_NAME: Final = Code(
    "ihe.domain_name_present",
    Severity.WARNING,
    _iti19("3.19.6.1.4"),
    rank=537,
    what="the subjectAltName has no dNSName",
    why="Under the FQDN validation option a client compares the name that it called with this one, and no common name.",
    remedy="have the certificate issued with the node's domain name in the subjectAltName where nodes use the option",
)


@rule(RSA_SIZE, Role.LEAF)
def rsa_key_size(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An RSA key has 1024 to 4096 bits."""
    key = certificate.public_key
    if key.algorithm != "RSA" or 1024 <= key.size <= 4096:
        return ()
    return (RSA_SIZE.at(index, _KEY, bits=key.size),)


@rule(RSA_ADMITTED_HERE_ALONE, Role.LEAF)
def rsa_key_below_bcp195(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An RSA key that ITI-19 admits has 2048 bits, as BCP 195 wants."""
    key = certificate.public_key
    if key.algorithm != "RSA" or not 1024 <= key.size < 2048:
        return ()
    return (RSA_ADMITTED_HERE_ALONE.at(index, _KEY, bits=key.size),)


@rule(LIFETIME, Role.LEAF)
def lifetime(certificate: Certificate, index: int) -> Iterable[Finding]:
    """notBefore and notAfter lie two years apart at most: 731 days, for one of them may be a leap year."""
    begins, ends = certificate.validity
    if ends - begins <= _TWO_YEARS:
        return ()
    return (LIFETIME.at(index, "tbsCertificate.validity", days=(ends - begins) // 86_400),)


@rule(NO_DOMAIN_NAME, Role.LEAF)
def domain_name_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectAltName has a dNSName."""
    if certificate.extensions.alternative_names_of(_DNS_NAME):
        return ()
    return (NO_DOMAIN_NAME.at(index, "tbsCertificate.extensions.subjectAltName"),)
