"""RFC 5280 4.2.1.3 and 4.2.1.12: what a key may be used for.

Makes: rules on keyUsage and extKeyUsage, and on the two together.
May import: findings, x509, rules.rule.
Must never: ask for a purpose (the profile does), or look at the kind of key (`rules.usages` does).
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.concerns import has_key_usage
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = [
    "any_purpose_not_critical",
    "authority_key_usage_present",
    "encipher_only_or_decipher_only",
    "key_usage_critical",
    "key_usage_in_der",
    "key_usage_not_empty",
    "only_bits_beside_key_agreement",
    "purposes_have_their_usages",
    "some_purpose_usable",
]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_KEY_USAGE: Final = "tbsCertificate.extensions.keyUsage"
_PURPOSES: Final = "tbsCertificate.extensions.extKeyUsage"
_REISSUE: Final = "have the certificate issued again with the usages that its holder needs"

NO_USAGE: Final = Code(
    "rfc5280.key_usage_not_empty",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.3"),
    rank=623,
    what="the keyUsage has no bit set that means anything",
    why="Taken at its word, such a key may be used for nothing; careless software uses it for everything.",
    remedy=_REISSUE,
)
NOT_IN_DER: Final = Code(
    "rfc5280.key_usage_in_der",
    Severity.ERROR,
    Citation("X.690", "11.2.2", Knowledge.SECOND_HAND),
    rank=600,
    what="the bits of the keyUsage end in zeros, which DER leaves out",
    why="Strict software cannot read the extension, and refuses the certificate.",
    remedy=_REISSUE,
)
AUTHORITY_WITHOUT_USAGE: Final = Code(
    "rfc5280.authority_key_usage_present",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.3"),
    rank=625,
    what="the CA certificate has no keyUsage",
    why="Without it the CA's key may be used for anything, encryption included.",
    remedy="have the CA certificate issued again with keyCertSign and what else the CA needs",
)
NOT_CRITICAL: Final = Code(
    "rfc5280.key_usage_critical",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.3"),
    rank=556,
    what="the keyUsage is not critical",
    why="Software that does not know the extension would use the key for anything.",
    remedy=_REISSUE,
)
BOTH_ONLY: Final = Code(
    "rfc5280.encipher_only_or_decipher_only",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.3"),
    rank=555,
    what="the keyUsage has both encipherOnly and decipherOnly, which contradict each other",
    why="A key that may only encipher and only decipher may do neither.",
    remedy=_REISSUE,
)
ONLY_WITHOUT_AGREEMENT: Final = Code(
    "rfc5280.only_bits_beside_key_agreement",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.3"),
    rank=554,
    what="the keyUsage has {found} without keyAgreement, where it means nothing",
    why="Some software cannot read such a keyUsage, and refuses the certificate.",
    remedy=_REISSUE,
)
ANY_CRITICAL: Final = Code(
    "rfc5280.any_purpose_not_critical",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.12"),
    rank=554,
    what="the extKeyUsage is critical although it holds anyExtendedKeyUsage",
    why="The extension then limits nothing, but software that does not know it refuses the certificate.",
    remedy=_REISSUE,
)
PURPOSE_WITHOUT_USAGE: Final = Code(
    "rfc5280.purposes_have_their_usages",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.12"),
    rank=557,
    what="the purpose {purpose} goes with none of the bits of the keyUsage (it would take one of {wanted})",
    why="A certificate may only be used for what both extensions allow: this purpose is refused.",
    remedy="have the certificate issued again with usages and purposes that belong together",
    waivable=Waivable.BY_WAIVER,
)
NO_PURPOSE_LEFT: Final = Code(
    "rfc5280.some_purpose_usable",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.12"),
    rank=626,
    what="none of the purposes ({found}) goes with a bit of the keyUsage, so the certificate is good for nothing",
    why="A certificate may only be used for what both extensions allow.",
    remedy="have the certificate issued again with usages and purposes that belong together",
    waivable=Waivable.BY_WAIVER,
)


@rule(NO_USAGE, *_EVERYWHERE)
def key_usage_not_empty(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A keyUsage has at least one bit."""
    usage = certificate.extensions.key_usage
    if usage is None or usage.digital_signature or usage.key_cert_sign or _bits(certificate):
        return ()
    return (NO_USAGE.at(index, _KEY_USAGE),)


@rule(NOT_IN_DER, *_EVERYWHERE, concerns=has_key_usage)
def key_usage_in_der(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The last bit that is written of a keyUsage is one that is set. That none is set is another rule's."""
    return (NOT_IN_DER.at(index, _KEY_USAGE),) if certificate.extensions.key_usage_ends_in_zeros else ()


@rule(AUTHORITY_WITHOUT_USAGE, Role.INTERMEDIATE, Role.ANCHOR)
def authority_key_usage_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A CA certificate of version 3 has a keyUsage."""
    if certificate.version == 3 and oids.KEY_USAGE not in certificate.extensions.present:
        return (AUTHORITY_WITHOUT_USAGE.at(index, _KEY_USAGE),)
    return ()


@rule(NOT_CRITICAL, *_EVERYWHERE)
def key_usage_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A keyUsage is critical."""
    extensions = certificate.extensions
    if extensions.key_usage is not None and oids.KEY_USAGE not in extensions.critical:
        return (NOT_CRITICAL.at(index, _KEY_USAGE),)
    return ()


@rule(BOTH_ONLY, *_EVERYWHERE)
def encipher_only_or_decipher_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A keyUsage has at most one of encipherOnly and decipherOnly. Without keyAgreement another rule says it."""
    usage = certificate.extensions.key_usage
    if usage is not None and usage.key_agreement and usage.encipher_only and usage.decipher_only:
        return (BOTH_ONLY.at(index, _KEY_USAGE),)
    return ()


@rule(ONLY_WITHOUT_AGREEMENT, *_EVERYWHERE, concerns=has_key_usage)
def only_bits_beside_key_agreement(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A keyUsage has encipherOnly and decipherOnly beside keyAgreement alone."""
    found = certificate.extensions.undefined_key_usage_bits
    return (ONLY_WITHOUT_AGREEMENT.at(index, _KEY_USAGE, found=found),) if found else ()


@rule(ANY_CRITICAL, *_EVERYWHERE)
def any_purpose_not_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An extKeyUsage with anyExtendedKeyUsage is not critical."""
    extensions = certificate.extensions
    if oids.EXTENDED_KEY_USAGE in extensions.critical and _ANY_PURPOSE in (extensions.extended_key_usage or ()):
        return (ANY_CRITICAL.at(index, _PURPOSES),)
    return ()


@rule(PURPOSE_WITHOUT_USAGE, Role.LEAF)
def purposes_have_their_usages(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each purpose of a leaf goes with a bit of its keyUsage, where another purpose does."""
    left = _without_usage(certificate)
    if not left or left == certificate.extensions.extended_key_usage:
        return ()
    return [
        PURPOSE_WITHOUT_USAGE.at(index, _PURPOSES, purpose=purpose, wanted=_CONSISTENT[purpose])
        for purpose in sorted(left)
    ]


@rule(NO_PURPOSE_LEFT, Role.LEAF)
def some_purpose_usable(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A leaf has a purpose that goes with a bit of its keyUsage."""
    left = _without_usage(certificate)
    if not left or left != certificate.extensions.extended_key_usage:
        return ()
    return (NO_PURPOSE_LEFT.at(index, _PURPOSES, found=tuple(sorted(left))),)


_ANY_PURPOSE: Final = "2.5.29.37.0"
_BITS: Final = (
    ("digitalSignature", "digital_signature"),
    ("nonRepudiation", "content_commitment"),
    ("keyEncipherment", "key_encipherment"),
    ("dataEncipherment", "data_encipherment"),
    ("keyAgreement", "key_agreement"),
    ("keyCertSign", "key_cert_sign"),
    ("cRLSign", "crl_sign"),
)
_SIGNING: Final = ("digitalSignature", "nonRepudiation")
# The comments of RFC 5280 4.2.1.12.
_CONSISTENT: Final = {
    "1.3.6.1.5.5.7.3.1": ("digitalSignature", "keyEncipherment", "keyAgreement"),
    "1.3.6.1.5.5.7.3.2": ("digitalSignature", "keyAgreement"),
    "1.3.6.1.5.5.7.3.3": ("digitalSignature",),
    "1.3.6.1.5.5.7.3.4": (*_SIGNING, "keyEncipherment", "keyAgreement"),
    "1.3.6.1.5.5.7.3.8": _SIGNING,
    "1.3.6.1.5.5.7.3.9": _SIGNING,
}


def _bits(certificate: Certificate) -> list[str]:
    """The bits of the keyUsage that are set, but the two that need keyAgreement beside them."""
    usage = certificate.extensions.key_usage
    return [name for name, attribute in _BITS if getattr(usage, attribute)]


def _without_usage(certificate: Certificate) -> frozenset[str]:
    """The purposes known here that go with no bit of the keyUsage; none where there is no keyUsage, or an empty one."""
    extensions = certificate.extensions
    usage, purposes = extensions.key_usage, extensions.extended_key_usage
    if usage is None or purposes is None or usage.digital_signature:  # digitalSignature goes with each of them
        return _NOTHING
    bits = _bits(certificate)
    if not bits:
        return _NOTHING
    return frozenset(one for one in purposes & _CONSISTENT.keys() if not any(bit in _CONSISTENT[one] for bit in bits))


_NOTHING: Final[frozenset[str]] = frozenset()
