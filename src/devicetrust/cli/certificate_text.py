"""The facts of a certificate as people read them.

Makes: `certificate_lines`.
May import: `output`.
Must never: state what the facts do not.
Read first: `certificate_lines`.
"""

from __future__ import annotations

from typing import Any

from devicetrust.cli.output import Line

__all__ = ["certificate_lines"]


def certificate_lines(facts: dict[str, Any]) -> list[Line]:
    """A line a field; of a field with several values, a line each. Fields that are absent are left out."""
    lines = [
        *_field("subject", facts["subject"] or "empty name"),
        *_field("issuer", (facts["issuer"] or "empty name") + (" (self-issued)" if facts["self_issued"] else "")),
        *_field("serial number", facts["serial_number"]),
        *_field("version", str(facts["version"])),
        *_field("not before", facts["not_before"] + _begins(facts)),
        *_field(
            "not after", f"{facts['not_after']} ({_left(facts['days_left'])})", style=_left_style(facts["days_left"])
        ),
        *_field("key", _key(facts["key"])),
        *_field("signature algorithm", facts["signature_algorithm"]),
        *_field("names", *facts["subject_alternative_names"]),
        *_field("CA", *_authority(facts)),
        *_field("key usage", *(", ".join(facts["key_usage"]) or "none",) if facts["key_usage"] is not None else ()),
        *_field("extended key usage", *(one["name"] or one["oid"] for one in facts["extended_key_usage"] or ())),
        *_field("policies", *facts["policies"] or ()),
    ]
    for part, bases in (facts["name_constraints"] or {}).items():
        lines += _field(f"{part} names", *bases)
    for extension in facts["extensions"]:
        lines += _field("extension", _extension(extension), style="red" if extension["unreadable"] else "")
    for deviation in facts["deviations"]:
        lines += _field("deviation", f"{deviation['field']}: {deviation['what']} ({deviation['name']})", style="yellow")
    return lines


def _field(name: str, *values: str, style: str = "") -> list[Line]:
    titles = (name, *[""] * len(values))
    return [Line(f"  {title:<20} {value}", style) for title, value in zip(titles, values, strict=False)]


def _begins(facts: dict[str, Any]) -> str:
    days = facts["days_until_begin"]
    return f" (begins in {_days(days)})" if days else ""


def _left(days: int | None) -> str:
    if days is None:
        return "no date ends it"
    # Rounded down, and notAfter is the last second of validity: -1 says that less than a day has passed since.
    return f"{_days(days)} left" if days >= 0 else f"ended {_days(-days - 1)} ago"


def _left_style(days: int | None) -> str:
    return "red" if days is not None and days < 0 else ""


def _days(count: int) -> str:
    return {0: "less than a day", 1: "1 day"}.get(count, f"{count} days")


def _key(key: dict[str, Any]) -> str:
    if key["unreadable"]:
        return str(key["unreadable"])
    if key["curve"]:
        return f"{key['algorithm']} {key['curve']}"
    return f"{key['algorithm']}-{key['size']}" if key["size"] else str(key["algorithm"])


def _authority(facts: dict[str, Any]) -> tuple[str, ...]:
    if facts["ca"] is None:
        return ()
    length = facts["max_path_length"]
    return ("no" if not facts["ca"] else "yes" if length is None else f"yes, path length {length}",)


def _extension(extension: dict[str, Any]) -> str:
    name = f"{extension['name']} ({extension['oid']})" if extension["name"] else extension["oid"]
    told = [name, "critical" if extension["critical"] else "not critical"]
    told += ["repeated"] if extension["repeated"] else []
    told += [f"cannot be read: {extension['unreadable']}"] if extension["unreadable"] else []
    return ", ".join(told)
