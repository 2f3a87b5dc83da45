"""What OpenSSL refuses in every handshake: the purposes of X509_PURPOSE_SSL_CLIENT and X509_PURPOSE_SSL_SERVER.

Makes: rules for certificates of TLS clients, and for those of servers.
May import: findings, x509, rules.rule.
Must never: take anyExtendedKeyUsage for a purpose: OpenSSL does not in a handshake.
Read first: `client_key_purpose`.

An offline verdict is not a handshake's: X509_verify_cert without a purpose, pyca's verifier with a lenient policy and
many a profile admit what ends with verify code 26 on the wire. Each certificate of the path is looked at, the anchor's
too, and no setting of Python's ``ssl`` turns it off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity, Waivable
from devicetrust.rules.concerns import has_key_purposes, has_key_usage
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = [
    "client_certificate_type",
    "client_key_purpose",
    "client_key_usage",
    "handshake_key_identifiers",
    "server_certificate_type",
    "server_key_purpose",
    "server_key_usage",
]

_EXTENSIONS: Final = "tbsCertificate.extensions"
_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
# serverAuth, and the two server-gated purposes of Microsoft and Netscape, which OpenSSL takes for it.
_SERVER_AUTH: Final = frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"})
_CERTIFICATE_TYPE: Final = "2.16.840.1.113730.1.1"


def _refused(check: str, purpose: str, what: str, remedy: str, code: int = 26) -> Code:
    return Code(
        f"compatibility.{check}",
        Severity.WARNING,
        Citation("OpenSSL 3", purpose),
        rank=543,
        what=f"{what}: OpenSSL ends the handshake with verify code {code}",
        why="It looks before any application does. Software on OpenSSL cannot admit the certificate in TLS, though a "
        "check outside of a handshake may.",
        remedy=remedy,
        waivable=Waivable.BY_WAIVER,
    )


_CLIENT: Final = "X509_PURPOSE_SSL_CLIENT"
_SERVER: Final = "X509_PURPOSE_SSL_SERVER"
NO_CLIENT_PURPOSE: Final = _refused(
    "client_key_purpose",
    _CLIENT,
    "the extendedKeyUsage lists {found}, not clientAuth",
    "have the certificate issued with clientAuth beside its other purposes, or without an extendedKeyUsage",
)
NO_SERVER_PURPOSE: Final = _refused(
    "server_key_purpose",
    _SERVER,
    "the extendedKeyUsage lists {found}, not serverAuth",
    "have the certificate issued with serverAuth beside its other purposes, or without an extendedKeyUsage",
)
NO_CLIENT_USAGE: Final = _refused(
    "client_key_usage",
    _CLIENT,
    "keyUsage has neither digitalSignature nor keyAgreement",
    "have the certificate issued with digitalSignature in its keyUsage",
)
NO_SERVER_USAGE: Final = _refused(
    "server_key_usage",
    _SERVER,
    "keyUsage has none of digitalSignature, keyEncipherment and keyAgreement",
    "have the certificate issued with digitalSignature in its keyUsage",
)
_NO_TYPE: Final = "have the certificate issued without the certificate type of Netscape, which nobody else needs"
NO_CLIENT_TYPE: Final = _refused(
    "client_certificate_type", _CLIENT, "Netscape's certificate type does not say client", _NO_TYPE
)
NO_SERVER_TYPE: Final = _refused(
    "server_certificate_type", _SERVER, "Netscape's certificate type does not say server", _NO_TYPE
)
CRITICAL_IDENTIFIER: Final = _refused(
    "handshake_key_identifiers",
    "X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION",
    "a key identifier is critical",
    "have the certificate issued again with non-critical key identifiers, as RFC 5280 wants them",
    34,
)


def _has_type(certificate: Certificate) -> bool:
    return bool(certificate.extensions.octets(_CERTIFICATE_TYPE))


@rule(NO_CLIENT_PURPOSE, *_EVERYWHERE, concerns=has_key_purposes)
def client_key_purpose(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is an extendedKeyUsage, on a device, a CA or a root, it lists clientAuth."""
    found = certificate.extensions.extended_key_usage or frozenset()
    if _CLIENT_AUTH in found:
        return ()
    return (NO_CLIENT_PURPOSE.at(index, f"{_EXTENSIONS}.extKeyUsage", found=tuple(sorted(found))),)


@rule(NO_SERVER_PURPOSE, *_EVERYWHERE, concerns=has_key_purposes)
def server_key_purpose(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is an extendedKeyUsage, on a device, a CA or a root, it lists serverAuth."""
    found = certificate.extensions.extended_key_usage or frozenset()
    if not _SERVER_AUTH.isdisjoint(found):
        return ()
    return (NO_SERVER_PURPOSE.at(index, f"{_EXTENSIONS}.extKeyUsage", found=tuple(sorted(found))),)


@rule(NO_CLIENT_USAGE, Role.LEAF, concerns=has_key_usage)
def client_key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a keyUsage, it has digitalSignature or keyAgreement."""
    usage = certificate.extensions.key_usage
    if usage is None or usage.digital_signature or usage.key_agreement:
        return ()
    return (NO_CLIENT_USAGE.at(index, f"{_EXTENSIONS}.keyUsage"),)


@rule(NO_SERVER_USAGE, Role.LEAF, concerns=has_key_usage)
def server_key_usage(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a keyUsage, it has digitalSignature, keyEncipherment or keyAgreement."""
    usage = certificate.extensions.key_usage
    if usage is None or usage.digital_signature or usage.key_encipherment or usage.key_agreement:
        return ()
    return (NO_SERVER_USAGE.at(index, f"{_EXTENSIONS}.keyUsage"),)


@rule(NO_CLIENT_TYPE, Role.LEAF, concerns=_has_type)
def client_certificate_type(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a certificate type of Netscape, it says SSL client."""
    return _lacks_type(NO_CLIENT_TYPE, 0x80, certificate, index)


@rule(NO_SERVER_TYPE, Role.LEAF, concerns=_has_type)
def server_certificate_type(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where there is a certificate type of Netscape, it says SSL server."""
    return _lacks_type(NO_SERVER_TYPE, 0x40, certificate, index)


@rule(CRITICAL_IDENTIFIER, *_EVERYWHERE)
def handshake_key_identifiers(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Neither authorityKeyIdentifier nor subjectKeyIdentifier is critical."""
    if certificate.extensions.critical.isdisjoint(_IDENTIFIERS):
        return ()
    return (CRITICAL_IDENTIFIER.at(index, _EXTENSIONS),)


def _lacks_type(code: Code, bit: int, certificate: Certificate, index: int) -> Iterable[Finding]:
    """A BIT STRING of up to eight bits: tag, length, unused bits, bits."""
    octets = certificate.extensions.octets(_CERTIFICATE_TYPE)
    if len(octets) >= 4 and octets[0] == 0x03 and octets[3] & bit:
        return ()
    return (code.at(index, f"{_EXTENSIONS}.netscapeCertType"),)


_IDENTIFIERS: Final = frozenset({oids.AUTHORITY_KEY_IDENTIFIER, oids.SUBJECT_KEY_IDENTIFIER})
