"""Whether a certificate names whom the caller means: what it presents against a reference identity.

Makes: `Match`, `matches`, `findings`, and the codes of names.
May import: findings, x509; devices, reference and uris of this room.
Must never: look at the subject's common name, or repair a presented name.
Read first: `matches`.

Presented names that are malformed (an empty label, a space, an underscore, U-labels, an IP address as dNSName, a
wildcard that is not the whole left-most label) match nothing, for no reference has that form. They are not findings
here: whether they may be in a certificate at all is the profile's question.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from devicetrust.findings import Citation, Code, Effect, Finding, Severity
from devicetrust.identity.reference import DEVICE_KINDS, Reference, ReferenceKind
from devicetrust.identity.uris import comparison_form
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Attribute, Name

__all__ = ["NAME_MISMATCH", "NO_NAMES", "UNCHECKED", "Match", "Presenter", "findings", "matches"]

_FIELD = "tbsCertificate.extensions.subjectAltName"
_SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"  # id-on-SmtpUTF8Mailbox, RFC 9598 3
_MOST_SHOWN = 20
_LONGEST_SHOWN = 255  # characters

NAME_MISMATCH = Code(
    "identity.name_mismatch",
    Severity.ERROR,
    Citation("RFC 9525", "6.6"),
    rank=900,
    what="the certificate does not name {wanted}; it names {presented}",
    why="A valid certificate of somebody else proves nothing about this peer.",
    remedy="connect by one of the names in the certificate, or have it issued with {wanted} in its subjectAltName",
    effect=Effect.REFUSES,
)
NO_NAMES = Code(
    "identity.no_names",
    Severity.ERROR,
    Citation("RFC 9525", "6.2"),
    rank=900,
    what="the certificate has no name in its subjectAltName that could be {wanted}; it names {presented}",
    why="The common name of the subject is no identity: it has no type, and name constraints do not bind it.",
    remedy="have the certificate issued with {wanted} in its subjectAltName",
    effect=Effect.REFUSES,
)
UNCHECKED = Code(
    "identity.unchecked",
    Severity.NOTICE,
    Citation("RFC 9525", "6.1"),
    rank=10,
    what="whom the certificate names was not checked",
    why="The caller said Reference.UNCHECKED: it establishes the identity of the peer by other means.",
    remedy="pass a Reference (on the command line --name and its like), unless the identity is established elsewhere",
)

_UNCHECKED = (UNCHECKED.at(0, _FIELD),)
_TYPES = {
    ReferenceKind.DNS: GeneralNameType.DNS_NAME,
    ReferenceKind.IP: GeneralNameType.IP_ADDRESS,
    ReferenceKind.URI: GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER,
    ReferenceKind.UDAP: GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER,
}
_SHOWN_TYPES = {
    GeneralNameType.DNS_NAME: "dns",
    GeneralNameType.IP_ADDRESS: "ip",
    GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER: "uri",
    GeneralNameType.RFC822_NAME: "email",
}


class Presenter(Protocol):
    """What presents names: a `Certificate`."""

    @property
    def subject(self) -> Name: ...
    @property
    def subject_alternative_names(self) -> tuple[GeneralName, ...]: ...


class Match(NamedTuple):
    """A reference and the presented name that it takes. RFC 9525 6.6: the reference is the validated identity."""

    reference: Reference
    presented: GeneralName | Attribute


def matches(reference: Reference, certificate: Presenter) -> tuple[Match, ...]:
    """What of ``reference`` the ``certificate`` bears out; empty when it does not.

    RFC 9525 6.2 to 6.5; for devices see `devices.presented`. One match, or for `Reference.all_of` one a member; for an
    entry of an inventory those of what it lists. `Reference.UNCHECKED` has none.
    """
    kind = reference.kind
    if reference.references:
        members = [matches(member, certificate) for member in reference.references]
        if kind is ReferenceKind.ANY_OF:
            return next(filter(None, members), ())
        return tuple(match for member in members for match in member) if all(members) else ()
    presented = _presented(reference, certificate)
    return () if presented is None else (Match(reference, presented),)


def findings(reference: Reference, certificate: Presenter) -> tuple[Finding, ...]:
    """That the ``certificate`` bears out ``reference``: nothing when it does.

    RFC 9525 6.6. Yields `NAME_MISMATCH`, or `NO_NAMES` where no name is of a type that could match; for devices
    `DEVICE_MISMATCH` or `NO_DEVICE_IDENTITY`; for `Reference.all_of` one for each member not borne out; `UNCHECKED` for
    `Reference.UNCHECKED`. All at index 0.
    """
    kind = reference.kind
    if kind is ReferenceKind.UNCHECKED:
        return _UNCHECKED
    if kind is ReferenceKind.ALL_OF:
        return tuple(finding for member in reference.references for finding in findings(member, certificate))
    if kind is ReferenceKind.ANY_OF:
        return () if matches(reference, certificate) else (_not_borne_out(reference, certificate),)
    if reference.references:
        listed = findings(reference.references[0], certificate)
        return tuple(_under_entry(reference, finding) for finding in listed)
    return () if _presented(reference, certificate) is not None else (_not_borne_out(reference, certificate),)


def _under_entry(reference: Reference, finding: Finding) -> Finding:
    """A finding about what an inventory lists, which says under what entry it is listed."""
    facts = {**finding.facts, "wanted": f"{finding.facts['wanted']!s}, {reference.entry}"}
    return finding.code.at(finding.where.certificate, finding.where.field, **facts)


def _not_borne_out(reference: Reference, certificate: Presenter) -> Finding:
    """What was wanted, and what the certificate says where that is sought."""
    from devicetrust.identity import devices  # noqa: PLC0415, few programs bind to devices

    sought = _sought(reference)
    subject, names = certificate.subject, certificate.subject_alternative_names
    told = [line for one in sought if one.kind in DEVICE_KINDS for line in devices.told(one, subject, names)]
    if all(one.kind in DEVICE_KINDS for one in sought):
        return devices.finding(reference, sought, told)
    could_match = told or any(_could_match(one, name) for one in sought for name in names)
    return _finding(NAME_MISMATCH if could_match else NO_NAMES, reference, names, told)


def _sought(reference: Reference) -> tuple[Reference, ...]:
    """What is looked for in a certificate, of a reference made of others."""
    if not reference.references:
        return (reference,)
    return tuple(one for member in reference.references for one in _sought(member))


def _presented(reference: Reference, certificate: Presenter) -> GeneralName | Attribute | None:
    """The first name of the ``certificate`` that a reference of one name takes."""
    kind = reference.kind
    names = certificate.subject_alternative_names
    if kind is ReferenceKind.DNS:
        return _dns_name(reference, names)
    if kind is ReferenceKind.IP:
        return _ip_address(reference, names)
    if kind is ReferenceKind.URI:
        return _uri(reference, names)
    if kind is ReferenceKind.EMAIL:
        return _mailbox(reference, names)
    if kind is ReferenceKind.UDAP:
        return _exact_uri(reference, names)
    from devicetrust.identity import devices  # noqa: PLC0415, few programs bind to devices

    return devices.presented(reference, certificate.subject, names)


def _dns_name(reference: Reference, names: tuple[GeneralName, ...]) -> GeneralName | None:
    accepted = reference.accepted
    for name in names:
        if name.type is GeneralNameType.DNS_NAME:
            value = name.value
            # ASCII first: the Kelvin sign lower-cases to "k".
            if value in accepted or (isinstance(value, str) and value.isascii() and value.lower() in accepted):
                return name
    return None


def _ip_address(reference: Reference, names: tuple[GeneralName, ...]) -> GeneralName | None:
    for name in names:
        if name.type is GeneralNameType.IP_ADDRESS and name.value in reference.accepted:
            return name
    return None


def _uri(reference: Reference, names: tuple[GeneralName, ...]) -> GeneralName | None:
    accepted = reference.accepted
    for name in names:
        if name.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER:
            value = name.value
            if value in accepted or (isinstance(value, str) and comparison_form(value) in accepted):
                return name
    return None


def _exact_uri(reference: Reference, names: tuple[GeneralName, ...]) -> GeneralName | None:
    for name in names:
        if name.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER and name.value in reference.accepted:
            return name
    return None


def _mailbox(reference: Reference, names: tuple[GeneralName, ...]) -> GeneralName | None:
    accepted = reference.accepted
    for name in names:
        value = name.value
        if name.type is GeneralNameType.RFC822_NAME:
            if isinstance(value, str) and value.isascii():
                local_part, at, host = value.rpartition("@")
                if f"{local_part}{at}{host.lower()}" in accepted:
                    return name
        elif name.type_id == _SMTP_UTF8_MAILBOX and isinstance(value, bytes) and value in accepted:
            return name
    return None


def _could_match(reference: Reference, name: GeneralName) -> bool:
    """Whether ``name`` is of a type that ``reference`` is sought in."""
    if reference.kind is ReferenceKind.EMAIL:
        return name.type is GeneralNameType.RFC822_NAME or name.type_id == _SMTP_UTF8_MAILBOX
    return name.type is _TYPES.get(reference.kind)


def _finding(code: Code, reference: Reference, names: tuple[GeneralName, ...], told: list[str]) -> Finding:
    shown = (*told, *map(_shown, names[:_MOST_SHOWN]))[:_MOST_SHOWN]
    return code.at(0, _FIELD, wanted=str(reference), presented=shown, presented_count=len(names) + len(told))


def _shown(name: GeneralName) -> str:
    """A presented name as text of one bounded line: type, then value with what cannot be printed escaped."""
    label = _SHOWN_TYPES.get(name.type) or name.type_id or name.type.name.lower()
    text = name.value.hex() if isinstance(name.value, bytes) else str(name.value)
    line = f"{label}:{text[: _LONGEST_SHOWN + 1]}"
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
    return printable if len(printable) <= _LONGEST_SHOWN else f"{printable[: _LONGEST_SHOWN - 1]}…"
