"""The operating system's trust anchors.

Makes: `system_anchors`.
May import: errors, x509, and on Windows `ssl`, which alone reads the system's certificate store there.
Must never: fall back on another store when the system's cannot be found.
Read first: `system_anchors`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from devicetrust.errors import UnreadableInput
from devicetrust.trust.anchor import AnchorConstraints, TrustAnchor
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.files import load_certificates

__all__ = ["system_anchors"]

# Where distributions keep the bundle: Debian, Fedora and RHEL, openSUSE, Alpine; the last is macOS and the BSDs.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def system_anchors() -> Sequence[TrustAnchor | Certificate]:
    """The anchors of the system's store, on Windows with the purposes that it limits them to.

    ``SSL_CERT_FILE`` names another bundle, as it does for OpenSSL. Raises `UnreadableInput` where no store is found.
    """
    named = os.environ.get("SSL_CERT_FILE")
    if named:
        return load_certificates(named)
    if sys.platform == "win32":
        import ssl  # noqa: PLC0415, needed on Windows only

        found: list[TrustAnchor | Certificate] = []
        for der, encoding, trust in ssl.enum_certificates("ROOT"):
            certificate = Certificate(der)
            if encoding != "x509_asn" or certificate.unreadable is not None or not trust:
                continue
            purposes = None if trust is True else frozenset(trust)
            found.append(TrustAnchor.from_certificate(certificate, constraints=AnchorConstraints(purposes=purposes)))
        return found
    for path in _BUNDLES:
        if os.path.isfile(path):
            return load_certificates(path)
    raise UnreadableInput(
        "no system trust store found (looked for " + ", ".join(_BUNDLES) + "); "
        "install the system's CA certificates, or name a file with TrustStore.from_file"
    )
