"""nginx and Envoy in front of WSGI and ASGI: a device is known by what it showed the proxy, and by nothing it wrote."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from devicetrust import tls
from devicetrust.testing import Device, DeviceKind, Fault, Hospital
from interop.mutual_tls_servers import free_port, nginx_with
from interop.proxied_servers import Answer, ask, envoy, serving_asgi, serving_wsgi

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/behind-a-proxy.md"
SERVERS = {"WSGI": serving_wsgi, "ASGI": serving_asgi}
NOT_ACCEPTED = Answer(403, "The client certificate is not accepted.\n")
NO_CERTIFICATE = Answer(401, "A client certificate is required.\n")


class Ward:
    """The files of the page, its program, and devices."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hospital = hospital = Hospital()
        self.gateway = hospital.device("gateway", DeviceKind.GATEWAY)
        self.pump = hospital.device("pump-1")
        self.revoked = hospital.device("pump-2", faults=[Fault.REVOKED])
        self.unlisted = hospital.device("pump-9")
        self.expired = hospital.device("pump-2", faults=[Fault.EXPIRED])
        self.of_nobody = hospital.device("pump-1", faults=[Fault.UNKNOWN_ISSUER])
        issuing = b"".join({one.chain_pem[one.chain_pem.index(END) + len(END) :] for one in (self.pump, self.gateway)})
        contents = {
            "hospital-roots.pem": hospital.roots_pem,
            "issuing-cas.pem": issuing,
            "crls.pem": hospital.crls_pem(),
            "gateway.pem": self.gateway.chain_pem,
            "gateway.key": self.gateway.private_key_pem,
        }
        for name, content in contents.items():
            (folder / name).write_bytes(content)

    def client(self, device: Device | None) -> ssl.SSLContext:
        """What a client goes by that presents this device, or nothing."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cadata=self.hospital.roots_pem.decode())
        if device is not None:
            (self.folder / "client.pem").write_bytes(device.chain_pem)
            (self.folder / "client.key").write_bytes(device.private_key_pem)
            context.load_cert_chain(self.folder / "client.pem", self.folder / "client.key")
        return context


END = b"-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    return Ward(tmp_path_factory.mktemp("ward"))


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """The kind of application."""
    kind: str = request.param
    return kind


@pytest.fixture
def names(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the programs of the page define, where the roots are those of a test."""
    monkeypatch.chdir(ward.folder)
    names: dict[str, Any] = {}
    for text in fenced("python"):
        exec(compile(text.replace("TrustStore.from_file", "TrustStore.for_tests"), PAGE.name, "exec"), names)
    return names


@pytest.fixture
def behind_nginx(ward: Ward, names: dict[str, Any], server: str) -> Iterator[tuple[int, int]]:
    """The ports of nginx, set up as on the page, and of the application behind it."""
    application = names["application" if server == "WSGI" else "asgi_application"]
    port = free_port()
    [configuration] = fenced("nginx")
    with SERVERS[server](application) as upstream:
        configured = configuration.replace("8443", str(port)).replace("8000", str(upstream))
        with nginx_with(ward.folder, port, configured):
            yield port, upstream


@pytest.fixture
def behind_envoy(ward: Ward, names: dict[str, Any], server: str) -> Iterator[int]:
    """The port of Envoy in front of the same application."""
    gate = tls.ProxyGate(
        names["verifier"].evolve(intermediates=()),
        form=tls.ProxyForm.ENVOY,
        proxies=["127.0.0.1"],
        evidence=names["evidence"],
        authorizer=names["known_devices"],
    )
    dropped = tls.UnderscoredNames.DROPPED
    application = gate.wsgi(names["hello"], underscored=dropped) if server == "WSGI" else gate.asgi(names["hello_asgi"])
    port = free_port()
    with SERVERS[server](application) as upstream:
        files = ward.folder / "gateway.pem", ward.folder / "gateway.key"
        with envoy(ward.folder, port, upstream, *files):
            yield port


def test_nginx(ward: Ward, behind_nginx: tuple[int, int]) -> None:
    """A good device is known; revoked, not listed, of an unknown CA, and without a certificate are refused."""
    port, _ = behind_nginx
    assert ask(port, ward.client(ward.pump)) == Answer(200, "hello SN-pump-1\n")
    assert ask(port, ward.client(ward.revoked)) == NOT_ACCEPTED
    assert ask(port, ward.client(ward.unlisted)) == NOT_ACCEPTED
    assert ask(port, ward.client(ward.of_nobody)) == NOT_ACCEPTED
    assert ask(port, ward.client(ward.expired)).status == 400  # nginx's own
    assert ask(port, ward.client(None)) == NO_CERTIFICATE


def test_forged_to_nginx(ward: Ward, behind_nginx: tuple[int, int]) -> None:
    """Who writes the header of another device is whom he showed: nginx overwrites it, or drops it."""
    port, _ = behind_nginx
    forged = escaped(ward.pump)
    for name in ("ClientCertificate", "clientcertificate", "Client_Certificate", "Client-Certificate"):
        assert ask(port, ward.client(None), [(name, forged)]) == NO_CERTIFICATE
        assert ask(port, ward.client(ward.revoked), [(name, forged)]) == NOT_ACCEPTED
        assert ask(port, ward.client(ward.pump), [(name, escaped(ward.unlisted))]).body == "hello SN-pump-1\n"


def test_past_the_proxy(ward: Ward, names: dict[str, Any], server: str) -> None:
    """Who reaches the application from another address than the proxy's brings no certificate."""
    gate = tls.ProxyGate(
        names["verifier"],
        form=tls.ProxyForm.NGINX,
        header="ClientCertificate",
        proxies=["127.0.0.2"],
        evidence=names["evidence"],
    )
    application = gate.wsgi(names["hello"]) if server == "WSGI" else gate.asgi(names["hello_asgi"])
    with SERVERS[server](application) as port:
        assert ask(port, None, [("ClientCertificate", escaped(ward.pump))]) == NO_CERTIFICATE


def test_twice(ward: Ward, behind_nginx: tuple[int, int]) -> None:
    """A trusted proxy that passes on what the client wrote beside its own is refused."""
    _, upstream = behind_nginx
    good = ("ClientCertificate", escaped(ward.pump))
    assert ask(upstream, None, [good]).status == 200
    assert ask(upstream, None, [good, ("clientcertificate", escaped(ward.revoked))]) == NOT_ACCEPTED
    assert ask(upstream, None, [("ClientCertificate", "\x80" * 100)]) == NOT_ACCEPTED


def test_envoy(ward: Ward, behind_envoy: int) -> None:
    """The same as of nginx, with the chain that the device presented."""
    assert ask(behind_envoy, ward.client(ward.pump)) == Answer(200, "hello SN-pump-1\n")
    assert ask(behind_envoy, ward.client(ward.revoked)) == NOT_ACCEPTED
    assert ask(behind_envoy, ward.client(ward.unlisted)) == NOT_ACCEPTED
    assert ask(behind_envoy, ward.client(ward.of_nobody)) == NOT_ACCEPTED
    assert ask(behind_envoy, ward.client(ward.expired)) == NOT_ACCEPTED
    assert ask(behind_envoy, ward.client(None)) == NO_CERTIFICATE


def test_forged_to_envoy(ward: Ward, behind_envoy: int) -> None:
    """Envoy removes the header, and refuses the name with underscores."""
    forged = f'Cert="{escaped(ward.pump)}"'
    assert ask(behind_envoy, ward.client(None), [("X-Forwarded-Client-Cert", forged)]) == NO_CERTIFICATE
    assert ask(behind_envoy, ward.client(ward.revoked), [("X-Forwarded-Client-Cert", forged)]) == NOT_ACCEPTED
    assert ask(behind_envoy, ward.client(None), [("X_Forwarded_Client_Cert", forged)]).status == 400


def escaped(device: Device) -> str:
    """The device's certificate as nginx writes it."""
    encoded = base64.encodebytes(device.certificate.der).replace(b"\n", b"")
    lines = b"\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    return quote(b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n" + END, safe="")


def fenced(language: str) -> list[str]:
    """The page's blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
