"""Whether a CRL speaks for a certificate, and for which reasons of revocation.

Makes: `covered_reasons`.
May import: x509.
Must never: look at signatures, times or entries.
Read first: `covered_reasons`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.der import read_tlv, write_tlv
from devicetrust.x509.distribution_points import DistributionPoint, IssuingDistributionPoint
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import ALL_REASONS, RevocationReason

__all__ = ["covered_reasons", "is_authority"]

_NOTHING: Final[frozenset[RevocationReason]] = frozenset()


def covered_reasons(
    crl: CertificateRevocationList, certificate: Certificate, points: tuple[DistributionPoint, ...]
) -> frozenset[RevocationReason]:
    """The reasons of revocation for which ``crl`` speaks of ``certificate``; empty where it does not.

    RFC 5280 6.3.3 (b) and (d), for each of the certificate's distribution points, and for the one that stands for its
    issuer's CRLs at large.
    """
    scope = crl.issuing_distribution_point
    own = crl.issuer == certificate.issuer
    if scope is None and own:
        return ALL_REASONS
    if scope is not None and not _of_its_kind(scope, certificate):
        return _NOTHING
    covered = _NOTHING
    for point in points:
        if _is_pointed_at(crl, scope, certificate, point, own=own):
            reasons = ALL_REASONS if point.reasons is None else point.reasons
            if scope is not None and scope.only_some_reasons is not None:
                reasons &= scope.only_some_reasons
            covered |= reasons
    if own and _named_like_the_issuer(scope, certificate.issuer):
        covered |= ALL_REASONS if scope is None or scope.only_some_reasons is None else scope.only_some_reasons
    return covered


def is_authority(certificate: Certificate) -> bool:
    """Whether the certificate says that it is a CA's, RFC 5280 4.2.1.9."""
    constraints = certificate.basic_constraints
    return constraints is not None and constraints.ca


def _of_its_kind(scope: IssuingDistributionPoint, certificate: Certificate) -> bool:
    """RFC 5280 6.3.3 (b)(2)(ii) to (iv)."""
    if scope.only_attribute_certificates:
        return False
    if scope.only_user_certificates or scope.only_ca_certificates:
        return scope.only_ca_certificates is is_authority(certificate) and not (
            scope.only_user_certificates and scope.only_ca_certificates
        )
    return True


def _is_pointed_at(
    crl: CertificateRevocationList,
    scope: IssuingDistributionPoint | None,
    certificate: Certificate,
    point: DistributionPoint,
    *,
    own: bool,
) -> bool:
    """RFC 5280 6.3.3 (b)(1) and (2)(i)."""
    if point.crl_issuers:
        if scope is None or not scope.indirect or crl.issuer not in point.crl_issuers:
            return False
    elif not own:
        return False
    if scope is None or not (scope.names or scope.relative_name):
        return True
    wanted = _full_names(point, point.crl_issuers or (certificate.issuer,))
    if not wanted:
        wanted = {_directory(name) for name in point.crl_issuers}
    return not wanted.isdisjoint(_full_names(scope, (crl.issuer,)))


def _named_like_the_issuer(scope: IssuingDistributionPoint | None, issuer: Name) -> bool:
    """RFC 5280 6.3.3, the last step: a distribution point that is named like the certificate's issuer."""
    if scope is None or not (scope.names or scope.relative_name):
        return True
    return _directory(issuer) in _full_names(scope, (issuer,))


def _full_names(
    point: DistributionPoint | IssuingDistributionPoint, issuers: Iterable[Name]
) -> set[GeneralName | tuple[GeneralNameType, bytes]]:
    """The names of a distribution point; a relative one completed with the issuer's, RFC 5280 4.2.1.13, 5.2.5."""
    found = {_directory(name.value) if isinstance(name.value, Name) else name for name in point.names}
    if point.relative_name is not None:
        found |= {_directory(_completed(issuer, point.relative_name)) for issuer in issuers}
    return found


def _directory(name: Name) -> tuple[GeneralNameType, bytes]:
    return GeneralNameType.DIRECTORY_NAME, name.key


def _completed(issuer: Name, relative: bytes) -> Name:
    if issuer.is_malformed:
        return issuer
    _, start, end = read_tlv(issuer.der, 0, len(issuer.der))
    return Name(write_tlv(0x30, issuer.der[start:end] + relative))
