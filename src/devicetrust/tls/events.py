"""What a security log is told: each decision on a peer, and each change of whom we trust.

Makes: `Event`, `tell`, `told_of`, `LOGGER`.
May import: findings, verdict, x509; counts.
Must never: hold a key, a password or what a connection carries.
Read first: `Event`.

The standard library's logging takes them, under ``devicetrust.tls``: the message is for people, and the record's
``devicetrust`` attribute holds the same as plain values, for a formatter or a handler.
"""

from __future__ import annotations

import enum
import logging
from typing import Any, Final

from devicetrust.findings import rfc3339
from devicetrust.tls.counts import exceptions_of
from devicetrust.verdict import Outcome, Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["LOGGER", "Event", "tell", "told_of"]

LOGGER: Final = logging.getLogger("devicetrust.tls")


class Event(enum.Enum):
    """What happened; the value is the ``event`` of the record."""

    ADMITTED = "admitted"
    ADMITTED_BY_EXCEPTION = "admitted by exception"
    REFUSED = "refused"
    HANDSHAKE_FAILED = "handshake failed"
    EVERYBODY_ADMITTED = "everybody whom the verifier trusts is admitted"
    EVIDENCE_LACKING = "evidence lacking"
    REFUSALS_GROUPED = "refusals grouped"
    NOT_TOLD = "openssl not told"
    LET_PASS_UNKNOWN = "let pass without a certificate"
    HEADER_REMOVED = "header removed"
    REPLACED = "replaced"
    NOT_REPLACED = "not replaced"

    @property
    def level(self) -> int:
        """A warning, but for what goes as it should."""
        return logging.INFO if self in (Event.ADMITTED, Event.LET_PASS_UNKNOWN, Event.REPLACED) else logging.WARNING


def tell(event: Event, message: str, **facts: Any) -> None:
    """One record."""
    # The text is no format of logging's: it may hold what a peer wrote.
    LOGGER.log(event.level, "%s", message, extra={"devicetrust": {"event": event.value, **facts}})


def told_of(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the facts of an event: whose certificate, the outcome and what it rests on."""
    leaf = verdict.path[0]
    headline = verdict.headline
    facts: dict[str, Any] = {"outcome": verdict.outcome.value, "code": headline.code.id if headline else None}
    if isinstance(leaf, Certificate):
        facts["certificate"] = leaf.fingerprint.hex()
        readable = leaf.unreadable is None
        facts["subject"] = str(leaf.subject) if readable else None
        facts["serial_number"] = f"{leaf.serial_number:x}" if readable else None
        facts["device"] = str(verdict.identity)
    if verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION:
        facts["until"] = _end_of_exceptions(verdict)
    return facts


def _end_of_exceptions(verdict: Verdict) -> str | None:
    """The last second of the exception that ends first: a whole ward may be let in by one."""
    ends = [one.until for one in exceptions_of(verdict) if one.until is not None]
    return rfc3339(min(ends)) if ends else None
