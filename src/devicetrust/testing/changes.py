"""How each fault of a certificate is made: a change to what is about to be signed.

Makes: `CERTIFICATE_CHANGES`, `AUTHORITY_CHANGES`, `Scene`.
May import: errors, x509, this room.
Must never: sign.
Read first: `CERTIFICATE_CHANGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from devicetrust.errors import MisuseError
from devicetrust.testing import der, extensions
from devicetrust.testing.authority import COMMON_NAME, Authority, Issue, marked_name
from devicetrust.testing.extensions import Extension
from devicetrust.testing.faults import Fault
from devicetrust.testing.keys import Key, KeyAlgorithm, KeyPool, guessable_key, key
from devicetrust.trust.test_mark import TEST_POLICY
from devicetrust.x509.names import Name

__all__ = ["AUTHORITY_CHANGES", "CERTIFICATE_CHANGES", "Scene"]


class Scene(NamedTuple):
    """Who issues, when, and where keys come from."""

    issuer: Authority
    at: datetime
    pool: KeyPool
    domain: str


Change: TypeAlias = Callable[[Issue, Scene], Issue]

_DAY: Final = timedelta(days=1)


def _expired(issue: Issue, scene: Scene) -> Issue:
    return _with(issue, not_before=scene.at - 100 * _DAY, not_after=scene.at - _DAY)


def _not_yet_valid(issue: Issue, scene: Scene) -> Issue:
    return _with(issue, not_before=scene.at + _DAY)


def _endorsement_key(issue: Issue, scene: Scene) -> Issue:
    """Its purposes, and the TCG's."""
    return _including(issue, extensions.extended_key_usage(extensions.CLIENT_AUTH, extensions.TPM_ENDORSEMENT_KEY))


def _wrong_name(issue: Issue, scene: Scene) -> Issue:
    return _including(issue, extensions.subject_alternative_name(der.dns(f"another-device.{scene.domain}")))


def _of_serial(device_serial: str) -> Change:
    """The same subject with another serialNumber, or with none where that is empty."""

    def change(issue: Issue, scene: Scene) -> Issue:
        (common_name,) = Name(issue.draft.subject).values(COMMON_NAME)
        return _with(issue, subject=marked_name(common_name, serial_number=device_serial))

    return change


def _self_signed(issue: Issue, scene: Scene) -> Issue:
    issue = _including(issue, extensions.authority_key_identifier(issue.holder.identifier))
    return _with(issue, issuer=issue.draft.subject)._replace(signer=issue.holder, above=())


def _unknown_issuer(issue: Issue, scene: Scene) -> Issue:
    stranger = scene.issuer.stranger(scene.pool)
    issue = _including(issue, extensions.authority_key_identifier(stranger.identifier))
    return _with(issue, issuer=marked_name("Nobody's CA"))._replace(signer=stranger, above=())


def _missing_intermediate(issue: Issue, scene: Scene) -> Issue:
    return issue._replace(above=())


def _wrong_issuer_key(issue: Issue, scene: Scene) -> Issue:
    return issue._replace(signer=scene.issuer.stranger(scene.pool))


def _broken_signature(issue: Issue, scene: Scene) -> Issue:
    if issue.draft.signature is not None:
        return issue  # an empty one has no bit to change
    return issue._replace(altered=(*issue.altered, (1, 1)))


def _unknown_signature_algorithm(issue: Issue, scene: Scene) -> Issue:
    unknown = der.sequence(der.object_identifier(extensions.UNKNOWN))
    return _with(issue, tbs_signature_algorithm=unknown, signature_algorithm=unknown)


def _algorithms_differ(issue: Issue, scene: Scene) -> Issue:
    return _with(issue, tbs_signature_algorithm=der.sequence(der.object_identifier(extensions.UNKNOWN)))


def _sha1_signature(issue: Issue, scene: Scene) -> Issue:
    if not issue.signer.has_digest:
        raise MisuseError(
            f"a key of {issue.signer.algorithm.name} signs with no SHA-1; use a hospital of P256 or RSA keys, or of "
            "hospital.faults alone"
        )
    return _with(issue, scheme=f"{issue.signer.scheme.partition('-')[0]}-sha1")


def _weak_key(issue: Issue, scene: Scene) -> Issue:
    return _holding(issue, scene.pool.key(KeyAlgorithm.RSA_1024, "weak"))


def _of_its_authority(issue: Issue, scene: Scene) -> Issue:
    return _holding(issue, scene.issuer.key)


def _holding(issue: Issue, key: Key) -> Issue:
    issue = _including(issue, extensions.subject_key_identifier(key.identifier))
    return _with(issue, subject_public_key_info=key.subject_public_key_info)._replace(holder=key)


def _unreadable_key(issue: Issue, scene: Scene) -> Issue:
    on_curve = scene.pool.key(KeyAlgorithm.P256, "unreadable").subject_public_key_info
    return _with(issue, subject_public_key_info=on_curve[:-1] + bytes((on_curve[-1] ^ 1,)))


def _unknown_critical_extension(issue: Issue, scene: Scene) -> Issue:
    return _including(issue, Extension(extensions.UNKNOWN, True, der.NULL))


def _repeated_extension(issue: Issue, scene: Scene) -> Issue:
    repeated = issue.draft.extension(extensions.KEY_USAGE)
    return _with(issue, extensions=(*issue.draft.extensions, repeated))


def _not_der(issue: Issue, scene: Scene) -> Issue:
    """The length of the whole is right; that of the signed part runs beyond the end."""
    length_octet = len(issue.draft.sealed(issue.signer)) - 6  # 30 82 xx xx 30 82 [xx] xx
    return issue._replace(altered=(*issue.altered, (length_octet, 0x70)))


def _name_not_permitted(issue: Issue, scene: Scene) -> Issue:
    return _including(issue, extensions.name_constraints(permitted=[der.dns(f"elsewhere.{scene.domain}")]))


def _name_excluded(issue: Issue, scene: Scene) -> Issue:
    return _including(issue, extensions.name_constraints(excluded=[der.dns(scene.domain)]))


def _name_unprocessable(issue: Issue, scene: Scene) -> Issue:
    """A base with a minimum, which RFC 5280 4.2.1.10 gives no meaning."""
    base = der.dns(scene.domain) + der.tlv(0x80, b"\x01")
    return _including(issue, extensions.name_constraints(permitted=[base]))


def _unchanged(issue: Issue, scene: Scene) -> Issue:
    return issue


def _with(issue: Issue, **fields: Any) -> Issue:
    return issue._replace(draft=issue.draft._replace(**fields))


def _including(issue: Issue, *listed: Extension) -> Issue:
    return issue._replace(draft=issue.draft.including(*listed))


def _always(*listed: Extension) -> Change:
    return lambda issue, scene: _including(issue, *listed)


def _without(*oids: str) -> Change:
    return lambda issue, scene: issue._replace(draft=issue.draft.without(*oids))


_NOT_DER: Final = b"\x30\x05\x02"

CERTIFICATE_CHANGES: Final[Mapping[Fault, Change]] = {
    Fault.EXPIRED: _expired,
    Fault.NOT_YET_VALID: _not_yet_valid,
    Fault.WRONG_PURPOSE: _always(extensions.extended_key_usage(extensions.CODE_SIGNING)),
    Fault.ENDORSEMENT_KEY: _endorsement_key,
    Fault.NO_PURPOSE: _without(extensions.EXTENDED_KEY_USAGE),
    Fault.NO_DIGITAL_SIGNATURE: _always(extensions.key_usage(extensions.KEY_ENCIPHERMENT)),
    Fault.DEVICE_IS_A_CA: _always(extensions.basic_constraints(ca=True)),
    Fault.WRONG_NAME: _wrong_name,
    Fault.NO_ALTERNATIVE_NAME: _without(extensions.SUBJECT_ALTERNATIVE_NAME),
    Fault.WRONG_DEVICE_SERIAL: _of_serial("SN-another-device"),
    Fault.NO_DEVICE_SERIAL: _of_serial(""),
    Fault.WEAK_KEY: _weak_key,
    Fault.ROCA_KEY: lambda issue, scene: _holding(issue, key(KeyAlgorithm.RSA_2048, "rsa2048/roca")),
    Fault.CLOSE_PRIMES_KEY: lambda issue, scene: _holding(issue, key(KeyAlgorithm.RSA_2048, "rsa2048/close")),
    Fault.GUESSABLE_KEY: lambda issue, scene: _holding(issue, guessable_key()),
    Fault.KEY_OF_ITS_CA: _of_its_authority,
    Fault.UNREADABLE_KEY: _unreadable_key,
    Fault.UNKNOWN_CRITICAL_EXTENSION: _unknown_critical_extension,
    Fault.UNREADABLE_EXTENSION: _always(Extension(extensions.EXTENDED_KEY_USAGE, False, _NOT_DER)),
    Fault.UNREADABLE_MINOR_EXTENSION: _always(Extension(extensions.SUBJECT_KEY_IDENTIFIER, False, _NOT_DER)),
    Fault.REPEATED_EXTENSION: _repeated_extension,
    Fault.EXTENSIONS_IN_VERSION_1: lambda issue, scene: _with(issue, version=None),
    Fault.NEGATIVE_SERIAL_NUMBER: lambda issue, scene: _with(issue, serial_number=-issue.draft.serial_number),
    Fault.ZERO_SERIAL_NUMBER: lambda issue, scene: _with(issue, serial_number=0),
    Fault.LONG_SERIAL_NUMBER: lambda issue, scene: _with(issue, serial_number=1 << 200),
    Fault.UNKNOWN_VERSION: lambda issue, scene: _with(issue, version=7),
    Fault.EMPTY_SIGNATURE: lambda issue, scene: _with(issue, signature=b""),
    Fault.CONTRADICTORY_STATUS: _always(extensions.NO_REVOCATION_AVAILABLE),
    Fault.REVOKED: _unchanged,
    Fault.ON_HOLD: _unchanged,
    Fault.UNKNOWN_SIGNATURE_ALGORITHM: _unknown_signature_algorithm,
    Fault.ALGORITHMS_DIFFER: _algorithms_differ,
    Fault.SHA1_SIGNATURE: _sha1_signature,
    Fault.SELF_SIGNED: _self_signed,
    Fault.UNKNOWN_ISSUER: _unknown_issuer,
    Fault.MISSING_INTERMEDIATE: _missing_intermediate,
    Fault.WRONG_ISSUER_KEY: _wrong_issuer_key,
    Fault.BROKEN_SIGNATURE: _broken_signature,
    Fault.NOT_DER: _not_der,
}
"""Faults of the device's own certificate, in the order in which they are made: what is signed before who signs."""

AUTHORITY_CHANGES: Final[Mapping[Fault, Change]] = {
    Fault.UNTRUSTED_ROOT: _unchanged,
    Fault.FORGED_ROOT: _unchanged,
    Fault.ISSUED_BY_DEVICE: _unchanged,
    Fault.CA_WRONG_PURPOSE: _always(extensions.extended_key_usage(extensions.CODE_SIGNING)),
    Fault.CA_EXPIRED: _expired,
    Fault.CA_NOT_YET_VALID: _not_yet_valid,
    Fault.NOT_A_CA: _always(extensions.basic_constraints(ca=False)),
    Fault.NO_CERTIFICATE_SIGNING: _always(extensions.key_usage(extensions.CRL_SIGN, extensions.DIGITAL_SIGNATURE)),
    Fault.PATH_TOO_LONG: _unchanged,
    Fault.CA_WEAK_KEY: _unchanged,  # its key is chosen before
    Fault.CA_UNKNOWN_CRITICAL_EXTENSION: _unknown_critical_extension,
    Fault.CA_REVOKED: _unchanged,
    Fault.NAME_NOT_PERMITTED: _name_not_permitted,
    Fault.NAME_EXCLUDED: _name_excluded,
    Fault.NAME_UNPROCESSABLE: _name_unprocessable,
    Fault.REQUIRED_POLICY_MISSING: _always(
        extensions.policy_constraints(0), extensions.policy_mappings((TEST_POLICY, extensions.UNKNOWN))
    ),
    Fault.ANY_POLICY_MAPPED: _always(extensions.policy_mappings((extensions.ANY_POLICY, extensions.UNKNOWN))),
    Fault.CA_SHA1_SIGNATURE: _sha1_signature,
    Fault.CA_LOOP: _unchanged,
    Fault.CA_BROKEN_SIGNATURE: _broken_signature,
}
"""Faults of the CA's certificate, in the order in which they are made."""
