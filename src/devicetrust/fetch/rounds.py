"""Verify, get what is wanted, verify again: the whole of it, without a connection, a thread or a task.

Makes: `FetchBudget`, `rounds`.
May import: everything below; fetch siblings.
Must never: open a connection, or wait. It yields errands to be run and is given what they brought.
Read first: `rounds`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import attrs

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence, Failure, Want, WantKind
from devicetrust.fetch.errands import Brought, Errand, Place, Purse, errand
from devicetrust.fetch.exchange import AnswerFrom
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Verdict
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.ocsp import CertificateID

__all__ = ["FetchBudget", "Rounds", "Settings", "rounds"]


@attrs.frozen(kw_only=True)
class FetchBudget:
    """What fetching for one question may cost in all. What is spent is said in ``evidence.failures``.

    ``seconds`` by the clock on the wall, after which no request starts and every one under way has ended;
    ``octets_each`` is the most that one CRL may have (OCSP responses and certificates: 256 KiB).
    """

    # Ours: a few issuers to fetch one after another, then CRLs, then a delta CRL; each twice where what was kept from
    # before did not do.
    rounds: int = 12
    # CryptoAPI follows at most 10 URLs for a chain (MaxUrlRetrievalCertCount); OCSP asks up to four times at each.
    requests: int = 40
    # Ours: one CRL of the largest size that is taken, and a chain's worth of ordinary ones.
    octets: int = 64 << 20
    # OpenSSL's OSSL_HTTP_DEFAULT_MAX_CRL_LEN.
    octets_each: int = 32 << 20
    # CryptoAPI's limits over all URLs (ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds) and for each
    # (ChainUrlRetrievalTimeoutMilliseconds).
    seconds: float = 20.0
    seconds_each: float = 15.0
    # RFC 9110 9.1 names no number; browsers open six connections to a server.
    at_once: int = 6

    def __attrs_post_init__(self) -> None:
        if self.at_once < 1 or min(attrs.astuple(self)) < 0:
            raise MisuseError("no limit of a budget is negative, and at least one request runs at once")


class Settings(NamedTuple):
    """What the driver brings along: the budget, a clock that never goes back, and who makes nonces (None: nobody)."""

    budget: FetchBudget
    clock: Callable[[], float]
    nonce: Callable[[], bytes | None]


Rounds: TypeAlias = Generator[list[Errand], list[Brought], Verdict]


def rounds(verify: Callable[[Evidence], Verdict], evidence: Evidence, settings: Settings) -> Rounds:
    """The verdict once nothing is wanted that was not asked for, or the budget is spent.

    Yields the errands of a round, which may run side by side, and is sent what each of them brought.
    """
    budget, asked, kept = settings.budget, set[tuple[Want, str]](), set[tuple[Want, str]]()
    purse = Purse(budget.requests, budget.octets, budget.octets_each, budget.seconds_each)
    end = settings.clock() + budget.seconds
    verdict = verify(evidence)
    for turn in range(budget.rounds + 1):
        plans = _plans(verdict.wants, asked, kept)
        if not plans:
            break
        if turn == budget.rounds:
            spent = "not asked: the budget of rounds is spent"
            verdict = verify(
                evidence.including(failures=[Failure(place.url, spent) for plan in plans for place in plan])
            )
            break
        weaker = _Weaker(verdict, evidence)
        brought = yield [errand(plan, purse, lambda: end - settings.clock(), settings.nonce, weaker) for plan in plans]
        for one in brought:
            asked |= one.asked
            kept |= one.kept
            evidence = evidence.including(
                crls=one.evidence.crls,
                ocsp=one.evidence.ocsp,
                certificates=one.evidence.certificates,
                failures=one.evidence.failures,
            )
        verdict = verify(evidence)
    return verdict


# The kinds of one group are alternatives for one certificate, in the order in which they are wanted.
_GROUPS: Final = {
    WantKind.CA_ISSUERS: "issuer",
    WantKind.OCSP: "status",
    WantKind.CRL: "status",
    WantKind.DELTA_CRL: "newest status",
}


def _plans(
    wants: Iterable[Want], asked: set[tuple[Want, str]], kept: set[tuple[Want, str]]
) -> Sequence[tuple[Place, ...]]:
    """For each certificate and group the places not asked yet. What was kept and did not do is asked of the server."""
    found: dict[tuple[bytes, str], list[Place]] = {}
    for want in wants:
        for url in want.urls:
            if (want, url) not in asked:
                whose = AnswerFrom.SERVER if (want, url) in kept else AnswerFrom.ANYWHERE
                found.setdefault((want.certificate, _GROUPS[want.kind]), []).append(Place(want, url, whose))
    return list(dict.fromkeys(tuple(places) for places in found.values()))


class _Weaker:
    """Names by SHA-1 what a question names by SHA-256: the issuer is among the certificates of the verdict."""

    def __init__(self, verdict: Verdict, evidence: Evidence) -> None:
        attempts = [one for attempt in verdict.attempts for one in (*attempt.certificates, attempt.anchor)]
        self._at_hand: dict[Any, None] = dict.fromkeys((*verdict.path, *attempts, *evidence.certificates))

    def __call__(self, question: CertificateID) -> CertificateID | None:
        if question.hash_algorithm == "SHA-1":
            return None
        for one in self._at_hand:
            if isinstance(one, Certificate) and one.unreadable is not None:
                continue
            if isinstance(one, Certificate | TrustAnchor):
                name, key = one.subject.der, one.public_key.der
                if question.is_of(question.serial_number, name, key):
                    return CertificateID.of(question.serial_number, name, key, "SHA-1")
        return None
