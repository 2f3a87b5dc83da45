"""What one handshake is judged by: taken as a whole when it begins, checked as a whole when it is made.

Makes: `Inputs` (`made`), `Judges` (`judges`), `announce`, `first_end`, `EvidenceLike`.
May import: everything below; tls siblings.
Must never: fetch, or be changed once made.
Read first: `made`.
"""

from __future__ import annotations

import ssl
from datetime import datetime
from typing import Final, TypeAlias

import attrs

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence
from devicetrust.findings import rfc3339
from devicetrust.path.state import as_time
from devicetrust.profiles.profile import ReferenceDemand
from devicetrust.revocation import RevocationPolicy, UnknownStatus
from devicetrust.sources import EvidenceSource, ObservingSource
from devicetrust.tls.admit import Authorizer
from devicetrust.tls.credential import Credential
from devicetrust.tls.events import Event, tell
from devicetrust.tls.sides import Side
from devicetrust.tls.usable import check_usable
from devicetrust.verifier import Verifier

__all__ = ["EvidenceLike", "Inputs", "Judges", "announce", "first_end", "judges", "made"]

EvidenceLike: TypeAlias = "Evidence | EvidenceSource | None"

_NO_EVIDENCE: Final = Evidence()


@attrs.frozen(kw_only=True)
class Judges:
    """Whom we trust and whom we admit.

    ``refuses_from`` is when the policy on revocation begins to refuse for want of evidence, where that is known: no
    source of evidence renews what there is. ``observer`` is the source, where it learns from verdicts.
    """

    side: Side
    verifier: Verifier
    evidence: EvidenceLike
    authorizer: Authorizer | None
    refuses_from: datetime | None
    observer: ObservingSource | None

    def evidence_now(self) -> Evidence:
        """What is at hand at this moment."""
        held = self.evidence
        if held is None:
            return _NO_EVIDENCE
        return held if isinstance(held, Evidence) else held.evidence()


@attrs.frozen(kw_only=True)
class Inputs(Judges):
    """Who we are, whom we trust and whom we admit, for as long as nobody replaces them.

    ``openssl`` is the context that OpenSSL goes by.
    """

    credential: Credential | None
    openssl: ssl.SSLContext


def judges(side: Side, verifier: Verifier, evidence: EvidenceLike, authorizer: Authorizer | None) -> Judges:
    """Whom we trust and admit where somebody else did the handshake; raises `MisuseError` for what does not fit."""
    _check(side, verifier, evidence, authorizer)
    return Judges(
        side=side,
        verifier=verifier,
        evidence=evidence,
        authorizer=authorizer,
        refuses_from=_refuses_from(verifier.profile.revocation, evidence, None),
        observer=evidence if isinstance(evidence, ObservingSource) else None,
    )


def made(
    side: Side,
    verifier: Verifier,
    credential: Credential | None,
    evidence: EvidenceLike,
    authorizer: Authorizer | None,
    openssl: ssl.SSLContext,
) -> Inputs:
    """The inputs, once they fit together and the credential can be used; raises `MisuseError` with what does not."""
    _check(side, verifier, evidence, authorizer)
    now = None
    if credential is not None:
        if not isinstance(credential, Credential):
            raise MisuseError(f"credential is a tls.Credential, not a {type(credential).__name__}")
        now = check_usable(credential, side, verifier.trust.test_anchors).at
    elif side is Side.SERVER:
        raise MisuseError("a TLS server needs a credential: Credential.from_files(certificate, private_key)")
    return Inputs(
        side=side,
        verifier=verifier,
        credential=credential,
        evidence=evidence,
        authorizer=authorizer,
        openssl=openssl,
        refuses_from=_refuses_from(verifier.profile.revocation, evidence, now),
        observer=evidence if isinstance(evidence, ObservingSource) else None,
    )


def announce(inputs: Judges) -> None:
    """Tell the log what whoever set this up should know: who is admitted, and whom the want of evidence will refuse."""
    if inputs.side is Side.SERVER and inputs.authorizer is None:
        tell(
            Event.EVERYBODY_ADMITTED,
            "no authorizer was given: every peer whom the verifier trusts is admitted; tls.admit makes one",
            side=inputs.side.value,
        )
    if _lacks_source(inputs.verifier.profile.revocation, inputs.evidence):
        from_when = inputs.refuses_from
        when = "at once" if from_when is None else f"from {rfc3339(from_when)} on"
        tell(
            Event.EVIDENCE_LACKING,
            f"the profile {inputs.verifier.profile.name} asks for the revocation status of peers, and no source keeps "
            f"evidence of it fresh: peers are refused for want of it {when}; pass evidence=fetch.FreshEvidence(...)",
            side=inputs.side.value,
            profile=inputs.verifier.profile.name,
            refuses_from=None if from_when is None else rfc3339(from_when),
        )


_REFUSE_UNKNOWN: Final = (UnknownStatus.UNDECIDED, UnknownStatus.UNDECIDED_IF_PUBLISHED)


def _check(side: Side, verifier: Verifier, evidence: EvidenceLike, authorizer: Authorizer | None) -> None:
    if not isinstance(verifier, Verifier):
        raise MisuseError(f"verifier is a Verifier, not a {type(verifier).__name__}")
    if not (evidence is None or isinstance(evidence, Evidence | EvidenceSource)):
        raise MisuseError(f"evidence is an Evidence or a source of it, not a {type(evidence).__name__}")
    if not (authorizer is None or isinstance(authorizer, Authorizer)):
        raise MisuseError(
            f"an authorizer is made by tls.admit, as in admit.inventory(function), not a {type(authorizer).__name__}"
        )
    _check_role(verifier, side, authorizer)


def _check_role(verifier: Verifier, side: Side, authorizer: Authorizer | None) -> None:
    profile = verifier.profile
    if side.peer_purpose not in profile.key_purposes and side.own_purpose in profile.key_purposes:
        other = Side.CLIENT if side is Side.SERVER else Side.SERVER
        raise MisuseError(
            f"the profile {profile.name} is for certificates of a TLS {side.value}, whose peers are {other.value}s: "
            f"take profiles.tls_{other.value}, or one for their purpose"
        )
    if side is Side.SERVER and profile.reference is ReferenceDemand.REQUIRED and authorizer is None:
        raise MisuseError(
            f"the profile {profile.name} asks whom you expect, and a server cannot know who will call: say who is "
            "admitted by an authorizer, such as tls.admit.references(...), or take profiles.tls_client"
        )


def _lacks_source(policy: RevocationPolicy, evidence: EvidenceLike) -> bool:
    return policy.unknown in _REFUSE_UNKNOWN and (evidence is None or isinstance(evidence, Evidence))


def _refuses_from(policy: RevocationPolicy, evidence: EvidenceLike, now: datetime | None) -> datetime | None:
    """When the first ends of the newest pieces of evidence, which nobody renews; ``now`` where there is none."""
    if not _lacks_source(policy, evidence):
        return None
    if not isinstance(evidence, Evidence) or evidence.is_silent:
        return now
    end = first_end(evidence)
    return now if end is None else end + policy.stale_grace


def first_end(evidence: Evidence) -> datetime | None:
    """When the first ends of the newest pieces of evidence, one an issuer or certificate; None: none says."""
    ends: dict[object, int] = {}
    for crl in evidence.crls:
        if crl.unreadable is None:
            ends[crl.issuer.key] = max(crl.next_update or 0, ends.get(crl.issuer.key, 0))
    for response in evidence.ocsp:
        for single in () if response.unreadable is not None else response.single_responses:
            about = single.certificate_id
            ends[about] = max(single.next_update or 0, ends.get(about, 0))
    known = [end for end in ends.values() if end]
    return as_time(min(known)) if known else None
