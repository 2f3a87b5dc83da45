"""The judge of revocation: a validated path and the evidence at hand, to findings and wants.

Makes: `RevocationJudge`, `Judged`.
May import: findings, evidence, x509, trust, path, revocation siblings.
Must never: fetch, or let what one peer presents change the answer for another.
Read first: `RevocationJudge.judge`, then `inquiry`.

What holds for the CA certificates of a path, and which CRLs speak for the issuer of its leaf, is worked out once for
all leaves below them (`_Prepared`), for as long as no comparison with time would fall otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from devicetrust.evidence import Evidence, Want
from devicetrust.findings import Finding, Where
from devicetrust.path.codes import BUDGET_SPENT
from devicetrust.path.moment import Moment
from devicetrust.path.state import Run
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.revocation import codes
from devicetrust.revocation.authority import Authority, authorities_of
from devicetrust.revocation.inquiry import Grounds, Inquiry, KeptLists, spent_since
from devicetrust.revocation.pointers import STATUS_EXTENSIONS
from devicetrust.revocation.policy import RevocationDepth, RevocationPolicy, UnknownStatus
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate

__all__ = ["Judged", "RevocationJudge"]


class Judged(NamedTuple):
    """What was found about revocation on a path, and what was lacking.

    ``newest`` is the latest thisUpdate of evidence that was verified, in seconds; 0: there is none.
    """

    findings: tuple[Finding, ...]
    wants: tuple[Want, ...]
    newest: int


class _Prepared(NamedTuple):
    """The part of an answer that all leaves of one issuer share: good for the moments within both spans.

    ``authorities`` is empty where no certificate was looked at. ``unmarked`` is the whole answer for a leaf without
    `STATUS_EXTENSIONS` where there is no evidence; None: it depends on more.
    """

    judged: Judged
    unmarked: Judged | None
    authorities: tuple[Authority, ...]
    lists: dict[bytes, KeptLists]
    held: Moment
    now: Moment
    signatures: tuple[int, int]


class RevocationJudge:
    """Judges paths by one policy. Thread-safe: what it keeps lies with the CA path, bounded, and answers alike.

    ``without_path`` is what is to be said of revocation where there is no path to judge.
    """

    def __init__(
        self,
        policy: RevocationPolicy,
        signer_paths: PathValidator,
        intermediates: tuple[Certificate, ...],
        refusals: Callable[[ValidatedPath, Moment], list[Finding]],
    ) -> None:
        self.policy: Final = policy
        self.grounds: Final = Grounds(policy, signer_paths, intermediates, refusals)
        asks = policy.unknown is not UnknownStatus.NOT_ASKED
        self.without_path: Final[tuple[Finding, ...]] = () if asks else (_NOT_CHECKED,)
        self._marks: Final = STATUS_EXTENSIONS if asks else _CLAIMS_NONE

    def judge(
        self, path: ValidatedPath, presented: tuple[Certificate, ...], evidence: Evidence, run: Run, held: Moment
    ) -> Judged:
        """The findings and wants about revocation of every certificate below the anchor.

        RFC 5280 6.1.3 (a)(3). ``held`` is the moment for which evidence is read, ``run.moment`` the one asked for.
        Where the budget is spent before all evidence was consulted, that refuses: what was left might revoke.
        """
        if not path.authorities.vouches:
            return _DIRECTLY_TRUSTED
        leaf = path.certificates[0]
        spent_before = len(run.spending.spent)
        prepared = self._prepared(path, presented, evidence, run, held)
        if prepared.unmarked is not None and leaf.extensions.has_none_of(self._marks):
            return prepared.unmarked
        above = prepared.authorities or authorities_of(path)
        inquiry = Inquiry(self.grounds, path, above, presented, evidence, run, held, prepared.lists)
        inquiry.look_at(leaf, 0, inquiry.authorities)
        limits = [BUDGET_SPENT.at(None, "", limit=limit) for limit in run.spending.spent[spent_before:]]
        findings = (*prepared.judged.findings, *inquiry.findings, *limits, *self.without_path)
        wants = prepared.judged.wants + tuple(inquiry.wants)
        return Judged(findings, wants, max(prepared.judged.newest, inquiry.newest))

    def _prepared(
        self, path: ValidatedPath, presented: tuple[Certificate, ...], evidence: Evidence, run: Run, held: Moment
    ) -> _Prepared:
        kept: dict[bytes, _Prepared] = path.authorities.judged.setdefault(_PREPARED, {})
        key = b""  # who is presented beside the leaf matters only as a signer of evidence
        if not evidence.is_silent or evidence.failures:
            key = evidence.digest + b"".join([certificate.fingerprint for certificate in presented])
        prepared = kept.get(key)
        if prepared is not None and prepared.held.covers(held.at) and prepared.now.covers(run.moment.at):
            run.spending.spend_signatures(*prepared.signatures)
        else:
            prepared = self._prepare(path, presented, evidence, run, held)
            if len(kept) >= _MOST_PREPARED:
                kept.clear()
            if not run.spending.spent and len(presented) <= _MOST_PRESENTED:
                kept[key] = prepared
        held.narrow(prepared.held.since, prepared.held.until)
        run.moment.narrow(prepared.now.since, prepared.now.until)
        return prepared

    def _prepare(
        self, path: ValidatedPath, presented: tuple[Certificate, ...], evidence: Evidence, run: Run, held: Moment
    ) -> _Prepared:
        """What holds for the CA certificates of the path, from the anchor down."""
        if evidence.is_silent and self._passes_over(path.authorities.certificates):
            said = [one for index in range(len(path.certificates) - 1, 0, -1) for one in self._of_unmarked(index)]
            judged = Judged(tuple(said), (), 0)
            at, now = Moment(held.at), Moment(run.moment.at)
            return _Prepared(judged, self._with_unmarked_leaf(judged), (), {}, at, now, (0, 0))
        own = Run(run.inputs, Moment(run.moment.at), run.spending)
        own_held = Moment(held.at)
        before = run.spending.signatures_left
        inquiry = Inquiry(self.grounds, path, authorities_of(path), presented, evidence, own, own_held, None)
        for index in range(len(path.certificates) - 1, 0, -1):
            inquiry.look_at(path.certificates[index], index, inquiry.authorities[index:])
        judged = Judged(tuple(inquiry.findings), tuple(inquiry.wants), inquiry.newest)
        unmarked = self._with_unmarked_leaf(judged) if evidence.is_silent and self._passes_over(()) else None
        spent = spent_since(before, run.spending.signatures_left)
        return _Prepared(judged, unmarked, inquiry.authorities, {}, own_held, own.moment, spent)

    def _passes_over(self, certificates: tuple[Certificate, ...]) -> bool:
        """Whether no look at these is needed where there is no evidence: none of them says anything of its status.

        A policy that demands each status, or asks for dates, passes over none.
        """
        if self.policy.unknown is UnknownStatus.UNDECIDED or self.grounds.short_lived:
            return False
        return all([certificate.extensions.has_none_of(self._marks) for certificate in certificates])

    def _with_unmarked_leaf(self, judged: Judged) -> Judged:
        return Judged(judged.findings + self._of_unmarked(0) + self.without_path, judged.wants, judged.newest)

    def _of_unmarked(self, index: int) -> tuple[Finding, ...]:
        """What is said of a certificate that is passed over."""
        if self.policy.unknown is UnknownStatus.NOT_ASKED or (index and self.policy.depth is RevocationDepth.LEAF):
            return ()
        return (_not_published(index),)


@lru_cache(maxsize=64)
def _not_published(index: int) -> Finding:
    return codes.NOT_PUBLISHED.at(index)


_PREPARED: Final = "revocation"
# Where nothing is asked and nothing is at hand, only a claim to have no revocation is looked at, RFC 9608 3.
_CLAIMS_NONE: Final = frozenset({oids.NO_REVOCATION_AVAILABLE})
# Ours: evidence as it was renewed last, and as stapled by a few peers; a miss costs one preparation, and what is kept
# keeps its CRLs in memory.
_MOST_PREPARED: Final = 4
_MOST_PRESENTED: Final = 16
_NOT_CHECKED: Final = Finding(codes.NOT_CHECKED, Where(None))
_DIRECTLY_TRUSTED: Final = Judged(
    (
        codes.NOT_APPLICABLE.at(
            0, "", reason="it is trusted by decision, as an anchor or pinned, which you alone can end"
        ),
    ),
    (),
    0,
)
