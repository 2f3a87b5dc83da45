"""RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14, and RFC 6818 3: certificate policies.

Makes: rules on policies, their qualifiers, mappings and limits.
May import: findings, x509, rules.rule.
Must never: process policies along a path (``path`` does).
Read first: any rule.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.names import Attribute

__all__ = [
    "any_policy_by_authorities_only",
    "explicit_text_readable",
    "explicit_text_well_formed",
    "mapped_policies_asserted",
    "notice_reference_absent",
    "policies_distinct",
    "policy_limits_on_authorities_only",
    "policy_mappings_critical",
]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_POLICIES: Final = "tbsCertificate.extensions.certificatePolicies"
_MAPPINGS: Final = "tbsCertificate.extensions.policyMappings"
_REISSUE: Final = "have the certificate issued again by a CA that follows RFC 5280"
_ANY_POLICY: Final = "2.5.29.32.0"

POLICY_REPEATED: Final = Code(
    "rfc5280.policies_distinct",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.4"),
    rank=599,
    what="the policy {policy} is there more than once",
    why="Software differs on which of the two, with its qualifiers, counts.",
    remedy=_REISSUE,
)
ANY_POLICY_ON_LEAF: Final = Code(
    "rfc5280.any_policy_by_authorities_only",
    Severity.NOTICE,
    Citation("RFC 5280", "4.2.1.4"),
    rank=512,
    what="a certificate that is no CA asserts anyPolicy",
    why="The standard gives anyPolicy to CAs that do not wish to limit what lies below; a device is under one policy.",
    remedy="have the certificate issued again under the policies that it was issued by, or under none",
)
TEXT_MALFORMED: Final = Code(
    "rfc5280.explicit_text_well_formed",
    Severity.ERROR,
    Citation("RFC 6818", "3"),
    rank=596,
    what="the explicitText of a user notice {reason}",
    why="Strict software cannot read such a text, and refuses the certificate.",
    remedy=_REISSUE,
)
TEXT_UNREADABLE: Final = Code(
    "rfc5280.explicit_text_readable",
    Severity.WARNING,
    Citation("RFC 6818", "3"),
    rank=549,
    what="the explicitText of a user notice {reason}",
    why="The text is there to be shown to people.",
    remedy=_REISSUE,
)
NOTICE_REFERENCE: Final = Code(
    "rfc5280.notice_reference_absent",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.4"),
    rank=548,
    what="a user notice refers to a text by number (noticeRef)",
    why="Hardly any software has the texts, so nothing is shown.",
    remedy="have the certificate issued again with the text itself, or without a notice",
)
LIMIT_ON_LEAF: Final = Code(
    "rfc5280.policy_limits_on_authorities_only",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.5, 4.2.1.11, 4.2.1.14"),
    rank=547,
    what="a certificate that is no CA has {extension}",
    why="The extension says what holds for the certificates below; on a device's it shows a confusion of the issuer.",
    remedy=_REISSUE,
)
MAPPED_NOT_ASSERTED: Final = Code(
    "rfc5280.mapped_policies_asserted",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.5"),
    rank=546,
    what="the policy {policy} is mapped, but not among the certificate's policies",
    why="Such a mapping has no effect: the policy has ended with this certificate.",
    remedy=_REISSUE,
)
MAPPINGS_NOT_CRITICAL: Final = Code(
    "rfc5280.policy_mappings_critical",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.5"),
    rank=545,
    what="the policyMappings are not critical",
    why="Software that does not know the extension would take one policy for another.",
    remedy=_REISSUE,
)


def _has_policies(certificate: Certificate) -> bool:
    return certificate.extensions.policies is not None


def _has_mappings(certificate: Certificate) -> bool:
    return certificate.extensions.policy_mappings is not None


@rule(POLICY_REPEATED, *_EVERYWHERE, concerns=_has_policies)
def policies_distinct(certificate: Certificate, index: int) -> Iterable[Finding]:
    """No policy is there twice."""
    policies = certificate.extensions.policies or ()
    if len(set(policies)) == len(policies):
        return ()
    repeated = sorted({one for one in policies if policies.count(one) > 1})
    return [POLICY_REPEATED.at(index, _POLICIES, policy=policy) for policy in repeated]


@rule(ANY_POLICY_ON_LEAF, Role.LEAF, concerns=_has_policies)
def any_policy_by_authorities_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A leaf does not assert anyPolicy."""
    if _ANY_POLICY in (certificate.extensions.policies or ()):
        return (ANY_POLICY_ON_LEAF.at(index, _POLICIES),)
    return ()


@rule(TEXT_MALFORMED, *_EVERYWHERE, concerns=_has_policies)
def explicit_text_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An explicitText is a UTF8String, VisibleString or BMPString of 1 to 200 characters."""
    return [
        TEXT_MALFORMED.at(index, _POLICIES, reason=reason)
        for text in _texts(certificate)
        if (reason := _fault(text)) is not None
    ]


@rule(TEXT_UNREADABLE, *_EVERYWHERE, concerns=_has_policies)
def explicit_text_readable(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An explicitText has no control characters, and is in the normalization form C of Unicode."""
    found: list[Finding] = []
    for text in _texts(certificate):
        if not text.is_text:
            continue
        if any(unicodedata.category(character) == "Cc" for character in text.text):
            found.append(TEXT_UNREADABLE.at(index, _POLICIES, reason="has control characters"))
        elif not unicodedata.is_normalized("NFC", text.text):
            found.append(TEXT_UNREADABLE.at(index, _POLICIES, reason="is not in normalization form C"))
    return found


@rule(NOTICE_REFERENCE, *_EVERYWHERE, concerns=_has_policies)
def notice_reference_absent(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A user notice has no noticeRef."""
    return [
        NOTICE_REFERENCE.at(index, _POLICIES)
        for notice in certificate.extensions.user_notices
        if notice.has_notice_reference
    ]


@rule(LIMIT_ON_LEAF, Role.LEAF)
def policy_limits_on_authorities_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Only a CA certificate has policyMappings, policyConstraints or inhibitAnyPolicy."""
    extensions = certificate.extensions
    if extensions.has_none_of(_LIMIT_OIDS):
        return ()
    return [
        LIMIT_ON_LEAF.at(index, f"tbsCertificate.extensions.{name}", extension=name)
        for oid, name in _LIMITS.items()
        if oid in extensions.present
    ]


@rule(MAPPED_NOT_ASSERTED, Role.INTERMEDIATE, Role.ANCHOR, concerns=_has_mappings)
def mapped_policies_asserted(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each issuerDomainPolicy is among the certificate's policies, or anyPolicy is."""
    asserted = certificate.extensions.policies or ()
    mapped = {issuer for issuer, _ in certificate.extensions.policy_mappings or ()}
    if _ANY_POLICY in asserted:
        return ()
    return [MAPPED_NOT_ASSERTED.at(index, _MAPPINGS, policy=policy) for policy in sorted(mapped.difference(asserted))]


@rule(MAPPINGS_NOT_CRITICAL, Role.INTERMEDIATE, Role.ANCHOR, concerns=_has_mappings)
def policy_mappings_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """policyMappings are critical."""
    return (
        () if oids.POLICY_MAPPINGS in certificate.extensions.critical else (MAPPINGS_NOT_CRITICAL.at(index, _MAPPINGS),)
    )


_LIMITS: Final = {
    oids.POLICY_MAPPINGS: "policyMappings",
    oids.POLICY_CONSTRAINTS: "policyConstraints",
    oids.INHIBIT_ANY_POLICY: "inhibitAnyPolicy",
}
_LIMIT_OIDS: Final = frozenset(_LIMITS)
_IA5_STRING: Final = 0x16
# UTF8String, VisibleString, BMPString.
_TEXT_TAGS: Final = frozenset({0x0C, 0x1A, 0x1E})
_MOST_CHARACTERS: Final = 200


def _texts(certificate: Certificate) -> list[Attribute]:
    return [notice.explicit_text for notice in certificate.extensions.user_notices if notice.explicit_text is not None]


def _fault(text: Attribute) -> str | None:
    """What is wrong with an explicitText; None where nothing is."""
    if text.tag == _IA5_STRING:
        return "is an IA5String"
    if text.tag not in _TEXT_TAGS:
        return f"is of a type (tag {text.tag:#04x}) that it cannot have"
    if not text.is_text:
        return "is no text of its type"
    length = len(text.text)
    if not length:
        return "is empty"
    return (
        f"is {length} characters long, more than the {_MOST_CHARACTERS} that it may have"
        if length > _MOST_CHARACTERS
        else None
    )
