"""`devicetrust test-server`: whom it contacts, and what it makes of words that cannot be right."""

from __future__ import annotations

import io
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devicetrust.cli.commands import run
from devicetrust.testing import Fault, handshakes
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.testing.refusals import SHOWN, SHOWN_BY_CRLS

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `test-pki` wrote."""
    folder = tmp_path_factory.mktemp("ward") / "pki"
    assert run(["test-pki", str(folder)]) == 0
    return folder


@pytest.fixture
def ask(pki: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs the command against a server that echoes lines, with these further words: exit code, answer, errors."""

    def told(port: int, *words: str, host: str = "127.0.0.1") -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["test-server", f"{host}:{port}", "--pki", str(pki), "--protocol", "line", *words])
        return code, *capsys.readouterr()

    return told


# Whom it may contact


class Terminal(io.StringIO):
    """A person at a terminal, who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback counts as another host's."""
    monkeypatch.setattr(handshakes, "loopback_addresses", lambda host: [])


@pytest.fixture
def server(pki: Path) -> Iterator[MutualTLSServer]:
    """A server whose ``admitted`` shows who came."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server.pem", pki / "server.key")
    context.load_verify_locations(pki / "roots.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with MutualTLSServer(context) as running:
        yield running


def test_another_host_is_not_contacted_without_a_word(ask: Ask) -> None:
    """2: an address elsewhere, a name that leads nowhere; without a terminal nobody can be asked."""
    for host in ("192.0.2.1", "[2001:db8::1]", "no-such-host.invalid"):
        code, out, err = ask(443, host=host)
        bare = host.strip("[]")
        assert (code, out) == (2, "")
        assert err.endswith(f"{bare} is not this machine; --contact {bare} says that it is to be contacted\n")


def test_the_host_is_named_twice(ask: Ask) -> None:
    """2: --contact with another host is a slip, on loopback too."""
    for host in ("192.0.2.1", "127.0.0.1"):
        code, out, err = ask(443, "--contact", "192.0.2.2", host=host)
        assert (code, out) == (2, "")
        assert f"--contact says '192.0.2.2', and the server is at '{host}'" in err


@pytest.mark.usefixtures("elsewhere")
def test_a_host_that_was_named_is_contacted(ask: Ask, server: MutualTLSServer) -> None:
    """--contact lets a script go on."""
    assert ask(server.address[1], "--fault", "EXPIRED", "--contact", "127.0.0.1")[0] == 0
    assert len(server.admitted) == 2


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("typed", "code", "came"), [("y\n", 0, 2), ("n\n", 2, 0), ("\n", 2, 0), ("", 130, 0)])
def test_the_person_at_the_terminal_is_asked(
    ask: Ask, server: MutualTLSServer, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, came: int
) -> None:
    """Only a yes is one."""
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert ask(server.address[1], "--fault", "EXPIRED")[0] == code
    assert len(server.admitted) == came
    assert "127.0.0.1 is not this machine. Present wrong certificates to" in sys.stderr.getvalue()  # type: ignore[attr-defined]


# Words that cannot be right


def test_the_pki_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`test-pki` tells what it wrote, and what to do with it; a folder of something else is misuse."""
    assert run(["test-pki", str(tmp_path / "pki"), "--name", "gateway.ward.example", "--seed", "2"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for file in (tmp_path / "pki").iterdir():
        assert file.name == "pki.json" or file.stem in out
    assert "a certificate for the server: gateway.ward.example\n" in out
    assert out.endswith(f"test-server HOST:PORT --pki {tmp_path / 'pki'} --protocol http\n")
    for folder, words, wrong in (
        (tmp_path, (), "holds other files"),
        (tmp_path / "pki", ("--seed", "3"), "has the roots of seed 2"),
        (tmp_path / "new", ("--name", "*.ward.example"), "a server's name is a DNS name or an IP address"),
    ):
        assert run(["test-pki", str(folder), *words]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert wrong in err


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("ward {pki} --protocol http", "'ward' is no server; write HOST:PORT"),
        ("ward:0 {pki} --protocol http", "'ward:0' is no server"),
        ("ward:65536 {pki} --protocol http", "'ward:65536' is no server"),
        ("::1:443 {pki} --protocol http", "'::1:443' is no server"),
        ("[::1::]:443 {pki} --protocol http", "'::1::' is no IPv6 address"),
        ("a..b:443 {pki} --protocol http", "'a..b:443' is no server"),
        ("localhost:443 --protocol http", "Missing option '--pki'"),
        ("localhost:443 {pki}", "Missing option '--protocol'"),
        ("localhost:443 --pki nowhere --protocol http", "let `devicetrust test-pki` write a new folder"),
        ("localhost:443 {pki} --protocol http --fault CRL_STALE", "'CRL_STALE' is no fault that a client can show"),
        ("localhost:443 {pki} --protocol http --without WORN", "'WORN' is no fault that a client can show"),
        ("localhost:443 {pki} --protocol http --fault EXPIRED --without EXPIRED", "no fault is left to present"),
        ("localhost:443 {pki} --protocol http --server-name a_b", "--server-name takes a DNS name, not 'a_b'"),
        ("localhost:443 {pki} --protocol http --timeout 0", "Invalid value for '--timeout'"),
    ],
)  # fmt: skip
def test_misuse(pki: Path, capsys: pytest.CaptureFixture[str], words: str, wrong: str) -> None:
    """2: one line on standard error says what is wrong; standard output stays empty."""
    capsys.readouterr()
    code = run(["test-server", *words.format(pki=f"--pki {pki}").split()])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert wrong in err


def test_every_fault_is_offered() -> None:
    """All that a client can show, and what the CRLs show of it: no fault is forgotten but those of what CAs publish."""
    published = {one.name for one in Fault if one.name.startswith(("CRL_", "OCSP_"))}
    assert {one.name for one in (*SHOWN, *SHOWN_BY_CRLS)} == {one.name for one in Fault} - published
