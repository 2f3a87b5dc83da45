"""Behind a proxy, a certificate counts where a trusted proxy wrote it, and no application sees the header."""

from __future__ import annotations

import base64
import ipaddress
import logging
from typing import Any
from urllib.parse import quote

import pytest

from devicetrust import Evidence, MisuseError, Outcome, Verifier, profiles, testing, tls
from devicetrust.testing import Device, Fault
from devicetrust.tls import ProxyForm, ProxyGate, UnderscoredNames, WithoutCertificate
from proxied import asked_by_asgi, asked_by_wsgi, events

HOSPITAL = testing.Hospital()
PUMP, OTHER = HOSPITAL.device("pump-1"), HOSPITAL.device("pump-2")
REVOKED = HOSPITAL.device("pump-3", faults=[Fault.REVOKED])
EXPIRED = HOSPITAL.device("pump-4", faults=[Fault.EXPIRED])
VERIFIER = Verifier(HOSPITAL.trust_store(), profile=profiles.tls_client)
PROXY, STRANGER = "10.0.0.7", "10.0.1.7"
DRIVERS = pytest.mark.parametrize("ask", [asked_by_wsgi, asked_by_asgi], ids=["WSGI", "ASGI"])


def gate(**changes: Any) -> ProxyGate:
    given = {"form": ProxyForm.RFC_9440, "proxies": ["10.0.0.0/24", "fd00::1"], "evidence": evidence()}
    return ProxyGate(VERIFIER, **{**given, **changes})


def evidence() -> Evidence:
    return Evidence(crls=HOSPITAL.crls())


def presenting(device: Device) -> list[tuple[str, str]]:
    leaf, *others = [f":{base64.b64encode(one.der).decode()}:" for one in device.chain]
    return [("Client-Cert", leaf), ("Client-Cert-Chain", ", ".join(others))]


@DRIVERS
@pytest.mark.parametrize("address", [PROXY, "::ffff:10.0.0.7", "fd00::1"])
def test_admitted(ask: Any, address: str, caplog: pytest.LogCaptureFixture) -> None:
    """The application has the verdict on the device, and not the headers that it came from."""
    with caplog.at_level(logging.INFO, "devicetrust.tls"):
        listed = gate(authorizer=tls.admit.serial_numbers({"SN-pump-1"}))
        seen = ask(listed, address, presenting(PUMP))
    assert seen.status == 200
    assert seen.verdict.outcome is Outcome.TRUSTED
    assert seen.verdict.identity.serial_number == "SN-pump-1"
    assert not [one for one in seen.names if "client" in one.lower().replace("devicetrust", "")]
    assert events(caplog.records) == ["evidence lacking", "admitted"]
    assert caplog.records[-1].devicetrust["peer"] == f"proxy {address}"  # type: ignore[attr-defined]


@DRIVERS
@pytest.mark.parametrize("device", [REVOKED, EXPIRED, OTHER], ids=["revoked", "expired", "not listed"])
def test_refused(ask: Any, device: Device, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is 403 and says nothing of why or whom; the log has both."""
    listed = gate(authorizer=tls.admit.serial_numbers({"SN-pump-1", "SN-pump-3", "SN-pump-4"}))
    caplog.clear()
    seen = ask(listed, PROXY, presenting(device))
    assert (seen.status, seen.names) == (403, None)
    assert seen.body == b"The client certificate is not accepted.\n"
    assert seen.headers["content-type"] == "text/plain; charset=utf-8"
    assert seen.headers["content-length"] == str(len(seen.body))
    assert events(caplog.records) == ["refused"]
    assert caplog.records[0].devicetrust["certificate"] == device.certificate.fingerprint.hex()  # type: ignore[attr-defined]


@DRIVERS
def test_no_evidence(ask: Any) -> None:
    """Undecided is refused: nothing is fetched."""
    assert ask(gate(evidence=None), PROXY, presenting(PUMP)).status == 403


@DRIVERS
def test_without_certificate(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is 401, with a challenge as RFC 9110 11.6.1 demands."""
    without = gate()
    caplog.clear()
    seen = ask(without, PROXY, [])
    assert (seen.status, seen.names) == (401, None)
    assert seen.body == b"A client certificate is required.\n"
    assert seen.headers["www-authenticate"]
    assert events(caplog.records) == ["refused"]


@DRIVERS
def test_let_pass(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Where that was chosen, the application is called without a verdict."""
    with caplog.at_level(logging.INFO, "devicetrust.tls"):
        seen = ask(gate(without_certificate=WithoutCertificate.LET_PASS), PROXY, [])
    assert (seen.status, seen.verdict) == (200, None)
    assert events(caplog.records)[-1] == "let pass without a certificate"


@DRIVERS
@pytest.mark.parametrize("address", [STRANGER, None, "", "unix:", "localhost", "fd00::2", "10.0.0.7, 1.1.1.1"])
def test_stranger(ask: Any, address: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """Who is no trusted proxy brings no certificate: it is removed, told, and the request is one without."""
    refusing, lenient = gate(), gate(without_certificate=WithoutCertificate.LET_PASS)
    caplog.clear()
    assert ask(refusing, address, presenting(PUMP)).status == 401
    assert events(caplog.records) == ["header removed", "refused"]
    seen = ask(lenient, address, presenting(PUMP))
    assert (seen.status, seen.verdict) == (200, None)
    assert not [one for one in seen.names if "client" in one.lower()]


@pytest.mark.parametrize(
    ("ask", "headers"),
    [
        pytest.param(
            asked_by_asgi, [("Client_Cert", presenting(PUMP)[0][1]), presenting(PUMP)[1]], id="ASGI, underscore alone"
        ),
        pytest.param(asked_by_asgi, [*presenting(PUMP), ("client_cert", "x")], id="ASGI, underscore too"),
        pytest.param(asked_by_asgi, [*presenting(PUMP), ("Client-Cert_Chain", "x")], id="ASGI, of the chain"),
        pytest.param(asked_by_asgi, [*presenting(PUMP), *presenting(OTHER)], id="ASGI, twice"),
        pytest.param(asked_by_wsgi, [*presenting(PUMP), *presenting(OTHER)], id="WSGI, twice"),
        pytest.param(asked_by_wsgi, [*presenting(PUMP), ("Client_Cert", "x")], id="WSGI, underscore, joined"),
        pytest.param(asked_by_wsgi, [*presenting(PUMP), ("'HTTP_Client-Cert'", "x")], id="WSGI, another key"),
        pytest.param(asked_by_wsgi, [("'HTTP_CLIENT-CERT'", "x")], id="WSGI, another key alone"),
        pytest.param(asked_by_wsgi, [("Client-Cert", "\u20ac")], id="WSGI, no octets"),
        pytest.param(asked_by_wsgi, [("Client-Cert", "\x00\xff")], id="WSGI, any octets"),
        pytest.param(asked_by_asgi, [("Client-Cert", "\x00\xff")], id="ASGI, any octets"),
        pytest.param(asked_by_wsgi, [("Client-Cert", "")], id="WSGI, empty"),
        pytest.param(asked_by_asgi, [("Client-Cert", ":AAAA:")], id="ASGI, no certificate"),
    ],
)
def test_doubtful(ask: Any, headers: list[tuple[str, str]], caplog: pytest.LogCaptureFixture) -> None:
    """What may have been forged is refused, also where requests without a certificate pass; the log says why."""
    assert ask(gate(without_certificate=WithoutCertificate.LET_PASS), PROXY, headers).status == 403
    told = caplog.records[-1].devicetrust  # type: ignore[attr-defined]
    assert (told["event"], told["peer"]) == ("refused", f"proxy {PROXY}")
    reasons = ("cannot be read", "is mistakable", "untrusted: ")
    assert any(one in told["reason"] for one in reasons), told["reason"]


def test_websocket() -> None:
    """A WebSocket is closed before it is accepted, or the application has the verdict."""
    assert asked_by_asgi(gate(), PROXY, [], "websocket").status == 403
    seen = asked_by_asgi(gate(), PROXY, presenting(PUMP), "websocket")
    assert seen.verdict is not None


def test_other_kinds() -> None:
    """A lifespan passes; what nobody knows does not."""
    called = []

    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        called.append(scope["type"])

    for kind, expected in (("lifespan", ["lifespan"]), ("other", None)):
        called.clear()
        running = gate().asgi(application)({"type": kind}, None, None)  # type: ignore[arg-type]
        if expected is None:
            with pytest.raises(MisuseError):
                running.send(None)  # type: ignore[attr-defined]
            assert called == []
        else:
            with pytest.raises(StopIteration):
                running.send(None)  # type: ignore[attr-defined]
            assert called == expected


def test_other_forms() -> None:
    """nginx, Envoy and HAProxy, each in a header of its own."""
    intermediates = Verifier(VERIFIER.trust, profile=profiles.tls_client, intermediates=PUMP.chain[1:])
    whole = quote(PUMP.chain_pem, safe="")
    leaf = whole.partition("-----END")[0] + quote("-----END CERTIFICATE-----\n", safe="")
    der = base64.b64encode(PUMP.certificate.der).decode()
    chain = base64.b64encode(b"".join(one.der for one in PUMP.chain[1:])).decode()
    given: Any = {"proxies": [ipaddress.ip_network("10.0.0.7")], "evidence": evidence()}
    nginx = ProxyGate(intermediates, form=ProxyForm.NGINX, header="ClientCertificate", **given)
    envoy = ProxyGate(VERIFIER, form=ProxyForm.ENVOY, **given)
    haproxy = ProxyGate(VERIFIER, form=ProxyForm.HAPROXY, header="X-Cert", chain_header="X-Chain", **given)
    for ask in (asked_by_wsgi, asked_by_asgi):
        assert ask(nginx, PROXY, [("ClientCertificate", leaf)]).status == 200
        assert ask(envoy, PROXY, [("X-Forwarded-Client-Cert", f'Chain="{whole}"')]).status == 200
        assert ask(haproxy, PROXY, [("X-Cert", der), ("X-Chain", chain)]).status == 200
        assert ask(nginx, PROXY, presenting(PUMP)).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"proxies": []},
        {"proxies": "10.0.0.7"},
        {"proxies": ["0.0.0.0/0"]},
        {"proxies": ["::/0"]},
        {"proxies": ["10.0.0.7/24"]},
        {"proxies": ["proxy.example"]},
        {"form": "nginx"},
        {"form": ProxyForm.NGINX},
        {"without_certificate": True},
        {"evidence": []},
        {"authorizer": lambda verdict: True},
    ],
)
def test_misuse(changes: dict[str, Any]) -> None:
    """What cannot be meant is said when the gate is made."""
    with pytest.raises(MisuseError):
        gate(**changes)


def test_profile_of_servers() -> None:
    """Clients are judged, so a profile for servers does not fit."""
    with pytest.raises(MisuseError):
        ProxyGate(VERIFIER.evolve(profile=profiles.tls_server), form=ProxyForm.ENVOY, proxies=[PROXY])


def test_names_of_wsgi() -> None:
    """A name with a hyphen is taken of WSGI only where somebody says that underscores are dropped."""

    def application(_environ: Any, _start_response: Any) -> list[bytes]:
        return []

    with pytest.raises(MisuseError, match="client_cert"):
        gate().wsgi(application)
    with pytest.raises(MisuseError):
        gate().wsgi(application, underscored=True)  # type: ignore[arg-type]
    gate().wsgi(application, underscored=UnderscoredNames.DROPPED)
    gate(form=ProxyForm.NGINX, header="ClientCertificate").wsgi(application)


def test_announced(caplog: pytest.LogCaptureFixture) -> None:
    """Without an authorizer the log says that everybody whom the verifier trusts is admitted."""
    gate()
    assert events(caplog.records)[0] == "everybody whom the verifier trusts is admitted"


@DRIVERS
def test_source_that_raises(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails while a request is judged refuses it."""

    class Broken:
        def evidence(self) -> Evidence:
            raise OSError("gone")

    broken = gate(evidence=Broken())
    caplog.clear()
    assert ask(broken, PROXY, presenting(PUMP)).status == 403
    assert events(caplog.records) == ["refused"]
