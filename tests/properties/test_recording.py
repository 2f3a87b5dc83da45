"""What was asked comes out the same from its record; and octets of any kind are a record, or refused as none."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import (
    Certificate,
    DeviceTrustError,
    DifferencePart,
    Reference,
    Replay,
    TrustStore,
    Verdict,
    Verifier,
    profiles,
    replay,
)
from mutation import mutated
from pki import AT
from pki_faults import FAULTS
from pki_random import any_time, random_pki
from pki_shapes import SHAPES

SLOW = os.environ.get("DEVICETRUST_SLOW") == "1"
COUNT = 10_000 if SLOW else 200
BATCH = 50
PROFILES = tuple(profiles.BUILT_IN.values())


@pytest.mark.parametrize("batch", range(0, COUNT, BATCH))
def test_a_replay_is_the_same(batch: int) -> None:
    """Chains with faults, and PKIs of many paths, asked of a verifier that was asked other moments before."""
    for number in range(batch, batch + BATCH):
        again = replay(faulty(number).record())
        assert again.differences == (), number
        again = replay(entangled(number).record())
        assert again.differences == (), number


@pytest.mark.parametrize("batch", range(0, COUNT, BATCH))
def test_one_octet_of_the_leaf_is_a_difference(batch: int) -> None:
    """Wherever it is, and whatever the answer."""
    for number in range(batch, batch + BATCH):
        rng = Random(f"octet {number}")
        document = json.loads(faulty(number).record())
        der = bytearray(base64.b64decode(document["inputs"]["leaf"]))
        der[rng.randrange(len(der))] ^= 1 << rng.randrange(8)
        document["inputs"]["leaf"] = base64.b64encode(der).decode()
        again = replay(json.dumps(document).encode())
        assert not again.same, number
        assert {DifferencePart.INPUT, DifferencePart.PATH} <= {one.part for one in again.differences}, number


@given(st.binary(max_size=400))
def test_any_octets(octets: bytes) -> None:
    """Octets are a record, or refused with an error of the library's own."""
    assert_replays_or_refuses(octets)


@pytest.mark.parametrize("batch", range(0, COUNT, BATCH))
def test_spoiled_octets(batch: int) -> None:
    """So are those of a record in which some were changed, moved or lost."""
    for number in range(batch, batch + BATCH):
        rng = Random(f"spoiled {number}")
        record = faulty(number).record()
        assert_replays_or_refuses(mutated(rng, record, [record]))


@pytest.mark.parametrize("batch", range(0, COUNT, BATCH))
def test_spoiled_values(batch: int) -> None:
    """So is a record in which any value is replaced by another, of its own type or not, or one is left out."""
    for number in range(batch, batch + BATCH):
        rng = Random(f"value {number}")
        document = json.loads(faulty(number).record())
        for _ in range(rng.randint(1, 3)):
            place, key = rng.choice(list(places(document)))
            if rng.random() < 0.2:
                del place[key]
            else:
                place[key] = strange(rng, place[key])
            if not document:
                break
        assert_replays_or_refuses(json.dumps(document).encode())


def faulty(number: int) -> Verdict:
    """The verdict on a chain with something wrong, or with nothing."""
    rng = Random(f"faulty {number}")
    if rng.random() < 0.2:
        case = SHAPES[rng.choice(sorted(SHAPES))](rng).case("good", rng)
    else:
        case = FAULTS[rng.choice(sorted(FAULTS))](rng)
    verifier = Verifier(TrustStore(map(Certificate, case.roots)), profile=rng.choice(PROFILES))
    reference = rng.choice((Reference.UNCHECKED, Reference.dns("pump-1.ward.example.com")))
    return verifier.verify(case.leaf, case.intermediates, reference=reference, at=AT)


def entangled(number: int) -> Verdict:
    """The verdict on a leaf of a PKI with many paths, of a verifier with a past."""
    rng = Random(f"entangled {number}")
    pki = random_pki(rng)
    verifier = Verifier(TrustStore(map(Certificate, pki.roots)), profile=rng.choice(PROFILES))
    for _ in range(3):
        moment = any_time(pki.moments, rng)
        verdict = verifier.verify(pki.leaf, pki.intermediates, reference=Reference.UNCHECKED, at=moment)
    return verdict


def assert_replays_or_refuses(octets: bytes) -> None:
    try:
        again = replay(octets)
    except DeviceTrustError:
        return
    assert isinstance(again, Replay)
    assert {one for one in again.explain() if not one.isprintable()} <= {"\n"}
    json.dumps(again.to_dict(), allow_nan=False)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: a list or an object, and the index or key in it."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def strange(rng: Random, value: Any) -> Any:
    """Another value, often of the same type."""
    if isinstance(value, str) and rng.random() < 0.5:
        return rng.choice((value[:-1], value + "\ud800", value.lower(), value[::-1], "\x1b[2J", "AAAA"))
    if type(value) is int and rng.random() < 0.5:
        return rng.choice((-value, value + 1, -1, 0, 10**9, 10**15, 10**30))
    return rng.choice((None, True, 0, -1, 10**40, 0.5, "", "x", [], {}, [value], {"x": value}))
