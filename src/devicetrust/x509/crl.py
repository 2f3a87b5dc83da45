"""A certificate revocation list as bytes, and what they say.

Makes: `CertificateRevocationList`; `RevokedEntry` lives in `x509.crl_entries`.
May import: errors, x509 siblings, `cryptography`.
Must never: raise when made, whatever the bytes are; decide whether a CRL is current or about a certificate.
Read first: `CertificateRevocationList`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cryptography import x509

from devicetrust.x509 import oids
from devicetrust.x509.crl_entries import EntryIndex, RevokedEntry
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.distribution_points import (
    DistributionPoint,
    IssuingDistributionPoint,
    read_distribution_points,
    read_issuing_distribution_point,
)
from devicetrust.x509.encoded_extensions import EncodedExtension, encoded_extensions
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.lazy import lazy
from devicetrust.x509.names import Name
from devicetrust.x509.signatures import Check, verify
from devicetrust.x509.signed_bytes import SignedBytes
from devicetrust.x509.times import GENERALIZED_TIME, UTC_TIME, seconds

__all__ = ["MOST_CRL_OCTETS", "CertificateRevocationList", "RevokedEntry"]

MOST_CRL_OCTETS: Final = 1 << 28
"""Ours: 256 MiB; the largest public CRLs have about 100. Offsets of 32 bits would do for 16 times as much."""


class _Fields(NamedTuple):
    """The fields of a CertificateList, RFC 5280 5.1; pairs are (start, end) in its DER, so that nothing large is kept.

    ``entries`` is the content of revokedCertificates, ``extensions`` that of crlExtensions; both empty where absent.
    """

    tbs: tuple[int, int]
    version: int
    tbs_signature_algorithm: bytes
    issuer: bytes
    this_update: int
    next_update: int | None
    entries: tuple[int, int]
    extensions: tuple[int, int]
    signature_algorithm: bytes
    signature: bytes


class CertificateRevocationList(SignedBytes[_Fields]):
    """An X.509 CRL, RFC 5280 5: immutable, equal and hashable by its bytes, picklable as DER.

    ``unreadable`` is None, or says why it cannot be read; every other field then raises `UnreadableInput`. What is
    readable may still be ``unusable``, or hold what is ``unprocessed_critical``: then it decides nothing.
    Times are in seconds since 1970-01-01T00:00:00Z.
    """

    @classmethod
    def from_cryptography(cls, crl: x509.CertificateRevocationList) -> CertificateRevocationList:
        """The same CRL as a view of this library."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415, loading it costs more than this room

        return cls(crl.public_bytes(Encoding.DER))

    def to_cryptography(self) -> x509.CertificateRevocationList:
        """The same CRL as ``cryptography`` sees it, loaded anew; raises `UnreadableInput` where it cannot be read."""
        _ = self._fields
        return x509.load_der_x509_crl(self.der)

    @staticmethod
    def _read(der: bytes) -> _Fields:
        if len(der) > MOST_CRL_OCTETS:
            raise MalformedDER(f"longer than {MOST_CRL_OCTETS} octets")
        x509.load_der_x509_crl(der)  # validates all of it, each entry too
        return _fields(der)

    @property
    def version(self) -> int:
        """1 or 2, RFC 5280 5.1.2.1."""
        return self._fields.version

    @lazy
    def issuer(self) -> Name:
        """RFC 5280 5.1.2.3."""
        return Name(self._fields.issuer)

    @property
    def this_update(self) -> int:
        """RFC 5280 5.1.2.4."""
        return self._fields.this_update

    @property
    def next_update(self) -> int | None:
        """RFC 5280 5.1.2.5; None where absent."""
        return self._fields.next_update

    @property
    def tbs_cert_list(self) -> bytes:
        """The bytes that were signed, copied out of the DER at each call."""
        start, end = self._fields.tbs
        return self.der[start:end]

    @property
    def tbs_signature_algorithm(self) -> bytes:
        """The inner AlgorithmIdentifier in DER, RFC 5280 5.1.2.2."""
        return self._fields.tbs_signature_algorithm

    @property
    def signature_algorithm(self) -> bytes:
        """The outer AlgorithmIdentifier in DER, RFC 5280 5.1.1.2."""
        return self._fields.signature_algorithm

    @property
    def signature(self) -> bytes:
        """The octets of signatureValue."""
        return self._fields.signature

    def _check(self, key: PublicKey) -> Check:
        """RFC 5280 6.3.3 (g), 5.1.1.2."""
        if self.signature_algorithm != self.tbs_signature_algorithm:
            return Check.INVALID
        return verify(key, self.signature_algorithm, self.tbs_cert_list, self.signature)

    @lazy
    def _extensions(self) -> _Extensions:
        start, end = self._fields.extensions
        return _read_extensions(Cursor(self.der, start, end), self._fields.version)

    @property
    def critical(self) -> frozenset[str]:
        """Dotted OIDs of the extensions of the CRL that are marked critical."""
        return self._extensions.critical

    @property
    def crl_number(self) -> int | None:
        """RFC 5280 5.2.3."""
        found: int | None = self._extensions.values.get(oids.CRL_NUMBER)
        return found

    @property
    def base_crl_number(self) -> int | None:
        """The number of the complete CRL that a delta CRL starts from, RFC 5280 5.2.4."""
        found: int | None = self._extensions.values.get(oids.DELTA_CRL_INDICATOR)
        return found

    @property
    def is_delta(self) -> bool:
        """Whether this is a delta CRL, RFC 5280 5.2.4."""
        return oids.DELTA_CRL_INDICATOR in self._extensions.present

    @property
    def authority_key_identifier(self) -> bytes | None:
        """The keyIdentifier field, RFC 5280 5.2.1."""
        found: bytes | None = self._extensions.values.get(oids.AUTHORITY_KEY_IDENTIFIER)
        return found

    @property
    def issuing_distribution_point(self) -> IssuingDistributionPoint | None:
        """RFC 5280 5.2.5; None where absent. Where it cannot be read, the CRL is ``unusable``."""
        found: IssuingDistributionPoint | None = self._extensions.values.get(oids.ISSUING_DISTRIBUTION_POINT)
        return found

    @property
    def freshest_crl(self) -> tuple[DistributionPoint, ...]:
        """RFC 5280 5.2.6; empty where absent."""
        found: tuple[DistributionPoint, ...] = self._extensions.values.get(oids.FRESHEST_CRL, ())
        return found

    @lazy
    def _index(self) -> EntryIndex:
        point = self.issuing_distribution_point
        start, end = self._fields.entries
        return EntryIndex(
            self.der,
            start,
            end,
            self.issuer,
            version=self._fields.version,
            indirect=point is not None and point.indirect,
        )

    @property
    def unusable(self) -> str | None:
        """Why the CRL must decide nothing although it can be read; None where it may. Looks at every entry.

        RFC 5280 5.2, 5.3: an extension that is repeated, cannot be read or has no place in this version, in the CRL or
        in any entry; an entry of another issuer in a CRL that is not indirect.
        """
        return self._extensions.problem or self._index.problem

    @property
    def unprocessed_critical(self) -> tuple[str, ...]:
        """Dotted OIDs of critical extensions of the CRL or of any entry that are not understood, RFC 5280 5.2, 5.3.

        Such a CRL decides nothing. Looks at every entry.
        """
        unknown = (self.critical - _READERS.keys()) | self._index.unprocessed_critical
        return tuple(sorted(unknown))

    @property
    def count(self) -> int:
        """The number of entries."""
        return self._index.count

    @property
    def index_octets(self) -> int:
        """The size in memory of the index of entries, which is made when an entry is first asked for."""
        return self._index.octets

    def entries(self, serial_number: int, issuer: Name) -> tuple[RevokedEntry, ...]:
        """The entries for the certificate of this serial number and issuer, RFC 5280 6.3.3 (i); empty: not listed.

        They mean nothing where the CRL is ``unusable`` or has ``unprocessed_critical`` extensions.
        """
        return self._index.entries(serial_number, issuer)


def _fields(der: bytes) -> _Fields:
    """RFC 5280 5.1. ``cryptography`` has accepted the bytes; what it lets pass is refused here."""
    outer = Cursor.within(der)
    tbs_start = outer.offset
    tbs = outer.enter(0x30)
    tbs_end = outer.offset
    signature_algorithm = outer.element(0x30)
    signature = outer.bit_string()
    outer.finish()
    version = tbs.integer() + 1 if tbs.next_tag == 0x02 else 1
    algorithm = tbs.element(0x30)
    issuer = tbs.element(0x30)
    this_update = _time(tbs)
    next_update = _time(tbs) if tbs.next_tag in (UTC_TIME, GENERALIZED_TIME) else None
    entries = _span(tbs.enter(0x30)) if tbs.next_tag == 0x30 else (0, 0)
    extensions = (0, 0)
    if tbs.next_tag == 0xA0:
        explicit = tbs.enter(0xA0)
        extensions = _span(explicit.enter(0x30))
        explicit.finish()
    tbs.finish()
    return _Fields(
        (tbs_start, tbs_end),
        version,
        algorithm,
        issuer,
        this_update,
        next_update,
        entries,
        extensions,
        signature_algorithm,
        signature,
    )


def _time(cursor: Cursor) -> int:
    tag = UTC_TIME if cursor.next_tag == UTC_TIME else GENERALIZED_TIME
    return seconds(tag, cursor.content(tag))


def _span(cursor: Cursor) -> tuple[int, int]:
    return cursor.offset, cursor.end


class _Extensions(NamedTuple):
    """What crlExtensions say: the values by dotted OID, and why the CRL must not be used for their sake."""

    present: frozenset[str]
    critical: frozenset[str]
    values: dict[str, Any]
    problem: str | None


def _read_extensions(sequence: Cursor, version: int) -> _Extensions:
    found: tuple[EncodedExtension, ...] = ()
    values: dict[str, Any] = {}
    problem = "extensions in a CRL of version 1" if version == 1 and sequence.next_tag is not None else None
    try:
        found = encoded_extensions(sequence)
    except MalformedDER as malformed:
        problem = malformed.reason
    for oid, _, value in found:
        if oid in _READERS:
            try:
                values[oid] = _READERS[oid](value)
            except MalformedDER as malformed:
                problem = problem or f"extension {oid}: {malformed.reason}"
    present = frozenset([one.oid for one in found])
    return _Extensions(present, frozenset([one.oid for one in found if one.critical]), values, problem)


def _number(value: bytes) -> int:
    """A CRLNumber or BaseCRLNumber, RFC 5280 5.2.3: not negative, 20 octets at most."""
    cursor = Cursor(value)
    number = cursor.integer()
    cursor.finish()
    if not 0 <= number < 1 << 160:
        raise MalformedDER("a number that is negative or longer than 20 octets")
    return number


def _key_identifier(value: bytes) -> bytes | None:
    """The keyIdentifier of an AuthorityKeyIdentifier, RFC 5280 4.2.1.1."""
    fields = Cursor.within(value)
    identifier = fields.content(0x80) if fields.next_tag == 0x80 else None
    for tag in (0xA1, 0x82):
        if fields.next_tag == tag:
            fields.content(tag)
    fields.finish()
    return identifier


# The extensions that are understood; RFC 5280 5.2 refuses a CRL with another that is critical.
_READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    oids.AUTHORITY_KEY_IDENTIFIER: _key_identifier,
    oids.CRL_NUMBER: _number,
    oids.DELTA_CRL_INDICATOR: _number,
    oids.ISSUING_DISTRIBUTION_POINT: read_issuing_distribution_point,
    oids.FRESHEST_CRL: read_distribution_points,
}
