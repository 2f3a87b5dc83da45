"""Waivers in a file that people can read, and that programs watch.

Makes: `load_waivers`, `dump_waivers`, `save_waivers`, `change_waivers`, `WaiverFile`.
May import: errors, findings, rules.rule, profiles siblings.
Must never: pass over a key or a value that it does not know: a waiver that is misread lets in whom nobody meant.
Read first: `load_waivers`.

The form is TOML: ``schema = "devicetrust.waivers/1"``, and a table ``[[waiver]]`` for each.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.findings import Code, rfc3339
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.plain_forms import nearest
from devicetrust.profiles.waivers import NO_WAIVERS, Waiver, Waivers
from devicetrust.rules.rule import Rule

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["SCHEMA", "WaiverFile", "change_waivers", "dump_waivers", "load_waivers", "save_waivers"]

SCHEMA: Final = "devicetrust.waivers/1"
# Ours: a thousand waivers for a hundred devices each.
_MOST_OCTETS: Final = 8 * 1024 * 1024
_State: TypeAlias = "tuple[int, int, int, int, int]"
_REQUIRED: Final[Mapping[str, type]] = {
    "id": str,
    "code": str,
    "granted_by": str,
    "reason": str,
    "valid_from": datetime,
    "valid_until": datetime,
}
_OPTIONAL: Final[Mapping[str, type]] = {"devices": list, "issuer": str}
_COMMENT: Final = (
    "# What somebody who answers for this site lets pass, for whom, and until when. All end by themselves.\n"
)


def load_waivers(source: str | os.PathLike[str], *, rules: Iterable[Rule] = ()) -> Waivers:
    """The waivers in the file ``source``; ``rules`` are those beside the library's whose codes they may name.

    Raises `UnreadableInput` for a file that cannot be read, and for a key, a code or a digest that is not known, with
    the number of the waiver: none of its waivers counts then.
    """
    path = Path(source)
    return _parsed(_octets(path), path, rules)


def _octets(path: Path) -> bytes:
    """What is in the file now. A pipe or a device in its place is never waited for."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableInput(f"waivers {path}: not a regular file")
        with path.open("rb") as file:
            return file.read(_MOST_OCTETS + 1)
    except OSError as problem:
        raise UnreadableInput(f"waivers {path}: {problem.strerror or problem}") from None


def _parsed(content: bytes, path: Path, rules: Iterable[Rule]) -> Waivers:
    if len(content) > _MOST_OCTETS:
        raise UnreadableInput(f"waivers {path}: longer than {_MOST_OCTETS} octets")
    try:
        codes = {**{rule.code.id: rule.code for rule in rules}, **known_codes()}  # no rule takes a code's place
        return Waivers(_read(tomllib.loads(content.decode("utf-8")), codes))
    except RecursionError:
        raise UnreadableInput(f"waivers {path}: not TOML that can be read: it is nested too deep") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise UnreadableInput(f"waivers {path}: not TOML: {problem}") from None
    except (MisuseError, ValueError) as problem:
        raise UnreadableInput(f"waivers {path}: {problem}; none of its waivers counts until it is put right") from None


def dump_waivers(waivers: Waivers) -> str:
    """The waivers in the form that `load_waivers` reads."""
    return "\n".join([_COMMENT + f'schema = "{SCHEMA}"\n', *(_table(one) for one in waivers.waivers)])


def save_waivers(waivers: Waivers, target: str | os.PathLike[str]) -> None:
    """Write the file anew, whole or not at all: who watches it never sees half of it.

    A symbolic link stays, and what it points to is written; mode and, where that may be, owner of the file stay.
    Raises `UnreadableInput` where the folder cannot be written to, and for more than `load_waivers` would read.
    `change_waivers` is for a file that others change as well.
    """
    path = Path(os.path.realpath(target))
    content = dump_waivers(waivers).encode()
    if len(content) > _MOST_OCTETS:
        raise UnreadableInput(
            f"waivers {path} cannot be written: longer than {_MOST_OCTETS} octets, which nobody would read; take out "
            "waivers that ended long ago"
        )
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _keep_owner_and_mode(name, path)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise UnreadableInput(f"waivers {path} cannot be written: {problem.strerror or problem}") from None


def change_waivers(
    target: str | os.PathLike[str], change: Callable[[Waivers], Waivers], *, rules: Iterable[Rule] = ()
) -> Waivers:
    """What ``change`` makes of the waivers in the file, written to it: of two who change it at once, neither is lost.

    Where there is no file, there are no waivers, and one is made. Raises `UnreadableInput` as `load_waivers` and
    `save_waivers`; the file is as it was then.
    """
    path = Path(os.path.realpath(target))
    with _alone_with(path):
        after = change(load_waivers(path, rules=rules) if os.path.exists(path) else NO_WAIVERS)
        save_waivers(after, path)
    return after


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Whoever else changes the file waits. The lock is a file beside it, which stays: another cannot take its place."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        held = _locked(lock)
    except OSError as problem:
        raise UnreadableInput(f"waivers {path} cannot be written: {lock}: {problem.strerror or problem}") from None
    try:
        yield
    finally:
        os.close(held)  # lets go


def _locked(lock: Path) -> int:
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # another user has made it
        descriptor = os.open(lock, os.O_RDONLY)
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _keep_owner_and_mode(name: str, path: Path) -> None:
    """Who could read the file before can read the one that takes its place."""
    if not path.exists():
        os.chmod(name, 0o644)
        return
    before = path.stat()
    if sys.platform != "win32":
        with suppress(PermissionError):
            os.chown(name, -1, before.st_gid)
        with suppress(PermissionError):
            os.chown(name, before.st_uid, -1)
    os.chmod(name, before.st_mode & 0o777)


class WaiverFile:
    """A file of waivers that may change at any time: a `devicetrust.sources.WaiverSource`.

    A file that cannot be read any more leaves the last waivers that could, each until its end, and ``problem`` says
    why; one that is gone leaves none. Any number of threads may ask. Raises `UnreadableInput` where it cannot be read
    at the beginning.
    """

    def __init__(self, path: str | os.PathLike[str], *, rules: Iterable[Rule] = ()) -> None:
        self.path: Final = Path(path)
        self.problem: str | None = None
        self._rules: Final = tuple(rules)
        # One value, the state first seen and what was read then: whichever thread sets it last, a newer state is seen.
        self._held = self._state(), load_waivers(self.path, rules=self._rules)

    def waivers(self) -> Waivers:
        """Those of the file as it is now. Looks at its dates, size and inode, and reads it where one has changed."""
        state = self._state()
        seen, held = self._held
        if state == seen:
            return held
        try:
            content = _octets(self.path)
        except UnreadableInput as problem:
            self.problem = str(problem)
            if state is not None:  # it is there, and may be read another time
                return held
            self._held = None, NO_WAIVERS
            return NO_WAIVERS
        try:
            held, self.problem = _parsed(content, self.path, self._rules), None
        except UnreadableInput as problem:
            self.problem = str(problem)
        self._held = state, held
        return held

    def _state(self) -> _State | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev


def _read(data: dict[str, Any], codes: Mapping[str, Code]) -> Iterable[Waiver]:
    if data.pop("schema", None) != SCHEMA:
        raise ValueError(f'it does not begin with schema = "{SCHEMA}"')
    tables = data.pop("waiver", [])
    if data:
        raise ValueError(f"unknown keys {', '.join(sorted(data))}; known are schema and [[waiver]]")
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise ValueError("waivers are tables: [[waiver]]")
    waivers = [_waiver(number, table, codes) for number, table in enumerate(tables, 1)]
    twice = [name for name, times in Counter(one.id for one in waivers).items() if times > 1]
    if twice:
        raise ValueError(f"two waivers have the id {twice[0]}")
    return waivers


def _waiver(number: int, table: dict[str, Any], codes: Mapping[str, Code]) -> Waiver:
    where = f"waiver {number}"
    known = {**_REQUIRED, **_OPTIONAL}
    unknown = sorted(table.keys() - known.keys())
    lacking = sorted(_REQUIRED.keys() - table.keys())
    if unknown or lacking:
        what = f"unknown keys {', '.join(unknown)}" if unknown else f"lacks {', '.join(lacking)}"
        raise ValueError(f"{where}: {what}; known are {', '.join(known)}")
    for key, value in table.items():
        if type(value) is not known[key]:
            raise ValueError(f"{where}: {key} is a {_KINDS[known[key]]}, not {value!r}")
    code = codes.get(table["code"])
    if code is None:
        near = nearest(table["code"], codes)
        raise ValueError(f"{where}: there is no finding {table['code']!r}{near.removesuffix('.')}")
    digests = [_digest(where, one) for one in table.get("devices", [])]
    issuer = table.get("issuer")
    try:
        issuer_digest = None if issuer is None else _digest(where, issuer)
        return Waiver(**{**table, "code": code, "devices": frozenset(digests), "issuer": issuer_digest})
    except MisuseError as problem:
        raise ValueError(f"{where}: {problem}") from None


_KINDS: Final = {str: "text", datetime: "time with its time zone, as 2026-11-25T03:00:00Z", list: "list of digests"}


def _digest(where: str, text: object) -> bytes:
    try:
        digest = bytes.fromhex(str(text).replace(":", ""))
    except ValueError:
        digest = b""
    if not isinstance(text, str) or len(digest) != 32:
        raise ValueError(f"{where}: {text!r} is no SHA-256 digest of 64 hexadecimal digits")
    return digest


def _table(waiver: Waiver) -> str:
    lines = [
        "[[waiver]]",
        f"id = {_text(waiver.id)}",
        f"code = {_text(waiver.code.id)}",
        f"granted_by = {_text(waiver.granted_by)}",
        f"reason = {_text(waiver.reason)}",
        f"valid_from = {_time(waiver.valid_from)}",
        f"valid_until = {_time(waiver.valid_until)}",
    ]
    if waiver.issuer is not None:
        lines.append(f'issuer = "{waiver.issuer.hex()}"')
    if waiver.devices:
        lines.append("devices = [")
        lines += [f'    "{one}",' for one in sorted(digest.hex() for digest in waiver.devices)]
        lines.append("]")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's; DEL, which JSON leaves alone, is not allowed in one."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _time(moment: datetime) -> str:
    return rfc3339(moment.astimezone(UTC).replace(microsecond=0))
