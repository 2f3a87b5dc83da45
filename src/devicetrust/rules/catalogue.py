"""Every family of rules by its name.

Makes: `FAMILIES`.
May import: the families.
Must never: be loaded by a profile: it loads every rule there is.
Read first: `FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devicetrust.rules.families.algorithms import KEYS, PQC, SIGNATURES
from devicetrust.rules.families.devices import (
    BRSKI,
    EAP_TLS,
    EAP_TLS_PEER,
    EAP_TLS_SERVER,
    IEEE8021AR_IDEVID,
    IEEE8021AR_LDEVID,
    IOT_TLS,
    LIFETIMES,
    MATTER,
    PRIVACY,
    TCG,
)
from devicetrust.rules.families.documents import (
    CABF_ISSUANCE,
    CABF_PUBLIC,
    RFC5280_FORM,
    RFC6960,
    RFC7633,
    RFC9525,
    RFC9608,
    TLS_ORDER,
    USAGES,
)
from devicetrust.rules.families.handshakes import CABF, RFC5280, TCG_NO_IDENTITY, TLS
from devicetrust.rules.families.medical import DICOM, IHE_ATNA, SDC_CONSUMER, SDC_PARTICIPANT, SDC_PROVIDER, UDAP
from devicetrust.rules.families.practice import (
    COMPATIBILITY,
    COMPATIBILITY_CLIENT,
    COMPATIBILITY_SERVER,
    OUTLOOK,
    PRACTICE,
)
from devicetrust.rules.rule import Rule

__all__ = [
    "BRSKI",
    "CABF",
    "CABF_ISSUANCE",
    "CABF_PUBLIC",
    "COMPATIBILITY",
    "COMPATIBILITY_CLIENT",
    "COMPATIBILITY_SERVER",
    "DICOM",
    "EAP_TLS",
    "EAP_TLS_PEER",
    "EAP_TLS_SERVER",
    "FAMILIES",
    "IEEE8021AR_IDEVID",
    "IEEE8021AR_LDEVID",
    "IHE_ATNA",
    "IOT_TLS",
    "KEYS",
    "LIFETIMES",
    "MATTER",
    "OUTLOOK",
    "PQC",
    "PRACTICE",
    "PRIVACY",
    "RFC5280",
    "RFC5280_FORM",
    "RFC6960",
    "RFC7633",
    "RFC9525",
    "RFC9608",
    "SDC_CONSUMER",
    "SDC_PARTICIPANT",
    "SDC_PROVIDER",
    "SIGNATURES",
    "TCG",
    "TCG_NO_IDENTITY",
    "TLS",
    "TLS_ORDER",
    "UDAP",
    "USAGES",
]

FAMILIES: Final[Mapping[str, tuple[Rule, ...]]] = MappingProxyType(
    {
        "rfc5280": RFC5280 + RFC5280_FORM,
        "usages": USAGES,
        "rfc6960": RFC6960,
        "rfc7633": RFC7633,
        "rfc9525": RFC9525,
        "rfc9608": RFC9608,
        "cabf": CABF + CABF_ISSUANCE,
        "tls": TLS + TLS_ORDER,
        "practice": PRACTICE,
        "keys": KEYS,
        "signatures": SIGNATURES,
        "pqc": PQC,
        "cabf_public": CABF_PUBLIC,
        "ieee8021ar_idevid": IEEE8021AR_IDEVID,
        "ieee8021ar_ldevid": IEEE8021AR_LDEVID,
        "brski": BRSKI,
        "tcg": TCG,
        "tcg_no_identity": TCG_NO_IDENTITY,
        "iot_tls": IOT_TLS,
        "lifetimes": LIFETIMES,
        "privacy": PRIVACY,
        "sdc_participant": SDC_PARTICIPANT,
        "sdc_provider": SDC_PROVIDER,
        "sdc_consumer": SDC_CONSUMER,
        "dicom": DICOM,
        "ihe_atna": IHE_ATNA,
        "udap": UDAP,
        "eap_tls": EAP_TLS,
        "eap_tls_peer": EAP_TLS_PEER,
        "eap_tls_server": EAP_TLS_SERVER,
        "matter": MATTER,
        "compatibility": COMPATIBILITY,
        "compatibility_client": COMPATIBILITY_CLIENT,
        "compatibility_server": COMPATIBILITY_SERVER,
        "outlook": OUTLOOK,
    }
)
"""Every family by its name; a rule may be in several."""
