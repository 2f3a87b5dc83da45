"""A pump of the ward that names a responder, and what devicetrust makes of answers about it.

Makes: `ASKED`, `told`, `why`, `key_hash`, and the places of findings.
May import: devicetrust, pki, pki_revocation, ward_revocation.
Must never: make an answer; `ward_revocation` does.
Read first: `told`.
"""

from __future__ import annotations

import hashlib

from devicetrust import Outcome, RevocationPolicy, Verdict
from devicetrust.x509.ocsp import OCSPResponse
from pki import Authority
from pki_revocation import responder_at
from ward_revocation import ROOT_CRL, ask, of_revocation, pointing, reason_of

ASKED = pointing(responder_at())
GOOD_0, GOOD_1 = ("revocation.good", 0), ("revocation.good", 1)
UNKNOWN_0, REVOKED_0 = ("revocation.unknown", 0), ("revocation.revoked", 0)


def told(*answers: OCSPResponse, certificates: tuple[bytes, ...] = ()) -> Verdict:
    """The verdict where every status is required, and the CA's is known to be good."""
    return ask(ASKED, RevocationPolicy.REQUIRED, ROOT_CRL, *answers, certificates=certificates)


def why(verdict: Verdict) -> str:
    """Why the status of the leaf is not known, where it is not."""
    assert (verdict.outcome, of_revocation(verdict)) == (Outcome.UNDECIDED, [GOOD_1, UNKNOWN_0])
    return reason_of(verdict, "revocation.unknown")


def key_hash(holder: Authority) -> bytes:
    """SHA-1 of the key's BIT STRING octets, RFC 6960 4.2.1; those of a P-256 key end its SubjectPublicKeyInfo."""
    return hashlib.sha1(holder.key.subject_public_key_info[-65:]).digest()
