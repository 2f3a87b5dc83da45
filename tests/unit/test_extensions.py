"""The extensions of one certificate: each as cryptography reads it, and none lost for another's fault."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509

import pki
from devicetrust import Certificate, load_certificates
from devicetrust.x509.general_names import GeneralNameType
from pki import Extension
from ward import (
    ANY_POLICY,
    OTHER_POLICY,
    POLICY,
    POLICY_MAPPINGS,
    UNKNOWN_OID,
    inhibit_any_policy,
    policy_mappings,
    scene,
    unknown,
)

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
AIA, CA_ISSUERS, OCSP = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.48.2", "1.3.6.1.5.5.7.48.1"
NOT_DER = b"\x30\x05\x02"


def carrying(*extensions: Extension) -> Certificate:
    """A leaf with exactly these extensions."""
    return Certificate(scene().replacing(0, extensions=extensions).sealed(0))


def theirs_of(one: Certificate) -> x509.Extensions | None:
    """What cryptography reads of all extensions together, or None where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return x509.load_der_x509_certificate(one.der).extensions
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            return None


def vectors() -> list[Certificate]:
    """Certificates of others whose extensions cryptography reads."""
    found: list[Certificate] = []
    for path in sorted([*VECTORS.glob("*.pem"), *(VECTORS / "custom").glob("*.pem"), *VECTORS.glob("*.der")]):
        data = path.read_bytes()
        if b"CERTIFICATE-----" in data or path.suffix == ".der":
            found += [one for one in load_certificates(data) if one.unreadable is None and theirs_of(one) is not None]
    return list(dict.fromkeys(found))


def value_of(extensions: x509.Extensions, kind: type[Any]) -> Any:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


class TestAsCryptographyReadsThem:
    @pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
    @pytest.mark.parametrize("one", vectors(), ids=lambda one: one.fingerprint.hex()[:8])
    def test_every_value(self, one: Certificate) -> None:
        """On certificates of others both readers say the same."""
        theirs = theirs_of(one)
        assert theirs is not None
        assert one.basic_constraints == value_of(theirs, x509.BasicConstraints)
        assert one.key_usage == value_of(theirs, x509.KeyUsage)
        purposes = value_of(theirs, x509.ExtendedKeyUsage)
        assert one.extended_key_usage == (purposes and frozenset(purpose.dotted_string for purpose in purposes))
        key_identifier = value_of(theirs, x509.SubjectKeyIdentifier)
        assert one.subject_key_identifier == (key_identifier and key_identifier.digest)
        issuer = value_of(theirs, x509.AuthorityKeyIdentifier)
        assert one.authority_key_identifier == (issuer and issuer.key_identifier)
        policies = value_of(theirs, x509.CertificatePolicies)
        expected = policies and tuple(policy.policy_identifier.dotted_string for policy in policies)
        assert one.policies == expected
        constraints = value_of(theirs, x509.PolicyConstraints)
        assert one.policy_constraints == (
            constraints and (constraints.require_explicit_policy, constraints.inhibit_policy_mapping)
        )
        inhibited = value_of(theirs, x509.InhibitAnyPolicy)
        assert one.inhibit_any_policy == (inhibited and inhibited.skip_certs)
        names = value_of(theirs, x509.SubjectAlternativeName)
        assert len(one.subject_alternative_names) == len(names or ())

    @pytest.mark.parametrize("one", vectors(), ids=lambda one: one.fingerprint.hex()[:8])
    def test_order_and_criticality(self, one: Certificate) -> None:
        """All of them, in the order of the certificate, critical where they are."""
        theirs = theirs_of(one)
        assert theirs is not None
        presented = [(e.oid, e.critical) for e in one.extensions.presented]
        assert presented == [(e.oid.dotted_string, e.critical) for e in theirs]

    def test_there_are_many_of_them(self) -> None:
        """The comparison above is worth something."""
        assert len(vectors()) > 60


class TestValues:
    @pytest.mark.parametrize("length", [None, 0, 1, 127, 128, 300])
    @pytest.mark.parametrize("critical", [True, False])
    def test_basic_constraints(self, length: int | None, critical: bool) -> None:
        """RFC 5280 4.2.1.9."""
        found = carrying(pki.basic_constraints(ca=True, path_length=length, critical=critical)).basic_constraints
        assert found == x509.BasicConstraints(True, length)

    @pytest.mark.parametrize("bits", [(0,), (5, 6), (0, 2), (4, 8), (7, 4), (0, 1, 2, 3, 4, 5, 6, 7, 8)])
    def test_key_usage(self, bits: tuple[int, ...]) -> None:
        """RFC 5280 4.2.1.3: each bit has its name, from digitalSignature (0) to decipherOnly (8)."""
        found = carrying(pki.key_usage(*bits)).key_usage
        assert found is not None
        names = (
            "_digital_signature",
            "_content_commitment",
            "_key_encipherment",
            "_data_encipherment",
            "_key_agreement",
            "_key_cert_sign",
            "_crl_sign",
            "_encipher_only",
            "_decipher_only",
        )
        assert {position for position, name in enumerate(names) if getattr(found, name)} == set(bits)

    def test_names_of_every_form(self) -> None:
        """RFC 5280 4.2.1.6."""
        one = carrying(
            pki.subject_alternative_name(
                pki.dns("a.example"), pki.email("a@b.example"), pki.uri("urn:x:y"), pki.ip(IPv4Address("192.0.2.1"))
            )
        )
        assert [(name.type, str(name.value)) for name in one.subject_alternative_names] == [
            (GeneralNameType.DNS_NAME, "a.example"),
            (GeneralNameType.RFC822_NAME, "a@b.example"),
            (GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER, "urn:x:y"),
            (GeneralNameType.IP_ADDRESS, "192.0.2.1"),
        ]

    @pytest.mark.parametrize(
        ("file", "form"), [("san_x400address.der", "X400_ADDRESS"), ("san_edipartyname.der", "EDI_PARTY_NAME")]
    )
    def test_forms_that_cryptography_lacks(self, file: str, form: str) -> None:
        """RFC 5280 4.2.1.6 has nine forms; a certificate with any of them is read."""
        one = Certificate((VECTORS / file).read_bytes())
        assert GeneralNameType[form] in {name.type for name in one.subject_alternative_names}
        assert one.extensions.unreadable == {}

    def test_policies(self) -> None:
        """RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14."""
        one = carrying(
            pki.certificate_policies(POLICY, ANY_POLICY),
            policy_mappings((POLICY, OTHER_POLICY), (OTHER_POLICY, POLICY)),
            pki.policy_constraints(3),
            inhibit_any_policy(2),
        )
        assert one.policies == (POLICY, ANY_POLICY)
        assert one.policy_mappings == ((POLICY, OTHER_POLICY), (OTHER_POLICY, POLICY))
        assert (one.policy_constraints, one.inhibit_any_policy) == ((3, None), 2)

    def test_name_constraints(self) -> None:
        """RFC 5280 4.2.1.10."""
        found = carrying(pki.name_constraints([pki.dns("a.example")], [pki.email("b.example")])).name_constraints
        assert found is not None
        assert [str(name.value) for name in found.permitted] == ["a.example"]
        assert [str(name.value) for name in found.excluded] == ["b.example"]

    def test_where_issuers_are(self) -> None:
        """RFC 5280 4.2.2.1: the http and https URLs of id-ad-caIssuers, and nothing else."""
        locations = [
            (CA_ISSUERS, pki.uri("http://a.example/ca.cer")),
            (OCSP, pki.uri("http://ocsp.example/")),
            (CA_ISSUERS, pki.uri("ldap://a.example/")),
            (CA_ISSUERS, pki.dns("a.example")),
            (CA_ISSUERS, pki.uri("HTTPS://b.example/ca.p7c")),
        ]
        parts = [pki.sequence(pki.object_identifier(method), location) for method, location in locations]
        one = carrying(Extension(AIA, False, pki.sequence(*parts)))
        assert one.extensions.ca_issuers == ("http://a.example/ca.cer", "HTTPS://b.example/ca.p7c")
        assert one.extensions.pointers == (
            ("authorityInfoAccess", "http", "http://a.example/ca.cer"),
            ("authorityInfoAccess", "http", "http://ocsp.example/"),
            ("authorityInfoAccess", "ldap", "ldap://a.example/"),
            ("authorityInfoAccess", "https", "HTTPS://b.example/ca.p7c"),
        )

    def test_names_by_their_form(self) -> None:
        """Each keeps its place among all; of a form that is not there, there are none."""
        names = pki.dns("a.example"), pki.uri("urn:a"), pki.dns("b.example")
        extensions = carrying(pki.subject_alternative_name(*names)).extensions
        found = extensions.alternative_names_of(GeneralNameType.DNS_NAME)
        assert [(place, name.value) for place, name in found] == [(0, "a.example"), (2, "b.example")]
        assert extensions.alternative_names_of(GeneralNameType.RFC822_NAME) == ()


class TestFaults:
    GOOD = (pki.basic_constraints(ca=False), pki.key_usage(0), pki.subject_alternative_name(pki.dns("a.example")))
    BAD = Extension(pki.NAME_CONSTRAINTS, True, NOT_DER)

    @pytest.mark.parametrize("position", range(4))
    def test_one_fault_hides_no_other_extension(self, position: int) -> None:
        """What cannot be read has a name and a reason; the others are read as if it were not there."""
        one = carrying(*self.GOOD[:position], self.BAD, *self.GOOD[position:])
        assert one.name_constraints is None
        assert list(one.extensions.unreadable) == [pki.NAME_CONSTRAINTS]
        assert all(one.extensions.unreadable.values())
        assert one.key_usage == carrying(*self.GOOD).key_usage
        assert one.subject_alternative_names == carrying(*self.GOOD).subject_alternative_names

    @pytest.mark.parametrize("oid", [pki.KEY_USAGE, pki.SUBJECT_ALTERNATIVE_NAME, UNKNOWN_OID, POLICY_MAPPINGS])
    def test_repeated(self, oid: str) -> None:
        """RFC 5280 4.2: an extension occurs once; which do not is said, whatever is in them."""
        twice = {
            pki.KEY_USAGE: (pki.key_usage(0), pki.key_usage(5)),
            pki.SUBJECT_ALTERNATIVE_NAME: (self.GOOD[2], pki.subject_alternative_name(pki.dns("b.example"))),
            UNKNOWN_OID: (unknown(critical=False), unknown(critical=True)),
            POLICY_MAPPINGS: (policy_mappings((POLICY, POLICY)), policy_mappings((POLICY, OTHER_POLICY))),
        }[oid]
        assert carrying(*twice).extensions.repeated == {oid}

    @pytest.mark.parametrize(
        ("oid", "value"),
        [
            (pki.BASIC_CONSTRAINTS, b""),
            (pki.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x01"),
            (pki.BASIC_CONSTRAINTS, b"\x30\x06\x01\x01\xff\x02\x01\xff"),
            (pki.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\xff\x00"),
            (pki.BASIC_CONSTRAINTS, b"\x30\x81\x03\x01\x01\xff"),
            (pki.KEY_USAGE, b"\x03\x01"),
            (pki.KEY_USAGE, b"\x04\x02\x07\x80"),
            (pki.KEY_USAGE, b"\x03\x02\x07\x80\x00"),
            (pki.EXTENDED_KEY_USAGE, b"\x30\x02\x06\x00"),
            (pki.EXTENDED_KEY_USAGE, b"\x30\x03\x06\x01\x80"),
            (pki.SUBJECT_ALTERNATIVE_NAME, b"\x30\x03\x87\x01\x01"),
            (pki.SUBJECT_ALTERNATIVE_NAME, b"\x30\x04\x82\x02a"),
            (pki.NAME_CONSTRAINTS, pki.name_constraints([pki.tlv(0x87, bytes(5))]).value),
            (pki.CERTIFICATE_POLICIES, b"\x30\x02\x30\x00"),
            (pki.POLICY_CONSTRAINTS, b"\x30\x03\x80\x01\xff"),
            (pki.SUBJECT_KEY_IDENTIFIER, b"\x05\x00"),
            (pki.AUTHORITY_KEY_IDENTIFIER, b"\x30\x02\x80\x05"),
            (POLICY_MAPPINGS, b"\x30\x00"),
            (POLICY_MAPPINGS, b"\x30\x05\x30\x03\x06\x01\x2a"),
            (POLICY_MAPPINGS, policy_mappings((POLICY, POLICY)).value + b"\x00"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, oid: str, value: bytes) -> None:
        """Wrong types, lengths, values and trailing octets: the extension is unreadable, and has no value."""
        one = carrying(Extension(oid, False, value))
        assert list(one.extensions.unreadable) == [oid]

    @pytest.mark.parametrize("critical", [True, False])
    def test_an_unreadable_one_keeps_its_criticality(self, critical: bool) -> None:
        """Whether it is critical does not depend on whether it can be read."""
        presented = carrying(
            Extension(UNKNOWN_OID, critical, b""), Extension(pki.KEY_USAGE, critical, b"")
        ).extensions.presented
        assert [(one.oid, one.critical) for one in presented] == [(UNKNOWN_OID, critical), (pki.KEY_USAGE, critical)]


class TestCritical:
    @pytest.mark.parametrize(
        ("extension", "expected"),
        [
            (unknown(critical=True), (UNKNOWN_OID,)),
            (unknown(critical=False), ()),
            (
                Extension(AIA, True, pki.sequence(pki.sequence(pki.object_identifier(OCSP), pki.uri("http://a/")))),
                (AIA,),
            ),
            (Extension(pki.EXTENDED_KEY_USAGE, True, pki.extended_key_usage(pki.SERVER_AUTH).value), ()),
            (policy_mappings((POLICY, OTHER_POLICY)), ()),
            (pki.name_constraints([pki.dns("a.example")]), ()),
            (pki.policy_constraints(0), ()),
            (inhibit_any_policy(0), ()),
            (pki.basic_constraints(ca=True), ()),
        ],
    )
    def test_what_validation_does_not_process(self, extension: Extension, expected: tuple[str, ...]) -> None:
        """RFC 5280 6.1.4 (o), 6.1.5 (f): every critical extension but those that the steps act upon."""
        assert carrying(extension).extensions.unprocessed_critical == expected


class TestAnyBytes:
    @pytest.mark.parametrize(
        "oid",
        [
            pki.BASIC_CONSTRAINTS,
            pki.KEY_USAGE,
            pki.SUBJECT_ALTERNATIVE_NAME,
            pki.EXTENDED_KEY_USAGE,
            pki.NAME_CONSTRAINTS,
            pki.CERTIFICATE_POLICIES,
            POLICY_MAPPINGS,
            pki.POLICY_CONSTRAINTS,
            pki.AUTHORITY_KEY_IDENTIFIER,
            pki.SUBJECT_KEY_IDENTIFIER,
        ],
    )
    def test_altered_values_are_read_as_cryptography_reads_them(self, oid: str) -> None:
        """Each octet of a value altered in turn: where cryptography refuses it so do we, else we agree."""
        whole = {
            one.oid: one
            for one in (
                *scene().chain[0].draft.extensions,
                *scene().chain[1].draft.extensions,
                pki.name_constraints([pki.dns("a.example")]),
                pki.certificate_policies(POLICY),
                policy_mappings((POLICY, OTHER_POLICY)),
                pki.policy_constraints(1),
            )
        }[oid]
        for position in range(len(whole.value)):
            for flip in (0x01, 0x20, 0x80):
                value = bytearray(whole.value)
                value[position] ^= flip
                _agrees(carrying(whole._replace(value=bytes(value))), oid)


# Public attribute of `Certificate`, and what it is made of, by the class of cryptography.
_READINGS: dict[str, tuple[type[Any], Callable[[Certificate], Any], Callable[[Any], Any]]] = {
    pki.BASIC_CONSTRAINTS: (x509.BasicConstraints, lambda one: one.basic_constraints, lambda value: value),
    pki.KEY_USAGE: (x509.KeyUsage, lambda one: one.key_usage, lambda value: value),
    pki.EXTENDED_KEY_USAGE: (
        x509.ExtendedKeyUsage,
        lambda one: one.extended_key_usage,
        lambda value: {p.dotted_string for p in value},
    ),
    pki.SUBJECT_KEY_IDENTIFIER: (
        x509.SubjectKeyIdentifier,
        lambda one: one.subject_key_identifier,
        lambda value: value.digest,
    ),
    pki.AUTHORITY_KEY_IDENTIFIER: (
        x509.AuthorityKeyIdentifier,
        lambda one: one.authority_key_identifier,
        lambda value: value.key_identifier,
    ),
    pki.CERTIFICATE_POLICIES: (
        x509.CertificatePolicies,
        lambda one: one.policies,
        lambda value: tuple(policy.policy_identifier.dotted_string for policy in value),
    ),
}


def _agrees(one: Certificate, oid: str) -> None:
    theirs = theirs_of(one)
    if theirs is None:
        assert oid in one.extensions.unreadable or one.subject_alternative_names
        return
    if oid in _READINGS:
        kind, ours, made_of = _READINGS[oid]
        assert oid not in one.extensions.unreadable
        assert ours(one) == made_of(theirs.get_extension_for_class(kind).value)


def test_octets_of_what_is_not_known() -> None:
    """The octets of an extension that nobody here reads are given as they stand; none where it is absent or read."""
    leaf = scene().chain[0].draft.including(unknown(critical=False))
    extensions = Certificate(leaf.sealed(pki.key("p256", 1))).extensions
    assert extensions.octets(UNKNOWN_OID) == b"\x05\x00"
    assert (extensions.octets("2.5.29.15"), extensions.octets("1.3.6.1.4.1.55555.2")) == (b"", b"")
