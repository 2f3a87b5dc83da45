"""What views of CRLs and OCSP responses have in common: bytes that are read when first asked.

Makes: `SignedBytes`.
May import: errors, x509 siblings.
Must never: raise when made, whatever the bytes are.
Read first: `SignedBytes`.
"""

from __future__ import annotations

import hashlib
from typing import Final, Generic, TypeVar

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.x509.lazy import lazy

__all__ = ["SignedBytes"]

Parsed = TypeVar("Parsed")


class SignedBytes(Generic[Parsed]):
    """DER of one kind: immutable, equal and hashable by its bytes, picklable as such.

    ``unreadable`` is None, or says why the bytes cannot be read.
    """

    @staticmethod
    def _load(der: bytes) -> Parsed:
        """What ``cryptography`` makes of the bytes; each view says how."""
        raise NotImplementedError

    def __init__(self, der: bytes) -> None:
        if not isinstance(der, bytes):
            raise MisuseError(f"a {type(self).__name__} is made from DER bytes, not from {type(der).__name__}")
        self.der: Final = der

    @lazy
    def fingerprint(self) -> bytes:
        """SHA-256 over the DER, 32 octets."""
        return hashlib.sha256(self.der).digest()

    @lazy
    def _reading(self) -> Parsed | str:
        try:
            return self._load(self.der)
        except Exception as problem:  # hostile bytes: the reason is kept
            return str(problem).partition("\n")[0][:200] or type(problem).__name__

    @property
    def unreadable(self) -> str | None:
        """Why the bytes cannot be read; None where they can."""
        return self._reading if isinstance(self._reading, str) else None

    def to_cryptography(self) -> Parsed:
        """The same as ``cryptography`` sees it; raises `UnreadableInput` where it cannot."""
        if isinstance(self._reading, str):
            raise UnreadableInput(f"{type(self).__name__} {self.fingerprint.hex()[:16]}: {self._reading}")
        return self._reading

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __reduce__(self) -> tuple[type, tuple[bytes]]:
        return type(self), (self.der,)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.fingerprint.hex()[:16]}>"
