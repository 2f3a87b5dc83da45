"""Whether a server refuses whom it must refuse and admits whom it must admit, over real TLS.

Makes: `assert_refuses`, `assert_refuses_faults`, `SHOWN`, `refusals`, `Presented`.
May import: errors, x509; testing siblings.
Must never: take silence, or a server that has died, for a refusal.
Read first: `assert_refuses`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from devicetrust.errors import MisuseError
from devicetrust.testing.faults import Fault, Part
from devicetrust.testing.handshakes import Address, Attempt, Reception, try_handshake
from devicetrust.testing.hospital import Hospital
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.x509.certificate import CertificateLike

__all__ = ["SHOWN", "Presented", "assert_refuses", "assert_refuses_faults", "refusals"]

_SHOWN_BY_CRLS: Final = {Fault.REVOKED, Fault.ON_HOLD, Fault.CA_REVOKED}
SHOWN: Final = tuple(fault for fault in Fault if fault.part is not Part.STATUS and fault not in _SHOWN_BY_CRLS)
"""The faults that what a client presents shows by itself, without anything that is published of its status."""


class Presented(NamedTuple):
    """What a client presents: a chain, leaf first, and the leaf's key as an object or PEM."""

    chain: Sequence[CertificateLike]
    private_key: PrivateKeyTypes | bytes


def assert_refuses(
    server: Address | LoopbackServer, faulty: Mapping[str, Presented], good: Mapping[str, Presented], **options: Any
) -> dict[str, Attempt]:
    """Raises `AssertionError` that names whom of ``faulty`` the server admits, and whom of ``good`` it does not.

    The good ones are tried first, and once more at the end, for a server that refuses everybody, or that the faulty
    ones brought down, proves nothing. Returns what became of each, by name: those NOT_OFFERABLE were not tried, and
    are for you to judge. ``options`` are those of `try_handshake`.
    """
    address = server.address if isinstance(server, LoopbackServer) else server
    if not good:
        raise MisuseError("without a good certificate that is admitted, a refusal proves nothing")
    before = refusals(address, good, **options)
    tried = refusals(address, faulty, **options)
    after = refusals(address, good, **options)
    complaints = [
        *_complaints("does not admit", before, Reception.REFUSED, Reception.NO_ANSWER, Reception.NOT_OFFERABLE),
        *_complaints("wrongly admits", tried, Reception.ADMITTED),
        *_complaints("neither admits nor refuses", tried, Reception.NO_ANSWER),
    ]
    if not complaints:
        complaints += _complaints("no longer admits", after, Reception.REFUSED, Reception.NO_ANSWER)
    if complaints:
        raise AssertionError("\n".join([f"{address[0]}:{address[1]}", *complaints]))
    return {**before, **tried}


def assert_refuses_faults(
    server: Address | LoopbackServer, hospital: Hospital, faults: Collection[Fault] | None = None, **options: Any
) -> dict[str, Attempt]:
    """`assert_refuses` for a device of ``hospital`` with each of ``faults`` (None: `SHOWN`), by the fault's name.

    The server must trust the hospital's roots. A fault that is asked for and cannot be sent is an `AssertionError` too,
    for nothing was shown; where none is asked for, those are left out. A server cannot have CRLs of devices that are
    issued here: to test revocation, issue the devices first, publish `Hospital.crls`, and give them to
    `assert_refuses`.
    """
    if isinstance(faults, (Fault, str, Mapping)) or (faults is not None and not faults):
        raise MisuseError("faults is a list of members of testing.Fault, with one at least")
    good = hospital.device("refusals-good")
    faulty = {
        fault.name: hospital.device("refusals-faulty", faults=[fault])
        for fault in (SHOWN if faults is None else faults)
    }
    told = assert_refuses(
        server,
        {name: Presented(device.chain, device.private_key) for name, device in faulty.items()},
        {"a good device": Presented(good.chain, good.private_key)},
        **options,
    )
    unsent = list(_complaints("was never sent", told, Reception.NOT_OFFERABLE))
    if not unsent:
        return told
    if faults is not None:
        raise AssertionError("\n".join(unsent))
    return {name: attempt for name, attempt in told.items() if attempt.reception is not Reception.NOT_OFFERABLE}


def refusals(address: Address, presented: Mapping[str, Presented], **options: Any) -> dict[str, Attempt]:
    """What becomes of each, one after another, by name. ``options`` are those of `try_handshake`."""
    return {name: try_handshake(address, *one, **options) for name, one in presented.items()}


def _complaints(what: str, attempts: Mapping[str, Attempt], *wrong: Reception) -> Iterator[str]:
    found = [f"    {name}: {attempt}" for name, attempt in attempts.items() if attempt.reception in wrong]
    if found:
        yield "\n".join([f"  {what}", *found])
