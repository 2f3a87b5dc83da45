"""Programs and servers of the interop tests: on loopback only, bounded in time, ended by whoever started them.

Makes: `program`, `run`, `end`, `serving`, `Exchange`.
May import: the standard library, pytest, loopback.
Must never: listen on another address than 127.0.0.1, or leave a process behind.
Read first: `serving`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from loopback import Server, response

HOST = "127.0.0.1"
SECONDS = 20
"""No command takes longer; one that does is ended and fails the test."""
MOST_REQUESTS = 200
"""No server answers more, so that a client that asks for ever meets an end."""


def program(name: str, comes_from: str) -> str:
    """The path of a program: beside the interpreter, on the PATH, or where Debian puts servers; else skips aloud."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"no {name} on this machine: it comes with {comes_from}; what it would show is NOT shown")
    return found


def run(
    *command: str | Path,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    refusals: tuple[int, ...] = (),
) -> bytes:
    """What a command prints, on both streams. Raises `AssertionError` with all of it where the command fails.

    ``refusals`` are exit codes that are an answer too.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in (0, *refusals), f"{' '.join(map(str, command))}\n{done.stdout.decode(errors='replace')}"
    return done.stdout


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that the caller started: asks it to, and after a while does not ask."""
    process.terminate()
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(SECONDS)


class Exchange(NamedTuple):
    """One request as the server saw it. ``body`` is empty for GET."""

    method: str
    path: str
    body: bytes


class Answer(NamedTuple):
    """What goes back."""

    body: bytes
    content_type: str
    status: int = 200


@contextmanager
def serving(answer: Callable[[Exchange], Answer]) -> Iterator[tuple[str, list[Exchange]]]:
    """An HTTP server on loopback while the context lasts: its base URL, and what it was asked, in order."""
    asked: list[Exchange] = []

    def script(connection: socket.socket, request: bytes, _over: threading.Event) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        method, path, _ = head.partition(b"\r\n")[0].decode("ascii").split(" ")
        asked.append(Exchange(method, path, body))
        told = answer(asked[-1]) if len(asked) <= MOST_REQUESTS else Answer(b"", "text/plain", 429)
        connection.sendall(response(told.body, f"{told.status} -", Content_Type=told.content_type))

    with Server(script) as server:
        yield f"http://{HOST}:{server.port}", asked
