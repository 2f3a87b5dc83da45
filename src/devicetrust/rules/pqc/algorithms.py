"""Which post-quantum algorithms may stand in a certificate, and how they are named.

Makes: rules on the AlgorithmIdentifiers of key and signature.
May import: findings, x509, rules.rule.
Must never: say that an algorithm cannot be checked here: ``key.unreadable`` and ``signature.unsupported`` do.
Read first: `no_hash_ml_dsa`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.algorithm_names import (
    COMPOSITE_SIGNATURES,
    DRAFT_ALGORITHMS,
    HASH_ML_DSA,
    ML_KEM,
    SLH_DSA,
    STATEFUL_SIGNATURES,
)
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER, oid_text

__all__ = ["composite_is_draft", "final_algorithms", "is_no_classical_key", "no_hash_ml_dsa", "parameters_absent"]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)

HASH_ML_DSA_USED: Final = Code(
    "pqc.no_hash_ml_dsa",
    Severity.ERROR,
    Citation("RFC 9881", "8.3", Knowledge.SECOND_HAND),
    rank=604,
    what="{algorithm} must not be used in a certificate, only ML-DSA itself",
    why="The hash is another one than the signature's own, and no verifier of certificates expects it.",
    remedy="have the certificate issued with ML-DSA-44, ML-DSA-65 or ML-DSA-87",
    waivable=Waivable.BY_WAIVER,
)
DRAFT_USED: Final = Code(
    "pqc.final_algorithms",
    Severity.ERROR,
    Citation("FIPS 204", "appendix D", Knowledge.SECOND_HAND),
    rank=603,
    what="{algorithm} is what a final standard has replaced, and is compatible with none",
    why="Software for the final standards cannot use it, and the drafts had errors that were corrected since.",
    remedy="have the certificate issued with an algorithm of FIPS 203, 204 or 205",
    waivable=Waivable.BY_WAIVER,
)
PARAMETERS: Final = Code(
    "pqc.parameters_absent",
    Severity.ERROR,
    Citation("RFC 9909", "", Knowledge.SECOND_HAND),
    rank=602,
    what="{algorithm} stands with parameters; there must be none (likewise RFC 9802, RFC 9935)",
    why="The algorithm fixes everything; strict readers refuse what is written beside it.",
    remedy="have the certificate issued again by software that leaves out the parameters",
    waivable=Waivable.BY_WAIVER,
)
COMPOSITE: Final = Code(
    "pqc.composite_is_draft",
    Severity.NOTICE,
    Citation("draft-ietf-lamps-pq-composite-sigs", "", Knowledge.SECOND_HAND),
    rank=506,
    what="{algorithm}: composites are still a draft",
    why="Identifiers of drafts change, and few peers know them.",
    remedy="keep a certificate with a standard algorithm beside it, and ask the maker about the final standard",
    waivable=Waivable.BY_WAIVER,
)


class _Named(NamedTuple):
    """An AlgorithmIdentifier that may be post-quantum: its dotted OID, whether it has parameters, and its field."""

    algorithm: str
    has_parameters: bool
    field: str


def is_no_classical_key(certificate: Certificate) -> bool:
    """Whether the key is of another kind than those that TLS has always known."""
    return certificate.public_key.algorithm not in _CLASSICAL


_CLASSICAL: Final = frozenset({"RSA", "EC", "Ed25519", "Ed448", "DSA"})


def _may_be_post_quantum(certificate: Certificate) -> bool:
    if certificate.public_key.algorithm not in _CLASSICAL:
        return True
    return certificate.signature_algorithm[2:6] not in _CLASSICAL_ARCS


# As the OIDs of RSA, ECDSA, DSA and EdDSA begin, tag and length included: what nearly every certificate is signed with.
_CLASSICAL_ARCS: Final = frozenset(map(bytes.fromhex, ("06092a86", "06082a86", "06072a86", "06032b65")))


@rule(HASH_ML_DSA_USED, *_EVERYWHERE, concerns=_may_be_post_quantum)
def no_hash_ml_dsa(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Neither key nor signature is of HashML-DSA."""
    return _found(HASH_ML_DSA_USED, certificate, index, HASH_ML_DSA)


@rule(DRAFT_USED, *_EVERYWHERE, concerns=_may_be_post_quantum)
def final_algorithms(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Neither key nor signature is of an algorithm as it was before it became a standard."""
    return _found(DRAFT_USED, certificate, index, DRAFT_ALGORITHMS)


@rule(COMPOSITE, *_EVERYWHERE, concerns=_may_be_post_quantum)
def composite_is_draft(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Neither key nor signature is a composite, as long as those are a draft."""
    return _found(COMPOSITE, certificate, index, COMPOSITE_SIGNATURES)


@rule(PARAMETERS, *_EVERYWHERE, concerns=_may_be_post_quantum)
def parameters_absent(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An algorithm that is known by name only stands without parameters. With any, ML-DSA is read with a deviation."""
    return _found(PARAMETERS, certificate, index, _WITHOUT_PARAMETERS, lambda named: named.has_parameters)


_WITHOUT_PARAMETERS: Final = {**SLH_DSA, **ML_KEM, **STATEFUL_SIGNATURES}


def _found(
    code: Code,
    certificate: Certificate,
    index: int,
    names: Mapping[str, str],
    is_wrong: Callable[[_Named], bool] = lambda _named: True,
) -> list[Finding]:
    return [
        code.at(index, named.field, algorithm=names[named.algorithm], oid=named.algorithm)
        for named in _algorithms_of(certificate)
        if named.algorithm in names and is_wrong(named)
    ]


def _algorithms_of(certificate: Certificate) -> list[_Named]:
    """What key and signature are named, where that can be read."""
    named: list[_Named] = []
    contents = certificate.public_key.contents
    if contents is not None:
        field = "tbsCertificate.subjectPublicKeyInfo.algorithm"
        named.append(_Named(contents.algorithm, contents.parameters != b"", field))
    try:
        identifier = Cursor.within(certificate.signature_algorithm)
        oid = oid_text(identifier.content(_OBJECT_IDENTIFIER))
    except MalformedDER:
        return named
    return [*named, _Named(oid, identifier.next_tag is not None, "signatureAlgorithm")]


_OBJECT_IDENTIFIER: Final = 0x06
