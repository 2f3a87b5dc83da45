"""The answer: is it trusted, why (not), and until when.

Makes: `Outcome`, `Verdict`, `Attempt`, `Judgement`, `Horizon`, `EvidenceOutlook`, `Untrusted`, `Undecided`.
May import: everything below.
Must never: judge; the verifier does. Be true or false: say what you mean.
Read first: `Verdict`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

from devicetrust.errors import DeviceTrustError, MisuseError
from devicetrust.evidence import Want
from devicetrust.findings import Citation, Code, Finding, Severity, rfc3339
from devicetrust.path.moment import NEVER
from devicetrust.path.state import as_time
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.lazy import lazy

if TYPE_CHECKING:
    from devicetrust.audience import Audience, Language
    from devicetrust.identity.device import DeviceIdentity
    from devicetrust.profiles.profile import Profile

__all__ = [
    "Attempt",
    "EvidenceOutlook",
    "Horizon",
    "Judgement",
    "Outcome",
    "Question",
    "TimeInterval",
    "Undecided",
    "Untrusted",
    "Verdict",
]


class Outcome(enum.Enum):
    """What follows from a verdict.

    ``TRUSTED`` by the rules; ``TRUSTED_BY_EXCEPTION`` only by an exception that the profile grants by name and bounds
    in time; ``UNTRUSTED`` with its headline; ``UNDECIDED`` where evidence is lacking, see ``wants``.
    """

    TRUSTED = "trusted"
    TRUSTED_BY_EXCEPTION = "trusted by exception"
    UNTRUSTED = "untrusted"
    UNDECIDED = "undecided"

    @property
    def admits(self) -> bool:
        """Whether a peer with this outcome is let in."""
        return self in (Outcome.TRUSTED, Outcome.TRUSTED_BY_EXCEPTION)


class EvidenceOutlook(enum.Enum):
    """How the future of evidence (CRLs, OCSP responses) is seen when looking ahead."""

    RENEWED = "evidence is renewed in time, with the same status"
    AS_HELD = "nothing but the evidence at hand will ever come"


class Horizon(NamedTuple):
    """How long an answer stays the same, and what ends it.

    With the same inputs the outcome is the same for every second of ``[at, until)`` and differs at ``until``;
    None: nothing ends it. ``cause`` is the finding that ends it: the one that refuses from then on, or the one that
    falls away. ``recheck`` (at most ``until``) is the first second at which any comparison with time would fall
    otherwise; None: there is none.
    """

    until: datetime | None
    cause: Finding | None
    recheck: datetime | None


class TimeInterval(NamedTuple):
    """All that the time may be, for a host without a sure clock: aware datetimes, both inclusive."""

    earliest: datetime
    latest: datetime


class Attempt(NamedTuple):
    """A path that was tried and did not stand: certificates leaf first, the anchor if one was reached, and why."""

    certificates: tuple[Certificate, ...]
    anchor: TrustAnchor | None
    findings: tuple[Finding, ...]


class Judgement(NamedTuple):
    """What holds for every second of ``since <= t < recheck``: a verdict without its moment and its leaf.

    ``above`` is the path without the leaf: thousands of judgements are kept, and share it. ``work`` is what it cost,
    in candidates (`Spending.work`).
    """

    outcome: Outcome
    above: tuple[Certificate | TrustAnchor, ...]
    anchor: TrustAnchor | None
    findings: tuple[Finding, ...]
    headline: Finding | None
    attempts: tuple[Attempt, ...]
    user_constrained_policies: frozenset[str]
    wants: tuple[Want, ...]
    since: int
    recheck: int
    work: int


class Question(Protocol):
    """What was asked, so that it can be asked again for another moment."""

    @property
    def leaf(self) -> Certificate: ...
    @property
    def profile(self) -> Profile: ...
    def foresee(self, at: int, held: int | None = None) -> Judgement: ...
    def facts(self) -> dict[str, Any]: ...


NOT_LOOKED_FURTHER: Final = Code(
    "horizon.not_looked_further",
    Severity.NOTICE,
    Citation("devicetrust", "Budget.moments"),
    rank=20,
    what="the outcome was followed as far as {until}; the budget for looking ahead is spent",
    why="So many dates bear on this verdict that the search for its end was cut short.",
    remedy="ask again at that time, or raise the profile's budget of moments",
)


class Verdict:
    """The answer to one question at one moment. Immutable; equal to another that says the same, whatever ``at``.

    ``path`` is leaf first and anchor last; ``findings`` are all of them, ``headline`` the highest-ranked that blocks
    (or, where none does, that admits by exception, or of all). ``attempts`` are the paths that were tried and fell,
    and why.
    """

    __slots__ = ("__dict__", "_judgement", "_question", "_seconds")

    def __init__(self, judgement: Judgement, seconds: int, question: Question) -> None:
        self._judgement = judgement
        self._seconds = seconds
        self._question = question

    @property
    def outcome(self) -> Outcome:
        """What follows."""
        return self._judgement.outcome

    @property
    def path(self) -> tuple[Certificate | TrustAnchor, ...]:
        """Leaf first, anchor last. For an outcome that does not admit: the best path tried."""
        return (self._question.leaf, *self._judgement.above)

    @property
    def anchor(self) -> TrustAnchor | None:
        """The anchor of the path; None for a pinned certificate and for a path that reached none."""
        return self._judgement.anchor

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found on the path."""
        return self._judgement.findings

    @property
    def headline(self) -> Finding | None:
        """The finding to say first."""
        return self._judgement.headline

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every path tried before, and why it fell, in the order tried."""
        return self._judgement.attempts

    @property
    def user_constrained_policies(self) -> frozenset[str]:
        """Dotted OIDs of the policies that the path is valid for (RFC 5280 6.1.6, RFC 9618)."""
        return self._judgement.user_constrained_policies

    @property
    def wants(self) -> tuple[Want, ...]:
        """Bytes that were lacking."""
        return self._judgement.wants

    @property
    def at(self) -> datetime:
        """The moment asked for, in UTC and whole seconds."""
        return as_time(self._seconds)

    @lazy
    def identity(self) -> DeviceIdentity:
        """Which device the certificate says it is, whatever the outcome. Worked out when first asked for."""
        from devicetrust.identity.device import DeviceIdentity  # noqa: PLC0415, read when somebody asks for it

        return DeviceIdentity.from_certificate(self._question.leaf)

    @lazy
    def horizon(self) -> Horizon:
        """How long the outcome stays, with evidence as held. Worked out when first asked for."""
        from devicetrust.timeline import look_ahead  # noqa: PLC0415, timeline makes verdicts of other moments

        return look_ahead(self._question, self._seconds, EvidenceOutlook.AS_HELD)

    @lazy
    def lifetime(self) -> Horizon:
        """How long the outcome stays, with evidence renewed in time."""
        from devicetrust.timeline import look_ahead  # noqa: PLC0415, timeline makes verdicts of other moments

        return look_ahead(self._question, self._seconds, EvidenceOutlook.RENEWED)

    @property
    def recheck(self) -> datetime | None:
        """The first second at which any comparison with time would fall otherwise; None: none would."""
        return None if self._judgement.recheck >= NEVER else as_time(self._judgement.recheck)

    def require(
        self,
        least: Outcome = Outcome.TRUSTED_BY_EXCEPTION,
        *,
        lasting: timedelta | None = None,
        outlook: EvidenceOutlook = EvidenceOutlook.RENEWED,
    ) -> Verdict:
        """This verdict, if it admits; otherwise raises `Untrusted` or `Undecided`, which carry it.

        ``require(Outcome.TRUSTED)`` also refuses exceptions. ``lasting`` also refuses what is trusted now, but not for
        that long: by `lifetime`, or by `horizon` with ``outlook=EvidenceOutlook.AS_HELD``.
        """
        if not isinstance(least, Outcome) or not least.admits:
            raise MisuseError(f"require({least!r}) would let in what is not trusted; pass an Outcome that admits")
        if lasting is not None and not isinstance(lasting, timedelta):
            raise MisuseError(f"lasting is a timedelta, such as timedelta(days=30), not a {type(lasting).__name__}")
        if not isinstance(outlook, EvidenceOutlook):
            raise MisuseError(f"outlook is an EvidenceOutlook, not a {type(outlook).__name__}")
        if self.outcome is Outcome.UNDECIDED:
            raise Undecided(self, self._reason())
        if not self.outcome.admits or (least is Outcome.TRUSTED and self.outcome is not Outcome.TRUSTED):
            raise Untrusted(self, self._reason())
        if lasting is not None:
            until, cause, _ = self.horizon if outlook is EvidenceOutlook.AS_HELD else self.lifetime
            if until is not None and until - self.at < lasting:
                raise Untrusted(
                    self,
                    f"trusted now, but only until {rfc3339(until)}, not for the {_span(lasting)} asked for"
                    + (f": {cause}" if cause else ""),
                )
        return self

    def explain(
        self,
        audience: Audience | Literal["engineer", "help_desk"] = "engineer",
        language: Language | Literal["en", "fr"] = "en",
    ) -> str:
        """The verdict for people.

        For an engineer, in English alone, a tree: the path, what was found with its clause, and what to do. For a help
        desk, in English or French, at most five lines without acronyms: which device, what happened and since when, who
        acts, what to do, and the code to quote; of what admits, until when. Raises `MisuseError` for another audience
        or language.
        """
        from devicetrust.explanation import explain_to  # noqa: PLC0415, texts load when somebody reads them

        return explain_to(self, audience, language)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, with what repeats it. The layout is named by its ``schema``."""
        from devicetrust.explanation import as_data  # noqa: PLC0415, texts load when somebody reads them

        return as_data(self)

    def record(self) -> bytes:
        """The verdict with all that it rests on, as one JSON document: `devicetrust.replay` asks it again.

        It holds no private key; it holds every certificate, anchor and piece of evidence, and whom was asked for.
        Raises `MisuseError` where it would be larger than what is read again.
        """
        from devicetrust.recording.document import record  # noqa: PLC0415, few verdicts are recorded

        return record(self)

    def blocking(self) -> Iterator[Finding]:
        """The findings that refuse under the profile."""
        blocks = self._question.profile.blocks
        return (finding for finding in self.findings if blocks(finding.code))

    @property
    def question(self) -> Mapping[str, Any]:
        """What repeats the verdict: versions, profile, fingerprints."""
        return self._question.facts()

    @property
    def profile(self) -> Profile:
        """The profile under which the question was asked."""
        return self._question.profile

    def _reason(self) -> str:
        headline = self.headline
        return f"{self.outcome.value}" + (f": {headline}" if headline else "")

    def __bool__(self) -> bool:
        raise MisuseError(
            "a verdict is neither true nor false: use verdict.require(), or compare verdict.outcome with an Outcome"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Verdict):
            return False
        return other._question.leaf == self._question.leaf and other._judgement[:-3] == self._judgement[:-3]

    def __hash__(self) -> int:
        return hash((self.outcome, self.path, self.findings))

    def __reduce__(self) -> tuple[object, ...]:
        return Verdict, (self._judgement, self._seconds, self._question)

    def __repr__(self) -> str:
        return f"<Verdict {self._reason()} at {rfc3339(self.at)}>"


def _span(lasting: timedelta) -> str:
    """A length of time for people: whole days where it is made of them."""
    return f"{lasting.days} days" if lasting == timedelta(days=lasting.days) else str(lasting)


class Untrusted(DeviceTrustError):
    """Raised by ``Verdict.require()``. ``verdict`` says why."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.verdict, self.reason)


class Undecided(Untrusted):
    """Evidence is lacking: ``verdict.wants`` says which."""
