"""What it costs to hold a certificate against every rule of every family, beside pkilint, in one run.

A device's certificate with a key of P-256, RSA-2048 and RSA-4096. Each round takes new views of the same octets, so
nothing is known of a certificate before it is timed, and no rule keeps what it found of a key. The sides take turns,
and the median of the rounds counts; beside it stands the spread, from the first quartile to the third. pkilint holds
the certificate against what its command ``lint_pkix_cert`` asks. What is promised: the rules alone, on a certificate
that was read before, cost at most 150 µs, and at most a tenth of pkilint's on a certificate that it has read as well.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkilint import loader
from pkilint.pkix import certificate as pkix
from pkilint.pkix import extension, name
from run import AT, device

from devicetrust import Certificate, lint, profiles
from devicetrust.rules.catalogue import FAMILIES
from devicetrust.rules.rule import Role
from devicetrust.x509 import extension_values, names

ROUNDS = 41
CERTIFICATES = 24
"""Of each kind of key, each with a key of its own."""
OF_PKILINT = 2
"""How many of them pkilint is given in a round: with these its turn takes as long as ours, and both begin it cold."""
RULES = tuple(dict.fromkeys(rule for family in FAMILIES.values() for rule in family))

MOST_MICROSECONDS, MOST_OF_PKILINT = 150.0, 1 / 10


class Measured(NamedTuple):
    """Microseconds for one certificate, in each round."""

    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        first, _, third = statistics.quantiles(self.rounds, n=4)
        return f"{self.median:8.1f} µs  ({first:.1f} to {third:.1f})"


def main() -> int:
    warnings.simplefilter("ignore")
    print(f"{len(RULES)} rules of {len(FAMILIES)} families; one process; median of {ROUNDS} rounds and its quartiles")
    for kind, new_key in KINDS.items():
        issuer_key = new_key()
        ders = [device(number, new_key(), issuer_key, "http://crl.example/1.crl") for number in range(CERTIFICATES)]
        rules, whole, theirs, their_whole = measured(
            lambda ders=ders: timed([read(der) for der in ders], judge),
            lambda ders=ders: timed([*map(Certificate, ders)], judge),
            lambda ders=ders: timed([pkilint_read(der) for der in ders[:OF_PKILINT]], pkilint_judge),
            lambda ders=ders: timed(ders[:OF_PKILINT], lambda der: pkilint_judge(pkilint_read(der))),
        )
        row(f"{kind}: every rule, in µs", rules.median, MOST_MICROSECONDS, rules)
        row(f"{kind}: every rule, to pkilint's", rules.median / theirs.median, MOST_OF_PKILINT, theirs)
        row(f"{kind}: read as well, to pkilint's", whole.median / their_whole.median, MOST_OF_PKILINT, whole)
    return 0


KINDS: dict[str, Callable[[], Any]] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RSA-2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA-4096": lambda: rsa.generate_private_key(65537, 4096),
}


def row(what: str, value: float, most: float, measured: Measured) -> None:
    print(f"{'met ' if value <= most else 'OVER'}  {value:8.3f}  (at most {most:7.3f})  {what:38} {measured}")


def measured(*works: Callable[[], float]) -> tuple[Measured, ...]:
    """The microseconds that each piece of work took in each round; they take turns."""
    for work in works:  # tables that serve all certificates are made, modules are loaded
        work()
    rounds: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for taken, work in zip(rounds, works, strict=True):
            extension_values._KNOWN.clear()
            names._cached_key.cache_clear()
            names.object_identifier.cache_clear()
            taken.append(work())
    return tuple(map(Measured, rounds))


def timed(items: Sequence[Any], work: Callable[[Any], object]) -> float:
    """The microseconds that ``work`` took on each item, on average."""
    begin = time.perf_counter()
    for item in items:
        work(item)
    return (time.perf_counter() - begin) / len(items) * 1e6


def read(der: bytes) -> Certificate:
    """A certificate whose fields, names, extensions and key are read, as they are in pkilint's documents."""
    certificate = Certificate(der)
    assert certificate.unreadable is None
    assert certificate.serial_number
    assert certificate.issuer.rdns
    assert certificate.subject.rdns
    assert certificate.extensions.present
    assert certificate.subject_alternative_names
    assert certificate.public_key.unreadable is None
    return certificate


def judge(certificate: Certificate) -> None:
    lint(certificate, profile=profiles.rfc5280, rules=RULES, role=Role.LEAF, at=AT)


def pkilint_read(der: bytes) -> Any:
    return loader.RFC5280CertificateDocumentLoader().load_der_document(der)


PKILINT = pkix.create_pkix_certificate_validator_container(
    pkix.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
    [
        pkix.create_issuer_validator_container([]),
        pkix.create_validity_validator_container(),
        pkix.create_subject_validator_container([]),
        pkix.create_extensions_validator_container([]),
        pkix.create_spki_validator_container([]),
    ],
)


def pkilint_judge(document: Any) -> None:
    PKILINT.validate(document.root)


if __name__ == "__main__":
    sys.exit(main())
