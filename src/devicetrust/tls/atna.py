"""Refused peers as the audit message that IHE ATNA asks for: ITI-20, node authentication failure.

Makes: `SecurityAlertFormatter`, `is_node_authentication_failure`.
May import: errors, findings; causes, events.
Must never: put into a message what the event does not hold; send it.
Read first: `SecurityAlertFormatter`.

IHE ITI TF-2 3.20.4.1.1.1 names the event, DICOM PS3.15 A.5.3.11 (Security Alert) its content and A.5.1 the XML; all of
them are known here at second hand. How a message travels (RFC 5424 over TLS, RFC 5425) is the handler's.
"""

from __future__ import annotations

import base64
import ipaddress
import logging
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree import ElementTree

from devicetrust.errors import MisuseError
from devicetrust.findings import printable, rfc3339
from devicetrust.tls.causes import NOT_JUDGED
from devicetrust.tls.events import Event
from devicetrust.verdict import Outcome

__all__ = ["SecurityAlertFormatter", "is_node_authentication_failure"]

_FAILURES: Final = (Event.REFUSED.value, Event.HANDSHAKE_FAILED.value)

# EventOutcomeIndicator. A.5.3.11: after a minor or a serious failure what was done kept the system secure, after a
# major one it may not have. Which refusal is which is our choice.
_MINOR, _SERIOUS, _MAJOR = "4", "8", "12"


def is_node_authentication_failure(record: logging.LogRecord) -> bool:
    """Whether a record is of a peer that failed to prove who it is: a filter for handlers that send audit messages."""
    facts = getattr(record, "devicetrust", None)
    return isinstance(facts, dict) and facts.get("event") in _FAILURES


class SecurityAlertFormatter(logging.Formatter):
    """Formats a refused peer, or a handshake that OpenSSL ended, as an ``AuditMessage`` in XML, ASCII, on one line.

    Event 110113 "Security Alert" of type 110126 "Node Authentication", action E. The outcome is 8 for a peer that is
    not trusted, 4 for one that is merely undecided or not admitted and for a handshake that OpenSSL ended, and 12
    where the judge itself failed. The object is the peer: its address or its name as node@domain (110182, Node ID),
    else its certificate by SHA-256 as a URI (12) of RFC 6920; the detail "Alert Description" says why, in Base64.

    ``source_id`` is the AuditSourceID of this system, ``site_id`` its AuditEnterpriseSiteID, ``user_id`` the process
    that reports. Raises `MisuseError` for an empty one, and for a record that is none of those, which
    `is_node_authentication_failure` keeps away.
    """

    def __init__(self, source_id: str, *, site_id: str | None = None, user_id: str | None = None) -> None:
        super().__init__()
        for name, value in (("source_id", source_id), ("site_id", site_id), ("user_id", user_id)):
            if value is not None and not (isinstance(value, str) and value.strip()):
                raise MisuseError(f"{name} is a text that says which system this is, not {value!r}")
        self._source_id, self._site_id, self._user_id = source_id, site_id, user_id or source_id

    def format(self, record: logging.LogRecord) -> str:
        """The message of this record. Raises `MisuseError`."""
        if not is_node_authentication_failure(record):
            raise MisuseError(
                "only refusals and failed handshakes are node authentication failures: add the filter "
                "tls.is_node_authentication_failure to the handler"
            )
        facts: dict[str, Any] = record.__dict__["devicetrust"]
        message = ElementTree.Element("AuditMessage")
        event = ElementTree.SubElement(
            message,
            "EventIdentification",
            EventActionCode="E",
            EventDateTime=rfc3339(datetime.fromtimestamp(record.created, UTC)),
            EventOutcomeIndicator=_outcome(facts),
        )
        _coded(event, "EventID", "110113", "DCM", "Security Alert")
        _coded(event, "EventTypeCode", "110126", "DCM", "Node Authentication")
        ElementTree.SubElement(message, "ActiveParticipant", UserID=printable(self._user_id), UserIsRequestor="true")
        source = ElementTree.SubElement(message, "AuditSourceIdentification", AuditSourceID=printable(self._source_id))
        if self._site_id is not None:
            source.set("AuditEnterpriseSiteID", printable(self._site_id))
        self._peer(message, facts, record.getMessage())
        text: str = ElementTree.tostring(message, encoding="us-ascii").decode("ascii")
        return text

    def _peer(self, message: ElementTree.Element, facts: dict[str, Any], description: str) -> None:
        identity, is_node = _node(facts)
        # 2: a system object.
        peer = ElementTree.SubElement(
            message, "ParticipantObjectIdentification", ParticipantObjectID=identity, ParticipantObjectTypeCode="2"
        )
        if is_node:
            _coded(peer, "ParticipantObjectIDTypeCode", "110182", "DCM", "Node ID")
        else:
            _coded(peer, "ParticipantObjectIDTypeCode", "12", "RFC-3881", "URI")
        named = facts.get("subject")
        if named:
            ElementTree.SubElement(peer, "ParticipantObjectName").text = printable(named)
        value = base64.b64encode(printable(description).encode()).decode("ascii")
        ElementTree.SubElement(peer, "ParticipantObjectDetail", type="Alert Description", value=value)


def _coded(parent: ElementTree.Element, tag: str, code: str, system: str, text: str) -> None:
    ElementTree.SubElement(parent, tag, {"csd-code": code, "codeSystemName": system, "originalText": text})


def _outcome(facts: dict[str, Any]) -> str:
    if facts["cause"]["code"] == NOT_JUDGED:
        return _MAJOR
    return _SERIOUS if facts.get("outcome") == Outcome.UNTRUSTED.value else _MINOR


def _node(facts: dict[str, Any]) -> tuple[str, bool]:
    """Who the peer is, and whether that is a node: by its address or name, else by its certificate."""
    peer = facts.get("peer")
    if peer:
        host = _host(peer)
        if _is_address(host):
            return host.partition("%")[0], True
        name, _, domain = host.partition(".")
        return printable(f"{name}@{domain}" if domain else host), True
    certificate = facts.get("certificate")
    if certificate:
        digest = base64.urlsafe_b64encode(bytes.fromhex(certificate)).decode("ascii").rstrip("=")
        return f"ni:///sha-256;{digest}", False
    return "unknown", True


def _host(peer: str) -> str:
    """The address or the name alone, of one that may have a port; IPv6 addresses stand in brackets before it."""
    if peer.startswith("["):
        return peer[1:].partition("]")[0]
    host, colon, port = peer.rpartition(":")
    return host if colon and port.isdigit() and not _is_address(peer) else peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
