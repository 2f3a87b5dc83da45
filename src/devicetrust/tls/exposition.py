"""The status of contexts as the text that Prometheus reads, format 0.0.4.

Makes: `prometheus_text`, `CONTENT_TYPE`, `METRICS`.
May import: errors; status.
Must never: let a name break out of its label; put what differs from device to device into a label.
Read first: `prometheus_text`.

The format is known at second hand, and held against the reader of Prometheus' own client in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from devicetrust.errors import MisuseError
from devicetrust.tls.status import Standing, Status

__all__ = ["CONTENT_TYPE", "METRICS", "Metric", "prometheus_text"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""For the handler that returns the text."""


class Metric(NamedTuple):
    """A metric: its name below ``devicetrust_tls_``, its kind, and what it counts."""

    name: str
    kind: str
    help: str


METRICS: Final = (
    Metric("admitted_total", "counter", "Peers let in, by the rules or by an exception."),
    Metric("refused_total", "counter", "Peers that were refused, by the code of the reason."),
    Metric("handshakes_failed_total", "counter", "Handshakes that OpenSSL ended, by its reason."),
    Metric("exception_end_timestamp_seconds", "gauge", "Last second of an exception in use; +Inf where none is set."),
    Metric("credential_end_timestamp_seconds", "gauge", "Last second of our own certificate."),
    Metric("anchor_end_timestamp_seconds", "gauge", "Last second of an anchor."),
    Metric("evidence_end_timestamp_seconds", "gauge", "End of the piece of evidence that ends first."),
    Metric("refuses_from_timestamp_seconds", "gauge", "When peers are refused for want of evidence."),
    Metric("last_reload_timestamp_seconds", "gauge", "When the inputs were last changed, or that was tried."),
    Metric("last_reload_successful", "gauge", "1 where the last change was taken, 0 where it was refused."),
    Metric("health", "gauge", "1 for the standing that holds: ok, degraded or failing; 0 for the others."),
)
"""In the order of the text."""


def prometheus_text(statuses: Mapping[str, Status]) -> str:
    """The exposition of these contexts, each under a name of yours, the label ``context``. Ends with a line feed.

    Raises `MisuseError` for what is no status. A metric that nothing has a value for is left out.
    """
    samples: dict[str, list[str]] = {}
    for name, status in statuses.items():
        if not isinstance(status, Status):
            raise MisuseError(f"prometheus_text takes what context.status() returns, not a {type(status).__name__}")
        for metric, labels, value in _samples(status):
            shown = ",".join(
                f'{label}="{_escaped(text)}"'
                for label, text in {"context": name, "side": status.side.value, **labels}.items()
            )
            samples.setdefault(metric, []).append(f"devicetrust_tls_{metric}{{{shown}}} {value}")
    lines: list[str] = []
    for one in METRICS:
        if one.name in samples:
            name = f"devicetrust_tls_{one.name}"
            lines += [f"# HELP {name} {one.help}", f"# TYPE {name} {one.kind}", *samples[one.name]]
    return "".join(f"{line}\n" for line in lines)


def _samples(status: Status) -> Iterator[tuple[str, dict[str, str], str]]:
    yield "admitted_total", {"by": "rules"}, str(status.admitted)
    yield "admitted_total", {"by": "exception"}, str(status.admitted_by_exception)
    for code, number in sorted(status.refused.items()):
        yield "refused_total", {"code": code}, str(number)
    for code, number in sorted(status.failed.items()):
        yield "handshakes_failed_total", {"code": code}, str(number)
    for used in status.exceptions:
        until = "+Inf" if used.until is None else _seconds(used.until)
        yield "exception_end_timestamp_seconds", {"code": used.code, "waived": used.waived or ""}, until
    for metric, holders in (("credential", (status.credential,)), ("anchor", status.anchors)):
        for one in holders:
            if one is not None and one.until is not None:
                labels = {"subject": one.subject, "fingerprint": one.fingerprint}
                yield f"{metric}_end_timestamp_seconds", labels, _seconds(one.until)
    if status.evidence_end is not None:
        yield "evidence_end_timestamp_seconds", {}, _seconds(status.evidence_end)
    if status.refuses_from is not None:
        yield "refuses_from_timestamp_seconds", {}, _seconds(status.refuses_from)
    if status.last_reload is not None:
        yield "last_reload_timestamp_seconds", {}, _seconds(status.last_reload.at)
        yield "last_reload_successful", {}, str(int(status.last_reload.problem is None))
    standing = status.health.standing
    for each in Standing:
        yield "health", {"standing": each.value}, str(int(each is standing))


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _escaped(text: str) -> str:
    """A label's value: backslash, quotation mark and line feed are escaped, nothing else."""
    # What cannot be written in UTF-8 would break the whole page.
    whole = text.encode("utf-8", "backslashreplace").decode()
    return whole.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
