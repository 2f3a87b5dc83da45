"""What the standards of medical communication demand.

Makes: `SDC_PARTICIPANT`, `SDC_PROVIDER`, `SDC_CONSUMER`, `DICOM`, `IHE_ATNA`, `UDAP`.
May import: the rules.
Must never: hold a rule of its own.
Read first: `SDC_PARTICIPANT`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.rules.dicom import nodes
from devicetrust.rules.ieee8021ar import ldevid
from devicetrust.rules.ihe import secure_nodes
from devicetrust.rules.lifetimes import spans
from devicetrust.rules.rule import Rule
from devicetrust.rules.sdc import participants
from devicetrust.rules.udap import signers

__all__ = ["DICOM", "IHE_ATNA", "SDC_CONSUMER", "SDC_PARTICIPANT", "SDC_PROVIDER", "UDAP"]

SDC_PARTICIPANT: Final[tuple[Rule, ...]] = (
    participants.other_key_purposes,
    participants.endpoint_named,
    ldevid.initial_identity_not_operational,
    spans.operational_certificate_ends,
)
SDC_PROVIDER: Final[tuple[Rule, ...]] = SDC_PARTICIPANT
SDC_CONSUMER: Final[tuple[Rule, ...]] = SDC_PARTICIPANT
DICOM: Final[tuple[Rule, ...]] = (
    nodes.curve_size,
    ldevid.initial_identity_not_operational,
    spans.operational_certificate_ends,
)
IHE_ATNA: Final[tuple[Rule, ...]] = (
    secure_nodes.rsa_key_size,
    secure_nodes.rsa_key_below_bcp195,
    secure_nodes.lifetime,
    secure_nodes.domain_name_present,
)
UDAP: Final[tuple[Rule, ...]] = (signers.uri_present, signers.key_for_signatures)
