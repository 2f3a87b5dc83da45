"""A WSGI application behind a gate (PEP 3333).

Makes: `WSGIGate`.
May import: tls siblings; the types of wsgiref.
Must never: call the application before the gate has judged.
Read first: `WSGIGate.__call__`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from devicetrust.tls.proxy_gate import VERDICT_KEY, ProxyGate, Refused, Request

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["WSGIGate"]


class WSGIGate:
    """Calls the application with the verdict in ``environ``, and without the headers it came from."""

    def __init__(self, gate: ProxyGate, application: WSGIApplication) -> None:
        self._gate = gate
        self._application = application
        self._keys = {_folded(f"HTTP_{one}"): one for one in gate.names}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        decided = self._gate.judge(self._taken(environ))
        if isinstance(decided, Refused):
            start_response(f"{decided.status} {decided.phrase}", list(decided.headers))
            return [decided.body]
        environ[VERDICT_KEY] = decided
        return self._application(environ, start_response)

    def _taken(self, environ: WSGIEnvironment) -> Request:
        """The fields, which leave ``environ``."""
        values: dict[str, list[bytes]] = {}
        mistakable = []
        for key in [one for one in environ if _folded(one) in self._keys]:
            value = environ.pop(key)
            if key != _folded(key):
                mistakable.append(key)
                continue
            values[self._keys[key]] = [_octets(value)]
        address = environ.get("REMOTE_ADDR")
        return Request(address if isinstance(address, str) else None, values, mistakable)


# No octet of a header, so no form reads it.
_NO_OCTETS: Final = b"\x00"


def _octets(value: Any) -> bytes:
    """What the server made characters of, each an octet; what is no such text reads as nothing that any form knows."""
    try:
        return str(value).encode("latin-1").strip(b" \t")
    except UnicodeEncodeError:
        return _NO_OCTETS


def _folded(key: Any) -> str:
    return str(key).upper().replace("-", "_")
