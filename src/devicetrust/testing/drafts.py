"""Certificates before they are signed, the impossible ones too: what well-behaved builders refuse to write.

Makes: `CertificateDraft`.
May import: the writers and keys of this room.
Must never: import anything else of devicetrust, or put right what it is given.
Read first: `CertificateDraft`.

A draft is a plain tuple of fields: ``_replace`` changes one, `including` and `without` its extensions, and `sealed`
signs whatever is there.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from devicetrust.testing.der import bit_string, integer, sequence, tlv, validity_time
from devicetrust.testing.extensions import Extension
from devicetrust.testing.keys import ALGORITHMS, Key, signature

__all__ = ["CertificateDraft"]


class CertificateDraft(NamedTuple):
    """A certificate before it is signed. Times may be given as finished DER; None means the natural value."""

    subject: bytes
    issuer: bytes
    subject_public_key_info: bytes
    not_before: datetime | bytes
    not_after: datetime | bytes
    extensions: tuple[Extension, ...] = ()
    serial_number: int = 1
    version: int | None = 2
    scheme: str | None = None
    tbs_signature_algorithm: bytes | None = None
    signature_algorithm: bytes | None = None
    signature: bytes | None = None

    def to_be_signed(self, scheme: str) -> bytes:
        dates = (one if isinstance(one, bytes) else validity_time(one) for one in (self.not_before, self.not_after))
        listed = [one.encoded() for one in self.extensions]
        return sequence(
            b"" if self.version is None else tlv(0xA0, integer(self.version)),
            integer(self.serial_number),
            self.tbs_signature_algorithm or ALGORITHMS[scheme],
            self.issuer,
            sequence(*dates),
            self.subject,
            self.subject_public_key_info,
            tlv(0xA3, sequence(*listed)) if listed else b"",
        )

    def sealed(self, signer: Key) -> bytes:
        """The certificate in DER, signed with ``signer`` unless ``signature`` says otherwise."""
        scheme = self.scheme or signer.scheme
        signed = self.to_be_signed(scheme)
        return sequence(
            signed,
            self.signature_algorithm or ALGORITHMS[scheme],
            bit_string(signature(signer, scheme, signed) if self.signature is None else self.signature),
        )

    def extension(self, oid: str) -> Extension:
        return next(one for one in self.extensions if one.oid == oid)

    def without(self, *oids: str) -> CertificateDraft:
        return self._replace(extensions=tuple(one for one in self.extensions if one.oid not in oids))

    def including(self, *extensions: Extension) -> CertificateDraft:
        """With these extensions, each in the place of its namesake if there is one."""
        new = {one.oid: one for one in extensions}
        kept = tuple(new.pop(one.oid, one) for one in self.extensions)
        return self._replace(extensions=(*kept, *new.values()))
