"""How keys are written: parameters of RSA keys, points of elliptic curves.

Makes: rules on the encoding of a subjectPublicKeyInfo that can be read all the same.
May import: findings, x509, rules.rule, rules.keys.rsa_modulus.
Must never: repeat ``key.unreadable``, which says of explicit curves, of points beside the curve or at infinity, and of
    parameters of EdDSA and ML-DSA keys that such a key cannot be used.
Read first: `rsa_parameters_null`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.keys.rsa_modulus import is_rsa
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["ec_point_not_hybrid", "ec_point_uncompressed", "rsa_parameters_null"]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_KEY: Final = "tbsCertificate.subjectPublicKeyInfo"

RSA_PARAMETERS: Final = Code(
    "keys.rsa_parameters_null",
    Severity.ERROR,
    Citation("RFC 4055", "1.2"),
    rank=610,
    what="the algorithm of the RSA key has no parameters; with rsaEncryption they must be NULL",
    why="Software that compares keys by their octets takes this one for another, and strict readers refuse it.",
    remedy="have the certificate issued again with NULL for parameters, from a request that is encoded so",
    waivable=Waivable.BY_WAIVER,
)
HYBRID_POINT: Final = Code(
    "keys.ec_point_not_hybrid",
    Severity.ERROR,
    Citation("RFC 5480", "2.2", Knowledge.SECOND_HAND),
    rank=611,
    what="the point of the elliptic curve key is in the hybrid form, which certificates must not use",
    why="It says the same thing twice, and readers differ on which of the two they heed.",
    remedy="have the certificate issued again with the point in the uncompressed form",
    waivable=Waivable.BY_WAIVER,
)
COMPRESSED_POINT: Final = Code(
    "keys.ec_point_uncompressed",
    Severity.NOTICE,
    Citation("RFC 5480", "2.2", Knowledge.SECOND_HAND),
    rank=510,
    what="the point of the elliptic curve key is compressed; only the uncompressed form must be understood",
    why="Software that does not compute the other coordinate cannot use the key.",
    remedy="where a peer refuses the certificate, have it issued again with the point in the uncompressed form",
    waivable=Waivable.BY_WAIVER,
)


@rule(RSA_PARAMETERS, *_EVERYWHERE, concerns=is_rsa)
def rsa_parameters_null(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The parameters of rsaEncryption are NULL. Parameters of another kind make the key unreadable."""
    key = certificate.public_key
    if key.is_plain:
        return ()
    contents = key.contents
    if contents is None or contents.algorithm != _RSA_ENCRYPTION or contents.parameters:
        return ()
    return (RSA_PARAMETERS.at(index, f"{_KEY}.algorithm.parameters"),)


_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"


def _is_ec(certificate: Certificate) -> bool:
    return certificate.public_key.algorithm == "EC"


@rule(HYBRID_POINT, *_EVERYWHERE, concerns=_is_ec)
def ec_point_not_hybrid(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The point of an elliptic curve key is not in the hybrid form."""
    return (HYBRID_POINT.at(index, _POINT),) if _form(certificate) in (0x06, 0x07) else ()


@rule(COMPRESSED_POINT, *_EVERYWHERE, concerns=_is_ec)
def ec_point_uncompressed(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The point of an elliptic curve key is not compressed, so that everyone can read it."""
    return (COMPRESSED_POINT.at(index, _POINT),) if _form(certificate) in (0x02, 0x03) else ()


_POINT: Final = f"{_KEY}.subjectPublicKey"


def _form(certificate: Certificate) -> int | None:
    """The first octet of the point, SEC 1 2.3.3: 2 and 3 compressed, 4 uncompressed, 6 and 7 hybrid."""
    key = certificate.public_key
    if key.is_plain:
        return 0x04
    contents = key.contents
    return None if contents is None else next(iter(contents.subject_public_key), None)
