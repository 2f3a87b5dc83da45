"""Dates that come near are said by lint, whatever the profile, once and with the days that are left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devicetrust import Certificate, lint, profiles
from pki import AT
from ward import ISSUING, certificates, replacing, scene

LEAF = scene().chain[0].draft
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (90 * DAY, (90, 90)),
        (60 * DAY + SECOND, (60, 90)),
        (60 * DAY, (60, 60)),
        (30 * DAY, (30, 30)),
        (14 * DAY + SECOND, (14, 30)),
        (14 * DAY, (14, 14)),
        (7 * DAY, (7, 7)),
        (SECOND, (0, 7)),
    ],
)
def test_tiers(left: timedelta, expected: tuple[int, int]) -> None:
    """The days are whole ones that are left; the tier is the smallest that holds what is left, to the second."""
    device = LEAF._replace(not_after=AT + left).sealed(ISSUING.key)
    (finding,) = [one for one in lint(device, profile=profiles.rfc5280, at=AT).findings if one.code.id == EXPIRING]
    assert (finding.facts["days"], finding.facts["tier"], finding.facts["not_after"]) == (*expected, AT + left)


EXPIRING = "outlook.expiring"


def test_ended_is_said_once() -> None:
    """Of what has ended path validation speaks, and the outlook does not."""
    device = LEAF._replace(not_after=AT - SECOND).sealed(ISSUING.key)
    assert {one.code.id for one in lint(device, profile=profiles.rfc5280, at=AT).findings} == {"validity.expired"}


def test_room_for_renewal_names_the_first_to_end() -> None:
    """A renewal must end before each CA above; the one that ends first is named, with its end."""
    chain = [Certificate(der) for der in certificates(replacing(1, not_after=AT + 80 * DAY)(scene()))]
    found = {one.code.id: one for one in lint(chain, profile=profiles.rfc5280, at=AT).findings}
    room = found["outlook.room_for_renewal"]
    assert room.where.certificate == 0
    assert (room.facts["issuer"], room.facts["not_after"]) == (str(chain[1].subject), AT + 80 * DAY)
    assert found["outlook.authority_expiring"].where.certificate == 1


def test_alone_there_is_no_authority_to_outlive() -> None:
    """Without the certificates above, nothing is said of them."""
    report = lint(LEAF.sealed(ISSUING.key), profile=profiles.rfc5280, at=AT)
    assert "outlook.room_for_renewal" not in {one.code.id for one in report.findings}
