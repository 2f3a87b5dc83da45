"""A device of a hospital that exists for tests.

Makes: `Device`.
May import: identity, x509, tls, this room.
Must never: issue.
Read first: `Device`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from devicetrust.identity import Reference
from devicetrust.testing.der import pem
from devicetrust.testing.kinds import DeviceKind
from devicetrust.tls.credential import Credential
from devicetrust.x509.certificate import Certificate

if TYPE_CHECKING:
    from devicetrust.testing.authority import Authority
    from devicetrust.testing.faults import Fault

__all__ = ["Device", "serial_of"]


class Device:
    """A device: its certificate, what it presents, and its private key, which is no secret.

    ``chain`` is the leaf first and without the root, as a TLS peer sends it. ``host`` is the DNS name that the device
    is known by; with `Fault.WRONG_NAME` its certificate has another. ``device_serial`` is the serial number that an
    inventory lists of it; with `Fault.WRONG_DEVICE_SERIAL` its certificate has another. ``serial_number`` is that of
    its certificate. ``private_key`` is one of ``cryptography``.
    """

    def __init__(
        self,
        name: str,
        kind: DeviceKind,
        host: str,
        chain: tuple[Certificate, ...],
        private_key: Any,
        issuer: Authority,
        serial_number: int,
        faults: frozenset[Fault],
    ) -> None:
        self.name: Final = name
        self.kind: Final = kind
        self.host: Final = host
        self.chain: Final = chain
        self.private_key: Final = private_key
        self.issuer: Final = issuer
        self.serial_number: Final = serial_number
        self.faults: Final = faults

    @property
    def certificate(self) -> Certificate:
        return self.chain[0]

    @property
    def device_serial(self) -> str:
        """The serial number of the device itself, IEEE 802.1AR 8.6: what the subject's serialNumber should be."""
        return serial_of(self.name)

    @property
    def reference(self) -> Reference:
        """Whom a verifier means by it: its host name and its serial number."""
        return Reference.all_of(Reference.dns(self.host), Reference.device(serial_number=self.device_serial))

    @property
    def chain_pem(self) -> bytes:
        """The chain for a file, as servers and clients read it: leaf first, without the root."""
        return b"".join(pem("CERTIFICATE", certificate.der) for certificate in self.chain)

    @property
    def private_key_pem(self) -> bytes:
        """The private key for a file, PKCS#8 and not encrypted."""
        pem: bytes = self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem

    def credential(self) -> Credential:
        """What the device identifies itself with; raises `MisuseError` where its faults leave nothing usable."""
        return Credential.from_objects(self.chain, self.private_key)

    def __repr__(self) -> str:
        wrong = "".join(f", {fault.value}" for fault in sorted(self.faults, key=lambda one: one.value))
        return f"<Device {self.name}, {self.kind.value}{wrong}>"


def serial_of(name: str) -> str:
    """The serial number of the device of this name."""
    return f"SN-{name}"
