"""Certificates out of all proportion: deep, long, numerous. There is a verdict within two seconds, and it can be told.

Each is put before a verifier as the leaf, as the intermediate that issued it, and as anchor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from time import perf_counter

import pytest

import pki
from devicetrust import Certificate, Outcome, Reference, TrustStore, Verdict, Verifier, profiles
from pki import AT, Draft, Extension, dns, object_identifier, sequence, tlv
from pki_random import STRANGERS, random_pki
from pki_shapes import Scene, straight

Change = Callable[[Draft], Draft]
KNOWN_EXTENSIONS = (
    pki.BASIC_CONSTRAINTS,
    pki.KEY_USAGE,
    pki.EXTENDED_KEY_USAGE,
    pki.SUBJECT_ALTERNATIVE_NAME,
    pki.NAME_CONSTRAINTS,
    pki.CERTIFICATE_POLICIES,
    pki.POLICY_CONSTRAINTS,
    pki.SUBJECT_KEY_IDENTIFIER,
    pki.AUTHORITY_KEY_IDENTIFIER,
    "2.5.29.33",
    "2.5.29.54",
    "2.5.29.31",
    "1.3.6.1.5.5.7.1.1",
)


def nested(depth: int, tag: int = 0x30) -> bytes:
    """So many elements within one another."""
    content = b""
    for _ in range(depth):
        content = tlv(tag, content)
    return content


def with_extension(oid: str, value: bytes) -> Change:
    return lambda draft: draft.including(Extension(oid, False, value))


def with_subject(subject: bytes) -> Change:
    return lambda draft: draft._replace(subject=subject)


def with_key(subject_public_key_info: bytes) -> Change:
    return lambda draft: draft._replace(subject_public_key_info=subject_public_key_info)


def attribute(text: bytes) -> bytes:
    return sequence(object_identifier("2.5.4.3"), tlv(0x0C, text))


def rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    algorithm = sequence(object_identifier("1.2.840.113549.1.1.1"), pki.NULL)
    return sequence(algorithm, pki.bit_string(sequence(tlv(2, modulus), tlv(2, exponent))))


MANY_NAMES = [dns(f"pump-{number}.ward.example.com") for number in range(20_000)]
OUTSIZED: Mapping[str, Change] = {
    **{f"extension {oid} nested": with_extension(oid, nested(3000)) for oid in KNOWN_EXTENSIONS},
    **{f"extension {oid} long": with_extension(oid, sequence(b"\x05\x00" * 30_000)) for oid in KNOWN_EXTENSIONS},
    "subject nested": with_subject(nested(3000)),
    "key nested": with_key(nested(3000)),
    "alternative name nested": with_extension(pki.SUBJECT_ALTERNATIVE_NAME, sequence(nested(3000, 0xA0))),
    "alternative names": lambda draft: draft.including(pki.subject_alternative_name(*MANY_NAMES)),
    "name of many labels": lambda draft: draft.including(pki.subject_alternative_name(dns("a." * 50_000 + "com"))),
    "wildcard of many labels": lambda draft: draft.including(pki.subject_alternative_name(dns("*." * 50_000 + "com"))),
    "name constraints": lambda draft: draft.including(pki.name_constraints(MANY_NAMES[:5000], MANY_NAMES[5000:10_000])),
    "policies": lambda draft: draft.including(pki.certificate_policies(*(f"1.3.6.{n}" for n in range(20_000)))),
    "purposes": lambda draft: draft.including(pki.extended_key_usage(*(f"1.3.6.{n}" for n in range(20_000)))),
    "subject of many parts": with_subject(pki.name(*(("2.5.4.3", str(number)) for number in range(10_000)))),
    "subject of one wide part": with_subject(sequence(tlv(0x31, *(attribute(b"%d" % n) for n in range(20_000))))),
    "subject of long text": with_subject(sequence(tlv(0x31, attribute(b"a  " * 100_000)))),
    "subject of combining text": with_subject(sequence(tlv(0x31, attribute(("a" + "\u0301\u0323" * 50_000).encode())))),
    "attribute type of large arcs": with_subject(
        sequence(tlv(0x31, sequence(tlv(6, b"\x2a" + b"\xff" * 9_000 + b"\x01"), tlv(0x0C, b"x"))))
    ),
    "serial number": lambda draft: draft._replace(serial_number=1 << 800_000),
    "extensions": lambda draft: draft._replace(
        extensions=(*draft.extensions, *(Extension(f"1.3.6.1.4.1.{n}", False, b"\x05\x00") for n in range(10_000)))
    ),
    "extension many times": lambda draft: draft._replace(extensions=draft.extensions * 4_000),
    "extension of large arcs": lambda draft: draft._replace(extensions=(*draft.extensions, LARGE_ARCS)),
    "path length": with_extension(pki.BASIC_CONSTRAINTS, sequence(b"\x01\x01\xff", pki.integer(1 << 100_000))),
    "skip certificates": with_extension(pki.POLICY_CONSTRAINTS, sequence(tlv(0x80, b"\x7f" * 10_000))),
    "key of many bits": with_key(rsa_key(b"\0" + b"\xff" * 8_000, b"\x01\x00\x01")),
    "key with a large exponent": with_key(rsa_key(b"\0" + b"\xff" * 2_000, b"\x7f" + b"\xff" * 1_999)),
}


class _LargeArcs(Extension):
    """An extension whose identifier cannot be written in decimal."""

    def encoded(self) -> bytes:
        return sequence(tlv(6, b"\x2a" + b"\xff" * 20_000 + b"\x01"), pki.octet_string(self.value))


LARGE_ARCS: Extension = _LargeArcs("0.0", False, b"\x05\x00")


@pytest.mark.parametrize("place", ["leaf", "intermediate", "anchor"])
@pytest.mark.parametrize("name", sorted(OUTSIZED))
def test_outsized_certificate(name: str, place: str) -> None:
    """Whatever is out of proportion, there is a verdict within two seconds, and it can be told."""
    scene = straight(Random(1), 1)
    index = {"leaf": 0, "intermediate": 1, "anchor": 2}[place]
    spoiled = scene.drafting(index, OUTSIZED[name])
    link = spoiled.chain[index]
    if index and link.draft.subject != link.holder.name:
        below = spoiled.chain[index - 1]
        spoiled = spoiled.linking(index - 1, below._replace(draft=below.draft._replace(issuer=link.draft.subject)))
    for profile in (profiles.tls_client, profiles.rfc5280_tolerant):
        tell(timed(spoiled, Verifier(trust(spoiled), profile=profile)))


@pytest.mark.parametrize("names", [(), MANY_NAMES], ids=["one name", "many names"])
def test_many_names_under_many_constraints(names: list[bytes]) -> None:
    """Names times constraints stay within the budget: trusted where it suffices, else untrusted."""
    scene = straight(Random(1), 1)._replace(kind="client")
    constraints = pki.name_constraints(excluded=[dns(f"{number}.example.org") for number in range(5_000)])
    scene = scene.drafting(1, lambda draft: draft.including(constraints))
    if names:
        scene = scene.drafting(0, lambda draft: draft.including(pki.subject_alternative_name(*names)))
    verdict = timed(scene, Verifier(trust(scene), profile=profiles.tls_client))
    assert verdict.outcome is (Outcome.UNTRUSTED if names else Outcome.TRUSTED)
    tell(verdict)


def test_many_presented_certificates() -> None:
    """A peer that sends 3,000 certificates of familiar names has its verdict within two seconds."""
    rng = Random(7)
    crowd = [der for _ in range(520) for der in random_pki(rng, first_key=STRANGERS).intermediates][:3_000]
    for seed in range(4):
        asked = random_pki(Random(seed))
        verifier = Verifier(TrustStore(map(Certificate, asked.roots)), profile=profiles.rfc5280)
        presented = [*map(Certificate, asked.intermediates), *map(Certificate, crowd)]
        begun = perf_counter()
        verdict = verifier.verify(Certificate(asked.leaf), presented, at=asked.moments[len(asked.moments) // 2])
        assert (isinstance(verdict, Verdict), perf_counter() - begun < 2) == (True, True)


def test_many_issuers_of_one_name_and_key() -> None:
    """Among sixty certificates for the issuer, all expired but one, that one is found within two seconds."""
    scene = straight(Random(1), 1)
    draft, signer = scene.chain[1].draft, scene.signer(1)
    expired = [
        draft._replace(serial_number=n, not_after=AT.replace(year=2025), not_before=AT.replace(year=2024)).sealed(
            signer
        )
        for n in range(1, 60)
    ]
    crowded = scene._replace(beside=tuple(expired), kind="client")
    assert timed(crowded, Verifier(trust(crowded), profile=profiles.tls_client)).outcome is Outcome.TRUSTED


def trust(scene: Scene) -> TrustStore:
    sound = straight(Random(2), 1)
    return TrustStore([Certificate(scene.sealed(len(scene.chain) - 1)), Certificate(sound.sealed(2))])


def timed(scene: Scene, verifier: Verifier) -> Verdict:
    case = scene.case("outsized", Random(0))
    leaf, intermediates = Certificate(case.leaf), [Certificate(one) for one in case.intermediates]
    begun = perf_counter()
    verdict = verifier.verify(leaf, intermediates, reference=Reference.UNCHECKED, at=AT)
    assert perf_counter() - begun < 2
    return verdict


def tell(verdict: Verdict) -> None:
    """Horizon, texts and data: each is there within two seconds of being asked for."""
    begun = perf_counter()
    assert verdict.horizon.until is None or verdict.horizon.until > verdict.at
    assert "".join(map(str, verdict.findings)) + verdict.explain()
    assert json.dumps(verdict.to_dict())
    assert perf_counter() - begun < 2
