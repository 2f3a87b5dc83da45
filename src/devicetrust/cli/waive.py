"""``devicetrust waive``: let something pass for a while, see what passes, and end it.

Makes: `waive`, with ``add``, ``list`` and ``end``.
May import: everything below, click.
Must never: grant a waiver without a name, a reason and an end.
Read first: `add`.
"""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

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
from devicetrust.cli.output import Line, progress, write_json, write_lines
from devicetrust.cli.profile_choice import chosen_profile, profile_option
from devicetrust.cli.revocation_options import asking, evidence_at_hand, revocation_options
from devicetrust.cli.trust_options import trust_options, trust_store
from devicetrust.findings import Code, Effect, Severity, Waivable, rfc3339
from devicetrust.profiles.forms import RULES
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.waiver_file import change_waivers
from devicetrust.rules.rule import Role

__all__ = ["SCHEMA", "waive"]

SCHEMA: Final = "devicetrust.waivers-listed/1"
# What is a warning or a notice under every profile refuses nobody: there is nothing to except.
_WAIVABLE: Final = sorted(
    code.id
    for code in known_codes().values()
    if code.waivable is Waivable.BY_WAIVER and code.severity is Severity.ERROR
)
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
    is_new = not os.path.exists(file)
    named = [_named(one, password, Role.LEAF) for one in devices]
    authority = None if issuer is None else _named(issuer, password, Role.INTERMEDIATE)
    waiver = Waiver(
        id=name or "",
        code=known_codes()[code],
        granted_by=granted_by,
        reason=reason,
        valid_from=start,
        valid_until=ends if ends is not None else start + (lasting or timedelta()),
        devices=frozenset(one.digest for one in named),
        issuer=None if authority is None else authority.digest,
    )
    profile = None if judging["profile"] is None else chosen_profile(judging["profile"], ())
    longest = _LONGEST if profile is None else profile.longest_waiver
    if waiver.span > longest:
        whose = "profiles let" if profile is None else f"{profile.name} lets"
        raise click.UsageError(f"it would last {waiver.span}, and {whose} no waiver last longer than {longest}")
    if profile is not None:
        _demand_effect(profile, waiver.code)

    def added(before: Waivers) -> Waivers:
        if any(one.id == name for one in before.waivers):
            raise click.UsageError(f"there is a waiver {name} already; give another --id")
        return Waivers([*before.waivers, attrs.evolve(waiver, id=name or _new_id(before, start))])

    before = Waivers() if is_new else load_waivers(file)
    counted = _counted(before, added(before), start, judging, password)
    granted = change_waivers(file, added).waivers[-1]
    whom = [f"  {'CA' if one is authority else 'device'} {one}" for one in [*named, authority] if one is not None]
    write_lines(
        [
            Line(f"granted {granted.id}: {_described(granted)}", "bold yellow"),
            *(Line(one) for one in whom),
            *counted,
            *([Line(f"{file} is new: is it the file that the verifiers watch?", "yellow")] if is_new else []),
        ]
    )
    return ExitCode.ACCEPTED


def _demand_effect(profile: Profile, code: Code) -> None:
    """Misuse where a waiver for ``code`` would change nothing under ``profile``."""
    if code.id in profile.unwaivable:
        raise click.UsageError(f"{profile.name} lets no waiver cover {code.id}")
    asked = code.id not in RULES or any(rule.code == code for rule in profile.rules)
    if code.effect is not Effect.LEAVES_OPEN and not (asked and profile.blocks(code)):
        raise click.UsageError(f"{profile.name} refuses nobody for {code.id}: there is nothing to waive")


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
    before = load_waivers(file)  # where there is none, none is made

    def without(before: Waivers) -> Waivers:
        chosen = _chosen(before, name, file)
        if chosen.valid_until < now:
            raise click.UsageError(f"the waiver {name} ended at {rfc3339(chosen.valid_until)}")
        last = now - timedelta(seconds=1)
        ended = [] if chosen.valid_from > last else [attrs.evolve(chosen, valid_until=last)]
        return Waivers([*(one for one in before.waivers if one is not chosen), *ended])

    lines = [Line(f"ended {name}: {_described(_chosen(before, name, file))}", "bold")]
    lines += _counted(before, without(before), now, judging, password)
    change_waivers(file, without)
    write_lines(lines)
    return ExitCode.ACCEPTED


def _chosen(waivers: Waivers, name: str, file: str) -> Waiver:
    chosen = next((one for one in waivers.waivers if one.id == name), None)
    if chosen is None:
        known = ", ".join(one.id for one in waivers.waivers) or "none"
        raise click.UsageError(f"{file} has no waiver {name}; it has {known}")
    return chosen


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
    came = went = still = 0
    earlier, later = verifier.evolve(waivers=before), verifier.evolve(waivers=after)
    for device in progress(devices, "counting"):
        was, is_now = (
            one.verify(device, reference=Reference.UNCHECKED, evidence=evidence, at=at).outcome.admits
            for one in (earlier, later)
        )
        came += is_now and not was
        went += was and not is_now
        still += not is_now
    return [Line(f"of {len(devices)} known devices it lets in {came} and turns away {went}; refused with it: {still}")]


def _is_authority(certificate: Certificate) -> bool:
    constraints = None if certificate.unreadable is not None else certificate.basic_constraints
    return constraints is not None and constraints.ca


class _Named(NamedTuple):
    """Whom a waiver names: a SHA-256, and who that is, where it is known."""

    digest: bytes
    title: str

    def __str__(self) -> str:
        return f"{self.digest.hex()[:16]}  {self.title}"


def _named(given: str, password: bytes | None, role: Role) -> _Named:
    """The SHA-256 that the caller wrote, or that of the certificate in the file that it named.

    Of the certificates in a file it is the device's, which comes first, or the only CA's. Misuse where that is another.
    """
    text = given.replace(":", "")
    if _DIGEST.fullmatch(text):
        return _Named(bytes.fromhex(text), "named by its SHA-256")
    found = load_certificates(given, password)
    if role is not Role.LEAF:
        found = [one for one in found if _is_authority(one)] if len(found) > 1 else found
        if len(found) != 1:
            raise click.UsageError(f"{given} holds {len(found)} certificates of CAs; --issuer names one: give its file")
    certificate = found[0]
    if certificate.unreadable is not None:
        return _Named(certificate.fingerprint, "a certificate that cannot be read")
    if _is_authority(certificate) is (role is Role.LEAF):
        kind, option = ("a CA", "--issuer") if role is Role.LEAF else ("no CA", "--device")
        raise click.UsageError(f"{given} is the certificate of {kind}, {certificate.subject}: name it with {option}")
    return _Named(certificate.fingerprint, str(certificate.subject) or f"serial number {certificate.serial_number:x}")


_DIGEST: Final = re.compile(r"[0-9A-Fa-f]{64}")


def _new_id(before: Waivers, start: datetime) -> str:
    day = start.strftime("%Y%m%d")
    taken = {one.id for one in before.waivers}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{day}-{number}") not in taken)


def _described(waiver: Waiver) -> str:
    count = len(waiver.devices)
    whom = [f"{count} device{'' if count == 1 else 's'}"] if count else []
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
