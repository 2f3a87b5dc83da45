"""What is recognised by its octets alone is read as ``cryptography`` reads it: extensions and keys in plain form."""

from __future__ import annotations

import itertools

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.x509 import extension_values
from devicetrust.x509.der import write_tlv
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.plain_extensions import _ORDINARY, plain

SUBJECT_KEY_IDENTIFIER, KEY_USAGE, SUBJECT_ALT_NAME = 14, 15, 17
BASIC_CONSTRAINTS, AUTHORITY_KEY_IDENTIFIER, EXTENDED_KEY_USAGE = 19, 35, 37
TRUE = bytes.fromhex("0101ff")
SERVER_AUTH, CLIENT_AUTH, ANY = (bytes.fromhex(oid) for oid in ("2b06010505070301", "2b06010505070302", "551d2500"))


def extension(arc: int, value: bytes, *, critical: bool = False) -> bytes:
    """An extension under id-ce."""
    return write_tlv(0x30, bytes((0x06, 3, 0x55, 0x1D, arc)) + (TRUE if critical else b"") + write_tlv(0x04, value))


def sequence(tag: int, contents: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A SEQUENCE of up to four elements with this tag."""
    return st.lists(contents.map(lambda one: write_tlv(tag, one)), max_size=4).map(
        lambda elements: write_tlv(0x30, b"".join(elements))
    )


octets = st.binary(max_size=24)
tagged = st.tuples(st.sampled_from([0x81, 0x82, 0x86, 0x87, 0xA4]), st.binary(max_size=12)).map(lambda t: write_tlv(*t))
length = st.integers(0, 255).map(lambda number: write_tlv(0x02, bytes([number])))
VALUES: dict[int, st.SearchStrategy[bytes]] = {
    SUBJECT_KEY_IDENTIFIER: octets.map(lambda key: write_tlv(0x04, key)),
    KEY_USAGE: st.tuples(st.integers(0, 8), st.binary(min_size=1, max_size=2)).map(
        lambda bits: write_tlv(0x03, bytes([bits[0]]) + bits[1])
    ),
    SUBJECT_ALT_NAME: st.one_of(
        sequence(0x82, octets), st.lists(tagged, max_size=3).map(lambda names: write_tlv(0x30, b"".join(names)))
    ),
    BASIC_CONSTRAINTS: st.tuples(st.sampled_from([b"", TRUE]), st.one_of(st.just(b""), length)).map(
        lambda parts: write_tlv(0x30, b"".join(parts))
    ),
    AUTHORITY_KEY_IDENTIFIER: octets.map(lambda key: write_tlv(0x30, write_tlv(0x80, key))),
    EXTENDED_KEY_USAGE: sequence(
        0x06,
        st.sampled_from([SERVER_AUTH, CLIENT_AUTH, ANY, SERVER_AUTH[:-1] + b"\x81\x01", SERVER_AUTH[:-1] + b"\xff"]),
    ),
}
extensions = st.sampled_from(sorted(VALUES)).flatmap(
    lambda arc: st.builds(extension, st.just(arc), VALUES[arc], critical=st.booleans())
)


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """An extension of plain form in which up to three octets were changed, or an octet went or came."""
    octets = bytearray(draw(extensions))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(octets) - 1))
        match draw(st.sampled_from(["change", "drop", "add"])):
            case "change":
                octets[place] = draw(st.integers(0, 255))
            case "drop" if len(octets) > 1:
                del octets[place]
            case _:
                octets.insert(place, draw(st.integers(0, 255)))
    return bytes(octets)


@given(st.one_of(extensions, bent()))
def test_a_plain_extension_is_read_as_pyca_reads_it(encoded: bytes) -> None:
    """Whatever is taken for a plain form is accepted by cryptography with the same meaning."""
    found = plain(encoded)
    if found is not None:
        (theirs,) = extension_values._carrier(encoded).extensions
        assert found == extension_values._converted(encoded, theirs)


@pytest.mark.parametrize("encoded", _ORDINARY, ids=bytes.hex)
def test_what_is_known_beforehand_is_as_pyca_reads_it(encoded: bytes) -> None:
    """The table of the extensions that nearly all certificates have says of each what cryptography says."""
    (theirs,) = extension_values._carrier(encoded).extensions
    assert _ORDINARY[encoded] == extension_values._converted(encoded, theirs)


def test_every_key_usage_of_one_octet() -> None:
    """All that cryptography writes with encipherOnly unset are plain, and mean what it says."""
    for unused, bits in itertools.product(range(9), range(256)):
        encoded = extension(KEY_USAGE, bytes((0x03, 0x02, unused, bits)), critical=True)
        found = plain(encoded)
        assert (found is not None) == (1 <= unused <= 7 and bits & -bits == 1 << unused)
        if found is not None:
            (theirs,) = extension_values._carrier(encoded).extensions
            assert found == extension_values._converted(encoded, theirs)


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (extension(SUBJECT_KEY_IDENTIFIER, write_tlv(0x04, bytes(range(20)))), bytes(range(20))),
        (
            extension(AUTHORITY_KEY_IDENTIFIER, write_tlv(0x30, write_tlv(0x80, bytes(range(20))))),
            x509.AuthorityKeyIdentifier(bytes(range(20)), None, None),
        ),
        (
            extension(SUBJECT_ALT_NAME, write_tlv(0x30, write_tlv(0x82, b"pump-1.icu.example"))),
            (GeneralName(GeneralNameType.DNS_NAME, "pump-1.icu.example"),),
        ),
        (extension(BASIC_CONSTRAINTS, b"\x30\x00"), x509.BasicConstraints(False, None)),
        (extension(BASIC_CONSTRAINTS, write_tlv(0x30, TRUE), critical=True), x509.BasicConstraints(True, None)),
        (
            extension(BASIC_CONSTRAINTS, write_tlv(0x30, TRUE + b"\x02\x01\x00"), critical=True),
            x509.BasicConstraints(True, 0),
        ),
        (
            extension(EXTENDED_KEY_USAGE, write_tlv(0x30, write_tlv(0x06, SERVER_AUTH) + write_tlv(0x06, CLIENT_AUTH))),
            frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}),
        ),
    ],
)
def test_plain_forms_are_recognised(encoded: bytes, value: object) -> None:
    """Extensions as every device has them need no other reader."""
    found = plain(encoded)
    assert found is not None
    assert found.value == value


def encoded_key(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


KEYS = [
    *[encoded_key(ec.derive_private_key(7, curve()).public_key()) for curve in (ec.SECP256R1, ec.SECP384R1)],
    *[encoded_key(rsa.generate_private_key(65537, bits).public_key()) for bits in (1024, 2048, 2056)],
    encoded_key(rsa.generate_private_key(3, 2048).public_key()),
]


@given(st.sampled_from(KEYS), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=2))
def test_a_key_is_described_as_pyca_loads_it(key: bytes, changes: list[tuple[int, int]]) -> None:
    """A key that is described without loading it is one that cryptography loads, of that kind, size and curve."""
    octets = bytearray(key)
    for place, value in changes:
        octets[place % len(octets)] = value
    described = PublicKey(bytes(octets))
    if described.unreadable is not None:
        return
    loaded = load_der_public_key(bytes(octets))
    if isinstance(loaded, ec.EllipticCurvePublicKey):
        assert (described.algorithm, described.size, described.curve) == ("EC", loaded.key_size, loaded.curve.name)
    else:
        assert isinstance(loaded, rsa.RSAPublicKey)
        assert (described.algorithm, described.size, described.curve) == ("RSA", loaded.key_size, "")
