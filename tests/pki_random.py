"""Random PKIs: alternative paths, cross-certificates, cycles, rollovers, and windows of validity that overlap oddly.

Makes: `random_pki`, a `Topology`.
May import: pki.
Must never: import devicetrust.
Read first: `random_pki`.

The keys and names are few and always the same, so that signatures are made once and strangers bear familiar names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from pki import (
    AT,
    AUTHORITY_KEY_IDENTIFIER,
    CLIENT_AUTH,
    CODE_SIGNING,
    FOR_EVER,
    Authority,
    Draft,
    certificate_policies,
    common_name,
    dns,
    extended_key_usage,
    key,
    name_constraints,
)

POLICY = "1.3.6.1.4.1.55738.7"
DNS_NAME = "pump-1.ward.example.com"
STRANGERS = 100
"""The number of the first key that no `Topology` of friends uses."""

_SECOND = timedelta(seconds=1)
_UNITS = (timedelta(seconds=1), timedelta(minutes=7), timedelta(days=1), timedelta(days=900))
_SPAN = 24


class Topology(NamedTuple):
    """Certificates, and the seconds at which one of them begins or is first no longer valid, in order."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    leaf: bytes
    moments: tuple[datetime, ...]


class _Grid(NamedTuple):
    """The step between dates, and the share of certificates that never end."""

    unit: timedelta
    endless: float


def random_pki(rng: Random, first_key: int = 0) -> Topology:
    """One or two roots, up to three more authorities, each certified in several ways, and a leaf.

    Authorities are numbered; most are certified by those before them, some by those after, which makes cycles.
    """
    grid = _Grid(rng.choice(_UNITS), rng.choice((0.05, 0.05, 0.05, 0.7)))
    authorities = [_authority(rng, number, first_key) for number in range(rng.randint(2, 5))]
    root_count = rng.choice((1, 1, 2))
    drafts: list[tuple[Draft, Authority]] = []
    for root in authorities[:root_count]:
        drafts += [(_dated(rng, root.vouches_for(root), grid, 4), root) for _ in range(rng.choice((1, 1, 1, 2)))]
    count_of_root_certificates = len(drafts)
    for number, subject in enumerate(authorities):
        for issuer in _issuers(rng, authorities, number, root_count):
            drafts += [(draft, issuer) for draft in _certifications(rng, issuer, subject, grid)]
    issuer = rng.choice(authorities[-2:])
    leaf = _dated(rng, issuer.issues(common_name(DNS_NAME), key("p256", 99), dns(DNS_NAME)), grid, 4)
    if rng.random() < 0.3:
        leaf = leaf.including(certificate_policies(POLICY))
    sealed = [draft.sealed(signer.key) for draft, signer in drafts]
    presented = sealed[count_of_root_certificates:]
    rng.shuffle(presented)
    moments = sorted({moment for draft in (leaf, *(one for one, _ in drafts)) for moment in _turns(draft)})
    roots = tuple(sealed[:count_of_root_certificates])
    return Topology(roots, tuple(presented), leaf.sealed(issuer.key), tuple(moments))


def any_time(moments: Sequence[datetime], rng: Random) -> datetime:
    """A moment on, beside or between those at which something changes."""
    earlier, later = sorted((rng.choice(moments), rng.choice(moments)))
    between = earlier + timedelta(seconds=rng.randint(0, int((later - earlier).total_seconds())))
    return rng.choice((between, earlier - _SECOND, later, later + _SECOND))


def _authority(rng: Random, number: int, first_key: int) -> Authority:
    """Mostly a name for each key; now and then two keys share one."""
    named = number - 1 if number > 1 and rng.random() < 0.15 else number
    return Authority(common_name(f"CA {named}"), key("p256", first_key + number))


def _issuers(rng: Random, authorities: list[Authority], number: int, root_count: int) -> list[Authority]:
    if number < root_count:
        return rng.sample(authorities, 1) if rng.random() < 0.3 else []
    issuers = [authorities[rng.randrange(number)] for _ in range(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.2:
        issuers.append(rng.choice(authorities))
    return [issuer for issuer in dict.fromkeys(issuers) if issuer != authorities[number]]


def _certifications(rng: Random, issuer: Authority, subject: Authority, grid: _Grid) -> Iterator[Draft]:
    """One certificate, or two of different times, of ``subject`` by ``issuer``; some with a limit of their own."""
    for _ in range(rng.choice((1, 1, 2))):
        draft = issuer.vouches_for(subject, path_length=rng.choice((None, None, None, None, 0, 1)))
        draft = draft._replace(serial_number=draft.serial_number ^ rng.getrandbits(16))
        limit = rng.random()
        if limit < 0.05:
            draft = draft.including(name_constraints(permitted=[dns("clinic.example.com")]))
        elif limit < 0.10:
            draft = draft.including(extended_key_usage(CODE_SIGNING))
        elif limit < 0.20:
            draft = draft.including(extended_key_usage(CLIENT_AUTH))
        elif limit < 0.50:
            draft = draft.including(certificate_policies(POLICY))
        if rng.random() < 0.1:
            draft = draft.without(AUTHORITY_KEY_IDENTIFIER)
        yield _dated(rng, draft, grid, 2)


def _dated(rng: Random, draft: Draft, grid: _Grid, width: int) -> Draft:
    """With a window on a coarse grid, so that windows abut, overlap by a second, or leave one out."""
    begin = rng.randrange(_SPAN // width)
    end = min(begin + 1 + rng.randrange(width * _SPAN // 4), _SPAN)
    not_after = FOR_EVER if rng.random() < grid.endless else AT + end * grid.unit - rng.randint(0, 2) * _SECOND
    not_before = AT + begin * grid.unit
    return draft._replace(not_before=not_before, not_after=max(not_after, not_before))


def _turns(draft: Draft) -> Iterator[datetime]:
    assert isinstance(draft.not_before, datetime)
    assert isinstance(draft.not_after, datetime)
    yield draft.not_before
    if draft.not_after != FOR_EVER:
        yield draft.not_after + _SECOND
