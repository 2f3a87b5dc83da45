"""The trust store: what the caller named, and nothing else."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from devicetrust import Certificate, MisuseError, TrustAnchor, TrustStore, UnreadableInput
from devicetrust.trust.pool import IssuerPool
from ward import DEVICE, ISSUING, ROOT, STRANGER, certificates, scene

ROOT_DER, OTHER_DER = ROOT.root(), STRANGER.root()


def pem(der: bytes) -> bytes:
    return Certificate(der).to_cryptography().public_bytes(Encoding.PEM)


class TestMaking:
    def test_every_form_of_anchor(self) -> None:
        """An anchor, a view, a certificate of cryptography and DER are the same anchor, and count once."""
        one = Certificate(ROOT_DER)
        store = TrustStore([TrustAnchor.from_certificate(one), one, one.to_cryptography(), ROOT_DER])
        assert (len(store), store) == (1, TrustStore([ROOT_DER]))

    @pytest.mark.parametrize("anchors", [[], (), [b"\x30\x00"], [b"", b"\x00"]])
    def test_an_empty_store_is_misuse(self, anchors: list[bytes]) -> None:
        """Where nothing could ever be trusted, the store is not made; unreadable anchors are counted in the text."""
        with pytest.raises(MisuseError, match="empty"):
            TrustStore(anchors)

    @pytest.mark.parametrize("anchors", [ROOT_DER, "roots.pem", None, 7, [None], ["roots.pem"], Certificate(ROOT_DER)])
    def test_wrong_types_are_misuse(self, anchors: Any) -> None:
        """One certificate is not a list of them, and a path is read by from_file."""
        with pytest.raises(MisuseError):
            TrustStore(anchors)

    @pytest.mark.parametrize("pinned", [ROOT_DER, None, [None], ["leaf.pem"]])
    def test_wrong_types_of_pins_are_misuse(self, pinned: Any) -> None:
        """The same holds for pinned certificates."""
        with pytest.raises(MisuseError):
            TrustStore([ROOT_DER], pinned=pinned)

    def test_what_cannot_be_read_is_kept_apart(self) -> None:
        """An unreadable anchor is no anchor, and the caller can see it."""
        store = TrustStore([ROOT_DER, b"\x30\x00"])
        assert (len(store), store.unreadable) == (1, (Certificate(b"\x30\x00"),))

    def test_pins_alone_are_enough(self) -> None:
        """A store of pinned certificates has no anchors."""
        store = TrustStore(pinned=[ROOT_DER])
        assert (len(store), store.pinned) == (0, frozenset({Certificate(ROOT_DER)}))


class TestFiles:
    def test_from_file(self, tmp_path: Path) -> None:
        """Every certificate of a file is an anchor."""
        path = tmp_path / "roots.pem"
        path.write_bytes(b"# our roots\n" + pem(ROOT_DER) + pem(OTHER_DER))
        assert TrustStore.from_file(path) == TrustStore([OTHER_DER, ROOT_DER])

    def test_from_directory(self, tmp_path: Path) -> None:
        """Every certificate of its files is an anchor; a file that holds none does not lose the others."""
        (tmp_path / "a.pem").write_bytes(pem(ROOT_DER))
        (tmp_path / "b.der").write_bytes(OTHER_DER)
        (tmp_path / "README").write_bytes(b"nothing here")
        assert TrustStore.from_directory(tmp_path) == TrustStore([ROOT_DER, OTHER_DER])

    def test_a_file_is_no_directory(self, tmp_path: Path) -> None:
        """from_directory says which call reads a file."""
        path = tmp_path / "roots.pem"
        path.write_bytes(pem(ROOT_DER))
        with pytest.raises(UnreadableInput, match="from_file"):
            TrustStore.from_directory(path)

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"]
    )
    def test_nothing_readable(self, tmp_path: Path, content: bytes) -> None:
        """A file without a readable certificate is said by its name."""
        path = tmp_path / "roots.pem"
        path.write_bytes(content)
        with pytest.raises(UnreadableInput, match=r"roots\.pem"):
            TrustStore.from_file(path)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        """So is a file that is not there."""
        with pytest.raises(UnreadableInput, match=r"missing\.pem"):
            TrustStore.from_file(tmp_path / "missing.pem")

    def test_certifi(self) -> None:
        """The public web's roots, all of them readable."""
        store = TrustStore.certifi()
        assert len(store) > 100
        assert store.unreadable == ()

    def test_system(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """SSL_CERT_FILE names the bundle, as for OpenSSL."""
        path = tmp_path / "bundle.pem"
        path.write_bytes(pem(ROOT_DER))
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert TrustStore.system() == TrustStore([ROOT_DER])


class TestChanging:
    def test_including(self) -> None:
        """A new store with more; the old one stays."""
        store = TrustStore([ROOT_DER])
        more = store.including(OTHER_DER, pinned=[scene().sealed(0)])
        assert (len(store), len(more), len(more.pinned)) == (1, 2, 1)

    def test_without(self) -> None:
        """A new store without one anchor, given as anchor or certificate; pins stay."""
        store = TrustStore([ROOT_DER, OTHER_DER], pinned=[OTHER_DER])
        for gone in (OTHER_DER, Certificate(OTHER_DER), TrustAnchor.from_certificate(OTHER_DER)):
            assert store.without(gone) == TrustStore([ROOT_DER], pinned=[OTHER_DER])

    def test_without_a_stranger(self) -> None:
        """Taking away what is not there is misuse, and so is taking away the last."""
        store = TrustStore([ROOT_DER])
        for gone in (OTHER_DER, ROOT_DER):
            with pytest.raises(MisuseError):
                store.without(gone)


class TestLookingUp:
    def test_by_name(self) -> None:
        """Anchors of one name are found together; another name finds none."""
        store = TrustStore([ROOT_DER, OTHER_DER])
        key = Certificate(ROOT_DER).subject.key
        assert {anchor.fingerprint for anchor in store.named(key)} == {
            Certificate(ROOT_DER).fingerprint,
            Certificate(OTHER_DER).fingerprint,
        }
        assert list(store.named(b"nobody")) == []

    def test_by_certificate(self) -> None:
        """An anchor is found by exactly its certificate."""
        store = TrustStore([ROOT_DER])
        (found,) = store.anchors_of(Certificate(ROOT_DER))
        assert found is not None
        assert (found.certificate, store.anchors_of(Certificate(OTHER_DER))) == (Certificate(ROOT_DER), ())


class TestValue:
    def test_order_does_not_matter(self) -> None:
        """Two stores of the same members are equal, by digest and hash."""
        one, other = TrustStore([ROOT_DER, OTHER_DER]), TrustStore([OTHER_DER, ROOT_DER])
        assert (one == other, one.digest == other.digest, hash(one) == hash(other)) == (True, True, True)

    def test_an_anchor_is_not_a_pin(self) -> None:
        """What a certificate is trusted for is part of the store."""
        stores = [
            TrustStore([ROOT_DER]),
            TrustStore(pinned=[ROOT_DER]),
            TrustStore([ROOT_DER], pinned=[ROOT_DER]),
            TrustStore([OTHER_DER]),
        ]
        assert len({store.digest for store in stores}) == len(stores)

    def test_pickle(self) -> None:
        """A store crosses processes whole."""
        store = TrustStore([ROOT_DER, OTHER_DER], pinned=[scene().sealed(0)])
        twin = pickle.loads(pickle.dumps(store))
        assert (twin, twin.anchors, twin.pinned) == (store, store.anchors, store.pinned)


class TestPool:
    def test_by_subject(self) -> None:
        """Issuers are found by the name they carry; unreadable ones are kept apart; equal ones count once."""
        issuer = Certificate(certificates(scene())[1])
        pool = IssuerPool([issuer, Certificate(issuer.der), Certificate(b"")])
        assert list(pool.issued_as(issuer.subject.key)) == [issuer]
        assert list(pool.issued_as(Certificate(DEVICE.vouches_for(DEVICE).sealed(DEVICE.key)).subject.key)) == []
        assert (pool.unreadable, len(pool.certificates)) == ((Certificate(b""),), 2)

    def test_names_match_as_the_standard_matches_them(self) -> None:
        """RFC 5280 7.1: case and inner white space of a name do not matter."""
        import pki

        shouting = scene().replacing(1, subject=pki.name((pki.ORGANIZATION, "WARD"), (pki.COMMON_NAME, "ward  ca 1")))
        pool = IssuerPool([Certificate(shouting.sealed(1))])
        leaf = Certificate(ISSUING.issues(DEVICE.name, DEVICE.key, pki.dns("a.example")).sealed(ISSUING.key))
        assert len(pool.issued_as(leaf.issuer.key)) == 1
