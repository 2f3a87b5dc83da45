"""What a purpose demands of a certificate: one short, frozen value a purpose.

Makes: `Profile`, and the named profiles.
May import: errors, findings, x509, trust, evidence, path, revocation, identity, rules.
Must never: hold a check; a profile only chooses and parameterises.
Read first: `profile`, then one profile.

A profile is named for the certificate's holder: `tls_client` judges the certificate of a TLS client.
"""

from __future__ import annotations

from devicetrust.path.inputs import AnchorChecks, PurposeMatching, ValidityModel
from devicetrust.profiles import strength
from devicetrust.profiles.profile import IssuerFetching, Profile, ReferenceDemand
from devicetrust.profiles.standard import rfc5280, rfc5280_tolerant
from devicetrust.profiles.tls import tls_client, tls_server, tls_server_public

__all__ = [
    "AnchorChecks",
    "IssuerFetching",
    "Profile",
    "PurposeMatching",
    "ReferenceDemand",
    "ValidityModel",
    "rfc5280",
    "rfc5280_tolerant",
    "strength",
    "tls_client",
    "tls_server",
    "tls_server_public",
]
