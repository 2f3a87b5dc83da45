"""What a CRL of a million entries costs, beside cryptography and pyOpenSSL, in one run.

The CRL is written by hand and signed: pyca's builder would take minutes. Look-ups take turns and the best round counts.
cryptography looks one up by reading from the start, so of it and of OpenSSL a few look-ups are timed.
"""

from __future__ import annotations

import datetime
import gc
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import crypto

from devicetrust import load_crls
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.signatures import Check

ENTRIES = 1_000_000
LOOKUPS = 100_000
ROUNDS = 5
AT = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
WEEK = datetime.timedelta(days=7)

MOST_SECONDS, MOST_MICROSECONDS, MOST_OCTETS = 2.0, 3.0, 64.0


def main() -> int:
    warnings.simplefilter("ignore")
    print(f"a CRL of {ENTRIES:,} entries: serial numbers of 16 octets, each with a reason; best of {ROUNDS} rounds")
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority(key)
    rng = random.Random(1)
    serials = [rng.getrandbits(127) | 1 << 126 for _ in range(ENTRIES)]
    der = revocation_list(issuer, key, serials, rng)
    hits = [serial + 0 for serial in rng.sample(serials, LOOKUPS)]
    misses = [rng.getrandbits(127) | 1 << 126 for _ in range(LOOKUPS)]
    del serials
    gc.collect()

    crl = CertificateRevocationList(der)
    row("load: structure validated", timed(lambda: crl.unreadable), "s")
    public = PublicKey(issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    row("signature checked", timed(lambda: crl.check_signature(public)), "s")
    row("signature checked again with the same key", timed(lambda: crl.check_signature(public)) * 1e6, "µs")
    row("index built", min(timed(lambda one=one: one.count) for one in fresh(der)), "s", MOST_SECONDS)
    assert crl.check_signature(public) is Check.VALID
    assert (crl.unusable, crl.unprocessed_critical, crl.count) == (None, (), ENTRIES)
    own = len(der) / ENTRIES
    row("octets an entry: the DER", own, "")
    row("octets an entry: the index", crl.index_octets / ENTRIES, "")
    row("octets an entry: DER and index", own + crl.index_octets / ENTRIES, "", MOST_OCTETS)
    row("octets an entry: what a process grows by that has it indexed", grown(der) / ENTRIES, "", MOST_OCTETS)

    name = crl.issuer
    asked = {"hit": hits, "miss": misses}
    ours = {what: each(crl.entries, numbers, name) for what, numbers in asked.items()}
    for what, microseconds in ours.items():
        row(f"look-up, {what}", microseconds, "µs", MOST_MICROSECONDS)
    assert all(crl.entries(serial, name) for serial in hits)
    assert not any(crl.entries(serial, name) for serial in misses)

    parsed = crl.to_cryptography()
    parsed.get_revoked_certificate_by_serial_number(misses[0])
    for what, numbers in asked.items():
        microseconds = each(parsed.get_revoked_certificate_by_serial_number, numbers[:5])
        row(f"cryptography: look-up, {what}", microseconds, "µs", beside=ours[what])

    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(issuer))
    row("pyOpenSSL: X509Store.add_crl", timed(lambda: store.add_crl(parsed)), "s")
    store.set_flags(crypto.X509StoreFlags.CRL_CHECK)
    store.set_time(AT)
    devices = {what: device(numbers[0], issuer, key) for what, numbers in asked.items()}
    first = timed(lambda: verify(store, devices["miss"]))
    row("pyOpenSSL: first verify with that store", first, "s")
    for what, certificate in devices.items():
        microseconds = min(timed(lambda one=certificate: verify(store, one)) for _ in range(ROUNDS)) * 1e6
        row(f"pyOpenSSL: verify with that store, {what}", microseconds, "µs")

    pem = parsed.public_bytes(Encoding.PEM)
    row(f"load_crls of {len(pem) >> 20} MiB of PEM", timed(lambda: load_crls(pem)), "s")
    return 0


def row(what: str, value: float, unit: str, most: float | None = None, beside: float | None = None) -> None:
    judged = "    " if most is None else "met " if value <= most else "OVER"
    promised = "" if most is None else f"  (at most {most:g})"
    ratio = "" if beside is None else f"  ({value / beside:,.0f} times ours)"
    print(f"{judged}  {value:12,.3f} {unit:2}  {what}{promised}{ratio}")


def timed(work: Callable[[], Any]) -> float:
    """Seconds that one call takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def each(look_up: Callable[..., object], numbers: Sequence[int], *rest: object) -> float:
    """Microseconds a look-up, in the best round."""

    def work() -> None:
        for number in numbers:
            look_up(number, *rest)

    return min(timed(work) for _ in range(3 * ROUNDS)) / len(numbers) * 1e6


def grown(der: bytes) -> int:
    """By how many octets of memory a fresh process grows that reads the CRL and makes its index."""
    with tempfile.NamedTemporaryFile(suffix=".crl") as file:
        file.write(der)
        file.flush()
        done = subprocess.run([sys.executable, "-c", _CHILD, file.name], capture_output=True, text=True, check=True)
    return int(done.stdout)


_CHILD = """
import sys
from pathlib import Path
from devicetrust import load_crls

def resident():
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096

load_crls(bytes.fromhex("3000"))[0].unreadable  # what loads when first used
before = resident()
(crl,) = load_crls(sys.argv[1])
assert crl.unusable is None
print(resident() - before)
"""


def fresh(der: bytes) -> Iterator[CertificateRevocationList]:
    """The CRL anew for each round, its structure validated and nothing else asked of it."""
    for _ in range(ROUNDS):
        crl = CertificateRevocationList(der)
        assert crl.unreadable is None
        yield crl


def verify(store: crypto.X509Store, certificate: crypto.X509) -> None:
    try:
        crypto.X509StoreContext(store, certificate).verify_certificate()
    except crypto.X509StoreContextError as problem:
        if "revoked" not in str(problem):
            raise


# What is judged


def authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = certificate_builder("Ward CA", key).serial_number(1).add_extension(usage, True)
    return builder.add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())


def device(serial_number: int, issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> crypto.X509:
    builder = certificate_builder("Pump", key).serial_number(serial_number)
    return crypto.X509.from_cryptography(builder.sign(key, hashes.SHA256()))


def certificate_builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(named(subject)).issuer_name(named("Ward CA"))
    return builder.public_key(key.public_key()).not_valid_before(AT - WEEK).not_valid_after(AT + WEEK)


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def revocation_list(
    issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey, serials: Sequence[int], rng: random.Random
) -> bytes:
    """RFC 5280 5.1, with the least that it asks for."""
    # Of an entry all is fixed but 16 octets of serial number, the seconds of its date and its reason.
    head, date = bytes.fromhex("302f0210"), b"\x17\x0d2601%08dZ"
    reason = bytes.fromhex("300c300a0603551d1504030a01")
    entries = b"".join(
        [
            b"".join((head, serial.to_bytes(16, "big"), date % moment(rng), reason, bytes((rng.choice((1, 3, 4, 5)),))))
            for serial in serials
        ]
    )
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    signed = tlv(
        0x30,
        bytes.fromhex("020101"),
        algorithm,
        issuer.subject.public_bytes(),
        *(tlv(0x17, f"{one:%y%m%d%H%M%SZ}".encode()) for one in (AT - WEEK, AT + WEEK)),
        tlv(0x30, entries),
        tlv(0xA0, tlv(0x30, tlv(0x30, bytes.fromhex("0603551d140403020101")))),
    )
    return tlv(0x30, signed, algorithm, tlv(0x03, b"\0", key.sign(signed, ec.ECDSA(hashes.SHA256()))))


def moment(rng: random.Random) -> int:
    """DDhhmmss of a day in January."""
    second = rng.randrange(31 * 86_400)
    day, rest = divmod(second, 86_400)
    return (day + 1) * 1_000_000 + rest // 3600 * 10_000 + rest // 60 % 60 * 100 + rest % 60


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


if __name__ == "__main__":
    sys.exit(main())
