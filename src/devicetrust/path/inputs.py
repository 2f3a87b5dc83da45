"""What a path is validated against.

Makes: `PathInputs`, `AnchorChecks`, `PurposeMatching`, `ValidityModel`.
May import: findings, x509, trust, path siblings.
Must never: name a profile.
Read first: `PathInputs`.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from devicetrust.path.budget import Budget
from devicetrust.path.policies import ANY_POLICY
from devicetrust.path.strength import StrengthPolicy
from devicetrust.x509.der import Tolerance
from devicetrust.x509.general_names import NameConstraints

__all__ = ["AnchorChecks", "PathInputs", "PurposeMatching", "ValidityModel"]


class AnchorChecks(enum.Enum):
    """What of an anchor's own certificate counts. RFC 5280 6.1.1 (d) leaves it open."""

    AS_CERTIFICATE = "its dates and extensions count as those of any CA certificate"
    NAME_AND_KEY = "only its name and key count"


class PurposeMatching(enum.Enum):
    """When a certificate serves the key purposes that are asked for."""

    RFC5280 = "an absent extendedKeyUsage allows every purpose, anyExtendedKeyUsage too (RFC 5280 4.2.1.12)"
    EXPLICIT = "the leaf lists the purpose itself, and every CA that lists any lists it or anyExtendedKeyUsage"


class ValidityModel(enum.Enum):
    """When the dates of a CA count. Those of the leaf count at the moment. RFC 5280 knows only the first, SHELL.

    Under the other two a CA whose key is stolen after its end can still issue, with a date of its own choice; they are
    for keys that are known to be destroyed, or for devices that nothing else could prove.
    """

    SHELL = "every certificate is valid at the moment (RFC 5280 6.1.3 (a)(2))"
    CHAIN = "every CA was valid when the certificate below it was issued"
    IDEVID = "above a leaf without an end, every CA was valid when the leaf was issued; above any other, as in SHELL"


class PathInputs(NamedTuple):
    """The inputs of RFC 5280 6.1.1 by their names, and what else bounds a path.

    ``user_initial_policy_set`` and ``key_purposes`` are dotted OIDs. ``max_intermediates`` counts intermediates that
    are not self-issued. ``tolerances`` reach CA certificates and anchors; ``leaf_tolerances`` any certificate.
    ``processed_extensions`` are dotted OIDs of critical extensions that later judges process.
    """

    strength: StrengthPolicy
    user_initial_policy_set: frozenset[str] = frozenset({ANY_POLICY})
    initial_policy_mapping_inhibit: bool = False
    initial_explicit_policy: bool = False
    initial_any_policy_inhibit: bool = False
    initial_permitted_subtrees: NameConstraints | None = None
    initial_excluded_subtrees: NameConstraints | None = None
    max_intermediates: int = 8
    key_purposes: frozenset[str] = frozenset()
    purpose_matching: PurposeMatching = PurposeMatching.RFC5280
    anchor_checks: AnchorChecks = AnchorChecks.AS_CERTIFICATE
    validity_model: ValidityModel = ValidityModel.SHELL
    tolerances: frozenset[Tolerance] = frozenset()
    leaf_tolerances: frozenset[Tolerance] = frozenset()
    processed_extensions: frozenset[str] = frozenset()
    budget: Budget = Budget()

    def without_purpose(self) -> PathInputs:
        """The inputs for paths of those who sign evidence: any policy, any purpose, and all dates at the moment."""
        return self._replace(
            user_initial_policy_set=frozenset({ANY_POLICY}),
            initial_explicit_policy=False,
            key_purposes=frozenset(),
            purpose_matching=PurposeMatching.RFC5280,
            validity_model=ValidityModel.SHELL,
        )
