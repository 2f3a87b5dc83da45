"""A certificate as plain data.

Makes: `certificate_facts`.
May import: `fields`, `status_facts`, x509.
Must never: judge.
Read first: `certificate_facts`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from devicetrust import Certificate, DeviceIdentity
from devicetrust.cli.fields import algorithm_name, days_left, moment
from devicetrust.cli.registered_names import EXTENSIONS, KEY_PURPOSES, KEY_USAGES
from devicetrust.cli.status_facts import point_facts

__all__ = ["certificate_facts"]

# RFC 5280 4.1.2.5: the date of a certificate that never ends.
_NEVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def certificate_facts(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """Every field of a readable certificate, in plain values (str, int, bool, list, dict, None). Times in RFC 3339.

    ``days_left`` is counted from ``at`` and rounded down, negative once the certificate has run out, and
    None where no date ends it.
    """
    constraints = certificate.basic_constraints
    return {
        "version": certificate.version,
        "serial_number": format(certificate.serial_number, "x"),
        "subject": str(certificate.subject),
        "issuer": str(certificate.issuer),
        "self_issued": certificate.is_self_issued,
        "not_before": moment(certificate.not_before),
        "not_after": moment(certificate.not_after),
        "days_left": _days_left(certificate, at),
        "days_until_begin": max(0, -((at - certificate.not_before) // timedelta(days=1))),
        "key": _key(certificate),
        "signature_algorithm": algorithm_name(certificate.signature_algorithm),
        "subject_alternative_names": [str(name) for name in certificate.subject_alternative_names],
        "ca": None if constraints is None else constraints.ca,
        "max_path_length": None if constraints is None else constraints.path_length,
        "key_usage": _key_usage(certificate),
        "extended_key_usage": _purposes(certificate),
        "policies": None if certificate.policies is None else list(certificate.policies),
        "name_constraints": _name_constraints(certificate),
        "crl_distribution_points": point_facts(certificate.extensions.crl_distribution_points),
        "freshest_crl": point_facts(certificate.extensions.freshest_crl),
        "ocsp_responders": list(certificate.extensions.ocsp_urls),
        "identity": DeviceIdentity.from_certificate(certificate).to_dict(),
        "extensions": _extensions(certificate),
        "deviations": [
            {"name": deviation.tolerance.name, "field": deviation.field, "what": deviation.tolerance.value}
            for deviation in certificate.deviations
        ],
    }


def _days_left(certificate: Certificate, at: datetime) -> int | None:
    return None if certificate.not_after == _NEVER else days_left(certificate.not_after, at)


def _key(certificate: Certificate) -> dict[str, Any]:
    key = certificate.public_key
    return {
        "algorithm": key.algorithm,
        "size": key.size or None,
        "curve": key.curve or None,
        "unreadable": key.unreadable,
    }


def _key_usage(certificate: Certificate) -> list[str] | None:
    usage = certificate.key_usage
    if usage is None:
        return None
    # The last two bits mean something only beside keyAgreement; `cryptography` raises for them elsewhere.
    told = KEY_USAGES if usage.key_agreement else list(KEY_USAGES)[:-2]
    return [KEY_USAGES[attribute] for attribute in told if getattr(usage, attribute)]


def _purposes(certificate: Certificate) -> list[dict[str, Any]] | None:
    purposes = certificate.extended_key_usage
    return None if purposes is None else [{"oid": oid, "name": KEY_PURPOSES.get(oid)} for oid in sorted(purposes)]


def _name_constraints(certificate: Certificate) -> dict[str, list[str]] | None:
    constraints = certificate.name_constraints
    if constraints is None:
        return None
    return {
        "permitted": [str(base) for base in constraints.permitted],
        "excluded": [str(base) for base in constraints.excluded],
    }


def _extensions(certificate: Certificate) -> list[dict[str, Any]]:
    repeated = certificate.extensions.repeated
    return [
        {
            "oid": one.oid,
            "name": EXTENSIONS.get(one.oid),
            "critical": one.critical,
            "repeated": one.oid in repeated,
            "unreadable": one.unreadable,
        }
        for one in certificate.extensions.presented
    ]
