"""What people call a certificate in a finding.

Makes: `title`.
May import: x509.
Must never: be taken for an identity.
Read first: `title`.
"""

from __future__ import annotations

from devicetrust.x509.certificate import Certificate

__all__ = ["title"]


def title(certificate: Certificate) -> str:
    """What people call a certificate: its subject, or its first alternative name where the subject is empty."""
    if not certificate.subject.is_empty:
        return str(certificate.subject)
    names = certificate.extensions.subject_alternative_names
    return str(names[0]) if names else f"the certificate {certificate.fingerprint.hex()[:16]}"
