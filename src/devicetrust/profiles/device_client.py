"""Devices of a private PKI as TLS clients.

Makes: `device_client`, which the profiles of the field start from.
May import: `profile` and below.
Must never: be offered by name.
Read first: `device_client`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.profiles.tls import tls_client
from devicetrust.rules.cabf.baseline import leaf_is_no_authority
from devicetrust.rules.families.algorithms import KEYS
from devicetrust.rules.families.handshakes import RFC5280, TCG_NO_IDENTITY, TLS

__all__ = ["device_client"]

# It may lack the names that the web demands of every certificate.
device_client: Final = tls_client.evolve(rules=(*RFC5280, leaf_is_no_authority, *TLS, *TCG_NO_IDENTITY, *KEYS))
