"""What the cases of the room ``revocation`` are made of: `Case`, CRLs and OCSP responses about one leaf.

Makes: `Case` and its files, and the pieces of the cases.
May import: pki, pki_revocation, pki_shapes, and `generate` beside it.
Must never: import devicetrust.
Read first: `Case`; the cases are in `generate_revocation`.

In each case the leaf is index 0, its issuer 1 and the root 2; only the leaf says where its status is, unless said.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pki
from pki import AT, Authority, Extension, Key, common_name, key
from pki_revocation import (
    DELTA_CRL_INDICATOR,
    GOOD,
    OCSP_NO_CHECK,
    OCSP_SIGNING,
    TOMORROW,
    YESTERDAY,
    CRLDraft,
    ResponseDraft,
    at_url,
    by_key,
    by_name,
    certificate_id,
    crl_number,
    distribution_points,
    entry,
    full_name,
    issuing_distribution_point,
    point,
    reason_code,
    reason_flags,
    responder_at,
    single_response,
)
from pki_shapes import Scene
from vectors.generate import LEAF_ENDS, ROOT, scene

Place: TypeAlias = tuple[str] | tuple[str, int]

HERE = Path(__file__).parent
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
ISSUING = Authority(common_name("Ward CA 1"), key("p256", 1))
STRANGER = key("p256", 7)
OTHER_KEY = Authority(ISSUING.name, key("p256", 13))
STATUS = Authority(common_name("Ward CRL issuer"), key("p256", 15))
RESPONDER = Authority(common_name("Ward responder"), key("p256", 11))
NOT_PUBLISHED: Place = ("revocation.not_published", 1)
GOOD_0, GOOD_1 = ("revocation.good", 0), ("revocation.good", 1)
REVOKED_0, HOLD_0, STALE_0 = ("revocation.revoked", 0), ("revocation.on_hold", 0), ("revocation.stale", 0)
UNKNOWN_0: Place = ("revocation.unknown", 0)
HELD_UNTIL = TOMORROW + SECOND
"""The first second after the evidence of most cases."""
UNKNOWN_EXTENSION = Extension("1.3.6.1.4.1.55555.1", True, b"\x05\x00")


class Case(NamedTuple):
    """One case. ``found`` is all that is found about revocation and the clock, first what is said first.

    ``policy`` names a preset, ``stale_grace`` is in seconds, ``latest`` makes the moment an interval that ends there.
    """

    scene: Scene
    law: str
    clause: str
    outcome: str
    found: tuple[Place, ...]
    crls: tuple[bytes, ...] = ()
    responses: tuple[bytes, ...] = ()
    horizon: datetime | None = None
    lifetime: datetime | None = LEAF_ENDS
    wants: tuple[tuple[str, int], ...] = ()
    policy: str = "IF_PUBLISHED"
    stale_grace: int = 0
    latest: datetime | None = None


def write(folder: Path, case: Case) -> None:
    """The files of one case."""
    folder.mkdir(parents=True, exist_ok=True)
    leaf, *intermediates, root = (case.scene.sealed(index) for index in range(len(case.scene.chain)))
    files = {
        "leaf.pem": ("CERTIFICATE", (leaf,)),
        "intermediates.pem": ("CERTIFICATE", (*intermediates, *case.scene.beside)),
        "anchors.pem": ("CERTIFICATE", (root,)),
        "crls.pem": ("X509 CRL", case.crls),
    }
    for name, (label, pieces) in files.items():
        if pieces:
            (folder / name).write_text("".join(_pem(label, piece) for piece in pieces), "ascii")
    for number, response in enumerate(case.responses, 1):
        (folder / f"response-{number}.der").write_bytes(response)
    (folder / "expected.toml").write_text(_toml(case), "utf-8")


def _pem(label: str, der: bytes) -> str:
    text = base64.b64encode(der).decode("ascii")
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def _toml(case: Case) -> str:
    refusing = {"revocation.revoked", "revocation.on_hold", "revocation.no_revocation_available_conflict"}
    values = {
        "law": case.law,
        "clause": case.clause,
        "profile": "rfc5280",
        "policy": case.policy,
        "stale_grace": case.stale_grace,
        "at": _rfc3339(AT),
        "latest": "" if case.latest is None else _rfc3339(case.latest),
        "reference": "unchecked",
        "outcome": case.outcome,
        "headline": [] if case.outcome == "trusted" else list(case.found[0]),
        "blocking": sorted(list(place) for place in case.found if place[0] in refusing),
        "revocation": sorted(map(list, case.found)),
        "wants": sorted(map(list, case.wants)),
        "horizon": _until(case.horizon),
        "lifetime": _until(case.lifetime),
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _until(moment: datetime | None) -> str:
    return "none" if moment is None else _rfc3339(moment)


def pointing(*extensions: Extension) -> Scene:
    """The chain whose leaf has these extensions; a URL of a CRL where none are given."""
    return scene().drafting(0, lambda draft: draft.including(*(extensions or (at_url(),))))


def crl(*entries: bytes, by: Authority = ISSUING, signer: Key | None = None, number: int = 5, **fields: Any) -> bytes:
    """A CRL, from yesterday to tomorrow unless ``since`` and ``until`` say otherwise."""
    for given, field in (("since", "this_update"), ("until", "next_update")):
        if given in fields:
            fields[field] = pki.validity_time(fields.pop(given))
    extensions = (crl_number(number), *fields.pop("extensions", ()))
    return CRLDraft(by.name, entries or None, extensions, **fields).sealed(signer or by.key)


def delta(*entries: bytes, base: int = 5, number: int = 6, **fields: Any) -> bytes:
    return crl(*entries, number=number, extensions=(Extension(DELTA_CRL_INDICATOR, True, pki.integer(base)),), **fields)


def response(status: bytes = GOOD, *, issuer: Authority = ISSUING, **fields: Any) -> bytes:
    """An OCSP response about the leaf of `ASKED`, by its issuer."""
    times = {name: fields.pop(name) for name in ("next_update",) if name in fields}
    single = single_response(certificate_id(LEAF, issuer.name, issuer.key), status, **times)
    signer = fields.pop("signer", ISSUING.key)
    return ResponseDraft(**{"responder": by_name(ISSUING.name), "responses": (single,), **fields}).sealed(signer)


def delegate(purpose: str = OCSP_SIGNING) -> bytes:
    draft = ISSUING.issues(RESPONDER.name, RESPONDER.key).without(pki.SUBJECT_ALTERNATIVE_NAME)
    return draft.including(pki.extended_key_usage(purpose), OCSP_NO_CHECK).sealed(ISSUING.key)


def delegated(purpose: str = OCSP_SIGNING) -> bytes:
    key_hash = hashlib.sha1(RESPONDER.key.subject_public_key_info[-65:]).digest()
    return response(responder=by_key(key_hash), signer=RESPONDER.key, certificates=(delegate(purpose),))


def beside(asked: Scene, *certificates: bytes) -> Scene:
    return asked._replace(beside=certificates)


ASKED, ASKED_OCSP = pointing(), pointing(responder_at())
LEAF = ASKED.chain[0].draft.serial_number
LISTED, HELD, LIFTED = entry(LEAF), entry(LEAF, reason_code(6)), entry(LEAF, reason_code(8))
ROOT_CRL = crl(by=ROOT)
NEWER: dict[str, Any] = {"since": AT - HOUR}
OLD: dict[str, Any] = {"since": AT - 3 * DAY, "until": YESTERDAY}
TO_CLINIC = pointing(distribution_points(point(issuers=[STATUS.name])))
STATUS_CERTIFICATE = ROOT.vouches_for(STATUS).sealed(ROOT.key)
INDIRECT_NAMED = issuing_distribution_point(full_name(pki.directory(STATUS.name)), pki.tlv(0x84, b"\xff"))
FIRST_REASONS, OTHER_REASONS = (issuing_distribution_point(reason_flags(0x83, *bits)) for bits in ((1, 2), range(3, 9)))
LACKING: dict[str, Any] = {"outcome": "undecided", "found": (UNKNOWN_0, NOT_PUBLISHED), "horizon": LEAF_ENDS}
ENDED: dict[str, Any] = {**LACKING, "found": (("revocation.evidence_ended", 0), NOT_PUBLISHED)}
GONE: dict[str, Any] = {"outcome": "untrusted", "found": (REVOKED_0, NOT_PUBLISHED), "lifetime": None}
STANDING: dict[str, Any] = {"outcome": "trusted", "found": (GOOD_0, NOT_PUBLISHED), "horizon": HELD_UNTIL}
A_CRL, AN_ANSWER = ("crl", 0), ("ocsp", 0)
