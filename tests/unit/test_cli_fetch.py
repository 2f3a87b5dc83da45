"""`devicetrust verify --fetch`: gets what is lacking, from where it may, and says what it could not have."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import devicetrust
import devicetrust.fetch.http
from devicetrust.cli.commands import run
from devicetrust.fetch import ReplayFetcher
from pki_revocation import at_url
from ward import including
from ward_pointing import CRL_URL, ROOT_CRL_URL, crls, pointing

Ask = Callable[..., tuple[int, str, str]]
AT = "2026-06-01T12:00:00Z"


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a root, and two files that each hold the same pump and its intermediate."""
    written(tmp_path, pointing())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks about the pump with these further words: exit code, answer, errors."""
    monkeypatch.setenv("COLUMNS", "100")

    def told(words: str) -> tuple[int, str, str]:
        fixed = f"verify pump.der --intermediates issuing.der --anchor root.der --profile tls_client --at {AT}"
        code = run(f"{fixed} {words}".split())
        return code, *capsys.readouterr()

    return told


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """In the place of the network: the ward's CRLs under their URLs. Filled with what each client was allowed."""
    asked: list[tuple[str, ...]] = []

    def client(*, allow: tuple[str, ...]) -> ReplayFetcher:
        asked.append(tuple(allow))
        return ReplayFetcher(dict(zip((CRL_URL, ROOT_CRL_URL), crls(), strict=True)))

    monkeypatch.setattr(devicetrust.fetch.http, "HttpFetcher", client)
    return asked


def written(folder: Path, asked: Any) -> None:
    for index, name in enumerate(("pump.der", "issuing.der", "root.der")):
        (folder / name).write_bytes(asked.sealed(index))


@pytest.mark.usefixtures("ward")
class TestReplayed:
    def test_what_is_lacking_is_fetched(self, ask: Ask, allowed: list[tuple[str, ...]]) -> None:
        """--fetch: UNDECIDED becomes TRUSTED once the CRLs are there; only what --allow-network names is allowed."""
        code, out, err = ask("--fetch --allow-network 10.1.0.0/16 --allow-network crl.ward.example")
        assert (code, out.partition(" at ")[0], err) == (0, "TRUSTED", "")
        assert allowed == [("10.1.0.0/16", "crl.ward.example")]

    def test_without_it_nothing_is_asked(self, ask: Ask, allowed: list[tuple[str, ...]]) -> None:
        """No option, no connection: what is lacking is named instead."""
        assert (ask("")[0], allowed) == (3, [])

    def test_what_could_not_be_had_is_said(self, ask: Ask, allowed: list[tuple[str, ...]]) -> None:
        """A certificate that the fetched CRLs do not speak for stays open; the reason names the URL."""
        other = including(0, at_url("http://gone.ward.example/"))(pointing())
        written(Path.cwd(), other.drafting(0, lambda draft: draft.without("1.3.6.1.5.5.7.1.1")))
        code, out, _ = ask("--fetch")
        assert (code, len(allowed)) == (3, 1)
        assert "http://gone.ward.example/: not among the recorded answers" in out

    def test_each_fetches_what_they_share_once(
        self, ask: Ask, allowed: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """--each: certificates of one CA share its CRL, which is fetched for the first."""
        replay = ReplayFetcher(dict(zip((CRL_URL, ROOT_CRL_URL), crls(), strict=True)))
        monkeypatch.setattr(devicetrust.fetch.http, "HttpFetcher", lambda **_: replay)
        Path("again.der").write_bytes(Path("pump.der").read_bytes())
        code, out, _ = ask("again.der --each --fetch --at 2026-06-01T12:00:00Z --format json")
        urls = [request.url for request in replay.requests]
        assert (code, [one["verdict"]["outcome"] for one in json.loads(out)["verdicts"]]) == (0, ["trusted"] * 2)
        assert (urls.count(CRL_URL), urls.count(ROOT_CRL_URL)) == (1, 1)


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--allow-network 10.0.0.0/8", "give --fetch as well"),
        ("--fetch --allow-network 10.0.0.1/8", "10.0.0.0/8 is the network"),
        ("--fetch --allow-network http://crl.example/", "allow names hosts"),
    ],
)
def test_misuse_is_one_line_on_standard_error(ask: Ask, words: str, said: str) -> None:
    """2: one line on standard error says what is wrong; standard output stays empty."""
    code, out, err = ask(words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_without_the_extra_one_line_says_how_to_get_it(ward: Path) -> None:
    """Where the client library is not installed: one line, exit 2; without --fetch it is not missed."""
    fixed = ["verify", "pump.der", "--intermediates", "issuing.der", "--anchor", "root.der", "--profile", "tls_client"]
    code = "import sys; sys.modules['httpcore2'] = None; from devicetrust.cli import main; main()"
    asked = [sys.executable, "-c", code, *fixed, "--at", AT]
    source = str(Path(devicetrust.__file__).parents[1])
    told = [
        subprocess.run([*asked, *more], capture_output=True, check=False, cwd=ward, env={"PYTHONPATH": source})
        for more in ([], ["--fetch"])
    ]
    assert [one.returncode for one in told] == [3, 2]
    assert (told[1].stdout, told[1].stderr.count(b"\n")) == (b"", 1)
    assert b'pip install "devicetrust[http]"' in told[1].stderr


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A server on this machine that hands out the ward's CRLs."""
    answers = dict(zip(("/ca.crl", "/root.crl"), crls(), strict=True))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answers[self.path])))
            self.end_headers()
            self.wfile.write(answers[self.path])

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_address_inside_is_asked_only_where_it_is_allowed(
    ask: Ask, server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL that leads into one's own network is refused with the option that allows it, and asked once it is given."""
    monkeypatch.chdir(tmp_path)
    base = f"http://127.0.0.1:{server.server_port}"
    local = including(0, at_url(f"{base}/ca.crl"))(pointing())
    local = including(1, at_url(f"{base}/root.crl"))(local)
    written(tmp_path, local.drafting(0, lambda draft: draft.without("1.3.6.1.5.5.7.1.1")))
    code, out, _ = ask("--fetch")
    assert code == 3
    assert "--allow-network 127.0.0.1" in out
    code, out, err = ask("--fetch --allow-network 127.0.0.1")
    assert (code, out.partition(" at ")[0], err) == (0, "TRUSTED", "")
