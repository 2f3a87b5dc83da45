"""Rules of SDC, DICOM, IHE, UDAP, EAP-TLS, public CAs, and on lifetimes and what comes near.

Makes: `CASES`.
May import: pki, ward, rule_cases.case.
Must never: import devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pki
from pki import AT, FOR_EVER, Draft, Extension
from rule_cases.case import ANCHOR, AUTHORITY, LEAF, Chain, RuleCase, alone
from ward import ISSUING, ROOT

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_PROVIDER: Final = "1.2.840.10004.20701.1.1"
_UUID: Final = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"


def _names(*names: bytes) -> Extension:
    return pki.subject_alternative_name(*names)


def _of(draft: Draft, kind: str) -> Draft:
    return draft._replace(subject_public_key_info=pki.key(kind, 0).subject_public_key_info)


def _lasting(days: int, begin: datetime = AT) -> Draft:
    """A leaf that is valid for so many days; both ends count, so that it is exactly so many."""
    return LEAF._replace(not_before=begin, not_after=begin + days * _DAY - _SECOND)


def _ending(after: timedelta, draft: Draft = LEAF) -> Draft:
    return draft._replace(not_after=AT + after)


def _chain(leaf: Draft, authority: Draft = AUTHORITY) -> Chain:
    return leaf.sealed(ISSUING.key), authority.sealed(ROOT.key), ANCHOR.sealed(ROOT.key)


def _public(days: int, first: tuple[int, int, int], last: tuple[int, int, int]) -> RuleCase:
    """Certificates of the first and the last day on which public ones may live so long."""
    begin, end = datetime(*first, tzinfo=UTC), datetime(*last, tzinfo=UTC) + _DAY - _SECOND
    return RuleCase(
        f"A public certificate of this day lives {days} days at most.",
        "CA/B BR 6.3.2",
        alone(_lasting(days + 1, begin), _lasting(days + 1, end)),
        alone(_lasting(days, begin), _lasting(days, end)),
    )


CASES: Final[dict[str, RuleCase]] = {
    "sdc.other_key_purposes": RuleCase(
        "Key purposes beside those of SDC and RFC 5280 are listed.",
        "IEEE 11073-20701 9.3",
        alone(
            LEAF.including(pki.extended_key_usage(pki.CLIENT_AUTH, _PROVIDER, "1.3.6.1.4.1.55555.4.1")),
            LEAF.including(pki.extended_key_usage("1.2.840.10004.20701.1.3")),
        ),
        alone(LEAF, LEAF.including(pki.extended_key_usage(pki.CLIENT_AUTH, _PROVIDER, "1.2.840.10004.20701.1.2"))),
    ),
    "sdc.endpoint_named": RuleCase(
        "The certificate names its endpoint by a UUID.",
        "IHE SDPi TF-2 appendix C",
        alone(LEAF, LEAF.including(_names(pki.uri("https://pump.example")))),
        alone(LEAF.including(_names(pki.uri(f"urn:uuid:{_UUID}"))), LEAF._replace(subject=pki.common_name(_UUID))),
    ),
    "dicom.curve_size": RuleCase(
        "A key on a curve has 256 bits at least.",
        "DICOM PS3.15 B.13",
        alone(_of(LEAF, "p224")),
        alone(LEAF, _of(LEAF, "p384"), _of(LEAF, "rsa2048")),
    ),
    "ihe.rsa_key_size": RuleCase(
        "An RSA key has 1024 to 4096 bits.",
        "IHE ITI-19 3.19.6.1.3",
        alone(LEAF._replace(subject_public_key_info=pki.rsa_public_key(8192))),
        alone(LEAF, _of(LEAF, "rsa1024"), _of(LEAF, "rsa3072")),
    ),
    "ihe.rsa_key_below_bcp195": RuleCase(
        "An RSA key that ITI-19 admits may be below BCP 195, which is said.",
        "IHE ITI-19 3.19.6.1.3",
        alone(_of(LEAF, "rsa1024")),
        alone(LEAF, _of(LEAF, "rsa2048")),
    ),
    "ihe.lifetime": RuleCase(
        "A node's certificate is valid for two years at most.",
        "IHE ITI-19 3.19.6.1.3",
        alone(_lasting(733), LEAF._replace(not_after=FOR_EVER)),
        alone(
            _lasting(730),
            LEAF._replace(not_before=datetime(2027, 3, 1, tzinfo=UTC), not_after=datetime(2029, 3, 1, tzinfo=UTC)),
        ),
    ),
    "ihe.domain_name_present": RuleCase(
        "The subjectAltName has a dNSName.",
        "IHE ITI-19 3.19.6.1.4",
        alone(LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME), LEAF.including(_names(pki.uri("https://a.example")))),
        alone(LEAF),
    ),
    "udap.uri_present": RuleCase(
        "The subjectAltName has a URI, which the JWT's issuer repeats.",
        "HL7 UDAP Security",
        alone(LEAF, LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME)),
        alone(LEAF.including(_names(pki.uri("https://app.example/fhir")))),
    ),
    "udap.key_for_signatures": RuleCase(
        "The key signs by RS256, ES256, RS384 or ES384.",
        "HL7 UDAP Security",
        alone(_of(LEAF, "ed25519"), _of(LEAF, "p224")),
        alone(LEAF, _of(LEAF, "p384"), _of(LEAF, "rsa2048")),
    ),
    "eap.server_name_present": RuleCase(
        "An EAP server has a dNSName.",
        "RFC 9190 2.2",
        alone(LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME)),
        alone(LEAF),
    ),
    "eap.peer_named_once": RuleCase(
        "An EAP peer has one alternative name.",
        "RFC 5216 5.2",
        alone(LEAF.including(_names(pki.dns("a.example"), pki.email("a@example.com")))),
        alone(LEAF, LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME)),
    ),
    "eap.few_round_trips": RuleCase(
        "What is sent of a chain goes into fewer than 40 EAP round trips.",
        "RFC 9191 1",
        (_chain(LEAF, AUTHORITY.including(Extension(pki.UNKNOWN, False, pki.octet_string(bytes(40_000))))),),
        (_chain(LEAF),),
    ),
    "cabf.lifetime_398_days": _public(398, (2020, 9, 1), (2026, 3, 14)),
    "cabf.lifetime_200_days": _public(200, (2026, 3, 15), (2027, 3, 14)),
    "cabf.lifetime_100_days": _public(100, (2027, 3, 15), (2029, 3, 14)),
    "cabf.lifetime_47_days": _public(47, (2029, 3, 15), (2031, 1, 1)),
    "cabf.without_client_authentication": RuleCase(
        "A public certificate for serverAuth does not list clientAuth, from 2027-03-15 on.",
        "Chrome Root Program Policy 1.8 1.3.2",
        alone(_lasting(90, datetime(2027, 3, 15, tzinfo=UTC))),
        alone(
            _lasting(90, datetime(2027, 3, 15, tzinfo=UTC)).including(pki.extended_key_usage(pki.SERVER_AUTH)),
            _lasting(90, datetime(2027, 3, 15, tzinfo=UTC)).including(pki.extended_key_usage(pki.CLIENT_AUTH)),
        ),
    ),
    "lifetimes.operational_certificate_ends": RuleCase(
        "A certificate of daily use has an end.",
        "draft-ietf-uta-tls13-iot-profile 17.1.5",
        alone(LEAF._replace(not_after=FOR_EVER)),
        alone(LEAF),
    ),
    "lifetimes.three_years": RuleCase(
        "A certificate for TLS is valid for three years at most.",
        "NIST SP 800-52 Rev. 2 table 3-1",
        alone(_lasting(1098)),
        alone(LEAF, _lasting(1096)),
    ),
    "outlook.expiring": RuleCase(
        "More than 90 days are left, to the second.",
        "AWS IoT Device Defender",
        alone(_ending(90 * _DAY), _ending(60 * _DAY), _ending(7 * _DAY), _ending(timedelta(0))),
        alone(_ending(90 * _DAY + _SECOND), LEAF._replace(not_after=FOR_EVER), _ending(-_SECOND)),
    ),
    "outlook.authority_expiring": RuleCase(
        "More than a year is left of a CA certificate.",
        "AWS IoT Device Defender",
        alone(_ending(366 * _DAY, AUTHORITY), _ending(timedelta(0), AUTHORITY)),
        alone(_ending(366 * _DAY + _SECOND, AUTHORITY), AUTHORITY),
        role="intermediate",
    ),
    "outlook.room_for_renewal": RuleCase(
        "A certificate of the same length, issued now, ends before its CAs.",
        "NIST SP 1800-16",
        (_chain(_lasting(900, AT - 10 * _DAY), _ending(899 * _DAY, AUTHORITY)),),
        (
            _chain(_lasting(900, AT - 10 * _DAY), _ending(900 * _DAY, AUTHORITY)),
            _chain(LEAF._replace(not_after=FOR_EVER)),
        ),
    ),
    "outlook.certificate_age": RuleCase(
        "A certificate has been in use for less than 365 days.",
        "AWS IoT Device Defender",
        alone(_lasting(800, AT - 365 * _DAY)),
        alone(_lasting(800, AT - 365 * _DAY + _SECOND)),
    ),
}
