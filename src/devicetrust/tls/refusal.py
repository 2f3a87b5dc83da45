"""What is raised where a peer is not let in.

Makes: `PeerRefused`, `PeerUndecided`, `PeerNotAdmitted`, `PeerUnknown`.
May import: errors, verdict, ``ssl`` for the exceptions that its users catch.
Must never: be raised for anybody who was let in.
Read first: `PeerRefused`.

Each is an `ssl.SSLCertVerificationError`, so that whoever handles a handshake that failed handles these: asyncio, for
one, reports any other exception as a fault of the program.
"""

from __future__ import annotations

import ssl
from typing import Final

from devicetrust.errors import DeviceTrustError
from devicetrust.verdict import Outcome, Undecided, Untrusted, Verdict

__all__ = ["PeerNotAdmitted", "PeerRefused", "PeerUndecided", "PeerUnknown", "refusal"]

_APPLICATION_VERIFICATION: Final = 50  # X509_V_ERR_APPLICATION_VERIFICATION of OpenSSL


class _Refusal(ssl.SSLCertVerificationError):
    """What the handlers of `ssl` look at."""

    def __init__(self, reason: str) -> None:
        super().__init__(1, f"certificate verify failed: {reason}")
        self.library = "DEVICETRUST"
        self.reason = reason
        self.verify_code = _APPLICATION_VERIFICATION
        self.verify_message = reason


class PeerRefused(_Refusal, Untrusted):
    """The peer is not trusted: an `ssl.SSLCertVerificationError`, and an `Untrusted` with its ``verdict``."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        _Refusal.__init__(self, reason)
        self.verdict = verdict

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.verdict, self.reason)


class PeerUndecided(PeerRefused, Undecided):
    """Evidence is lacking, and nothing is fetched within a handshake: ``verdict.wants`` says what."""


class PeerNotAdmitted(PeerRefused):
    """The peer's certificate is trusted, and the authorizer does not admit its holder; ``reason`` says why."""


class PeerUnknown(_Refusal, DeviceTrustError):
    """The peer could not be judged: it showed no certificate in this session, or what is asked about it failed."""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason,)


def refusal(verdict: Verdict) -> PeerRefused:
    """The refusal of a peer whose verdict does not admit."""
    kind = PeerUndecided if verdict.outcome is Outcome.UNDECIDED else PeerRefused
    headline = verdict.headline
    return kind(verdict, verdict.outcome.value + (f": {headline}" if headline else ""))
