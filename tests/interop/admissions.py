"""Which faults each server admits, as found: `admissions.toml`.

Makes: `ADMISSIONS`, `Admissions`.
May import: devicetrust.testing.
Must never: pass over a name that it does not know.
Read first: `admissions.toml`, then `Admissions`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from devicetrust.testing import Fault
from devicetrust.testing.handshakes import Reception


class Admissions(NamedTuple):
    """As the file says; ``servers`` has all that each of them admits."""

    unsent: frozenset[Fault]
    everywhere: Mapping[Fault, str]
    servers: Mapping[str, frozenset[Fault]]
    may_differ: Mapping[str, frozenset[Fault]]

    def reception(self, server: str, fault: Fault) -> Reception:
        """What becomes of a client with this fault."""
        if fault in self.unsent:
            return Reception.NOT_OFFERABLE
        return Reception.ADMITTED if fault in self.servers[server] else Reception.REFUSED


def _admissions(file: Path) -> Admissions:
    told = tomllib.loads(file.read_text("utf-8"))
    everywhere = {Fault[name]: why for name, why in told.pop("everywhere").items()}
    servers = {name: _faults(beside) | frozenset(everywhere) for name, beside in told.pop("servers").items()}
    servers |= dict.fromkeys(told.pop("everybody"), frozenset(Fault))
    servers |= dict.fromkeys(told.pop("nobody"), frozenset())
    may_differ = {name: _faults(names) for name, names in told.pop("may_differ").items()}
    read = Admissions(_faults(told.pop("unsent")), everywhere, servers, may_differ)
    assert not told, f"{file.name}: what is {', '.join(told)}?"
    return read


def _faults(names: list[str]) -> frozenset[Fault]:
    return frozenset(Fault[name] for name in names)


ADMISSIONS = _admissions(Path(__file__).with_name("admissions.toml"))
