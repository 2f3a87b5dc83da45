"""What the extensions of a certificate say, each read on its own.

Makes: `read_extensions`, `PolicyConstraints`.
May import: x509 siblings, `cryptography`.
Must never: let one unreadable extension hide another, or raise on what a peer sent.
Read first: `read_extensions`.

Extensions that are not plain are read by ``cryptography``: all in one call, or, where it objects to any of them, each
in a carrier certificate with nothing else of interest in it: so a fault has a name, and the others stay readable.
The certificates of one issuer share most of their extensions, octet by octet; what such octets mean is kept in a
bounded table, for it never changes.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from cryptography import x509

from devicetrust.x509 import oids
from devicetrust.x509.cursor import Cursor
from devicetrust.x509.der import MalformedDER, children, oid_text, read_tlv, write_tlv
from devicetrust.x509.distribution_points import read_distribution_points
from devicetrust.x509.general_names import (
    GeneralName,
    NameConstraints,
    from_cryptography,
    read_general_names,
    read_name_constraints,
)
from devicetrust.x509.plain_extensions import Presented, plain

__all__ = ["PolicyConstraints", "read_extensions", "value_octets"]


class PolicyConstraints(NamedTuple):
    """RFC 5280 4.2.1.11: how many further certificates may lie before each rule begins. None: the field is absent."""

    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None


def read_extensions(encoded: bytes, parsed: x509.Certificate) -> list[Presented]:
    """Every extension of the SEQUENCE, in its order; ``parsed`` is the certificate that it stands in.

    pyca has read the certificate, so this is one SEQUENCE of Extensions, in DER.
    """
    if not encoded:
        return []
    found: list[Presented] = []
    unknown: list[tuple[int, bytes]] = []
    length = encoded[1]
    start, end = 2 if length < 0x80 else 2 + (length & 0x7F), len(encoded)
    while start < end:
        length = encoded[start + 1]
        if length < 0x80:
            after = start + 2 + length
        else:
            _, _, after = read_tlv(encoded, start, end)
        one = encoded[start:after]
        start = after
        known = _KNOWN.get(one)
        if known is None:
            known = plain(one)
            if known is None:
                unknown.append((len(found), one))
                known = _NOTHING
            elif known.oid not in _UNSHARED:
                _keep(one, known)
        found.append(known)
    if unknown:
        together = _read_together(parsed)
        for place, one in unknown:
            read = found[place] = _converted(one, together[place]) if together else _read_alone(one)
            if read.oid not in _UNSHARED:
                _keep(one, read)
    return found


def value_octets(encoded: bytes, oid: str) -> bytes:
    """The octets of the value of the extension ``oid``, one under id-ce (2.5.29) that is there and was read.

    ``encoded`` is what `read_extensions` takes. Of several the last, whose value counts in `Extensions`.
    """
    wanted = _extension_id(oid)
    at = encoded.find(wanted)
    if encoded.find(wanted, at + 1) >= 0:  # all but one of these are the content of something else
        at = _place_of(wanted, encoded)
    value = at + len(wanted)
    if encoded[value] == 0x01:
        value += 3  # critical TRUE
    length = encoded[value + 1]
    if length < 0x80:
        return encoded[value + 2 : value + 2 + length]
    _, start, end = read_tlv(encoded, value, len(encoded))
    return encoded[start:end]


@cache
def _extension_id(oid: str) -> bytes:
    """The extnID in DER. Few are asked for, all of them by name of this library."""
    return _ID_CE + bytes((int(oid.rpartition(".")[2]),))


def _place_of(wanted: bytes, encoded: bytes) -> int:
    """Where the extnID that is ``wanted`` (DER) stands, of the last extension that has it."""
    _, at, end = read_tlv(encoded, 0, len(encoded))
    found = 0
    for _, _, start, _ in children(encoded, at, end):
        if encoded.startswith(wanted, start):
            found = start
    return found


_ID_CE: Final = bytes.fromhex("0603551d")


def _keep(one: bytes, read: Presented) -> None:
    if len(one) <= _LONGEST_KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[one] = read


# Each certificate has its own: keeping them would only push out what is shared.
_UNSHARED: Final = frozenset({oids.SUBJECT_ALT_NAME, oids.SUBJECT_KEY_IDENTIFIER})

# Ours: the extensions of a few hundred issuers; 4096 times 512 octets and what they mean is a few megabytes at most.
_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 512
_KNOWN: dict[bytes, Presented] = {}


_NOTHING: Final = Presented("", False, None)


def _read_together(parsed: x509.Certificate) -> list[x509.Extension[Any]]:
    """All extensions of a certificate in their order; none where pyca objects to one of them."""
    try:
        return _without_warnings(parsed)
    except Exception:  # whatever pyca objects to, the extensions are then read one by one
        return []


def _read_alone(encoded: bytes) -> Presented:
    oid, critical, value = _parts(encoded)
    try:
        if oid in _READ_HERE:
            return Presented(oid, critical, _READ_HERE[oid](value))
        return _converted(encoded, _without_warnings(_carrier(encoded))[0])
    except MalformedDER as problem:
        return Presented(oid, critical, None, problem.reason)
    except x509.UnsupportedGeneralNameType:
        # x400Address and ediPartyName, RFC 5280 4.2.1.6: pyca knows neither form.
        try:
            if oid == oids.SUBJECT_ALT_NAME:
                return Presented(oid, critical, read_general_names(value))
            if oid == oids.NAME_CONSTRAINTS:
                return Presented(oid, critical, read_name_constraints(value))
        except MalformedDER as problem:
            return Presented(oid, critical, None, problem.reason)
        return Presented(oid, critical, None, "it holds a name of a form that is not supported here")
    except Exception as problem:  # hostile bytes: the reason is kept, and the next is read
        return Presented(oid, critical, None, str(problem).partition("\n")[0][:200] or type(problem).__name__)


def _converted(encoded: bytes, extension: x509.Extension[Any]) -> Presented:
    oid = extension.oid.dotted_string
    convert = _CONVERSIONS.get(oid)
    if convert is None:
        return Presented(oid, extension.critical, extension.value)
    try:
        return Presented(oid, extension.critical, convert(extension.value, encoded))
    except MalformedDER as problem:
        return Presented(oid, extension.critical, None, problem.reason)


def _key_purposes(value: Any, _: bytes) -> frozenset[str]:
    return frozenset([purpose.dotted_string for purpose in value])


def _general_names(value: Any, _: bytes) -> tuple[GeneralName, ...]:
    return tuple([from_cryptography(name) for name in value])


def _policies(value: Any, _: bytes) -> tuple[str, ...]:
    return tuple([policy.policy_identifier.dotted_string for policy in value])


def _policy_constraints(value: Any, _: bytes) -> PolicyConstraints:
    return PolicyConstraints(value.require_explicit_policy, value.inhibit_policy_mapping)


def _name_constraints(_: Any, encoded: bytes) -> NameConstraints:
    """pyca has accepted them, but passes over the minimum and maximum of a subtree."""
    return read_name_constraints(_parts(encoded)[2])


def _policy_mappings(_: Any, encoded: bytes) -> tuple[tuple[str, str], ...]:
    """pyca does not know this extension."""
    value = _parts(encoded)[2]
    tag, start, end = read_tlv(value, 0, len(value))
    mappings: list[tuple[str, str]] = []
    for pair_tag, _, pair_start, pair_end in children(value, start, end):
        pair = list(children(value, pair_start, pair_end))
        if pair_tag != 0x30 or [part[0] for part in pair] != [0x06, 0x06]:
            raise MalformedDER("a policy mapping is not a pair of object identifiers", "policyMappings")
        issuer_policy, subject_policy = (oid_text(value[part[2] : part[3]]) for part in pair)
        mappings.append((issuer_policy, subject_policy))
    if tag != 0x30 or end != len(value) or not mappings:
        raise MalformedDER("policyMappings is not a sequence of at least one pair", "policyMappings")
    return tuple(mappings)


def _null(value: bytes) -> bool:
    """An extension whose presence says all, RFC 9608 2, RFC 6960 4.2.2.2.1."""
    if value != b"\x05\x00":
        raise MalformedDER("a value that is not NULL")
    return True


def _features(value: bytes) -> frozenset[int]:
    """RFC 7633 4.1: a SEQUENCE OF INTEGER. pyca knows two of them, and refuses the rest."""
    sequence = Cursor.within(value)
    found: set[int] = set()
    while sequence.next_tag is not None:
        found.add(sequence.integer())
    return frozenset(found)


# Read from their octets alone: pyca knows less of these, or refuses what can be read.
_READ_HERE: Final[dict[str, Callable[[bytes], Any]]] = {
    oids.CRL_DISTRIBUTION_POINTS: read_distribution_points,
    oids.FRESHEST_CRL: read_distribution_points,
    oids.NO_REVOCATION_AVAILABLE: _null,
    oids.OCSP_NO_CHECK: _null,
    oids.TLS_FEATURE: _features,
}


def _read_here(value: Any, encoded: bytes) -> Any:
    oid, _, octets = _parts(encoded)
    return _READ_HERE[oid](octets)


_CONVERSIONS: Final[dict[str, Callable[[Any, bytes], Any]]] = {
    oids.EXTENDED_KEY_USAGE: _key_purposes,
    oids.SUBJECT_ALT_NAME: _general_names,
    oids.CERTIFICATE_POLICIES: _policies,
    oids.POLICY_CONSTRAINTS: _policy_constraints,
    oids.NAME_CONSTRAINTS: _name_constraints,
    oids.POLICY_MAPPINGS: _policy_mappings,
    oids.INHIBIT_ANY_POLICY: lambda value, _: value.skip_certs,
    oids.SUBJECT_KEY_IDENTIFIER: lambda value, _: value.digest,
    **dict.fromkeys(_READ_HERE, _read_here),
}


def _parts(encoded: bytes) -> tuple[str, bool, bytes]:
    """(dotted OID, critical, octets of the value) of one Extension, RFC 5280 4.1."""
    _, start, end = read_tlv(encoded, 0, len(encoded))
    fields = list(children(encoded, start, end))
    critical = len(fields) == 3 and encoded[fields[1][2]] != 0
    return oid_text(encoded[fields[0][2] : fields[0][3]]), critical, encoded[fields[-1][2] : fields[-1][3]]


# Version 3, serial 1, ecdsa-with-SHA256, empty names, 2000-01-01 to 2000-01-01, a P-256 key of zeros, no signature.
_ALGORITHM: Final = bytes.fromhex("300a06082a8648ce3d040302")
_BEFORE_EXTENSIONS: Final = (
    bytes.fromhex("a003020102020101")
    + _ALGORITHM
    + b"\x30\x00"
    + write_tlv(0x30, write_tlv(0x17, b"000101000000Z") * 2)
    + b"\x30\x00"
    + write_tlv(0x30, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107") + write_tlv(0x03, bytes(66)))
)
_AFTER_TBS: Final = _ALGORITHM + write_tlv(0x03, b"\x00")


# Filters of warnings belong to the process: one thread at a time may set them aside.
_ASIDE: Final = threading.Lock()


def _without_warnings(certificate: x509.Certificate) -> list[x509.Extension[Any]]:
    """What pyca reads, whatever the process does with warnings: pyca warns of what it means to refuse one day."""
    with _ASIDE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(certificate.extensions)


def _carrier(extensions: bytes) -> x509.Certificate:
    tbs = write_tlv(0x30, _BEFORE_EXTENSIONS + write_tlv(0xA3, write_tlv(0x30, extensions)))
    return x509.load_der_x509_certificate(write_tlv(0x30, tbs + _AFTER_TBS))
