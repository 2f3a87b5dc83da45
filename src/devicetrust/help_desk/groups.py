"""What a help desk does the same about, and who acts: groups of findings.

Makes: `Group`, `Actor`, `group_of`, `actor_of`.
May import: the standard library.
Must never: hold a text; a language does.
Read first: `GROUPS`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

__all__ = ["GROUPS", "Actor", "Group", "actor_of", "group_of"]


class Actor(enum.Enum):
    """Who puts a thing right."""

    DEVICE_MAKER = enum.auto()
    CERTIFICATE_TEAM = enum.auto()
    SERVER_OWNER = enum.auto()
    NETWORK_TEAM = enum.auto()
    CLOCK_KEEPER = enum.auto()


class Group(enum.Enum):
    """Causes about which a help desk does the same."""

    EXPIRED = enum.auto()
    NOT_YET_VALID = enum.auto()
    WITHDRAWN = enum.auto()
    SUSPENDED = enum.auto()
    STATUS_UNKNOWN = enum.auto()
    STATUS_OUTDATED = enum.auto()
    UNKNOWN_AUTHORITY = enum.auto()
    SELF_MADE = enum.auto()
    FORGED = enum.auto()
    OVERREACH = enum.auto()
    WRONG_NAME = enum.auto()
    WRONG_DEVICE = enum.auto()
    WRONG_PURPOSE = enum.auto()
    TOO_WEAK = enum.auto()
    KEY_KNOWN = enum.auto()
    UNREADABLE = enum.auto()
    AGAINST_THE_RULES = enum.auto()
    AGAINST_THE_FIELD = enum.auto()
    SOON_REFUSED = enum.auto()
    CLOCK = enum.auto()
    TEST_ONLY = enum.auto()
    CUT_SHORT = enum.auto()
    EXCEPTION = enum.auto()
    NOTE = enum.auto()


GROUPS: Final[Mapping[str, Group]] = {
    "anchor.distrusted_after": Group.OVERREACH,
    "anchor.purpose": Group.WRONG_PURPOSE,
    "anchor.test_only": Group.TEST_ONLY,
    "brski": Group.AGAINST_THE_FIELD,
    "ca": Group.OVERREACH,
    "cabf": Group.AGAINST_THE_RULES,
    "certificate": Group.UNREADABLE,
    "clock": Group.CLOCK,
    "compatibility": Group.SOON_REFUSED,
    "devid": Group.AGAINST_THE_FIELD,
    "dicom": Group.AGAINST_THE_FIELD,
    "eap": Group.AGAINST_THE_RULES,
    "encoding": Group.UNREADABLE,
    "extension": Group.UNREADABLE,
    "horizon": Group.CUT_SHORT,
    "identity": Group.WRONG_NAME,
    "identity.device_mismatch": Group.WRONG_DEVICE,
    "identity.no_device_identity": Group.WRONG_DEVICE,
    "identity.unchecked": Group.NOTE,
    "ieee8021ar": Group.AGAINST_THE_FIELD,
    "ihe": Group.AGAINST_THE_FIELD,
    "iot": Group.AGAINST_THE_FIELD,
    "iot_tls": Group.AGAINST_THE_FIELD,
    "issuer": Group.UNKNOWN_AUTHORITY,
    "issuer.self_signed": Group.SELF_MADE,
    "key": Group.UNREADABLE,
    "keys": Group.TOO_WEAK,
    "keys.ec_point_not_hybrid": Group.AGAINST_THE_RULES,
    "keys.ec_point_uncompressed": Group.AGAINST_THE_RULES,
    "keys.not_compromised": Group.KEY_KNOWN,
    "keys.not_debian_weak": Group.KEY_KNOWN,
    "keys.not_reused_by_authority": Group.AGAINST_THE_RULES,
    "keys.rsa_parameters_null": Group.AGAINST_THE_RULES,
    "lifetimes": Group.AGAINST_THE_RULES,
    "lint": Group.CUT_SHORT,
    "matter": Group.AGAINST_THE_FIELD,
    "names": Group.OVERREACH,
    "outlook": Group.SOON_REFUSED,
    "path.budget_spent": Group.CUT_SHORT,
    "path.too_many_intermediates": Group.AGAINST_THE_RULES,
    "policy": Group.WRONG_PURPOSE,
    "pqc": Group.SOON_REFUSED,
    "practice": Group.AGAINST_THE_RULES,
    "privacy": Group.AGAINST_THE_RULES,
    "purpose": Group.WRONG_PURPOSE,
    "revocation.evidence_ended": Group.STATUS_OUTDATED,
    "revocation.good": Group.NOTE,
    "revocation.no_revocation_available_conflict": Group.AGAINST_THE_RULES,
    "revocation.no_web_source": Group.STATUS_UNKNOWN,
    "revocation.not_applicable": Group.NOTE,
    "revocation.not_checked": Group.NOTE,
    "revocation.not_published": Group.NOTE,
    "revocation.on_hold": Group.SUSPENDED,
    "revocation.revoked": Group.WITHDRAWN,
    "revocation.stale": Group.STATUS_OUTDATED,
    "revocation.unknown": Group.STATUS_UNKNOWN,
    "revocation.unknown_tolerated": Group.STATUS_UNKNOWN,
    "rfc5280": Group.AGAINST_THE_RULES,
    "rfc6960": Group.AGAINST_THE_RULES,
    "rfc7633": Group.AGAINST_THE_RULES,
    "rfc9525": Group.AGAINST_THE_RULES,
    "rfc9598": Group.AGAINST_THE_RULES,
    "rfc9608": Group.AGAINST_THE_RULES,
    "rule": Group.CUT_SHORT,
    "sdc": Group.AGAINST_THE_FIELD,
    "signature": Group.TOO_WEAK,
    "signature.algorithms_differ": Group.FORGED,
    "signature.invalid": Group.FORGED,
    "signature.unsupported": Group.UNREADABLE,
    "signatures": Group.AGAINST_THE_RULES,
    "signatures.hash_fits_curve": Group.TOO_WEAK,
    "strength": Group.TOO_WEAK,
    "tcg": Group.AGAINST_THE_FIELD,
    "tls": Group.WRONG_PURPOSE,
    "udap": Group.AGAINST_THE_FIELD,
    "usages": Group.WRONG_PURPOSE,
    "validity": Group.AGAINST_THE_RULES,
    "validity.ended_after_issuance": Group.NOTE,
    "validity.expired": Group.EXPIRED,
    "validity.not_yet_valid": Group.NOT_YET_VALID,
    "waiver": Group.EXCEPTION,
}
"""The group of each finding, by its id or by the beginning of its id up to a dot: the longest entry counts."""


def group_of(code_id: str) -> Group | None:
    """The group of the finding with this id; None where neither it nor its family has one."""
    while code_id not in GROUPS:
        code_id, dot, _ = code_id.rpartition(".")
        if not dot:
            return None
    return GROUPS[code_id]


def actor_of(group: Group, *, above: bool) -> Actor:
    """Who acts; ``above``: the finding is about an authority, which no maker of devices can put right."""
    actor = _ACTORS[group]
    return Actor.CERTIFICATE_TEAM if above and actor is Actor.DEVICE_MAKER else actor


_ACTORS: Final[Mapping[Group, Actor]] = {
    Group.EXPIRED: Actor.CERTIFICATE_TEAM,
    Group.NOT_YET_VALID: Actor.CLOCK_KEEPER,
    Group.WITHDRAWN: Actor.CERTIFICATE_TEAM,
    Group.SUSPENDED: Actor.CERTIFICATE_TEAM,
    Group.STATUS_UNKNOWN: Actor.NETWORK_TEAM,
    Group.STATUS_OUTDATED: Actor.NETWORK_TEAM,
    Group.UNKNOWN_AUTHORITY: Actor.SERVER_OWNER,
    Group.SELF_MADE: Actor.CERTIFICATE_TEAM,
    Group.FORGED: Actor.CERTIFICATE_TEAM,
    Group.OVERREACH: Actor.CERTIFICATE_TEAM,
    Group.WRONG_NAME: Actor.SERVER_OWNER,
    Group.WRONG_DEVICE: Actor.SERVER_OWNER,
    Group.WRONG_PURPOSE: Actor.CERTIFICATE_TEAM,
    Group.TOO_WEAK: Actor.DEVICE_MAKER,
    Group.KEY_KNOWN: Actor.CERTIFICATE_TEAM,
    Group.UNREADABLE: Actor.DEVICE_MAKER,
    Group.AGAINST_THE_RULES: Actor.CERTIFICATE_TEAM,
    Group.AGAINST_THE_FIELD: Actor.DEVICE_MAKER,
    Group.SOON_REFUSED: Actor.CERTIFICATE_TEAM,
    Group.CLOCK: Actor.CLOCK_KEEPER,
    Group.TEST_ONLY: Actor.SERVER_OWNER,
    Group.CUT_SHORT: Actor.SERVER_OWNER,
    Group.EXCEPTION: Actor.SERVER_OWNER,
    Group.NOTE: Actor.SERVER_OWNER,
}
