"""What an `ssl.SSLContext` is told of a credential and of a trust store.

Makes: `load_credential`, `load_trust`.
May import: errors, trust, x509; credential; ``ssl``, files.
Must never: leave a private key on a disk in the clear.
Read first: `load_trust`.

`ssl` takes keys from files only. On Linux the file is in memory and has no name; elsewhere it is encrypted under a
password that nobody keeps.
"""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
from pathlib import Path
from typing import Final

from devicetrust.errors import MisuseError
from devicetrust.tls.credential import Credential, private_key_pem
from devicetrust.verifier import Verifier
from devicetrust.x509.certificate import Certificate

__all__ = ["WITHOUT_CERTIFICATE", "load_credential", "load_trust"]

WITHOUT_CERTIFICATE: Final = (
    "the anchor {subject} is a name and a key without a certificate, which OpenSSL cannot be told of: peers below it "
    "are refused before their turn; make it with TrustAnchor.from_certificate"
)


def load_credential(context: ssl.SSLContext, credential: Credential) -> None:
    """Have ``context`` present this chain; raises `MisuseError` for what its OpenSSL cannot use."""
    chain = "".join(ssl.DER_cert_to_PEM_cert(one.der) for one in credential.chain).encode()
    try:
        if hasattr(os, "memfd_create"):
            _from_memory(context, chain + private_key_pem(credential))
        else:
            _from_encrypted_file(context, chain, credential)
    except ssl.SSLError as problem:
        raise MisuseError(
            f"{ssl.OPENSSL_VERSION}, with which Python's ssl is linked, cannot use the credential of "
            f"{credential.certificate.subject}: {problem}"
        ) from problem


def load_trust(context: ssl.SSLContext, verifier: Verifier) -> list[str]:
    """Have the OpenSSL of ``context`` let through to us whomever the verifier could trust; what it cannot be told of.

    It takes each certificate given here for an anchor, also where that is not self-signed (partial chains): the
    anchors', pinned ones, and the intermediates at hand, without which a peer that leaves them out would be refused
    before its turn. So it admits more than the verifier, whose word comes after and is the last; and it knows nothing
    of constraints of anchors, of revocation or of waivers. Raises `MisuseError` where nothing is left to trust.
    """
    trust = verifier.trust
    told = [anchor.certificate for anchor in trust.anchors if anchor.certificate is not None]
    lacking = [
        WITHOUT_CERTIFICATE.format(subject=anchor.subject) for anchor in trust.anchors if anchor.certificate is None
    ]
    for certificate in (*told, *trust.pinned, *verifier.intermediates):
        if certificate.unreadable is None and not _understands(context, certificate):
            lacking.append(f"{ssl.OPENSSL_VERSION} cannot read the certificate of {certificate.subject}")
    if not context.cert_store_stats()["x509"]:
        raise MisuseError(f"OpenSSL can be told of none whom the verifier trusts: {'; '.join(lacking)}")
    return lacking


def _understands(context: ssl.SSLContext, certificate: Certificate) -> bool:
    try:
        context.load_verify_locations(cadata=certificate.der)
    except ssl.SSLError:
        return False
    return True


def _from_memory(context: ssl.SSLContext, pem: bytes) -> None:
    file = os.memfd_create("credential", os.MFD_CLOEXEC)
    try:
        os.write(file, pem)
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)


def _from_encrypted_file(context: ssl.SSLContext, chain: bytes, credential: Credential) -> None:
    password = secrets.token_bytes(32).hex().encode()
    with tempfile.TemporaryDirectory(prefix="devicetrust-") as folder:
        file = Path(folder, "credential.pem")
        file.write_bytes(chain + private_key_pem(credential, password))
        context.load_cert_chain(file, password=password)
