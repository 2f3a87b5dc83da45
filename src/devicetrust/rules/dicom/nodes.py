"""DICOM PS3.15 B.12 and B.13: certificates of nodes.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: take a role of DICOM (SCU, SCP) for a role of TLS.
Read first: `curve_size`.

The texts of B.12 and B.13 were not read; the numbers are those of two implementations, DCMTK and DICOMKit. That RSA
keys have 2048 bits at least, and signatures SHA-256, is BCP 195 as well, and so the strength of every profile for TLS.
That a node is client and server of TLS in turn is among the key purposes of its profile.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["curve_size"]

SMALL_CURVE: Final = Code(
    "dicom.curve_size",
    Severity.ERROR,
    Citation("DICOM PS3.15", "B.13", Knowledge.SECOND_HAND),
    rank=580,
    what="the key lies on {curve}, a curve of {bits} bits; the modified BCP 195 profile wants 256 at least",
    why="Nodes of this profile refuse the handshake.",
    remedy="generate a key on P-256 or P-384 and have a certificate issued for it",
    waivable=Waivable.BY_WAIVER,
)


@rule(SMALL_CURVE, Role.LEAF)
def curve_size(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A key on a curve has 256 bits at least."""
    key = certificate.public_key
    if key.algorithm != "EC" or key.size >= 256 or key.unreadable is not None:
        return ()
    return (SMALL_CURVE.at(index, "tbsCertificate.subjectPublicKeyInfo", curve=key.curve, bits=key.size),)
