"""Public keys as certificates carry them.

Makes: `PublicKey`, read from a SubjectPublicKeyInfo, and `KeyContents`, what that holds.
May import: errors, x509 siblings, `cryptography`.
Must never: judge a key's strength (`path.strength` does), or raise on a key that cannot be loaded.
Read first: `PublicKey`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from devicetrust.x509.algorithm_names import algorithm_name, curve_name
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER, oid_text, read_tlv

__all__ = ["KeyContents", "PublicKey"]


class KeyContents(NamedTuple):
    """What a SubjectPublicKeyInfo holds, RFC 5280 4.1.2.7: a dotted OID, parameters in DER, subjectPublicKey.

    ``parameters`` are empty where absent.
    """

    algorithm: str
    parameters: bytes
    subject_public_key: bytes


class PublicKey:
    """A public key: its algorithm, its size, and the handle that verifies signatures.

    ``algorithm`` is one of ``RSA``, ``EC``, ``Ed25519``, ``Ed448``, ``ML-DSA-44``, ``ML-DSA-65``, ``ML-DSA-87``,
    ``DSA``, or the dotted OID of what is not known here. ``size`` is in bits (0 where the algorithm fixes it).
    ``curve`` is the curve's name for ``EC``. ``unreadable`` says why no handle could be made, else None. ``is_plain``:
    it is of one of the forms that nearly all keys have, of which nothing about the encoding can be said: RSA with NULL
    parameters, the exponent 65537 and an odd modulus of whole octets, or an uncompressed point of P-256 or P-384.
    """

    __slots__ = ("_contents", "_handle", "_rsa_numbers", "algorithm", "curve", "der", "is_plain", "size", "unreadable")

    def __init__(self, der: bytes) -> None:
        self.der: Final = der
        self.curve = ""
        self.size = 0
        self._handle: Any = None
        self.unreadable: str | None = None
        self.is_plain = True
        known = _CURVES.get(der[:_LONGEST_PREFIX])
        if known is not None and known.holds(der):
            self.algorithm, self.size, self.curve = "EC", known.size, known.name
            return
        bits = _plain_rsa_bits(der)
        if bits:
            self.algorithm, self.size = "RSA", bits
        else:
            self.is_plain = False
            self._load()

    @property
    def rsa_numbers(self) -> tuple[int, int] | None:
        """(modulus, public exponent), RFC 4055 1.2; None where the key is not RSA."""
        if self.algorithm != "RSA":
            return None
        try:
            return self._rsa_numbers
        except AttributeError:
            if self.is_plain:
                found = int.from_bytes(self.der[_RSA_MODULUS : -len(_EXPONENT_65537)], "big"), 65537
            else:
                numbers = self.handle.public_numbers()
                found = numbers.n, numbers.e
            self._rsa_numbers: tuple[int, int] = found
            return found

    @property
    def canonical_der(self) -> bytes:
        """The same key as others write it: RSA with NULL parameters, a point uncompressed. ``der`` where unreadable."""
        if self.is_plain or self.handle is None:
            return self.der
        written: bytes = self.handle.public_bytes(*_form())
        return written

    @property
    def contents(self) -> KeyContents | None:
        """What the SubjectPublicKeyInfo holds, whether or not its algorithm is known; None where it is malformed."""
        try:
            return self._contents
        except AttributeError:
            self._contents: KeyContents | None = _contents(self.der)
            return self._contents

    @property
    def octets(self) -> bytes:
        """The octets of the subjectPublicKey, RFC 5280 4.1.2.7; empty where the key is malformed."""
        if self.is_plain:
            return self.der[_RSA_KEY:] if self.algorithm == "RSA" else self.der[-1 - self.size // 4 :]
        contents = self.contents
        return b"" if contents is None else contents.subject_public_key

    @property
    def handle(self) -> Any:
        """What verifies signatures, or None where the key is unreadable. Made when first needed."""
        if self._handle is None and self.unreadable is None:
            self._load()
        return self._handle

    def _load(self) -> None:
        der = self.der
        try:
            handle = _loader()(der)
        except UnsupportedAlgorithm:
            self.algorithm = _algorithm_oid(der)
            self.unreadable = _unsupported(self.contents, self.algorithm)
            return
        except Exception as problem:  # a parser of hostile bytes: whatever it says, the key is unreadable
            self.algorithm = _algorithm_oid(der)
            self.unreadable = f"the key cannot be read: {type(problem).__name__}"
            return
        if self.size:  # of a plain form, and so described already
            self._handle = handle
            return
        if _EC_PUBLIC_KEY in der[:24] and der[der.index(_EC_PUBLIC_KEY) + len(_EC_PUBLIC_KEY)] != _OBJECT_IDENTIFIER:
            # RFC 5480 2.1.1: explicit parameters let a forger choose the generator (CVE-2020-0601).
            self.algorithm = "EC"
            self.unreadable = "its curve is given by explicit parameters, not by name"
            return
        self._handle = handle
        describe = _DESCRIBE.get(type(handle))
        if describe is None:
            describe = _DESCRIBE[type(handle)] = _describer(handle)
        self.algorithm, self.size, self.curve = describe(handle)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __reduce__(self) -> tuple[type[PublicKey], tuple[bytes]]:
        return PublicKey, (self.der,)

    def __str__(self) -> str:
        if self.algorithm == "RSA":
            return f"RSA-{self.size}"
        return self.curve or self.algorithm


@cache
def _loader() -> Callable[[bytes], Any]:
    """The reader of keys, loaded when first needed: that takes as long as the rest of this room takes to load."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    return load_der_public_key


@cache
def _form() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415, as above

    return Encoding.DER, PublicFormat.SubjectPublicKeyInfo


def _plain_rsa_bits(der: bytes) -> int:
    """The size of an RSA key in its plain form: whole octets, an odd modulus, the exponent 65537; 0 for all else.

    RFC 3279 2.3.1. Said without loading the key; what is not of this form goes to pyca.
    """
    octets = len(der) - _RSA_OVERHEAD
    if octets < 256 or octets > 2048 or der[33] < 0x80 or not der[-6] & 1:
        return 0
    lengths = [(octets + extra).to_bytes(2, "big") for extra in (34, 15, 10, 1)]
    whole, bits, key, modulus = lengths
    head = b"\x30\x82" + whole + _RSA_ENCRYPTION + b"\x03\x82" + bits + b"\x00\x30\x82" + key + b"\x02\x82" + modulus
    return octets * 8 if der.startswith(head + b"\x00") and der.endswith(_EXPONENT_65537) else 0


_RSA_ENCRYPTION: Final = bytes.fromhex("300d06092a864886f70d0101010500")
_EXPONENT_65537: Final = bytes.fromhex("0203010001")
# All of a key but the octets of its modulus: four headers of four octets, the algorithm, two zeros, the exponent.
_RSA_OVERHEAD: Final = 4 * 4 + len(_RSA_ENCRYPTION) + 2 + len(_EXPONENT_65537)
# Two headers of four octets, the algorithm, and the count of unused bits.
_RSA_KEY: Final = 2 * 4 + len(_RSA_ENCRYPTION) + 1
_RSA_MODULUS: Final = _RSA_OVERHEAD - len(_EXPONENT_65537)


class _Curve(NamedTuple):
    """A prime curve y^2 = x^3 - 3x + b of cofactor 1, SP 800-186 3.2.1, and how a key on it begins in DER."""

    name: str
    size: int
    prime: int
    b: int
    prefix: bytes

    def holds(self, der: bytes) -> bool:
        """Whether ``der`` is a key with an uncompressed point on this curve, SP 800-56A Rev. 3 5.6.2.3.3.

        Said without loading the key, which costs ten times as much; where it does not hold, pyca has the last word.
        """
        octets = (self.size + 7) // 8
        start = len(self.prefix)
        if len(der) != start + 2 * octets or not der.startswith(self.prefix):
            return False
        x = int.from_bytes(der[start : start + octets], "big")
        y = int.from_bytes(der[start + octets :], "big")
        prime = self.prime
        return x < prime and y < prime and (y * y - (x * x - 3) * x - self.b) % prime == 0


# SP 800-186 3.2.1.3 and 3.2.1.4; the prefixes follow RFC 5480 2.1.1 and 2.2.
_P256: Final = _Curve(
    "secp256r1",
    256,
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
)
_P384: Final = _Curve(
    "secp384r1",
    384,
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    bytes.fromhex("3076301006072a8648ce3d020106052b8104002203620004"),
)
# Up to where the curve is named, all keys of a curve are the same octets.
_LONGEST_PREFIX: Final = 23
_CURVES: Final = {curve.prefix[:_LONGEST_PREFIX]: curve for curve in (_P256, _P384)}
_EC_PUBLIC_KEY: Final = bytes.fromhex("06072a8648ce3d0201")
_EC_PUBLIC_KEY_OID: Final = "1.2.840.10045.2.1"
_OBJECT_IDENTIFIER: Final = 0x06


def _contents(der: bytes) -> KeyContents | None:
    try:
        outer = Cursor.within(der)
        identifier = outer.enter(0x30)
        algorithm = oid_text(identifier.content(_OBJECT_IDENTIFIER))
        parameters = b"" if identifier.next_tag is None else identifier.element()
        identifier.finish()
        key = outer.bit_string()
        outer.finish()
    except MalformedDER:
        return None
    return KeyContents(algorithm, parameters, key)


def _unsupported(contents: KeyContents | None, algorithm: str) -> str:
    if algorithm == _EC_PUBLIC_KEY_OID and contents is not None:
        try:
            curve = oid_text(Cursor(contents.parameters).content(_OBJECT_IDENTIFIER))
        except MalformedDER:
            return "its curve is not given by a name"
        return f"its curve {curve_name(curve)} is not supported here"
    return f"the key algorithm {algorithm_name(algorithm)} is not supported here"


def _algorithm_oid(der: bytes) -> str:
    try:
        _, start, end = read_tlv(der, 0, len(der))
        _, start, end = read_tlv(der, start, end)
        tag, start, end = read_tlv(der, start, end)
        return oid_text(der[start:end]) if tag == 0x06 else "unknown"
    except MalformedDER:
        return "unknown"


# The concrete classes of key handles are few and known only once met: this table cannot grow with input.
_DESCRIBE: dict[type, Callable[[Any], tuple[str, int, str]]] = {}


def _describer(handle: object) -> Callable[[Any], tuple[str, int, str]]:
    """How to describe handles of this class: (algorithm, bits, curve)."""
    if isinstance(handle, rsa.RSAPublicKey):
        return lambda key: ("RSA", key.key_size, "")
    if isinstance(handle, ec.EllipticCurvePublicKey):
        return lambda key: ("EC", key.key_size, key.curve.name)
    if isinstance(handle, dsa.DSAPublicKey):
        return lambda key: ("DSA", key.key_size, "")
    for kind, name in _fixed_kinds():
        if isinstance(handle, kind):
            return lambda _key, name=name: (name, 0, "")  # type: ignore[misc]
    name = type(handle).__name__.removesuffix("PublicKey")
    return lambda _key: (name, 0, "")


def _fixed_kinds() -> list[tuple[type, str]]:
    """The kinds of keys whose size their algorithm fixes. Their modules load when such a key is first met."""
    from cryptography.hazmat.primitives.asymmetric import ed448, ed25519  # noqa: PLC0415

    kinds: list[tuple[type, str]] = [(ed25519.Ed25519PublicKey, "Ed25519"), (ed448.Ed448PublicKey, "Ed448")]
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415
    except ImportError:  # cryptography built against a library without ML-DSA
        return kinds
    for level in (44, 65, 87):
        kind = getattr(mldsa, f"MLDSA{level}PublicKey", None)
        if kind is not None:
            kinds.append((kind, f"ML-DSA-{level}"))
    return kinds
