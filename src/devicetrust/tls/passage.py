"""One connection on its way in: its handshake is judged before a single octet of an application passes.

Makes: `Passage`, `KnownPeers`, `reference_for`.
May import: everything below; tls siblings; ``ssl`` for what it raises and the chain that it shows.
Must never: let through whom nobody judged; fetch.
Read first: `Passage.judge`.
"""

from __future__ import annotations

import copy
import ipaddress
import logging
import ssl
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from devicetrust.errors import MisuseError
from devicetrust.identity import Reference
from devicetrust.tls.causes import cause_of, openssl_cause
from devicetrust.tls.counts import Counts
from devicetrust.tls.events import LOGGER, Event, tell, told_of
from devicetrust.tls.inputs import Inputs, Judges
from devicetrust.tls.refusal import PeerNotAdmitted, PeerRefused, PeerUnknown, refusal
from devicetrust.verdict import Outcome, Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["KnownPeers", "Passage", "ReferenceLike", "reference_for"]

ReferenceLike: TypeAlias = "Reference | Callable[[str | None, int | None], Reference] | None"

# Ours: the peers of one process within a few hours. A miss costs the parsing of one certificate.
_MOST_PEERS: Final = 2048
_MOST_OCTETS_KEPT: Final = 16 * 1024


class Connection(Protocol):
    """What `ssl.SSLSocket` and `ssl.SSLObject` have in common here."""

    context: ssl.SSLContext


class KnownPeers:
    """Chains of peers that the verifier admitted, read once: thousands of them come back every day. Bounded.

    Kept by their octets; nothing is decided here, and nobody whom it refused takes up memory.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, ...], list[Certificate]] = {}

    def get(self, chain: tuple[bytes, ...]) -> list[Certificate] | None:
        return self._kept.get(chain)

    def keep(self, chain: tuple[bytes, ...], certificates: list[Certificate]) -> None:
        if sum(map(len, chain)) > _MOST_OCTETS_KEPT:
            return
        kept = self._kept
        if len(kept) >= _MOST_PEERS:
            for oldest in list(kept)[: _MOST_PEERS // 4]:
                kept.pop(oldest, None)
        kept[chain] = certificates


class Passage:
    """The way in of one connection. Closed until `judge` has let the peer in, and for good once it has refused it.

    ``inputs`` are those of the moment at which the handshake begins: for a server when the client's hello is there, so
    that nobody keeps old ones by connecting early and staying silent. Evidence is asked for once, when the peer is
    judged.
    """

    __slots__ = ("_counts", "_has_failed", "_known", "inputs", "is_open", "peer", "reference", "refused", "verdict")

    def __init__(
        self, inputs: Judges, known: KnownPeers, counts: Counts, reference: Reference | None, peer: str | None
    ) -> None:
        self.inputs = inputs
        self.is_open = False
        self.peer = peer
        self.reference = reference
        self.refused: ssl.SSLCertVerificationError | None = None
        self.verdict: Verdict | None = None
        self._known = known
        self._counts = counts
        self._has_failed = False

    def begin(self, connection: Connection, inputs: Inputs) -> None:
        """From here on OpenSSL goes by the same inputs as we."""
        self.inputs = inputs
        connection.context = inputs.openssl

    def check(self) -> None:
        """Raise the refusal again, where there was one."""
        if self.refused is not None:
            raise copy.copy(self.refused)

    def judge(self, chain: tuple[bytes, ...]) -> None:
        """Let the peer in whose handshake is done, or raise why not. ``chain`` is what it presented, leaf first."""
        if self.is_open:
            return
        try:
            verdict = self._verdict(chain)
            self.verdict = verdict
            if not verdict.outcome.admits:
                raise refusal(verdict)
            authorizer = self.inputs.authorizer
            decision = None if authorizer is None else authorizer.decide(verdict)
            if decision is not None and decision.admits is not True:
                raise PeerNotAdmitted(verdict, f"trusted, but not admitted: {decision.reason}")
        except (PeerRefused, PeerUnknown) as problem:
            self._note(problem)
            raise
        except Exception as problem:
            # What a source, an authorizer or a fault of ours raises lets nobody in, and must look like any refusal.
            fault = PeerUnknown(f"it could not be judged: {type(problem).__name__}: {problem}")
            fault.__cause__ = problem
            self._note(fault)
            raise fault from problem
        self.is_open = True
        self._counts.admit(verdict)
        exception = verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION
        if exception or LOGGER.isEnabledFor(logging.INFO):
            event = Event.ADMITTED_BY_EXCEPTION if exception else Event.ADMITTED
            reason = None if decision is None else decision.reason
            why = f": {verdict.headline}" if exception else f": {reason}" if reason else ""
            tell(
                event,
                f"{self._whom()} is {event.value}{why}",
                **self._facts(),
                **told_of(verdict),
                authorized_by=reason,
            )

    def failed(self, problem: ssl.SSLError) -> None:
        """Tell the log that OpenSSL ended the handshake: whom it refused it does not say."""
        if self._has_failed:
            return
        self._has_failed = True
        told = getattr(problem, "verify_message", None) or problem.reason or str(problem)
        cause = openssl_cause(problem)
        self._counts.fail(cause.code)
        tell(
            Event.HANDSHAKE_FAILED,
            f"the handshake with {self._whom()} failed: {told}",
            **self._facts(),
            openssl=problem.reason,
            reason=told,
            cause=cause.facts(),
        )

    def _verdict(self, chain: tuple[bytes, ...]) -> Verdict:
        if not chain:
            raise PeerUnknown("the peer showed no certificate in this session")
        inputs, known = self.inputs, self._known.get(chain)
        certificates = [Certificate(der) for der in chain] if known is None else known
        leaf, *others = certificates
        verdict = inputs.verifier.verify(leaf, others, reference=self.reference, evidence=inputs.evidence_now())
        if known is None and verdict.outcome.admits:
            self._known.keep(chain, certificates)
        if inputs.observer is not None:
            inputs.observer.observe(verdict)
        return verdict

    def _note(self, problem: PeerRefused | PeerUnknown) -> None:
        """Close the passage for good, and tell the log."""
        # A copy: an exception that was raised holds all that was at work, and would keep a refused connection alive.
        self.refused = copy.copy(problem)
        told = {} if self.verdict is None else told_of(self.verdict)
        cause = cause_of(problem)
        self._counts.refuse(cause.code)
        facts = {**self._facts(), **told, "reason": problem.reason, "cause": cause.facts()}
        tell(Event.REFUSED, f"{self._whom()} is refused: {problem.reason}", **facts)

    def _facts(self) -> dict[str, Any]:
        return {"side": self.inputs.side.value, "peer": self.peer}

    def _whom(self) -> str:
        verdict = self.verdict
        leaf = None if verdict is None else verdict.path[0]
        named = str(leaf.subject) if isinstance(leaf, Certificate) and leaf.unreadable is None else ""
        return (named or "a peer") + (f" at {self.peer}" if self.peer else "")


def reference_for(given: ReferenceLike, host: str | None, port: int | None) -> Reference | None:
    """Whom a client means by this host: what was given for it, else its address or its name. Raises `MisuseError`."""
    if isinstance(given, Reference):
        return given
    if given is not None:
        found = given(host, port)
        if not isinstance(found, Reference):
            raise MisuseError(f"reference= returned a {type(found).__name__} for {host}, not a Reference")
        return found
    if not host:
        return None
    try:
        # A zone says where an address of this link is, not whose it is.
        return Reference.ip(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return Reference.dns(host)
