"""pkilint as a yardstick: what its RFC 5280 linter calls an error is found here, or a recorded reason says why not.

Held for every certificate of the package cryptography-vectors. pkilint shares no reader of certificates with this
library, but for what it asks of keys.
"""

from __future__ import annotations

import tomllib
import warnings
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pkilint import loader, validation
from pkilint.pkix import certificate, extension, name

from devicetrust import Certificate, lint, profiles
from devicetrust.findings import Code
from devicetrust.path import codes, strength
from devicetrust.rules.catalogue import FAMILIES
from mutation import certificates_in

HERE = Path(__file__).resolve().parent
VECTORS = Path(cryptography_vectors.__file__).parent
GRAVE = frozenset({validation.ValidationFindingSeverity.ERROR, validation.ValidationFindingSeverity.FATAL})


class Reason(NamedTuple):
    """Why findings of a code have none of ours beside them: in these files, or on what is self-signed, or anywhere."""

    finding: str
    files: frozenset[str]
    self_signed: bool

    def excuses(self, case: Case, finding: str) -> bool:
        if finding != self.finding or (self.files and case.file not in self.files):
            return False
        return not self.self_signed or is_self_signed(case.der)


class Case(NamedTuple):
    """A certificate of the vectors, and the codes of pkilint's grave findings."""

    file: str
    der: bytes
    found: frozenset[str]


def recorded() -> tuple[dict[str, frozenset[str]], frozenset[str], tuple[Reason, ...]]:
    """The mapping of codes, those without a rule, and the reasons. Raises `ValueError` for a key that is not known."""
    table = tomllib.loads((HERE / "pkilint.toml").read_text("utf-8"))
    reasons = []
    for entry in table.pop("reason"):
        if set(entry) - {"files", "self_signed"} != {"finding", "why"} or not entry["why"]:
            raise ValueError(f"pkilint.toml: a reason has a finding, a why, and perhaps files: {sorted(entry)}")
        files = frozenset(entry.get("files", ()))
        reasons.append(Reason(entry["finding"], files, entry.get("self_signed", False)))
    if set(table) != {"codes", "no_rule"}:
        raise ValueError(f"pkilint.toml: unknown keys {sorted(table)}")
    return {code: frozenset(ours) for code, ours in table["codes"].items()}, frozenset(table["no_rule"]), tuple(reasons)


CODES, NO_RULE, REASONS = recorded()
# These are made by the kind of key, and listed nowhere.
BY_KEY = "pkix.key_usage_value_"


@cache
def cases() -> tuple[Case, ...]:
    """Every certificate that pkilint reads, once."""
    linter, reader = yardstick(), loader.RFC5280CertificateDocumentLoader()
    found: dict[bytes, Case] = {}
    for path in sorted(path for path in VECTORS.rglob("*") if path.is_file()):
        for der in certificates_in(path.read_bytes()):
            if der in found:
                continue
            try:
                document = reader.load_der_document(der, path.name)
            except ValueError:  # a key, a CRL, a request; or a certificate that pkilint cannot read
                continue
            results = linter.validate(document.root)
            told = [one.finding for result in results for one in result.finding_descriptions]
            grave = frozenset(finding.code for finding in told if finding.severity in GRAVE)
            found[der] = Case(path.name, der, grave)
    return tuple(found.values())


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


def missed(case: Case) -> frozenset[str]:
    """The findings of pkilint beside which there is none of ours."""
    ours = {finding.code.id for finding in lint(Certificate(case.der), profile=profiles.rfc5280).findings}
    return frozenset(finding for finding in case.found if ours.isdisjoint(CODES.get(finding, ())))


@cache
def is_self_signed(der: bytes) -> bool:
    """Whether ``cryptography`` verifies the signature with the certificate's own key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            one = x509.load_der_x509_certificate(der)
            key: Any = one.public_key()
            digest = one.signature_hash_algorithm
            parameters = one.signature_algorithm_parameters if isinstance(key, RSAPublicKey) else None
            further = [part for part in (parameters, digest) if part is not None]
            if isinstance(key, EllipticCurvePublicKey):
                further = [one.signature_algorithm_parameters]
            key.verify(one.signature, one.tbs_certificate_bytes, *further)
        except Exception:  # whatever else it is, it is not known to be self-signed
            return False
    return True


def test_all_are_there() -> None:
    """pkilint reads more than five hundred certificates of the vectors, and objects to more than a hundred of them."""
    assert len(cases()) > 500
    assert sum(bool(case.found) for case in cases()) > 100


def test_each_error_is_found() -> None:
    """What pkilint calls an error or worse has a finding of ours beside it, or a reason that is recorded."""
    unexplained = [
        (case.file, finding)
        for case in cases()
        for finding in sorted(missed(case))
        if not any(reason.excuses(case, finding) for reason in REASONS)
    ]
    assert unexplained == []


def test_each_reason_is_needed() -> None:
    """A reason that excuses nothing, or names a file that needs no excuse, is stale."""
    excused = {
        (reason, case.file)
        for case in cases()
        for finding in missed(case)
        for reason in REASONS
        if reason.excuses(case, finding)
    }
    needed = {reason: frozenset(file for one, file in excused if one == reason) for reason, _ in excused}
    stale = [reason for reason in REASONS if reason not in needed or (reason.files and needed[reason] != reason.files)]
    assert stale == []


def test_the_mapping_is_of_codes_there_are() -> None:
    """Every grave finding that pkilint knows is mapped or excused, and both sides of the mapping exist."""
    theirs = {one.code for one in yardstick_findings() if one.severity in GRAVE}
    everywhere = {one.finding for one in REASONS if not (one.files or one.self_signed)}
    listed = {*CODES, *NO_RULE, *everywhere}
    assert sorted(one for one in theirs ^ listed if not one.startswith(BY_KEY)) == []
    assert sorted(frozenset().union(*CODES.values()) - our_codes()) == []


def yardstick_findings() -> set[validation.ValidationFinding]:
    """Every finding that the linter can make."""
    found: set[validation.ValidationFinding] = set()
    pending: list[object] = [yardstick()]
    while pending:
        one = pending.pop()
        found.update(getattr(one, "_validations", None) or getattr(one, "validations", ()))
        pending += getattr(one, "validators", None) or ()
    return found


def our_codes() -> frozenset[str]:
    """The ids of the codes of rules and of the steps that `lint` takes."""
    steps = [value for module in (codes, strength) for value in vars(module).values() if isinstance(value, Code)]
    rules = [rule.code for family in FAMILIES.values() for rule in family]
    return frozenset(code.id for code in (*steps, *rules))


@pytest.mark.parametrize("finding", sorted({reason.finding for reason in REASONS}))
def test_what_is_excused_is_mapped(finding: str) -> None:
    """A code for which there are exceptions has a rule of ours as well, or it is excused everywhere."""
    everywhere = [one for one in REASONS if one.finding == finding and not (one.files or one.self_signed)]
    assert finding in CODES or everywhere
