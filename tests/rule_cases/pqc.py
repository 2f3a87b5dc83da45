"""Rules on post-quantum algorithms and on what outlives classical ones: what breaks them and what keeps them.

Makes: `CASES`.
May import: pki, rule_cases.
Must never: import devicetrust.
Read first: `CASES`.

Keys and signatures of algorithms that cannot be computed here are so many zeros: no rule looks into them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pki
from pki import Draft
from rule_cases.case import LEAF, RuleCase, alone
from rule_cases.keys import MODULUS, holding, rsa, spki

_NIST: Final = "2.16.840.1.101.3.4"
_ML_DSA_44, _SLH_DSA_128S, _HASH_SLH_DSA = f"{_NIST}.3.17", f"{_NIST}.3.20", f"{_NIST}.3.35"
_HASH_ML_DSA_44, _HASH_ML_DSA_87 = f"{_NIST}.3.32", f"{_NIST}.3.34"
_ML_KEM_768 = f"{_NIST}.4.2"
_HSS, _XMSS, _XMSS_MT = "1.2.840.113549.1.9.16.3.17", "1.3.6.1.5.5.7.6.34", "1.3.6.1.5.5.7.6.35"
_DILITHIUM3, _FALCON, _DRAFT_ML_DSA = "1.3.6.1.4.1.2.267.7.6.5", "1.3.9999.3.1", "1.3.6.1.4.1.2.267.12.6.5"
_DRAFT_SLH_DSA, _ROUND3_SPHINCS = "1.3.9999.6.4.16", "1.3.9999.6.7.10"
_FIRST_COMPOSITE, _LAST_COMPOSITE = "1.3.6.1.5.5.7.6.37", "1.3.6.1.5.5.7.6.54"
_CODE_SIGNING: Final = pki.extended_key_usage(pki.CODE_SIGNING)
_KEY_AGREEMENT: Final = 4


def _key(oid: str, parameters: bytes = b"") -> Draft:
    return holding(spki(oid, parameters, bytes(32)))


def _signed(oid: str, parameters: bytes = b"") -> Draft:
    algorithm = pki.sequence(pki.object_identifier(oid), parameters)
    return LEAF._replace(signature_algorithm=algorithm, tbs_signature_algorithm=algorithm, signature=bytes(32))


def _used(oid: str, *usages: int) -> Draft:
    return _key(oid).including(pki.key_usage(*usages))


def _until(draft: Draft, year: int, *, last_second: bool = False) -> Draft:
    end = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC) if last_second else datetime(year, 1, 1, tzinfo=UTC)
    return draft._replace(not_after=end)


_KEY_USAGE: Final = pki.KEY_USAGE
_NO_USAGE: Final = pki.Extension(_KEY_USAGE, True, b"\x03\x01\x00")
_RSA_2048, _RSA_3072 = holding(rsa(MODULUS)), holding(pki.key("rsa3072").subject_public_key_info)
_P224: Final = holding(pki.key("p224").subject_public_key_info)
_ED25519: Final = holding(pki.key("ed25519").subject_public_key_info)

CASES: Final[dict[str, RuleCase]] = {
    "pqc.no_hash_ml_dsa": RuleCase(
        "A certificate has no HashML-DSA, for its key or for its signature.",
        "RFC 9881 8.3",
        alone(_key(_HASH_ML_DSA_44), _signed(_HASH_ML_DSA_87)),
        alone(_key(_ML_DSA_44), _signed(_ML_DSA_44), _key(_HASH_SLH_DSA)),
    ),
    "pqc.final_algorithms": RuleCase(
        "An algorithm is the one of the final standard.",
        "FIPS 204 appendix D",
        alone(*map(_key, (_DILITHIUM3, _FALCON, _DRAFT_ML_DSA, _DRAFT_SLH_DSA, _ROUND3_SPHINCS)), _signed(_DILITHIUM3)),
        alone(_key(_ML_DSA_44), _key(_SLH_DSA_128S)),
    ),
    "pqc.parameters_absent": RuleCase(
        "A post-quantum algorithm has no parameters.",
        "RFC 9909",
        alone(
            *(_key(oid, pki.NULL) for oid in (_SLH_DSA_128S, _HASH_SLH_DSA, _HSS, _XMSS)),
            _signed(_SLH_DSA_128S, pki.NULL),
            _signed(_XMSS_MT, pki.sequence()),
        ),
        alone(_key(_ML_DSA_44), _key(_ML_KEM_768), _signed(_SLH_DSA_128S)),
    ),
    "pqc.composite_is_draft": RuleCase(
        "Neither key nor signature is a composite.",
        "draft-ietf-lamps-pq-composite-sigs",
        alone(_key(_FIRST_COMPOSITE), _key(_LAST_COMPOSITE), _signed(_FIRST_COMPOSITE)),
        alone(_key(_ML_DSA_44), _key("1.3.6.1.5.5.7.6.36"), _key("1.3.6.1.5.5.7.6.55")),
    ),
    "pqc.signature_key_usage": RuleCase(
        "A key that only signs is for signatures alone, and for some.",
        "RFC 9881 5",
        alone(
            _key(_ML_DSA_44).including(_NO_USAGE),
            _used(_ML_DSA_44, pki.KEY_ENCIPHERMENT),
            _used(_ML_DSA_44, pki.DIGITAL_SIGNATURE, _KEY_AGREEMENT),
            _used(_SLH_DSA_128S, pki.KEY_ENCIPHERMENT),
            _used(_HASH_SLH_DSA, pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT),
        ),
        alone(
            _used(_ML_DSA_44, pki.DIGITAL_SIGNATURE),
            _used(_SLH_DSA_128S, pki.KEY_CERT_SIGN, pki.CRL_SIGN),
            _key(_ML_DSA_44).without(_KEY_USAGE),
        ),
    ),
    "pqc.encapsulation_key_usage": RuleCase(
        "A key that only encapsulates is for keyEncipherment alone.",
        "RFC 9935 5",
        alone(
            _key(_ML_KEM_768).including(_NO_USAGE),
            _used(_ML_KEM_768, pki.DIGITAL_SIGNATURE),
            _used(_ML_KEM_768, pki.KEY_ENCIPHERMENT, _KEY_AGREEMENT),
        ),
        alone(_used(_ML_KEM_768, pki.KEY_ENCIPHERMENT), _key(_ML_KEM_768).without(_KEY_USAGE)),
    ),
    "pqc.stateful_not_for_tls": RuleCase(
        "A key whose signatures have a state is not for TLS.",
        "NIST SP 800-208 1.1",
        alone(_key(_HSS), _key(_XMSS), _key(_XMSS_MT).without(pki.EXTENDED_KEY_USAGE)),
        alone(_key(_HSS).including(_CODE_SIGNING), _key(_ML_DSA_44)),
    ),
    "pqc.strength_112_ends_2030": RuleCase(
        "With a key of 112 bits of strength, a certificate ends by 2030.",
        "NIST IR 8547 (draft) table 2",
        alone(_until(_RSA_2048, 2031), _until(_P224, 2031), _until(_RSA_2048, 9999)),
        alone(_until(_RSA_3072, 2031), _until(LEAF, 2031), _until(_ED25519, 2031)),
    ),
    "pqc.classical_ends_2035": RuleCase(
        "With a classical key, a certificate ends by 2035.",
        "NIST IR 8547 (draft) table 2",
        alone(*(_until(one, 2036) for one in (LEAF, _RSA_3072, _ED25519)), _until(LEAF, 9999, last_second=True)),
        alone(_until(_key(_ML_DSA_44), 2036), _until(_key(_SLH_DSA_128S), 9999)),
    ),
}
