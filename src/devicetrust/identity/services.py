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

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from devicetrust.findings import Citation, Code, Effect, Finding, Knowledge, Severity
from devicetrust.identity.reference import DEVICE_KINDS, Reference, ReferenceKind
from devicetrust.identity.uris import comparison_form
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Attribute, Name

if TYPE_CHECKING:
    from devicetrust.identity.devices import SubjectKeys

__all__ = ["NAME_MISMATCH", "NO_NAMES", "UNCHECKED", "Match", "Presenter", "findings", "matches"]

_FIELD = "tbsCertificate.extensions.subjectAltName"
_SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"  # id-on-SmtpUTF8Mailbox, RFC 9598 3
_MOST_SHOWN = 20
_LONGEST_SHOWN = 255  # characters

NAME_MISMATCH = Code(
    "identity.name_mismatch",
    Severity.ERROR,
    Citation("RFC 9525", "6.6", Knowledge.SECOND_HAND),
    rank=900,
    what="the certificate does not name {wanted}; it names {presented}",
    why="A valid certificate of somebody else proves nothing about this peer.",
    remedy="connect by one of the names in the certificate, or have it issued with {wanted} in its subjectAltName",
    effect=Effect.REFUSES,
)
NO_NAMES = Code(
    "identity.no_names",
    Severity.ERROR,
    Citation("RFC 9525", "6.2", Knowledge.SECOND_HAND),
    rank=900,
    what="the certificate has no name in its subjectAltName that could be {wanted}; it names {presented}",
    why="The common name of the subject is no identity: it has no type, and name constraints do not bind it.",
    remedy="have the certificate issued with {wanted} in its subjectAltName",
    effect=Effect.REFUSES,
)
UNCHECKED = Code(
    "identity.unchecked",
    Severity.NOTICE,
    Citation("RFC 9525", "6.1", Knowledge.SECOND_HAND),
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

    RFC 9525 6.2 to 6.5; for devices see `devices.compared`. One match, or for `Reference.all_of` one a member; for an
    entry of an inventory those of what it lists. `Reference.UNCHECKED` has none.
    """
    kind = reference.kind
    if reference.references:
        read = _index(certificate)
        if kind is ReferenceKind.ANY_OF:
            return next(filter(None, (matches(member, read) for member in reference.references)), ())
        members = [matches(member, read) for member in reference.references]
        return tuple(match for member in members for match in member) if all(members) else ()
    presented = None if kind is ReferenceKind.UNCHECKED else _presented(reference, certificate)
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
    if reference.references:
        certificate = _index(certificate)
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

    # What is told depends on the kind alone, and for a device on whether a manufacturer is meant.
    sought = tuple({(one.kind, len(one.accepted)): one for one in _sought(reference)}.values())
    subject, names = certificate.subject, certificate.subject_alternative_names
    lines = [line for one in sought if one.kind in DEVICE_KINDS for line in devices.told(one, subject, names)]
    told = list(dict.fromkeys(lines))
    if all(one.kind in DEVICE_KINDS for one in sought):
        return devices.finding(reference, sought, told)
    could_match = told or any(_could_match(one, name) for one in sought for name in names)
    return _finding(NAME_MISMATCH if could_match else NO_NAMES, reference, names, told)


def _sought(reference: Reference) -> tuple[Reference, ...]:
    """What is looked for in a certificate, of a reference made of others."""
    if not reference.references:
        return (reference,)
    return tuple(one for member in reference.references for one in _sought(member))


class _Index:
    """A certificate whose names are read once for each kind of reference, however many there are of it.

    Thousands of devices that may be meant, and thousands of names that a stranger presents, cost their sum.
    """

    def __init__(self, certificate: Presenter) -> None:
        self.subject = certificate.subject
        self.subject_alternative_names = certificate.subject_alternative_names
        self._read: dict[ReferenceKind, dict[object, GeneralName]] = {}
        self._subject_keys: dict[int, SubjectKeys] = {}

    def presented(self, reference: Reference) -> GeneralName | Attribute | None:
        """The name that a reference of one name takes."""
        kind = reference.kind
        if kind is ReferenceKind.DEVICE:
            from devicetrust.identity import devices  # noqa: PLC0415, few programs bind to devices

            count = len(reference.accepted)
            if count not in self._subject_keys:
                self._subject_keys[count] = devices.subject_keys(self.subject, count)
            return devices.of_subject(reference, self._subject_keys[count])
        if kind not in self._read:
            compared = list(_compared(kind, self))
            self._read[kind] = {value: name for name, value in reversed(compared)}
        read = self._read[kind]
        return next((read[one] for one in reference.accepted if one in read), None)


def _index(certificate: Presenter) -> _Index:
    return certificate if isinstance(certificate, _Index) else _Index(certificate)


def _presented(reference: Reference, certificate: Presenter) -> GeneralName | Attribute | None:
    """The first name of the ``certificate`` that a reference of one name takes."""
    if isinstance(certificate, _Index):
        return certificate.presented(reference)
    accepted, kind = reference.accepted, reference.kind
    form = _FORMS.get(kind)
    if form is not None:
        for name in certificate.subject_alternative_names:
            if form(name) in accepted:
                return name
        return None
    if kind is ReferenceKind.DEVICE:
        from devicetrust.identity import devices  # noqa: PLC0415, few programs bind to devices

        return devices.of_subject(reference, devices.subject_keys(certificate.subject, len(accepted)))
    for name, value in _compared(kind, certificate):
        if value in accepted:
            return name
    return None


def _compared(kind: ReferenceKind, certificate: Presenter) -> Iterator[tuple[GeneralName, object]]:
    """The alternative names, each in the form that references of this ``kind`` accept; None: in none."""
    form = _FORMS.get(kind)
    if form is not None:
        return ((name, form(name)) for name in certificate.subject_alternative_names)
    from devicetrust.identity import devices  # noqa: PLC0415, few programs bind to devices

    return devices.compared(kind, certificate.subject, certificate.subject_alternative_names)


def _dns_name(name: GeneralName) -> object:
    if name.type is GeneralNameType.DNS_NAME:
        value = name.value
        if isinstance(value, str) and value.isascii():  # the Kelvin sign lower-cases to "k"
            return value.lower()
    return None


def _ip_address(name: GeneralName) -> object:
    return name.value if name.type is GeneralNameType.IP_ADDRESS else None


def _uri(name: GeneralName) -> object:
    value = _exact_uri(name)
    return comparison_form(value) if isinstance(value, str) else None


def _exact_uri(name: GeneralName) -> object:
    return name.value if name.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER else None


def _mailbox(name: GeneralName) -> object:
    value = name.value
    if name.type is GeneralNameType.RFC822_NAME and isinstance(value, str) and value.isascii():
        local_part, at, host = value.rpartition("@")
        return f"{local_part}{at}{host.lower()}"
    return value if name.type_id == _SMTP_UTF8_MAILBOX and isinstance(value, bytes) else None


_FORMS: Final[dict[ReferenceKind, Callable[[GeneralName], object]]] = {
    ReferenceKind.DNS: _dns_name,
    ReferenceKind.IP: _ip_address,
    ReferenceKind.URI: _uri,
    ReferenceKind.UDAP: _exact_uri,
    ReferenceKind.EMAIL: _mailbox,
}


def _could_match(reference: Reference, name: GeneralName) -> bool:
    """Whether ``name`` is of a type that ``reference`` is sought in."""
    if reference.kind is ReferenceKind.EMAIL:
        return name.type is GeneralNameType.RFC822_NAME or name.type_id == _SMTP_UTF8_MAILBOX
    return name.type is _TYPES.get(reference.kind)


def _finding(code: Code, reference: Reference, names: tuple[GeneralName, ...], told: list[str]) -> Finding:
    shown = (*told, *map(_shown, names[:_MOST_SHOWN]))[:_MOST_SHOWN]
    return code.at(0, _FIELD, wanted=reference.summary, presented=shown, presented_count=len(names) + len(told))


def _shown(name: GeneralName) -> str:
    """A presented name as text of one bounded line: type, then value with what cannot be printed escaped."""
    label = _SHOWN_TYPES.get(name.type) or name.type_id or name.type.name.lower()
    text = name.value.hex() if isinstance(name.value, bytes) else str(name.value)
    line = f"{label}:{text[: _LONGEST_SHOWN + 1]}"
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
    return printable if len(printable) <= _LONGEST_SHOWN else f"{printable[: _LONGEST_SHOWN - 1]}…"
