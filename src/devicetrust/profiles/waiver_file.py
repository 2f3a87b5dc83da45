"""Waivers in a file that people can read, and that programs watch.

Makes: `load_waivers`, `dump_waivers`, `save_waivers`, `WaiverFile`.
May import: errors, findings, rules.rule, profiles.waivers, profiles.known_codes.
Must never: pass over a key or a value that it does not know: a waiver that is misread lets in whom nobody meant.
Read first: `load_waivers`.

The form is TOML: ``schema = "devicetrust.waivers/1"``, and a table ``[[waiver]]`` for each.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.findings import Code, rfc3339
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.waivers import NO_WAIVERS, Waiver, Waivers
from devicetrust.rules.rule import Rule

__all__ = ["SCHEMA", "WaiverFile", "dump_waivers", "load_waivers", "save_waivers"]

SCHEMA: Final = "devicetrust.waivers/1"
# Ours: a thousand waivers for a hundred devices each.
_MOST_OCTETS: Final = 8 * 1024 * 1024
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
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_OCTETS + 1)
    except OSError as problem:
        raise UnreadableInput(f"waivers {path}: {problem.strerror or problem}") from None
    if len(content) > _MOST_OCTETS:
        raise UnreadableInput(f"waivers {path}: longer than {_MOST_OCTETS} octets")
    try:
        codes = {**known_codes(), **{rule.code.id: rule.code for rule in rules}}
        return Waivers(_read(tomllib.loads(content.decode("utf-8")), codes))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise UnreadableInput(f"waivers {path}: not TOML: {problem}") from None
    except (MisuseError, ValueError) as problem:
        raise UnreadableInput(f"waivers {path}: {problem}; none of its waivers counts until it is put right") from None


def dump_waivers(waivers: Waivers) -> str:
    """The waivers in the form that `load_waivers` reads."""
    return "\n".join([_COMMENT + f'schema = "{SCHEMA}"\n', *(_table(one) for one in waivers.waivers)])


def save_waivers(waivers: Waivers, target: str | os.PathLike[str]) -> None:
    """Write the file anew, whole or not at all: who watches it never sees half of it.

    Raises `UnreadableInput` where the folder cannot be written to.
    """
    path = Path(target)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(dump_waivers(waivers))
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise UnreadableInput(f"waivers {path} cannot be written: {problem.strerror or problem}") from None


class WaiverFile:
    """A file of waivers that may change at any time: a `devicetrust.sources.WaiverSource`.

    A file that cannot be read any more leaves the last waivers that could, each until its end, and ``problem`` says
    why; one that is gone leaves none. Raises `UnreadableInput` where it cannot be read at the beginning.
    """

    def __init__(self, path: str | os.PathLike[str], *, rules: Iterable[Rule] = ()) -> None:
        self.path: Final = Path(path)
        self.problem: str | None = None
        self._rules: Final = tuple(rules)
        self._seen = self._state()
        self._waivers = load_waivers(self.path, rules=self._rules)

    def waivers(self) -> Waivers:
        """Those of the file as it is now. Looks at its date, size and inode, and reads it where one has changed."""
        state = self._state()
        if state != self._seen:
            self._seen = state
            try:
                self._waivers, self.problem = load_waivers(self.path, rules=self._rules), None
            except UnreadableInput as problem:
                self.problem = str(problem)
                if state is None:
                    self._waivers = NO_WAIVERS
        return self._waivers

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _read(data: dict[str, Any], codes: Mapping[str, Code]) -> Iterable[Waiver]:
    if data.pop("schema", None) != SCHEMA:
        raise ValueError(f'it does not begin with schema = "{SCHEMA}"')
    tables = data.pop("waiver", [])
    if data:
        raise ValueError(f"unknown keys {', '.join(sorted(data))}; known are schema and [[waiver]]")
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise ValueError("waivers are tables: [[waiver]]")
    waivers = [_waiver(number, table, codes) for number, table in enumerate(tables, 1)]
    ids = [one.id for one in waivers]
    twice = sorted({one for one in ids if ids.count(one) > 1})
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
        raise ValueError(f"{where}: there is no finding {table['code']!r}")
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
