"""Certificates whose status nobody looks up, and those that claim so wrongly.

Makes: `conflict`, `exemption`.
May import: x509.
Must never: look at evidence: a revocation that is known counts all the same.
Read first: both.
"""

from __future__ import annotations

from devicetrust.revocation.scope import is_authority
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = ["conflict", "exemption"]


def conflict(certificate: Certificate) -> str | None:
    """What contradicts the certificate's noRevAvail, RFC 9608 3; None where nothing does, or there is none.

    An extension that is forbidden beside it is so whether or not it can be read.
    """
    extensions = certificate.extensions
    if not extensions.no_revocation_available:
        return None
    if is_authority(certificate):
        return "it is a CA's"
    if oids.CRL_DISTRIBUTION_POINTS in extensions.present:
        return "it has cRLDistributionPoints"
    if oids.FRESHEST_CRL in extensions.present:
        return "it has freshestCRL"
    return "it names an OCSP responder" if extensions.has_ocsp_pointer else None


def exemption(certificate: Certificate, short_lived: int) -> str | None:
    """Why no status is needed, RFC 9608 4; None where it is. ``short_lived`` is in seconds, and zero exempts nobody.

    ocsp-nocheck exempts OCSP responders alone, RFC 6960 4.2.2.2.1: on a device's certificate it means nothing.
    """
    extensions = certificate.extensions
    if extensions.no_revocation_available:
        return "its issuer states that there is none (noRevAvail)"
    if extensions.ocsp_no_check and oids.OCSP_SIGNING in (certificate.extended_key_usage or ()):
        return "its issuer states that its status is not to be checked (ocsp-nocheck, RFC 6960 4.2.2.2.1)"
    not_before, not_after = certificate.validity
    if short_lived and not_after - not_before + 1 <= short_lived:
        return "its whole validity is no longer than the policy's short_lived"
    return None
