"""Certificates of the field's own projects against the rules of the field's documents, and what holds for families."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from devicetrust import Certificate, LintReport, MisuseError, Severity, lint, load_certificates, profiles
from devicetrust.rules import catalogue
from devicetrust.rules.rule import Needs, Rule

AT = datetime(2026, 11, 1, tzinfo=UTC)
SDC = ("sdc/sdc-participant.pem", "sdc/draeger-test-root.pem")
IDEVID = ("idevid/idevid-masa-url.pem", "idevid/vendor-ca.pem")
DAC = ("matter/dac-0001.pem", "matter/pai.pem")


def found(shared: Path, files: tuple[str, ...], rules: tuple[Rule, ...]) -> set[tuple[str, int | None]]:
    return {(one.code.id, one.where.certificate) for one in report(shared, files, rules).findings}


def report(shared: Path, files: tuple[str, ...], rules: tuple[Rule, ...]) -> LintReport:
    chain = [Certificate(load_certificates(shared / "samples" / file)[0].der) for file in files]
    return lint(chain, profile=profiles.rfc5280, rules=rules, at=AT)


class TestSDC:
    """The only public certificate of an SDC participant: 2019 to 2070, RSA-2048, both roles, six vendor purposes."""

    def test_participant(self, shared: Path) -> None:
        """Its vendor's purposes are listed, and it names no endpoint: its common name is no UUID, it has no names."""
        assert found(shared, SDC, catalogue.SDC_PARTICIPANT) == {
            ("sdc.other_key_purposes", 0),
            ("sdc.endpoint_named", 0),
        }
        purposes = {one.code.id: one for one in report(shared, SDC, catalogue.SDC_PARTICIPANT).findings}
        listed = purposes["sdc.other_key_purposes"].facts["purposes"]
        assert listed == tuple(f"1.3.6.1.4.1.3592.2.23.{kind}.1" for kind in range(1, 7))

    def test_lifetime(self, shared: Path) -> None:
        """Fifty-one years are more than two and three, but an end."""
        assert found(shared, SDC, catalogue.LIFETIMES) == {("ihe.lifetime", 0), ("lifetimes.three_years", 0)}

    def test_still_works(self, shared: Path) -> None:
        """It has identifiers of keys and the purposes of TLS, so Python 3.13 takes it; its key is below level 3."""
        assert found(shared, SDC, catalogue.COMPATIBILITY_CLIENT) == {("compatibility.security_level_3", 0)}

    def test_no_voice_for_ihe(self, shared: Path) -> None:
        """ATNA asks for no attribute: what it says of the certificate, without names for 51 years, are warnings."""
        said = report(shared, SDC, catalogue.IHE_ATNA)
        assert {one.code.id for one in said.findings} == {"ihe.lifetime", "ihe.domain_name_present"}
        assert said.blocking == ()


class TestIDevID:
    """The example of RFC 8995: subject of a serial number alone, MASA URL, until 2999; P-256 under a CA on P-384."""

    def test_ieee_802_1ar(self, shared: Path) -> None:
        """It ends, if late; names no maker; has a subjectKeyIdentifier, and another curve than its CA."""
        assert found(shared, IDEVID, catalogue.IEEE8021AR_IDEVID) == {
            ("ieee8021ar.idevid_does_not_end", 0),
            ("ieee8021ar.manufacturer_named", 0),
            ("ieee8021ar.subject_key_identifier_absent", 0),
            ("ieee8021ar.one_signature_suite", 0),
        }

    def test_brski(self, shared: Path) -> None:
        """It is the RFC's own example, and keeps what the RFC says."""
        assert found(shared, IDEVID, catalogue.BRSKI) == set()

    def test_not_for_daily_use(self, shared: Path) -> None:
        """Its MASA URL shows it for what it is."""
        asked = catalogue.IEEE8021AR_LDEVID
        assert found(shared, IDEVID, asked) == {("ieee8021ar.initial_identity_not_operational", 0)}

    def test_still_works(self, shared: Path) -> None:
        """It has no authorityKeyIdentifier, so Python 3.13 refuses it."""
        asked = catalogue.COMPATIBILITY_CLIENT
        assert found(shared, IDEVID, asked) == {("compatibility.strict_authority_key_identifier", 0)}


class TestMatter:
    """A device attestation certificate of the reference implementation, without end as is its intermediate."""

    def test_attestation(self, shared: Path) -> None:
        """Vendor FFF1 and product 8000 stand in both, in the form that the specification has."""
        assert found(shared, DAC, catalogue.MATTER) == set()

    def test_ieee_802_1ar(self, shared: Path) -> None:
        """It names its device by vendor and product, not by a serial number; and it identifies its key."""
        assert found(shared, DAC, catalogue.IEEE8021AR_IDEVID) == {
            ("ieee8021ar.subject_serial_number_present", 0),
            ("ieee8021ar.subject_key_identifier_absent", 0),
        }

    def test_not_for_daily_use(self, shared: Path) -> None:
        """A certificate without end is none for daily use; this one does not name hardware."""
        assert found(shared, DAC, catalogue.IEEE8021AR_LDEVID) == {("lifetimes.operational_certificate_ends", 0)}

    def test_still_works(self, shared: Path) -> None:
        """It has all that Python 3.13 and OpenSSL look at."""
        assert found(shared, DAC, catalogue.COMPATIBILITY_CLIENT) == set()


def test_tpm_makers_keep_python_3_13(shared: Path) -> None:
    """The intermediates of makers of TPMs have the fields that X509_STRICT wants; some keys are below level 3."""
    pool = [one for one in load_certificates(shared / "samples/tpm/intermediates.pem") if one.unreadable is None]
    said = {
        finding.code.id
        for one in pool
        for finding in lint(one, profile=profiles.rfc5280, rules=catalogue.COMPATIBILITY, at=AT).findings
    }
    assert (len(pool), said) == (143, {"compatibility.security_level_3"})


class TestFamilies:
    @pytest.mark.parametrize("family", ["ihe_atna", "compatibility_client", "compatibility_server", "outlook"])
    def test_never_refuses(self, family: str) -> None:
        """ITI-19 3.19.6.1.3 refuses for no attribute; what an engine does or a date brings is no requirement."""
        assert [one for one in catalogue.FAMILIES[family] if one.code.severity is Severity.ERROR] == []

    def test_one_code_one_rule(self) -> None:
        """No two rules share a code; a rule may be in several families."""
        rules = {id(one): one for family in catalogue.FAMILIES.values() for one in family}
        assert len({one.code.id for one in rules.values()}) == len(rules)

    def test_moment_in_outlook_alone(self) -> None:
        """A rule that looks at the clock is in no family that a profile could take."""
        dated = {Needs.MOMENT, Needs.ISSUERS_AND_MOMENT}
        with_clock = {name for name, rules in catalogue.FAMILIES.items() if any(one.needs in dated for one in rules)}
        assert with_clock == {"outlook"}

    @pytest.mark.parametrize("rule", catalogue.OUTLOOK, ids=lambda rule: rule.code.id)
    def test_no_profile_takes_them(self, rule: Rule) -> None:
        """A verdict that is kept for a while may hold nothing that the clock alone changes."""
        with pytest.raises(MisuseError, match=rule.code.id):
            profiles.rfc5280.evolve(rules=(rule,))
