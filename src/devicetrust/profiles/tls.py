"""TLS between devices and servers.

Makes: `tls_server`, `tls_client`, `tls_server_public`.
May import: `profile` and below.
Must never: consult the common name for identity.
Read first: `tls_server`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.path.inputs import PurposeMatching
from devicetrust.profiles import strength
from devicetrust.profiles.profile import Profile, ReferenceDemand
from devicetrust.rules.cabf.baseline import common_name_in_subject_alternative_name
from devicetrust.rules.families.handshakes import CABF, COMPROMISED_KEYS, RFC5280, TCG_NO_IDENTITY, TLS
from devicetrust.rules.rfc5280 import extensions
from devicetrust.x509.der import Tolerance

__all__ = ["tls_client", "tls_server", "tls_server_public"]

# What is met on certificates of makers in the field, and changes nothing that could be read in two ways.
_FIELD_TOLERANCES: Final = frozenset({Tolerance.SET_ORDER})

tls_server: Final = Profile(
    name="tls_server",
    edition="2026.1",
    summary="The certificate of a TLS server: BCP 195 strength, RFC 5280 section 4, serverAuth, the name asked for.",
    strength=strength.bcp195,
    key_purposes=frozenset({"1.3.6.1.5.5.7.3.1"}),
    purpose_matching=PurposeMatching.EXPLICIT,
    tolerances=_FIELD_TOLERANCES,
    reference=ReferenceDemand.REQUIRED,
    rules=RFC5280 + CABF + TLS + TCG_NO_IDENTITY + COMPROMISED_KEYS,
    # The Web PKI admits a non-critical nameConstraints (CA/B BR 7.1.2.5.2); it is applied all the same.
    reported_only=frozenset({extensions.NAME_CONSTRAINTS_NOT_CRITICAL.id}),
)

tls_client: Final = tls_server.evolve(
    name="tls_client",
    summary="The certificate of a TLS client: as tls_server, with clientAuth; a name is optional.",
    key_purposes=frozenset({"1.3.6.1.5.5.7.3.2"}),
    reference=ReferenceDemand.OPTIONAL,
)

tls_server_public: Final = tls_server.evolve(
    name="tls_server_public",
    summary="As tls_server, and a common name must repeat a name of the subjectAltName (CA/B BR 7.1.4.3).",
    rules=(*tls_server.rules, common_name_in_subject_alternative_name),
)
