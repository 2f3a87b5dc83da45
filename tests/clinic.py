"""A hospital's CA as the fetch tests need it: its devices name any sources of status, and it fills them.

Makes: `Clinic`, and readers of what is asked.
May import: devicetrust, cryptography for reading, pki.
Must never: read the clock or draw at random.
Read first: `Clinic`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography.x509 import ocsp

from devicetrust import Certificate, RevocationPolicy, Verifier, profiles
from devicetrust.revocation.policy import RevocationDepth
from devicetrust.testing import Authority, CRLDraft, Hospital, ResponseDraft, der, extensions, publishing, status_drafts
from devicetrust.testing.authority import marked_name
from devicetrust.testing.keys import Key
from pki import key

NOW = datetime(2026, 12, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CRL_URL = "http://crl.clinic.example/issuing.crl"
OTHER_CRL_URL = "http://crl2.clinic.example/issuing.crl"
OCSP_URL = "http://ocsp.clinic.example"
ISSUER_URL = "http://crl.clinic.example/issuing.cer"
_TERM = NOW - 365 * DAY, NOW + 1460 * DAY
STRANGER = key("p256", 77)
"""A key that vouches for nothing."""


class Clinic:
    """The operator of hospital ``number``, and its devices. All is valid from a year before `NOW` to four years after.

    ``chain`` is what a device presents beside its own certificate: that of the CA, which names no source of status.
    """

    def __init__(self, *, number: int = 0) -> None:
        self.hospital = Hospital(number, at=NOW, domain="clinic.example")
        self.ca = self.hospital.operator
        vouched = self.hospital.new_root.certifies(self.ca, *_TERM)
        pointless = vouched.without(extensions.CRL_DISTRIBUTION_POINTS, extensions.ACCESS)
        self.chain = [pointless.sealed(self.hospital.new_root.key)]
        self._count = 0

    def device(
        self,
        *,
        crls: Iterable[str] = (CRL_URL,),
        ocsp_urls: Iterable[str] = (),
        issuers: Iterable[str] = (),
        deltas: Iterable[str] = (),
    ) -> Certificate:
        """A device whose certificate names these sources; each of ``crls`` is an alternative of one point."""
        self._count += 1
        draft = self.ca.issues(
            marked_name(f"pump-{self._count}"),
            key("p256", 9),
            *_TERM,
            purposes=(extensions.CLIENT_AUTH,),
            names=(der.dns(f"pump-{self._count}.clinic.example"),),
        )
        draft = draft.without(extensions.CRL_DISTRIBUTION_POINTS, extensions.ACCESS)
        sources = [extensions.crl_at(*crls)] if crls else []
        sources += [extensions.freshest_crl(url) for url in deltas]
        if ocsp_urls or issuers:
            sources.append(extensions.access_at(ocsp=ocsp_urls, issuers=issuers))
        return Certificate(draft.including(*sources).sealed(self.ca.key))

    def crl(
        self,
        at: datetime,
        *,
        lasting: timedelta = DAY,
        revoked: Iterable[Certificate] = (),
        number: int | None = None,
        by: Authority | None = None,
        signer: Key | None = None,
        delta_of: int | None = None,
        only_authorities: bool = False,
        strange: bool = False,
    ) -> bytes:
        """The DER of the CRL of the CA, or of ``by``, of this moment, numbered by its second unless told otherwise."""
        issuer = by or self.ca
        stated = [
            extensions.authority_key_identifier(issuer.key.identifier),
            extensions.crl_number(int(at.timestamp()) if number is None else number),
        ]
        if delta_of is not None:
            stated.append(extensions.Extension(extensions.DELTA_CRL_INDICATOR, True, der.integer(delta_of)))
        if strange:
            stated.append(extensions.Extension(extensions.UNKNOWN, True, der.NULL))
        if only_authorities:
            stated.append(extensions.issuing_distribution_point(der.tlv(0x82, b"\xff")))
        entries = [status_drafts.entry(one.serial_number, revoked=at) for one in revoked]
        begin, end = der.validity_time(at), der.validity_time(at + lasting)
        return CRLDraft(issuer.subject, begin, end, entries or None, tuple(stated)).sealed(signer or issuer.key)

    def answer(
        self,
        device: Certificate,
        at: datetime,
        *,
        lasting: timedelta = DAY,
        revoked: bool = False,
        digest: str = status_drafts.SHA_256,
        nonce: bytes | None = None,
    ) -> bytes:
        """The DER of an OCSP response about ``device``, by the CA itself; ``digest`` is the CertID's."""
        single = status_drafts.single_response(
            status_drafts.certificate_id(device.serial_number, self.ca.subject, self.ca.key, digest),
            status_drafts.revoked(at) if revoked else status_drafts.GOOD,
            this_update=at,
            next_update=at + lasting,
        )
        sent = () if nonce is None else (extensions.ocsp_nonce(nonce),)
        responder = status_drafts.by_key(self.ca.key.identifier)
        return ResponseDraft(responder, (single,), der.generalized_time(at), sent).sealed(self.ca.key)

    def verifier(self, policy: RevocationPolicy = RevocationPolicy.REQUIRED) -> Verifier:
        """One that trusts the hospital, and asks for the status of the leaf."""
        depth = policy.evolve(depth=RevocationDepth.LEAF, name=policy.name)
        return Verifier(self.hospital.trust_store(), profile=profiles.tls_client.evolve(revocation=depth))


unauthorized = publishing.unauthorized
"""The error by which a responder says that it does not know the issuer."""


def asked(body: bytes) -> ocsp.OCSPRequest:
    """The OCSP request in these bytes, as cryptography reads it."""
    return ocsp.load_der_ocsp_request(body)
