"""What a profile is.

Makes: `Profile`, `ReferenceDemand`, `IssuerFetching`.
May import: everything below the profiles.
Must never: know a named profile.
Read first: `Profile`.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import attrs

from devicetrust.errors import MisuseError
from devicetrust.findings import Code, Effect, Finding, Severity, fits_a_line
from devicetrust.path.budget import Budget
from devicetrust.path.inputs import AnchorChecks, PathInputs, PurposeMatching, ValidityModel
from devicetrust.path.policies import ANY_POLICY
from devicetrust.path.strength import StrengthPolicy
from devicetrust.revocation.policy import RevocationPolicy, UnknownStatus
from devicetrust.rules.rule import DATED, ChainCheck, CheckFunction, Needs, Role, Rule
from devicetrust.x509.der import Tolerance
from devicetrust.x509.general_names import NameConstraints
from devicetrust.x509.lazy import lazy

__all__ = ["IssuerFetching", "Profile", "ReferenceDemand"]


class ReferenceDemand(enum.Enum):
    """Whether the caller must say whom it expects."""

    REQUIRED = "a reference must be given; Reference.UNCHECKED says aloud that none is"
    OPTIONAL = "a reference may be given"


class IssuerFetching(enum.Enum):
    """Whether a missing issuer may be wanted from the URL that the certificate names (RFC 5280 4.2.2.1)."""

    REFUSED = "a missing issuer ends the search"
    WANTED = "a missing issuer leaves the verdict undecided and is among its wants"


@attrs.frozen(kw_only=True, slots=False)  # not slotted: what is derived from the fields is kept beside them
class Profile:
    """What a purpose demands: the inputs of path validation, the names, the rules, and which findings block.

    Frozen; `evolve` makes another. ``edition`` changes whenever the profile begins to refuse what it admitted. The
    inputs of RFC 5280 6.1.1 bear the standard's names. Policies and purposes are sets of dotted OIDs, the latter the
    purposes that the leaf must allow, each of them. ``tolerances`` reach CA certificates and anchors;
    ``leaf_tolerances`` reach any certificate. Findings of severity error block, except the codes that
    ``reported_only`` names by id; what proves who issued a certificate and whom it names blocks always. A waiver that
    lasts longer than ``longest_waiver`` (0: any at all), or is for a code that ``unwaivable`` names, covers nothing.
    """

    name: str
    edition: str
    summary: str
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
    reference: ReferenceDemand = ReferenceDemand.OPTIONAL
    issuer_fetching: IssuerFetching = IssuerFetching.REFUSED
    revocation: RevocationPolicy = RevocationPolicy.IF_PUBLISHED
    rules: tuple[Rule, ...] = ()
    reported_only: frozenset[str] = frozenset()
    longest_waiver: timedelta = timedelta(days=7)
    unwaivable: frozenset[str] = frozenset()
    budget: Budget = Budget()

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Profile):
            value = getattr(self, field.name)
            kind = _KINDS.get(field.name)
            if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
                raise MisuseError(f"{field.name} is a {kind.__name__}, not a {type(value).__name__}")
        for field_name in ("name", "edition"):  # every verdict and report tells them
            text = getattr(self, field_name)
            if not isinstance(text, str) or not text.strip() or text != text.strip() or not fits_a_line(text):
                raise MisuseError(f"{field_name} is a text of one line that can be printed, not {text!r}")
        if self.max_intermediates < 0:
            raise MisuseError("max_intermediates is a number of certificates, 0 or more")
        dated = sorted(rule.code.id for rule in self.rules if rule.needs in DATED)
        if dated:
            raise MisuseError(f"rules on the moment are for lint, not for a profile: {', '.join(dated)}")
        if not self.user_initial_policy_set:
            raise MisuseError("user_initial_policy_set is empty: no path could be valid; anyPolicy accepts any")

    def evolve(self, **changes: Any) -> Profile:
        """The same profile with some fields changed, under a name that says so unless a new one is given.

        Raises `MisuseError` for a field that does not exist.
        """
        unknown = sorted(set(changes) - {field.name for field in attrs.fields(Profile)})
        if unknown:
            raise MisuseError(f"a profile has no field {', '.join(unknown)}")
        if changes and "name" not in changes:
            changes["name"] = self.name if self.name.endswith("(evolved)") else f"{self.name} (evolved)"
        return attrs.evolve(self, **changes)

    def blocks(self, code: Code) -> bool:
        """Whether a finding of this code refuses a certificate under this profile."""
        effect = code.effect
        if effect is Effect.BY_PROFILE:
            return code.severity is Severity.ERROR and code.id not in self.reported_only
        return effect is Effect.REFUSES

    def weight_of(self, findings: Iterable[Finding]) -> Effect:
        """What findings on a path amount to.

        `Effect.REFUSES`, else `Effect.LEAVES_OPEN`, else `Effect.ADMITS_BY_EXCEPTION`; `Effect.BY_PROFILE`: it stands.
        """
        weight = Effect.BY_PROFILE
        for finding in findings:
            code = finding.code
            if code.severity is not Severity.ERROR and code.effect is Effect.BY_PROFILE:
                continue
            if self.blocks(code):
                return Effect.REFUSES
            if code.effect is Effect.LEAVES_OPEN or weight is Effect.BY_PROFILE:
                weight = code.effect
        return weight

    @lazy
    def checks(self) -> dict[Role, tuple[CheckFunction, ...]]:
        """The checks of the rules on one certificate, by its place in the path."""
        return {role: tuple(rule.guarded for rule in self._rules(role, Needs.CERTIFICATE)) for role in Role}

    @lazy
    def chain_checks(self) -> dict[Role, tuple[ChainCheck, ...]]:
        """The checks of the rules that must see the certificates above as well, by the place in the path."""
        return {role: tuple(rule.guarded for rule in self._rules(role, Needs.ISSUERS)) for role in Role}

    def _rules(self, role: Role, needs: Needs) -> Iterable[Rule]:
        return [rule for rule in self.rules if role in rule.applies_to and rule.needs is needs]

    @property
    def processed_extensions(self) -> frozenset[str]:
        """What the judge of revocation heeds where a status is asked for, RFC 5280 4.2.1.13."""
        return _NO_OIDS if self.revocation.unknown is UnknownStatus.NOT_ASKED else _CRL_DISTRIBUTION_POINTS

    @lazy
    def path_inputs(self) -> PathInputs:
        """What path validation is given."""
        return PathInputs(**{name: getattr(self, name) for name in PathInputs._fields})

    @lazy
    def signer_inputs(self) -> PathInputs:
        """What path validation is given for those who sign evidence."""
        return self.path_inputs.without_purpose()

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: what was derived from them is derived again."""
        return {field.name: getattr(self, field.name) for field in attrs.fields(Profile)}

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over every field that can change a verdict. 32 octets."""
        return hashlib.sha256(repr([(name, _stable(getattr(self, name))) for name in _FIELDS]).encode()).digest()


_NO_OIDS: Final[frozenset[str]] = frozenset()
_CRL_DISTRIBUTION_POINTS: Final = frozenset({"2.5.29.31"})
_KINDS: Final[dict[str, type]] = {
    "strength": StrengthPolicy,
    "user_initial_policy_set": frozenset,
    "initial_policy_mapping_inhibit": bool,
    "initial_explicit_policy": bool,
    "initial_any_policy_inhibit": bool,
    "max_intermediates": int,
    "key_purposes": frozenset,
    "purpose_matching": PurposeMatching,
    "anchor_checks": AnchorChecks,
    "validity_model": ValidityModel,
    "tolerances": frozenset,
    "leaf_tolerances": frozenset,
    "reference": ReferenceDemand,
    "issuer_fetching": IssuerFetching,
    "revocation": RevocationPolicy,
    "rules": tuple,
    "reported_only": frozenset,
    "longest_waiver": timedelta,
    "unwaivable": frozenset,
    "budget": Budget,
}
_FIELDS: Final = tuple(field.name for field in attrs.fields(Profile) if field.name != "summary")


def _stable(value: object) -> object:
    """A rendering that does not depend on process, order of sets or addresses."""
    if isinstance(value, frozenset):
        return sorted(str(_stable(one)) for one in value)
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Rule):
        return value.identity
    if isinstance(value, RevocationPolicy | StrengthPolicy):
        return [_stable(getattr(value, field.name)) for field in attrs.fields(type(value))]
    if isinstance(value, NameConstraints):
        return [[name.key for name in part] for part in value]
    if isinstance(value, tuple):
        return [_stable(one) for one in value]
    return value
