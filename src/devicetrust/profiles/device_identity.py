"""Identities of devices by IEEE 802.1AR: the manufacturer's and the operator's.

Makes: `idevid`, `ldevid`.
May import: `profile` and below.
Must never: treat a certificate without an end as one that needs no valid CA, unless a caller names that model.
Read first: `idevid`.

IEEE 802.1AR is known at second hand.
"""

from __future__ import annotations

from typing import Final

from devicetrust.path.inputs import PurposeMatching
from devicetrust.profiles.device_client import device_client
from devicetrust.profiles.standard import rfc5280_tolerant
from devicetrust.rules.families.algorithms import KEYS
from devicetrust.rules.families.devices import IEEE8021AR_IDEVID, IEEE8021AR_LDEVID, TCG
from devicetrust.rules.families.handshakes import TCG_NO_IDENTITY

__all__ = ["idevid", "ldevid"]

idevid: Final = rfc5280_tolerant.evolve(
    name="idevid",
    summary=(
        "The identity that a device has from its manufacturer (IEEE 802.1AR IDevID), presented as a TLS client to be "
        "enrolled; CAs are read as by rfc5280_tolerant."
    ),
    # 802.1AR and RFC 8995 2.3 would rather have no extendedKeyUsage in it; where there is one it must allow this.
    key_purposes=frozenset({"1.3.6.1.5.5.7.3.2"}),
    purpose_matching=PurposeMatching.RFC5280,
    rules=rfc5280_tolerant.rules + TCG_NO_IDENTITY + KEYS + IEEE8021AR_IDEVID + TCG,
)

ldevid: Final = device_client.evolve(
    name="ldevid",
    summary="The identity that the operator has given a device (IEEE 802.1AR LDevID), as a TLS client.",
    rules=device_client.rules + IEEE8021AR_LDEVID,
)
