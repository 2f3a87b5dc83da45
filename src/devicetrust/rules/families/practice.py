"""What no standard demands and practice does: will it work elsewhere, and for how long.

Makes: `PRACTICE`, `COMPATIBILITY`, `COMPATIBILITY_CLIENT`, `COMPATIBILITY_SERVER`, `OUTLOOK`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `PRACTICE`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.compatibility import handshake_purposes, other_engines, security_levels, strict_fields
from devicetrust.rules.outlook import expiry
from devicetrust.rules.practice import legacy
from devicetrust.rules.practice import names as practised_names
from devicetrust.rules.rule import Rule

__all__ = ["COMPATIBILITY", "COMPATIBILITY_CLIENT", "COMPATIBILITY_SERVER", "OUTLOOK", "PRACTICE"]

PRACTICE: Final[tuple[Rule, ...]] = (
    practised_names.values_clean,
    practised_names.device_serial_number_single,
    practised_names.country_code_in_capitals,
    practised_names.no_demonstration_authority,
    legacy.no_extension_of_the_past,
)
COMPATIBILITY: Final[tuple[Rule, ...]] = (
    strict_fields.strict_authority_key_identifier,
    strict_fields.strict_subject_key_identifier,
    strict_fields.strict_authority_key_usage,
    strict_fields.strict_basic_constraints,
    strict_fields.strict_certificate_signing,
    strict_fields.strict_path_length,
    strict_fields.strict_issuer,
    strict_fields.strict_subject,
    strict_fields.strict_anchor_version,
    handshake_purposes.handshake_key_identifiers,
    security_levels.security_level_1,
    security_levels.security_level_2,
    security_levels.security_level_3,
    security_levels.handshake_curve,
    other_engines.cryptography_key_purpose,
    other_engines.cryptography_authority_key,
)
COMPATIBILITY_CLIENT: Final[tuple[Rule, ...]] = (
    *COMPATIBILITY,
    handshake_purposes.client_key_purpose,
    handshake_purposes.client_key_usage,
    handshake_purposes.client_certificate_type,
)
COMPATIBILITY_SERVER: Final[tuple[Rule, ...]] = (
    *COMPATIBILITY,
    handshake_purposes.server_key_purpose,
    handshake_purposes.server_key_usage,
    handshake_purposes.server_certificate_type,
    other_engines.apple_lifetime,
)
OUTLOOK: Final[tuple[Rule, ...]] = (
    expiry.expiring,
    expiry.authority_expiring,
    expiry.room_for_renewal,
    expiry.certificate_age,
)
