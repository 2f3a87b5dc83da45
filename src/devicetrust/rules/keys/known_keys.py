"""Keys that are known to others than their owner, by lists that the caller has.

Makes: `compromised_keys`, `debian_weak_keys`, which make rules, and `read_compromised_keys` and
    `read_debian_blacklist`, which read lists for them.
May import: errors, findings, x509, rules.rule, rules.bound.
Must never: open a file that the caller did not ask for; look for a list by itself.
Read first: `compromised_keys`.

No list comes with the library: they grow, and their age is the caller's to know.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from devicetrust.errors import MisuseError
from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.bound import BoundRule
from devicetrust.rules.keys.rsa_modulus import MODULUS, is_rsa
from devicetrust.rules.rule import Role, Rule
from devicetrust.x509.certificate import Certificate

__all__ = [
    "DEBIAN_BLACKLIST",
    "compromised_keys",
    "debian_weak_keys",
    "read_compromised_keys",
    "read_debian_blacklist",
]

DEBIAN_BLACKLIST: Final = Path("/usr/share/openssl-blacklist")
"""Where Debian's package ``openssl-blacklist``, and its ``-extra``, put their files; current releases lack both."""

_EVERYWHERE: Final = frozenset(Role)
_NEW_KEY: Final = "make a new key with a sound generator, and have every certificate for this one revoked"

COMPROMISED: Final = Code(
    "keys.not_compromised",
    Severity.ERROR,
    Citation("CA/B BR", "6.1.1.3", Knowledge.SECOND_HAND),
    rank=659,
    what="the key is on the list of compromised keys (SHA-256 {key_sha256})",
    why="Its private key is known to others, who can speak in the name of the device.",
    remedy="make a new key on the device, and have every certificate for this one revoked",
)
DEBIAN_WEAK: Final = Code(
    "keys.not_debian_weak",
    Severity.ERROR,
    Citation("CVE-2008-0166", "", Knowledge.SECOND_HAND),
    rank=659,
    what="the RSA key is one of those that Debian's OpenSSL made between 2006 and 2008",
    why="There are only some ten thousands of them of each size, and their private keys are published.",
    remedy=_NEW_KEY,
)


def compromised_keys(digests: Iterable[bytes]) -> Rule:
    """The rule that a key is not among these: SHA-256 over SubjectPublicKeyInfo in DER, 32 octets each.

    A key is found however it is written: one with other parameters or a compressed point as well. Raises `MisuseError`
    for a digest of another length, and where there is none.
    """
    known = frozenset(digests)
    if not known or not all(isinstance(one, bytes) and len(one) == 32 for one in known):
        raise MisuseError("compromised_keys takes SHA-256 digests, each 32 octets, and at least one")

    def not_compromised(certificate: Certificate, index: int) -> Iterable[Finding]:
        """The key is not on the list of compromised keys that the rule was given."""
        key = certificate.public_key
        for der in {key.der, key.canonical_der}:
            digest = hashlib.sha256(der).digest()
            if digest in known:
                return (COMPROMISED.at(index, "tbsCertificate.subjectPublicKeyInfo", key_sha256=digest),)
        return ()

    return BoundRule(COMPROMISED, _EVERYWHERE, not_compromised, maker=compromised_keys, data=known)


def debian_weak_keys(fragments: Iterable[bytes]) -> Rule:
    """The rule that a key is not among Debian's weak ones, given as `read_debian_blacklist` reads them.

    Raises `MisuseError` for a fragment that is not 10 octets, and where there is none.
    """
    known = frozenset(fragments)
    if not known or not all(isinstance(one, bytes) and len(one) == _FRAGMENT for one in known):
        raise MisuseError(f"debian_weak_keys takes ends of digests, each {_FRAGMENT} octets, and at least one")

    def not_debian_weak(certificate: Certificate, index: int) -> Iterable[Finding]:
        """The RSA key is none that Debian's OpenSSL made while its generator knew 32,768 states."""
        numbers = certificate.public_key.rsa_numbers
        if numbers is None:
            return ()
        line = f"Modulus={numbers[0]:X}\n".encode()
        fragment = hashlib.sha1(line, usedforsecurity=False).digest()[-_FRAGMENT:]
        return (DEBIAN_WEAK.at(index, MODULUS),) if fragment in known else ()

    return BoundRule(DEBIAN_WEAK, _EVERYWHERE, not_debian_weak, maker=debian_weak_keys, data=known, concerns=is_rsa)


# The lists hold the last 80 bits of SHA-1 over the line by which `openssl rsa -modulus` prints the modulus.
_FRAGMENT: Final = 10


def read_debian_blacklist(directory: str | os.PathLike[str] = DEBIAN_BLACKLIST) -> frozenset[bytes]:
    """The lists of RSA keys in a directory of Debian's ``openssl-blacklist``, for `debian_weak_keys`.

    All files ``blacklist.RSA-*``: 20 hexadecimal digits a line, comments after ``#``. Raises `MisuseError` where there
    is no such file, or a line is something else.
    """
    files = sorted(Path(directory).glob("blacklist.RSA-*"))
    if not files:
        raise MisuseError(f"{directory} has no file blacklist.RSA-*; Debian's package openssl-blacklist installs them")
    return frozenset(digest for file in files for digest in _digests(file, _FRAGMENT))


def read_compromised_keys(file: str | os.PathLike[str]) -> frozenset[bytes]:
    """The digests in a file, for `compromised_keys`: 64 hexadecimal digits a line, comments after ``#``.

    Raises `MisuseError` where it cannot be read, or a line is something else.
    """
    return frozenset(_digests(Path(file), 32))


def _digests(file: Path, octets: int) -> Iterable[bytes]:
    try:
        lines = file.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise MisuseError(f"{file} cannot be read as a list of keys: {problem}") from problem
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        if len(text) != 2 * octets or not set(text) <= _HEXADECIMAL:
            raise MisuseError(f"{file}, line {number}: {2 * octets} hexadecimal digits are due, not {text[:80]!r}")
        yield bytes.fromhex(text)


_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
