"""The CRLs in one issuer's name: which may be used, and what they say, RFC 5280 5 and 6.3.3 (c), (i) to (l)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

import pki
from devicetrust import Certificate
from devicetrust.path.moment import Moment
from devicetrust.revocation.lists import IssuerLists, silences, statements_of_lists, title
from devicetrust.revocation.status import Extent, Objection, Says, Statement, StatusKind, Terms, conclude
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason
from pki import AT, Authority, Extension, common_name, key
from pki_revocation import (
    CRL_URL,
    INDIRECT,
    TOMORROW,
    TRUE,
    YESTERDAY,
    certificate_issuer,
    crl_number,
    entry,
    full_name,
    invalidity_date,
    issuing_distribution_point,
    point,
    reason_code,
)
from ward import ISSUING, ROOT, unknown
from ward_revocation import HOUR, crl, delta, leaf, pointing, serial

ASKED = pointing()
LEAF, NUMBER = leaf(ASKED), serial(ASKED)
CLINIC = Authority(common_name("Clinic CRL issuer"), key("p256", 6))
HOLD, REMOVED = 6, 8
USERS = issuing_distribution_point(pki.tlv(0x81, TRUE))
ATTRIBUTES = issuing_distribution_point(pki.tlv(0x85, TRUE))
LISTED, HELD, LIFTED = entry(NUMBER), entry(NUMBER, reason_code(HOLD)), entry(NUMBER, reason_code(REMOVED))
NEWER: dict[str, Any] = {"since": YESTERDAY + HOUR}
KEY_IDENTIFIER = ISSUING.key_identifier()


def lists(*crls: CertificateRevocationList) -> IssuerLists:
    """As an authorised signer has signed them all."""
    return IssuerLists(crls, lambda _: None)


def said(*crls: CertificateRevocationList, of: Certificate = LEAF) -> list[Says]:
    return [one.says for one in statements_of_lists(lists(*crls), of)]


def status(*crls: CertificateRevocationList) -> StatusKind:
    """The status of the leaf, whatever the order of the CRLs."""
    seconds = int(AT.timestamp())
    (kind,) = {
        conclude(
            statements_of_lists(lists(*order), LEAF), Terms(frozenset({"CRL"}), 0, 0), Moment(seconds), Moment(seconds)
        ).kind
        for order in (crls, crls[::-1])
    }
    return kind


class TestUnusable:
    @pytest.mark.parametrize(
        ("one", "reason"),
        [
            (crl(extensions=[unknown(critical=True)]), "critical extensions that are not understood"),
            (crl(entry(7, unknown(critical=True))), "critical extensions that are not understood"),
            (crl(entry(7, certificate_issuer(ROOT.name))), "an entry of another issuer"),
            (crl(extensions=[crl_number(5)]), "cannot be used"),
            (crl(extensions=[issuing_distribution_point()]), "cannot be used"),
            (crl(extensions=[Extension("2.5.29.28", True, b"\x30\x05")]), "cannot be used"),
            (crl(entry(7, reason_code(7))), "cannot be used"),
            (crl(version=None), "cannot be used"),
        ],
    )
    def test_what_cannot_be_wholly_understood_decides_nothing(
        self, one: CertificateRevocationList, reason: str
    ) -> None:
        """RFC 5280 5.2, 5.3: such a CRL says nothing, and is told with its title and the reason."""
        found = lists(one)
        assert (found.complete, found.deltas, statements_of_lists(found, LEAF)) == ([], [], [])
        (told,) = found.objections
        assert told.startswith(title(one))
        assert reason in told

    @pytest.mark.parametrize(
        "one",
        [
            crl(extensions=[unknown(critical=False)]),
            crl(entry(7, unknown(critical=False))),
            crl(entry(7, invalidity_date(AT))),
            crl(extensions=[KEY_IDENTIFIER]),
            crl(extensions=[USERS]),
            crl(entry(7, certificate_issuer(ROOT.name)), extensions=[INDIRECT]),
        ],
    )
    def test_what_is_understood_does(self, one: CertificateRevocationList) -> None:
        """Nothing else shuts a CRL out."""
        assert (lists(one).objections, said(one)) == ([], [Says.GOOD])

    def test_the_signer_is_asked_first(self) -> None:
        """What a CRL lists is looked through only once its signer has a say; a stranger's is told as such."""
        asked: list[CertificateRevocationList] = []

        def objection(one: CertificateRevocationList) -> Objection:
            asked.append(one)
            return Objection("is signed by a stranger")

        good, bad = crl(), crl(extensions=[unknown(critical=True)])
        found = IssuerLists([bad, good], objection)
        assert (asked, found.complete) == ([bad, good], [])
        assert [told.rpartition(" is signed")[2] for told in found.objections] == [" by a stranger"] * 2

    def test_the_signer_counts(self) -> None:
        """A CRL whose signer has no say says nothing, and is told as such."""
        found = IssuerLists([crl(LISTED)], lambda _: Objection("is signed by a stranger"))
        assert (found.complete, statements_of_lists(found, LEAF)) == ([], [])
        assert found.objections == [f"{title(crl())} is signed by a stranger"]

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"number": None}, "no cRLNumber"),
            (
                {"number": None, "extensions": [crl_number(5)._replace(critical=True)]},
                "marks its cRLNumber as critical",
            ),
            ({"next_update": b""}, "no nextUpdate"),
        ],
    )
    @pytest.mark.parametrize(
        ("entries", "expected"), [((), []), ((LISTED,), [Says.REVOKED]), ((HELD,), [Says.ON_HOLD]), ((LIFTED,), [])]
    )
    def test_what_nobody_can_date_says_nothing_good(
        self, fields: dict[str, Any], reason: str, entries: tuple[bytes, ...], expected: list[Says]
    ) -> None:
        """RFC 5280 5.1.2.5, 5.2.3: without nextUpdate or number silence means nothing; a revocation stays one."""
        for one in (crl(*entries, **fields), delta(*entries, **fields)):
            found = lists(one, crl(since=YESTERDAY - HOUR))
            assert [told.says for told in statements_of_lists(found, LEAF) if told.rank == one.fingerprint] == expected
            (told,) = found.objections
            assert reason in told

    def test_what_nobody_can_date_is_no_base(self) -> None:
        """A delta that starts from a complete CRL without an end says nothing good with it."""
        assert said(crl(next_update=b""), delta(**NEWER)) == []
        assert said(crl(HELD, next_update=b""), delta(LIFTED, **NEWER)) == [Says.ON_HOLD]

    def test_an_objection_to_good_leaves_revocations(self) -> None:
        """Where the signer may no longer say "good", what it lists is revoked all the same."""
        for entries, expected in (((), []), ((LISTED,), [Says.REVOKED])):
            found = IssuerLists([crl(*entries)], lambda _: Objection("is signed by one who has expired", Extent.GOOD))
            assert [told.says for told in statements_of_lists(found, LEAF)] == expected
            assert [told.endswith("is signed by one who has expired") for told in found.objections] == [True]

    def test_one_bad_crl_does_not_spoil_another(self) -> None:
        """Each CRL stands for itself."""
        assert said(crl(number=None), crl(LISTED), crl(extensions=[unknown(critical=True)])) == [Says.REVOKED]


class TestEntries:
    @pytest.mark.parametrize("code", [None, 0, 1, 2, 3, 4, 5, 9, 10])
    def test_every_reason_but_two_revokes(self, code: int | None) -> None:
        """RFC 5280 5.3.1, 6.3.3 (i), (j): listed is revoked, without a reason too."""
        listed = entry(NUMBER, *(() if code is None else (reason_code(code),)), revoked=AT - timedelta(days=3))
        (told,) = statements_of_lists(lists(crl(listed)), LEAF)
        assert (told.says, told.revoked_at) == (Says.REVOKED, int((AT - timedelta(days=3)).timestamp()))
        assert (told.reason is None) == (code is None)

    def test_since_when_the_key_is_in_doubt_is_told(self) -> None:
        """RFC 5280 5.3.2: the invalidityDate goes along, and changes nothing else."""
        doubted = AT - timedelta(days=9)
        (told,) = statements_of_lists(lists(crl(entry(NUMBER, reason_code(1), invalidity_date(doubted)))), LEAF)
        assert (told.says, told.invalidity_date) == (Says.REVOKED, int(doubted.timestamp()))

    def test_a_hold_is_one(self) -> None:
        """certificateHold suspends."""
        (told,) = statements_of_lists(lists(crl(HELD)), LEAF)
        assert (told.says, told.reason) == (Says.ON_HOLD, RevocationReason.CERTIFICATE_HOLD)

    def test_another_number_is_another_certificate(self) -> None:
        """A CRL that lists others says "good" of this one, for all reasons and from its issuer's hand."""
        one = crl(entry(NUMBER + 1), entry(7, reason_code(HOLD)))
        (told,) = statements_of_lists(lists(one), LEAF)
        expected = (Says.GOOD, ALL_REASONS, ("CRL", one.issuer.key, b""), one.fingerprint)
        assert (told.says, told.reasons, told.scope, told.rank) == expected
        assert (told.this_update, told.next_update) == (int(YESTERDAY.timestamp()), int(TOMORROW.timestamp()))

    @pytest.mark.parametrize("order", [(HELD, LISTED), (LISTED, HELD)])
    def test_listed_twice(self, order: Sequence[bytes]) -> None:
        """What is for ever outweighs the hold, in whatever order they are listed."""
        assert (said(crl(*order)), status(crl(*order))) == ([Says.REVOKED], StatusKind.REVOKED)

    def test_remove_from_crl_is_for_deltas(self) -> None:
        """RFC 5280 5.3.1: removeFromCRL appears only in delta CRLs; a complete CRL that has it revokes nobody."""
        assert status(crl(LIFTED)) is not StatusKind.REVOKED

    @pytest.mark.parametrize(
        "idp", [USERS, issuing_distribution_point(full_name(pki.uri("http://elsewhere.example/")))]
    )
    def test_a_listed_number_is_revoked_beyond_the_scope(self, idp: Extension) -> None:
        """A number that the issuer lists anywhere is revoked; only "good" needs the scope."""
        authority = Certificate(pointing().sealed(1))
        listed = crl(entry(authority.serial_number), by=ROOT, extensions=[idp])
        silent = crl(by=ROOT, extensions=[idp])
        assert (said(listed, of=authority), said(silent, of=authority)) == ([Says.REVOKED], [])

    def test_attribute_certificates_have_their_own_numbers(self) -> None:
        """A list of attribute certificates says nothing of a certificate, listed or not."""
        assert (said(crl(LISTED, extensions=[ATTRIBUTES])), said(crl(extensions=[ATTRIBUTES]))) == ([], [])


class TestIndirect:
    """RFC 5280 5.3.3."""

    POINTING = leaf(
        pointing(
            issuing_distribution_point()._replace(
                oid="2.5.29.31",
                critical=False,
                value=pki.sequence(point(full_name(pki.uri(CRL_URL)), issuers=[CLINIC.name])),
            )
        )
    )

    def asked(self, *entries: bytes) -> list[Says]:
        return said(crl(*entries, by=CLINIC, extensions=[INDIRECT]), of=self.POINTING)

    def test_an_entry_is_of_the_issuer_it_names(self) -> None:
        """The certificateIssuer tells whose certificate the number is."""
        number = self.POINTING.serial_number
        assert self.asked(entry(number, certificate_issuer(ISSUING.name))) == [Says.REVOKED]
        assert self.asked(entry(number, certificate_issuer(ROOT.name))) == [Says.GOOD]

    def test_the_crl_issuer_is_the_default(self) -> None:
        """Entries before the first certificateIssuer are of the CRL's own issuer."""
        number = self.POINTING.serial_number
        assert self.asked(entry(number), entry(7, certificate_issuer(ISSUING.name))) == [Says.GOOD]

    def test_it_lasts_for_the_entries_that_follow(self) -> None:
        """An entry without certificateIssuer is of the same issuer as the one before it."""
        number, to_ward = self.POINTING.serial_number, certificate_issuer(ISSUING.name)
        assert self.asked(entry(7, to_ward), entry(8), entry(number)) == [Says.REVOKED]
        assert self.asked(entry(7, to_ward), entry(8, certificate_issuer(ROOT.name)), entry(number)) == [Says.GOOD]


class TestSilences:
    """What people read where a CRL that they passed does not help."""

    def test_why_it_says_nothing(self) -> None:
        """The scope is another's, or a delta has no base; what counts by its revocations alone is objected to."""
        users = crl(by=ROOT, extensions=[USERS])
        (scope,) = silences(lists(users))
        assert scope.startswith(f"{title(users)} is for other certificates")
        (alone,) = silences(lists(delta()))
        assert alone.startswith(f"{title(delta())} is of use only beside a complete CRL")
        assert [*silences(lists(crl(number=None)))] == []

    def test_many_are_counted(self) -> None:
        """A CA that parts its CRLs in a thousand is told of in one line."""
        (scope,) = silences(lists(*[crl(number=number, extensions=[USERS]) for number in range(1, 1001)]))
        assert scope.startswith("1000 CRLs at hand, the CRL 1 of CN=")


class TestDeltas:
    """RFC 5280 5.2.4, 6.3.3 (c), (i), (k)."""

    def test_it_says_what_is_new(self) -> None:
        """A certificate that the delta lists is revoked though its base does not list it."""
        assert status(crl(), delta(LISTED, **NEWER)) is StatusKind.REVOKED
        assert status(crl(), delta(HELD, **NEWER)) is StatusKind.ON_HOLD

    def test_it_keeps_what_the_base_says(self) -> None:
        """A certificate on the base that the delta does not mention stays as it is."""
        assert status(crl(LISTED), delta(**NEWER)) is StatusKind.REVOKED
        assert status(crl(HELD), delta(**NEWER)) is StatusKind.ON_HOLD

    def test_remove_from_crl_lifts_a_hold(self) -> None:
        """6.3.3 (k): removeFromCRL makes a held certificate unrevoked."""
        assert status(crl(HELD), delta(LIFTED, **NEWER)) is StatusKind.GOOD

    def test_remove_from_crl_lifts_nothing_else(self) -> None:
        """5.3.1: only a hold is lifted; what is revoked stays so."""
        assert status(crl(LISTED), delta(LIFTED, **NEWER)) is StatusKind.REVOKED

    def test_an_older_delta_lifts_nothing(self) -> None:
        """A hold that is newer than the delta stands."""
        older = delta(LIFTED, base=4, number=5, since=YESTERDAY - HOUR)
        assert status(crl(HELD, number=5), older) is StatusKind.ON_HOLD

    def test_a_base_to_come_serves_no_delta(self) -> None:
        """A complete CRL that begins after the delta is not what the delta changes, whatever their numbers say."""
        to_come = crl(since=AT + HOUR, until=TOMORROW)
        assert status(to_come, delta(since=AT - HOUR, until=TOMORROW)) is StatusKind.UNKNOWN

    def test_a_fresh_delta_makes_an_ended_base_serve(self) -> None:
        """5.2.4: base and delta together are the complete CRL of the delta's time."""
        ended = crl(since=AT - timedelta(days=9), until=AT - timedelta(days=2))
        assert (status(ended), status(ended, delta(**NEWER))) == (StatusKind.ENDED, StatusKind.GOOD)

    @pytest.mark.parametrize(
        ("base", "change", "serves"),
        [
            (crl(number=5), delta(base=5, number=6), True),
            (crl(number=6), delta(base=5, number=6), False),
            (crl(number=6), delta(base=5, number=7), True),
            (crl(number=4), delta(base=5, number=6), False),
            (crl(number=7), delta(base=5, number=6), False),
            (crl(extensions=[KEY_IDENTIFIER]), delta(extensions=[KEY_IDENTIFIER]), True),
            (crl(extensions=[KEY_IDENTIFIER]), delta(), False),
            (crl(), delta(extensions=[KEY_IDENTIFIER]), False),
            (crl(extensions=[KEY_IDENTIFIER]), delta(extensions=[ROOT.key_identifier()]), False),
            (crl(extensions=[USERS]), delta(extensions=[USERS]), True),
            (crl(extensions=[USERS]), delta(), False),
            (crl(), delta(extensions=[USERS]), False),
            (crl(), delta(by=ROOT), False),
        ],
    )
    def test_its_base(self, base: CertificateRevocationList, change: CertificateRevocationList, serves: bool) -> None:
        """6.3.3 (c), 5.2.4: same issuer, scope and key identifier; not older than its start, and older than itself."""
        found = lists(base, change)
        assert [[one.crl for one in found.bases[one]] for one in found.deltas] == [[base] if serves else []]

    def test_without_a_base_it_says_nothing_good(self) -> None:
        """A delta alone does not list what was revoked before it."""
        assert (said(delta()), said(delta(LIFTED))) == ([], [])

    def test_without_a_base_it_revokes_all_the_same(self) -> None:
        """What a delta lists is revoked, whatever its base."""
        assert (said(delta(LISTED)), said(delta(HELD))) == ([Says.REVOKED], [Says.ON_HOLD])

    def test_its_statement_is_its_own(self) -> None:
        """What follows from base and delta has the delta's place, its times and its end."""
        change = delta(LIFTED, until=AT + HOUR, **NEWER)
        found: list[Statement] = statements_of_lists(lists(crl(HELD), change), LEAF)
        (told,) = [one for one in found if one.rank == change.fingerprint]
        assert (told.says, told.reasons, told.source) == (Says.GOOD, ALL_REASONS, title(change))
        assert (told.position, told.next_update) == (
            (int((YESTERDAY + HOUR).timestamp()), 6),
            int((AT + HOUR).timestamp()),
        )


class TestTitle:
    @pytest.mark.parametrize(
        ("one", "expected"),
        [
            (crl(), "the CRL 5 of CN=Ward CA 1,O=Ward"),
            (crl(number=None), "the CRL of CN=Ward CA 1,O=Ward"),
            (delta(), "the delta CRL 6 of CN=Ward CA 1,O=Ward"),
        ],
    )
    def test_it_names_kind_number_and_issuer(self, one: CertificateRevocationList, expected: str) -> None:
        """People find a CRL by its number and issuer."""
        assert title(one) == expected
