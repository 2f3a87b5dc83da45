"""Extensions that have been given up.

Makes: rules on the presence of extensions.
May import: findings, x509, rules.rule.
Must never: refuse anything.
Read first: `no_extension_of_the_past`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["no_extension_of_the_past"]

OF_THE_PAST: Final = Code(
    "practice.no_extension_of_the_past",
    Severity.NOTICE,
    Citation("RFC 5280", "appendix, changes since RFC 3280; Netscape's certificate extensions", Knowledge.SECOND_HAND),
    rank=511,
    what="the extension {extension} has been given up; nobody reads it any more",
    why="What the extension was to forbid is not forbidden; the template of the CA is likely as old.",
    remedy="nothing now; ask for certificates of a newer template when they are next renewed",
)


@rule(OF_THE_PAST, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
def no_extension_of_the_past(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There is no extension of Netscape's, and no privateKeyUsagePeriod."""
    if certificate.extensions.has_none_of(_OIDS):
        return ()
    return [
        OF_THE_PAST.at(index, "tbsCertificate.extensions", extension=name)
        for oid, name in _PAST.items()
        if oid in certificate.extensions.present
    ]


_NETSCAPE: Final = "2.16.840.1.113730.1"
_PAST: Final = {
    "2.5.29.16": "privateKeyUsagePeriod",
    f"{_NETSCAPE}.1": "netscape-cert-type",
    f"{_NETSCAPE}.2": "netscape-base-url",
    f"{_NETSCAPE}.3": "netscape-revocation-url",
    f"{_NETSCAPE}.4": "netscape-ca-revocation-url",
    f"{_NETSCAPE}.7": "netscape-cert-renewal-url",
    f"{_NETSCAPE}.8": "netscape-ca-policy-url",
    f"{_NETSCAPE}.12": "netscape-ssl-server-name",
    f"{_NETSCAPE}.13": "netscape-comment",
}
_OIDS: Final = frozenset(_PAST)
