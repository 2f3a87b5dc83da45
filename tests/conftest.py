"""What every test has: hypothesis's settings, and the way to data that may be absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import at_hand

# Read by type checkers only.
collect_ignore = ["typing"]

# Fast runs draw the same cases every time; slow ones draw new ones, and keep what failed in .hypothesis.
settings.register_profile("fast", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("slow", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("slow" if os.environ.get("DEVICETRUST_SLOW") == "1" else "fast")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of samples and conformance data beside the checkout. Tests that ask for it skip where it is absent."""
    folder = at_hand.shared()
    if folder is None:
        pytest.skip("no shared folder: set DEVICETRUST_SHARED, or put it beside the checkout as ../shared")
    return folder
