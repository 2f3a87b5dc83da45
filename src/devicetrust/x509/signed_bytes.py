"""What views of CRLs and OCSP responses have in common: bytes that are read when first asked.

Makes: `SignedBytes`.
May import: errors, x509 siblings.
Must never: raise when made, whatever the bytes are; keep more signatures' outcomes than `_MOST_CHECKS`.
Read first: `SignedBytes`.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import Final, Generic, TypeVar

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.signatures import Check

__all__ = ["SignedBytes"]

Fields = TypeVar("Fields")

# Ours: the keys that an issuer of CRLs or a responder may have had under one name, and more.
_MOST_CHECKS: Final = 16


class SignedBytes(ABC, Generic[Fields]):
    """DER of one kind: immutable, equal and hashable by its bytes, picklable as such.

    ``unreadable`` is None, or says why the bytes cannot be read; every other field then raises `UnreadableInput`.
    """

    @staticmethod
    @abstractmethod
    def _read(der: bytes) -> Fields:
        """What the bytes say; raises whatever it likes where they cannot be read."""

    @abstractmethod
    def _check(self, key: PublicKey) -> Check:
        """Whether the signature verifies under ``key``."""

    def __init__(self, der: bytes) -> None:
        if not isinstance(der, bytes):
            raise MisuseError(f"a {type(self).__name__} is made from DER bytes, not from {type(der).__name__}")
        self.der: Final = der

    @lazy
    def fingerprint(self) -> bytes:
        """SHA-256 over the DER, 32 octets."""
        return hashlib.sha256(self.der).digest()

    @lazy
    def _reading(self) -> Fields | str:
        try:
            return self._read(self.der)
        except Exception as problem:  # hostile bytes: the reason is kept
            return str(problem).partition("\n")[0][:200] or type(problem).__name__

    @property
    def unreadable(self) -> str | None:
        """Why the bytes cannot be read; None where they can."""
        return self._reading if isinstance(self._reading, str) else None

    @lazy
    def _fields(self) -> Fields:
        if isinstance(self._reading, str):
            raise UnreadableInput(f"{type(self).__name__} {self.fingerprint.hex()[:16]}: {self._reading}")
        return self._reading

    def check_signature(self, key: PublicKey) -> Check:
        """Whether the signature verifies under ``key``; INVALID where inner and outer algorithm differ.

        What came of it is remembered for a few keys, so that the bytes are hashed once for each.
        """
        known = self._checks.get(key.der)
        if known is None:
            if len(self._checks) >= _MOST_CHECKS:
                self._checks.clear()
            known = self._checks[key.der] = self._check(key)
        return known

    @lazy
    def _checks(self) -> dict[bytes, Check]:
        return {}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.der,)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.fingerprint.hex()[:16]}>"
