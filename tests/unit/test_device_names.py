"""The otherNames of devices: RFC 4043, RFC 4108 and RFC 10031."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.testing.der import integer, object_identifier, octet_string, sequence, tlv
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.device_names import (
    HardwareModuleName,
    PermanentIdentifier,
    read_hardware_module_name,
    read_mac_address,
    read_permanent_identifier,
)

TYPE = "1.3.6.1.4.1.343.9"
KIND = object_identifier(TYPE)
READERS: list[Callable[[bytes], object]] = [read_hardware_module_name, read_permanent_identifier, read_mac_address]


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


def test_a_hardware_module_is_a_type_and_octets() -> None:
    """RFC 4108 5; the serial number is any octets, not text."""
    der = bytes.fromhex("300f" + "06082b06010401825709" + "0403" + "00ff41")
    assert read_hardware_module_name(der) == HardwareModuleName(TYPE, b"\x00\xffA")


def test_a_permanent_identifier_may_leave_out_either_part() -> None:
    """RFC 4043 2: value and assigner are optional."""
    told = [
        read_permanent_identifier(sequence(utf8("dev-1"), KIND)),
        read_permanent_identifier(sequence(utf8("dev-1"))),
        read_permanent_identifier(sequence(KIND)),
        read_permanent_identifier(sequence()),
    ]
    assert told == [
        PermanentIdentifier("dev-1", TYPE),
        PermanentIdentifier("dev-1", None),
        PermanentIdentifier(None, TYPE),
        PermanentIdentifier(None, None),
    ]


@pytest.mark.parametrize(
    ("octets", "text"),
    [("00249 87b1902", "00-24-98-7b-19-02"), ("0024987bfffe1902", "00-24-98-7b-ff-fe-19-02")],
)
def test_a_mac_address_has_six_octets_or_eight(octets: str, text: str) -> None:
    """RFC 10031: an EUI-48 or an EUI-64."""
    assert read_mac_address(octet_string(bytes.fromhex(octets.replace(" ", "")))) == text


@pytest.mark.parametrize(
    ("read", "der"),
    [
        (read_hardware_module_name, sequence(KIND)),
        (read_hardware_module_name, sequence(octet_string(b"1"), KIND)),
        (read_hardware_module_name, sequence(KIND, utf8("SN-1"))),
        (read_hardware_module_name, sequence(KIND, octet_string(b"1"), integer(1))),
        (read_hardware_module_name, sequence(KIND, octet_string(b"1")) + b"\x00"),
        (read_permanent_identifier, sequence(KIND, utf8("dev-1"))),
        (read_permanent_identifier, sequence(tlv(0x13, b"dev-1"))),
        (read_permanent_identifier, sequence(tlv(0x0C, b"\xff"))),
        (read_mac_address, octet_string(b"1234567")),
        (read_mac_address, octet_string(b"")),
        (read_mac_address, utf8("123456")),
        (read_mac_address, octet_string(b"123456") + b"\x00"),
    ],
)
def test_what_departs_from_the_syntax_is_malformed(read: Callable[[bytes], object], der: bytes) -> None:
    """Nothing is repaired, and nothing is read past."""
    with pytest.raises(MalformedDER):
        read(der)


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=30).map(sequence), st.binary(max_size=9).map(octet_string)))
def test_any_bytes_are_read_or_malformed(der: bytes) -> None:
    """No bytes raise anything but `MalformedDER`."""
    for read in READERS:
        with contextlib.suppress(MalformedDER):
            read(der)
