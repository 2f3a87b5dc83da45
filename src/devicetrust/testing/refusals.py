"""Whether a server refuses whom it must refuse and admits whom it must admit, over real TLS.

Makes: `assert_refuses`, `refusals`, `Presented`.
May import: errors, x509; testing siblings.
Must never: take silence, or a server that has died, for a refusal.
Read first: `assert_refuses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from devicetrust.errors import MisuseError
from devicetrust.testing.handshakes import Address, Attempt, Reception, try_handshake
from devicetrust.testing.loopback import LoopbackServer
from devicetrust.x509.certificate import CertificateLike

__all__ = ["Presented", "assert_refuses", "refusals"]


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


def refusals(address: Address, presented: Mapping[str, Presented], **options: Any) -> dict[str, Attempt]:
    """What becomes of each, one after another, by name. ``options`` are those of `try_handshake`."""
    return {name: try_handshake(address, *one, **options) for name, one in presented.items()}


def _complaints(what: str, attempts: Mapping[str, Attempt], *wrong: Reception) -> Iterator[str]:
    found = [f"    {name}: {attempt}" for name, attempt in attempts.items() if attempt.reception in wrong]
    if found:
        yield "\n".join([f"  {what}", *found])
