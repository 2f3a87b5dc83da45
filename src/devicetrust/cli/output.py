"""Text and JSON to standard output; errors and progress to standard error.

Makes: `Line`.
May import: rich, where a terminal is written to.
Must never: send to a terminal what a certificate or a file name holds unescaped, or read markup in it.
Read first: `write_lines`.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

__all__ = ["Line", "encodable", "progress", "shown", "write_document", "write_error", "write_json", "write_lines"]

Item = TypeVar("Item")


class Line(NamedTuple):
    """One line of an answer, and the style that a terminal shows it in (rich's names; empty: none)."""

    text: str
    style: str = ""


def write_lines(lines: Iterable[Line]) -> None:
    """The lines to standard output; in colour where that is a terminal."""
    safe = [Line(shown(line.text), line.style) for line in lines]
    if sys.stdout.isatty():
        _write(lambda: _write_to_terminal(safe))
    else:
        _write(lambda: print("\n".join(line.text for line in safe), flush=True))


def write_json(data: Any) -> None:
    """One JSON document to standard output, in ASCII, so that it reads the same in every locale."""
    _write(lambda: print(json.dumps(data, indent=2), flush=True))


def write_document(text: str) -> None:
    """One document in ASCII to standard output, as it stands."""
    _write(lambda: print(text, end="", flush=True))


def write_error(message: str) -> None:
    """One line to standard error, whatever the message holds."""
    print(shown(" ".join(message.split())), file=sys.stderr)


def progress(items: Collection[Item], description: str) -> Iterator[Item]:
    """The items, with a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        return iter(items)
    from rich.console import Console  # noqa: PLC0415, only a terminal needs it
    from rich.progress import track  # noqa: PLC0415, likewise

    return iter(track(items, description, len(items), console=Console(stderr=True), transient=True))


def encodable() -> None:
    """Let standard output escape what its encoding does not have, rather than fail on it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def shown(text: str) -> str:
    """The text with every character escaped that does not print, the line feed too.

    A no-break space stays: French is written with it. What certificates hold was escaped before, that too.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == _NO_BREAK_SPACE else _escaped(one) for one in text)


_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


# What a write says once nobody reads any more; Windows says EINVAL.
_NOBODY_READS: Final = (errno.EPIPE, errno.EINVAL)


def _write(action: Callable[[], None]) -> None:
    """Do the writing. A reader that has gone (``| head``) has what it wanted: the exit code still tells the answer."""
    try:
        action()
    except OSError as problem:
        # What is buffered would fail once more when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if problem.errno not in _NOBODY_READS:
            raise


def _write_to_terminal(lines: Iterable[Line]) -> None:
    from rich.console import Console  # noqa: PLC0415, only a terminal needs it
    from rich.text import Text  # noqa: PLC0415, likewise

    console = Console(file=sys.stdout, highlight=False)
    for line in lines:
        console.print(Text(line.text, style=line.style), soft_wrap=True)
