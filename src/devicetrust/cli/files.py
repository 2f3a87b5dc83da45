"""Files named on the command line, and the files of a directory one by one.

Makes: `of_each_file`.
May import: errors, `output`.
Must never: pass over a file of a directory in silence.
Read first: `of_each_file`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from devicetrust import UnreadableInput
from devicetrust.cli.output import write_error

__all__ = ["of_each_file"]

Value = TypeVar("Value")


def of_each_file(path: str, load: Callable[[str], Value]) -> Iterator[tuple[str, Value]]:
    """(file, what ``load`` makes of it) for a file, or for each in a directory by name, sub-directories left out.

    Raises `UnreadableInput` where there is nothing in it. In a directory, a file with nothing in it is noted on
    standard error and passed over, so long as another has something.
    """
    if not os.path.isdir(path):
        yield path, load(path)
        return
    passed_over: list[str] = []
    found = 0
    for file in sorted(str(entry) for entry in Path(path).iterdir() if entry.is_file()):
        try:
            value = load(file)
        except UnreadableInput as problem:
            passed_over.append(str(problem))
        else:
            found += 1
            yield file, value
    if not found:
        raise UnreadableInput(
            f"{path}: nothing to read in this directory" + "".join(f"; {one}" for one in passed_over[:1])
        )
    for reason in passed_over:
        write_error(f"note: passed over {reason}")
