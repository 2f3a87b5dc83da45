"""RFC 4055 3.1 and 5: the AlgorithmIdentifier of a signature by RSA.

Makes: rules on parameters that path validation accepts, for RFC 4055 has it accept them, but that should not be so.
May import: findings, x509, rules.rule.
Must never: repeat ``signature.unsupported``.
Read first: `rsa_parameters_null`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.signatures import digest_octets, signature_algorithm

__all__ = ["pss_salt_length", "pss_trailer_omitted", "rsa_parameters_null"]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_REISSUE: Final = "have the certificate issued again by a CA that follows RFC 4055"

RSA_PARAMETERS: Final = Code(
    "signatures.rsa_parameters_null",
    Severity.ERROR,
    Citation("RFC 4055", "5"),
    rank=606,
    what="the signature algorithm {algorithm} has no parameters; they must be NULL",
    why="Strict readers refuse it, and two encodings of the same thing are one too many.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)
SALT_LENGTH: Final = Code(
    "signatures.pss_salt_length",
    Severity.WARNING,
    Citation("RFC 4055", "3.1"),
    rank=556,
    what="the salt of the RSASSA-PSS signature has {found} octets; for {hash} {wanted} are recommended",
    why="TLS 1.3 and most profiles know no other length: there such a signature is refused.",
    remedy="have the certificate issued again with a salt as long as the hash",
    waivable=Waivable.BY_WAIVER,
)
TRAILER: Final = Code(
    "signatures.pss_trailer_omitted",
    Severity.ERROR,
    Citation("RFC 4055", "3.1"),
    rank=605,
    what="the parameters of the RSASSA-PSS signature state the trailerField; who signs must omit it",
    why="It is the default value, which DER does not write; strict readers refuse it.",
    remedy=_REISSUE,
    waivable=Waivable.BY_WAIVER,
)


def _is_rsa(certificate: Certificate) -> bool:
    return certificate.signature_algorithm.startswith(_PKCS1_ARC, _CONTENT)


@rule(RSA_PARAMETERS, *_EVERYWHERE, concerns=_is_rsa)
def rsa_parameters_null(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A signature algorithm of RSA with PKCS #1 v1.5 padding has NULL for parameters.

    RFC 4055 5 says it of SHA-2; of SHA-1 and MD5 RFC 3279 2.2.1 does (known at second hand), as the finding says.
    """
    identifier = certificate.signature_algorithm
    if len(identifier) != _WITHOUT_PARAMETERS:
        return ()
    algorithm = signature_algorithm(identifier)
    if algorithm is None:
        return ()
    field, name = "signatureAlgorithm.parameters", algorithm.name
    if algorithm.hash in _OLD_DIGESTS:
        return (RSA_PARAMETERS.at(index, field, algorithm=name, citation=str(_OF_OLD_DIGESTS)),)
    return (RSA_PARAMETERS.at(index, field, algorithm=name),)


_OLD_DIGESTS: Final = frozenset({"MD5", "SHA-1"})
_OF_OLD_DIGESTS: Final = Citation("RFC 3279", "2.2.1", Knowledge.SECOND_HAND)


def _is_pss(certificate: Certificate) -> bool:
    return certificate.signature_algorithm.startswith(_PSS, _CONTENT)


@rule(SALT_LENGTH, *_EVERYWHERE, concerns=_is_pss)
def pss_salt_length(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The salt of an RSASSA-PSS signature is as long as the hash."""
    algorithm = signature_algorithm(certificate.signature_algorithm)
    if algorithm is None or algorithm.salt_length is None:
        return ()
    wanted = digest_octets(algorithm.hash)
    if algorithm.salt_length == wanted:
        return ()
    field = "signatureAlgorithm.parameters.saltLength"
    return (SALT_LENGTH.at(index, field, found=algorithm.salt_length, wanted=wanted, hash=algorithm.hash),)


@rule(TRAILER, *_EVERYWHERE, concerns=_is_pss)
def pss_trailer_omitted(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The parameters of an RSASSA-PSS signature leave out the trailerField, which has but one value."""
    identifier = certificate.signature_algorithm
    if not identifier.endswith(_TRAILER) or signature_algorithm(identifier) is None:
        return ()
    return (TRAILER.at(index, "signatureAlgorithm.parameters.trailerField"),)


# The arc of PKCS #1, the OID of RSASSA-PSS in it, and where an OID's content begins in a short AlgorithmIdentifier.
_PKCS1_ARC: Final = bytes.fromhex("2a864886f70d0101")
_PSS: Final = _PKCS1_ARC + b"\x0a"
_CONTENT: Final = 4
# SEQUENCE of an OID of nine octets and nothing else.
_WITHOUT_PARAMETERS: Final = 2 + 2 + 9
# [3] INTEGER 1, the last of the parameters where it is there.
_TRAILER: Final = bytes.fromhex("a303020101")
