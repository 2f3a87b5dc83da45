"""Where CRLs are and what they are about, RFC 5280 4.2.1.13, 5.2.5; the extensions that say how status is had."""

from __future__ import annotations

import warnings
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

import pki
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.distribution_points import (
    DistributionPoint,
    read_distribution_points,
    read_issuing_distribution_point,
)
from devicetrust.x509.extensions import Extensions
from devicetrust.x509.general_names import from_cryptography
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason, read_reason, read_reason_flags
from mutation import real_certificates
from pki import Extension, common_name, directory, dns, object_identifier, sequence, tlv, uri
from pki_revocation import CRL_DISTRIBUTION_POINTS, FRESHEST_CRL, TRUE, issuing_distribution_point
from ward import scene

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
WARD = common_name("Ward CA")
URL = uri("http://crl.example/ward.crl")
FULL_NAME = tlv(0xA0, tlv(0xA0, URL))
ATTRIBUTE = sequence(object_identifier(pki.COMMON_NAME), tlv(0x0C, b"CRL 1"))
NO_REVOCATION_AVAILABLE, OCSP_NO_CHECK, TLS_FEATURE = "2.5.29.56", "1.3.6.1.5.5.7.48.1.5", "1.3.6.1.5.5.7.1.24"


def extensions(*listed: Extension) -> Extensions:
    """The extensions of a leaf that has exactly these."""
    return Certificate(scene().replacing(0, extensions=listed).sealed(0)).extensions


class TestReasons:
    def test_the_mask(self) -> None:
        """RFC 5280 4.2.1.13: the reasons of ReasonFlags are all but unspecified and removeFromCRL."""
        missing = {RevocationReason.UNSPECIFIED, RevocationReason.REMOVE_FROM_CRL}
        assert set(RevocationReason) - ALL_REASONS == missing
        assert len(ALL_REASONS) == 8

    def test_codes(self) -> None:
        """RFC 5280 5.3.1: ten codes are known, 7 is not used, and pyca gives each the same name."""
        known: dict[int, str] = {}
        for code in range(256):
            try:
                known[code] = read_reason(tlv(0x0A, bytes((code,)))).value
            except MalformedDER:
                continue
        names = {0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded"}
        names |= {5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL"}
        names |= {9: "privilegeWithdrawn", 10: "aACompromise"}
        assert known == names
        assert {one.value for one in RevocationReason} == {one.value for one in x509.ReasonFlags}

    @given(
        st.sets(
            st.sampled_from([one for one in x509.ReasonFlags if one.name not in ("unspecified", "remove_from_crl")])
        )
    )
    def test_flags(self, reasons: set[x509.ReasonFlags]) -> None:
        """RFC 5280 4.2.1.13: the bits that pyca writes for reasons are read as those reasons."""
        if not reasons:
            return
        written = x509.IssuingDistributionPoint(None, None, False, False, frozenset(reasons), False, False)
        read = read_issuing_distribution_point(written.public_bytes())
        assert {one.value for one in read.only_some_reasons or ()} == {one.value for one in reasons}

    @pytest.mark.parametrize("content", ["08", "0880", "01", "0101", "0100ff", "070040", "000040", "0600000040", ""])
    def test_flags_that_are_none(self, content: str) -> None:
        """X.690 8.6.2, 11.2.1: unused bits are fewer than eight and zero. A flag beyond the ninth is not known."""
        with pytest.raises(MalformedDER):
            read_reason_flags(bytes.fromhex(content))

    def test_no_flag(self) -> None:
        """RFC 5280 4.2.1.13: no bit, or "unused" alone, is no reason."""
        assert {read_reason_flags(content) for content in (b"\0", b"\0\0", b"\x07\x80")} == {frozenset()}


class TestDistributionPoints:
    def test_each_field(self) -> None:
        """RFC 5280 4.2.1.13: names, reasons (bits 1 and 2: keyCompromise, cACompromise), and who issues the CRL."""
        value = sequence(
            sequence(FULL_NAME),
            sequence(FULL_NAME, tlv(0x81, b"\x05\x60"), tlv(0xA2, directory(WARD))),
            sequence(tlv(0xA0, tlv(0xA1, ATTRIBUTE)), tlv(0xA2, directory(WARD))),
            sequence(tlv(0xA2, directory(WARD))),
        )
        compromise = frozenset({RevocationReason.KEY_COMPROMISE, RevocationReason.CA_COMPROMISE})
        named, parted, relative, bare = read_distribution_points(value)
        assert [str(name) for name in named.names] == ["URI:http://crl.example/ward.crl"]
        assert named[1:] == (None, None, ())
        assert parted == DistributionPoint(named.names, None, compromise, (Name(WARD),))
        assert relative == DistributionPoint((), tlv(0x31, ATTRIBUTE), None, (Name(WARD),))
        assert bare == DistributionPoint((), None, None, (Name(WARD),))

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(sequence(), id="none"),
            pytest.param(sequence(sequence()), id="empty"),
            pytest.param(sequence(sequence(tlv(0x81, b"\x05\x60"))), id="reasons alone"),
            pytest.param(sequence(sequence(FULL_NAME, tlv(0xA2, dns("ca.example")))), id="an issuer without a name"),
            pytest.param(sequence(sequence(FULL_NAME, tlv(0xA2))), id="no issuer"),
            pytest.param(sequence(sequence(tlv(0xA0, tlv(0xA0)))), id="no name"),
            pytest.param(sequence(sequence(tlv(0xA0, tlv(0xA1)))), id="an empty relative name"),
            pytest.param(sequence(sequence(tlv(0xA0, tlv(0xA1, URL)))), id="a relative name that is none"),
            pytest.param(sequence(sequence(tlv(0xA0, tlv(0xA0, URL), tlv(0xA1, ATTRIBUTE)))), id="two names"),
            pytest.param(sequence(sequence(tlv(0x81, b"\x05\x60"), FULL_NAME)), id="out of order"),
            pytest.param(sequence(sequence(FULL_NAME), URL), id="something else"),
            pytest.param(sequence(sequence(FULL_NAME)) + b"\0", id="more behind"),
        ],
    )
    def test_what_is_not_understood_is_unreadable(self, value: bytes) -> None:
        """A part that cannot be understood makes the whole extension unreadable: it could have narrowed the rest."""
        for oid in (CRL_DISTRIBUTION_POINTS, FRESHEST_CRL):
            found = extensions(Extension(oid, False, value))
            assert oid in found.unreadable
            assert (found.crl_distribution_points, found.freshest_crl) == ((), ())

    def test_as_pyca_reads_them(self) -> None:
        """The distribution points of real certificates are the ones that pyca finds there."""
        warnings.simplefilter("ignore")  # pyca's, of extensions that it means to refuse
        seen = 0
        for der in real_certificates():
            certificate = Certificate(der)
            if certificate.unreadable is not None:
                continue
            try:
                found = certificate.to_cryptography().extensions.get_extension_for_class(x509.CRLDistributionPoints)
            except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
                continue
            assert [tuple(point) for point in certificate.extensions.crl_distribution_points] == [
                (
                    tuple(map(from_cryptography, point.full_name or ())),
                    tlv(0x31, *(_attribute(one) for one in point.relative_name)) if point.relative_name else None,
                    None if point.reasons is None else {RevocationReason(reason.value) for reason in point.reasons},
                    tuple(from_cryptography(name).value for name in point.crl_issuer or ()),
                )
                for point in found.value
            ]
            seen += 1
        assert seen > 20

    def test_a_form_of_name_that_pyca_does_not_know(self) -> None:
        """RFC 5280 4.2.1.6: a distribution point with an x400Address beside its URL keeps the URL."""
        value = sequence(sequence(tlv(0xA0, tlv(0xA0, tlv(0xA3, b""), URL))))
        (point,) = extensions(Extension(CRL_DISTRIBUTION_POINTS, False, value)).crl_distribution_points
        assert [str(name) for name in point.names][1:] == ["URI:http://crl.example/ward.crl"]


def _attribute(attribute: x509.NameAttribute[str]) -> bytes:
    name = x509.Name([attribute]).public_bytes()
    return name[4:]


class TestIssuingDistributionPoint:
    def test_each_field(self) -> None:
        """RFC 5280 5.2.5: every field, and the value's own octets."""
        value = issuing_distribution_point(FULL_NAME, tlv(0x82, TRUE), tlv(0x83, b"\x05\x60"), tlv(0x84, TRUE)).value
        read = read_issuing_distribution_point(value)
        compromise = frozenset({RevocationReason.KEY_COMPROMISE, RevocationReason.CA_COMPROMISE})
        assert [str(name) for name in read.names] == ["URI:http://crl.example/ward.crl"]
        assert read[1:] == (None, False, True, False, True, compromise, value)

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param((), id="nothing"),
            pytest.param((tlv(0x81, TRUE), tlv(0x82, TRUE)), id="two kinds only"),
            pytest.param((tlv(0x82, TRUE), tlv(0x85, TRUE)), id="two other kinds only"),
            pytest.param((tlv(0x84, b"\x01"),), id="TRUE in BER"),
            pytest.param((tlv(0x84, b"\x00"),), id="FALSE written out"),
            pytest.param((tlv(0x84, TRUE), tlv(0x81, TRUE)), id="out of order"),
            pytest.param((tlv(0x84, TRUE), tlv(0x84, TRUE)), id="twice"),
            pytest.param((tlv(0x86, TRUE),), id="a field of tomorrow"),
            pytest.param((tlv(0x83, b"\x00\x00\x40"),), id="a reason of tomorrow"),
        ],
    )
    def test_what_is_not_understood_is_malformed(self, fields: tuple[bytes, ...]) -> None:
        """RFC 5280 5.2.5, X.690 11.1, 11.5: an unknown, repeated, contradictory or non-DER scope is no scope."""
        with pytest.raises(MalformedDER):
            read_issuing_distribution_point(issuing_distribution_point(*fields).value)


class TestHowStatusIsHad:
    def test_responders(self) -> None:
        """RFC 5280 4.2.2.1: http and https URLs of id-ad-ocsp; one of another scheme is a pointer all the same."""
        ocsp, issuers = (object_identifier(f"1.3.6.1.5.5.7.48.{last}") for last in (1, 2))
        urls = [
            uri("HTTP://one.example/"),
            uri("ldap://two.example/"),
            uri("https://three.example/"),
            dns("four.example"),
        ]
        access = [*(sequence(ocsp, url) for url in urls), sequence(issuers, uri("http://ca.example/"))]
        found = extensions(Extension("1.3.6.1.5.5.7.1.1", False, sequence(*access)))
        assert found.ocsp_urls == ("HTTP://one.example/", "https://three.example/")
        assert found.ca_issuers == ("http://ca.example/",)
        assert found.has_ocsp_pointer
        for other in (access[1:2], access[3:4]):
            found = extensions(Extension("1.3.6.1.5.5.7.1.1", False, sequence(*other)))
            assert (found.ocsp_urls, found.has_ocsp_pointer) == ((), True)
        found = extensions(Extension("1.3.6.1.5.5.7.1.1", False, sequence(*access[4:])))
        assert (found.ocsp_urls, found.has_ocsp_pointer) == ((), False)

    def test_null(self) -> None:
        """RFC 9608 2, RFC 6960 4.2.2.2.1: the value is NULL."""
        assert extensions(Extension(NO_REVOCATION_AVAILABLE, False, pki.NULL)).no_revocation_available is True
        assert extensions(Extension(OCSP_NO_CHECK, False, pki.NULL)).ocsp_no_check is True
        assert (extensions().no_revocation_available, extensions().ocsp_no_check) == (False, False)

    @pytest.mark.parametrize("value", ["", "0501 00", "058100", "0500 00", "3000", "0101ff", "0402 0500"])
    def test_what_is_not_null(self, value: str) -> None:
        """RFC 9608 2: any other value is unreadable, and takes no certificate out of revocation checking."""
        for oid in (NO_REVOCATION_AVAILABLE, OCSP_NO_CHECK):
            found = extensions(Extension(oid, False, bytes.fromhex(value)))
            assert (found.no_revocation_available, found.ocsp_no_check, list(found.unreadable)) == (False, False, [oid])

    def test_features(self) -> None:
        """RFC 7633 4.1: the numbers of TLS extensions, whether anyone has heard of them or not."""
        found = extensions(Extension(TLS_FEATURE, False, sequence(*map(pki.integer, (5, 17, 4660)))))
        assert (found.tls_features, extensions().tls_features) == ({5, 17, 4660}, frozenset())
        wrong = extensions(Extension(TLS_FEATURE, False, sequence(tlv(0x02, b"\x00\x05"))))
        assert (wrong.tls_features, list(wrong.unreadable)) == (frozenset(), [TLS_FEATURE])
