"""``devicetrust waive``: let something pass for a while, see what passes, and end it.

Makes: `waive`, with ``add``, ``list`` and ``end``.
May import: everything below, click.
Must never: grant a waiver without a name, a reason and an end.
Read first: `add`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs
import click

from devicetrust import (
    Certificate,
    Profile,
    Reference,
    Verifier,
    Waiver,
    Waivers,
    load_certificates,
    load_waivers,
    profiles,
)
from devicetrust.cli import arguments
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.files import of_each_file
from devicetrust.cli.output import Line, write_json, write_lines
from devicetrust.cli.profile_choice import chosen_profile, profile_option
from devicetrust.cli.revocation_options import asking, evidence_at_hand, revocation_options
from devicetrust.cli.trust_options import trust_options, trust_store
from devicetrust.findings import Waivable, rfc3339
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.waiver_file import save_waivers

__all__ = ["SCHEMA", "waive"]

SCHEMA: Final = "devicetrust.waivers-listed/1"
_WAIVABLE: Final = sorted(code.id for code in known_codes().values() if code.waivable is Waivable.BY_WAIVER)
_LONGEST: Final = profiles.rfc5280.longest_waiver


@click.group(short_help="Let something pass for a while, see what passes, and end it.")
def waive() -> None:
    """Keep the file of waivers that verifiers watch: exceptions with a name, a reason and an end."""


_file = click.argument("file", metavar="FILE", type=click.Path())


def _known_options(command: Any) -> Any:
    """The options that say which devices are known, and how they are judged."""
    for option in (
        arguments.password_option,
        revocation_options,
        profile_option,
        trust_options,
        click.option(
            "--known",
            "known",
            type=click.Path(),
            multiple=True,
            metavar="FILE",
            help="Certificates of known devices, to count whom it lets in. A file or directory. Repeatable.",
        ),
    ):
        command = option(command)
    return command


@waive.command(short_help="Grant a waiver.")
@_file
@click.option(
    "--code", type=click.Choice(_WAIVABLE), metavar="CODE", required=True, help="What to let pass: a finding's code."
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="CERTIFICATE",
    help="For this device: the file of its certificate, or the SHA-256 of it or of its key. Repeatable.",
)
@click.option(
    "--issuer", metavar="CERTIFICATE", help="For this CA: the file of its certificate, or the SHA-256 of it or its key."
)
@click.option("--granted-by", required=True, metavar="NAME", help="Who answers for it.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--from", "begins", type=arguments.Moment(), metavar="TIME", help="When it begins. Default: now.")
@click.option("--until", "ends", type=arguments.Moment(), metavar="TIME", help="Its last second.")
@click.option("--for", "lasting", type=arguments.Span(), metavar="SPAN", help="Or how long it lasts, as 12h or 2d.")
@click.option("--id", "name", metavar="ID", help="What to call it. Default: the day and a number.")
@_known_options
def add(
    file: str,
    code: str,
    devices: tuple[str, ...],
    issuer: str | None,
    granted_by: str,
    reason: str,
    begins: datetime | None,
    ends: datetime | None,
    lasting: timedelta | None,
    name: str | None,
    **judging: Any,
) -> ExitCode:
    """Add a waiver to FILE, which is made where there is none. Verifiers that watch it heed it at once.

    It covers one code, for the devices or the CA that are named. What proves who issued a certificate, or whom it
    names, no waiver covers. With --known, --anchor and --profile it says how many of the known devices it lets in.
    """
    if (ends is None) == (lasting is None):
        raise click.UsageError("a waiver ends: give either --until TIME or --for SPAN")
    password = arguments.password(judging["password_file"])
    start = begins or arguments.now()
    before = load_waivers(file) if Path(file).exists() else Waivers()
    waiver = Waiver(
        id=name or _new_id(before, start),
        code=known_codes()[code],
        granted_by=granted_by,
        reason=reason,
        valid_from=start,
        valid_until=ends if ends is not None else start + (lasting or timedelta()),
        devices=frozenset(_digest(one, password) for one in devices),
        issuer=None if issuer is None else _digest(issuer, password),
    )
    if any(one.id == waiver.id for one in before.waivers):
        raise click.UsageError(f"there is a waiver {waiver.id} already; give another --id")
    profile = None if judging["profile"] is None else chosen_profile(judging["profile"], ())
    longest = _LONGEST if profile is None else profile.longest_waiver
    if waiver.span > longest:
        whose = "profiles let" if profile is None else f"{profile.name} lets"
        raise click.UsageError(f"it would last {waiver.span}, and {whose} no waiver last longer than {longest}")
    after = Waivers([*before.waivers, waiver])
    lines = [Line(f"granted {waiver.id}: {_described(waiver)}", "bold yellow")]
    lines += _counted(before, after, start, judging, password)
    save_waivers(after, file)
    write_lines(lines)
    return ExitCode.ACCEPTED


@waive.command(name="list", short_help="List the waivers of a file.")
@_file
@arguments.at_option
@arguments.format_option
def list_(file: str, at: datetime | None, form: str) -> ExitCode:
    """List the waivers in FILE, and which are in force, will be, or have ended.

    Exit code: 0; 1 where one in force ends within a day, so that a scheduled job can tell.
    """
    moment = at or arguments.now()
    waivers = load_waivers(file).waivers
    if form == "json":
        write_json({"schema": SCHEMA, "at": rfc3339(moment), "waivers": [_data(one, moment) for one in waivers]})
    else:
        write_lines([_listed(one, moment) for one in waivers] or [Line("no waivers")])
    return ExitCode.REFUSED if any(one.announces(moment) for one in waivers) else ExitCode.ACCEPTED


@waive.command(short_help="End a waiver now.")
@_file
@click.argument("name", metavar="ID")
@_known_options
def end(file: str, name: str, **judging: Any) -> ExitCode:
    """End the waiver ID of FILE now. It stays in the file, as a record; one that has not begun is taken out."""
    password = arguments.password(judging["password_file"])
    now = arguments.now()
    before = load_waivers(file)
    chosen = next((one for one in before.waivers if one.id == name), None)
    if chosen is None:
        known = ", ".join(one.id for one in before.waivers) or "none"
        raise click.UsageError(f"{file} has no waiver {name}; it has {known}")
    if chosen.valid_until < now:
        raise click.UsageError(f"the waiver {name} ended at {rfc3339(chosen.valid_until)}")
    last = now - timedelta(seconds=1)
    ended = [] if chosen.valid_from > last else [attrs.evolve(chosen, valid_until=last)]
    others = [one for one in before.waivers if one is not chosen]
    after = Waivers([*others, *ended])
    lines = [Line(f"ended {name}: {_described(chosen)}", "bold")]
    lines += _counted(before, after, now, judging, password)
    save_waivers(after, file)
    write_lines(lines)
    return ExitCode.ACCEPTED


def _counted(
    before: Waivers, after: Waivers, at: datetime, judging: dict[str, Any], password: bytes | None
) -> list[Line]:
    """How many of the known devices the change lets in, and how many it turns away."""
    if not judging["known"]:
        return [Line("whom it lets in is not known: give --known FILE, --anchor FILE and --profile NAME to count")]
    trust = trust_store(
        judging["anchors"],
        judging["pins"],
        system=judging["system"],
        certifi=judging["certifi"],
        password=password,
    )
    read = [of_each_file(path, lambda file: load_certificates(file, password)) for path in judging["known"]]
    certificates = list(dict.fromkeys(one for files in read for _, found in files for one in found))
    devices = [one for one in certificates if not _is_authority(one)]
    profile: Profile = asking(chosen_profile(judging["profile"], devices), judging["revocation"], judging["grace"])
    verifier = Verifier(trust, profile=profile, intermediates=[one for one in certificates if _is_authority(one)])
    evidence = evidence_at_hand(judging["crls"], judging["responses"])
    admitted = [
        {
            device.fingerprint
            for device in devices
            if verifier.evolve(waivers=waivers)
            .verify(device, reference=Reference.UNCHECKED, evidence=evidence, at=at)
            .outcome.admits
        }
        for waivers in (before, after)
    ]
    came, went = len(admitted[1] - admitted[0]), len(admitted[0] - admitted[1])
    still = len(devices) - len(admitted[1])
    return [
        Line(f"of {len(devices)} known devices it lets in {came} and turns away {went}; {still} are refused with it")
    ]


def _is_authority(certificate: Certificate) -> bool:
    constraints = None if certificate.unreadable is not None else certificate.basic_constraints
    return constraints is not None and constraints.ca


def _digest(given: str, password: bytes | None) -> bytes:
    """The SHA-256 that the caller wrote, or that of the first certificate in the file that it named."""
    text = given.replace(":", "")
    if len(text) == 2 * hashlib.sha256().digest_size:
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    return load_certificates(given, password)[0].fingerprint


def _new_id(before: Waivers, start: datetime) -> str:
    day = start.strftime("%Y%m%d")
    taken = {one.id for one in before.waivers}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{day}-{number}") not in taken)


def _described(waiver: Waiver) -> str:
    whom = [f"{len(waiver.devices)} devices"] if waiver.devices else []
    whom += [f"the CA {waiver.issuer.hex()[:16]}"] if waiver.issuer is not None else []
    return (
        f"{waiver.code.id} for {' of '.join(whom)} until {rfc3339(waiver.valid_until)}, "
        f"by {waiver.granted_by}: {waiver.reason}"
    )


def _state(waiver: Waiver, at: datetime) -> str:
    if at < waiver.valid_from:
        return "to come"
    if at > waiver.valid_until:
        return "ended"
    soon = waiver.announces(at)
    return "in force" if soon is None else f"ends within {int(soon.total_seconds()) // 3600} h"


def _listed(waiver: Waiver, at: datetime) -> Line:
    state = _state(waiver, at)
    style = {"in force": "yellow", "to come": "", "ended": "dim"}.get(state, "bold red")
    return Line(f"{state:<15}  {waiver.id}  {_described(waiver)}", style)


def _data(waiver: Waiver, at: datetime) -> dict[str, Any]:
    return {
        "id": waiver.id,
        "state": _state(waiver, at),
        "code": waiver.code.id,
        "granted_by": waiver.granted_by,
        "reason": waiver.reason,
        "valid_from": rfc3339(waiver.valid_from),
        "valid_until": rfc3339(waiver.valid_until),
        "devices": sorted(one.hex() for one in waiver.devices),
        "issuer": None if waiver.issuer is None else waiver.issuer.hex(),
    }
