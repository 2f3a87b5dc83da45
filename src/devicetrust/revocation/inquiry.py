"""One look at the certificates of one path: their status, from the evidence at hand.

Makes: `Inquiry`, `KeptLists`, `Grounds`.
May import: findings, evidence, x509, trust, path, revocation siblings.
Must never: fetch, or take silence for "good".
Read first: `Inquiry.look_at`, then `Inquiry._status`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from devicetrust.evidence import Evidence, Want
from devicetrust.findings import Code, Fact, Finding, Where, rfc3339
from devicetrust.path.inputs import ValidityModel
from devicetrust.path.moment import Moment
from devicetrust.path.state import Run, as_time
from devicetrust.path.titles import title
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.revocation import codes
from devicetrust.revocation.answers import statements_of_answers
from devicetrust.revocation.authority import Authority, authorities_of
from devicetrust.revocation.exemptions import conflict, exemption
from devicetrust.revocation.lists import IssuerLists, silences, statements_of_lists
from devicetrust.revocation.pointers import (
    delta_wants,
    demands_ocsp,
    names_a_source,
    unreachable_sources,
    wants_of,
)
from devicetrust.revocation.policy import RevocationDepth, RevocationPolicy, RevocationSource, UnknownStatus
from devicetrust.revocation.signers import Signers
from devicetrust.revocation.status import UNKNOWN, Says, Statement, Status, StatusKind, Terms, conclude
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.lazy import lazy
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import RevocationReason

__all__ = ["Grounds", "Inquiry", "KeptLists", "spent_since"]


class Grounds:
    """What a verifier goes by in all its inquiries: the policy, and what else decides who may sign evidence.

    ``signer_paths`` validates the paths of those who sign: the same trust, without key purposes; ``refusals`` gives
    what refuses one of them, and the exceptions that it makes use of. ``short_lived`` is in seconds.
    """

    def __init__(
        self,
        policy: RevocationPolicy,
        signer_paths: PathValidator,
        intermediates: tuple[Certificate, ...],
        refusals: Callable[[ValidatedPath, Moment], list[Finding]],
    ) -> None:
        self.policy: Final = policy
        self.signer_paths: Final = signer_paths
        self.intermediates: Final = intermediates
        self.refusals: Final = refusals
        self.short_lived: Final = int(policy.short_lived.total_seconds())

    @lazy
    def terms(self) -> Terms:
        """What the policy takes for an answer."""
        policy = self.policy
        kinds = frozenset([source.value for source in policy.sources])
        return Terms(kinds, int(policy.stale_grace.total_seconds()), int(policy.clock_skew.total_seconds()))

    @lazy
    def ocsp_terms(self) -> Terms:
        """The same for a certificate that demands an OCSP response."""
        return self.terms._replace(kinds=frozenset({RevocationSource.OCSP.value}))


class KeptLists(NamedTuple):
    """The CRLs in one name, sorted out for the leaf's issuer: good for the moments within both spans."""

    lists: IssuerLists
    findings: tuple[Finding, ...]
    wants: tuple[Want, ...]
    held: Moment
    now: Moment
    signatures: tuple[int, int]


class Inquiry:
    """One look at the certificates of one path. ``findings``, ``wants`` and ``newest`` fill as it goes.

    ``kept`` is where the lists that speak for the leaf's issuer are kept for the next leaf; None: nowhere.
    """

    def __init__(
        self,
        grounds: Grounds,
        path: ValidatedPath,
        authorities: tuple[Authority, ...],
        presented: tuple[Certificate, ...],
        evidence: Evidence,
        run: Run,
        held: Moment,
        kept: dict[bytes, KeptLists] | None,
    ) -> None:
        self.authorities = authorities
        self.findings: list[Finding] = []
        self.wants: dict[Want, None] = {}
        self.newest = 0
        self._grounds = grounds
        self._policy = grounds.policy
        self._path = path
        self._presented = presented
        self._evidence = evidence
        self._run = run
        self._held = held
        self._kept = kept

    def look_at(self, certificate: Certificate, index: int, authorities: tuple[Authority, ...]) -> None:
        """Find out the status of one certificate of the path, and note what is to be said of it."""
        contradiction = conflict(certificate)
        if contradiction is not None:
            field = "tbsCertificate.extensions.noRevAvail"
            self.findings.append(codes.NO_REVOCATION_CONFLICT.at(index, field, conflict=contradiction))
        lacks: list[str] = []
        status = self._status(certificate, authorities, lacks)
        statement = status.statement
        if statement is None or status.kind is StatusKind.ENDED:
            self._note_unknown(certificate, index, authorities[0], lacks, statement)
        elif status.kind is StatusKind.GOOD:
            self.findings.append(_good(index, statement.source, statement.next_update))
        elif status.kind is StatusKind.STALE:
            if self._is_due(certificate, authority=index > 0):
                self.findings.append(_stale(certificate, index, status))
                self._want(certificate, authorities[0])
            else:  # no exception is in use where nothing need be known
                ended = f"{statement.source} ended at {rfc3339(as_time(statement.next_update))}"
                self._note_unknown(certificate, index, authorities[0], [ended], None)
        else:
            code = codes.ON_HOLD if status.kind is StatusKind.ON_HOLD else codes.REVOKED
            self.findings.append(_revoked(code, certificate, index, statement))

    def _status(self, certificate: Certificate, authorities: tuple[Authority, ...], lacks: list[str]) -> Status:
        """The status of ``certificate``, issued by the first of ``authorities``; to ``lacks`` what did not count."""
        evidence = self._evidence
        statements: list[Statement] = []
        answers = evidence.answers_about(certificate.serial_number) if evidence.ocsp else ()
        if answers:
            statements += statements_of_answers(
                answers,
                certificate,
                authorities[0].key,
                lambda response: self._signers.objection_to_response(response, authorities),
                lacks,
            )
        if evidence.crls:
            for name in _list_issuers(certificate):
                crls = evidence.crls_of(name.key)
                if crls:
                    lists = self._lists_of(name.key, crls, authorities)
                    stated = statements_of_lists(lists, certificate)
                    statements += stated
                    lacks += lists.objections
                    if not stated:
                        lacks += silences(lists)
                    self._want_deltas(certificate, lists)
        if not statements:
            return UNKNOWN
        for statement in statements:
            if statement.this_update > self.newest:
                self.newest = statement.this_update
        terms = self._grounds.terms
        if demands_ocsp(certificate):
            terms = self._grounds.ocsp_terms
            lacks.append(_OCSP_DEMANDED)
        status = conclude(statements, terms, self._held, self._run.moment)
        if status.kind in (StatusKind.UNKNOWN, StatusKind.ENDED):
            lacks += [
                _shortcoming(one, terms, self._held) for one in statements if one.says is Says.GOOD and one.reasons
            ]
        return status

    @lazy
    def _signers(self) -> Signers:
        grounds = self._grounds
        at_hand = (*self._evidence.certificates, *self._presented, *grounds.intermediates)
        run = Run(grounds.signer_paths.inputs, self._held, self._run.spending)
        # Under SHELL the dates of the path's authorities count already, or nothing of them does.
        dates = None if self._run.inputs.validity_model is ValidityModel.SHELL else self._run.moment
        return Signers(
            grounds.signer_paths,
            at_hand,
            run,
            lambda path: grounds.refusals(path, self._run.moment),  # a waiver ends at its time, whatever is renewed
            self._gap_of,
            dates,
        )

    def _lists_of(
        self, name_key: bytes, crls: tuple[CertificateRevocationList, ...], authorities: tuple[Authority, ...]
    ) -> IssuerLists:
        """The CRLs in this name, sorted out for certificates below ``authorities``."""
        if authorities is self.authorities and self._kept is not None:
            return self._recalled(self._kept, name_key, crls)
        return IssuerLists(crls, lambda crl: self._signers.objection_to_list(crl, authorities))

    def _recalled(
        self, kept: dict[bytes, KeptLists], name_key: bytes, crls: tuple[CertificateRevocationList, ...]
    ) -> IssuerLists:
        """The CRLs in this name, as sorted out before for another leaf of this issuer; now, if for none."""
        known = kept.get(name_key)
        if known is not None and known.held.covers(self._held.at) and known.now.covers(self._run.moment.at):
            self._run.spending.spend_signatures(*known.signatures)
        else:
            before = self._run.spending.signatures_left
            run = Run(self._run.inputs, Moment(self._run.moment.at), self._run.spending)
            held = Moment(self._held.at)
            own = Inquiry(self._grounds, self._path, self.authorities, self._presented, self._evidence, run, held, None)
            lists = own._lists_of(name_key, crls, own.authorities)
            spent = spent_since(before, self._run.spending.signatures_left)
            known = KeptLists(lists, tuple(own.findings), tuple(own.wants), held, run.moment, spent)
            if not self._run.spending.spent and len(kept) < _MOST_LISTS:
                kept[name_key] = known
        self._held.narrow(known.held.since, known.held.until)
        self._run.moment.narrow(known.now.since, known.now.until)
        if known.findings or known.wants:
            self.findings += known.findings
            self.wants.update(dict.fromkeys(known.wants))
        return known.lists

    def _gap_of(self, path: ValidatedPath, excepted: list[Finding]) -> str | None:
        """Why the status of a signer's path does not suffice; None where it does: ``excepted`` on it is told then.

        The CA certificates of the main path are judged by themselves. Its leaf is not passed over: what is found out
        about a signer is kept for other leaves.
        """
        authorities = authorities_of(path)
        stale: list[Finding] = []
        for index, certificate in enumerate(path.certificates):
            if certificate in self._path.authorities.certificates:
                continue
            status = self._status(certificate, authorities[index:], [])
            if status.kind in (StatusKind.REVOKED, StatusKind.ON_HOLD):
                return f"which is {status.kind.value} itself"
            if status.kind is not StatusKind.GOOD and self._is_due(certificate, authority=True):
                if status.kind is not StatusKind.STALE:
                    self._want(certificate, authorities[index])
                    return "whose own status is not known"
                stale.append(_stale(certificate, None, status))
        self.findings += stale
        known = self._path.authorities.certificates  # of these, and of the anchor, the main path tells
        for finding in excepted:
            place = finding.where.certificate
            if place is not None and place < len(path.certificates) and path.certificates[place] not in known:
                elsewhere = finding._replace(where=Where(None, finding.where.field))
                if elsewhere not in self.findings:
                    self.findings.append(elsewhere)
        return None

    def _is_due(self, certificate: Certificate, *, authority: bool) -> bool:
        """Whether the policy leaves the outcome open, or excepts, where the status of this certificate is not known."""
        if exemption(certificate, self._grounds.short_lived) is not None:
            return False
        return self._is_demanded(certificate, authority=authority)

    def _is_demanded(self, certificate: Certificate, *, authority: bool) -> bool:
        """Whether the policy leaves the outcome open where the status of this certificate is not known."""
        unknown = self._policy.unknown
        if authority and self._policy.depth is RevocationDepth.LEAF:
            return False
        return unknown is UnknownStatus.UNDECIDED or (
            unknown is UnknownStatus.UNDECIDED_IF_PUBLISHED and names_a_source(certificate)
        )

    def _note_unknown(
        self, certificate: Certificate, index: int, issuer: Authority, lacks: list[str], ended: Statement | None
    ) -> None:
        """Say what is not known, and why; ``ended`` is what would say "good", had it not ended."""
        reason = exemption(certificate, self._grounds.short_lived)
        if reason is not None:
            self.findings.append(codes.NOT_APPLICABLE.at(index, "", reason=reason))
            return
        unknown = self._policy.unknown
        if unknown is UnknownStatus.NOT_ASKED or (index and self._policy.depth is RevocationDepth.LEAF):
            return
        if unknown is not UnknownStatus.UNDECIDED and not lacks and not names_a_source(certificate):
            self.findings.append(codes.NOT_PUBLISHED.at(index))
            return
        wants = self._want(certificate, issuer)
        demanded = self._is_demanded(certificate, authority=index > 0)
        tried = sorted(self._evidence.failures)
        lacks += [f"{url}: {why}" for url, why in tried if any([url in want.urls for want in wants])]
        lacks += self._evidence.mute
        reasons = list(dict.fromkeys(lacks)) or ["no CRL and no OCSP response at hand speaks for it"]
        more = [f"and {len(reasons) - _MOST_REASONS} more"] if len(reasons) > _MOST_REASONS else []
        text = "; ".join(reasons[:_MOST_REASONS] + more)
        facts: dict[str, Fact] = {"subject": title(certificate), "reason": text}
        if not demanded:
            self.findings.append(codes.UNKNOWN_WARNING.at(index, "", **facts))
        elif ended is None:
            self.findings.append(codes.UNKNOWN.at(index, "", **facts))
        else:
            facts["next_update"] = as_time(ended.next_update)
            self.findings.append(codes.EVIDENCE_ENDED.at(index, "", **facts))
        others = unreachable_sources(certificate)
        if others and not wants:
            self.findings.append(codes.NO_WEB_SOURCE.at(index, "", sources=others))

    def _want(self, certificate: Certificate, issuer: Authority) -> list[Want]:
        sources = (RevocationSource.OCSP,) if demands_ocsp(certificate) else self._policy.sources
        wants = list(wants_of(certificate, issuer.key, sources))
        self.wants.update(dict.fromkeys(wants))
        return wants

    def _want_deltas(self, certificate: Certificate, lists: IssuerLists) -> None:
        """Want the delta CRLs that are pointed to, where none at hand lasts; they may know of a newer revocation."""
        points = certificate.extensions.freshest_crl + lists.freshest
        if points and all([self._held.reached(delta.next_update + 1) for delta in lists.deltas]):
            self.wants.update(dict.fromkeys(delta_wants(certificate, points)))


_OCSP_DEMANDED: Final = "the certificate demands an OCSP response (TLS feature status_request, RFC 7633)"


def spent_since(before: tuple[int, int], after: tuple[int, int]) -> tuple[int, int]:
    """The signature checks between two states of `Spending.signatures_left`."""
    return before[0] - after[0], before[1] - after[1]


# What a person could read.
_MOST_REASONS: Final = 5
# Ours: the issuers of CRLs that the certificates of one CA name; a partitioned PKI has a few.
_MOST_LISTS: Final = 64


def _list_issuers(certificate: Certificate) -> Iterable[Name]:
    """In whose name CRLs about ``certificate`` may be: its issuer's, and those of cRLIssuer, RFC 5280 4.2.1.13."""
    points = certificate.extensions.crl_distribution_points
    others = [name for point in points for name in point.crl_issuers]
    return dict.fromkeys((certificate.issuer, *others)) if others else (certificate.issuer,)


@lru_cache(maxsize=1024)
def _good(index: int, source: str, next_update: int) -> Finding:
    """The same for every certificate that a CRL does not list."""
    return codes.GOOD.at(index, "", source=source, next_update=as_time(next_update))


def _revoked(code: Code, certificate: Certificate, index: int, statement: Statement) -> Finding:
    reason = statement.reason or RevocationReason.UNSPECIFIED
    invalid_since = statement.invalidity_date
    return code.at(
        index,
        "",
        subject=title(certificate),
        revoked_at=as_time(statement.revoked_at),
        invalidity_date=None if invalid_since is None else as_time(invalid_since),
        reason=reason.value,
        source=statement.source,
    )


def _stale(certificate: Certificate, index: int | None, status: Status) -> Finding:
    statement = status.statement
    assert statement is not None  # noqa: S101, a stale status rests on one
    return codes.STALE.at(
        index,
        "",
        subject=title(certificate),
        source=statement.source,
        next_update=as_time(statement.next_update),
        until=as_time(status.until),
    )


def _shortcoming(good: Statement, terms: Terms, held: Moment) -> str:
    """Why a statement that is "good" does not settle the status, by the same comparisons as `conclude` makes."""
    if good.scope[0] not in terms.kinds:
        return f"{good.source} is not asked: only {' and '.join(sorted(terms.kinds))} may say that it is good"
    if not held.reached(good.this_update - terms.clock_skew):
        return f"{good.source} begins only at {rfc3339(as_time(good.this_update))}"
    if held.reached(good.next_update + 1):
        return f"{good.source} ended at {rfc3339(as_time(good.next_update))}"
    return f"{good.source} covers only some reasons of revocation"
