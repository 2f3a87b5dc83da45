"""A hospital as files, for a server under test that is configured with files, whatever it is written in.

Makes: `write_pki`, `read_pki`, `PKIFolder`.
May import: errors, x509; testing siblings; the standard library's files.
Must never: write into a folder that holds anything else; write a certificate without the mark of tests.
Read first: `write_pki`, then `PKIFolder`.

The files are written once and loaded into the server; the devices are issued anew at each test, under the same names
and keys, so that those that begin tomorrow always do. Only what the CRLs list is issued as of the moment of writing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, NamedTuple

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.testing import der
from devicetrust.testing.authority import marked_name
from devicetrust.testing.device import Device, serial_of
from devicetrust.testing.faults import Fault
from devicetrust.testing.hospital import Hospital
from devicetrust.testing.keys import KeyPool
from devicetrust.testing.kinds import DeviceKind
from devicetrust.testing.publishing import LASTING
from devicetrust.testing.refusals import SHOWN, SHOWN_BY_CRLS, Presented
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import is_valid_dns_name

__all__ = ["CRLS", "DEVICE", "ROOTS", "PKIFolder", "read_pki", "write_pki"]

ROOTS: Final = "roots.pem"
CRLS: Final = "crls.pem"
DEVICE: Final = "pump-1"
"""The name that all devices have, so that a server which admits by name knows the faulty ones too."""

_STATE: Final = "pki.json"
_SCHEMA: Final = "devicetrust.test-pki/1"
_ON_THIS_MACHINE: Final = ("localhost", "127.0.0.1")
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class PKIFolder(NamedTuple):
    """``at`` is when the files were written; ``names`` are the host names and addresses of the server's certificate."""

    path: Path
    seed: int
    at: datetime
    names: tuple[str, ...]

    @property
    def crls_end(self) -> datetime:
        """The last second of the CRLs."""
        return self.at + LASTING

    def good(self, at: datetime) -> Presented:
        """What a device without a fault presents at ``at``."""
        return _presented(Hospital(self.seed, at=at).device(DEVICE))

    def faulty(self, faults: Collection[Fault], at: datetime) -> dict[str, Presented]:
        """What a device with each fault presents at ``at``, by the fault's name.

        Raises `MisuseError` for those of `SHOWN_BY_CRLS` where the CRLs have ended, for then nothing could be shown.
        """
        by_crls = [fault.name for fault in faults if fault in SHOWN_BY_CRLS]
        if by_crls and not self.at <= at <= self.crls_end:
            raise MisuseError(
                f"{self.path / CRLS} lasts from {self.at:%Y-%m-%dT%H:%M:%SZ} to {self.crls_end:%Y-%m-%dT%H:%M:%SZ}, so "
                f"{', '.join(by_crls)} cannot be shown now; write the folder anew and load the CRLs, or leave these out"
            )
        then, now = Hospital(self.seed, at=self.at), Hospital(self.seed, at=at)
        return {
            fault.name: _presented((then if fault in SHOWN_BY_CRLS else now).device(DEVICE, faults=[fault]))
            for fault in faults
        }


def write_pki(path: Path, *, at: datetime, seed: int | None = None, names: Iterable[str] = ()) -> PKIFolder:
    """Writes a marked PKI into a new folder, or anew into one that was written before, with the same roots.

    ``names`` are what the server is known by: DNS names and IP addresses; none: those it had, or this machine's. Raises
    `MisuseError` for a folder that holds anything else, for names that are none, and for another ``seed`` than before.
    """
    known = read_pki(path) if (path / _STATE).exists() else None
    if known is None and path.is_dir() and any(path.iterdir()):
        raise MisuseError(f"{path} holds other files; name a folder that is empty or does not exist yet")
    if known is not None and seed not in (None, known.seed):
        raise MisuseError(f"{path} has the roots of seed {known.seed}; name another folder for those of {seed}")
    folder = PKIFolder(
        path,
        known.seed if known is not None else 1 if seed is None else seed,
        at,
        tuple(names) or (_ON_THIS_MACHINE if known is None else known.names),
    )
    files = _files(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    return folder


def read_pki(path: Path) -> PKIFolder:
    """What `write_pki` wrote. Raises `UnreadableInput` for a folder that it did not write."""
    file = path / _STATE
    try:
        state = json.loads(file.read_bytes())
        return _folder(path, state)
    except OSError as problem:
        why = problem.strerror or str(problem)
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        why = "not as it was written"
    raise UnreadableInput(f"{file}: {why}; let `devicetrust test-pki` write a new folder")


def _folder(path: Path, state: Mapping[str, Any]) -> PKIFolder:
    """Raises `ValueError` or whatever else comes of a state that was not written here."""
    seed, at, names = state["seed"], datetime.fromisoformat(state["at"]), tuple(state["names"])
    is_known = state["schema"] == _SCHEMA and type(seed) is int and at.utcoffset() is not None
    # Devices and their CAs are dated by years around it.
    if not is_known or not _EARLIEST <= at <= _LATEST or not names or not all(isinstance(name, str) for name in names):
        raise ValueError
    for name in names:
        _general_name(name)
    return PKIFolder(path, seed, at.astimezone(UTC), names)


def _files(folder: PKIFolder) -> dict[str, bytes]:
    """Every file by its name; what the folder is known by comes last."""
    hospital = Hospital(folder.seed, at=folder.at)
    for fault in (*SHOWN, *SHOWN_BY_CRLS):
        hospital.device(DEVICE, faults=[fault])  # so that each of their CAs has a CRL among those published
    device, server = hospital.device(DEVICE), _server(hospital, folder)
    state = {"schema": _SCHEMA, "seed": folder.seed, "at": folder.at.isoformat(), "names": folder.names}
    return {
        ROOTS: hospital.roots_pem,
        CRLS: hospital.crls_pem(),
        "server.pem": server.chain_pem,
        "server.key": server.private_key_pem,
        "device.pem": device.chain_pem,
        "device.key": device.private_key_pem,
        "README.md": _README.format(device=device, folder=folder, end=folder.crls_end).encode(),
        _STATE: json.dumps(state, indent=2).encode() + b"\n",
    }


def _server(hospital: Hospital, folder: PKIFolder) -> Device:
    """A server of these names."""
    key = KeyPool(folder.seed).key(hospital.algorithm, "server")
    issuer, kind = hospital.operator, DeviceKind.GATEWAY
    draft = issuer.issues(
        marked_name("server", serial_number=serial_of("server")),
        key,
        folder.at - _DAY,
        folder.at + 365 * _DAY,
        purposes=kind.purposes,
        names=tuple(_general_name(name) for name in folder.names),
    )
    chain = (Certificate(draft.sealed(issuer.key)), *issuer.chain)
    return Device("server", kind, folder.names[0], chain, key.private_key, issuer, draft.serial_number, frozenset())


def _general_name(name: str) -> bytes:
    try:
        return der.ip(ip_address(name))
    except ValueError:
        pass
    if not is_valid_dns_name(name):
        raise MisuseError(f"a server's name is a DNS name or an IP address, not {name!r}")
    return der.dns(name)


def _presented(device: Device) -> Presented:
    return Presented(device.chain, device.private_key)


_README: Final = """# TEST ONLY

Everything here was made by `devicetrust test-pki` to test one TLS server. The private keys are public: whoever has
devicetrust has them. Never load `roots.pem` into a server that serves anybody, and take it out after the test.

| file | what it is | where it goes |
|---|---|---|
| `roots.pem` | the roots that the server must trust for its clients | the server |
| `crls.pem` | the CRLs of all CAs, until {end:%Y-%m-%dT%H:%M:%SZ} | the server, if it checks revocation |
| `server.pem`, `server.key` | a certificate with its chain, and its key, for a server that has none | the server |
| `device.pem`, `device.key` | a good device, to try the server by hand | nowhere |
| `pki.json` | from which devicetrust issues the same PKI again | nowhere |

The server must demand a certificate of each client. If it admits clients by name, let it know `{device.host}`, with the
common name `{device.host}` and the serialNumber `SN-{device.name}`: all devices of the test are called so.

## nginx

    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate roots.pem;
    ssl_verify_client on;
    ssl_verify_depth 4;
    ssl_crl crls.pem;

## mosquitto

    cafile roots.pem
    certfile server.pem
    keyfile server.key
    crlfile crls.pem
    require_certificate true

## Then

    devicetrust test-server HOST:PORT --pki {folder.path} --protocol http

Once the CRLs have ended, `devicetrust test-pki {folder.path}` writes new ones. The roots it then writes have the same
names and keys: a server that trusts the former need not load them again.
"""
