"""A hospital for servers under test: the files that they load, and the devices that present themselves, good and bad.

Makes: `Site`, `site`.
May import: devicetrust.testing.
Must never: issue a device once the CRLs are written: theirs would be missing, which is another fault.
Read first: `site`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from devicetrust.testing import Device, Fault, Hospital, KeyAlgorithm
from devicetrust.testing.refusals import SHOWN, Presented

OF_CRLS = tuple(
    fault
    for fault in Fault
    if fault in {Fault.REVOKED, Fault.ON_HOLD, Fault.CA_REVOKED} or fault.name.startswith("CRL_")
)
"""The faults that CRLs show, or that CRLs have. Those of OCSP responses are not for a server that reads CRLs."""


class Site(NamedTuple):
    """``roots`` and ``crls`` are files of PEM, ``both`` is the two in one; ``chain`` and ``key`` are the server's."""

    folder: Path
    roots: Path
    crls: Path
    both: Path
    chain: Path
    key: Path
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
    roots, crls = hospital.roots_pem, hospital.crls_pem()
    return Site(
        folder,
        _written(folder / "roots.pem", roots),
        _written(folder / "crls.pem", crls),
        _written(folder / "roots-and-crls.pem", roots + crls),
        _written(folder / "server.pem", server.chain_pem),
        _written(folder / "server.key", server.private_key_pem),
        hospital,
        good,
        faulty,
    )


def presented(devices: Mapping[str, Device] | Mapping[Fault, Device]) -> dict[str, Presented]:
    """What these devices present, by the name of each or of its fault."""
    return {
        one.name if isinstance(one, Fault) else one: Presented(device.chain, device.private_key)
        for one, device in devices.items()
    }


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file
