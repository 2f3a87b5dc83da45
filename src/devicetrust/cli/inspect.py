"""``devicetrust inspect``: what is in these files.

Makes: `inspect`.
May import: everything below, click.
Must never: judge; a certificate that looks fine here may be trusted by nobody.
Read first: `inspect`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from devicetrust import Certificate
from devicetrust.cli import arguments
from devicetrust.cli.certificate_facts import certificate_facts
from devicetrust.cli.certificate_text import certificate_lines
from devicetrust.cli.contents import Contents, contents
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.fields import moment as time_text
from devicetrust.cli.files import of_each_file
from devicetrust.cli.output import Line, write_json, write_lines
from devicetrust.cli.status_facts import crl_facts, ocsp_facts
from devicetrust.cli.status_text import crl_lines, ocsp_lines
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["SCHEMA", "inspect"]

View = TypeVar("View", Certificate, CertificateRevocationList, OCSPResponse)

SCHEMA: Final = "devicetrust.inspection/3"


@click.command(short_help="Show what is in files of certificates, CRLs and OCSP responses.")
@click.argument("files", metavar="FILE...", type=click.Path(), nargs=-1, required=True)
@arguments.at_option
@arguments.password_option
@arguments.format_option
def inspect(files: tuple[str, ...], at: datetime | None, password_file: str | None, form: str) -> ExitCode:
    """Show what is in files or directories: certificates, CRLs and OCSP responses, with all their fields.

    Nothing is judged here, and no signature is checked. Days left are counted from the moment that --at names.

    Exit code: 0 everything could be read, 1 something could not, 2 misuse, or a file with nothing in it.
    """
    password = arguments.password(password_file)
    moment = at or arguments.now()
    found = [one for path in files for one in of_each_file(path, lambda file: contents(file, password))]
    facts: list[dict[str, Any]] = [{"file": file, "contents": _facts(inside, moment)} for file, inside in found]
    if form == "json":
        write_json({"schema": SCHEMA, "at": time_text(moment), "files": facts})
    else:
        write_lines([line for file in facts for line in _file_lines(file)])
    readable = all(one["unreadable"] is None for file in facts for one in file["contents"])
    return ExitCode.ACCEPTED if readable else ExitCode.REFUSED


def _facts(inside: Contents, at: datetime) -> list[dict[str, Any]]:
    return [
        *(_of("certificate", one, certificate_facts, at) for one in inside.certificates),
        *(_of("crl", one, crl_facts, at) for one in inside.crls),
        *(_of("ocsp_response", one, ocsp_facts, at) for one in inside.ocsp),
    ]


def _of(kind: str, view: View, facts: Callable[[View, datetime], dict[str, Any]], at: datetime) -> dict[str, Any]:
    told = {"kind": kind, "size": len(view.der), "sha256": view.fingerprint.hex(), "unreadable": view.unreadable}
    return told if view.unreadable is not None else {**told, **facts(view, at)}


def _file_lines(file: dict[str, Any]) -> list[Line]:
    lines: list[Line] = []
    for index, facts in enumerate(file["contents"]):
        lines.append(Line(f"{file['file']}[{index}]: {_KINDS[facts['kind']]}, {facts['size']} octets", "bold"))
        if facts["unreadable"] is not None:
            lines.append(Line(f"  {'cannot be read':<20} {facts['unreadable']}", "red"))
        else:
            lines += _TEXTS[facts["kind"]](facts)
        lines += [Line(f"  {'SHA-256':<20} {facts['sha256']}"), Line("")]
    return lines


_KINDS: Final = {
    "certificate": "certificate",
    "crl": "CRL",
    "ocsp_response": "OCSP response",
}
_TEXTS: Final = {
    "certificate": certificate_lines,
    "crl": crl_lines,
    "ocsp_response": ocsp_lines,
}
