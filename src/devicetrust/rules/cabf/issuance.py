"""CA/Browser Forum Baseline Requirements, section 7.1: what a well-kept CA writes, and hardly any client checks.

Makes: rules on serial numbers, usages and names of what a CA issues.
May import: findings, x509, rules.rule.
Must never: ask for what only a public CA can do.
Read first: any rule.

The clauses are known at second hand, through zlint and pkilint.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509.certificate import Certificate

__all__ = [
    "authority_named_in_full",
    "leaf_signs_no_lists",
    "purposes_nested",
    "purposes_separate",
    "serial_number_long_enough",
]


def _baseline(clause: str) -> Citation:
    return Citation("CA/B BR", clause, Knowledge.SECOND_HAND)


SHORT_SERIAL: Final = Code(
    "cabf.serial_number_long_enough",
    Severity.WARNING,
    _baseline("7.1"),
    rank=540,
    what="the serial number has {octets} octets; 64 bits of randomness need 8 at least",
    why="Where the serial number can be guessed, a weak digest can be attacked, and numbers tend to be given twice.",
    remedy="have the CA give random serial numbers of 9 to 20 octets",
    waivable=Waivable.BY_WAIVER,
)
LEAF_SIGNS_LISTS: Final = Code(
    "cabf.leaf_signs_no_lists",
    Severity.ERROR,
    _baseline("7.1.2.7.11"),
    rank=579,
    what="keyUsage has cRLSign, but the certificate is no CA",
    why="Where the device bears its CA's name, it could revoke other devices, or take a revocation back.",
    remedy="have the certificate issued again without cRLSign",
)
PURPOSES_MIXED: Final = Code(
    "cabf.purposes_separate",
    Severity.ERROR,
    _baseline("7.1.2.7.10"),
    rank=578,
    what="a certificate for TLS has the purpose {purpose} as well",
    why="Who steals a device's key from its memory could sign software, status or time with it.",
    remedy="have the certificate issued again for TLS alone, and others for other purposes",
    waivable=Waivable.BY_WAIVER,
)
PURPOSES_NOT_NESTED: Final = Code(
    "cabf.purposes_nested",
    Severity.WARNING,
    _baseline("7.1.2.10.6"),
    rank=539,
    what="the certificate has the purposes {purposes}, which its issuer's list of purposes lacks",
    why="OpenSSL and browsers refuse a purpose that a CA above does not have; RFC 5280 has no such rule.",
    remedy="have the certificate issued by a CA for these purposes",
    waivable=Waivable.BY_WAIVER,
)
AUTHORITY_NAME_LACKS: Final = Code(
    "cabf.authority_named_in_full",
    Severity.WARNING,
    _baseline("7.1.2.10.2"),
    rank=538,
    what="the subject of the CA certificate lacks {missing}",
    why="Whoever meets the certificate should see who answers for the CA, and find them.",
    remedy="have the CA certificate issued with countryName, organizationName and commonName",
    waivable=Waivable.BY_WAIVER,
)


@rule(SHORT_SERIAL, Role.LEAF, Role.INTERMEDIATE)
def serial_number_long_enough(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The serial number has as many octets as 64 random bits need."""
    octets = (certificate.serial_number.bit_length() + 7) // 8
    if octets >= 8 or certificate.serial_number <= 0:
        return ()
    return (SHORT_SERIAL.at(index, "tbsCertificate.serialNumber", octets=octets),)


@rule(LEAF_SIGNS_LISTS, Role.LEAF)
def leaf_signs_no_lists(certificate: Certificate, index: int) -> Iterable[Finding]:
    """cRLSign goes with cA TRUE. RFC 5280 admits issuers of CRLs that are no CA."""
    extensions = certificate.extensions
    usage, constraints = extensions.key_usage, extensions.basic_constraints
    if usage is None or not usage.crl_sign or (constraints is not None and constraints.ca):
        return ()
    return (LEAF_SIGNS_LISTS.at(index, "tbsCertificate.extensions.keyUsage"),)


@rule(PURPOSES_MIXED, Role.LEAF)
def purposes_separate(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A leaf for TLS has no purpose of signing software, mail, time stamps or status."""
    purposes = certificate.extensions.extended_key_usage
    if purposes is None or purposes.isdisjoint(_TLS) or purposes.isdisjoint(_OTHERS):
        return ()
    field = "tbsCertificate.extensions.extKeyUsage"
    return [PURPOSES_MIXED.at(index, field, purpose=_OTHERS[one]) for one in sorted(purposes & _OTHERS.keys())]


@chain_rule(PURPOSES_NOT_NESTED, Role.LEAF, Role.INTERMEDIATE)
def purposes_nested(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The purposes of a certificate are among those of its issuer, where that lists any."""
    allowed = issuers[0].extensions.extended_key_usage
    purposes = certificate.extensions.extended_key_usage
    if allowed is None or purposes is None or _ANY_PURPOSE in allowed or purposes <= allowed:
        return ()
    field = "tbsCertificate.extensions.extKeyUsage"
    return (PURPOSES_NOT_NESTED.at(index, field, purposes=tuple(sorted(purposes - allowed))),)


@rule(AUTHORITY_NAME_LACKS, Role.INTERMEDIATE, Role.ANCHOR)
def authority_named_in_full(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject of a CA has countryName, organizationName and commonName."""
    found = {attribute.oid for attribute in certificate.subject.attributes}
    if found.issuperset(_WANTED) or not found:  # that a CA has no name at all is another rule's
        return ()
    missing = tuple(name for oid, name in _WANTED.items() if oid not in found)
    return (AUTHORITY_NAME_LACKS.at(index, "tbsCertificate.subject", missing=missing),)


_ANY_PURPOSE: Final = "2.5.29.37.0"
_TLS: Final = frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"})
_OTHERS: Final = {
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
}
_WANTED: Final = {"2.5.4.6": "countryName", "2.5.4.10": "organizationName", "2.5.4.3": "commonName"}
