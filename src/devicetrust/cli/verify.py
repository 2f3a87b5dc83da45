"""``devicetrust verify``: is this certificate trusted, why (not), and until when.

Makes: `verify`.
May import: everything below, click.
Must never: guess whom to trust, for what purpose, or whom the caller means.
Read first: `verify`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click

from devicetrust import (
    Certificate,
    EvidenceOutlook,
    Outcome,
    Reference,
    TimeInterval,
    Verifier,
    Waivers,
    load_certificates,
    load_waivers,
)
from devicetrust.cli import arguments
from devicetrust.cli.each import Placed, entered, judge_each
from devicetrust.cli.exit_codes import ExitCode, answer
from devicetrust.cli.explained import explain_options, explained
from devicetrust.cli.fetch_options import fetch_options, settling
from devicetrust.cli.files import of_each_file
from devicetrust.cli.output import write_error, write_json, write_lines
from devicetrust.cli.profile_choice import chosen_profile, profile_option, strength_option
from devicetrust.cli.reference_options import DeviceOptions, reference_options, wanted_reference
from devicetrust.cli.reports import PROGRAM_FORMS, write_report
from devicetrust.cli.revocation_options import asking, evidence_at_hand, revocation_options
from devicetrust.cli.trust_options import trust_options, trust_store

__all__ = ["verify"]

_OUTLOOKS = {"renewed": EvidenceOutlook.RENEWED, "as-held": EvidenceOutlook.AS_HELD}
_ACCEPTED = {"trusted": Outcome.TRUSTED, "exception": Outcome.TRUSTED_BY_EXCEPTION}


@click.command(short_help="Judge a certificate: is it trusted, why (not), and until when.")
@click.argument("files", metavar="CERTIFICATE [INTERMEDIATES]...", type=click.Path(), nargs=-1, required=True)
@trust_options
@profile_option
@strength_option
@reference_options
@click.option(
    "--intermediates",
    "pools",
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    help="CA certificates at hand, trusted only where they verify. A file or directory. Repeatable.",
)
@click.option("--waivers", type=click.Path(), metavar="FILE", help="Waivers that count, as `devicetrust waive` keeps.")
@revocation_options
@fetch_options
@click.option("--each", is_flag=True, help="Judge every certificate of the files on its own.")
@arguments.at_or_within_option
@click.option(
    "--for",
    "lasting",
    type=arguments.Span(),
    metavar="SPAN",
    help="Refuse what is trusted now but not for that long, as 12h, 30d or 8w.",
)
@click.option(
    "--outlook",
    type=click.Choice(list(_OUTLOOKS)),
    help="With --for: whether the evidence at hand is taken as renewed in time, or as all that will ever come. "
    "Default: renewed.",
)
@click.option(
    "--accept",
    type=click.Choice(list(_ACCEPTED)),
    default="exception",
    show_default=True,
    help="The least to exit with 0 for: trusted by the rules, or by an exception that the profile grants.",
)
@arguments.password_option
@explain_options
@click.option(
    "--record",
    "recorded",
    type=click.Path(),
    metavar="FILE",
    help="Leave the verdict with all that it rests on in FILE, for `devicetrust replay`.",
)
@arguments.report_format_option
def verify(
    files: tuple[str, ...],
    anchors: tuple[str, ...],
    system: bool,
    certifi: bool,
    pins: tuple[str, ...],
    profile: str | None,
    strength: str | None,
    name: Reference | None,
    ip: Reference | None,
    uri: Reference | None,
    email: Reference | None,
    serial_number: str | None,
    manufacturer: str | None,
    hardware_module: Reference | None,
    permanent_identifier: Reference | None,
    udi: str | None,
    sdc_endpoint: Reference | None,
    spiffe: Reference | None,
    ae_title: str | None,
    udap: Reference | None,
    name_unchecked: bool,
    pools: tuple[str, ...],
    waivers: str | None,
    crls: tuple[str, ...],
    responses: tuple[str, ...],
    revocation: str | None,
    grace: timedelta | None,
    fetch: bool,
    allowed: tuple[str, ...],
    each: bool,
    at: datetime | TimeInterval | None,
    lasting: timedelta | None,
    outlook: str | None,
    accept: str,
    password_file: str | None,
    audience: str,
    language: str,
    recorded: str | None,
    form: str,
) -> ExitCode:
    """Judge the certificate of a device or server.

    The first certificate of the file CERTIFICATE is judged. The others in it, and those of INTERMEDIATES, are what was
    presented along with it, in any order. Files are PEM, DER, PKCS#7 or PKCS#12.

    Neither whom to trust nor the profile is guessed. Without a profile, those that fit the certificate are named.

    Whether a certificate was revoked is read from the CRLs and OCSP responses at hand. What is lacking is named, and
    with --fetch it is fetched.

    Exit code: 0 trusted, 1 untrusted, 2 misuse or unreadable input, 3 undecided.
    """
    if outlook is not None and lasting is None:
        raise click.UsageError("--outlook says what --for goes by; give --for as well")
    if audience == "help-desk" and (each or form != "text"):
        raise click.UsageError("--explain-to help-desk tells one verdict as text; leave out --each and --format")
    if audience == "engineer" and language != "en":
        raise click.UsageError("engineers are spoken to in English; give --explain-to help-desk with --language")
    if each and recorded is not None:
        raise click.UsageError("--record records one verdict; leave out --each")
    password = arguments.password(password_file)
    trust = trust_store(anchors, pins, system=system, certifi=certifi, password=password)
    found = _read_each(files, password) if each else _read_chain(files, password)
    judged = [one.certificate for one in found]
    verifier = Verifier(
        trust,
        profile=asking(chosen_profile(profile, judged if each else judged[:1], strength), revocation, grace),
        intermediates=[certificate for file in pools for certificate in load_certificates(file, password)],
        waivers=Waivers() if waivers is None else load_waivers(waivers),
    )
    device = DeviceOptions(
        serial_number, manufacturer, hardware_module, permanent_identifier, udi, sdc_endpoint, spiffe, ae_title
    )
    reference = wanted_reference(
        (name, ip, uri, udap, email), device, unchecked=name_unchecked, profile=verifier.profile
    )
    judge = settling(verifier, fetch=fetch, allowed=allowed)
    ask = partial(judge, reference=reference, evidence=evidence_at_hand(crls, responses), at=at)
    decide = partial(answer, least=_ACCEPTED[accept], lasting=lasting, outlook=_OUTLOOKS[outlook or "renewed"])
    if each:
        return judge_each(ask, found, decide, form)
    leaf, *presented = judged
    verdict = ask(leaf, presented)
    outcome = decide(verdict)
    if recorded is not None:
        Path(recorded).write_bytes(verdict.record())
    if _says_ca(leaf) and any(not _says_ca(other) for other in presented if other.unreadable is None):
        write_error(f"note: {files[0]} begins with a CA certificate, and that was judged; put the device's own first")
    if form == "json":
        write_json(verdict.to_dict())
    elif form in PROGRAM_FORMS:
        write_report([entered(found[0], verdict, outcome)], form)
    else:
        write_lines(explained(verdict, outcome, audience, language))
    return outcome.code


def _says_ca(certificate: Certificate) -> bool:
    constraints = None if certificate.unreadable is not None else certificate.basic_constraints
    return constraints is not None and constraints.ca


def _read_chain(files: Sequence[str], password: bytes | None) -> list[Placed]:
    if os.path.isdir(files[0]):
        raise click.UsageError(f"{files[0]} is a directory; name the file of the certificate, or judge --each in it")
    return [placed for file in files for placed in _placed(file, load_certificates(file, password))]


def _read_each(files: Sequence[str], password: bytes | None) -> list[Placed]:
    read = [one for path in files for one in of_each_file(path, lambda file: load_certificates(file, password))]
    return [placed for file, certificates in read for placed in _placed(file, certificates)]


def _placed(file: str, certificates: Sequence[Certificate]) -> list[Placed]:
    return [Placed(file, number, certificate) for number, certificate in enumerate(certificates)]
