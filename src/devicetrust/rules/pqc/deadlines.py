"""Classical keys in certificates that outlive the dates set for them.

Makes: rules that compare notAfter with dates that are proposed, not yet in force.
May import: findings, x509, rules.rule.
Must never: know what day it is, or refuse anything: the document is a draft.
Read first: `strength_112_ends_2030`.

NIST IR 8547 is an initial public draft of November 2024, known at second hand. By its table 2, algorithms of 112 bits
of strength are deprecated after 2030, which leaves the risk to their user, and all classical ones are disallowed after
2035. BSI TR-02102-1 recommends classical signatures until the end of 2035 as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["classical_ends_2035", "strength_112_ends_2030"]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_IR_8547: Final = Citation("NIST IR 8547 (draft)", "table 2", Knowledge.SECOND_HAND)
_NOT_AFTER: Final = "tbsCertificate.validity.notAfter"

STRENGTH_112: Final = Code(
    "pqc.strength_112_ends_2030",
    Severity.NOTICE,
    _IR_8547,
    rank=508,
    what="the certificate with its {key} key runs until {not_after}; such keys are to be deprecated after 2030",
    why="A key of 112 bits of strength is within reach before the certificate ends, by the draft's reckoning.",
    remedy="plan the change of the key before the end of 2030: RSA-3072, P-256, or ML-DSA where peers know it",
    waivable=Waivable.BY_WAIVER,
)
CLASSICAL: Final = Code(
    "pqc.classical_ends_2035",
    Severity.NOTICE,
    _IR_8547,
    rank=507,
    what="the certificate with its {key} key runs until {not_after}; classical keys are to be disallowed after 2035",
    why="A quantum computer finds the private key of every classical algorithm, and then anyone can be this device.",
    remedy="make sure that the device can get a post-quantum key in the field, or is out of use by then",
    waivable=Waivable.BY_WAIVER,
)


def _outlives_2030(certificate: Certificate) -> bool:
    return certificate.validity[1] >= _END_OF_2030


@rule(STRENGTH_112, *_EVERYWHERE, concerns=_outlives_2030)
def strength_112_ends_2030(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A certificate that runs beyond 2030 has a key of more than 112 bits of strength."""
    key = certificate.public_key
    weakest = _WEAKEST_128.get(key.algorithm)
    if weakest is None or key.size >= weakest:
        return ()
    return (STRENGTH_112.at(index, _NOT_AFTER, key=str(key), not_after=certificate.not_after),)


def _outlives_2035(certificate: Certificate) -> bool:
    return certificate.validity[1] >= _END_OF_2035


@rule(CLASSICAL, *_EVERYWHERE, concerns=_outlives_2035)
def classical_ends_2035(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A certificate that runs beyond 2035 has a post-quantum key."""
    key = certificate.public_key
    if key.algorithm not in _CLASSICAL:
        return ()
    return (CLASSICAL.at(index, _NOT_AFTER, key=str(key), not_after=certificate.not_after),)


# The first seconds of the years after, in seconds since 1970-01-01T00:00:00Z.
_END_OF_2030: Final = int(datetime(2031, 1, 1, tzinfo=UTC).timestamp())
_END_OF_2035: Final = int(datetime(2036, 1, 1, tzinfo=UTC).timestamp())
# SP 800-57 Part 1 Rev. 5 table 2: the sizes in bits from which a key has 128 bits of strength.
_WEAKEST_128: Final = {"RSA": 3072, "EC": 256}
_CLASSICAL: Final = frozenset({"RSA", "EC", "Ed25519", "Ed448", "DSA"})
