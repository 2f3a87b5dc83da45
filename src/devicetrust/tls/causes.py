"""Why a peer was refused, as one cause that many refusals may share.

Makes: `Cause`, `cause_of`, `openssl_cause`, and the codes of what no finding is about.
May import: findings, verdict, x509; refusal.
Must never: name what differs from device to device, or trust a name that nobody vouches for.
Read first: `Cause`.
"""

from __future__ import annotations

import re
import ssl
from typing import Any, Final, NamedTuple

from devicetrust.findings import printable
from devicetrust.tls.refusal import PeerNotAdmitted, PeerRefused, PeerUnknown
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["NOT_ADMITTED", "NOT_JUDGED", "NO_CERTIFICATE", "Cause", "cause_of", "openssl_cause"]

NOT_ADMITTED: Final = "tls.not_admitted"  # trusted, and the authorizer does not admit it
NOT_JUDGED: Final = "tls.not_judged"  # a source, an authorizer or the judge itself failed
NO_CERTIFICATE: Final = "tls.no_certificate"

_LONGEST_TEXT: Final = 300  # Ours: one line of a log. Names and sentences may hold what a stranger wrote.


class Cause(NamedTuple):
    """What refusals of many devices have in common.

    ``code`` is that of the headline, or one of this module, or ``openssl.`` and OpenSSL's word. ``about`` is the CA
    that it is about: the one with the fault, or the issuer of the devices at fault; None where there is none. ``text``
    says both. ``proven`` is whether signatures up to an anchor bear out the name of that CA: nobody can make up such
    causes, while a stranger may present any name of an issuer.
    """

    code: str
    about: str | None
    text: str
    proven: bool

    def facts(self) -> dict[str, Any]:
        """The cause as plain values."""
        return self._asdict()


def cause_of(problem: PeerRefused | PeerUnknown) -> Cause:
    """The cause of a refusal of ours."""
    if isinstance(problem, PeerUnknown):
        if problem.__cause__ is None:
            return Cause(NO_CERTIFICATE, None, "the peer showed no certificate", False)
        # What an authorizer or a source raises may name the device.
        kind = type(problem.__cause__).__name__
        return Cause(NOT_JUDGED, None, f"peers could not be judged ({kind})", False)
    if isinstance(problem, PeerNotAdmitted):
        issuer = _issuer(problem.verdict)
        return Cause(NOT_ADMITTED, issuer, f"trusted, but not admitted; issued by {issuer}", True)
    return _cause_of_verdict(problem.verdict)


def openssl_cause(problem: ssl.SSLError) -> Cause:
    """What ended a handshake in OpenSSL, by its own word."""
    told = getattr(problem, "verify_message", None) if isinstance(problem, ssl.SSLCertVerificationError) else None
    word = told or problem.reason or type(problem).__name__
    name = re.sub(r"[^a-z0-9]+", "_", word.partition(",")[0].lower()).strip("_")[:60]
    return Cause(f"openssl.{name}", None, f"OpenSSL: {_line(word)}", False)


def _cause_of_verdict(verdict: Verdict) -> Cause:
    headline, path, proven = verdict.headline, verdict.path, verdict.anchor is not None
    if headline is None:
        return Cause(verdict.outcome.value, None, verdict.outcome.value, proven)
    place = headline.where.certificate or 0
    if 0 < place < len(path):
        about = _subject(path[place])
        return Cause(headline.code.id, about, _line(f"{about}: {headline.what} [{headline.code.id}]"), proven)
    issuer = _issuer(verdict)
    return Cause(headline.code.id, issuer, _line(f"{headline.code.id}, in certificates issued by {issuer}"), proven)


def _issuer(verdict: Verdict) -> str:
    leaf = verdict.path[0]
    return _line(str(leaf.issuer)) if isinstance(leaf, Certificate) and leaf.unreadable is None else "nobody known"


def _subject(one: Certificate | TrustAnchor) -> str:
    if isinstance(one, Certificate) and one.unreadable is not None:
        return "a CA whose certificate cannot be read"
    return _line(str(one.subject))


def _line(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST_TEXT else shown[: _LONGEST_TEXT - 1] + "…"
