"""Which names the CAs of a path leave open: RFC 5280 6.1.3 (b), (c) and 6.1.4 (g), PKITS 4.13, x509-limbo."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509

from devicetrust.path.name_constraints import Subtrees, Violation
from devicetrust.x509.general_names import NameConstraints, from_cryptography
from devicetrust.x509.names import Name
from naming import (
    EXCLUDED,
    NOBODY,
    NOT_PERMITTED,
    Purse,
    directory,
    dns,
    email,
    excluding,
    ip,
    kinds,
    other,
    permitting,
    subject,
    uri,
)

SUBJECT = "tbsCertificate.subject"
PKITS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"


class TestState:
    def test_nothing_is_constrained_at_first(self) -> None:
        """RFC 5280 6.1.2 (b), (c): without constraints every name passes, and nothing is paid."""
        purse = Purse(0)
        found = list(Subtrees.UNCONSTRAINED.violations(subject("CN=Pump"), (dns("pump.example"), dns("")), purse))
        assert (found, purse.is_spent, Subtrees.UNCONSTRAINED.is_unconstrained) == ([], False, True)

    def test_permitted_subtrees_intersect(self) -> None:
        """RFC 5280 6.1.4 (g) (1): example.com and then foo.example.com leave foo.example.com."""
        narrowed = permitting(dns("example.com")).narrowed(NameConstraints((dns("foo.example.com"),)))
        assert kinds(narrowed, dns("foo.example.com"), dns("a.foo.example.com")) == []
        assert kinds(narrowed, dns("bar.example.com")) == [NOT_PERMITTED]

    def test_permitted_subtrees_never_widen(self) -> None:
        """RFC 5280 6.1.4 (g) (1): example.com and then example.net leave nothing."""
        narrowed = permitting(dns("example.com")).narrowed(NameConstraints((dns("example.net"),)))
        assert kinds(narrowed, dns("a.example.com"), dns("a.example.net")) == [NOT_PERMITTED, NOT_PERMITTED]

    def test_a_name_needs_one_base_at_each_level(self) -> None:
        """RFC 5280 6.1.3 (b): within one of the permitted subtrees is enough."""
        narrowed = permitting(dns("a.example"), dns("b.example")).narrowed(NameConstraints((dns("b.example"),)))
        assert kinds(narrowed, dns("x.b.example")) == []

    def test_excluded_subtrees_unite(self) -> None:
        """RFC 5280 6.1.4 (g) (2): what either excludes is excluded."""
        narrowed = excluding(dns("a.example")).narrowed(NameConstraints(excluded=(dns("b.example"),)))
        assert kinds(narrowed, dns("a.example"), dns("b.example"), dns("c.example")) == [EXCLUDED, EXCLUDED]

    def test_exclusion_prevails(self) -> None:
        """RFC 5280 4.2.1.10: an excluded name is invalid whatever is permitted."""
        both = Subtrees.UNCONSTRAINED.narrowed(NameConstraints((dns("a.example"),), (dns("x.a.example"),)))
        assert kinds(both, dns("a.example"), dns("y.x.a.example")) == [EXCLUDED]

    def test_other_forms_are_left_alone(self) -> None:
        """RFC 5280 4.2.1.10: restrictions apply only to names of their form."""
        constrained = permitting(dns("a.example"), ip(IPv4Network("192.0.2.0/24")))
        names = (email("root@b.example"), uri("https://b.example/"), directory("CN=x"), other(b"\x05\x00", "1.2.3"))
        assert kinds(constrained, *names, holder=subject("CN=Pump")) == []

    def test_narrowing_leaves_the_former_state_as_it_was(self) -> None:
        """The state is immutable: paths that share a CA share it."""
        former = permitting(dns("a.example"))
        former.narrowed(NameConstraints(excluded=(dns("a.example"),)))
        assert kinds(former, dns("a.example")) == []
        assert Subtrees.UNCONSTRAINED.is_unconstrained

    def test_a_violation_says_which_name_and_which_constraint(self) -> None:
        """The index and form of the name, and the bases that decided, as text for people."""
        constrained = permitting(*(dns(f"{letter}.example") for letter in "abcde")).narrowed(
            NameConstraints(excluded=(directory("O=Ward"),))
        )
        names = (dns("a.example"), dns("f.example"), directory("CN=x,O=WARD"))
        purse = Purse()
        assert list(constrained.violations(subject("CN=Pump,O=ward"), names, purse)) == [
            Violation(EXCLUDED, "DN:CN=Pump,O=ward", "DN:O=Ward", SUBJECT),
            Violation(
                NOT_PERMITTED,
                "DNS:f.example",
                "DNS:a.example, DNS:b.example, DNS:c.example and 2 more",
                "tbsCertificate.extensions.subjectAltName[1]",
            ),
            Violation(EXCLUDED, "DN:CN=x,O=WARD", "DN:O=Ward", "tbsCertificate.extensions.subjectAltName[2]"),
        ]


class TestBudget:
    def test_each_pair_of_a_name_and_a_base_of_its_form_is_paid(self) -> None:
        """RFC 5280 6.1.3 (b), (c): as many comparisons as names times constraints of their form, on all levels."""
        constrained = permitting(dns("example"), dns("test"), email("example")).narrowed(
            NameConstraints(excluded=(dns("x.example"),))
        )
        purse = Purse(100)
        names = (dns("a.example"), dns("b.example"), ip(IPv4Address("192.0.2.1")))
        assert list(constrained.violations(subject("CN=Pump"), names, purse)) == []
        assert purse.left == 100 - 2 * 3

    def test_what_cannot_be_paid_is_not_looked_at(self) -> None:
        """Where the budget is spent nothing more is said, and the budget knows."""
        purse = Purse(3)
        names = (dns("a.test"), dns("b.test"))
        found = list(permitting(dns("a.example"), dns("b.example")).violations(NOBODY, names, purse))
        assert ([violation.name for violation in found], purse.is_spent) == (["DNS:a.test"], True)

    def test_large_but_honest_certificates_pass(self) -> None:
        """200 names under 10 constraints are within the default of 250,000 comparisons."""
        constrained = permitting(*(dns(f"{number}.example") for number in range(10)))
        purse = Purse()
        names = tuple(dns(f"pump-{number}.{number % 10}.example") for number in range(200))
        assert list(constrained.violations(NOBODY, names, purse)) == []
        assert purse.left == 250_000 - 2_000


# PKITS 4.13 and x509-limbo: the constraints of real chains, driven as RFC 5280 6.1 does.


def chain_violations(chain: Iterable[x509.Certificate], purse: Purse) -> Iterator[Violation]:
    """The violations along a path, anchor first; self-issued certificates but the last are exempt, RFC 5280 6.1.3."""
    subtrees = Subtrees.UNCONSTRAINED
    anchor, *below = chain
    for certificate in (anchor, *below):
        holder, issuer = Name(certificate.subject.public_bytes()), Name(certificate.issuer.public_bytes())
        if certificate is not anchor and (holder != issuer or certificate is below[-1]):
            names = extension(certificate, x509.SubjectAlternativeName) or ()
            yield from subtrees.violations(holder, tuple(map(from_cryptography, names)), purse)
        stated = extension(certificate, x509.NameConstraints)
        if stated is not None:
            permitted, excluded = stated.permitted_subtrees or (), stated.excluded_subtrees or ()
            subtrees = subtrees.narrowed(
                NameConstraints(tuple(map(from_cryptography, permitted)), tuple(map(from_cryptography, excluded)))
            )


def extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def pkits() -> list[Any]:
    lines = (Path(__file__).parents[1] / "conformance" / "pkits.txt").read_text().splitlines()
    rows = [[field.strip() for field in line.split("|")] for line in lines if line.startswith("4.13.")]
    return [pytest.param(row[5].split(","), row[1], id=row[0]) for row in rows]


@pytest.mark.parametrize(("files", "expected"), pkits())
def test_pkits_4_13(files: list[str], expected: str) -> None:
    """PKITS 4.13: names in and outside of the subtrees of one and of several CAs."""
    chain = [x509.load_der_x509_certificate((PKITS / f"{file}.crt").read_bytes()) for file in files]
    purse = Purse()
    assert ("invalid" if list(chain_violations(chain, purse)) else "valid") == expected


# Refused by limbo for a reason other than a name outside of the constraints.
NOT_ABOUT_NAMES = {
    "rfc5280::nc::permitted-dns-match-noncritical",  # criticality
    "rfc5280::nc::not-allowed-in-ee-noncritical",  # constraints on an end entity
    "rfc5280::nc::not-allowed-in-ee-critical",
    "rfc5280::nc::invalid-dnsname-wildcard",  # unreadable
    "rfc5280::nc::invalid-ipv4-address",
    "rfc5280::nc::invalid-ipv6-address",
    "webpki::nc::intermediate-permitted-excluded-subtrees-both-null",
    "webpki::nc::intermediate-permitted-excluded-subtrees-both-empty-sequences",
    "pathological::nc-dos-3",  # no alternative name at all, and no constraint of the subject's forms
}


def limbo() -> list[Any]:
    beside = Path(__file__).parents[3] / "shared" / "conformance" / "limbo.json.gz"
    source = Path(os.environ.get("DEVICETRUST_LIMBO", beside))
    if not source.is_file():
        return [
            pytest.param(None, marks=pytest.mark.skip(reason="no limbo.json.gz: set DEVICETRUST_LIMBO to its path"))
        ]
    cases = json.loads(gzip.decompress(source.read_bytes()))["testcases"]
    about = [case for case in cases if any(part in case["id"] for part in ("::nc::", "cve-2025-61727", "nc-dos"))]
    return [pytest.param(case, id=case["id"]) for case in about if case["id"] not in NOT_ABOUT_NAMES]


@pytest.mark.parametrize("case", limbo())
def test_limbo(case: dict[str, Any]) -> None:
    """x509-limbo: some path has no violation within the budget exactly where the case is valid."""
    leaf, roots, pool = (
        [x509.load_pem_x509_certificate(pem.encode()) for pem in pems]
        for pems in ([case["peer_certificate"]], case["trusted_certs"], case["untrusted_intermediates"])
    )

    def paths(chain: list[x509.Certificate]) -> Iterator[list[x509.Certificate]]:
        yield from ([root, *chain] for root in roots if root.subject == chain[0].issuer)
        for ca in pool:
            if ca.subject == chain[0].issuer and ca not in chain:
                yield from paths([ca, *chain])

    def stands(chain: list[x509.Certificate]) -> bool:
        purse = Purse()
        return not list(chain_violations(chain, purse)) and not purse.is_spent

    found = [stands(chain) for chain in paths(leaf)]
    assert ("SUCCESS" if any(found) else "FAILURE") == case["expected_result"]
    assert found
