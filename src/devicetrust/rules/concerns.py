"""Which certificates rules are about, where rules of several documents are about the same.

Makes: `has_alternative_names`, `has_end`, `has_key_usage`, `has_key_purposes`, `is_version_3`.
May import: x509, rules.hardware.
Must never: cost more than a look at what a certificate has; it is asked of every certificate, once for all these rules.
Read first: any of them.
"""

from __future__ import annotations

from devicetrust.rules.hardware import NEVER_ENDS
from devicetrust.x509.certificate import Certificate

__all__ = ["has_alternative_names", "has_end", "has_key_purposes", "has_key_usage", "is_version_3"]


def has_alternative_names(certificate: Certificate) -> bool:
    """Whether there is a subjectAltName with a name in it."""
    return bool(certificate.extensions.subject_alternative_names)


def has_end(certificate: Certificate) -> bool:
    """Whether notAfter is another moment than 99991231235959Z."""
    return certificate.validity[1] != NEVER_ENDS


def has_key_purposes(certificate: Certificate) -> bool:
    """Whether there is an extKeyUsage that can be read."""
    return certificate.extensions.extended_key_usage is not None


def has_key_usage(certificate: Certificate) -> bool:
    """Whether there is a keyUsage that can be read."""
    return certificate.extensions.key_usage is not None


def is_version_3(certificate: Certificate) -> bool:
    """Whether it is of version 3, as one with extensions is."""
    return certificate.version == 3
