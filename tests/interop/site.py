"""A small PKI for servers under test: the files that they load, and the clients that present themselves, good and bad.

Makes: `Site`, `site`.
May import: pki, pki_revocation.
Must never: import devicetrust.
Read first: `site`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import pki
import pki_revocation as made
from pki import Authority, Draft, Key, common_name, dns, key, tlv

DAY = timedelta(days=1)
ROOT = Authority(common_name("Ward Root"), key("p256", 1))
ISSUING = Authority(common_name("Ward Devices"), key("p256", 2))
STRANGER = Authority(ISSUING.name, key("p256", 9))
CHAIN_KEY = key("p256", 3)


class Client(NamedTuple):
    """A chain in DER, leaf first, and the leaf's key."""

    chain: tuple[bytes, ...]
    private_key: Any


class Site(NamedTuple):
    """``roots`` and ``crls`` are files of PEM; ``chain`` and ``private_key`` are the server's."""

    folder: Path
    roots: Path
    crls: Path
    chain: Path
    private_key: Path
    root: bytes
    good: dict[str, Client]
    faulty: dict[str, Client]
    misshapen: dict[str, Client]


def site(folder: Path) -> Site:
    """The whole of it, as of now."""
    now = datetime.now(UTC).replace(microsecond=0)
    folder.mkdir(parents=True, exist_ok=True)
    root = _dated(ROOT.vouches_for(ROOT), now).sealed(ROOT.key)
    issuing = _dated(ROOT.vouches_for(ISSUING), now).sealed(ROOT.key)
    server = _pump("localhost", now, CHAIN_KEY).sealed(ISSUING.key)
    revoked = _pump("revoked", now)
    # s_server reads the first of a file, and asks for that of the leaf's issuer.
    crls = [_crl(ISSUING, now, revoked.serial_number), _crl(ROOT, now)]
    return Site(
        folder,
        _written(folder / "roots.pem", _pem("CERTIFICATE", root)),
        _written(folder / "crls.pem", *[_pem("X509 CRL", one) for one in crls]),
        _written(folder / "server.pem", _pem("CERTIFICATE", server), _pem("CERTIFICATE", issuing)),
        _written(folder / "server.key", private_key_pem(CHAIN_KEY.private_key).decode()),
        root,
        {
            "pump": Client((_pump("pump", now).sealed(ISSUING.key), issuing), CHAIN_KEY.private_key),
            "pump with RSA": _client(_pump("pump", now, key("rsa2048", 1)), issuing, key("rsa2048", 1)),
        },
        {
            "expired": _client(_pump("old", now)._replace(not_after=now - DAY), issuing),
            "not yet valid": _client(_pump("new", now)._replace(not_before=now + DAY), issuing),
            "issued by a stranger": Client((_pump("odd", now).sealed(STRANGER.key), issuing), CHAIN_KEY.private_key),
            "for servers only": _client(_pump("web", now).including(pki.extended_key_usage(pki.SERVER_AUTH)), issuing),
            "unknown critical extension": _client(
                _pump("critical", now).including(pki.Extension("1.3.6.1.4.1.99999.1", True, b"\x05\x00")), issuing
            ),
            "revoked": _client(revoked, issuing),
            "without its issuer": Client((_pump("lone", now).sealed(ISSUING.key),), CHAIN_KEY.private_key),
        },
        {name: _client(draft, issuing) for name, draft in _misshapen(_pump("odd", now)).items()},
    )


def _misshapen(pump: Draft) -> dict[str, Draft]:
    """What no well-behaved builder writes."""
    usage = pump.extension(pki.KEY_USAGE)
    return {
        "an extension twice": pump._replace(extensions=(*pump.extensions, usage)),
        "key usage of garbage": pump.including(usage._replace(value=b"\x99\x99")),
        "two signature algorithms": pump._replace(tbs_signature_algorithm=pki.ALGORITHMS["ecdsa-sha384"]),
        "signature of garbage": pump._replace(signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"),
        "no signature": pump._replace(signature=b""),
        "signed with SHA-1": pump._replace(scheme="ecdsa-sha1"),
        "serial number negative": pump._replace(serial_number=-5),
        "serial number zero": pump._replace(serial_number=0),
        "serial number of 26 octets": pump._replace(serial_number=1 << 200),
        "version 1 with extensions": pump._replace(version=None),
        "version 8": pump._replace(version=7),
    }


def malformed(valid: bytes) -> bytes:
    """The same certificate with the length of the whole in one octet more than DER allows."""
    return b"\x30\x83\x00" + valid[2:] if valid[1] == 0x82 else valid


def unreadable(chain: tuple[bytes, ...]) -> bytes:
    """A leaf whose first field is cut off."""
    return tlv(0x30, chain[0][8:])


def private_key_pem(private_key: Any) -> bytes:
    encoded: bytes = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return encoded


def _pump(name: str, now: datetime, holder: Key = CHAIN_KEY) -> Draft:
    return _dated(ISSUING.issues(common_name(name), holder, dns(f"{name.replace(' ', '-')}.ward.example")), now)


def _dated(draft: Draft, now: datetime) -> Draft:
    return draft._replace(not_before=now - 20 * DAY, not_after=now + 20 * DAY)


def _client(draft: Draft, issuing: bytes, holder: Key = CHAIN_KEY) -> Client:
    return Client((draft.sealed(ISSUING.key), issuing), holder.private_key)


def _crl(issuer: Authority, now: datetime, *serial_numbers: int) -> bytes:
    entries = [made.entry(one, revoked=now - DAY) for one in serial_numbers]
    times = pki.validity_time(now - DAY), pki.validity_time(now + DAY)
    return made.CRLDraft(issuer.name, entries or None, (issuer.key_identifier(), made.crl_number(1)), *times).sealed(
        issuer.key
    )


def _pem(kind: str, der: bytes) -> str:
    if kind == "CERTIFICATE":
        return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode()
    return x509.load_der_x509_crl(der).public_bytes(serialization.Encoding.PEM).decode()


def _written(file: Path, *parts: str) -> Path:
    file.write_text("".join(parts))
    return file
