"""What a verdict costs, beside other verifiers, in one run: a table of ratios.

Each row interleaves the two sides round by round and takes each side's best round, so that a noisy machine bears on
both alike. Single timings mean little; the ratios are what is promised.
"""

from __future__ import annotations

import asyncio
import datetime
import itertools
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from OpenSSL import crypto

from devicetrust import Certificate, Evidence, Profile, RevocationPolicy, TrustStore, Verifier, profiles, testing
from devicetrust.x509 import extension_values, names, signatures
from devicetrust.x509.crl import CertificateRevocationList

NOT_BEFORE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
AT = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
WEEK = datetime.timedelta(days=7)
NOT_AFTER = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
DEVICES = 1000
ROUNDS = 15


class Chain(NamedTuple):
    """A root, one intermediate and a thousand devices below it, and the CRLs of both CAs, all DER."""

    root: bytes
    intermediate: bytes
    devices: list[bytes]
    crls: list[bytes]


class Row(NamedTuple):
    """One promise: what was compared, the ratio (or the seconds, where it says so), and the most that it may be."""

    what: str
    ratio: float
    most: float


def main() -> int:
    warnings.simplefilter("ignore")
    print(f"{DEVICES} devices, one intermediate, one root; parse included; one process; best of {ROUNDS} rounds")
    p256 = chain(lambda: ec.generate_private_key(ec.SECP256R1()), DEVICES)
    rsa2048 = chain(lambda: rsa.generate_private_key(65537, 2048), 12)
    few = p256._replace(devices=p256.devices[:100])
    listed = chain(lambda: ec.generate_private_key(ec.SECP256R1()), 100, crl_url="http://crl.example/issuing.crl")
    unasked = profiles.tls_client.evolve(revocation=RevocationPolicy.OFF)
    lists = Evidence(crls=map(CertificateRevocationList, listed.crls))
    rows = [
        compared("P-256, each device, to cryptography's ClientVerifier", ours(p256), pyca(p256), 0.75),
        compared("P-256, each device, to pyOpenSSL's X509StoreContext", ours(p256), pyopenssl(p256), 0.8),
        compared("P-256, each of 100 devices, to pyhanko-certvalidator", ours(few), pyhanko(few), 0.3),
        compared("RSA-2048, each device, to cryptography's ClientVerifier", ours(rsa2048), pyca(rsa2048), 1.2),
        compared("P-256, first and cold chain, to cryptography's", ours_cold(p256), pyca_cold(p256), 2.0),
        compared("P-256, the same peer again, to cryptography's", ours_again(p256), pyca(p256), 1 / 25),
        compared(
            "P-256, each device by an indexed CRL, to the same without revocation",
            ours(listed, evidence=lists),
            ours(listed, unasked),
            1.3,
        ),
        compared("a pump of testing.Hospital, keys pooled, to cryptography's builder", issued(), issued_by_pyca(), 1.5),
        imported(),
        fixtures(),
    ]
    for row in rows:
        print(f"{'met ' if row.ratio <= row.most else 'OVER'}  {row.ratio:6.3f}  (at most {row.most:.3f})  {row.what}")
    return 0


def compared(what: str, one: Callable[[], None], other: Callable[[], None], most: float) -> Row:
    """The ratio of the best rounds of two pieces of work, which take turns."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for side, work in enumerate((one, other)):
            begin = time.perf_counter()
            work()
            best[side] = min(best[side], time.perf_counter() - begin)
    return Row(what, best[0] / best[1], most)


def imported() -> Row:
    """The cost of importing, in fresh processes.

    Both sides load bytecode, as installed packages do: pip compiles what it installs, but not this source tree, and an
    environment that forbids writing bytecode would have it compiled anew in every process.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for side, module in enumerate(("devicetrust", "cryptography.x509")):
            code = f"import time; b = time.perf_counter(); import {module}; print(time.perf_counter() - b)"
            child = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
            )
            best[side] = min(best[side], float(child.stdout))
    return Row("import devicetrust, to import cryptography.x509", best[0] / best[1], 2.5)


def fixtures() -> Row:
    """What all fixtures of the pytest plugin cost together in a fresh run of pytest, to one that asks for none.

    Each is used, so that nothing is left for later: a device of each fault that a client can show is issued, a server
    is started. The handshakes of `assert_refuses` are not among it; those are its tests, not its making.
    """
    idle = "def test_idle():\n    pass\n"
    busy = """
import ssl

from devicetrust.testing.refusals import SHOWN

def test_busy(hospital, revocation_server, mtls_server, assert_refuses):
    mtls_server(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    assert hospital.device("pump-1").chain and assert_refuses and revocation_server.url
    for fault in SHOWN:
        hospital.device("pump-2", faults=[fault])
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best = [float("inf"), float("inf")]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for side, test in enumerate((busy, idle)):
                Path(folder, "test_ward.py").write_text(test)
                command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_ward.py"]
                begin = time.perf_counter()
                subprocess.run(command, cwd=folder, capture_output=True, check=True, env=environment)
                best[side] = min(best[side], time.perf_counter() - begin)
    return Row("all fixtures for pytest, imports and every fault included, in seconds", best[0] - best[1], 0.5)


def ours(made: Chain, profile: Profile = profiles.tls_client, evidence: Evidence | None = None) -> Callable[[], None]:
    verifier = Verifier(TrustStore([made.root]), profile=profile)
    intermediates = [Certificate(made.intermediate)]
    verifier.verify(Certificate(made.devices[0]), intermediates, evidence=evidence, at=AT).require()

    def work() -> None:
        verifier._workings.judgements.clear()  # each device is met for the first time
        for device in made.devices:
            verifier.verify(Certificate(device), intermediates, evidence=evidence, at=AT)

    return work


def ours_again(made: Chain) -> Callable[[], None]:
    verifier = Verifier(TrustStore([made.root]), profile=profiles.tls_client)
    device = made.devices[0]

    def work() -> None:
        for _ in made.devices:
            verifier.verify(Certificate(device), [Certificate(made.intermediate)], at=AT)

    return work


def ours_cold(made: Chain) -> Callable[[], None]:
    def work() -> None:
        for device in made.devices[:100]:
            signatures._SUCCESSES.clear()
            extension_values._KNOWN.clear()
            names._cached_key.cache_clear()
            names.object_identifier.cache_clear()
            verifier = Verifier(TrustStore([made.root]), profile=profiles.tls_client)
            verifier.verify(Certificate(device), [Certificate(made.intermediate)], at=AT)

    return work


def pyca(made: Chain) -> Callable[[], None]:
    load = x509.load_der_x509_certificate
    verifier = _pyca_verifier(made)
    intermediates = [load(made.intermediate)]

    def work() -> None:
        for device in made.devices:
            verifier.verify(load(device), intermediates)

    return work


def pyca_cold(made: Chain) -> Callable[[], None]:
    load = x509.load_der_x509_certificate

    def work() -> None:
        for device in made.devices[:100]:
            _pyca_verifier(made).verify(load(device), [load(made.intermediate)])

    return work


def _pyca_verifier(made: Chain) -> verification.ClientVerifier:
    store = verification.Store([x509.load_der_x509_certificate(made.root)])
    return verification.PolicyBuilder().store(store).time(AT).build_client_verifier()


def pyopenssl(made: Chain) -> Callable[[], None]:
    def load(der: bytes) -> crypto.X509:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, der)

    store = crypto.X509Store()
    store.add_cert(load(made.root))
    store.set_time(AT.replace(tzinfo=None))
    intermediates = [load(made.intermediate)]

    def work() -> None:
        for device in made.devices:
            crypto.X509StoreContext(store, load(device), intermediates).verify_certificate()

    return work


def pyhanko(made: Chain) -> Callable[[], None]:
    from asn1crypto import x509 as asn1  # noqa: PLC0415, this row alone needs them
    from pyhanko_certvalidator import CertificateValidator, ValidationContext  # noqa: PLC0415

    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(made.root)], moment=AT, allow_fetching=False, best_signature_time=AT
    )
    intermediates = [asn1.Certificate.load(made.intermediate)]

    async def validate() -> None:
        for device in made.devices:
            leaf = asn1.Certificate.load(device)
            validator = CertificateValidator(leaf, intermediate_certs=intermediates, validation_context=context)
            await validator.async_validate_usage({"digital_signature"})

    def work() -> None:
        asyncio.run(validate())

    return work


def chain(
    new_key: Callable[[], ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey], keys: int, crl_url: str | None = None
) -> Chain:
    """Fresh keys and certificates; devices share ``keys`` keys where making them is slow."""
    root_key, issuing_key = new_key(), new_key()
    pool = [new_key() for _ in range(keys)]
    root = authority("Root", "Root", root_key, root_key, None)
    intermediate = authority("Issuing", "Root", issuing_key, root_key, 0)
    devices = [device(number, pool[number % keys], issuing_key, crl_url) for number in range(DEVICES)]
    return Chain(
        root, intermediate, devices, [revocations("Root", root_key, 10), revocations("Issuing", issuing_key, 1000)]
    )


def revocations(issuer: str, key, count: int) -> bytes:  # type: ignore[no-untyped-def]
    """A CRL of so many entries, none of them of a device here."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(_name(issuer))
    builder = builder.last_update(AT - WEEK).next_update(AT + WEEK).add_extension(x509.CRLNumber(1), False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
    for _ in range(count):
        revoked = x509.RevokedCertificateBuilder().serial_number(x509.random_serial_number())
        builder = builder.add_revoked_certificate(revoked.revocation_date(NOT_BEFORE).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example Hospital"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(subject: str, issuer: str, key, issuer_key) -> x509.CertificateBuilder:  # type: ignore[no-untyped-def]
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False)


def issued() -> Callable[[], None]:
    """Devices of a hospital for tests, each with a key of its own that was made before, and dates that are new."""
    hospital = testing.Hospital(at=AT)
    rounds = itertools.count(1)

    def work() -> None:
        end = NOT_AFTER + next(rounds) * datetime.timedelta(seconds=1)
        for number in range(100):
            hospital.device(f"pump-{number}", not_after=end)

    return work


def issued_by_pyca() -> Callable[[], None]:
    """As many by cryptography's builder, all with one key."""
    key, issuer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def work() -> None:
        for number in range(100):
            device(number, key, issuer_key, "http://crl.example/issuing.crl")

    return work


def authority(subject: str, issuer: str, key, issuer_key, length: int | None) -> bytes:  # type: ignore[no-untyped-def]
    builder = _builder(subject, issuer, key, issuer_key)
    builder = builder.add_extension(x509.BasicConstraints(True, length), True)
    return builder.add_extension(_usage(signs=True), True).sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


def device(number: int, key, issuer_key, crl_url: str | None) -> bytes:  # type: ignore[no-untyped-def]
    name = x509.DNSName(f"pump-{number}.icu.example")
    builder = _builder(f"pump-{number}", "Issuing", key, issuer_key)
    builder = builder.add_extension(x509.BasicConstraints(False, None), True).add_extension(_usage(signs=False), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH]), False)
    builder = builder.add_extension(x509.SubjectAlternativeName([name]), False)
    if crl_url is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


if __name__ == "__main__":
    sys.exit(main())
