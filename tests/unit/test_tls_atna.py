"""A refused peer as the audit message of IHE ITI-20: DICOM PS3.15 A.5.3.11, Security Alert (at second hand)."""

from __future__ import annotations

import base64
import hashlib
import logging
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from devicetrust.errors import MisuseError
from devicetrust.tls import SecurityAlertFormatter, is_node_authentication_failure

AT = datetime(2026, 11, 25, 3, 12, 0, 250000, tzinfo=UTC)
FINGERPRINT = hashlib.sha256(b"leaf").hexdigest()


def record(message: str = "CN=pump-1 is refused: it expired", **facts: Any) -> logging.LogRecord:
    """The record of a refusal."""
    cause = {"code": "validity.expired", "about": None, "text": "", "proven": False}
    told = {"event": "refused", "outcome": "untrusted", "peer": "192.0.2.7:49152", "cause": cause, **facts}
    made = {"name": "devicetrust.tls", "msg": "%s", "args": (message,), "created": AT.timestamp(), "devicetrust": told}
    return logging.makeLogRecord(made)


def message(made: logging.LogRecord, **named: str) -> ElementTree.Element:
    """The message of a record, read again."""
    return ElementTree.fromstring(SecurityAlertFormatter("gateway-3", **named).format(made))


def found(element: ElementTree.Element, path: str) -> dict[str, str]:
    """The attributes of the one element there."""
    [one] = element.findall(path)
    return one.attrib


def test_the_event() -> None:
    """A Security Alert of the type Node Authentication, executed, at the time of the record."""
    root = message(record())
    assert root.tag == "AuditMessage"
    assert found(root, "EventIdentification") == {
        "EventActionCode": "E",
        "EventDateTime": "2026-11-25T03:12:00.250000Z",
        "EventOutcomeIndicator": "8",
    }
    assert found(root, "EventIdentification/EventID") == {
        "csd-code": "110113",
        "codeSystemName": "DCM",
        "originalText": "Security Alert",
    }
    assert found(root, "EventIdentification/EventTypeCode") == {
        "csd-code": "110126",
        "codeSystemName": "DCM",
        "originalText": "Node Authentication",
    }


def test_who_reports() -> None:
    """The source and the process are those that the caller names."""
    root = message(record(), site_id="St. Anna", user_id="gateway@3")
    assert found(root, "AuditSourceIdentification") == {
        "AuditSourceID": "gateway-3",
        "AuditEnterpriseSiteID": "St. Anna",
    }
    assert found(root, "ActiveParticipant") == {"UserID": "gateway@3", "UserIsRequestor": "true"}


def test_the_order_of_elements() -> None:
    """As the schema of A.5.1 has it."""
    assert [one.tag for one in message(record(subject="CN=pump-1"))] == [
        "EventIdentification",
        "ActiveParticipant",
        "AuditSourceIdentification",
        "ParticipantObjectIdentification",
    ]


@pytest.mark.parametrize(
    ("event", "outcome", "code", "indicator"),
    [
        ("refused", "untrusted", "validity.expired", "8"),
        ("refused", "undecided", "revocation.unknown", "4"),
        ("refused", "trusted", "tls.not_admitted", "4"),
        ("refused", None, "tls.no_certificate", "4"),
        ("refused", None, "tls.not_judged", "12"),
        ("handshake failed", None, "openssl.certificate_has_expired", "4"),
    ],
)
def test_outcomes(event: str, outcome: str | None, code: str, indicator: str) -> None:
    """Minor or serious while the system stayed secure; major where the judge itself failed."""
    made = record(event=event, outcome=outcome, cause={"code": code})
    assert found(message(made), "EventIdentification")["EventOutcomeIndicator"] == indicator


NODE, URI = ("110182", "DCM", "Node ID"), ("12", "RFC-3881", "URI")


@pytest.mark.parametrize(
    ("facts", "identity", "kind"),
    [
        ({"peer": "192.0.2.7:49152"}, "192.0.2.7", NODE),
        ({"peer": "2001:db8::7"}, "2001:db8::7", NODE),
        ({"peer": "[2001:db8::7]:49152"}, "2001:db8::7", NODE),
        ({"peer": "pump-17.icu.example"}, "pump-17@icu.example", NODE),
        ({"peer": "pump-17.icu.example:8443"}, "pump-17@icu.example", NODE),
        ({"peer": None}, "unknown", NODE),
        (
            {"peer": None, "certificate": FINGERPRINT},
            "ni:///sha-256;" + base64.urlsafe_b64encode(hashlib.sha256(b"leaf").digest()).decode().rstrip("="),
            URI,
        ),
    ],
)
def test_the_peer(facts: dict[str, Any], identity: str, kind: tuple[str, str, str]) -> None:
    """Its address, or its name as node@domain; else its certificate."""
    root = message(record(**facts))
    told = found(root, "ParticipantObjectIdentification")
    assert told == {"ParticipantObjectID": identity, "ParticipantObjectTypeCode": "2"}
    named = found(root, "ParticipantObjectIdentification/ParticipantObjectIDTypeCode")
    assert (named["csd-code"], named["codeSystemName"], named["originalText"]) == kind


def test_why() -> None:
    """The Alert Description is the message for people, in Base64."""
    told = found(message(record()), "ParticipantObjectIdentification/ParticipantObjectDetail")
    assert told["type"] == "Alert Description"
    assert base64.b64decode(told["value"]) == b"CN=pump-1 is refused: it expired"


@pytest.mark.parametrize("hostile", ["CN=<x>&\"'", "CN=\x00\x1b[31m\n", "CN=\ud800", "CN=\ufffe", "CN=Gerät"])
def test_hostile_names(hostile: str) -> None:
    """Whatever a peer calls itself, the message stays well-formed, in ASCII, on one line."""
    made = record(message=hostile, subject=hostile, peer=hostile)
    text = SecurityAlertFormatter("gateway-3").format(made)
    assert text.isascii()
    assert "\n" not in text
    name = ElementTree.fromstring(text).findtext("ParticipantObjectIdentification/ParticipantObjectName")
    assert name == (hostile if hostile.isprintable() else hostile.encode("unicode_escape").decode())


@pytest.mark.parametrize("facts", [None, {"event": "admitted"}, {"event": "refusals grouped", "cause": {}}])
def test_failures_alone(facts: dict[str, Any] | None) -> None:
    """The filter keeps away what is no failure of a node, and the formatter says so."""
    other = logging.makeLogRecord({"msg": "told"} | ({} if facts is None else {"devicetrust": facts}))
    assert (is_node_authentication_failure(other), is_node_authentication_failure(record())) == (False, True)
    with pytest.raises(MisuseError, match="add the filter"):
        SecurityAlertFormatter("gateway-3").format(other)


def test_misuse() -> None:
    """A message without its source is none."""
    with pytest.raises(MisuseError, match="source_id"):
        SecurityAlertFormatter(" ")
