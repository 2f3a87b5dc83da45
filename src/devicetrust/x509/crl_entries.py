"""The entries of a CRL, found by serial number.

Makes: `RevokedEntry`, `EntryIndex`.
May import: x509 siblings.
Must never: read DER that ``cryptography`` has not accepted, or take more than linear time over what anyone lists.
Read first: `EntryIndex`.

pyca looks entries up one by one, which takes a second among a million. Here one walk over the entries notes where each
begins, in an open-addressing table of 32-bit offsets that is at most half full: 8 to 16 octets an entry. pyca has
validated the DER of every entry when it loaded the CRL, so the walk only follows lengths. What entries say beyond
serial number and date repeats from one to the next, so each distinct ending is read once.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import Final, NamedTuple

from devicetrust.x509 import oids
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER, read_tlv, write_integer
from devicetrust.x509.encoded_extensions import EncodedExtension, encoded_extensions
from devicetrust.x509.general_names import read_general_names
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import RevocationReason, read_reason
from devicetrust.x509.times import GENERALIZED_TIME, seconds, seconds_of_digits

__all__ = ["EntryIndex", "RevokedEntry"]

# Ours: a CRL lists a certificate once, or again after a hold. More serves only to keep its reader busy.
_MOST_REPEATED: Final = 65_536
# Ours: there are ten reasons, and an indirect CRL has some hundreds of issuers.
_MOST_ENDINGS: Final = 4096


class RevokedEntry(NamedTuple):
    """One entry of a CRL, RFC 5280 5.1.2.6 and 5.3. Dates are in seconds since 1970-01-01T00:00:00Z.

    ``reason`` is None where none is stated. ``invalidity_date`` is None where none can be read: nothing hangs on it.
    """

    serial_number: int
    revoked_at: int
    reason: RevocationReason | None
    invalidity_date: int | None


class _Ending(NamedTuple):
    """What an entry says beyond serial number and date, RFC 5280 5.3."""

    reason: RevocationReason | None = None
    invalidity_date: int | None = None
    issuer: Name | None = None
    unprocessed_critical: frozenset[str] = frozenset()
    problem: str | None = None


class EntryIndex:
    """Where each entry lies in ``der[start:end]``, the content of a revokedCertificates, RFC 5280 5.1.2.6.

    ``issuer`` is the CRL's. An entry of an ``indirect`` CRL is of the issuer that the last certificateIssuer before it
    names, or it itself (5.3.3). ``problem`` says why the CRL must not be used for the sake of an entry;
    ``unprocessed_critical`` are the critical entry extensions that are not understood; ``count`` is the number of
    entries.
    """

    def __init__(self, der: bytes, start: int, end: int, issuer: Name, *, version: int, indirect: bool) -> None:
        self.count = 0
        self.problem: str | None = None
        self.unprocessed_critical: frozenset[str] = frozenset()
        self._der: Final = der
        self._issuer: Final = issuer.der
        self._end: Final = end
        self._version: Final = version
        self._indirect: Final = indirect
        self._endings: dict[bytes, _Ending] = {}
        # Issuers by number, and at which offsets another one's entries begin. Before the first are the CRL issuer's.
        self._numbers: Final = {issuer.key: 0}
        self._starts: Final = array("I")
        self._issuers: Final = array("I")
        self._repeated: Final[dict[tuple[int, bytes], list[int]]] = {}
        self._repeats = 0
        self._table: Final = self._filled(self._walked(start))
        self._mask: Final = len(self._table) - 1

    def entries(self, serial_number: int, issuer: Name) -> tuple[RevokedEntry, ...]:
        """The entries of this serial number of a certificate of this issuer, in the order of the CRL."""
        number = 0 if issuer.der == self._issuer else self._numbers.get(issuer.key)
        if number is None:
            return ()
        key = write_integer(serial_number)
        der, table, mask = self._der, self._table, self._mask
        slot = hash(_prefix(number) + key if number else key) & mask
        while at := table[slot]:
            serial = at + 2 if der[at + 1] < 0x80 else self._serial(at)
            if der.startswith(key, serial) and (not self._starts or self._issuer_at(at) == number):
                if not self._repeated:
                    return (self._entry(at, serial_number, serial + len(key)),)
                places = (at, *self._repeated.get((number, key), ()))
                return tuple([self._entry(one, serial_number, self._serial(one) + len(key)) for one in places])
            slot = (slot + 1) & mask
        return ()

    @property
    def octets(self) -> int:
        """The size of the index in memory, the DER aside."""
        parts = (self._table, self._starts, self._issuers, self._numbers, self._repeated, self._endings)
        return sum(map(sys.getsizeof, parts))

    def _walked(self, at: int) -> array[int]:
        """The offset of each entry. Run on a million entries: lengths are read in line."""
        der, end, endings = self._der, self._end, self._endings
        offsets = array("I")
        append = offsets.append
        while at < end:
            length = der[at + 1]
            if length < 0x80:
                date = at + 4 + der[at + 3]
                after = at + 2 + length
            else:
                _, serial, after = read_tlv(der, at, end)
                date = read_tlv(der, serial, after)[2]
            extensions = date + 2 + der[date + 1]
            if extensions != after:
                encoded = der[extensions:after]
                ending = endings.get(encoded) or self._met(encoded)
                if ending.issuer is not None:
                    self._begin(at, ending.issuer)
            append(at)
            at = after
        self.count = len(offsets)
        return offsets

    def _met(self, encoded: bytes) -> _Ending:
        """An ending that is not known yet: read, and what it means for the whole CRL noted."""
        if self._version == 1:
            self.problem = self.problem or "an entry with extensions in a CRL of version 1"
        if _PLAIN_INVALIDITY_DATE.fullmatch(encoded):
            return _NOTHING  # dates seldom repeat: they are read when asked for
        ending = _ending(encoded)
        if ending.issuer is not None and not self._indirect:
            ending = ending._replace(issuer=None, problem="an entry of another issuer in a CRL that is not indirect")
        self.problem = self.problem or ending.problem
        self.unprocessed_critical |= ending.unprocessed_critical
        if len(self._endings) >= _MOST_ENDINGS:
            self._endings.clear()
        self._endings[encoded] = ending
        return ending

    def _begin(self, at: int, issuer: Name) -> None:
        """From the entry at ``at`` on, entries are of ``issuer``."""
        number = self._numbers.setdefault(issuer.key, len(self._numbers))
        if number != (self._issuers[-1] if self._issuers else 0):
            self._starts.append(at)
            self._issuers.append(number)

    def _filled(self, offsets: array[int]) -> array[int]:
        """The table of offsets, 0 where a place is free, by the hash of the serial number in DER.

        `hash` is keyed for each process, so nobody can choose serial numbers that fall on one place.
        """
        der = self._der
        table = array("I", bytes(4)) * (1 << (2 * len(offsets)).bit_length())
        mask = len(table) - 1
        starts = [bisect_left(offsets, start) for start in self._starts]
        each = iter(offsets)
        for number, first, last in zip((0, *self._issuers), (0, *starts), (*starts, len(offsets)), strict=True):
            prefix = _prefix(number)
            for at in islice(each, last - first):
                serial = at + 2 if der[at + 1] < 0x80 else self._serial(at)
                length = der[serial + 1]
                key = der[serial : serial + 2 + length] if length < 0x80 else self._long_key(serial)
                slot = hash(prefix + key) & mask
                while other := table[slot]:
                    serial = other + 2 if der[other + 1] < 0x80 else self._serial(other)
                    if der.startswith(key, serial) and self._issuer_at(other) == number:
                        self._repeat(at, key, number)
                        break
                    slot = (slot + 1) & mask
                else:
                    table[slot] = at
        return table

    def _repeat(self, at: int, key: bytes, number: int) -> None:
        """One more entry of a certificate that is listed already."""
        self._repeats += 1
        if self._repeats > _MOST_REPEATED:
            self.problem = self.problem or f"more than {_MOST_REPEATED} entries that repeat a certificate"
        else:
            self._repeated.setdefault((number, key), []).append(at)

    def _issuer_at(self, at: int) -> int:
        """The number of the issuer whose certificate the entry at ``at`` is about."""
        place = bisect_right(self._starts, at)
        return self._issuers[place - 1] if place else 0

    def _serial(self, at: int) -> int:
        """Where the serial number of the entry at ``at`` begins."""
        length = self._der[at + 1]
        return at + 2 if length < 0x80 else at + 2 + (length & 0x7F)

    def _long_key(self, serial: int) -> bytes:
        """The serial number at ``serial``, of 128 octets or more, in DER."""
        return self._der[serial : read_tlv(self._der, serial, self._end)[2]]

    def _entry(self, at: int, serial_number: int, date: int) -> RevokedEntry:
        """The entry at ``at``, whose revocationDate begins at ``date``."""
        der = self._der
        length = der[at + 1]
        end = at + 2 + length if length < 0x80 else read_tlv(der, at, self._end)[2]
        extensions = date + 2 + der[date + 1]
        ending = _NOTHING
        if extensions != end:
            encoded = der[extensions:end]
            ending = self._endings.get(encoded) or _ending(encoded)
        revoked_at = seconds_of_digits(der[date], int(der[date + 2 : extensions - 1]))
        return tuple.__new__(RevokedEntry, (serial_number, revoked_at, ending.reason, ending.invalidity_date))


def _prefix(number: int) -> bytes:
    """What parts the serial numbers of one issuer from those of the next; nothing for the CRL's own issuer."""
    return number.to_bytes(4, "big") if number else b""


_NOTHING: Final = _Ending()

# An invalidityDate, after a reasonCode or alone, neither critical.
_PLAIN_INVALIDITY_DATE: Final = re.compile(
    rb"\x30.(?:\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01[\x00-\x06\x08-\x0a])?"
    rb"\x30\x18\x06\x03\x55\x1d\x18\x04\x11\x18\x0f[0-9]{14}Z",
    re.DOTALL,
)


def _ending(encoded: bytes) -> _Ending:
    """What the crlEntryExtensions say, RFC 5280 5.3."""
    found = _NOTHING
    try:
        for extension in encoded_extensions(Cursor.within(encoded)):
            found = _with(found, extension)
    except MalformedDER as problem:
        return found._replace(problem=f"an entry with {problem.reason}")
    return found


def _with(found: _Ending, extension: EncodedExtension) -> _Ending:
    oid, critical, value = extension
    if oid == oids.REASON_CODE:
        return found._replace(reason=read_reason(value))
    if oid == oids.CERTIFICATE_ISSUER:
        return found._replace(issuer=_certificate_issuer(value))
    if oid == oids.INVALIDITY_DATE:
        try:
            return found._replace(invalidity_date=_invalidity_date(value))
        except MalformedDER:
            if critical:
                raise
            return found
    if critical:
        return found._replace(unprocessed_critical=found.unprocessed_critical | {oid})
    return found


def _certificate_issuer(value: bytes) -> Name:
    """The directory name of a certificateIssuer, RFC 5280 5.3.3; names of other forms may stand beside it.

    Two directory names are refused: an entry is of one issuer.
    """
    names = [name.value for name in read_general_names(value) if isinstance(name.value, Name)]
    if len(names) != 1:
        raise MalformedDER("a certificate issuer that is not one directory name")
    return names[0]


def _invalidity_date(value: bytes) -> int:
    """RFC 5280 5.3.2."""
    cursor = Cursor(value)
    content = cursor.content(GENERALIZED_TIME)
    cursor.finish()
    return seconds(GENERALIZED_TIME, content)
