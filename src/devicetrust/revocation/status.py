"""What pieces of evidence say of one certificate, and what follows from all of them.

Makes: `Statement`, `Objection`, `Status` and `conclude`.
May import: x509, path's `Moment`, policy.
Must never: read a piece of evidence, or let the order of statements matter.
Read first: `conclude`.

Three laws, each older than any freshness:
- A revocation counts from whatever piece states it, in time or not, and nothing lifts it.
- A hold (certificateHold, RFC 5280 5.3.1) is lifted only by a newer statement of the same issuer and scope.
- "Good" counts only while its piece lasts, and for the reasons it covers (RFC 5280 6.3.3 (d), (l)).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from devicetrust.path.moment import Moment
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason

__all__ = ["UNKNOWN", "Extent", "Objection", "Says", "Statement", "Status", "StatusKind", "Terms", "conclude"]


class Says(enum.Enum):
    """What a piece of evidence says of a certificate."""

    GOOD = "good"
    ON_HOLD = "on hold"
    REVOKED = "revoked"


Scope: TypeAlias = "tuple[str, bytes, bytes]"


class Statement(NamedTuple):
    """What one piece of evidence, verified, says of one certificate.

    ``scope`` is what a newer statement must share to lift a hold; ``position`` grows with each newer piece in a scope.
    ``this_update`` and ``next_update`` are in seconds; ``reasons`` are those that "good" covers. ``rank`` orders pieces
    where several would do, by their octets. ``source`` says in words who states it. ``invalidity_date`` is since when
    the issuer doubts the key, RFC 5280 5.3.2, in seconds; None where it does not say.
    """

    says: Says
    source: str
    scope: Scope
    position: tuple[int, int]
    this_update: int
    next_update: int
    reasons: frozenset[RevocationReason]
    rank: bytes
    revoked_at: int = 0
    reason: RevocationReason | None = None
    invalidity_date: int | None = None


class Extent(enum.Enum):
    """How much of a piece of evidence does not count."""

    GOOD = "only what it says is good: who had a say once, and lists a revocation, has revoked for ever"
    ALL = "nothing that it says"


class Objection(NamedTuple):
    """Why a piece of evidence does not count, in words that go on after its title, and how much of it does not."""

    reason: str
    extent: Extent = Extent.ALL


class StatusKind(enum.Enum):
    """The status of a certificate."""

    GOOD = "good"
    STALE = "good by evidence that has ended, and is within its grace"
    ENDED = "good by evidence that has ended"
    ON_HOLD = "on hold"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Status(NamedTuple):
    """What follows: the status, the statement it rests on, and for `STALE` its last second of grace."""

    kind: StatusKind
    statement: Statement | None = None
    until: int = 0


class Terms(NamedTuple):
    """On what terms "good" counts: from which kinds of source (the first part of a scope), and spans in seconds."""

    kinds: frozenset[str]
    stale_grace: int
    clock_skew: int


UNKNOWN: Final = Status(StatusKind.UNKNOWN)


def conclude(statements: Sequence[Statement], terms: Terms, held: Moment, now: Moment) -> Status:
    """The status that follows from all statements about one certificate.

    ``held`` is the moment for which evidence is read; ``now`` is the moment asked for. They differ only where evidence
    is taken as renewed: what was fresh then is fresh now, but a grace ends when it ends.
    """
    if not statements:
        return UNKNOWN
    if len(statements) == 1 and statements[0].says is Says.GOOD and not terms.stale_grace:
        return _of_one(statements[0], terms, held)
    revoked = [one for one in statements if one.says is Says.REVOKED]
    if revoked:
        return Status(StatusKind.REVOKED, min(revoked, key=_first_revoked))
    skew = terms.clock_skew
    good = [one for one in statements if one.says is Says.GOOD and held.reached(one.this_update - skew)]
    held_back = [one for one in statements if one.says is Says.ON_HOLD and not _lifted(one, good)]
    if held_back:
        return Status(StatusKind.ON_HOLD, min(held_back, key=_first_revoked))
    good = [one for one in good if one.scope[0] in terms.kinds]
    fresh = [one for one in good if not held.reached(one.next_update + 1)]
    statement = _covering(fresh)
    if statement is not None:
        return Status(StatusKind.GOOD, statement)
    if terms.stale_grace:
        grace = terms.stale_grace
        statement = _covering([one for one in good if not now.reached(one.next_update + 1 + grace)])
        if statement is not None:
            return Status(StatusKind.STALE, statement, statement.next_update + grace)
    statement = _covering(good)
    return UNKNOWN if statement is None else Status(StatusKind.ENDED, statement)


def _of_one(good: Statement, terms: Terms, held: Moment) -> Status:
    """`conclude` for what is met most: one piece of evidence, which says "good"."""
    skew = terms.clock_skew
    counts = good.scope[0] in terms.kinds and good.reasons >= ALL_REASONS
    if not held.reached(good.this_update - skew):
        return UNKNOWN
    ended = held.reached(good.next_update + 1)
    return Status(StatusKind.ENDED if ended else StatusKind.GOOD, good) if counts else UNKNOWN


def _first_revoked(statement: Statement) -> tuple[int, bytes]:
    return statement.revoked_at, statement.rank


def _lifted(hold: Statement, good: list[Statement]) -> bool:
    return any(one.scope == hold.scope and one.position > hold.position for one in good)


def _covering(good: list[Statement]) -> Statement | None:
    """The statement whose end is the end of "good": the last one needed for all reasons, those that last longest first.

    RFC 5280 6.3.3 (e), (l): statements count together until every reason is covered; None where they never are.
    """
    if len(good) > 1:
        good.sort(key=_lasts_longest)
    covered: frozenset[RevocationReason] = frozenset()
    for one in good:
        covered |= one.reasons
        if covered >= ALL_REASONS:
            return one
    return None


def _lasts_longest(statement: Statement) -> tuple[int, bytes]:
    return -statement.next_update, statement.rank
