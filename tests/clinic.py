"""A hospital's PKI that publishes its status: CRLs and OCSP responses for any moment, signed on demand.

Makes: `Clinic`, `Device`.
May import: devicetrust, cryptography.
Must never: read the clock or draw at random, but for serial numbers and keys.
Read first: `Clinic`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from devicetrust import Certificate, RevocationPolicy, TrustStore, Verifier, profiles
from devicetrust.revocation.policy import RevocationDepth

NOW = datetime(2026, 12, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CRL_URL = "http://crl.clinic.example/issuing.crl"
OTHER_CRL_URL = "http://crl2.clinic.example/issuing.crl"
OCSP_URL = "http://ocsp.clinic.example"
ISSUER_URL = "http://crl.clinic.example/issuing.cer"


@lru_cache(maxsize=16)
def key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(1000 + number, ec.SECP256R1())


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Device(NamedTuple):
    certificate: x509.Certificate
    view: Certificate


class Clinic:
    """A root, one issuing CA, and devices of it. Everything is valid from a year before `NOW` to four years after."""

    def __init__(self, *, number: int = 0) -> None:
        self.root_key, self.ca_key = key(10 * number), key(10 * number + 1)
        self.root = self._issue(
            name(f"Clinic Root {number}"), self.root_key, name(f"Clinic Root {number}"), self.root_key
        )
        self.ca = self._issue(name(f"Clinic CA {number}"), self.ca_key, self.root.subject, self.root_key)
        self._serial = 1000

    def device(
        self,
        *,
        crls: Iterable[str] = (CRL_URL,),
        ocsp_urls: Iterable[str] = (),
        issuers: Iterable[str] = (),
        deltas: Iterable[str] = (),
    ) -> Device:
        """A device whose certificate names these sources; each of ``crls`` is an alternative of one point."""
        self._serial += 1
        extensions: list[x509.ExtensionType] = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]
        extensions.append(x509.SubjectAlternativeName([x509.DNSName(f"device-{self._serial}.clinic.example")]))
        if crls:
            extensions.append(x509.CRLDistributionPoints([_point(crls)]))
        if deltas:
            extensions.append(x509.FreshestCRL([_point(deltas)]))
        access = [(AuthorityInformationAccessOID.OCSP, url) for url in ocsp_urls]
        access += [(AuthorityInformationAccessOID.CA_ISSUERS, url) for url in issuers]
        if access:
            extensions.append(
                x509.AuthorityInformationAccess(
                    [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in access]
                )
            )
        subject = name(f"pump-{self._serial}")
        made = self._issue(subject, key(9), self.ca.subject, self.ca_key, self._serial, extensions)
        return Device(made, Certificate(made.public_bytes(Encoding.DER)))

    def crl(
        self,
        at: datetime,
        *,
        lasting: timedelta = DAY,
        revoked: Iterable[Device] = (),
        number: int | None = None,
        signer: ec.EllipticCurvePrivateKey | None = None,
        delta_of: int | None = None,
        only_authorities: bool = False,
        strange: bool = False,
    ) -> bytes:
        """The DER of the issuing CA's CRL of this moment, numbered by its second unless told otherwise."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.ca.subject)
        builder = builder.last_update(at).next_update(at + lasting)
        stated = int(at.timestamp()) if number is None else number
        builder = builder.add_extension(x509.CRLNumber(stated), critical=False)
        if delta_of is not None:
            builder = builder.add_extension(x509.DeltaCRLIndicator(delta_of), critical=True)
        if strange:
            oid = x509.ObjectIdentifier("1.3.6.1.4.1.55555.1")
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, b"\x05\x00"), critical=True)
        if only_authorities:
            builder = builder.add_extension(_only_authorities(), critical=True)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()), critical=False
        )
        for device in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(device.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(at).build())
        return builder.sign(signer or self.ca_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer(
        self,
        device: Device,
        at: datetime,
        *,
        lasting: timedelta = DAY,
        revoked: bool = False,
        algorithm: hashes.HashAlgorithm | None = None,
        nonce: bytes | None = None,
    ) -> bytes:
        """The DER of an OCSP response about ``device``, by the issuing CA itself."""
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=device.certificate,
            issuer=self.ca,
            algorithm=algorithm or hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=at,
            next_update=at + lasting,
            revocation_time=at if revoked else None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.ca)
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.sign(self.ca_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def server(self, host: str) -> tuple[bytes, str]:
        """The PEM of a server's key and chain for this name, and the PEM of the root."""
        self._serial += 1
        purposes: list[x509.ExtensionType] = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])]
        purposes.append(x509.SubjectAlternativeName([x509.DNSName(host)]))
        made = self._issue(name(host), key(8), self.ca.subject, self.ca_key, self._serial, purposes)
        secret = key(8).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = secret + made.public_bytes(Encoding.PEM) + self.ca.public_bytes(Encoding.PEM)
        return chain, self.root.public_bytes(Encoding.PEM).decode("ascii")

    @property
    def chain(self) -> list[bytes]:
        """What a device presents beside its own certificate."""
        return [self.ca.public_bytes(Encoding.DER)]

    def verifier(self, policy: RevocationPolicy = RevocationPolicy.REQUIRED) -> Verifier:
        """One that trusts the root, and asks for the status of the leaf."""
        depth = policy.evolve(depth=RevocationDepth.LEAF, name=policy.name)
        profile = profiles.tls_client.evolve(revocation=depth)
        return Verifier(TrustStore([self.root.public_bytes(Encoding.DER)]), profile=profile)

    def _issue(
        self,
        subject: x509.Name,
        subject_key: ec.EllipticCurvePrivateKey,
        issuer: x509.Name,
        issuer_key: ec.EllipticCurvePrivateKey,
        serial: int = 1,
        extensions: Iterable[x509.ExtensionType] = (),
    ) -> x509.Certificate:
        is_ca = not extensions
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).serial_number(serial)
        builder = builder.not_valid_before(NOW - 365 * DAY).not_valid_after(NOW + 1460 * DAY)
        builder = builder.public_key(subject_key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        builder = builder.add_extension(_usage(is_ca), critical=True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key()), critical=False
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(issuer_key, hashes.SHA256())


def unauthorized() -> bytes:
    """The DER of the error by which a responder says that it does not know the issuer, RFC 6960 2.3."""
    made = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    return made.public_bytes(Encoding.DER)


def asked(body: bytes) -> ocsp.OCSPRequest:
    """The OCSP request in these bytes."""
    return ocsp.load_der_ocsp_request(body)


def _point(urls: Iterable[str]) -> x509.DistributionPoint:
    names = [x509.UniformResourceIdentifier(url) for url in urls]
    return x509.DistributionPoint(full_name=names, relative_name=None, reasons=None, crl_issuer=None)


def _only_authorities() -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=True,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def _usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
