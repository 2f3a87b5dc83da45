"""A credential that a peer would refuse is refused before any peer sees it, with the reasons."""

from __future__ import annotations

import os
import ssl

import pytest

from devicetrust import MisuseError, TrustStore, testing, tls
from devicetrust.testing import DeviceKind, Fault
from devicetrust.tls import loading
from devicetrust.tls.sides import Side
from devicetrust.tls.usable import check_usable
from devicetrust.trust.test_mark import TestAnchors

HOSPITAL = testing.Hospital(seed=1)
GATEWAY = HOSPITAL.device("gateway", DeviceKind.GATEWAY)
PUMP = HOSPITAL.device("pump-1")


@pytest.mark.parametrize("side", Side)
def test_good(side: Side) -> None:
    """One for both purposes serves either side."""
    check_usable(GATEWAY.credential(), side, TestAnchors.ADMITTED)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.EXPIRED,
        Fault.NOT_YET_VALID,
        Fault.BROKEN_SIGNATURE,
        Fault.WRONG_ISSUER_KEY,
        Fault.SHA1_SIGNATURE,
        Fault.WEAK_KEY,
        Fault.CA_EXPIRED,
        Fault.NOT_A_CA,
        Fault.UNKNOWN_CRITICAL_EXTENSION,
    ],
)
def test_faulty(fault: Fault) -> None:
    """The reason is the finding that any verifier makes of the fault."""
    device = HOSPITAL.device("gateway", DeviceKind.GATEWAY, faults=[fault])
    with pytest.raises(MisuseError, match=fault.expected.code.replace(".", r"\.")):
        check_usable(device.credential(), Side.SERVER, TestAnchors.ADMITTED)


def test_role() -> None:
    """A certificate for clients cannot serve a server."""
    check_usable(PUMP.credential(), Side.CLIENT, TestAnchors.ADMITTED)
    with pytest.raises(MisuseError, match=r"cannot serve a TLS server: .* \[purpose\.not_allowed,"):
        check_usable(PUMP.credential(), Side.SERVER, TestAnchors.ADMITTED)


def test_leaf_alone() -> None:
    """Without its issuer a certificate stands for itself; its dates count all the same."""
    alone = tls.Credential.from_objects(GATEWAY.chain[:1], GATEWAY.private_key)
    check_usable(alone, Side.SERVER, TestAnchors.ADMITTED)
    late = HOSPITAL.device("late", DeviceKind.GATEWAY, faults=[Fault.EXPIRED])
    expired = tls.Credential.from_objects(late.chain[:1], late.private_key)
    with pytest.raises(MisuseError, match=r"validity\.expired"):
        check_usable(expired, Side.SERVER, TestAnchors.ADMITTED)


def test_keys_that_everyone_can_read() -> None:
    """What is made for tests goes with a trust store for tests alone."""
    with pytest.raises(MisuseError, match="test"):
        check_usable(GATEWAY.credential(), Side.SERVER, TrustStore(HOSPITAL.roots).test_anchors)


def test_without_memory_files(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Where no file can be in memory the key lies on the disk encrypted, for as long as it takes to read."""
    read: list[str] = []

    class Watched(ssl.SSLContext):
        def load_cert_chain(self, certfile, keyfile=None, password=None):  # type: ignore[no-untyped-def]
            read.append(certfile.read_text("ascii"))
            super().load_cert_chain(certfile, keyfile, password)
            read.append(str(certfile))

    monkeypatch.delattr(os, "memfd_create", raising=False)
    loading.load_credential(Watched(ssl.PROTOCOL_TLS_SERVER), GATEWAY.credential())
    content, path = read
    assert "ENCRYPTED PRIVATE KEY" in content
    assert not os.path.exists(path)


def test_self_signed() -> None:
    """A device with a certificate of its own making can present it to whoever has pinned it."""
    device = HOSPITAL.device("alone", DeviceKind.GATEWAY, faults=[Fault.SELF_SIGNED])
    check_usable(device.credential(), Side.SERVER, TestAnchors.ADMITTED)
