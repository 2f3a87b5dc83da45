"""What follows from all that is stated of one certificate: three laws, older than any freshness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from devicetrust.path.moment import NEVER, Moment
from devicetrust.revocation.status import UNKNOWN, Says, Statement, Status, StatusKind, Terms, conclude
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason

AT, DAY = 1_000_000_000, 86_400
CRL, OCSP = ("CRL", b"ward ca", b""), ("OCSP", b"ward ca's key", b"")
OTHER_ISSUER, OTHER_SCOPE = ("CRL", b"clinic ca", b""), ("CRL", b"ward ca", b"users only")
BOTH = Terms(frozenset({"CRL", "OCSP"}), 0, 0)
COMPROMISE = frozenset({RevocationReason.KEY_COMPROMISE, RevocationReason.CA_COMPROMISE})
NOTHING: frozenset[RevocationReason] = frozenset()


def good(**changes: Any) -> Statement:
    """Good, from a CRL of yesterday that lasts until tomorrow."""
    plain = Statement(Says.GOOD, "a CRL", CRL, (AT - DAY, 5), AT - DAY, AT + DAY, ALL_REASONS, b"good")
    if "this_update" in changes and "position" not in changes:
        changes["position"] = (changes["this_update"], 5)
    return plain._replace(**changes)


def held(**changes: Any) -> Statement:
    """On hold, by a CRL of two days ago."""
    placed = {"says": Says.ON_HOLD, "rank": b"held", "revoked_at": AT - 3 * DAY, "this_update": AT - 2 * DAY}
    return good(**{**placed, "reason": RevocationReason.CERTIFICATE_HOLD, **changes})


def revoked(**changes: Any) -> Statement:
    return held(**{"says": Says.REVOKED, "rank": b"revoked", "reason": RevocationReason.KEY_COMPROMISE, **changes})


def concluded(statements: Sequence[Statement], terms: Terms = BOTH, at: int = AT) -> Status:
    """The one conclusion of every order of these statements."""
    found = {conclude(list(order), terms, Moment(at), Moment(at)) for order in permutations(statements)}
    (one,) = found
    return one


class TestRevocation:
    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"this_update": AT - 900 * DAY, "next_update": AT - 800 * DAY},
            {"this_update": AT + DAY, "next_update": AT + 2 * DAY},
            {"revoked_at": AT + DAY},
            {"reasons": NOTHING},
            {"scope": OTHER_SCOPE},
            {"scope": OTHER_ISSUER},
            {"scope": OCSP},
            {"reason": None},
            {"reason": RevocationReason.UNSPECIFIED},
        ],
    )
    @pytest.mark.parametrize("kinds", [frozenset(), frozenset({"CRL"}), frozenset({"OCSP"})])
    def test_it_is_for_ever(self, change: dict[str, Any], kinds: frozenset[str]) -> None:
        """A revocation counts from whatever states it, in time or not, asked for or not, beside newer "good"."""
        statement = revoked(**change)
        company = [good(this_update=AT), good(scope=OCSP, rank=b"o"), held(), statement]
        assert concluded(company, BOTH._replace(kinds=kinds)) == Status(StatusKind.REVOKED, statement)

    def test_the_first_is_told(self) -> None:
        """Of several, the earliest revocation is told; at the same second, one by its octets, whatever the order."""
        late, early = revoked(revoked_at=AT, rank=b"a"), revoked(revoked_at=AT - 9 * DAY, rank=b"z")
        twin = early._replace(rank=b"y", source="another CRL")
        assert concluded([late, early, twin]) == Status(StatusKind.REVOKED, twin)

    def test_no_comparison_with_time_is_made(self) -> None:
        """No date bears on a revocation, so nothing bounds the answer."""
        moments = Moment(AT), Moment(AT)
        conclude([revoked(), good()], BOTH, *moments)
        assert [(one.since, one.until) for one in moments] == [(Moment(AT).since, NEVER)] * 2


class TestHold:
    def test_it_counts_when_alone(self) -> None:
        """certificateHold is a revocation while it lasts."""
        assert concluded([held()]) == Status(StatusKind.ON_HOLD, held())

    def test_it_does_not_run_out(self) -> None:
        """RFC 5280 5.3.1: the end of the CRL that states it lifts no hold."""
        statement = held(this_update=AT - 900 * DAY, next_update=AT - 800 * DAY)
        assert concluded([statement]) == Status(StatusKind.ON_HOLD, statement)

    @pytest.mark.parametrize(
        ("newer", "lifts"),
        [
            ({"this_update": AT - DAY}, True),
            ({"this_update": AT - 2 * DAY + 1}, True),
            ({"this_update": AT - 2 * DAY, "position": (AT - 2 * DAY, 6)}, True),
            ({"this_update": AT - 2 * DAY, "position": (AT - 2 * DAY, 5)}, False),
            ({"this_update": AT - 2 * DAY, "position": (AT - 2 * DAY, 4)}, False),
            ({"this_update": AT - 2 * DAY - 1, "position": (AT - 2 * DAY - 1, 9)}, False),
            ({"this_update": AT}, True),
            ({"this_update": AT + 1}, False),
            ({"this_update": AT - DAY, "scope": OTHER_SCOPE}, False),
            ({"this_update": AT - DAY, "scope": OTHER_ISSUER}, False),
            ({"this_update": AT - DAY, "scope": OCSP}, False),
        ],
    )
    def test_only_a_newer_good_of_its_scope_lifts_it(self, newer: dict[str, Any], lifts: bool) -> None:
        """What lifts a hold is of the same issuer and scope, newer than it, and has begun."""
        statement = good(**newer)
        expected = Status(StatusKind.GOOD, statement) if lifts else Status(StatusKind.ON_HOLD, held())
        assert concluded([held(), statement]) == expected

    def test_what_has_ended_lifts_it_still(self) -> None:
        """A newer "good" that has ended lifts the hold, and then the status is no longer known."""
        lifting = good(this_update=AT - DAY, next_update=AT - 1)
        assert concluded([held(), lifting]) == Status(StatusKind.ENDED, lifting)

    def test_one_scope_lifts_only_its_own(self) -> None:
        """Of two holds in two scopes, each must be lifted in its own."""
        other = held(scope=OTHER_SCOPE, rank=b"other")
        assert concluded([held(), other, good()]) == Status(StatusKind.ON_HOLD, other)
        lifting = good(scope=OTHER_SCOPE, next_update=AT + 2 * DAY)
        assert concluded([held(), other, good(), lifting]) == Status(StatusKind.GOOD, lifting)

    def test_a_newer_hold_stands(self) -> None:
        """Held, lifted, held again: the last word counts."""
        again = held(this_update=AT - DAY + 60, rank=b"again")
        assert concluded([held(), good(), again]) == Status(StatusKind.ON_HOLD, again)

    def test_kinds_do_not_matter_for_lifting(self) -> None:
        """A CRL's hold is lifted by its next CRL though only OCSP may say "good": then the status is not known."""
        only_ocsp = BOTH._replace(kinds=frozenset({"OCSP"}))
        assert concluded([held(), good()], only_ocsp) == UNKNOWN
        answer = good(scope=OCSP, rank=b"answer")
        assert concluded([held(), good(), answer], only_ocsp) == Status(StatusKind.GOOD, answer)


class TestGood:
    @pytest.mark.parametrize(
        ("at", "kind"),
        [
            (AT - DAY - 1, StatusKind.UNKNOWN),
            (AT - DAY, StatusKind.GOOD),
            (AT + DAY, StatusKind.GOOD),
            (AT + DAY + 1, StatusKind.ENDED),
        ],
    )
    def test_it_lasts_from_this_update_to_next_update(self, at: int, kind: StatusKind) -> None:
        """RFC 5280 5.1.2.4, 5.1.2.5: both bounds included."""
        assert concluded([good()], at=at).kind is kind

    @pytest.mark.parametrize(
        ("at", "kind"),
        [
            (AT - DAY - 301, StatusKind.UNKNOWN),
            (AT - DAY - 300, StatusKind.GOOD),
            (AT + DAY, StatusKind.GOOD),
            (AT + DAY + 1, StatusKind.ENDED),
        ],
    )
    def test_skew_moves_the_beginning(self, at: int, kind: StatusKind) -> None:
        """The clock of who makes evidence may be ahead by as much as the policy says; nextUpdate stays the end."""
        assert concluded([good()], BOTH._replace(clock_skew=300), at).kind is kind

    def test_nothing_stated_is_nothing_known(self) -> None:
        """Silence is not "good"."""
        assert concluded([]) == UNKNOWN

    @pytest.mark.parametrize(("kind", "scope"), [("CRL", OCSP), ("OCSP", CRL)])
    def test_only_the_sources_asked_for_say_good(self, kind: str, scope: tuple[str, bytes, bytes]) -> None:
        """A source that the policy does not name says nothing good."""
        assert concluded([good(scope=scope)], BOTH._replace(kinds=frozenset({kind}))) == UNKNOWN

    def test_what_lasts_longest_is_told(self) -> None:
        """The answer rests on what ends last, so that its end is that of "good"."""
        longer = good(next_update=AT + 2 * DAY, rank=b"longer")
        assert concluded([good(), longer]) == Status(StatusKind.GOOD, longer)


class TestReasons:
    def test_some_are_not_all(self) -> None:
        """RFC 5280 6.3.3: the status is determined once every reason is covered."""
        assert concluded([good(reasons=COMPROMISE)]) == UNKNOWN
        assert concluded([good(reasons=COMPROMISE), good(reasons=COMPROMISE, rank=b"again")]) == UNKNOWN

    def test_they_add_up(self) -> None:
        """RFC 5280 6.3.3 (l): the mask is the union; "good" ends with the first of those needed."""
        some = good(reasons=COMPROMISE, next_update=AT + 5 * DAY)
        rest = good(reasons=ALL_REASONS - COMPROMISE, next_update=AT + 3 * DAY, scope=OTHER_SCOPE)
        assert concluded([some, rest]) == Status(StatusKind.GOOD, rest)

    def test_one_that_has_ended_covers_nothing(self) -> None:
        """A partition whose CRL has ended is not covered."""
        some = good(reasons=COMPROMISE)
        rest = good(reasons=ALL_REASONS - COMPROMISE, next_update=AT - 1)
        assert concluded([some, rest]) == Status(StatusKind.ENDED, rest)

    def test_what_is_not_needed_does_not_shorten(self) -> None:
        """A piece that adds no reason does not bring the end nearer."""
        whole = good(next_update=AT + 9 * DAY, rank=b"whole")
        assert concluded([whole, good(reasons=COMPROMISE, next_update=AT + 1)]) == Status(StatusKind.GOOD, whole)


class TestGrace:
    TERMS = BOTH._replace(stale_grace=DAY)
    END = AT - 1

    @pytest.mark.parametrize(
        ("at", "kind"),
        [
            (END, StatusKind.GOOD),
            (END + 1, StatusKind.STALE),
            (END + DAY, StatusKind.STALE),
            (END + DAY + 1, StatusKind.ENDED),
        ],
    )
    def test_it_begins_and_ends(self, at: int, kind: StatusKind) -> None:
        """After nextUpdate "good" is stale, and serves for the grace, its last second included."""
        assert concluded([good(next_update=self.END)], self.TERMS, at).kind is kind

    def test_it_tells_its_last_second(self) -> None:
        """A stale status names the last second of its grace."""
        statement = good(next_update=self.END)
        assert concluded([statement], self.TERMS) == Status(StatusKind.STALE, statement, self.END + DAY)

    def test_it_saves_nobody_who_is_revoked_or_held(self) -> None:
        """A grace is for silence, not for what is known."""
        stale = good(next_update=self.END, scope=OTHER_SCOPE)
        for statement, kind in ((revoked(), StatusKind.REVOKED), (held(), StatusKind.ON_HOLD)):
            assert concluded([stale, statement], self.TERMS) == Status(kind, statement)

    def test_fresh_evidence_needs_none(self) -> None:
        """Where one piece still lasts, a stale one beside it is not told."""
        fresh = good(rank=b"fresh")
        assert concluded([good(next_update=self.END), fresh], self.TERMS) == Status(StatusKind.GOOD, fresh)

    def test_partitions_may_be_stale_together(self) -> None:
        """The grace of a partitioned status ends with the first partition needed."""
        some = good(reasons=COMPROMISE, next_update=AT + DAY)
        rest = good(reasons=ALL_REASONS - COMPROMISE, next_update=self.END)
        assert concluded([some, rest], self.TERMS) == Status(StatusKind.STALE, rest, self.END + DAY)


class TestWhatIsRecorded:
    def told(self, terms: Terms, statement: Statement, at: int) -> list[tuple[int, int]]:
        moments = Moment(AT), Moment(at)
        conclude([statement], terms, *moments)
        return [(one.since, one.until) for one in moments]

    def test_freshness_is_of_the_moment_held(self) -> None:
        """thisUpdate and nextUpdate are compared with the moment for which evidence is read, to the second."""
        never = Moment(AT).since, NEVER
        assert self.told(BOTH, good(), AT + 900 * DAY) == [(AT - DAY, AT + DAY + 1), never]

    def test_a_grace_is_of_the_moment_asked_for(self) -> None:
        """A grace ends when it ends, also where evidence is taken as renewed."""
        terms = BOTH._replace(stale_grace=DAY)
        end = AT - 1
        assert self.told(terms, good(next_update=end), AT)[1] == (Moment(AT).since, end + DAY + 1)
        assert self.told(terms, good(next_update=end), AT + 2 * DAY)[1] == (end + DAY + 1, NEVER)

    def test_what_was_fresh_stays_fresh_when_renewed(self) -> None:
        """Read as of a moment within its time, "good" is good at any later moment."""
        later = conclude([good()], BOTH, Moment(AT), Moment(AT + 900 * DAY))
        assert later == Status(StatusKind.GOOD, good())
