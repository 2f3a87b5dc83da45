"""Whether what was fetched may take the place of what is held.

Makes: `accept`, and `Case`, `Held`, `Signer`, `Witness` for it.
May import: everything below; fetch siblings.
Must never: let go of what is good for what is rubbish, older, of another scope, or from the future.
Read first: `accept`.

Whoever serves a CRL may serve another one: an old one that lacks a revocation, one of another CA, a page of a captive
portal. The verifier would not be deceived, but it would lack what the old one said. So only what verifies replaces.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from devicetrust.evidence import Evidence, Want, WantKind
from devicetrust.findings import rfc3339
from devicetrust.identity import Reference
from devicetrust.revocation import codes
from devicetrust.revocation.lists import IssuerLists
from devicetrust.verifier import Verifier
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.names import Name
from devicetrust.x509.ocsp import OCSPResponse, SingleResponse
from devicetrust.x509.signatures import Check

__all__ = ["Case", "Held", "Piece", "Signer", "Witness", "accept"]

Piece: TypeAlias = "CertificateRevocationList | OCSPResponse"


class Signer(NamedTuple):
    """Whose signature is known to count: a CA by its name and key."""

    name: Name
    key: PublicKey


class Witness(NamedTuple):
    """A device whose path has verified, through which the verifier can be asked about evidence for that path."""

    leaf: Certificate
    presented: tuple[Certificate, ...]


class Held(NamedTuple):
    """A piece of evidence that verified, and when it begins and ends, in seconds since the epoch."""

    piece: Piece
    begin: int
    end: int


class Case(NamedTuple):
    """Who judges and by what: the verifier, the evidence it has in any case, and the moment in seconds.

    ``issuer`` is the CA of the certificate wanted for; ``witness`` is None where nothing but that CA is known.
    """

    verifier: Verifier
    base: Evidence
    now: float
    issuer: Signer
    witness: Witness | None

    @property
    def skew(self) -> float:
        """How far clocks may differ, in seconds."""
        return self.verifier.profile.revocation.clock_skew.total_seconds()


def accept(want: Want, found: Evidence, held: Held | None, case: Case) -> Held | str:
    """The piece of ``found`` that may take the place of ``held``; a text says why there is none.

    RFC 5280 6.3.3, 5.2.3; RFC 6960 3.2. A CRL is to be signed by the issuer of the certificate wanted for. What others
    sign on its behalf counts where the verifier, with this piece alone, knows the status of that certificate.
    """
    problem = "not accepted: there is nothing in the answer"
    candidates = found.ocsp if want.kind is WantKind.OCSP else found.crls
    for piece in candidates:
        candidate = _as_held(want, piece)
        if isinstance(candidate, Held):
            objection = _untimely(candidate, held, case) or _unproven(want, piece, held, case)
            if objection is None and held is not None:
                objection = _elsewhere(want, candidate, held, case)
            if objection is None:
                return candidate
            candidate = objection
        problem = f"not accepted: {candidate}"
    return problem


def _as_held(want: Want, piece: Piece) -> Held | str:
    if isinstance(piece, OCSPResponse):
        single = _single(want, piece)
        if single is None or single.next_update is None:
            return "the OCSP response is about another certificate, or has no nextUpdate"
        return Held(piece, single.this_update, single.next_update)
    if piece.next_update is None:
        return "the CRL has no nextUpdate"
    if piece.is_delta is not (want.kind is WantKind.DELTA_CRL):
        return "the CRL is a delta CRL" if piece.is_delta else "the CRL is a complete one, not a delta CRL"
    return Held(piece, piece.this_update, piece.next_update)


def _single(want: Want, response: OCSPResponse) -> SingleResponse | None:
    serial_number = None if want.question is None else want.question.serial_number
    about = [one for one in response.single_responses if one.certificate_id.serial_number == serial_number]
    return about[0] if about else None


def _untimely(candidate: Held, held: Held | None, case: Case) -> str | None:
    """What speaks against the candidate by its times and numbers, and beside what is held."""
    if candidate.begin > case.now + case.skew:
        return f"it begins only at {_time(candidate.begin)}"
    if held is None:
        return None
    if candidate.begin < held.begin:
        return f"it is of {_time(candidate.begin)}, older than what is held, of {_time(held.begin)}"
    new, old = candidate.piece, held.piece
    # A CA that was set up anew may count anew: once what is held has ended, nothing is lost by taking its word.
    if isinstance(new, OCSPResponse) or isinstance(old, OCSPResponse) or held.end < case.now:
        return None
    if (new.crl_number or 0) < (old.crl_number or 0):
        return f"its cRLNumber {new.crl_number} is lower than that of the CRL held, {old.crl_number}"
    return None


def _elsewhere(want: Want, candidate: Held, held: Held, case: Case) -> str | None:
    """Whether a CRL is about something else than the one held, which serves."""
    new, old = candidate.piece, held.piece
    if isinstance(new, OCSPResponse) or isinstance(old, OCSPResponse) or held.end < case.now:
        return None
    if (new.issuer, new.issuing_distribution_point) == (old.issuer, old.issuing_distribution_point):
        return None
    if case.witness is not None and not _settles(want, old, case.witness, case):
        return None
    return "the CRL is of another issuer or scope than the one held"


def _unproven(want: Want, piece: Piece, held: Held | None, case: Case) -> str | None:
    """Why the piece does not count, by its own faults and its signature; None where it does."""
    if isinstance(piece, CertificateRevocationList):
        fault = _fault(piece)
        if fault is not None and held is not None and _fault(held.piece) is None:
            return fault
        if piece.issuer == case.issuer.name and piece.check_signature(case.issuer.key) is Check.VALID:
            return None
    if case.witness is not None and _settles(want, piece, case.witness, case):
        return None
    return "its signature does not verify, or its signer has no say for this CA"


def _fault(piece: Piece) -> str | None:
    """What the kernel objects to in a CRL, whoever signed it: it may count in part, but not for one without fault."""
    if isinstance(piece, OCSPResponse):
        return None
    return next(iter(IssuerLists((piece,), lambda _: None).objections), None)


def _settles(want: Want, piece: Piece, witness: Witness, case: Case) -> bool:
    """Whether the verifier, with this piece alone, knows the status of the certificate."""
    if isinstance(piece, OCSPResponse):
        alone = Evidence(ocsp=[piece], certificates=case.base.certificates)
    else:
        alone = Evidence(crls=[piece], certificates=case.base.certificates)
    verdict = case.verifier.verify(
        witness.leaf,
        witness.presented,
        reference=Reference.UNCHECKED,
        evidence=alone,
        at=datetime.fromtimestamp(int(case.now), UTC),
    )
    known = {finding.where.certificate for finding in verdict.findings if finding.code in _STATUS}
    return any(
        isinstance(certificate, Certificate) and certificate.fingerprint == want.certificate and index in known
        for index, certificate in enumerate(verdict.path)
    )


_STATUS = frozenset({codes.GOOD, codes.STALE, codes.REVOKED, codes.ON_HOLD})


def _time(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
