"""An ASGI application behind a gate (ASGI 3).

Makes: `ASGIGate`, `ASGIApplication`.
May import: errors; tls siblings.
Must never: call the application before the gate has judged.
Read first: `ASGIGate.__call__`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from devicetrust.errors import MisuseError
from devicetrust.tls.proxy_gate import VERDICT_KEY, ProxyGate, Refused, Request

__all__ = ["ASGIApplication", "ASGIGate"]

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApplication: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class ASGIGate:
    """Calls the application with the verdict in ``scope``, and without the headers it came from."""

    def __init__(self, gate: ProxyGate, application: ASGIApplication) -> None:
        self._gate = gate
        self._application = application
        self._names = gate.names

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._application(scope, receive, send)
            return
        if kind not in ("http", "websocket"):
            raise MisuseError(f"{kind!r} is no kind of connection that this gate can judge: http, websocket, lifespan")
        request, headers = self._taken(scope)
        decided = self._gate.judge(request)
        if not isinstance(decided, Refused):
            await self._application({**scope, "headers": headers, VERDICT_KEY: decided}, receive, send)
        elif kind == "http":
            named = [(name.lower().encode(), value.encode()) for name, value in decided.headers]
            await send({"type": "http.response.start", "status": decided.status, "headers": named})
            await send({"type": "http.response.body", "body": decided.body})
        else:
            await receive()  # websocket.connect
            # Before it was accepted: the server answers with 403.
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": ""})

    def _taken(self, scope: MutableMapping[str, Any]) -> tuple[Request, list[tuple[bytes, bytes]]]:
        """The fields, and all others."""
        values: dict[str, list[bytes]] = {}
        mistakable, others = [], []
        for name, value in scope.get("headers", ()):
            plain = bytes(name).decode("latin-1").lower()
            folded = plain.replace("_", "-")
            if folded not in self._names:
                others.append((name, value))
            elif plain != folded:
                mistakable.append(plain)
            else:
                values.setdefault(folded, []).append(bytes(value).strip(b" \t"))
        client = scope.get("client")
        address = client[0] if client else None
        return Request(address if isinstance(address, str) else None, values, mistakable), others


_POLICY_VIOLATION: Final = 1008  # RFC 6455 7.4.1, at second hand
