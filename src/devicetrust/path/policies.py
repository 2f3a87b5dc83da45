"""Which certificate policies a path is valid for: the policy graph of RFC 9618.

Makes: `PolicyGraph`, and `ANY_POLICY`.
May import: the standard library.
Must never: see a certificate, or keep the counters explicit_policy, policy_mapping and inhibit_anyPolicy.
Read first: `PolicyGraph.extended`, then `_Lineage`.

A graph is a value: `extended` and `mapped` make new ones that share what they have in common. So the graph of a CA
path is worked out once and serves every certificate below it.

The output asks one thing of the graph: which policies hang directly below anyPolicy and still have a descendant
among the newest nodes (RFC 9618 5.5 (g)(2) to (4)). So only the newest nodes are kept, each with its lineage, and
lineages point upwards alone. A node without children is then not reachable from the newest ones: the pruning of
6.1.3 (d)(3) and 6.1.4 (b)(3)(ii) needs no step of its own. There are at most as many lineages as there are policies
and mappings in the path's certificates, whatever maps to what.

Deviations
- Policy qualifiers are left out, as RFC 9618 4.2 allows.
- A mapping to or from anyPolicy fails the path in 6.1.4 (a), which the caller checks; here it makes the graph NULL.
- A spent budget makes the graph NULL: the path is then valid for no policy, and the budget says that it is spent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Protocol

__all__ = ["ANY_POLICY", "PolicyGraph", "PolicyNodeBudget"]

ANY_POLICY = "2.5.29.32.0"


class PolicyNodeBudget(Protocol):
    """What bounds the work of policy processing."""

    def spend_policy_nodes(self, count: int, /) -> bool:
        """Take ``count`` nodes from the budget; False when it does not hold as many."""
        ...


class PolicyGraph:
    """The valid_policy_graph after some certificates of a path. Immutable.

    RFC 5280 6.1.2 (a), as RFC 9618 5.2 replaces it. ``PolicyGraph.INITIAL`` is the single anyPolicy node before the
    first certificate, ``PolicyGraph.NULL`` the graph that no policy survived.
    """

    __slots__ = ("_expected",)

    INITIAL: ClassVar[PolicyGraph]
    NULL: ClassVar[PolicyGraph]

    def __init__(self, expected: dict[str, _Lineage]) -> None:
        # From a policy that the next certificate may assert to the lineage of the nodes that expect it. Right after
        # `extended` every node expects itself, so the keys are then also the valid policies of the newest nodes.
        self._expected = expected

    @property
    def is_null(self) -> bool:
        """Whether no policy is valid for the path; once NULL, a graph stays NULL."""
        return not self._expected

    def extended(
        self, policies: tuple[str, ...] | None, *, any_policy_inhibited: bool, budget: PolicyNodeBudget
    ) -> PolicyGraph:
        """The graph after a certificate that asserts ``policies`` (None: it has no certificatePolicies extension).

        RFC 5280 6.1.3 (d) and (e), as RFC 9618 5.3 replaces them. ``any_policy_inhibited`` is for the caller to
        work out: inhibit_anyPolicy is 0 and the certificate is not a self-issued intermediate.
        """
        expected = self._expected
        if policies is None or not expected:
            return NULL
        takes_all = not any_policy_inhibited and ANY_POLICY in policies
        if not budget.spend_policy_nodes(len(policies) + (len(expected) if takes_all else 0)):
            return NULL
        nodes: dict[str, _Lineage] = {}
        for policy in policies:
            if policy == ANY_POLICY:
                continue
            lineage = expected.get(policy)
            if lineage is not None:
                nodes[policy] = lineage
            elif ANY_POLICY in expected:
                nodes[policy] = _Lineage(policy)
        if takes_all:
            for policy, lineage in expected.items():
                nodes.setdefault(policy, lineage)
        return PolicyGraph(nodes) if nodes else NULL

    def mapped(self, mappings: tuple[tuple[str, str], ...], *, policy_mapping_inhibited: bool) -> PolicyGraph:
        """The graph after a CA's ``mappings`` from issuerDomainPolicy to subjectDomainPolicy.

        To be called at most once after each `extended`, with all mappings of the certificate.
        RFC 5280 6.1.4 (b), as RFC 9618 5.4 replaces it. ``policy_mapping_inhibited`` means: policy_mapping is 0.
        """
        if not mappings or not self._expected:
            return self
        if any(ANY_POLICY in mapping for mapping in mappings):
            return NULL
        if policy_mapping_inhibited:
            mapped = {issuer for issuer, _ in mappings}
            left = {policy: lineage for policy, lineage in self._expected.items() if policy not in mapped}
            return PolicyGraph(left) if left else NULL
        return self._with_expectations(mappings)

    def authority_constrained(self) -> frozenset[str]:
        """The policies that the authorities of the path agree on; anyPolicy among them means: any other as well.

        The authority_constrained_policy_set of RFC 9618 5.5 (g)(1) to (4).
        """
        if self.is_null:
            return frozenset()
        found: set[str] = set()
        seen: set[_Lineage] = set()
        pending = list(self._expected.values())
        while pending:
            lineage = pending.pop()
            if lineage in seen:
                continue
            seen.add(lineage)
            if lineage.parents:
                pending.extend(lineage.parents)
            else:
                found.add(lineage.policy)
        return frozenset(found)

    def user_constrained(self, user_initial_policy_set: frozenset[str]) -> frozenset[str]:
        """The policies of ``user_initial_policy_set`` that the path is valid for; anyPolicy in it asks for all.

        The user_constrained_policy_set of RFC 9618 5.5 (g)(5) and (6). An empty initial set gives an empty result.
        """
        authority_constrained = self.authority_constrained()
        if ANY_POLICY in user_initial_policy_set:
            return authority_constrained
        if ANY_POLICY in authority_constrained:
            return user_initial_policy_set
        return authority_constrained & user_initial_policy_set

    def __repr__(self) -> str:
        return "<PolicyGraph NULL>" if self.is_null else f"<PolicyGraph expecting {', '.join(sorted(self._expected))}>"

    def _with_expectations(self, mappings: tuple[tuple[str, str], ...]) -> PolicyGraph:
        """6.1.4 (b)(1) and (2): a mapped node expects its subject policies instead of itself."""
        expected = self._expected
        subjects: dict[str, dict[str, None]] = {}
        for issuer, subject in mappings:
            subjects.setdefault(issuer, {})[subject] = None
        parents = {policy: [lineage] for policy, lineage in expected.items() if policy not in subjects}
        for issuer, equivalents in subjects.items():
            lineage = expected.get(issuer)
            if lineage is None:
                if ANY_POLICY not in expected:
                    continue
                lineage = _Lineage(issuer)
            for subject in equivalents:
                parents.setdefault(subject, []).append(lineage)
        return PolicyGraph({subject: _joined(lineages) for subject, lineages in parents.items()})


class _Lineage:
    """Where nodes come from: from ``policy`` directly below anyPolicy, or from every one of ``parents``.

    A node with one parent other than anyPolicy has the lineage of that parent, so chains cost nothing. Compared by
    identity: a comparison by value would walk every path of the graph.
    """

    __slots__ = ("parents", "policy")

    def __init__(self, policy: str, parents: tuple[_Lineage, ...] = ()) -> None:
        self.policy = policy
        self.parents = parents


def _joined(lineages: Iterable[_Lineage]) -> _Lineage:
    parents = tuple(dict.fromkeys(lineages))
    return parents[0] if len(parents) == 1 else _Lineage("", parents)


NULL = PolicyGraph({})
PolicyGraph.NULL = NULL
PolicyGraph.INITIAL = PolicyGraph({ANY_POLICY: _Lineage(ANY_POLICY)})
