"""What post-quantum keys may be used for.

Makes: rules on the keyUsage and purposes of such keys.
May import: findings, x509, rules.rule, rules.pqc.algorithms.
Must never: judge a classical key.
Read first: `signature_key_usage`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.pqc.algorithms import is_no_classical_key
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.algorithm_names import ML_DSA, ML_KEM, SLH_DSA, STATEFUL_SIGNATURES, algorithm_name
from devicetrust.x509.certificate import Certificate

__all__ = ["encapsulation_key_usage", "signature_key_usage", "stateful_not_for_tls"]

_KEY_USAGE: Final = "tbsCertificate.extensions.keyUsage"

SIGNATURE_USAGE: Final = Code(
    "pqc.signature_key_usage",
    Severity.ERROR,
    Citation("RFC 9881", "5", Knowledge.SECOND_HAND),
    rank=601,
    what="the key is of {algorithm}, which only signs; its keyUsage is {found} (SLH-DSA likewise: RFC 9909)",
    why="A key usage that the key cannot have shows a confused issuer; a key without one that it can is of no use.",
    remedy="have the certificate issued with digitalSignature, or for a CA keyCertSign and cRLSign, and nothing else",
    waivable=Waivable.BY_WAIVER,
)
ENCAPSULATION_USAGE: Final = Code(
    "pqc.encapsulation_key_usage",
    Severity.ERROR,
    Citation("RFC 9935", "5", Knowledge.SECOND_HAND),
    rank=600,
    what="the key is of {algorithm}, for which keyEncipherment must be the only key usage; it is {found}",
    why="Such a key cannot sign: it can be neither a peer of TLS nor a CA.",
    remedy="have the certificate issued with keyEncipherment alone, and use a signature key for TLS",
    waivable=Waivable.BY_WAIVER,
)
STATEFUL: Final = Code(
    "pqc.stateful_not_for_tls",
    Severity.ERROR,
    Citation("NIST SP 800-208", "1.1", Knowledge.SECOND_HAND),
    rank=599,
    what="the key is of {algorithm}, a signature with a state, and the certificate is for TLS",
    why="Each of its one-time keys may sign once; a device that loses count in a crash gives its private key away.",
    remedy="use ML-DSA for TLS, and keep signatures with a state for firmware and for CAs",
    waivable=Waivable.BY_WAIVER,
)


@rule(SIGNATURE_USAGE, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR, concerns=is_no_classical_key)
def signature_key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of an ML-DSA or SLH-DSA key, where present, names a signature, and nothing but signatures."""
    oid, usages = _of(certificate)
    if oid not in _SIGNING or usages is None or (usages and usages <= _SIGNATURES):
        return ()
    return (SIGNATURE_USAGE.at(index, _KEY_USAGE, algorithm=algorithm_name(oid), found=tuple(sorted(usages))),)


@rule(ENCAPSULATION_USAGE, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR, concerns=is_no_classical_key)
def encapsulation_key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The keyUsage of an ML-KEM key, where present, is keyEncipherment alone."""
    oid, usages = _of(certificate)
    if oid not in ML_KEM or usages is None or usages == {"keyEncipherment"}:
        return ()
    return (ENCAPSULATION_USAGE.at(index, _KEY_USAGE, algorithm=algorithm_name(oid), found=tuple(sorted(usages))),)


@rule(STATEFUL, Role.LEAF, concerns=is_no_classical_key)
def stateful_not_for_tls(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A device's key is not of HSS/LMS, XMSS or XMSS^MT, unless its certificate leaves out the purposes of TLS."""
    oid, _ = _of(certificate)
    if oid not in STATEFUL_SIGNATURES:
        return ()
    purposes = certificate.extensions.extended_key_usage
    if purposes is not None and purposes.isdisjoint(_TLS):
        return ()
    field = "tbsCertificate.subjectPublicKeyInfo.algorithm"
    return (STATEFUL.at(index, field, algorithm=algorithm_name(oid)),)


_SIGNING: Final = {**ML_DSA, **SLH_DSA}
_SIGNATURES: Final = frozenset({"digitalSignature", "nonRepudiation", "keyCertSign", "cRLSign"})
_TLS: Final = frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"})
# RFC 5280 4.2.1.3, by the attributes under which they are read.
_USAGES: Final = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}


def _of(certificate: Certificate) -> tuple[str, frozenset[str] | None]:
    """The dotted OID of the key's algorithm, empty where it cannot be read, and the usages; None where not stated."""
    contents = certificate.public_key.contents
    usage = certificate.extensions.key_usage
    oid = "" if contents is None else contents.algorithm
    if usage is None:
        return oid, None
    found = {name for attribute, name in _USAGES.items() if getattr(usage, attribute)}
    if usage.key_agreement:  # without it the two cannot be asked for
        found |= {name for name in ("encipherOnly", "decipherOnly") if getattr(usage, _ONLY[name])}
    return oid, frozenset(found)


_ONLY: Final = {"encipherOnly": "encipher_only", "decipherOnly": "decipher_only"}
