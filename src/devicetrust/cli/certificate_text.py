"""The facts of a certificate as people read them.

Makes: `certificate_lines`.
May import: `fields`, `output`, `status_text`.
Must never: state what the facts do not.
Read first: `certificate_lines`.
"""

from __future__ import annotations

from typing import Any

from devicetrust.cli.fields import field_lines, in_days, left, left_style
from devicetrust.cli.output import Line
from devicetrust.cli.status_text import point_texts

__all__ = ["certificate_lines"]


def certificate_lines(facts: dict[str, Any]) -> list[Line]:
    """A line a field; of a field with several values, a line each. Fields that are absent are left out."""
    lines = [
        *field_lines("subject", facts["subject"] or "empty name"),
        *field_lines("issuer", (facts["issuer"] or "empty name") + (" (self-issued)" if facts["self_issued"] else "")),
        *field_lines("serial number", facts["serial_number"]),
        *field_lines("version", str(facts["version"])),
        *field_lines("not before", facts["not_before"] + _begins(facts)),
        *field_lines(
            "not after", f"{facts['not_after']} ({left(facts['days_left'])})", style=left_style(facts["days_left"])
        ),
        *field_lines("key", _key(facts["key"])),
        *field_lines("signature algorithm", facts["signature_algorithm"]),
        *field_lines("names", *facts["subject_alternative_names"]),
        *field_lines("device", *map(_part, facts["identity"]["parts"])),
        *field_lines("device identifier", *_devid(facts["identity"])),
        *field_lines("CA", *_authority(facts)),
        *field_lines(
            "key usage", *(", ".join(facts["key_usage"]) or "none",) if facts["key_usage"] is not None else ()
        ),
        *field_lines("extended key usage", *(one["name"] or one["oid"] for one in facts["extended_key_usage"] or ())),
        *field_lines("policies", *facts["policies"] or ()),
    ]
    for part, bases in (facts["name_constraints"] or {}).items():
        lines += field_lines(f"{part} names", *bases)
    lines += [
        *field_lines("CRLs", *point_texts(facts["crl_distribution_points"])),
        *field_lines("freshest CRL", *point_texts(facts["freshest_crl"])),
        *field_lines("OCSP responders", *facts["ocsp_responders"]),
    ]
    for extension in facts["extensions"]:
        lines += field_lines("extension", _extension(extension), style="red" if extension["unreadable"] else "")
    for deviation in facts["deviations"]:
        lines += field_lines(
            "deviation", f"{deviation['field']}: {deviation['what']} ({deviation['name']})", style="yellow"
        )
    return lines


def _part(part: dict[str, Any]) -> str:
    told = part["value"] if part["reason"] is None else f"cannot be read: {part['reason']}"
    remark = f" ({part['remark']})" if part["remark"] else ""
    return f"{part['name'].replace('_', ' ')}: {told}{remark}"


def _devid(identity: dict[str, Any]) -> tuple[str, ...]:
    """Whose it looks like, then the marks; nothing for what names no device."""
    if not identity["parts"] or not identity["devid_reasons"]:
        return ()
    kind = {"idevid": "looks like an IDevID", "ldevid": "looks like an LDevID"}
    return kind.get(identity["devid"] or "", "not to be told from the certificate"), *identity["devid_reasons"]


def _begins(facts: dict[str, Any]) -> str:
    days = facts["days_until_begin"]
    return f" (begins in {in_days(days)})" if days else ""


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


def _usages(usages: list[str] | None) -> tuple[str, ...]:
    return () if usages is None else (", ".join(usages) or "none",)


def _extension(extension: dict[str, Any]) -> str:
    name = f"{extension['name']} ({extension['oid']})" if extension["name"] else extension["oid"]
    told = [name, "critical" if extension["critical"] else "not critical"]
    told += ["repeated"] if extension["repeated"] else []
    told += [f"cannot be read: {extension['unreadable']}"] if extension["unreadable"] else []
    return ", ".join(told)
