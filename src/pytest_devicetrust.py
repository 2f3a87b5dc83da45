"""The pytest plugin of devicetrust: fixtures that stand by themselves in every project that has it installed.

Makes: the fixtures `hospital`, `revocation_server`, `mtls_server`, `assert_refuses`.
May import: pytest; `devicetrust.testing` inside of fixtures, when they are first used.
Must never: import devicetrust when it is loaded, which pytest does at each start; that is also why it lies beside the
package.
Read first: `assert_refuses`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import ssl

    from devicetrust.testing.faults import Fault
    from devicetrust.testing.handshakes import Address, Attempt
    from devicetrust.testing.hospital import Hospital
    from devicetrust.testing.loopback import LoopbackServer
    from devicetrust.testing.mutual_tls import MutualTLSServer
    from devicetrust.testing.refusals import Client
    from devicetrust.testing.responders import RevocationServer


@pytest.fixture(scope="session")
def hospital() -> Hospital:
    """A PKI whose keys are public, one for the whole run: let no two tests share a device that one of them revokes."""
    from devicetrust.testing.hospital import Hospital  # noqa: PLC0415, see above

    return Hospital(seed=1)


@pytest.fixture
def revocation_server() -> Iterator[RevocationServer]:
    """A server of CRLs and OCSP responses on loopback that runs; set its ``documents`` and its ``ocsp``."""
    from devicetrust.testing.responders import RevocationServer  # noqa: PLC0415

    with RevocationServer() as server:
        yield server


@pytest.fixture
def mtls_server() -> Iterator[Callable[[ssl.SSLContext], MutualTLSServer]]:
    """Starts a server on loopback around your `ssl.SSLContext` that echoes lines; it ends with the test."""
    from devicetrust.testing.mutual_tls import MutualTLSServer  # noqa: PLC0415

    with ExitStack() as running:
        yield lambda context: running.enter_context(MutualTLSServer(context))


@pytest.fixture
def assert_refuses(hospital: Hospital) -> Callable[..., dict[str, Attempt]]:
    """A server must refuse every faulty device, and admit a good one before and after.

    ``assert_refuses(server, faults=[Fault.EXPIRED])`` issues the devices from `hospital`, without ``faults`` one for
    each fault that a client can show, and presents no certificate once:
    `devicetrust.testing.refusals.assert_refuses_faults`. ``assert_refuses(server, faulty, good)`` takes yours, devices
    by name: `devicetrust.testing.refusals.assert_refuses`. It blocks; where the server runs in the same event loop:
    ``await asyncio.to_thread(assert_refuses, ...)``.
    """
    from devicetrust.errors import MisuseError  # noqa: PLC0415
    from devicetrust.testing import refusals  # noqa: PLC0415

    def check(
        server: Address | LoopbackServer,
        faulty: Mapping[str, Client] | None = None,
        good: Mapping[str, Client] | None = None,
        *,
        faults: Collection[Fault] | None = None,
        **options: Any,
    ) -> dict[str, Attempt]:
        if faulty is None and good is None:
            return refusals.assert_refuses_faults(server, hospital, faults, **options)
        if faulty is None or good is None or faults is not None:
            raise MisuseError("give faults, or both faulty and good")
        return refusals.assert_refuses(server, faulty, good, **options)

    return check
