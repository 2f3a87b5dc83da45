"""How names of each form are compared with the bases of constraints: RFC 5280 4.2.1.10, RFC 9549, RFC 9598."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.path.name_constraints import Subtrees, ViolationKind
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints
from devicetrust.x509.names import Name
from naming import (
    EXCLUDED,
    NOBODY,
    NOT_PERMITTED,
    UNPROCESSABLE,
    directory,
    dns,
    email,
    excluding,
    ip,
    kinds,
    other,
    permits,
    permitting,
    smtp_utf8,
    subject,
    uri,
)


class TestDNS:
    @pytest.mark.parametrize(
        ("base", "name", "expected"),
        [
            ("host.example.com", "host.example.com", True),
            ("host.example.com", "www.host.example.com", True),
            ("host.example.com", "a.b.host.example.com", True),
            ("host.example.com", "host1.example.com", False),
            ("host.example.com", "example.com", False),
            ("example.com", "notexample.com", False),
            ("Example.COM", "PUMP.example.com", True),
            ("com", "example.com", True),
            ("", "example.com", True),
            ("xn--mnchen-3ya.example", "a.XN--MNCHEN-3YA.example", True),
            ("example.com", "my_pump.example.com", True),
            ("my_ward.example.com", "pump.my_ward.example.com", True),
        ],
    )
    def test_any_labels_to_the_left(self, base: str, name: str, expected: bool) -> None:
        """RFC 5280 4.2.1.10, 7.2: zero or more labels to the left, compared label by label without case."""
        assert permits(dns(base), dns(name)) is expected

    @pytest.mark.parametrize(
        ("name", "permitted", "excluded"),
        [
            ("*.example.com", [NOT_PERMITTED], [EXCLUDED]),
            ("*.EXAMPLE.com", [NOT_PERMITTED], [EXCLUDED]),
            ("*.bar.example.com", [], [EXCLUDED]),
            ("*.a.bar.example.com", [], [EXCLUDED]),
            ("*.com", [NOT_PERMITTED], []),
            ("*.foo.example.com", [NOT_PERMITTED], []),
        ],
    )
    def test_wildcards(self, name: str, permitted: list[ViolationKind], excluded: list[ViolationKind]) -> None:
        """CVE-2025-61727: a wildcard must stand for nothing excluded and for nothing but what is permitted."""
        base = dns("bar.example.com")
        assert (kinds(permitting(base), dns(name)), kinds(excluding(base), dns(name))) == (permitted, excluded)

    @pytest.mark.parametrize(
        "base", [".example.com", "*.example.com", "example.com.", "a..b", "a b", "p\u00fcmp.example"]
    )
    def test_malformed_bases_fail_closed(self, base: str) -> None:
        """RFC 5280 4.2.1.10; limbo invalid-dnsname-leading-period, -wildcard: no dNSName can then be judged."""
        for constrained in (permitting(dns(base), dns("com")), excluding(dns(base))):
            assert kinds(constrained, dns("www.example.com")) == [UNPROCESSABLE]
            assert kinds(constrained, email("root@example.com")) == []

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".example.com",
            "example.com.",
            "a..example.com",
            "*",
            "*.",
            "p*.example.com",
            "a.*.example.com",
            " example.com",
            "example.com\x00",
            "\u212aelvin.example.com",
            "a." * 130 + "example.com",
            "a" * 64 + ".example.com",
        ],
    )
    def test_malformed_names_fail_closed(self, name: str) -> None:
        """Limbo nc-permits-invalid-dns-san: what is no DNS name cannot be judged, whatever holds."""
        for constrained in (permitting(dns("example.com")), excluding(dns("example.net")), permitting(dns(""))):
            assert kinds(constrained, dns(name)) == [UNPROCESSABLE]

    @given(
        st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(".".join), min_size=1, max_size=4),
        st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map(".".join),
        st.booleans(),
    )
    def test_the_index_answers_as_plain_comparison_does(self, bases: list[str], domain: str, wildcard: bool) -> None:
        """RFC 5280 4.2.1.10 over every name that a wildcard can stand for, label for label."""
        meant = [f"{label}.{domain}" for label in ("a", "b", "c")] if wildcard else [domain]
        held = [any(one == base or one.endswith(f".{base}") for base in bases) for one in meant]
        name = dns(f"*.{domain}" if wildcard else domain)
        constraints = tuple(map(dns, bases))
        assert kinds(permitting(*constraints), name) == ([] if all(held) else [NOT_PERMITTED])
        assert kinds(excluding(*constraints), name) == ([EXCLUDED] if any(held) else [])


class TestAddresses:
    @pytest.mark.parametrize(
        ("base", "name", "expected"),
        [
            (IPv4Network("192.0.2.0/24"), IPv4Address("192.0.2.255"), True),
            (IPv4Network("192.0.2.0/24"), IPv4Address("192.0.3.0"), False),
            (IPv4Network("192.0.2.7/32"), IPv4Address("192.0.2.7"), True),
            (IPv4Network("0.0.0.0/0"), IPv4Address("255.255.255.255"), True),
            (IPv6Network("2001:db8::/32"), IPv6Address("2001:db8:ffff::1"), True),
            (IPv6Network("2001:db8::/32"), IPv6Address("2001:db9::1"), False),
            (IPv6Network("::/0"), IPv6Address("::1"), True),
            (IPv4Network("0.0.0.0/0"), IPv6Address("::1"), False),
            (IPv6Network("::/0"), IPv4Address("192.0.2.1"), False),
        ],
    )
    def test_networks(self, base: IPv4Network | IPv6Network, name: IPv4Address | IPv6Address, expected: bool) -> None:
        """RFC 5280 4.2.1.10, RFC 4632; both versions are one form of name, so one does not permit the other."""
        assert permits(ip(base), ip(name)) is expected

    def test_both_versions_beside_each_other(self) -> None:
        """A network of each version permits addresses of both."""
        constrained = permitting(ip(IPv4Network("192.0.2.0/24")), ip(IPv6Network("2001:db8::/32")))
        assert kinds(constrained, ip(IPv4Address("192.0.2.1")), ip(IPv6Address("2001:db8::1"))) == []

    def test_a_mapped_address_does_not_escape_an_exclusion(self) -> None:
        """RFC 4291 2.5.5.2: ::ffff:192.0.2.1 leads to the excluded 192.0.2.1, and is permitted by no IPv4 network."""
        network, mapped = ip(IPv4Network("192.0.2.0/24")), ip(IPv6Address("::ffff:192.0.2.1"))
        assert (kinds(excluding(network), mapped), kinds(permitting(network), mapped)) == ([EXCLUDED], [NOT_PERMITTED])

    def test_networks_as_names_and_addresses_as_bases_fail_closed(self) -> None:
        """RFC 5280 4.2.1.6, 4.2.1.10; limbo nc-permits-invalid-ip-san: a name is one address, a base has a mask."""
        network, address = ip(IPv4Network("192.0.2.0/24")), ip(IPv4Address("192.0.2.1"))
        assert kinds(permitting(network), network) == [UNPROCESSABLE]
        assert kinds(excluding(address), ip(IPv4Address("198.51.100.1"))) == [UNPROCESSABLE]

    @given(
        st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), min_size=1, max_size=4),
        st.integers(0, 2**32 - 1),
        st.integers(0, 3),
    )
    def test_the_index_answers_as_ipaddress_does(
        self, networks: list[tuple[int, int]], number: int, close_to: int
    ) -> None:
        """An address is within one of the networks exactly when the standard library finds it there."""
        bases = [IPv4Network((start, length), strict=False) for start, length in networks]
        near = bases[close_to % len(bases)]
        address = IPv4Address(int(near.network_address) + number % near.num_addresses if close_to else number)
        expected = [] if any(address in base for base in bases) else [NOT_PERMITTED]
        assert kinds(permitting(*map(ip, bases)), ip(address)) == expected


class TestMail:
    @pytest.mark.parametrize(
        ("base", "name", "expected"),
        [
            ("root@example.com", "root@example.com", True),
            ("root@example.com", "root@EXAMPLE.com", True),
            ("root@example.com", "Root@example.com", False),
            ("root@example.com", '"root"@example.com', True),
            ("root@example.com", "toor@example.com", False),
            ("example.com", "root@Example.com", True),
            ("example.com", "root@www.example.com", False),
            (".example.com", "root@www.example.com", True),
            (".example.com", "root@a.b.example.com", True),
            (".example.com", "root@example.com", False),
            (".example.com", "root@notexample.com", False),
            ("*@example.com", "*@example.com", True),
            ("*@example.com", "root@example.com", False),
            ("**@example.com", "*@example.com", False),
        ],
    )
    def test_mailbox_host_and_domain(self, base: str, name: str, expected: bool) -> None:
        """RFC 5280 4.2.1.10, 7.5: one mailbox, one host, or all hosts of a domain; no character is a wildcard."""
        assert permits(email(base), email(name)) is expected

    @pytest.mark.parametrize("base", ["", ".", "a@b@example.com", "@example.com", "..example.com", "*.example.com"])
    def test_malformed_bases_fail_closed(self, base: str) -> None:
        """Limbo invalid-email-address: a base that is no mailbox, host or domain judges nothing."""
        for constrained in (permitting(email(base)), excluding(email(base))):
            assert kinds(constrained, email("root@example.com")) == [UNPROCESSABLE]

    @pytest.mark.parametrize("name", ["", "root", "a@b@example.com", "root@", "root@*.example.com", "root@[192.0.2.1]"])
    def test_malformed_names_fail_closed(self, name: str) -> None:
        """Limbo nc-permits-invalid-email-san: what is no mailbox cannot be judged."""
        for constrained in (permitting(email("example.com")), excluding(email("example.net"))):
            assert kinds(constrained, email(name)) == [UNPROCESSABLE]

    @pytest.mark.parametrize(
        ("base", "permitted", "excluded"),
        [
            ("example.com", [], [EXCLUDED]),
            (".example.com", [NOT_PERMITTED], []),
            ("root@example.com", [], [EXCLUDED]),
            ("ROOT@EXAMPLE.COM", [], [EXCLUDED]),
            ("toor@example.com", [NOT_PERMITTED], []),
        ],
    )
    def test_the_subject_s_email_address(
        self, base: str, permitted: list[ViolationKind], excluded: list[ViolationKind]
    ) -> None:
        """RFC 5280 4.2.1.10, 4.1.2.6, RFC 9598 6: the attribute is bound too, without case, also beside a SAN."""
        holder, beside = subject("E=Root@Example.com,CN=Pump"), dns("pump.example.net")
        assert kinds(permitting(email(base)), beside, holder=holder) == permitted
        assert kinds(excluding(email(base)), holder=holder) == excluded

    def test_an_email_address_that_is_no_mailbox_fails_closed(self) -> None:
        """A subject whose emailAddress, or which as a whole, cannot be read."""
        assert kinds(permitting(email("example.com")), holder=subject("E=root")) == [UNPROCESSABLE]
        assert kinds(excluding(email("example.com")), holder=Name(b"\x30\x05")) == [UNPROCESSABLE]
        assert kinds(excluding(email("example.com")), holder=subject("CN=Pump")) == []

    @pytest.mark.parametrize(
        ("base", "name", "expected"),
        [
            ("elementary.school.example.com", "\u5b66\u751f@elementary.school.example.com", True),
            ("xn--pss25c.example.com", "\u533b\u751f@xn--pss25c.example.com", True),
            (".example.com", "\u533b\u751f@XN--PSS25C.example.com", True),
            ("example.com", "\u533b\u751f@xn--pss25c.example.com", False),
            ("root@example.com", "\u533b@example.com", False),
        ],
    )
    def test_smtp_utf8_mailboxes(self, base: str, name: str, expected: bool) -> None:
        """RFC 9598 6, figure 1: constraints on rfc822Name bind these mailboxes by their domain."""
        assert permits(email(base), smtp_utf8(name)) is expected

    def test_a_malformed_smtp_utf8_mailbox_fails_closed(self) -> None:
        """RFC 9598 3: an ASCII local part belongs into an rfc822Name."""
        assert kinds(permitting(email("example.com")), smtp_utf8("root@example.com")) == [UNPROCESSABLE]


class TestURIs:
    @pytest.mark.parametrize(
        ("base", "name", "expected"),
        [
            ("host.example.com", "https://host.example.com/a", True),
            ("host.example.com", "https://HOST.example.com:8443", True),
            ("host.example.com", "https://www.host.example.com/", False),
            (".example.com", "https://host.example.com/", True),
            (".example.com", "https://my.host.example.com/", True),
            (".example.com", "https://example.com/", False),
            (".example.com", "https://user@host.example.com/", True),
            ("host.example.com", "https://host.example.com@evil.example/", False),
        ],
    )
    def test_the_host_is_constrained(self, base: str, name: str, expected: bool) -> None:
        """RFC 5280 4.2.1.10: a host, or with a period in front any host of a domain."""
        assert permits(uri(base), uri(name)) is expected

    @pytest.mark.parametrize(
        "name",
        [
            "urn:uuid:1",
            "https://192.0.2.1/",
            "https://[2001:db8::1]/",
            "https://host/",
            "https:///a",
            "host.example.com",
            "https://host.example.com./",
            "https://host.example.com\\.evil.example/",
            "",
        ],
    )
    def test_without_a_fully_qualified_host_it_fails_closed(self, name: str) -> None:
        """RFC 5280 4.2.1.10: under a constraint such a URI must be rejected."""
        for constrained in (permitting(uri(".example.com")), excluding(uri("example.net"))):
            assert kinds(constrained, uri(name)) == [UNPROCESSABLE]

    @pytest.mark.parametrize("base", ["", ".", "https://example.com", "*.example.com", "192.0.2.1"])
    def test_malformed_bases_fail_closed(self, base: str) -> None:
        """RFC 5280 4.2.1.10: the constraint is a fully qualified domain name."""
        assert kinds(permitting(uri(base)), uri("https://host.example.com/")) == [UNPROCESSABLE]


class TestDirectoryNames:
    @pytest.mark.parametrize(
        ("base", "name", "expected"),
        [
            ("O=Ward,C=US", "CN=Pump,O=Ward,C=US", True),
            ("O=Ward,C=US", "CN=Pump,O=WARD\\ ,C=us", True),
            ("O=Ward,C=US", "O=Ward,C=US", True),
            ("O=Ward,C=US", "C=US", False),
            ("O=Ward,C=US", "CN=Pump,O=Wards,C=US", False),
            ("O=Ward,C=US", "CN=Pump,C=US,O=Ward", False),
        ],
    )
    def test_subtrees_of_the_directory(self, base: str, name: str, expected: bool) -> None:
        """RFC 5280 4.2.1.10, 7.1: the base's RDNs are the first of the name; subject and directoryName alike."""
        assert permits(directory(base), directory(name)) is expected
        assert kinds(permitting(directory(base)), holder=subject(name)) == ([] if expected else [NOT_PERMITTED])
        assert kinds(excluding(directory(base)), holder=subject(name)) == ([EXCLUDED] if expected else [])

    def test_an_empty_subject_is_no_name(self) -> None:
        """RFC 5280 4.2.1.10: restrictions apply to the subject when it is not empty."""
        assert kinds(permitting(directory("O=Ward")), dns("pump.example"), holder=NOBODY) == []

    def test_one_of_several_bases_of_different_depth(self) -> None:
        """RFC 5280 6.1.3 (b): within one of the subtrees is enough."""
        constrained = permitting(directory("O=A"), directory("OU=X,O=B"), directory("CN=Z,OU=X,O=C"))
        assert kinds(constrained, directory("CN=Z,OU=X,O=C"), directory("CN=Y,OU=X,O=B"), directory("O=a")) == []
        assert kinds(constrained, directory("OU=Y,O=B"), directory("OU=X,O=C")) == [NOT_PERMITTED, NOT_PERMITTED]

    def test_what_is_no_name_fails_closed(self) -> None:
        """A malformed subject or base: no exclusion may be escaped by being unreadable."""
        malformed = Name(b"\x30\x05")
        assert kinds(excluding(directory("O=Ward")), holder=malformed) == [UNPROCESSABLE]
        base = GeneralName(GeneralNameType.DIRECTORY_NAME, malformed)
        assert kinds(excluding(base), holder=subject("CN=Pump")) == [UNPROCESSABLE]


class TestFormsThatCannotBeProcessed:
    A, B = other(b"\x05\x00", "1.2.3"), other(b"\x05\x00", "1.2.4")

    def test_other_names(self) -> None:
        """RFC 5280 4.2.1.10: process or reject (limbo nc-forbids-othername); to exclude a type binds that type."""
        assert (kinds(excluding(self.A), self.A), kinds(excluding(self.A), self.B)) == ([UNPROCESSABLE], [])
        assert (kinds(permitting(self.A), self.A), kinds(permitting(self.A), self.B)) == ([UNPROCESSABLE],) * 2
        assert kinds(excluding(self.A), dns("pump.example")) == []

    def test_mailboxes_are_other_names_too(self) -> None:
        """RFC 9598 3: an SmtpUTF8Mailbox is bound by constraints on otherName as well as on rfc822Name."""
        assert kinds(permitting(self.A), smtp_utf8("\u533b@example.com")) == [UNPROCESSABLE]

    @pytest.mark.parametrize(
        "name",
        [
            GeneralName(GeneralNameType.X400_ADDRESS, b"\x30\x00"),
            GeneralName(GeneralNameType.EDI_PARTY_NAME, b"\xa1\x03\x0c\x01a"),
            GeneralName(GeneralNameType.REGISTERED_ID, "1.2.3"),
        ],
    )
    def test_forms_without_a_comparison(self, name: GeneralName) -> None:
        """RFC 5280 4.2.1.10: their meaning in constraints is not defined, so a name of such a form is rejected."""
        for constrained in (permitting(name), excluding(name)):
            assert (kinds(constrained, name), kinds(constrained, dns("pump.example"))) == ([UNPROCESSABLE], [])

    def test_minimum_and_maximum(self) -> None:
        """RFC 5280 4.2.1.10: with distances that are not processed, every name of that form is rejected."""
        base = dns("example.com")
        constrained = Subtrees.UNCONSTRAINED.narrowed(NameConstraints(excluded=(base,), distances=(base,)))
        assert kinds(constrained, dns("pump.example.net")) == [UNPROCESSABLE]
        assert kinds(constrained, email("root@example.com")) == []
