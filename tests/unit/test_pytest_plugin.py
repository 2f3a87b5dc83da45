"""The pytest plugin: found by pytest, cheap to load, and its fixtures work in a project that names nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pki import Authority, common_name, key

PROJECT = """
import ssl
import urllib.request
from pathlib import Path

import pytest
from devicetrust import MisuseError
from devicetrust.testing import Fault


@pytest.fixture(scope="session")
def pump(hospital):
    return hospital.device("pump-1")


def test_hospital(hospital, pump):
    assert hospital.verify(pump).outcome.admits
    assert hospital.seed == 1


def test_revocation_server(revocation_server):
    revocation_server.documents["/ward.crl"] = b"octets"
    with urllib.request.urlopen(revocation_server.url_of("/ward.crl"), timeout=5) as answer:
        assert answer.read() == b"octets"


def test_server_that_asks_for_no_certificate(mtls_server, assert_refuses):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("pump.pem", "pump.key")
    server = mtls_server(context)
    pump = ([ssl.PEM_cert_to_DER_cert(Path("pump.pem").read_text())], Path("pump.key").read_bytes())
    with pytest.raises(AssertionError, match="wrongly admits\\n    expired: admitted"):
        assert_refuses(server, faulty={"expired": pump}, good={"pump": pump})
    with pytest.raises(AssertionError, match="wrongly admits\\n    EXPIRED: admitted .*\\n    NOT_A_CA: admitted"):
        assert_refuses(server, faults=[Fault.EXPIRED, Fault.NOT_A_CA])
    with pytest.raises(MisuseError, match="both faulty and good"):
        assert_refuses(server, faulty={"expired": pump})
    with pytest.raises(MisuseError, match="an address is a host and a port"):
        assert_refuses("127.0.0.1:8443")
"""


def test_it_is_found() -> None:
    """Its entry point is named devicetrust."""
    (found,) = entry_points(group="pytest11", name="devicetrust")
    assert found.value == "pytest_devicetrust"


def test_it_is_cheap() -> None:
    """Loading it loads nothing of devicetrust, and nothing that is not there with pytest."""
    code = "import sys, pytest; before = {*sys.modules}; import pytest_devicetrust; print(*{*sys.modules} - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["pytest_devicetrust"]


def test_fixtures(tmp_path: Path) -> None:
    """In a fresh project the fixtures are there, and do as they say."""
    (tmp_path / "test_ward.py").write_text(PROJECT)
    pem, private_key = _self_signed()
    (tmp_path / "pump.pem").write_bytes(pem)
    (tmp_path / "pump.key").write_bytes(private_key)
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert "3 passed" in told.stdout, told.stdout + told.stderr


def _self_signed() -> tuple[bytes, bytes]:
    one = Authority(common_name("pump"), key("p256", 1))
    return (
        x509.load_der_x509_certificate(one.root()).public_bytes(serialization.Encoding.PEM),
        one.key.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
