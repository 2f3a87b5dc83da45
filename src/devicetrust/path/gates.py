"""The gates of a path: what the search asserts of every link before a path exists.

Makes: the finding of a signature that does not verify.
May import: findings, x509, path siblings.
Must never: look for issuers.
Read first: `signature_finding`.

RFC 5280 6.1.3 (a)(4), the issuer's name, is asserted by looking issuers up by name; (a)(1), the signature, here.
"""

from __future__ import annotations

from devicetrust.findings import Finding
from devicetrust.path import codes
from devicetrust.path.titles import title
from devicetrust.x509.algorithm_names import algorithm_name
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.der import oid_text, read_tlv
from devicetrust.x509.signatures import Check, signature_algorithm

__all__ = ["signature_finding"]


def signature_finding(check: Check, certificate: Certificate, issuer: str, index: int) -> Finding:
    """RFC 5280 6.1.3 (a)(1): the signature verifies with the issuer's working key; the finding where it does not."""
    if check in (Check.INVALID, Check.WRONG_KEY_TYPE):  # a key of another kind did not make this signature
        return codes.SIGNATURE_INVALID.at(index, "signatureValue", subject=title(certificate), issuer=issuer)
    algorithm = signature_algorithm(certificate.signature_algorithm)
    return codes.SIGNATURE_UNSUPPORTED.at(
        index,
        "signatureAlgorithm",
        subject=title(certificate),
        issuer=issuer,
        algorithm=_algorithm_name(certificate) if algorithm is None else algorithm.name,
        reason=check.value,
    )


def _algorithm_name(certificate: Certificate) -> str:
    """The signature algorithm, for those that cannot be checked here: its name, if it has one, and its dotted OID."""
    identifier = certificate.signature_algorithm
    _, start, end = read_tlv(identifier, 0, len(identifier))
    _, start, end = read_tlv(identifier, start, end)
    return algorithm_name(oid_text(identifier[start:end]))
