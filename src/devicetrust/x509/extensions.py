"""The extensions of one certificate, each read on its own.

Makes: `Extensions`, `Presented`, `PolicyConstraints`.
May import: x509 siblings, `cryptography`.
Must never: let one unreadable extension hide another, or raise on what a peer sent.
Read first: `Extensions`.

Each extension is read by ``cryptography`` (but for `_plain` forms), in a carrier certificate with nothing else of
interest in it: so a fault has a name, and the others stay readable, which one call for all would not allow. The
certificates of one issuer share most of their extensions, octet by octet; what such octets mean is kept in a bounded
table, for it never changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cryptography import x509

from devicetrust.x509.der import MalformedDER, children, oid_text, read_tlv, write_tlv
from devicetrust.x509.general_names import (
    GeneralName,
    GeneralNameType,
    NameConstraints,
    from_cryptography,
    read_general_names,
    read_name_constraints,
)
from devicetrust.x509.lazy import lazy

__all__ = ["Extensions", "PolicyConstraints", "Presented"]


class PolicyConstraints(NamedTuple):
    """RFC 5280 4.2.1.11: how many further certificates may lie before each rule begins. None: the field is absent."""

    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None


class Presented(NamedTuple):
    """An extension as it stands in a certificate: its dotted OID, whether it is critical, and what it says.

    ``value`` is in the library's own form where path validation uses it, as ``cryptography`` has it otherwise, and
    None where ``unreadable`` says why it cannot be read.
    """

    oid: str
    critical: bool
    value: Any
    unreadable: str | None = None


class Extensions:
    """The extensions of one certificate, RFC 5280 4.2.

    ``unreadable`` maps the dotted OID of each extension that cannot be read to the reason; ``repeated`` holds the OIDs
    that occur more than once. Attributes give the values that path validation uses, None where absent or unreadable.
    """

    def __init__(self, encoded: bytes) -> None:
        """``encoded`` is the SEQUENCE of extensions as the certificate has it; empty where it has none."""
        found = _read_all(encoded)
        self._by_oid = {one.oid: one for one in found}
        self.unreadable = {one.oid: one.unreadable for one in found if one.unreadable is not None}
        self.repeated = _NO_OIDS
        if len(self._by_oid) != len(found):
            oids = [one.oid for one in found]
            self.repeated = frozenset(oid for oid in oids if oids.count(oid) > 1)

    def value(self, oid: str) -> Any:
        """What the extension of this dotted OID says; None where it is absent or unreadable."""
        found = self._by_oid.get(oid)
        return None if found is None else found.value

    @property
    def presented(self) -> tuple[Presented, ...]:
        """Each extension once, in the order of the certificate."""
        return tuple(self._by_oid.values())

    @property
    def present(self) -> frozenset[str]:
        """Dotted OIDs of all extensions, readable or not."""
        return frozenset(self._by_oid)

    @lazy
    def critical(self) -> frozenset[str]:
        """Dotted OIDs of the extensions that are marked critical."""
        return frozenset([one.oid for one in self._by_oid.values() if one.critical])

    @property
    def unprocessed_critical(self) -> tuple[str, ...]:
        """Dotted OIDs of readable critical extensions that path validation does not process, RFC 5280 6.1.4 (o)."""
        unknown = self.critical - _PROCESSED
        return tuple(sorted(unknown - self.unreadable.keys())) if unknown else ()

    @property
    def basic_constraints(self) -> x509.BasicConstraints | None:
        """RFC 5280 4.2.1.9."""
        found = self._by_oid.get(_BASIC_CONSTRAINTS)
        return None if found is None else found.value

    @property
    def key_usage(self) -> x509.KeyUsage | None:
        """RFC 5280 4.2.1.3."""
        found = self._by_oid.get(_KEY_USAGE)
        return None if found is None else found.value

    @property
    def extended_key_usage(self) -> frozenset[str] | None:
        """Dotted OIDs of the key purposes, RFC 5280 4.2.1.12."""
        found = self._by_oid.get(_EXTENDED_KEY_USAGE)
        return None if found is None else found.value

    @property
    def subject_alternative_names(self) -> tuple[GeneralName, ...]:
        """RFC 5280 4.2.1.6; empty where absent."""
        found = self._by_oid.get(_SUBJECT_ALT_NAME)
        return () if found is None else found.value or ()

    @property
    def subject_alternative_name_critical(self) -> bool | None:
        """Whether the subjectAltName is critical; None where there is none."""
        found = self._by_oid.get(_SUBJECT_ALT_NAME)
        return None if found is None else found.critical

    @property
    def name_constraints(self) -> NameConstraints | None:
        """RFC 5280 4.2.1.10, with the minimum and maximum of each subtree."""
        found: NameConstraints | None = self.value(_NAME_CONSTRAINTS)
        return found

    @property
    def policies(self) -> tuple[str, ...] | None:
        """Dotted OIDs of the certificate policies, RFC 5280 4.2.1.4."""
        found = self._by_oid.get(_CERTIFICATE_POLICIES)
        return None if found is None else found.value

    @property
    def policy_mappings(self) -> tuple[tuple[str, str], ...] | None:
        """(issuerDomainPolicy, subjectDomainPolicy) pairs, RFC 5280 4.2.1.5."""
        found: tuple[tuple[str, str], ...] | None = self.value(_POLICY_MAPPINGS)
        return found

    @property
    def policy_constraints(self) -> PolicyConstraints | None:
        """RFC 5280 4.2.1.11."""
        found = self._by_oid.get(_POLICY_CONSTRAINTS)
        return None if found is None else found.value

    @property
    def inhibit_any_policy(self) -> int | None:
        """RFC 5280 4.2.1.14: how many further certificates may assert anyPolicy."""
        found: int | None = self.value(_INHIBIT_ANY_POLICY)
        return found

    @property
    def subject_key_identifier(self) -> bytes | None:
        """RFC 5280 4.2.1.2."""
        found: bytes | None = self.value(_SUBJECT_KEY_IDENTIFIER)
        return found

    @property
    def authority_key_identifier(self) -> bytes | None:
        """The keyIdentifier field, RFC 5280 4.2.1.1; None where the extension or the field is absent."""
        found = self._by_oid.get(_AUTHORITY_KEY_IDENTIFIER)
        return None if found is None or found.value is None else found.value.key_identifier

    @property
    def authority_key_identifier_is_key_alone(self) -> bool:
        """Whether the authorityKeyIdentifier holds a keyIdentifier and neither issuer nor serial number."""
        found = self.value(_AUTHORITY_KEY_IDENTIFIER)
        return (
            found is not None
            and found.key_identifier is not None
            and found.authority_cert_issuer is None
            and found.authority_cert_serial_number is None
        )

    @property
    def ca_issuers(self) -> tuple[str, ...]:
        """The http and https URLs of id-ad-caIssuers, RFC 5280 4.2.2.1."""
        return tuple(
            description.access_location.value
            for description in self.value(_AUTHORITY_INFORMATION_ACCESS) or ()
            if description.access_method == x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
            and isinstance(description.access_location, x509.UniformResourceIdentifier)
            and description.access_location.value.lower().startswith(("http://", "https://"))
        )


_NO_OIDS: Final[frozenset[str]] = frozenset()
_SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
_KEY_USAGE: Final = "2.5.29.15"
_SUBJECT_ALT_NAME: Final = "2.5.29.17"
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_NAME_CONSTRAINTS: Final = "2.5.29.30"
_CERTIFICATE_POLICIES: Final = "2.5.29.32"
_POLICY_MAPPINGS: Final = "2.5.29.33"
_AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
_POLICY_CONSTRAINTS: Final = "2.5.29.36"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_INHIBIT_ANY_POLICY: Final = "2.5.29.54"
_AUTHORITY_INFORMATION_ACCESS: Final = "1.3.6.1.5.5.7.1.1"

# What steps of path/ read and act upon; RFC 5280 6.1.4 (o) and 6.1.5 (f) refuse every other critical extension.
_PROCESSED: Final = frozenset(
    {
        _SUBJECT_KEY_IDENTIFIER,
        _KEY_USAGE,
        _SUBJECT_ALT_NAME,
        _BASIC_CONSTRAINTS,
        _NAME_CONSTRAINTS,
        _CERTIFICATE_POLICIES,
        _POLICY_MAPPINGS,
        _AUTHORITY_KEY_IDENTIFIER,
        _POLICY_CONSTRAINTS,
        _EXTENDED_KEY_USAGE,
        _INHIBIT_ANY_POLICY,
    }
)
# Each certificate has its own: keeping them would only push out what is shared.
_UNSHARED: Final = frozenset({_SUBJECT_ALT_NAME, _SUBJECT_KEY_IDENTIFIER})

# Ours: the extensions of a few hundred issuers; 4096 times 512 octets and what they mean is a few megabytes at most.
_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 512
_KNOWN: dict[bytes, Presented] = {}


def _read_all(encoded: bytes) -> list[Presented]:
    """Every extension of the SEQUENCE, in its order."""
    if not encoded:
        return []
    found: list[Presented] = []
    unknown: list[tuple[int, bytes]] = []
    _, start, end = read_tlv(encoded, 0, len(encoded))
    while start < end:
        length = encoded[start + 1]
        if length < 0x80:
            after = start + 2 + length
        else:
            _, _, after = read_tlv(encoded, start, end)
        one = encoded[start:after]
        start = after
        known = _KNOWN.get(one) or _plain(one)
        if known is None:
            unknown.append((len(found), one))
            found.append(_NOTHING)
        else:
            found.append(known)
    if unknown:
        for (place, one), read in zip(unknown, _read([one for _, one in unknown]), strict=True):
            found[place] = read
            if len(one) <= _LONGEST_KNOWN and read.oid not in _UNSHARED:
                if len(_KNOWN) >= _MOST_KNOWN:
                    _KNOWN.clear()
                _KNOWN[one] = read
    return found


_NOTHING: Final = Presented("", False, None)


def _plain(one: bytes) -> Presented | None:
    """The two extensions that differ from device to device, in their plain form; None sends all else to pyca.

    A non-critical subjectKeyIdentifier, and a non-critical subjectAltName of dNSNames alone, with short lengths: their
    octets leave one reading only, and recognising it takes a tenth of the time. Tests hold it against pyca.
    """
    start = one[:8]
    length = len(one)
    if not 11 <= length <= 127 or one[1] != length - 2 or one[8] != length - 9:
        return None
    if start[2:] == _PLAIN_SUBJECT_KEY_IDENTIFIER:
        if one[9] == 0x04 and one[10] == length - 11:
            return Presented(_SUBJECT_KEY_IDENTIFIER, False, one[11:])
        return None
    if start[2:] != _PLAIN_SUBJECT_ALT_NAME or one[9] != 0x30 or one[10] != length - 11 or length == 11:
        return None
    names: list[GeneralName] = []
    at = 11
    while at < length:
        if one[at] != 0x82 or at + 1 == length:
            return None
        after = at + 2 + one[at + 1]
        text = one[at + 2 : after]
        if after > length or not text.isascii():
            return None
        names.append(GeneralName(GeneralNameType.DNS_NAME, text.decode("ascii")))
        at = after
    return Presented(_SUBJECT_ALT_NAME, False, tuple(names))


_PLAIN_SUBJECT_KEY_IDENTIFIER: Final = bytes.fromhex("0603551d0e04")
_PLAIN_SUBJECT_ALT_NAME: Final = bytes.fromhex("0603551d1104")


def _read(encoded: list[bytes]) -> list[Presented]:
    """Several extensions in one carrier, or, where pyca objects to one of them, each in a carrier of its own."""
    try:
        together = list(_carrier(b"".join(encoded)).extensions)
    except Exception:  # whatever pyca objects to, the extensions are then read one by one
        return [_read_alone(one) for one in encoded]
    return [_converted(one, read) for one, read in zip(encoded, together, strict=True)]


def _read_alone(encoded: bytes) -> Presented:
    oid, critical, value = _parts(encoded)
    try:
        return _converted(encoded, next(iter(_carrier(encoded).extensions)))
    except x509.UnsupportedGeneralNameType:
        # x400Address and ediPartyName, RFC 5280 4.2.1.6: pyca knows neither form.
        try:
            if oid == _SUBJECT_ALT_NAME:
                return Presented(oid, critical, read_general_names(value))
            if oid == _NAME_CONSTRAINTS:
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


_CONVERSIONS: Final[dict[str, Callable[[Any, bytes], Any]]] = {
    _EXTENDED_KEY_USAGE: _key_purposes,
    _SUBJECT_ALT_NAME: _general_names,
    _CERTIFICATE_POLICIES: _policies,
    _POLICY_CONSTRAINTS: _policy_constraints,
    _NAME_CONSTRAINTS: _name_constraints,
    _POLICY_MAPPINGS: _policy_mappings,
    _INHIBIT_ANY_POLICY: lambda value, _: value.skip_certs,
    _SUBJECT_KEY_IDENTIFIER: lambda value, _: value.digest,
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


def _carrier(extensions: bytes) -> x509.Certificate:
    tbs = write_tlv(0x30, _BEFORE_EXTENSIONS + write_tlv(0xA3, write_tlv(0x30, extensions)))
    return x509.load_der_x509_certificate(write_tlv(0x30, tbs + _AFTER_TBS))
