"""What a verifier was asked before never changes what it answers, and strangers take up no memory."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

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

AT = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
CLIENT = x509.ExtendedKeyUsageOID.CLIENT_AUTH
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(
    subject: str, issuer: str, key: Key, issuer_key: Key, *, ca: bool, purposes: list[x509.ObjectIdentifier]
) -> bytes:
    """A certificate of a year around `AT`."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - datetime.timedelta(days=180))
        .not_valid_after(AT + datetime.timedelta(days=180))
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), False)
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(f"{subject}.example")]), False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


ROOT_KEY, DEVICE_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
DEVICE = certificate("pump", "Root", DEVICE_KEY, ROOT_KEY, ca=False, purposes=[CLIENT])
ROOT = certificate("Root", "Root", ROOT_KEY, ROOT_KEY, ca=True, purposes=[])
ROOT_WITH_PURPOSES = certificate("Root", "Root", ROOT_KEY, ROOT_KEY, ca=True, purposes=[CLIENT])


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
    weak = rsa.generate_private_key(65537, 1024)
    root = Certificate(certificate("Root", "Root", weak, weak, ca=True, purposes=[]))
    device = certificate("pump", "Root", DEVICE_KEY, weak, ca=False, purposes=[CLIENT])
    anchor = TrustAnchor(root.subject, root.subject_public_key_info)
    verdict = Verifier(TrustStore([anchor]), profile=profiles.tls_client).verify(device, at=AT)
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
    stranger = ec.generate_private_key(ec.SECP256R1())
    verifier = Verifier(TrustStore([ROOT]), profile=profiles.tls_client)
    verifier.verify(certificate("x", "Elsewhere", stranger, stranger, ca=False, purposes=[CLIENT]), at=AT)
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
