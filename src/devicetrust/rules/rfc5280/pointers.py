"""RFC 5280 4.2.1.13, 4.2.1.15, 4.2.2.1 and section 8: where to look for CRLs, issuers and responders.

Makes: rules on cRLDistributionPoints, freshestCRL and authorityInfoAccess, and on the criticality of what may be it.
May import: findings, x509, rules.rule.
Must never: look anything up; say that a pointer is missing (RFC 5280 wants none).
Read first: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Severity
from devicetrust.rules.rule import Role, rule
from devicetrust.x509 import oids
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralName, GeneralNameType, is_valid_uri
from devicetrust.x509.reasons import ALL_REASONS

__all__ = [
    "access_locations_usable",
    "crl_covers_all_reasons",
    "crl_issuer_only_where_another",
    "distribution_point_by_whole_name",
    "distribution_point_on_the_web",
    "ldap_pointers_complete",
    "pointers_without_tls",
    "should_not_be_critical",
]

_EVERYWHERE: Final = (Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR)
_EXTENSIONS: Final = "tbsCertificate.extensions"
_POINTS: Final = f"{_EXTENSIONS}.cRLDistributionPoints"
_ACCESS: Final = f"{_EXTENSIONS}.authorityInfoAccess"
_REISSUE: Final = "have the certificate issued again with a URL that starts with http:"

REASONS_LEFT: Final = Code(
    "rfc5280.crl_covers_all_reasons",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.13"),
    rank=590,
    what="every CRL that the certificate points to covers some reasons of revocation only",
    why="A certificate that was revoked for another reason would be taken for good.",
    remedy="have the certificate issued again with a CRL that covers all reasons among its distribution points",
)
ISSUER_REPEATED: Final = Code(
    "rfc5280.crl_issuer_only_where_another",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.13"),
    rank=589,
    what="a distribution point names the certificate's own issuer as the issuer of the CRL",
    why="Software takes a CRL with such a name for an indirect one, and looks for entries that the CA's own CRL lacks.",
    remedy="have the certificate issued again without cRLIssuer",
)
RELATIVE_NAME: Final = Code(
    "rfc5280.distribution_point_by_whole_name",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.13"),
    rank=543,
    what="a distribution point is named relative to the issuer of the CRL",
    why="Hardly any software has the directory that such a name is looked up in.",
    remedy=_REISSUE,
)
NOT_ON_THE_WEB: Final = Code(
    "rfc5280.distribution_point_on_the_web",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.13"),
    rank=542,
    what="a distribution point of {extension} has no URL that starts with http: or ldap:",
    why="Hardly any software can fetch a CRL in another way, so the certificate's status stays unknown.",
    remedy=_REISSUE,
)
LDAP_INCOMPLETE: Final = Code(
    "rfc5280.ldap_pointers_complete",
    Severity.ERROR,
    Citation("RFC 5280", "4.2.1.13, 4.2.2.1"),
    rank=588,
    what="the LDAP URL {url} lacks {missing}",
    why="Without it no directory can tell which entry, or which part of it, is meant.",
    remedy="have the certificate issued again with a whole LDAP URL, or better with one that starts with http:",
)
LOCATION_UNUSABLE: Final = Code(
    "rfc5280.access_locations_usable",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.2.1"),
    rank=541,
    what="the location {location} for {method} in authorityInfoAccess is neither a URL nor a directory name",
    why="Software cannot fetch anything from there.",
    remedy=_REISSUE,
)
OVER_TLS: Final = Code(
    "rfc5280.pointers_without_tls",
    Severity.WARNING,
    Citation("RFC 5280", "8"),
    rank=553,
    what="the pointer {url} needs TLS",
    why="To check one certificate another would have to be checked, which may need the first: such a check never ends.",
    remedy="have the certificate issued again with a URL that starts with http:; what is fetched is signed itself",
)
SHOULD_NOT_BE_CRITICAL: Final = Code(
    "rfc5280.should_not_be_critical",
    Severity.WARNING,
    Citation("RFC 5280", "4.2.1.7, 4.2.1.13"),
    rank=552,
    what="the extension {extension} is critical; the standard advises against it",
    why="Software that does not know the extension refuses the certificate without need.",
    remedy="have the certificate issued again with the extension non-critical",
)


def _has_points(certificate: Certificate) -> bool:
    return not certificate.extensions.has_none_of(_POINTING)


def _has_pointers(certificate: Certificate) -> bool:
    return not certificate.extensions.has_none_of(_ALL_POINTERS)


def _has_access(certificate: Certificate) -> bool:
    return certificate.extensions.value(oids.AUTHORITY_INFORMATION_ACCESS) is not None


@rule(REASONS_LEFT, *_EVERYWHERE, concerns=_has_points)
def crl_covers_all_reasons(certificate: Certificate, index: int) -> Iterable[Finding]:
    """One at least of the CRLs pointed to covers all reasons: the point names none, or every one of them."""
    points = certificate.extensions.crl_distribution_points
    if points and _ALL_REASONS.isdisjoint([point.reasons for point in points]):
        return (REASONS_LEFT.at(index, _POINTS),)
    return ()


@rule(ISSUER_REPEATED, *_EVERYWHERE, concerns=_has_points)
def crl_issuer_only_where_another(certificate: Certificate, index: int) -> Iterable[Finding]:
    """A cRLIssuer is another than the issuer of the certificate."""
    return [
        ISSUER_REPEATED.at(index, f"{_POINTS}[{position}]")
        for position, point in enumerate(certificate.extensions.crl_distribution_points)
        if certificate.issuer in point.crl_issuers
    ]


@rule(RELATIVE_NAME, *_EVERYWHERE, concerns=_has_points)
def distribution_point_by_whole_name(certificate: Certificate, index: int) -> Iterable[Finding]:
    """No distribution point is named relative to the issuer of the CRL."""
    return [
        RELATIVE_NAME.at(index, f"{_POINTS}[{position}]")
        for position, point in enumerate(certificate.extensions.crl_distribution_points)
        if point.relative_name is not None
    ]


@rule(NOT_ON_THE_WEB, *_EVERYWHERE, concerns=_has_points)
def distribution_point_on_the_web(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each distribution point that has whole names has an LDAP or HTTP URL among them."""
    extensions = certificate.extensions
    return [
        NOT_ON_THE_WEB.at(index, f"{_EXTENSIONS}.{name}[{position}]", extension=name)
        for name, points in (
            ("cRLDistributionPoints", extensions.crl_distribution_points),
            ("freshestCRL", extensions.freshest_crl),
        )
        for position, point in enumerate(points)
        if point.names and True not in [str(one.value).lower().startswith(_FETCHED) for one in point.names]
    ]


@rule(LDAP_INCOMPLETE, *_EVERYWHERE, concerns=_has_pointers)
def ldap_pointers_complete(certificate: Certificate, index: int) -> Iterable[Finding]:
    """An LDAP URL has a distinguished name and the attribute that is meant."""
    found: list[Finding] = []
    for field, scheme, url in certificate.extensions.pointers:
        if scheme != "ldap":
            continue
        path, *query = url.partition("//")[2].partition("?")
        if not path.partition("/")[2]:
            missing = "the name of an entry"
        elif not query[1].partition("?")[0]:
            missing = "the attribute of the entry"
        else:
            continue
        found.append(LDAP_INCOMPLETE.at(index, f"{_EXTENSIONS}.{field}", url=url, missing=missing))
    return found


@rule(LOCATION_UNUSABLE, *_EVERYWHERE, concerns=_has_access)
def access_locations_usable(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Each id-ad-ocsp and id-ad-caIssuers has an absolute URL; that of the issuers may be a directory name."""
    found: list[Finding] = []
    for oid, location in certificate.extensions.access_descriptions:
        method = _METHODS.get(oid)
        if method is not None and not _is_usable(location, method):
            found.append(LOCATION_UNUSABLE.at(index, _ACCESS, location=str(location), method=method))
    return found


@rule(OVER_TLS, *_EVERYWHERE, concerns=_has_pointers)
def pointers_without_tls(certificate: Certificate, index: int) -> Iterable[Finding]:
    """No pointer is a URL that starts with https: or ldaps:."""
    return [
        OVER_TLS.at(index, f"{_EXTENSIONS}.{field}", url=url)
        for field, scheme, url in certificate.extensions.pointers
        if scheme in ("https", "ldaps")
    ]


@rule(SHOULD_NOT_BE_CRITICAL, *_EVERYWHERE)
def should_not_be_critical(certificate: Certificate, index: int) -> Iterable[Finding]:
    """issuerAltName and cRLDistributionPoints are non-critical."""
    critical = certificate.extensions.critical
    if critical.isdisjoint(_BETTER_NOT_CRITICAL):
        return ()
    names = sorted(_BETTER_NOT_CRITICAL[oid] for oid in critical & _BETTER_NOT_CRITICAL.keys())
    return [SHOULD_NOT_BE_CRITICAL.at(index, f"{_EXTENSIONS}.{name}", extension=name) for name in names]


_BETTER_NOT_CRITICAL: Final = {"2.5.29.18": "issuerAltName", oids.CRL_DISTRIBUTION_POINTS: "cRLDistributionPoints"}
# As a distribution point says that its CRL covers all reasons.
_ALL_REASONS: Final = frozenset({None, ALL_REASONS})
_POINTING: Final = frozenset({oids.CRL_DISTRIBUTION_POINTS, oids.FRESHEST_CRL})
_ALL_POINTERS: Final = _POINTING | {oids.AUTHORITY_INFORMATION_ACCESS}
_FETCHED: Final = ("http:", "https:", "ldap:", "ldaps:")
_METHODS: Final = {"1.3.6.1.5.5.7.48.1": "id-ad-ocsp", "1.3.6.1.5.5.7.48.2": "id-ad-caIssuers"}


def _is_usable(location: GeneralName, method: str) -> bool:
    if location.type is GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER:
        url = str(location.value)
        return url.lower().startswith("ldap:") or is_valid_uri(url)
    return location.type is GeneralNameType.DIRECTORY_NAME and method == "id-ad-caIssuers"
