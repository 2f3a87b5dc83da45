"""From a leaf to validated paths.

Makes: `PathValidator`, `ValidatedPath`, `Authorities`.
May import: findings, x509, trust, path siblings.
Must never: judge revocation, names asked for, or rules of a field; stop at the first finding.
Read first: `PathValidator.paths`.

What the CA certificates of a path contribute is worked out once (`Authorities`) and serves every leaf below them for
as long as no comparison with time would fall otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from devicetrust.findings import Finding
from devicetrust.path import codes
from devicetrust.path.inputs import AnchorChecks, PathInputs, ValidityModel
from devicetrust.path.moment import Moment
from devicetrust.path.policies import ANY_POLICY
from devicetrust.path.search import DeadEnd, Search, Way, check_signature
from devicetrust.path.state import Run, State, as_time
from devicetrust.path.steps import ALONE, ANCHOR, ANCHOR_NAME_AND_KEY, BASIC_PROCESSING, PREPARE_NEXT, WRAP_UP, Step
from devicetrust.path.strength import judge_key
from devicetrust.path.validity import DATES_IN_PATH, authority_dates
from devicetrust.trust.anchor import UNLIMITED, TrustAnchor
from devicetrust.trust.pool import IssuerPool
from devicetrust.trust.store import TrustStore
from devicetrust.trust.test_mark import TestAnchors, is_marked
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.signatures import Check

__all__ = ["Authorities", "PathValidator", "ValidatedPath"]


class Authorities:
    """The CA certificates of a path and its anchor, processed: what every leaf below them has in common.

    ``findings`` carry the indices of a whole path (0 is the leaf). Good for moments in ``since <= t < until``.
    ``vouches`` is False where the leaf stands alone, as the anchor itself or pinned. ``judged`` is where later judges
    keep what they found about these certificates, under a key of their own; nothing in it may depend on the leaf.
    """

    __slots__ = (
        "anchor",
        "certificates",
        "findings",
        "has_spent",
        "judged",
        "name_comparisons",
        "policy_nodes",
        "since",
        "state",
        "until",
        "up_to_anchor",
        "vouches",
    )

    def __init__(self, way: Way | None, run: Run, anchor: TrustAnchor | None, marked: tuple[Finding, ...]) -> None:
        self.certificates: Final = () if way is None else way.authorities
        self.anchor: Final = anchor
        self.up_to_anchor: Final = (*self.certificates, *(() if anchor is None else (anchor,)))
        self.vouches: Final = way is not None
        self.judged: dict[object, Any] = {}
        spending = run.spending
        before = spending.name_comparisons, spending.policy_nodes
        local = Run(run.inputs, Moment(run.moment.at), spending)
        self.state, findings = _process_authorities(local, self.certificates, anchor, way is not None)
        self.findings: Final = (*marked, *findings)
        self.name_comparisons = before[0] - spending.name_comparisons
        self.policy_nodes = before[1] - spending.policy_nodes
        self.has_spent = bool(self.name_comparisons or self.policy_nodes)
        self.since, self.until = local.moment.since, local.moment.until


class ValidatedPath:
    """A path whose every link verifies and on which every step of RFC 5280 6.1 was run. Only this room makes one.

    ``certificates`` is the leaf first and without the anchor; ``anchor`` is None for a pinned certificate.
    ``findings`` is what the steps found, errors among them: whether they block is the profile's word.
    """

    __slots__ = ("anchor", "authorities", "certificates", "findings", "user_constrained_policies")

    def __init__(
        self,
        leaf: Certificate,
        authorities: Authorities,
        findings: tuple[Finding, ...],
        user_constrained_policies: frozenset[str],
    ) -> None:
        self.certificates: Final = (leaf, *authorities.certificates)
        self.anchor: Final = authorities.anchor
        self.authorities: Final = authorities
        self.findings: Final = findings
        self.user_constrained_policies: Final = user_constrained_policies

    @property
    def above(self) -> tuple[Certificate | TrustAnchor, ...]:
        """What stands above the leaf, anchor last; nothing above a leaf that is the anchor, or pinned."""
        anchor = self.anchor
        if anchor is None or anchor.certificate == self.certificates[0]:
            return self.authorities.certificates
        return self.authorities.up_to_anchor


_LEAF_STEPS: Final = BASIC_PROCESSING + WRAP_UP

# Issuer name, key identifier and the presented certificates' fingerprints: what the first way for a leaf depends on.
_FirstKey: TypeAlias = "tuple[bytes, bytes | None, bytes]"

# Ours: CA paths met by one verifier; a hospital has dozens. A miss costs one preparation.
_MOST_PREPARED: Final = 1024
# Ours: honest peers present a few; what a stranger piles up is not remembered.
_MOST_PRESENTED: Final = 16


class PathValidator:
    """Finds and validates paths for one trust store, one pool of intermediates and one set of inputs.

    Thread-safe: its caches are bounded, and what they hold is never changed once put in.
    """

    def __init__(self, trust: TrustStore, pool: IssuerPool, inputs: PathInputs) -> None:
        self.trust: Final = trust
        self.pool: Final = pool
        self.inputs: Final = inputs
        self._dates_by_model: Final = inputs.validity_model is not ValidityModel.SHELL
        self._prepared: dict[Way, Authorities] = {}
        self._first: dict[_FirstKey, Way] = {}

    def known_path(self, leaf: Certificate, presented: tuple[Certificate, ...], run: Run) -> ValidatedPath | None:
        """The path that `paths` would yield first, where another leaf of the same issuer has shown the way.

        None where it is not known, or this leaf is not signed as that one was: `paths` then says the whole truth.
        """
        way = self._first.get(_first_key(leaf, presented)) if self._first else None
        if way is None or (self.trust.pinned and leaf in self.trust.pinned) or self.trust.anchors_of(leaf):
            return None
        authorities = way.authorities
        if leaf in authorities:
            return None
        key = authorities[0].public_key if authorities else way.anchor.public_key
        if check_signature(leaf, key, is_leaf=True) is not Check.VALID:
            return None
        return self._finished(leaf, way, run)

    def paths(
        self, leaf: Certificate, presented: tuple[Certificate, ...], run: Run
    ) -> Iterator[ValidatedPath | DeadEnd]:
        """Every path for ``leaf``, best first, and the dead ends met on the way, within the budget of ``run``.

        RFC 4158 and RFC 5280 6.1. A pinned leaf and a leaf that is an anchor are paths of one.
        """
        if leaf in self.trust.pinned:
            yield self._alone(leaf, None, run)
        anchors = self.trust.anchors_of(leaf)
        for anchor in anchors:
            yield self._alone(leaf, anchor, run)
        search = Search(self.trust, (self.pool, IssuerPool(presented)), run)
        told = 0
        first = not anchors and leaf not in self.trust.pinned
        for way in search.ways(leaf):
            if first and not search.dead_ends:
                self._remember(leaf, presented, way)
            first = False
            yield from search.dead_ends[told:]
            told = len(search.dead_ends)
            yield self._finished(leaf, way, run)
        yield from search.dead_ends[told:]

    def leaf_findings(self, certificates: tuple[Certificate, ...], run: Run) -> list[Finding]:
        """What can be said of the certificates of a dead end, each on its own, and of the leaf."""
        findings: list[Finding] = []
        state = State(self.inputs, None, len(certificates))
        for index, certificate in enumerate(certificates):
            for step in BASIC_PROCESSING if index == 0 else ALONE:
                findings += step(run, state, certificate, index)
        for step in WRAP_UP[1:]:
            findings += step(run, state, certificates[0], 0)
        return findings

    def _alone(self, leaf: Certificate, anchor: TrustAnchor | None, run: Run) -> ValidatedPath:
        return self._with_leaf(leaf, Authorities(None, run, anchor, self._test_only((leaf,), 0)), run)

    def _finished(self, leaf: Certificate, way: Way, run: Run) -> ValidatedPath:
        authorities = self._prepared.get(way)
        moment = run.moment
        if authorities is None or not authorities.since <= moment.at < authorities.until:
            marked = self._test_only((*way.authorities, way.anchor), 1)
            authorities = Authorities(way, run, way.anchor, marked)
            if len(self._prepared) >= _MOST_PREPARED:
                self._prepared.clear()
            if not run.spending.spent:
                self._prepared[way] = authorities
        elif authorities.has_spent:
            run.spending.spend_name_comparisons(authorities.name_comparisons)
            run.spending.spend_policy_nodes(authorities.policy_nodes)
        moment.narrow(authorities.since, authorities.until)
        return self._with_leaf(leaf, authorities, run)

    def _test_only(self, authorities: tuple[Certificate | TrustAnchor, ...], first: int) -> tuple[Finding, ...]:
        """No anchor or issuer is made for tests, unless the store is: ``anchor.test_only``. Not in RFC 5280."""
        if self.trust.test_anchors is TestAnchors.ADMITTED:
            return ()
        if not any([is_marked(one) for one in authorities]):
            return ()
        return tuple(
            codes.TEST_ONLY.at(index, "tbsCertificate.subject", subject=str(one.subject))
            for index, one in enumerate(authorities, first)
            if is_marked(one)
        )

    def _with_leaf(self, leaf: Certificate, authorities: Authorities, run: Run) -> ValidatedPath:
        state = authorities.state.copy()
        findings = list(authorities.findings)
        for step in _LEAF_STEPS:
            findings += step(run, state, leaf, 0)
        if self._dates_by_model:
            findings.extend(authority_dates(run, leaf, _with_dates(authorities, self.inputs)))
        anchor = authorities.anchor
        if anchor is not None and anchor.constraints != UNLIMITED:
            findings.extend(_anchor_limits(anchor, leaf, state, self.inputs))
        for limit in run.spending.spent:
            findings.append(codes.BUDGET_SPENT.at(None, "", limit=limit))
        return ValidatedPath(leaf, authorities, tuple(findings), state.user_constrained_policies)

    def _remember(self, leaf: Certificate, presented: tuple[Certificate, ...], way: Way) -> None:
        if len(presented) > _MOST_PRESENTED:
            return
        if len(self._first) >= _MOST_PREPARED:
            self._first.clear()
        self._first[_first_key(leaf, presented)] = way


def _first_key(leaf: Certificate, presented: tuple[Certificate, ...]) -> _FirstKey:
    fingerprints = b"".join([certificate.fingerprint for certificate in presented])
    return leaf.issuer.der, leaf.extensions.authority_key_identifier, fingerprints


def _process_authorities(
    run: Run, certificates: tuple[Certificate, ...], anchor: TrustAnchor | None, vouches: bool
) -> tuple[State, tuple[Finding, ...]]:
    """Initialisation (6.1.2), the anchor, and 6.1.3 with 6.1.4 for each CA certificate from the anchor down."""
    state = State(run.inputs, anchor, len(certificates) + 1)
    findings: list[Finding] = []
    if anchor is not None and anchor.certificate is None and vouches:
        weak = judge_key(run.inputs.strength, anchor.public_key, len(certificates) + 1)
        findings += [] if weak is None else [weak]
    if anchor is not None and anchor.certificate is not None and vouches:
        as_certificate = run.inputs.anchor_checks is AnchorChecks.AS_CERTIFICATE
        for step in _under_model(ANCHOR if as_certificate else ANCHOR_NAME_AND_KEY, run.inputs):
            findings += step(run, state, anchor.certificate, len(certificates) + 1)
    basic_processing = _under_model(BASIC_PROCESSING, run.inputs)
    for index in range(len(certificates), 0, -1):
        certificate = certificates[index - 1]
        for step in basic_processing:
            findings += step(run, state, certificate, index)
        for step in PREPARE_NEXT:
            findings += step(run, state, certificate, index)
    return state, tuple(findings)


def _under_model(steps: tuple[Step, ...], inputs: PathInputs) -> tuple[Step, ...]:
    """The steps on an authority: without its dates, where those depend on what it issued."""
    if inputs.validity_model is ValidityModel.SHELL:
        return steps
    return tuple(step for step in steps if step not in DATES_IN_PATH)


def _with_dates(authorities: Authorities, inputs: PathInputs) -> tuple[Certificate, ...]:
    """The certificates above the leaf whose dates count, its issuer first."""
    anchor = authorities.anchor
    if anchor is None or anchor.certificate is None or not authorities.vouches:
        return authorities.certificates
    if inputs.anchor_checks is AnchorChecks.NAME_AND_KEY:
        return authorities.certificates
    return (*authorities.certificates, anchor.certificate)


def _anchor_limits(anchor: TrustAnchor, leaf: Certificate, state: State, inputs: PathInputs) -> Iterator[Finding]:
    """What the owner of the trust store lets the anchor vouch for, RFC 5914 2 and RFC 5937 3."""
    limits = anchor.constraints
    if limits.distrust_after is not None:
        not_before = as_time(leaf.validity[0])
        if not_before > limits.distrust_after:
            yield codes.DISTRUSTED_AFTER.at(
                0,
                "tbsCertificate.validity.notBefore",
                anchor=str(anchor.subject),
                distrust_after=limits.distrust_after,
                not_before=not_before,
            )
    if limits.purposes is not None:
        used = inputs.key_purposes or leaf.extensions.extended_key_usage or frozenset({"2.5.29.37.0"})
        for purpose in sorted(used - limits.purposes):
            yield codes.ANCHOR_PURPOSE.at(0, "", anchor=str(anchor.subject), purpose=purpose)
    if limits.policies is not None:
        found = state.user_constrained_policies
        if ANY_POLICY not in limits.policies:
            state.user_constrained_policies = limits.policies if ANY_POLICY in found else found & limits.policies
        if not state.user_constrained_policies:
            yield codes.POLICY_NOT_VALID.at(0, "", wanted=tuple(sorted(limits.policies)))
