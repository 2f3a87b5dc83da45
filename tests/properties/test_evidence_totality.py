"""Any bytes as CRL or OCSP response: verification ends, explains itself, and never finds trust in what was spoiled."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import cryptography_vectors

import mutation
import pki_revocation as made
from devicetrust import (
    Certificate,
    DeviceTrustError,
    Evidence,
    Outcome,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_crls,
    load_ocsp,
    profiles,
)
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse
from pki import AT, Authority, Key, common_name, dns, key, signature
from pki_status import KEY_COMPROMISE, AnswerOfStatus, Issued, ListOfStatus, random_ward

COUNT = 20_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 300
ROOT = Authority(common_name("Ward Root"), key("p256", 0))
LEAF = Issued(ROOT.issues(common_name("pump-1"), key("p256", 99), dns("pump-1.ward.example.com")), ROOT)
YESTERDAY, TOMORROW = made.YESTERDAY, made.TOMORROW
SERIAL = LEAF.draft.serial_number
REVOKING_CRL = ListOfStatus(
    ROOT, ((SERIAL, KEY_COMPROMISE),), (made.crl_number(1),), YESTERDAY, TOMORROW, ROOT.key
).sealed()
REVOKING_ANSWER = AnswerOfStatus(
    LEAF, made.revoked(reason=KEY_COMPROMISE), YESTERDAY, TOMORROW, ROOT.key, (ROOT.root(),)
).sealed()


def test_any_crl_has_an_answer() -> None:
    """Mutated CRLs, real and made, with and without a right signature, neither raise nor go without an explanation."""
    for rng, der in spoiled(COUNT, "CRL", crls()):
        again = mutation.resigned(rng, REVOKING_CRL, crls(), ROOT.key)
        told(ask(Evidence(crls=map(CertificateRevocationList, (der, again)))))
        loads(load_crls, der)


def test_any_response_has_an_answer() -> None:
    """Mutated OCSP responses, real and made, with and without a right signature, neither raise nor go unexplained."""
    for rng, der in spoiled(COUNT, "OCSP", responses()):
        again = resigned_response(rng, REVOKING_ANSWER, responses(), ROOT.key)
        told(ask(Evidence(ocsp=map(OCSPResponse, (der, again)))))
        loads(load_ocsp, der)


def test_spoiled_revocation_is_no_good() -> None:
    """However a piece that revokes the leaf is mutated, no status "good" comes out of it."""
    donors = [REVOKING_CRL, REVOKING_ANSWER]
    for _, der in spoiled(COUNT, "revocation", donors):
        evidence = Evidence(crls=[CertificateRevocationList(der)], ocsp=[OCSPResponse(der)])
        assert not ask(evidence).outcome.admits, der.hex()


def test_the_pieces_are_what_they_are_taken_for() -> None:
    """Each piece revokes while nothing is spoiled, and without any the leaf is UNDECIDED."""
    assert ask(Evidence()).outcome is Outcome.UNDECIDED
    assert ask(Evidence(crls=[CertificateRevocationList(REVOKING_CRL)])).outcome is Outcome.UNTRUSTED
    assert ask(Evidence(ocsp=[OCSPResponse(REVOKING_ANSWER)])).outcome is Outcome.UNTRUSTED


def test_real_pieces_are_among_them() -> None:
    """The donors include CRLs and responses that others made."""
    assert len(crls()) > 150
    assert len(responses()) > 15


def ask(evidence: Evidence) -> Verdict:
    """The verdict of a verifier that was never asked before, with the status required."""
    profile = profiles.tls_client.evolve(revocation=RevocationPolicy.REQUIRED)
    verifier = Verifier(TrustStore([Certificate(ROOT.root())]), profile=profile)
    return verifier.verify(Certificate(LEAF.sealed()), evidence=evidence, at=AT)


def told(verdict: Verdict) -> None:
    """Whatever the verdict is, it has a horizon, a text and data."""
    assert verdict.explain().startswith(verdict.outcome.value.upper())
    assert json.loads(json.dumps(verdict.to_dict()))["outcome"] == verdict.outcome.value
    assert verdict.horizon.until is None or verdict.horizon.until > AT


def loads(reader: Callable[[bytes], object], der: bytes) -> None:
    """What cannot be loaded is said by an error of this library."""
    try:
        reader(der)
    except DeviceTrustError as error:
        assert str(error)  # noqa: PT017


def spoiled(count: int, name: str, donors: tuple[bytes, ...] | list[bytes]):
    """So many mutated pieces, each with its own source of chance."""
    for number in range(count):
        rng = Random(f"{name} {number}")
        yield rng, mutation.mutated(rng, rng.choice(donors), donors)


def resigned_response(rng: Random, der: bytes, donors: tuple[bytes, ...], signer: Key) -> bytes:
    """An OCSP response with its ResponseData mutated in structure, and then signed."""
    tree = mutation.read(der)
    assert tree is not None
    basic = tree.children[1].children[0].children[1].children[0]
    for _ in range(rng.choice((1, 1, 2))):
        rng.choice(mutation.TREE_MUTATIONS)(rng, rng.choice(list(basic.children[0].walk())), donors)
    content = signature.__wrapped__(signer, signer.scheme, basic.children[0].encoded())
    basic.children[2] = mutation.Element(0x03, b"\0" + content)
    return tree.encoded()


_END = "-----END X509 CRL-----"


@cache
def crls() -> tuple[bytes, ...]:
    """The CRLs of cryptography's vectors, and made ones."""
    folder = Path(cryptography_vectors.__file__).parent / "x509"
    real = [path.read_bytes() for path in sorted(folder.rglob("*.crl"))]
    pems = [path.read_text("ascii").splitlines() for path in sorted(folder.glob("custom/*crl*.pem"))]
    real += [base64.b64decode("".join(lines[1 : lines.index(_END)])) for lines in pems if _END in lines]
    wards = [random_ward(Random(number)) for number in range(20)]
    own = [one.sealed() for ward in wards for one in ward.lists]
    return tuple(der for der in (*real, *own) if len(der) <= mutation.LARGEST)


@cache
def responses() -> tuple[bytes, ...]:
    """The OCSP responses of cryptography's vectors, and made ones."""
    folder = Path(cryptography_vectors.__file__).parent / "x509" / "ocsp"
    real = [path.read_bytes() for path in sorted(folder.glob("resp*.der"))]
    wards = [random_ward(Random(number)) for number in range(20)]
    own = [one.sealed() for ward in wards for one in ward.answers]
    return tuple(der for der in (*real, *own) if len(der) <= mutation.LARGEST)
