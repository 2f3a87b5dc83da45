"""Unique device identifiers: the forms and check digits of GS1, HIBCC and ICCBBA."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.identity.udi import UDI, InvalidUDI, IssuingAgency, read_udi, udi_in_uri

# Examples of the FDA's "UDI formats by FDA-accredited issuing agency" (GS1, ICCBBA), of ANSI/HIBC 2.6 (HIBCC) and, last
# of GS1, of HL7 v2.9 PRT-10.
KNOWN = {
    "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234": ("GS1", "51022222233336", "1234", "A213B1"),
    "(01)00643169001763(17)160712(21)21A11F4855": ("GS1", "00643169001763", "21A11F4855", None),
    "+A123BJC5D6E71G": ("HIBCC", "A123BJC5D6E71", None, None),
    "+H123ABC01234567890D": ("HIBCC", "H123ABC01234567890", None, None),
    "+A123BJC5D6E71/$$52001510X3C": ("HIBCC", "A123BJC5D6E71", None, "10X3"),
    "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123": (
        "ICCBBA",
        "A9999XYZ100T0944",
        "A99971312345600000025",
        "000000000000XYZ123",
    ),
    "=)1TE123456A&)RZ12345678": ("ICCBBA", "1TE123456A", None, "RZ12345678"),
}


@pytest.mark.parametrize("text", KNOWN)
def test_the_agencies_examples(text: str) -> None:
    """Each agency's own example is read into device identifier, serial number and lot number."""
    agency, identifier, serial, lot = KNOWN[text]
    assert read_udi(text) == UDI(IssuingAgency(agency), identifier, serial, lot, text)


@pytest.mark.parametrize("text", [text for text in KNOWN if not text.startswith("=")])
def test_a_single_wrong_digit_of_the_checked_part_is_found(text: str) -> None:
    """GS1 and HIBCC have a check digit over it; every other digit in each place is refused."""
    places = range(4, 18) if text.startswith("(") else range(1, len(text))
    wrong = [
        text[:place] + digit + text[place + 1 :]
        for place in places
        for digit in "0123456789"
        if text[place].isdigit() and digit != text[place]
    ]
    admitted = []
    for one in wrong:
        try:
            read_udi(one)
        except InvalidUDI:
            continue
        admitted.append(one)
    assert wrong
    assert admitted == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begins with"),
        ("51022222233336", "begins with"),
        ("(21)1234", "begins with (01)"),
        ("(21)1234(01)51022222233336", "begins with (01)"),
        ("(01)5102222223333", "(01) does not hold"),
        ("(01)51022222233336(21)", "(21) does not hold"),
        ("(01)51022222233336(21)1234(21)1235", "(21) occurs twice"),
        ("(01)51022222233336(21)" + 21 * "1", "(21) does not hold"),
        ("(01)51022222233336(21)12 34", "(21) does not hold"),
        ("(01)51022222233336(21)１", "(21) does not hold"),  # a full-width digit
        ("(01)51022222233336(17)151307", "no date"),
        ("(01)51022222233337", "check digit"),
        ("+A123BJC5D6E71H", "check character"),
        ("+a123bjc5d6e71g", "capital letters"),
        ("+A123E", "labeler"),  # 41 + 10 + 1 + 2 + 3 is 14 modulo 43, which is E
        ("=,000025=/A9999XYZ100T0944", "begins with =/"),
        ("=/A9999XYZ100T0944=/A9999XYZ100T0944", "twice"),
        ("=/A9999XYZ100T094", "none of its data structures"),
        ("(01)51022222233336(91)" + 300 * "1", "at most 255"),
    ],
)
def test_what_is_no_udi_says_why(text: str, reason: str) -> None:
    """A form that the agency does not know is refused, never repaired."""
    with pytest.raises(InvalidUDI, match=re.escape(reason)):
        read_udi(text)


def with_check_character(body: str) -> str:
    """ANSI/HIBC 2.6: the sum of the characters' places in the alphabet of Code 39, modulo 43."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
    return body + alphabet[sum(alphabet.index(one) for one in body) % 43]


@pytest.mark.parametrize(
    ("secondary", "serial", "lot"),
    [
        # The FDA's example, whose own check character (C) is not that of ANSI/HIBC 2.6.
        ("/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202", "XYZ456789012345678", "LOT123456789012345"),
        ("/$LOT1", None, "LOT1"),
        ("/$+SN1", "SN1", None),
        ("/$$0520LOT1", None, "LOT1"),
        ("/$$2052026LOT1", None, "LOT1"),
        ("/$$+2052026SN1", "SN1", None),
        ("/$$8247LOT1", None, "LOT1"),
        ("/$$9000247LOT1", None, "LOT1"),
        ("/$$7/SSN1/14D20260531", "SN1", None),
        ("/SSN1", "SN1", None),
    ],
)
def test_hibcc_has_secondary_data(secondary: str, serial: str | None, lot: str | None) -> None:
    """ANSI/HIBC 2.6 tables 2 to 4: quantity and date in front of a lot or serial number, then supplements."""
    assert read_udi(with_check_character(f"+A123BJC5D6E71{secondary}"))[1:4] == ("A123BJC5D6E71", serial, lot)


@pytest.mark.parametrize(
    "secondary",
    [
        "/$LOT1/$LOT2",
        "/SSN1/SSN2",
        "/$+SN1/SSN2",
        "/XYZ",
        "/$$2LOT1",
        "/$" + 19 * "L",
        "/16D2013",
        "/",
        "/$",
        "/$+",
        "/$A+B",
    ],
)
def test_hibcc_refuses_other_secondary_data(secondary: str) -> None:
    """What the tables do not know is refused, though the check character is right."""
    with pytest.raises(InvalidUDI):
        read_udi(with_check_character(f"+A123BJC5D6E71{secondary}"))


@pytest.mark.parametrize(
    ("uri", "written"),
    [
        # The GTIN and serial number of the example in EPC Tag Data Standard 6.3.1.
        ("urn:epc:id:sgtin:0614141.112345.400", "(01)10614141123459(21)400"),
        ("URN:EPC:ID:SGTIN:0614141.112345.400", "(01)10614141123459(21)400"),
        ("urn:epc:id:sgtin:0614141.112345.32a%2Fb", "(01)10614141123459(21)32a/b"),
        # The example of the GS1 Digital Link standard.
        ("https://id.gs1.org/01/09506000134352", "(01)09506000134352"),
        ("https://id.gs1.org/01/09506000134352/10/ABC123/21/12345?17=221225", "(01)09506000134352(10)ABC123(21)12345"),
    ],
)
def test_gs1_has_uris(uri: str, written: str) -> None:
    """Both of GS1's URIs say the same as the text with application identifiers."""
    assert udi_in_uri(uri) == read_udi(written)


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sgtin:0614141.12345.400",
        "urn:epc:id:sgtin:0614141.112345",
        "urn:epc:id:sgtin:0614141.112345.a%20b",
        "https://id.gs1.org/01/09506000134353",
        "https://id.gs1.org/01/9506000134352",
        "https://id.gs1.org/01/09506000134352/21",
        "https://id.gs1.org/01/09506000134352/21/1/21/2",
    ],
)
def test_a_wrong_uri_of_gs1_is_invalid(uri: str) -> None:
    """A URI that is meant to hold a UDI and does not is said to be wrong."""
    with pytest.raises(InvalidUDI):
        udi_in_uri(uri)


@pytest.mark.parametrize("uri", ["", "urn:uuid:1", "https://ehr.example/01/09506000134352", "urn:epc:id:sscc:1.2"])
def test_other_uris_hold_none(uri: str) -> None:
    """They are no UDI, and nothing is wrong with them."""
    assert udi_in_uri(uri) is None


def test_one_device_is_named_by_agency_model_and_serial_number() -> None:
    """Lot and dates do not tell one device from another; without a serial number no device is named."""
    one, same = read_udi("(01)51022222233336(10)A(21)1234"), read_udi("(01)51022222233336(17)150707(21)1234")
    assert one.device == same.device == ("GS1", "51022222233336", "1234")
    assert read_udi("(01)51022222233336(10)A").device is None


PIECES = st.sampled_from(["(", ")", "01", "21", "10", "+", "=", "/", "$", "$$", "&,1", ">", "%", "A", "9", "٣", "\x00"])


@given(
    st.one_of(
        st.text(), st.lists(PIECES).map("".join), st.sampled_from(sorted(KNOWN)).flatmap(st.permutations).map("".join)
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises anything but `InvalidUDI`, and what is read keeps it."""
    try:
        found = read_udi(text)
    except InvalidUDI:
        return
    assert found.text == text


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_uri_is_read_or_refused(rest: str) -> None:
    """No URI raises anything but `InvalidUDI`."""
    for start in ("", "urn:epc:id:sgtin:", "https://id.gs1.org/01/", "https://id.gs1.org/01/09506000134352/"):
        try:
            found = udi_in_uri(start + rest)
        except InvalidUDI:
            continue
        assert found is None or read_udi(found.text) == found
