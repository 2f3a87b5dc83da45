"""RFC 5280 4.2.1.6 and 4.2.1.7, and RFC 9598: alternative names.

Makes: rules on the names of the subjectAltName, form by form. dNSNames are in `extensions`.
May import: findings, x509, rules.rule.
Must never: compare a name with one that is asked for (``identity`` does).
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.concerns import has_alternative_names
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import (
    SMTP_UTF8_MAILBOX,
    GeneralNameType,
    is_valid_mailbox,
    is_valid_smtp_utf8_mailbox,
    is_valid_uri,
    smtp_utf8_text,
)
from devicetrust.x509.names import Name

__all__ = [
    "alternative_names_not_empty",
    "mailboxes_well_formed",
    "smtp_utf8_mailboxes_well_formed",
    "uris_well_formed",
]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_FIELD: Final = "tbsCertificate.extensions.subjectAltName"
_OTHER_NAME: Final = GeneralNameType.OTHER_NAME
_RFC822_NAME: Final = GeneralNameType.RFC822_NAME
_DIRECTORY_NAME: Final = GeneralNameType.DIRECTORY_NAME
_URI: Final = GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER

NAMES_EMPTY: Final = Code(
    "rfc5280.alternative_names_not_empty",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.6"),
    rank=627,
    what="the subjectAltName {reason}",
    why="Software differs on whom such a certificate names: nobody, or whoever is asked for.",
    remedy="have the certificate issued again with the names of its holder, or without the extension",
)
MAILBOX_MALFORMED: Final = Code(
    "rfc5280.mailboxes_well_formed",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.6"),
    rank=595,
    what="the rfc822Name {name} is no e-mail address (local part, @, host name; all ASCII)",
    why="Software differs on what such a name matches, and constraints of CAs cannot be applied to it.",
    remedy="have the certificate issued again with well-formed addresses, without names or brackets around them",
)
URI_MALFORMED: Final = Code(
    "rfc5280.uris_well_formed",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.6"),
    rank=594,
    what="the uniformResourceIdentifier {name} is no absolute URI (scheme and more; a host is a name or an address)",
    why="Software differs on what such a name matches, and constraints of CAs cannot be applied to it.",
    remedy="have the certificate issued again with well-formed URIs",
)
UTF8_MAILBOX_MALFORMED: Final = Code(
    "rfc9598.smtp_utf8_mailboxes_well_formed",
    Severity.ERROR,
    Citation("RFC 9598", "3"),
    rank=593,
    what="the SmtpUTF8Mailbox {name} {reason}",
    why="Software that compares octet by octet does not find the address, and constraints of CAs do not reach it.",
    remedy="have the certificate issued again; an address in ASCII belongs into an rfc822Name",
)


def _has_extension(certificate: Certificate) -> bool:
    extensions = certificate.extensions
    return (
        extensions.subject_alternative_name_critical is not None and oids.SUBJECT_ALT_NAME not in extensions.unreadable
    )


@rule(NAMES_EMPTY, *_EVERYWHERE, concerns=_has_extension)
def alternative_names_not_empty(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A subjectAltName holds a name at least, and no directory name without attributes.

    Empty names of the other forms are malformed, and another rule's.
    """
    extensions = certificate.extensions
    if not extensions.subject_alternative_names:
        return (NAMES_EMPTY.at(index, _FIELD, reason="holds no name"),)
    return [
        NAMES_EMPTY.at(index, f"{_FIELD}[{position}]", reason="holds an empty directory name")
        for position, name in extensions.alternative_names_of(_DIRECTORY_NAME)
        if isinstance(name.value, Name) and name.value.is_empty
    ]


@rule(MAILBOX_MALFORMED, *_EVERYWHERE, concerns=has_alternative_names)
def mailboxes_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every rfc822Name is a mailbox."""
    return [
        MAILBOX_MALFORMED.at(index, f"{_FIELD}[{position}]", name=str(name.value))
        for position, name in certificate.extensions.alternative_names_of(_RFC822_NAME)
        if not is_valid_mailbox(str(name.value))
    ]


@rule(URI_MALFORMED, *_EVERYWHERE, concerns=has_alternative_names)
def uris_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every uniformResourceIdentifier is an absolute URI."""
    return [
        URI_MALFORMED.at(index, f"{_FIELD}[{position}]", name=str(name.value))
        for position, name in certificate.extensions.alternative_names_of(_URI)
        if not is_valid_uri(str(name.value))
    ]


@rule(UTF8_MAILBOX_MALFORMED, *_EVERYWHERE, concerns=has_alternative_names)
def smtp_utf8_mailboxes_well_formed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every SmtpUTF8Mailbox has a local part beyond ASCII, a domain in lower case, and no byte order mark."""
    return [
        UTF8_MAILBOX_MALFORMED.at(
            index, f"{_FIELD}[{position}]", name=smtp_utf8_text(name.value) or "", reason=_fault(name.value)
        )
        for position, name in certificate.extensions.alternative_names_of(_OTHER_NAME)
        if name.type_id == SMTP_UTF8_MAILBOX
        and isinstance(name.value, bytes)
        and not is_valid_smtp_utf8_mailbox(name.value)
    ]


def _fault(value: bytes) -> str:
    text = smtp_utf8_text(value)
    if text is None:
        return "is no UTF8String"
    if text.startswith("\ufeff"):
        return "starts with a byte order mark"
    if text.rpartition("@")[0].isascii():
        return "has nothing beyond ASCII before the @"
    return "is no address with a domain of ASCII labels in lower case"
