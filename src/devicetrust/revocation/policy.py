"""What is asked about revocation.

Makes: `RevocationPolicy` with its presets, and the enums it holds.
May import: errors.
Must never: hide that revocation was not asked about.
Read first: `RevocationPolicy`.
"""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import Any, ClassVar, Final

import attrs

from devicetrust.errors import MisuseError

__all__ = ["RevocationDepth", "RevocationPolicy", "RevocationSource", "UnknownStatus"]


class RevocationDepth(enum.Enum):
    """Whose status must be known."""

    LEAF = "the leaf's"
    CHAIN = "that of every certificate below the anchor"


class UnknownStatus(enum.Enum):
    """What follows where the status of a certificate is not known."""

    NOT_ASKED = "nothing: each verdict says that revocation was not checked"
    WARNING = "a warning"
    UNDECIDED_IF_PUBLISHED = "the outcome is undecided where the certificate names a source, and a notice elsewhere"
    UNDECIDED = "the outcome is undecided"


class RevocationSource(enum.Enum):
    """Where a status may come from."""

    CRL = "CRL"
    OCSP = "OCSP"


@attrs.frozen(kw_only=True)
class RevocationPolicy:
    """How much must be known about revocation. Frozen; `evolve` makes another.

    Whatever the policy, all evidence given is consulted, and a revocation that it proves refuses (RFC 5280 6.1.3
    (a)(3)). ``sources`` are those that may say "good", the one to want first in front. ``stale_grace`` is for how long
    after its nextUpdate a piece of evidence still serves, as an exception with an end; ``clock_skew`` is how far the
    clock of who makes evidence may be ahead of ours, so that what was made this moment serves; a certificate whose
    validity as a whole is no longer than ``short_lived`` needs no status. Zero grants none of these.
    """

    name: str
    unknown: UnknownStatus
    depth: RevocationDepth = RevocationDepth.CHAIN
    sources: tuple[RevocationSource, ...] = (RevocationSource.OCSP, RevocationSource.CRL)
    stale_grace: timedelta = timedelta(0)
    # OpenSSL allows for as much (``openssl ocsp -validity_period``): a response that a server with a quicker clock made
    # on demand would otherwise begin in the future.
    clock_skew: timedelta = timedelta(minutes=5)
    short_lived: timedelta = timedelta(0)

    OFF: ClassVar[RevocationPolicy]
    """Nothing need be known, and every verdict says so."""
    BEST_EFFORT: ClassVar[RevocationPolicy]
    """A missing status is a warning."""
    IF_PUBLISHED: ClassVar[RevocationPolicy]
    """Where a certificate names a source, its status must be known."""
    REQUIRED: ClassVar[RevocationPolicy]
    """The status of every certificate below the anchor must be known."""

    def __attrs_post_init__(self) -> None:
        for field, kind in _KINDS.items():
            if not isinstance(getattr(self, field), kind):
                raise MisuseError(f"{field} is a {kind.__name__}, not a {type(getattr(self, field)).__name__}")
        for field in ("stale_grace", "clock_skew", "short_lived"):
            if not timedelta(0) <= getattr(self, field) <= _LONGEST[field]:
                raise MisuseError(f"{field} lies between nothing and {_LONGEST[field].days} days")
        if not self.sources or any(not isinstance(source, RevocationSource) for source in self.sources):
            raise MisuseError("sources is a tuple of at least one RevocationSource")

    def evolve(self, **changes: Any) -> RevocationPolicy:
        """The same policy with some fields changed, under a name that says so unless a new one is given."""
        unknown = sorted(set(changes) - {field.name for field in attrs.fields(RevocationPolicy)})
        if unknown:
            raise MisuseError(f"a revocation policy has no field {', '.join(unknown)}")
        if changes and "name" not in changes:
            changes["name"] = self.name if self.name.endswith("(evolved)") else f"{self.name} (evolved)"
        return attrs.evolve(self, **changes)


_KINDS: Final[dict[str, type]] = {
    "name": str,
    "unknown": UnknownStatus,
    "depth": RevocationDepth,
    "sources": tuple,
    "stale_grace": timedelta,
    "clock_skew": timedelta,
    "short_lived": timedelta,
}
# Ours: a month without fresh evidence is no exception any more; clocks a day apart are a fault to mend, not to allow
# for; CA/B BR 1.6.1 calls certificates of at most 10 days short-lived, and 7 days from March 2026.
_LONGEST: Final = {
    "stale_grace": timedelta(days=31),
    "clock_skew": timedelta(days=1),
    "short_lived": timedelta(days=10),
}

RevocationPolicy.OFF = RevocationPolicy(name="OFF", unknown=UnknownStatus.NOT_ASKED)
RevocationPolicy.BEST_EFFORT = RevocationPolicy(name="BEST_EFFORT", unknown=UnknownStatus.WARNING)
RevocationPolicy.IF_PUBLISHED = RevocationPolicy(name="IF_PUBLISHED", unknown=UnknownStatus.UNDECIDED_IF_PUBLISHED)
RevocationPolicy.REQUIRED = RevocationPolicy(name="REQUIRED", unknown=UnknownStatus.UNDECIDED)
