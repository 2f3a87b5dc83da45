"""The standard itself, strict and tolerant.

Makes: `rfc5280`, `rfc5280_tolerant`.
May import: `profile` and below.
Must never: ask for more than RFC 5280 section 6 and sound algorithms.
Read first: `rfc5280`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.path.inputs import AnchorChecks
from devicetrust.profiles import strength
from devicetrust.profiles.profile import Profile
from devicetrust.rules.families.documents import RFC5280_FORM, USAGES
from devicetrust.rules.families.handshakes import RFC5280
from devicetrust.rules.rfc5280 import extensions
from devicetrust.x509.der import Tolerance

__all__ = ["rfc5280", "rfc5280_tolerant"]

_RULES: Final = RFC5280 + RFC5280_FORM + USAGES

rfc5280: Final = Profile(
    name="rfc5280",
    edition="2026.1",
    summary="RFC 5280 section 6; of section 4 a non-critical nameConstraints refuses. Both forms of time are read.",
    strength=strength.baseline,
    anchor_checks=AnchorChecks.NAME_AND_KEY,
    # RFC 5280 4.1.2.5 itself has applications read either form of time, whatever the year (PKITS 4.2.4).
    leaf_tolerances=frozenset({Tolerance.TIME_GENERALIZED_BEFORE_2050}),
    tolerances=frozenset({Tolerance.TIME_GENERALIZED_BEFORE_2050}),
    rules=_RULES,
    reported_only=frozenset(rule.code.id for rule in _RULES) - {extensions.NAME_CONSTRAINTS_NOT_CRITICAL.id}
    | {"extension.minor_unreadable"},
)

rfc5280_tolerant: Final = rfc5280.evolve(
    name="rfc5280_tolerant",
    summary="rfc5280 with anchors judged as certificates; known encoding faults of CAs are tolerated, each a finding.",
    anchor_checks=AnchorChecks.AS_CERTIFICATE,
    tolerances=frozenset(Tolerance),
)
