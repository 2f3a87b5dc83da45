"""The entries of a CRL are found by serial number and issuer, whatever anyone lists: RFC 5280 5.1.2.6, 5.3.3."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

import pki
from crl_views import CLINIC, KEY, WARD, since_epoch, vectors, view
from devicetrust.x509 import crl_entries
from devicetrust.x509.crl import CertificateRevocationList, RevokedEntry
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import RevocationReason
from pki import common_name, integer, sequence, tlv, validity_time
from pki_revocation import (
    INDIRECT,
    TOMORROW,
    YESTERDAY,
    CRLDraft,
    certificate_issuer,
    entry,
    invalidity_date,
    reason_code,
)

NIGHT = common_name("Night CA")


def listed(crl: CertificateRevocationList, serial_number: int, issuer: bytes = WARD) -> list[RevocationReason | None]:
    return [one.reason for one in crl.entries(serial_number, Name(issuer))]


def as_pyca_says(one: x509.RevokedCertificate) -> tuple[int, int, str | None, int | None]:
    reason = invalid = None
    for extension in one.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason.value
        elif isinstance(extension.value, x509.InvalidityDate):
            invalid = since_epoch(extension.value.invalidity_date_utc)
    return one.serial_number, since_epoch(one.revocation_date_utc), reason, invalid


def as_said(one: RevokedEntry) -> tuple[int, int, str | None, int | None]:
    reason = None if one.reason is None else one.reason.value
    return one.serial_number, one.revoked_at, reason, one.invalidity_date


class TestAsPyca:
    def test_every_entry(self) -> None:
        """Each entry of PKITS's CRLs and of pyca's vectors is found under its issuer, as pyca reads it."""
        seen = 0
        for crl in vectors().values():
            if crl.unusable is not None:
                continue
            issuer = crl.issuer
            for one in crl.to_cryptography():
                for extension in one.extensions:
                    if isinstance(extension.value, x509.CertificateIssuer):
                        (name,) = extension.value.get_values_for_type(x509.DirectoryName)
                        issuer = Name(name.public_bytes())
                assert as_pyca_says(one) in map(as_said, crl.entries(one.serial_number, issuer))
                seen += 1
        assert seen > 10_000

    def test_every_miss(self) -> None:
        """Serial numbers near those of an entry are found exactly where pyca finds them."""
        for crl in vectors().values():
            if crl.unusable is not None or crl.issuing_distribution_point is not None or crl.count > 1000:
                continue
            parsed = crl.to_cryptography()
            around = {one.serial_number + step for one in parsed for step in (-1, 0, 1, 256)} | {0, 1, 1 << 160}
            for serial_number in [one for one in around if one >= 0]:  # pyca looks no other up
                expected = parsed.get_revoked_certificate_by_serial_number(serial_number)
                found = crl.entries(serial_number, crl.issuer)
                assert [as_said(one) for one in found[:1]] == ([as_pyca_says(expected)] if expected else [])

    @given(st.data())
    def test_any_list(self, data: st.DataObject) -> None:
        """Any list of serial numbers, repeated, negative or long, is found as it was written."""
        numbers = st.one_of(st.integers(-300, 300), st.integers(-(1 << 200), 1 << 200), st.just(1 << 1100))
        entries = data.draw(st.lists(st.tuples(numbers, st.sampled_from([None, 0, 1, 6, 10])), max_size=40))
        crl = view(*(entry(number, *([] if code is None else [reason_code(code)])) for number, code in entries))
        reasons = {None: None, 0: "unspecified", 1: "keyCompromise", 6: "certificateHold", 10: "aACompromise"}
        for asked in {number for number, _ in entries} | {data.draw(numbers)}:
            expected = [reasons[code] for number, code in entries if number == asked]
            assert [one.value if one else None for one in listed(crl, asked)] == expected
        assert crl.count == len(entries)


class TestSerialNumbers:
    def test_not_minimal(self) -> None:
        """X.690 8.3.2: a CRL that writes one number in two ways is unreadable, so that no entry hides behind zeros."""
        assert view(entry(tlv(0x02, b"\x00\x05"))).unreadable is not None
        assert view(entry(tlv(0x02, b"\xff\x85"))).unreadable is not None

    @pytest.mark.parametrize("number", [0, -1, -128, -129, 127, 128, 255, 256, (1 << 159) - 1, 1 << 1015, 1 << 1016])
    def test_odd_ones(self, number: int) -> None:
        """Zero, negative and long serial numbers are found; ones of other signs or the same octets are not."""
        crl = view(entry(number), entry(3))
        assert [one.serial_number for one in crl.entries(number, Name(WARD))] == [number]
        others = {-number, number + 1, number - 1, number % 256, number & ((1 << 160) - 1)} - {number, 3}
        assert not any(crl.entries(other, Name(WARD)) for other in others)

    def test_long_entries(self) -> None:
        """Entries of more than 127 and more than 255 octets are read like others."""
        long = [pki.Extension("1.3.6.1.4.1.99999.1", False, bytes(size)) for size in (100, 250, 70_000)]
        crl = view(entry(1, reason_code(1), long[0]), entry(2, long[1], reason_code(4)), entry(3, long[2]), entry(4))
        assert [listed(crl, number) for number in (1, 2, 3, 4, 5)] == [
            [RevocationReason.KEY_COMPROMISE],
            [RevocationReason.SUPERSEDED],
            [None],
            [None],
            [],
        ]

    def test_none(self) -> None:
        """RFC 5280 5.1.2.6: no list and an empty list have no entries."""
        for entries in (None, ()):
            crl = CertificateRevocationList(CRLDraft(WARD, entries).sealed(KEY))
            assert (crl.count, crl.entries(1, Name(WARD)), crl.unusable) == (0, (), None)

    def test_another_issuer(self) -> None:
        """RFC 5280 5.3.3: in a CRL that is not indirect every entry is of the CRL's issuer."""
        crl = view(entry(1))
        assert (listed(crl, 1), listed(crl, 1, CLINIC)) == ([None], [])

    def test_a_name_that_matches(self) -> None:
        """RFC 5280 7.1: the issuer is matched as names are, not by octets."""
        crl = view(entry(1), entry(2, certificate_issuer(CLINIC)), extensions=(INDIRECT,))
        ward, clinic = (name.replace(b"CA", b"ca") for name in (WARD, CLINIC))
        assert (listed(crl, 1, ward), listed(crl, 2, clinic)) == ([None], [None])


class TestWhatIsSaid:
    def test_dates(self) -> None:
        """Dates are seconds since 1970, in UTCTime or GeneralizedTime; an invalidity date that is none is not said."""
        far = datetime(2051, 2, 3, 4, 5, 6, tzinfo=UTC)
        broken = pki.Extension("2.5.29.24", False, tlv(0x18, b"20261332000000Z"))
        crl = view(
            entry(1, invalidity_date(YESTERDAY), revoked=TOMORROW),
            entry(2, reason_code(3), invalidity_date(far), revoked=far),
            entry(3, broken),
        )
        affiliation = RevocationReason.AFFILIATION_CHANGED
        assert [crl.entries(number, Name(WARD))[0] for number in (1, 2, 3)] == [
            RevokedEntry(1, since_epoch(TOMORROW), None, since_epoch(YESTERDAY)),
            RevokedEntry(2, since_epoch(far), affiliation, since_epoch(far)),
            RevokedEntry(3, since_epoch(YESTERDAY), None, None),
        ]

    def test_endings_beyond_what_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What entries say is the same whether their endings are kept or read again."""
        monkeypatch.setattr(crl_entries, "_MOST_ENDINGS", 2)
        codes = [0, 1, 2, 3, 4, 5, 6, 9, 10] * 3
        crl = view(*(entry(number, reason_code(code)) for number, code in enumerate(codes)))
        names = [listed(crl, number)[0] for number in range(len(codes))]
        assert names[:9] == names[9:18] == names[18:]
        assert len(set(names)) == 9


class TestIndirect:
    def test_issuers_are_sticky(self) -> None:
        """RFC 5280 5.3.3: the CRL's issuer first; then the last one named, until the next."""
        crl = view(
            entry(1, reason_code(1)),
            entry(2, certificate_issuer(CLINIC), reason_code(2)),
            entry(1, reason_code(3)),
            entry(3, certificate_issuer(NIGHT), reason_code(4)),
            entry(1, reason_code(5)),
            entry(4, certificate_issuer(WARD), reason_code(6)),
            entry(5, reason_code(9)),
            entry(2, certificate_issuer(CLINIC), reason_code(10)),
            extensions=(INDIRECT,),
        )
        found = {
            (number, issuer): [one.value for one in listed(crl, number, issuer) if one]
            for number in range(7)
            for issuer in (WARD, CLINIC, NIGHT)
        }
        assert {place: reasons for place, reasons in found.items() if reasons} == {
            (1, WARD): ["keyCompromise"],
            (2, CLINIC): ["cACompromise", "aACompromise"],
            (1, CLINIC): ["affiliationChanged"],
            (3, NIGHT): ["superseded"],
            (1, NIGHT): ["cessationOfOperation"],
            (4, WARD): ["certificateHold"],
            (5, WARD): ["privilegeWithdrawn"],
        }

    def test_any_order(self) -> None:
        """However entries of several issuers are mixed, each is found under its own and no other."""
        for seed in range(50):
            rng = Random(seed)
            issuers = [WARD, CLINIC, NIGHT]
            expected: dict[tuple[int, bytes], int] = {}
            entries: list[bytes] = []
            current = WARD
            for _ in range(rng.randrange(60)):
                number, named = rng.randrange(20), rng.choice([None, *issuers])
                current = named or current
                expected[number, current] = expected.get((number, current), 0) + 1
                entries.append(entry(number, *([certificate_issuer(named)] if named else [])))
            crl = view(*entries, extensions=(INDIRECT,))
            for number in range(20):
                for issuer in issuers:
                    assert len(listed(crl, number, issuer)) == expected.get((number, issuer), 0)


class TestCost:
    """Nobody can make the index take more than linear time or much more memory than the list."""

    def test_one_serial_number_many_times(self) -> None:
        """One serial number listed without end makes the CRL unusable, in no more time than different ones take."""
        bound = crl_entries._MOST_REPEATED
        crl = view(*([entry(5)] * (bound + 1)), entry(6))
        assert (crl.unusable, len(crl.entries(5, Name(WARD)))) == (None, bound + 1)
        crl = view(*([entry(5)] * (2 * bound)))
        assert crl.unusable == "more than 65536 entries that repeat a certificate"
        assert crl.count == 2 * bound

    def test_memory(self) -> None:
        """The index has 8 to 16 octets an entry, and a little that does not grow."""
        for count in (1000, 1024, 5000, 70_000):
            crl = made(count)
            assert crl.index_octets - view().index_octets <= 17 * count + 1000

    def test_probes(self) -> None:
        """The table is at most half full, so that a search ends."""
        for count in (0, 1, 2, 3, 4, 7, 8, 1023, 1024, 1025):
            table = made(count)._index._table
            assert 2 * (len(table) - table.count(0)) <= max(len(table), 1)
            assert len(table) - table.count(0) == count

    def test_it_is_made_once(self) -> None:
        """The index is made when first asked, and once."""
        crl = made(10)
        assert "_index" not in vars(crl)
        assert crl.entries(1, Name(WARD))
        index: Any = vars(crl)["_index"]
        assert crl.entries(2, Name(WARD))
        assert vars(crl)["_index"] is index


def made(count: int) -> CertificateRevocationList:
    moment = validity_time(YESTERDAY)
    return view(*(sequence(integer(number), moment) for number in range(1, count + 1)))
