"""What a CRL says, RFC 5280 5, and what makes it decide nothing."""

from __future__ import annotations

import pickle
import warnings
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

import pki
from crl_views import CLINIC, KEY, OTHER_KEY, PKITS, WARD, since_epoch, vectors, view
from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.x509 import crl as crl_module
from devicetrust.x509 import signed_bytes
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.general_names import from_cryptography
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import RevocationReason
from devicetrust.x509.signatures import Check
from mutation import mutated
from pki import Extension, bit_string, directory, generalized_time, integer, sequence, tlv, validity_time
from pki_revocation import (
    CERTIFICATE_ISSUER,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    FRESHEST_CRL,
    INDIRECT,
    INVALIDITY_DATE,
    REASON_CODE,
    YESTERDAY,
    CRLDraft,
    certificate_issuer,
    crl_number,
    entry,
    invalidity_date,
    issuing_distribution_point,
    reason_code,
)

UNKNOWN = "1.3.6.1.4.1.99999.1"


def value_of(parsed: x509.CertificateRevocationList, kind: type[x509.ExtensionType]) -> Any:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


class TestFields:
    def test_as_pyca_reads_them(self) -> None:
        """The fields of every CRL of PKITS and of pyca's own vectors are the ones that pyca finds."""
        assert len(vectors()) > 190
        for name, crl in vectors().items():
            parsed = crl.to_cryptography()
            assert (crl.unreadable, name) == (None, name)
            assert crl.issuer.der == parsed.issuer.public_bytes()
            assert crl.this_update == since_epoch(parsed.last_update_utc)
            expected = parsed.next_update_utc
            assert crl.next_update == (None if expected is None else since_epoch(expected))
            assert crl.tbs_cert_list == parsed.tbs_certlist_bytes
            assert crl.signature in (parsed.signature, b"")
            assert crl.count == len(parsed)
            assert crl.signature_algorithm == crl.tbs_signature_algorithm
            assert pki.object_identifier(parsed.signature_algorithm_oid.dotted_string) in crl.signature_algorithm

    def test_extensions_as_pyca_reads_them(self) -> None:
        """The extensions of every CRL of PKITS and of pyca's own vectors are the ones that pyca finds."""
        for crl in vectors().values():
            parsed = crl.to_cryptography()
            number, delta = value_of(parsed, x509.CRLNumber), value_of(parsed, x509.DeltaCRLIndicator)
            assert crl.crl_number == (None if number is None else number.crl_number)
            assert crl.base_crl_number == (None if delta is None else delta.crl_number)
            assert crl.is_delta is (delta is not None)
            authority = value_of(parsed, x509.AuthorityKeyIdentifier)
            assert crl.authority_key_identifier == (None if authority is None else authority.key_identifier)
            assert crl.critical == {one.oid.dotted_string for one in parsed.extensions if one.critical}
            point, expected = crl.issuing_distribution_point, value_of(parsed, x509.IssuingDistributionPoint)
            assert (point is None) is (expected is None)
            if point is not None:
                assert point.names == tuple(map(from_cryptography, expected.full_name or ()))
                assert (point.relative_name is None) is (expected.relative_name is None)
                assert point[2:6] == (
                    expected.only_contains_user_certs,
                    expected.only_contains_ca_certs,
                    expected.only_contains_attribute_certs,
                    expected.indirect_crl,
                )
                reasons = expected.only_some_reasons
                assert {one.value for one in point.only_some_reasons or ()} == {one.value for one in reasons or ()}
                assert Extension(crl_module.oids.ISSUING_DISTRIBUTION_POINT, True, point.der).encoded() in crl.der
            freshest = value_of(parsed, x509.FreshestCRL)
            assert [one.names for one in crl.freshest_crl] == [
                tuple(map(from_cryptography, one.full_name or ())) for one in freshest or ()
            ]

    def test_times(self) -> None:
        """RFC 5280 4.1.2.5: two-digit years are 1950 to 2049; a date from 2050 on is a GeneralizedTime."""
        one = view(this_update=tlv(0x17, b"500101000000Z"), next_update=tlv(0x17, b"491231235959Z"))
        assert (one.this_update, one.next_update) == (
            since_epoch(datetime(1950, 1, 1, tzinfo=UTC)),
            since_epoch(datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        )
        far = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        other = view(this_update=tlv(0x18, b"19700101000000Z"), next_update=generalized_time(far))
        assert (other.this_update, other.next_update) == (0, since_epoch(far))

    @pytest.mark.parametrize("text", ["260101000060Z", "260230000000Z", "260101240000Z", "2601010000Z", "260101000000"])
    def test_times_that_are_none(self, text: str) -> None:
        """RFC 5280 4.1.2.5.1: what is no second of a day makes the CRL unreadable."""
        assert view(this_update=tlv(0x17, text.encode())).unreadable

    def test_version(self) -> None:
        """RFC 5280 5.1.2.1: version 2 is written 1; where there is none it is version 1."""
        assert (view().version, view(version=None).version) == (2, 1)
        assert view(version=2).unreadable

    def test_octets_behind_it(self) -> None:
        """What does not end where it says is unreadable, and so is one beyond the size that is read."""
        assert CertificateRevocationList(view().der + b"\0").unreadable
        assert CertificateRevocationList(bytes(crl_module.MOST_CRL_OCTETS + 1)).unreadable == (
            "longer than 268435456 octets"
        )

    def test_unreadable(self) -> None:
        """Every field of an unreadable CRL raises the one error that says so; making one raises nothing."""
        one = CertificateRevocationList(b"\x30\x00")
        for field in FIELDS:
            with pytest.raises(UnreadableInput):
                getattr(one, field)
        with pytest.raises(UnreadableInput):
            one.entries(1, Name(WARD))
        with pytest.raises(UnreadableInput):
            one.check_signature(PublicKey(KEY.subject_public_key_info))
        with pytest.raises(MisuseError):
            CertificateRevocationList("crl.pem")  # type: ignore[arg-type]


FIELDS = sorted(
    name
    for name in vars(CertificateRevocationList)
    if not name.startswith("_") and name not in ("from_cryptography", "to_cryptography", "entries")
)


class TestUnusable:
    @pytest.mark.parametrize(
        ("crl", "reason"),
        [
            pytest.param(view(extensions=(crl_number(1), crl_number(1))), "more than once", id="CRL extension twice"),
            pytest.param(view(entry(1, reason_code(1), reason_code(1))), "more than once", id="entry extension twice"),
            pytest.param(view(extensions=(crl_number(1),), version=None), "version 1", id="version 1 with extensions"),
            pytest.param(view(entry(1, reason_code(1)), version=None), "version 1", id="version 1, entry extensions"),
            pytest.param(
                view(entry(1, invalidity_date(YESTERDAY)), version=None), "version 1", id="version 1, invalidity date"
            ),
            pytest.param(view(entry(1, reason_code(7))), "reason", id="a reason that is not used"),
            pytest.param(view(entry(1, reason_code(11))), "reason", id="a reason of tomorrow"),
            pytest.param(
                view(entry(1, Extension(REASON_CODE, False, integer(1)))), "tag 0x0a", id="a reason that is no reason"
            ),
            pytest.param(
                view(entry(1, Extension(INVALIDITY_DATE, True, tlv(0x18, b"2026")))), "time", id="a critical date"
            ),
            pytest.param(view(entry(1, certificate_issuer(CLINIC))), "not indirect", id="another issuer, not indirect"),
            pytest.param(view(entry(1, certificate_issuer(WARD))), "not indirect", id="the same issuer, not indirect"),
            pytest.param(
                view(entry(1, certificate_issuer(CLINIC, WARD)), extensions=(INDIRECT,)), "one", id="two issuers"
            ),
            pytest.param(
                view(entry(1, Extension(CERTIFICATE_ISSUER, True, sequence(pki.dns("a.b")))), extensions=(INDIRECT,)),
                "one directory name",
                id="no issuer",
            ),
            pytest.param(view(extensions=(crl_number(-1),)), "negative", id="a negative number"),
            pytest.param(view(extensions=(crl_number(1 << 160),)), "20 octets", id="a long number"),
            pytest.param(
                view(extensions=(Extension(CRL_NUMBER, False, tlv(0x02, b"\0\1")),)), "shortest", id="a number padded"
            ),
            pytest.param(
                view(extensions=(Extension(DELTA_CRL_INDICATOR, True, b""),)), DELTA_CRL_INDICATOR, id="no base"
            ),
            pytest.param(view(extensions=(issuing_distribution_point(),)), "says nothing", id="an empty scope"),
            pytest.param(
                view(extensions=(Extension(FRESHEST_CRL, False, sequence()),)), "no distribution", id="no freshest"
            ),
        ],
    )
    def test_what_makes_it_so(self, crl: CertificateRevocationList, reason: str) -> None:
        """RFC 5280 5.2, 5.3: a CRL that is readable but contradicts itself says so, and is not called unreadable."""
        assert crl.unreadable is None
        assert reason in (crl.unusable or "")

    @pytest.mark.parametrize(
        "crl",
        [
            pytest.param(view(), id="no entries"),
            pytest.param(CertificateRevocationList(CRLDraft(WARD, ()).sealed(KEY)), id="an empty list"),
            pytest.param(view(entry(1), version=None), id="version 1"),
            pytest.param(view(entry(1, reason_code(0), invalidity_date(YESTERDAY))), id="a reason and a date"),
            pytest.param(view(entry(1, reason_code(1, critical=True))), id="a critical reason"),
            pytest.param(view(entry(1, Extension(INVALIDITY_DATE, False, b"?"))), id="an unreadable date"),
            pytest.param(view(entry(1, Extension(UNKNOWN, False, b"?"))), id="an unknown entry extension"),
            pytest.param(view(extensions=(Extension(UNKNOWN, False, b"?"),)), id="an unknown extension"),
            pytest.param(view(extensions=(crl_number((1 << 159) - 1),)), id="the longest number"),
            pytest.param(
                view(
                    entry(
                        1,
                        Extension(CERTIFICATE_ISSUER, True, sequence(pki.dns("ca.example"), directory(CLINIC))),
                    ),
                    extensions=(INDIRECT,),
                ),
                id="an issuer with a DNS name",
            ),
        ],
    )
    def test_what_does_not(self, crl: CertificateRevocationList) -> None:
        """What leaves nothing in doubt makes no CRL unusable."""
        assert (crl.unreadable, crl.unusable, crl.unprocessed_critical) == (None, None, ())

    def test_unprocessed_critical(self) -> None:
        """RFC 5280 5.2, 5.3: a critical extension that is not understood counts, in the CRL or in any entry."""
        unknown, also = Extension(UNKNOWN, True, b""), Extension("1.2.3", True, b"")
        assert view(extensions=(unknown,)).unprocessed_critical == (UNKNOWN,)
        several = [entry(number) for number in range(1, 50)]
        one = view(*several, entry(50, reason_code(1), also), *several, extensions=(INDIRECT, unknown))
        assert one.unprocessed_critical == ("1.2.3", UNKNOWN)
        assert one.unusable is None

    @pytest.mark.parametrize("octet", [0x00, 0x01, 0x7F, 0xFE])
    def test_critical_in_ber_does_not_slip_past(self, octet: int) -> None:
        """X.690 11.1: TRUE is FF. Another octet, which BER takes for TRUE, makes the CRL unreadable."""
        flag = Extension(UNKNOWN, True, b"").encoded().replace(b"\x01\x01\xff", bytes((1, 1, octet)))
        odd = sequence(integer(1), validity_time(YESTERDAY), sequence(flag))
        assert view(odd).unreadable is not None

    def test_pkits(self) -> None:
        """PKITS 4.4: of its CRLs those with unknown critical extensions are the two that are named for them."""
        found = {name: crl.unprocessed_critical for name, crl in vectors().items() if name.endswith(".crl")}
        assert {name for name, unknown in found.items() if unknown} == {
            "UnknownCRLExtensionCACRL.crl",
            "UnknownCRLEntryExtensionCACRL.crl",
        }
        assert {crl.unusable for name, crl in vectors().items() if name.endswith(".crl")} == {None}


class TestSignature:
    def test_pkits(self) -> None:
        """Each PKITS CRL verifies under the keys of the certificates under which pyca finds it valid, and no other."""
        authorities = [Certificate(path.read_bytes()) for path in sorted((PKITS / "certs").glob("*.crt"))]
        checked = 0
        for name, crl in vectors().items():
            if not name.endswith(".crl") or name == "DSACACRL.crl":  # pyca checks no CRL signed with DSA
                continue
            for authority in authorities:
                if authority.unreadable is not None or authority.subject != crl.issuer:
                    continue
                expected = _pyca_verifies(crl, authority)
                assert (crl.check_signature(authority.public_key) is Check.VALID, name) == (expected, name)
                checked += expected
        assert checked > 100
        bad = vectors()["BadCRLSignatureCACRL.crl"]
        (signer,) = [one for one in authorities if one.unreadable is None and one.subject == bad.issuer]
        assert bad.check_signature(signer.public_key) is Check.INVALID

    def test_another_key(self) -> None:
        """A signature verifies under the key that made it."""
        one = view(entry(1))
        assert one.check_signature(PublicKey(KEY.subject_public_key_info)) is Check.VALID
        assert one.check_signature(PublicKey(OTHER_KEY.subject_public_key_info)) is Check.INVALID
        assert one.check_signature(PublicKey(b"?")) is Check.UNREADABLE_KEY
        rsa = PublicKey(pki.key("ed25519", 1).subject_public_key_info)
        assert one.check_signature(rsa) is Check.WRONG_KEY_TYPE

    def test_inner_and_outer_algorithm(self) -> None:
        """RFC 5280 5.1.1.2: they must be the same; with two of them the CRL verifies under no key."""
        one = view(signature_algorithm=pki.ALGORITHMS["ecdsa-sha384"])
        assert one.unreadable or one.check_signature(PublicKey(KEY.subject_public_key_info)) is Check.INVALID

    def test_a_signature_of_broken_octets(self) -> None:
        """A signature BIT STRING with unused bits is no signature."""
        good = view()
        broken = good.der.replace(bit_string(good.signature), bit_string(good.signature, 1))
        assert broken != good.der
        one = CertificateRevocationList(broken)
        assert one.check_signature(PublicKey(KEY.subject_public_key_info)) is Check.INVALID

    def test_it_is_checked_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What came of a check is remembered for each of at most 16 keys, and is no part of the value."""
        asked: list[bytes] = []
        verify = crl_module.verify

        def counted(key: PublicKey, *rest: bytes) -> Check:
            asked.append(key.der)
            return verify(key, *rest)

        monkeypatch.setattr(crl_module, "verify", counted)
        one = view(entry(1))
        keys = [PublicKey(pki.key("p256", number).subject_public_key_info) for number in range(1, 41)]
        for key in [*keys[:16], *keys[:16]]:
            one.check_signature(key)
        assert len(asked) == 16
        for key in keys:
            one.check_signature(key)
        assert len(one._checks) <= signed_bytes._MOST_CHECKS
        assert one.check_signature(keys[0]) is Check.VALID
        twin = pickle.loads(pickle.dumps(one))
        assert (twin, vars(twin)) == (one, {"der": one.der})


def _pyca_verifies(crl: CertificateRevocationList, authority: Certificate) -> bool:
    key = authority.to_cryptography().public_key()
    try:
        return crl.to_cryptography().is_signature_valid(key)  # type: ignore[arg-type]
    except (TypeError, InvalidSignature, ValueError):
        return False


def everything(crl: CertificateRevocationList) -> None:
    """Asks for all that a view can say."""
    if crl.unreadable is not None:
        return
    for field in FIELDS:
        getattr(crl, field)
    for serial_number in (0, 1, -1, 2, 127, 128, 1 << 80, 1 << 2000):
        for one in crl.entries(serial_number, crl.issuer):
            assert isinstance(one.revoked_at, int)
            assert one.reason is None or isinstance(one.reason, RevocationReason)
    for serial_number in (one.serial_number for one in crl.to_cryptography()):
        for issuer in (crl.issuer, Name(WARD), Name(CLINIC), Name(b"")):
            crl.entries(serial_number, issuer)
    crl.check_signature(PublicKey(KEY.subject_public_key_info))
    assert repr(crl)


class TestHostileBytes:
    def test_spoiled_crls(self) -> None:
        """Real CRLs spoiled in their bytes and structure are unreadable, or answer whatever they are asked."""
        made = view(
            entry(1, reason_code(1), invalidity_date(YESTERDAY)),
            entry(300, certificate_issuer(CLINIC)),
            entry(1, reason_code(6)),
            extensions=(INDIRECT, crl_number(3)),
        )
        donors = [made.der, *(crl.der for crl in vectors().values() if len(crl.der) < 3000)]
        readable = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number in range(3000):
                rng = Random(number)
                crl = CertificateRevocationList(mutated(rng, rng.choice(donors), donors))
                everything(crl)
                readable += crl.unreadable is None
        assert readable > 300

    @given(st.binary(max_size=300))
    def test_any_bytes(self, content: bytes) -> None:
        """Bytes of any kind are unreadable, or answer whatever they are asked."""
        everything(CertificateRevocationList(content))

    @given(st.binary(max_size=40), st.sampled_from([REASON_CODE, INVALIDITY_DATE, CERTIFICATE_ISSUER, UNKNOWN]))
    def test_any_entry_extension(self, value: bytes, oid: str) -> None:
        """Whatever an entry's extension holds, the others are found, and so is the entry."""
        odd = entry(7, Extension(oid, False, value), revoked=YESTERDAY + timedelta(hours=1))
        one = view(entry(6, reason_code(1)), odd, entry(8), extensions=(INDIRECT,))
        everything(one)
        assert one.entries(6, Name(WARD))[0].reason is RevocationReason.KEY_COMPROMISE
        assert one.count == 3
