"""The extensions of one certificate, each read on its own.

Makes: `Extensions`.
May import: x509 siblings, `cryptography`.
Must never: let one unreadable extension hide another, or raise on what a peer sent.
Read first: `Extensions`.

``cryptography`` reads them all in one call and refuses them all for one fault. Where it refuses, each extension is put
into a certificate of its own and read again, so that the fault has a name and the others stay readable.
"""

from __future__ import annotations

import warnings
from typing import Any, Final, NamedTuple, TypeVar

from cryptography import x509

from devicetrust.x509.der import MalformedDER, children, oid_text, read_tlv, write_tlv
from devicetrust.x509.general_names import GeneralName, NameConstraints, from_cryptography, read_general_names
from devicetrust.x509.lazy import lazy

__all__ = ["Extensions", "PolicyConstraints", "Presented"]

Value = TypeVar("Value")


class PolicyConstraints(NamedTuple):
    """RFC 5280 4.2.1.11: how many further certificates may lie before each rule begins. None: the field is absent."""

    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None


class Presented(NamedTuple):
    """An extension as it stands in the certificate: its dotted OID, whether it is critical, and its octets."""

    oid: str
    critical: bool
    value: bytes


class Extensions:
    """The extensions of one certificate.

    ``unreadable`` maps the dotted OID of each extension that cannot be read to the reason; ``repeated`` holds the OIDs
    that occur more than once. Attributes give the values that path validation uses, None where absent or unreadable.
    """

    def __init__(self, parsed: x509.Certificate, tbs_certificate: bytes) -> None:
        self._tbs_certificate = tbs_certificate
        self._values: dict[type, x509.Extension[Any]] = {}
        self._unrecognized: list[x509.Extension[Any]] = []
        self._names_of_other_forms: tuple[GeneralName, ...] | None = None
        self.unreadable: dict[str, str] = {}
        self.repeated: frozenset[str] = frozenset()
        try:
            found = parsed.extensions
        except Exception:  # whatever pyca objects to, the extensions are then read one by one
            self._read_one_by_one()
        else:
            for extension in found:
                self._keep(extension)

    def _keep(self, extension: x509.Extension[Any]) -> None:
        kind = type(extension.value)
        if kind is x509.UnrecognizedExtension:
            self._unrecognized.append(extension)
        else:
            self._values[kind] = extension

    def _read_one_by_one(self) -> None:
        seen: set[str] = set()
        repeated: set[str] = set()
        for oid, critical, encoded in _encoded_extensions(self._tbs_certificate):
            if oid in seen:
                repeated.add(oid)
                continue
            seen.add(oid)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._keep(next(iter(_alone(encoded).extensions)))
            except x509.UnsupportedGeneralNameType:
                self._read_names_of_other_forms(oid, critical, encoded)
            except Exception as problem:  # hostile bytes: the reason is kept, and the next is read
                self.unreadable[oid] = str(problem).partition("\n")[0][:200] or type(problem).__name__
        self.repeated = frozenset(repeated)

    def _read_names_of_other_forms(self, oid: str, critical: bool, encoded: bytes) -> None:
        """A subjectAltName with x400Address or ediPartyName, RFC 5280 4.2.1.6: pyca knows neither form."""
        if oid != _SUBJECT_ALT_NAME:
            self.unreadable[oid] = "it holds a name of a form that is not supported here"
            return
        try:
            self._names_of_other_forms = read_general_names(_extension_value(encoded))
        except MalformedDER as problem:
            self.unreadable[oid] = problem.reason
        else:
            self._san_critical = critical

    _san_critical = False

    def extension(self, kind: type) -> x509.Extension[Any] | None:
        """The readable extension whose value is of this class of ``cryptography``, or None."""
        return self._values.get(kind)

    def value(self, kind: type[Value]) -> Value | None:
        """The value of the readable extension of this class of ``cryptography``, or None."""
        found = self._values.get(kind)
        return None if found is None else found.value

    @lazy
    def presented(self) -> tuple[Presented, ...]:
        """All extensions in the order of the certificate, repeated and unreadable ones included."""
        return tuple(
            Presented(oid, critical, _extension_value(encoded))
            for oid, critical, encoded in _encoded_extensions(self._tbs_certificate)
        )

    def is_critical(self, oid: str) -> bool:
        """Whether an extension with this dotted OID is present and marked critical."""
        return any(present.critical for present in self.presented if present.oid == oid)

    @lazy
    def unprocessed_critical(self) -> tuple[str, ...]:
        """Dotted OIDs of critical extensions that path validation does not process, RFC 5280 6.1.4 (o), 6.1.5 (f)."""
        unknown = [e.oid.dotted_string for kind, e in self._values.items() if e.critical and kind not in _PROCESSED]
        unknown += [
            e.oid.dotted_string
            for e in self._unrecognized
            if e.critical and e.oid.dotted_string not in _PROCESSED_OIDS
        ]
        return tuple(unknown)

    @lazy
    def extended_key_usage(self) -> frozenset[str] | None:
        """Dotted OIDs of the key purposes, RFC 5280 4.2.1.12."""
        value = self.value(x509.ExtendedKeyUsage)
        return None if value is None else frozenset([purpose.dotted_string for purpose in value])

    @lazy
    def subject_alternative_names(self) -> tuple[GeneralName, ...]:
        """RFC 5280 4.2.1.6; empty where absent."""
        if self._names_of_other_forms is not None:
            return self._names_of_other_forms
        value = self.value(x509.SubjectAlternativeName)
        return () if value is None else tuple([from_cryptography(name) for name in value])

    @property
    def subject_alternative_name_critical(self) -> bool | None:
        """Whether the subjectAltName is critical; None where there is none."""
        if self._names_of_other_forms is not None:
            return self._san_critical
        found = self._values.get(x509.SubjectAlternativeName)
        return None if found is None else found.critical

    @lazy
    def name_constraints(self) -> NameConstraints | None:
        """RFC 5280 4.2.1.10."""
        value = self.value(x509.NameConstraints)
        if value is None:
            return None
        return NameConstraints(
            tuple(from_cryptography(name) for name in value.permitted_subtrees or ()),
            tuple(from_cryptography(name) for name in value.excluded_subtrees or ()),
        )

    @lazy
    def policies(self) -> tuple[str, ...] | None:
        """Dotted OIDs of the certificate policies, RFC 5280 4.2.1.4."""
        value = self.value(x509.CertificatePolicies)
        return None if value is None else tuple([policy.policy_identifier.dotted_string for policy in value])

    @lazy
    def policy_mappings(self) -> tuple[tuple[str, str], ...] | None:
        """(issuerDomainPolicy, subjectDomainPolicy) pairs, RFC 5280 4.2.1.5."""
        for extension in self._unrecognized:
            if extension.oid.dotted_string == _POLICY_MAPPINGS:
                try:
                    return _read_policy_mappings(extension.value.value)
                except MalformedDER as problem:
                    self.unreadable[_POLICY_MAPPINGS] = problem.reason
        return None

    @lazy
    def policy_constraints(self) -> PolicyConstraints | None:
        """RFC 5280 4.2.1.11."""
        value = self.value(x509.PolicyConstraints)
        if value is None:
            return None
        return PolicyConstraints(value.require_explicit_policy, value.inhibit_policy_mapping)

    @lazy
    def inhibit_any_policy(self) -> int | None:
        """RFC 5280 4.2.1.14: how many further certificates may assert anyPolicy."""
        value = self.value(x509.InhibitAnyPolicy)
        return None if value is None else value.skip_certs

    @lazy
    def subject_key_identifier(self) -> bytes | None:
        """RFC 5280 4.2.1.2."""
        value = self.value(x509.SubjectKeyIdentifier)
        return None if value is None else value.digest

    @lazy
    def authority_key_identifier(self) -> bytes | None:
        """The keyIdentifier field, RFC 5280 4.2.1.1; None where the extension or the field is absent."""
        value = self.value(x509.AuthorityKeyIdentifier)
        return None if value is None else value.key_identifier

    @lazy
    def ca_issuers(self) -> tuple[str, ...]:
        """The http and https URLs of id-ad-caIssuers, RFC 5280 4.2.2.1."""
        value = self.value(x509.AuthorityInformationAccess)
        if value is None:
            return ()
        return tuple(
            description.access_location.value
            for description in value
            if description.access_method == x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
            and isinstance(description.access_location, x509.UniformResourceIdentifier)
            and description.access_location.value.lower().startswith(("http://", "https://"))
        )


_SUBJECT_ALT_NAME: Final = "2.5.29.17"
_POLICY_MAPPINGS: Final = "2.5.29.33"

# What steps of path/ read and act upon; RFC 5280 6.1.4 (o) and 6.1.5 (f) refuse every other critical extension.
_PROCESSED: Final = frozenset(
    {
        x509.BasicConstraints,
        x509.KeyUsage,
        x509.ExtendedKeyUsage,
        x509.SubjectAlternativeName,
        x509.NameConstraints,
        x509.CertificatePolicies,
        x509.PolicyConstraints,
        x509.InhibitAnyPolicy,
        x509.SubjectKeyIdentifier,
        x509.AuthorityKeyIdentifier,
    }
)
_PROCESSED_OIDS: Final = frozenset({_POLICY_MAPPINGS})


def _encoded_extensions(tbs_certificate: bytes) -> list[tuple[str, bool, bytes]]:
    """(dotted OID, critical, the whole Extension) of each, in order; RFC 5280 4.1 puts them under tag [3]."""
    _, start, end = read_tlv(tbs_certificate, 0, len(tbs_certificate))
    found: list[tuple[str, bool, bytes]] = []
    for tag, _, inner_start, inner_end in children(tbs_certificate, start, end):
        if tag != 0xA3:
            continue
        _, list_start, list_end = read_tlv(tbs_certificate, inner_start, inner_end)
        for _, one_start, content_start, content_end in children(tbs_certificate, list_start, list_end):
            fields = list(children(tbs_certificate, content_start, content_end))
            oid = oid_text(tbs_certificate[fields[0][2] : fields[0][3]])
            critical = len(fields) == 3 and tbs_certificate[fields[1][2]] != 0
            found.append((oid, critical, tbs_certificate[one_start:content_end]))
    return found


def _extension_value(encoded: bytes) -> bytes:
    _, start, end = read_tlv(encoded, 0, len(encoded))
    *_, (_, _, value_start, value_end) = children(encoded, start, end)
    return encoded[value_start:value_end]


# A certificate with nothing of interest in it, to carry one extension to pyca's reader:
# version 3, serial 1, ecdsa-with-SHA256, empty names, 2000-01-01 to 2000-01-01, a P-256 key, no signature.
_ALGORITHM: Final = bytes.fromhex("300a06082a8648ce3d040302")
_BEFORE_EXTENSIONS: Final = (
    bytes.fromhex("a003020102020101")
    + _ALGORITHM
    + b"\x30\x00"
    + write_tlv(0x30, write_tlv(0x17, b"000101000000Z") * 2)
    + b"\x30\x00"
    + write_tlv(0x30, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107") + write_tlv(0x03, bytes(66)))
)


def _alone(encoded: bytes) -> x509.Certificate:
    tbs = write_tlv(0x30, _BEFORE_EXTENSIONS + write_tlv(0xA3, write_tlv(0x30, encoded)))
    return x509.load_der_x509_certificate(write_tlv(0x30, tbs + _ALGORITHM + write_tlv(0x03, b"\x00")))


def _read_policy_mappings(value: bytes) -> tuple[tuple[str, str], ...]:
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
