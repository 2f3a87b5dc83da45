"""Who may sign evidence about the certificates of a path.

Makes: `Signers`.
May import: evidence, x509, trust, path, revocation siblings.
Must never: take a name for an authority: a signature must verify, and the signer's own path must lead to the anchor.
Read first: `Signers.objection_to_list`, then `Signers.objection_to_response`.

Deviations from RFC 5280 6.3.3 (f)
- A CRL that is the only source for the status of its own signer counts for that too (PKITS 4.14.30 has no other). A
  signer that its own CRL lists is revoked.
- The signer of a CRL is found among the authorities of the path and the certificates at hand, by name and signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

from devicetrust.findings import Code
from devicetrust.path.inputs import AnchorChecks
from devicetrust.path.search import DeadEnd
from devicetrust.path.state import Run
from devicetrust.path.strength import StrengthPolicy, weak_signature
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.revocation.authority import Authority, authorities_of
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.certificate_id import key_hash
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.ocsp import OCSPResponse
from devicetrust.x509.signatures import Check

__all__ = ["Signers"]

_OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
# Ours: a signer's status on a list whose signer's status is on a list ...: real hierarchies stop at two.
_DEEPEST: Final = 4


class _Signed(Protocol):
    """A CRL or an OCSP response, as far as its signature goes."""

    @property
    def fingerprint(self) -> bytes: ...
    @property
    def signature_algorithm(self) -> bytes: ...
    def check_signature(self, key: PublicKey) -> Check: ...


class Signers:
    """The certificates at hand that may turn out to be signers, and how far each is trusted.

    ``status_gap`` says why the revocation status of a signer's path does not suffice, or None; it may ask back here.
    """

    def __init__(
        self,
        validator: PathValidator,
        certificates: tuple[Certificate, ...],
        run: Run,
        blocks: Callable[[Code], bool],
        status_gap: Callable[[ValidatedPath], str | None],
    ) -> None:
        self._validator = validator
        self._certificates = certificates
        self._run = run
        self._blocks = blocks
        self._status_gap = status_gap
        self._in_question: set[bytes] = set()

    def objection_to_list(self, crl: CertificateRevocationList, authorities: tuple[Authority, ...]) -> str | None:
        """Why the signer of ``crl`` has no say about certificates below ``authorities``; None where it has.

        RFC 5280 6.3.3 (f), (g): the signer bears the CRL's name, leads to the same anchor, and may sign CRLs.
        """
        if crl.fingerprint in self._in_question:
            return None
        weak = self._weakness(crl)
        if weak is not None:
            return weak
        for authority in authorities:
            if authority.name == crl.issuer and self._has_signed(crl, authority.key):
                return self._may_not_sign(authority)
        problem: str | None = None
        for signer in self._named(crl.issuer.key):
            if not self._has_signed(crl, signer.public_key):
                continue
            usage = signer.key_usage
            if usage is not None and not usage.crl_sign:
                problem = _NO_CRL_SIGN
                continue
            problem = self._objection_to_signer(crl, signer, authorities)
            if problem is None:
                return None
        return problem or "is signed by nobody at hand who may sign for its issuer, or its signature does not verify"

    def objection_to_response(self, response: OCSPResponse, authorities: tuple[Authority, ...]) -> str | None:
        """Why the signer of ``response`` has no say about certificates directly below ``authorities``.

        RFC 6960 4.2.2.2: the issuer itself, or a responder whose certificate the issuer's key signed, and that has
        id-kp-OCSPSigning.
        """
        if response.fingerprint in self._in_question:
            return None
        weak = self._weakness(response)
        if weak is not None:
            return weak
        issuer = authorities[0]
        if _is_responder(response, issuer.name.key, issuer.key) and self._has_signed(response, issuer.key):
            return None
        problem: str | None = None
        for signer in dict.fromkeys((*response.certificates, *self._certificates)):
            if signer.unreadable is not None or not _is_responder(response, signer.subject.key, signer.public_key):
                continue
            if not self._has_signed(response, signer.public_key):
                continue
            purposes = signer.extended_key_usage
            if purposes is None or _OCSP_SIGNING not in purposes:
                problem = "is signed by a certificate without the key purpose OCSPSigning"
                continue
            problem = self._objection_to_signer(response, signer, authorities, directly=issuer)
            if problem is None:
                return None
        return problem or "is signed by nobody at hand who may answer for the issuer, or its signature does not verify"

    def _objection_to_signer(
        self,
        signed: _Signed,
        signer: Certificate,
        authorities: tuple[Authority, ...],
        *,
        directly: Authority | None = None,
    ) -> str | None:
        """Why no path from the signer to the anchor of ``authorities`` stands; ``directly``: the CA that issued it."""
        if len(self._in_question) >= _DEEPEST:
            return "rests on a signer whose own status rests on too many others"
        self._in_question.add(signed.fingerprint)
        try:
            problem = f"is signed by {signer.subject}, which has no path to the same anchor"
            for path in self._paths(signer):
                above = authorities_of(path)
                if not above or above[-1] != authorities[-1]:
                    continue
                if directly is not None and above[0].key.der != directly.key.der:
                    continue
                refused = [one for one in path.findings if self._blocks(one.code)]
                if refused:
                    problem = f"is signed by {signer.subject}, whose certificate is refused: {refused[0].what}"
                    continue
                gap = self._status_gap(path)
                if gap is None:
                    return None
                problem = f"is signed by {signer.subject}, {gap}"
            return problem
        finally:
            self._in_question.discard(signed.fingerprint)

    def _paths(self, signer: Certificate) -> Iterator[ValidatedPath]:
        for found in self._validator.paths(signer, self._certificates, self._run):
            if not isinstance(found, DeadEnd):
                yield found

    def _named(self, name_key: bytes) -> Iterable[Certificate]:
        for certificate in self._certificates:
            if certificate.unreadable is None and certificate.subject.key == name_key:
                yield certificate

    def _has_signed(self, signed: _Signed, key: PublicKey) -> bool:
        return self._run.spending.spend_signature() and signed.check_signature(key) is Check.VALID

    def _weakness(self, signed: _Signed) -> str | None:
        strength: StrengthPolicy = self._run.inputs.strength
        weak = weak_signature(strength, signed.signature_algorithm)
        return (
            None if weak is None else f"is signed with {weak}, which the strength policy {strength.name} does not admit"
        )

    def _may_not_sign(self, authority: Authority) -> str | None:
        """RFC 5280 6.3.3 (f): keyUsage, where present, has cRLSign; whether an anchor's counts is the profile's."""
        certificate = authority.certificate
        if certificate is None or (authority.is_anchor and self._run.inputs.anchor_checks is AnchorChecks.NAME_AND_KEY):
            return None
        usage = certificate.key_usage
        return None if usage is None or usage.crl_sign else _NO_CRL_SIGN


_NO_CRL_SIGN: Final = "is signed by a CA whose keyUsage lacks cRLSign"


def _is_responder(response: OCSPResponse, name_key: bytes, key: PublicKey) -> bool:
    """RFC 6960 4.2.2.3: the responder's identifier is this name, or the SHA-1 of this key."""
    if response.responder_name is not None:
        return response.responder_name.key == name_key
    return response.responder_key_hash == key_hash(key.der, "SHA-1")
