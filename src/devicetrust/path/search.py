"""Finding paths: from a certificate up to the anchors, RFC 4158.

Makes: `Search`, which yields ways to an anchor best first; `Way`, `DeadEnd`.
May import: findings, x509, trust, path siblings.
Must never: look at the clock, or let the order in which certificates were presented matter.
Read first: `Search.ways`.

A certificate's own signature is checked only once the certificate above it is proven to lead to an anchor by name and
by signatures. So a stranger's pile of certificates costs look-ups, and only what an anchor stands behind costs
signatures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from devicetrust.findings import Finding
from devicetrust.path import codes
from devicetrust.path.gates import signature_finding
from devicetrust.path.state import Run
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.trust.pool import IssuerPool
from devicetrust.trust.store import TrustStore
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.signatures import Check, verify, verify_issued_by_authority

__all__ = ["DeadEnd", "Search", "Way"]


class Way(NamedTuple):
    """The certificates between a leaf and an anchor, the leaf's issuer first; every signature on it verifies."""

    authorities: tuple[Certificate, ...]
    anchor: TrustAnchor


class DeadEnd(NamedTuple):
    """Certificates that lead to no anchor, the leaf first, and why the last of them leads no further."""

    certificates: tuple[Certificate, ...]
    finding: Finding


class Search:
    """One search. ``dead_ends`` fills while `ways` is consumed."""

    def __init__(self, trust: TrustStore, pools: tuple[IssuerPool, ...], run: Run) -> None:
        self._trust = trust
        self._pools = pools
        self._run = run
        self._candidates_of: dict[tuple[bytes, bytes | None], list[Certificate | TrustAnchor]] = {}
        self._checked: dict[tuple[bytes, bytes], Check] = {}
        self._leads_to_anchor: dict[bytes, bool] = {}
        self.dead_ends: list[DeadEnd] = []

    def ways(self, leaf: Certificate) -> Iterator[Way]:
        """Every way from ``leaf`` to an anchor, best first, within the budget.

        Anchors and issuers are tried by key identifier (match, unknown, mismatch), then anchor, own pool and presented
        ones in that order, then by fingerprint: RFC 4158 3.5, without the criteria that depend on time.
        """
        if not self._reaches_anchor(leaf.issuer.key):
            self._explain_unrooted(leaf)
            return
        yield from self._ways(leaf, (leaf,), 0)

    def _ways(self, child: Certificate, below: tuple[Certificate, ...], counted: int) -> Iterator[Way]:
        """``below`` ends with ``child``; ``counted`` is how many intermediates in it count for the profile's limit."""
        found = False
        for candidate in self._candidates(child):
            if self._run.spending.spent or not self._run.spending.spend_candidate():
                return
            if isinstance(candidate, TrustAnchor):
                if self._is_signed(child, candidate, below):
                    found = True
                    yield Way((), candidate)
                continue
            if not self._reaches_anchor(candidate.issuer.key) or _already_in(below, candidate):
                continue
            more = counted + (not candidate.is_self_issued)
            if more > self._run.inputs.max_intermediates or len(below) > _MOST_CERTIFICATES:
                self._note_too_long((*below, candidate))
                found = True
                continue
            for way in self._ways(candidate, (*below, candidate), more):
                found = True
                if not self._is_signed(child, candidate, below):
                    break
                yield Way((candidate, *way.authorities), way.anchor)
        if not found and len(below) == 1 and not self._run.spending.spent and not self.dead_ends:
            self._explain_unrooted(child)

    def _candidates(self, child: Certificate) -> list[Certificate | TrustAnchor]:
        key = (child.issuer.key, child.extensions.authority_key_identifier)
        known = self._candidates_of.get(key)
        if known is None:
            known = self._candidates_of[key] = self._sorted_candidates(*key)
        return known

    def _sorted_candidates(self, issuer: bytes, wanted: bytes | None) -> list[Certificate | TrustAnchor]:
        ranked: list[tuple[int, int, Certificate | TrustAnchor]] = []
        for anchor in self._trust.named(issuer):
            ranked.append((_key_rank(anchor.key_identifier, wanted), 0, anchor))
        seen: set[Certificate] = set()
        for place, pool in enumerate(self._pools, 1):
            for certificate in pool.issued_as(issuer):
                if certificate not in seen and not self._trust.anchors_of(certificate):
                    seen.add(certificate)
                    rank = _key_rank(certificate.extensions.subject_key_identifier, wanted)
                    ranked.append((rank, place, certificate))
        if len(ranked) > 1:
            ranked.sort(key=_rank_of)
        return [entry[2] for entry in ranked]

    def _reaches_anchor(self, issuer: bytes) -> bool:
        """Whether some chain of names, signatures aside, leads from this issuer name to an anchor."""
        known = self._leads_to_anchor.get(issuer)
        if known is None:
            self._settle_names(issuer)
            known = self._leads_to_anchor[issuer]
        return known

    def _settle_names(self, start: bytes) -> None:
        """Walk all names above ``start`` once, then pass "an anchor has this name" back down."""
        named_by: dict[bytes, set[bytes]] = {start: set()}
        rooted: list[bytes] = []
        pending = [start]
        while pending:
            name = pending.pop()
            if self._leads_to_anchor.get(name) or self._trust.named(name):
                rooted.append(name)
            for pool in self._pools:
                for certificate in pool.issued_as(name):
                    above = certificate.issuer.key
                    if above not in named_by:
                        named_by[above] = set()
                        pending.append(above)
                    named_by[above].add(name)
        settled: set[bytes] = set()
        while rooted:
            name = rooted.pop()
            if name not in settled:
                settled.add(name)
                rooted.extend(named_by[name])
        for name in named_by:
            self._leads_to_anchor[name] = name in settled

    def _is_signed(self, child: Certificate, issuer: Certificate | TrustAnchor, below: tuple[Certificate, ...]) -> bool:
        """RFC 5280 6.1.3 (a)(1), once for each pair of certificate and key."""
        key = issuer.public_key
        edge = (child.fingerprint, key.der)
        check = self._checked.get(edge)
        if check is None:
            if not self._run.spending.spend_signature():
                return False
            check = self._checked[edge] = check_signature(child, key, is_leaf=len(below) == 1)
            if check is not Check.VALID:
                self._note(DeadEnd(below, signature_finding(check, child, str(issuer.subject), len(below) - 1)))
        return check is Check.VALID

    def _note_too_long(self, certificates: tuple[Certificate, ...]) -> None:
        limit = self._run.inputs.max_intermediates
        finding = codes.TOO_MANY_INTERMEDIATES.at(len(certificates) - 1, "", max_intermediates=limit)
        self._note(DeadEnd(certificates, finding))

    def _note(self, dead_end: DeadEnd) -> None:
        if len(self.dead_ends) < _MOST_DEAD_ENDS:
            self.dead_ends.append(dead_end)

    def _explain_unrooted(self, leaf: Certificate) -> None:
        """Follow the best candidates up to where nobody is left, and say whose issuer is missing."""
        chain = [leaf]
        while len(chain) <= _MOST_CERTIFICATES:
            above = [c for c in self._candidates(chain[-1]) if isinstance(c, Certificate) and c not in chain]
            if not above:
                break
            chain.append(above[0])
        last = chain[-1]
        if any(candidate != last for candidate in self._candidates(last)):
            code = codes.NO_WAY_TO_ANCHOR
        else:
            code = codes.SELF_SIGNED if last.is_self_issued else codes.ISSUER_UNKNOWN
        finding = code.at(len(chain) - 1, "tbsCertificate.issuer", subject=str(last.subject), issuer=str(last.issuer))
        self._note(DeadEnd(tuple(chain), finding))


def check_signature(child: Certificate, key: PublicKey, *, is_leaf: bool) -> Check:
    """The signature of ``child`` under ``key``; successes by authorities are remembered across verifications."""
    check: Callable[[PublicKey, bytes, bytes, bytes], Check] = verify if is_leaf else verify_issued_by_authority
    return check(key, child.signature_algorithm, child.tbs_certificate, child.signature)


# Self-issued certificates do not count for max_intermediates; this bounds chains made of nothing else.
# The longest chains of real cross-certified PKIs have fewer than ten.
_MOST_CERTIFICATES: Final = 32
# What a person could read; each holds a chain of certificates in memory.
_MOST_DEAD_ENDS: Final = 64


def _rank_of(entry: tuple[int, int, Certificate | TrustAnchor]) -> tuple[int, int, bytes]:
    rank, place, candidate = entry
    return rank, place, candidate.digest if isinstance(candidate, TrustAnchor) else candidate.fingerprint


def _key_rank(found: bytes | None, wanted: bytes | None) -> int:
    if found is None or wanted is None:
        return 1
    return 0 if found == wanted else 2


def _already_in(below: tuple[Certificate, ...], candidate: Certificate) -> bool:
    """Whether the path holds this name and key already: RFC 4158 2.4.2, a loop that cannot help.

    A leaf that is a CA is left out of the comparison by name and key, for a self-issued twin of it may issue it.
    """
    if candidate in below:
        return True
    key = candidate.subject_public_key_info
    subject = candidate.subject
    return any(
        certificate.subject_public_key_info == key and certificate.subject == subject for certificate in below[1:]
    )
