"""A credential is a chain and the private key of its leaf, checked when it is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

import pki
from devicetrust import MisuseError, PasswordRequired, UnreadableInput, WrongPassword, testing
from devicetrust.testing.der import pem
from devicetrust.testing.faults import Fault
from devicetrust.tls import Credential

HOSPITAL = testing.Hospital(seed=1, at=pki.AT)
PUMP, OTHER = HOSPITAL.device("pump-1"), HOSPITAL.device("pump-2")
ENCRYPTED = PUMP.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
ENCRYPTED_DER = PUMP.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
DER = PUMP.private_key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def written(folder: Path, chain: bytes, private_key: bytes) -> tuple[Path, Path]:
    paths = folder / "pump.pem", folder / "pump.key"
    for path, content in zip(paths, (chain, private_key), strict=True):
        path.write_bytes(content)
    return paths


class TestFromObjects:
    def test_a_device_has_one(self) -> None:
        """The chain as it is presented, and the key."""
        credential = PUMP.credential()
        assert (credential.certificate, credential.chain) == (PUMP.certificate, PUMP.chain)
        assert credential.private_key is PUMP.private_key

    def test_certificates_of_cryptography(self) -> None:
        """Views of either library will do."""
        given = [one.to_cryptography() for one in PUMP.chain]
        assert Credential.from_objects(given, PUMP.private_key).chain == PUMP.chain

    @pytest.mark.parametrize(
        ("chain", "private_key", "reason"),
        [
            pytest.param((), PUMP.private_key, "at least", id="empty"),
            pytest.param(OTHER.chain, PUMP.private_key, "is not that of", id="another's key"),
            pytest.param(PUMP.chain[::-1], PUMP.private_key, "put the leaf first", id="reversed"),
            pytest.param(
                (PUMP.chain[0], HOSPITAL.roots[0], PUMP.chain[1]), PUMP.private_key, "was issued by", id="out of order"
            ),
            pytest.param((b"no certificate",), PUMP.private_key, "cannot be read", id="unreadable"),
            pytest.param(PUMP.chain, b"key", "private key of cryptography", id="no key"),
        ],
    )
    def test_refused_with_the_reason(self, chain: object, private_key: object, reason: str) -> None:
        """What does not belong together is misuse."""
        with pytest.raises(MisuseError, match=reason):
            Credential.from_objects(chain, private_key)  # type: ignore[arg-type]

    def test_not_made_otherwise(self) -> None:
        """An unchecked one cannot be had."""
        with pytest.raises(MisuseError):
            Credential()

    def test_the_key_is_not_shown(self) -> None:
        """A credential in a log is no leak."""
        assert repr(PUMP.credential()).startswith("<Credential of ")

    @pytest.mark.parametrize("fault", Fault)
    def test_faulty_devices_have_them(self, fault: Fault) -> None:
        """All but what cannot be read, so that a server meets each fault over TLS."""
        device = HOSPITAL.device("pump-1", faults=[fault])
        if fault.expected.code in ("certificate.unreadable", "key.unreadable"):
            with pytest.raises(MisuseError):
                device.credential()
        else:
            assert device.credential().chain == device.chain


class TestFromFiles:
    @pytest.mark.parametrize(
        ("private_key", "password"),
        [(PUMP.private_key_pem, None), (DER, None), (ENCRYPTED, "secret"), (ENCRYPTED_DER, b"secret")],
    )
    def test_reads_pem_and_der(self, tmp_path: Path, private_key: bytes, password: str | bytes | None) -> None:
        """Encrypted too."""
        credential = Credential.from_files(*written(tmp_path, PUMP.chain_pem, private_key), password)
        assert credential.chain == PUMP.chain

    def test_a_password_that_is_not_needed(self, tmp_path: Path) -> None:
        """Does no harm."""
        paths = written(tmp_path, PUMP.chain_pem, PUMP.private_key_pem)
        assert Credential.from_files(*paths, "secret").chain == PUMP.chain

    def test_a_root_at_the_end_is_left_out(self, tmp_path: Path) -> None:
        """The peer has it already, or does not trust it."""
        root = pem("CERTIFICATE", HOSPITAL.roots[0].der)
        assert (
            Credential.from_files(*written(tmp_path, PUMP.chain_pem + root, PUMP.private_key_pem)).chain == PUMP.chain
        )

    @pytest.mark.parametrize(
        ("private_key", "password", "problem"),
        [
            (ENCRYPTED, None, PasswordRequired),
            (ENCRYPTED, "wrong", WrongPassword),
            (ENCRYPTED_DER, "wrong", WrongPassword),
            (b"no key", None, UnreadableInput),
            (OTHER.private_key_pem, None, UnreadableInput),
        ],
    )
    def test_refused(self, tmp_path: Path, private_key: bytes, password: str | None, problem: type[Exception]) -> None:
        """With the reason, and no trace of the key."""
        with pytest.raises(problem) as raised:
            Credential.from_files(*written(tmp_path, PUMP.chain_pem, private_key), password)
        assert "BEGIN" not in str(raised.value)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Is named."""
        chain, _ = written(tmp_path, PUMP.chain_pem, b"")
        with pytest.raises(UnreadableInput, match=r"missing\.key"):
            Credential.from_files(chain, tmp_path / "missing.key")


def bundle(
    *others: object, key: object = PUMP.private_key, leaf: object = PUMP.certificate, secret: bytes = b""
) -> bytes:
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    views = [one.to_cryptography() for one in others]  # type: ignore[attr-defined]
    own = None if leaf is None else leaf.to_cryptography()  # type: ignore[attr-defined]
    return pkcs12.serialize_key_and_certificates(b"pump", key, own, views, encryption)  # type: ignore[arg-type]


class TestFromPKCS12:
    @pytest.mark.parametrize("secret", [b"", b"secret"], ids=["plain", "encrypted"])
    def test_reads_files_and_octets(self, tmp_path: Path, secret: bytes) -> None:
        """The chain comes leaf first, without the root and what is not of it, in whatever order the file has them."""
        octets = bundle(HOSPITAL.roots[0], HOSPITAL.issuing_cas[0], *PUMP.chain[1:], secret=secret)
        (tmp_path / "pump.p12").write_bytes(octets)
        for source in (octets, tmp_path / "pump.p12"):
            assert Credential.from_pkcs12(source, secret.decode() or None).chain == PUMP.chain

    @pytest.mark.parametrize(
        ("octets", "password", "problem", "reason"),
        [
            pytest.param(bundle(secret=b"secret"), None, PasswordRequired, "pass password=", id="no password"),
            pytest.param(bundle(secret=b"secret"), b"wrong", WrongPassword, "does not open", id="wrong password"),
            pytest.param(bundle(key=None), None, UnreadableInput, "no private key", id="no key"),
            pytest.param(b"nothing of the kind", None, UnreadableInput, "no PKCS#12", id="no PKCS#12"),
        ],
    )
    def test_refused(self, octets: bytes, password: bytes | None, problem: type[Exception], reason: str) -> None:
        """With the reason."""
        with pytest.raises(problem, match=reason):
            Credential.from_pkcs12(octets, password)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Is named."""
        with pytest.raises(UnreadableInput, match=r"missing\.p12"):
            Credential.from_pkcs12(tmp_path / "missing.p12")
