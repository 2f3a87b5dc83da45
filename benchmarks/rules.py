"""What all rules cost that apply to one certificate, beside pkilint's RFC 5280 linter on the same one.

Both sides have the certificate parsed afresh each round, outside of what is measured: the rules alone are compared. The
chains are of ``devicetrust.testing``; "all rules" are those of every family, in the certificate's place in its chain.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from pkilint import loader, validation
from pkilint.pkix import certificate, extension, name

from devicetrust import Certificate, testing
from devicetrust.rules.asking import ask
from devicetrust.rules.catalogue import FAMILIES, OUTLOOK
from devicetrust.rules.rule import Role, Rule

AT = datetime(2026, 6, 1, tzinfo=UTC)
SECONDS = int(AT.timestamp())
ROUNDS = 200
MOST_MICROSECONDS, MOST_OF_PKILINT = 150, 1 / 10


def main() -> int:
    rules = tuple({rule.code.id: rule for family in (*FAMILIES.values(), OUTLOOK) for rule in family}.values())
    print(f"{len(rules)} rules of every family, parsing aside; best of {ROUNDS} rounds")
    linter = yardstick()
    for algorithm in (testing.KeyAlgorithm.P256, testing.KeyAlgorithm.RSA_3072):
        chain = [one.der for one in testing.Hospital(seed=1, at=AT, algorithm=algorithm).device("pump-1").chain]
        for index, role in ((0, Role.LEAF), (1, Role.INTERMEDIATE)):
            ours = min(of_rules(rules, chain, index, role) for _ in range(ROUNDS))
            theirs = min(of_pkilint(linter, chain[index]) for _ in range(ROUNDS // 10))
            for what, value, most in (
                ("microseconds of all rules", ours * 1e6, MOST_MICROSECONDS),
                ("all rules, to pkilint's", ours / theirs, MOST_OF_PKILINT),
            ):
                met = "met " if value <= most else "OVER"
                print(f"{met}  {value:8.3f}  (at most {most:.3f})  {algorithm.value}, {role.value}: {what}")
    return 0


def of_rules(rules: tuple[Rule, ...], chain: list[bytes], index: int, role: Role) -> float:
    """Seconds that the answers of all rules take."""
    parsed = [Certificate(der) for der in chain]
    for one in parsed:
        _ = one.extensions, one.public_key, one.issuer.key, one.subject.key
    issuers = tuple(parsed[index + 1 :])
    begin = time.perf_counter()
    for rule in rules:
        ask(rule, parsed[index], index, role, issuers, SECONDS)
    return time.perf_counter() - begin


def of_pkilint(linter: validation.ValidatorContainer, der: bytes) -> float:
    """Seconds that pkilint's validators take."""
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(der, "certificate")
    begin = time.perf_counter()
    linter.validate(document.root)
    return time.perf_counter() - begin


def yardstick() -> validation.ValidatorContainer:
    """The linter behind pkilint's ``lint_pkix_cert``."""
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
