"""The pytest plugin of devicetrust: fixtures that stand by themselves in every project that has it installed.

Makes: the fixtures `hospital`, `revocation_server`, `mtls_server`, `assert_refuses`.
May import: pytest; `devicetrust.testing` inside of fixtures, when they are first used.
Must never: import devicetrust when it is loaded, which pytest does at each start; that is also why it lies beside the
package.
Read first: `assert_refuses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import ssl

    from devicetrust.testing.hospital import Hospital
    from devicetrust.testing.mutual_tls import MutualTLSServer
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
def assert_refuses() -> Callable[..., object]:
    """`devicetrust.testing.refusals.assert_refuses`: a server must refuse these clients, and admit those."""
    from devicetrust.testing.refusals import assert_refuses  # noqa: PLC0415

    return assert_refuses
