"""What the README, the tutorial and the page on revocation show is what happens."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devicetrust import Outcome

CHECKOUT = Path(__file__).resolve().parents[2]
README_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""The moment at which the README's answers were given."""


def test_readme_command_answers_as_shown(
    hospital: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command of the README prints what stands below it, and exits with 0."""
    monkeypatch.chdir(hospital)
    [shown] = [body for body in fenced("README.md", "console") if "devicetrust verify" in body]
    command, _, answer = shown.replace("\\\n", "").partition("\n")
    _, _, *arguments = shlex.split(command)
    assert (run(*arguments, "--at", "2026-11-24T09:00:00Z"), capsys.readouterr().out) == (0, answer)


def test_readme_program_answers_as_shown(
    hospital: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program of the README prints what stands below it."""
    monkeypatch.chdir(hospital)
    monkeypatch.setattr("devicetrust.verifier.time", SimpleNamespace(time=README_AT.timestamp))
    [program] = fenced("README.md", "python")
    [answer] = fenced("README.md", "text")
    exec(program, {})
    assert capsys.readouterr().out == answer


def test_readme_links_lead_somewhere() -> None:
    """Every relative link of the README names a file of the checkout, or a page that `make docs` draws."""
    drawn = {f"docs/reference/{name}.md" for name in ("findings", "profiles", "rfc5280-steps")}
    links = set(re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", (CHECKOUT / "README.md").read_text(encoding="utf-8")))
    assert {link for link in links - drawn if not (CHECKOUT / link).exists()} == set()


def test_tutorial_tells_what_happens(ward: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the tutorial, one after another, come to the outcomes that it names."""
    monkeypatch.chdir(ward)
    names: dict[str, object] = {}
    for program in fenced("docs/tutorial/first-verdict.md", "python"):
        exec(program, names)
    told = SimpleNamespace(**names)
    assert (told.verdict.outcome, told.other.outcome, told.later.outcome) == (
        Outcome.TRUSTED,
        Outcome.UNTRUSTED,
        Outcome.UNTRUSTED,
    )
    assert (told.other.headline.code.id, told.later.headline.code.id) == ("identity.name_mismatch", "validity.expired")


def test_programs_on_revocation_answer_as_shown(
    hospital: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The programs of the how-to, one after another, print what stands below them."""
    monkeypatch.chdir(hospital)
    monkeypatch.setattr("devicetrust.verifier.time", SimpleNamespace(time=README_AT.timestamp))
    names: dict[str, object] = {}
    for program in fenced("docs/how-to/check-revocation.md", "python"):
        exec(program, names)
    assert capsys.readouterr().out == "".join(fenced("docs/how-to/check-revocation.md", "text"))


def test_commands_on_revocation_are_understood(
    hospital: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands of the how-to that open no connection exit with 0."""
    monkeypatch.chdir(hospital)
    shown = [body.replace("\\\n", "") for body in fenced("docs/how-to/check-revocation.md", "console")]
    commands = [shlex.split(line)[2:] for body in shown for line in body.splitlines() if "--fetch" not in line]
    assert [run(*words, "--at", "2026-11-24T09:00:00Z") for words in commands] == [0] * len(commands)
    assert commands != []


def run(*arguments: str) -> int:
    from devicetrust.cli.commands import run as run_command

    return run_command(arguments)


def fenced(page: str, language: str) -> list[str]:
    """The fenced blocks of a page that are in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (CHECKOUT / page).read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    """The files of the README: a root, a pump with the intermediate that ends before it, and the CRLs of both CAs."""
    root, issuing, pump = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root_name, issuing_name = "Example Hospital Device Root", "Example Device CA 2"
    anchor = issue(root_name, root, root_name, root, "2020-01-01", "2040-01-01", ca())
    listed = [*ca(), crl_at("http://pki.hospital.example/root.crl")]
    authority = issue(issuing_name, issuing, root_name, root, "2022-03-01", "2027-03-01", listed)
    named = [*device("pump-17.icu.example"), crl_at("http://pki.hospital.example/devices.crl")]
    leaf = issue("pump-17", pump, issuing_name, issuing, "2026-01-01", "2028-01-01", named)
    crls = [
        crl(root_name, root, 14, "2026-10-01", "2027-01-01"),
        crl(issuing_name, issuing, 208, "2026-11-23", "2026-11-30"),
    ]
    files = {"hospital-roots.pem": [anchor], "pump-17.pem": [leaf, authority], "hospital-crls.pem": crls}
    return written(tmp_path, files)


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """The files of the tutorial, which are made there for 90 days from now."""
    root, pump = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    today = datetime.now(UTC)
    begin, end = f"{today - timedelta(days=1):%Y-%m-%d}", f"{today + timedelta(days=90):%Y-%m-%d}"
    anchor = issue("Example Device Root", root, "Example Device Root", root, begin, end, ca())
    leaf = issue("pump-17", pump, "Example Device Root", root, begin, end, device("pump-17.icu.example"))
    return written(tmp_path, {"hospital-roots.pem": [anchor], "pump.pem": [leaf]})


def ca() -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions of a CA certificate, each with whether it is critical."""
    return [(x509.BasicConstraints(ca=True, path_length=None), True), (usage(certificates=True), True)]


def device(host: str) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions of a device's certificate, each with whether it is critical."""
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage(certificates=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
    ]


def crl_at(url: str) -> tuple[x509.ExtensionType, bool]:
    """The extension that says where the CRL is."""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point]), False


def usage(*, certificates: bool) -> x509.KeyUsage:
    signing = {"digital_signature": not certificates, "key_cert_sign": certificates, "crl_sign": certificates}
    never = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    return x509.KeyUsage(**signing, **dict.fromkeys((*never, "decipher_only"), False))


def issue(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    begin: str,
    end: str,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    """A certificate from the first day named to the last, both at midnight."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromisoformat(begin))
        .not_valid_after(datetime.fromisoformat(end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def crl(
    issuer: str, key: ec.EllipticCurvePrivateKey, number: int, begin: str, end: str
) -> x509.CertificateRevocationList:
    """A CRL without entries, from the first day named to the last, both at midnight."""
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name(issuer))
        .last_update(datetime.fromisoformat(begin))
        .next_update(datetime.fromisoformat(end))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def written(folder: Path, files: dict[str, list[Any]]) -> Path:
    for file, contents in files.items():
        (folder / file).write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in contents))
    return folder
