"""Certificates that may be issuers, found by name.

Makes: `IssuerPool`.
May import: x509.
Must never: order candidates by the clock, or drop one because it looks wrong.
Read first: `IssuerPool`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from devicetrust.x509.certificate import Certificate
from devicetrust.x509.lazy import lazy

__all__ = ["IssuerPool"]


class IssuerPool:
    """Intermediate certificates by the name they carry as subject (RFC 5280 7.1 comparison). Immutable.

    Unreadable certificates are kept apart in ``unreadable``; equal ones count once.
    """

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self.certificates: Final = tuple(dict.fromkeys(certificates))
        by_subject: dict[bytes, list[Certificate]] = {}
        unreadable: list[Certificate] = []
        for certificate in self.certificates:
            if certificate.unreadable is not None:
                unreadable.append(certificate)
            else:
                by_subject.setdefault(certificate.subject.key, []).append(certificate)
        self._by_subject = by_subject
        self.unreadable: Final = tuple(unreadable)

    def issued_as(self, subject_key: bytes) -> list[Certificate] | tuple[()]:
        """The certificates whose subject has this `Name.key`."""
        return self._by_subject.get(subject_key, ())

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over the members, whatever their order. 32 octets."""
        return hashlib.sha256(b"".join(sorted(c.fingerprint for c in self.certificates))).digest()

    def __reduce__(self) -> tuple[type[IssuerPool], tuple[tuple[Certificate, ...]]]:
        return IssuerPool, (self.certificates,)
