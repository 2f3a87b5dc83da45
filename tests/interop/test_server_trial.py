"""`devicetrust test-server` against real servers on loopback: what it says of each, and with which exit code."""

from __future__ import annotations

import json
import re
import socket
import ssl
import textwrap
from collections.abc import Callable
from typing import NamedTuple

import pytest

from devicetrust.cli.commands import run
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.testing.pki_folder import read_pki
from devicetrust.testing.refusals import NO_CERTIFICATE, SHOWN, SHOWN_BY_CRLS
from interop.admissions import ADMISSIONS
from interop.mutual_tls_servers import SERVERS, demanding, free_port, mosquitto_with, nginx_with
from interop.site import Files
from loopback import Script, answering, closed_port, hanging

ALL = [*SHOWN, *SHOWN_BY_CRLS]
ADMITTED_BY_OPENSSL = {fault.name for fault in ADMISSIONS.everywhere}
PROTOCOLS = {"nginx": "http", "mosquitto": "mqtt", "Orthanc": "dicom"}


class Told(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


Trial = Callable[..., Told]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """What `test-pki` wrote, as the servers of these tests load it."""
    folder = tmp_path_factory.mktemp("ward") / "pki"
    assert run(["test-pki", str(folder)]) == 0
    names = ("roots.pem", "crls.pem", "server.pem", "server.key")
    return Files(folder, *[folder / name for name in names])


@pytest.fixture
def trial(files: Files, capsys: pytest.CaptureFixture[str]) -> Trial:
    """Runs the command against a server, with these further words."""

    def told(port: int, *words: str, protocol: str = "line", host: str = "127.0.0.1") -> Told:
        fixed = ["test-server", f"{host}:{port}", "--pki", str(files.folder), "--protocol", protocol]
        capsys.readouterr()
        return Told(run([*fixed, *words]), *capsys.readouterr())

    return told


def strict(files: Files) -> ssl.SSLContext:
    """A context that also demands a CRL of each CA."""
    context = demanding(files)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    return context


def by_reception(told: Told) -> dict[str, set[str]]:
    """The faults of an answer in JSON, by what became of them."""
    found: dict[str, set[str]] = {}
    for one in json.loads(told.out)["faults"]:
        found.setdefault(one["reception"], set()).add(one["fault"])
    return found


# Servers as they are


@pytest.mark.parametrize("name", SERVERS)
def test_real_servers(files: Files, trial: Trial, name: str) -> None:
    """Each fault that a server is known to admit is told, with exit code 1, and no other; 0 where it admits none."""
    certain = [fault for fault in ALL if fault not in ADMISSIONS.may_differ.get(name, ())]
    with SERVERS[name](files) as server:
        words = [word for fault in ALL if fault not in certain for word in ("--without", fault.name)]
        told = trial(server.address[1], "--format", "json", *words, protocol=PROTOCOLS.get(name, "line"))
    assert (told.code, told.err) == (1 if ADMISSIONS.servers[name] else 0, "")
    expected: dict[str, set[str]] = {}
    expected["refused"] = {NO_CERTIFICATE}
    for fault in certain:
        expected.setdefault(ADMISSIONS.reception(name, fault).name.lower(), set()).add(fault.name)
    assert by_reception(told) == expected


class Listening(MutualTLSServer):
    """Remembers why OpenSSL refused whom it refused."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.reasons: list[str] = []

    def _converse(self, connection: socket.socket) -> None:
        try:
            super()._converse(connection)
        except ssl.SSLCertVerificationError as refusal:
            self.reasons.append(refusal.verify_message)
            raise


def test_none_is_refused_for_want_of_a_crl(files: Files, trial: Trial) -> None:
    """The CRLs are those of the faulty CAs too, so that a server which wants one of each CA judges the fault itself."""
    with Listening(strict(files)) as server:
        told = trial(server.address[1], "--tls", "1.2")
    assert told.code == 1
    assert len(server.reasons) > 20
    assert [one for one in server.reasons if "CRL" in one] == []


def test_a_server_that_refuses_all_wrong_ones(files: Files, trial: Trial) -> None:
    """0 where nothing is admitted but the good one; what was left out is told."""
    without = [word for name in sorted(ADMITTED_BY_OPENSSL) for word in ("--without", name)]
    with MutualTLSServer(strict(files)) as server:
        told = trial(server.address[1], *without)
    assert (told.code, told.err) == (0, "")
    *_, again, counted, conclusion = told.out.splitlines()
    assert again.split() == ["the", "good", "one", "again", "admitted"]
    left_out = ", ".join(sorted(ADMITTED_BY_OPENSSL))
    assert counted == f"41 wrong devices: 39 refused, 2 could not be offered, left out: {left_out}"
    assert conclusion == "no wrong device was admitted"


def test_each_line_says_what_is_found(files: Files, trial: Trial) -> None:
    """Beside each fault stands the finding of devicetrust; what was admitted stands out, and says what is wrong."""
    with MutualTLSServer(strict(files)) as server:
        port = server.address[1]
        told = trial(port, "--fault", "NO_PURPOSE", "--fault", "EXPIRED", "--fault", "REVOKED")
    assert told.code == 1
    title, good, *lines = told.out.splitlines()
    assert title == f"127.0.0.1:{port}, TLS and then line"
    assert good.split() == ["a", "good", "device", "admitted"]
    assert [line.split(maxsplit=2) for line in lines[:3]] == [
        ["EXPIRED", "validity.expired", "refused (alert certificate_expired)"],
        ["NO_PURPOSE", "purpose.not_allowed", "ADMITTED, though it has no extKeyUsage"],
        ["REVOKED", "revocation.revoked", "refused (alert certificate_revoked)"],
    ]
    assert lines[4:] == ["3 wrong devices: 1 admitted, 2 refused", "1 wrong device admitted"]


def test_the_answer_as_data(files: Files, trial: Trial) -> None:
    """The JSON has all that the text has."""
    with MutualTLSServer(strict(files)) as server:
        told = trial(server.address[1], "--fault", "EXPIRED", "--format", "json")
        port = server.address[1]
    answer = json.loads(told.out)
    assert answer.pop("at").endswith("Z")
    admitted = {"reception": "admitted", "alert": None, "detail": ""}
    assert answer == {
        "schema": "devicetrust.server-test/1",
        "server": f"127.0.0.1:{port}",
        "protocol": "line",
        "exit_code": 0,
        "conclusion": "no wrong device was admitted",
        "good_device": {"before": admitted, "after": admitted},
        "faults": [
            {
                "fault": "EXPIRED",
                "what": "it ended yesterday",
                "finding": "validity.expired",
                "reception": "refused",
                "alert": 45,
                "detail": "",
            }
        ],
        "left_out": [],
    }


def test_a_server_that_asks_for_no_certificate(files: Files, trial: Trial) -> None:
    """It admits everybody, and the line of the good device says why."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.private_key)
    with MutualTLSServer(context) as server:
        told = trial(server.address[1], "--fault", "EXPIRED", "--fault", "SELF_SIGNED")
    assert told.code == 1
    assert told.out.splitlines()[1].endswith("admitted (asked for no certificate)")
    assert told.out.splitlines()[-1] == "2 wrong devices admitted"


def test_a_server_that_does_not_insist(files: Files, trial: Trial) -> None:
    """Whoever asks for a certificate and goes on without one admits everybody; there is no finding, for want of one."""
    context = demanding(files)
    context.verify_mode = ssl.CERT_OPTIONAL
    with MutualTLSServer(context) as server:
        told = trial(server.address[1], "--fault", "NO_CERTIFICATE", "--fault", "EXPIRED")
        data = trial(server.address[1], "--fault", "NO_CERTIFICATE", "--format", "json")
    assert (told.code, data.code) == (1, 1)
    assert [" ".join(line.split()) for line in told.out.splitlines()[2:4]] == [
        "NO_CERTIFICATE ADMITTED (asked for a certificate, and went on without), though it presents no certificate",
        "EXPIRED validity.expired refused (alert certificate_expired)",
    ]
    [fault] = json.loads(data.out)["faults"]
    assert (fault["fault"], fault["finding"], fault["reception"]) == ("NO_CERTIFICATE", None, "admitted")


def test_the_name_that_is_asked_for(files: Files, trial: Trial) -> None:
    """SNI is the host where that is a name, or what --server-name says; an address is none."""
    names: list[str | None] = []
    context = demanding(files)
    context.sni_callback = lambda _tls, name, _context: names.append(name)
    with MutualTLSServer(context) as server:
        port = server.address[1]
        for host, words in (("LOCALHOST", ()), ("127.0.0.1", ()), ("127.0.0.1", ("--server-name", "ward.example"))):
            assert trial(port, "--fault", "EXPIRED", *words, host=host).code == 0
    assert names == ["localhost"] * 3 + [None] * 3 + ["ward.example"] * 3


@pytest.mark.parametrize("name", ["nginx", "mosquitto"])
def test_the_readme_sets_a_server_up(files: Files, trial: Trial, name: str) -> None:
    """A server with the lines of the folder's README.md admits the good device, and knows the CRLs."""
    readme = (files.folder / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(rf"^## {name}\n\n((?:    .*\n)+)", readme, re.MULTILINE)
    if name == "nginx":
        port = free_port()
        rest = f'listen 127.0.0.1:{port} ssl; location / {{ return 200 "admitted"; }}'
        running = nginx_with(files.folder, port, f"server {{ {block} {rest} }}")
    else:
        running = mosquitto_with(files.folder, textwrap.dedent(block))
    with running as server:
        told = trial(server.address[1], "--fault", "EXPIRED", "--fault", "REVOKED", protocol=PROTOCOLS[name])
    assert (told.code, told.err) == (0, "")


# Servers that show nothing


def test_a_server_that_refuses_everybody(files: Files, trial: Trial) -> None:
    """2: what it refuses proves nothing; one line says which roots and CRLs it must load."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.private_key)
    context.verify_mode = ssl.CERT_REQUIRED
    with MutualTLSServer(context) as server:
        told = trial(server.address[1])
        port = server.address[1]
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        f"devicetrust: 127.0.0.1:{port}: the good device is not admitted: refused (alert unknown_ca); let the server "
        f"trust {files.roots} for its clients, and load where it checks revocation {files.crls}, which last until "
        f"{read_pki(files.folder).crls_end:%Y-%m-%dT%H:%M:%SZ}\n"
    )


class Raw(LoopbackServer):
    """Reads the client's first words and then does as the script says."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    def _converse(self, connection: socket.socket) -> None:
        self._script(connection, connection.recv(1 << 16), self._over)


@pytest.mark.parametrize("script", [hanging, answering(b"no TLS here")], ids=["hanging", "plain HTTP"])
def test_a_server_that_does_not_answer(trial: Trial, script: Script) -> None:
    """2: neither silence nor another protocol than TLS is a refusal."""
    with Raw(script) as server:
        told = trial(server.address[1], "--timeout", "0.3")
    assert (told.code, told.out) == (2, "")
    assert "the good device is not admitted: no answer" in told.err


def test_nobody_there(trial: Trial) -> None:
    """2: where nothing listens, that is said."""
    with closed_port() as port:
        told = trial(port, "--timeout", "1", "--format", "json")
    assert (told.code, told.out) == (2, "")
    assert "no answer (no connection: " in told.err
    assert "; start the server, and see that it speaks TLS" in told.err


class Moody(MutualTLSServer):
    """Echoes lines on the connections whose number, from 0, is in ``answered``; to others it does ``otherwise``."""

    def __init__(self, files: Files, answered: set[int], *, silent: bool) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.chain, files.private_key)
        context.load_verify_locations(files.roots)
        context.verify_mode = ssl.CERT_REQUIRED
        super().__init__(context)
        self._answered = answered
        self._silent = silent
        self._count = 0

    def _converse(self, connection: socket.socket) -> None:
        number, self._count = self._count, self._count + 1
        if number in self._answered:
            super()._converse(connection)
        elif self._silent:
            self._over.wait(20)


TWO = ("--fault", "EXPIRED", "--fault", "NOT_YET_VALID", "--timeout", "0.3")


def test_a_server_that_dies_on_the_way(files: Files, trial: Trial) -> None:
    """2: whoever no longer admits the good one has proved nothing by its refusals, and both are told."""
    with Moody(files, {0}, silent=False) as server:
        told = trial(server.address[1], *TWO)
    assert told.code == 2
    assert "the good device is no longer admitted: refused (" in told.err
    assert told.out.splitlines()[-1] == "2 wrong devices: 2 refused"


def test_a_server_that_admits_and_dies(files: Files, trial: Trial) -> None:
    """1: that a wrong device was admitted stands."""
    with Moody(files, {0, 2}, silent=False) as server:
        told = trial(server.address[1], "--fault", "EXPIRED", "--fault", "NO_PURPOSE")
    assert (told.code, told.err) == (1, "")
    assert told.out.splitlines()[-3].split()[:5] == ["the", "good", "one", "again", "refused"]


def test_a_server_that_is_silent_about_a_fault(files: Files, trial: Trial) -> None:
    """3: it neither admitted nor refused."""
    with Moody(files, {0, 1, 3}, silent=True) as server:
        told = trial(server.address[1], *TWO)
    assert (told.code, told.err) == (3, "")
    assert told.out.splitlines()[-2:] == [
        "2 wrong devices: 1 refused, 1 without an answer",
        "1 wrong device neither admitted nor refused",
    ]


@pytest.mark.parametrize("more", [(), ("--fault", "EXPIRED")], ids=["alone", "beside another"])
def test_a_fault_that_cannot_be_sent(files: Files, trial: Trial, more: tuple[str, ...]) -> None:
    """3: what was asked for by name and did not reach the server was not shown."""
    with MutualTLSServer(strict(files)) as server:
        told = trial(server.address[1], "--fault", "NOT_DER", *more)
    assert (told.code, told.err) == (3, "")
    assert told.out.splitlines()[-1] == "1 wrong device never reached the server, which shows nothing"
