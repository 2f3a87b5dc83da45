"""Whether a server refuses whom it must refuse and admits whom it must admit, over real TLS.

Makes: `assert_refuses`, `assert_refuses_faults`, `faulty_devices`, `SHOWN`, `SHOWN_BY_CRLS`, `examine`, `refusals`,
`Presented`, `NOBODY`, `NO_CERTIFICATE`.
May import: errors, x509; testing siblings; `asyncio`, to know of a loop that waits.
Must never: take silence, or a server that has died, for a refusal.
Read first: `assert_refuses`, then `examine`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from devicetrust.errors import MisuseError
from devicetrust.testing.device import Device
from devicetrust.testing.faults import Fault, Part
from devicetrust.testing.handshakes import Address, Attempt, Reception, try_handshake
from devicetrust.testing.hospital import Hospital
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.x509.certificate import CertificateLike

__all__ = [
    "NOBODY",
    "NO_CERTIFICATE",
    "SHOWN",
    "SHOWN_BY_CRLS",
    "Client",
    "Examination",
    "Presented",
    "assert_refuses",
    "assert_refuses_faults",
    "examine",
    "faulty_devices",
    "refusals",
]

SHOWN_BY_CRLS: Final = (Fault.REVOKED, Fault.ON_HOLD, Fault.CA_REVOKED)
"""The faults that a server can know of from the CRLs alone."""
SHOWN: Final = tuple(fault for fault in Fault if fault.part is not Part.STATUS and fault not in SHOWN_BY_CRLS)
"""The faults that what a client presents shows by itself, without anything that is published of its status."""


class Presented(NamedTuple):
    """What a client presents: a chain, leaf first, and the leaf's key as an object or PEM; or neither: `NOBODY`."""

    chain: Sequence[CertificateLike]
    private_key: PrivateKeyTypes | bytes | None


Client: TypeAlias = Presented | Device
"""Who presents itself: what it presents, or a device of a hospital."""
NOBODY: Final = Presented((), None)
"""A client that presents no certificate: who only asks for one, and does not demand it, admits everybody."""
NO_CERTIFICATE: Final = "NO_CERTIFICATE"
"""What `NOBODY` is called among faults; no fault, for a device without a certificate is nothing to be verified."""


class Examination(NamedTuple):
    """What became of the good ones before, of the faulty ones, and of the good ones after, each by name.

    The last two are empty where a good one was not admitted before: there was nothing to be shown.
    """

    before: dict[str, Attempt]
    faulty: dict[str, Attempt]
    after: dict[str, Attempt]


Watch: TypeAlias = Callable[[Collection[str]], Iterable[str]]
"""Gives back the names that it is given, one by one as they are tried: for a bar of progress."""


def assert_refuses(
    server: Address | LoopbackServer, faulty: Mapping[str, Client], good: Mapping[str, Client], **options: Any
) -> dict[str, Attempt]:
    """Raises `AssertionError` that names whom of ``faulty`` the server admits, and whom of ``good`` it does not.

    Each is a `Device`, or a chain and a key. Returns what became of each, by name: those NOT_OFFERABLE were not tried,
    and are for you to judge. They are tried in the order of `examine`; ``options`` are those of `try_handshake`.
    """
    address = server.address if isinstance(server, LoopbackServer) else server
    before, tried, after = examine(address, faulty, good, **options)
    complaints = [
        *_complaints("does not admit", before, Reception.REFUSED, Reception.NO_ANSWER, Reception.NOT_OFFERABLE),
        *_complaints("wrongly admits", tried, Reception.ADMITTED),
        *_complaints("neither admits nor refuses", tried, Reception.NO_ANSWER),
    ]
    if not complaints:
        complaints += _complaints("no longer admits", after, Reception.REFUSED, Reception.NO_ANSWER)
    if complaints and _is_silent(before) and _in_event_loop():
        complaints.append("  (an event loop waits for this call: await asyncio.to_thread(assert_refuses, ...))")
    if complaints:
        raise AssertionError("\n".join([f"{address[0]}:{address[1]}", *complaints]))
    return {**before, **tried}


def assert_refuses_faults(
    server: Address | LoopbackServer, hospital: Hospital, faults: Collection[Fault] | None = None, **options: Any
) -> dict[str, Attempt]:
    """`assert_refuses` for a device of ``hospital`` with each of ``faults``, by the fault's name.

    None: each of `SHOWN` that the hospital's keys allow, and a client that presents nothing, as `NO_CERTIFICATE`.

    The server must trust the hospital's roots. A fault that is asked for and cannot be sent is an `AssertionError` too,
    for nothing was shown; where none is asked for, those are left out. A server that looks at CRLs must have those of
    `faulty_devices`, or it knows of no revocation, and refuses CAs that were made for a fault for want of their CRL.
    """
    faulty = faulty_devices(hospital, faults)
    told = assert_refuses(server, faulty, {"a good device": hospital.device("refusals-good")}, **options)
    unsent = list(_complaints("was never sent", told, Reception.NOT_OFFERABLE))
    if not unsent:
        return told
    if faults is not None:
        raise AssertionError("\n".join(unsent))
    return {name: attempt for name, attempt in told.items() if attempt.reception is not Reception.NOT_OFFERABLE}


def faulty_devices(hospital: Hospital, faults: Collection[Fault] | None = None) -> dict[str, Client]:
    """Whom `assert_refuses_faults` presents, by name; for a server with CRLs, ask before `Hospital.crls` is written."""
    if isinstance(faults, (Fault, str, Mapping)) or (faults is not None and not faults):
        raise MisuseError("faults is a list of members of testing.Fault, with one at least")
    wanted = [one for one in SHOWN if one in hospital.faults] if faults is None else list(faults)
    faulty: dict[str, Client] = {NO_CERTIFICATE: NOBODY} if faults is None else {}
    for fault in wanted:
        device = hospital.device("refusals-faulty", faults=[fault])  # refuses what is no fault
        faulty[fault.name] = device
    return faulty


def examine(
    address: Address,
    faulty: Mapping[str, Client],
    good: Mapping[str, Client],
    *,
    watch: Watch = iter,
    **options: Any,
) -> Examination:
    """What becomes of the good ones, then of the faulty ones, then of the good ones once more.

    For a server that refuses everybody, or that the faulty ones brought down, proves nothing: where a good one is not
    admitted before, that is all. ``options`` are those of `try_handshake`.
    """
    if not good:
        raise MisuseError("without a good certificate that is admitted, a refusal proves nothing")
    before = refusals(address, good, **options)
    if any(attempt.reception is not Reception.ADMITTED for attempt in before.values()):
        return Examination(before, {}, {})
    tried = refusals(address, faulty, watch=watch, **options)
    return Examination(before, tried, refusals(address, good, **options))


def refusals(
    address: Address, presented: Mapping[str, Client], *, watch: Watch = iter, **options: Any
) -> dict[str, Attempt]:
    """What becomes of each, one after another, by name. ``options`` are those of `try_handshake`."""
    return {name: try_handshake(address, *_of(presented[name]), **options) for name in watch(presented)}


def _is_silent(attempts: Mapping[str, Attempt]) -> bool:
    return any(attempt.reception is Reception.NO_ANSWER for attempt in attempts.values())


def _in_event_loop() -> bool:
    """Whether the caller keeps an event loop waiting: a server of that loop cannot answer."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _of(client: Client) -> Presented:
    return Presented(client.chain, client.private_key) if isinstance(client, Device) else Presented(*client)


def _complaints(what: str, attempts: Mapping[str, Attempt], *wrong: Reception) -> Iterator[str]:
    found = [f"    {name}: {attempt}" for name, attempt in attempts.items() if attempt.reception in wrong]
    if found:
        yield "\n".join([f"  {what}", *found])
