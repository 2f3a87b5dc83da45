"""The programs of the how-to on mutual TLS run as they stand: the device is known, the credential can be changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devicetrust import tls
from devicetrust.testing import DeviceKind, Hospital
from devicetrust.testing.responders import RevocationServer
from interop.mutual_tls_servers import free_port
from interop.tls_ward import SECONDS

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/mutual-tls-with-asyncio.md"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hospital]:
    """A folder with the files of the page, and a server that publishes their status."""
    with RevocationServer() as server:
        hospital = Hospital(status_url=server.url)
        gateway, pump = hospital.device("gateway", DeviceKind.GATEWAY), hospital.device("pump-1")
        server.documents, server.ocsp = dict(hospital.documents), hospital.answer
        (tmp_path / "hospital-roots.pem").write_bytes(hospital.roots_pem)
        for name, device in (("gateway", gateway), ("pump", pump)):
            (tmp_path / f"{name}.pem").write_bytes(device.chain_pem)
            (tmp_path / f"{name}.key").write_bytes(device.private_key_pem)
        monkeypatch.chdir(tmp_path)
        yield hospital


def test_the_page(site: Hospital) -> None:
    """The gateway answers the pump by its serial number."""
    gateway, pump, rotation = (program(text) for text in fenced())
    port = free_port()

    async def test() -> bytes:
        serving = asyncio.create_task(gateway["serve"](port))
        try:
            async with asyncio.timeout(SECONDS):
                return await pump["call"](port)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    assert asyncio.run(test()) == b"SN-pump-1 said: hello\n"
    context = tls.server_context(gateway["verifier"], gateway["credential"])
    before = context.credential
    rotation["tls"] = tls
    rotation["rotate"](context)
    assert context.credential is not before


def program(text: str) -> dict[str, Any]:
    """What a block of the page defines, where CRLs and roots are those of a test."""
    names: dict[str, Any] = {}
    here = text.replace("crl.hospital.example", "127.0.0.1").replace("TrustStore.from_file", "TrustStore.for_tests")
    exec(compile(here, PAGE.name, "exec"), names)
    return names


def fenced() -> list[str]:
    """The page's programs."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
