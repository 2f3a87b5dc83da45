"""Chains with exactly one thing wrong, each under a name.

Makes: `FAULTS`: by name, a function from a random source to a `Case` that knows the index of the guilty certificate.
May import: pki, pki_shapes.
Must never: import devicetrust.
Read first: `FAULTS`, at the end.

Faults of the leaf strike any shape of chain, faults of an authority only the straight one, where no second path gets
round them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from random import Random
from typing import Any, TypeAlias

import pki
from pki import (
    AT,
    CLIENT_AUTH,
    CODE_SIGNING,
    KEY_CERT_SIGN,
    SERVER_AUTH,
    Authority,
    Draft,
    Extension,
    Key,
    basic_constraints,
    common_name,
    dns,
    key,
    key_usage,
    name_constraints,
    subject_alternative_name,
)
from pki_shapes import Case, Kind, Link, Scene, any_shape, straight

Fault: TypeAlias = Callable[[Random], Case]
Change: TypeAlias = Callable[[Draft], Draft]

UNKNOWN = Extension("1.3.6.1.4.1.55738.666.1", True, b"\x05\x00")


def leaf_signature_by_stranger(rng: Random) -> Scene:
    scene = any_shape(rng)
    return scene.linking(0, scene.chain[0]._replace(signer=_stranger(scene.signer(0))))


def leaf_altered_after_signing(rng: Random) -> Scene:
    return _altered(any_shape(rng), 0)


def intermediate_altered_after_signing(rng: Random) -> Scene:
    return _altered(straight(rng), 1)


def intermediate_signature_by_stranger(rng: Random) -> Scene:
    scene = straight(rng)
    return scene.linking(1, scene.chain[1]._replace(signer=_stranger(scene.signer(1))))


def leaf_sha1_signature(rng: Random) -> Scene:
    return _signed_with(rng, 0, "rsa-sha1")


def leaf_md5_signature(rng: Random) -> Scene:
    return _signed_with(rng, 0, "rsa-md5")


def intermediate_sha1_signature(rng: Random) -> Scene:
    return _signed_with(rng, 1, "rsa-sha1")


def intermediate_key_rsa_1024(rng: Random) -> Scene:
    scene = straight(rng, 1)
    holder = scene.chain[1].holder._replace(key=key("rsa1024"))
    root = scene.chain[2].holder
    leaf = scene.chain[0].draft.including(holder.key_identifier())
    return scene.linking(1, Link(root.vouches_for(holder), holder)).linking(0, scene.chain[0]._replace(draft=leaf))


def path_length_exceeded(rng: Random) -> Scene:
    """The highest intermediate allows none below it, and there is one."""
    scene = straight(rng, 2)
    return scene.drafting(2, lambda draft: draft.including(basic_constraints(ca=True, path_length=0)))


def wrong_name(rng: Random) -> Scene:
    return _server(rng)._replace(dns_name="infusion.clinic.example.com")


def wildcard_across_labels(rng: Random) -> Scene:
    scene = _server(rng).drafting(0, _with(subject_alternative_name(dns("*.example.com"))))
    return scene._replace(dns_name="pump-1.ward.example.com")


def wildcard_not_leftmost(rng: Random) -> Scene:
    scene = _server(rng).drafting(0, _with(subject_alternative_name(dns("pump.*.example.com"))))
    return scene._replace(dns_name="pump.ward.example.com")


def name_only_in_common_name(rng: Random) -> Scene:
    return _server(rng).drafting(0, lambda draft: draft.without(pki.SUBJECT_ALTERNATIVE_NAME))


def leaf_purpose_of_the_other_side(rng: Random) -> Scene:
    scene = any_shape(rng)
    other = CLIENT_AUTH if scene.kind == "server" else SERVER_AUTH
    return scene.drafting(0, _with(pki.extended_key_usage(other)))


def intermediate_purpose_of_the_other_side(rng: Random) -> Scene:
    scene = straight(rng)
    other = CLIENT_AUTH if scene.kind == "server" else SERVER_AUTH
    return scene.drafting(1, _with(pki.extended_key_usage(other)))


def excluded_dns(rng: Random) -> Scene:
    return _constrained(rng, name_constraints(excluded=[dns("ward.example.com")]))


def not_permitted_dns(rng: Random) -> Scene:
    return _constrained(rng, name_constraints(permitted=[dns("clinic.example.com")]))


def not_permitted_ip(rng: Random) -> Scene:
    constraints = name_constraints(permitted=[pki.ip(IPv4Network("192.0.2.0/24"))])
    return _constrained(rng, constraints, pki.ip(IPv4Address("198.51.100.1")))


def excluded_email(rng: Random) -> Scene:
    return _constrained(rng, name_constraints(excluded=[pki.email("example.com")]), pki.email("nurse@example.com"))


def excluded_uri(rng: Random) -> Scene:
    constraints = name_constraints(excluded=[pki.uri(".example.com")])
    return _constrained(rng, constraints, pki.uri("https://pump.example.com/device"))


def not_permitted_directory_name(rng: Random) -> Scene:
    base = pki.name((pki.ORGANIZATION, "Another Ward"))
    return straight(rng).drafting(1, _with(name_constraints(permitted=[pki.directory(base)])))


def policy_required_and_missing(rng: Random) -> Scene:
    return straight(rng).drafting(1, _with(pki.policy_constraints(0)))


def anchor_unknown(rng: Random) -> Case:
    """The trust store holds another root; the one that would do is not sent along either."""
    scene = straight(rng)
    stranger = Authority(common_name("Another root"), key("p256", 21))
    return scene.case("anchor_unknown", rng, len(scene.chain) - 2)._replace(roots=(stranger.root(),))


def anchor_namesake(rng: Random) -> Case:
    """The trust store holds a root of the right name with another key."""
    scene = straight(rng)
    namesake = Authority(scene.chain[-1].holder.name, key("p256", 21))
    return scene.case("anchor_namesake", rng, len(scene.chain) - 2)._replace(roots=(namesake.root(),))


def intermediate_missing(rng: Random) -> Case:
    scene = straight(rng)
    missing = rng.randrange(1, len(scene.chain) - 1)
    case = scene.case("intermediate_missing", rng, missing - 1)
    kept = tuple(one for one in case.intermediates if one != scene.sealed(missing))
    return case._replace(intermediates=kept)


def leaf_with_trailing_byte(rng: Random) -> Case:
    case = any_shape(rng).case("leaf_with_trailing_byte", rng, 0)
    return case._replace(leaf=case.leaf + b"\0")


def leaf_of_indefinite_length(rng: Random) -> Case:
    case = any_shape(rng).case("leaf_of_indefinite_length", rng, 0)
    return case._replace(leaf=b"\x30\x80" + case.leaf[4:] + b"\0\0")


def leaf_self_signed(rng: Random) -> Scene:
    scene = straight(rng)
    link = scene.chain[0]
    draft = link.holder.issues(link.holder.name, link.holder.key, dns(scene.dns_name))
    return scene.linking(0, link._replace(draft=draft, signer=link.holder.key))


def issuer_name_differs(rng: Random) -> Scene:
    """The leaf names an issuer that nobody is, though the key is the right one."""
    return any_shape(rng).replacing(0, issuer=common_name("Nobody"))


def _altered(scene: Scene, index: int) -> Scene:
    draft, signer = scene.chain[index].draft, scene.signer(index)
    scheme = draft.scheme or signer.scheme
    true_signature = pki.signature(signer, scheme, draft.to_be_signed(scheme))
    return scene.replacing(index, signature=true_signature, serial_number=draft.serial_number + 1)


def _signed_with(rng: Random, index: int, scheme: str) -> Scene:
    """The issuer of the certificate at ``index`` has an RSA key and signs that one certificate with ``scheme``."""
    scene = straight(rng, 1)
    issuer = scene.chain[index + 1].holder._replace(key=key("rsa2048", 1))
    above = scene.chain[index + 2].holder if index == 0 else issuer
    scene = scene.linking(index + 1, Link(above.vouches_for(issuer), issuer))
    return scene.drafting(index, lambda draft: draft.including(issuer.key_identifier())._replace(scheme=scheme))


def _constrained(rng: Random, constraints: Extension, *more_names: bytes) -> Scene:
    """One of the authorities constrains names, and the leaf has such a name beside its proper one."""
    scene = straight(rng)
    names = (dns(scene.dns_name), *more_names)
    scene = scene.drafting(rng.randrange(1, len(scene.chain) - 1), _with(constraints))
    return scene.drafting(0, _with(subject_alternative_name(*names)))


def _server(rng: Random) -> Scene:
    kind: Kind = "server"
    return any_shape(rng)._replace(kind=kind)


def _stranger(proper: Key) -> Key:
    kind = proper.label.partition("/")[0]
    return key(kind, 3 if kind == "rsa2048" else 20)


def _with(*extensions: Extension) -> Change:
    return lambda draft: draft.including(*extensions)


def _without(*oids: str) -> Change:
    return lambda draft: draft.without(*oids)


def _twice(oid: str) -> Change:
    return lambda draft: draft._replace(extensions=(*draft.extensions, draft.extension(oid)))


def _critical(oid: str) -> Change:
    return lambda draft: draft.including(draft.extension(oid)._replace(critical=True))


def _unreadable(oid: str) -> Change:
    return lambda draft: draft.including(draft.extension(oid)._replace(value=b"\x30\x03\x82\x7fa"))


def _fields(**changes: Any) -> Change:
    return lambda draft: draft._replace(**changes)


def _version_1(draft: Draft) -> Draft:
    return draft._replace(version=None, extensions=())


def _expired(draft: Draft) -> Draft:
    return draft._replace(not_before=AT - timedelta(days=500), not_after=AT - timedelta(seconds=1))


def _not_yet_valid(draft: Draft) -> Draft:
    return draft._replace(not_before=AT + timedelta(seconds=1))


_FRACTION = pki.tlv(0x18, b"20260101000000.5Z")

_SCENES: Mapping[str, tuple[int | None, Callable[[Random], Scene]]] = {
    one.__name__: (guilty, one)
    for guilty, one in (
        (0, leaf_signature_by_stranger),
        (0, leaf_altered_after_signing),
        (1, intermediate_signature_by_stranger),
        (1, intermediate_altered_after_signing),
        (0, leaf_sha1_signature),
        (0, leaf_md5_signature),
        (1, intermediate_sha1_signature),
        (1, intermediate_key_rsa_1024),
        (1, path_length_exceeded),
        (0, wrong_name),
        (0, wildcard_across_labels),
        (0, wildcard_not_leftmost),
        (0, name_only_in_common_name),
        (0, leaf_purpose_of_the_other_side),
        (1, intermediate_purpose_of_the_other_side),
        (0, excluded_dns),
        (0, not_permitted_dns),
        (0, not_permitted_ip),
        (0, excluded_email),
        (0, excluded_uri),
        (0, not_permitted_directory_name),
        (0, policy_required_and_missing),
        (0, leaf_self_signed),
        (0, issuer_name_differs),
    )
}
_LEAF: Mapping[str, Change] = {
    "leaf_expired": _expired,
    "leaf_not_yet_valid": _not_yet_valid,
    "leaf_unknown_critical_extension": _with(UNKNOWN),
    "leaf_duplicate_extension": _twice(pki.KEY_USAGE),
    "leaf_wrong_purpose": _with(pki.extended_key_usage(CODE_SIGNING)),
    "leaf_without_purpose": _without(pki.EXTENDED_KEY_USAGE),
    "leaf_key_usage_without_signature": _with(key_usage(pki.CRL_SIGN)),
    "leaf_version_1": _version_1,
    "leaf_algorithms_differ": _fields(signature_algorithm=pki.ALGORITHMS["rsa-sha1"]),
    "leaf_serial_negative": _fields(serial_number=-5),
    "leaf_serial_zero": _fields(serial_number=0),
    "leaf_serial_too_long": _fields(serial_number=1 << 170),
    "leaf_key_rsa_1024": lambda draft: draft._replace(subject_public_key_info=key("rsa1024").subject_public_key_info),
    "leaf_critical_alternative_name": _critical(pki.SUBJECT_ALTERNATIVE_NAME),
    "leaf_empty_subject_alternative_name_not_critical": _fields(subject=pki.name()),
    "leaf_unreadable_alternative_name": _unreadable(pki.SUBJECT_ALTERNATIVE_NAME),
    "leaf_unreadable_key_usage": _unreadable(pki.KEY_USAGE),
    "leaf_is_authority": _with(basic_constraints(ca=True), key_usage(pki.DIGITAL_SIGNATURE, KEY_CERT_SIGN)),
    "leaf_without_authority_key_identifier": _without(pki.AUTHORITY_KEY_IDENTIFIER),
    "leaf_fraction_of_a_second": _fields(not_before=_FRACTION),
    "leaf_generalized_time_before_2050": _fields(not_after=pki.generalized_time(AT + timedelta(days=50))),
    "leaf_empty_issuer": _fields(issuer=pki.name()),
}
_AUTHORITY: Mapping[str, Change] = {
    "intermediate_expired": _expired,
    "intermediate_not_yet_valid": _not_yet_valid,
    "intermediate_unknown_critical_extension": _with(UNKNOWN),
    "intermediate_duplicate_extension": _twice(pki.BASIC_CONSTRAINTS),
    "intermediate_without_basic_constraints": _without(pki.BASIC_CONSTRAINTS),
    "intermediate_is_no_authority": _with(basic_constraints(ca=False)),
    "intermediate_key_usage_without_certificate_signing": _with(key_usage(pki.DIGITAL_SIGNATURE, pki.CRL_SIGN)),
    "intermediate_unreadable_basic_constraints": _unreadable(pki.BASIC_CONSTRAINTS),
    "intermediate_wrong_purpose": _with(pki.extended_key_usage(CODE_SIGNING)),
    "intermediate_version_1": _version_1,
    "intermediate_algorithms_differ": _fields(signature_algorithm=pki.ALGORITHMS["rsa-sha1"]),
    "intermediate_serial_negative": _fields(serial_number=-5),
    "intermediate_without_authority_key_identifier": _without(pki.AUTHORITY_KEY_IDENTIFIER),
    "intermediate_without_subject_key_identifier": _without(pki.SUBJECT_KEY_IDENTIFIER),
}
_ROOT: Mapping[str, Change] = {
    "root_expired": _expired,
    "root_not_yet_valid": _not_yet_valid,
    "root_unknown_critical_extension": _with(UNKNOWN),
    "root_without_basic_constraints": _without(pki.BASIC_CONSTRAINTS),
    "root_basic_constraints_not_critical": _with(basic_constraints(ca=True, critical=False)),
    "root_key_usage_without_certificate_signing": _with(key_usage(pki.CRL_SIGN)),
}


def _of_scene(name: str, guilty: int | None, make: Callable[[Random], Scene]) -> Fault:
    return lambda rng: make(rng).case(name, rng, guilty)


def _of_leaf(name: str, change: Change) -> Fault:
    return lambda rng: any_shape(rng).drafting(0, change).case(name, rng, 0)


def _of_authority(name: str, change: Change) -> Fault:
    def fault(rng: Random) -> Case:
        scene = straight(rng)
        index = rng.randrange(1, len(scene.chain) - 1)
        return scene.drafting(index, change).case(name, rng, index)

    return fault


def _of_root(name: str, change: Change) -> Fault:
    def fault(rng: Random) -> Case:
        scene = straight(rng)
        index = len(scene.chain) - 1
        return scene.drafting(index, change).case(name, rng, index)

    return fault


FAULTS: Mapping[str, Fault] = {
    **{name: _of_scene(name, guilty, make) for name, (guilty, make) in _SCENES.items()},
    **{
        one.__name__: one
        for one in (
            anchor_unknown,
            anchor_namesake,
            intermediate_missing,
            leaf_with_trailing_byte,
            leaf_of_indefinite_length,
        )
    },
    **{name: _of_leaf(name, change) for name, change in _LEAF.items()},
    **{name: _of_authority(name, change) for name, change in _AUTHORITY.items()},
    **{name: _of_root(name, change) for name, change in _ROOT.items()},
}
"""What can be wrong, by name."""
