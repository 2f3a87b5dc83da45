"""A certification authority of a hospital that exists for tests.

Makes: `Authority`, `Revocation`, `Issue`.
May import: errors, trust, x509, this room's writers and keys.
Must never: choose what is wrong with what it issues; whoever changes the draft does.
Read first: `Authority`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from devicetrust.testing import der, extensions
from devicetrust.testing.drafts import CertificateDraft
from devicetrust.testing.keys import Key, KeyPool
from devicetrust.trust.test_mark import TEST_ORGANIZATION, TEST_POLICY
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.reasons import RevocationReason

if TYPE_CHECKING:
    from devicetrust.testing.faults import Fault

__all__ = ["Authority", "Issue", "Revocation", "Source", "marked_name"]

COMMON_NAME, SERIAL_NUMBER, ORGANIZATION = "2.5.4.3", "2.5.4.5", "2.5.4.10"


class Revocation(NamedTuple):
    """When a certificate was revoked, and why (RFC 5280 5.3.1)."""

    at: datetime
    reason: RevocationReason


class Issue(NamedTuple):
    """A certificate about to be signed: what it says, who signs it, whose key it is for, and what is presented above.

    ``altered`` are octets to be changed in the finished certificate: (position from its end, what to XOR).
    """

    draft: CertificateDraft
    signer: Key
    holder: Key
    above: tuple[Certificate, ...]
    altered: tuple[tuple[int, int], ...] = ()

    def sealed(self) -> Certificate:
        octets = bytearray(self.draft.sealed(self.signer))
        for position, mask in self.altered:
            octets[-position] ^= mask
        return Certificate(bytes(octets))


class Source(NamedTuple):
    """Where an authority publishes the status of what it issued; empty: it does not."""

    crl: str = ""
    ocsp: str = ""


class Authority:
    """A CA: its name and key, its certificate, where it publishes, and what it has revoked.

    ``chain`` is what a device of it presents beside its own certificate: this CA's certificate and those above,
    without the root. ``faults`` are what is wrong with it, or with what it publishes.
    """

    def __init__(self, title: str, key: Key, source: Source, faults: frozenset[Fault] = frozenset()) -> None:
        self.title: Final = title
        self.subject: Final = marked_name(title)
        self.key: Final = key
        self.source: Final = source
        self.faults: Final = faults
        self.chain: tuple[Certificate, ...] = ()
        self.certificate: Certificate
        self.revocations: Final[dict[int, Revocation]] = {}

    def certifies(
        self, subject: Authority, begin: datetime, end: datetime, *, path_length: int | None = None
    ) -> CertificateDraft:
        """The draft of a CA certificate for ``subject``; for itself: a root."""
        listed = [
            extensions.basic_constraints(ca=True, path_length=path_length),
            extensions.key_usage(extensions.KEY_CERT_SIGN, extensions.CRL_SIGN, extensions.DIGITAL_SIGNATURE),
            extensions.subject_key_identifier(subject.key.identifier),
            extensions.certificate_policies(TEST_POLICY),
        ]
        if subject is not self:
            listed += [extensions.authority_key_identifier(self.key.identifier), *self._pointers()]
        return self._draft(subject.subject, subject.key, begin, end, tuple(listed))

    def issues(
        self,
        subject: bytes,
        holder: Key,
        begin: datetime,
        end: datetime,
        *,
        purposes: tuple[str, ...],
        names: tuple[bytes, ...],
        distinction: str = "",
    ) -> CertificateDraft:
        """The draft of a device's certificate. ``names`` are finished general names.

        ``distinction`` gives a serial number of its own to what would otherwise be the same certificate.
        """
        is_rsa = holder.scheme.startswith("rsa")
        encipherment = (extensions.KEY_ENCIPHERMENT,) if is_rsa else ()  # RFC 5246 7.4.2, for TLS 1.2
        listed = (
            extensions.basic_constraints(ca=False),
            extensions.key_usage(extensions.DIGITAL_SIGNATURE, *encipherment),
            extensions.extended_key_usage(*purposes),
            extensions.subject_key_identifier(holder.identifier),
            extensions.authority_key_identifier(self.key.identifier),
            extensions.subject_alternative_name(*names),
            extensions.certificate_policies(TEST_POLICY),
            *self._pointers(),
        )
        return self._draft(subject, holder, begin, end, listed, distinction)

    def stranger(self, pool: KeyPool) -> Key:
        """A key of the same kind as this CA's that is another's."""
        return pool.stranger(self.key.algorithm, self.title)

    def _pointers(self) -> list[extensions.Extension]:
        found = [extensions.crl_at(self.source.crl)] if self.source.crl else []
        return [*found, extensions.responder_at(self.source.ocsp)] if self.source.ocsp else found

    def _draft(
        self,
        subject: bytes,
        holder: Key,
        begin: datetime,
        end: datetime,
        listed: tuple[extensions.Extension, ...],
        distinction: str = "",
    ) -> CertificateDraft:
        stated = f"{begin} {end} {listed} {distinction}".encode()
        seed = b"|".join((self.key.identifier, subject, holder.identifier, stated))
        return CertificateDraft(
            subject=subject,
            issuer=self.subject,
            subject_public_key_info=holder.subject_public_key_info,
            not_before=begin,
            not_after=end,
            extensions=listed,
            # Of the contents, so that the same is issued under the same number and no two things share one.
            serial_number=int.from_bytes(hashlib.sha256(seed).digest()[:16], "big") >> 1 | 1 << 120,
        )

    def __repr__(self) -> str:
        return f"<Authority {self.title}>"


def marked_name(title: str, serial_number: str = "") -> bytes:
    """A distinguished name that bears the mark of what is made for tests."""
    attributes = [(ORGANIZATION, TEST_ORGANIZATION), (COMMON_NAME, title)]
    if serial_number:
        attributes.append((SERIAL_NUMBER, serial_number))
    return der.name(*attributes)
