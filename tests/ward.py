"""One ward's chain, what can be wrong with it, and what devicetrust says of it.

Makes: `scene` (root, intermediates, leaf; P-256 throughout), `ask`, `blocking`, and the table `WRONGS`.
May import: devicetrust, pki, pki_shapes.
Must never: make DER of its own; `pki` does.
Read first: `ask`, then `WRONGS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import pki
from devicetrust import Profile, Reference, TrustStore, Verdict, Verifier, profiles
from devicetrust.testing.extensions import POLICY_MAPPINGS, policy_mappings
from pki import ALGORITHMS, AT, Authority, Extension, Key, common_name, key
from pki_shapes import Link, Scene

HOST = "pump-17.ward.example.com"
SECOND = timedelta(seconds=1)
ROOT = Authority(common_name("Ward Root"), key("p256", 0))
ISSUING = Authority(common_name("Ward CA 1"), key("p256", 1))
DEVICE = Authority(common_name("pump-17"), key("p256", 9))
STRANGER = Authority(common_name("Ward Root"), key("p256", 7))
"""Of the same name as the root, with another key: an attacker's."""
UNKNOWN_OID = "1.3.6.1.4.1.55555.1"
POLICY, OTHER_POLICY, ANY_POLICY = "1.3.6.1.4.1.55555.2.1", "1.3.6.1.4.1.55555.2.2", "2.5.29.32.0"
INHIBIT_ANY_POLICY = "2.5.29.54"


def scene(intermediates: int = 1) -> Scene:
    """A root, so many intermediates and a leaf; index 0 is the leaf, the last one the root."""
    holders = [ROOT, *(Authority(common_name(f"Ward CA {n}"), key("p256", n)) for n in range(intermediates, 0, -1))]
    links = [Link(ROOT.vouches_for(ROOT), ROOT)]
    for above, below in itertools.pairwise(holders):
        links.append(Link(above.vouches_for(below), below))
    leaf = Link(holders[-1].issues(DEVICE.name, DEVICE.key, pki.dns(HOST)), DEVICE)
    return Scene((leaf, *reversed(links)), (), HOST, "server")


def certificates(asked: Scene) -> list[bytes]:
    """The chain in DER, leaf first and root last."""
    return [asked.sealed(index) for index in range(len(asked.chain))]


def presented(asked: Scene) -> tuple[bytes, ...]:
    """What the peer sends beside its own certificate."""
    return (*certificates(asked)[1:-1], *asked.beside)


def verifier(asked: Scene, profile: Profile = profiles.rfc5280) -> Verifier:
    """One that trusts the scene's root alone."""
    return Verifier(TrustStore([certificates(asked)[-1]]), profile=profile)


def ask(
    asked: Scene,
    profile: Profile = profiles.rfc5280,
    *,
    of: Verifier | None = None,
    reference: Reference = Reference.UNCHECKED,
    at: datetime = AT,
) -> Verdict:
    """The verdict of ``of``, or of a fresh verifier that trusts the scene's root."""
    judge = verifier(asked, profile) if of is None else of
    return judge.verify(asked.sealed(0), presented(asked), reference=reference, at=at)


def blocking(verdict: Verdict) -> set[tuple[str, int | None]]:
    """(code, certificate index) of every finding that refuses."""
    return {(finding.code.id, finding.where.certificate) for finding in verdict.blocking()}


def found(verdict: Verdict) -> set[tuple[str, int | None]]:
    """(code, certificate index) of every finding."""
    return {(finding.code.id, finding.where.certificate) for finding in verdict.findings}


def signer(number: int, kind: str = "p256") -> Key:
    return key(kind, number)


class Wrong(NamedTuple):
    """A change to a good scene, and the findings under the profile rfc5280 that it must lead to."""

    change: Callable[[Scene], Scene]
    expected: set[tuple[str, int | None]]
    intermediates: int = 1

    def scene(self) -> Scene:
        return self.change(scene(self.intermediates))


def inhibit_any_policy(skip: int) -> Extension:
    return Extension(INHIBIT_ANY_POLICY, True, pki.integer(skip))


def unknown(*, critical: bool) -> Extension:
    return Extension(UNKNOWN_OID, critical, b"\x05\x00")


def including(index: int, *extensions: Extension) -> Callable[[Scene], Scene]:
    return lambda asked: asked.drafting(index, lambda draft: draft.including(*extensions))


def without(index: int, *oids: str) -> Callable[[Scene], Scene]:
    return lambda asked: asked.drafting(index, lambda draft: draft.without(*oids))


def replacing(index: int, **changes: object) -> Callable[[Scene], Scene]:
    return lambda asked: asked.replacing(index, **changes)


def _repeated(index: int, oid: str) -> Callable[[Scene], Scene]:
    return lambda asked: asked.drafting(
        index, lambda draft: draft._replace(extensions=(*draft.extensions, draft.extension(oid)))
    )


def _signed_by_stranger(index: int) -> Callable[[Scene], Scene]:
    return lambda asked: asked.linking(index, asked.chain[index]._replace(signer=STRANGER.key))


_NOT_DER = b"\x30\x05\x02"
_OUTSIDE = pki.name((pki.ORGANIZATION, "Elsewhere"))

WRONGS: Mapping[str, Wrong] = {
    # 6.1.3 (a)(1)
    "leaf signed by a stranger": Wrong(_signed_by_stranger(0), {("signature.invalid", 0)}),
    "intermediate signed by a stranger": Wrong(_signed_by_stranger(1), {("signature.invalid", 1)}),
    "upper intermediate signed by a stranger": Wrong(_signed_by_stranger(2), {("signature.invalid", 2)}, 2),
    "leaf with an empty signature": Wrong(replacing(0, signature=b""), {("signature.invalid", 0)}),
    "leaf with an unknown signature algorithm": Wrong(
        replacing(
            0,
            tbs_signature_algorithm=pki.sequence(pki.object_identifier(UNKNOWN_OID)),
            signature_algorithm=pki.sequence(pki.object_identifier(UNKNOWN_OID)),
        ),
        {("signature.unsupported", 0)},
    ),
    # 6.1.3 (a)(2)
    "leaf expired": Wrong(replacing(0, not_after=AT - SECOND), {("validity.expired", 0)}),
    "leaf not yet valid": Wrong(replacing(0, not_before=AT + SECOND), {("validity.not_yet_valid", 0)}),
    "intermediate expired": Wrong(replacing(1, not_after=AT - SECOND), {("validity.expired", 1)}),
    "intermediate not yet valid": Wrong(replacing(1, not_before=AT + SECOND), {("validity.not_yet_valid", 1)}),
    "upper intermediate expired": Wrong(replacing(2, not_after=AT - SECOND), {("validity.expired", 2)}, 2),
    # 6.1.3 (a)(4)
    "leaf of an unknown issuer": Wrong(replacing(0, issuer=common_name("Nobody")), {("issuer.unknown", 0)}),
    "intermediate of an unknown issuer": Wrong(replacing(1, issuer=common_name("Nobody")), {("issuer.unknown", 1)}),
    "leaf self-signed": Wrong(
        lambda asked: asked.linking(0, asked.chain[0]._replace(signer=DEVICE.key)).replacing(0, issuer=DEVICE.name),
        {("issuer.self_signed", 0)},
    ),
    # 6.1.3 (b), (c), 6.1.4 (g)
    "leaf outside of the permitted names": Wrong(
        including(1, pki.name_constraints(permitted=[pki.dns("icu.example.com")])), {("names.not_permitted", 0)}
    ),
    "leaf within the excluded names": Wrong(
        including(1, pki.name_constraints(excluded=[pki.dns("ward.example.com")])), {("names.excluded", 0)}
    ),
    "intermediate and leaf outside of the permitted subjects": Wrong(
        including(2, pki.name_constraints(permitted=[pki.directory(_OUTSIDE)])),
        {("names.not_permitted", 0), ("names.not_permitted", 1)},
        2,
    ),
    "a second constraint narrows, never widens": Wrong(
        lambda asked: including(1, pki.name_constraints(permitted=[pki.dns("ward.example.com")]))(
            including(2, pki.name_constraints(permitted=[pki.dns("icu.example.com")]))(asked)
        ),
        {("names.not_permitted", 0)},
        2,
    ),
    # 6.1.3 (f), 6.1.4 (a), (i)
    "policy required by the intermediate, none asserted": Wrong(
        including(1, pki.policy_constraints(0)), {("policy.none_valid", 0)}
    ),
    "anyPolicy mapped": Wrong(including(1, policy_mappings((ANY_POLICY, POLICY))), {("policy.any_policy_mapped", 1)}),
    "mapped to anyPolicy": Wrong(
        including(1, policy_mappings((POLICY, ANY_POLICY))), {("policy.any_policy_mapped", 1)}
    ),
    # 6.1.4 (k)
    "intermediate without basicConstraints": Wrong(without(1, pki.BASIC_CONSTRAINTS), {("ca.not_a_ca", 1)}),
    "intermediate with cA FALSE": Wrong(including(1, pki.basic_constraints(ca=False)), {("ca.not_a_ca", 1)}),
    "intermediate of version 1": Wrong(replacing(1, version=None, extensions=()), {("ca.not_a_ca", 1)}),
    # 6.1.4 (l), (m)
    "one intermediate too many": Wrong(
        including(2, pki.basic_constraints(ca=True, path_length=0)), {("ca.path_length", 1)}, 2
    ),
    "two levels below a path length of one": Wrong(
        including(3, pki.basic_constraints(ca=True, path_length=1)), {("ca.path_length", 1)}, 3
    ),
    # 6.1.4 (n)
    "intermediate that may not sign certificates": Wrong(
        including(1, pki.key_usage(pki.DIGITAL_SIGNATURE, pki.CRL_SIGN)), {("ca.key_usage", 1)}
    ),
    # 6.1.4 (o), 6.1.5 (f)
    "leaf with an unknown critical extension": Wrong(
        including(0, unknown(critical=True)), {("extension.critical_unknown", 0)}
    ),
    "intermediate with an unknown critical extension": Wrong(
        including(1, unknown(critical=True)), {("extension.critical_unknown", 1)}
    ),
    # 4.1.1.2
    "leaf's inner algorithm differs": Wrong(
        replacing(0, tbs_signature_algorithm=ALGORITHMS["ecdsa-sha384"]), {("signature.algorithms_differ", 0)}
    ),
    "intermediate's inner algorithm differs": Wrong(
        replacing(1, tbs_signature_algorithm=ALGORITHMS["ecdsa-sha384"]), {("signature.algorithms_differ", 1)}
    ),
    # 4.1, 4.2
    "leaf with a negative serial number": Wrong(replacing(0, serial_number=-5), {("encoding.not_tolerated", 0)}),
    "intermediate with a negative serial number": Wrong(
        replacing(1, serial_number=-5), {("encoding.not_tolerated", 1)}
    ),
    "leaf with a repeated extension": Wrong(_repeated(0, pki.KEY_USAGE), {("extension.repeated", 0)}),
    "intermediate with a repeated extension": Wrong(
        _repeated(1, pki.SUBJECT_KEY_IDENTIFIER), {("extension.repeated", 1)}
    ),
    **{
        f"leaf with an unreadable {oid}": Wrong(
            including(0, Extension(oid, False, _NOT_DER)), {("extension.unreadable", 0)}
        )
        for oid in (
            pki.KEY_USAGE,
            pki.SUBJECT_ALTERNATIVE_NAME,
            pki.BASIC_CONSTRAINTS,
            pki.NAME_CONSTRAINTS,
            pki.CERTIFICATE_POLICIES,
            POLICY_MAPPINGS,
            pki.POLICY_CONSTRAINTS,
            pki.EXTENDED_KEY_USAGE,
            INHIBIT_ANY_POLICY,
        )
    },
    **{
        f"intermediate with an unreadable {oid}": Wrong(
            including(1, Extension(oid, True, _NOT_DER)), {("extension.unreadable", 1)}
        )
        for oid in (pki.NAME_CONSTRAINTS, POLICY_MAPPINGS, pki.POLICY_CONSTRAINTS, INHIBIT_ANY_POLICY)
    },
    # RFC 9325 4.5
    "leaf signed with SHA-1": Wrong(replacing(0, scheme="ecdsa-sha1"), {("strength.signature_algorithm", 0)}),
    "intermediate signed with SHA-1": Wrong(replacing(1, scheme="ecdsa-sha1"), {("strength.signature_algorithm", 1)}),
}
"""Each fault that RFC 5280 6.1 and 4 forbid, by its name."""
