"""Who may sign evidence about the certificates of a path.

Makes: `Signers`.
May import: evidence, x509, trust, path, revocation siblings.
Must never: take a name for an authority: a signature must verify, and the signer's own path must lead to the anchor.
Read first: `Signers.objection_to_list`, then `Signers.objection_to_response`.

Deviations from RFC 5280 6.3.3 (f)
- A signer that is past its dates, revoked, or of unknown status cannot say "good" any more. The revocations that it
  states count: they are final, and else one more revocation could make a device trusted.
- A CRL that is the only source for the status of its own signer counts for that too (PKITS 4.14.30 has no other). A
  signer that its own CRL lists is revoked.
- The signer of a CRL is found among the authorities of the path and the certificates at hand, by name and signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from itertools import tee
from typing import Final, Protocol

from devicetrust.findings import Effect, Finding
from devicetrust.path import codes
from devicetrust.path.inputs import AnchorChecks
from devicetrust.path.moment import Moment
from devicetrust.path.search import DeadEnd
from devicetrust.path.state import Run
from devicetrust.path.strength import StrengthPolicy, weak_signature
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.revocation.authority import Authority, authorities_of
from devicetrust.revocation.scope import is_authority
from devicetrust.revocation.status import Extent, Objection
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.certificate_id import key_hash
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.ocsp import OCSPResponse
from devicetrust.x509.signatures import Check

__all__ = ["Signers"]

# Ours: a signer's status on a list whose signer's status is on a list ...: real hierarchies stop at two, and each step
# costs as many paths as there are lists.
_DEEPEST: Final = 2


class _Signed(Protocol):
    """A CRL or an OCSP response, as far as its signature goes."""

    @property
    def fingerprint(self) -> bytes: ...
    @property
    def signature_algorithm(self) -> bytes: ...
    def check_signature(self, key: PublicKey) -> Check: ...


class Signers:
    """The certificates at hand that may turn out to be signers, and how far each is trusted.

    ``refusals`` gives what refuses a signer's path, and which exceptions it makes use of. ``status_gap`` says why the
    revocation status of a signer's path does not suffice, or None, where the exceptions are told; it may ask back here.
    ``dates`` records whether the authorities of the path are within their own dates; None: the path itself says so.
    """

    def __init__(
        self,
        validator: PathValidator,
        certificates: tuple[Certificate, ...],
        run: Run,
        refusals: Callable[[ValidatedPath], list[Finding]],
        status_gap: Callable[[ValidatedPath, list[Finding]], str | None],
        dates: Moment | None,
    ) -> None:
        self._validator = validator
        self._certificates = certificates
        self._run = run
        self._refusals = refusals
        self._status_gap = status_gap
        self._dates = dates
        self._in_question: set[bytes] = set()
        self._paths_of: dict[bytes, Iterator[ValidatedPath]] = {}
        self._signed_by: dict[tuple[bytes, bytes], bool] = {}

    def objection_to_list(self, crl: CertificateRevocationList, authorities: tuple[Authority, ...]) -> Objection | None:
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
                return self._may_not_sign(authority) or self._past_its_dates(authority)
        objections: list[Objection] = []
        named = [one for one in self._candidates() if one.subject.key == crl.issuer.key]
        wanted = crl.authority_key_identifier
        if wanted is not None:
            named.sort(key=lambda one: one.extensions.subject_key_identifier != wanted)
        for signer in self._who_signed(crl, named):
            if not _may_sign_lists(signer):
                objections.append(_NO_CRL_SIGN)
                continue
            objection = self._objection_to_signer(crl, signer, authorities)
            if objection is None:
                return None
            objections.append(objection)
        return _least(objections) or _NOBODYS_LIST

    def objection_to_response(self, response: OCSPResponse, authorities: tuple[Authority, ...]) -> Objection | None:
        """Why the signer of ``response`` has no say about certificates directly below ``authorities``.

        RFC 6960 4.2.2.2: the issuer itself, or a responder whose certificate the issuer's key signed, and that has
        id-kp-OCSPSigning.
        """
        if response.fingerprint in self._in_question:
            return _ITS_OWN_WORD
        weak = self._weakness(response)
        if weak is not None:
            return weak
        issuer = authorities[0]
        if _is_responder(response, issuer.name.key, issuer.key) and self._has_signed(response, issuer.key):
            return self._past_its_dates(issuer)
        objections: list[Objection] = []
        candidates = self._candidates(*response.certificates)
        named = [one for one in candidates if _is_responder(response, one.subject.key, one.public_key)]
        for signer in self._who_signed(response, named):
            purposes = signer.extended_key_usage
            if purposes is None or oids.OCSP_SIGNING not in purposes:
                objections.append(_NO_OCSP_SIGNING)
                continue
            objection = self._objection_to_signer(response, signer, authorities, directly=issuer)
            if objection is None:
                return None
            objections.append(objection)
        return _least(objections) or _NOBODYS_RESPONSE

    def _objection_to_signer(
        self,
        signed: _Signed,
        signer: Certificate,
        authorities: tuple[Authority, ...],
        *,
        directly: Authority | None = None,
    ) -> Objection | None:
        """Why no path from the signer to the anchor of ``authorities`` stands; ``directly``: the CA that issued it."""
        if len(self._in_question) >= _DEEPEST:
            return Objection("rests on a signer whose own status rests on too many others", Extent.GOOD)
        self._in_question.add(signed.fingerprint)
        try:
            objections: list[Objection] = []
            for path in self._paths(signer):
                above = authorities_of(path)
                if not above or above[-1] != authorities[-1]:
                    continue
                if directly is not None and above[0].key.der != directly.key.der:
                    continue
                objection = self._objection_to_path(path)
                if objection is None:
                    return None
                objections.append(objection)
            return _least(objections) or Objection(
                f"is signed by {signer.subject}, which has no path to the same anchor"
            )
        finally:
            self._in_question.discard(signed.fingerprint)

    def _objection_to_path(self, path: ValidatedPath) -> Objection | None:
        """Why a signer is not believed by this path of its own: what is found on it, dates last, then its status."""
        signer = path.certificates[0]
        found = [one for one in self._refusals(path) if one.code not in _OF_HOLDERS]
        refused = [one for one in found if one.code.effect is not Effect.ADMITS_BY_EXCEPTION]
        if refused:
            lasting = [one for one in refused if one.code not in _OF_DATES]
            reason = f"is signed by {signer.subject}, whose certificate is refused: {(lasting or refused)[0].what}"
            return Objection(reason, Extent.ALL if lasting else Extent.GOOD)
        gap = self._status_gap(path, found)
        return None if gap is None else Objection(f"is signed by {signer.subject}, {gap}", Extent.GOOD)

    def _paths(self, signer: Certificate) -> Iterator[ValidatedPath]:
        """The paths of a signer, each found and paid for once, as far as anyone has looked."""
        if signer.fingerprint not in self._paths_of:
            found = self._validator.paths(signer, self._certificates, self._run)
            (self._paths_of[signer.fingerprint],) = tee((one for one in found if not isinstance(one, DeadEnd)), 1)
        return copy(self._paths_of[signer.fingerprint])

    def _candidates(self, *sent_along: Certificate) -> Iterable[Certificate]:
        """The readable certificates that may be a signer's, in an order of their own, whatever order they came in."""
        if sent_along:
            return _in_order((*sent_along, *self._certificates))
        return self._in_order

    @lazy
    def _in_order(self) -> list[Certificate]:
        return _in_order(self._certificates)

    def _who_signed(self, signed: _Signed, candidates: Iterable[Certificate]) -> Iterator[Certificate]:
        """The candidates whose key has signed the piece: once it is known, no other key is tried.

        A key is tried only where an anchor stands behind its certificate: for what a stranger presents in the name of a
        signer, no CRL of a hundred megabytes is hashed.
        """
        found: bytes | None = None
        for candidate in candidates:
            key = candidate.public_key
            if found is None and self._leads_to_anchor(candidate) and self._has_signed(signed, key):
                found = key.der
            if key.der == found:
                yield candidate

    def _leads_to_anchor(self, candidate: Certificate) -> bool:
        return next(self._paths(candidate), None) is not None

    def _has_signed(self, signed: _Signed, key: PublicKey) -> bool:
        """Whether this key has signed the piece; paid for once, however often it is asked on the way."""
        pair = signed.fingerprint, key.der
        if pair not in self._signed_by:
            if not self._run.spending.spend_evidence_signature():
                return False
            self._signed_by[pair] = signed.check_signature(key) is Check.VALID
        return self._signed_by[pair]

    def _weakness(self, signed: _Signed) -> Objection | None:
        strength: StrengthPolicy = self._run.inputs.strength
        weak = weak_signature(strength, signed.signature_algorithm)
        if weak is None:
            return None
        return Objection(f"is signed with {weak}, which the strength policy {strength.name} does not admit")

    def _may_not_sign(self, authority: Authority) -> Objection | None:
        """RFC 5280 6.3.3 (f): keyUsage, where present, has cRLSign; whether an anchor's counts is the profile's."""
        certificate = authority.certificate
        if certificate is None or (authority.is_anchor and self._run.inputs.anchor_checks is AnchorChecks.NAME_AND_KEY):
            return None
        usage = certificate.key_usage
        return None if usage is None or usage.crl_sign else _NO_CRL_SIGN

    def _past_its_dates(self, authority: Authority) -> Objection | None:
        """A CA that a validity model lets stand after its end still cannot say "good": nobody answers for it.

        RFC 5280 4.1.2.5: a CA maintains information on status until notAfter.
        """
        certificate = authority.certificate
        if self._dates is None or certificate is None:
            return None
        if authority.is_anchor and self._run.inputs.anchor_checks is AnchorChecks.NAME_AND_KEY:
            return None
        not_before, not_after = certificate.validity
        if self._dates.reached(not_before) and not self._dates.reached(not_after + 1):
            return None
        return Objection(f"is signed by {authority.name}, which is outside of its own dates", Extent.GOOD)


_NO_CRL_SIGN: Final = Objection(
    "is signed with a key that may not sign CRLs: the keyUsage of its certificate lacks cRLSign"
)
_NO_OCSP_SIGNING: Final = Objection("is signed by a certificate without the key purpose OCSPSigning")
_ITS_OWN_WORD: Final = Objection("is all that speaks for the certificate that signed it", Extent.GOOD)
_NOBODYS_LIST: Final = Objection(
    "is signed by nobody at hand who may sign for its issuer: what bears its name has no path to the same anchor, or "
    "its signature does not verify"
)
_NOBODYS_RESPONSE: Final = Objection(
    "is signed by nobody at hand who may answer for the issuer: what bears its name has no path to the same anchor, or "
    "its signature does not verify"
)
# What an anchor may vouch for binds the certificates that evidence is about, not those who sign it: a responder has a
# purpose of its own, and is renewed after the date from which the anchor is distrusted.
_OF_HOLDERS: Final = frozenset({codes.ANCHOR_PURPOSE, codes.DISTRUSTED_AFTER})
_OF_DATES: Final = frozenset({codes.EXPIRED, codes.NOT_YET_VALID})


def _least(objections: list[Objection]) -> Objection | None:
    """The objection to be said where each signer and path has met one: the first that leaves revocations standing."""
    lesser = [one for one in objections if one.extent is Extent.GOOD]
    return next(iter(lesser or objections), None)


def _in_order(certificates: Iterable[Certificate]) -> list[Certificate]:
    readable = [one for one in dict.fromkeys(certificates) if one.unreadable is None]
    return sorted(readable, key=lambda one: one.fingerprint)


def _may_sign_lists(signer: Certificate) -> bool:
    """RFC 5280 4.2.1.3: keyUsage has cRLSign; only a CA may do without the extension."""
    usage = signer.key_usage
    return is_authority(signer) if usage is None else usage.crl_sign


def _is_responder(response: OCSPResponse, name_key: bytes, key: PublicKey) -> bool:
    """RFC 6960 4.2.2.3: the responder's identifier is this name, or the SHA-1 of this key."""
    if response.responder_name is not None:
        return response.responder_name.key == name_key
    return response.responder_key_hash == key_hash(key.der, "SHA-1")
