"""Where a certificate says that its status is to be had.

Makes: `names_a_source`, `wants_of`, `delta_wants`, `unreachable_sources`, `demands_ocsp`.
May import: evidence, x509, revocation siblings.
Must never: fetch.
Read first: `wants_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from devicetrust.evidence import Want, WantKind
from devicetrust.revocation.policy import RevocationSource
from devicetrust.revocation.scope import is_authority
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.distribution_points import DistributionPoint
from devicetrust.x509.general_names import GeneralNameType
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.ocsp import CertificateID

__all__ = ["STATUS_EXTENSIONS", "delta_wants", "demands_ocsp", "names_a_source", "unreachable_sources", "wants_of"]

_STATUS_REQUEST: Final = 5
STATUS_EXTENSIONS: Final = frozenset(
    {
        oids.CRL_DISTRIBUTION_POINTS,
        oids.FRESHEST_CRL,
        oids.AUTHORITY_INFORMATION_ACCESS,
        oids.TLS_FEATURE,
        oids.NO_REVOCATION_AVAILABLE,
        oids.OCSP_NO_CHECK,
    }
)
"""Every extension that bears on where the status of a certificate is to be had, or that there is none."""
_POINTERS: Final = (
    oids.CRL_DISTRIBUTION_POINTS,
    oids.AUTHORITY_INFORMATION_ACCESS,
    oids.FRESHEST_CRL,
    oids.TLS_FEATURE,
)


def names_a_source(certificate: Certificate) -> bool:
    """Whether the certificate names a source of its status, RFC 5280 4.2.1.13, 4.2.1.15, 4.2.2.1.

    A pointer that cannot be read is one all the same.
    """
    extensions = certificate.extensions
    if extensions.has_none_of(STATUS_EXTENSIONS):
        return False
    if extensions.crl_distribution_points or extensions.has_ocsp_pointer or extensions.freshest_crl:
        return True
    return demands_ocsp(certificate) or any([oid in extensions.unreadable for oid in _POINTERS])


def demands_ocsp(certificate: Certificate) -> bool:
    """Whether the certificate is to be used with an OCSP response only: TLS feature status_request, RFC 7633 4.2.3.

    On a CA's the feature binds what it issues (4.2.2), not itself; the clauses are known at second hand.
    """
    return _STATUS_REQUEST in certificate.extensions.tls_features and not is_authority(certificate)


def wants_of(certificate: Certificate, issuer_key: PublicKey, sources: tuple[RevocationSource, ...]) -> Iterator[Want]:
    """What would settle the status of ``certificate``, from where, in the order of ``sources``."""
    extensions = certificate.extensions
    for source in sources:
        if source is RevocationSource.OCSP:
            if extensions.ocsp_urls:
                question = CertificateID.of(certificate.serial_number, certificate.issuer.der, issuer_key.der)
                yield Want(WantKind.OCSP, certificate.fingerprint, extensions.ocsp_urls, question)
        else:
            yield from _of_points(WantKind.CRL, certificate, extensions.crl_distribution_points)


def delta_wants(certificate: Certificate, points: Iterable[DistributionPoint]) -> Iterator[Want]:
    """The delta CRLs that ``points`` name, RFC 5280 4.2.1.15 and 5.2.6."""
    return _of_points(WantKind.DELTA_CRL, certificate, points)


def unreachable_sources(certificate: Certificate) -> tuple[str, ...]:
    """The sources named that no HTTP client can reach: directory names, LDAP URLs and the like."""
    names = [name for point in certificate.extensions.crl_distribution_points for name in point.names]
    return tuple([str(name) for name in names if name.type is not _URI or not _is_http(str(name.value))])


_URI: Final = GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER


def _of_points(kind: WantKind, certificate: Certificate, points: Iterable[DistributionPoint]) -> Iterator[Want]:
    for point in points:
        urls = tuple([str(name.value) for name in point.names if name.type is _URI and _is_http(str(name.value))])
        if urls:
            yield Want(kind, certificate.fingerprint, urls)


def _is_http(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))
