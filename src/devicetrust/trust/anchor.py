"""A trust anchor: a name, a key, and what its owner lets it vouch for.

Makes: `TrustAnchor`, `AnchorConstraints`.
May import: errors, x509.
Must never: take a root certificate's own wishes for granted; whether they count is the profile's ``anchor_checks``.
Read first: `TrustAnchor`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final, NamedTuple

from devicetrust.errors import MisuseError
from devicetrust.x509.certificate import EPOCH, SECOND, Certificate, CertificateLike, as_certificate
from devicetrust.x509.general_names import NameConstraints
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.names import Name

__all__ = ["UNLIMITED", "AnchorConstraints", "TrustAnchor"]


class AnchorConstraints(NamedTuple):
    """What the owner of the trust store lets an anchor vouch for, RFC 5914 2 and RFC 5937 3; None: no limit.

    ``purposes`` and ``policies`` are sets of dotted OIDs; ``max_path_length`` counts intermediates that are not
    self-issued; ``distrust_after`` (aware UTC) refuses leaf certificates whose notBefore is later.
    """

    purposes: frozenset[str] | None = None
    policies: frozenset[str] | None = None
    names: NameConstraints | None = None
    max_path_length: int | None = None
    distrust_after: datetime | None = None


UNLIMITED: Final = AnchorConstraints()


class TrustAnchor:
    """A name and a public key that are trusted by decision, RFC 5280 6.1.1 (d). Immutable.

    Made from a certificate (`TrustAnchor.from_certificate`, which keeps it for the profile to judge) or from a name
    and a key alone. Equal by name, key, certificate and constraints.
    """

    def __init__(
        self,
        subject: Name,
        subject_public_key_info: bytes,
        *,
        certificate: Certificate | None = None,
        constraints: AnchorConstraints | None = None,
        key_identifier: bytes | None = None,
    ) -> None:
        limits = UNLIMITED if constraints is None else constraints
        if not (isinstance(subject, Name) and isinstance(subject_public_key_info, bytes)):
            raise MisuseError("an anchor is a Name and a key in DER; TrustAnchor.from_certificate takes a certificate")
        if not isinstance(limits, AnchorConstraints):
            raise MisuseError(f"constraints is an AnchorConstraints, not a {type(limits).__name__}")
        for oids in (limits.purposes, limits.policies):
            if oids is not None and not isinstance(oids, frozenset):
                raise MisuseError(f"purposes and policies are frozensets of dotted OIDs, not a {type(oids).__name__}")
        if limits.distrust_after is not None and limits.distrust_after.utcoffset() is None:
            raise MisuseError("distrust_after has no time zone; pass an aware one: datetime(..., tzinfo=UTC)")
        if certificate is not None and (
            certificate.subject != subject or certificate.subject_public_key_info != subject_public_key_info
        ):
            raise MisuseError("the certificate states another name or key; TrustAnchor.from_certificate takes its own")
        self.subject: Final = subject
        self.subject_public_key_info: Final = subject_public_key_info
        self.certificate: Final = certificate
        self.constraints: Final = limits
        self.key_identifier: Final = key_identifier

    @classmethod
    def from_certificate(
        cls, certificate: CertificateLike, *, constraints: AnchorConstraints | None = None
    ) -> TrustAnchor:
        """The anchor whose name and key a certificate states. Raises `UnreadableCertificate` where it states none."""
        view = as_certificate(certificate)
        return cls(
            view.subject,
            view.subject_public_key_info,
            certificate=view,
            constraints=constraints,
            key_identifier=view.subject_key_identifier,
        )

    @lazy
    def public_key(self) -> PublicKey:
        """The key that verifies what this anchor signed."""
        if self.certificate is not None:
            return self.certificate.public_key
        return PublicKey(self.subject_public_key_info)

    @lazy
    def fingerprint(self) -> bytes:
        """SHA-256 over the certificate; over name and key where there is none. 32 octets."""
        if self.certificate is not None:
            return self.certificate.fingerprint
        return hashlib.sha256(self.subject.der + b"\x00" + self.subject_public_key_info).digest()

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over everything that can change a verdict: identity and constraints. 32 octets."""
        return hashlib.sha256(self.fingerprint + repr(self._constraint_facts()).encode()).digest()

    def _constraint_facts(self) -> tuple[object, ...]:
        limits = self.constraints
        names = None
        if limits.names is not None:
            names = [[name.key for name in part] for part in limits.names]
        after = None if limits.distrust_after is None else (limits.distrust_after.astimezone(UTC) - EPOCH) // SECOND
        return (
            None if limits.purposes is None else sorted(limits.purposes),
            None if limits.policies is None else sorted(limits.policies),
            names,
            limits.max_path_length,
            after,
        )

    def __eq__(self, other: object) -> bool:
        return other is self or (isinstance(other, TrustAnchor) and other.digest == self.digest)

    def __hash__(self) -> int:
        return hash(self.subject_public_key_info)

    def __reduce__(self) -> tuple[object, ...]:
        key = self.subject_public_key_info
        return _anchor, (self.subject, key, self.certificate, self.constraints, self.key_identifier)

    def __repr__(self) -> str:
        return f"<TrustAnchor {self.fingerprint.hex()[:16]} {self.subject}>"


def _anchor(
    subject: Name,
    key: bytes,
    certificate: Certificate | None,
    constraints: AnchorConstraints,
    key_identifier: bytes | None,
) -> TrustAnchor:
    return TrustAnchor(subject, key, certificate=certificate, constraints=constraints, key_identifier=key_identifier)
