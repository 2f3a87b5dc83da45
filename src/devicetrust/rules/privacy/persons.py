"""Data minimisation: a device's certificate names a device, not a person.

Makes: a rule on the names of the leaf.
May import: findings, x509, rules.rule.
Must never: search free text for names or numbers of patients: what it took for one would be a guess.
Read first: `no_person_named`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["no_person_named"]

PERSON_NAMED: Final = Code(
    "privacy.no_person_named",
    Severity.WARNING,
    Citation("GDPR", "Article 5(1)(c)", Knowledge.SECOND_HAND),
    rank=555,
    what="the certificate states what only a person has: {found}",
    why="Certificates are sent in handshakes, logged and published; a patient's or a nurse's data do not belong there.",
    remedy="have the certificate issued for the device alone, and keep whom it serves in the clinical system",
)


@rule(PERSON_NAMED, Role.LEAF)
def no_person_named(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject has no attribute of a person, and there are no subjectDirectoryAttributes."""
    found = [_PERSONAL[attribute.oid] for attribute in certificate.subject.attributes if attribute.oid in _PERSONAL]
    if _DIRECTORY_ATTRIBUTES in certificate.extensions.present:
        found.append("subjectDirectoryAttributes")
    return (PERSON_NAMED.at(index, "tbsCertificate.subject", found=tuple(found)),) if found else ()


# X.520 surname, givenName, initials and generationQualifier; dateOfBirth and its kin of RFC 3739 3.2.1 and 3.3.2.
_PERSONAL: Final = {
    "2.5.4.4": "surname",
    "2.5.4.42": "givenName",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "1.3.6.1.5.5.7.9.1": "dateOfBirth",
    "1.3.6.1.5.5.7.9.2": "placeOfBirth",
    "1.3.6.1.5.5.7.9.3": "gender",
}
_DIRECTORY_ATTRIBUTES: Final = "2.5.29.9"
