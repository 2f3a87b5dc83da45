"""Matter core specification 6.2: device attestation certificates and the intermediates that issue them.

Makes: rules on the leaf (DAC), and on it with its issuer (PAI).
May import: findings, x509, rules.rule.
Must never: know the registry of vendors.
Read first: `vendor_named`.

The specification was not read; the rules follow the reference implementation and its test credentials. CAs that
cannot write the attributes of Matter have the ids in the common name: ``ACME Mvid:FFF1 Mpid:8000``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["leaf_constraints", "product_matches", "product_named", "vendor_matches", "vendor_named"]

_SUBJECT: Final = "tbsCertificate.subject"
_EXTENSIONS: Final = "tbsCertificate.extensions"
_VENDOR: Final = "1.3.6.1.4.1.37244.2.1"
_PRODUCT: Final = "1.3.6.1.4.1.37244.2.2"
_MATTER: Final = Citation("Matter Core Specification", "6.2", Knowledge.SECOND_HAND)
_MAKER: Final = "ask the maker for a device with a right attestation certificate; this one cannot be commissioned"

NO_VENDOR: Final = Code(
    "matter.vendor_named",
    Severity.ERROR,
    _MATTER,
    rank=651,
    what="the subject has {count} vendor ids of four upper-case hexadecimal digits; it has one",
    why="Who made the device is what its attestation is about.",
    remedy=_MAKER,
)
NO_PRODUCT: Final = Code(
    "matter.product_named",
    Severity.ERROR,
    _MATTER,
    rank=650,
    what="the subject has {count} product ids of four upper-case hexadecimal digits; it has one",
    why="Which product the device is decides which certification covers it.",
    remedy=_MAKER,
)
OTHER_VENDOR: Final = Code(
    "matter.vendor_matches",
    Severity.ERROR,
    _MATTER,
    rank=649,
    what="the device says vendor {device}, its issuer vendor {issuer}",
    why="An intermediate of one vendor may not attest the devices of another.",
    remedy=_MAKER,
)
OTHER_PRODUCT: Final = Code(
    "matter.product_matches",
    Severity.ERROR,
    _MATTER,
    rank=648,
    what="the device says product {device}, its issuer product {issuer}",
    why="An intermediate for one product may not attest another.",
    remedy=_MAKER,
)
CONSTRAINTS: Final = Code(
    "matter.leaf_constraints",
    Severity.ERROR,
    _MATTER,
    rank=583,
    what="the certificate lacks {lacking}",
    why="Commissioners refuse an attestation certificate without these.",
    remedy=_MAKER,
)


def _ids(certificate: Certificate, oid: str) -> list[str]:
    return [text for text in _stated(certificate, oid) if _FOUR_DIGITS.fullmatch(text)]


def _stated(certificate: Certificate, oid: str) -> tuple[str, ...]:
    """What the subject says: in attributes of the id's own, else behind ``Mvid:`` or ``Mpid:`` in a common name."""
    own = certificate.subject.values(oid)
    if own:
        return tuple(own)
    marked = _IN_COMMON_NAME[oid]
    return tuple(found[1] for text in certificate.subject.values(_COMMON_NAME) if (found := marked.search(text)))


@rule(NO_VENDOR, Role.LEAF)
def vendor_named(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject has one vendor id."""
    count = len(_ids(certificate, _VENDOR))
    return () if count == 1 else (NO_VENDOR.at(index, _SUBJECT, count=count),)


@rule(NO_PRODUCT, Role.LEAF)
def product_named(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subject has one product id."""
    count = len(_ids(certificate, _PRODUCT))
    return () if count == 1 else (NO_PRODUCT.at(index, _SUBJECT, count=count),)


@chain_rule(OTHER_VENDOR, Role.LEAF)
def vendor_matches(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The issuer, where it has a vendor id, has the device's."""
    return _differing(OTHER_VENDOR, _VENDOR, certificate, issuers[0], index)


@chain_rule(OTHER_PRODUCT, Role.LEAF)
def product_matches(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The issuer, where it has a product id, has the device's."""
    return _differing(OTHER_PRODUCT, _PRODUCT, certificate, issuers[0], index)


@rule(CONSTRAINTS, Role.LEAF)
def leaf_constraints(certificate: Certificate, index: int) -> Iterable[Finding]:
    """basicConstraints and keyUsage are there and critical, and both key identifiers are there."""
    extensions = certificate.extensions
    lacking: list[str] = []
    if _BASIC_CONSTRAINTS not in extensions.critical:
        lacking.append("a critical basicConstraints")
    if _KEY_USAGE not in extensions.critical:
        lacking.append("a critical keyUsage")
    if extensions.subject_key_identifier is None:
        lacking.append("a subjectKeyIdentifier")
    if extensions.authority_key_identifier is None:
        lacking.append("an authorityKeyIdentifier")
    return (CONSTRAINTS.at(index, _EXTENSIONS, lacking=tuple(lacking)),) if lacking else ()


def _differing(code: Code, oid: str, device: Certificate, issuer: Certificate, index: int) -> Iterable[Finding]:
    mine, theirs = _stated(device, oid), _stated(issuer, oid)
    if not theirs or mine == theirs:
        return ()
    return (code.at(index, _SUBJECT, device=", ".join(mine) or "none", issuer=", ".join(theirs)),)


_FOUR_DIGITS: Final = re.compile("[0-9A-F]{4}")
_COMMON_NAME: Final = "2.5.4.3"
_IN_COMMON_NAME: Final = {_VENDOR: re.compile("Mvid:(.{0,4})"), _PRODUCT: re.compile("Mpid:(.{0,4})")}
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_KEY_USAGE: Final = "2.5.29.15"
