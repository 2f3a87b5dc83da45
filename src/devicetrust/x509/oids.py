"""Object identifiers of extensions, dotted.

Makes: one constant for each extension of certificates, CRLs and OCSP that is read here.
May import: the standard library.
Must never: hold an OID that nothing here uses.
Read first: RFC 5280 4.2 and 5.2.
"""

from __future__ import annotations

from typing import Final

SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
SUBJECT_ALT_NAME: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
NAME_CONSTRAINTS: Final = "2.5.29.30"
CERTIFICATE_POLICIES: Final = "2.5.29.32"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
INHIBIT_ANY_POLICY: Final = "2.5.29.54"
AUTHORITY_INFORMATION_ACCESS: Final = "1.3.6.1.5.5.7.1.1"
CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
FRESHEST_CRL: Final = "2.5.29.46"
NO_REVOCATION_AVAILABLE: Final = "2.5.29.56"
TLS_FEATURE: Final = "1.3.6.1.5.5.7.1.24"
OCSP_NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"

# Of CRLs and their entries, RFC 5280 5.2 and 5.3.
CRL_NUMBER: Final = "2.5.29.20"
REASON_CODE: Final = "2.5.29.21"
INVALIDITY_DATE: Final = "2.5.29.24"
DELTA_CRL_INDICATOR: Final = "2.5.29.27"
ISSUING_DISTRIBUTION_POINT: Final = "2.5.29.28"
CERTIFICATE_ISSUER: Final = "2.5.29.29"

# Of OCSP, RFC 6960 4.
OCSP_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
OCSP_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
"""The key purpose of a delegated responder, RFC 6960 4.2.2.2."""
