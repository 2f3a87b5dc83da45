"""draft-ietf-uta-tls13-iot-profile 17.1 and 19: what holds for every certificate of an IoT device's path.

Makes: rules on algorithms, pointers to a status, and size.
May import: findings, x509, rules.rule.
Must never: judge strength: the profile's strength policy does.
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.signatures import signature_algorithm

__all__ = [
    "distribution_points_not_critical",
    "key_on_named_curve",
    "signed_with_ecdsa",
    "small_certificate",
    "small_chain",
    "without_status_pointers",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"


def _profile(clause: str) -> Citation:
    return Citation("draft-ietf-uta-tls13-iot-profile", clause)


NOT_ECDSA: Final = Code(
    "iot_tls.signed_with_ecdsa",
    Severity.ERROR,
    _profile("17.1.3"),
    rank=576,
    what="signed with {algorithm}; the profile has ECDSA with SHA-256 or stronger",
    why="A constrained peer may know no other algorithm, and then cannot verify the certificate.",
    remedy="have the certificate issued by a CA with a key on P-256, P-384 or P-521",
    waivable=Waivable.BY_WAIVER,
)
KEY_NOT_ON_CURVE: Final = Code(
    "iot_tls.key_on_named_curve",
    Severity.WARNING,
    _profile("17.1.6"),
    rank=535,
    what="the key is {key}; the profile has P-256, P-384 and P-521",
    why="A constrained peer may know no other kind of key, and then cannot verify what it signs.",
    remedy="generate a key on P-256 and have a certificate issued for it",
    waivable=Waivable.BY_WAIVER,
)
STATUS_POINTERS: Final = Code(
    "iot_tls.without_status_pointers",
    Severity.WARNING,
    _profile("17.1.7"),
    rank=508,
    what="the certificate points to {found}, which constrained devices do not ask",
    why="The pointers take space in every handshake; devices are managed and renewed instead.",
    remedy="nothing to do where all peers ask for the status; else have short-lived certificates issued without these",
)
POINTS_CRITICAL: Final = Code(
    "iot_tls.distribution_points_not_critical",
    Severity.ERROR,
    _profile("17.1.7"),
    rank=564,
    what="cRLDistributionPoints is critical",
    why="A constrained device does not process the extension, and refuses the certificate therefore.",
    remedy="have the certificate issued again with the extension non-critical, or without it",
)
LARGE_CERTIFICATE: Final = Code(
    "iot_tls.small_certificate",
    Severity.NOTICE,
    _profile("19"),
    rank=503,
    what="the certificate has {octets} octets; above 4096 constrained peers are known to fail",
    why="Buffers of small devices are small, and each lost packet costs a whole flight of the handshake.",
    remedy="use keys on elliptic curves, short names and few extensions",
)
LARGE_CHAIN: Final = Code(
    "iot_tls.small_chain",
    Severity.NOTICE,
    _profile("19"),
    rank=504,
    what="the certificates to be sent have {octets} octets; above 16384 constrained peers are known to fail",
    why="One record of TLS holds 16384 octets, and the buffers of small devices hold less.",
    remedy="use fewer CAs between device and root, and keys on elliptic curves",
)


@rule(NOT_ECDSA, Role.LEAF, Role.INTERMEDIATE)
def signed_with_ecdsa(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The signature is by ECDSA with SHA-256, SHA-384 or SHA-512."""
    algorithm = signature_algorithm(certificate.signature_algorithm)
    if algorithm is not None and algorithm.key == "EC" and algorithm.hash in _DIGESTS:
        return ()
    name = "an algorithm that is not known here" if algorithm is None else algorithm.name
    return (NOT_ECDSA.at(index, "signatureAlgorithm", algorithm=name),)


@rule(KEY_NOT_ON_CURVE, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
def key_on_named_curve(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The key lies on P-256, P-384 or P-521."""
    key = certificate.public_key
    if key.curve in _CURVES:
        return ()
    return (KEY_NOT_ON_CURVE.at(index, "tbsCertificate.subjectPublicKeyInfo", key=str(key)),)


@rule(STATUS_POINTERS, Role.LEAF, Role.INTERMEDIATE)
def without_status_pointers(certificate: Certificate, index: int) -> Iterable[Finding]:
    """There are no cRLDistributionPoints, and no OCSP responder in authorityInfoAccess."""
    extensions = certificate.extensions
    if extensions.has_none_of(_POINTERS):
        return ()
    found = ("CRLs",) if oids.CRL_DISTRIBUTION_POINTS in extensions.present else ()
    if extensions.has_ocsp_pointer:
        found = (*found, "an OCSP responder")
    return (STATUS_POINTERS.at(index, _EXTENSIONS, found=found),) if found else ()


@rule(POINTS_CRITICAL, Role.LEAF, Role.INTERMEDIATE)
def distribution_points_not_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """cRLDistributionPoints, if any, is not critical; RFC 5280 only recommends that."""
    if oids.CRL_DISTRIBUTION_POINTS not in certificate.extensions.critical:
        return ()
    return (POINTS_CRITICAL.at(index, f"{_EXTENSIONS}.cRLDistributionPoints"),)


@rule(LARGE_CERTIFICATE, Role.LEAF)
def small_certificate(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The certificate has at most 4096 octets. The profile states no number: this one is ours."""
    octets = len(certificate.der)
    return (LARGE_CERTIFICATE.at(index, "certificate", octets=octets),) if octets > 4096 else ()


@chain_rule(LARGE_CHAIN, Role.LEAF)
def small_chain(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The chain without its root has at most 16384 octets. The profile states no number: one record's is taken."""
    octets = len(certificate.der) + sum(len(one.der) for one in issuers if not one.is_self_issued)
    return (LARGE_CHAIN.at(index, "certificate", octets=octets),) if octets > 16_384 else ()


_DIGESTS: Final = frozenset({"SHA-256", "SHA-384", "SHA-512"})
_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_POINTERS: Final = frozenset({oids.CRL_DISTRIBUTION_POINTS, oids.AUTHORITY_INFORMATION_ACCESS})
