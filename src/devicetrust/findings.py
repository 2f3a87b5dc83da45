"""What a check says: a code with its severity and source, where it applies, and typed facts.

Makes: `Severity`, `Effect`, `Waivable`, `Knowledge`, `Citation`, `Code`, `Where`, `Finding`.
May import: the standard library.
Must never: know a certificate, a clock or a profile. Whether a finding blocks is the profile's word.
Read first: `Code`, then `Finding`.

A code is declared beside the check that yields it. Facts are typed and part of the contract; the sentences
rendered from them are not.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

__all__ = [
    "Citation",
    "Code",
    "Effect",
    "Fact",
    "Finding",
    "Knowledge",
    "Severity",
    "Waivable",
    "Where",
    "printable",
    "readable",
    "rfc3339",
]

Fact: TypeAlias = "str | int | bytes | datetime | tuple[str, ...] | None"


class Severity(enum.Enum):
    """How grave a finding is. A MUST is an error, a SHOULD a warning, a fact worth knowing a notice."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Effect(enum.Enum):
    """What a finding does to the outcome."""

    BY_PROFILE = "an error refuses, unless the profile only reports this code; a warning or a notice refuses nothing"
    REFUSES = "refuses under every profile: it proves who issued the certificate, whom it names, or that it is revoked"
    LEAVES_OPEN = "evidence is lacking: where nothing refuses, the outcome is undecided"
    ADMITS_BY_EXCEPTION = "an exception is in use: where nothing refuses, the outcome says so"


class Waivable(enum.Enum):
    """Whether somebody who answers for a site may let a finding pass for a while."""

    NEVER = "no waiver covers it: it proves who issued the certificate or whom it names, or lets a forger in"
    BY_WAIVER = "a waiver may cover it for a stated time, where the profile lets it"


class Knowledge(enum.Enum):
    """How well the clause of a citation is known to whoever wrote the check."""

    FIRST_HAND = "the text of the clause was read"
    SECOND_HAND = "the clause is known through what others wrote of it, or from memory"


class Citation(NamedTuple):
    """The source of a requirement: a document, the clause within it, and how well that clause is known."""

    document: str
    clause: str
    knowledge: Knowledge = Knowledge.FIRST_HAND

    def __str__(self) -> str:
        return f"{self.document} {self.clause}".rstrip()


class Where(NamedTuple):
    """The address of a finding: which certificate of the path (0 is the leaf) and which field of it.

    ``certificate`` is None where the finding is about the whole question, not about one certificate.
    ``field`` is a dotted path in the standard's own names, such as ``tbsCertificate.validity.notAfter``.
    """

    certificate: int | None
    field: str = ""


# What a NamedTuple is made with in the end. A linter makes findings by the dozen, and two calls more for each.
_new: Final = tuple.__new__


class Code:
    """The kind of a finding: stable id, severity, source, and the sentences that explain it.

    ``id`` is dotted lower case (``validity.expired``) and never changes its meaning. ``rank`` orders findings for the
    headline: the highest wins, so that "expired" is said before "issuer not found". ``what`` and ``remedy`` are
    templates over the facts of the finding, rendered only when someone reads them. ``effect`` is what it does to the
    outcome; all but `Effect.BY_PROFILE` are the same under every profile. ``waivable`` says whether a waiver can ever
    cover it; what refuses under every profile never is.
    """

    __slots__ = ("citation", "effect", "id", "rank", "remedy", "severity", "waivable", "what", "why")

    def __init__(
        self,
        id: str,
        severity: Severity,
        citation: Citation,
        *,
        rank: int,
        what: str,
        why: str,
        remedy: str,
        effect: Effect = Effect.BY_PROFILE,
        waivable: Waivable = Waivable.NEVER,
    ) -> None:
        self.id = id
        self.severity = severity
        self.citation = citation
        self.rank = rank
        self.what = what
        self.why = why
        self.remedy = remedy
        self.effect = effect
        self.waivable = waivable

    def __repr__(self) -> str:
        return f"<Code {self.id}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Code) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __reduce__(self) -> tuple[object, ...]:
        texts = (self.what, self.why, self.remedy)
        return (_code, (self.id, self.severity, self.citation, self.rank, *texts, self.effect, self.waivable))

    def at(self, certificate: int | None, field: str = "", **facts: Fact) -> Finding:
        """This code, found in ``field`` of the certificate at index ``certificate`` (0 is the leaf)."""
        items = tuple(sorted(facts.items()) if len(facts) > 1 else facts.items())
        return _new(Finding, (self, _new(Where, (certificate, field)), items))


def _code(
    id: str,
    severity: Severity,
    citation: Citation,
    rank: int,
    what: str,
    why: str,
    remedy: str,
    effect: Effect,
    waivable: Waivable,
) -> Code:
    return Code(id, severity, citation, rank=rank, what=what, why=why, remedy=remedy, effect=effect, waivable=waivable)


class Finding(NamedTuple):
    """One thing that a check found.

    ``items`` holds the facts as sorted (name, value) pairs, so that findings compare and hash by value. The fact
    ``citation`` is the source of a requirement that not the code but a policy makes, or of the one that is broken of
    the several that the code stands for.
    """

    code: Code
    where: Where
    items: tuple[tuple[str, Fact], ...] = ()

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts by name, read-only. Times are aware datetimes in UTC."""
        return MappingProxyType(dict(self.items))

    @property
    def severity(self) -> Severity:
        """How grave it is, as its code has it; whether it refuses is the profile's word."""
        return self.code.severity

    @property
    def source(self) -> str:
        """The source of the requirement in words: what the finding itself cites, else the clause of the code."""
        for name, value in self.items:
            if name == "citation" and isinstance(value, str):
                return value
        return str(self.code.citation)

    @property
    def what(self) -> str:
        """What was found, and what was wanted. A sentence for people, not an interface."""
        return self.code.what.format_map(_Readable(self.items))

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.code.remedy.format_map(_Readable(self.items))

    def moved(self, by: int) -> Finding:
        """The same finding with its certificate index raised by ``by``."""
        if self.where.certificate is None or not by:
            return self
        return self._replace(where=self.where._replace(certificate=self.where.certificate + by))

    def __str__(self) -> str:
        place = "" if self.where.certificate is None else f" (certificate {self.where.certificate})"
        return f"{self.what}{place} [{self.code.id}, {self.source}]"


def rfc3339(moment: datetime) -> str:
    """An aware datetime in UTC as RFC 3339 writes it, with Z."""
    return moment.isoformat().replace("+00:00", "Z")


def printable(text: str) -> str:
    """``text`` of a stranger for a line of a log or a terminal: what cannot be printed is shown as an escape."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


class _Readable(dict[str, str]):
    """Facts as people read them: times in RFC 3339, bytes in hexadecimal, lists with commas, nothing unprintable."""

    def __init__(self, items: tuple[tuple[str, Fact], ...]) -> None:
        super().__init__((name, printable(readable(value))) for name, value in items)

    def __missing__(self, name: str) -> str:
        return f"({name} not stated)"


def readable(value: Fact) -> str:
    """A fact as people read it. What does not print stands as it is."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return ", ".join(value) if value else "none"
    return "none" if value is None else str(value)
