"""Policy processing: RFC 5280 6.1.2 to 6.1.5 by the graph of RFC 9618."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.path.policies import ANY_POLICY, PolicyGraph

GOLD, SILVER, RED, BLUE, WHITE, YELLOW = (f"2.999.{number}" for number in range(1, 7))
ANY = frozenset({ANY_POLICY})


class Budget:
    def __init__(self, nodes: int = 1_000_000) -> None:
        self.nodes = nodes

    def spend_policy_nodes(self, count: int, /) -> bool:
        self.nodes -= count
        return self.nodes >= 0


def extended(graph: PolicyGraph, *policies: str, inhibited: bool = False) -> PolicyGraph:
    return graph.extended(policies, any_policy_inhibited=inhibited, budget=Budget())


def mapped(graph: PolicyGraph, *mappings: tuple[str, str], inhibited: bool = False) -> PolicyGraph:
    return graph.mapped(mappings, policy_mapping_inhibited=inhibited)


class TestGraph:
    def test_the_initial_graph_is_valid_for_any_policy(self) -> None:
        """RFC 9618 5.2: before the first certificate the graph is one anyPolicy node."""
        assert PolicyGraph.INITIAL.authority_constrained() == ANY
        assert not PolicyGraph.INITIAL.is_null

    def test_without_certificate_policies_the_graph_is_null(self) -> None:
        """6.1.3 (e): a certificate without the extension makes the graph NULL, and NULL it stays."""
        null = PolicyGraph.INITIAL.extended(None, any_policy_inhibited=False, budget=Budget())
        assert null.is_null
        assert extended(null, GOLD).is_null
        assert mapped(null, (GOLD, RED)).is_null
        assert null.user_constrained(ANY) == frozenset()

    def test_the_example_of_the_rfc(self) -> None:
        """RFC 9618 3.1: policies that are neither asserted nor mapped along the whole path fall out."""
        oid1, oid2, oid3, oid4, oid5, oid6 = (f"2.999.3.{number}" for number in range(1, 7))
        ca = mapped(extended(PolicyGraph.INITIAL, oid1, oid2, oid5), (oid1, oid3), (oid1, oid4))
        leaf = extended(ca, oid2, oid3, oid6)
        assert leaf.authority_constrained() == {oid1, oid2}

    def test_a_node_may_have_several_parents(self) -> None:
        """6.1.3 (d)(1)(i), Figure 4: a policy that two nodes expect is one child of both."""
        red_and_blue = extended(PolicyGraph.INITIAL, RED, BLUE)
        expecting = mapped(red_and_blue, (RED, GOLD), (RED, WHITE), (BLUE, GOLD), (BLUE, YELLOW))
        assert extended(expecting, GOLD, SILVER).authority_constrained() == {RED, BLUE}
        assert extended(expecting, YELLOW).authority_constrained() == {BLUE}

    def test_an_unmatched_policy_hangs_below_any_policy(self) -> None:
        """6.1.3 (d)(1)(ii), Figure 5: under anyPolicy every asserted policy is valid."""
        anything = extended(PolicyGraph.INITIAL, ANY_POLICY)
        assert extended(anything, GOLD, SILVER).authority_constrained() == {GOLD, SILVER}

    def test_any_policy_takes_what_is_expected(self) -> None:
        """6.1.3 (d)(2), Figure 6: anyPolicy stands for each expected policy, and for no other."""
        expecting = mapped(extended(PolicyGraph.INITIAL, RED, BLUE), (RED, GOLD), (RED, SILVER), (BLUE, GOLD))
        leaf = extended(expecting, ANY_POLICY)
        assert leaf.authority_constrained() == {RED, BLUE}
        assert extended(leaf, SILVER).authority_constrained() == {RED}
        assert extended(leaf, WHITE).is_null

    def test_inhibited_any_policy_is_ignored(self) -> None:
        """6.1.3 (d)(2): where anyPolicy is inhibited it matches nothing, and the other policies still do."""
        assert extended(PolicyGraph.INITIAL, ANY_POLICY, inhibited=True).is_null
        assert extended(PolicyGraph.INITIAL, ANY_POLICY, GOLD, inhibited=True).authority_constrained() == {GOLD}

    def test_a_mapping_replaces_the_policy(self) -> None:
        """6.1.4 (b)(1): a mapped policy is expected as its subject policy only, and is valid as itself."""
        ca = mapped(extended(PolicyGraph.INITIAL, GOLD), (GOLD, RED))
        assert extended(ca, GOLD).is_null
        assert extended(ca, RED).authority_constrained() == {GOLD}

    def test_a_mapping_from_below_any_policy(self) -> None:
        """6.1.4 (b)(2): under anyPolicy a mapped policy becomes valid without having been asserted."""
        ca = mapped(extended(PolicyGraph.INITIAL, ANY_POLICY), (GOLD, RED))
        assert extended(ca, RED).authority_constrained() == {GOLD}
        assert extended(ca, BLUE).authority_constrained() == {BLUE}

    def test_an_inhibited_mapping_deletes_the_policy(self) -> None:
        """6.1.4 (b)(3): where mapping is inhibited a mapped policy ends, and with the last one the graph."""
        ca = extended(PolicyGraph.INITIAL, GOLD, SILVER)
        assert mapped(ca, (GOLD, RED), inhibited=True).authority_constrained() == {SILVER}
        assert mapped(ca, (GOLD, RED), (SILVER, RED), inhibited=True).is_null

    @pytest.mark.parametrize("mapping", [(ANY_POLICY, GOLD), (GOLD, ANY_POLICY)])
    @pytest.mark.parametrize("inhibited", [True, False])
    def test_any_policy_is_never_mapped(self, mapping: tuple[str, str], inhibited: bool) -> None:
        """6.1.4 (a): a mapping to or from anyPolicy is an error, so no policy is valid after it."""
        assert mapped(extended(PolicyGraph.INITIAL, ANY_POLICY, GOLD), mapping, inhibited=inhibited).is_null

    def test_the_users_set(self) -> None:
        """RFC 9618 5.5 (g)(6): the user's policies are kept, and anyPolicy of the path stands for each of them."""
        gold = extended(PolicyGraph.INITIAL, GOLD)
        assert gold.user_constrained(ANY) == {GOLD}
        assert gold.user_constrained(frozenset({GOLD, SILVER})) == {GOLD}
        assert gold.user_constrained(frozenset({SILVER})) == frozenset()
        anything = extended(PolicyGraph.INITIAL, GOLD, ANY_POLICY)
        assert anything.user_constrained(ANY) == {GOLD, ANY_POLICY}
        assert anything.user_constrained(frozenset({SILVER})) == {SILVER}
        assert anything.user_constrained(frozenset()) == frozenset()

    def test_a_graph_never_changes(self) -> None:
        """A CA's graph serves every certificate below it: extending and mapping leave it as it was."""
        ca = extended(PolicyGraph.INITIAL, GOLD, SILVER, ANY_POLICY)
        first = [extended(ca, GOLD).authority_constrained(), extended(ca, RED).authority_constrained()]
        for inhibited in (False, True):
            mapped(ca, (GOLD, RED), (SILVER, RED), (BLUE, RED), inhibited=inhibited)
        second = [extended(ca, GOLD).authority_constrained(), extended(ca, RED).authority_constrained()]
        assert first == second == [{GOLD}, {RED}]
        assert ca.authority_constrained() == {GOLD, SILVER, ANY_POLICY}

    def test_a_spent_budget_ends_in_null(self) -> None:
        """A path whose policies exceed the budget is valid for none of them."""
        budget = Budget(nodes=2)
        graph = PolicyGraph.INITIAL.extended((GOLD, SILVER, RED), any_policy_inhibited=False, budget=budget)
        assert graph.is_null
        assert budget.nodes < 0


class TestGrowth:
    def test_the_graph_grows_linearly(self) -> None:
        """RFC 9618 4.1: where the tree of RFC 5280 would have 10**levels leaves, each level costs the same."""
        sizes = [size(under_full_mappings(levels=levels, policies=10)) for levels in (10, 20, 30)]
        assert sizes[2] - sizes[1] == sizes[1] - sizes[0]

    def test_the_budget_is_spent_linearly(self) -> None:
        """RFC 9618 4.1: the nodes charged are the policies asserted, whatever is mapped to what."""
        budget = Budget(nodes=20 * 10)
        graph = under_full_mappings(levels=20, policies=10, budget=budget)
        assert budget.nodes == 0
        assert graph.authority_constrained() == {f"2.999.7.{number}" for number in range(10)}

    def test_any_policy_is_charged_for_what_it_takes(self) -> None:
        """6.1.3 (d)(2) makes a node of each expected policy, so anyPolicy costs as many."""
        budget = Budget(nodes=1 + 6)
        ca = mapped(extended(PolicyGraph.INITIAL, GOLD), *((GOLD, f"2.999.8.{number}") for number in range(6)))
        assert not ca.extended((ANY_POLICY,), any_policy_inhibited=False, budget=budget).is_null
        assert budget.nodes == 0


def under_full_mappings(*, levels: int, policies: int, budget: Budget | None = None) -> PolicyGraph:
    """A path of ``levels`` CAs, each mapping each of its policies to all of them (RFC 9618 3.2)."""
    oids = tuple(f"2.999.7.{number}" for number in range(policies))
    mappings = tuple((issuer, subject) for issuer in oids for subject in oids)
    graph = PolicyGraph.INITIAL
    for _ in range(levels):
        graph = graph.extended(oids, any_policy_inhibited=False, budget=budget or Budget())
        graph = graph.mapped(mappings, policy_mapping_inhibited=False)
    return graph


def size(graph: PolicyGraph) -> int:
    """How many objects of policies.py the graph holds, each counted once."""
    seen: set[int] = set()
    pending: list[Any] = [graph]
    held = 0
    while pending:
        thing = pending.pop()
        if id(thing) in seen or isinstance(thing, str | type):
            continue
        seen.add(id(thing))
        held += type(thing).__module__ == PolicyGraph.__module__
        pending.extend(gc.get_referents(thing))
    return held


# The tree of RFC 5280, written down as it stands there: each node is the path of valid policies that leads to it.
Tree = dict[tuple[str, ...], frozenset[str]]


class Step(NamedTuple):
    policies: tuple[str, ...] | None
    any_policy_inhibited: bool
    mappings: tuple[tuple[str, str], ...]
    policy_mapping_inhibited: bool


OIDS = st.sampled_from([GOLD, SILVER, RED, BLUE])
STEPS = st.builds(
    Step,
    st.none() | st.lists(OIDS | st.just(ANY_POLICY), unique=True, max_size=4).map(tuple),
    st.booleans(),
    st.lists(st.tuples(OIDS, OIDS), max_size=5).map(tuple),
    st.sampled_from([False, False, True]),
)


@given(st.lists(STEPS, min_size=1, max_size=5), st.just(ANY) | st.frozensets(OIDS, max_size=4))
def test_the_graph_gives_what_the_tree_gives(chain: list[Step], wanted: frozenset[str]) -> None:
    """RFC 9618 4: the graph yields the same policies as the tree of RFC 5280."""
    tree: Tree = {(): ANY}
    graph = PolicyGraph.INITIAL
    for depth, step in enumerate(chain, start=1):
        tree = tree_extended(tree, depth, step)
        graph = graph.extended(step.policies, any_policy_inhibited=step.any_policy_inhibited, budget=Budget())
        assert graph.is_null == (not tree)
        if depth < len(chain):
            tree = tree_mapped(tree, depth, step)
            graph = graph.mapped(step.mappings, policy_mapping_inhibited=step.policy_mapping_inhibited)
            assert graph.is_null == (not tree)
    assert graph.user_constrained(wanted) == tree_intersected(tree, len(chain), wanted)


def valid_policy(path: tuple[str, ...]) -> str:
    return path[-1] if path else ANY_POLICY


def pruned(tree: Tree, depth: int) -> Tree:
    """RFC 5280 6.1.3 (d)(3)."""
    alive = {path[:length] for path in tree if len(path) == depth for length in range(depth + 1)}
    return {path: expected for path, expected in tree.items() if path in alive}


def tree_extended(tree: Tree, depth: int, step: Step) -> Tree:
    """RFC 5280 6.1.3 (d) and (e)."""
    if step.policies is None:
        return {}
    above = {path: expected for path, expected in tree.items() if len(path) == depth - 1}
    new: Tree = {}
    for policy in step.policies:
        if policy == ANY_POLICY:
            continue
        parents = [path for path, expected in above.items() if policy in expected]
        parents = parents or [path for path in above if valid_policy(path) == ANY_POLICY]
        new.update({(*path, policy): frozenset({policy}) for path in parents})
    if ANY_POLICY in step.policies and not step.any_policy_inhibited:
        for path, expected in above.items():
            for policy in expected:
                new.setdefault((*path, policy), frozenset({policy}))
    return pruned(tree | new, depth)


def tree_mapped(tree: Tree, depth: int, step: Step) -> Tree:
    """RFC 5280 6.1.4 (b)."""
    tree = dict(tree)
    for issuer in {issuer for issuer, _ in step.mappings}:
        equivalents = frozenset(subject for source, subject in step.mappings if source == issuer)
        nodes = [path for path in tree if len(path) == depth and valid_policy(path) == issuer]
        anything = [path for path in tree if len(path) == depth and valid_policy(path) == ANY_POLICY]
        if step.policy_mapping_inhibited:
            for path in nodes:
                del tree[path]
        elif nodes:
            tree.update(dict.fromkeys(nodes, equivalents))
        else:
            tree.update({(*path[:-1], issuer): equivalents for path in anything})
    return pruned(tree, depth)


def tree_intersected(tree: Tree, depth: int, wanted: frozenset[str]) -> frozenset[str]:
    """RFC 5280 6.1.5 (g), then the policies that hang directly below anyPolicy."""
    below_any = {path for path in tree if path and valid_policy(path[:-1]) == ANY_POLICY}
    if wanted != ANY:
        refused = {path for path in below_any if valid_policy(path) not in wanted | ANY}
        tree = {path: e for path, e in tree.items() if not any(path[: len(root)] == root for root in refused)}
        for anything in [path for path in tree if len(path) == depth and valid_policy(path) == ANY_POLICY]:
            for policy in wanted - {valid_policy(path) for path in below_any}:
                tree[(*anything[:-1], policy)] = frozenset({policy})
            del tree[anything]
        tree = pruned(tree, depth)
    roots = {path for path in tree if path and valid_policy(path[:-1]) == ANY_POLICY}
    return frozenset(valid_policy(path) for path in roots if valid_policy(path) != ANY_POLICY or len(path) == depth)


# NIST PKITS 4.8 to 4.12 whole: policies, policy constraints, mappings, inhibitAnyPolicy.
PKITS_SECTIONS = ("4.8", "4.9", "4.10", "4.11", "4.12")


def pkits() -> list[Any]:
    beside = Path(__file__).parents[3] / "shared" / "conformance" / "pkits.json"
    source = Path(os.environ.get("DEVICETRUST_PKITS", beside))
    if not source.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no pkits.json: set DEVICETRUST_PKITS to its path"))]
    tests = json.loads(source.read_text())
    return [pytest.param(test, id=test["id"]) for test in tests if test["section"] in PKITS_SECTIONS]


@pytest.mark.parametrize("test", pkits())
def test_pkits(test: dict[str, Any]) -> None:
    """PKITS: the path is valid, and for which policies, exactly as the suite says."""
    policies = valid_policies(
        [pkits_certificate(name) for name in test["chain"][1:]],
        frozenset(test["initial_policy_set"]),
        explicit_policy=test["explicit_policy"],
        inhibit_policy_mapping=test["inhibit_policy_mapping"],
        inhibit_any_policy=test["inhibit_any_policy"],
    )
    expected = frozenset(test["expected_user_constrained_policy_set"]) if test["expected"] == "valid" else None
    assert policies == expected


def valid_policies(
    chain: list[x509.Certificate],
    user_initial_policy_set: frozenset[str],
    *,
    explicit_policy: bool,
    inhibit_policy_mapping: bool,
    inhibit_any_policy: bool,
) -> frozenset[str] | None:
    """The policy parts of RFC 5280 6.1.2 to 6.1.5: the user-constrained set, None where the path fails."""
    n = len(chain)
    explicit = 0 if explicit_policy else n + 1
    mapping = 0 if inhibit_policy_mapping else n + 1
    any_policy = 0 if inhibit_any_policy else n + 1
    graph = PolicyGraph.INITIAL
    for i, certificate in enumerate(chain, start=1):
        self_issued = certificate.subject == certificate.issuer
        inhibited = not (any_policy > 0 or (i < n and self_issued))
        graph = graph.extended(policies_of(certificate), any_policy_inhibited=inhibited, budget=Budget())
        if explicit == 0 and graph.is_null:
            return None
        require_explicit, inhibit_mapping = constraints_of(certificate)
        if i == n:
            explicit = 0 if require_explicit == 0 else max(explicit - 1, 0)
            break
        mappings = mappings_of(certificate)
        if any(ANY_POLICY in pair for pair in mappings):
            return None
        graph = graph.mapped(mappings, policy_mapping_inhibited=mapping == 0)
        if not self_issued:
            explicit, mapping, any_policy = (max(value - 1, 0) for value in (explicit, mapping, any_policy))
        explicit = explicit if require_explicit is None else min(explicit, require_explicit)
        mapping = mapping if inhibit_mapping is None else min(mapping, inhibit_mapping)
        skip_certificates = extension(certificate, x509.InhibitAnyPolicy)
        any_policy = any_policy if skip_certificates is None else min(any_policy, skip_certificates.skip_certs)
    constrained = graph.user_constrained(user_initial_policy_set)
    return constrained if explicit > 0 or constrained else None


def pkits_certificate(name: str) -> x509.Certificate:
    vectors = pytest.importorskip("cryptography_vectors")
    with vectors.open_vector_file(f"x509/PKITS_data/certs/{name}", "rb") as file:
        return x509.load_der_x509_certificate(file.read())


def extension(certificate: x509.Certificate, kind: type[Any]) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def policies_of(certificate: x509.Certificate) -> tuple[str, ...] | None:
    policies = extension(certificate, x509.CertificatePolicies)
    return None if policies is None else tuple(each.policy_identifier.dotted_string for each in policies)


def constraints_of(certificate: x509.Certificate) -> tuple[int | None, int | None]:
    constraints = extension(certificate, x509.PolicyConstraints)
    return (constraints.require_explicit_policy, constraints.inhibit_policy_mapping) if constraints else (None, None)


def mappings_of(certificate: x509.Certificate) -> tuple[tuple[str, str], ...]:
    """PolicyMappings ::= SEQUENCE OF SEQUENCE { issuerDomainPolicy OID, subjectDomainPolicy OID }."""
    for each in certificate.extensions:
        if each.oid.dotted_string == "2.5.29.33":
            (content,) = (value for _, value in elements(each.value.value))
            pairs = ([oid(value) for _, value in elements(pair)] for _, pair in elements(content))
            return tuple((issuer, subject) for issuer, subject in pairs)
    return ()


def elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of ``der`` as (tag, content); lengths below 128 and of one octet are enough for PKITS."""
    while der:
        header, length = (3, der[2]) if der[1] == 0x81 else (2, der[1])
        yield der[0], der[header : header + length]
        der = der[header + length :]


def oid(content: bytes) -> str:
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))
