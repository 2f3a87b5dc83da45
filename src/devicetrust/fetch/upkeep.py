"""Keeping evidence fresh: what is due when, and what comes of it. Without a thread, a task, a clock or a connection.

Makes: `Upkeep`, `Bounds`, `WatchedIssuer`.
May import: everything below; fetch siblings.
Must never: let go of the last good evidence for anything that does not verify. It is not thread-safe; its drivers are.
Read first: `Upkeep.due`, `Upkeep.attempt`, `Upkeep.finish`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable
from typing import Final, NamedTuple

import attrs

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence, Failure, Want, WantKind
from devicetrust.fetch.acceptance import Case, Held, Signer, Witness, accept
from devicetrust.fetch.errands import Place, Purse, errand
from devicetrust.fetch.exchange import AnswerFrom, Origin, Reply, Request
from devicetrust.fetch.pace import Pace
from devicetrust.fetch.watches import Sight, Watch, WatchStatus, key_of, sights
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Verdict
from devicetrust.verifier import Verifier
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate
from devicetrust.x509.ocsp import CertificateID, OCSPResponse

__all__ = ["Bounds", "Finished", "Upkeep", "WatchedIssuer"]


@attrs.frozen(kw_only=True)
class Bounds:
    """How much is watched and held. Beyond it, what was observed longest ago goes; what is listed stays.

    ``per_issuer`` and ``total`` count sources, ``octets`` all that is held; ``octets_each`` is the most that one CRL
    may have, ``seconds_each`` the longest that one request may take.
    """

    # Ours: the devices of one issuer that have no CRL and are asked about one by one.
    per_issuer: int = 2_048
    total: int = 16_384
    # Ours: ten of the largest that OpenSSL takes, and OSSL_HTTP_DEFAULT_MAX_CRL_LEN.
    octets: int = 320 << 20
    octets_each: int = 32 << 20
    # Ours: nobody waits for it, so a slow line may take its time.
    seconds_each: float = 60.0

    def __attrs_post_init__(self) -> None:
        if min(attrs.astuple(self)) < 0:
            raise MisuseError("no bound is negative")


class WatchedIssuer(NamedTuple):
    """A CA whose CRL is kept fresh from the start: its certificate, and URLs that are alternatives for one CRL."""

    certificate: CertificateLike
    urls: tuple[str, ...]


class Finished(NamedTuple):
    """What came of an attempt: the piece to hold, or why there is none; where the answer came from."""

    held: Held | None
    problem: str | None
    origin: Origin


Attempt = Generator[Request, Reply, Finished]


class Upkeep:
    """Watches the CRLs of listed issuers and all that observed paths name.

    ``evidence`` is what is at hand: ``base``, the last good piece of each source, and the failures of those that could
    not be renewed. ``jitter`` draws from [0, 1). All times are in seconds since the epoch.
    """

    def __init__(
        self, verifier: Verifier, base: Evidence, pace: Pace, bounds: Bounds, jitter: Callable[[], float]
    ) -> None:
        self.evidence = base
        self.refused = 0
        self._verifier: Final = verifier
        self._base: Final = base
        self._pace: Final = pace
        self._bounds: Final = bounds
        self._jitter: Final = jitter
        self._watches: OrderedDict[tuple[object, ...], Watch] = OrderedDict()
        self._per_issuer: dict[bytes, int] = {}
        self._of_leaf: OrderedDict[bytes, tuple[Watch, ...]] = OrderedDict()

    # What is watched

    def list_issuer(self, issuer: WatchedIssuer, now: float) -> None:
        """Watch the CRL of this CA. Raises `MisuseError` for an unreadable certificate, and where there are no URLs."""
        certificate = as_certificate(issuer.certificate)
        if certificate.unreadable is not None or not issuer.urls or isinstance(issuer.urls, str):
            raise MisuseError("an issuer to watch is a readable CA certificate and a tuple of URLs")
        want = Want(WantKind.CRL, certificate.fingerprint, tuple(issuer.urls))
        sight = Sight(want, Signer(certificate.subject, certificate.public_key))
        self._watches.setdefault(key_of(sight), Watch(sight, None, now))

    def observe(self, verdict: Verdict, now: float) -> bool:
        """Watch what the path of a verdict names, if it leads to an anchor. Says whether anything new is due.

        An OCSP responder is watched only where no CRL is named, or where the CRL that is does not do: one CRL serves
        all devices of its issuer, and tells nobody which of them are here.
        """
        leaf = verdict.path[0]
        if not isinstance(leaf, Certificate) or not isinstance(verdict.path[-1], TrustAnchor):
            return False
        known = self._of_leaf.get(leaf.fingerprint)
        if known is not None and not verdict.wants:
            for watch in known:
                watch.observed = now
            return False
        presented = tuple(one for one in verdict.path[1:] if isinstance(one, Certificate))
        before = len(self._watches)
        found = self._seen(verdict, Witness(leaf, presented), now)
        self._of_leaf[leaf.fingerprint] = tuple(found)
        if len(self._of_leaf) > self._bounds.total:
            self._of_leaf.popitem(last=False)
        return len(self._watches) != before

    def _seen(self, verdict: Verdict, witness: Witness, now: float) -> list[Watch]:
        found: list[Watch] = []
        served: set[bytes] = set()
        for sight in sights(verdict, self._verifier.profile.revocation):
            want = sight.want
            if want.kind is WantKind.OCSP and want.certificate in served:
                continue
            watch = self._watch(sight, witness, now)
            if watch is None:
                continue
            found.append(watch)
            lacking = want.kind is WantKind.CRL and watch.was_tried and want in verdict.wants
            if want.kind is WantKind.CRL and not lacking:
                served.add(want.certificate)
        return found

    def _watch(self, sight: Sight, witness: Witness, now: float) -> Watch | None:
        key = key_of(sight)
        watch = self._watches.get(key)
        if watch is None:
            issuer = sight.issuer.key.der
            if self._per_issuer.get(issuer, 0) >= self._bounds.per_issuer or len(self._watches) >= self._bounds.total:
                self._let_go(issuer)
            if self._per_issuer.get(issuer, 0) >= self._bounds.per_issuer or len(self._watches) >= self._bounds.total:
                self.refused += 1
                return None
            watch = self._watches[key] = Watch(sight, witness, now)
            self._per_issuer[issuer] = self._per_issuer.get(issuer, 0) + 1
        watch.observed = now
        return watch

    def _let_go(self, issuer: bytes) -> None:
        """Drop the source of this issuer that was observed longest ago: no issuer pushes out another's."""
        own = [one for one in self._watches.values() if one.issuer.key.der == issuer and not one.is_listed]
        idle = [one for one in own if not one.is_under_way]
        if idle:
            self._drop(min(idle, key=lambda one: one.observed))

    def _drop(self, watch: Watch) -> None:
        del self._watches[key_of(Sight(watch.want, watch.issuer))]
        if not watch.is_listed:
            self._per_issuer[watch.issuer.key.der] -= 1

    # What is due

    def due(self, now: float) -> list[Watch]:
        """The sources to ask now; they count as under way until `finish`."""
        found = [one for one in self._watches.values() if one.due <= now and not one.is_under_way]
        for watch in found:
            watch.is_under_way = True
        return found

    def next_due(self) -> float | None:
        """When the next source is to be asked; None: there is none that is not under way."""
        return min((one.due for one in self._watches.values() if not one.is_under_way), default=None)

    def attempt(self, watch: Watch, now: float) -> Attempt:
        """Ask at one URL after another until one gives what may take the place of what is held.

        The first attempt takes what was kept on disk, so that a restart finds evidence at hand; later ones ask the
        server. Touches nothing of ``self`` that changes, so it may run in another thread.
        """
        case = Case(self._verifier, self._base, now, watch.issuer, watch.witness)
        bounds = self._bounds
        purse = Purse(_MOST_REQUESTS, bounds.octets_each, bounds.octets_each, bounds.seconds_each)
        problems: list[str] = []
        stale: Held | None = None
        for url in watch.want.urls:
            for whose in (AnswerFrom.SERVER,) if watch.was_tried else (AnswerFrom.ANYWHERE, AnswerFrom.SERVER):
                place = Place(watch.want, url, whose)
                brought = yield from errand([place], purse, lambda: bounds.seconds_each, _no_nonce, self._weaker(watch))
                accepted = accept(watch.want, brought.evidence, stale or watch.held, case)
                failed = [failure.reason for failure in brought.evidence.failures]
                if isinstance(accepted, Held):
                    if not failed:
                        return Finished(accepted, None, Origin.KEPT if brought.kept else Origin.SERVER)
                    stale = accepted
                problems += failed or ([accepted] if isinstance(accepted, str) else [])
                if not brought.kept:
                    break
        return Finished(stale, "; ".join(dict.fromkeys(problems)) or "not asked", Origin.SERVER)

    def finish(self, watch: Watch, outcome: Finished, now: float) -> None:
        """Take in what came of an attempt, and say when the next is due."""
        watch.is_under_way = False
        held, problem = outcome.held, outcome.problem
        changed = held is not None and (watch.held is None or held.piece != watch.held.piece)
        if held is not None and changed and not self._has_room(watch, held):
            held, changed, problem = None, False, "not held: there is no room for it within the bounds"
        if held is not None and changed:
            watch.held = held
        told = watch.last_error if watch.failures else None
        end = None if watch.held is None else float(watch.held.end)
        if problem is None and end is not None and end > now:
            watch.failures = 0
            watch.last_success = now
            kept = outcome.origin is Origin.KEPT
            soon = now + self._pace.shortest * self._jitter()
            watch.due = soon if kept else self._pace.after_success(now, end, self._jitter())
        else:
            watch.failures += 1
            watch.last_error = problem or "what the server has is at its end"
            watch.last_error_at = now
            watch.due = self._pace.after_failure(now, watch.failures, end, self._jitter())
        if not watch.is_listed and now - watch.observed > self._pace.forgotten:
            self._drop(watch)
            changed = True
        if changed or told != (watch.last_error if watch.failures else None):
            self._gather()

    def _has_room(self, watch: Watch, held: Held) -> bool:
        others = sum(
            len(one.held.piece.der) for one in self._watches.values() if one.held is not None and one is not watch
        )
        return others + len(held.piece.der) <= self._bounds.octets

    def _gather(self) -> None:
        pieces = [one.held.piece for one in self._watches.values() if one.held is not None]
        self.evidence = self._base.including(
            crls=[piece for piece in pieces if not isinstance(piece, OCSPResponse)],
            ocsp=[piece for piece in pieces if isinstance(piece, OCSPResponse)],
            failures=[
                Failure(one.want.urls[0], one.last_error)
                for one in self._watches.values()
                if one.failures and one.last_error is not None
            ],
        )

    def _weaker(self, watch: Watch) -> Callable[[CertificateID], CertificateID]:
        name, key = watch.issuer
        return lambda question: CertificateID.of(question.serial_number, name.der, key.der, "SHA-1")

    # How it stands

    def status(self) -> Iterable[WatchStatus]:
        """How it stands with each source, in the order in which they came."""
        return [watch.status() for watch in self._watches.values()]

    def end(self) -> float | None:
        """When the first piece held ends; None: nothing is held."""
        return min((float(one.held.end) for one in self._watches.values() if one.held is not None), default=None)


# Ours: the four ways to put an OCSP question at each of a few URLs.
_MOST_REQUESTS: Final = 16


def _no_nonce() -> None:
    return None
