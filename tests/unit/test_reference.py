"""What a caller may ask for: reference identities are parsed once, at the door, and stay as they are."""

from __future__ import annotations

import copy
import pickle
from ipaddress import IPv4Interface
from typing import Any

import pytest

from devicetrust.errors import MisuseError
from devicetrust.identity import Reference, ReferenceKind

HOST = "pump-17.icu.example"
REFERENCES = [
    Reference.dns(HOST),
    Reference.ip("192.0.2.7"),
    Reference.ip("2001:db8::7"),
    Reference.uri("spiffe://hospital.example/pump/17"),
    Reference.email("ward@hospital.example"),
    Reference.email("医生@xn--pss25c.example.com"),
    Reference.any_of(Reference.dns(HOST), Reference.ip("192.0.2.7")),
    Reference.all_of(Reference.dns(HOST), Reference.any_of(Reference.ip("192.0.2.7"), Reference.uri("urn:x:y"))),
    Reference.UNCHECKED,
]


class TestDNSReference:
    @pytest.mark.parametrize(
        ("written", "canonical"),
        [
            ("pump-17.icu.example", "pump-17.icu.example"),
            ("PUMP-17.Icu.EXAMPLE", "pump-17.icu.example"),
            ("pump-17.icu.example.", "pump-17.icu.example"),
            ("localhost", "localhost"),
            ("bücher.example", "xn--bcher-kva.example"),  # RFC 5891 / IDNA2008
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u0308cher.example", "xn--bcher-kva.example"),  # NFD
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),  # not "fass", which is IDNA2003
            ("xn--628h.example.com", "xn--628h.example.com"),  # an emoji: DNS has it, IDNA2008 does not
        ],
    )
    def test_a_name_is_brought_into_one_form(self, written: str, canonical: str) -> None:
        """RFC 9525 6.3: names are compared in A-labels, case-insensitively."""
        assert Reference.dns(written) == Reference.dns(canonical)
        assert Reference.dns(written).value == canonical

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("", "empty"),
            (".", "empty"),
            ("*.icu.example", "wildcard"),
            ("192.0.2.7", "Reference.ip"),
            ("192.0.2.7.", "Reference.ip"),
            ("::1", "Reference.ip"),
            ("[2001:db8::7]", "Reference.ip"),
            ("192.0.2", "Reference.ip"),
            ("0x7f000001", "Reference.ip"),
            ("pump_17.icu.example", "underscore"),
            (".icu.example", "empty label"),
            ("pump..example", "empty label"),
            ("pump.example..", "empty label"),
            ("-pump.example", "hyphen"),
            ("pump-.example", "hyphen"),
            ("pump 17.example", "letters, digits and hyphens"),
            ("pump.example:443", "letters, digits and hyphens"),
            ("https://pump.example", "letters, digits and hyphens"),
            ("pump.example\n", "letters, digits and hyphens"),
            ("pump.example\0", "letters, digits and hyphens"),
            ("a" * 64 + ".example", "63"),
            (".".join(["a" * 63] * 4), "253"),
            ("😜.example.com", "IDNA2008"),
            ("ü" * 300, "253"),
            ("\ud800.example", "IDNA2008"),
        ],
    )
    def test_what_no_certificate_can_name_is_misuse(self, name: str, reason: str) -> None:
        """A reference that could never match is the caller's mistake, said at once and with its reason."""
        with pytest.raises(MisuseError, match=reason):
            Reference.dns(name)

    def test_bytes_are_misuse(self) -> None:
        """A name of the wrong type is misuse, not a TypeError from somewhere inside."""
        with pytest.raises(MisuseError, match="str, not bytes"):
            Reference.dns(b"pump.example")  # type: ignore[arg-type]


class TestIPReference:
    @pytest.mark.parametrize(
        "address",
        ["", "pump.example", "[::1]", "::1%eth0", "192.0.2.7/32", "010.0.0.1", IPv4Interface("192.0.2.7/24"), 7],
    )
    def test_what_is_no_address_is_misuse(self, address: Any) -> None:
        """An address with brackets, zone or prefix is none that a certificate can name."""
        with pytest.raises(MisuseError):
            Reference.ip(address)


class TestURIReference:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "ehr.example",
            "//ehr.example",
            "https://",
            "https:///",
            "https://*.example",
            "https://a b",
            "https://a@b@c",
            "https://ehr.example/ä",
            "https://ehr.example/%zz",
            "https://ex_ä.example",
            "urn:" + "x" * 2048,
            b"urn:x",
        ],
    )
    def test_what_is_no_uri_is_misuse(self, text: Any) -> None:
        """A reference without scheme or host, with a wildcard or with characters of no URI could never match."""
        with pytest.raises(MisuseError):
            Reference.uri(text)


class TestEmailReference:
    @pytest.mark.parametrize(
        "address",
        [
            "",
            "ward",
            "@hospital.example",
            "ward@",
            "ward@[192.0.2.7]",
            "Ward <ward@hospital.example>",
            "a b@c.example",
            ".ward@hospital.example",
            "a..b@c.example",
            "w" * 65 + "@c.example",
            "\ud800@c.example",
            b"a@b.example",
        ],
    )
    def test_what_is_no_mailbox_is_misuse(self, address: Any) -> None:
        """RFC 5321 4.1.2: an address is local-part@host and nothing around it."""
        with pytest.raises(MisuseError):
            Reference.email(address)


class TestCombinations:
    @pytest.mark.parametrize("combine", [Reference.any_of, Reference.all_of])
    def test_an_empty_or_unchecked_combination_is_misuse(self, combine: Any) -> None:
        """What would check nothing must be said as Reference.UNCHECKED, aloud and alone."""
        for members in [
            (),
            (Reference.UNCHECKED,),
            (Reference.dns(HOST), Reference.UNCHECKED),
            ("pump.example",),
            (None,),
        ]:
            with pytest.raises(MisuseError):
                combine(*members)

    def test_keys_tell_every_structure_apart(self) -> None:
        """A key stands for one question, though a URI may hold what separates members."""
        a, b = Reference.uri("urn:a,9:urn:b"), Reference.uri("urn:b")
        keys = {
            each.key
            for each in [
                *[Reference.any_of(a, b), Reference.any_of(b, a), Reference.all_of(a, b), Reference.any_of(a, b, b)],
                *[Reference.any_of(a, Reference.any_of(a, b)), Reference.any_of(Reference.any_of(a, a), b), a, b],
            ]
        }
        assert len(keys) == 8


class TestValue:
    @pytest.mark.parametrize("reference", REFERENCES, ids=str)
    def test_a_reference_survives_pickle_and_copy(self, reference: Reference) -> None:
        """A verifier's inputs travel between processes: the same reference arrives."""
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            arrived = pickle.loads(pickle.dumps(reference, protocol))
            assert (arrived, arrived.kind, arrived.accepted) == (reference, reference.kind, reference.accepted)
            assert hash(arrived) == hash(reference)
        assert copy.deepcopy(reference) == reference

    def test_references_differ(self) -> None:
        """Equality is by key, and no two of these are the same question."""
        assert len(set(REFERENCES)) == len({reference.key for reference in REFERENCES}) == len(REFERENCES)

    def test_a_key_is_stable_text(self) -> None:
        """Keys go into digests that outlive a release."""
        assert [reference.key for reference in REFERENCES[:3]] == [f"dns:{HOST}", "ip:192.0.2.7", "ip:2001:db8::7"]
        assert REFERENCES[6].key == f"any_of:23:dns:{HOST},12:ip:192.0.2.7,"
        assert str(REFERENCES[7]) == f"dns:{HOST} and (ip:192.0.2.7 or uri:urn:x:y)"

    def test_a_reference_is_frozen(self) -> None:
        """What was parsed at the door stays as it was."""
        with pytest.raises(AttributeError):
            REFERENCES[0].value = "evil.example"
        with pytest.raises(AttributeError):
            del REFERENCES[0].accepted
        with pytest.raises(MisuseError):
            Reference()
        assert REFERENCES[0].kind is ReferenceKind.DNS
