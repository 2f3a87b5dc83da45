"""Our contexts against OpenSSL's own programs, which share no line with them."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from devicetrust import Outcome, tls
from devicetrust.testing import Device
from devicetrust.testing.mutual_tls import MutualTLSServer
from interop.loopback import SECONDS, program
from interop.mutual_tls_servers import s_server
from interop.site import Files
from interop.tls_ward import Ward, ward


def files(folder: Path, device: Device, hospital: Ward) -> Files:
    """What OpenSSL's programs load for this device."""
    contents = {
        "roots.pem": hospital.hospital.roots_pem,
        "crls.pem": hospital.hospital.crls_pem(),
        "device.pem": device.chain_pem,
        "device.key": device.private_key_pem,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return Files(folder, *(folder / name for name in contents))


def s_client(address: tuple[str, int], folder: Path, device: Device, *options: str) -> str:
    """What ``openssl s_client`` says that presents this device and sends a line."""
    loaded = files(folder, device, ward())
    command = [program("openssl", "Debian's openssl"), "s_client", "-connect", f"{address[0]}:{address[1]}",
               "-cert", loaded.chain, "-cert_chain", loaded.chain, "-key", loaded.private_key,
               "-CAfile", loaded.roots, "-verify_return_error", "-ign_eof", *options]  # fmt: skip
    done = subprocess.run(
        [str(part) for part in command],
        input=b"is anybody there?\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout.decode(errors="replace")


@pytest.fixture
def server() -> tls.JudgingContext:
    return ward().server(authorizer=tls.admit.serial_numbers({"SN-pump-1", "SN-pump-2"}))


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_s_client(tmp_path: Path, server: tls.JudgingContext, version: str) -> None:
    """Who is good is answered, in the version asked for; who is revoked gets no octet of an answer."""
    with _OneLine(server) as running:
        good = s_client(running.address, tmp_path, ward().pump, version)
        revoked = s_client(running.address, tmp_path, ward().revoked, version)
    assert "Verify return code: 0 (ok)" in good
    assert "anybody there, answered" in good
    assert "Secure Renegotiation IS" in good
    assert "Compression: NONE" in good
    assert "answered" not in revoked


@pytest.mark.parametrize(
    "options",
    [
        ("-tls1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_2", "-cipher", "AES128-GCM-SHA256"),
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"),
    ],
    ids=" ".join,
)
def test_below_the_floor(tmp_path: Path, server: tls.JudgingContext, options: tuple[str, ...]) -> None:
    """Old versions, and suites without a fresh key or without authenticated encryption, are refused by the protocol."""
    with _OneLine(server) as running:
        told = s_client(running.address, tmp_path, ward().pump, *options)
    assert "answered" not in told
    assert "alert" in told


def test_no_renegotiation(tmp_path: Path, server: tls.JudgingContext) -> None:
    """A client that asks for another handshake within the first gets none."""
    loaded = files(tmp_path, ward().pump, ward())
    with MutualTLSServer(server) as running:
        command = [program("openssl", "Debian's openssl"), "s_client", "-tls1_2", "-connect",
                   f"{running.address[0]}:{running.address[1]}", "-cert", loaded.chain, "-cert_chain", loaded.chain,
                   "-key", loaded.private_key, "-CAfile", loaded.roots]  # fmt: skip
        done = subprocess.run(
            [str(part) for part in command],
            input=b"R\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    assert b"RENEGOTIATING" in done.stdout
    assert b"no renegotiation" in done.stdout


def test_s_server(tmp_path: Path) -> None:
    """A client of ours knows OpenSSL's server, and does not speak to one that is revoked."""
    hospital = ward()
    with (
        s_server(files(tmp_path, hospital.gateway, hospital)) as running,
        socket.create_connection(running.address, SECONDS) as raw,
        hospital.client().wrap_socket(raw, server_hostname=hospital.gateway.host) as ours,
    ):
        ours.sendall(b"pump\n")
        assert ours.recv(100) == b"pmup\n"
        assert tls.verdict(ours).outcome is Outcome.TRUSTED
    with (
        s_server(files(tmp_path, hospital.revoked_gateway, hospital)) as running,
        socket.create_connection(running.address, SECONDS) as raw,
        pytest.raises(tls.PeerRefused),
    ):
        hospital.client().wrap_socket(raw, server_hostname=hospital.revoked_gateway.host)


class _OneLine(MutualTLSServer):
    """Answers one line and ends, so that the client does too."""

    def _converse(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as tls_connection:
            line = tls_connection.recv(100).decode()
            tls_connection.sendall(line.strip().removeprefix("is ").removesuffix("?").encode() + b", answered\n")
            tls_connection.unwrap()
