"""What a verifier was asked before never changes what it answers, and strangers take up no memory."""

from __future__ import annotations

import gc
import weakref

import pytest

from devicetrust import (
    AnchorConstraints,
    Certificate,
    Outcome,
    TrustAnchor,
    TrustStore,
    Verifier,
    profiles,
)
from devicetrust.path.budget import Budget
from pki import AT, CLIENT_AUTH, Authority, common_name, dns, extended_key_usage, key
from ward import DEVICE as PUMP
from ward import ROOT as AUTHORITY

ROOT = AUTHORITY.root()
ROOT_WITH_PURPOSES = AUTHORITY.vouches_for(AUTHORITY).including(extended_key_usage(CLIENT_AUTH)).sealed(AUTHORITY.key)


def device(issuer: Authority = AUTHORITY) -> bytes:
    return issuer.issues(PUMP.name, PUMP.key, dns("pump.example")).sealed(issuer.key)


DEVICE = device()


def test_the_anchor_presented_as_leaf_changes_nothing_for_its_devices() -> None:
    """The rules on an anchor are judged for each device below it, whoever presented the anchor itself before."""
    verifier = Verifier(TrustStore([ROOT_WITH_PURPOSES]), profile=profiles.tls_client)
    verifier.verify(ROOT_WITH_PURPOSES, at=AT)
    verdict = verifier.verify(DEVICE, at=AT)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert (verdict.headline.code.id, verdict.headline.where.certificate) == ("cabf.anchor_without_purposes", 1)


def test_the_key_of_an_anchor_without_certificate_is_judged() -> None:
    """An anchor that is a name and a weak key vouches for nothing."""
    weak = Authority(AUTHORITY.name, key("rsa1024"))
    root = Certificate(weak.root())
    anchor = TrustAnchor(root.subject, root.subject_public_key_info)
    verdict = Verifier(TrustStore([anchor]), profile=profiles.tls_client).verify(device(weak), at=AT)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert verdict.headline is not None
    assert (verdict.headline.code.id, verdict.headline.where.certificate) == ("strength.key", 1)


def test_two_anchors_of_one_certificate_are_both_asked() -> None:
    """A certificate that is an anchor twice stands under the one that allows it, in whatever order they were given."""
    free = TrustAnchor.from_certificate(ROOT)
    bound = TrustAnchor.from_certificate(ROOT, constraints=AnchorConstraints(purposes=frozenset({"1.2.3"})))
    profile = profiles.rfc5280
    outcomes = [
        Verifier(TrustStore(given), profile=profile).verify(ROOT, at=AT).outcome
        for given in ([free, bound], [bound, free])
    ]
    assert outcomes == [Outcome.TRUSTED, Outcome.TRUSTED]


def test_what_is_not_admitted_is_not_kept() -> None:
    """A stranger whom no anchor vouches for leaves nothing behind in the verifier."""
    stranger = Authority(common_name("Elsewhere"), key("p256", 77))
    verifier = Verifier(TrustStore([ROOT]), profile=profiles.tls_client)
    verifier.verify(device(stranger), at=AT)
    assert len(verifier._workings.judgements) == 0
    verifier.verify(DEVICE, [ROOT], at=AT).require()
    assert len(verifier._workings.judgements) == 1


def test_more_than_the_budget_of_presented_certificates_is_refused_aloud() -> None:
    """Presenting more certificates than the budget has room for refuses, and says so."""
    profile = profiles.tls_client.evolve(budget=Budget(presented=1))
    verdict = Verifier(TrustStore([ROOT]), profile=profile).verify(DEVICE, [ROOT, ROOT_WITH_PURPOSES], at=AT)
    assert verdict.outcome is Outcome.UNTRUSTED
    assert [(f.code.id, f.facts["limit"]) for f in verdict.blocking() if f.code.id == "path.budget_spent"] == [
        ("path.budget_spent", "presented")
    ]


@pytest.mark.parametrize(
    "leaf", [DEVICE, b"no certificate", device(Authority(common_name("Elsewhere"), key("p256", 77)))]
)
def test_a_verifier_is_freed_with_its_last_verdict(leaf: bytes) -> None:
    """Nothing that a verification makes refers to itself, so memory does not wait for the garbage collector."""
    trust = TrustStore([ROOT])
    alive = weakref.ref(trust)
    verifier = Verifier(trust, profile=profiles.tls_client)
    gc.disable()
    try:
        verdict = verifier.verify(leaf, [ROOT], at=AT)
        del verdict, verifier, trust
        assert alive() is None
    finally:
        gc.enable()
