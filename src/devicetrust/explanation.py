"""A verdict in words and as plain data.

Makes: `explain`, `as_data`.
May import: everything below.
Must never: decide anything. Sentences are for people and may change; the data's layout is named by its schema.
Read first: `explain`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from devicetrust.findings import Fact, Finding, Severity, printable
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Attempt, Horizon, Outcome, Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["SCHEMA", "as_data", "explain"]

SCHEMA: Final = "devicetrust.verdict/1"

_MARKS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}


def explain(verdict: Verdict) -> str:
    """The verdict as a tree: outcome, path with the findings on each certificate, what to do, until when."""
    lines = [f"{verdict.outcome.value.upper()} at {_time(verdict.at)} under {_profile(verdict)}"]
    if verdict.headline is not None and not verdict.outcome.admits:
        lines.append(f"  {verdict.headline.what} [{verdict.headline.code.citation}]")
    lines.append(_until(verdict.outcome, verdict.horizon))
    if verdict.outcome.admits and not isinstance(verdict.path[-1], TrustAnchor):
        how = "it is pinned" if verdict.anchor is None else "it is itself an anchor of the trust store"
        lines.append(f"  trusted without an issuer: {how}")
    blocking = set(verdict.blocking())
    lines += _path_lines(verdict.path, verdict.findings, blocking)
    loose = [finding for finding in verdict.findings if finding.where.certificate is None]
    lines += [line for finding in loose for line in _finding_lines(finding, "", finding in blocking)]
    if verdict.wants:
        lines.append("lacking:")
        lines += [printable(f"  {want.kind.value}: {', '.join(map(printable, want.urls))}") for want in verdict.wants]
    if verdict.attempts:
        lines.append(f"other paths tried ({len(verdict.attempts)}):")
        lines += [printable(f"  {_attempt_line(attempt)}") for attempt in verdict.attempts[:_MOST_ATTEMPTS]]
        if len(verdict.attempts) > _MOST_ATTEMPTS:
            lines.append(f"  and {len(verdict.attempts) - _MOST_ATTEMPTS} more")
    return "\n".join(lines)


def as_data(verdict: Verdict) -> dict[str, Any]:
    """Plain values only (str, int, list, dict, None), so that JSON holds all of it. Times in RFC 3339."""
    return {
        "schema": SCHEMA,
        "outcome": verdict.outcome.value,
        "at": _time(verdict.at),
        "headline": None if verdict.headline is None else _finding_data(verdict, verdict.headline),
        "findings": [_finding_data(verdict, finding) for finding in verdict.findings],
        "path": [_member_data(member) for member in verdict.path],
        "attempts": [
            {
                "certificates": [certificate.fingerprint.hex() for certificate in attempt.certificates],
                "anchor": None if attempt.anchor is None else attempt.anchor.fingerprint.hex(),
                "findings": [_finding_data(verdict, finding) for finding in attempt.findings],
            }
            for attempt in verdict.attempts
        ],
        "user_constrained_policies": sorted(verdict.user_constrained_policies),
        "wants": [
            {"kind": want.kind.name.lower(), "certificate": want.certificate.hex(), "urls": list(want.urls)}
            for want in verdict.wants
        ],
        "horizon": _horizon_data(verdict, verdict.horizon),
        "lifetime": _horizon_data(verdict, verdict.lifetime),
        "question": dict(verdict.question),
    }


# A person reads the first few; the data holds all.
_MOST_ATTEMPTS: Final = 5


def _profile(verdict: Verdict) -> str:
    return f"{verdict.profile.name} {verdict.profile.edition}"


def _until(outcome: Outcome, horizon: Horizon) -> str:
    if horizon.until is None:
        return f"  stays {outcome.value}: no date ends it"
    cause = "" if horizon.cause is None else f": {horizon.cause.what}{_place(horizon.cause)}"
    return f"  {outcome.value} until {_time(horizon.until)}{cause}"


def _place(finding: Finding) -> str:
    return "" if finding.where.certificate is None else f" (certificate {finding.where.certificate})"


def _path_lines(
    path: tuple[Certificate | TrustAnchor, ...], findings: tuple[Finding, ...], blocking: set[Finding]
) -> list[str]:
    lines: list[str] = []
    for index in range(len(path) - 1, -1, -1):
        depth = len(path) - 1 - index
        indent = "   " * depth
        branch = "" if depth == 0 else "└─ "
        lines.append(f"{indent[3:] if depth else ''}{branch}{printable(_title(path[index], index))}")
        for finding in findings:
            if finding.where.certificate == index:
                lines += _finding_lines(finding, indent, finding in blocking)
    return lines


def _finding_lines(finding: Finding, indent: str, blocks: bool) -> list[str]:
    mark = _MARKS[finding.severity] + ("" if blocks or finding.severity is not Severity.ERROR else ", reported only")
    lines = [f"{indent}   {mark}: {finding.what} [{finding.code.citation}; {finding.code.id}]"]
    if blocks:
        lines.append(f"{indent}     to do: {finding.remedy}")
    return lines


def _title(member: Certificate | TrustAnchor, index: int) -> str:
    if isinstance(member, TrustAnchor):
        certificate = member.certificate
        dates = "" if certificate is None else f", {_dates(certificate)}"
        return f"anchor {str(member.subject) or 'without a name'} ({member.public_key}{dates})"
    if member.unreadable is not None:
        return f"{index}: unreadable certificate {member.fingerprint.hex()[:16]}"
    names = ", ".join(map(str, member.subject_alternative_names[:3]))
    subject = str(member.subject) or names or "empty name"
    more = f", {names}" if names and str(member.subject) else ""
    return f"{index}: {subject}{more} ({member.public_key}, {_dates(member)})"


def _dates(certificate: Certificate) -> str:
    return f"{_time(certificate.not_before)} to {_time(certificate.not_after)}"


def _attempt_line(attempt: Attempt) -> str:
    issuer = "" if attempt.anchor is None else f" to anchor {attempt.anchor.subject}"
    last = attempt.certificates[-1]
    upto = "" if len(attempt.certificates) < 2 or last.unreadable else f" over {last.subject}"
    errors = [finding for finding in attempt.findings if finding.severity is Severity.ERROR]
    worst = max(errors, key=lambda finding: finding.code.rank, default=None)
    return f"{len(attempt.certificates)} certificates{upto}{issuer}: {worst.what if worst else 'no error'}"


def _finding_data(verdict: Verdict, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code.id,
        "severity": finding.severity.value,
        "blocks": verdict.profile.blocks(finding.code),
        "citation": str(finding.code.citation),
        "certificate": finding.where.certificate,
        "field": finding.where.field,
        "facts": {name: _plain(value) for name, value in finding.items},
        "what": finding.what,
        "remedy": finding.remedy,
    }


def _horizon_data(verdict: Verdict, horizon: Horizon) -> dict[str, Any]:
    return {
        "until": None if horizon.until is None else _time(horizon.until),
        "cause": None if horizon.cause is None else _finding_data(verdict, horizon.cause),
        "recheck": None if horizon.recheck is None else _time(horizon.recheck),
    }


def _member_data(member: Certificate | TrustAnchor) -> dict[str, Any]:
    if isinstance(member, TrustAnchor):
        return {"kind": "anchor", "sha256": member.fingerprint.hex(), "subject": str(member.subject)}
    if member.unreadable is not None:
        return {"kind": "unreadable", "sha256": member.fingerprint.hex(), "reason": member.unreadable}
    return {
        "kind": "certificate",
        "sha256": member.fingerprint.hex(),
        "subject": str(member.subject),
        "issuer": str(member.issuer),
        "serial_number": format(member.serial_number, "x"),
        "not_before": _time(member.not_before),
        "not_after": _time(member.not_after),
    }


def _plain(value: Fact) -> Any:
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple) else value


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
