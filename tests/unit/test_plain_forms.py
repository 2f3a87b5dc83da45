"""What is recognised by its octets alone is read as ``cryptography`` reads it: extensions and keys in plain form."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from devicetrust.x509 import extension_values
from devicetrust.x509.der import write_tlv
from devicetrust.x509.general_names import from_cryptography
from devicetrust.x509.keys import PublicKey

SUBJECT_ALT_NAME = bytes.fromhex("0603551d11")
SUBJECT_KEY_IDENTIFIER = bytes.fromhex("0603551d0e")


def extension(oid: bytes, value: bytes) -> bytes:
    """A non-critical extension."""
    return write_tlv(0x30, oid + write_tlv(0x04, value))


names = st.lists(st.binary(max_size=20).map(lambda text: write_tlv(0x82, text)), max_size=4).map(b"".join)
tagged = st.tuples(st.sampled_from([0x81, 0x82, 0x86, 0x87, 0xA4]), st.binary(max_size=12)).map(lambda t: write_tlv(*t))
sequences = st.one_of(names, st.lists(tagged, max_size=3).map(b"".join)).map(lambda body: write_tlv(0x30, body))
alternative_names = sequences.map(lambda value: extension(SUBJECT_ALT_NAME, value))
key_identifiers = st.binary(max_size=40).map(lambda key: extension(SUBJECT_KEY_IDENTIFIER, write_tlv(0x04, key)))


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """An extension of plain form in which up to three octets were changed, or an octet went or came."""
    octets = bytearray(draw(st.one_of(alternative_names, key_identifiers)))
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


@given(bent())
def test_a_plain_extension_is_read_as_pyca_reads_it(encoded: bytes) -> None:
    """Whatever is taken for a plain form is accepted by cryptography with the same meaning."""
    plain = extension_values._plain(encoded)
    if plain is None:
        return
    (theirs,) = extension_values._carrier(encoded).extensions
    assert (plain.oid, plain.critical) == (theirs.oid.dotted_string, theirs.critical)
    if isinstance(theirs.value, x509.SubjectKeyIdentifier):
        assert plain.value == theirs.value.digest
    else:
        assert isinstance(theirs.value, x509.SubjectAlternativeName)
        assert plain.value == tuple(from_cryptography(name) for name in theirs.value)


def test_plain_forms_are_recognised() -> None:
    """A dNSName and a key identifier as every device has them need no other reader."""
    name = extension(SUBJECT_ALT_NAME, write_tlv(0x30, write_tlv(0x82, b"pump-1.icu.example")))
    assert [one.value for one in extension_values._plain(name).value] == ["pump-1.icu.example"]  # type: ignore[union-attr]
    key = extension(SUBJECT_KEY_IDENTIFIER, write_tlv(0x04, bytes(range(20))))
    assert extension_values._plain(key).value == bytes(range(20))  # type: ignore[union-attr]


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
