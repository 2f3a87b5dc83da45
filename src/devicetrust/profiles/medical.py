"""What the standards of medical communication demand: SDC, DICOM, IHE ATNA, UDAP.

Makes: `sdc_provider`, `sdc_consumer`, `sdc_participant`, `dicom_node`, `ihe_atna`, `fhir_udap`.
May import: `profile` and below.
Must never: let ``ihe_atna`` refuse an end entity for its key usage, key purposes or names beyond RFC 5280.
Read first: `sdc_provider`.

IEEE 11073-20701, DICOM PS3.15 and the UDAP security guide are known at second hand.
"""

from __future__ import annotations

from typing import Final

from devicetrust.path.inputs import AnchorChecks, PurposeMatching
from devicetrust.profiles import strength
from devicetrust.profiles.device_client import device_client
from devicetrust.profiles.profile import ReferenceDemand
from devicetrust.profiles.standard import rfc5280
from devicetrust.rules.cabf.baseline import leaf_is_no_authority
from devicetrust.rules.compatibility import handshake_purposes
from devicetrust.rules.families.algorithms import KEYS
from devicetrust.rules.families.handshakes import RFC5280
from devicetrust.rules.families.medical import DICOM, IHE_ATNA, SDC_CONSUMER, SDC_PARTICIPANT, SDC_PROVIDER, UDAP
from devicetrust.x509.der import Tolerance

__all__ = ["dicom_node", "fhir_udap", "ihe_atna", "sdc_consumer", "sdc_participant", "sdc_provider"]

_TLS_BOTH_WAYS: Final = frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"})
# IEEE 11073-20701 9.3 and 10.2.3. Providers serve requests, consumers serve the events that they subscribed to.
_SDC_PROVIDER: Final = "1.2.840.10004.20701.1.1"
_SDC_CONSUMER: Final = "1.2.840.10004.20701.1.2"
# What BER may do and DER may not, as far as it leaves nothing in doubt.
_BER: Final = frozenset(
    {
        Tolerance.BOOLEAN_NOT_DER,
        Tolerance.DEFAULT_ENCODED,
        Tolerance.INTEGER_NOT_MINIMAL,
        Tolerance.LENGTH_NOT_MINIMAL,
        Tolerance.SET_ORDER,
    }
)
# What is admitted for its making, and refused on the wire for its purpose, is said by these warnings.
_HANDSHAKE: Final = (
    handshake_purposes.client_key_purpose,
    handshake_purposes.client_key_usage,
    handshake_purposes.server_key_purpose,
    handshake_purposes.server_key_usage,
)

sdc_provider: Final = device_client.evolve(
    name="sdc_provider",
    summary="An SDC service provider (IEEE 11073-20701): its role among the key purposes, and TLS in both directions.",
    key_purposes=_TLS_BOTH_WAYS | {_SDC_PROVIDER},
    reference=ReferenceDemand.REQUIRED,
    rules=device_client.rules + SDC_PROVIDER,
)

sdc_consumer: Final = sdc_provider.evolve(
    name="sdc_consumer",
    summary="An SDC service consumer (IEEE 11073-20701): its role among the key purposes, and TLS in both directions.",
    key_purposes=_TLS_BOTH_WAYS | {_SDC_CONSUMER},
    rules=device_client.rules + SDC_CONSUMER,
)

sdc_participant: Final = sdc_provider.evolve(
    name="sdc_participant",
    summary="An SDC participant that is both provider and consumer (IEEE 11073-20701).",
    key_purposes=_TLS_BOTH_WAYS | {_SDC_PROVIDER, _SDC_CONSUMER},
    rules=device_client.rules + SDC_PARTICIPANT,
)

dicom_node: Final = device_client.evolve(
    name="dicom_node",
    summary="A node of DICOM TLS that calls and is called (PS3.15 B.12): where it lists key purposes, both for TLS.",
    key_purposes=_TLS_BOTH_WAYS,
    purpose_matching=PurposeMatching.RFC5280,
    reference=ReferenceDemand.REQUIRED,
    rules=device_client.rules + DICOM,
)

ihe_atna: Final = rfc5280.evolve(
    name="ihe_atna",
    summary=(
        "A Secure Node of IHE ATNA (ITI-19 3.19.6.1): trusted by its CA or pinned, in DER or BER, whatever it holds of "
        "key usage, key purposes and names; a TLS library may refuse in the handshake what is admitted here."
    ),
    strength=strength.bcp195,
    anchor_checks=AnchorChecks.AS_CERTIFICATE,
    tolerances=_BER,
    leaf_tolerances=_BER,
    reference=ReferenceDemand.REQUIRED,
    rules=rfc5280.rules + KEYS + IHE_ATNA + _HANDSHAKE,
)

fhir_udap: Final = device_client.evolve(
    name="fhir_udap",
    summary="The certificate behind a JWT signed by UDAP (HL7 security guide): the reference is its iss, as a URI.",
    key_purposes=frozenset(),
    purpose_matching=PurposeMatching.RFC5280,
    reference=ReferenceDemand.REQUIRED,
    rules=(*RFC5280, leaf_is_no_authority, *KEYS, *UDAP),
)
