"""`make demo` says the same with the samples and without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PKITS = "247 of 247 PKITS paths as NIST expects."


def test_demo_without_samples_ends_well(tmp_path: Path) -> None:
    """Where there are no samples, a web server's chain stands in for them, and everything is as it should be."""
    assert last_line(tmp_path) == f"As it should be: 2 of 2 web servers as known; {PKITS}"


def test_demo_with_samples_ends_well(shared: Path) -> None:
    """Where the samples are at hand, every CA certificate of the TPM makers verifies."""
    devices = "2 of 2 devices as known; 143 of 143 TPM CA certificates verified"
    assert last_line(shared) == f"As it should be: {devices}; {PKITS}"


def last_line(samples: Path) -> str:
    """How the demonstration ends; fails where its exit code is not 0."""
    environment = {**os.environ, "DEVICETRUST_SHARED": str(samples), "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = str(CHECKOUT / "src")
    told = subprocess.run(
        [sys.executable, str(CHECKOUT / "examples" / "demo.py")],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=environment,
    )
    return told.stdout.splitlines()[-1]
