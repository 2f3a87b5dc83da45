"""Runs a server that would listen on every address where only this program reaches it, and relays one port to it.

Makes: ``unshare --net python kept_inside.py PORT COMMAND...``, which ends with the command, and ends it by SIGTERM.
May import: the standard library.
Must never: be run outside of a network of its own: the command would listen to the world.
Read first: `main`.

Standard input is a socket of the network outside, bound and not yet listening. It stays there whoever holds it, and
begins to listen once the command does at PORT.
"""

from __future__ import annotations

import contextlib
import fcntl
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

INSIDE = "127.0.0.1"
_SET_FLAGS, _UP = 0x8914, 0x1  # SIOCSIFFLAGS and IFF_UP of Linux


def main(port: int, command: list[str]) -> int:
    """The exit code of the command."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "this network is not one of its own"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    outside = socket.socket(fileno=0)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            while not _listens(port):
                if process.poll() is not None:
                    return process.returncode
                time.sleep(0.02)
            outside.listen()
            while True:
                connection, _ = outside.accept()
                threading.Thread(target=_relay, args=(connection, port), daemon=True).start()
        finally:
            process.kill()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((INSIDE, port), 1).close()
    except OSError:
        return False
    return True


def _relay(connection: socket.socket, port: int) -> None:
    with connection, socket.create_connection((INSIDE, port)) as inner:
        back = threading.Thread(target=_pass_on, args=(inner, connection), daemon=True)
        back.start()
        _pass_on(connection, inner)
        back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """All octets, and then the end."""
    with contextlib.suppress(OSError):
        while octets := source.recv(1 << 16):
            sink.sendall(octets)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
