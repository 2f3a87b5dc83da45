"""The programs of the how-to on refusals run as they stand: one alarm, a page, a health answer, an audit message."""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from devicetrust import tls
from interop.tls_ward import connected, speaking, ward

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/see-who-was-refused.md"


class Kept(logging.Handler):
    """Keeps what it would have written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def page() -> Iterator[dict[str, Any]]:
    """What the blocks of the page define; the logger is as before at the end."""
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
    log = logging.getLogger("devicetrust.tls")
    before = list(log.handlers)
    yield names
    log.handlers[:] = before


def refuse(server: tls.JudgingContext, times: int) -> None:
    """The revoked pump tries so often."""
    for _ in range(times):
        peer = speaking(ward().plain_client(ward().revoked), [])
        with connected(peer) as (raw, _), pytest.raises(ssl.SSLError):
            server.wrap_socket(raw, server_side=True)


def test_alarm(page: dict[str, Any]) -> None:
    """Three refusals are one alarm, and what is left is told at the end."""
    server, pager = ward().server(), Kept()
    [grouping] = [one for one in page["alarm_by"](pager).handlers if isinstance(one, tls.GroupedRefusals)]
    refuse(server, 3)
    assert [line.partition(" since ")[0] for line in pager.lines] == ["1 device refused once"]
    grouping.flush()
    assert pager.lines[-1].startswith("1 device refused 3 times since ")
    assert "revocation.revoked" in pager.lines[-1]


def test_page_and_health(page: dict[str, Any]) -> None:
    """The refusals are counted by their code, and do not make the server ill; what will end does."""
    server = ward().server()
    refuse(server, 1)
    counted = 'devicetrust_tls_refused_total{context="dicom",side="server",code="revocation.revoked"} 1\n'
    assert counted in page["metrics"]({"dicom": server})
    code, kind, body = page["health"](server)
    assert (code, kind, json.loads(body)["status"]) == (200, "application/json", "degraded")
    assert not any("refused since" in reason for reason in json.loads(body)["reasons"])


def test_audit(page: dict[str, Any]) -> None:
    """Each refusal is a message, and nothing else is."""
    repository = Kept()
    page["audit_by"](repository, "gateway-3")
    refuse(ward().server(), 2)
    assert len(repository.lines) == 2
    for line in repository.lines:
        message = ElementTree.fromstring(line)
        [event, peer] = [message.find(one) for one in ("EventIdentification", "ParticipantObjectIdentification")]
        assert event is not None
        assert event.get("EventOutcomeIndicator") == "8"
        assert peer is not None
        assert peer.get("ParticipantObjectID") == "127.0.0.1"
        assert peer.findtext("ParticipantObjectName") == str(ward().revoked.certificate.subject)
