"""The health of a context: whether peers can be let in, and what should be looked at. What strangers do is no part."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from devicetrust.tls import ExceptionInUse, Holder, Reload, Standing, Status
from devicetrust.tls.sides import Side

AT = datetime(2026, 11, 25, 3, 12, tzinfo=UTC)
LATER, SOON, SECOND = AT + timedelta(days=90), AT + timedelta(days=14, seconds=-1), timedelta(seconds=1)


def status(**changes: Any) -> Status:
    """A server that is well."""
    given: dict[str, Any] = {
        "at": AT,
        "side": Side.SERVER,
        "profile": "tls_client",
        "admitted": 0,
        "admitted_by_exception": 0,
        "refused": MappingProxyType({}),
        "failed": MappingProxyType({}),
        "exceptions": (),
        "credential": Holder("CN=gateway", "ab", LATER),
        "anchors": (Holder("CN=root", "cd", LATER),),
        "evidence_end": LATER,
        "evidence_problem": None,
        "refuses_from": None,
        "last_reload": None,
    }
    return Status(**{**given, **changes})


def own(until: datetime) -> dict[str, Any]:
    return {"credential": Holder("CN=gateway", "ab", until)}


def anchors(*until: datetime | None) -> dict[str, Any]:
    return {"anchors": tuple(Holder(f"CN={place}", "cd", one) for place, one in enumerate(until))}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        own(AT + timedelta(days=14)),
        {"credential": None},
        anchors(None),
        {"evidence_end": None},
        {"evidence_end": AT},
        {"last_reload": Reload(AT, None)},
        {"refused": MappingProxyType({"path.no_issuer": 10**9}), "failed": MappingProxyType({"openssl.x": 10**9})},
    ],
)
def test_ok(changes: dict[str, Any]) -> None:
    """Nothing ends soon and nothing went wrong; a billion strangers who were refused change nothing."""
    health = status(**changes).health
    assert (health.standing, health.reasons, health.status_code) == (Standing.OK, (), 200)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (own(SOON), "the credential of CN=gateway ends on 2026-12-09T03:11:59Z"),
        (own(AT), "the credential of CN=gateway ends on 2026-11-25T03:12:00Z"),
        (anchors(LATER, AT - SECOND), "the anchor CN=1 has ended on 2026-11-25T03:11:59Z"),
        (anchors(SOON), "the anchor CN=0 ends on 2026-12-09T03:11:59Z"),
        (
            {"refuses_from": LATER},
            "peers will be refused for want of evidence from 2027-02-23T03:12:00Z: no source renews it",
        ),
        ({"evidence_end": AT - SECOND}, "a piece of evidence has ended on 2026-11-25T03:11:59Z"),
        (
            {"exceptions": (ExceptionInUse("waiver.in_force", "validity.expired", LATER),)},
            "peers are let in by an exception, waiver.in_force (validity.expired) until 2027-02-23T03:12:00Z",
        ),
        (
            {"last_reload": Reload(AT, "the key is another's")},
            "the last change was refused on 2026-11-25T03:12:00Z: the key is another's",
        ),
    ],
)
def test_degraded(changes: dict[str, Any], reason: str) -> None:
    """Peers are let in still, and somebody should look."""
    health = status(**changes).health
    assert (health.standing, health.reasons, health.status_code) == (Standing.DEGRADED, (reason,), 200)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (own(AT - SECOND), "the credential of CN=gateway has ended on 2026-11-25T03:11:59Z"),
        (anchors(AT - SECOND), "every anchor has ended"),
        (
            {"refuses_from": AT},
            "peers are refused for want of evidence since 2026-11-25T03:12:00Z: no source renews it",
        ),
        ({"evidence_problem": "OSError: gone"}, "the source of evidence fails: OSError: gone"),
    ],
)
def test_failing(changes: dict[str, Any], reason: str) -> None:
    """Nobody can be let in: 503, with the reason first."""
    health = status(**changes).health
    assert (health.standing, health.reasons[0], health.status_code) == (Standing.FAILING, reason, 503)


def test_answer() -> None:
    """What a handler of HTTP returns is JSON."""
    health = status(evidence_problem='OSError: "gone"').health
    assert health.content_type == "application/json"
    assert json.loads(health.body) == {
        "status": "failing",
        "reasons": ['the source of evidence fails: OSError: "gone"'],
    }


def test_plain_values() -> None:
    """The status can be written as JSON, with times in RFC 3339."""
    told = json.loads(
        json.dumps(
            status(exceptions=(ExceptionInUse("waiver.in_force", None, LATER),), last_reload=Reload(AT, "no")).to_dict()
        )
    )
    assert told["at"] == "2026-11-25T03:12:00Z"
    assert told["side"] == "server"
    assert told["credential"] == {"subject": "CN=gateway", "fingerprint": "ab", "until": "2027-02-23T03:12:00Z"}
    assert told["exceptions"] == [{"code": "waiver.in_force", "waived": None, "until": "2027-02-23T03:12:00Z"}]
    assert told["last_reload"] == {"at": "2026-11-25T03:12:00Z", "problem": "no"}
    assert told["health"]["status"] == "degraded"
