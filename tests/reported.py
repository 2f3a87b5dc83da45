"""Answers for the tests of reports: lint reports of the rules' vectors, and verdicts on the ward's pump.

Makes: `broken`, `kept`, `linted`, `trusted`, `untrusted`, `undecided`.
May import: devicetrust, pki, ward.
Must never: state what a report says of them; the tests do.
Read first: `linted`.
"""

from __future__ import annotations

from pathlib import Path

from devicetrust import Profile, RevocationPolicy, Verdict, lint, load_certificates, profiles
from devicetrust.report import Entry
from pki import AT
from ward import SECOND, ask, replacing, scene
from ward_pointing import pointing

VECTORS = Path(__file__).parent / "vectors" / "rules"


def broken(code: str) -> Path:
    """A chain that breaks the rule of this code."""
    return VECTORS / code / "breaks-1.pem"


def kept(code: str) -> Path:
    """A chain that keeps it."""
    return VECTORS / code / "keeps-1.pem"


def linted(path: Path, *, file: str = "devices/pump 1.pem", profile: Profile = profiles.tls_server) -> Entry:
    """What lint says of the chain in ``path``, entered as of ``file``."""
    return Entry(file, 0, lint(load_certificates(path), profile=profile, at=AT))


def trusted(profile: Profile = profiles.rfc5280) -> Verdict:
    """The ward's pump, whose certificate names no source of a status."""
    return ask(scene(), profile)


def untrusted() -> Verdict:
    """The ward's pump, which expired a second ago."""
    return ask(replacing(0, not_after=AT - SECOND)(scene()))


def undecided() -> Verdict:
    """The ward's pump with sources of its status, and nothing at hand."""
    return ask(pointing(), profiles.rfc5280.evolve(revocation=RevocationPolicy.IF_PUBLISHED))
