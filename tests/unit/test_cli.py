"""The command line: exit codes, one line for each misuse, and answers that a pipe, a terminal or a program can read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import devicetrust
from devicetrust import Certificate, EvidenceOutlook, Outcome, Reference, TrustStore, Verdict, Verifier, profiles
from devicetrust.cli import profile_choice
from devicetrust.cli.arguments import PASSWORD_VARIABLE
from devicetrust.cli.commands import run
from devicetrust.cli.exit_codes import ExitCode, answer, worst
from devicetrust.cli.output import shown
from devicetrust.profiles import IssuerFetching
from pki import (
    AT,
    CLIENT_AUTH,
    SERVER_AUTH,
    Authority,
    Draft,
    common_name,
    dns,
    extended_key_usage,
    key,
)
from pki_revocation import access_at

VECTORS = Path(cryptography_vectors.__file__).parent
PKITS = VECTORS / "x509" / "PKITS_data"
IO_CHAIN = VECTORS / "x509" / "cryptography.io.chain.pem"
ENCRYPTED = VECTORS / "pkcs12" / "cert-key-aes256cbc.p12"
ROOT = Authority(common_name("Ward Root"), key("p256", 0))
ISSUING = Authority(common_name("Ward Issuing"), key("p256", 1))
PUMP = "pump-1.ward.example.com"
NOW = "2026-06-01T12:00:00Z"
OF_ANY_PURPOSE = {"ihe_atna", "fhir_udap", "rfc5280", "rfc5280_tolerant"}
"""The profiles that ask for no key purpose."""


class Told(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command in this process."""
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)

    def told(*arguments: str | Path) -> Told:
        code = run([str(one) for one in arguments])
        return Told(code, *capsys.readouterr())

    return told


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A folder with a root, a pump with its intermediate, and a file that holds no certificate."""
    (tmp_path / "root.der").write_bytes(ROOT.root())
    (tmp_path / "pump.pem").write_bytes(pem(pump().sealed(ISSUING.key)) + pem(intermediate()))
    (tmp_path / "note.txt").write_text("no certificate here\n")
    return tmp_path


def pump(name: str = PUMP) -> Draft:
    return ISSUING.issues(common_name(name), key("p256", 9), dns(name))


def intermediate() -> bytes:
    return ROOT.vouches_for(ISSUING, path_length=0).sealed(ROOT.key)


def pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def question(ward: Path, *more: str, at: str = NOW) -> tuple[str | Path, ...]:
    """The arguments of a question that is answered with TRUSTED."""
    return ("verify", ward / "pump.pem", "--anchor", ward / "root.der", "--profile", "tls_client", "--at", at, *more)


def process(*arguments: str | Path, code: str | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A real process, with pipes for its streams."""
    start = ["-c", code] if code else ["-m", "devicetrust"]
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)], capture_output=True, env=surroundings(environment), check=False
    )


def surroundings(changes: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {PASSWORD_VARIABLE, "NO_COLOR"}}
    return {**kept, "PYTHONPATH": str(Path(devicetrust.__file__).parents[1]), **changes}


# exit codes


def test_a_trusted_certificate_exits_with_0_and_says_until_when(command: Command, ward: Path) -> None:
    """0: trusted; the text is the verdict's own explanation."""
    told = command(*question(ward))
    first, second, *_ = told.out.splitlines()
    assert (told.code, told.err) == (0, "")
    assert first.startswith(f"TRUSTED at {NOW} under tls_client ")
    assert "trusted until 2026-08-20T12:00:01Z" in second


def test_an_untrusted_certificate_exits_with_1(command: Command, ward: Path) -> None:
    """1: untrusted, and standard output says why."""
    told = command(*question(ward, at="2026-08-20T12:00:01Z"))
    assert (told.code, told.err) == (1, "")
    assert told.out.startswith("UNTRUSTED at 2026-08-20T12:00:01Z")
    assert "validity.expired" in told.out


def test_an_undecided_verdict_exits_with_3(command: Command, ward: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """3: evidence is lacking; what a certificate says of where to get it reaches no terminal unescaped."""
    monkeypatch.setitem(profile_choice.NAMED, "rfc5280", profiles.rfc5280.evolve(issuer_fetching=IssuerFetching.WANTED))
    sources = access_at(issuers=["http://ca.example/\x1b[2J"])
    (ward / "lonely.der").write_bytes(pump().including(sources).sealed(ISSUING.key))
    told = command("verify", ward / "lonely.der", "--anchor", ward / "root.der", "--profile", "rfc5280", "--at", NOW)
    assert (told.code, told.err) == (3, "")
    assert "http://ca.example/" in told.out
    assert "\x1b" not in told.out


@pytest.mark.parametrize(
    ("outcome", "least", "expected"),
    [
        (Outcome.TRUSTED, Outcome.TRUSTED, ExitCode.ACCEPTED),
        (Outcome.TRUSTED, Outcome.TRUSTED_BY_EXCEPTION, ExitCode.ACCEPTED),
        (Outcome.TRUSTED_BY_EXCEPTION, Outcome.TRUSTED_BY_EXCEPTION, ExitCode.ACCEPTED),
        (Outcome.TRUSTED_BY_EXCEPTION, Outcome.TRUSTED, ExitCode.REFUSED),
        (Outcome.UNTRUSTED, Outcome.TRUSTED_BY_EXCEPTION, ExitCode.REFUSED),
        (Outcome.UNDECIDED, Outcome.TRUSTED_BY_EXCEPTION, ExitCode.UNDECIDED),
        (Outcome.UNDECIDED, Outcome.TRUSTED, ExitCode.UNDECIDED),
    ],
)
def test_the_table_of_outcomes_as_exit_codes(outcome: Outcome, least: Outcome, expected: ExitCode) -> None:
    """Each outcome has one exit code; only an exception's depends on what is accepted."""
    verifier = Verifier(TrustStore([ROOT.root()]), profile=profiles.rfc5280)
    plain = verifier.verify(pump().sealed(ISSUING.key), [intermediate()], at=AT)
    verdict = Verdict(plain._judgement._replace(outcome=outcome), 0, plain._question)
    assert answer(verdict, least=least, lasting=None, outlook=EvidenceOutlook.RENEWED).code is expected


def test_the_worst_of_several_codes() -> None:
    """Of several answers a refusal outweighs an open question, and that outweighs acceptance."""
    assert worst([ExitCode.ACCEPTED, ExitCode.UNDECIDED]) is ExitCode.UNDECIDED
    assert worst([ExitCode.REFUSED, ExitCode.UNDECIDED, ExitCode.ACCEPTED]) is ExitCode.REFUSED
    assert worst([]) is ExitCode.ACCEPTED


@pytest.mark.parametrize(("span", "expected"), [("80d", 0), ("1920h", 0), ("81d", 1), ("1921h", 1), ("12w", 1)])
def test_what_is_not_trusted_for_long_enough_is_refused(command: Command, ward: Path, span: str, expected: int) -> None:
    """--for: 1 where the lifetime (80 days and a second) is shorter than the span, and the cause is said."""
    told = command(*question(ward, "--for", span))
    assert told.code == expected
    assert ("not accepted: trusted now, but only until 2026-08-20T12:00:01" in told.out) == bool(expected)


# misuse and unreadable input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("verify missing.pem {trust} --profile rfc5280", "missing.pem: No such file"),
        ("verify note.txt {trust} --profile rfc5280", "note.txt: no certificate in it"),
        ("verify pump.pem --anchor note.txt --profile rfc5280", "note.txt: no certificate in it"),
        ("verify pump.pem --anchor missing.pem --profile rfc5280", "missing.pem: No such file"),
        ("verify pump.pem --pin note.txt --profile rfc5280", "note.txt: no certificate in it"),
        ("verify {encrypted} {trust} --profile rfc5280", "--password-file"),
        ("verify {encrypted} {trust} --profile rfc5280 --password-file note.txt", "password does not open"),
        ("verify {encrypted} {trust} --profile rfc5280 --password-file gone", "gone: No such file"),
        ("verify pump.pem {trust} --profile rfc5280 --at 2026-06-01T12:00:00", "has no time zone"),
        ("verify pump.pem {trust} --profile rfc5280 --at 2026-06-01", "RFC 3339"),
        ("verify pump.pem {trust} --profile rfc5280 --at 2026-02-30T12:00:00Z", "no moment"),
        ("verify pump.pem {trust} --profile rfc5280 --at 0001-01-01T00:00:00+14:00", "no moment"),
        ("verify pump.pem {trust} --profile rfc5280 --for 30", "is not a span"),
        ("verify pump.pem {trust} --profile rfc5280 --for 0d", "is not a span"),
        ("verify pump.pem {trust} --profile nonesuch", "Known: tls_client, "),
        ("verify pump.pem {trust} --profile tls_server --ip 10.0.0.0/8", "not an IP address"),
        ("verify pump.pem {trust} --profile tls_server --name a.example --ip 10.0.0.1", "only one of"),
        ("verify pump.pem {trust} --profile tls_server --name a.example --name-unchecked", "only one of"),
        ("verify pump.pem {trust} --profile tls_server", "--name-unchecked"),
        ("verify pump.pem --profile rfc5280", "--anchor FILE, --system, --certifi or --pin FILE"),
        ("verify . {trust} --profile rfc5280", "--each"),
        ("verify --each empty {trust} --profile rfc5280", "empty: nothing to read"),
        ("verify {trust} --profile rfc5280", "CERTIFICATE"),
        ("verify pump.pem --nonesuch", "--nonesuch"),
        ("verify pump.pem {trust} --profile rfc5280 --explain-to help-desk --each", "leave out --each"),
        ("verify pump.pem {trust} --profile rfc5280 --explain-to help-desk --format json", "leave out --each"),
        ("verify pump.pem {trust} --profile rfc5280 --language fr", "--explain-to help-desk"),
        ("verify pump.pem {trust} --profile rfc5280 --explain-to nurse", "'help-desk'"),
        ("verify pump.pem {trust} --profile rfc5280 --each --record r.json", "one verdict"),
        ("verify pump.pem {trust} --profile rfc5280 --record gone/r.json", "gone/r.json: No such file"),
        ("replay missing.json", "missing.json: No such file"),
        ("replay note.txt", "note.txt: no record of a verdict: it is not JSON"),
        ("replay pump.pem --profile nonesuch", "neither a profile nor a file"),
        ("inspect missing.pem", "missing.pem: No such file"),
        ("inspect note.txt", "note.txt: no certificate in it"),
        ("inspect pump.pem note.txt", "note.txt: no certificate in it"),
        ("inspect {encrypted}", "--password-file"),
        ("inspect pump.pem --at 2026-06-01T12:00:00", "has no time zone"),
        ("nonesuch", "nonesuch"),
    ],
)
def test_misuse_is_one_line_on_standard_error(
    command: Command, ward: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, said: str
) -> None:
    """2: one line on standard error says what is wrong; standard output stays empty."""
    monkeypatch.chdir(ward)
    (ward / "empty").mkdir()
    words = arguments.format(trust="--anchor root.der", encrypted=ENCRYPTED)
    told = command(*words.split())
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert said in told.err


def test_what_does_not_print_is_escaped() -> None:
    """Controls, bidirectional overrides and stray surrogates are shown by their number; other text as it is."""
    assert shown("Bülach └─ \x1b[2J\n\u202e\udc80") == r"Bülach └─ \x1b[2J\n\u202e\udc80"


def test_an_odd_file_name_stays_on_its_line(command: Command, ward: Path) -> None:
    """What a file is called cannot break the line or reach the terminal as a control."""
    told = command("inspect", ward / "gone\x1b[31m\nsecond")
    assert (told.code, told.err.count("\n")) == (2, 1)
    assert "\x1b" not in told.err


@pytest.mark.parametrize(
    ("purposes", "expected"),
    [
        ((SERVER_AUTH,), {"tls_server", "tls_server_public", "eap_tls_server"}),
        ((CLIENT_AUTH,), {"tls_client", "idevid", "ldevid", "eap_tls_peer", "mqtt_device"}),
        (
            (SERVER_AUTH, CLIENT_AUTH),
            set(profile_choice.NAMED) - {"sdc_provider", "sdc_consumer", "sdc_participant"} - OF_ANY_PURPOSE,
        ),
        (("1.3.6.1.5.5.7.3.3",), set()),
    ],
)
def test_without_a_profile_those_that_fit_are_named(
    command: Command, ward: Path, purposes: tuple[str, ...], expected: set[str]
) -> None:
    """The profile is not guessed: misuse, and the line names the profiles whose purposes the certificate has."""
    (ward / "one.der").write_bytes(pump().including(extended_key_usage(*purposes)).sealed(ISSUING.key))
    told = command("verify", ward / "one.der", "--anchor", ward / "root.der")
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert set(told.err.rstrip().rpartition(": ")[2].split(", ")) == expected | OF_ANY_PURPOSE


def test_no_profile_of_a_tls_peer_fits_a_ca(command: Command, ward: Path) -> None:
    """A CA certificate serves no TLS peer, so only the standard's own profiles are named."""
    told = command("verify", ward / "root.der", "--anchor", ward / "root.der")
    assert told.err.rstrip().rpartition(": ")[2] == "rfc5280, rfc5280_tolerant"


# whom, and with what


def test_the_name_asked_for_must_be_in_the_certificate(command: Command, ward: Path) -> None:
    """--name: the subjectAltName decides."""
    assert command(*question(ward, "--name", PUMP)).code == 0
    told = command(*question(ward, "--name", "pump-2.ward.example.com"))
    assert told.code == 1
    assert "identity.name_mismatch" in told.out


def test_the_password_comes_from_a_file_or_the_environment(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encrypted PKCS#12 opens with the first line of the file, or with the variable."""
    (tmp_path / "password").write_bytes(b"cryptography\r\n")
    asked = ("verify", ENCRYPTED, "--pin", ENCRYPTED, "--profile", "rfc5280", "--at", "2020-01-01T00:00:00Z")
    assert command(*asked, "--password-file", tmp_path / "password").code == 0
    monkeypatch.setenv(PASSWORD_VARIABLE, "cryptography")
    assert command(*asked).code == 0


def test_a_real_chain_at_a_time_when_it_was_valid(command: Command, ward: Path) -> None:
    """The chain of www.cryptography.io of 2014 under its intermediate: undecided without its CRL, then expired."""
    _, authority = x509.load_pem_x509_certificates(IO_CHAIN.read_bytes())
    (ward / "rapidssl.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    asked = (
        "verify",
        IO_CHAIN,
        "--anchor",
        ward / "rapidssl.pem",
        "--profile",
        "tls_server",
        "--name",
        "cryptography.io",
    )
    assert command(*asked, "--at", "2017-01-01T00:00:00Z").code == 3
    assert command(*asked, "--at", "2018-11-16T01:15:03Z").code == 3
    assert command(*asked, "--at", "2018-11-16T01:15:04Z").code == 1


@pytest.mark.parametrize(
    ("subject", "expected"), [("ValidCertificatePathTest1EE", 0), ("InvalidEESignatureTest3EE", 1)]
)
def test_pkits(command: Command, subject: str, expected: int) -> None:
    """PKITS 4.1.1 and 4.1.3; further files are what was presented."""
    certificates = PKITS / "certs"
    trust = ("--anchor", certificates / "TrustAnchorRootCertificate.crt", "--profile", "rfc5280")
    presented = (certificates / f"{subject}.crt", certificates / "GoodCACert.crt")
    assert command("verify", *presented, *trust, "--at", "2015-01-01T00:00:00Z").code == expected


def test_the_anchors_of_the_package_certifi(command: Command, ward: Path) -> None:
    """--certifi trusts the public web, and so not the ward's own root."""
    told = command("verify", ward / "pump.pem", "--certifi", "--profile", "tls_client", "--at", NOW)
    assert (told.code, told.err) == (1, "")


# JSON


def test_a_verdict_as_json(command: Command, ward: Path) -> None:
    """--format json: the verdict's own plain data, with its schema, and nothing else on standard output."""
    told = command(*question(ward, "--format", "json"))
    data = json.loads(told.out)
    assert (told.code, told.err) == (0, "")
    assert (data["schema"], data["outcome"], data["at"]) == ("devicetrust.verdict/3", "trusted", NOW)
    fingerprints = [
        hashlib.sha256(der).hexdigest() for der in (pump().sealed(ISSUING.key), intermediate(), ROOT.root())
    ]
    assert [member["sha256"] for member in data["path"]] == fingerprints
    assert data["horizon"]["until"] == "2026-08-20T12:00:01Z"


def test_each_certificate_on_its_own(command: Command, ward: Path) -> None:
    """--each: one verdict for each certificate of the files, in their order, and the worst exit code."""
    folder = ward / "pumps"
    folder.mkdir()
    (folder / "b.pem").write_bytes(pem(pump("b.ward.example.com").sealed(ISSUING.key)))
    spent = pump("a.ward.example.com")._replace(not_after=AT - timedelta(days=1))
    (folder / "a.pem").write_bytes(pem(pump().sealed(ISSUING.key)) + pem(spent.sealed(ISSUING.key)))
    (ward / "issuing.der").write_bytes(intermediate())
    asked = ("verify", "--each", folder, "--intermediates", ward / "issuing.der", "--anchor", ward / "root.der")
    told = command(*asked, "--profile", "tls_client", "--at", NOW)
    assert (told.code, told.err) == (1, "")
    *lines, last = told.out.splitlines()
    assert [line.split()[0] for line in lines] == ["trusted", "untrusted", "trusted"]
    assert last == "3 certificates: 2 trusted, 1 untrusted"
    data = json.loads(command(*asked, "--profile", "tls_client", "--at", NOW, "--format", "json").out)
    assert data["schema"] == "devicetrust.verdicts/1"
    assert [(Path(one["file"]).name, one["number"], one["verdict"]["outcome"]) for one in data["verdicts"]] == [
        ("a.pem", 0, "trusted"),
        ("a.pem", 1, "untrusted"),
        ("b.pem", 0, "trusted"),
    ]


def test_each_file_of_a_folder_that_holds_nothing_is_noted(command: Command, ward: Path) -> None:
    """Nothing is passed over in silence: a file without a certificate is a note on standard error."""
    told = command("verify", "--each", ward, "--anchor", ward / "root.der", "--profile", "rfc5280", "--at", NOW)
    assert [line.partition(" ")[0] for line in told.err.splitlines()] == ["note:"]
    assert "note.txt: no certificate in it" in told.err
    assert told.out.splitlines()[-1].startswith("3 certificates: ")


# inspect


def test_inspect_says_what_another_reader_reads(command: Command) -> None:
    """Every certificate of a file with its fields, as `cryptography` reads them."""
    data = json.loads(command("inspect", IO_CHAIN, "--at", "2018-11-15T00:00:00Z", "--format", "json").out)
    assert data["schema"] == "devicetrust.inspection/3"
    (file,) = data["files"]
    expected = x509.load_pem_x509_certificates(IO_CHAIN.read_bytes())
    assert [summary(facts) for facts in file["contents"]] == [reading(one) for one in expected]
    leaf = file["contents"][0]
    assert leaf["subject_alternative_names"] == ["DNS:www.cryptography.io", "DNS:cryptography.io"]
    assert leaf["key_usage"] == ["digitalSignature", "keyEncipherment"]
    assert {one["name"] for one in leaf["extended_key_usage"]} == {"serverAuth", "clientAuth"}
    assert (leaf["ca"], leaf["key"]["size"], leaf["days_left"]) == (False, 4096, 1)


def summary(facts: dict[str, Any]) -> dict[str, Any]:
    told = ("sha256", "size", "serial_number", "not_before", "not_after", "subject", "issuer")
    extensions = [(one["oid"], one["critical"]) for one in facts["extensions"]]
    return {**{name: facts[name] for name in told}, "extensions": extensions}


def reading(certificate: x509.Certificate) -> dict[str, Any]:
    der = certificate.public_bytes(Encoding.DER)
    return {
        "sha256": hashlib.sha256(der).hexdigest(),
        "size": len(der),
        "serial_number": f"{certificate.serial_number:x}",
        "not_before": f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "extensions": [(one.oid.dotted_string, one.critical) for one in certificate.extensions],
    }


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2018-11-15T00:00:00Z", "2018-11-16T01:15:03Z (1 day left)"),
        ("2018-11-16T01:15:03Z", "2018-11-16T01:15:03Z (less than a day left)"),
        ("2018-11-16T01:15:04Z", "2018-11-16T01:15:03Z (ended less than a day ago)"),
        ("2018-11-19T01:15:04Z", "2018-11-16T01:15:03Z (ended 3 days ago)"),
        ("2014-10-14T00:00:00Z", "2014-10-15T12:09:32Z (begins in 2 days)"),
    ],
)
def test_inspect_says_how_long_from_now(command: Command, at: str, said: str) -> None:
    """Days are counted from the moment asked for; notAfter is the last second of validity."""
    told = command("inspect", IO_CHAIN, "--at", at)
    assert told.code == 0
    assert said in told.out


def test_inspect_names_an_extension_that_cannot_be_read(command: Command) -> None:
    """An extension that no reader could read is shown with the reason, the rest of the certificate as ever."""
    told = command("inspect", VECTORS / "x509" / "custom" / "malformed-san.pem")
    assert told.code == 0
    assert "subjectAltName (2.5.29.17), not critical, cannot be read: " in told.out
    assert "RSA-1024" in told.out


def test_inspect_shows_what_cannot_be_read_and_exits_with_1(command: Command, tmp_path: Path) -> None:
    """1: what is damaged is shown once, by size and fingerprint, with the reason."""
    damaged = intermediate()[:-9]
    (tmp_path / "damaged.der").write_bytes(damaged)
    told = command("inspect", tmp_path / "damaged.der")
    first, second, third, *_ = told.out.splitlines()
    assert told.code == 1
    assert first.endswith(f"damaged.der[0]: certificate, {len(damaged)} octets")
    assert second.startswith("  cannot be read  ")
    assert third.split() == ["SHA-256", hashlib.sha256(damaged).hexdigest()]
    assert told.out.count("SHA-256") == 1


def test_inspect_shows_a_crl_that_cannot_be_read(command: Command, tmp_path: Path) -> None:
    """1: what says that it is a CRL and cannot be read is shown as a CRL."""
    (tmp_path / "crl.pem").write_bytes(b"-----BEGIN X509 CRL-----\n%%%%\n-----END X509 CRL-----\n")
    told = command("inspect", tmp_path / "crl.pem")
    assert told.code == 1
    assert "crl.pem[0]: CRL, 4 octets" in told.out


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (PKITS / "crls" / "GoodCACRL.crl", "crl"),
        (VECTORS / "x509" / "custom" / "crl_all_reasons.pem", "crl"),
        (VECTORS / "x509" / "ocsp" / "resp-sha256.der", "ocsp_response"),
    ],
)
def test_inspect_knows_crls_and_ocsp_responses(command: Command, file: Path, kind: str) -> None:
    """Of CRLs and OCSP responses, kind and size are told."""
    told = command("inspect", file, "--format", "json")
    (one,) = json.loads(told.out)["files"][0]["contents"]
    assert (told.code, one["kind"]) == (0, kind)
    assert one["size"] == len(file.read_bytes()) or file.suffix == ".pem"


# real processes


def test_nothing_is_coloured_in_a_pipe(ward: Path) -> None:
    """A pipe gets no escape sequence, whatever the environment wishes."""
    for asked in (question(ward), ("inspect", ward / "pump.pem"), question(ward, "--each")):
        told = process(*asked, FORCE_COLOR="1", TTY_COMPATIBLE="1", TERM="xterm-256color")
        assert told.returncode in (0, 1)
        assert told.stdout
        assert b"\x1b" not in told.stdout + told.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_gets_colour_and_no_markup_of_a_certificate(ward: Path) -> None:
    """A terminal gets colour; what looks like markup or an emoji code in a name is shown as it stands."""
    odd = ROOT.issues(common_name("[red]pump[/red] :smile:"), key("p256", 9), dns(PUMP)).sealed(ROOT.key)
    (ward / "odd.der").write_bytes(odd)
    seen, code, error = on_terminal(
        "stdout", "verify", ward / "odd.der", "--anchor", ward / "root.der", "--profile", "tls_client", "--at", NOW
    )
    assert (code, error) == (0, b"")
    assert seen.startswith(b"\x1b[")
    assert b"[red]pump[/red] :smile:" in seen


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_is_shown_on_a_terminal_and_not_in_the_answer(ward: Path) -> None:
    """Progress goes to standard error where that is a terminal; the answer in the pipe is the same as without."""
    asked = question(ward, "--each")
    seen, code, answered = on_terminal("stderr", *asked)
    plain = process(*asked)
    assert b"verifying" in seen
    assert (answered, code) == (plain.stdout, plain.returncode)
    assert plain.stderr == b""


def on_terminal(stream: str, *arguments: str | Path) -> tuple[bytes, int, bytes]:
    """What one stream of a process shows on a terminal, its exit code, and what the other stream says to a pipe."""
    import pty

    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "devicetrust", *map(str, arguments)],
        env=surroundings({"TERM": "xterm-256color"}),
        stdout=theirs if stream == "stdout" else subprocess.PIPE,
        stderr=theirs if stream == "stderr" else subprocess.PIPE,
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # Linux says so where nobody writes to the terminal any more
        pass
    os.close(ours)
    said = b"".join(one for one in started.communicate() if one)
    return seen, started.returncode, said


def test_a_reader_that_goes_away_changes_no_exit_code(ward: Path) -> None:
    """A closed pipe is no error: the exit code still tells the answer, and standard error stays empty."""
    many = ward / "many.pem"
    many.write_bytes(pem(pump().sealed(ISSUING.key)) * 400)
    started = subprocess.Popen(
        [sys.executable, "-m", "devicetrust", "inspect", str(many)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings({}),
    )
    assert started.stdout is not None
    assert started.stderr is not None
    started.stdout.close()
    assert started.stderr.read() == b""
    started.stderr.close()
    assert started.wait() == 0


def test_a_terminal_that_knows_no_box_drawing_gets_escapes(ward: Path) -> None:
    """Where the encoding of standard output lacks a character, it is escaped; nothing fails."""
    told = process(*question(ward), PYTHONIOENCODING="ascii")
    assert (told.returncode, told.stderr) == (0, b"")
    assert told.stdout.isascii()


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_one_line_says_how_to_get_it(missing: str) -> None:
    """Where click or rich is not installed: one line on standard error, exit 2."""
    code = f"import sys; sys.modules[{missing!r}] = None; from devicetrust.cli import main; main()"
    told = process("inspect", IO_CHAIN, code=code)
    assert (told.returncode, told.stdout) == (2, b"")
    assert told.stderr.decode().splitlines() == [
        f'devicetrust: {missing} is not installed; run: pip install "devicetrust[cli]"'
    ]


def test_no_warning_of_a_library_joins_the_one_line(ward: Path) -> None:
    """`cryptography` warns of how this anchor is encoded; standard error still has the one line that matters."""
    anchor = VECTORS / "x509" / "belgian-eid-invalid-visiblestring.pem"
    told = process("verify", ward / "note.txt", "--anchor", anchor, "--profile", "rfc5280")
    assert (told.returncode, told.stdout, told.stderr.count(b"\n")) == (2, b"", 1)


def test_the_anchors_of_the_system(ward: Path) -> None:
    """--system trusts what the system's administrator trusts; SSL_CERT_FILE names another bundle, as for OpenSSL."""
    (ward / "bundle.pem").write_bytes(pem(ROOT.root()))
    asked = ("verify", ward / "pump.pem", "--system", "--profile", "tls_client", "--at", NOW)
    assert process(*asked, SSL_CERT_FILE=str(ward / "bundle.pem")).returncode == 0


def test_version_and_help(command: Command) -> None:
    """--version names the version once; --help is an answer, and no command at all is misuse."""
    assert command("--version") == Told(0, f"devicetrust {devicetrust.__version__}\n", "")
    told = command("verify", "--help")
    assert (told.code, told.err) == (0, "")
    assert "--name-unchecked" in told.out
    assert command().code == 2


def test_the_clock_is_read_where_no_moment_is_given(command: Command, ward: Path) -> None:
    """Without --at the answer is about now."""
    before = datetime.now().astimezone()
    told = command(
        "verify", ward / "pump.pem", "--anchor", ward / "root.der", "--profile", "rfc5280", "--format", "json"
    )
    asked = datetime.fromisoformat(json.loads(told.out)["at"])
    assert before - timedelta(seconds=1) <= asked <= datetime.now().astimezone()


def test_the_command_says_what_the_library_says(command: Command, ward: Path) -> None:
    """The command line judges nothing by itself: text and data are those of the verdict."""
    verifier = Verifier(TrustStore([Certificate(ROOT.root())]), profile=profiles.tls_client)
    verdict = verifier.verify(pump().sealed(ISSUING.key), [intermediate()], reference=Reference.dns(PUMP), at=AT)
    assert command(*question(ward, "--name", PUMP)).out == verdict.explain() + "\n"
    assert json.loads(command(*question(ward, "--name", PUMP, "--format", "json")).out) == json.loads(
        json.dumps(verdict.to_dict())
    )
