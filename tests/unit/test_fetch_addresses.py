"""Which addresses a request may go to: public ones, and what the caller named."""

from __future__ import annotations

import pytest

from devicetrust import MisuseError
from devicetrust.fetch.addresses import Reach, as_address

PRIVATE = "a private address"
LOOPBACK = "a loopback address"
LINK_LOCAL = "a link-local address"
RESERVED = "a reserved address"


def kind(text: str, allow: tuple[str, ...] = ()) -> str | None:
    """What the objection calls the address; None where there is no objection."""
    address = as_address(text)
    assert address is not None
    objection = Reach(allow).objection("crl.clinic.example", address)
    if objection is None:
        return None
    prefix = f"not asked: crl.clinic.example is at {address}, "
    assert objection.startswith(prefix)
    return objection.removeprefix(prefix).partition(";")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", None),
        ("2606:4700::1111", None),
        ("10.0.0.1", PRIVATE),
        ("172.16.0.1", PRIVATE),
        ("172.31.255.255", PRIVATE),
        ("172.32.0.0", None),
        ("192.168.1.1", PRIVATE),
        ("fc00::1", PRIVATE),
        ("fd12:3456::1", PRIVATE),
        ("fec0::1", PRIVATE),
        ("127.0.0.1", LOOPBACK),
        ("127.255.255.254", LOOPBACK),
        ("::1", LOOPBACK),
        ("169.254.169.254", LINK_LOCAL),
        ("fe80::1", LINK_LOCAL),
        ("fe80::1%eth0", LINK_LOCAL),
        ("100.64.0.1", "an address shared within a provider's network (RFC 6598)"),
        ("100.128.0.1", None),
        ("0.0.0.0", "an unspecified address"),
        ("0.1.2.3", "an unspecified address"),
        ("::", "an unspecified address"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("255.255.255.255", RESERVED),
        ("240.0.0.1", RESERVED),
        ("192.0.2.1", RESERVED),
        ("192.0.0.8", RESERVED),
        ("198.18.0.1", RESERVED),
        ("198.51.100.1", RESERVED),
        ("203.0.113.1", RESERVED),
        ("2001:db8::1", RESERVED),
        ("2001:20::1", RESERVED),
        ("3fff::1", RESERVED),
        ("100::1", RESERVED),
        ("4000::1", RESERVED),
        ("::10.0.0.1", RESERVED),
        ("::ffff:10.0.0.1", PRIVATE),
        ("::ffff:127.0.0.1", LOOPBACK),
        ("::ffff:8.8.8.8", None),
        ("64:ff9b::10.0.0.1", PRIVATE),
        ("64:ff9b::7f00:1", LOOPBACK),
        ("64:ff9b::8.8.8.8", None),
        ("64:ff9b:1::8.8.8.8", PRIVATE),
        ("2002:a00:1::1", "an address wrapped for a tunnel"),
        ("2001:0:102:304::1", "an address wrapped for a tunnel"),
    ],
)
def test_kinds(text: str, expected: str | None) -> None:
    """Nothing but public unicast addresses is asked unless it is named, however the address is wrapped."""
    assert kind(text) == expected


@pytest.mark.parametrize(
    ("allow", "text", "allowed"),
    [
        ("10.1.0.0/16", "10.1.255.255", True),
        ("10.1.0.0/16", "10.2.0.0", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", False),
        ("10.1.0.0/16", "::ffff:10.1.2.3", True),
        ("10.1.0.0/16", "64:ff9b::10.1.2.3", True),
        ("10.1.0.0/16", "::1", False),
        ("fd00::/8", "fd12::1", True),
        ("::1", "::1", True),
        ("crl.clinic.example", "10.1.2.3", True),
        ("CRL.Clinic.Example.", "10.1.2.3", True),
        ("other.clinic.example", "10.1.2.3", False),
        ("clinic.example", "10.1.2.3", False),
    ],
)
def test_named(allow: str, text: str, allowed: bool) -> None:
    """A network allows its addresses, a host name allows that host alone."""
    assert (kind(text, (allow,)) is None) is allowed


def test_the_objection_names_the_option() -> None:
    """Whoever reads it can act on it, in Python and on the command line."""
    address = as_address("10.1.2.3")
    assert address is not None
    assert Reach().objection("10.1.2.3", address) == (
        "not asked: 10.1.2.3 is a private address; where that is right, allow it by name or network: "
        'fetch.HttpFetcher(allow=["10.1.2.3"]), or --allow-network 10.1.2.3'
    )


@pytest.mark.parametrize(
    "wrong", ["10.1.2.3/16", "http://crl.example/", "*.example", "", "a b", "crl.example:80", None]
)
def test_misuse(wrong: str) -> None:
    """What is neither a host nor a network is refused at once."""
    with pytest.raises(MisuseError):
        Reach([wrong])


def test_one_text_is_no_list() -> None:
    """A text would be taken apart into letters."""
    with pytest.raises(MisuseError, match="allow is a list"):
        Reach("10.0.0.0/8")
