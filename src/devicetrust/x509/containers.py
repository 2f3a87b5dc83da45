"""What PKCS#7 and PKCS#12 containers hold, each certificate on its own.

Makes: `SignedData` (`signed_data`), `certificates_of_pkcs12`.
May import: errors, `x509.der`, `cryptography`.
Must never: lose the good certificates of a container because of a bad one, or guess a password.
Read first: `signed_data`, `certificates_of_pkcs12`.

``cryptography`` opens these containers too, and refuses all that is in them for one certificate that it cannot load.
"""

from __future__ import annotations

import hashlib
import warnings
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from devicetrust.errors import PasswordRequired, UnreadableInput, WrongPassword
from devicetrust.x509.der import MalformedDER, children, integer, oid_text, read_tlv

__all__ = ["DATA", "SIGNED_DATA", "SignedData", "certificates_of_pkcs12", "signed_data"]

DATA: Final = "1.2.840.113549.1.7.1"
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"


class SignedData(NamedTuple):
    """The DER of each certificate and CRL in a PKCS#7 SignedData, in its order."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def signed_data(data: bytes) -> SignedData:
    """The certificates and CRLs of a SignedData, RFC 5652 5.1; its signatures are not looked at.

    BER with indefinite lengths (RFC 5652 allows it) is read by ``cryptography``, which gives certificates only.
    Raises `MalformedDER` where neither reader finds a SignedData.
    """
    try:
        return _signed_data(data)
    except MalformedDER:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of serial numbers that are not positive
                found = pkcs7.load_der_pkcs7_certificates(data)
        except Exception as problem:  # hostile bytes: the reason of the stricter reader is kept
            raise MalformedDER(f"no SignedData: {problem}"[:200]) from None
        return SignedData(tuple([one.public_bytes(Encoding.DER) for one in found]), ())


def certificates_of_pkcs12(data: bytes, name: str, password: bytes | None) -> list[bytes]:
    """The DER of each certificate in a PKCS#12, RFC 7292, that of its private key first.

    Where one cannot be loaded, all come in the order of the file. ``name`` is what to call the file. Raises
    `PasswordRequired`, `WrongPassword`, or `UnreadableInput` where it cannot be read at all.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of serial numbers that are not positive
            bundle = pkcs12.load_pkcs12(data, password)
    except Exception as problem:  # whatever it objects to: wrong password, a key of unknown kind, one bad certificate
        if "password" in str(problem).lower():
            if password is None:
                raise PasswordRequired(f"{name}: an encrypted PKCS#12; pass its password") from None
            raise WrongPassword(
                f"{name}: the password does not open this PKCS#12; pass the one it was made with"
            ) from None
        return _certificates_one_by_one(data, name, password or b"", problem)
    members = [bundle.cert, *bundle.additional_certs]
    return [member.certificate.public_bytes(Encoding.DER) for member in members if member is not None]


def _signed_data(data: bytes) -> SignedData:
    content_type, start, end = _content_info(data, 0, len(data))
    tag, start, end = read_tlv(data, start, end)
    if content_type != SIGNED_DATA or tag != 0x30:
        raise MalformedDER("not a SignedData")
    found: dict[int, tuple[bytes, ...]] = {}
    for tag, _, first, last in children(data, start, end):
        if tag in (0xA0, 0xA1):  # other tags within: certificates and revocation information of other formats
            found[tag] = tuple([data[at:after] for kind, at, _, after in children(data, first, last) if kind == 0x30])
    return SignedData(found.get(0xA0, ()), found.get(0xA1, ()))


def _content_info(data: bytes, start: int, end: int) -> tuple[str, int, int]:
    """(content type, content start, content end) of a ContentInfo, RFC 5652 3."""
    tag, start, end = read_tlv(data, start, end)
    parts = list(children(data, start, end))
    if tag != 0x30 or [part[0] for part in parts] != [0x06, 0xA0]:
        raise MalformedDER("not a ContentInfo")
    return oid_text(data[parts[0][2] : parts[0][3]]), parts[1][2], parts[1][3]


def _certificates_one_by_one(data: bytes, name: str, password: bytes, problem: Exception) -> list[bytes]:
    """The certificates of a PKCS#12 that ``cryptography`` refused for another reason than its password."""
    try:
        _, start, end = read_tlv(data, 0, len(data))
        _, (_, content_info, _, content_end), *_ = children(data, start, end)
        safe = _octets(data, *_content_info(data, content_info, content_end)[1:])
        _, start, end = read_tlv(safe, 0, len(safe))
        found: list[bytes] = []
        for _, content_info, _, content_end in children(safe, start, end):
            found += _certificate_bags(_safe_contents(safe, content_info, content_end, password))
        return found
    except ValueError as second:
        raise UnreadableInput(
            f"{name}: a PKCS#12 that cannot be read ({problem}; {second}); write it again as PEM, "
            "or as a PKCS#12 with AES"
        ) from None


def _octets(data: bytes, start: int, end: int) -> bytes:
    """The content of the OCTET STRING there."""
    tag, start, end = read_tlv(data, start, end)
    if tag != 0x04:
        raise MalformedDER("not an octet string")
    return data[start:end]


def _safe_contents(data: bytes, start: int, end: int, password: bytes) -> bytes:
    """SafeContents in the clear, RFC 7292 4.1."""
    content_type, start, end = _content_info(data, start, end)
    if content_type == DATA:
        return _octets(data, start, end)
    if content_type != _ENCRYPTED_DATA:
        raise MalformedDER(f"contents of type {content_type}")
    _, start, end = read_tlv(data, start, end)
    _, (_, _, start, end), *_ = children(data, start, end)
    _, (_, _, scheme, scheme_end), (_, _, start, end) = children(data, start, end)
    return _decrypted(data[start:end], data[scheme:scheme_end], password)


def _certificate_bags(safe_contents: bytes) -> list[bytes]:
    """The X.509 certificates among the bags, RFC 7292 4.2.3."""
    _, start, end = read_tlv(safe_contents, 0, len(safe_contents))
    found: list[bytes] = []
    for _, _, bag, bag_end in children(safe_contents, start, end):
        (_, _, oid, oid_end), (_, _, value, value_end), *_ = children(safe_contents, bag, bag_end)
        if oid_text(safe_contents[oid:oid_end]) == _CERTIFICATE_BAG:
            kind, start, end = _content_info(safe_contents, value, value_end)
            if kind == _X509_CERTIFICATE:
                found.append(_octets(safe_contents, start, end))
    return found


_CERTIFICATE_BAG: Final = "1.2.840.113549.1.12.10.1.3"
_X509_CERTIFICATE: Final = "1.2.840.113549.1.9.22.1"


def _decrypted(ciphertext: bytes, scheme: bytes, password: bytes) -> bytes:
    """PBES2 with PBKDF2 and AES-CBC, RFC 8018 6.2: what tools of the last years write. Others raise `MalformedDER`."""
    (_, _, oid, oid_end), (_, _, parameters, parameters_end) = children(scheme, 0, len(scheme))
    if oid_text(scheme[oid:oid_end]) != _PBES2:
        raise MalformedDER(f"encrypted with {oid_text(scheme[oid:oid_end])}")
    derivation, encryption = children(scheme, parameters, parameters_end)
    key_size, vector = _aes_cbc(scheme, encryption[2], encryption[3])
    key = _pbkdf2(scheme, derivation[2], derivation[3], password, key_size)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(ciphertext) + decryptor.finalize()) + unpadder.finalize()


_PBES2: Final = "1.2.840.113549.1.5.13"
_AES_CBC: Final = {"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}
_PRF: Final = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
# RFC 8018 4.2 names 10,000,000 for keys that matter most; a larger count is there to keep the reader busy.
_MOST_ITERATIONS: Final = 10_000_000


def _aes_cbc(scheme: bytes, start: int, end: int) -> tuple[int, bytes]:
    """(octets of key, initialisation vector)."""
    (_, _, oid, oid_end), (_, _, vector, vector_end) = children(scheme, start, end)
    cipher = oid_text(scheme[oid:oid_end])
    if cipher not in _AES_CBC:
        raise MalformedDER(f"encrypted with {cipher}")
    return _AES_CBC[cipher], scheme[vector:vector_end]


def _pbkdf2(scheme: bytes, start: int, end: int, password: bytes, key_size: int) -> bytes:
    """RFC 8018 5.2; without a pseudorandom function of its own it is HMAC with SHA-1 (A.2)."""
    _, (_, _, start, end) = children(scheme, start, end)
    (_, _, salt, salt_end), (_, _, count, count_end), *rest = children(scheme, start, end)
    function = "1.2.840.113549.2.7"
    for tag, _, identifier, _ in rest:
        if tag == 0x30:
            _, start, end = read_tlv(scheme, identifier, len(scheme))
            function = oid_text(scheme[start:end])
    iterations = integer(scheme[count:count_end])
    if function not in _PRF or not 0 < iterations <= _MOST_ITERATIONS:
        raise MalformedDER(f"a key derived by {iterations} rounds of {function}")
    return hashlib.pbkdf2_hmac(_PRF[function], password, scheme[salt:salt_end], iterations, key_size)
