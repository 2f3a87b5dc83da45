"""One answer as a file: what was asked, what came, and a digest that tells a whole file from half of one.

Makes: `Entry`, `read_entry`, `write_entry`.
May import: evidence, fetch.exchange.
Must never: raise for what a file holds; leave a file of which half is new.
Read first: `write_entry`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from devicetrust.fetch.exchange import Request

__all__ = ["PART", "SUFFIX", "Entry", "entry_path", "read_entry", "write_entry"]

SUFFIX: Final = ".evidence"
PART: Final = ".part"
_MAGIC: Final = b"devicetrust evidence 1\n"
# Ours: the longest URL that is asked, a request of OCSP in hexadecimal, and the words around them.
_LONGEST_HEADER: Final = 64 * 1024


class Entry(NamedTuple):
    """What was asked (``body`` None: by GET) and what came."""

    url: str
    body: bytes | None
    content: bytes


def entry_path(directory: Path, request: Request) -> Path:
    """Where the answer to this request lies."""
    return directory / f"{request.key.hex()}{SUFFIX}"


def write_entry(directory: Path, request: Request, content: bytes) -> None:
    """Put the answer in place of any before it: written aside, flushed to the disk, renamed. Raises `OSError`.

    Whoever reads meanwhile, or after a crash at any point, finds the old file or the new one, whole.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    header = {
        "url": request.url,
        "body": None if request.body is None else request.body.hex(),
        "octets": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    handle, part = tempfile.mkstemp(suffix=PART, dir=directory)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + json.dumps(header).encode("ascii") + b"\n")
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, entry_path(directory, request))
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
    _flush_directory(directory)


def read_entry(path: Path) -> Entry | None:
    """What the file holds; None where it is absent, cut short, damaged, or something else."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return None
            header = json.loads(file.readline(_LONGEST_HEADER))
            url, body, octets = header["url"], header["body"], header["octets"]
            content = file.read(octets + 1)
            whole = len(content) == octets and hashlib.sha256(content).hexdigest() == header["sha256"]
            return Entry(url, None if body is None else bytes.fromhex(body), content) if whole else None
    except (OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError, RecursionError):
        return None


def _flush_directory(directory: Path) -> None:
    """Make the rename last through a loss of power, where the system can: Windows cannot open a directory."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
