"""When two distinguished names match, what they say, and how they are shown: RFC 5280 7.1, RFC 4518, RFC 4514."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509
from hypothesis import given, reject
from hypothesis import strategies as st

from devicetrust.x509.der import write_tlv
from devicetrust.x509.names import DOMAIN_COMPONENT, EMAIL_ADDRESS, Attribute, Name, printable

UTF8, NUMERIC, PRINTABLE, TELETEX, IA5, VISIBLE = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A
UNIVERSAL, BMP, OCTET_STRING, BIT_STRING = 0x1C, 0x1E, 0x04, 0x03
COMMON_NAME, ORGANIZATION, COUNTRY = "2.5.4.3", "2.5.4.10", "2.5.4.6"
CODECS = {UNIVERSAL: "utf-32-be", BMP: "utf-16-be", TELETEX: "latin-1"}
PKITS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"


def attribute(oid: str, value: str | bytes, tag: int = UTF8) -> bytes:
    content = value if isinstance(value, bytes) else value.encode(CODECS.get(tag, "utf-8"))
    arcs = x509.RelativeDistinguishedName([x509.NameAttribute(x509.ObjectIdentifier(oid), "AB", _validate=False)])
    encoded_oid = x509.Name([arcs]).public_bytes()[6:-4]
    return write_tlv(0x30, encoded_oid + write_tlv(tag, content))


def name(*rdns: bytes | tuple[bytes, ...]) -> Name:
    sets = [write_tlv(0x31, b"".join(rdn) if isinstance(rdn, tuple) else rdn) for rdn in rdns]
    return Name(write_tlv(0x30, b"".join(sets)))


def common_name(value: str | bytes, tag: int = UTF8) -> Name:
    return name(attribute(COMMON_NAME, value, tag))


def pkits_chaining() -> list[Any]:
    lines = (Path(__file__).parents[1] / "conformance" / "pkits.txt").read_text().splitlines()
    rows = [[field.strip() for field in line.split("|")] for line in lines if line.startswith("4.3.")]
    return [pytest.param(row[5].split(",")[-2:], row[1] == "valid", id=row[0]) for row in rows]


class TestMatching:
    @pytest.mark.parametrize(("files", "expected"), pkits_chaining())
    def test_pkits_4_3(self, files: list[str], expected: bool) -> None:
        """PKITS 4.3: white space, case and string type do not part a certificate from its issuer; name and order do."""
        authority, leaf = (x509.load_der_x509_certificate((PKITS / f"{file}.crt").read_bytes()) for file in files)
        assert (Name(authority.subject.public_bytes()) == Name(leaf.issuer.public_bytes())) is expected

    @pytest.mark.parametrize("tag", [UTF8, PRINTABLE, TELETEX, IA5, VISIBLE, UNIVERSAL, BMP])
    def test_string_types_are_compared_as_text(self, tag: int) -> None:
        """RFC 5280 7.1, RFC 4518 2.1: what counts is the text, not the type that carries it."""
        assert common_name("Pump 17", tag) == common_name("PUMP  17", UTF8)
        assert hash(common_name("Pump 17", tag)) == hash(common_name("PUMP  17", UTF8))

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("foo bar  ", " foo   BAR"),
            ("a\tb\nc\x0bd", "a b c d"),
            ("a\x00b\x1cc\x7f", "ABC"),
            ("   ", ""),
            ("Stra\u00dfe", "STRASSE"),
            ("\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3", "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"),
            ("\uff30\uff35\uff2d\uff30", "pump"),
            ("\u212aelvin", "kelvin"),
            ("\ufb01lter", "FILTER"),
            ("e\u0301", "\u00c9"),
            ("pu\u00admp\u200b\ufeff", "pump"),
            ("pump\u00a017", "pump\u3000\u202817"),
            ("\u202epump", "pump"),
            ("\u0130", "i\u0307"),
        ],
    )
    def test_preparation(self, left: str, right: str) -> None:
        """RFC 4518 2.2, 2.3, 2.6.1, RFC 3454 B.2: mapped, folded, in form KC and without insignificant spaces."""
        assert common_name(left) == common_name(right)

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("pump", "pumps"),
            ("p ump", "pump"),
            ("caf\u00e9", "cafe"),
            (" \u0308a", "\u0308a"),
            ("a  \u0308b", "a \u0308b"),
            ("\U0001f600", "\U0001f601"),
            ("\ue000", "\ue001"),
        ],
    )
    def test_what_differs_after_preparation(self, left: str, right: str) -> None:
        """RFC 4518: letters, accents, spaces with a combining mark and code points of no known case remain."""
        assert common_name(left) != common_name(right)

    def test_code_points_that_rfc_4518_prohibits_stand_for_themselves(self) -> None:
        """Not RFC 4518 2.4: an unassigned or private code point matches itself, whatever is around it."""
        assert common_name("Pump \U0001f600\ue000", UTF8) == common_name("PUMP  \U0001f600\ue000", UNIVERSAL)

    @given(st.text(st.characters(max_codepoint=0x7F)))
    def test_the_ascii_path_prepares_as_the_long_way_does(self, text: str) -> None:
        """RFC 4518: the short cut for ASCII gives what the tables give."""
        assert common_name(text + "\ue000") == common_name(text.upper() + "\ue000")
        assert common_name(text) == common_name(text.replace(" ", "  ").swapcase())
        assert common_name("\u00ad" + text) == common_name(text)

    @given(st.text(st.characters(codec="utf-8", max_codepoint=0x2FF), max_size=8), st.integers(0, 3))
    def test_an_independent_implementation_agrees(self, text: str, variation: int) -> None:
        """RFC 5280 7.1: asn1crypto, which has its own preparation, finds the same names to match."""
        asn1crypto = pytest.importorskip("asn1crypto.x509")
        other = (text, text.upper(), f" {text}  ", text + "x")[variation]
        one, two = common_name(text), common_name(other)
        try:
            expected = asn1crypto.Name.load(one.der) == asn1crypto.Name.load(two.der)
        except ValueError:  # a code point that RFC 4518 2.4 prohibits
            reject()
        assert (one == two) is expected

    @pytest.mark.parametrize(
        ("left", "right", "expected"),
        [
            ("Example", "EXAMPLE", True),
            ("m\u00fcnchen", "xn--mnchen-3ya", True),
            ("M\u00dcNCHEN", "XN--MNCHEN-3YA", True),
            ("stra\u00dfe", "strasse", False),
            ("pump ", "pump", False),
        ],
    )
    def test_domain_components(self, left: str, right: str, expected: bool) -> None:
        """RFC 5280 7.3, RFC 9549 2.4: a U-label matches its A-label, ASCII case apart; spaces count."""
        assert (name(attribute(DOMAIN_COMPONENT, left)) == name(attribute(DOMAIN_COMPONENT, right))) is expected

    def test_a_domain_component_that_is_no_label(self) -> None:
        """What IDNA2008 cannot encode is compared as text."""
        assert name(attribute(DOMAIN_COMPONENT, "\u2665" * 70)) == name(attribute(DOMAIN_COMPONENT, "\u2665" * 70, BMP))
        assert name(attribute(DOMAIN_COMPONENT, "\u2665")) != name(attribute(DOMAIN_COMPONENT, "\u2666"))

    def test_email_addresses_are_not_case_sensitive(self) -> None:
        """RFC 5280 4.1.2.6."""
        left, right = (attribute(EMAIL_ADDRESS, text, IA5) for text in ("Root@Example.com", "ROOT@EXAMPLE.COM"))
        assert name(left) == name(right)

    def test_values_that_are_no_text_match_by_tag_and_octets(self) -> None:
        """RFC 5280 4.1.2.6: binary comparison, and text that its type does not allow is no text."""
        assert common_name(b"\x00\x01", BIT_STRING) == common_name(b"\x00\x01", BIT_STRING)
        assert common_name(b"pump", OCTET_STRING) != common_name("pump")
        assert common_name(b"\xff", UTF8) != common_name(b"\xff", PRINTABLE)
        assert common_name(b"\xd8\x00", BMP) == common_name(b"\xd8\x00", BMP)
        assert common_name(b"pump", OCTET_STRING) != common_name(b"PUMP", OCTET_STRING)

    def test_order_within_an_rdn_has_no_meaning_and_order_of_rdns_has(self) -> None:
        """RFC 5280 7.1: an RDN is a set, a name is a sequence of them."""
        ward, pump = attribute(ORGANIZATION, "Ward"), attribute(COMMON_NAME, "Pump")
        assert name((ward, pump)) == name((pump, ward))
        assert name(ward, pump) != name(pump, ward)
        assert name((ward, pump)) != name(ward, pump)
        assert name(ward, ward) != name(ward)

    def test_attribute_types_count(self) -> None:
        """RFC 5280 7.1: two attributes match only if their types are the same."""
        assert name(attribute(COMMON_NAME, "Ward")) != name(attribute(ORGANIZATION, "Ward"))

    def test_it_is_no_other_kind_of_thing(self) -> None:
        """A name equals names alone."""
        assert common_name("Pump") != "CN=Pump"

    def test_long_names_match_like_short_ones(self) -> None:
        """A name too large for the cache is compared all the same."""
        assert common_name("Pump " * 1000) == common_name("PUMP  " * 1000, PRINTABLE)


class TestSubtrees:
    BASE = name(attribute(COUNTRY, "US"), attribute(ORGANIZATION, "Ward"))

    @pytest.mark.parametrize(
        ("rdns", "expected"),
        [
            ([(COUNTRY, "us"), (ORGANIZATION, "WARD"), (COMMON_NAME, "Pump")], True),
            ([(COUNTRY, "US"), (ORGANIZATION, " Ward ")], True),
            ([(COUNTRY, "US")], False),
            ([(COUNTRY, "US"), (COMMON_NAME, "Pump"), (ORGANIZATION, "Ward")], False),
            ([(COUNTRY, "US"), (ORGANIZATION, "Wards"), (COMMON_NAME, "Pump")], False),
            ([], False),
        ],
    )
    def test_a_subtree_is_a_prefix_of_rdns(self, rdns: list[tuple[str, str]], expected: bool) -> None:
        """RFC 5280 7.1: at least as many RDNs, and the first ones match those of the base."""
        subject = name(*(attribute(oid, text) for oid, text in rdns))
        assert subject.is_within(self.BASE) is expected

    def test_the_empty_base_holds_every_name(self) -> None:
        """RFC 5280 7.1: the name of no RDNs is the root of the directory."""
        assert self.BASE.is_within(name())
        assert name().is_within(name())

    @pytest.mark.parametrize("der", [b"", b"\x30", b"\x31\x00", b"\x30\x01\x05", b"\x30\x00\x00", b"\x30\x02\x31\x05"])
    def test_a_malformed_name_lies_nowhere(self, der: bytes) -> None:
        """Not a Name, RFC 5280 4.1.2.4: it matches its own bytes alone and lies in no subtree, nor does any in it."""
        malformed = Name(der)
        assert (malformed.is_malformed, malformed.rdns, malformed.is_empty) == (True, (), False)
        assert malformed == Name(der)
        assert malformed != name()
        assert (malformed.is_within(name()), malformed.is_within(malformed)) == (False, False)
        assert not self.BASE.is_within(malformed)


class TestContent:
    def test_attributes(self) -> None:
        """RFC 5280 4.1.2.4: RDNs in order, each attribute with its dotted type, tag and octets."""
        subject = name(attribute(COUNTRY, "US", PRINTABLE), (attribute(COMMON_NAME, "a"), attribute(COMMON_NAME, "b")))
        expected = (
            (Attribute(COUNTRY, PRINTABLE, b"US"),),
            (Attribute(COMMON_NAME, UTF8, b"a"), Attribute(COMMON_NAME, UTF8, b"b")),
        )
        assert subject.rdns == expected
        assert subject.values(COMMON_NAME) == ("a", "b")
        assert subject.values(ORGANIZATION) == ()
        assert [attribute.text for attribute in subject.attributes] == ["US", "a", "b"]
        assert subject.has_any_of(frozenset({COMMON_NAME, ORGANIZATION}))
        assert not subject.has_any_of(frozenset({ORGANIZATION}))

    @pytest.mark.parametrize(
        ("value", "tag", "expected"),
        [
            ("\u533b", BMP, "\u533b"),
            ("\u533b", UNIVERSAL, "\u533b"),
            (b"caf\xe9", TELETEX, "caf\u00e9"),
            (b"\x1b[2J", UTF8, "\x1b[2J"),
            (b"\xff", UTF8, "#0c01ff"),
            (b"Hi", OCTET_STRING, "#04024869"),
        ],
    )
    def test_text(self, value: str | bytes, tag: int, expected: str) -> None:
        """The text as it stands; what is no text shows its DER, RFC 4514 2.4."""
        assert common_name(value, tag).values(COMMON_NAME) == (expected,)

    def test_emptiness(self) -> None:
        """RFC 5280 4.1.2.6: a subject may be the empty sequence."""
        assert (name().is_empty, common_name("").is_empty) == (True, False)
        assert (str(name()), name().key) == ("", b"")

    def test_pickling_keeps_the_bytes(self) -> None:
        """A name is its DER."""
        assert pickle.loads(pickle.dumps(common_name("Pump"))).der == common_name("Pump").der

    @given(st.binary() | st.binary().map(lambda octets: write_tlv(0x30, write_tlv(0x31, write_tlv(0x30, octets)))))
    def test_no_bytes_make_it_raise(self, der: bytes) -> None:
        """Whatever the bytes are, a name can be compared, hashed and shown."""
        made = Name(der)
        assert made == Name(bytes(der))
        assert hash(made) == hash(made.key)
        assert str(made).isprintable()

    def test_an_enormous_object_identifier_is_malformed(self) -> None:
        """An attribute type without end costs nothing and is no type."""
        attribute_of_huge_type = write_tlv(0x30, write_tlv(0x06, b"\x81" * 100_000 + b"\x01") + write_tlv(UTF8, b""))
        assert Name(write_tlv(0x30, write_tlv(0x31, attribute_of_huge_type))).is_malformed


class TestText:
    @pytest.mark.parametrize(
        ("rdns", "expected"),
        [
            # RFC 4514 section 4; escaped octets are in upper case here, and letters beyond ASCII are shown.
            (
                [
                    attribute(DOMAIN_COMPONENT, "net"),
                    attribute(DOMAIN_COMPONENT, "example"),
                    attribute("0.9.2342.19200300.100.1.1", "jsmith"),
                ],
                "UID=jsmith,DC=example,DC=net",
            ),
            (
                [
                    attribute(DOMAIN_COMPONENT, "net"),
                    (attribute("2.5.4.11", "Sales"), attribute(COMMON_NAME, "J.  Smith")),
                ],
                "OU=Sales+CN=J.  Smith,DC=net",
            ),
            ([attribute(COMMON_NAME, 'James "Jim" Smith, III')], 'CN=James \\"Jim\\" Smith\\, III'),
            ([attribute(COMMON_NAME, "Before\rAfter")], "CN=Before\\0DAfter"),
            ([attribute("1.3.6.1.4.1.1466.0", b"Hi", OCTET_STRING)], "1.3.6.1.4.1.1466.0=#04024869"),
            ([attribute(COMMON_NAME, "Lu\u010di\u0107")], "CN=Lu\u010di\u0107"),
            ([attribute(COMMON_NAME, "#1")], "CN=\\#1"),
            ([attribute(COMMON_NAME, " a ")], "CN=\\ a\\ "),
            ([attribute(COMMON_NAME, " ")], "CN=\\ "),
            ([attribute(COMMON_NAME, "a\\b")], "CN=a\\\\b"),
            ([attribute("1.3.6.1.4.1.37244.2.1", "FFF1")], "1.3.6.1.4.1.37244.2.1=FFF1"),
        ],
    )
    def test_rfc4514(self, rdns: list[bytes | tuple[bytes, ...]], expected: str) -> None:
        """RFC 4514 2.1 to 2.4: the most specific RDN first, special characters escaped."""
        assert name(*rdns).rfc4514 == expected

    @given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12))
    def test_cryptography_shows_it_alike(self, text: str) -> None:
        """RFC 4514 2.4: for text that prints as itself, cryptography's rendering is ours."""
        if text.isprintable():
            pyca = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text, _validate=False)])
            assert Name(pyca.public_bytes()).rfc4514 == pyca.rfc4514_string()

    @given(st.text(st.characters(codec="utf-8")))
    def test_nothing_steers_a_terminal(self, text: str) -> None:
        """Controls, bidirectional controls and other invisible characters are escaped; nothing is lost by it."""
        assert str(common_name(text)).isprintable()
        assert (printable(text) == text) is (text.isprintable() and "\\" not in text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("\x1b[31m", "\\1B[31m"), ("a\u202eb", "a\\E2\\80\\AEb"), ("a\\b", "a\\\\b"), ("\u00e9", "\u00e9")],
    )
    def test_printable(self, text: str, expected: str) -> None:
        """Each octet of the UTF-8 as a backslash and two hexadecimal digits, RFC 4514 2.4."""
        assert printable(text) == expected
