"""A hospital for servers under test: the files that they load, and the devices that present themselves, good and bad.

Makes: `Files`, `Site`, `site`.
May import: devicetrust.testing.
Must never: issue a device once the CRLs are written: theirs would be missing, which is another fault.
Read first: `site`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from devicetrust.testing import Device, Fault, Hospital, KeyAlgorithm
from devicetrust.testing.refusals import SHOWN, SHOWN_BY_CRLS, Presented

OF_CRLS = (*SHOWN_BY_CRLS, *(fault for fault in Fault if fault.name.startswith("CRL_")))
"""The faults that CRLs show, or that CRLs have. Those of OCSP responses are not for a server that reads CRLs."""


class Files(NamedTuple):
    """All of PEM and in one ``folder``; ``chain`` and ``private_key`` are the server's."""

    folder: Path
    roots: Path
    crls: Path
    chain: Path
    private_key: Path

    def in_one(self) -> Path:
        """Roots and CRLs, for servers that read CRLs from there alone."""
        return _written(self.folder / "roots-and-crls.pem", self.roots.read_bytes() + self.crls.read_bytes())


class Site(NamedTuple):
    """The hospital, what servers load of it, and its devices by name and by fault."""

    files: Files
    hospital: Hospital
    good: Mapping[str, Device]
    faulty: Mapping[Fault, Device]


def site(folder: Path) -> Site:
    """The whole of it, as of now."""
    hospital = Hospital()
    server = hospital.device(
        "server", "gateway", algorithm=KeyAlgorithm.RSA_2048
    )  # DCMTK speaks TLS 1.2 with RSA alone
    good = {
        "pump": hospital.device("pump"),
        "pump with RSA": hospital.device("rsa", algorithm=KeyAlgorithm.RSA_2048),
    }
    faulty = {fault: hospital.device("faulty", faults=[fault]) for fault in (*SHOWN, *OF_CRLS)}
    files = Files(
        folder,
        _written(folder / "roots.pem", hospital.roots_pem),
        _written(folder / "crls.pem", hospital.crls_pem()),
        _written(folder / "server.pem", server.chain_pem),
        _written(folder / "server.key", server.private_key_pem),
    )
    return Site(files, hospital, good, faulty)


def presented(devices: Mapping[str, Device] | Mapping[Fault, Device]) -> dict[str, Presented]:
    """What these devices present, by the name of each or of its fault."""
    return {
        one.name if isinstance(one, Fault) else one: Presented(device.chain, device.private_key)
        for one, device in devices.items()
    }


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file
