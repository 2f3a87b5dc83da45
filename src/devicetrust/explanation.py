"""A verdict in words and as plain data.

Makes: `explain`, `explain_to`, `as_data`; `mark_of` and `title` for other texts.
May import: everything below.
Must never: decide anything. Sentences are for people and may change; the data's layout is named by its schema.
Read first: `explain`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from devicetrust.audience import Audience, Language, chosen
from devicetrust.errors import MisuseError
from devicetrust.evidence import Want
from devicetrust.findings import Effect, Fact, Finding, Severity, printable
from devicetrust.profiles.profile import Profile
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Attempt, Horizon, Outcome, Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["SCHEMA", "as_data", "explain", "explain_to", "finding_data", "mark_of", "title"]

SCHEMA: Final = "devicetrust.verdict/3"
"""Names the layout of the data. The number rises with every key that comes, goes or changes."""

_MARKS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}


def explain_to(verdict: Verdict, audience: Audience | str, language: Language | str) -> str:
    """The verdict in the words of this audience and language. Raises `MisuseError` where there are none."""
    reader, tongue = chosen(Audience, audience, "audience"), chosen(Language, language, "language")
    if reader is Audience.HELP_DESK:
        from devicetrust.help_desk.telling import tell  # noqa: PLC0415, most verdicts are read by engineers

        return tell(verdict, tongue)
    if tongue is not Language.ENGLISH:
        raise MisuseError(
            f"engineers are spoken to in English alone; audience={Audience.HELP_DESK.value!r} has "
            f"language={tongue.value!r}"
        )
    return explain(verdict)


def explain(verdict: Verdict) -> str:
    """The verdict as a tree: outcome, until when, path with the findings on each certificate, what to do and to get.

    Findings are marked by what they do: ``error`` refuses, ``open`` leaves the outcome open, ``exception`` admits for a
    while. Those that decide say what to do, the same thing once; so do warnings beside an open question.
    """
    width = timedelta(seconds=verdict.question["interval_seconds"])
    moment = f"from {_time(verdict.at)} to {_time(verdict.at + width)}" if width else f"at {_time(verdict.at)}"
    lines = [f"{verdict.outcome.value.upper()} {moment} under {_profile(verdict)}"]
    if verdict.headline is not None and not verdict.outcome.admits:
        lines.append(f"  {verdict.headline.what} [{verdict.headline.source}]")
    # Of an interval, what ends is the time at which it may begin: the outcome must hold for all of it.
    lines += _until(verdict, "the interval begins at " if width else "")
    if verdict.outcome.admits and not isinstance(verdict.path[-1], TrustAnchor):
        how = "it is pinned" if verdict.anchor is None else "it is itself an anchor of the trust store"
        lines.append(f"  trusted without an issuer: {how}")
    if device := _device(verdict):
        lines.append(f"  the certificate says: {device}")
    blocking = set(verdict.blocking())
    deciding = set(blocking)
    if verdict.outcome is not Outcome.UNTRUSTED:
        deciding.update(finding for finding in verdict.findings if finding.code.effect in _EFFECTS)
    deciding.update(_beside_open_questions(verdict))
    lines += _path_lines(verdict.path, verdict.findings, blocking, deciding)
    loose = [finding for finding in verdict.findings if finding.where.certificate is None]
    lines += [line for finding in loose for line in _finding_lines(finding, "", blocking, deciding)]
    if verdict.wants:
        lines.append("lacking:")
        lines += [f"  {_want_line(want, verdict)}" for want in verdict.wants]
    if verdict.attempts:
        lines.append(f"other paths tried ({len(verdict.attempts)}):")
        lines += [printable(f"  {_attempt_line(attempt)}") for attempt in verdict.attempts[:_MOST_ATTEMPTS]]
        if len(verdict.attempts) > _MOST_ATTEMPTS:
            lines.append(f"  and {len(verdict.attempts) - _MOST_ATTEMPTS} more")
    return "\n".join(_advised_once(lines))


def as_data(verdict: Verdict) -> dict[str, Any]:
    """Plain values only (str, int, list, dict, None), so that JSON holds all of it. Times in RFC 3339."""
    return {
        "schema": SCHEMA,
        "outcome": verdict.outcome.value,
        "at": _time(verdict.at),
        "headline": None if verdict.headline is None else finding_data(verdict.profile, verdict.headline),
        "findings": [finding_data(verdict.profile, finding) for finding in verdict.findings],
        "identity": verdict.identity.to_dict(),
        "path": [_member_data(member) for member in verdict.path],
        "attempts": [
            {
                "certificates": [certificate.fingerprint.hex() for certificate in attempt.certificates],
                "anchor": None if attempt.anchor is None else attempt.anchor.fingerprint.hex(),
                "findings": [finding_data(verdict.profile, finding) for finding in attempt.findings],
            }
            for attempt in verdict.attempts
        ],
        "user_constrained_policies": sorted(verdict.user_constrained_policies),
        "wants": [
            {
                "kind": want.kind.name.lower(),
                "certificate": want.certificate.hex(),
                "urls": list(want.urls),
                "ocsp_request": None if want.question is None else want.question.request().hex(),
            }
            for want in verdict.wants
        ],
        "horizon": _horizon_data(verdict, verdict.horizon),
        "lifetime": _horizon_data(verdict, verdict.lifetime),
        "question": dict(verdict.question),
    }


def _device(verdict: Verdict) -> str:
    """Which device the certificate says it is, the first few parts; the data holds all."""
    known = [part for part in verdict.identity.parts if part.name not in _NOT_DEVICE]
    parts = [str(part) for part in known] if any(part.name != "manufacturer" for part in known) else []
    more = f"; and {len(parts) - _MOST_PARTS} more" if len(parts) > _MOST_PARTS else ""
    return printable("; ".join(parts[:_MOST_PARTS]) + more)


_MOST_PARTS: Final = 6
# What is said elsewhere: an unreadable certificate, URIs among the names. An organization alone names no device.
_NOT_DEVICE: Final = frozenset({"certificate", "subject_alternative_name", "uri"})


def _beside_open_questions(verdict: Verdict) -> Iterator[Finding]:
    """Warnings of the certificates that leave the outcome open: a source that no one can fetch from is for the CA."""
    if verdict.outcome is Outcome.UNDECIDED:
        open_at = {one.where.certificate for one in verdict.findings if one.code.effect is Effect.LEAVES_OPEN}
        for finding in verdict.findings:
            if finding.severity is Severity.WARNING and finding.where.certificate in open_at:
                yield finding


# A person reads the first few; the data holds all.
_MOST_ATTEMPTS: Final = 5


def _profile(verdict: Verdict) -> str:
    return f"{verdict.profile.name} {verdict.profile.edition}"


def _until(verdict: Verdict, begins: str) -> list[str]:
    """Until when it stays so, with evidence as renewed; and with what is at hand, where that is another second."""
    word, renewed, held = verdict.outcome.value, verdict.lifetime, verdict.horizon
    lines = [f"  stays {word}: {_NO_END}" if renewed.until is None else f"  {word} until {begins}{_end(renewed)}"]
    if held.until != renewed.until:
        lines.append(f"  with the evidence at hand {_NO_END if held.until is None else f'until {begins}{_end(held)}'}")
    return lines


_NO_END: Final = "no date ends it"


def _end(horizon: Horizon) -> str:
    cause = "" if horizon.cause is None else f": {horizon.cause.what}{_place(horizon.cause)}"
    return f"{'' if horizon.until is None else _time(horizon.until)}{cause}"


def _place(finding: Finding) -> str:
    return "" if finding.where.certificate is None else f" (certificate {finding.where.certificate})"


def _path_lines(
    path: tuple[Certificate | TrustAnchor, ...],
    findings: tuple[Finding, ...],
    blocking: set[Finding],
    deciding: set[Finding],
) -> list[str]:
    lines: list[str] = []
    for index in range(len(path) - 1, -1, -1):
        depth = len(path) - 1 - index
        indent = "   " * depth
        branch = "" if depth == 0 else "└─ "
        lines.append(f"{indent[3:] if depth else ''}{branch}{printable(title(path[index], index))}")
        for finding in findings:
            if finding.where.certificate == index:
                lines += _finding_lines(finding, indent, blocking, deciding)
    return lines


def _finding_lines(finding: Finding, indent: str, blocking: set[Finding], deciding: set[Finding]) -> list[str]:
    mark = mark_of(finding, finding in blocking)
    lines = [f"{indent}   {mark}: {finding.what} [{finding.source}; {finding.code.id}]"]
    if finding in deciding:
        lines.append(f"{indent}     {_TO_DO}{finding.remedy}")
    return lines


_EFFECTS: Final = {Effect.LEAVES_OPEN: "open", Effect.ADMITS_BY_EXCEPTION: "exception"}
_TO_DO: Final = "to do: "


def mark_of(finding: Finding, blocks: bool) -> str:
    """What a finding does, in a word: ``error``, ``open``, ``exception``, ``warning``, ``notice``."""
    reported_only = finding.severity is Severity.ERROR and not blocks
    return _EFFECTS.get(finding.code.effect) or _MARKS[finding.severity] + (", reported only" if reported_only else "")


def _advised_once(lines: list[str]) -> list[str]:
    """The lines without advice that was given before: the same remedy for each certificate of a path is read once."""
    given: set[str] = set()
    kept: list[str] = []
    for line in lines:
        advice = line.lstrip(" ")
        if advice not in given:
            kept.append(line)
        if advice.startswith(_TO_DO):
            given.add(advice)
    return kept


def _want_line(want: Want, verdict: Verdict) -> str:
    places = [str(place) for place, member in enumerate(verdict.path) if member.fingerprint == want.certificate]
    whose = f"certificate {places[0]}" if places else f"certificate {want.certificate.hex()[:16]} beside this path"
    return printable(f"{whose}: {want.kind.value}: {' or '.join(map(printable, want.urls))}")


def title(member: Certificate | TrustAnchor, index: int) -> str:
    """A certificate or anchor in a line: subject, names, key and dates. What a stranger wrote is not escaped here."""
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


def finding_data(profile: Profile, finding: Finding) -> dict[str, Any]:
    """A finding as data for JSON, with whether it refuses under ``profile``."""
    return {
        "code": finding.code.id,
        "severity": finding.severity.value,
        "effect": finding.code.effect.name.lower(),
        "blocks": profile.blocks(finding.code),
        "citation": finding.source,
        "certificate": finding.where.certificate,
        "field": finding.where.field,
        "facts": {name: _plain(value) for name, value in finding.items},
        "what": finding.what,
        "remedy": finding.remedy,
    }


def _horizon_data(verdict: Verdict, horizon: Horizon) -> dict[str, Any]:
    return {
        "until": None if horizon.until is None else _time(horizon.until),
        "cause": None if horizon.cause is None else finding_data(verdict.profile, horizon.cause),
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
