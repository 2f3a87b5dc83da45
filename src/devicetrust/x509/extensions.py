"""The extensions of one certificate.

Makes: `Extensions`, `Pointer`.
May import: x509 siblings, `cryptography`.
Must never: raise on what a peer sent, or judge it.
Read first: `Extensions`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import KeysView
from typing import Any, Final, NamedTuple

from cryptography import x509

from devicetrust.x509 import oids
from devicetrust.x509.der import MalformedDER
from devicetrust.x509.distribution_points import DistributionPoint
from devicetrust.x509.extension_values import PolicyConstraints, read_extensions, value_octets
from devicetrust.x509.general_names import GeneralName, GeneralNameType, NameConstraints, from_cryptography
from devicetrust.x509.lazy import lazy
from devicetrust.x509.plain_extensions import Presented
from devicetrust.x509.user_notices import USER_NOTICE, UserNotice, read_user_notices

__all__ = ["Extensions", "Pointer"]


class Pointer(NamedTuple):
    """A URL at which a certificate says that something is: the extension, with the place in it, and the scheme.

    ``scheme`` is in lower case, and empty where there is none.
    """

    field: str
    scheme: str
    url: str


def _pointer(field: str, url: str) -> Pointer:
    scheme, colon, _ = url.partition(":")
    return Pointer(field, scheme.lower() if colon else "", url)


_URI: Final = GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER


class Extensions:
    """The extensions of one certificate, RFC 5280 4.2.

    ``critical`` holds the dotted OIDs of those marked critical; ``unreadable`` maps the OID of each that cannot be read
    to the reason; ``repeated`` holds the OIDs that occur more than once. The other attributes give the values that path
    validation uses, None (of subjectAltName an empty tuple) where absent or unreadable.
    """

    def __init__(self, encoded: bytes, parsed: x509.Certificate) -> None:
        """``encoded`` is the SEQUENCE of extensions as the certificate ``parsed`` has it; empty where it has none."""
        found = read_extensions(encoded, parsed)
        values: dict[str, Any] = {}
        critical: list[str] = []
        unreadable: dict[str, str] = {}
        for oid, is_critical, value, reason in found:
            values[oid] = value
            if is_critical:
                critical.append(oid)
            if reason is not None:
                unreadable[oid] = reason
        self._encoded: Final = encoded
        self._found: Final = found
        self._values: Final = values
        self.critical: Final = frozenset(critical)
        self.unreadable: Final = unreadable
        self.repeated = _NO_OIDS
        if len(values) != len(found):
            counts = Counter([one.oid for one in found])
            self.repeated = frozenset([oid for oid, count in counts.items() if count > 1])

        # What every certificate is asked for, several times each; the clauses are those of RFC 5280.
        value_of = values.get
        self.subject_key_identifier: bytes | None = value_of(oids.SUBJECT_KEY_IDENTIFIER)  # 4.2.1.2
        self.key_usage: x509.KeyUsage | None = value_of(oids.KEY_USAGE)  # 4.2.1.3
        self.policies: tuple[str, ...] | None = value_of(oids.CERTIFICATE_POLICIES)  # 4.2.1.4, dotted OIDs
        self.subject_alternative_names: tuple[GeneralName, ...] = value_of(oids.SUBJECT_ALT_NAME) or ()  # 4.2.1.6
        self.basic_constraints: x509.BasicConstraints | None = value_of(oids.BASIC_CONSTRAINTS)  # 4.2.1.9
        self.name_constraints: NameConstraints | None = value_of(oids.NAME_CONSTRAINTS)  # 4.2.1.10
        self.policy_constraints: PolicyConstraints | None = value_of(oids.POLICY_CONSTRAINTS)  # 4.2.1.11
        self.extended_key_usage: frozenset[str] | None = value_of(oids.EXTENDED_KEY_USAGE)  # 4.2.1.12, dotted OIDs
        identifier: x509.AuthorityKeyIdentifier | None = value_of(oids.AUTHORITY_KEY_IDENTIFIER)
        self.authority_key_identifier = None if identifier is None else identifier.key_identifier  # 4.2.1.1

    def value(self, oid: str) -> Any:
        """What the extension of this dotted OID says; None where it is absent or unreadable."""
        return self._values.get(oid)

    def octets(self, oid: str) -> bytes:
        """The octets inside an extension of this dotted OID that ``cryptography`` does not know; empty where absent."""
        found = self._values.get(oid)
        return found.value if found is not None and isinstance(found, x509.UnrecognizedExtension) else b""

    @lazy
    def user_notices(self) -> tuple[UserNotice, ...]:
        """The notices of all policies, RFC 5280 4.2.1.4; none where they are not laid out as they should be."""
        if self.policies is None or USER_NOTICE not in self._encoded:
            return ()
        try:
            return read_user_notices(value_octets(self._encoded, oids.CERTIFICATE_POLICIES))
        except MalformedDER:
            return ()

    @property
    def key_usage_ends_in_zeros(self) -> bool:
        """Whether bits that are not set are written behind the last that is, which DER forbids, X.690 11.2.2."""
        if self.key_usage is None:
            return False
        value = self._key_usage_octets
        return len(value) > 3 and not value[-1] >> value[2] & 1 and any(value[3:])

    @property
    def undefined_key_usage_bits(self) -> tuple[str, ...]:
        """encipherOnly and decipherOnly, where they stand without keyAgreement and mean nothing, RFC 5280 4.2.1.3."""
        usage = self.key_usage
        if usage is None or usage.key_agreement:
            return ()
        value = self._key_usage_octets
        if len(value) == 4 and not value[3] & 1:
            return ()
        bits = int.from_bytes(value[3:5].ljust(2, b"\0"), "big")
        return tuple(name for name, bit in (("encipherOnly", 0x0100), ("decipherOnly", 0x0080)) if bits & bit)

    @lazy
    def _key_usage_octets(self) -> bytes:
        return value_octets(self._encoded, oids.KEY_USAGE)

    def has_none_of(self, oids: frozenset[str]) -> bool:
        """Whether no extension has one of these dotted OIDs, readable or not."""
        return self._values.keys().isdisjoint(oids)

    @property
    def presented(self) -> tuple[Presented, ...]:
        """Each extension once, in the order of the certificate."""
        return tuple({one.oid: one for one in self._found}.values())

    @property
    def present(self) -> KeysView[str]:
        """Dotted OIDs of all extensions, readable or not."""
        return self._values.keys()

    def alternative_names_of(self, form: GeneralNameType) -> tuple[tuple[int, GeneralName], ...]:
        """The names of the subjectAltName that are of one form, each with its place among all."""
        return self._alternative_names_by_form.get(form, ())

    @lazy
    def _alternative_names_by_form(self) -> dict[GeneralNameType, tuple[tuple[int, GeneralName], ...]]:
        found: dict[GeneralNameType, list[tuple[int, GeneralName]]] = {}
        for placed in enumerate(self.subject_alternative_names):
            found.setdefault(placed[1].type, []).append(placed)
        return {form: tuple(names) for form, names in found.items()}

    @property
    def unprocessed_critical(self) -> tuple[str, ...]:
        """Dotted OIDs of readable critical extensions that path validation does not process, RFC 5280 6.1.4 (o)."""
        if self.critical <= _PROCESSED:
            return ()
        return tuple(sorted(self.critical - _PROCESSED - self.unreadable.keys()))

    @property
    def subject_alternative_name_critical(self) -> bool | None:
        """Whether the subjectAltName is critical; None where there is none."""
        return oids.SUBJECT_ALT_NAME in self.critical if oids.SUBJECT_ALT_NAME in self._values else None

    @property
    def policy_mappings(self) -> tuple[tuple[str, str], ...] | None:
        """(issuerDomainPolicy, subjectDomainPolicy) pairs, RFC 5280 4.2.1.5."""
        found: tuple[tuple[str, str], ...] | None = self._values.get(oids.POLICY_MAPPINGS)
        return found

    @property
    def inhibit_any_policy(self) -> int | None:
        """RFC 5280 4.2.1.14: how many further certificates may assert anyPolicy."""
        found: int | None = self._values.get(oids.INHIBIT_ANY_POLICY)
        return found

    @property
    def authority_key_identifier_is_key_alone(self) -> bool:
        """Whether the authorityKeyIdentifier holds a keyIdentifier and neither issuer nor serial number."""
        found = self._values.get(oids.AUTHORITY_KEY_IDENTIFIER)
        return (
            found is not None
            and found.key_identifier is not None
            and found.authority_cert_issuer is None
            and found.authority_cert_serial_number is None
        )

    @property
    def ca_issuers(self) -> tuple[str, ...]:
        """The http and https URLs of id-ad-caIssuers, RFC 5280 4.2.2.1."""
        return self._access_urls(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS)

    @property
    def ocsp_urls(self) -> tuple[str, ...]:
        """The http and https URLs of id-ad-ocsp, RFC 5280 4.2.2.1, RFC 6960 3.1."""
        return self._access_urls(x509.oid.AuthorityInformationAccessOID.OCSP)

    @property
    def has_ocsp_pointer(self) -> bool:
        """Whether an id-ad-ocsp names a responder in any way, be it one that cannot be asked here."""
        described = self._values.get(oids.AUTHORITY_INFORMATION_ACCESS)
        if described is None:
            return False
        method = x509.oid.AuthorityInformationAccessOID.OCSP
        return any(one.access_method == method for one in described)

    @lazy
    def access_descriptions(self) -> tuple[tuple[str, GeneralName], ...]:
        """(dotted accessMethod, accessLocation) of each entry of authorityInfoAccess, RFC 5280 4.2.2.1."""
        described = self._values.get(oids.AUTHORITY_INFORMATION_ACCESS)
        if described is None:
            return ()
        return tuple([(one.access_method.dotted_string, from_cryptography(one.access_location)) for one in described])

    @lazy
    def pointers(self) -> tuple[Pointer, ...]:
        """Every URL of cRLDistributionPoints, freshestCRL and authorityInfoAccess."""
        found: list[Pointer] = []
        for extension, points in (
            ("cRLDistributionPoints", self.crl_distribution_points),
            ("freshestCRL", self.freshest_crl),
        ):
            for position, point in enumerate(points):
                for name in point.names:
                    if name.type is _URI:
                        found.append(_pointer(f"{extension}[{position}]", str(name.value)))
        for _, name in self.access_descriptions:
            if name.type is _URI:
                found.append(_pointer("authorityInfoAccess", str(name.value)))
        return tuple(found)

    @property
    def crl_distribution_points(self) -> tuple[DistributionPoint, ...]:
        """RFC 5280 4.2.1.13; empty where absent."""
        return self._values.get(oids.CRL_DISTRIBUTION_POINTS) or ()

    @property
    def freshest_crl(self) -> tuple[DistributionPoint, ...]:
        """RFC 5280 4.2.1.15; empty where absent."""
        return self._values.get(oids.FRESHEST_CRL) or ()

    @property
    def no_revocation_available(self) -> bool:
        """Whether the issuer says that it will never publish this certificate's status, RFC 9608 2."""
        return self._values.get(oids.NO_REVOCATION_AVAILABLE) is True

    @property
    def ocsp_no_check(self) -> bool:
        """Whether this responder's certificate is to be trusted without a status of its own, RFC 6960 4.2.2.2.1."""
        return self._values.get(oids.OCSP_NO_CHECK) is True

    @property
    def tls_features(self) -> frozenset[int]:
        """The TLS extensions that the server must offer, RFC 7633 4.1 (5: status_request); empty where absent."""
        return self._values.get(oids.TLS_FEATURE) or frozenset()

    def _access_urls(self, method: x509.ObjectIdentifier) -> tuple[str, ...]:
        return tuple(
            description.access_location.value
            for description in self._values.get(oids.AUTHORITY_INFORMATION_ACCESS) or ()
            if description.access_method == method
            and isinstance(description.access_location, x509.UniformResourceIdentifier)
            and description.access_location.value.lower().startswith(("http://", "https://"))
        )


_NO_OIDS: Final[frozenset[str]] = frozenset()

# What steps of path/ read and act upon; RFC 5280 6.1.4 (o) and 6.1.5 (f) refuse every other critical extension.
_PROCESSED: Final = frozenset(
    {
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.KEY_USAGE,
        oids.SUBJECT_ALT_NAME,
        oids.BASIC_CONSTRAINTS,
        oids.NAME_CONSTRAINTS,
        oids.CERTIFICATE_POLICIES,
        oids.POLICY_MAPPINGS,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.POLICY_CONSTRAINTS,
        oids.EXTENDED_KEY_USAGE,
        oids.INHIBIT_ANY_POLICY,
    }
)
