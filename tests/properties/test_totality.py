"""Nothing that anyone presents makes `verify` raise, take two seconds, or keep memory.

Bytes of any kind, real certificates and generated chains are spoiled (`mutation`) and put in each place where a
certificate can stand. The slow setting takes 100,000 of them and measures memory.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tracemalloc
import warnings
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from operator import methodcaller
from random import Random
from time import perf_counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import (
    Certificate,
    DeviceTrustError,
    Language,
    Outcome,
    Reference,
    TrustStore,
    Verdict,
    Verifier,
    load_certificates,
    load_crls,
    load_ocsp,
    profiles,
)
from mutation import mutated, real_certificates, resigned
from pki import (
    AT,
    AUTHORITY_KEY_IDENTIFIER,
    CERTIFICATE_POLICIES,
    Extension,
    common_name,
    directory,
    object_identifier,
    sequence,
    tlv,
)
from pki_faults import FAULTS
from pki_shapes import SHAPES, Scene

SLOW = os.environ.get("DEVICETRUST_SLOW") == "1"
COUNT = 100_000 if SLOW else 2_000
BATCH = 200
PROFILES = tuple(profiles.BUILT_IN.values())
REFERENCES = (
    Reference.UNCHECKED,
    Reference.dns("pump-1.ward.example.com"),
    Reference.ip("192.0.2.1"),
    Reference.email("nurse@example.com"),
    Reference.uri("urn:device:pump-1"),
)
LONGEST = timedelta(seconds=2)
# Ours: what the second half of the slow run may leave behind, once every cache is full.
MOST_GROWTH = 24 << 20


class Exhibit(NamedTuple):
    """What is put before a verifier."""

    trust: TrustStore
    leaf: bytes
    intermediates: tuple[bytes, ...]
    rng: Random


@pytest.mark.parametrize("batch", range(0, COUNT, BATCH))
def test_spoiled_certificates(batch: int) -> None:
    """Whatever is spoiled, and wherever it stands, there is a verdict within two seconds, and it can be told."""
    for number in range(batch, batch + BATCH):
        one = exhibit(number)
        begun = perf_counter()
        verdict = ask(one, Verifier(one.trust, profile=one.rng.choice(PROFILES)))
        assert timedelta(seconds=perf_counter() - begun) < LONGEST, number
        assert isinstance(verdict, Verdict)
        if number % 4 == 0:
            tell(verdict)


def test_no_warning_is_given() -> None:
    """Odd content makes findings, never warnings: with those turned into errors, a verdict would be another."""
    text = sequence(object_identifier("1.3.6.1.5.5.7.2.2"), sequence(tlv(0x1A, "é".encode())))
    notice = sequence(sequence(object_identifier("2.5.29.32.0"), sequence(text)))
    issuer_and_serial = sequence(tlv(0xA1, directory(common_name("CA"))), tlv(0x82, b"\xfb"))
    odd = (
        Extension(CERTIFICATE_POLICIES, False, notice),
        Extension(AUTHORITY_KEY_IDENTIFIER, False, issuer_and_serial),
    )
    scene = good_scene(0)
    verifier = Verifier(TrustStore([Certificate(good_roots()[0])]), profile=profiles.rfc5280)
    with warnings.catch_warnings(record=True) as given_warnings:
        warnings.simplefilter("always")
        for extension in odd:
            leaf = scene.drafting(0, methodcaller("including", extension)).case("odd", Random(0))
            tell(verifier.verify(Certificate(leaf.leaf), map(Certificate, leaf.intermediates), at=AT))
        for number in range(500):
            one = exhibit(number)
            ask(one, Verifier(one.trust, profile=one.rng.choice(PROFILES)))
    assert [str(warning.message) for warning in given_warnings] == []


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes(leaf: bytes, intermediate: bytes) -> None:
    """Bytes that are no certificate are untrusted as a leaf, and passed over beside one."""
    scene, rng = good_scene(0), Random(0)
    case = scene.case("any bytes", rng)
    verifier = Verifier(TrustStore([Certificate(case.roots[0])]), profile=profiles.tls_client)
    refused = verifier.verify(Certificate(leaf), [Certificate(intermediate)], at=AT)
    assert refused.outcome is Outcome.UNTRUSTED
    presented = [Certificate(intermediate), *map(Certificate, case.intermediates)]
    assert verifier.verify(Certificate(case.leaf), presented, at=AT).outcome is Outcome.TRUSTED
    tell(refused)


@given(st.binary(max_size=2000))
def test_any_file(content: bytes) -> None:
    """Bytes given as a file load, or are refused with an error of the library's own."""
    for load in (load_certificates, load_crls, load_ocsp):
        try:
            load(content)
        except DeviceTrustError:
            continue


def test_spoiled_files() -> None:
    """Spoiled certificates given as a file load, or are refused with an error of the library's own."""
    for number in range(0, COUNT, 10):
        one = exhibit(number)
        for load in (load_certificates, load_crls, load_ocsp):
            try:
                load(b"".join((one.leaf, *one.intermediates)))
            except DeviceTrustError:
                continue


@pytest.mark.skipif(not SLOW, reason="set DEVICETRUST_SLOW=1")
def test_memory_is_bounded() -> None:
    """Verifiers that have seen 50,000 spoiled chains hold hardly more after 50,000 others."""
    verifiers: dict[tuple[TrustStore, str], Verifier] = {}
    tracemalloc.start()
    try:
        for number in range(COUNT):
            if number == COUNT // 2:
                before = memory()
            one = exhibit(number, common_trust())
            profile = one.rng.choice(PROFILES)
            ask(one, verifiers.setdefault((one.trust, profile.name), Verifier(one.trust, profile=profile)))
        growth = [after - earlier for after, earlier in zip(memory(), before, strict=True)]
    finally:
        tracemalloc.stop()
    assert max(growth) < MOST_GROWTH, growth


def test_faults_can_be_told() -> None:
    """Each named fault gives a verdict that can be told under each profile."""
    for name, fault in FAULTS.items():
        case = fault(Random(name))
        for profile in PROFILES:
            verifier = Verifier(TrustStore(map(Certificate, case.roots)), profile=profile)
            intermediates = map(Certificate, case.intermediates)
            tell(verifier.verify(Certificate(case.leaf), intermediates, reference=Reference.UNCHECKED, at=AT))


def exhibit(number: int, trust: TrustStore | None = None) -> Exhibit:
    """One chain, generated or of real certificates, in which something is spoiled."""
    rng = Random(f"spoiled {number}")
    if number % 3 == 0:
        return _real(rng, trust)
    scene = good_scene(rng.randrange(20))
    case = scene.case("spoiled", rng)
    leaf, presented, root = case.leaf, list(case.intermediates), case.roots[0]
    victim = rng.randrange(len(scene.chain)) if trust is None else rng.randrange(len(scene.chain) - 1)
    donors = (*(scene.sealed(index) for index in range(len(scene.chain))), rng.choice(real_certificates()))
    whole = scene.sealed(victim)
    spoil = rng.random()
    spoiled = resigned(rng, whole, donors, scene.signer(victim)) if spoil < 0.7 else mutated(rng, whole, donors)
    if whole == leaf:
        leaf = spoiled
    elif whole == root:
        root = spoiled
    else:
        presented = [spoiled if one == whole else one for one in presented]
    return Exhibit(trust or trusting(root, case.roots[0]), leaf, tuple(presented), rng)


def _real(rng: Random, trust: TrustStore | None) -> Exhibit:
    """Real certificates, some as they are and some spoiled, in any place."""
    pick = [rng.choice(real_certificates()) for _ in range(rng.randint(2, 5))]
    leaf, root, *others = (mutated(rng, one, pick) if rng.random() < 0.7 else one for one in pick)
    return Exhibit(trust or trusting(root, good_roots()[0]), leaf, (*others, *rng.sample(pick, 1)), rng)


def trusting(root: bytes, sound: bytes) -> TrustStore:
    """A store of a root that may be unreadable, as anchor and pinned, and a sound one."""
    return TrustStore([Certificate(root), Certificate(sound)], pinned=[Certificate(root)])


def ask(one: Exhibit, verifier: Verifier) -> Verdict:
    at = AT + timedelta(days=one.rng.choice((0, 0, 0, -4000, 4000)))
    intermediates = map(Certificate, one.intermediates)
    return verifier.verify(Certificate(one.leaf), intermediates, reference=one.rng.choice(REFERENCES), at=at)


def tell(verdict: Verdict) -> None:
    """Everything that can be asked of a verdict gives an answer, and its text cannot steer a terminal."""
    assert verdict.horizon.until is None or verdict.horizon.until > verdict.at
    text = verdict.explain() + "".join(map(str, verdict.findings)) + repr(verdict)
    assert {character for character in text if not character.isprintable()} <= {"\n"}
    for language in Language:
        told = verdict.explain("help_desk", language)
        assert len(told.split("\n")) <= 5
        assert {character for character in told if not character.isprintable()} <= {"\n", "\N{NO-BREAK SPACE}"}
    json.dumps(verdict.to_dict(), allow_nan=False).encode("utf-8")


@cache
def good_scene(number: int) -> Scene:
    rng = Random(f"good {number}")
    return SHAPES[rng.choice(sorted(SHAPES))](rng)


@cache
def good_roots() -> tuple[bytes, ...]:
    return tuple(scene.sealed(len(scene.chain) - 1) for scene in map(good_scene, range(20)))


@cache
def common_trust() -> TrustStore:
    return TrustStore(map(Certificate, good_roots()))


def memory() -> tuple[int, ...]:
    """Octets held: by Python, and where the system tells, the most that the process ever held."""
    gc.collect()
    return (tracemalloc.get_traced_memory()[0], *_most_resident())


def _most_resident() -> Iterator[int]:
    try:
        import resource
    except ImportError:
        return
    unit = 1 if sys.platform == "darwin" else 1024
    yield resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
