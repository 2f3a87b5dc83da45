"""Requests as a proxy hands them over, to a WSGI or an ASGI application behind a gate.

Makes: `asked_by_wsgi`, `asked_by_asgi`, `Seen`, `events`.
May import: devicetrust.tls; the standard library.
Must never: open a connection.
Read first: `asked_by_wsgi`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NamedTuple

from devicetrust import Verdict, tls
from devicetrust.tls.proxy_gate import ProxyGate

Headers = list[tuple[str, str]]


class Seen(NamedTuple):
    """What came back, and what the application saw: nothing where it was not called."""

    status: int
    headers: dict[str, str]
    body: bytes
    verdict: Verdict | None
    names: set[str] | None


def asked_by_wsgi(gate: ProxyGate, address: str | None, headers: Headers) -> Seen:
    """PEP 3333, with the names of headers as they are; the same name twice is joined, as servers do."""
    called: list[dict[str, Any]] = []
    answered: list[tuple[str, list[tuple[str, str]]]] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        called.append(environ)
        start_response("200 OK", [])
        return [b"secret"]

    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "HTTP_HOST": "ward"}
    if address is not None:
        environ["REMOTE_ADDR"] = address
    for name, value in headers:
        key = f"HTTP_{name.upper().replace('-', '_')}" if name.isascii() and "'" not in name else name.strip("'")
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    gated = gate.wsgi(application, underscored=tls.UnderscoredNames.DROPPED)
    body = b"".join(gated(environ, lambda *told: answered.append(told)))  # type: ignore[arg-type, return-value]
    [(status, told)] = answered
    verdict, names = (called[0][tls.VERDICT_KEY], set(called[0])) if called else (None, None)
    return Seen(int(status[:3]), {name.lower(): value for name, value in told}, body, verdict, names)


def asked_by_asgi(gate: ProxyGate, address: str | None, headers: Headers, kind: str = "http") -> Seen:
    """ASGI 3: names in lower case, each field by itself. A WebSocket that is closed before it is accepted gives 403."""
    called: list[Any] = []
    sent: list[Any] = []

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        called.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"secret"})

    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in [("Host", "ward"), *headers]]
    scope = {"type": kind, "headers": raw, "client": None if address is None else (address, 1234)}
    asyncio.run(gate.asgi(application)(scope, receive, send))
    assert scope["headers"] == raw
    verdict, names = None, None
    if called:
        verdict, names = called[0][tls.VERDICT_KEY], {name.decode("latin-1") for name, _ in called[0]["headers"]}
    if sent[0]["type"] == "websocket.close":
        return Seen(403, {}, b"", verdict, names)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Seen(sent[0]["status"], told, b"".join(one["body"] for one in sent[1:]), verdict, names)


def events(records: list[logging.LogRecord]) -> list[str]:
    """What the log was told, in order."""
    return [record.devicetrust["event"] for record in records]  # type: ignore[attr-defined]
