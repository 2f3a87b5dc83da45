"""Everything that can be wrong with a device's certificate, by name, and what devicetrust finds of it.

Makes: `Fault`, `Part`, `Expected`, `BEYOND_CERTIFICATES`.
May import: the standard library.
Must never: make the fault; `changes` and `publishing` do.
Read first: `Fault`.

A new finding of path, revocation or identity gets a fault here, or a reason in `BEYOND_CERTIFICATES`. A new family of
rules by which `tls_client` refuses gets one fault at least.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

__all__ = ["BEYOND_CERTIFICATES", "Expected", "Fault", "Part"]


class Part(enum.Enum):
    """Where a fault sits."""

    CERTIFICATE = "in the device's certificate"
    AUTHORITY = "in the certificate of the CA that issued it, a CA of its own for this fault"
    STATUS = "in what its CA, a CA of its own for this fault, publishes of its status"


class Expected(NamedTuple):
    """What `Hospital.verify` finds: the headline's code and certificate index, the outcome, and what else blocks.

    ``outcome`` is the value of an `Outcome`.
    """

    code: str
    certificate: int | None
    outcome: str = "untrusted"
    beside: tuple[tuple[str, int | None], ...] = ()


_STATUS_UNKNOWN: Final = Expected("revocation.unknown", 0, "undecided")
_EVIDENCE_ENDED: Final = Expected("revocation.evidence_ended", 0, "undecided")


class Fault(enum.Enum):
    """One thing that is wrong. ``what`` says it in words; ``expected`` is what devicetrust says of it."""

    part: Part
    what: str
    expected: Expected

    def __new__(cls, value: str, part: Part, what: str, expected: Expected) -> Fault:
        fault = object.__new__(cls)
        fault._value_ = value
        fault.part = part
        fault.what = what
        fault.expected = expected
        return fault

    # The device's certificate

    EXPIRED = "expired", Part.CERTIFICATE, "it ended yesterday", Expected("validity.expired", 0)
    NOT_YET_VALID = "not_yet_valid", Part.CERTIFICATE, "it begins tomorrow", Expected("validity.not_yet_valid", 0)
    WRONG_PURPOSE = (
        "wrong_purpose",
        Part.CERTIFICATE,
        "it is for code signing alone",
        Expected("purpose.not_allowed", 0),
    )
    ENDORSEMENT_KEY = (
        "endorsement_key",
        Part.CERTIFICATE,
        "it certifies the endorsement key of a TPM, with the TCG's key purpose beside that of TLS",
        Expected("tcg.endorsement_key_no_identity", 0),
    )
    NO_PURPOSE = "no_purpose", Part.CERTIFICATE, "it has no extKeyUsage", Expected("purpose.not_allowed", 0)
    NO_DIGITAL_SIGNATURE = (
        "no_digital_signature",
        Part.CERTIFICATE,
        "its keyUsage lacks digitalSignature",
        Expected("tls.digital_signature", 0),
    )
    DEVICE_IS_A_CA = (
        "device_is_a_ca",
        Part.CERTIFICATE,
        "it says that the device is a CA",
        Expected("cabf.leaf_is_no_authority", 0),
    )
    WRONG_NAME = (
        "wrong_name",
        Part.CERTIFICATE,
        "it has the name of another device",
        Expected("identity.name_mismatch", 0),
    )
    NO_ALTERNATIVE_NAME = (
        "no_alternative_name",
        Part.CERTIFICATE,
        "its name is in the common name alone",
        Expected("identity.no_names", 0, beside=(("cabf.subject_alternative_name_present", 0),)),
    )
    WRONG_DEVICE_SERIAL = (
        "wrong_device_serial",
        Part.CERTIFICATE,
        "its subject has the serialNumber of another device",
        Expected("identity.device_mismatch", 0),
    )
    NO_DEVICE_SERIAL = (
        "no_device_serial",
        Part.CERTIFICATE,
        "its subject has no serialNumber",
        Expected("identity.no_device_identity", 0),
    )
    SELF_SIGNED = "self_signed", Part.CERTIFICATE, "it is signed with its own key", Expected("issuer.self_signed", 0)
    UNKNOWN_ISSUER = (
        "unknown_issuer",
        Part.CERTIFICATE,
        "it names an issuer that nobody knows, and is signed with that one's key",
        Expected("issuer.unknown", 0),
    )
    MISSING_INTERMEDIATE = (
        "missing_intermediate",
        Part.CERTIFICATE,
        "the device does not present its CA's certificate",
        Expected("issuer.unknown", 0),
    )
    WRONG_ISSUER_KEY = (
        "wrong_issuer_key",
        Part.CERTIFICATE,
        "somebody of the CA's name signed it, with another key",
        Expected("signature.invalid", 0),
    )
    BROKEN_SIGNATURE = (
        "broken_signature",
        Part.CERTIFICATE,
        "a bit of its signature is changed",
        Expected("signature.invalid", 0),
    )
    UNKNOWN_SIGNATURE_ALGORITHM = (
        "unknown_signature_algorithm",
        Part.CERTIFICATE,
        "it is signed by an algorithm that nobody knows",
        Expected("signature.unsupported", 0),
    )
    ALGORITHMS_DIFFER = (
        "algorithms_differ",
        Part.CERTIFICATE,
        "the signature algorithm inside differs from the one outside",
        Expected("signature.algorithms_differ", 0),
    )
    SHA1_SIGNATURE = (
        "sha1_signature",
        Part.CERTIFICATE,
        "it is signed with SHA-1",
        Expected("strength.signature_algorithm", 0),
    )
    WEAK_KEY = "weak_key", Part.CERTIFICATE, "its key is RSA of 1024 bits", Expected("strength.key", 0)
    ROCA_KEY = (
        "roca_key",
        Part.CERTIFICATE,
        "its key is of the form that a faulty library of Infineon made (CVE-2017-15361)",
        Expected("keys.roca", 0),
    )
    CLOSE_PRIMES_KEY = (
        "close_primes_key",
        Part.CERTIFICATE,
        "the two primes of its RSA key follow each other (CVE-2022-26320)",
        Expected("keys.rsa_primes_apart", 0),
    )
    GUESSABLE_KEY = (
        "guessable_key",
        Part.CERTIFICATE,
        "its private key, on P-256, is the number 17",
        Expected("keys.ec_private_key_not_small", 0),
    )
    KEY_OF_ITS_CA = (
        "key_of_its_ca",
        Part.CERTIFICATE,
        "its key is that of the CA that issued it",
        Expected("keys.not_reused_by_authority", 0),
    )
    UNREADABLE_KEY = (
        "unreadable_key",
        Part.CERTIFICATE,
        "its key is a point that is not on its curve",
        Expected("key.unreadable", 0),
    )
    UNKNOWN_CRITICAL_EXTENSION = (
        "unknown_critical_extension",
        Part.CERTIFICATE,
        "it has a critical extension that nobody knows",
        Expected("extension.critical_unknown", 0),
    )
    REPEATED_EXTENSION = (
        "repeated_extension",
        Part.CERTIFICATE,
        "it has keyUsage twice",
        Expected("extension.repeated", 0),
    )
    UNREADABLE_EXTENSION = (
        "unreadable_extension",
        Part.CERTIFICATE,
        "its extKeyUsage is not DER",
        Expected("extension.unreadable", 0, beside=(("purpose.not_allowed", 0),)),
    )
    UNREADABLE_MINOR_EXTENSION = (
        "unreadable_minor_extension",
        Part.CERTIFICATE,
        "its subjectKeyIdentifier is not DER",
        Expected("extension.minor_unreadable", 0),
    )
    EXTENSIONS_IN_VERSION_1 = (
        "extensions_in_version_1",
        Part.CERTIFICATE,
        "it is of version 1, and has extensions",
        Expected("extension.version", 0, beside=(("cabf.version_3", 0),)),
    )
    NEGATIVE_SERIAL_NUMBER = (
        "negative_serial_number",
        Part.CERTIFICATE,
        "its serial number is negative",
        Expected("encoding.not_tolerated", 0),
    )
    ZERO_SERIAL_NUMBER = (
        "zero_serial_number",
        Part.CERTIFICATE,
        "its serial number is zero",
        Expected("rfc5280.serial_number_positive", 0),
    )
    LONG_SERIAL_NUMBER = (
        "long_serial_number",
        Part.CERTIFICATE,
        "its serial number has 26 octets",
        Expected("encoding.not_tolerated", 0),
    )
    EMPTY_SIGNATURE = (
        "empty_signature",
        Part.CERTIFICATE,
        "it has a signature of no octets",
        Expected("signature.invalid", 0),
    )
    UNKNOWN_VERSION = "unknown_version", Part.CERTIFICATE, "it is of version 8", Expected("certificate.unreadable", 0)
    NOT_DER = (
        "not_der",
        Part.CERTIFICATE,
        "its signed part is of a length that is not its own",
        Expected("certificate.unreadable", 0),
    )
    CONTRADICTORY_STATUS = (
        "contradictory_status",
        Part.CERTIFICATE,
        "it says that it has no revocation, and names a source of it (RFC 9608 3)",
        Expected("revocation.no_revocation_available_conflict", 0),
    )
    REVOKED = "revoked", Part.CERTIFICATE, "its CA has revoked it", Expected("revocation.revoked", 0)
    ON_HOLD = "on_hold", Part.CERTIFICATE, "its CA has suspended it", Expected("revocation.on_hold", 0)

    # The CA

    UNTRUSTED_ROOT = (
        "untrusted_root",
        Part.AUTHORITY,
        "the CA is issued by a root that is none of the hospital's",
        Expected("issuer.unknown", 1),
    )
    FORGED_ROOT = (
        "forged_root",
        Part.AUTHORITY,
        "the CA is issued by somebody of the root's name, with another key",
        Expected("signature.invalid", 1),
    )
    ISSUED_BY_DEVICE = (
        "issued_by_device",
        Part.AUTHORITY,
        "another device issued it",
        Expected("ca.not_a_ca", 1, beside=(("ca.key_usage", 1), ("ca.path_length", 1))),
    )
    CA_WRONG_PURPOSE = (
        "ca_wrong_purpose",
        Part.AUTHORITY,
        "the CA is for code signing alone",
        Expected("purpose.not_allowed", 1),
    )
    CA_EXPIRED = "ca_expired", Part.AUTHORITY, "the CA ended yesterday", Expected("validity.expired", 1)
    CA_NOT_YET_VALID = (
        "ca_not_yet_valid",
        Part.AUTHORITY,
        "the CA begins tomorrow",
        Expected("validity.not_yet_valid", 1),
    )
    NOT_A_CA = "not_a_ca", Part.AUTHORITY, "the CA says that it is none", Expected("ca.not_a_ca", 1)
    NO_CERTIFICATE_SIGNING = (
        "no_certificate_signing",
        Part.AUTHORITY,
        "the CA's keyUsage lacks keyCertSign",
        Expected("ca.key_usage", 1),
    )
    PATH_TOO_LONG = (
        "path_too_long",
        Part.AUTHORITY,
        "the CA stands below one whose path length is zero",
        Expected("ca.path_length", 1),
    )
    CA_WEAK_KEY = "ca_weak_key", Part.AUTHORITY, "the CA's key is RSA of 1024 bits", Expected("strength.key", 1)
    CA_SHA1_SIGNATURE = (
        "ca_sha1_signature",
        Part.AUTHORITY,
        "the CA's certificate is signed with SHA-1",
        Expected("strength.signature_algorithm", 1),
    )
    CA_BROKEN_SIGNATURE = (
        "ca_broken_signature",
        Part.AUTHORITY,
        "a bit of the signature on the CA's certificate is changed",
        Expected("signature.invalid", 1),
    )
    CA_UNKNOWN_CRITICAL_EXTENSION = (
        "ca_unknown_critical_extension",
        Part.AUTHORITY,
        "the CA has a critical extension that nobody knows",
        Expected("extension.critical_unknown", 1),
    )
    CA_REVOKED = "ca_revoked", Part.AUTHORITY, "the root has revoked the CA", Expected("revocation.revoked", 1)
    CA_LOOP = (
        "ca_loop",
        Part.AUTHORITY,
        "the CA and another vouch for each other, and no root for either",
        Expected("issuer.no_way_to_anchor", 2),
    )
    NAME_NOT_PERMITTED = (
        "name_not_permitted",
        Part.AUTHORITY,
        "the CA may name another clinic's devices alone",
        Expected("names.not_permitted", 0),
    )
    NAME_EXCLUDED = (
        "name_excluded",
        Part.AUTHORITY,
        "the CA may not name this hospital's devices",
        Expected("names.excluded", 0),
    )
    NAME_UNPROCESSABLE = (
        "name_unprocessable",
        Part.AUTHORITY,
        "the CA's constraint on names is of a form that nobody can apply",
        Expected("names.unprocessable", 0),
    )
    REQUIRED_POLICY_MISSING = (
        "required_policy_missing",
        Part.AUTHORITY,
        "the CA requires a policy that the device does not assert",
        Expected("policy.none_valid", 0),
    )
    ANY_POLICY_MAPPED = (
        "any_policy_mapped",
        Part.AUTHORITY,
        "the CA maps anyPolicy to a policy",
        Expected("policy.any_policy_mapped", 1),
    )

    # What the CA publishes

    CRL_MISSING = "crl_missing", Part.STATUS, "the CA names a CRL, and there is none", _STATUS_UNKNOWN
    CRL_STALE = "crl_stale", Part.STATUS, "the CRL ended weeks ago", _EVIDENCE_ENDED
    CRL_FROM_THE_FUTURE = "crl_from_the_future", Part.STATUS, "the CRL begins next week", _STATUS_UNKNOWN
    CRL_BY_WRONG_SIGNER = (
        "crl_by_wrong_signer",
        Part.STATUS,
        "somebody of the CA's name signed the CRL, with another key",
        _STATUS_UNKNOWN,
    )
    CRL_ALTERED = "crl_altered", Part.STATUS, "a bit of the CRL's signature is changed", _STATUS_UNKNOWN
    CRL_WITH_UNKNOWN_CRITICAL_EXTENSION = (
        "crl_with_unknown_critical_extension",
        Part.STATUS,
        "the CRL has a critical extension that nobody knows",
        _STATUS_UNKNOWN,
    )
    CRL_OF_ANOTHER_SCOPE = (
        "crl_of_another_scope",
        Part.STATUS,
        "the CRL speaks of CA certificates alone",
        _STATUS_UNKNOWN,
    )
    OCSP_UNKNOWN = (
        "ocsp_unknown",
        Part.STATUS,
        "the responder answers that it does not know the certificate",
        _STATUS_UNKNOWN,
    )
    OCSP_EXPIRED = "ocsp_expired", Part.STATUS, "the OCSP response ended weeks ago", _EVIDENCE_ENDED
    OCSP_FROM_THE_FUTURE = "ocsp_from_the_future", Part.STATUS, "the OCSP response begins next week", _STATUS_UNKNOWN
    OCSP_REPLAYED = (
        "ocsp_replayed",
        Part.STATUS,
        "the OCSP response is an old one to somebody else, with that one's nonce",
        _STATUS_UNKNOWN,
    )
    OCSP_BY_WRONG_SIGNER = (
        "ocsp_by_wrong_signer",
        Part.STATUS,
        "somebody of the CA's name signed the OCSP response, with another key",
        _STATUS_UNKNOWN,
    )
    OCSP_ALTERED = "ocsp_altered", Part.STATUS, "a bit of the OCSP response's signature is changed", _STATUS_UNKNOWN
    OCSP_ABOUT_ANOTHER = (
        "ocsp_about_another",
        Part.STATUS,
        "the OCSP response is about another certificate",
        _STATUS_UNKNOWN,
    )
    OCSP_TRY_LATER = "ocsp_try_later", Part.STATUS, "the responder answers that one should try later", _STATUS_UNKNOWN


BEYOND_CERTIFICATES: Final = {
    "validity.not_valid_at_issuance": "a profile names a validity model, and the CA was not valid when it issued",
    "anchor.test_only": "every device of the hospital, wherever a trust store was not made for tests",
    "anchor.distrusted_after": "a constraint that the owner of a trust store sets on an anchor",
    "anchor.purpose": "a constraint that the owner of a trust store sets on an anchor",
    "path.too_many_intermediates": "a limit that the profile sets",
    "path.budget_spent": "a limit that the profile sets",
    "clock.behind": "the host's clock",
    "clock.doubt": "the host's clock",
}
"""The errors of path, revocation and identity that no certificate brings about, and what does."""
