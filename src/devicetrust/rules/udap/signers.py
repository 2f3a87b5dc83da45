"""HL7 UDAP Security implementation guide: certificates whose keys sign JWTs.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: normalise a URI: the guide compares them character by character.
Read first: `uri_present`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType

__all__ = ["key_for_signatures", "uri_present"]

_FIELD: Final = "tbsCertificate.extensions.subjectAltName"
_URI: Final = GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER
_REISSUE: Final = "have the community's CA issue the certificate again with the URI that the JWTs have as their issuer"

NO_URI: Final = Code(
    "udap.uri_present",
    Severity.ERROR,
    Citation("HL7 UDAP Security", "general, registration and discovery"),
    rank=658,
    what="the subjectAltName has no uniformResourceIdentifier",
    why="The issuer of a JWT is compared with a URI of the certificate that signs it; without one no JWT can be right.",
    remedy=_REISSUE,
)
UNSUITABLE_KEY: Final = Code(
    "udap.key_for_signatures",
    Severity.ERROR,
    Citation("HL7 UDAP Security", "general"),
    rank=582,
    what="the key is {key}; JWTs are signed by RS256, ES256, RS384 or ES384, so by RSA, or on P-256 or P-384",
    why="No server of the community need verify what another kind of key signs.",
    remedy="generate an RSA key of 2048 bits or more, or one on P-256, and have a certificate issued for it",
    waivable=Waivable.BY_WAIVER,
)


@rule(NO_URI, Role.LEAF)
def uri_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectAltName has a URI."""
    if certificate.extensions.alternative_names_of(_URI):
        return ()
    return (NO_URI.at(index, _FIELD),)


@rule(UNSUITABLE_KEY, Role.LEAF)
def key_for_signatures(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The key is RSA, or lies on P-256 or P-384."""
    key = certificate.public_key
    if key.algorithm == "RSA" or key.curve in _CURVES:
        return ()
    return (UNSUITABLE_KEY.at(index, "tbsCertificate.subjectPublicKeyInfo", key=str(key)),)


_CURVES: Final = frozenset({"secp256r1", "secp384r1"})
