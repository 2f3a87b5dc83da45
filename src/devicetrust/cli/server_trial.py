"""``devicetrust test-server``: which wrong devices does this TLS server admit?

Makes: `test_server`.
May import: everything below, click; testing, when asked for.
Must never: contact a host beyond loopback that nobody named or said yes to; present what is not marked TEST ONLY.
Read first: `test_server`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from devicetrust.cli import arguments
from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.output import progress, shown, write_error, write_json, write_lines
from devicetrust.x509.general_names import is_valid_dns_name

if TYPE_CHECKING:
    from devicetrust.testing.faults import Fault

__all__ = ["test_server"]

# Ours: what a handshake over a slow line takes, and no more than a tester waits for, in seconds.
_SHORTEST, _LONGEST = 0.1, 60.0


class Place(NamedTuple):
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class HostAndPort(click.ParamType[Place]):
    """A DNS name or an IP address, and a port; an IPv6 address stands in brackets (RFC 3986 3.2.2)."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """The host in lower case, without brackets, and the port."""
        if isinstance(value, Place):
            return value
        found = _PLACE.fullmatch(value)
        if found is None or not 0 < int(found["port"]) < 1 << 16 or len(found["host"] or "") > _LONGEST_NAME:
            self.fail(f"{value!r} is no server; write HOST:PORT, as gateway.example:443 or [::1]:8443", param, ctx)
        host = (found["address"] or found["host"]).lower()
        if found["address"] is not None and not _is_address(host):
            self.fail(f"{host!r} is no IPv6 address", param, ctx)
        return Place(host, int(found["port"]))


# Labels of names that resolvers take, the underscore of local ones too (RFC 1035 2.3.4: octets of a label, of a name).
_LABEL: Final = "[0-9A-Za-z_-]{1,63}"
_LONGEST_NAME: Final = 253
_PLACE: Final = re.compile(
    rf"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<host>{_LABEL}(?:\.{_LABEL})*\.?)):(?P<port>[0-9]{{1,5}})"
)


@click.command("test-server", short_help="Present wrong devices to a TLS server: which does it admit?")
@click.argument("place", metavar="HOST:PORT", type=HostAndPort())
@click.option(
    "--pki",
    "folder",
    type=click.Path(),
    required=True,
    metavar="FOLDER",
    help="What test-pki wrote, and the server was set up with.",
)
@click.option(
    "--protocol",
    type=click.Choice(["dicom", "http", "line", "mqtt"]),
    required=True,
    help="What to say once the handshake is done, for its end alone says little: ask for an association, ask for the "
    "page /, send an empty line that is answered with anything, or CONNECT.",
)
@click.option(
    "--fault",
    "wanted",
    multiple=True,
    metavar="NAME",
    help="Present this fault, as EXPIRED. Repeatable. Default: all that a client can show.",
)
@click.option(
    "--without", "unwanted", multiple=True, metavar="NAME", help="Leave this fault out. Repeatable. The answer says so."
)
@click.option(
    "--contact",
    metavar="HOST",
    help="The host once more, where it is not this machine: yes, it is to be contacted. Default: ask, on a terminal.",
)
@click.option(
    "--server-name",
    metavar="NAME",
    help="The server that is asked for in the handshake (SNI). Default: HOST, where it is a name.",
)
@click.option("--tls", "version", type=click.Choice(["1.2", "1.3"]), help="Offer this version alone. Default: both.")
@click.option(
    "--timeout",
    type=click.FloatRange(_SHORTEST, _LONGEST),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the answer to each device.",
)
@arguments.format_option
def test_server(
    place: Place,
    folder: str,
    protocol: str,
    wanted: tuple[str, ...],
    unwanted: tuple[str, ...],
    contact: str | None,
    server_name: str | None,
    version: str | None,
    timeout: float,
    form: str,
) -> ExitCode:
    """Present a good device to the TLS server at HOST:PORT, none, one with each fault, then the good one again.

    The server must demand a client certificate, and trust the roots that test-pki wrote; beside each fault stands what
    devicetrust finds of it. TLS must begin with the first octet: STARTTLS and its like are not spoken.

    Exit code: 0 the good device was admitted and all others refused, 1 a wrong one was admitted, 2 misuse, or the good
    one was not admitted, so that nothing was shown, 3 the server gave no answer, or a fault of --fault was not sent.
    """
    # No other command needs what stands in testing.
    from devicetrust.cli.admissions import Trial, conclusion, trial_facts, trial_lines  # noqa: PLC0415
    from devicetrust.testing import conversations, handshakes  # noqa: PLC0415
    from devicetrust.testing.pki_folder import read_pki  # noqa: PLC0415
    from devicetrust.testing.refusals import NO_CERTIFICATE, NOBODY, examine  # noqa: PLC0415

    if server_name is not None and not is_valid_dns_name(server_name):
        raise click.UsageError(f"--server-name takes a DNS name, not {server_name!r}")
    moment, chosen = arguments.now(), _chosen(wanted, unwanted)
    pki = read_pki(Path(folder))
    nobody = {NO_CERTIFICATE: NOBODY} if NO_CERTIFICATE in chosen else {}
    faults = [fault for fault in chosen.values() if fault is not None]
    faulty, good = {**nobody, **pki.faulty(faults, moment)}, {"good device": pki.good(moment)}
    allowed = _allowed(place, contact, is_here=bool(handshakes.loopback_addresses(place.host)))
    spoken = {
        "dicom": conversations.DICOM,
        "http": conversations.HTTP,
        "line": conversations.LINE,
        "mqtt": conversations.MQTT,
    }
    examined = examine(
        place,
        faulty,
        good,
        watch=partial(progress, description="presenting"),
        allow=allowed,
        conversation=spoken[protocol],
        server_name=server_name or (None if _is_address(place.host) else place.host.rstrip(".")),
        version=None if version is None else handshakes.VERSIONS[version],
        timeout=timeout,
    )
    left_out = tuple(dict.fromkeys(unwanted))
    trial = Trial(str(place), protocol, moment, pki, examined, left_out, is_selection=bool(wanted))
    code, told = conclusion(trial)
    if code is ExitCode.UNUSABLE:
        write_error(f"devicetrust: {place}: {told}")
    if examined.faulty:
        if form == "json":
            write_json(trial_facts(trial))
        else:
            write_lines(trial_lines(trial))
    return code


def _chosen(wanted: Sequence[str], unwanted: Sequence[str]) -> dict[str, Fault | None]:
    """What is to be presented, by name; None is no certificate at all."""
    from devicetrust.testing.refusals import NO_CERTIFICATE, SHOWN, SHOWN_BY_CRLS  # noqa: PLC0415, as above

    offered: dict[str, Fault | None] = {NO_CERTIFICATE: None}
    offered |= {fault.name: fault for fault in (*SHOWN, *SHOWN_BY_CRLS)}
    for name in (*wanted, *unwanted):
        if name not in offered:
            raise click.UsageError(f"{name!r} is no fault that a client can show; those are {', '.join(offered)}")
    left = {name: fault for name, fault in offered.items() if name in (wanted or offered) and name not in unwanted}
    if not left:
        raise click.UsageError("no fault is left to present; take one away from --without")
    return left


def _allowed(place: Place, contact: str | None, *, is_here: bool) -> list[str]:
    """The hosts beyond loopback that may be contacted; raises where nobody says that this one may."""
    if contact is not None and contact.lower() != place.host:
        raise click.UsageError(
            f"--contact says {contact!r}, and the server is at {place.host!r}; they must be the same"
        )
    if is_here:
        return []
    if contact is None:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise click.UsageError(
                f"{place.host} is not this machine; --contact {place.host} says that it is to be contacted"
            )
        question = f"{shown(place.host)} is not this machine. Present wrong certificates to {shown(str(place))}?"
        if not click.confirm(question, default=False, err=True):
            raise click.UsageError(f"{place.host} was not contacted")
    return [place.host]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
