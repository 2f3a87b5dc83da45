"""Whom the caller means: names of a service, entries of an inventory, or nobody and said so.

Makes: the options ``--name``, ``--ip``, ``--uri``, ``--udap``, ``--email``, ``--serial-number`` and its like,
  ``--ae-title``, ``--name-unchecked``.
May import: identity, profiles, click.
Must never: take a name from the certificate.
Read first: `wanted_reference`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from devicetrust import MisuseError, Profile, Reference
from devicetrust.profiles import ReferenceDemand

__all__ = ["DeviceOptions", "reference_options", "wanted_reference"]

Command = TypeVar("Command", bound=Callable[..., Any])


class DeviceOptions(NamedTuple):
    """What an inventory lists of the device: whatever is given must all be borne out."""

    serial_number: str | None
    manufacturer: str | None
    hardware_module: Reference | None
    permanent_identifier: Reference | None
    udi: str | None
    sdc_endpoint: Reference | None
    spiffe: Reference | None
    ae_title: str | None


class _ReferenceType(click.ParamType[Reference]):
    """Text that `Reference` makes an identity of."""

    def __init__(self, name: str, make: Callable[[str], Reference]) -> None:
        self.name = name
        self._make = make

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reference:
        if isinstance(value, Reference):
            return value
        try:
            return self._make(value)
        except MisuseError as problem:
            self.fail(str(problem), param, ctx)


def _hardware_module(text: str) -> Reference:
    kind, colon, serial = text.partition(":")
    try:
        octets = bytes.fromhex(serial)
    except ValueError:
        octets = b""
    if not colon or not octets:
        raise MisuseError(f"{text!r} is not OID:HEX, such as 1.3.6.1.4.1.343.9:534e2d31")
    return Reference.hardware_module(kind, octets)


def _permanent_identifier(text: str) -> Reference:
    assigner, _, value = text.partition(":")
    if not assigner or not value:
        raise MisuseError(f"{text!r} is not OID:VALUE, such as 1.3.6.1.4.1.343.10:SN-1")
    return Reference.permanent_identifier(value, assigner)


def reference_options(command: Command) -> Command:
    """Give a command the options that say whom the certificate must name."""
    for option in (
        click.option("--name-unchecked", is_flag=True, help="Check no name: you establish by other means who it is."),
        _option("--spiffe", "ID", Reference.spiffe, "The SPIFFE ID that the certificate must have."),
        _option("--sdc-endpoint", "UUID", Reference.sdc_endpoint, "The SDC endpoint that the certificate must name."),
        click.option(
            "--udi",
            metavar="UDI",
            help="The UDI that the certificate must hold: of GS1, with serial number. Any other is in no certificate, "
            "and only tells under which entry of an inventory the others of these options are listed.",
        ),
        click.option(
            "--ae-title",
            metavar="TITLE",
            help="The DICOM AE title under which an inventory lists what the others of these options say. It is in no "
            "certificate: it tells, and proves nothing by itself.",
        ),
        _option(
            "--permanent-identifier",
            "OID:VALUE",
            _permanent_identifier,
            "The permanent identifier, assigner and value, that the certificate must name.",
        ),
        _option(
            "--hardware-module",
            "OID:HEX",
            _hardware_module,
            "The hardware module, type and serial number, that the certificate must name.",
        ),
        click.option("--manufacturer", metavar="NAME", help="With --serial-number: whose serial number that is."),
        click.option(
            "--serial-number",
            metavar="NUMBER",
            help="The device's serial number that the certificate must have in its subject. All of these options that "
            "are given must be met, and --name and its like with them.",
        ),
        _option("--email", "ADDRESS", Reference.email, "The mailbox that the certificate must name."),
        _option(
            "--udap", "ISS", Reference.udap, "The URI that the certificate must hold, exactly as a UDAP iss has it."
        ),
        _option("--uri", "URI", Reference.uri, "The URI that the certificate must name."),
        _option("--ip", "ADDRESS", Reference.ip, "The IP address that the certificate must name."),
        _option("--name", "HOST", Reference.dns, "The host that the certificate must name."),
    ):
        command = option(command)
    return command


def wanted_reference(
    named: Sequence[Reference | None], device: DeviceOptions, *, unchecked: bool, profile: Profile
) -> Reference | None:
    """What must be met: the one name given, and all that is given of the device.

    Misuse where there are several names, or where the profile demands a reference and there is none.
    """
    names = [one for one in named if one is not None]
    listed = _listed(device)
    if len(names) + unchecked > 1:
        raise click.UsageError("give only one of --name, --ip, --uri, --udap, --email and --name-unchecked")
    if unchecked and (listed or device.ae_title is not None or device.udi is not None):
        raise click.UsageError("--name-unchecked says that nothing is checked; leave it out to check the device")
    if unchecked:
        return Reference.UNCHECKED
    wanted = _under_entry(device, [*names, *listed])
    if wanted is None and profile.reference is ReferenceDemand.REQUIRED:
        raise click.UsageError(
            f"the profile {profile.name} needs to know whom you expect; give --name HOST, --ip ADDRESS, --uri URI, "
            "--email ADDRESS or --serial-number NUMBER, or --name-unchecked if you establish that by other means"
        )
    return wanted


def _listed(device: DeviceOptions) -> list[Reference]:
    number, manufacturer, *others = device
    if number is None and manufacturer is not None:
        raise click.UsageError("--manufacturer says whose the --serial-number is; give that as well")
    found = [one for one in others if isinstance(one, Reference)]
    if number is None:
        return found
    try:
        return [Reference.device(serial_number=number, manufacturer=manufacturer), *found]
    except MisuseError as problem:
        raise click.UsageError(str(problem)) from problem


def _under_entry(device: DeviceOptions, asked: list[Reference]) -> Reference | None:
    """All that is asked for, with the UDI, under the entries that an inventory lists it under."""
    try:
        if device.udi is not None:
            asked = _with_udi(device.udi, asked)
        if device.ae_title is not None:
            if not asked:
                raise click.UsageError("--ae-title is in no certificate: give what is listed under it as well")
            return Reference.ae_title(device.ae_title, listed=Reference.all_of(*asked))
    except MisuseError as problem:
        raise click.UsageError(str(problem)) from problem
    return Reference.all_of(*asked) if asked else None


def _with_udi(udi: str, asked: list[Reference]) -> list[Reference]:
    """The UDI beside what is asked for, or where no certificate can hold it, as the entry that it is listed under."""
    try:
        return [*asked, Reference.udi(udi)]
    except MisuseError:
        if not asked:
            raise
        return [Reference.udi(udi, listed=Reference.all_of(*asked))]


def _option(flag: str, metavar: str, make: Callable[[str], Reference], help_text: str) -> Callable[[Command], Command]:
    return click.option(flag, type=_ReferenceType(metavar.lower(), make), metavar=metavar, help=help_text)
