"""How the authorities of a hospital come to be, the good ones and those with faults.

Makes: `Ground`, `root`, `issuing`, `cross_certificate`.
May import: trust, x509, this room.
Must never: know a device.
Read first: `issuing`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from devicetrust.testing import der, extensions
from devicetrust.testing.authority import Authority, Issue, Revocation, Source
from devicetrust.testing.changes import AUTHORITY_CHANGES, Scene
from devicetrust.testing.faults import Fault, Part
from devicetrust.testing.keys import KeyAlgorithm, KeyPool
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.reasons import RevocationReason

__all__ = ["Ground", "Term", "cross_certificate", "issuing", "root"]


class Ground(NamedTuple):
    """What all authorities of a hospital share."""

    at: datetime
    pool: KeyPool
    algorithm: KeyAlgorithm
    domain: str
    status_url: str


class Term(NamedTuple):
    """From when to when an authority's certificate is valid."""

    begin: datetime
    end: datetime


def root(ground: Ground, title: str, term: Term) -> Authority:
    """A root: an authority that certifies itself."""
    return _certified_by_itself(_authority(ground, title, frozenset()), term)


def _certified_by_itself(authority: Authority, term: Term) -> Authority:
    authority.certificate = Certificate(authority.certifies(authority, *term).sealed(authority.key))
    return authority


def cross_certificate(issuer: Authority, subject: Authority, term: Term) -> Certificate:
    """The certificate by which one root vouches for another."""
    return Certificate(issuer.certifies(subject, *term).sealed(issuer.key))


def issuing(
    ground: Ground,
    title: str,
    term: Term,
    above: Authority,
    good: Authority | None = None,
    faults: frozenset[Fault] = frozenset(),
) -> Authority:
    """An issuing CA below the root ``above``, with these faults; ``good`` is the one that has none of them."""
    authority = _authority(ground, title, faults)
    if Fault.CA_LOOP in faults:
        return _in_a_loop(ground, authority, term)
    parent = _parent(ground, above, good, faults)
    draft = parent.certifies(authority, *term, path_length=0)
    if Fault.ISSUED_BY_DEVICE in faults:
        purposes = (extensions.CLIENT_AUTH,)
        names = (der.dns(f"issuing-device.{ground.domain}"),)
        draft = parent.issues(authority.subject, authority.key, *term, purposes=purposes, names=names)
    issue = Issue(draft, parent.key, authority.key, parent.chain)
    scene = Scene(parent, ground.at, ground.pool, ground.domain)
    for fault, change in AUTHORITY_CHANGES.items():
        if fault in faults:
            issue = change(issue, scene)
    authority.certificate = issue.sealed()
    authority.chain = (authority.certificate, *issue.above)
    if Fault.CA_REVOKED in faults:
        parent.revocations[issue.draft.serial_number] = Revocation(ground.at, RevocationReason.CA_COMPROMISE)
    return authority


def _parent(ground: Ground, above: Authority, good: Authority | None, faults: frozenset[Fault]) -> Authority:
    """Who certifies a CA with these faults."""
    if good is not None and faults & {Fault.PATH_TOO_LONG, Fault.ISSUED_BY_DEVICE}:
        return good
    if faults & {Fault.UNTRUSTED_ROOT, Fault.FORGED_ROOT}:
        title = above.title if Fault.FORGED_ROOT in faults else "Nobody's Root"
        around = timedelta(days=365)
        nobodys = Authority(title, ground.pool.stranger(ground.algorithm, title), _source(ground, title, frozenset()))
        return _certified_by_itself(nobodys, Term(ground.at - around, ground.at + around))
    return above


def _in_a_loop(ground: Ground, authority: Authority, term: Term) -> Authority:
    """Two CAs vouch for each other, and nobody for both."""
    other = _authority(ground, f"{authority.title}, the other", frozenset())
    authority.certificate = Certificate(other.certifies(authority, *term).sealed(other.key))
    other.certificate = Certificate(authority.certifies(other, *term).sealed(authority.key))
    authority.chain = (authority.certificate, other.certificate)
    return authority


def _authority(ground: Ground, title: str, faults: frozenset[Fault]) -> Authority:
    algorithm = KeyAlgorithm.RSA_1024 if Fault.CA_WEAK_KEY in faults else ground.algorithm
    return Authority(title, ground.pool.authority_key(algorithm, title), _source(ground, title, faults), faults)


def _source(ground: Ground, title: str, faults: frozenset[Fault]) -> Source:
    """Both a CRL and a responder; where one of them has a fault, that one alone, for the other would make up for it."""
    of_status = {fault.value.partition("_")[0] for fault in faults if fault.part is Part.STATUS} or {"crl", "ocsp"}
    slug = title.lower().replace(",", "").replace(" ", "-")
    return Source(
        f"{ground.status_url}/{slug}.crl" if "crl" in of_status else "",
        f"{ground.status_url}/ocsp" if "ocsp" in of_status else "",
    )
