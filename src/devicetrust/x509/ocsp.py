"""An OCSP response as bytes, and what they say.

Makes: `OCSPResponse`, `SingleResponse`, `ResponseStatus`, `CertificateStatus`; `CertificateID` lives beside it.
May import: errors, x509 siblings, `cryptography`.
Must never: raise when made, whatever the bytes are; decide whether a response is current or its responder authorized.
Read first: `OCSPResponse`.

The bytes are read here alone, in strict DER: ``cryptography`` would lose a whole response for one certificate in it
that it cannot load, and does not say the parameters of the signature algorithm.

Deviations
- A responder's name may hold what names of certificates may hold in this library: characters beyond PrintableString,
  attributes out of order. It is matched, never decoded for anything else.
- A reason that RFC 5280 5.3.1 does not know makes the response unreadable, as it makes a CRL unusable.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Final, NamedTuple

from cryptography.x509 import ocsp

from devicetrust.errors import UnreadableInput
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.certificate_id import CertificateID, check_nonce, read_certificate_id
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.encoded_extensions import EncodedExtension, encoded_extensions
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.names import Name, object_identifier
from devicetrust.x509.reasons import RevocationReason, read_reason
from devicetrust.x509.signatures import Check, verify
from devicetrust.x509.signed_bytes import SignedBytes
from devicetrust.x509.times import GENERALIZED_TIME, seconds

__all__ = ["CertificateID", "CertificateStatus", "OCSPResponse", "ResponseStatus", "SingleResponse"]

# Ours: a response is about one certificate and carries one or two; with the longest keys there are, some 100 KiB.
_MOST_OCTETS: Final = 1 << 20
_MOST_CERTIFICATES: Final = 100


class ResponseStatus(enum.Enum):
    """What came of the request, RFC 6960 4.2.1. The value is the name there."""

    SUCCESSFUL = "successful"
    MALFORMED_REQUEST = "malformedRequest"
    INTERNAL_ERROR = "internalError"
    TRY_LATER = "tryLater"
    SIG_REQUIRED = "sigRequired"
    UNAUTHORIZED = "unauthorized"


class CertificateStatus(enum.Enum):
    """What a responder says of a certificate, RFC 6960 2.2."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class SingleResponse(NamedTuple):
    """What is said of one certificate, RFC 6960 4.2.1. Times are in seconds since 1970-01-01T00:00:00Z.

    ``revoked_at`` is None unless the status is REVOKED, and ``reason`` where none is stated. ``unprocessed_critical``
    are the dotted OIDs of the critical singleExtensions: none is understood here.
    """

    certificate_id: CertificateID
    status: CertificateStatus
    this_update: int
    next_update: int | None
    revoked_at: int | None
    reason: RevocationReason | None
    unprocessed_critical: tuple[str, ...]


class _Fields(NamedTuple):
    """The fields of an OCSPResponse and its BasicOCSPResponse, RFC 6960 4.2.1; nothing but the status in an error."""

    status: ResponseStatus
    responder_name: Name | None = None
    responder_key_hash: bytes | None = None
    produced_at: int = 0
    single_responses: tuple[SingleResponse, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    nonce: bytes | None = None
    unprocessed_critical: tuple[str, ...] = ()
    tbs_response_data: bytes = b""
    signature_algorithm: bytes = b""
    signature: bytes = b""


class OCSPResponse(SignedBytes[_Fields]):
    """An OCSP response, RFC 6960 4.2: immutable, equal and hashable by its bytes and nonce, picklable as such.

    ``nonce`` is what was sent along with the request that this answers, None where nothing was or nobody knows.
    ``unreadable`` is None, or says why the bytes cannot be read; every other field then raises `UnreadableInput`. Where
    the status is not successful, there is nothing else: the fields are None or empty.
    """

    def __init__(self, der: bytes, *, nonce: bytes | None = None) -> None:
        super().__init__(der)
        if nonce is not None:
            check_nonce(nonce)
        self.nonce: Final = nonce

    @classmethod
    def from_cryptography(cls, response: ocsp.OCSPResponse, *, nonce: bytes | None = None) -> OCSPResponse:
        """The same response as a view of this library."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415, loading it costs more than this room

        return cls(response.public_bytes(Encoding.DER), nonce=nonce)

    def to_cryptography(self) -> ocsp.OCSPResponse:
        """The same response as ``cryptography`` sees it; raises `UnreadableInput` where it cannot read it."""
        try:
            return ocsp.load_der_ocsp_response(self.der)
        except ValueError as problem:
            raise UnreadableInput(f"OCSPResponse {self.fingerprint.hex()[:16]}: {problem}") from None

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over nonce and DER, 32 octets: what tells this piece of evidence from any other."""
        nonce = self.nonce or b""
        return hashlib.sha256(len(nonce).to_bytes(8, "big") + nonce + self.der).digest()

    @property
    def status(self) -> ResponseStatus:
        """RFC 6960 4.2.1."""
        return self._fields.status

    @property
    def responder_name(self) -> Name | None:
        """The responder by its name, RFC 6960 4.2.2.3; None where it names its key."""
        return self._fields.responder_name

    @property
    def responder_key_hash(self) -> bytes | None:
        """The responder by the SHA-1 of its key, RFC 6960 4.2.1; None where it gives its name."""
        return self._fields.responder_key_hash

    @property
    def produced_at(self) -> int:
        """When the response was signed, RFC 6960 2.4, in seconds since 1970-01-01T00:00:00Z; 0 in an error."""
        return self._fields.produced_at

    @property
    def single_responses(self) -> tuple[SingleResponse, ...]:
        """What is said of each certificate, RFC 6960 4.2.1."""
        return self._fields.single_responses

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates sent along, RFC 6960 4.2.1; one that cannot be read says so itself."""
        return self._fields.certificates

    @property
    def response_nonce(self) -> bytes | None:
        """RFC 9654 2.1; None where there is none."""
        return self._fields.nonce

    @property
    def unprocessed_critical(self) -> tuple[str, ...]:
        """Dotted OIDs of critical responseExtensions that are not understood; see also `SingleResponse`."""
        return self._fields.unprocessed_critical

    @property
    def tbs_response_data(self) -> bytes:
        """The bytes that were signed."""
        return self._fields.tbs_response_data

    @property
    def signature_algorithm(self) -> bytes:
        """The AlgorithmIdentifier in DER."""
        return self._fields.signature_algorithm

    @property
    def signature(self) -> bytes:
        """The octets of the signature."""
        return self._fields.signature

    def _check(self, key: PublicKey) -> Check:
        """RFC 6960 3.2 (2)."""
        return verify(key, self.signature_algorithm, self.tbs_response_data, self.signature)

    @staticmethod
    def _read(der: bytes) -> _Fields:
        if len(der) > _MOST_OCTETS:
            raise MalformedDER(f"longer than {_MOST_OCTETS} octets")
        return _response(der)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OCSPResponse) and (other.der, other.nonce) == (self.der, self.nonce)

    def __hash__(self) -> int:
        return hash((self.der, self.nonce))

    def __reduce__(self) -> tuple[object, ...]:
        return _made, (self.der, self.nonce)


def _made(der: bytes, nonce: bytes | None) -> OCSPResponse:
    return OCSPResponse(der, nonce=nonce)


# RFC 6960 4.2.1; the value 4 is not used.
_STATUSES: Final = dict(zip((0, 1, 2, 3, 5, 6), ResponseStatus, strict=True))


def _response(der: bytes) -> _Fields:
    outer = Cursor.within(der)
    content = outer.content(0x0A)
    status = _STATUSES.get(content[0]) if len(content) == 1 else None
    if status is None:
        raise MalformedDER("a response status that is not known")
    if status is not ResponseStatus.SUCCESSFUL:
        outer.finish()
        return _Fields(status)
    explicit = outer.enter(0xA0)
    outer.finish()
    response_bytes = explicit.enter(0x30)
    explicit.finish()
    response_type = object_identifier(response_bytes.content(0x06))
    if response_type != oids.OCSP_BASIC:
        raise MalformedDER(f"a response of type {response_type}, of which only id-pkix-ocsp-basic is known")
    basic = response_bytes.content(0x04)
    response_bytes.finish()
    return _basic_response(Cursor.within(basic))


def _basic_response(fields: Cursor) -> _Fields:
    tbs_response_data = fields.element(0x30)
    algorithm = fields.element(0x30)
    signature = fields.bit_string()
    certificates: list[Certificate] = []
    if fields.next_tag == 0xA0:
        explicit = fields.enter(0xA0)
        sequence = explicit.enter(0x30)
        explicit.finish()
        while sequence.next_tag is not None:
            certificates.append(Certificate(sequence.element()))
            if len(certificates) > _MOST_CERTIFICATES:
                raise MalformedDER(f"more than {_MOST_CERTIFICATES} certificates")
    fields.finish()
    return _response_data(Cursor.within(tbs_response_data))._replace(
        certificates=tuple(certificates),
        tbs_response_data=tbs_response_data,
        signature_algorithm=algorithm,
        signature=signature,
    )


def _response_data(fields: Cursor) -> _Fields:
    """Version 1 alone is known, whose number DER leaves out."""
    name: Name | None = None
    key_hash: bytes | None = None
    if fields.next_tag == 0xA1:
        choice = fields.enter(0xA1)
        name = Name(choice.element(0x30))
        if name.is_malformed:
            raise MalformedDER("a responder's name that is no name")
    else:
        choice = fields.enter(0xA2)
        key_hash = choice.content(0x04)
    choice.finish()
    produced_at = _time(fields)
    single_responses = tuple([_single_response(one) for one in fields.enter(0x30).elements(0x30)])
    extensions = _extensions(fields)
    fields.finish()
    nonces = [one.value for one in extensions if one.oid == oids.OCSP_NONCE]
    return _Fields(
        ResponseStatus.SUCCESSFUL,
        name,
        key_hash,
        produced_at,
        single_responses,
        nonce=_nonce(nonces[0]) if nonces else None,
        unprocessed_critical=tuple([one.oid for one in extensions if one.critical and one.oid != oids.OCSP_NONCE]),
    )


def _single_response(fields: Cursor) -> SingleResponse:
    certificate_id = read_certificate_id(fields.enter(0x30))
    revoked_at: int | None = None
    reason: RevocationReason | None = None
    if fields.next_tag == 0xA1:
        status = CertificateStatus.REVOKED
        revoked = fields.enter(0xA1)
        revoked_at = _time(revoked)
        if revoked.next_tag == 0xA0:
            reason = read_reason(revoked.content(0xA0))
        revoked.finish()
    else:
        status = CertificateStatus.GOOD if fields.next_tag == 0x80 else CertificateStatus.UNKNOWN
        if fields.content(0x80 if status is CertificateStatus.GOOD else 0x82):
            raise MalformedDER("a status that is not NULL")
    this_update = _time(fields)
    next_update: int | None = None
    if fields.next_tag == 0xA0:
        explicit = fields.enter(0xA0)
        next_update = _time(explicit)
        explicit.finish()
    critical = tuple([one.oid for one in _extensions(fields) if one.critical])
    fields.finish()
    return SingleResponse(certificate_id, status, this_update, next_update, revoked_at, reason, critical)


def _time(fields: Cursor) -> int:
    """RFC 6960 4.2.2.1."""
    return seconds(GENERALIZED_TIME, fields.content(GENERALIZED_TIME))


def _extensions(fields: Cursor) -> tuple[EncodedExtension, ...]:
    """responseExtensions and singleExtensions, both with the tag [1]."""
    if fields.next_tag != 0xA1:
        return ()
    explicit = fields.enter(0xA1)
    found = encoded_extensions(explicit.enter(0x30))
    explicit.finish()
    return found


def _nonce(value: bytes) -> bytes:
    cursor = Cursor(value)
    nonce = cursor.content(0x04)
    cursor.finish()
    return nonce
