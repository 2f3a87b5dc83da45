"""The variables of RFC 5280 6.1.2, by their names.

Makes: `State`, `Run`.
May import: trust, x509, path siblings.
Must never: decide anything; `steps` does.
Read first: `State`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from devicetrust.path.budget import Spending
from devicetrust.path.inputs import PathInputs
from devicetrust.path.moment import Moment
from devicetrust.path.name_constraints import Subtrees
from devicetrust.path.policies import PolicyGraph
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.x509.certificate import EPOCH

__all__ = ["Run", "State", "as_time"]


class Run:
    """One verification: its inputs, its moment, and what it may still spend."""

    __slots__ = ("inputs", "moment", "spending")

    def __init__(self, inputs: PathInputs, moment: Moment, spending: Spending) -> None:
        self.inputs = inputs
        self.moment = moment
        self.spending = spending


class State:
    """The state variables of RFC 5280 6.1.2, after some certificates of a path.

    ``valid_policy_graph`` (a) is RFC 9618's in place of the tree. ``subtrees`` holds permitted_subtrees (b) and
    excluded_subtrees (c). ``working_public_key`` and ``working_issuer_name`` (g) to (j) are those of the issuer, found
    by the search, which checks them as gates. Its parts are immutable, so a copy is shallow.
    """

    __slots__ = (
        "explicit_policy",
        "inhibit_any_policy",
        "max_path_length",
        "policy_mapping",
        "subtrees",
        "user_constrained_policies",
        "valid_policy_graph",
    )

    def __init__(self, inputs: PathInputs, anchor: TrustAnchor | None, path_length: int) -> None:
        unlimited = path_length + 1
        self.valid_policy_graph = PolicyGraph.INITIAL
        self.subtrees = Subtrees.UNCONSTRAINED
        self.explicit_policy = 0 if inputs.initial_explicit_policy else unlimited
        self.inhibit_any_policy = 0 if inputs.initial_any_policy_inhibit else unlimited
        self.policy_mapping = 0 if inputs.initial_policy_mapping_inhibit else unlimited
        self.max_path_length = path_length
        self.user_constrained_policies: frozenset[str] = frozenset()
        for constraints in (
            inputs.initial_permitted_subtrees,
            inputs.initial_excluded_subtrees,
            None if anchor is None else anchor.constraints.names,
        ):
            if constraints is not None:
                self.subtrees = self.subtrees.narrowed(constraints)
        if anchor is not None and anchor.constraints.max_path_length is not None:
            self.max_path_length = min(self.max_path_length, anchor.constraints.max_path_length)

    def copy(self) -> State:
        """The same values, to be changed without changing these."""
        twin = State.__new__(State)
        twin.valid_policy_graph = self.valid_policy_graph
        twin.subtrees = self.subtrees
        twin.explicit_policy = self.explicit_policy
        twin.inhibit_any_policy = self.inhibit_any_policy
        twin.policy_mapping = self.policy_mapping
        twin.max_path_length = self.max_path_length
        twin.user_constrained_policies = self.user_constrained_policies
        return twin


def as_time(seconds: int) -> datetime:
    """Seconds since the epoch as an aware UTC datetime."""
    return EPOCH + timedelta(seconds=seconds)
