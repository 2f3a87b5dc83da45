"""Writes the cases beside this file: certificates, and what the standard says of them.

Makes: ``<room>/<case>/`` with ``leaf.pem``, ``intermediates.pem``, ``anchors.pem``, ``pinned.pem``, ``expected.toml``.
May import: pki, pki_shapes.
Must never: import devicetrust: expected values are known from how a case is made, never from our own answer.
Read first: `CASES`, at the end.

Run by hand with ``PYTHONPATH=tests python tests/vectors/generate.py``, only to add or change a case; tests read the
written files. Keys come from labels and signatures are deterministic: the same octets come out each time. Nothing is
removed: the folder of a case that is gone is deleted by hand.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pki
from pki import AT, FOR_EVER, Authority, Draft, Extension, common_name, dns, key
from pki_shapes import Link, Scene

Place: TypeAlias = tuple[str, int]

HERE = Path(__file__).parent
HOST = "pump-17.ward.example.com"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ROOT = Authority(common_name("Ward Root"), key("p256", 0))
OTHER_ROOT = Authority(common_name("Clinic Root"), key("p256", 5))
DEVICE = Authority(common_name(HOST), key("p256", 9))
LEAF_ENDS = AT + 80 * DAY + SECOND
"""The first second at which the leaf of every scene has expired: the earliest of all, RFC 5280 4.1.2.5."""


class Vector(NamedTuple):
    """One case: a scene, what is asked of it, and what follows. ``blocking`` names the headline first."""

    scene: Scene
    law: str
    clause: str
    blocking: tuple[Place, ...] = ()
    reported: tuple[Place, ...] = ()
    horizon: datetime | None = None
    profile: str = "rfc5280"
    reference: str = "unchecked"
    more_anchors: tuple[bytes, ...] = ()
    anchors: tuple[bytes, ...] = ()
    pinned: tuple[bytes, ...] = ()


def main() -> None:
    for name, vector in CASES.items():
        _write(HERE / name, vector)


def _write(folder: Path, vector: Vector) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    leaf, *intermediates, root = (vector.scene.sealed(index) for index in range(len(vector.scene.chain)))
    files = {
        "leaf.pem": (leaf,),
        "intermediates.pem": (*intermediates, *vector.scene.beside),
        "anchors.pem": vector.anchors or (root, *vector.more_anchors),
        "pinned.pem": vector.pinned,
    }
    for name, certificates in files.items():
        if certificates:
            (folder / name).write_text("".join(map(_pem, certificates)), "ascii")
    (folder / "expected.toml").write_text(_toml(vector), "utf-8")


def _pem(der: bytes) -> str:
    text = base64.b64encode(der).decode("ascii")
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _toml(vector: Vector) -> str:
    values = {
        "law": vector.law,
        "clause": vector.clause,
        "profile": vector.profile,
        "at": _rfc3339(AT),
        "reference": vector.reference,
        "outcome": "untrusted" if vector.blocking else "trusted",
        "headline": list(vector.blocking[0]) if vector.blocking else [],
        "blocking": sorted(map(list, vector.blocking)),
        "reported": sorted(map(list, vector.reported)),
        "horizon": "none" if vector.horizon is None else _rfc3339(vector.horizon),
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def scene(intermediates: int = 1, root: Authority = ROOT) -> Scene:
    """A root, so many intermediates and a leaf; index 0 is the leaf, the last one the root."""
    holders = [root, *(Authority(common_name(f"Ward CA {n}"), key("p256", n)) for n in range(intermediates, 0, -1))]
    links = [Link(root.vouches_for(root), root)]
    links += [Link(above.vouches_for(below), below) for above, below in pairwise(holders)]
    leaf = Link(holders[-1].issues(DEVICE.name, DEVICE.key, dns(HOST)), DEVICE)
    return Scene((leaf, *reversed(links)), (), HOST, "server")


def including(index: int, *extensions: Extension) -> Scene:
    return scene().drafting(index, lambda draft: draft.including(*extensions))


def replacing(index: int, **changes: object) -> Scene:
    return scene().replacing(index, **changes)


def twins(*, ends: datetime) -> Scene:
    """The intermediate has a second certificate from the other root; the one from the first root ends at ``ends``."""
    asked = scene().replacing(1, not_after=ends)
    return asked._replace(beside=(OTHER_ROOT.vouches_for(asked.chain[1].holder).sealed(OTHER_ROOT.key),))


def tampered() -> Scene:
    """The serial number was changed after signing."""
    draft: Draft = scene().chain[0].draft
    signer = scene().signer(0)
    proper = pki.signature(signer, signer.scheme, draft.to_be_signed(signer.scheme))
    return replacing(0, signature=proper, serial_number=draft.serial_number + 1)


def self_signed() -> Scene:
    draft = DEVICE.issues(DEVICE.name, DEVICE.key, dns(HOST))
    return scene().linking(0, Link(draft, DEVICE, DEVICE.key))


def repeated(oid: str) -> Scene:
    return scene().drafting(0, lambda draft: draft._replace(extensions=(*draft.extensions, draft.extension(oid))))


def constrained(constraints: Extension, *names: bytes) -> Scene:
    asked = including(1, constraints)
    return asked.drafting(0, lambda draft: draft.including(pki.subject_alternative_name(dns(HOST), *names)))


def never_ending() -> Scene:
    asked = scene()
    for index in range(len(asked.chain)):
        asked = asked.replacing(index, not_after=FOR_EVER)
    return asked


def path_length_exceeded() -> Scene:
    return scene(2).drafting(2, lambda draft: draft.including(pki.basic_constraints(ca=True, path_length=0)))


def unordered(text: str) -> bytes:
    """A name whose one RDN has its attributes in descending order of their octets, as X.690 11.6 forbids."""
    pairs = ((pki.ORGANIZATION, "Ward"), (pki.COMMON_NAME, text))
    parts = [pki.sequence(pki.object_identifier(oid), pki.tlv(0x0C, value.encode())) for oid, value in pairs]
    return pki.sequence(pki.tlv(0x31, *sorted(parts, reverse=True)))


def explicit_curve() -> bytes:
    """The leaf's key with the parameters of P-256 (SP 800-186 3.2.1.3) written out."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    parameters = pki.sequence(
        pki.integer(1),
        pki.sequence(pki.object_identifier("1.2.840.10045.1.1"), pki.integer(p)),
        pki.sequence(*(pki.octet_string(one.to_bytes(32, "big")) for one in (p - 3, b))),
        pki.octet_string(b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")),
        pki.integer(n),
        pki.integer(1),
    )
    point = DEVICE.key.subject_public_key_info[-65:]
    return pki.sequence(pki.sequence(pki.object_identifier("1.2.840.10045.2.1"), parameters), pki.bit_string(point))


ASKED: dict[str, Any] = {"profile": "tls_server", "reference": f"dns:{HOST}"}
UNKNOWN = Extension("1.3.6.1.4.1.55555.1", True, b"\x05\x00")
UNORDERED_ROOT = Authority(unordered("Ward Root"), ROOT.key)

CASES: dict[str, Vector] = {
    "path/good": Vector(
        scene(),
        "A sound chain is trusted up to and including the last second of the certificate that ends first.",
        "RFC 5280 4.1.2.5",
        horizon=LEAF_ENDS,
        **ASKED,
    ),
    "path/leaf_expired": Vector(
        replacing(0, not_after=AT - SECOND),
        "A certificate is not valid after its notAfter, and never becomes so again.",
        "RFC 5280 6.1.3 (a)(2)",
        (("validity.expired", 0),),
    ),
    "path/intermediate_expired_with_valid_twin": Vector(
        twins(ends=AT - SECOND),
        "Another certificate of the same authority makes another path, and one valid path is enough.",
        "RFC 5280 6.1",
        horizon=LEAF_ENDS,
        more_anchors=(OTHER_ROOT.root(),),
    ),
    "path/cross_certified_first_ends_earlier": Vector(
        twins(ends=AT + 30 * DAY),
        "Trust does not end with one path while another lasts.",
        "RFC 5280 6.1",
        horizon=LEAF_ENDS,
        more_anchors=(OTHER_ROOT.root(),),
    ),
    "path/leaf_not_yet_valid": Vector(
        replacing(0, not_before=AT + DAY),
        "A certificate is not valid before its notBefore, and is from that second on.",
        "RFC 5280 6.1.3 (a)(2)",
        (("validity.not_yet_valid", 0),),
        horizon=AT + DAY,
    ),
    "path/wrong_name": Vector(
        scene(),
        "A certificate that does not name the server asked for is not that server's.",
        "RFC 9525 6.3",
        (("identity.name_mismatch", 0),),
        profile="tls_server",
        reference="dns:pump-18.ward.example.com",
    ),
    "path/path_length": Vector(
        path_length_exceeded(),
        "No more intermediates follow a certificate than its pathLenConstraint allows.",
        "RFC 5280 6.1.4 (l)",
        (("ca.path_length", 1),),
    ),
    "path/certificate_signing_missing": Vector(
        including(1, pki.key_usage(pki.DIGITAL_SIGNATURE, pki.CRL_SIGN)),
        "An issuer whose keyUsage lacks keyCertSign issues no certificates.",
        "RFC 5280 6.1.4 (n)",
        (("ca.key_usage", 1),),
    ),
    "path/not_a_ca": Vector(
        including(1, pki.basic_constraints(ca=False)),
        "An issuer has cA TRUE.",
        "RFC 5280 6.1.4 (k)",
        (("ca.not_a_ca", 1),),
    ),
    "path/version_1_intermediate": Vector(
        replacing(1, version=None, extensions=()),
        "A certificate of version 1 is no issuer unless something else than itself says so.",
        "RFC 5280 6.1.4 (k)",
        (("ca.not_a_ca", 1),),
    ),
    "path/dns_name_excluded": Vector(
        constrained(pki.name_constraints(excluded=[dns("ward.example.com")])),
        "A name within an excluded subtree is refused.",
        "RFC 5280 6.1.3 (c)",
        (("names.excluded", 0),),
    ),
    "path/ip_address_not_permitted": Vector(
        constrained(
            pki.name_constraints(permitted=[pki.ip(IPv4Network("192.0.2.0/24"))]), pki.ip(IPv4Address("198.51.100.1"))
        ),
        "An address outside of every permitted subtree of its kind is refused.",
        "RFC 5280 6.1.3 (b)",
        (("names.not_permitted", 0),),
    ),
    "path/unknown_critical_extension": Vector(
        including(0, UNKNOWN),
        "A critical extension that is not processed refuses.",
        "RFC 5280 6.1.5 (f)",
        (("extension.critical_unknown", 0),),
    ),
    "path/purpose_wrong": Vector(
        including(0, pki.extended_key_usage(pki.CLIENT_AUTH)),
        "A certificate for clients alone is not a server's.",
        "RFC 5280 4.2.1.12",
        (("purpose.not_allowed", 0),),
        **ASKED,
    ),
    "path/algorithms_differ": Vector(
        replacing(1, tbs_signature_algorithm=pki.ALGORITHMS["ecdsa-sha384"]),
        "The algorithm inside of what is signed is the one outside.",
        "RFC 5280 4.1.1.2",
        (("signature.algorithms_differ", 1),),
    ),
    "path/tampered": Vector(
        tampered(),
        "What was changed after signing is not what the issuer signed.",
        "RFC 5280 6.1.3 (a)(1)",
        (("signature.invalid", 0),),
    ),
    "path/issuer_unknown": Vector(
        scene(),
        "A path that reaches no anchor at hand is no path.",
        "RFC 5280 6.1.3 (a)(4)",
        (("issuer.unknown", 1),),
        anchors=(OTHER_ROOT.root(),),
    ),
    "path/self_signed": Vector(
        self_signed(),
        "A certificate does not vouch for itself.",
        "RFC 5280 6.1",
        (("issuer.self_signed", 0),),
    ),
    "path/self_signed_pinned": Vector(
        self_signed(),
        "A certificate pinned by its exact octets is trusted by itself, while it is valid.",
        "IHE ITI-19 3.19.6.1.2",
        horizon=LEAF_ENDS,
        pinned=(self_signed().sealed(0),),
    ),
    "path/policy_required_and_missing": Vector(
        including(1, pki.policy_constraints(0)),
        "Where a policy is required, a path without one is refused.",
        "RFC 5280 6.1.3 (f)",
        (("policy.none_valid", 0),),
    ),
    "path/no_end": Vector(
        never_ending(),
        "The notAfter 99991231235959Z means that there is no end.",
        "RFC 5280 4.1.2.5",
    ),
    "x509/set_order_on_authorities": Vector(
        scene(root=UNORDERED_ROOT),
        "A relative distinguished name out of order leaves nothing in doubt; on authorities it is only reported.",
        "X.690 11.6",
        reported=(("encoding.tolerated", 1),),
        horizon=LEAF_ENDS,
        **ASKED,
    ),
    "x509/set_order_on_leaf": Vector(
        replacing(0, subject=unordered(HOST)),
        "The attributes of a relative distinguished name are in ascending order.",
        "X.690 11.6",
        (("encoding.not_tolerated", 0),),
        **ASKED,
    ),
    "x509/serial_number_negative": Vector(
        replacing(0, serial_number=-5),
        "A serial number is positive.",
        "RFC 5280 4.1.2.2",
        (("encoding.not_tolerated", 0),),
    ),
    "x509/generalized_time_before_2050": Vector(
        replacing(0, not_after=pki.generalized_time(AT + 50 * DAY)),
        "Dates up to 2049 are UTCTime.",
        "RFC 5280 4.1.2.5",
        (("encoding.not_tolerated", 0),),
        **ASKED,
    ),
    "x509/generalized_time_before_2050_read": Vector(
        replacing(0, not_after=pki.generalized_time(AT + 50 * DAY)),
        "Applications read either form of time.",
        "RFC 5280 4.1.2.5",
        reported=(("encoding.tolerated", 0),),
        horizon=AT + 50 * DAY + SECOND,
    ),
    "x509/extension_repeated": Vector(
        repeated(pki.KEY_USAGE),
        "A certificate holds no more than one instance of an extension.",
        "RFC 5280 4.2",
        (("extension.repeated", 0),),
    ),
    "x509/subject_alternative_name_unreadable": Vector(
        including(0, Extension(pki.SUBJECT_ALTERNATIVE_NAME, False, b"\x30\x05\x82")),
        "Names that cannot be read cannot be held against constraints.",
        "RFC 5280 4.2.1.6",
        (("extension.unreadable", 0),),
    ),
    "x509/explicit_curve": Vector(
        replacing(0, subject_public_key_info=explicit_curve()),
        "A curve is given by its name, not by its parameters.",
        "RFC 5480 2.1.1",
        (("key.unreadable", 0),),
    ),
}
"""Every case by its room and name."""


if __name__ == "__main__":
    main()
