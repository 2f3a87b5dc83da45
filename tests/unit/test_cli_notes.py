"""Notes of the command line: what a person is likely to have mixed up is said on standard error."""

from __future__ import annotations

import re
from pathlib import Path

import cryptography_vectors
import pytest

from devicetrust.cli.commands import run

CHAIN = Path(cryptography_vectors.__file__).parent / "x509" / "cryptography.io.chain.pem"


def test_a_ca_certificate_in_the_first_place_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file begins with a CA and holds a device's certificate behind it, the order is doubted aloud."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", CHAIN.read_text(), re.DOTALL)
    turned = tmp_path / "turned.pem"
    turned.write_text("\n".join(reversed(blocks)))
    options = ["--certifi", "--profile", "tls_server", "--name", "cryptography.io", "--at", "2023-07-10T00:00:00Z"]
    assert run(["verify", str(turned), *options]) == 1
    assert f"{turned} begins with a CA certificate" in capsys.readouterr().err
    run(["verify", str(CHAIN), *options])
    assert "begins with a CA certificate" not in capsys.readouterr().err
