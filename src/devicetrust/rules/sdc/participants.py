"""IEEE 11073-20701 and IHE SDPi: what the certificate of an SDC participant tells beyond its role.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: ask for the role itself: it is among the key purposes of the profiles for SDC.
Read first: `other_key_purposes`.

The documents were not read. The clauses and the two object identifiers of roles are known through implementations
(sdc11073, SDCri, SDCcc) and what IHE published of SDPi; no third role could be confirmed. SDPi leaves the governance of
certificates to the site, so nothing here is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType

__all__ = ["endpoint_named", "other_key_purposes"]

OTHER_PURPOSES: Final = Code(
    "sdc.other_key_purposes",
    Severity.NOTICE,
    Citation("IEEE 11073-20701", "9.3", Knowledge.SECOND_HAND),
    rank=505,
    what="beside the roles of provider and consumer, the certificate lists the key purposes {purposes}",
    why="Makers mark roles of their own so; what such a purpose permits is for their products to say.",
    remedy="nothing to do; ask the maker what these purposes permit before a policy uses them",
)
ENDPOINT_NOT_NAMED: Final = Code(
    "sdc.endpoint_named",
    Severity.NOTICE,
    Citation("IHE SDPi", "TF-2 appendix C", Knowledge.SECOND_HAND),
    rank=509,
    what="neither a URI of the subjectAltName nor the common name is the UUID of an endpoint",
    why="SDC clients do not compare host names. What ties an endpoint to its certificate is then a list that each site "
    "keeps by fingerprint, and must change with every renewal.",
    remedy="have certificates issued with urn:uuid: and the endpoint's UUID as a URI, and list endpoints by it",
)


@rule(OTHER_PURPOSES, Role.LEAF)
def other_key_purposes(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every key purpose is one of SDC's two or under id-kp of RFC 5280; others are listed."""
    found = certificate.extensions.extended_key_usage
    if found is None:
        return ()
    others = [one for one in found if not one.startswith(_ID_KP) and one not in _KNOWN]
    if not others:
        return ()
    return (OTHER_PURPOSES.at(index, "tbsCertificate.extensions.extKeyUsage", purposes=tuple(sorted(others))),)


@rule(ENDPOINT_NOT_NAMED, Role.LEAF)
def endpoint_named(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A URI of the subjectAltName is ``urn:uuid:`` with a UUID, or the common name is a UUID."""
    for _, name in certificate.extensions.alternative_names_of(_URI):
        if _UUID.fullmatch(str(name.value)):
            return ()
    for text in certificate.subject.values(_COMMON_NAME):
        if _UUID.fullmatch(text):
            return ()
    return (ENDPOINT_NOT_NAMED.at(index, "tbsCertificate.extensions.subjectAltName"),)


_KNOWN: Final = frozenset({"1.2.840.10004.20701.1.1", "1.2.840.10004.20701.1.2", "2.5.29.37.0"})
_ID_KP: Final = "1.3.6.1.5.5.7.3."
_COMMON_NAME: Final = "2.5.4.3"
_URI: Final = GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER
# RFC 9562 4, with or without the prefix of its URN.
_UUID: Final = re.compile("(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
