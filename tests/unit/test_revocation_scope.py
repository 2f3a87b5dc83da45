"""Which CRL speaks for which certificate, and for which reasons, RFC 5280 6.3.3 (b) and (d)."""

from __future__ import annotations

from typing import Any

import pytest

import pki
from devicetrust import Certificate
from devicetrust.revocation.scope import covered_reasons
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason
from pki import ORGANIZATION, Authority, Extension, common_name, key
from pki_revocation import (
    CRL_URL,
    INDIRECT,
    OTHER_CRL_URL,
    TRUE,
    distribution_points,
    full_name,
    issuing_distribution_point,
    point,
    reason_flags,
    relative_name,
)
from ward import DEVICE, HOST, ISSUING, ROOT
from ward_revocation import crl

NOTHING: frozenset[RevocationReason] = frozenset()
KEY = frozenset({RevocationReason.KEY_COMPROMISE})
KEY_AND_CA = KEY | {RevocationReason.CA_COMPROMISE}
CLINIC = Authority(common_name("Clinic CRL issuer"), key("p256", 6))
HERE, THERE = full_name(pki.uri(CRL_URL)), full_name(pki.uri(OTHER_CRL_URL))
ISSUER_NAMED = full_name(pki.directory(ISSUING.name))
USERS, AUTHORITIES, ATTRIBUTES = (pki.tlv(tag, TRUE) for tag in (0x81, 0x82, 0x85))
IS_INDIRECT = pki.tlv(0x84, TRUE)
ONLY_KEY, ONLY_KEY_AND_CA, ONLY_HOLD = (reason_flags(0x83, *bits) for bits in ((1,), (1, 2), (6,)))
DEPARTMENT, DEPARTMENT_NAME = "2.5.4.11", "CRL 7"


def device(*extensions: Extension) -> Certificate:
    draft = ISSUING.issues(DEVICE.name, DEVICE.key, pki.dns(HOST)).including(*extensions)
    return Certificate(draft.sealed(ISSUING.key))


def authority() -> Certificate:
    return Certificate(ISSUING.vouches_for(Authority(common_name("Ward CA 2"), key("p256", 2))).sealed(ISSUING.key))


def below(name: bytes, relative: tuple[str, str]) -> bytes:
    """A distinguished name, completed with one more relative one."""
    oid, text = relative
    last = pki.tlv(0x31, pki.sequence(pki.object_identifier(oid), pki.tlv(0x0C, text.encode())))
    return pki.sequence(name[2:], last)


def covered(
    *points: bytes, idp: tuple[bytes, ...] | None = None, by: Authority = ISSUING, of: Certificate | None = None
) -> frozenset[RevocationReason]:
    """What a CRL of ``by`` with this issuingDistributionPoint covers of a device with these distribution points."""
    certificate = of or device()
    if points:
        certificate = device(distribution_points(*points))
    one = crl(by=by, extensions=() if idp is None else (issuing_distribution_point(*idp),))
    assert one.unusable is None
    return covered_reasons(one, certificate, certificate.extensions.crl_distribution_points)


class TestIssuer:
    """6.3.3 (b)(1)."""

    def test_the_issuer_speaks_for_its_own(self) -> None:
        """Without cRLIssuer the CRL's issuer is the certificate's."""
        assert covered(point(HERE)) == ALL_REASONS

    @pytest.mark.parametrize("by", [ROOT, CLINIC])
    @pytest.mark.parametrize("idp", [None, (IS_INDIRECT,), (HERE, IS_INDIRECT)])
    def test_nobody_else_does(self, by: Authority, idp: tuple[bytes, ...] | None) -> None:
        """A CRL of another issuer, indirect or not, does not speak for whom no cRLIssuer sends there."""
        assert covered(point(HERE), idp=idp, by=by) == NOTHING
        assert covered(idp=idp, by=by) == NOTHING

    @pytest.mark.parametrize(
        ("idp", "expected"), [((IS_INDIRECT,), ALL_REASONS), (None, NOTHING), ((USERS,), NOTHING), ((HERE,), NOTHING)]
    )
    def test_crl_issuer_speaks_through_an_indirect_crl(
        self, idp: tuple[bytes, ...] | None, expected: frozenset[RevocationReason]
    ) -> None:
        """With cRLIssuer the CRL bears that name and asserts indirectCRL."""
        assert covered(point(HERE, issuers=[CLINIC.name]), idp=idp, by=CLINIC) == expected

    def test_crl_issuer_is_one_of_its_names(self) -> None:
        """Any of the names of cRLIssuer will do, and no other."""
        named = point(HERE, issuers=[ROOT.name, CLINIC.name])
        assert covered(named, idp=(IS_INDIRECT,), by=CLINIC) == ALL_REASONS
        assert covered(point(HERE, issuers=[ROOT.name]), idp=(IS_INDIRECT,), by=CLINIC) == NOTHING

    def test_names_are_compared_by_their_meaning(self) -> None:
        """RFC 5280 7.1: case and runs of space do not tell one CRL issuer from another."""
        loud = pki.name((ORGANIZATION, "WARD"), (pki.COMMON_NAME, "clinic  CRL Issuer "))
        assert covered(point(HERE, issuers=[loud]), idp=(IS_INDIRECT,), by=CLINIC) == ALL_REASONS


class TestDistributionPointName:
    """6.3.3 (b)(2)(i)."""

    @pytest.mark.parametrize(
        ("named", "idp", "expected"),
        [
            ((HERE,), (HERE,), ALL_REASONS),
            ((HERE,), (THERE,), NOTHING),
            ((HERE, THERE), (THERE,), ALL_REASONS),
            ((full_name(pki.uri(CRL_URL), pki.uri(OTHER_CRL_URL)),), (THERE,), ALL_REASONS),
            ((HERE,), (full_name(pki.uri(OTHER_CRL_URL), pki.uri(CRL_URL)),), ALL_REASONS),
            ((full_name(pki.dns("ca.example.com")),), (full_name(pki.uri("ca.example.com")),), NOTHING),
            ((full_name(pki.directory(CLINIC.name)),), (full_name(pki.directory(CLINIC.name)),), ALL_REASONS),
            ((full_name(pki.directory(CLINIC.name)),), (full_name(pki.directory(ROOT.name)),), NOTHING),
        ],
    )
    def test_one_name_of_each_agrees(
        self, named: tuple[bytes, ...], idp: tuple[bytes, ...], expected: frozenset[RevocationReason]
    ) -> None:
        """Where both name a distribution point, one of the names is the same, form and value."""
        assert covered(*map(point, named), idp=idp) == expected

    def test_a_crl_without_a_name_serves_any_point(self) -> None:
        """Where the CRL names no distribution point, there is nothing to agree on."""
        assert covered(point(HERE), idp=(USERS,)) == ALL_REASONS

    def test_crl_issuer_stands_for_an_omitted_name(self) -> None:
        """Where the certificate's point has only cRLIssuer, one of the CRL's names is one of those."""
        only = point(issuers=[CLINIC.name])
        clinic, root = (full_name(pki.directory(one.name)) for one in (CLINIC, ROOT))
        assert covered(only, idp=(clinic, IS_INDIRECT), by=CLINIC) == ALL_REASONS
        assert covered(only, idp=(root, IS_INDIRECT), by=CLINIC) == NOTHING
        assert covered(only, idp=(HERE, IS_INDIRECT), by=CLINIC) == NOTHING

    def test_a_relative_name_is_completed_by_the_issuer(self) -> None:
        """RFC 5280 4.2.1.13: nameRelativeToCRLIssuer is appended to the issuer's name, on either side."""
        relative = relative_name(DEPARTMENT, DEPARTMENT_NAME)
        whole = full_name(pki.directory(below(ISSUING.name, (DEPARTMENT, DEPARTMENT_NAME))))
        other = relative_name(DEPARTMENT, "CRL 8")
        for named, idp, expected in (
            (relative, relative, ALL_REASONS),
            (relative, whole, ALL_REASONS),
            (whole, relative, ALL_REASONS),
            (relative, other, NOTHING),
            (whole, other, NOTHING),
            (full_name(pki.directory(below(ROOT.name, (DEPARTMENT, DEPARTMENT_NAME)))), relative, NOTHING),
        ):
            assert covered(point(named), idp=(idp,)) == expected

    def test_a_relative_name_is_completed_by_crl_issuer(self) -> None:
        """RFC 5280 4.2.1.13: where cRLIssuer is present, that is the name to append to."""
        relative = relative_name(DEPARTMENT, DEPARTMENT_NAME)
        named = point(relative, issuers=[CLINIC.name])
        whole = full_name(pki.directory(below(CLINIC.name, (DEPARTMENT, DEPARTMENT_NAME))))
        own = full_name(pki.directory(below(ISSUING.name, (DEPARTMENT, DEPARTMENT_NAME))))
        results = [covered(named, idp=(idp, IS_INDIRECT), by=CLINIC) for idp in (relative, whole, own)]
        assert results == [ALL_REASONS, ALL_REASONS, NOTHING]


class TestKindsOfCertificates:
    """6.3.3 (b)(2)(ii) to (iv)."""

    @pytest.mark.parametrize(
        ("idp", "of_device", "of_authority"),
        [
            ((USERS,), ALL_REASONS, NOTHING),
            ((AUTHORITIES,), NOTHING, ALL_REASONS),
            ((ATTRIBUTES,), NOTHING, NOTHING),
        ],
    )
    def test_only_those_it_is_for(
        self,
        idp: tuple[bytes, ...],
        of_device: frozenset[RevocationReason],
        of_authority: frozenset[RevocationReason],
    ) -> None:
        """onlyContainsUserCerts, onlyContainsCACerts and onlyContainsAttributeCerts shut the others out."""
        assert (covered(idp=idp, of=device()), covered(idp=idp, of=authority())) == (of_device, of_authority)

    def test_who_says_nothing_is_no_authority(self) -> None:
        """Without basicConstraints there is no cA boolean asserted: (ii) passes, (iii) fails."""
        plain = Certificate(
            ISSUING.issues(DEVICE.name, DEVICE.key, pki.dns(HOST)).without(pki.BASIC_CONSTRAINTS).sealed(ISSUING.key)
        )
        assert (covered(idp=(USERS,), of=plain), covered(idp=(AUTHORITIES,), of=plain)) == (ALL_REASONS, NOTHING)


class TestReasons:
    """6.3.3 (d)."""

    @pytest.mark.parametrize(
        ("reasons", "idp", "expected"),
        [
            ((), (HERE,), ALL_REASONS),
            ((), (HERE, ONLY_KEY_AND_CA), KEY_AND_CA),
            ((1,), (HERE,), KEY),
            ((1,), (HERE, ONLY_KEY_AND_CA), KEY),
            ((1, 2), (HERE, ONLY_KEY), KEY),
            ((1,), (HERE, ONLY_HOLD), NOTHING),
            ((1, 2), None, ALL_REASONS),
        ],
    )
    def test_the_mask(
        self, reasons: tuple[int, ...], idp: tuple[bytes, ...] | None, expected: frozenset[RevocationReason]
    ) -> None:
        """The reasons are those of the point and of the CRL, each all where omitted.

        A CRL without a name also serves the point that stands for its issuer at large, whose reasons are all.
        """
        assert covered(point(HERE, reasons=reasons), idp=idp) == expected

    def test_points_add_up(self) -> None:
        """One CRL that two points name covers the reasons of both."""
        assert covered(point(HERE, reasons=[1]), point(HERE, reasons=[2]), idp=(HERE,)) == KEY_AND_CA

    def test_a_point_of_another_crl_adds_nothing(self) -> None:
        """The reasons of a point whose name the CRL does not bear are not covered by it."""
        assert covered(point(HERE, reasons=[1]), point(THERE, reasons=[2]), idp=(HERE,)) == KEY


class TestIssuerAtLarge:
    """6.3.3, the last paragraph: CRLs that no distribution point specifies, but the certificate's issuer issued."""

    @pytest.mark.parametrize(
        ("idp", "expected"),
        [
            (None, ALL_REASONS),
            ((USERS,), ALL_REASONS),
            ((ONLY_KEY,), KEY),
            ((ISSUER_NAMED,), ALL_REASONS),
            ((ISSUER_NAMED, ONLY_KEY), KEY),
            ((HERE,), NOTHING),
            ((full_name(pki.directory(ROOT.name)),), NOTHING),
            ((relative_name(DEPARTMENT, DEPARTMENT_NAME),), NOTHING),
            ((IS_INDIRECT,), ALL_REASONS),
        ],
    )
    @pytest.mark.parametrize("points", [(), (point(THERE),), (point(THERE, reasons=[2]),)])
    def test_a_point_named_like_the_issuer_is_assumed(
        self, points: tuple[bytes, ...], idp: tuple[bytes, ...] | None, expected: frozenset[RevocationReason]
    ) -> None:
        """The CRL at large, or one whose distribution point is named like the issuer, speaks for all it issued."""
        assert covered(*points, idp=idp) == expected

    def test_it_is_the_issuer_of_the_certificate(self) -> None:
        """What is assumed has no cRLIssuer, so a CRL of another issuer is none."""
        assert covered(point(THERE, issuers=[CLINIC.name]), idp=(ISSUER_NAMED, IS_INDIRECT), by=CLINIC) == NOTHING
        assert crl(by=CLINIC, extensions=(INDIRECT,)).issuing_distribution_point is not None


def test_fields_are_those_of_the_standard() -> None:
    """The scopes used here are read as what they are meant for."""
    fields: dict[bytes, Any] = {
        USERS: "only_user_certificates",
        AUTHORITIES: "only_ca_certificates",
        ATTRIBUTES: "only_attribute_certificates",
        IS_INDIRECT: "indirect",
    }
    for field, name in fields.items():
        scope = crl(extensions=(issuing_distribution_point(field),)).issuing_distribution_point
        assert scope is not None
        assert [one for one in fields.values() if getattr(scope, one)] == [name]
