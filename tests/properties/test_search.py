"""What strangers add, in whatever order, changes nothing; a spent budget is said; a stricter profile trusts no more.

Made-up PKIs (`pki_random`) are asked about as they are, then among certificates of strangers that bear the same names
with other keys, among bytes that are no certificates, and in another order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from itertools import chain
from random import Random
from time import perf_counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import Certificate, Outcome, Profile, TrustStore, Verdict, Verifier, profiles
from devicetrust.path.inputs import AnchorChecks, PurposeMatching
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from pki import AT, CODE_SIGNING, Authority, certificate_policies, common_name, dns, key, name_constraints
from pki_faults import FAULTS
from pki_random import DNS_NAME, POLICY, STRANGERS, any_time, random_pki
from pki_shapes import SHAPES, Case

COUNT = 5_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 250
PROFILES = (profiles.rfc5280, profiles.tls_client)
SPENT = "path.budget_spent"

numbers = st.integers(0, 2**64)


class Question(NamedTuple):
    """What is asked; ``rng`` makes the rest of the test."""

    verifier: Verifier
    leaf: Certificate
    intermediates: tuple[Certificate, ...]
    rng: Random
    case: Case

    def ask(self, intermediates: tuple[Certificate, ...] | None = None) -> Verdict:
        presented = self.intermediates if intermediates is None else intermediates
        return self.verifier.verify(self.leaf, presented, at=self.case.at)

    def under(self, profile: Profile) -> Question:
        return self._replace(verifier=self.verifier.evolve(profile=profile))


def question(number: int) -> Question:
    """A random PKI at a random time, a good chain, or one with a fault."""
    rng = Random(f"search {number}")
    name = rng.choice(["random", "random", rng.choice(sorted(SHAPES)), rng.choice(sorted(FAULTS))])
    if name == "random":
        pki = random_pki(rng)
        at = any_time(pki.moments, rng)
        case = Case(name, pki.leaf, pki.intermediates, pki.roots, DNS_NAME, "client", name, at)
    elif name in SHAPES:
        case = SHAPES[name](rng).case(name, rng)
    else:
        case = FAULTS[name](rng)
    verifier = Verifier(TrustStore(map(Certificate, case.roots)), profile=PROFILES[number % len(PROFILES)])
    return Question(verifier, Certificate(case.leaf), tuple(map(Certificate, case.intermediates)), rng, case)


def test_order_of_presented_certificates_changes_nothing() -> None:
    """The whole verdict is the same in whatever order the certificates are presented, and however often each."""
    for one in map(question, range(COUNT)):
        presented = [*one.intermediates, *one.rng.choices(one.intermediates, k=2 * bool(one.intermediates))]
        one.rng.shuffle(presented)
        assert one.ask(tuple(presented)) == one.ask(), one.case


def test_junk_changes_neither_outcome_nor_path() -> None:
    """While the budget lasts, strangers of the same names and rubbish change neither outcome nor trusted path.

    Where it does not last, the verdict is UNTRUSTED and says so; that is rare with a score of strangers.
    """
    spent = 0
    for one in map(question, range(COUNT)):
        presented = [*one.intermediates, *one.rng.sample(junk(), one.rng.randint(1, 20))]
        one.rng.shuffle(presented)
        alone, crowded = one.ask(), one.ask(tuple(presented))
        if is_spent(crowded):
            spent += 1
            assert crowded.outcome is Outcome.UNTRUSTED, one.case
            continue
        assert crowded.outcome is alone.outcome, one.case
        if alone.outcome is Outcome.TRUSTED:
            assert crowded.path == alone.path, one.case
    assert spent * 50 < COUNT


def test_own_intermediates_serve_as_presented_ones() -> None:
    """Whether an intermediate is the verifier's own or presented changes neither the outcome nor who is trusted."""
    for one in map(question, range(COUNT)):
        own = one.verifier.evolve(intermediates=one.intermediates).verify(one.leaf, at=one.case.at)
        assert own.outcome is one.ask().outcome, one.case


@pytest.mark.parametrize("limit", ["signatures", "candidates"])
def test_spent_budget_is_untrusted_and_says_so(limit: str) -> None:
    """Where the search runs out of a limit before it finds a path, the verdict is UNTRUSTED and names the limit."""
    for one in map(question, range(COUNT)):
        for left in range(3):
            profile = one.verifier.profile
            poor = one.under(profile.evolve(budget=profile.budget._replace(**{limit: left}))).ask()
            if poor.outcome is Outcome.TRUSTED:
                assert one.ask().outcome is Outcome.TRUSTED, one.case
            elif one.ask().outcome is Outcome.TRUSTED:
                assert (poor.outcome, is_spent(poor)) == (Outcome.UNTRUSTED, {limit}), one.case


def test_spent_name_comparisons_are_untrusted_and_say_so() -> None:
    """Where names are left that no constraint was compared with, the verdict is UNTRUSTED and names the limit."""
    root, issuer = Authority(common_name("Root"), key("p256", 0)), Authority(common_name("CA"), key("p256", 1))
    constrained = root.vouches_for(issuer).including(name_constraints(permitted=[dns("example.com")]))
    leaf = issuer.issues(common_name("pump"), key("p256", 2), *(dns(f"{n}.example.com") for n in range(20)))
    verdict = limited(root, [constrained.sealed(root.key)], leaf.sealed(issuer.key), name_comparisons=10)
    assert (verdict.outcome, is_spent(verdict)) == (Outcome.UNTRUSTED, {"name_comparisons"})


def test_spent_policy_nodes_are_untrusted_and_say_so() -> None:
    """Where the policy graph outgrows its limit, the verdict is UNTRUSTED and names the limit."""
    policies = certificate_policies(*(f"{POLICY}.{number}" for number in range(20)))
    root, issuer = Authority(common_name("Root"), key("p256", 0)), Authority(common_name("CA"), key("p256", 1))
    leaf = issuer.issues(common_name("pump"), key("p256", 2), dns("pump.example.com")).including(policies)
    intermediate = root.vouches_for(issuer).including(policies).sealed(root.key)
    verdict = limited(root, [intermediate], leaf.sealed(issuer.key), policy_nodes=10)
    assert (verdict.outcome, is_spent(verdict)) == (Outcome.UNTRUSTED, {"policy_nodes"})


@pytest.mark.parametrize("rooted", ["under the anchor", "under nobody"])
def test_web_of_cross_certificates_ends(rooted: str) -> None:
    """Authorities that all certify each other, above a leaf that is not fit, cost less than two seconds."""
    authorities = [Authority(common_name(f"Web {number}"), key("p256", number)) for number in range(16)]
    web = [a.vouches_for(b).sealed(a.key) for a in authorities for b in authorities if a != b]
    root = Authority(common_name("Root"), key("p256", 50))
    if rooted == "under the anchor":
        web.append(root.vouches_for(authorities[0]).sealed(root.key))
    leaf = authorities[-1].issues(common_name("pump"), key("p256", 2), dns("pump.example.com"))
    expired = leaf._replace(not_after=AT.replace(year=2025), not_before=AT.replace(year=2024)).sealed(
        authorities[-1].key
    )
    begun = perf_counter()
    verdict = limited(root, web, expired)
    assert (verdict.outcome, perf_counter() - begun < 2) == (Outcome.UNTRUSTED, True)


Stricter = Callable[[Profile], Profile]
STRICTER: Mapping[str, Stricter] = {
    "fewer intermediates": lambda p: p.evolve(max_intermediates=min(1, p.max_intermediates)),
    "no intermediates": lambda p: p.evolve(max_intermediates=0),
    "explicit policy": lambda p: p.evolve(initial_explicit_policy=True),
    "one policy": lambda p: p.evolve(user_initial_policy_set=frozenset({POLICY})),
    "no anyPolicy": lambda p: p.evolve(initial_any_policy_inhibit=True),
    "no policy mapping": lambda p: p.evolve(initial_policy_mapping_inhibit=True),
    "one more purpose": lambda p: p.evolve(key_purposes=p.key_purposes | {CODE_SIGNING}),
    "purposes by name": lambda p: p.evolve(purpose_matching=PurposeMatching.EXPLICIT),
    "permitted names": lambda p: p.evolve(initial_permitted_subtrees=NameConstraints(permitted=(WARD,))),
    "excluded names": lambda p: p.evolve(initial_excluded_subtrees=NameConstraints(excluded=(PUMPS,))),
    "the anchor's own dates": lambda p: p.evolve(anchor_checks=AnchorChecks.AS_CERTIFICATE),
    "no tolerance": lambda p: p.evolve(tolerances=frozenset(), leaf_tolerances=frozenset()),
    "P-256 only": lambda p: p.evolve(strength=p.strength.evolve(curves=frozenset({"secp256r1"}))),
    "RSA-3072": lambda p: p.evolve(strength=p.strength.evolve(minimum_rsa_bits=3072)),
    "more rules": lambda p: p.evolve(rules=tuple(dict.fromkeys((*p.rules, *profiles.tls_server_public.rules)))),
    "nothing only reported": lambda p: p.evolve(reported_only=frozenset()),
    "less budget": lambda p: p.evolve(budget=p.budget._replace(signatures=2, candidates=4)),
}
WARD: GeneralName = GeneralName(GeneralNameType.DNS_NAME, "ward.example.com")
PUMPS: GeneralName = GeneralName(GeneralNameType.DNS_NAME, "pump-1.ward.example.com")


@given(numbers, st.sets(st.sampled_from(sorted(STRICTER)), min_size=1, max_size=4))
def test_stricter_profile_never_gains_trust(number: int, changes: set[str]) -> None:
    """What a profile made stricter in any way trusts, the profile itself trusts."""
    one = question(number)
    profile = one.verifier.profile
    for change in sorted(changes):
        profile = STRICTER[change](profile)
    if one.under(profile).ask().outcome is Outcome.TRUSTED:
        assert one.ask().outcome is Outcome.TRUSTED


@pytest.mark.parametrize("change", sorted(STRICTER))
def test_stricter_is_stricter(change: str) -> None:
    """Each way to be stricter refuses something that was trusted, or nothing here depends on it."""
    lost = 0
    for one in map(question, range(COUNT)):
        strict = one.under(STRICTER[change](one.verifier.profile)).ask()
        if strict.outcome is not one.ask().outcome:
            lost += 1
            assert (one.ask().outcome, strict.outcome) == (Outcome.TRUSTED, Outcome.UNTRUSTED), one.case
    assert (lost > 0) == (change not in WITHOUT_EFFECT_HERE)


WITHOUT_EFFECT_HERE = {"no anyPolicy", "no policy mapping", "one policy", "purposes by name"}
"""The generated PKIs have neither anyPolicy nor mappings; a set of policies alone demands none (RFC 5280 6.1.1 (c)); of
the profiles one asks for no purpose, and the other by name already."""


def is_spent(verdict: Verdict) -> set[object]:
    """The limits that the verdict says were reached."""
    return {finding.facts["limit"] for finding in verdict.findings if finding.code.id == SPENT}


def limited(root: Authority, presented: list[bytes], leaf: bytes, **limits: int) -> Verdict:
    profile = profiles.rfc5280.evolve(budget=profiles.rfc5280.budget._replace(**limits))
    verifier = Verifier(TrustStore([Certificate(root.root())]), profile=profile)
    return verifier.verify(Certificate(leaf), map(Certificate, presented), at=AT)


@cache
def junk() -> tuple[Certificate, ...]:
    """Certificates of strangers who bear the usual names and have keys of their own, and rubbish."""
    rng = Random("junk")
    strangers = (random_pki(rng, first_key=STRANGERS) for _ in range(40))
    ders = chain.from_iterable((*one.roots, *one.intermediates, one.leaf) for one in strangers)
    rubbish = [rng.randbytes(rng.randrange(200)) for _ in range(20)]
    return tuple(map(Certificate, (*ders, *rubbish)))
