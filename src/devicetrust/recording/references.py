"""References as plain values, and back by the constructors that made them.

Makes: `RecordedReference`, `recorded_reference`, `reference_of`.
May import: errors, identity.
Must never: make a reference but by its constructor.
Read first: `recorded_reference`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from devicetrust.errors import MisuseError
from devicetrust.identity import Reference
from devicetrust.identity.reference import BOUND_KINDS, ReferenceKind

__all__ = ["RecordedReference", "recorded_reference", "reference_of"]


class RecordedReference(NamedTuple):
    """A reference by what its constructor is given: texts, octets among them in hexadecimal, and other references."""

    kind: ReferenceKind
    texts: tuple[str, ...]
    references: tuple[RecordedReference, ...]


def recorded_reference(reference: Reference) -> RecordedReference:
    """The reference as plain values. Raises `MisuseError` where they do not make it again."""
    members = tuple(map(recorded_reference, reference.references))
    recorded = RecordedReference(reference.kind, _texts(reference), members)
    try:
        same = reference_of(recorded) == reference
    except (AttributeError, LookupError, TypeError, ValueError):
        same = False
    if not same:
        raise MisuseError(f"a reference of the kind {reference.kind.value} cannot be recorded")
    return recorded


def reference_of(recorded: RecordedReference) -> Reference:
    """The reference that was recorded. Raises what its constructor raises for what makes none."""
    kind, texts = recorded.kind, recorded.texts
    members = [reference_of(one) for one in recorded.references]
    if kind is ReferenceKind.UNCHECKED:
        return Reference.UNCHECKED
    if kind is ReferenceKind.DEVICE:
        return Reference.device(serial_number=texts[0], manufacturer=texts[1] if len(texts) > 1 else None)
    if kind is ReferenceKind.HARDWARE_MODULE:
        return Reference.hardware_module(texts[0], bytes.fromhex(texts[1]))
    constructor = getattr(Reference, kind.value)
    made = (
        constructor(texts[0], listed=members[0]) if kind in BOUND_KINDS and members else constructor(*members, *texts)
    )
    assert isinstance(made, Reference)  # noqa: S101, each kind is named for the constructor that makes it
    return made


# A device's value is its serial number, and its manufacturer where one is wanted, each semicolon of theirs escaped.
_DEVICE: Final = re.compile(r"((?:[^\\;]|\\.)*)(?:;manufacturer=(.*))?", re.DOTALL)


def _texts(reference: Reference) -> tuple[str, ...]:
    kind, value = reference.kind, reference.value
    if kind in (ReferenceKind.UNCHECKED, ReferenceKind.ANY_OF, ReferenceKind.ALL_OF):
        return ()
    if kind is ReferenceKind.DEVICE:
        found = _DEVICE.fullmatch(value)
        return tuple(re.sub(r"\\(.)", r"\1", one) for one in (found.groups() if found else ()) if one is not None)
    if kind is ReferenceKind.PERMANENT_IDENTIFIER:
        assigner, _, identifier = value.partition(":")
        return identifier, assigner
    if kind is ReferenceKind.HARDWARE_MODULE:
        return tuple(value.split(":"))
    if kind in BOUND_KINDS and reference.references:
        length, _, rest = value.partition(":")
        return (rest[: int(length)],)
    return (value,)
