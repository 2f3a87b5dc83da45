"""RFC 5280 section 6.1, step by step.

Makes: the tuples `BASIC_PROCESSING`, `PREPARE_NEXT`, `WRAP_UP` and `ANCHOR`, in the order they run.
May import: findings, x509, trust, path siblings.
Must never: search for issuers, or decide whether a finding blocks.
Read first: `BASIC_PROCESSING`.

Each step asserts what its first line says, carries its clause in ``clause``, and returns the findings where the
assertion does not hold. (Steps are functions, not generators: ten of them run for every device, and nearly all find
nothing.) Steps go on after a finding, so that a verdict holds all that is wrong. The gates, 6.1.3 (a)(1) and (a)(4),
stop a path, and are the search's.

Deviations
- The tree of policies is the graph of RFC 9618.
- Revocation, 6.1.3 (a)(3), is judged after the path (``revocation``), not here.
- The working key, algorithm and issuer name, 6.1.4 (c) to (f), are those of the certificate above in the path, which
  the search checks; DSA and with it the inheritance of parameters is refused.
- A version 1 anchor counts as a CA: that it is one is the decision of whoever made it an anchor, 6.1.4 (k).
- keyUsage and basicConstraints of an anchor count only under ``AnchorChecks.AS_CERTIFICATE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from devicetrust.findings import Code, Finding
from devicetrust.path import codes
from devicetrust.path.inputs import PurposeMatching
from devicetrust.path.name_constraints import ViolationKind
from devicetrust.path.policies import ANY_POLICY, PolicyGraph
from devicetrust.path.state import Run, State, as_time
from devicetrust.path.strength import judge_key, judge_signature
from devicetrust.path.titles import title
from devicetrust.x509.certificate import Certificate

__all__ = [
    "ALONE",
    "ANCHOR",
    "ANCHOR_NAME_AND_KEY",
    "BASIC_PROCESSING",
    "PREPARE_NEXT",
    "WRAP_UP",
    "Step",
]

Step: TypeAlias = Callable[[Run, State, Certificate, int], Iterable[Finding]]


def _clause(clause: str) -> Callable[[Step], Step]:
    def mark(step: Step) -> Step:
        step.clause = clause  # type: ignore[attr-defined]
        return step

    return mark


# Basic processing, 6.1.3


@_clause("RFC 5280 6.1.3 (a)(2)")
def within_validity(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The moment lies within notBefore and notAfter, both inclusive, in whole seconds."""
    not_before, not_after = certificate.validity
    begun, ended = run.moment.reached(not_before), run.moment.reached(not_after + 1)
    if begun and not ended:
        return ()
    if not begun:
        field, time = "tbsCertificate.validity.notBefore", as_time(not_before)
        early = codes.NOT_YET_VALID.at(index, field, not_before=time, subject=title(certificate))
        if not ended:
            return (early,)
    field, time = "tbsCertificate.validity.notAfter", as_time(not_after)
    late = codes.EXPIRED.at(index, field, not_after=time, subject=title(certificate))
    return (late,) if begun else (early, late)


@_clause("RFC 5280 6.1.3 (b), (c)")
def names_within_constraints(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every name lies within the permitted and outside of the excluded subtrees; self-issued CAs are exempt."""
    subtrees = state.subtrees
    if subtrees.is_unconstrained or (index and certificate.is_self_issued):
        return ()
    names = certificate.extensions.subject_alternative_names
    return [
        _NAME_CODES[violation.kind].at(index, violation.field, name=violation.name, constraint=violation.constraint)
        for violation in subtrees.violations(certificate.subject, names, run.spending)
    ]


@_clause("RFC 5280 6.1.3 (d), (e), (f)")
def policies_carry_on(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The policies asserted keep the policy graph alive, or no policy is required."""
    graph = state.valid_policy_graph
    if not graph.is_null:
        inhibited = state.inhibit_any_policy == 0 and not (index and certificate.is_self_issued)
        state.valid_policy_graph = graph.extended(
            certificate.extensions.policies, any_policy_inhibited=inhibited, budget=run.spending
        )
    if state.explicit_policy == 0 and state.valid_policy_graph.is_null:
        return (_no_policy(run, index),)
    return ()


@_clause("RFC 5280 4.1.1.2")
def algorithms_agree(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The signature algorithm inside the signed part is the one outside, parameters included."""
    if certificate.signature_algorithm != certificate.tbs_signature_algorithm:
        return (codes.ALGORITHMS_DIFFER.at(index, "signatureAlgorithm"),)
    return ()


@_clause("RFC 5280 4.1")
def encoding_admitted(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each departure from DER and section 4.1 is one that the profile tolerates on a certificate of this kind."""
    if not certificate.deviations:
        return ()
    reach = run.inputs.tolerances if index or _says_ca(certificate) else run.inputs.leaf_tolerances
    return [
        (codes.TOLERATED if deviation.tolerance in reach else codes.NOT_TOLERATED).at(
            index, deviation.field, tolerance=deviation.tolerance.value
        )
        for deviation in certificate.deviations
    ]


@_clause("RFC 5280 4.2")
def extensions_readable(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """Extensions stand in version 3 alone, each once, and each that limits the certificate can be read."""
    extensions = certificate.extensions
    if certificate.version != 3 and extensions.present:
        return (codes.EXTENSIONS_IN_OLD_VERSION.at(index, "tbsCertificate.version", version=certificate.version),)
    if not (extensions.unreadable or extensions.repeated):
        return ()
    findings = [codes.EXTENSION_REPEATED.at(index, _EXTENSIONS, oid=oid) for oid in sorted(extensions.repeated)]
    for oid, reason in sorted(extensions.unreadable.items()):
        grave = oid in _LIMITING or oid in extensions.critical
        code = codes.EXTENSION_UNREADABLE if grave else codes.MINOR_EXTENSION_UNREADABLE
        findings.append(code.at(index, _EXTENSIONS, oid=oid, reason=reason))
    return findings


@_clause("RFC 9325 4.5")
def strong_enough(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """Key and signature algorithm are ones that the strength policy admits."""
    strength = run.inputs.strength
    weak = judge_signature(strength, certificate, index), judge_key(strength, certificate.public_key, index)
    return () if weak == _NONE else [finding for finding in weak if finding is not None]


# Preparation for the next certificate, 6.1.4


@_clause("RFC 5280 6.1.4 (a), (b)")
def policies_mapped(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """No mapping names anyPolicy; the mappings are applied to the policy graph."""
    mappings = certificate.extensions.policy_mappings
    if not mappings:
        return ()
    if any(ANY_POLICY in mapping for mapping in mappings):
        state.valid_policy_graph = PolicyGraph.NULL
        return (codes.POLICY_MAPPING_ANY.at(index, f"{_EXTENSIONS}.policyMappings", subject=title(certificate)),)
    state.valid_policy_graph = state.valid_policy_graph.mapped(
        mappings, policy_mapping_inhibited=state.policy_mapping == 0
    )
    return ()


@_clause("RFC 5280 6.1.4 (g)")
def subtrees_narrowed(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The certificate's name constraints bind everything below it."""
    constraints = certificate.extensions.name_constraints
    if constraints is not None:
        state.subtrees = state.subtrees.narrowed(constraints)
    return ()


@_clause("RFC 5280 6.1.4 (h), (i), (j)")
def policy_counters(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The counters of policy processing go down by one, and to what the certificate's constraints ask for."""
    if not certificate.is_self_issued:
        state.explicit_policy = max(0, state.explicit_policy - 1)
        state.policy_mapping = max(0, state.policy_mapping - 1)
        state.inhibit_any_policy = max(0, state.inhibit_any_policy - 1)
    _limit_counters(state, certificate)
    return ()


@_clause("RFC 5280 6.1.4 (k)")
def is_a_ca(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """A certificate that issues others is of version 3 and says cA TRUE in basicConstraints."""
    constraints = certificate.extensions.basic_constraints
    if certificate.version != 3:
        reason = f"it is of version {certificate.version}, which cannot say that it is one"
    elif constraints is None:
        reason = "it has no basicConstraints"
    elif not constraints.ca:
        reason = "its basicConstraints says cA FALSE"
    else:
        return ()
    field = f"{_EXTENSIONS}.basicConstraints"
    return (codes.NOT_A_CA.at(index, field, subject=title(certificate), reason=reason),)


@_clause("RFC 5280 6.1.4 (l)")
def path_length_left(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The CAs above allow one more certificate here; self-issued ones do not count."""
    if certificate.is_self_issued:
        return ()
    if state.max_path_length <= 0:
        return (codes.PATH_TOO_LONG.at(index, f"{_EXTENSIONS}.basicConstraints", subject=title(certificate)),)
    state.max_path_length -= 1
    return ()


@_clause("RFC 5280 6.1.4 (m)")
def path_length_limited(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The certificate's pathLenConstraint binds everything below it."""
    constraints = certificate.extensions.basic_constraints
    if constraints is not None and constraints.path_length is not None:
        state.max_path_length = min(state.max_path_length, constraints.path_length)
    return ()


@_clause("RFC 5280 6.1.4 (n)")
def may_sign_certificates(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where keyUsage is present, it has keyCertSign."""
    usage = certificate.extensions.key_usage
    if usage is None or usage.key_cert_sign:
        return ()
    return (codes.CERTIFICATE_SIGNING_NOT_ALLOWED.at(index, f"{_EXTENSIONS}.keyUsage", subject=title(certificate)),)


@_clause("RFC 5280 6.1.4 (o), 6.1.5 (f)")
def critical_extensions_processed(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """Every critical extension is one that validation processes."""
    unknown = certificate.extensions.unprocessed_critical
    if not unknown:
        return ()
    processed = run.inputs.processed_extensions
    return [codes.CRITICAL_EXTENSION.at(index, _EXTENSIONS, oid=oid) for oid in unknown if oid not in processed]


@_clause("not in RFC 5280; CA/B BR 7.1.2.2")
def authority_serves_purposes(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """A CA that lists key purposes lists those asked for, where the profile matches purposes explicitly."""
    inputs = run.inputs
    found = certificate.extensions.extended_key_usage
    if found is None or inputs.purpose_matching is not PurposeMatching.EXPLICIT or _ANY_PURPOSE in found:
        return ()
    return _purposes_missing(inputs.key_purposes - found, found, certificate, index)


# Wrap-up, 6.1.5


@_clause("RFC 5280 6.1.5 (a), (b), (g)")
def policy_wrapped_up(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The path is valid for a policy of the user's set, or none is required."""
    graph = state.valid_policy_graph
    found_missing_before = state.explicit_policy == 0 and graph.is_null
    state.explicit_policy = max(0, state.explicit_policy - 1)
    constraints = certificate.extensions.policy_constraints
    if constraints is not None and constraints.require_explicit_policy == 0:
        state.explicit_policy = 0
    if not graph.is_null:
        state.user_constrained_policies = graph.user_constrained(run.inputs.user_initial_policy_set)
    if state.explicit_policy == 0 and not state.user_constrained_policies and not found_missing_before:
        return (_no_policy(run, index),)
    return ()


@_clause("RFC 5280 4.2.1.12")
def serves_purposes(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The leaf may be used for every key purpose that the profile asks for."""
    inputs = run.inputs
    if not inputs.key_purposes:
        return ()
    found = certificate.extensions.extended_key_usage
    if inputs.purpose_matching is PurposeMatching.RFC5280 and (found is None or _ANY_PURPOSE in found):
        return ()
    return _purposes_missing(inputs.key_purposes - (found or frozenset()), found, certificate, index)


BASIC_PROCESSING: Final[tuple[Step, ...]] = (
    encoding_admitted,
    extensions_readable,
    within_validity,
    algorithms_agree,
    strong_enough,
    names_within_constraints,
    policies_carry_on,
)
# What can be said of a certificate without a path.
ALONE: Final[tuple[Step, ...]] = BASIC_PROCESSING[:5]
PREPARE_NEXT: Final[tuple[Step, ...]] = (
    policies_mapped,
    subtrees_narrowed,
    policy_counters,
    is_a_ca,
    path_length_left,
    path_length_limited,
    may_sign_certificates,
    critical_extensions_processed,
    authority_serves_purposes,
)
WRAP_UP: Final[tuple[Step, ...]] = (policy_wrapped_up, critical_extensions_processed, serves_purposes)


# Anchors and gates


@_clause("RFC 5280 6.1.4 (k)")
def anchor_is_a_ca(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """An anchor's certificate of version 3 says cA TRUE; one of version 1 is a CA by the decision to trust it."""
    return is_a_ca(run, state, certificate, index) if certificate.version == 3 else ()


@_clause("RFC 5937 3.2")
def anchor_limits_policies(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The anchor's policyConstraints and inhibitAnyPolicy bind everything below it."""
    _limit_counters(state, certificate)
    return ()


@_clause("RFC 9325 4.5")
def anchor_key_strong_enough(run: Run, state: State, certificate: Certificate, index: int) -> Iterable[Finding]:
    """The anchor's key is one that the strength policy admits; its self-signature proves nothing and is not judged."""
    finding = judge_key(run.inputs.strength, certificate.public_key, index)
    return () if finding is None else (finding,)


ANCHOR: Final[tuple[Step, ...]] = (
    encoding_admitted,
    extensions_readable,
    within_validity,
    algorithms_agree,
    anchor_key_strong_enough,
    subtrees_narrowed,
    anchor_limits_policies,
    anchor_is_a_ca,
    path_length_limited,
    may_sign_certificates,
    critical_extensions_processed,
)
# What remains where only name and key count: that they were read without a leniency, and that the key is strong.
ANCHOR_NAME_AND_KEY: Final[tuple[Step, ...]] = (encoding_admitted, anchor_key_strong_enough)


_PURPOSES: Final = {
    "1.3.6.1.5.5.7.3.1": "serverAuth (1.3.6.1.5.5.7.3.1)",
    "1.3.6.1.5.5.7.3.2": "clientAuth (1.3.6.1.5.5.7.3.2)",
}
_NONE: Final = (None, None)
_EXTENSIONS: Final = "tbsCertificate.extensions"
_ANY_PURPOSE: Final = "2.5.29.37.0"
# basicConstraints, keyUsage, extKeyUsage, subjectAltName, nameConstraints, certificatePolicies, policyMappings,
# policyConstraints, inhibitAnyPolicy: an unreadable one of these is never tolerable, critical or not.
_LIMITING: Final = frozenset({f"2.5.29.{arc}" for arc in (19, 15, 37, 17, 30, 32, 33, 36, 54)})
_NAME_CODES: Final[dict[ViolationKind, Code]] = {
    ViolationKind.NOT_PERMITTED: codes.NAME_NOT_PERMITTED,
    ViolationKind.EXCLUDED: codes.NAME_EXCLUDED,
    ViolationKind.UNPROCESSABLE: codes.NAME_UNPROCESSABLE,
}


def _limit_counters(state: State, certificate: Certificate) -> None:
    constraints = certificate.extensions.policy_constraints
    if constraints is not None:
        if constraints.require_explicit_policy is not None:
            state.explicit_policy = min(state.explicit_policy, constraints.require_explicit_policy)
        if constraints.inhibit_policy_mapping is not None:
            state.policy_mapping = min(state.policy_mapping, constraints.inhibit_policy_mapping)
    inhibit = certificate.extensions.inhibit_any_policy
    if inhibit is not None:
        state.inhibit_any_policy = min(state.inhibit_any_policy, inhibit)


def _no_policy(run: Run, index: int) -> Finding:
    wanted = tuple(sorted(run.inputs.user_initial_policy_set))
    return codes.POLICY_NOT_VALID.at(index, f"{_EXTENSIONS}.certificatePolicies", wanted=wanted)


def _purposes_missing(
    missing: frozenset[str], found: frozenset[str] | None, certificate: Certificate, index: int
) -> Iterable[Finding]:
    if not missing:
        return ()
    field = f"{_EXTENSIONS}.extKeyUsage"
    facts = {"wanted": tuple(sorted(missing)), "found": None if found is None else tuple(sorted(found))}
    text = " and ".join(_PURPOSES.get(purpose, purpose) for purpose in sorted(missing))
    return (codes.PURPOSE_NOT_ALLOWED.at(index, field, subject=title(certificate), purpose=text, **facts),)


def _says_ca(certificate: Certificate) -> bool:
    constraints = certificate.extensions.basic_constraints
    return constraints is not None and constraints.ca
