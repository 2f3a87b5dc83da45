"""SARIF 2.1.0: findings for what shows them beside the files, such as code review.

Makes: `sarif_log`.
May import: everything below the reports.
Must never: call what leaves a verdict open anything less than an error: who counts errors would let it pass.
Read first: `sarif_log`.

The format is OASIS SARIF 2.1.0 with errata 01. Clauses in comments are that document's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from devicetrust._version import __version__
from devicetrust.explanation import finding_data
from devicetrust.findings import Code, Effect, Finding, Severity, rfc3339
from devicetrust.linting import LintReport
from devicetrust.profiles.profile import Profile
from devicetrust.report.entry import Entry
from devicetrust.report.rule_data import asserted, code_data, families_of, plain
from devicetrust.rules.rule import Rule

__all__ = ["FINGERPRINT", "SARIF_SCHEMA", "sarif_log"]

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "devicetrust/1"
"""Names how the partial fingerprint is made; the number rises when that changes."""

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}


def sarif_log(entries: Sequence[Entry]) -> dict[str, Any]:
    """One run with a result for each finding, as plain data for JSON.

    The run names the rules that were asked, and every other code that was found. Each result has its file, its
    certificate and field as a logical location, and in its properties what `finding_data` says: whether it ``blocks``
    under the profile among it. Its level is ``error`` where it refuses or leaves the outcome open; else ``note`` for a
    notice, and ``warning``. Its fingerprint stays while certificate, code and field do, wherever the file lies.
    """
    rules = _rules(entries)
    place = {code: index for index, code in enumerate(rules)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "devicetrust",
                        "version": __version__,
                        "rules": [_descriptor(code, rule) for code, rule in rules.items()],
                    }
                },
                # 3.20.14: false says that the tool itself failed; what it found is in the results.
                "invocations": [{"executionSuccessful": True}],
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(entry, finding, place[finding.code]) for entry in entries for finding in entry.findings
                ],
                "properties": {"questions": [_question(entry) for entry in entries]},
            }
        ],
    }


def _rules(entries: Iterable[Entry]) -> dict[Code, Rule | None]:
    """The codes of all rules asked and all findings, each once, in order of their ids."""
    found: dict[Code, Rule | None] = {}
    for entry in entries:
        if isinstance(entry.answer, LintReport):
            found.update((asked.rule.code, asked.rule) for asked in entry.answer.asked)
        for finding in entry.findings:
            found.setdefault(finding.code, None)
    return dict(sorted(found.items(), key=lambda item: item[0].id))


def _descriptor(code: Code, rule: Rule | None) -> dict[str, Any]:
    """A reportingDescriptor, 3.49."""
    data = code_data(code)
    seen = " (known at second hand)" if data["second_hand"] else ""
    short = asserted(rule) if rule is not None else _sentence(code.what)
    return {
        "id": code.id,
        "shortDescription": {"text": short},
        "fullDescription": {"text": _sentence(code.why)},
        "messageStrings": {"default": {"text": _sentence(code.what)}},
        "help": {"text": f"{_sentence(code.why)} To do: {_sentence(code.remedy)} Source: {code.citation}{seen}."},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
        "properties": {
            "tags": [] if rule is None else list(families_of(rule)),
            **{key: data[key] for key in ("document", "clause", "second_hand", "effect", "rank", "waivable")},
        },
    }


def _sentence(template: str) -> str:
    text = plain(template)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?")) else ".")


def _result(entry: Entry, finding: Finding, index: int) -> dict[str, Any]:
    data = finding_data(entry.profile, finding)
    data["number"] = entry.number
    if finding.where.certificate is not None and finding.where.certificate < len(entry.members):
        data["sha256"] = entry.members[finding.where.certificate].fingerprint.hex()
    return {
        "ruleId": finding.code.id,
        "ruleIndex": index,
        "level": _level(entry.profile, finding),
        "message": {"text": _message(f"{finding.what}. To do: {finding.remedy}.")},
        "locations": [_location(entry, finding)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(entry, finding)},
        "properties": data,
    }


def _level(profile: Profile, finding: Finding) -> str:
    if profile.blocks(finding.code) or finding.code.effect is Effect.LEAVES_OPEN:
        return "error"
    return "note" if finding.severity is Severity.NOTICE else "warning"


def _location(entry: Entry, finding: Finding) -> dict[str, Any]:
    index, field = finding.where
    physical = {
        "artifactLocation": {"uri": _uri(entry.file)},
        # Code scanning wants a line; the certificate is one thing, and begins with its file.
        "region": {"startLine": 1},
    }
    if index is None:
        return {"physicalLocation": physical}
    name = f"certificate[{index}]"
    logical = {"name": field.rpartition(".")[2] or name, "fullyQualifiedName": f"{name}.{field}".rstrip(".")}
    message = entry.title(index) if index < len(entry.members) else name
    return {"physicalLocation": physical, "logicalLocations": [logical], "message": {"text": _message(message)}}


def _message(text: str) -> str:
    """3.11.5: braces are doubled, or they would be placeholders. 3.11.6: no name of a stranger becomes a link."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _uri(file: str) -> str:
    """3.4.3: a relative URI stays so, for whoever has the files elsewhere."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "surrogateescape"))


def _fingerprint(entry: Entry, finding: Finding) -> str:
    index = finding.where.certificate
    whose = entry.members[index or 0] if (index or 0) < len(entry.members) else entry.members[0]
    parts = (finding.code.id, whose.fingerprint.hex(), finding.where.field)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _question(entry: Entry) -> dict[str, Any]:
    profile, answer = entry.profile, entry.answer
    asked = {
        "file": entry.file.encode("utf-8", "backslashreplace").decode(),
        "number": entry.number,
        "profile": {"name": profile.name, "edition": profile.edition},
        "at": rfc3339(answer.at),
    }
    if isinstance(answer, LintReport):
        return asked
    return {**asked, "outcome": answer.outcome.value, "not_accepted": entry.not_accepted or None}
