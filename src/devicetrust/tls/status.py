"""How it stands with a context: whom it let in, whom it refused and why, and what ends when.

Makes: `Status`, `Holder`, `Reload`, `Health`, `Standing`.
May import: errors, findings, verifier, x509; counts, inputs.
Must never: hold a key, or call a context ill because strangers knock.
Read first: `Status`, then `Status.health`.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import attrs

from devicetrust.findings import printable, rfc3339
from devicetrust.path.state import as_time
from devicetrust.tls.counts import Counts, ExceptionInUse
from devicetrust.tls.inputs import Inputs, first_end
from devicetrust.tls.sides import Side
from devicetrust.verifier import seconds_of
from devicetrust.x509.certificate import Certificate

__all__ = ["Health", "Holder", "Reload", "Standing", "Status", "reloaded", "status_of"]

SOON: Final = timedelta(days=14)
"""How long before its end a credential or an anchor is said to end. Ours: time to order, install and test another."""


class Standing(enum.Enum):
    """How well a context does; from best to worst."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@attrs.frozen
class Health:
    """An answer for whoever watches the service: ``reasons`` say what is not well.

    ``status_code``, ``content_type`` and ``body`` are what a handler of HTTP returns: 200 while peers can be let in,
    503 where none can.
    """

    standing: Standing
    reasons: tuple[str, ...] = ()

    @property
    def status_code(self) -> int:
        """Of HTTP. Degraded is 200: to take a server out of service for that would make an outage of a warning."""
        return 503 if self.standing is Standing.FAILING else 200

    @property
    def content_type(self) -> str:
        """Of ``body``."""
        return "application/json"

    @property
    def body(self) -> bytes:
        """The answer as JSON."""
        return json.dumps(self.to_dict()).encode()

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values."""
        return {"status": self.standing.value, "reasons": list(self.reasons)}


class Holder(NamedTuple):
    """A certificate of ours, or an anchor: whose, which (SHA-256 in hexadecimal), and its last second.

    ``until`` is None for an anchor that is a name and a key alone.
    """

    subject: str
    fingerprint: str
    until: datetime | None


class Reload(NamedTuple):
    """The last `JudgingContext.replace`: when, and why it was refused; ``problem`` is None where it was taken."""

    at: datetime
    problem: str | None


@attrs.frozen(kw_only=True)
class Status:
    """A context at a moment: counts since it was made, and the ends of what it goes by now. Times are aware UTC.

    ``refused`` has the peers that we refused, by the code of the reason: a finding's, or ``tls.not_admitted``,
    ``tls.no_certificate``, ``tls.not_judged``. ``failed`` has the handshakes that OpenSSL ended, by its reason.
    ``exceptions`` are those by which somebody was let in since the inputs last changed, as far as they have not ended.
    ``evidence_end`` is the end of the piece of evidence at hand that ends first, of each issuer's newest;
    ``refuses_from`` is when peers begin to be refused for want of it, where no source renews it. ``evidence_problem``
    is what a source of evidence raised when it was asked just now.
    """

    at: datetime
    side: Side
    profile: str
    admitted: int
    admitted_by_exception: int
    refused: Mapping[str, int]
    failed: Mapping[str, int]
    exceptions: tuple[ExceptionInUse, ...]
    credential: Holder | None
    anchors: tuple[Holder, ...]
    evidence_end: datetime | None
    evidence_problem: str | None
    refuses_from: datetime | None
    last_reload: Reload | None

    @property
    def health(self) -> Health:
        """Whether peers can be let in, and what will end that or should be looked at.

        How many were refused says nothing of it: a stranger who knocks must not make a server look ill.
        """
        failing, degraded = tuple(self._failing()), tuple(self._degraded())
        standing = Standing.FAILING if failing else Standing.DEGRADED if degraded else Standing.OK
        return Health(standing, failing + degraded)

    def to_dict(self) -> dict[str, Any]:
        """The status as plain values, with times in RFC 3339."""

        def plain(value: Any) -> Any:
            if isinstance(value, datetime):
                return rfc3339(value)
            if isinstance(value, enum.Enum):
                return value.value
            if isinstance(value, Holder | Reload | ExceptionInUse):
                return {name: plain(one) for name, one in value._asdict().items()}
            if isinstance(value, Mapping):
                return dict(value)
            return [plain(one) for one in value] if isinstance(value, tuple) else value

        fields = {field.name: plain(getattr(self, field.name)) for field in attrs.fields(Status)}
        return {**fields, "health": self.health.to_dict()}

    def _failing(self) -> Iterator[str]:
        own = self.credential
        if own is not None and self._has_ended(own.until):
            yield f"the credential of {own.subject} has ended{_on(own.until)}"
        if all(self._has_ended(one.until) for one in self.anchors):
            yield "every anchor has ended"
        if self._refuses:
            yield f"peers are refused for want of evidence{_on(self.refuses_from, 'since')}: no source renews it"
        if self.evidence_problem is not None:
            yield f"the source of evidence fails: {self.evidence_problem}"

    def _degraded(self) -> Iterator[str]:
        own = self.credential
        if own is not None and self._ends_soon(own.until):
            yield f"the credential of {own.subject} ends{_on(own.until)}"
        for one in self.anchors:
            if self._has_ended(one.until):
                yield f"the anchor {one.subject} has ended{_on(one.until)}"
            elif self._ends_soon(one.until):
                yield f"the anchor {one.subject} ends{_on(one.until)}"
        if self.refuses_from is not None and not self._refuses:
            yield f"peers will be refused for want of evidence{_on(self.refuses_from, 'from')}: no source renews it"
        if self.refuses_from is None and self._has_ended(self.evidence_end):
            yield f"a piece of evidence has ended{_on(self.evidence_end)}"
        for used in self.exceptions:
            waived = "" if used.waived is None else f" ({used.waived})"
            yield f"peers are let in by an exception, {used.code}{waived}{_on(used.until, 'until')}"
        if self.last_reload is not None and self.last_reload.problem is not None:
            yield f"the last change was refused{_on(self.last_reload.at)}: {self.last_reload.problem}"

    @property
    def _refuses(self) -> bool:
        return self.refuses_from is not None and self.refuses_from <= self.at

    def _has_ended(self, end: datetime | None) -> bool:
        return end is not None and end < self.at

    def _ends_soon(self, end: datetime | None) -> bool:
        return end is not None and self.at <= end < self.at + SOON


def status_of(inputs: Inputs, counts: Counts, last_reload: Reload | None, at: datetime | None) -> Status:
    """How it stands at ``at`` (aware; None: now). Raises `MisuseError` for a naive datetime."""
    moment = _now() if at is None else as_time(seconds_of(at))
    admitted, by_exception, refused, failed, exceptions = counts.taken()
    end, problem = _evidence(inputs)
    trust, own = inputs.verifier.trust, inputs.credential
    anchors = [
        Holder(printable(str(one.subject)), one.fingerprint.hex(), _end(one.certificate)) for one in trust.anchors
    ]
    return Status(
        at=moment,
        side=inputs.side,
        profile=inputs.verifier.profile.name,
        admitted=admitted,
        admitted_by_exception=by_exception,
        refused=MappingProxyType(refused),
        failed=MappingProxyType(failed),
        exceptions=tuple(one for one in exceptions if one.until is None or one.until >= moment),
        credential=None if own is None else _holder(own.certificate),
        anchors=(*anchors, *map(_holder, trust.pinned)),
        evidence_end=end,
        evidence_problem=problem,
        refuses_from=inputs.refuses_from,
        last_reload=last_reload,
    )


def reloaded(problem: str | None) -> Reload:
    """A change of the inputs that was tried now."""
    return Reload(_now(), problem)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _evidence(inputs: Inputs) -> tuple[datetime | None, str | None]:
    try:
        return first_end(inputs.evidence_now()), None
    except Exception as problem:  # whatever a source of the caller raises: the status must still be told
        return None, printable(f"{type(problem).__name__}: {problem}")


def _holder(certificate: Certificate) -> Holder:
    readable = certificate.unreadable is None
    subject = printable(str(certificate.subject)) if readable else "a certificate that cannot be read"
    return Holder(subject, certificate.fingerprint.hex(), _end(certificate))


def _end(certificate: Certificate | None) -> datetime | None:
    return None if certificate is None or certificate.unreadable is not None else certificate.not_after


def _on(end: datetime | None, word: str = "on") -> str:
    return "" if end is None else f" {word} {rfc3339(end)}"
