"""A whole hospital's PKI for tests: roots, CAs, devices, and what is published of their status.

Makes: `Hospital`.
May import: everything below, the clock where ``at`` is not given.
Must never: draw at random; keep a key secret.
Read first: `Hospital`.
"""

from __future__ import annotations

import enum
import hashlib
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence
from devicetrust.profiles import Profile, tls_client
from devicetrust.testing import der, founding, publishing
from devicetrust.testing.authority import Authority, Issue, Revocation, marked_name
from devicetrust.testing.changes import CERTIFICATE_CHANGES, Scene
from devicetrust.testing.device import Device, serial_of
from devicetrust.testing.faults import Fault, Part
from devicetrust.testing.keys import KeyAlgorithm, KeyPool
from devicetrust.testing.kinds import DeviceKind, DevID
from devicetrust.trust.store import TrustStore
from devicetrust.verdict import Verdict
from devicetrust.verifier import Verifier
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.general_names import is_valid_dns_name
from devicetrust.x509.ocsp import OCSPResponse
from devicetrust.x509.reasons import RevocationReason

if TYPE_CHECKING:
    from devicetrust.testing.responders import Question

__all__ = ["Hospital"]

_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365)
_OF_DIGESTS: Final = (Fault.SHA1_SIGNATURE, Fault.CA_SHA1_SIGNATURE)
_WITHOUT_END: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # RFC 5280 4.1.2.5
_EARLIEST: Final = datetime(1970 + 12, 1, 1, tzinfo=UTC)  # the old root is twelve years older, and CRLs count seconds
_LATEST: Final = datetime(9980, 1, 1, tzinfo=UTC)  # and the new one lasts for eighteen
_LONGEST_COMMON_NAME: Final = 64  # characters, RFC 5280 A.1 (ub-common-name)
_HARDWARE_MODULE_NAME: Final = "1.3.6.1.5.5.7.8.4"  # RFC 4108 5
_MODEL: Final = "2.25.185090549828462548382708083692311609480.2"


class Hospital:
    """A PKI: two generations of roots that vouch for each other, the CAs of manufacturer and operator, devices.

    The same ``seed`` and ``at`` give the same keys and the same contents, in every process; but for ML-DSA, the same
    bytes. Everything is valid at ``at`` (aware, in whole seconds; None: now) and for months around it, unless its
    faults say otherwise. ``algorithm`` is that of the CAs' keys and of devices that ask for no other. ``status_url`` is
    where certificates say that their status is published.

    **Its keys are public.** Every certificate bears a mark, in its name and as a policy, and devicetrust refuses what
    bears it, except under `trust_store` and `TrustStore.for_tests`. Never trust its roots outside of tests.

    Not thread-safe: it remembers what it issued and revoked.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        at: datetime | None = None,
        algorithm: KeyAlgorithm = KeyAlgorithm.P256,
        domain: str = "hospital.example",
        status_url: str = "http://status.hospital.example",
    ) -> None:
        if not is_valid_dns_name(domain):
            raise MisuseError(f"a hospital's domain is a DNS name, such as hospital.example, not {domain!r}")
        _member(algorithm, KeyAlgorithm, "algorithm")
        self.seed: Final = seed
        self.at: Final = _whole_second(datetime.now(UTC) if at is None else at)
        if not _EARLIEST <= self.at <= _LATEST:
            raise MisuseError(f"a hospital's moment lies between {_EARLIEST.year} and {_LATEST.year}, not at {self.at}")
        self.algorithm: Final = algorithm
        self.domain: Final = domain
        self._pool: Final = KeyPool(seed)
        self._ground: Final = founding.Ground(self.at, self._pool, algorithm, domain, status_url.rstrip("/"))
        self._faulty: Final[dict[tuple[DevID, frozenset[Fault]], Authority]] = {}
        self._term: Final = founding.Term(self.at - _YEAR, self.at + 5 * _YEAR)
        overlap = founding.Term(self.at - 2 * _YEAR, self.at + 2 * _YEAR)
        self.new_root: Final = founding.root(self._ground, "Root", founding.Term(overlap.begin, self.at + 18 * _YEAR))
        self.old_root: Final = founding.root(self._ground, "Old Root", founding.Term(self.at - 12 * _YEAR, overlap.end))
        self.cross_certificates: Final = (
            founding.cross_certificate(self.old_root, self.new_root, overlap),
            founding.cross_certificate(self.new_root, self.old_root, overlap),
        )
        """The new root issued by the old one, and the old one issued by the new one."""
        self.manufacturer: Final = founding.issuing(self._ground, "Manufacturer CA", self._term, self.new_root)
        self.operator: Final = founding.issuing(self._ground, "Operator CA", self._term, self.new_root)

    # What there is

    @property
    def _roots(self) -> tuple[Authority, Authority]:
        return self.new_root, self.old_root

    @property
    def roots(self) -> tuple[Certificate, Certificate]:
        """The new root's certificate and the old one's."""
        return self.new_root.certificate, self.old_root.certificate

    @property
    def issuing_cas(self) -> tuple[Certificate, Certificate]:
        """The certificates of the manufacturer's CA and the operator's."""
        return self.manufacturer.certificate, self.operator.certificate

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """Every CA, roots first; those made for faults last."""
        return self.new_root, self.old_root, self.manufacturer, self.operator, *self._faulty.values()

    @property
    def roots_pem(self) -> bytes:
        """Both roots, as servers read them from a file."""
        return b"".join(der.pem("CERTIFICATE", root.der) for root in self.roots)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault that can be issued here: all, but for SHA-1 where Ed25519 or ML-DSA keys sign."""
        return tuple(one for one in Fault if self.operator.key.has_digest or one not in _OF_DIGESTS)

    def trust_store(self) -> TrustStore:
        """Both roots, in a store that admits what is made for tests."""
        return TrustStore.for_tests(self.roots)

    # Devices

    def device(
        self,
        name: str,
        kind: DeviceKind | str = DeviceKind.INFUSION_PUMP,
        *,
        faults: Iterable[Fault] = (),
        identity: DevID = DevID.LDEVID,
        algorithm: KeyAlgorithm | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Device:
        """A device of this name, with a certificate of the operator (LDevID) or the manufacturer (IDevID).

        ``name`` is a DNS label; the device's host name is ``name`` under the hospital's domain. Without dates the
        certificate is valid from a month ago for a year, an IDevID without end. Several faults go together; where two
        exclude each other, one of them is made. Raises `MisuseError` for a name, kind or combination that cannot be.
        """
        found = _faults(faults)
        _member(identity, DevID, "identity")
        _member(self.algorithm if algorithm is None else algorithm, KeyAlgorithm, "algorithm")
        host = f"{name}.{self.domain}"
        if not isinstance(name, str) or not is_valid_dns_name(host):
            raise MisuseError(f"a device's name is a DNS label, such as pump-1, not {name!r}")
        kind = _kind(kind)
        begin = self.at - 30 * _DAY if not_before is None else _whole_second(not_before)
        natural_end = _WITHOUT_END if identity is DevID.IDEVID else self.at + _YEAR
        end = natural_end if not_after is None else _whole_second(not_after)
        issuer = self._issuer(identity, frozenset(one for one in found if one.part is not Part.CERTIFICATE))
        key = self._pool.key(algorithm or self.algorithm, f"{name}/{identity.name}")
        draft = issuer.issues(
            marked_name(host if len(host) <= _LONGEST_COMMON_NAME else name, serial_number=serial_of(name)),
            key,
            begin,
            end,
            purposes=kind.purposes,
            names=(der.dns(host), *self._further_names(name, kind, identity)),
            distinction=" ".join(sorted(fault.value for fault in found)),
        )
        issue = Issue(draft, issuer.key, key, issuer.chain)
        scene = Scene(issuer, self.at, self._pool, self.domain)
        for fault, change in CERTIFICATE_CHANGES.items():
            if fault in found:
                issue = change(issue, scene)
        chain = (issue.sealed(), *issue.above)
        device = Device(name, kind, host, chain, issue.holder.private_key, issuer, issue.draft.serial_number, found)
        if Fault.REVOKED in found:
            self.revoke(device)
        if Fault.ON_HOLD in found:
            self.revoke(device, reason=RevocationReason.CERTIFICATE_HOLD)
        return device

    def revoke(
        self,
        device: Device,
        *,
        at: datetime | None = None,
        reason: RevocationReason = RevocationReason.KEY_COMPROMISE,
    ) -> None:
        """Revoke the device's certificate as of ``at`` (None: the hospital's moment), RFC 5280 5.3.1.

        It shows in the CRLs and OCSP responses for that moment and later ones.
        """
        if not isinstance(device, Device) or all(device.issuer is not one for one in self.authorities):
            raise MisuseError(f"a hospital revokes the devices that it issued; {device!r} is none of them")
        _member(reason, RevocationReason, "reason")
        moment = self.at if at is None else _whole_second(at)
        device.issuer.revocations[device.serial_number] = Revocation(moment, reason)

    # Their status

    def crls(self, at: datetime | None = None) -> list[CertificateRevocationList]:
        """The CRL of every authority that publishes one, as of ``at`` (None: the hospital's moment).

        Those of authorities with faults too, once a device of theirs was issued.
        """
        moment = self._moment(at)
        made = [publishing.crl(authority, moment, self._pool) for authority in self.authorities]
        return [crl for crl in made if crl is not None]

    def crls_pem(self, at: datetime | None = None) -> bytes:
        """`crls`, as servers read them from a file."""
        return b"".join(der.pem("X509 CRL", crl.der) for crl in self.crls(at))

    def ocsp(
        self, certificate: Device | CertificateLike, at: datetime | None = None, *, nonce: bytes | None = None
    ) -> OCSPResponse:
        """What the issuer's responder answers about a certificate, as of ``at``; ``nonce`` is what was sent along.

        An issuer that has no responder, or is none of this hospital's, is answered for as ``unauthorized``.
        """
        if isinstance(certificate, Device):
            issuer, serial_number = certificate.issuer, certificate.serial_number
        else:
            view = as_certificate(certificate)
            serial_number = view.serial_number
            named = [one for one in self.authorities if one.subject == view.issuer.der]
            if not named:
                return OCSPResponse(publishing.unauthorized(), nonce=nonce)
            issuer = named[0]
        return publishing.response(issuer, serial_number, self._moment(at), self._pool, nonce=nonce)

    @property
    def documents(self) -> dict[str, Callable[[datetime], bytes]]:
        """What makes each CRL that is published, by the path of its URL: for a `RevocationServer` at ``status_url``.

        Ask once the devices are there: a fault of what is published has a CRL of its own.
        """
        published = [one for one in self.authorities if publishing.crl(one, self.at, self._pool) is not None]
        return {urlsplit(one.source.crl).path: partial(self._crl_octets, one) for one in published}

    def answer(self, question: Question) -> bytes:
        """The DER of the answer to a question, RFC 6960: for a `RevocationServer`, as its ``ocsp``.

        An issuer that has no responder, or is none of this hospital's, is answered for as ``unauthorized``.
        """
        return publishing.answer(self.authorities, question, self._pool)

    def _crl_octets(self, authority: Authority, at: datetime) -> bytes:
        crl = publishing.crl(authority, _whole_second(at), self._pool)
        return b"" if crl is None else crl.der

    def evidence(self, device: Device, at: datetime | None = None) -> Evidence:
        """All that is published of the status of the device's certificate and its CAs, as of ``at``."""
        named = {one.issuer.der for one in device.chain if one.unreadable is None}
        asked = [one for one in self.authorities if one in (device.issuer, *self._roots) or one.subject in named]
        made = [publishing.crl(one, self._moment(at), self._pool) for one in asked]
        nonce = hashlib.sha256(f"{self.seed}/{device.name}".encode()).digest()
        answers = [self.ocsp(device, at, nonce=nonce)] if device.issuer.source.ocsp else []
        return Evidence(crls=[crl for crl in made if crl is not None], ocsp=answers)

    def verify(self, device: Device, at: datetime | None = None, *, profile: Profile = tls_client) -> Verdict:
        """What devicetrust says of the device: by its `Device.reference`, with all `evidence`."""
        verifier = Verifier(self.trust_store(), profile=profile)
        return verifier.verify(
            device.certificate,
            device.chain[1:],
            reference=device.reference,
            evidence=self.evidence(device, at),
            at=self._moment(at),
        )

    def __repr__(self) -> str:
        return f"<Hospital {self.seed} at {self.at:%Y-%m-%dT%H:%M:%SZ}, {self.algorithm.value}>"

    def _moment(self, at: datetime | None) -> datetime:
        return self.at if at is None else _whole_second(at)

    def _issuer(self, identity: DevID, faults: frozenset[Fault]) -> Authority:
        """The CA that has these faults; the good one where there are none."""
        good = self.manufacturer if identity is DevID.IDEVID else self.operator
        if not faults:
            return good
        known = self._faulty.get((identity, faults))
        if known is None:
            wrong = " ".join(sorted(fault.value.replace("_", " ") for fault in faults))
            title = f"{good.title}, {wrong}"
            if len(title) > _LONGEST_COMMON_NAME:
                title = f"{good.title}, {len(faults)} faults {hashlib.sha256(wrong.encode()).hexdigest()[:16]}"
            known = founding.issuing(self._ground, title, self._term, self.new_root, good, faults)
            self._faulty[identity, faults] = known
        return known

    def _further_names(self, name: str, kind: DeviceKind, identity: DevID) -> list[bytes]:
        """What names the device beside its host name: an IDevID's hardware module, an SDC participant's address."""
        if identity is DevID.IDEVID:  # IEEE 802.1AR 8.10.4 (at second hand), RFC 4108 5
            serial = der.octet_string(serial_of(name).encode())
            return [der.other_name(_HARDWARE_MODULE_NAME, der.sequence(der.object_identifier(_MODEL), serial))]
        if kind in (DeviceKind.SDC_PROVIDER, DeviceKind.SDC_CONSUMER):
            return [der.uri(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{self.domain}").urn)]
        return []


def _whole_second(moment: datetime) -> datetime:
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise MisuseError("a moment is an aware datetime: datetime(..., tzinfo=UTC)")
    return moment.astimezone(UTC).replace(microsecond=0)


def _faults(given: Iterable[Fault]) -> frozenset[Fault]:
    if isinstance(given, str | Fault) or not isinstance(given, Iterable):
        raise MisuseError(f"faults is a list of members of testing.Fault, such as [Fault.EXPIRED], not {given!r}")
    listed = list(given)
    for one in listed:
        _member(one, Fault, "each of faults")
    return frozenset(listed)


def _member(given: object, kind: type[enum.Enum], what: str) -> None:
    if not isinstance(given, kind):
        raise MisuseError(f"{what} is a member of {kind.__name__}, such as {next(iter(kind))}, not {given!r}")


def _kind(given: DeviceKind | str) -> DeviceKind:
    try:
        return DeviceKind(given)
    except ValueError:
        raise MisuseError(f"{given!r} is none of {', '.join(kind.value for kind in DeviceKind)}") from None
