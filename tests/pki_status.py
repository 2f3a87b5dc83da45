"""Random chains with evidence of their status: CRLs, delta CRLs and OCSP responses of all sorts, most of them in order.

Makes: `random_ward`, a `Ward` with its `ListOfStatus` and `AnswerOfStatus`.
May import: pki, pki_revocation.
Must never: import devicetrust.
Read first: `random_ward`.

Every time is on a coarse grid around `AT`, so that pieces abut, overlap by a second, or leave one out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pki_revocation as made
from pki import (
    AT,
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    FOR_EVER,
    Authority,
    Draft,
    Extension,
    Key,
    common_name,
    dns,
    extended_key_usage,
    key,
    key_usage,
    tlv,
    uri,
    validity_time,
)

SECOND = timedelta(seconds=1)
DNS_NAME = "pump-1.ward.example.com"
KEY_COMPROMISE, ON_HOLD, REMOVE_FROM_CRL = 1, 6, 8
STRANGER = key("p256", 77)
_SPAN = 24
_UNITS = (timedelta(minutes=7), timedelta(days=1))


class Issued(NamedTuple):
    """A certificate and who issued it."""

    draft: Draft
    issuer: Authority

    def sealed(self) -> bytes:
        return self.draft.sealed(self.issuer.key)


class ListOfStatus(NamedTuple):
    """A CRL before it is signed: entries by serial number, each with its reason or None."""

    issuer: Authority
    entries: tuple[tuple[int, int | None], ...]
    extensions: tuple[Extension, ...]
    begin: datetime
    end: datetime
    signer: Key

    def sealed(self) -> bytes:
        reasons = [(serial, () if why is None else (made.reason_code(why),)) for serial, why in self.entries]
        entries = [made.entry(serial, *why, revoked=AT - timedelta(days=300)) for serial, why in reasons]
        draft = made.CRLDraft(self.issuer.name, entries or None, self.extensions)
        times = {"this_update": validity_time(self.begin), "next_update": validity_time(self.end)}
        return draft._replace(**times).sealed(self.signer)


class AnswerOfStatus(NamedTuple):
    """An OCSP response about one certificate before it is signed."""

    about: Issued
    status: bytes
    begin: datetime
    end: datetime | None
    signer: Key
    certificates: tuple[bytes, ...] = ()
    digest: str = made.SHA_1

    def sealed(self) -> bytes:
        issuer, serial = self.about.issuer, self.about.draft.serial_number
        identifier = made.certificate_id(serial, issuer.name, issuer.key, self.digest)
        single = made.single_response(identifier, self.status, this_update=self.begin, next_update=self.end)
        responder = made.by_key(hashlib.sha1(self.signer.subject_public_key_info[-65:]).digest())
        produced = made.generalized_time(self.begin)
        return made.ResponseDraft(responder, (single,), (), self.certificates, produced_at=produced).sealed(self.signer)


class Ward(NamedTuple):
    """A chain, or two to one root, and the evidence about it. ``issued`` are all certificates below the root."""

    root: bytes
    leaf: Issued
    issued: tuple[Issued, ...]
    lists: tuple[ListOfStatus, ...]
    answers: tuple[AnswerOfStatus, ...]
    signers: tuple[Issued, ...]

    @property
    def presented(self) -> list[bytes]:
        return [one.sealed() for one in self.issued if one != self.leaf]

    @property
    def moments(self) -> tuple[datetime, ...]:
        """The seconds at which a certificate or a piece of evidence begins, or is first no longer in time, in order."""
        return tuple(sorted(set(self._moments())))

    def _moments(self) -> Iterator[datetime]:
        for one in (*self.issued, *self.signers):
            assert isinstance(one.draft.not_before, datetime)
            assert isinstance(one.draft.not_after, datetime)
            yield one.draft.not_before
            if one.draft.not_after != FOR_EVER:
                yield one.draft.not_after + SECOND
        for piece in (*self.lists, *self.answers):
            yield piece.begin
            if piece.end is not None:
                yield piece.end + SECOND


def random_ward(rng: Random, *, crossed: bool | None = None) -> Ward:
    """A root, up to two CAs below it, a leaf, and evidence. ``crossed``: the last CA has a second certificate too."""
    unit = rng.choice(_UNITS)
    authorities = [Authority(common_name(f"CA {n}"), key("p256", n)) for n in range(rng.randint(1, 3))]
    root, *others = authorities
    issued = [Issued(_with_sources(rng, above.vouches_for(below)), above) for above, below in pairwise(authorities)]
    if others and (rng.random() < 0.3 if crossed is None else crossed):
        again = root.vouches_for(others[-1])
        issued.append(Issued(_with_sources(rng, again._replace(serial_number=again.serial_number ^ 1)), root))
    draft = authorities[-1].issues(common_name(DNS_NAME), key("p256", 99), dns(DNS_NAME))
    issued.insert(0, Issued(_with_sources(rng, draft), authorities[-1]))
    signers = [one for number, authority in enumerate(authorities) for one in _signers(rng, authority, number)]
    issued, signers = ([_dated(rng, one, unit) for one in some] for some in (issued, signers))
    lists = [piece for authority in authorities for piece in _lists(rng, authority, (*issued, *signers), unit)]
    answers = [piece for one in issued for piece in _answers(rng, one, signers, unit)]
    return Ward(root.root(), issued[0], tuple(issued), tuple(lists), tuple(answers), tuple(signers))


def _with_sources(rng: Random, draft: Draft) -> Draft:
    """Mostly with a distribution point or a responder, or both."""
    if rng.random() < 0.5:
        draft = draft.including(made.at_url("http://status.example.com/crl"))
    if rng.random() < 0.4:
        draft = draft.including(made.responder_at("http://status.example.com/ocsp"))
    return draft


def _window(rng: Random, unit: timedelta) -> tuple[datetime, datetime]:
    """Mostly from before `AT` to after it."""
    begin, end = rng.randint(-_SPAN, 1), rng.randint(-1, _SPAN)
    if rng.random() < 0.1:
        begin, end = rng.randint(-_SPAN, _SPAN), rng.randint(-_SPAN, _SPAN)
    begin, end = min(begin, end), max(begin, end)
    return AT + begin * unit, AT + end * unit - rng.randint(0, 2) * SECOND + SECOND


def _dated(rng: Random, one: Issued, unit: timedelta) -> Issued:
    begin, end = AT - 30 * unit, AT + rng.randint(1, 40) * unit
    dates = {"not_before": begin, "not_after": FOR_EVER if rng.random() < 0.3 else end}
    return one._replace(draft=one.draft._replace(**dates))


def _signers(rng: Random, authority: Authority, number: int) -> Iterator[Issued]:
    """A certificate that signs the CA's CRLs with a key of its own, and a delegated responder, each now and then."""
    if rng.random() < 0.3:
        other = Authority(authority.name, key("p256", 40 + number))
        draft = authority.vouches_for(other).including(key_usage(CRL_SIGN)).without("2.5.29.19")
        yield Issued(draft, authority)
    if rng.random() < 0.4:
        holder = key("p256", 50 + number)
        draft = authority.issues(common_name(f"Responder {number}"), holder)
        draft = draft.without("2.5.29.17").including(
            extended_key_usage(made.OCSP_SIGNING), key_usage(DIGITAL_SIGNATURE)
        )
        if rng.random() < 0.7:
            draft = draft.including(made.OCSP_NO_CHECK)
        yield Issued(draft, authority)


def _lists(rng: Random, authority: Authority, issued: tuple[Issued, ...], unit: timedelta) -> Iterator[ListOfStatus]:
    own = [one.draft.serial_number for one in issued if one.issuer == authority]
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        delta, number = rng.random() < 0.2, rng.randint(1, 4)
        reasons = (None, KEY_COMPROMISE, KEY_COMPROMISE, ON_HOLD, ON_HOLD, *((REMOVE_FROM_CRL,) if delta else ()))
        entries = tuple((serial, rng.choice(reasons)) for serial in own if rng.random() < (0.3 if delta else 0.12))
        signing = (authority.key, key("p256", 40 + _number(authority)), STRANGER)
        signer = rng.choices(signing, (14, 3, 1))[0]
        named = authority if signer == STRANGER else authority._replace(key=signer)
        extensions = [made.crl_number(number), named.key_identifier()]
        if delta:
            base = made.crl_number(rng.randint(1, number)).value
            extensions.append(Extension(made.DELTA_CRL_INDICATOR, True, base))
        if rng.random() < 0.2:
            extensions.append(made.issuing_distribution_point(*rng.choice(_SCOPES)))
        yield ListOfStatus(authority, entries, tuple(extensions), *_window(rng, unit), signer)


_POINT = made.full_name(uri("http://status.example.com/crl"))
_SCOPES: tuple[tuple[bytes, ...], ...] = (
    (_POINT,),
    (tlv(0x81, made.TRUE),),
    (tlv(0x82, made.TRUE),),
    (tlv(0x83, b"\x05\x60"),),  # keyCompromise, cACompromise
    (tlv(0x83, b"\x07\x1f\x80"),),  # all the others
)


def _answers(rng: Random, about: Issued, signers: list[Issued], unit: timedelta) -> Iterator[AnswerOfStatus]:
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        status = rng.choices(
            (made.GOOD, made.revoked(reason=KEY_COMPROMISE), made.revoked(reason=ON_HOLD), made.UNKNOWN), (8, 1, 1, 1)
        )[0]
        delegates = [one for one in signers if one.issuer == about.issuer and _holder(one) != about.issuer.key]
        by = rng.choice((None, None, *delegates))
        signer = about.issuer.key if by is None else _holder(by)
        if rng.random() < 0.05:
            signer = STRANGER
        begin, end = _window(rng, unit)
        ending = None if rng.random() < 0.1 else end
        enclosed = () if by is None else (by.sealed(),)
        digest = rng.choice((made.SHA_1, made.SHA_256))
        yield AnswerOfStatus(about, status, begin, ending, signer, enclosed, digest)


def _holder(one: Issued) -> Key:
    keys = (key("p256", number) for number in range(60))
    return next(one_key for one_key in keys if one_key.subject_public_key_info == one.draft.subject_public_key_info)


def _number(authority: Authority) -> int:
    return int(authority.key.label.partition("/")[2])
