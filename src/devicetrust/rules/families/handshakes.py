"""What every profile asks of the certificates of a handshake.

Makes: `RFC5280`, `CABF`, `TLS`, `TCG_NO_IDENTITY`, `COMPROMISED_KEYS`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `RFC5280`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.cabf import baseline
from devicetrust.rules.keys import reuse, rsa_modulus, small_private_keys
from devicetrust.rules.rfc5280 import basic_fields, extensions
from devicetrust.rules.rule import Rule
from devicetrust.rules.tcg import credentials
from devicetrust.rules.tls import certificates

__all__ = ["CABF", "COMPROMISED_KEYS", "RFC5280", "TCG_NO_IDENTITY", "TLS"]

RFC5280: Final[tuple[Rule, ...]] = (
    basic_fields.serial_number_positive,
    basic_fields.issuer_not_empty,
    basic_fields.authority_subject_not_empty,
    extensions.authority_key_identifier_present,
    extensions.subject_key_identifier_present,
    extensions.non_critical,
    extensions.critical_on_authorities,
    extensions.name_constraints_critical,
    extensions.name_constraints_on_authorities_only,
    extensions.certificate_signing_by_authorities_only,
    extensions.subject_alternative_name_critical_without_subject,
    extensions.dns_names_well_formed,
)
CABF: Final[tuple[Rule, ...]] = (
    baseline.version_3,
    baseline.leaf_is_no_authority,
    baseline.subject_alternative_name_present,
    baseline.subject_alternative_name_not_critical,
    baseline.leaf_purposes_listed,
    baseline.leaf_purposes_not_critical,
    baseline.anchor_without_purposes,
    baseline.anchor_authority_key_identifier,
)
TLS: Final[tuple[Rule, ...]] = (certificates.digital_signature,)
# Certificates of a TPM's own keys are no identity in TLS.
TCG_NO_IDENTITY: Final[tuple[Rule, ...]] = (
    credentials.endorsement_key_no_identity,
    credentials.attestation_key_no_identity,
)
# Keys met in the field whose private part others have: what no handshake may do without, and each can afford.
COMPROMISED_KEYS: Final[tuple[Rule, ...]] = (
    rsa_modulus.roca,
    rsa_modulus.primes_apart,
    small_private_keys.ec_private_key_not_small,
    reuse.not_reused_by_authority,
)
