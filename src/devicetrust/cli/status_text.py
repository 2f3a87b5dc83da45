"""The facts of CRLs and OCSP responses as people read them.

Makes: `crl_lines`, `ocsp_lines`, `point_texts`.
May import: `fields`, `output`.
Must never: state what the facts do not.
Read first: `crl_lines`, then `ocsp_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from devicetrust.cli.fields import field_lines, in_days, left, left_style
from devicetrust.cli.output import Line

__all__ = ["crl_lines", "ocsp_lines", "point_texts"]


def crl_lines(facts: dict[str, Any]) -> list[Line]:
    """A line a field; of a field with several values, a line each. Fields that are absent are left out."""
    more = facts["entries"] - len(facts["first_entries"])
    return [
        *field_lines("issuer", facts["issuer"] or "empty name"),
        *field_lines("CRL number", facts["number"] or "not stated: nobody can tell whether it is the newest"),
        *field_lines("delta CRL", *_base(facts)),
        *_span_lines(facts),
        *field_lines("entries", str(facts["entries"])),
        *field_lines("first revoked" if more else "revoked", *(_entry(one) for one in facts["first_entries"])),
        *field_lines("scope", *_scope(facts["scope"])),
        *field_lines("authority key", *_one(facts["authority_key_identifier"])),
        *field_lines("signature algorithm", facts["signature_algorithm"]),
        *field_lines("freshest CRL", *point_texts(facts["freshest_crl"])),
        *field_lines("decides nothing", *_one(facts["decides_nothing"]), style="red"),
    ]


def ocsp_lines(facts: dict[str, Any]) -> list[Line]:
    """The response line by line, then what it says of each certificate."""
    lines = field_lines("status", facts["status"], style="" if facts["status"] == "successful" else "red")
    if "responses" not in facts:
        return lines
    key = facts["responder_key_sha1"]
    lines += [
        *field_lines("responder", facts["responder"] or ("empty name" if key is None else f"the holder of key {key}")),
        *field_lines("produced at", facts["produced_at"]),
        *field_lines("nonce", *_one(facts["nonce"])),
        *field_lines("signature algorithm", facts["signature_algorithm"]),
        *field_lines("certificates", *facts["certificates"]),
        *_misunderstood(facts),
    ]
    for one in facts["responses"]:
        lines += [
            *field_lines("certificate", one["serial_number"]),
            *field_lines("is", _status(one), style="" if one["certificate_status"] == "good" else "red"),
            *_span_lines(one),
            *_misunderstood(one),
        ]
    return lines


def point_texts(points: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Distribution points, one text each."""
    for point in points:
        names = list(point["names"])
        names += [f"relative name {point['relative_name']}"] if point["relative_name"] else []
        text = " or ".join(names)
        text += f" (for {', '.join(point['reasons'])} only)" if point["reasons"] is not None else ""
        text += f" issued by {', '.join(point['crl_issuers'])}" if point["crl_issuers"] else ""
        yield text.strip()


def _span_lines(facts: dict[str, Any]) -> list[Line]:
    begins = facts["days_until_begin"]
    if facts["next_update"] is None:
        end = field_lines("next update", "not stated: nobody can tell how long it lasts", style="red")
    else:
        days = facts["days_left"]
        end = field_lines("next update", f"{facts['next_update']} ({left(days)})", style=left_style(days))
    begin = facts["this_update"] + (f" (begins in {in_days(begins)})" if begins else "")
    return [*field_lines("this update", begin), *end]


def _base(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["is_delta"]:
        return ()
    base = facts["base_number"]
    return ("to a CRL that it does not name" if base is None else f"changes since CRL {base}",)


def _entry(entry: dict[str, Any]) -> str:
    return f"{entry['serial_number']} at {entry['revoked_at']}" + (f" ({entry['reason']})" if entry["reason"] else "")


def _scope(scope: dict[str, Any] | None) -> list[str]:
    if scope is None:
        return []
    told = [text for name, text in _LIMITS.items() if scope[name]]
    told += [f"reasons {', '.join(scope['only_some_reasons'])} only"] if scope["only_some_reasons"] is not None else []
    told += scope["names"]
    return told + ([f"relative name {scope['relative_name']}"] if scope["relative_name"] else [])


_LIMITS: Final = {
    "only_user_certificates": "user certificates only",
    "only_ca_certificates": "CA certificates only",
    "only_attribute_certificates": "attribute certificates only",
    "indirect": "indirect: also certificates of other issuers",
}


def _status(single: dict[str, Any]) -> str:
    text = str(single["certificate_status"])
    text += f" since {single['revoked_at']}" if single["revoked_at"] else ""
    return text + (f" ({single['reason']})" if single["reason"] else "")


def _misunderstood(facts: dict[str, Any]) -> list[Line]:
    unknown = facts["unprocessed_critical"]
    text = f"critical extensions that are not understood: {', '.join(unknown)}"
    return field_lines("decides nothing", text, style="red") if unknown else []


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)
