"""CRLs, OCSP responses, and where certificates say that these are, as plain data.

Makes: `crl_facts`, `ocsp_facts`, `point_facts`.
May import: `fields`, x509.
Must never: judge; who signed is not looked at.
Read first: `crl_facts`, then `ocsp_facts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from devicetrust import CertificateRevocationList, OCSPResponse
from devicetrust.cli.fields import algorithm_name, days_left, moment, seconds_as_text
from devicetrust.path.state import as_time
from devicetrust.x509.distribution_points import DistributionPoint, IssuingDistributionPoint
from devicetrust.x509.ocsp import ResponseStatus, SingleResponse
from devicetrust.x509.reasons import RevocationReason

__all__ = ["crl_facts", "ocsp_facts", "point_facts"]

# What a person looks at to see whether it is the right list.
_FIRST: Final = 5


def crl_facts(crl: CertificateRevocationList, at: datetime) -> dict[str, Any]:
    """Every field of a readable CRL, in plain values; of its entries their number, and the first few. RFC 5280 5.

    ``days_left`` is counted from ``at`` and rounded down, negative once nextUpdate has passed, and None where there is
    none. ``decides_nothing`` says why a CRL that can be read must not be used.
    """
    unprocessed = crl.unprocessed_critical
    misunderstood = f"critical extensions that are not understood: {', '.join(unprocessed)}" if unprocessed else None
    return {
        "version": crl.version,
        "issuer": str(crl.issuer),
        "number": _number(crl.crl_number),
        "is_delta": crl.is_delta,
        "base_number": _number(crl.base_crl_number),
        **_span(crl.this_update, crl.next_update, at),
        "entries": crl.count,
        "first_entries": _first_entries(crl),
        "scope": None if crl.issuing_distribution_point is None else _scope(crl.issuing_distribution_point),
        "authority_key_identifier": _hexadecimal(crl.authority_key_identifier),
        "signature_algorithm": algorithm_name(crl.signature_algorithm),
        "freshest_crl": point_facts(crl.freshest_crl),
        "decides_nothing": crl.unusable or misunderstood,
    }


def ocsp_facts(response: OCSPResponse, at: datetime) -> dict[str, Any]:
    """Every field of a readable OCSP response, in plain values; an error has its status alone. RFC 6960 4.2.1."""
    if response.status is not ResponseStatus.SUCCESSFUL:
        return {"status": response.status.value}
    name = response.responder_name
    return {
        "status": response.status.value,
        "responder": None if name is None else str(name),
        "responder_key_sha1": _hexadecimal(response.responder_key_hash),
        "produced_at": seconds_as_text(response.produced_at),
        "nonce": _hexadecimal(response.response_nonce),
        "signature_algorithm": algorithm_name(response.signature_algorithm),
        "certificates": [
            one.fingerprint.hex()[:16] if one.unreadable is not None else str(one.subject)
            for one in response.certificates
        ],
        "unprocessed_critical": list(response.unprocessed_critical),
        "responses": [_single(one, at) for one in response.single_responses],
    }


def point_facts(points: Iterable[DistributionPoint]) -> list[dict[str, Any]]:
    """Distribution points, RFC 5280 4.2.1.13. ``reasons`` is None where all are covered."""
    return [
        {
            "names": [str(name) for name in point.names],
            "relative_name": _hexadecimal(point.relative_name),
            "reasons": _reasons(point.reasons),
            "crl_issuers": [str(issuer) for issuer in point.crl_issuers],
        }
        for point in points
    ]


def _single(single: SingleResponse, at: datetime) -> dict[str, Any]:
    identifier = single.certificate_id
    return {
        "serial_number": format(identifier.serial_number, "x"),
        "issuer_name_hash": identifier.issuer_name_hash.hex(),
        "issuer_key_hash": identifier.issuer_key_hash.hex(),
        "hash_algorithm": identifier.hash_algorithm,
        "certificate_status": single.status.value,
        "revoked_at": seconds_as_text(single.revoked_at),
        "reason": None if single.reason is None else single.reason.value,
        **_span(single.this_update, single.next_update, at),
        "unprocessed_critical": list(single.unprocessed_critical),
    }


def _span(this_update: int, next_update: int | None, at: datetime) -> dict[str, Any]:
    begin, end = as_time(this_update), None if next_update is None else as_time(next_update)
    return {
        "this_update": moment(begin),
        "next_update": None if end is None else moment(end),
        "days_left": None if end is None else days_left(end, at),
        "days_until_begin": max(0, -((at - begin) // timedelta(days=1))),
    }


def _first_entries(crl: CertificateRevocationList) -> list[dict[str, Any]]:
    """The reason is that of the CRL issuer's own certificates; entries of others in an indirect CRL are without."""
    return [
        {
            "serial_number": format(serial, "x"),
            "revoked_at": moment(revoked_at),
            "reason": _reason(crl, serial, revoked_at),
        }
        for serial, revoked_at in (
            (entry.serial_number, entry.revocation_date_utc) for entry in islice(crl.to_cryptography(), _FIRST)
        )
    ]


def _reason(crl: CertificateRevocationList, serial_number: int, revoked_at: datetime) -> str | None:
    entries = crl.entries(serial_number, crl.issuer)
    return next((one.reason.value for one in entries if one.reason and as_time(one.revoked_at) == revoked_at), None)


def _scope(point: IssuingDistributionPoint) -> dict[str, Any]:
    """RFC 5280 5.2.5."""
    return {
        "names": [str(name) for name in point.names],
        "relative_name": _hexadecimal(point.relative_name),
        "only_user_certificates": point.only_user_certificates,
        "only_ca_certificates": point.only_ca_certificates,
        "only_attribute_certificates": point.only_attribute_certificates,
        "only_some_reasons": _reasons(point.only_some_reasons),
        "indirect": point.indirect,
    }


def _reasons(reasons: frozenset[RevocationReason] | None) -> list[str] | None:
    return None if reasons is None else sorted(reason.value for reason in reasons)


def _number(number: int | None) -> str | None:
    """A number of up to 160 bits, which a reader of JSON may not hold as a number."""
    return None if number is None else str(number)


def _hexadecimal(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
