"""What a certificate presents against what is asked for: RFC 9525, RFC 5280 7.2 to 7.5, RFC 9598."""

from __future__ import annotations

import gzip
import json
import os
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.errors import MisuseError
from devicetrust.findings import Effect, Severity
from devicetrust.identity import Match, Reference, findings, matches
from devicetrust.identity.uris import comparison_form
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Name

HOST = "pump-17.icu.example"
ADDRESSES: list[IPv4Address | IPv6Address] = [IPv4Address("192.0.2.7"), IPv6Address("2001:db8::7")]
# RFC 9598 appendix B: the DER of the SmtpUTF8Mailbox "医生@xn--pss25c.example.com".
DOCTOR = bytes.fromhex("0c1de58cbbe7949f40786e2d2d70737332 35632e6578616d706c652e636f6d")


def dns(name: str) -> GeneralName:
    return GeneralName(GeneralNameType.DNS_NAME, name)


def ip(address: IPv4Address | IPv6Address) -> GeneralName:
    return GeneralName(GeneralNameType.IP_ADDRESS, address)


def uri(text: str) -> GeneralName:
    return GeneralName(GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER, text)


def email(address: str) -> GeneralName:
    return GeneralName(GeneralNameType.RFC822_NAME, address)


def smtp_utf8(der: bytes) -> GeneralName:
    return GeneralName(GeneralNameType.OTHER_NAME, der, "1.3.6.1.5.5.7.8.9")


class Presented(NamedTuple):
    """A certificate, as far as identities are concerned."""

    subject_alternative_names: tuple[GeneralName, ...]
    subject: Name = Name(b"\x30\x00")


def takes(reference: Reference, *names: GeneralName) -> bool:
    """Whether ``reference`` matches; `matches` and `findings` must agree."""
    matched = bool(matches(reference, Presented(names)))
    assert (findings(reference, Presented(names)) == ()) is matched
    return matched


class TestDNS:
    @pytest.mark.parametrize("presented", [HOST, HOST.upper(), "Pump-17.icu.example", "*.icu.example", "*.ICU.example"])
    def test_the_same_name_matches(self, presented: str) -> None:
        """RFC 9525 6.3: labels are compared without case, and a whole left-most label may be a wildcard."""
        assert takes(Reference.dns(HOST), dns(presented))
        assert takes(Reference.dns(HOST), dns("other.example"), dns(presented))

    @pytest.mark.parametrize(
        "presented",
        [
            "pump-18.icu.example",
            "icu.example",
            "x.pump-17.icu.example",
            "pump-17.icu.example.com",
            "*.example",  # across labels
            "*.*.example",
            "pump-*.icu.example",
            "*-17.icu.example",
            "p*7.icu.example",
            "pump-17.*.example",
            "*",
            "*.pump-17.icu.example",
            "xn--*.icu.example",
            ".pump-17.icu.example",
            ".icu.example",
            "pump-17.icu.example.",
            "pump-17..icu.example",
            " pump-17.icu.example",
            "pump-17.icu.example ",
            "pump-17.icu.example\0.evil.example",
            "",
        ],
    )
    def test_other_and_malformed_names_match_nothing(self, presented: str) -> None:
        """RFC 9525 6.3: one wildcard, as the whole left-most label, for one label; what is malformed is ignored."""
        assert not takes(Reference.dns(HOST), dns(presented))

    def test_a_wildcard_needs_two_labels_behind_it(self) -> None:
        """A wildcard over a top-level domain, or over all names, matches nothing."""
        assert not takes(Reference.dns("pump.example"), dns("*.example"))
        assert not takes(Reference.dns("localhost"), dns("*"))

    def test_a_u_label_is_never_presented(self) -> None:
        """RFC 5280 7.2: a dNSName is ASCII; a character that lower-cases into ASCII (Kelvin sign) does not help."""
        assert not takes(Reference.dns("bücher.example"), dns("bücher.example"))
        assert "\u212a".lower() == "k"
        assert not takes(Reference.dns("kiosk.example"), dns("\u212aiosk.example"))

    def test_a_wildcard_covers_an_a_label(self) -> None:
        """RFC 9525 6.3: an A-label is a label."""
        assert takes(Reference.dns("bücher.hospital.example"), dns("*.hospital.example"))

    def test_other_types_do_not_match(self) -> None:
        """RFC 9525 6.2: a reference is sought in names of its own type alone."""
        assert not takes(Reference.dns(HOST), uri(f"https://{HOST}"), email(HOST), uri(HOST))


class TestIP:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_the_same_address_matches(self, address: IPv4Address | IPv6Address) -> None:
        """RFC 9525 6.4: addresses are compared octet for octet, however they are written."""
        assert takes(Reference.ip(address), ip(address))
        assert takes(Reference.ip(str(address)), ip(address))
        assert takes(Reference.ip("2001:DB8:0:0:0:0:0:7"), ip(ADDRESSES[1]))

    def test_other_addresses_do_not(self) -> None:
        """RFC 9525 6.4: neither another address, nor an IPv4 address mapped into IPv6, nor a dNSName."""
        reference = Reference.ip("192.0.2.7")
        assert not takes(reference, ip(IPv4Address("192.0.2.8")), ip(IPv6Address("::ffff:192.0.2.7")))
        assert not takes(reference, dns("192.0.2.7"), dns("*.0.2.7"), uri("https://192.0.2.7"))


class TestURI:
    @pytest.mark.parametrize(
        ("wanted", "presented"),
        [
            ("sip:voice.example.edu", "SIP:Voice.Example.EDU"),  # RFC 9525 6.1.2
            ("https://ehr.example", "https://EHR.example:443/"),
            ("https://ehr.example/fhir/r4", "HTTPS://ehr.example/fhir/./x/../r4"),
            ("https://ehr.example/%7Eward", "https://ehr.example/~ward"),
            ("https://ehr.example/a%2fb", "https://ehr.example/a%2Fb"),
            ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
            ("spiffe://hospital.example/pump/17", "SPIFFE://Hospital.example/pump/17"),
            ("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "URN:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
            ("https://192.0.2.7:8443/", "https://192.0.2.7:8443"),
        ],
    )
    def test_equivalent_uris_match(self, wanted: str, presented: str) -> None:
        """RFC 5280 7.4: scheme and host without case, needless escapes undone, dot segments and default port gone."""
        assert takes(Reference.uri(wanted), uri(presented))

    @pytest.mark.parametrize(
        ("wanted", "presented"),
        [
            ("sip:voice.example.edu", "sips:voice.example.edu"),
            ("sip:voice.example.edu", "sip:alice@voice.example.edu"),
            ("sip:voice.example.edu", "sip:*.example.edu"),
            ("https://ehr.example", "http://ehr.example"),
            ("https://ehr.example", "https://ehr.example:8443"),
            ("https://ehr.example", "https://ehr.example/tenant-a"),
            ("https://ehr.example", "https://user@ehr.example"),
            ("https://ehr.example", "https://*.example"),
            ("https://ehr.example", "https://ehr.example@evil.example@"),
            ("https://ehr.example/fhir", "https://ehr.example/FHIR"),
            ("https://ehr.example/fhir", "https://ehr.example"),
            ("https://ehr.example/fhir", "https://ehr.example/fhir\n"),
            ("https://ehr.example/a/b", "https://ehr.example/a%2Fb"),
            ("https://ehr.example/a", "https://ehr.example/a?x"),
            ("spiffe://hospital.example/pump/17", "spiffe://hospital.example/pump/18"),
            ("spiffe://hospital.example/pump/17", "spiffe://hospital.example"),
            ("spiffe://hospital.example/pump/17", "spiffe://hospital.example/door/../pump/17"),
            ("spiffe://hospital.example/pump/17", "spiffe://hospital.example/%70ump/17"),
            ("x://pump.example", "x:/.//pump.example"),
            ("urn:x:y", "urn:x:Y"),
            ("urn:x:y", "urn:x:%zz"),
        ],
    )
    def test_other_and_malformed_uris_do_not(self, wanted: str, presented: str) -> None:
        """A URI is compared as a whole: another path, port or user, or no URI at all, is another identity."""
        assert not takes(Reference.uri(wanted), uri(presented))

    def test_a_dns_name_is_no_uri(self) -> None:
        """RFC 9525 6.2: a URI reference is not borne out by a dNSName."""
        assert not takes(Reference.uri("https://ehr.example"), dns("ehr.example"))

    @given(st.text(alphabet="aA:/.?#@[]%2eE~*4 é", max_size=30) | st.text(max_size=20))
    def test_the_form_of_a_form_is_itself(self, text: str) -> None:
        """RFC 5280 7.4: preparing for comparison is done once; any text has a form or none, and never raises."""
        for prefix in ("", "http://", "x:", "sip:", "spiffe://a"):
            form = comparison_form(prefix + text)
            assert form is None or comparison_form(form) == form


class TestEmail:
    @pytest.mark.parametrize(
        ("wanted", "presented"),
        [
            ("ward@hospital.example", "ward@Hospital.EXAMPLE"),
            ("ward@bücher.example", "ward@xn--bcher-kva.example"),
            ("*@example.com", "*@example.com"),  # a literal asterisk
            ('"a@b"@example.com', '"a@b"@example.com'),
        ],
    )
    def test_the_same_mailbox_matches(self, wanted: str, presented: str) -> None:
        """RFC 5280 7.5: the local part exactly, the host without case."""
        assert takes(Reference.email(wanted), email(presented))

    @pytest.mark.parametrize(
        ("wanted", "presented"),
        [
            ("ward@hospital.example", "Ward@hospital.example"),
            ("ward@hospital.example", "ward@icu.hospital.example"),
            ("ward@hospital.example", "*@hospital.example"),
            ("ward@hospital.example", "ward@*.example"),
            ("ward@hospital.example", "hospital.example"),
            ("ward@hospital.example", "<ward@hospital.example>"),
            ("ward@kiosk.example", "ward@\u212aiosk.example"),
            ("*@example.com", "**@example.com"),
            ("user@example.com", "user*@example.com"),
        ],
    )
    def test_other_mailboxes_do_not(self, wanted: str, presented: str) -> None:
        """RFC 5280 7.5, RFC 9598 5: local parts keep their case, and nothing is a wildcard."""
        assert not takes(Reference.email(wanted), email(presented))

    def test_a_local_part_beyond_ascii_is_an_smtp_utf8_mailbox(self) -> None:
        """RFC 9598 5 and appendix B: compared octet for octet with the otherName, never with an rfc822Name."""
        doctor = Reference.email("医生@XN--pss25c.example.com")
        assert takes(doctor, smtp_utf8(DOCTOR))
        assert not takes(doctor, email("医生@xn--pss25c.example.com"))
        assert not takes(doctor, GeneralName(GeneralNameType.OTHER_NAME, DOCTOR, "1.3.6.1.5.5.7.8.4"))
        assert not takes(doctor, smtp_utf8(DOCTOR.replace(b"xn--", b"XN--")))
        assert not takes(Reference.email("ward@example.com"), smtp_utf8(b"\x0c\x10ward@example.com"))

    def test_a_long_smtp_utf8_mailbox(self) -> None:
        """X.690 8.1.3.5: from 128 octets on a length has a prefix, and the match still finds the mailbox."""
        host = ".".join(["a" * 60] * 3)
        content = f"é@{host}".encode()
        assert takes(Reference.email(f"é@{host}"), smtp_utf8(bytes((0x0C, 0x81, len(content))) + content))


class TestCombinations:
    NAMES = (dns(HOST), ip(ADDRESSES[0]))
    ONE, OTHER, ABSENT = Reference.dns(HOST), Reference.ip("192.0.2.7"), Reference.dns("absent.example")

    def test_any_of_takes_the_first_that_matches(self) -> None:
        """RFC 9525 6.2: one matching reference is enough, and it is the validated identity."""
        reference = Reference.any_of(self.ABSENT, self.OTHER)
        assert matches(reference, Presented(self.NAMES)) == (Match(self.OTHER, ip(ADDRESSES[0])),)
        assert not takes(Reference.any_of(self.ABSENT, Reference.dns("no.example")), *self.NAMES)

    def test_all_of_takes_each(self) -> None:
        """Several searches: every member must be borne out, and each tells by which name."""
        both = Reference.all_of(self.ONE, self.OTHER)
        assert matches(both, Presented(self.NAMES)) == (Match(self.ONE, dns(HOST)), Match(self.OTHER, ip(ADDRESSES[0])))
        assert not takes(Reference.all_of(self.ONE, self.ABSENT), *self.NAMES)

    def test_all_of_says_which_member_is_missing(self) -> None:
        """One finding a member that is not borne out, and none for the others."""
        (finding,) = findings(Reference.all_of(self.ONE, self.ABSENT), Presented(self.NAMES))
        assert finding.facts["wanted"] == "dns:absent.example"


class TestFindings:
    FIELD = "tbsCertificate.extensions.subjectAltName"

    def test_a_mismatch_names_both_sides(self) -> None:
        """RFC 9525 6.6: no match fails the service identity check, and no profile can let it pass."""
        (finding,) = findings(Reference.dns(HOST), Presented((dns("pump-18.icu.example"), ip(ADDRESSES[0]))))
        assert (finding.code.id, finding.where) == ("identity.name_mismatch", (0, self.FIELD))
        assert finding.code.effect is Effect.REFUSES
        assert finding.severity is Severity.ERROR
        assert finding.facts == {
            "wanted": f"dns:{HOST}",
            "presented": ("dns:pump-18.icu.example", "ip:192.0.2.7"),
            "presented_count": 2,
        }

    @pytest.mark.parametrize(
        "reference",
        [
            Reference.dns(HOST),
            Reference.ip("192.0.2.7"),
            Reference.uri("urn:x:y"),
            Reference.email("ward@hospital.example"),
            Reference.email("医生@example.com"),
            Reference.any_of(Reference.dns(HOST), Reference.ip("192.0.2.7")),
            Reference.all_of(Reference.dns(HOST), Reference.ip("192.0.2.7")),
        ],
        ids=str,
    )
    def test_without_a_name_of_the_type_that_is_said(self, reference: Reference) -> None:
        """RFC 9525 6.2: with no identifier of the type sought there is nothing to match, whatever the subject says."""
        for found in findings(reference, Presented(())):
            assert (found.code.id, found.where.certificate) == ("identity.no_names", 0)
            assert found.code.effect is Effect.REFUSES
        assert findings(reference, Presented(()))

    def test_unchecked_is_said_aloud(self) -> None:
        """Reference.UNCHECKED leaves a notice and matches nothing."""
        (finding,) = findings(Reference.UNCHECKED, Presented((dns(HOST),)))
        assert (finding.code.id, finding.where.certificate) == ("identity.unchecked", 0)
        assert finding.severity is Severity.NOTICE
        assert matches(Reference.UNCHECKED, Presented((dns(HOST),))) == ()

    def test_hostile_names_stay_bounded_and_on_one_line(self) -> None:
        """What a peer presents cannot flood or forge a report."""
        names = (dns("a\nTRUSTED\x1b[0m"), dns("x" * 100_000), *(dns(f"{n}.example") for n in range(5000)))
        (finding,) = findings(Reference.dns(HOST), Presented(names))
        presented = finding.facts["presented"]
        assert isinstance(presented, tuple)
        assert (len(presented), finding.facts["presented_count"]) == (20, 5002)
        assert presented[0] == "dns:a\\nTRUSTED\\x1b[0m"
        assert max(map(len, presented)) == 255
        assert str(finding).isprintable()


# x509-limbo: the service identity of every case that a validator must accept, and the cases about names.
NOT_ABOUT_MATCHING = {
    "rfc5280::san::malformed",  # the extension is no DER
    "rfc5280::san::noncritical-with-empty-subject",
    "webpki::san::san-critical-with-nonempty-subject",
    "webpki::san::public-suffix-multi-label-wildcard-san",  # would need a list of public suffixes
    "webpki::san::public-suffix-private-namespace-wildcard-san",
}


def limbo() -> list[Any]:
    beside = Path(__file__).parents[3] / "shared" / "conformance" / "limbo.json.gz"
    source = Path(os.environ.get("DEVICETRUST_LIMBO", beside))
    if not source.is_file():
        return [
            pytest.param(None, marks=pytest.mark.skip(reason="no limbo.json.gz: set DEVICETRUST_LIMBO to its path"))
        ]
    cases = json.loads(gzip.decompress(source.read_bytes()))["testcases"]
    return [
        pytest.param(case, id=case["id"])
        for case in cases
        if wanted_of(case)
        and (case["expected_result"] == "SUCCESS" or ("::san::" in case["id"] and case["id"] not in NOT_ABOUT_MATCHING))
    ]


def wanted_of(case: dict[str, Any]) -> list[dict[str, str]]:
    one = case["expected_peer_name"]
    return [*case["expected_peer_names"], *([one] if one else [])]


@pytest.mark.parametrize("case", limbo())
def test_limbo(case: dict[str, Any]) -> None:
    """x509-limbo: the expected peer name matches where the case is valid, and does not in the cases about names."""
    certificate = x509.load_pem_x509_certificate(case["peer_certificate"].encode())
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        san = x509.SubjectAlternativeName([])
    names = tuple(named(name) for name in san)
    for peer in wanted_of(case):
        assert borne_out(peer, names) == (case["expected_result"] == "SUCCESS")


def borne_out(peer: dict[str, str], names: tuple[GeneralName, ...]) -> bool:
    constructors = {"DNS": Reference.dns, "IP": Reference.ip, "RFC822": Reference.email}
    try:
        reference = constructors[peer["kind"]](peer["value"])
    except MisuseError:  # a name that no certificate can have, such as one with an underscore
        return False
    return takes(reference, *names)


def named(name: x509.GeneralName) -> GeneralName:
    if isinstance(name, x509.DNSName):
        return dns(name.value)
    if isinstance(name, x509.IPAddress):
        return GeneralName(GeneralNameType.IP_ADDRESS, name.value)
    if isinstance(name, x509.RFC822Name):
        return email(name.value)
    return GeneralName(GeneralNameType.OTHER_NAME, b"")
