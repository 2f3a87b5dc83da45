"""What the views tell for rules on form: notices, access descriptions, the octets of a keyUsage, unique identifiers."""

from __future__ import annotations

import pytest

import pki
from devicetrust import Certificate
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.user_notices import UserNotice
from pki import Extension, object_identifier, sequence, tlv
from ward import ISSUING, POLICY, UNKNOWN_OID, scene

LEAF = scene().chain[0].draft
NOTICE = object_identifier("1.3.6.1.5.5.7.2.2")
KEY_USAGE = object_identifier(pki.KEY_USAGE)


def sealed(*extensions: Extension) -> Certificate:
    return Certificate(LEAF.including(*extensions).sealed(ISSUING.key))


def policies(*qualifiers: bytes) -> Extension:
    value = sequence(sequence(object_identifier(POLICY), sequence(*qualifiers) if qualifiers else b""))
    return Extension(pki.CERTIFICATE_POLICIES, False, value)


class TestUserNotices:
    def test_texts_and_references(self) -> None:
        """Each notice says whether it refers to a text, and its own text with its type."""
        reference = sequence(tlv(0x0C, b"Ward"), sequence(pki.integer(1)))
        both = sequence(NOTICE, sequence(reference, tlv(0x0C, b"for devices")))
        text = sequence(NOTICE, sequence(tlv(0x1A, b"for pumps")))
        pointer = sequence(object_identifier("1.3.6.1.5.5.7.2.1"), tlv(0x16, b"http://cps.example.com/"))
        found = sealed(policies(both, pointer, text, sequence(NOTICE, sequence()))).extensions.user_notices
        told = [(one.has_notice_reference, one.explicit_text and one.explicit_text.text) for one in found]
        assert told == [(True, "for devices"), (False, "for pumps"), (False, None)]

    @pytest.mark.parametrize(
        "extensions", [(), (policies(),), (Extension(UNKNOWN_OID, False, sequence(NOTICE)),)], ids=str
    )
    def test_none(self, extensions: tuple[Extension, ...]) -> None:
        """Without policies, without qualifiers, or with the identifier elsewhere, there is no notice."""
        found: tuple[UserNotice, ...] = sealed(*extensions).extensions.user_notices
        assert found == ()


class TestAccessDescriptions:
    def test_in_order(self) -> None:
        """Each entry is the method and the location, as they stand."""
        value = sequence(
            sequence(object_identifier("1.3.6.1.5.5.7.48.1"), pki.uri("http://ocsp.example.com/")),
            sequence(object_identifier("1.3.6.1.5.5.7.48.2"), pki.dns("ca.example.com")),
        )
        found = sealed(Extension("1.3.6.1.5.5.7.1.1", False, value)).extensions.access_descriptions
        assert found == (
            (
                "1.3.6.1.5.5.7.48.1",
                GeneralName(GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER, "http://ocsp.example.com/"),
            ),
            ("1.3.6.1.5.5.7.48.2", GeneralName(GeneralNameType.DNS_NAME, "ca.example.com")),
        )

    def test_absent(self) -> None:
        """Without the extension there is none."""
        assert sealed().extensions.access_descriptions == ()


class TestKeyUsageInDER:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [("03020780", False), ("03020080", True), ("03020186", False), ("0303078000", True), ("03020700", False)],
    )
    def test_zeros(self, value: str, expected: bool) -> None:
        """X.690 11.2.2: behind the last bit that is set there is none. Where none is set nothing is said."""
        usage = Extension(pki.KEY_USAGE, True, bytes.fromhex(value))
        for critical in (True, False):
            found = sealed(usage._replace(critical=critical)).extensions.key_usage_ends_in_zeros
            assert found is expected

    @pytest.mark.parametrize("first", [True, False])
    def test_not_to_be_deceived(self, first: bool) -> None:
        """The identifier of keyUsage within another extension is no keyUsage, wherever that stands."""
        decoy = Extension(UNKNOWN_OID, False, KEY_USAGE + tlv(0x04, bytes.fromhex("03020080")))
        usage = Extension(pki.KEY_USAGE, True, bytes.fromhex("03020780"))
        listed = (decoy, usage) if first else (usage, decoy)
        one = Certificate(LEAF._replace(extensions=listed).sealed(ISSUING.key))
        assert one.extensions.key_usage_ends_in_zeros is False
        assert Certificate(LEAF._replace(extensions=(decoy,)).sealed(ISSUING.key)).extensions.user_notices == ()


class TestUniqueIdentifiers:
    @pytest.mark.parametrize("tag", [0x81, 0x82])
    @pytest.mark.parametrize("size", [1, 200, 70_000])
    def test_there(self, tag: int, size: int) -> None:
        """A unique identifier of any size is seen, with extensions behind it and without."""
        key = LEAF.subject_public_key_info + tlv(tag, bytes(size + 1))
        for extensions in (LEAF.extensions, ()):
            one = LEAF._replace(subject_public_key_info=key, extensions=extensions)
            assert Certificate(one.sealed(ISSUING.key)).has_unique_identifiers

    @pytest.mark.parametrize("size", [1, 100, 200, 300, 70_000])
    def test_not_there(self, size: int) -> None:
        """Without one there is none, whatever the length of the rest, and in version 1."""
        unknown = Extension(UNKNOWN_OID, False, bytes(size))
        assert not sealed(unknown).has_unique_identifiers
        assert not Certificate(LEAF._replace(version=None, extensions=()).sealed(ISSUING.key)).has_unique_identifiers

    def test_of_a_certificate_that_departs_from_der(self) -> None:
        """What had to be rewritten to be read is judged as it was rewritten."""
        one = LEAF._replace(serial_number=-5)
        with_one = one._replace(subject_public_key_info=LEAF.subject_public_key_info + tlv(0x81, b"\0\1"))
        found = [Certificate(draft.sealed(ISSUING.key)).has_unique_identifiers for draft in (one, with_one)]
        assert found == [False, True]
