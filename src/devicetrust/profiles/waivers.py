"""Waivers: what somebody who answers for a site lets pass, for whom, why, and until when.

Makes: `Waiver`, `Waivers`, and the findings of one in force.
May import: errors, findings, path, trust, x509.
Must never: cover what proves who issued a certificate or whom it names; outlast its end; act without being told of.
Read first: `Waiver`, then `Waivers.applied`.

No standard knows waivers; hospitals have them in practice, as switches that stay off for ever. Here one names a code, a
certificate or a key, a person and an end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from devicetrust.errors import MisuseError
from devicetrust.findings import Citation, Code, Effect, Fact, Finding, Severity, Waivable, fits_a_line, rfc3339
from devicetrust.path.moment import Moment
from devicetrust.path.state import as_time
from devicetrust.profiles.profile import Profile
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.x509.certificate import EPOCH, SECOND, Certificate
from devicetrust.x509.lazy import lazy

__all__ = ["ANNOUNCED", "NO_WAIVERS", "WAIVED", "WAIVED_TO_THE_END", "Waiver", "Waivers"]

ANNOUNCED: Final = (timedelta(hours=24), timedelta(hours=2))
"""How long before its end a waiver begins to say that it ends."""

_OURS: Final = Citation("devicetrust", "waivers")

WAIVED: Final = Code(
    "waiver.in_force",
    Severity.NOTICE,
    _OURS,
    rank=402,
    what="waived until {waived_until} by {waived_by} ({waived_why}): {waived}",
    why="Somebody who answers for the site lets this pass for a while; what is wrong is still wrong.",
    remedy="put right what is waived before the waiver ends, or its devices are refused again",
    effect=Effect.ADMITS_BY_EXCEPTION,
)
WAIVED_TO_THE_END: Final = Code(
    "waiver.ends_soon",
    Severity.WARNING,
    _OURS,
    rank=404,
    what="waived for less than {hours_left} more hours, until {waived_until}, by {waived_by} ({waived_why}): {waived}",
    why="When the waiver ends, the devices that it lets in are refused again, all in the same second.",
    remedy="put right what is waived now; if that cannot be, have a new waiver granted by whoever answers for the site",
    effect=Effect.ADMITS_BY_EXCEPTION,
)


def _sha256s(given: Iterable[bytes] | bytes) -> frozenset[bytes]:
    digests = frozenset([given] if isinstance(given, bytes) else given)
    if not all(isinstance(one, bytes) and len(one) == 32 for one in digests):
        raise MisuseError("a waiver names certificates and keys by SHA-256, 32 octets each")
    return digests


@attrs.frozen(kw_only=True)
class Waiver:
    """One exception: findings of ``code`` pass, on the certificates it names, within its time.

    ``devices`` are SHA-256 digests of the certificates of devices, or of their keys (SubjectPublicKeyInfo); a finding
    on a leaf passes where its digest is among them. ``issuer`` is that of a CA's certificate or key: findings on that
    CA's certificate pass, and, of those on evidence, the ones about what it issued; with ``devices`` too, for these
    alone. The times are aware and inclusive. Raises `MisuseError` where anything is missing, and for a code that no
    waiver covers.
    """

    code: Code
    granted_by: str
    reason: str
    valid_from: datetime
    valid_until: datetime
    devices: frozenset[bytes] = attrs.field(default=frozenset(), converter=_sha256s)
    issuer: bytes | None = None
    id: str = ""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.code, Code) or self.code.waivable is Waivable.NEVER:
            name = self.code.id if isinstance(self.code, Code) else repr(self.code)
            raise MisuseError(f"no waiver covers {name}: {Waivable.NEVER.value.removeprefix('no waiver covers it: ')}")
        for field in ("granted_by", "reason"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip() or not fits_a_line(value):
                raise MisuseError(f"a waiver says who answers for it, and why: {field} is {value!r}")
        if self.issuer is not None:
            _sha256s(self.issuer)
        if not self.devices and self.issuer is None:
            raise MisuseError("a waiver names devices or an issuer by SHA-256; one for everybody does not exist")
        if not isinstance(self.id, str) or not fits_a_line(self.id):
            raise MisuseError(f"the id of a waiver is a text that can be printed, not {self.id!r}")
        for time in (self.valid_from, self.valid_until):
            if not isinstance(time, datetime) or time.utcoffset() is None:
                raise MisuseError(f"{time!r} has no time zone; a waiver begins and ends at aware datetimes")
            try:
                time.astimezone(UTC)
            except OverflowError:
                raise MisuseError(f"{time.isoformat()} lies outside of the years 1 to 9999, no time in UTC") from None
        if self.valid_until < self.valid_from:
            raise MisuseError(f"the waiver ends ({rfc3339(self.valid_until)}) before it begins")

    @property
    def span(self) -> timedelta:
        """How long it lasts."""
        return self.valid_until - self.valid_from

    def announces(self, at: datetime) -> timedelta | None:
        """The shortest of `ANNOUNCED` that ``at`` is within of the end; None before all of them, and after the end."""
        left = self.valid_until - at
        due = [span for span in ANNOUNCED if timedelta(0) <= left < span]
        return min(due, default=None) if self.valid_from <= at else None


class Waivers:
    """The waivers at hand. Immutable; `applied` puts those in force in the place of what they let pass."""

    def __init__(self, waivers: Iterable[Waiver] = ()) -> None:
        self.waivers: Final = tuple(waivers)
        strange = [one for one in self.waivers if not isinstance(one, Waiver)]
        if strange:
            raise MisuseError(f"waivers are made by Waiver(...), not {type(strange[0]).__name__}")
        self._by_code: Final[dict[str, list[Waiver]]] = {}
        for waiver in self.waivers:
            self._by_code.setdefault(waiver.code.id, []).append(waiver)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Waivers) and other.waivers == self.waivers

    def __hash__(self) -> int:
        return hash(self.waivers)

    def __repr__(self) -> str:
        return f"<Waivers {len(self.waivers)}>"

    def __reduce__(self) -> tuple[object, ...]:
        return Waivers, (self.waivers,)

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over all of them, in order. 32 octets."""
        return hashlib.sha256(repr([_stable(one) for one in self.waivers]).encode()).digest()

    def applied(
        self, findings: Iterable[Finding], path: Sequence[Certificate | TrustAnchor], moment: Moment, profile: Profile
    ) -> list[Finding]:
        """The findings, each that a waiver in force covers replaced by one that says so, with the facts of both.

        ``path`` is the leaf first and the anchor last. Only what refuses or leaves open under ``profile`` is replaced,
        and only by a waiver that the profile lets: no longer than its ``longest_waiver``, for none of its
        ``unwaivable``.
        """
        return [self._told(finding, path, moment, profile) or finding for finding in findings]

    def _told(
        self, finding: Finding, path: Sequence[Certificate | TrustAnchor], moment: Moment, profile: Profile
    ) -> Finding | None:
        code, index = finding.code, finding.where.certificate
        waivers = self._by_code.get(code.id)
        if waivers is None or index is None or code.id in profile.unwaivable:
            return None
        if code.waivable is Waivable.NEVER or code.effect is Effect.REFUSES:  # whatever the code in the waiver says
            return None
        if profile.longest_waiver <= timedelta(0):
            return None
        if code.effect is not Effect.LEAVES_OPEN and not profile.blocks(code):
            return None
        chosen: tuple[int, Waiver] | None = None
        for waiver in waivers:
            if waiver.span > profile.longest_waiver or not _names(waiver, code, index, path):
                continue
            end = _seconds(waiver.valid_until)
            in_force = moment.reached(_seconds(waiver.valid_from)) and not moment.reached(end + 1)
            if in_force and (chosen is None or end > chosen[0]):
                chosen = end, waiver
        return None if chosen is None else _in_force(finding, chosen[1], chosen[0], moment)


NO_WAIVERS: Final = Waivers()


def _in_force(finding: Finding, waiver: Waiver, end: int, moment: Moment) -> Finding:
    facts: dict[str, Fact] = {
        **finding.facts,
        "waived": finding.what,
        "waived_code": finding.code.id,
        "waived_until": as_time(end),
        "waived_by": waiver.granted_by,
        "waived_why": waiver.reason,
        "waiver": waiver.id or None,
    }
    place = finding.where
    for span in sorted(ANNOUNCED):
        seconds = int(span.total_seconds())
        if moment.reached(end + 1 - seconds):
            return WAIVED_TO_THE_END.at(place.certificate, place.field, hours_left=seconds // 3600, **facts)
    return WAIVED.at(place.certificate, place.field, **facts)


def _names(waiver: Waiver, code: Code, index: int, path: Sequence[Certificate | TrustAnchor]) -> bool:
    """Whether the waiver names the certificate at ``index``, or for evidence the CA that issued it."""
    if waiver.devices and not _is_among(path[0], waiver.devices):
        return False
    if waiver.issuer is None:
        return index == 0
    issuer = frozenset([waiver.issuer])
    if code.effect is Effect.LEAVES_OPEN:
        return index + 1 < len(path) and _is_among(path[index + 1], issuer)
    return 0 < index < len(path) and _is_among(path[index], issuer)


def _is_among(member: Certificate | TrustAnchor, digests: frozenset[bytes]) -> bool:
    certificate = member.certificate if isinstance(member, TrustAnchor) else member
    if certificate is not None and certificate.fingerprint in digests:
        return True
    key = member.public_key.der
    return hashlib.sha256(key).digest() in digests


def _seconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // SECOND


def _stable(waiver: Waiver) -> tuple[object, ...]:
    issuer = None if waiver.issuer is None else waiver.issuer.hex()
    times = _seconds(waiver.valid_from), _seconds(waiver.valid_until)
    devices = sorted(one.hex() for one in waiver.devices)
    return (waiver.id, waiver.code.id, waiver.granted_by, waiver.reason, *times, devices, issuer)
