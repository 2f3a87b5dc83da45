"""What is at hand beside the certificates presented, and what is lacking.

Makes: `Evidence`, `Failure`, `Want`, `WantKind`.
May import: errors, x509.
Must never: fetch anything.
Read first: `Evidence`.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from devicetrust.errors import MisuseError
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.lazy import lazy
from devicetrust.x509.ocsp import CertificateID, OCSPResponse, ResponseStatus, SingleResponse

__all__ = ["Evidence", "Failure", "Want", "WantKind"]

Piece = TypeVar("Piece")


class Failure(NamedTuple):
    """What came of trying to get evidence from a URL, in words: "no answer within 5 seconds"."""

    url: str
    reason: str


class Evidence:
    """CRLs, OCSP responses and further certificates at hand: a plain, immutable value with a digest made once.

    None of it is trusted for being here: each piece must verify before it counts. Order does not matter. ``failures``
    are what could not be had, so that a verdict can say why it lacks it; they never change an outcome.
    """

    def __init__(
        self,
        *,
        crls: Iterable[CertificateRevocationList] = (),
        ocsp: Iterable[OCSPResponse] = (),
        certificates: Iterable[CertificateLike] = (),
        failures: Iterable[Failure] = (),
    ) -> None:
        self.crls: Final = _all(crls, CertificateRevocationList, "load_crls")
        self.ocsp: Final = _all(ocsp, OCSPResponse, "load_ocsp")
        self.certificates: Final = tuple(dict.fromkeys(map(as_certificate, _listed(certificates, "certificates"))))
        self.failures: Final = tuple(dict.fromkeys(map(_failure, _listed(failures, "failures"))))

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over all pieces, whatever their order. 32 octets."""
        digest = hashlib.sha256()
        for pieces in (
            [crl.fingerprint for crl in self.crls],
            [response.digest for response in self.ocsp],
            [certificate.fingerprint for certificate in self.certificates],
        ):
            digest.update(len(pieces).to_bytes(8, "big"))
            for piece in sorted(pieces):
                digest.update(piece)
        digest.update(repr(sorted(self.failures)).encode())
        return digest.digest()

    @property
    def is_silent(self) -> bool:
        """Whether there is neither a CRL nor an OCSP response."""
        return not (self.crls or self.ocsp)

    @lazy
    def _crls_by_issuer(self) -> dict[bytes, tuple[CertificateRevocationList, ...]]:
        found: dict[bytes, list[CertificateRevocationList]] = {}
        for crl in sorted(self.crls, key=lambda one: one.fingerprint):
            if crl.unreadable is None:
                found.setdefault(crl.issuer.key, []).append(crl)
        return {name_key: tuple(crls) for name_key, crls in found.items()}

    def crls_of(self, name_key: bytes) -> tuple[CertificateRevocationList, ...]:
        """The readable CRLs whose issuer has this `Name.key`, whatever the order they were given in."""
        return self._crls_by_issuer.get(name_key, ())

    @lazy
    def _answers_by_serial(self) -> dict[int, tuple[tuple[OCSPResponse, SingleResponse], ...]]:
        found: dict[int, list[tuple[OCSPResponse, SingleResponse]]] = {}
        for response in sorted(self.ocsp, key=lambda one: one.digest):
            for single in () if response.unreadable is not None else response.single_responses:
                found.setdefault(single.certificate_id.serial_number, []).append((response, single))
        return {serial_number: tuple(answers) for serial_number, answers in found.items()}

    def answers_about(self, serial_number: int) -> tuple[tuple[OCSPResponse, SingleResponse], ...]:
        """What readable OCSP responses say of certificates with this serial number, whoever issued them."""
        return self._answers_by_serial.get(serial_number, ())

    @lazy
    def mute(self) -> tuple[str, ...]:
        """Why pieces at hand say nothing of any certificate, in words: they cannot be read, or are errors."""
        kinds = [("CRL", crl.fingerprint, crl.unreadable) for crl in self.crls]
        kinds += [("OCSP response", response.fingerprint, response.unreadable) for response in self.ocsp]
        unread = [f"the {kind} {mark.hex()[:16]} cannot be read: {why}" for kind, mark, why in kinds if why is not None]
        errors = [one for one in self.ocsp if one.unreadable is None and one.status is not ResponseStatus.SUCCESSFUL]
        failed = [f"the OCSP response {one.fingerprint.hex()[:16]} is an error, {one.status.value}" for one in errors]
        return tuple(sorted(unread + failed))

    def including(
        self,
        *,
        crls: Iterable[CertificateRevocationList] = (),
        ocsp: Iterable[OCSPResponse] = (),
        certificates: Iterable[CertificateLike] = (),
        failures: Iterable[Failure] = (),
    ) -> Evidence:
        """This evidence and more."""
        return Evidence(
            crls=(*self.crls, *crls),
            ocsp=(*self.ocsp, *ocsp),
            certificates=(*self.certificates, *certificates),
            failures=(*self.failures, *failures),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evidence) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[object, ...]:
        return _evidence, (self.crls, self.ocsp, self.certificates, self.failures)

    def __repr__(self) -> str:
        counts = f"{len(self.crls)} CRLs, {len(self.ocsp)} OCSP responses, {len(self.certificates)} certificates"
        return f"<Evidence of {counts}>"


def _all(given: Iterable[Piece], kind: type[Piece], reader: str) -> tuple[Piece, ...]:
    pieces = _listed(given, f"{kind.__name__}s")
    for piece in pieces:
        if not isinstance(piece, kind):
            raise MisuseError(f"expected a {kind.__name__}, got {type(piece).__name__}; {reader}(path) reads files")
    return tuple(dict.fromkeys(pieces))


def _listed(given: Iterable[Piece], what: str) -> tuple[Piece, ...]:
    try:
        return tuple(given)
    except TypeError:
        raise MisuseError(f"expected a list of {what}, not a {type(given).__name__}") from None


def _failure(given: tuple[str, str]) -> Failure:
    if not isinstance(given, tuple) or len(given) != 2 or not all(isinstance(part, str) for part in given):
        raise MisuseError(f"a failure is a URL and a reason, such as Failure(url, 'no answer'), not {given!r}")
    return Failure(*given)


def _evidence(
    crls: tuple[CertificateRevocationList, ...],
    ocsp: tuple[OCSPResponse, ...],
    certificates: tuple[Certificate, ...],
    failures: tuple[Failure, ...],
) -> Evidence:
    return Evidence(crls=crls, ocsp=ocsp, certificates=certificates, failures=failures)


class WantKind(enum.Enum):
    """What kind of bytes is lacking."""

    CA_ISSUERS = "the issuer's certificate, from id-ad-caIssuers (RFC 5280 4.2.2.1)"
    CRL = "a complete CRL, from cRLDistributionPoints (RFC 5280 4.2.1.13)"
    DELTA_CRL = "a delta CRL, from freshestCRL (RFC 5280 4.2.1.15)"
    OCSP = "an OCSP response, from id-ad-ocsp (RFC 5280 4.2.2.1)"


class Want(NamedTuple):
    """Bytes that are lacking, for which certificate (SHA-256 of its DER), and the URLs that are said to have them.

    The URLs are alternatives: any one of them will do. ``question`` is what to ask of an OCSP responder.
    """

    kind: WantKind
    certificate: bytes
    urls: tuple[str, ...]
    question: CertificateID | None = None
