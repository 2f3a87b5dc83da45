"""The public exponent of RSA keys.

Makes: `exponent_size`.
May import: findings, x509, rules.rule, rules.keys.rsa_modulus.
Must never: judge 1, even or negative exponents: such a key is unreadable (``key.unreadable``).
Read first: `exponent_size`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.keys.rsa_modulus import is_rsa
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["exponent_size"]

EXPONENT_SIZE: Final = Code(
    "keys.rsa_exponent_size",
    Severity.WARNING,
    Citation("FIPS 186-5", "A.1.1", Knowledge.SECOND_HAND),
    rank=560,
    what="the RSA public exponent is {exponent}; it must lie between 2^16 and 2^256",
    why="A small exponent makes slips of padding fatal, a large one is refused by much software and slow in the rest.",
    remedy="make the next key with the exponent 65537",
    waivable=Waivable.BY_WAIVER,
)


@rule(EXPONENT_SIZE, Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR, concerns=is_rsa)
def exponent_size(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The public exponent is above 2^16 and below 2^256."""
    key = certificate.public_key
    if key.is_plain:  # then it is 65537
        return ()
    numbers = key.rsa_numbers
    if numbers is None or 1 << 16 < numbers[1] < 1 << 256:
        return ()
    field = "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey.publicExponent"
    bits = numbers[1].bit_length()
    exponent = str(numbers[1]) if bits <= 16 else f"a number of {bits} bits"  # a stranger's may fill a page
    return (EXPONENT_SIZE.at(index, field, exponent=exponent, bits=bits),)
