"""Rules on what engines refuse: chains that break and keep each, whole, so that the engines can be asked too.

Makes: `CASES`, `PRIVATE_KEYS`.
May import: pki, ward, rule_cases.case.
Must never: import devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pki
import ward
from pki import Authority, Draft, Extension
from pki_shapes import Scene
from rule_cases.case import LEAF, Chain, RuleCase, alone
from ward import DEVICE, ISSUING, certificates, including, replacing, scene, without

Change = Callable[[Scene], Scene]
_NOBODY: Final = b"\x30\x00"
_ANY_PURPOSE, _SDC_PROVIDER = "2.5.29.37.0", "1.2.840.10004.20701.1.1"
_AKI, _SKI = pki.AUTHORITY_KEY_IDENTIFIER, pki.SUBJECT_KEY_IDENTIFIER
_NON_REPUDIATION, _DATA_ENCIPHERMENT, _KEY_AGREEMENT = 1, 3, 4
_SERVER_GATED: Final = "2.16.840.1.113730.4.1"


def chain(*changes: Change) -> Chain:
    """The ward's chain, leaf first and root last, with these changes."""
    asked = scene()
    for change in changes:
        asked = change(asked)
    return tuple(certificates(asked))


def _critical(index: int, oid: str) -> Change:
    return lambda asked: asked.drafting(
        index, lambda draft: draft.including(draft.extension(oid)._replace(critical=True))
    )


def _under(kind: str, scheme: str | None = None) -> Chain:
    """The ward's chain under a root with a key of this kind, which signs the CA by ``scheme``."""
    root = Authority(pki.common_name("Ward Root"), pki.key(kind, 0))
    authority = root.vouches_for(ISSUING)._replace(scheme=scheme)
    return (chain()[0], authority.sealed(root.key), root.root())


def _with_key(kind: str) -> Chain:
    key = pki.key(kind, 0)
    return chain(replacing(0, subject_public_key_info=key.subject_public_key_info))


def _signed_by(scheme: str) -> Change:
    return replacing(0, scheme=scheme)


def _netscape(*bits: int) -> Extension:
    return Extension("2.16.840.1.113730.1.1", False, pki.key_usage(*bits).value)


def _purposes(index: int, *purposes: str) -> Change:
    return including(index, pki.extended_key_usage(*purposes))


def _usage(*bits: int) -> Change:
    return including(0, pki.key_usage(*bits))


def _own(*bits: int) -> Draft:
    """A certificate that the device has issued to itself."""
    return DEVICE.issues(DEVICE.name, DEVICE.key, pki.dns(ward.HOST)).without(_AKI).including(pki.key_usage(*bits))


def _refusal(law: str, breaks: tuple[Chain, ...], keeps: tuple[Chain, ...], index: int = 0) -> RuleCase:
    return RuleCase(law, "OpenSSL 3", breaks, keeps, index=index)


_NO_SUBJECT: Final = replacing(0, subject=_NOBODY)
_CRITICAL_NAMES: Final = including(0, pki.subject_alternative_name(pki.dns("a.example"), critical=True))
_ANCHOR_OF_VERSION_1: Final = replacing(2, version=None, extensions=())

CASES: Final[dict[str, RuleCase]] = {
    "compatibility.strict_authority_key_identifier": _refusal(
        "Every certificate below the anchor has an authorityKeyIdentifier; one trusted by itself needs none.",
        (chain(without(0, _AKI)),),
        (chain(), (_own(pki.DIGITAL_SIGNATURE).sealed(DEVICE.key),)),
    ),
    "compatibility.strict_subject_key_identifier": _refusal(
        "Every CA certificate has a subjectKeyIdentifier.",
        (chain(without(1, _SKI)),),
        (chain(), chain(without(0, _SKI))),
        1,
    ),
    "compatibility.strict_authority_key_usage": _refusal(
        "Every CA certificate has a keyUsage.", (chain(without(2, pki.KEY_USAGE)),), (chain(),), 2
    ),
    "compatibility.strict_basic_constraints": _refusal(
        "basicConstraints of a CA certificate is critical.",
        (chain(including(2, pki.basic_constraints(ca=True, critical=False))),),
        (chain(),),
        2,
    ),
    "compatibility.strict_certificate_signing": _refusal(
        "keyCertSign goes with cA TRUE.",
        (chain(_usage(pki.DIGITAL_SIGNATURE, pki.KEY_CERT_SIGN)),),
        (chain(), (_own(pki.DIGITAL_SIGNATURE, pki.KEY_CERT_SIGN).sealed(DEVICE.key),)),
    ),
    "compatibility.strict_path_length": _refusal(
        "A pathLenConstraint goes with keyCertSign.",
        (chain(including(2, pki.basic_constraints(ca=True, path_length=1)), without(2, pki.KEY_USAGE)),),
        (chain(), chain(including(2, pki.basic_constraints(ca=True, path_length=1)))),
        2,
    ),
    "compatibility.strict_issuer": _refusal(
        "The issuer is not empty.",
        (chain(replacing(0, issuer=_NOBODY), replacing(1, subject=_NOBODY)),),
        (chain(),),
    ),
    "compatibility.strict_subject": _refusal(
        "An empty subject goes with a critical subjectAltName, and not with cRLSign.",
        (
            chain(_NO_SUBJECT),
            chain(_NO_SUBJECT, without(0, pki.SUBJECT_ALTERNATIVE_NAME)),
            chain(_NO_SUBJECT, _CRITICAL_NAMES, _usage(pki.DIGITAL_SIGNATURE, pki.CRL_SIGN)),
        ),
        (chain(), chain(_NO_SUBJECT, _CRITICAL_NAMES)),
    ),
    "compatibility.strict_anchor_version": _refusal(
        "A root is of version 3.", (chain(_ANCHOR_OF_VERSION_1),), (chain(),), 2
    ),
    "compatibility.handshake_key_identifiers": _refusal(
        "Key identifiers are not critical.",
        (chain(_critical(0, _AKI)), chain(_critical(0, _SKI))),
        (chain(),),
    ),
    "compatibility.client_key_purpose": _refusal(
        "An extendedKeyUsage lists clientAuth; anyExtendedKeyUsage does not count.",
        (chain(_purposes(0, _SDC_PROVIDER)), chain(_purposes(0, _ANY_PURPOSE)), chain(_purposes(0, pki.SERVER_AUTH))),
        (chain(_purposes(0, pki.CLIENT_AUTH, _SDC_PROVIDER)), chain(_purposes(0, pki.CLIENT_AUTH))),
    ),
    "compatibility.server_key_purpose": _refusal(
        "An extendedKeyUsage of a CA lists serverAuth too; a server-gated purpose counts for it.",
        (chain(_purposes(1, _SDC_PROVIDER)), chain(_purposes(1, pki.CLIENT_AUTH))),
        (chain(_purposes(1, pki.SERVER_AUTH)), chain(_purposes(1, _SERVER_GATED))),
        1,
    ),
    "compatibility.client_key_usage": _refusal(
        "keyUsage of a client has digitalSignature or keyAgreement.",
        (chain(_usage(pki.KEY_ENCIPHERMENT)), chain(_usage(_NON_REPUDIATION)), chain(_usage(_DATA_ENCIPHERMENT))),
        (chain(), chain(_usage(_KEY_AGREEMENT, pki.DIGITAL_SIGNATURE))),
    ),
    "compatibility.server_key_usage": _refusal(
        "keyUsage of a server has digitalSignature, keyEncipherment or keyAgreement.",
        (chain(_usage(_NON_REPUDIATION)), chain(_usage(_DATA_ENCIPHERMENT))),
        (chain(), chain(_usage(pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT))),
    ),
    "compatibility.client_certificate_type": _refusal(
        "Netscape's certificate type of a client says client.",
        (chain(including(0, _netscape(1))), chain(including(0, _netscape(2)))),
        (chain(including(0, _netscape(0))), chain(including(0, _netscape(0, 1)))),
    ),
    "compatibility.server_certificate_type": _refusal(
        "Netscape's certificate type of a server says server.",
        (chain(including(0, _netscape(0))), chain(including(0, _netscape(5)))),
        (chain(including(0, _netscape(1))), chain(including(0, _netscape(0, 1)))),
    ),
    "compatibility.security_level_1": _refusal(
        "The CA is not signed with SHA-1 or MD5, whose security is below 80 bits.",
        (_under("rsa2048", "rsa-sha1"), _under("rsa2048", "rsa-md5")),
        (_under("rsa2048"), _under("rsa1024")),
        1,
    ),
    "compatibility.security_level_2": _refusal(
        "A key has 112 bits of security.",
        (_with_key("rsa1024"), chain(_signed_by("ecdsa-sha1"))),
        (_with_key("rsa2048"), chain()),
    ),
    "compatibility.security_level_3": _refusal(
        "A key has 128 bits of security.",
        (_under("rsa2048"), _under("rsa1024"), _under("p224")),
        (_under("rsa3072"), _under("p384"), chain()),
        2,
    ),
    "compatibility.handshake_curve": _refusal(
        "A key on a curve lies on P-256, P-384 or P-521.",
        (_with_key("p224"),),
        (chain(), _with_key("p384"), _with_key("rsa2048")),
    ),
    "compatibility.apple_lifetime": RuleCase(
        "A server's certificate lives 825 days at most, from 2019-07-01 on.",
        "Apple requirements for trusted certificates in iOS 13 and macOS 10.15",
        alone(LEAF._replace(not_after=LEAF.not_before + timedelta(days=825))),  # type: ignore[operator]
        alone(LEAF._replace(not_after=LEAF.not_before + timedelta(days=825, seconds=-1))),  # type: ignore[operator]
    ),
    "compatibility.cryptography_key_purpose": _refusal(
        "An extendedKeyUsage lists serverAuth or clientAuth.",
        (chain(_purposes(0, _ANY_PURPOSE)), chain(_purposes(0, _SDC_PROVIDER))),
        (chain(), chain(without(0, pki.EXTENDED_KEY_USAGE))),
    ),
    "compatibility.cryptography_authority_key": _refusal(
        "A CA's key is RSA, or on P-256, P-384 or P-521.",
        (_under("ed25519"), _under("p224")),
        (chain(), _under("rsa2048"), _under("p384")),
        2,
    ),
}

PRIVATE_KEYS: Final[dict[bytes, Any]] = {
    one.subject_public_key_info: one.private_key
    for one in (DEVICE.key, *(pki.key(kind, 0) for kind in ("p224", "p384", "rsa1024", "rsa2048")))
}
"""The private keys of the leaves above, by their SubjectPublicKeyInfo."""
