"""The files for a server under test: marked, the same for the same seed, and good for what they are written for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from devicetrust import (
    Evidence,
    MisuseError,
    Outcome,
    Reference,
    RevocationPolicy,
    TrustStore,
    UnreadableInput,
    Verifier,
    load_crls,
    profiles,
)
from devicetrust.testing import Fault
from devicetrust.testing.pki_folder import PKIFolder, read_pki, write_pki
from devicetrust.testing.refusals import SHOWN, SHOWN_BY_CRLS, Presented
from devicetrust.trust.test_mark import TEST_ORGANIZATION

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
NAMES = ("gateway.ward.example", "192.0.2.7", "2001:db8::7")
FILES = ["README.md", "crls.pem", "device.key", "device.pem", "pki.json", "roots.pem", "server.key", "server.pem"]


@pytest.fixture
def folder(tmp_path: Path) -> PKIFolder:
    return write_pki(tmp_path / "pki", at=AT, names=NAMES)


def contents(folder: PKIFolder) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.path.iterdir())}


def certificates(folder: PKIFolder, name: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((folder.path / name).read_bytes())


@pytest.mark.parametrize("stem", ["server", "device"])
def test_a_chain_goes_with_its_key(folder: PKIFolder, stem: str) -> None:
    """The key is the leaf's, and each certificate of the chain is signed by the next, the last by a root."""
    leaf, *above = certificates(folder, f"{stem}.pem")
    private_key = load_pem_private_key((folder.path / f"{stem}.key").read_bytes(), None)
    assert private_key.public_key() == leaf.public_key()
    root = certificates(folder, "roots.pem")[0]
    for issued, issuer in zip((leaf, *above), (*above, root), strict=True):
        issued.verify_directly_issued_by(issuer)


def test_the_servers_names(folder: PKIFolder) -> None:
    """DNS names and IP addresses of both families stand in the server's certificate as such, and nothing else does."""
    names = certificates(folder, "server.pem")[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [*names] == [
        x509.DNSName(NAMES[0]),
        x509.IPAddress(ip_address(NAMES[1])),
        x509.IPAddress(ip_address(NAMES[2])),
    ]


def test_everything_is_marked(folder: PKIFolder) -> None:
    """No file holds a certificate without the mark of tests."""
    assert sorted(contents(folder)) == FILES
    for name in ("roots.pem", "server.pem", "device.pem"):
        for one in certificates(folder, name):
            assert TEST_ORGANIZATION in one.subject.rfc4514_string()
    assert "private keys are public" in (folder.path / "README.md").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_files(folder: PKIFolder, tmp_path: Path) -> None:
    """But for the path that the README names; another seed gives other roots."""
    again = contents(write_pki(tmp_path / "again", at=AT, names=NAMES))
    first = contents(folder)
    assert {name for name in FILES if again[name] != first[name]} == {"README.md"}
    other = contents(write_pki(tmp_path / "other", at=AT, names=NAMES, seed=2))
    assert {name for name in FILES if other[name] == first[name]} == set()


def test_it_is_read_as_it_was_written(folder: PKIFolder) -> None:
    """What is read is equal to what was written."""
    assert read_pki(folder.path) == folder
    assert folder.crls_end == AT + WEEK


# The devices, and the files that a server has


def judged(folder: PKIFolder, presented: Presented, at: datetime, *, revocation: RevocationPolicy | None = None):
    """What devicetrust says by the files alone."""
    profile = profiles.tls_client if revocation is None else profiles.tls_client.evolve(revocation=revocation)
    leaf, *above = presented.chain
    return Verifier(TrustStore.for_tests(folder.path / "roots.pem"), profile=profile).verify(
        leaf,
        above,
        reference=Reference.all_of(
            Reference.dns("pump-1.hospital.example"), Reference.device(serial_number="SN-pump-1")
        ),
        evidence=Evidence(crls=load_crls(folder.path / "crls.pem")),
        at=at,
    )


@pytest.mark.parametrize("after", [timedelta(0), 3 * DAY, WEEK], ids=str)
def test_each_fault_is_found_by_the_files(folder: PKIFolder, after: timedelta) -> None:
    """Days after the writing too, each device has its own fault and no other, by the roots and CRLs of the folder."""
    at = AT + after
    assert judged(folder, folder.good(at), at).outcome is Outcome.TRUSTED
    found = {}
    for name, presented in folder.faulty([*SHOWN, *SHOWN_BY_CRLS], at).items():
        headline = judged(folder, presented, at).headline
        assert headline is not None
        found[name] = (headline.code.id, headline.where.certificate)
    assert found == {one.name: one.expected[:2] for one in (*SHOWN, *SHOWN_BY_CRLS)}


def test_roots_outlast_the_crls(folder: PKIFolder) -> None:
    """Years later a new device is good under the roots that were loaded once; what the CRLs show cannot be shown."""
    at = AT + 800 * DAY
    assert judged(folder, folder.good(at), at, revocation=RevocationPolicy.OFF).outcome is Outcome.TRUSTED
    headline = judged(folder, folder.faulty([Fault.EXPIRED], at)["EXPIRED"], at).headline
    assert headline is not None
    assert headline.code.id == "validity.expired"
    for moment in (folder.crls_end + timedelta(seconds=1), AT - timedelta(seconds=1)):
        with pytest.raises(MisuseError, match=r"ON_HOLD, CA_REVOKED cannot be shown now; write the folder anew"):
            folder.faulty([Fault.EXPIRED, Fault.ON_HOLD, Fault.CA_REVOKED], moment)


# Writing it anew


def test_it_is_written_anew(folder: PKIFolder) -> None:
    """The CRLs begin anew; seed and names stay, and devices are good under the roots that were loaded before."""
    before = (folder.path / "roots.pem").read_bytes()
    at = AT + 30 * DAY
    anew = write_pki(folder.path, at=at)
    assert anew == folder._replace(at=at)
    assert {one.last_update_utc for one in _crls(anew)} == {at}
    (folder.path / "roots.pem").write_bytes(before)
    assert judged(anew, anew.good(at), at).outcome is Outcome.TRUSTED
    headline = judged(anew, anew.faulty([Fault.REVOKED], at)["REVOKED"], at).headline
    assert headline is not None
    assert headline.code.id == "revocation.revoked"


def _crls(folder: PKIFolder) -> list[x509.CertificateRevocationList]:
    end = b"-----END X509 CRL-----\n"
    parts = (folder.path / "crls.pem").read_bytes().split(end)[:-1]
    return [x509.load_pem_x509_crl(part + end) for part in parts]


def test_other_roots_need_another_folder(folder: PKIFolder) -> None:
    """Another seed is refused, lest a server's trust breaks in silence; new names are taken."""
    with pytest.raises(MisuseError, match="has the roots of seed 1; name another folder for those of 2"):
        write_pki(folder.path, at=AT, seed=2)
    assert write_pki(folder.path, at=AT, seed=1, names=["localhost"]).names == ("localhost",)


def test_it_spares_what_is_not_its_own(tmp_path: Path) -> None:
    """A folder that holds anything else stays as it is; an empty one is taken."""
    (tmp_path / "roots.pem").write_text("somebody's")
    with pytest.raises(MisuseError, match="holds other files"):
        write_pki(tmp_path, at=AT)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("roots.pem", "somebody's")]
    (tmp_path / "empty").mkdir()
    assert write_pki(tmp_path / "empty", at=AT).names == ("localhost", "127.0.0.1")


@pytest.mark.parametrize("name", ["", "*.ward.example", "10.0.0.0/8", "a b", "münchen.example"])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    """They are misuse, and nothing is written."""
    with pytest.raises(MisuseError, match="a DNS name or an IP address"):
        write_pki(tmp_path / "pki", at=AT, names=[name])
    assert not (tmp_path / "pki").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "devicetrust.test-pki/0"},
        {"seed": "1"},
        {"seed": True},
        {"at": "2026-06-01"},
        {"at": "9999-12-31T00:00:00+00:00"},
        {"at": "1960-12-31T00:00:00+00:00"},
        {"at": 5},
        {"names": []},
        {"names": ["a b"]},
        {"names": [5]},
        {"names": None},
    ],
    ids=str,
)
def test_a_folder_that_was_tampered_with(folder: PKIFolder, change: dict[str, object]) -> None:
    """It is not guessed what it was: the file is named, and what to do."""
    state = folder.path / "pki.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), **change}))
    with pytest.raises(UnreadableInput, match=r"pki.json: not as it was written; let `devicetrust test-pki` write"):
        read_pki(folder.path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "\xff", "5", "[" * 100_000])
def test_a_file_of_anything(folder: PKIFolder, text: str) -> None:
    """So too for anything else than what was written, and for nothing at all."""
    (folder.path / "pki.json").write_text(text, encoding="latin-1")
    with pytest.raises(UnreadableInput, match="not as it was written"):
        read_pki(folder.path)
    (folder.path / "pki.json").unlink()
    with pytest.raises(UnreadableInput, match=r"pki\.json: No such file or directory; let"):
        read_pki(folder.path)
