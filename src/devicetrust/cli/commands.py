"""The commands together, and what becomes of their errors.

Makes: `run`, `devicetrust`.
May import: every command, click.
Must never: show a traceback for what the caller or a file did wrong: that is one line on standard error, exit code 2.
Read first: `run`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

import click

from devicetrust import DeviceTrustError, PasswordRequired, __version__
from devicetrust.cli.arguments import PASSWORD_VARIABLE
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.inspect import inspect
from devicetrust.cli.lint import lint
from devicetrust.cli.output import encodable, write_error
from devicetrust.cli.profiles import profiles
from devicetrust.cli.replay import replay
from devicetrust.cli.rules import rules
from devicetrust.cli.server_trial import test_server
from devicetrust.cli.trial_pki import test_pki
from devicetrust.cli.verify import verify
from devicetrust.cli.waive import waive

__all__ = ["devicetrust", "run"]

# What a shell reports for a process that Ctrl-C ended: 128 + SIGINT.
_INTERRUPTED = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` name (None: those of the process), and return its exit code."""
    encodable()
    words = None if arguments is None else list(arguments)
    try:
        with warnings.catch_warnings():
            # What `cryptography` warns its callers of, they find among the findings; who sets -W sees it all the same.
            if not sys.warnoptions:
                warnings.simplefilter("ignore")
            return int(devicetrust.main(words, prog_name="devicetrust", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as nothing_asked:
        nothing_asked.show()
    except click.UsageError as misuse:
        command = "devicetrust" if misuse.ctx is None else misuse.ctx.command_path
        write_error(f"{command}: {misuse.format_message()}")
    except PasswordRequired as problem:
        write_error(f"devicetrust: {problem} with --password-file FILE or in the variable {PASSWORD_VARIABLE}")
    except DeviceTrustError as problem:
        write_error(f"devicetrust: {problem}")
    except OSError as problem:
        file = f"{problem.filename}: " if problem.filename else ""
        write_error(f"devicetrust: {file}{problem.strerror or problem}")
    except click.Abort:
        return _INTERRUPTED
    return ExitCode.UNUSABLE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="devicetrust", message="%(prog)s %(version)s")
def devicetrust() -> None:
    """Which device is this, is it trusted, why (not), and until when.

    Exit code: 0 trusted or nothing to report, 1 untrusted or findings, 2 misuse or unreadable input, 3 undecided.
    """


devicetrust.add_command(inspect)
devicetrust.add_command(lint)
devicetrust.add_command(profiles)
devicetrust.add_command(replay)
devicetrust.add_command(rules)
devicetrust.add_command(test_pki)
devicetrust.add_command(test_server)
devicetrust.add_command(verify)
devicetrust.add_command(waive)
