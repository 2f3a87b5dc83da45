"""Rules on signatures: what breaks them and what keeps them.

Makes: `CASES`.
May import: pki, ward, rule_cases.case.
Must never: import devicetrust.
Read first: `CASES`.
"""

from __future__ import annotations

from typing import Final

import pki
from pki import Authority, Draft
from rule_cases.case import LEAF, Chain, RuleCase, alone
from ward import ROOT

_SHA256: Final = pki.sequence(pki.object_identifier("2.16.840.1.101.3.4.2.1"), pki.NULL)
_SHA384: Final = pki.sequence(pki.object_identifier("2.16.840.1.101.3.4.2.2"), pki.NULL)
_RSA: Final = pki.key("rsa2048")
_ON_P384: Final = Authority(pki.common_name("Ward CA P-384"), pki.key("p384", 1))
_ON_P256: Final = Authority(pki.common_name("Ward CA P-256"), pki.key("p256", 5))


def _pss(digest: bytes, salt: int, *trailer: bytes) -> bytes:
    mask = pki.sequence(pki.object_identifier("1.2.840.113549.1.1.8"), digest)
    parameters = pki.sequence(pki.tlv(0xA0, digest), pki.tlv(0xA1, mask), pki.tlv(0xA2, pki.integer(salt)), *trailer)
    return pki.sequence(pki.object_identifier("1.2.840.113549.1.1.10"), parameters)


def _by_rsa(algorithm: bytes) -> Chain:
    draft = LEAF._replace(signature_algorithm=algorithm, tbs_signature_algorithm=algorithm)
    return (draft.sealed(_RSA),)


def _signed(signature: bytes) -> Draft:
    return LEAF._replace(signature=signature)


def _below(authority: Authority, scheme: str) -> Chain:
    leaf = LEAF._replace(issuer=authority.name, scheme=scheme)
    return leaf.sealed(authority.key), ROOT.vouches_for(authority).sealed(ROOT.key)


_ONE: Final = pki.integer(1)

CASES: Final[dict[str, RuleCase]] = {
    "signatures.rsa_parameters_null": RuleCase(
        "The parameters of an RSA signature algorithm are NULL.",
        "RFC 4055 5",
        (
            _by_rsa(pki.sequence(pki.object_identifier("1.2.840.113549.1.1.11"))),
            _by_rsa(pki.sequence(pki.object_identifier("1.2.840.113549.1.1.5"))),
        ),
        (_by_rsa(pki.ALGORITHMS["rsa-sha256"]), _by_rsa(_pss(_SHA256, 32))),
    ),
    "signatures.pss_salt_length": RuleCase(
        "The salt is as long as the hash.",
        "RFC 4055 3.1",
        (_by_rsa(_pss(_SHA256, 21)), _by_rsa(_pss(_SHA256, 0)), _by_rsa(_pss(_SHA384, 32))),
        (_by_rsa(_pss(_SHA256, 32)), _by_rsa(_pss(_SHA384, 48))),
    ),
    "signatures.pss_trailer_omitted": RuleCase(
        "The trailerField is left out.",
        "RFC 4055 3.1",
        (_by_rsa(_pss(_SHA256, 32, pki.tlv(0xA3, pki.integer(1)))),),
        (_by_rsa(_pss(_SHA256, 32)),),
    ),
    "signatures.ecdsa_value_strict": RuleCase(
        "An ECDSA signature is two positive numbers in DER, and nothing else.",
        "RFC 3279 2.2.3",
        alone(
            *map(
                _signed,
                (
                    b"",
                    pki.sequence(),
                    pki.sequence(_ONE),
                    pki.sequence(pki.integer(0), _ONE),
                    pki.sequence(_ONE, pki.integer(0)),
                    pki.sequence(_ONE, pki.integer(-1)),
                    pki.sequence(pki.integer(-(2**255)), pki.integer(2**254)),
                    pki.sequence(_ONE, b"\x02\x02\x00\x01"),
                    pki.sequence(b"\x02\x02\x00\x7f", _ONE),
                    pki.sequence(_ONE, _ONE, _ONE),
                    pki.sequence(_ONE, _ONE) + b"\x00",
                    b"\x30\x81\x06" + _ONE + _ONE,
                    pki.sequence(b"\x02\x81\x01\x01", _ONE),
                    b"\x31\x06" + _ONE + _ONE,
                    pki.sequence(_ONE, b"\x03\x01\x01"),
                ),
            )
        ),
        alone(
            LEAF,
            _signed(pki.sequence(_ONE, _ONE)),
            _signed(pki.sequence(pki.integer(2**255), pki.integer(2**255 - 1))),
            _signed(pki.sequence(pki.integer(2**520), pki.integer(2**519 + 1))),
        ),
    ),
    "signatures.hash_fits_curve": RuleCase(
        "The hash is as long as the order of the issuer's curve.",
        "RFC 5480 4",
        (_below(_ON_P384, "ecdsa-sha256"), _below(_ON_P256, "ecdsa-sha1")),
        (_below(_ON_P384, "ecdsa-sha384"), _below(_ON_P256, "ecdsa-sha256"), _below(_ON_P256, "ecdsa-sha384")),
    ),
}
