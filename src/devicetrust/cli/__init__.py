"""The command line: arguments in, an answer and an exit code out.

Makes: `main`.
May import: everything below; click and rich, which the extra ``cli`` brings.
Must never: judge. What it prints, a program can have from the library.
Read first: `main`, then `commands`, then one command.

The answer goes to standard output, errors and progress to standard error. Here, and where a public function defaults
``at=None``, is the clock read.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final, NoReturn

__all__ = ["main"]

_MISUSE: Final = 2
# What the extra ``cli`` brings.
_NEEDED: Final = ("click", "rich")


def main() -> NoReturn:
    """Run the command that the process was started with, and end the process with its exit code."""
    try:
        for needed in _NEEDED:
            import_module(needed)
    except ModuleNotFoundError as missing:
        print(f'devicetrust: {missing.name} is not installed; run: pip install "devicetrust[cli]"', file=sys.stderr)
        sys.exit(_MISUSE)
    from devicetrust.cli.commands import run  # noqa: PLC0415, needs what was looked for above

    sys.exit(run())
