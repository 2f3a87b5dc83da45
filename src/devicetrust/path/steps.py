"""RFC 5280 section 6.1, step by step.

Makes: the tuples `GATES`, `BASIC_PROCESSING`, `PREPARE_NEXT`, `WRAP_UP` and `ANCHOR`, in the order they run.
May import: findings, x509, trust, path siblings.
Must never: search for issuers, or decide whether a finding blocks.
Read first: `BASIC_PROCESSING`.

Each step asserts what its first line says, carries its clause in ``clause``, and yields a finding where the assertion
does not hold. Steps go on after a finding, so that a verdict holds all that is wrong; only `GATES` stop a path.

Deviations
- The tree of policies is the graph of RFC 9618.
- Revocation, 6.1.3 (a)(3), is judged after the path (``revocation``), not here.
- The working key, algorithm and issuer name, 6.1.4 (c) to (f), are those of the certificate above in the path, which
  the search hands to `GATES`; DSA and with it the inheritance of parameters is refused.
- A version 1 anchor counts as a CA: that it is one is the decision of whoever made it an anchor, 6.1.4 (k).
- keyUsage and basicConstraints of an anchor count only under ``AnchorChecks.AS_CERTIFICATE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from devicetrust.findings import Code, Finding
from devicetrust.path import codes
from devicetrust.path.inputs import PurposeMatching
from devicetrust.path.name_constraints import ViolationKind
from devicetrust.path.policies import ANY_POLICY, PolicyGraph
from devicetrust.path.state import Run, State, as_time
from devicetrust.path.strength import judge_key, judge_signature
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.signatures import Check, signature_algorithm

__all__ = ["ANCHOR", "ANCHOR_NAME_AND_KEY", "BASIC_PROCESSING", "GATES", "PREPARE_NEXT", "WRAP_UP", "Step", "signature_finding"]

Step: TypeAlias = Callable[[Run, State, Certificate, int], Iterator[Finding]]


def _clause(clause: str) -> Callable[[Step], Step]:
    def mark(step: Step) -> Step:
        step.clause = clause  # type: ignore[attr-defined]
        return step

    return mark


# Basic processing, 6.1.3


@_clause("RFC 5280 6.1.3 (a)(2)")
def within_validity(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The moment lies within notBefore and notAfter, both inclusive, in whole seconds."""
    not_before, not_after = certificate.validity
    moment = run.moment
    if not moment.reached(not_before):
        yield codes.NOT_YET_VALID.at(
            index, "tbsCertificate.validity.notBefore", not_before=as_time(not_before), subject=_title(certificate)
        )
    if moment.reached(not_after + 1):
        yield codes.EXPIRED.at(
            index, "tbsCertificate.validity.notAfter", not_after=as_time(not_after), subject=_title(certificate)
        )


@_clause("RFC 5280 6.1.3 (b), (c)")
def names_within_constraints(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """Every name lies within the permitted and outside of the excluded subtrees; self-issued CAs are exempt."""
    subtrees = state.subtrees
    if subtrees.is_unconstrained or (index and certificate.is_self_issued):
        return
    names = certificate.subject_alternative_names
    for violation in subtrees.violations(certificate.subject, names, run.spending):
        yield _NAME_CODES[violation.kind].at(
            index, violation.field, name=violation.name, constraint=violation.constraint
        )


@_clause("RFC 5280 6.1.3 (d), (e), (f)")
def policies_carry_on(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The policies asserted keep the policy graph alive, or no policy is required."""
    graph = state.valid_policy_graph
    if not graph.is_null:
        inhibited = state.inhibit_any_policy == 0 and not (index and certificate.is_self_issued)
        state.valid_policy_graph = graph.extended(
            certificate.policies, any_policy_inhibited=inhibited, budget=run.spending
        )
    if state.explicit_policy == 0 and state.valid_policy_graph.is_null:
        yield _no_policy(run, index)


@_clause("RFC 5280 4.1.1.2")
def algorithms_agree(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The signature algorithm inside the signed part is the one outside, parameters included."""
    if certificate.signature_algorithm != certificate.tbs_signature_algorithm:
        yield codes.ALGORITHMS_DIFFER.at(index, "signatureAlgorithm")


@_clause("RFC 5280 4.1")
def encoding_admitted(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """Each departure from DER and section 4.1 is one that the profile tolerates on a certificate of this kind."""
    for deviation in certificate.deviations:
        reach = run.inputs.tolerances if index or _says_ca(certificate) else run.inputs.leaf_tolerances
        code = codes.TOLERATED if deviation.tolerance in reach else codes.NOT_TOLERATED
        yield code.at(index, deviation.field, tolerance=deviation.tolerance.value)


@_clause("RFC 5280 4.2")
def extensions_readable(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """Every extension occurs once, and each that limits the certificate can be read."""
    extensions = certificate.extensions
    if not (extensions.unreadable or extensions.repeated):
        return
    for oid in sorted(extensions.repeated):
        yield codes.EXTENSION_REPEATED.at(index, _EXTENSIONS, oid=oid)
    for oid, reason in sorted(extensions.unreadable.items()):
        grave = oid in _LIMITING or oid in extensions.critical
        code = codes.EXTENSION_UNREADABLE if grave else codes.MINOR_EXTENSION_UNREADABLE
        yield code.at(index, _EXTENSIONS, oid=oid, reason=reason)


@_clause("RFC 9325 4.5")
def strong_enough(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """Key and signature algorithm are ones that the strength policy admits."""
    yield from judge_signature(run.inputs.strength, certificate, index)
    yield from judge_key(run.inputs.strength, certificate.public_key, index)


# Preparation for the next certificate, 6.1.4


@_clause("RFC 5280 6.1.4 (a), (b)")
def policies_mapped(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """No mapping names anyPolicy; the mappings are applied to the policy graph."""
    mappings = certificate.policy_mappings
    if not mappings:
        return
    if any(ANY_POLICY in mapping for mapping in mappings):
        yield codes.POLICY_MAPPING_ANY.at(index, f"{_EXTENSIONS}.policyMappings", subject=_title(certificate))
        state.valid_policy_graph = PolicyGraph.NULL
        return
    state.valid_policy_graph = state.valid_policy_graph.mapped(
        mappings, policy_mapping_inhibited=state.policy_mapping == 0
    )


@_clause("RFC 5280 6.1.4 (g)")
def subtrees_narrowed(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The certificate's name constraints bind everything below it."""
    constraints = certificate.name_constraints
    if constraints is not None:
        state.subtrees = state.subtrees.narrowed(constraints)
    return
    yield


@_clause("RFC 5280 6.1.4 (h), (i), (j)")
def policy_counters(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The counters of policy processing go down by one, and to what the certificate's constraints ask for."""
    if not certificate.is_self_issued:
        state.explicit_policy = max(0, state.explicit_policy - 1)
        state.policy_mapping = max(0, state.policy_mapping - 1)
        state.inhibit_any_policy = max(0, state.inhibit_any_policy - 1)
    _limit_counters(state, certificate)
    return
    yield


@_clause("RFC 5280 6.1.4 (k)")
def is_a_ca(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """A certificate that issues others is of version 3 and says cA TRUE in basicConstraints."""
    constraints = certificate.basic_constraints
    if certificate.version != 3:
        reason = f"it is of version {certificate.version}, which cannot say that it is one"
    elif constraints is None:
        reason = "it has no basicConstraints"
    elif not constraints.ca:
        reason = "its basicConstraints says cA FALSE"
    else:
        return
    yield codes.NOT_A_CA.at(index, f"{_EXTENSIONS}.basicConstraints", subject=_title(certificate), reason=reason)


@_clause("RFC 5280 6.1.4 (l)")
def path_length_left(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The CAs above allow one more certificate here; self-issued ones do not count."""
    if certificate.is_self_issued:
        return
    if state.max_path_length <= 0:
        yield codes.PATH_TOO_LONG.at(index, f"{_EXTENSIONS}.basicConstraints", subject=_title(certificate))
    else:
        state.max_path_length -= 1


@_clause("RFC 5280 6.1.4 (m)")
def path_length_limited(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The certificate's pathLenConstraint binds everything below it."""
    constraints = certificate.basic_constraints
    if constraints is not None and constraints.path_length is not None:
        state.max_path_length = min(state.max_path_length, constraints.path_length)
    return
    yield


@_clause("RFC 5280 6.1.4 (n)")
def may_sign_certificates(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """Where keyUsage is present, it has keyCertSign."""
    usage = certificate.key_usage
    if usage is not None and not usage.key_cert_sign:
        yield codes.CERTIFICATE_SIGNING_NOT_ALLOWED.at(
            index, f"{_EXTENSIONS}.keyUsage", subject=_title(certificate)
        )


@_clause("RFC 5280 6.1.4 (o), 6.1.5 (f)")
def critical_extensions_processed(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """Every critical extension is one that validation processes."""
    for oid in certificate.extensions.unprocessed_critical:
        yield codes.CRITICAL_EXTENSION.at(index, _EXTENSIONS, oid=oid)


@_clause("not in RFC 5280; CA/B BR 7.1.2.2")
def authority_serves_purposes(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """A CA that lists key purposes lists those asked for, where the profile matches purposes explicitly."""
    inputs = run.inputs
    found = certificate.extended_key_usage
    if found is None or inputs.purpose_matching is not PurposeMatching.EXPLICIT or _ANY_PURPOSE in found:
        return
    yield from _purposes_missing(inputs.key_purposes - found, found, certificate, index)


# Wrap-up, 6.1.5


@_clause("RFC 5280 6.1.5 (a), (b), (g)")
def policy_wrapped_up(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The path is valid for a policy of the user's set, or none is required."""
    graph = state.valid_policy_graph
    found_missing_before = state.explicit_policy == 0 and graph.is_null
    state.explicit_policy = max(0, state.explicit_policy - 1)
    constraints = certificate.policy_constraints
    if constraints is not None and constraints.require_explicit_policy == 0:
        state.explicit_policy = 0
    if not graph.is_null:
        state.user_constrained_policies = graph.user_constrained(run.inputs.user_initial_policy_set)
    if state.explicit_policy == 0 and not state.user_constrained_policies and not found_missing_before:
        yield _no_policy(run, index)


@_clause("RFC 5280 4.2.1.12")
def serves_purposes(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The leaf may be used for every key purpose that the profile asks for."""
    inputs = run.inputs
    if not inputs.key_purposes:
        return
    found = certificate.extended_key_usage
    if inputs.purpose_matching is PurposeMatching.RFC5280 and (found is None or _ANY_PURPOSE in found):
        return
    yield from _purposes_missing(inputs.key_purposes - (found or frozenset()), found, certificate, index)


BASIC_PROCESSING: Final[tuple[Step, ...]] = (
    encoding_admitted,
    extensions_readable,
    within_validity,
    algorithms_agree,
    strong_enough,
    names_within_constraints,
    policies_carry_on,
)
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
def anchor_is_a_ca(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """An anchor's certificate of version 3 says cA TRUE; one of version 1 is a CA by the decision to trust it."""
    if certificate.version == 3:
        yield from is_a_ca(run, state, certificate, index)


@_clause("RFC 5937 3.2")
def anchor_limits_policies(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The anchor's policyConstraints and inhibitAnyPolicy bind everything below it."""
    _limit_counters(state, certificate)
    return
    yield


@_clause("RFC 9325 4.5")
def anchor_key_strong_enough(run: Run, state: State, certificate: Certificate, index: int) -> Iterator[Finding]:
    """The anchor's key is one that the strength policy admits; its self-signature proves nothing and is not judged."""
    yield from judge_key(run.inputs.strength, certificate.public_key, index)


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


@_clause("RFC 5280 6.1.3 (a)(1)")
def signature_finding(check: Check, certificate: Certificate, issuer: str, index: int) -> Finding:
    """The signature verifies with the issuer's working key: the finding where it does not."""
    if check is Check.INVALID:
        return codes.SIGNATURE_INVALID.at(
            index, "signatureValue", subject=_title(certificate), issuer=issuer
        )
    algorithm = signature_algorithm(certificate.signature_algorithm)
    return codes.SIGNATURE_UNSUPPORTED.at(
        index,
        "signatureAlgorithm",
        subject=_title(certificate),
        issuer=issuer,
        algorithm=algorithm_name(certificate) if algorithm is None else algorithm.name,
        reason=check.value,
    )


# What the search asserts of every link, before a path exists: 6.1.3 (a)(4) by looking issuers up by name, (a)(1) here.
GATES: Final = (signature_finding,)


def algorithm_name(certificate: Certificate) -> str:
    """The signature algorithm's dotted OID, for those without a name here."""
    from devicetrust.x509.der import oid_text, read_tlv  # noqa: PLC0415

    identifier = certificate.signature_algorithm
    _, start, end = read_tlv(identifier, 0, len(identifier))
    _, start, end = read_tlv(identifier, start, end)
    return oid_text(identifier[start:end])


_EXTENSIONS: Final = "tbsCertificate.extensions"
_ANY_PURPOSE: Final = "2.5.29.37.0"
# basicConstraints, keyUsage, extKeyUsage, subjectAltName, nameConstraints, certificatePolicies, policyMappings,
# policyConstraints, inhibitAnyPolicy: an unreadable one of these is never tolerable, critical or not.
_LIMITING: Final = frozenset(
    {f"2.5.29.{arc}" for arc in (19, 15, 37, 17, 30, 32, 33, 36, 54)}
)
_NAME_CODES: Final[dict[ViolationKind, Code]] = {
    ViolationKind.NOT_PERMITTED: codes.NAME_NOT_PERMITTED,
    ViolationKind.EXCLUDED: codes.NAME_EXCLUDED,
    ViolationKind.UNPROCESSABLE: codes.NAME_UNPROCESSABLE,
}


def _limit_counters(state: State, certificate: Certificate) -> None:
    constraints = certificate.policy_constraints
    if constraints is not None:
        if constraints.require_explicit_policy is not None:
            state.explicit_policy = min(state.explicit_policy, constraints.require_explicit_policy)
        if constraints.inhibit_policy_mapping is not None:
            state.policy_mapping = min(state.policy_mapping, constraints.inhibit_policy_mapping)
    inhibit = certificate.inhibit_any_policy
    if inhibit is not None:
        state.inhibit_any_policy = min(state.inhibit_any_policy, inhibit)


def _no_policy(run: Run, index: int) -> Finding:
    wanted = tuple(sorted(run.inputs.user_initial_policy_set))
    return codes.POLICY_NOT_VALID.at(index, f"{_EXTENSIONS}.certificatePolicies", wanted=wanted)


def _purposes_missing(
    missing: frozenset[str], found: frozenset[str] | None, certificate: Certificate, index: int
) -> Iterator[Finding]:
    if missing:
        yield codes.PURPOSE_NOT_ALLOWED.at(
            index,
            f"{_EXTENSIONS}.extKeyUsage",
            subject=_title(certificate),
            wanted=tuple(sorted(missing)),
            found=tuple(sorted(found or ())),
        )


def _says_ca(certificate: Certificate) -> bool:
    constraints = certificate.basic_constraints
    return constraints is not None and constraints.ca


def _title(certificate: Certificate) -> str:
    """What people call a certificate: its subject, or its first alternative name where the subject is empty."""
    if not certificate.subject.is_empty:
        return str(certificate.subject)
    names = certificate.subject_alternative_names
    return str(names[0]) if names else f"the certificate {certificate.fingerprint.hex()[:16]}"
