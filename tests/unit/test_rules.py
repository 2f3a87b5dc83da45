"""Each rule has a certificate that keeps it and one that breaks it; rules add findings and decide nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import NamedTuple

import pytest

import pki
from devicetrust import Certificate, Outcome, Severity, profiles
from devicetrust.rules import catalogue
from devicetrust.rules.cabf import baseline
from devicetrust.rules.rfc5280 import basic_fields, extensions
from devicetrust.rules.rule import Role, Rule
from pki import Draft, Extension
from ward import DEVICE, ISSUING, ROOT, ask, found, including, replacing, scene

LEAF = scene().chain[0].draft
AUTHORITY = scene().chain[1].draft
ANCHOR = scene().chain[2].draft
ANY_PURPOSE = "2.5.29.37.0"
AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1"
NAMES = pki.name_constraints([pki.dns("a.example")])


def aki(*parts: bytes) -> Extension:
    return Extension(pki.AUTHORITY_KEY_IDENTIFIER, False, pki.sequence(*parts))


def not_critical(extension: Extension) -> Extension:
    return extension._replace(critical=False)


class Breach(NamedTuple):
    """A draft that breaks a rule, and one that keeps it."""

    rule: Rule
    bad: Draft
    good: Draft


BREACHES = [
    Breach(basic_fields.serial_number_positive, LEAF._replace(serial_number=0), LEAF._replace(serial_number=1)),
    Breach(basic_fields.issuer_not_empty, LEAF._replace(issuer=b"\x30\x00"), LEAF),
    Breach(basic_fields.authority_subject_not_empty, AUTHORITY._replace(subject=b"\x30\x00"), AUTHORITY),
    Breach(extensions.authority_key_identifier_present, LEAF.without(pki.AUTHORITY_KEY_IDENTIFIER), LEAF),
    Breach(extensions.authority_key_identifier_present, LEAF.including(aki(pki.tlv(0x82, b"\x01"))), LEAF),
    Breach(extensions.subject_key_identifier_present, AUTHORITY.without(pki.SUBJECT_KEY_IDENTIFIER), AUTHORITY),
    Breach(
        extensions.non_critical,
        LEAF.including(LEAF.extension(pki.SUBJECT_KEY_IDENTIFIER)._replace(critical=True)),
        LEAF,
    ),
    Breach(
        extensions.non_critical,
        LEAF.including(LEAF.extension(pki.AUTHORITY_KEY_IDENTIFIER)._replace(critical=True)),
        LEAF,
    ),
    Breach(
        extensions.critical_on_authorities,
        AUTHORITY.including(pki.basic_constraints(ca=True, critical=False)),
        AUTHORITY,
    ),
    Breach(
        extensions.critical_on_authorities,
        AUTHORITY.including(not_critical(pki.policy_constraints(1))),
        AUTHORITY.including(pki.policy_constraints(1)),
    ),
    Breach(extensions.name_constraints_critical, AUTHORITY.including(not_critical(NAMES)), AUTHORITY.including(NAMES)),
    Breach(extensions.name_constraints_on_authorities_only, LEAF.including(NAMES), LEAF),
    Breach(
        extensions.certificate_signing_by_authorities_only,
        LEAF.including(pki.key_usage(pki.DIGITAL_SIGNATURE, pki.KEY_CERT_SIGN)),
        LEAF,
    ),
    Breach(
        extensions.subject_alternative_name_critical_without_subject,
        LEAF._replace(subject=b"\x30\x00"),
        LEAF._replace(subject=b"\x30\x00").including(pki.subject_alternative_name(pki.dns("a.example"), critical=True)),
    ),
    *(
        Breach(
            extensions.dns_names_well_formed,
            LEAF.including(pki.subject_alternative_name(pki.dns(text))),
            LEAF.including(pki.subject_alternative_name(pki.dns("*.ward.example.com"), pki.dns("pump-17"))),
        )
        for text in ("", " ", "a..example", "-a.example", "a b.example", "w*.example.com", "a.*.example", ".a.example")
    ),
    Breach(baseline.version_3, LEAF._replace(version=None, extensions=()), LEAF),
    Breach(baseline.leaf_is_no_authority, LEAF.including(pki.basic_constraints(ca=True)), LEAF),
    Breach(baseline.subject_alternative_name_present, LEAF.without(pki.SUBJECT_ALTERNATIVE_NAME), LEAF),
    Breach(
        baseline.subject_alternative_name_not_critical,
        LEAF.including(pki.subject_alternative_name(pki.dns("a.example"), critical=True)),
        LEAF._replace(subject=b"\x30\x00").including(pki.subject_alternative_name(pki.dns("a.example"), critical=True)),
    ),
    Breach(
        baseline.leaf_purposes_not_critical,
        LEAF.including(pki.extended_key_usage(pki.SERVER_AUTH, critical=True)),
        LEAF,
    ),
    Breach(
        baseline.leaf_purposes_listed,
        LEAF.including(pki.extended_key_usage(pki.SERVER_AUTH, ANY_PURPOSE)),
        LEAF.including(pki.extended_key_usage(pki.SERVER_AUTH)),
    ),
    Breach(baseline.anchor_without_purposes, ANCHOR.including(pki.extended_key_usage(pki.SERVER_AUTH)), ANCHOR),
    Breach(baseline.anchor_authority_key_identifier, ANCHOR.including(aki(pki.tlv(0x80, b"other"))), ANCHOR),
    Breach(
        baseline.anchor_authority_key_identifier,
        ANCHOR.including(aki(pki.tlv(0x82, b"\x01"))),
        ANCHOR.including(aki(pki.tlv(0x80, ROOT.key.identifier))),
    ),
    *(
        Breach(
            rule,
            LEAF.including(pki.key_usage(pki.KEY_ENCIPHERMENT)),
            LEAF.including(pki.key_usage(pki.DIGITAL_SIGNATURE, pki.KEY_ENCIPHERMENT)),
        )
        for rule in catalogue.TLS
    ),
    Breach(
        baseline.common_name_in_subject_alternative_name,
        LEAF._replace(subject=pki.common_name("b.example")),
        LEAF._replace(subject=pki.common_name("ward")).including(pki.subject_alternative_name(pki.dns("ward"))),
    ),
]


def results(rule: Rule, draft: Draft) -> list[tuple[str, int | None]]:
    signer = ROOT.key if draft.subject == ROOT.name else ISSUING.key
    return [(one.code.id, one.where.certificate) for one in rule.check(Certificate(draft.sealed(signer)), 3)]


class TestEachRule:
    @pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.rule.code.id)
    def test_a_breach_is_found_with_its_place(self, breach: Breach) -> None:
        """A certificate that breaks the rule gives its code at the index it was given; one that keeps it, nothing."""
        assert (results(breach.rule, breach.bad), results(breach.rule, breach.good)) == ([(breach.rule.code.id, 3)], [])

    def test_each_has_a_breach(self) -> None:
        """Every rule of the catalogue has a pass and a fail above."""
        every = {rule.code.id for rule in (*catalogue.RFC5280, *catalogue.CABF, *catalogue.TLS)}
        assert every <= {breach.rule.code.id for breach in BREACHES}

    def test_self_signed_needs_no_authority_key_identifier(self) -> None:
        """RFC 5280 4.2.1.1: only a self-signed certificate may be without it; a self-issued one may not."""
        rule = extensions.authority_key_identifier_present
        self_signed = Certificate(ANCHOR.without(pki.AUTHORITY_KEY_IDENTIFIER).sealed(ROOT.key))
        self_issued = Certificate(ANCHOR.without(pki.AUTHORITY_KEY_IDENTIFIER).sealed(DEVICE.key))
        assert (list(rule.check(self_signed, 0)), len(list(rule.check(self_issued, 0)))) == ([], 1)

    @pytest.mark.parametrize("rule", [*catalogue.RFC5280, *catalogue.CABF], ids=lambda rule: rule.code.id)
    def test_each_explains_itself(self, rule: Rule) -> None:
        """A rule is about some place of a path, has a document, and its check says what it asserts."""
        assert rule.applies_to <= set(Role)
        assert rule.applies_to
        assert rule.code.severity in Severity
        assert (rule.check.__doc__ or "").partition("\n")[0].endswith(".")

    @pytest.mark.parametrize("rule", [*catalogue.RFC5280, *catalogue.CABF], ids=lambda rule: rule.code.id)
    def test_pickle(self, rule: Rule) -> None:
        """A rule is itself in another process."""
        assert pickle.loads(pickle.dumps(rule)) is rule


class TestRoles:
    @pytest.mark.parametrize(
        ("change", "profile", "expected"),
        [
            (replacing(0, serial_number=0), profiles.rfc5280, ("rfc5280.serial_number_positive", 0)),
            (replacing(1, serial_number=0), profiles.rfc5280, ("rfc5280.serial_number_positive", 1)),
            (replacing(2, serial_number=0), profiles.tls_client, None),
            (including(1, pki.extended_key_usage(pki.CLIENT_AUTH)), profiles.tls_client, None),
            (
                including(2, pki.extended_key_usage(pki.CLIENT_AUTH)),
                profiles.tls_client,
                ("cabf.anchor_without_purposes", 2),
            ),
            (including(2, pki.extended_key_usage(pki.CLIENT_AUTH)), profiles.rfc5280, None),
        ],
    )
    def test_a_rule_is_asked_where_it_applies(
        self, change: Callable[..., object], profile: profiles.Profile, expected: tuple[str, int] | None
    ) -> None:
        """Leaf, intermediate and anchor each have their own; an anchor's only where its certificate counts."""
        verdict = ask(change(scene()), profile)  # type: ignore[arg-type]
        broken = {one for one in found(verdict) if one[0].startswith(("rfc5280.", "cabf."))}
        assert broken == (set() if expected is None else {expected})

    def test_a_rule_on_an_authority_refuses_every_leaf_below(self) -> None:
        """What is found once on a CA certificate is found for each leaf."""
        asked = including(1, pki.basic_constraints(ca=True, critical=False))(scene())
        judge = ask(asked, profiles.tls_client)
        assert judge.outcome is Outcome.UNTRUSTED
        assert ("rfc5280.critical_on_authorities", 1) in found(judge)
