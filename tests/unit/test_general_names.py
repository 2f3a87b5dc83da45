"""General names: read alike by both readers, shown safely, and which of them are well formed. RFC 5280 4.2.1.6."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.x509.der import MalformedDER, write_tlv
from devicetrust.x509.general_names import (
    SMTP_UTF8_MAILBOX,
    GeneralName,
    GeneralNameType,
    Mailbox,
    NameConstraints,
    from_cryptography,
    is_valid_dns_name,
    is_valid_dns_pattern,
    is_valid_mailbox,
    is_valid_smtp_utf8_mailbox,
    is_valid_uri,
    mailbox,
    read_general_names,
    read_name_constraints,
    smtp_utf8_mailbox,
    uri_host,
)
from devicetrust.x509.names import Name

PUMP = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Pump")])
# RFC 9598 appendix B: the whole GeneralName, and the value within it.
DOCTOR_NAME = bytes.fromhex(
    "a02b06082b06010505070809a01f0c1de58cbbe7949f40786e2d2d70737332 35632e6578616d706c652e636f6d"
)
DOCTOR = DOCTOR_NAME[14:]
OTHER_TYPE = "1.3.6.1.4.1.311.20.2.3"

READ_BY_BOTH: list[tuple[x509.GeneralName, GeneralName]] = [
    (x509.DNSName("pump.example"), GeneralName(GeneralNameType.DNS_NAME, "pump.example")),
    (x509.RFC822Name("root@pump.example"), GeneralName(GeneralNameType.RFC822_NAME, "root@pump.example")),
    (
        x509.UniformResourceIdentifier("https://pump.example/"),
        GeneralName(GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER, "https://pump.example/"),
    ),
    (x509.IPAddress(IPv4Address("192.0.2.1")), GeneralName(GeneralNameType.IP_ADDRESS, IPv4Address("192.0.2.1"))),
    (x509.IPAddress(IPv6Address("2001:db8::1")), GeneralName(GeneralNameType.IP_ADDRESS, IPv6Address("2001:db8::1"))),
    (x509.IPAddress(IPv4Network("192.0.2.0/24")), GeneralName(GeneralNameType.IP_ADDRESS, IPv4Network("192.0.2.0/24"))),
    (
        x509.IPAddress(IPv6Network("2001:db8::/32")),
        GeneralName(GeneralNameType.IP_ADDRESS, IPv6Network("2001:db8::/32")),
    ),
    (x509.IPAddress(IPv4Network("0.0.0.0/0")), GeneralName(GeneralNameType.IP_ADDRESS, IPv4Network("0.0.0.0/0"))),
    (x509.DirectoryName(PUMP), GeneralName(GeneralNameType.DIRECTORY_NAME, Name(PUMP.public_bytes()))),
    (
        x509.RegisteredID(x509.ObjectIdentifier("1.2.840.113549")),
        GeneralName(GeneralNameType.REGISTERED_ID, "1.2.840.113549"),
    ),
    (
        x509.OtherName(x509.ObjectIdentifier(OTHER_TYPE), b"\x0c\x01a"),
        GeneralName(GeneralNameType.OTHER_NAME, b"\x0c\x01a", OTHER_TYPE),
    ),
]


def dns(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.DNS_NAME, text)


def names(*encoded: bytes) -> bytes:
    return write_tlv(0x30, b"".join(encoded))


def constraints(permitted: bytes = b"", excluded: bytes = b"") -> bytes:
    trees = (write_tlv(tag, subtrees) for tag, subtrees in ((0xA0, permitted), (0xA1, excluded)) if subtrees)
    return write_tlv(0x30, b"".join(trees))


def subtree(base: bytes, distances: bytes = b"") -> bytes:
    return write_tlv(0x30, base + distances)


DNS_BASE = write_tlv(0x82, b"pump.example")


class TestReaders:
    @pytest.mark.parametrize(("pyca", "expected"), READ_BY_BOTH, ids=lambda value: str(value)[:30])
    def test_both_readers_read_alike(self, pyca: x509.GeneralName, expected: GeneralName) -> None:
        """RFC 5280 4.2.1.6: what cryptography encodes is read to the same value by either way."""
        assert from_cryptography(pyca) == expected
        assert read_general_names(x509.SubjectAlternativeName([pyca]).public_bytes()) == (expected,)

    def test_forms_that_cryptography_does_not_know(self) -> None:
        """RFC 5280 4.2.1.6: x400Address and ediPartyName are kept as octets, and the names beside them are read."""
        der = names(write_tlv(0xA3, b"\x30\x00"), DNS_BASE, write_tlv(0xA5, b"\xa1\x03\x0c\x01a"))
        expected = (
            GeneralName(GeneralNameType.X400_ADDRESS, b"\x30\x00"),
            dns("pump.example"),
            GeneralName(GeneralNameType.EDI_PARTY_NAME, b"\xa1\x03\x0c\x01a"),
        )
        assert read_general_names(der) == expected

    @pytest.mark.parametrize(
        "der",
        [
            b"",
            names(),
            names(DNS_BASE) + b"\x00",
            write_tlv(0x31, DNS_BASE),
            names(write_tlv(0x82, "m\u00fcnchen.example".encode())),
            names(write_tlv(0x87, b"\x01\x02\x03\x04\x05")),
            names(write_tlv(0x87, bytes((192, 0, 2, 0, 255, 0, 255, 0)))),
            names(write_tlv(0x87, bytes((192, 0, 2, 1, 255, 255, 255, 0)))),
            names(write_tlv(0xA4, b"\x30\x01\x05")),
            names(write_tlv(0xA4, b"")),
            names(write_tlv(0xA0, b"\x06\x01\x2a")),
            names(write_tlv(0xA0, b"\x06\x01\x2a\xa0\x04\x05\x00\x05\x00")),
            names(write_tlv(0x88, b"\x80")),
            names(write_tlv(0x88, b"\x81" * 1_000_000 + b"\x01")),
            names(write_tlv(0xA0, write_tlv(0x06, b"\x81" * 3_000 + b"\x01") + b"\xa0\x02\x05\x00")),
            names(write_tlv(0xA2, b"pump")),
            names(write_tlv(0x89, b"")),
        ],
    )
    def test_malformed_names_are_refused(self, der: bytes) -> None:
        """RFC 5280 4.2.1.6: no GeneralNames, or a value that its form does not allow."""
        with pytest.raises(MalformedDER):
            read_general_names(der)

    @given(st.lists(st.tuples(st.sampled_from(range(0x80, 0xAA)), st.binary(max_size=40)), min_size=1, max_size=3))
    def test_only_malformed_der_escapes(self, encoded: list[tuple[int, bytes]]) -> None:
        """Hostile octets give names that can be shown, or `MalformedDER`."""
        der = b"".join([write_tlv(tag, content) for tag, content in encoded])
        try:
            shown = [str(name) for name in read_general_names(names(der))]
        except MalformedDER as problem:
            shown = [problem.reason]
        assert all(text.isprintable() for text in shown)
        with pytest.raises(MalformedDER):
            read_name_constraints(names(der))

    def test_name_constraints(self) -> None:
        """RFC 5280 4.2.1.10: as cryptography reads them."""
        pyca = x509.NameConstraints(
            [x509.DNSName("a.example"), x509.IPAddress(IPv4Network("192.0.2.0/24"))], [x509.DirectoryName(PUMP)]
        )
        expected = NameConstraints(
            (dns("a.example"), GeneralName(GeneralNameType.IP_ADDRESS, IPv4Network("192.0.2.0/24"))),
            (GeneralName(GeneralNameType.DIRECTORY_NAME, Name(PUMP.public_bytes())),),
        )
        assert read_name_constraints(pyca.public_bytes()) == expected

    @pytest.mark.parametrize(
        ("distances", "expected"),
        [
            (b"", ()),
            (b"\x80\x01\x00", ()),
            (b"\x80\x01\x01", (dns("pump.example"),)),
            (b"\x81\x01\x00", (dns("pump.example"),)),
        ],
    )
    def test_distances_are_told(self, distances: bytes, expected: tuple[GeneralName, ...]) -> None:
        """RFC 5280 4.2.1.10: a minimum other than 0, and any maximum, must be processed or refused: they are kept."""
        read = read_name_constraints(constraints(excluded=subtree(DNS_BASE, distances)))
        assert read == NameConstraints((), (dns("pump.example"),), expected)

    @pytest.mark.parametrize(
        "der",
        [
            b"",
            constraints(),
            constraints(subtree(DNS_BASE)) + b"\x00",
            write_tlv(0x30, b"\xa0\x00"),
            write_tlv(0x30, b"\x05\x00\x05\x00"),
            write_tlv(0x30, write_tlv(0xA1, subtree(DNS_BASE)) + write_tlv(0xA0, subtree(DNS_BASE))),
            constraints(subtree(b"")),
            constraints(DNS_BASE),
            constraints(subtree(DNS_BASE, b"\x81\x01\x00\x80\x01\x00")),
            constraints(subtree(write_tlv(0x87, bytes((192, 0, 2, 1))))),
            constraints(subtree(write_tlv(0x87, bytes((192, 0, 2, 1, 255, 255, 255, 0))))),
        ],
    )
    def test_malformed_constraints_are_refused(self, der: bytes) -> None:
        """RFC 5280 4.2.1.10: permitted, excluded or both, none empty, and networks with a mask that is a prefix."""
        with pytest.raises(MalformedDER):
            read_name_constraints(der)


class TestText:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            (dns("pump.example"), "DNS:pump.example"),
            (GeneralName(GeneralNameType.RFC822_NAME, "root@pump.example"), "email:root@pump.example"),
            (GeneralName(GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER, "urn:x:\x1b[2J"), "URI:urn:x:\\1B[2J"),
            (GeneralName(GeneralNameType.IP_ADDRESS, IPv6Address("2001:db8::1")), "IP:2001:db8::1"),
            (GeneralName(GeneralNameType.IP_ADDRESS, IPv4Network("192.0.2.0/24")), "IP:192.0.2.0/24"),
            (GeneralName(GeneralNameType.DIRECTORY_NAME, Name(PUMP.public_bytes())), "DN:CN=Pump"),
            (GeneralName(GeneralNameType.REGISTERED_ID, "1.2.3"), "registeredID:1.2.3"),
            (GeneralName(GeneralNameType.X400_ADDRESS, b"\x30\x00"), "x400Address:3000"),
            (GeneralName(GeneralNameType.OTHER_NAME, b"\x05\x00", OTHER_TYPE), f"otherName({OTHER_TYPE}):0500"),
            (
                GeneralName(GeneralNameType.OTHER_NAME, DOCTOR, SMTP_UTF8_MAILBOX),
                f"otherName({SMTP_UTF8_MAILBOX}):\u533b\u751f@xn--pss25c.example.com",
            ),
            (
                GeneralName(GeneralNameType.EDI_PARTY_NAME, bytes(100)),
                f"ediPartyName:{'00' * 64}\u2026 (100 octets)",
            ),
        ],
    )
    def test_a_name_for_people(self, name: GeneralName, expected: str) -> None:
        """Form and value in one printable line; octets without a reading are cut short."""
        assert str(name) == expected


class TestDNSNames:
    @pytest.mark.parametrize(
        "text",
        [
            "pump",
            "pump.example",
            "PUMP-17.icu.example",
            "3com.example",
            "ab--cd.example",
            "a" * 63 + ".example",
            ".".join(["a" * 61] * 4) + ".abcde",
            "xn--mnchen-3ya.example",
            "XN--MNCHEN-3YA.example",
            "1.2.3",
            "1.2.3.4.example",
        ],
    )
    def test_preferred_name_syntax(self, text: str) -> None:
        """RFC 1034 3.5, RFC 1123 2.1: labels of letters, digits and inner hyphens; A-labels of IDNA2008."""
        assert is_valid_dns_name(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            ".",
            ".example",
            "example.",
            "a..example",
            "-a.example",
            "a-.example",
            "a_b.example",
            "a" * 64 + ".example",
            ".".join(["a" * 61] * 4) + ".abcdef",
            "192.0.2.1",
            "m\u00fcnchen.example",
            "\u212aelvin.example",
            "pump.example\n",
            "*.pump.example",
            "xn--a.example",
            "xn--.example",
            "xn--abc-.example",
            "xn--*.example",
            "xn--ls8h.example",
        ],
    )
    def test_what_is_not(self, text: str) -> None:
        """RFC 5280 4.2.1.6, RFC 9549 2.3: dots, underscores, addresses, U-labels and bad A-labels are refused."""
        assert not is_valid_dns_name(text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("*.pump.example", True),
            ("*.xn--mnchen-3ya.example", True),
            ("*.example", False),
            ("*", False),
            ("*.", False),
            ("*.*.example", False),
            ("p*.pump.example", False),
            ("pump.*.example", False),
            ("pump.example", False),
            ("xn--*.pump.example", False),
            ("*.192.0.2.1", False),
        ],
    )
    def test_patterns(self, text: str, expected: bool) -> None:
        """RFC 9525 6.3: a wildcard is the whole left-most label; here two labels follow it at least."""
        assert is_valid_dns_pattern(text) is expected


class TestMailboxes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("root@Pump.Example", Mailbox("root", "pump.example")),
            ("Root+x!#$%&'*/=?^_`{|}~-@pump.example", Mailbox("Root+x!#$%&'*/=?^_`{|}~-", "pump.example")),
            ("*@pump.example", Mailbox("*", "pump.example")),
            ("first.last@pump.example", Mailbox("first.last", "pump.example")),
            ('"a@b c"@pump.example', Mailbox("a@b c", "pump.example")),
            ('"ro\\ot"@pump.example', Mailbox("root", "pump.example")),
            ("root@xn--mnchen-3ya.example", Mailbox("root", "xn--mnchen-3ya.example")),
            ("", None),
            ("root", None),
            ("@pump.example", None),
            ("root@", None),
            ("a@b@pump.example", None),
            (".root@pump.example", None),
            ("root.@pump.example", None),
            ('""@pump.example', None),
            ("root@pump..example", None),
            ("root@*.pump.example", None),
            ("root@[192.0.2.1]", None),
            ("Root <root@pump.example>", None),
            ("r\u00f6\u00f6t@pump.example", None),
            ("root@m\u00fcnchen.example", None),
            ("root@pump.example\x00.evil.example", None),
        ],
    )
    def test_rfc822_names(self, text: str, expected: Mailbox | None) -> None:
        """RFC 5280 4.2.1.6: a Mailbox of RFC 2821, its local part unquoted and its domain in lower case."""
        assert mailbox(text) == expected
        assert is_valid_mailbox(text) is (expected is not None)

    def test_the_example_of_rfc_9598(self) -> None:
        """RFC 9598 appendix B."""
        assert read_general_names(names(DOCTOR_NAME))[0] == GeneralName(
            GeneralNameType.OTHER_NAME, DOCTOR, SMTP_UTF8_MAILBOX
        )
        assert smtp_utf8_mailbox(DOCTOR) == Mailbox("\u533b\u751f", "xn--pss25c.example.com")
        assert is_valid_smtp_utf8_mailbox(DOCTOR)

    @pytest.mark.parametrize(
        ("text", "tag"),
        [
            ("root@pump.example", 0x0C),
            ("\ufeff\u533b@pump.example", 0x0C),
            ("\u533b@m\u00fcnchen.example", 0x0C),
            ("\u533b@pump.example", 0x1E),
            ("\u533b", 0x0C),
            ("\u533b@", 0x0C),
            ("\u533b@a@pump.example", 0x0C),
        ],
    )
    def test_what_is_no_smtp_utf8_mailbox(self, text: str, tag: int) -> None:
        """RFC 9598 3: UTF8String, no byte order mark, a local part beyond ASCII, a domain of LDH labels."""
        value = write_tlv(tag, text.encode())
        assert smtp_utf8_mailbox(value) is None
        assert not is_valid_smtp_utf8_mailbox(value)

    def test_a_domain_in_upper_case_is_read_but_not_valid(self) -> None:
        """RFC 9598 3: labels are encoded in lower case; section 5 lowers them for comparison."""
        value = write_tlv(0x0C, "\u533b@Pump.example".encode())
        assert smtp_utf8_mailbox(value) == Mailbox("\u533b", "pump.example")
        assert not is_valid_smtp_utf8_mailbox(value)

    @given(st.binary(max_size=40))
    def test_any_octets_have_an_answer(self, value: bytes) -> None:
        """Octets that are no UTF8String are no mailbox."""
        read = smtp_utf8_mailbox(value)
        assert read is None or not read.local_part.isascii()


class TestURIs:
    @pytest.mark.parametrize(
        ("text", "valid", "host"),
        [
            ("https://pump.example/a?b#c", True, "pump.example"),
            ("ldap://Pump.Example:389/cn=x", True, "pump.example"),
            ("ftp://user:secret@pump.example", True, "pump.example"),
            ("https://pump.example?q", True, "pump.example"),
            ("spiffe://ward.example/pump/17", True, "ward.example"),
            ("https://xn--mnchen-3ya.example/", True, "xn--mnchen-3ya.example"),
            ("spiffe://ward/pump", True, None),
            ("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", True, None),
            ("mailto:root@pump.example", True, None),
            ("https://192.0.2.1/", True, None),
            ("https://[2001:db8::1]:443/", True, None),
            ("urn:", False, None),
            ("", False, None),
            ("//pump.example/", False, None),
            ("pump.example", False, None),
            ("https://", False, None),
            ("https:///pump", False, None),
            ("https://pump.example./", False, None),
            ("https://a@b@pump.example/", False, None),
            ("https://pump.example\\@evil.example/", False, None),
            ("https://pump.example%2f.evil.example/", False, None),
            ("https://pump.example:80x/", False, None),
            ("https://[2001:db8::1/", False, None),
            ("https://[192.0.2.1]/", False, None),
            ("https://p\u00fcmp.example/", False, None),
            ("https://pump.example/\n", False, None),
            ("https://pump.example/%zz", False, None),
        ],
    )
    def test_absolute_uris_and_their_host(self, text: str, valid: bool, host: str | None) -> None:
        """RFC 5280 4.2.1.6, 4.2.1.10, RFC 3986: a scheme and more; the host is fully qualified, or there is none."""
        assert (is_valid_uri(text), uri_host(text)) == (valid, host)
