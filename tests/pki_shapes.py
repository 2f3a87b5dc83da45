"""Whole chains in the shapes that real PKIs have, all of them good.

Makes: `Case` (one question to a verifier), `Scene` (a case before it is signed), `SHAPES`.
May import: pki.
Must never: import devicetrust.
Read first: `Scene`, then `SHAPES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

from pki import AT, FOR_EVER, Authority, Draft, Key, any_key, common_name, dns, key, subject_alternative_name

Kind: TypeAlias = Literal["server", "client"]


class Case(NamedTuple):
    """One question: these bytes, this trust, this moment.

    ``name`` is the fault's, or the shape's where there is none; ``guilty`` is the index of the certificate at fault
    (0 is the leaf).
    """

    name: str
    leaf: bytes
    intermediates: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    dns_name: str
    kind: Kind
    shape: str
    at: datetime = AT
    guilty: int | None = None


class Link(NamedTuple):
    """One certificate of a chain: its draft, the authority that it makes, and who really signs it if not the next."""

    draft: Draft
    holder: Authority
    signer: Key | None = None


class Scene(NamedTuple):
    """A chain (leaf first, anchor last), certificates that lie about beside it, and what is asked."""

    chain: tuple[Link, ...]
    beside: tuple[bytes, ...]
    dns_name: str
    kind: Kind
    shape: str = "straight"

    def replacing(self, index: int, **changes: Any) -> Scene:
        """With these fields of the draft at ``index`` changed."""
        return self.drafting(index, lambda draft: draft._replace(**changes))

    def drafting(self, index: int, change: Callable[[Draft], Draft]) -> Scene:
        link = self.chain[index]
        return self.linking(index, link._replace(draft=change(link.draft)))

    def linking(self, index: int, link: Link) -> Scene:
        return self._replace(chain=(*self.chain[:index], link, *self.chain[index + 1 :]))

    def signer(self, index: int) -> Key:
        """The key that signs the certificate at ``index``: the next one's, the last one's own."""
        link = self.chain[index]
        return link.signer or self.chain[min(index + 1, len(self.chain) - 1)].holder.key

    def sealed(self, index: int) -> bytes:
        return self.chain[index].draft.sealed(self.signer(index))

    def case(self, name: str, rng: Random, guilty: int | None = None) -> Case:
        """The question, with everything signed and the intermediates in any order."""
        leaf, *certificates, root = (self.sealed(index) for index in range(len(self.chain)))
        presented = [*certificates, *self.beside]
        rng.shuffle(presented)
        return Case(name, leaf, tuple(presented), (root,), self.dns_name, self.kind, self.shape, guilty=guilty)


Shape: TypeAlias = Callable[[Random], Scene]


def straight(rng: Random, intermediates: int | None = None) -> Scene:
    """A root, up to three intermediates and a leaf."""
    count = rng.randint(1, 3) if intermediates is None else intermediates
    authorities = [_authority(rng, depth) for depth in range(count + 1)]
    links = [Link(authorities[0].vouches_for(authorities[0]), authorities[0])]
    for above, below in pairwise(authorities):
        links.append(Link(above.vouches_for(below), below))
    return _with_leaf(rng, tuple(reversed(links)))


def issued_by_root(rng: Random) -> Scene:
    """A leaf directly under the root."""
    return straight(rng, 0)


def long_chain(rng: Random) -> Scene:
    """Six intermediates, each with the shortest path length that holds."""
    scene = straight(rng, 6)
    for index in range(1, len(scene.chain)):
        issuer, holder = scene.chain[min(index + 1, len(scene.chain) - 1)].holder, scene.chain[index].holder
        scene = scene.linking(index, Link(issuer.vouches_for(holder, path_length=index - 1), holder))
    return scene


def cross_certified(rng: Random) -> Scene:
    """The intermediate is also certified by another root, which nobody trusts."""
    scene = straight(rng, 1)
    stranger = _authority(rng, 7)
    return scene._replace(beside=(stranger.vouches_for(scene.chain[1].holder).sealed(stranger.key), stranger.root()))


def key_rollover(rng: Random) -> Scene:
    """The anchor is the old key of a root; its new key is vouched for by a self-issued certificate."""
    old = _authority(rng, 0)
    new = Authority(old.name, any_key(rng, 6))
    links = (Link(old.vouches_for(new), new), Link(old.vouches_for(old), old))
    return _with_leaf(rng, links)._replace(beside=(new.vouches_for(old).sealed(new.key), new.root()))


def same_subject_two_keys(rng: Random) -> Scene:
    """Two intermediates of one name with different keys; only the key identifier tells whose the leaf is."""
    scene = straight(rng, 1)
    root, issuer = scene.chain[2].holder, scene.chain[1].holder
    namesake = Authority(issuer.name, key("p256", 8))
    return scene._replace(beside=(root.vouches_for(namesake).sealed(root.key),))


def expired_twin(rng: Random) -> Scene:
    """The intermediate once had another certificate for the same name and key, which has expired."""
    scene = straight(rng, 1)
    old = scene.chain[1].draft._replace(
        not_before=AT - timedelta(days=900), not_after=AT - timedelta(days=rng.randint(1, 300)), serial_number=2
    )
    return scene._replace(beside=(old.sealed(scene.signer(1)),))


def cycle(rng: Random) -> Scene:
    """The intermediate and another authority certify each other."""
    scene = straight(rng, 1)
    issuer, other = scene.chain[1].holder, _authority(rng, 7)
    loop = (issuer.vouches_for(other).sealed(issuer.key), other.vouches_for(issuer).sealed(other.key))
    return scene._replace(beside=loop)


def root_presented(rng: Random) -> Scene:
    """The peer sends the root along."""
    scene = straight(rng)
    return scene._replace(beside=(scene.sealed(len(scene.chain) - 1),))


def never_ending(rng: Random) -> Scene:
    """Every certificate ends 9999-12-31T23:59:59, that is never."""
    scene = straight(rng)
    for index in range(len(scene.chain)):
        scene = scene.replacing(index, not_after=FOR_EVER)
    return scene


def wildcard(rng: Random) -> Scene:
    """The leaf names every host of the ward."""
    scene = straight(rng)
    return scene.drafting(0, lambda draft: draft.including(subject_alternative_name(dns("*.ward.example.com"))))


def root_signed_with_sha1(rng: Random) -> Scene:
    """The root's signature on itself is an old one. It proves nothing, and nobody looks at it."""
    scene = straight(rng)
    root = scene.chain[-1].holder._replace(key=key("rsa2048"))
    below = scene.chain[-2]
    vouched = Link(root.vouches_for(below.holder), below.holder)
    scene = scene.linking(len(scene.chain) - 2, vouched)
    return scene.linking(len(scene.chain) - 1, Link(root.vouches_for(root)._replace(scheme="rsa-sha1"), root))


def ed25519_authority(rng: Random) -> Scene:
    """The issuer of the leaf has an Ed25519 key."""
    return _issuer_with(rng, key("ed25519"))


def p224_authority(rng: Random) -> Scene:
    """The issuer of the leaf has a key on a curve of 224 bits."""
    return _issuer_with(rng, key("p224"))


SHAPES: Mapping[str, Shape] = {
    one.__name__: one
    for one in (
        straight,
        issued_by_root,
        long_chain,
        cross_certified,
        key_rollover,
        same_subject_two_keys,
        expired_twin,
        cycle,
        root_presented,
        never_ending,
        wildcard,
        root_signed_with_sha1,
        ed25519_authority,
        p224_authority,
    )
}


def any_shape(rng: Random) -> Scene:
    """A chain of any shape, which the scene remembers."""
    shape = rng.choice(sorted(SHAPES))
    return SHAPES[shape](rng)._replace(shape=shape)


def _issuer_with(rng: Random, issuing: Key) -> Scene:
    root = _authority(rng, 0)
    issuer = Authority(common_name("Issuing CA"), issuing)
    return _with_leaf(rng, (Link(root.vouches_for(issuer), issuer), Link(root.vouches_for(root), root)))


def _authority(rng: Random, number: int) -> Authority:
    return Authority(common_name(f"CA {number} {rng.randrange(4)}"), any_key(rng, number))


def _with_leaf(rng: Random, above: tuple[Link, ...]) -> Scene:
    kind: Kind = rng.choice(("server", "client"))
    dns_name = f"pump-{rng.randrange(100)}.ward.example.com"
    holder = Authority(common_name(dns_name), key("p256", 9))
    draft = above[0].holder.issues(holder.name, holder.key, dns(dns_name))
    return Scene((Link(draft, holder), *above), (), dns_name, kind)
