"""RFC 5280 4.2.1.1 and 4.2.1.2: whose key it is, and whose key signed.

Makes: rules on the two key identifiers, of one certificate and from one to the next.
May import: findings, x509, rules.rule.
Must never: say that an identifier is missing (`extensions` does).
Read first: `key_identifiers_match`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["key_identifiers_match", "subject_key_identifier_of_the_key"]

IDENTIFIERS_DIFFER: Final = Code(
    "rfc5280.key_identifiers_match",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.2"),
    rank=621,
    what="the authorityKeyIdentifier is {found}; the issuer's certificate calls its key {wanted}",
    why="Software that looks for the issuer by this identifier finds none, or another.",
    remedy="have the certificate issued again with the identifier of its issuer's key, or present the issuer it names",
)
IDENTIFIER_UNKNOWN: Final = Code(
    "rfc5280.subject_key_identifier_of_the_key",
    Severity.NOTICE,
    Citation("RFC 5280", "4.2.1.2"),
    rank=510,
    what="the subjectKeyIdentifier {found} is not computed from the key in a way that is known here",
    why="Identifiers that are made up may be given twice, and then two keys cannot be told apart.",
    remedy="nothing, where the CA makes sure that its identifiers are unique",
)


@chain_rule(IDENTIFIERS_DIFFER, Role.LEAF, Role.INTERMEDIATE)
def key_identifiers_match(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The authorityKeyIdentifier is the subjectKeyIdentifier of the certificate above."""
    found = certificate.extensions.authority_key_identifier
    wanted = issuers[0].extensions.subject_key_identifier
    if found is None or wanted is None or found == wanted:
        return ()
    field = "tbsCertificate.extensions.authorityKeyIdentifier"
    return (IDENTIFIERS_DIFFER.at(index, field, found=found, wanted=wanted),)


@rule(IDENTIFIER_UNKNOWN, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
def subject_key_identifier_of_the_key(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectKeyIdentifier is a digest of the key: RFC 5280 4.2.1.2 (1) and (2), RFC 7093 2.

    The methods of RFC 7093 are known at second hand.
    """
    found = certificate.extensions.subject_key_identifier
    if found is None:
        return ()
    key = certificate.public_key
    if _is_digest(found, key.octets, key.der):
        return ()
    return (IDENTIFIER_UNKNOWN.at(index, "tbsCertificate.extensions.subjectKeyIdentifier", found=found),)


def _is_digest(identifier: bytes, octets: bytes, key: bytes) -> bool:
    """Whether it is one of ``octets`` (a subjectPublicKey) or ``key`` (a SubjectPublicKeyInfo), the frequent first."""
    sha1 = hashlib.sha1(octets, usedforsecurity=False).digest()
    if identifier == sha1 or identifier == bytes((0x40 | sha1[12] & 0x0F,)) + sha1[13:]:
        return True
    for digest in (hashlib.sha256, hashlib.sha384, hashlib.sha512):
        whole = digest(octets).digest()
        if identifier in (whole[:20], whole, digest(key).digest()):
            return True
    return False
