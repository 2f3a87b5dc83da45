"""The OCSP responses at hand about one certificate, and what they say of it.

Makes: `statements_of_answers`.
May import: evidence, x509, revocation siblings.
Must never: decide who may sign; `signers` does. Take "unknown" for "good".
Read first: `statements_of_answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devicetrust.revocation.status import Extent, Objection, Says, Scope, Statement
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.ocsp import CertificateStatus, OCSPResponse, SingleResponse
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason

__all__ = ["statements_of_answers"]


def statements_of_answers(
    answers: Sequence[tuple[OCSPResponse, SingleResponse]],
    certificate: Certificate,
    issuer_key: PublicKey,
    objection_to: Callable[[OCSPResponse], Objection | None],
    lacks: list[str],
) -> list[Statement]:
    """What the responses that carry this certificate's serial number say of it; why others do not count, to ``lacks``.

    RFC 6960 3.2. ``objection_to`` says why a response's signer has no say; it is asked once for each response.
    """
    found: list[Statement] = []
    known: dict[bytes, Objection | None] = {}
    for response, single in answers:
        if not single.certificate_id.is_of(certificate.serial_number, certificate.issuer.der, issuer_key.der):
            continue  # the same number, given by another issuer
        if response.digest not in known:
            known[response.digest] = objection_to(response)
        objections = [one for one in (_fault(response, single), known[response.digest]) if one is not None]
        lacks += [f"{_title(response)} {one.reason}" for one in objections]
        if all([one.extent is Extent.GOOD for one in objections]):
            stated = _stated(response, single, issuer_key, lacks)
            found += [one for one in stated if not objections or one.says is not Says.GOOD]
    return found


def _stated(response: OCSPResponse, single: SingleResponse, issuer_key: PublicKey, lacks: list[str]) -> list[Statement]:
    source = _title(response)
    scope: Scope = ("OCSP", issuer_key.der, b"")
    position = (single.this_update, response.produced_at)
    if single.status is CertificateStatus.UNKNOWN:  # RFC 6960 2.2
        lacks.append(f'{source} says "unknown": the responder does not know the certificate')
        return []
    end = single.next_update
    if single.status is CertificateStatus.GOOD:
        if end is None:  # RFC 9919 requires it; without it "good" has no end
            lacks.append(f"{source} states no nextUpdate, so nobody can tell how long it lasts")
            return []
        return [Statement(Says.GOOD, source, scope, position, single.this_update, end, ALL_REASONS, response.digest)]
    on_hold = single.reason is RevocationReason.CERTIFICATE_HOLD
    return [
        Statement(
            Says.ON_HOLD if on_hold else Says.REVOKED,
            source,
            scope,
            position,
            single.this_update,
            single.this_update if end is None else end,
            ALL_REASONS,
            response.digest,
            single.this_update if single.revoked_at is None else single.revoked_at,
            single.reason,
        )
    ]


def _title(response: OCSPResponse) -> str:
    name = response.responder_name
    if name is not None:
        return f"the OCSP response of {name}"
    return f"the OCSP response of the responder with key {(response.responder_key_hash or b'').hex()[:16]}"


def _fault(response: OCSPResponse, single: SingleResponse) -> Objection | None:
    """Why the response itself does not count, whoever signed it; None where it does."""
    critical = (*response.unprocessed_critical, *single.unprocessed_critical)
    if critical:  # RFC 6960 4.4
        return Objection(f"has critical extensions that are not understood: {', '.join(critical)}")
    if response.nonce is not None and response.nonce != response.response_nonce:  # RFC 9654 2.1
        return Objection("does not repeat the nonce that was sent: it may be an old one, played again", Extent.GOOD)
    return None
