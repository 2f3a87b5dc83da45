"""``devicetrust test-pki``: the files by which a server under test trusts devices that exist for tests.

Makes: `test_pki`.
May import: everything below, click; testing, when asked for.
Must never: write a PKI that is not marked as one for tests.
Read first: `test_pki`.
"""

from __future__ import annotations

from pathlib import Path

import click

from devicetrust.cli.arguments import now
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.fields import field_lines, moment
from devicetrust.cli.output import Line, write_lines

__all__ = ["test_pki"]


@click.command("test-pki", short_help="Write a PKI for tests, for the server that test-server is to test.")
@click.argument("folder", type=click.Path())
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="DNS|IP",
    help="What the server is known by, for its certificate. Repeatable. Default: localhost and 127.0.0.1.",
)
@click.option("--seed", type=int, metavar="NUMBER", help="Which PKI: the same number gives the same keys. Default: 1.")
def test_pki(folder: str, names: tuple[str, ...], seed: int | None) -> ExitCode:
    """Write roots, CRLs and a server's certificate into FOLDER, marked TEST ONLY: their private keys are public.

    Load them into the server under test as the README.md among them says, and let test-server present devices to it. A
    folder that was written before is written anew, with CRLs from now and roots of the same names and keys.

    Exit code: 0 written, 2 misuse.
    """
    from devicetrust.testing.pki_folder import write_pki  # noqa: PLC0415, no other command issues anything

    written = write_pki(Path(folder), at=now(), seed=seed, names=names)
    write_lines(
        [
            Line(f"{folder}: a PKI for tests, whose private keys are public", "bold"),
            *field_lines("roots.pem", "the server must trust these roots for its clients"),
            *field_lines(
                "crls.pem", f"the server loads these if it checks revocation; until {moment(written.crls_end)}"
            ),
            *field_lines("server.pem, .key", f"a certificate for the server: {', '.join(written.names)}"),
            *field_lines("device.pem, .key", "a good device, to try the server by hand"),
            *field_lines("README.md", "how to set up the server"),
            Line(f"then: devicetrust test-server HOST:PORT --pki {folder} --protocol http", "cyan"),
        ]
    )
    return ExitCode.ACCEPTED
