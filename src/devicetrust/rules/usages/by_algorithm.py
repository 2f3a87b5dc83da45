"""What a key of each kind may be used for: RFC 3279 2.3.1, RFC 4055 1.2, RFC 8410 5, RFC 8813 3; and RFC 3161 2.3.

Makes: rules on keyUsage beside the algorithm of the key.
May import: findings, x509, rules.rule.
Must never: judge the strength of a key.
Read first: any rule.

RFC 4055 was read. The others are known at second hand, through zlint and pkilint.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = [
    "edwards_signs_only",
    "elliptic_curve_enciphers_nothing",
    "montgomery_agrees_only",
    "rsa_agrees_on_nothing",
    "rsa_pss_signs",
    "time_stamping_alone_and_critical",
]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_KEY_USAGE: Final = "tbsCertificate.extensions.keyUsage"
_REISSUE: Final = "have the certificate issued again with the usages that a key of this kind can have"

RSA_AGREES: Final = Code(
    "usages.rsa_agrees_on_nothing",
    Severity.ERROR,
    Citation("RFC 3279", "2.3.1", Knowledge.SECOND_HAND),
    rank=587,
    what="the keyUsage of an RSA key has keyAgreement",
    why="RSA keys sign and encipher; none can agree on a key.",
    remedy=_REISSUE,
)
PSS_SIGNS_NOT: Final = Code(
    "usages.rsa_pss_signs",
    Severity.ERROR,
    Citation("RFC 4055", "1.2"),
    rank=586,
    what="the keyUsage of a key for RSASSA-PSS has none of the bits for signatures",
    why="Such a key makes signatures and nothing else, so the certificate is good for nothing.",
    remedy=_REISSUE,
)
CURVE_ENCIPHERS: Final = Code(
    "usages.elliptic_curve_enciphers_nothing",
    Severity.ERROR,
    Citation("RFC 8813", "3", Knowledge.SECOND_HAND),
    rank=585,
    what="the keyUsage of an elliptic curve key has {found}",
    why="Keys on elliptic curves sign and agree on keys; none can encipher.",
    remedy=_REISSUE,
)
EDWARDS_NOT_SIGNING: Final = Code(
    "usages.edwards_signs_only",
    Severity.ERROR,
    Citation("RFC 8410", "5", Knowledge.SECOND_HAND),
    rank=584,
    what="the keyUsage of an {algorithm} key {reason}",
    why="Such a key makes signatures and nothing else.",
    remedy=_REISSUE,
)
MONTGOMERY_NOT_AGREEING: Final = Code(
    "usages.montgomery_agrees_only",
    Severity.ERROR,
    Citation("RFC 8410", "5", Knowledge.SECOND_HAND),
    rank=583,
    what="the keyUsage of an X25519 or X448 key {reason}",
    why="Such a key agrees on keys and does nothing else.",
    remedy=_REISSUE,
)
TIME_STAMPING: Final = Code(
    "usages.time_stamping_alone_and_critical",
    Severity.ERROR,
    Citation("RFC 3161", "2.3", Knowledge.SECOND_HAND),
    rank=582,
    what="the purpose timeStamping {reason}",
    why="Software that checks time stamps refuses those of such a certificate.",
    remedy="have a certificate of its own issued for time stamps, with a critical extKeyUsage of this purpose alone",
)

_ENCIPHERING: Final = (
    ("keyEncipherment", "key_encipherment"),
    ("dataEncipherment", "data_encipherment"),
)
_SIGNING: Final = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
_EDWARDS: Final = frozenset({"Ed25519", "Ed448"})
# AlgorithmIdentifiers at their place in a SubjectPublicKeyInfo of a short length: id-X25519 and id-X448.
_MONTGOMERY: Final = (bytes.fromhex("302a300506032b656e"), bytes.fromhex("3042300506032b656f"))
# id-RSASSA-PSS, RFC 4055 1.2.
_RSASSA_PSS: Final = bytes.fromhex("06092a864886f70d01010a")


def _is_pss(certificate: Certificate) -> bool:
    key = certificate.public_key
    return not key.is_plain and _RSASSA_PSS in key.der[:24]


def _is_edwards(certificate: Certificate) -> bool:
    return certificate.public_key.algorithm in _EDWARDS


def _is_montgomery(certificate: Certificate) -> bool:
    key = certificate.public_key
    return not key.is_plain and key.der.startswith(_MONTGOMERY)


@rule(RSA_AGREES, *_EVERYWHERE)
def rsa_agrees_on_nothing(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of an RSA key has no keyAgreement."""
    usage = certificate.extensions.key_usage
    if usage is not None and usage.key_agreement and certificate.public_key.algorithm == "RSA":
        return (RSA_AGREES.at(index, _KEY_USAGE),)
    return ()


@rule(PSS_SIGNS_NOT, *_EVERYWHERE, concerns=_is_pss)
def rsa_pss_signs(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of a key for RSASSA-PSS has a bit for signatures."""
    usage = certificate.extensions.key_usage
    if usage is None or any(getattr(usage, bit) for bit in _SIGNING):
        return ()
    return (PSS_SIGNS_NOT.at(index, _KEY_USAGE),)


@rule(CURVE_ENCIPHERS, *_EVERYWHERE)
def elliptic_curve_enciphers_nothing(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of an elliptic curve key has neither keyEncipherment nor dataEncipherment."""
    usage = certificate.extensions.key_usage
    if usage is None or not (usage.key_encipherment or usage.data_encipherment):
        return ()
    if certificate.public_key.algorithm != "EC":
        return ()
    found = tuple(name for name, attribute in _ENCIPHERING if getattr(usage, attribute))
    return (CURVE_ENCIPHERS.at(index, _KEY_USAGE, found=found),)


@rule(EDWARDS_NOT_SIGNING, *_EVERYWHERE, concerns=_is_edwards)
def edwards_signs_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of an Ed25519 or Ed448 key has bits for signatures, and no other."""
    usage = certificate.extensions.key_usage
    if usage is None:
        return ()
    if usage.key_encipherment or usage.data_encipherment or usage.key_agreement:
        reason = "has bits for other things than signatures"
    elif not any(getattr(usage, bit) for bit in _SIGNING):
        reason = "has none of the bits for signatures"
    else:
        return ()
    return (EDWARDS_NOT_SIGNING.at(index, _KEY_USAGE, algorithm=certificate.public_key.algorithm, reason=reason),)


@rule(MONTGOMERY_NOT_AGREEING, *_EVERYWHERE, concerns=_is_montgomery)
def montgomery_agrees_only(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of an X25519 or X448 key has keyAgreement, and no bit but those that go with it."""
    usage = certificate.extensions.key_usage
    if usage is None:
        return ()
    if not usage.key_agreement:
        reason = "lacks keyAgreement"
    elif usage.key_encipherment or usage.data_encipherment or any(getattr(usage, bit) for bit in _SIGNING):
        reason = "has other bits than keyAgreement"
    else:
        return ()
    return (MONTGOMERY_NOT_AGREEING.at(index, _KEY_USAGE, reason=reason),)


@rule(TIME_STAMPING, Role.LEAF)
def time_stamping_alone_and_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The purpose timeStamping stands alone, in a critical extKeyUsage."""
    extensions = certificate.extensions
    purposes = extensions.extended_key_usage
    if purposes is None or _TIME_STAMPING not in purposes:
        return ()
    reasons: list[str] = []
    if oids.EXTENDED_KEY_USAGE not in extensions.critical:
        reasons.append("is in an extKeyUsage that is not critical")
    if len(purposes) > 1:
        reasons.append("does not stand alone")
    field = "tbsCertificate.extensions.extKeyUsage"
    return [TIME_STAMPING.at(index, field, reason=reason) for reason in reasons]


_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
