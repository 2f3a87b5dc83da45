"""The text that Prometheus reads, held against the reader of its own client."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from devicetrust.errors import MisuseError
from devicetrust.tls import ExceptionInUse, Holder, Reload, Status, prometheus_text
from devicetrust.tls.exposition import METRICS
from devicetrust.tls.sides import Side

prometheus_parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")

AT = datetime(2026, 11, 25, 3, 12, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)  # 1798761600 seconds since the epoch


def status(**changes: Any) -> Status:
    """A server that has let some in and refused some."""
    given: dict[str, Any] = {
        "at": AT,
        "side": Side.SERVER,
        "profile": "tls_client",
        "admitted": 12,
        "admitted_by_exception": 3,
        "refused": MappingProxyType({"validity.expired": 412}),
        "failed": MappingProxyType({"openssl.certificate_has_expired": 5}),
        "exceptions": (ExceptionInUse("waiver.in_force", "validity.expired", END),),
        "credential": Holder("CN=gateway", "ab", END),
        "anchors": (Holder("CN=root", "cd", END), Holder("CN=key alone", "ef", None)),
        "evidence_end": END,
        "evidence_problem": None,
        "refuses_from": None,
        "last_reload": Reload(AT, None),
    }
    return Status(**{**given, **changes})


def read(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """The samples as Prometheus' reader finds them, by name and labels without context and side."""
    found = {}
    for family in prometheus_parser.text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name not in ("context", "side")}
            found[sample.name.removeprefix("devicetrust_tls_"), tuple(sorted(labels.items()))] = sample.value
    return found


def test_values() -> None:
    """Each number and each end stands under its name; times are seconds since the epoch."""
    assert read(prometheus_text({"dicom": status()})) == {
        ("admitted_total", (("by", "rules"),)): 12,
        ("admitted_total", (("by", "exception"),)): 3,
        ("refused_total", (("code", "validity.expired"),)): 412,
        ("handshakes_failed_total", (("code", "openssl.certificate_has_expired"),)): 5,
        (
            "exception_end_timestamp_seconds",
            (("code", "waiver.in_force"), ("waived", "validity.expired")),
        ): 1798761600,
        ("credential_end_timestamp_seconds", (("fingerprint", "ab"), ("subject", "CN=gateway"))): 1798761600,
        ("anchor_end_timestamp_seconds", (("fingerprint", "cd"), ("subject", "CN=root"))): 1798761600,
        ("evidence_end_timestamp_seconds", ()): 1798761600,
        ("last_reload_timestamp_seconds", ()): AT.timestamp(),
        ("last_reload_successful", ()): 1,
        ("health", (("standing", "ok"),)): 0,
        ("health", (("standing", "degraded"),)): 1,
        ("health", (("standing", "failing"),)): 0,
    }


@pytest.mark.parametrize("hostile", ['CN="x"} 1', "CN=a\nb 1", "CN=a\\nb", "CN=a\\", "CN=Gerät, é", 'a\\"\n'])
def test_hostile_names(hostile: str) -> None:
    """A name stays in its label, and is read as it was written."""
    text = prometheus_text({hostile: status(credential=Holder(hostile, "ab", END))})
    [subject] = [dict(labels)["subject"] for name, labels in read(text) if name == "credential_end_timestamp_seconds"]
    assert subject == hostile
    contexts = {
        one.labels["context"] for all in prometheus_parser.text_string_to_metric_families(text) for one in all.samples
    }
    assert contexts == {hostile}


def test_what_cannot_be_encoded() -> None:
    """A lone surrogate does not break the page."""
    prometheus_text({"dicom": status(credential=Holder("CN=\ud800", "ab", END))}).encode()


def test_several_contexts() -> None:
    """The samples of a metric stand together under one heading, as the format demands."""
    text = prometheus_text({"dicom": status(), "mllp": status(admitted=7)})
    assert text.count("# TYPE devicetrust_tls_admitted_total counter") == 1
    [family] = [
        one for one in prometheus_parser.text_string_to_metric_families(text) if one.name == "devicetrust_tls_admitted"
    ]
    assert [(one.labels["context"], one.value) for one in family.samples if one.labels["by"] == "rules"] == [
        ("dicom", 12),
        ("mllp", 7),
    ]


def test_no_end() -> None:
    """An exception without an end is infinite; what refuses from a day on has it; a refused change is 0."""
    changes = {"exceptions": (ExceptionInUse("x", None, None),), "refuses_from": END, "last_reload": Reload(AT, "no")}
    found = read(prometheus_text({"dicom": status(**changes)}))
    assert found["exception_end_timestamp_seconds", (("code", "x"), ("waived", ""))] == math.inf
    assert found["refuses_from_timestamp_seconds", ()] == 1798761600
    assert found["last_reload_successful", ()] == 0


def test_each_metric_is_described() -> None:
    """Each name has its help and its kind, and a counter ends with _total."""
    text = prometheus_text({"dicom": status(refuses_from=END)})
    for one in METRICS:
        assert f"# HELP devicetrust_tls_{one.name} {one.help}\n" in text
        assert f"# TYPE devicetrust_tls_{one.name} {one.kind}\n" in text
        assert one.name.endswith("_total") == (one.kind == "counter")


def test_none() -> None:
    """Of no context there is nothing to tell; of what is no status neither."""
    assert prometheus_text({}) == ""
    with pytest.raises(MisuseError, match=r"context\.status"):
        prometheus_text({"dicom": "ok"})  # type: ignore[dict-item]
